"""Streaming synthesis: one frame of band power and frequency in, one hop of samples out.

A step takes its frame and the provisional next ones, estimates phases for it and its successor,
refines them against the output so far, and overlap-adds.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from distill_live.spectrogram import Float32, Representation, hann
from distill_live.synthesis.bins import BandsToBins, tonal_shares
from distill_live.synthesis.phase import QUIET, Peaks, PhaseModel, Stationarity
from distill_live.synthesis.refine import Refinement


@dataclass(frozen=True)
class _Spectrum:
    """Spectrum of a frame, arrays of ``(n_bins,)``, and its bands as a cache key."""

    bands: bytes
    magnitude: Float32
    level: Float32
    peaks: Peaks


class Synthesizer:
    """Causal synthesis of band power and frequency, frame by frame.

    Parameters
    ----------
    representation
        Settings and statistics of the corpus.
    rng
        Generator of a seed, drawn once: same seed and same frames, same samples.

    Attributes
    ----------
    LOOKAHEAD_FRAMES : int
        Number of provisional frames of a step beyond its own; they are not queued. A step is
        cheaper if its frame equals the provisional one of the step before.
    latency_samples : int
        From the first sample of a step's output to the centre of its frame.
    """

    LOOKAHEAD_FRAMES = 2

    def __init__(self, representation: Representation, rng: np.random.Generator) -> None:
        settings = representation.settings
        self._hop = settings.hop_samples
        self.latency_samples = settings.synthesis_samples // 2

        centres = representation.centres_bins
        self._centres = centres.astype(np.float32)
        self._per_spacing = (1 / np.maximum(np.diff(centres), 1.0)).astype(np.float32)
        self._last_bin = np.float32(settings.n_bins - 1)
        self._floor = np.float32(QUIET * representation.statistics.power_max)
        self._bins = BandsToBins(representation)
        # 60 dB over a full-scale sine: only bounds the arithmetic; no power in a band without a bin
        self._power_limit = np.where(
            self._bins.triangles.width_bins > 0, np.float32((settings.n_fft / 4) ** 2 * 1e6), 0
        ).astype(np.float32)
        self._stationarity = Stationarity(representation)
        own_rng = np.random.default_rng(int(rng.integers(1 << 62)))
        self._phases = PhaseModel(representation, self._bins.triangles.around, own_rng)
        self._refinement = Refinement(settings)

        self._cut, self._window = _synthesis_window(
            settings.n_fft, settings.synthesis_samples, self._hop
        )
        self._tail = np.zeros(settings.synthesis_samples, np.float32)
        self._magnitude = np.zeros((2, settings.n_bins), np.float32)
        self._change = np.zeros((2, settings.n_bins), np.float32)
        self._smooth = np.zeros((3, settings.n_mels), np.float32)
        self.reset()

    def reset(self) -> None:
        """Reset to silence, as newly made."""
        self._phases.reset()
        self._refinement.reset()
        self._tail.fill(0)
        self._wander = self._phases.wander()
        self._share: Float32 | None = None
        self._level: Float32 | None = None
        self._energy: Float32 | None = None
        self._next: _Spectrum | None = None

    def step(self, power: Float32, frequency_bins: Float32, out: Float32) -> None:
        """Synthesise the next hop of samples.

        Parameters
        ----------
        power, frequency_bins
            ``(1 + LOOKAHEAD_FRAMES, n_mels)`` float32: band power and band frequency in bins; row
            0 is this frame, the others the provisional next ones. A row that is not finite counts
            as silence, negative power as 0.
        out
            ``(hop_samples,)`` float32, filled.
        """
        power, frequency_bins = self._checked(power, frequency_bins)
        self._estimate(power, frequency_bins)
        self._refinement.refine(self._magnitude)
        frame = self._refinement.sound()
        tail, hop = self._tail, self._hop
        tail += frame[self._cut] * self._window
        out[:] = tail[:hop]
        tail[:-hop] = tail[hop:]
        tail[-hop:] = 0

    def _checked(self, power: Float32, frequency_bins: Float32) -> tuple[Float32, Float32]:
        # the sum of squares is not finite if a value is not, but also if values are large
        if not math.isfinite(
            float(np.vdot(power, power)) + float(np.vdot(frequency_bins, frequency_bins))
        ):
            broken = ~(np.isfinite(power) & np.isfinite(frequency_bins)).all(axis=1)
            power, frequency_bins = power.copy(), frequency_bins.copy()
            power[broken], frequency_bins[broken] = 0, self._centres
        return (
            np.minimum(np.maximum(power, 0), self._power_limit),
            np.minimum(np.maximum(frequency_bins, 0), self._last_bin),
        )

    def _estimate(self, power: Float32, frequency_bins: Float32) -> None:
        """Estimate magnitudes and first phases of this frame and the next."""
        phases = self._phases
        shares = tonal_shares(frequency_bins[:2], self._per_spacing)
        tonality = shares.copy()
        np.minimum(shares[1], shares[0], out=tonality[1])
        if self._share is not None:
            np.minimum(shares[0], self._share, out=tonality[0])
        now = self._spectrum(power[0], frequency_bins[0], tonality[0])
        ahead = self._spectrum(power[1], frequency_bins[1], tonality[1])

        energies = self._stationarity.energies(power)
        energy = energies[0] if self._energy is None else self._energy
        stationarity = self._stationarity.between(energy, energies)
        level = now.level if self._level is None else self._level
        # of the frame after the next only the bands are used
        bands = np.log(np.maximum(power[1:], self._floor))
        smooth = self._smooth
        np.subtract(1, tonality, out=smooth[:2])
        np.multiply(smooth[:2], stationarity, out=smooth[:2])
        np.subtract(bands[1], bands[0], out=smooth[2])
        rows = self._bins.triangles.rows_of_bins(smooth)
        noise, rise = rows[:2], rows[2]
        change = self._change
        np.subtract(ahead.level, level, out=change[0])
        np.add(ahead.level, rise, out=change[1])
        np.subtract(change[1], now.level, out=change[1])
        wander = phases.wander()
        np.multiply(noise[0], self._wander, out=noise[0])
        np.multiply(noise[1], wander, out=noise[1])
        estimates = phases.within(change, noise)

        spectra = self._refinement.spectra
        for row, spectrum in enumerate((now, ahead)):
            bins = spectrum.peaks.bins
            last = estimates[0, bins] if row else np.angle(spectra[0, bins])
            phases.carry(last, spectrum.peaks, estimates[row])
            self._magnitude[row] = spectrum.magnitude
        np.cos(estimates, out=spectra.real)
        np.sin(estimates, out=spectra.imag)
        np.multiply(spectra, self._magnitude, out=spectra)

        self._share, self._energy, self._level = shares[0], energies[0], now.level
        self._wander, self._next = wander, ahead

    def _spectrum(self, power: Float32, frequency_bins: Float32, tonality: Float32) -> _Spectrum:
        """Spectrum of a frame; reuses the provisional one of the last step if it is equal."""
        bands = power.tobytes() + frequency_bins.tobytes() + tonality.tobytes()
        if self._next is not None and self._next.bands == bands:
            return self._next
        bin_power = self._bins.convert(power, frequency_bins, tonality)
        peaks = self._phases.peaks(bin_power, power, frequency_bins)
        level = np.log(np.maximum(bin_power, self._floor))
        return _Spectrum(bands, np.sqrt(bin_power), level, peaks)


def _synthesis_window(n_fft: int, length: int, hop: int) -> tuple[slice, Float32]:
    """Section of a frame, and its window, for which overlapping frames sum to one.

    The frame also carries the analysis window: the products of both windows sum to one.
    """
    first = (n_fft - length) // 2
    cut = slice(first, first + length)
    window = hann(length)
    place = np.arange(length) % hop
    total = np.bincount(place, hann(n_fft)[cut] * window)
    return cut, (window / total[place]).astype(np.float32)


def synthesize(
    representation: Representation,
    power: Float32,
    frequency_bins: Float32,
    rng: np.random.Generator,
    length_samples: int | None = None,
) -> Float32:
    """Synthesise whole arrays, aligned with the analysed signal.

    Frame t is centred at sample ``t * hop``. Frames are mirrored at both ends, like an analysis
    with reflection padding.

    Parameters
    ----------
    representation
        Settings and statistics.
    power, frequency_bins
        ``(n_mels, frames)`` float32, at least one frame.
    rng
        Generator of the synthesizer's seed.
    length_samples
        Length of the result; by default ``(frames - 1) * hop``, at least one hop.

    Returns
    -------
    Float32
        ``(length_samples,)``, mono.
    """
    synthesizer = Synthesizer(representation, rng)
    hop, latency = representation.settings.hop_samples, synthesizer.latency_samples
    frames = power.shape[1]
    length = max(frames - 1, 1) * hop if length_samples is None else length_samples
    lead = representation.settings.n_fft // (2 * hop)
    steps = lead - (-(length + latency) // hop)
    rows = 1 + synthesizer.LOOKAHEAD_FRAMES
    order = _mirrored(np.arange(-lead, steps - lead + rows - 1), frames)
    power = np.ascontiguousarray(power.T[order])
    frequency_bins = np.ascontiguousarray(frequency_bins.T[order])
    out = np.zeros((steps, hop), np.float32)
    for t in range(steps):
        synthesizer.step(power[t : t + rows], frequency_bins[t : t + rows], out[t])
    start = lead * hop + latency
    return out.reshape(-1)[start : start + length]


def _mirrored(frames: NDArray[np.int_], count: int) -> NDArray[np.int_]:
    """Frame numbers, mirrored at the first and the last frame."""
    around = np.abs(frames) % max(2 * (count - 1), 1)
    order: NDArray[np.int_] = np.minimum(around, 2 * (count - 1) - around)
    return order
