"""Streaming synthesis: one frame of band power and frequency in, one hop of samples out.

A step receives its frame and the provisional next ones, predicts phases for it and its successor,
refines them against what has sounded, and overlap-adds. It knows nothing of chunks, heads or
devices.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from distill_live.spectrogram import Float32, Float64, Representation, hann
from distill_live.synthesis.bins import BandsToBins
from distill_live.synthesis.phase import PhaseModel

REFINEMENTS = 3
MOMENTUM = np.float32(0.7)
_TINY = np.float32(1e-12)


@dataclass(frozen=True)
class _Last:
    """What a step remembers of the frame before it, as sounded."""

    share: Float32
    level: Float32
    energy: Float32


class Synthesizer:
    """Band power and frequency to samples, causally, frame by frame.

    The refinement follows Zhu, Beauregard & Wyse, *Real-Time Signal Estimation from Modified
    Short-Time Fourier Transform Magnitude Spectra*, IEEE TASLP 15(5), 2007: this frame and the
    first estimate of the next are laid over what has sounded, and give their phases to the STFT of
    that sum.

    Parameters
    ----------
    representation
        Settings and statistics of the corpus.
    rng
        Source of the loose phases of noise; the same seed gives the same samples.

    Attributes
    ----------
    LOOKAHEAD_FRAMES : int
        Provisional frames that a step receives beyond its own. They are not queued.
    latency_samples : int
        From the first sample that a step emits to the centre of the step's frame.
    """

    LOOKAHEAD_FRAMES = 2

    def __init__(self, representation: Representation, rng: np.random.Generator) -> None:
        settings = representation.settings
        self._rng = rng
        self._n_fft, self._hop = settings.n_fft, settings.hop_samples
        self._n_bins = settings.n_bins
        self.latency_samples = settings.synthesis_samples // 2

        self._centres = representation.centres_bins.astype(np.float32)
        # 60 dB over a full-scale sine: bounds the arithmetic, touches nothing that is music
        self._power_limit = np.float32((settings.n_fft / 4) ** 2 * 1e6)
        self._bins = BandsToBins(representation, 2)
        self._phases = PhaseModel(settings, representation.statistics.power_max)

        window = hann(settings.n_fft)
        self._window = window.astype(np.float32)
        self._scales = self._refinement_scales(window)
        length = settings.synthesis_samples
        first = (settings.n_fft - length) // 2
        self._cut = slice(first, first + length)
        short = hann(length)
        product = window[self._cut] * short
        place = np.arange(length) % self._hop
        total = np.bincount(place, product)  # what all the frames over a sample add up to
        self._synthesis_window = (short / total[place]).astype(np.float32)

        self._heard = np.zeros(settings.n_fft + self._hop, np.float32)
        self._local = np.zeros_like(self._heard)
        self._frames = np.zeros((2, settings.n_fft), np.float32)
        self._magnitude = np.zeros((2, self._n_bins), np.float32)
        self._after = np.zeros((1, self._n_bins), np.float32)
        self._spectra = np.zeros((2, self._n_bins), np.complex64)
        self._found = [np.zeros((2, self._n_bins), np.complex64) for _ in range(2)]
        self._tail = np.zeros(length, np.float32)
        self.reset()

    def reset(self) -> None:
        """Forget what has sounded. The random source goes on where it is."""
        self._heard.fill(0)
        self._tail.fill(0)
        self._frames_heard = 0
        self._phase = self._rng.uniform(-np.pi, np.pi, self._n_bins).astype(np.float32)
        self._wander = self._phases.wander(self._rng)
        self._last: _Last | None = None

    def step(self, power: Float32, frequency_bins: Float32, out: Float32) -> None:
        """Turn one frame into the next hop of samples.

        Parameters
        ----------
        power, frequency_bins
            ``(1 + LOOKAHEAD_FRAMES, n_mels)`` float32: band power and band frequency in bins; row
            0 is this frame, the others the provisional next ones. A row with a value that is not
            finite is taken for silence, negative power for none.
        out
            ``(hop_samples,)`` float32, filled.
        """
        power, frequency_bins = self._checked(power, frequency_bins)
        self._predict(power, frequency_bins)
        self._refine()
        self._sound(out)

    def _checked(self, power: Float32, frequency_bins: Float32) -> tuple[Float32, Float32]:
        broken = ~np.isfinite(power + frequency_bins).all(axis=1)
        if broken.any():
            power, frequency_bins = power.copy(), frequency_bins.copy()
            power[broken], frequency_bins[broken] = 0, self._centres
        return np.clip(power, 0, self._power_limit), frequency_bins

    def _predict(self, power: Float32, frequency_bins: Float32) -> None:
        """Magnitudes and first phases of this frame and the next."""
        bins, phases, last = self._bins, self._phases, self._last
        share = bins.tonal_share(frequency_bins[:2], last.share if last else None)
        bins.convert(power[:2], frequency_bins[:2], share)
        np.sqrt(bins.power, out=self._magnitude)

        level, energy = phases.levels(bins.power), phases.energies(bins.power)
        if last is None:
            last = _Last(share[1], level[0], energy[0])
        self._last = _Last(share[1].copy(), level[0], energy[0])
        # the frame after the next is known by its bands alone
        bands = phases.levels(power[1:])
        after = self._bins.triangles.bins(bands[1:] - bands[:1], self._after)[0] + level[1]

        wander = (self._wander, phases.wander(self._rng))
        self._wander = wander[1]
        change = energy[1] - energy[0]
        moves = (np.maximum(np.abs(energy[0] - last.energy), np.abs(change)), change)
        around = ((last.level, level[1]), (level[0], after))
        phase = self._phase
        for row in range(2):
            slope = phases.slope(*around[row])
            slope += wander[row] * bins.noise[row] * phases.calm(moves[row])
            phase = phases.predict(phase, bins.power[row], bins.frequency_bins[row], slope)
            np.cos(phase, out=self._spectra[row].real)
            np.sin(phase, out=self._spectra[row].imag)
        np.multiply(self._spectra, self._magnitude, out=self._spectra)

    def _refine(self) -> None:
        """Take the phases of what would sound, a few times over.

        The steps are lengthened as in Perraudin, Balazs & Sondergaard, *A Fast Griffin-Lim
        Algorithm*, WASPAA 2013.
        """
        n, hop, local, frames, found = (
            self._n_fft,
            self._hop,
            self._local,
            self._frames,
            self._found,
        )
        scale = self._scales[min(self._frames_heard, len(self._scales) - 1)]
        for remaining in range(REFINEMENTS - 1, -1, -1):
            # single precision: numpy computes it, its type stubs do not know it
            np.fft.irfft(self._spectra, n, out=frames)  # type: ignore[arg-type]
            np.multiply(frames, self._window, out=frames)
            np.copyto(local, self._heard)
            local[:n] += frames[0]
            local[hop:] += frames[1]
            np.multiply(local, scale, out=local)
            rows = 2 if remaining else 1  # the next frame starts again in its own step
            np.multiply(local[:n], self._window, out=frames[0])
            np.multiply(local[hop:], self._window, out=frames[1])
            now = found[0][:rows]
            np.fft.rfft(frames[:rows], out=now)  # type: ignore[arg-type]
            spectra = self._spectra[:rows]
            if remaining == REFINEMENTS - 1:
                np.copyto(spectra, now)
            else:
                np.subtract(now, found[1][:rows], out=spectra)
                np.multiply(spectra, MOMENTUM, out=spectra)
                np.add(spectra, now, out=spectra)
            found.reverse()
            size = np.abs(spectra)
            np.maximum(size, _TINY, out=size)
            np.divide(self._magnitude[:rows], size, out=size)
            np.multiply(spectra, size, out=spectra)

    def _sound(self, out: Float32) -> None:
        """Add this frame to what has sounded, and hand out what is complete."""
        n, hop = self._n_fft, self._hop
        self._phase = np.angle(self._spectra[0])
        frame = self._frames[:1]
        np.fft.irfft(self._spectra[:1], n, out=frame)  # type: ignore[arg-type]
        tail = self._tail
        tail += frame[0, self._cut] * self._synthesis_window
        out[:] = tail[:hop]
        tail[:-hop] = tail[hop:]
        tail[-hop:] = 0
        self._heard[:n] += frame[0] * self._window
        self._heard[:-hop] = self._heard[hop:]
        self._heard[-hop:] = 0
        self._frames_heard += 1

    def _refinement_scales(self, window: Float64) -> list[Float32]:
        """Inverse sums of squared windows over this frame and the next, by frames heard so far."""
        n, hop = self._n_fft, self._hop
        square = window**2
        base = np.zeros(n + hop)
        base[:n] += square
        base[hop:] += square
        scales = []
        for _ in range(n // hop):
            scales.append((1 / np.maximum(base, 0.01 * base.max())).astype(np.float32))
            behind = len(scales) * hop
            base[: n - behind] += square[behind:]
        return scales


def synthesize(
    representation: Representation,
    power: Float32,
    frequency_bins: Float32,
    rng: np.random.Generator,
    length_samples: int | None = None,
) -> Float32:
    """Whole arrays to samples, aligned with the signal that was analysed.

    Frame t is centred at sample ``t * hop``. Before the first frame and after the last the frames
    are mirrored, as an analysis that pads by reflection has it.

    Parameters
    ----------
    representation
        Settings and statistics.
    power, frequency_bins
        ``(n_mels, frames)`` float32, at least one frame.
    rng
        Source of the loose phases of noise.
    length_samples
        Samples to return; by default ``(frames - 1) * hop``, and at least one hop.

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
    """Frame numbers beyond the ends, turned back at the first and the last frame."""
    around = np.abs(frames) % max(2 * (count - 1), 1)
    order: NDArray[np.int_] = np.minimum(around, 2 * (count - 1) - around)
    return order
