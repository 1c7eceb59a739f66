"""First estimate of phases: by frequency from frame to frame, by group delay inside a frame.

Peaks accumulate phase by their frequency; the bins around a peak take its phase, plus pi a bin
(the window's centre is half a frame in), plus the slope that places energy inside the frame:
Prusa & Sondergaard, *Real-Time Spectrogram Inversion Using Phase Gradient Heap Integration*,
DAFx-16. In noise the slope wanders at random from bin to bin, which spreads energy evenly over the
hop; without that, all of it would sit at the frames' centres and buzz at the hop rate.

It knows bins, not bands, and nothing of what has sounded.
"""

import numpy as np

from distill_live.spectrogram import Float32, Representation, SpectrogramSettings

GAMMA = 0.25645
"""Hann window's time-frequency ratio over ``n_fft**2`` (Prusa & Sondergaard)."""

QUIET = 1e-8
"""Power over the corpus' largest, under which changes count as none (-80 dB)."""

WANDER = 2.2
"""Largest slope of pure noise in radians a bin, for frames of four hops.

Measured: white noise's line at the hop rate lies at 2 to 6 dB from 2.1 to 2.3, at 10 beyond.
"""

_AROUND_BINS = 16.0
_PI = np.float32(np.pi)
_KNOT_BINS = 2
_KNOTS = 1 << 15


class Calm:
    """Where noise may wander: not where the energy around a band is about to change.

    Parameters
    ----------
    representation
        Band centres, and the level against which energies are judged.
    """

    def __init__(self, representation: Representation) -> None:
        centres = representation.centres_bins
        near = np.abs(centres[:, None] - centres) <= _AROUND_BINS
        self._near = near.astype(np.float32)
        self._floor = np.float32(QUIET * representation.statistics.power_max)

    def energies(self, power: Float32) -> Float32:
        """Log energy around each band, from band power, both ``(frames, n_mels)``."""
        energy: Float32 = power @ self._near
        np.maximum(energy, self._floor, out=energy)
        np.log(energy, out=energy)
        return energy

    def between(self, before: Float32, energies: Float32) -> Float32:
        """Calm of all but the last of successive frames, ``(frames - 1, n_mels)``, 0 to 1.

        It falls from 1 to 0 where the energy changes by 0.5 to 1.5 nepers from frame to frame;
        `before` is that of the frame before, ``(n_mels,)``.
        """
        change = np.empty_like(energies)
        np.subtract(energies[0], before, out=change[0])
        np.subtract(energies[1:], energies[:-1], out=change[1:])
        np.abs(change, out=change)
        calm: Float32 = np.maximum(change[1:], change[:-1])
        np.subtract(np.float32(1.5), calm, out=calm)
        np.maximum(calm, 0, out=calm)
        return np.minimum(calm, 1, out=calm)


class PhaseModel:
    """Step 3 of the synthesis: what follows from the spectra of successive frames.

    Parameters
    ----------
    settings
        Frame and hop.
    rng
        Source of the wandering slopes of noise.
    """

    def __init__(self, settings: SpectrogramSettings, rng: np.random.Generator) -> None:
        n_bins, hops = settings.n_bins, settings.n_fft / settings.hop_samples
        self._n_bins = n_bins
        # a quarter: of powers, and over the two hops that a central difference spans
        self._per_change = np.float32(-0.25 * GAMMA * hops)
        self._advance = np.float32(2 * np.pi / hops)
        self._turns = (np.pi * np.arange(n_bins)).astype(np.float32)
        self._rng = rng
        self._wander = _smooth_noise(rng, WANDER * 4 / hops)

    def slope(self, before: Float32, after: Float32) -> Float32:
        """Phase a bin that places a frame's energy, from its neighbours' log power."""
        change: Float32 = after - before
        np.multiply(change, self._per_change, out=change)
        np.maximum(change, -_PI, out=change)
        return np.minimum(change, _PI, out=change)

    def wander(self) -> Float32:
        """Random slopes of pure noise for one frame, ``(n_bins,)``, radians a bin, read only."""
        start = int(self._rng.integers(len(self._wander) - self._n_bins))
        return self._wander[start : start + self._n_bins]

    def predict(
        self,
        last: Float32,
        power: Float32,
        frequency_bins: Float32,
        slope: Float32,
    ) -> Float32:
        """Phases of a frame, each peak carrying the bins around it.

        Parameters
        ----------
        last
            Phases of the frame before, ``(n_bins,)``, radians.
        power, frequency_bins, slope
            Of this frame, ``(n_bins,)``; `slope` is used up.

        Returns
        -------
        Float32
            Phases, ``(n_bins,)``, radians, not wrapped.
        """
        rising = power[1:] > power[:-1]
        peaks = np.flatnonzero(rising[:-1] & ~rising[1:]) + 1
        if not len(peaks):
            return last
        ends = np.empty(len(peaks) + 1, np.intp)  # a peak's bins: up to half way to the next
        ends[0], ends[-1] = 0, len(power)
        ends[1:-1] = (peaks[1:] + peaks[:-1]) // 2 + 1
        step = np.add.accumulate(slope)  # from bin 0 upwards, to the middle of each bin
        np.multiply(slope, np.float32(0.5), out=slope)
        np.subtract(step, slope, out=step)
        np.add(step, self._turns, out=step)
        phase = last[peaks] + frequency_bins[peaks] * self._advance - step[peaks]
        np.add(step, np.repeat(phase, ends[1:] - ends[:-1]), out=step)
        return step


def _smooth_noise(rng: np.random.Generator, largest: float) -> Float32:
    """A long row of random numbers up to +-`largest`, linear between knots a few bins apart."""
    knots = rng.uniform(-largest, largest, _KNOTS)
    bins = np.arange((_KNOTS - 1) * _KNOT_BINS) / _KNOT_BINS
    return np.interp(bins, np.arange(_KNOTS), knots).astype(np.float32)
