"""First estimate of phases: by frequency from frame to frame, by group delay inside a frame.

Peaks accumulate phase by their frequency; the bins around a peak take its phase, plus pi a bin
(the window's centre is half a frame in), plus the slope that places energy inside the frame:
Prusa & Sondergaard, *Real-Time Spectrogram Inversion Using Phase Gradient Heap Integration*,
DAFx-16. In noise the slope wanders at random from bin to bin, which spreads energy evenly over the
hop; without that, all of it would sit at the frames' centres and buzz at the hop rate.

It knows bins, not bands, and nothing of what has sounded.
"""

import numpy as np

from distill_live.spectrogram import Float32, SpectrogramSettings

GAMMA = 0.25645
"""Hann window's time-frequency ratio over ``n_fft**2`` (Prusa & Sondergaard)."""

QUIET = 1e-8
"""Power over the corpus' largest, under which changes move no energy (-80 dB)."""

WANDER = np.pi / 2
"""Largest slope of pure noise, in radians a bin: one hop of delay where a frame has four."""

_BLOCK_BINS = 16
_KNOT_BINS = 4


class PhaseModel:
    """Step 3 of the synthesis, stateless: what follows from the magnitudes of successive frames.

    Parameters
    ----------
    settings
        Frame and hop.
    power_max
        The corpus' largest band power, against which levels are judged.
    """

    def __init__(self, settings: SpectrogramSettings, power_max: float) -> None:
        n_bins = settings.n_bins
        self._floor = np.float32(QUIET * power_max)
        # a quarter: of powers, and over the two hops that a central difference spans
        self._per_change = np.float32(-0.25 * GAMMA * settings.n_fft / settings.hop_samples)
        self._advance = np.float32(2 * np.pi * settings.hop_samples / settings.n_fft)
        self._turns = (np.pi * np.arange(n_bins)).astype(np.float32)
        self._blocks = np.arange(0, n_bins, _BLOCK_BINS)
        self._block_of = np.arange(n_bins) // _BLOCK_BINS
        self._knots = 2 + n_bins // _KNOT_BINS
        self._ramp = (np.arange(_KNOT_BINS) / _KNOT_BINS).astype(np.float32)
        hops = settings.n_fft / settings.hop_samples
        self._wander = np.float32(2 * WANDER * 4 / hops)
        self._n_bins = n_bins

    def levels(self, power: Float32) -> Float32:
        """Log power with a floor, ``(rows, n_bins)``."""
        level: Float32 = np.log(np.maximum(power, self._floor))
        return level

    def energies(self, power: Float32) -> Float32:
        """Log power around blocks of bins, ``(rows, blocks)``."""
        energy: Float32 = np.add.reduceat(power, self._blocks, axis=-1)
        energy[:, 1:] += energy[:, :-1].copy()
        level: Float32 = np.log(np.maximum(energy, self._floor))
        return level

    def slope(self, before: Float32, after: Float32) -> Float32:
        """Phase a bin that places a frame's energy, from the levels of its neighbours in time."""
        change: Float32 = after - before
        np.multiply(change, self._per_change, out=change)
        np.maximum(change, np.float32(-np.pi), out=change)
        return np.minimum(change, np.float32(np.pi), out=change)

    def calm(self, change: Float32) -> Float32:
        """How far noise may wander, ``(n_bins,)``: 0 where energy changes by 1.5 nepers or more."""
        calm: Float32 = np.minimum(np.maximum(np.float32(1.5) - np.abs(change), 0), 1)
        return calm[self._block_of]

    def wander(self, rng: np.random.Generator) -> Float32:
        """Random slopes of noise, ``(n_bins,)``, radians a bin, smooth over a few bins."""
        knots = (rng.random(self._knots, dtype=np.float32) - np.float32(0.5)) * self._wander
        steps = knots[1:] - knots[:-1]
        slopes = steps[:, None] * self._ramp
        slopes += knots[:-1, None]
        return slopes.reshape(-1)[: self._n_bins]

    def predict(
        self, last: Float32, power: Float32, frequency_bins: Float32, slope: Float32
    ) -> Float32:
        """Phases of a frame, each peak carrying the bins around it.

        Parameters
        ----------
        last
            Phases of the frame before, ``(n_bins,)``, radians.
        power, frequency_bins, slope
            Of this frame, ``(n_bins,)``.

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
        step = np.empty_like(slope)  # from bin 0 upwards, trapezoidal
        step[0] = 0
        np.add(slope[1:], slope[:-1], out=step[1:])
        np.multiply(step, np.float32(0.5), out=step)
        np.add.accumulate(step, out=step)
        np.add(step, self._turns, out=step)
        phase = last[peaks] + frequency_bins[peaks] * self._advance - step[peaks]
        np.add(step, np.repeat(phase, ends[1:] - ends[:-1]), out=step)
        return step
