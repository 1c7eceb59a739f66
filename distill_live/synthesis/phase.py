"""Phases of one frame from the last one's, by frequency, group delay and looseness of noise.

Peaks accumulate phase by their frequency; the bins around a peak take its phase, plus pi a bin
(the window's centre is half a frame in), plus the slope that places energy inside the frame:
Prusa & Sondergaard, *Real-Time Spectrogram Inversion Using Phase Gradient Heap Integration*,
DAFx-16. Noise gets loose phases, without which all its energy would sit at the frames' centres and
buzz at the hop rate.

It knows magnitudes, not bands, and nothing of what has sounded.
"""

import numpy as np

from distill_live.spectrogram import Float32, SpectrogramSettings

GAMMA = 0.25645
"""Hann window's time-frequency ratio over ``n_fft**2`` (Prusa & Sondergaard)."""

QUIET = 1e-4
"""Magnitude over the corpus' largest, under which changes move no energy (-80 dB)."""

_BLOCK_BINS = 16


class PhaseModel:
    """Step 3 of the synthesis, stateless: predicts the phases of one frame.

    Parameters
    ----------
    settings
        Frame and hop.
    magnitude_max
        Largest magnitude of the corpus, against which levels are judged.
    """

    def __init__(self, settings: SpectrogramSettings, magnitude_max: float) -> None:
        n_bins = settings.n_bins
        self._floor = np.float32(QUIET * magnitude_max)
        self._energy_floor = np.float32(1e-8 * magnitude_max**2 * 2 * _BLOCK_BINS)
        # half: the central difference spans two hops
        self._per_change = np.float32(-0.5 * GAMMA * settings.n_fft / settings.hop_samples)
        self._advance = np.float32(2 * np.pi * settings.hop_samples / settings.n_fft)
        self._turns = (np.pi * np.arange(n_bins)).astype(np.float32)
        self._bins = np.arange(n_bins)
        self._blocks = np.arange(0, n_bins, _BLOCK_BINS)
        self._block_of = np.minimum(self._bins // _BLOCK_BINS, len(self._blocks) - 1)
        self._step = np.zeros(n_bins, np.float32)

    def levels(self, magnitude: Float32) -> Float32:
        """Log magnitudes with a floor, ``(rows, n_bins)``."""
        level: Float32 = np.log(np.maximum(magnitude, self._floor))
        return level

    def energies(self, magnitude: Float32) -> Float32:
        """Log energy around blocks of bins, ``(rows, blocks)``."""
        squares = magnitude * magnitude
        energy: Float32 = np.add.reduceat(squares, self._blocks, axis=1)
        energy[:, 1:] += energy[:, :-1].copy()
        level: Float32 = np.log(np.maximum(energy, self._energy_floor))
        return level

    def slope(self, before: Float32, after: Float32) -> Float32:
        """Phase a bin that places a frame's energy, from the levels of its neighbours in time."""
        slope: Float32 = np.clip((after - before) * self._per_change, -np.pi, np.pi)
        return slope

    def looseness(self, noise: Float32, before: Float32, now: Float32, after: Float32) -> Float32:
        """Share of the full circle that noise may stray, 0 to 1, ``(n_bins,)``.

        Tight where the energy around a bin changes by 1.5 nepers from frame to frame, or more.
        """
        change = np.maximum(np.abs(now - before), np.abs(after - now))
        calm = 1 - np.clip(change - np.float32(0.5), 0, 1)
        loose: Float32 = noise * noise * calm[self._block_of]
        return loose

    def predict(
        self, last: Float32, magnitude: Float32, frequency_bins: Float32, slope: Float32
    ) -> Float32:
        """Phases of a frame, each peak carrying the bins around it.

        Parameters
        ----------
        last
            Phases of the frame before, ``(n_bins,)``, radians.
        magnitude, frequency_bins, slope
            Of this frame, ``(n_bins,)``.

        Returns
        -------
        Float32
            Phases, ``(n_bins,)``, radians, not wrapped.
        """
        inner = magnitude[1:-1]
        peaks = np.flatnonzero((inner > magnitude[:-2]) & (inner >= magnitude[2:])) + 1
        if not len(peaks):
            return last.copy()
        ends = np.append((peaks[1:] + peaks[:-1]) // 2 + 1, len(magnitude))
        lengths = np.diff(ends, prepend=0)
        step = self._step  # from bin 0 upwards, trapezoidal
        np.add(slope[1:], slope[:-1], out=step[1:])
        np.multiply(step, np.float32(0.5), out=step)
        np.add.accumulate(step, out=step)
        np.add(step, self._turns, out=step)
        phase = last[peaks] + frequency_bins[peaks] * self._advance - step[peaks]
        return step + np.repeat(phase, lengths)
