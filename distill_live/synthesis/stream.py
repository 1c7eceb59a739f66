"""Streaming synthesis: one frame of band power and frequency in, one hop of samples out.

A step takes its frame and the provisional next ones, estimates phases for it and its successor,
refines them against the output so far, and overlap-adds. It works on rows, independent sounds whose
samples are the same whether a row is alone or among others: a step is some hundred calls of numpy,
which all rows share.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from distill_live.spectrogram import Float32, Representation, hann
from distill_live.synthesis.bins import BandsToBins, Triangles, per_spacing, tonal_shares
from distill_live.synthesis.phase import QUIET, Peaks, PhaseModel, Stationarity
from distill_live.synthesis.refine import Refinement


class Synthesizer:
    """Causal synthesis of band power and frequency, frame by frame, in rows.

    Parameters
    ----------
    representation
        Settings and statistics of the corpus.
    rngs
        Generator of a seed for each row, drawn once: same seed and same frames, same samples. A
        step may have fewer rows.

    Attributes
    ----------
    LOOKAHEAD_FRAMES : int
        Number of provisional frames of a step beyond its own; they are not queued. A step is
        cheaper if the frames of all rows equal the provisional ones of the step before.
    latency_samples : int
        From the first sample of a step's output to the centre of its frame.
    """

    LOOKAHEAD_FRAMES = 2

    def __init__(self, representation: Representation, rngs: Sequence[np.random.Generator]) -> None:
        settings = representation.settings
        rows = self._rows = len(rngs)
        n_mels, n_bins, self._hop = settings.n_mels, settings.n_bins, settings.hop_samples
        centres = representation.centres_bins
        self._centres = centres.astype(np.float32)
        self._per_spacing = per_spacing(representation)
        # arrays, since a scalar is converted at each call
        self._zero, self._one = np.array(0, np.float32), np.array(1, np.float32)
        self._last_bin = np.array(n_bins - 1, np.float32)
        self._floor = np.array(QUIET * representation.statistics.power_max, np.float32)
        self._bins, triangles = BandsToBins(representation), Triangles(representation)
        self._triangles = triangles
        # 60 dB over a full-scale sine: only bounds the arithmetic; no power in a band without a bin
        self._power_limit = np.where(
            triangles.width_bins > 0, np.float32((settings.n_fft / 4) ** 2 * 1e6), 0
        ).astype(np.float32)
        self._stationarity = Stationarity(representation)
        own_rngs = [np.random.default_rng(int(rng.integers(1 << 62))) for rng in rngs]
        self._phases = PhaseModel(representation, triangles.around, own_rngs)
        self._refinement = Refinement(settings, rows)

        self._cut, self._window = _synthesis_window(
            settings.n_fft, settings.synthesis_samples, self._hop
        )
        self.latency_samples: int = settings.n_fft // 2 - self._cut.start
        self._n_mels, self._n_bins = n_mels, n_bins
        self._tail = np.zeros((rows, settings.synthesis_samples), np.float32)
        self._buffers: dict[int, _Buffers] = {}
        # of the step before
        self._announced = np.zeros((3, 2, rows, n_mels), np.float32)  # bands of the next frames
        self._energies_ahead = np.zeros((2, rows, n_mels), np.float32)  # of these frames
        self._ahead = np.zeros((3, rows, n_bins), np.float32)  # power, magnitude, level of the next
        self._peaks: Peaks | None = None  # of the next, unless rows have changed
        self._share = np.zeros((rows, n_mels), np.float32)
        self._energies = np.zeros((rows, n_mels), np.float32)
        self._level = np.zeros((rows, n_bins), np.float32)
        self._wander = [self._phases.wander(row) for row in range(rows)]
        self._new_rows: set[int] = set()
        self._begun_rows: set[int] = set()
        self.reset()

    def reset(self, row: int | None = None) -> None:
        """Reset a row, or all, to silence, as newly made."""
        for one in range(self._rows) if row is None else (row,):
            self._phases.reset(one)
            self._refinement.reset(one)
            self._tail[one] = 0
            self._wander[one] = self._phases.wander(one)
            self._share[one] = 1
            self._new_rows.add(one)
            self._begun_rows.discard(one)
            self._announced[:, :, one] = np.nan  # equals nothing

    def begin(self, row: int) -> None:
        """Reset a row so that it sounds at once in full: its first frame as if it had long sounded.

        After `reset` a sound rises within `synthesis_samples`.
        """
        self.reset(row)
        self._begun_rows.add(row)

    def copy(self, source: int, target: int) -> None:
        """Continue one row, which was stepped, in another."""
        self._phases.copy(source, target)
        self._refinement.copy(source, target)
        self._wander[target] = self._wander[source]
        for state in (self._tail, self._share, self._energies, self._level):
            state[target] = state[source]
        for rows in (self._new_rows, self._begun_rows):
            rows.discard(target)
        for frames in (*self._announced, self._energies_ahead, self._ahead):
            frames[:, target] = frames[:, source]
        self._peaks = None

    def step(self, power: Float32, frequency_bins: Float32, out: Float32) -> None:
        """Synthesise the next hop of samples of the first rows; the others do not move.

        Parameters
        ----------
        power, frequency_bins
            ``(rows, 1 + LOOKAHEAD_FRAMES, n_mels)`` float32: band power and band frequency in bins;
            frame 0 is this one, the others the provisional next ones. A frame that is not finite
            counts as silence, negative power as 0.
        out
            ``(rows, hop_samples)`` float32, filled.
        """
        rows = len(power)
        if rows not in self._buffers:
            self._buffers[rows] = _Buffers(rows, self._n_mels, self._n_bins, self._tail.shape[1])
        buffers = self._buffers[rows]
        self._check(power, frequency_bins, buffers)
        self._estimate(buffers)
        self._refinement.refine(buffers.magnitude)
        frame = self._refinement.sound(rows)
        tail, windowed, hop = self._tail[:rows], buffers.windowed, self._hop
        np.multiply(frame[:, self._cut], self._window, out=windowed)
        np.add(tail, windowed, out=windowed)
        out[:] = windowed[:, :hop]
        tail[:, :-hop] = windowed[:, hop:]
        tail[:, -hop:] = 0

    def _check(self, power: Float32, frequency_bins: Float32, buffers: "_Buffers") -> None:
        """Take in frames, with finite values in range."""
        # the sum of squares is not finite if a value is not, but also if values are large
        if not math.isfinite(
            float(np.vdot(power, power)) + float(np.vdot(frequency_bins, frequency_bins))
        ):
            broken = ~(np.isfinite(power) & np.isfinite(frequency_bins)).all(axis=2)
            power, frequency_bins = power.copy(), frequency_bins.copy()
            power[broken], frequency_bins[broken] = 0, self._centres
        np.maximum(power.swapaxes(0, 1), self._zero, out=buffers.power)
        np.minimum(buffers.power, self._power_limit, out=buffers.power)
        np.maximum(frequency_bins.swapaxes(0, 1), self._zero, out=buffers.frequency)
        np.minimum(buffers.frequency, self._last_bin, out=buffers.frequency)

    def _estimate(self, buffers: "_Buffers") -> None:
        """Estimate magnitudes and first phases of this frame and the next."""
        rows = buffers.rows
        phases, tonality, level = self._phases, buffers.tonality, self._level[:rows]
        shares = tonal_shares(buffers.frequency[:2], self._per_spacing)
        np.minimum(shares[0], self._share[:rows], out=tonality[0])
        np.minimum(shares[1], shares[0], out=tonality[1])
        peaks = self._find_spectra(buffers)

        energies = buffers.energies
        energies[0] = self._energies[:rows]
        energies[1:3] = self._energies_ahead[:, :rows]
        new = np.ones(energies[1:].shape[:2], np.bool_)
        np.not_equal(buffers.power[:2], self._announced[0, :, :rows]).any(axis=2, out=new[:2])
        energies[1:][new] = self._stationarity.energies(buffers.power[new])
        for row in self._new_rows.intersection(range(rows)):
            energies[0, row], level[row] = energies[1, row], buffers.levels[0, row]
        self._new_rows.difference_update(range(rows))
        stationarity = self._stationarity.between(energies)
        # of the frame after the next only the bands are used
        bands = np.maximum(buffers.power[1:], self._floor)
        np.log(bands, out=bands)
        smooth, (*_, rising) = buffers.smooth[:2], buffers.smooth
        np.subtract(self._one, tonality, out=smooth)
        np.multiply(smooth, stationarity, out=smooth)
        np.subtract(bands[1], bands[0], out=rising)
        self._triangles.bins(buffers.smooth_flat, buffers.smooth_bins_flat)
        noise, rise = buffers.smooth_bins[:2], buffers.smooth_bins[2]
        (now, ahead), change = buffers.levels, buffers.change
        np.subtract(ahead, level, out=change[0])
        np.add(ahead, rise, out=change[1])
        np.subtract(change[1], now, out=change[1])
        for row, wander in enumerate(self._wander[:rows]):
            now_noise, next_noise = noise[:, row]
            np.multiply(now_noise, wander, out=now_noise)
            self._wander[row] = phases.wander(row)
            np.multiply(next_noise, self._wander[row], out=next_noise)
        estimates = phases.within(change, noise)

        spectra = self._refinement.spectra(rows)
        last = self._refinement.last.take(peaks[0].bins)
        phases.carry(np.arctan2(last.imag, last.real), peaks[0], estimates[0])
        phases.carry(estimates[0].take(peaks[1].bins), peaks[1], estimates[1])
        np.cos(estimates, out=spectra.real)
        np.sin(estimates, out=spectra.imag)
        np.multiply(spectra, buffers.magnitude, out=spectra)
        for row in self._begun_rows.intersection(range(rows)):
            self._precede(row, peaks[0], rows)
        self._begun_rows.difference_update(range(rows))

        self._share[:rows], self._energies[:rows], level[:] = shares[0], energies[1], now
        self._announced[:, :, :rows] = buffers.bands[:, 1:]
        self._energies_ahead[:, :rows] = energies[2:]

    def _precede(self, row: int, peaks: Peaks, rows: int) -> None:
        """Take the first frame of a row to have sounded before."""
        first, stop = row * self._n_bins, (row + 1) * self._n_bins
        turn = np.exp(1j * peaks.advance.repeat(peaks.widths)[first:stop]).astype(np.complex64)
        frames = self._refinement.precede(row, rows, turn)
        tail = self._tail[row]
        for index, windowed in enumerate(frames[:, self._cut] * self._window, 1):
            start = index * self._hop
            tail[: max(0, len(tail) - start)] += windowed[start:]

    def _find_spectra(self, buffers: "_Buffers") -> tuple[Peaks, Peaks]:
        """Find magnitudes, levels and peaks of this frame and the next; returns the peaks.

        A row's of this frame are known if it equals the provisional one of the last step.
        """
        rows, bands, spectra = buffers.rows, buffers.bands[:, :2], buffers.spectra
        now, ahead = spectra[:, 0], spectra[:, 1]
        known = np.equal(bands[:, 0], self._announced[:, 0, :rows]).all(axis=(0, 2))
        others = np.flatnonzero(~known)
        if len(others) == rows:
            found = self._bins.convert(*bands.reshape(3, 2 * rows, -1))
            self._measure(found.reshape(2, rows, -1), spectra)
        else:
            np.copyto(now, self._ahead[:, :rows])
            if len(others):
                new = np.empty((3, len(others), self._n_bins), np.float32)
                self._measure(self._bins.convert(*bands[:, 0, others]), new)
                now[:, others] = new
            self._measure(self._bins.convert(*bands[:, 1]), ahead)
        peaks = self._peaks
        if peaks is None or len(others) or peaks.rows != rows:
            peaks = self._phases.peaks(now[0], *bands[:2, 0])
        self._peaks = self._phases.peaks(ahead[0], *bands[:2, 1])
        np.copyto(self._ahead[:, :rows], ahead)
        return peaks, self._peaks

    def _measure(self, power: Float32, out: Float32) -> None:
        """Fill `out`, ``(3, ...)``, with bin power, its magnitude and its level."""
        np.copyto(out[0], power)
        np.sqrt(power, out=out[1])
        np.maximum(power, self._floor, out=out[2])
        np.log(out[2], out=out[2])


class _Buffers:
    """Buffers of a step for a number of rows; leading axes: this frame and the next ones, rows."""

    def __init__(self, rows: int, n_mels: int, n_bins: int, synthesis_samples: int) -> None:
        frames = 1 + Synthesizer.LOOKAHEAD_FRAMES
        self.rows = rows
        self.windowed = np.zeros((rows, synthesis_samples), np.float32)
        self.bands = np.zeros((3, frames, rows, n_mels), np.float32)
        self.power, self.frequency, tonality = self.bands
        self.tonality = tonality[:2]
        self.spectra = np.zeros((3, 2, rows, n_bins), np.float32)  # power, magnitude, level
        _, self.magnitude, self.levels = self.spectra
        self.change = np.zeros((2, rows, n_bins), np.float32)
        self.smooth = np.zeros((3, rows, n_mels), np.float32)
        self.smooth_flat = self.smooth.reshape(-1, n_mels)
        self.smooth_bins = np.zeros((3, rows, n_bins), np.float32)
        self.smooth_bins_flat = self.smooth_bins.reshape(-1, n_bins)
        self.energies = np.zeros((1 + frames, rows, n_mels), np.float32)  # and the frame before


def _synthesis_window(n_fft: int, length: int, hop: int) -> tuple[slice, Float32]:
    """Section of a frame, and its window, for which overlapping frames sum to one.

    It rises up to the frame's centre, and falls over three eighths of a frame, or three quarters of
    its length: a short rise is a short delay, and a long fall lets enough frames overlap that noise
    does not beat with the hops. Both are sines. The frame also carries the analysis window: the
    products of both windows sum to one.
    """
    rise = min(max(length // 4, length - 3 * n_fft // 8), n_fft // 2)
    fall = length - rise
    cut = slice(n_fft // 2 - rise, n_fft // 2 + fall)
    window = np.sqrt(np.concatenate([hann(2 * rise)[:rise], hann(2 * fall)[fall:]]))
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
    synthesizer = Synthesizer(representation, [rng])
    hop, latency = representation.settings.hop_samples, synthesizer.latency_samples
    frames = power.shape[1]
    length = max(frames - 1, 1) * hop if length_samples is None else length_samples
    lead = representation.settings.n_fft // (2 * hop)
    steps = lead - (-(length + latency) // hop)
    frames_given = 1 + synthesizer.LOOKAHEAD_FRAMES
    order = _mirrored(np.arange(-lead, steps - lead + frames_given - 1), frames)
    power = np.ascontiguousarray(power.T[order])
    frequency_bins = np.ascontiguousarray(frequency_bins.T[order])
    out = np.zeros((steps, 1, hop), np.float32)
    for t in range(steps):
        frame = slice(t, t + frames_given)
        synthesizer.step(power[None, frame], frequency_bins[None, frame], out[t])
    start = lead * hop + latency
    return out.reshape(-1)[start : start + length]


def _mirrored(frames: NDArray[np.int_], count: int) -> NDArray[np.int_]:
    """Frame numbers, mirrored at the first and the last frame."""
    around = np.abs(frames) % max(2 * (count - 1), 1)
    order: NDArray[np.int_] = np.minimum(around, 2 * (count - 1) - around)
    return order
