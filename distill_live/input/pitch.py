"""Pitch of frames by autocorrelation.

Boersma, *Accurate short-term analysis of the fundamental frequency and the harmonics-to-noise ratio
of a sampled sound*, 1993.
"""

import numpy as np

from distill_live.spectrogram import Float32, Float64, hann

MAX_PITCH_HZ = 2200.0

MIN_PERIODICITY = 0.6
"""Minimum autocorrelation at the period for a frame to have a pitch."""

MIN_LAG_RATE_HZ = 80000.0
"""Minimum rate at which lags are sampled, so that a peak between two keeps its height."""

OCTAVE_COST = 0.02
"""Penalty of a candidate for each octave below the highest pitch."""

SILENCE = 1e-20
"""Power added everywhere, so that silence has no pitch (-200 dB)."""


class PitchEstimator:
    """Estimates the pitch of frames.

    Parameters
    ----------
    frame_samples
        Length of a frame; it should hold three periods of the lowest pitch, four to be sure of it.
    sample_rate_hz
        Sample rate.
    min_pitch_hz
        Lowest pitch; the highest is `MAX_PITCH_HZ`.
    """

    def __init__(self, frame_samples: int, sample_rate_hz: int, min_pitch_hz: float) -> None:
        self._finer = int(np.ceil(MIN_LAG_RATE_HZ / sample_rate_hz))
        self._lag_rate_hz = self._finer * sample_rate_hz
        longest = min(int(self._lag_rate_hz / min_pitch_hz) + 2, self._finer * frame_samples)
        shortest = int(self._lag_rate_hz / MAX_PITCH_HZ)
        self._window = hann(frame_samples)
        self._longest = longest
        of_window = self._autocorrelation(self._window[None])
        self._of_window = of_window / of_window[0, 0]
        self._lags = np.arange(1, longest - 1)
        self._too_short = self._lags < shortest
        self._cost = OCTAVE_COST * np.log2(self._lags / shortest)

    def estimate(self, frames: Float32) -> tuple[Float64, Float64, Float64]:
        """Estimate the pitch of each frame.

        Parameters
        ----------
        frames
            ``(n, frame_samples)``.

        Returns
        -------
        tuple
            Three arrays ``(n,)``: pitch in octaves above 1 Hz; autocorrelation at its period, the
            share of the power that is periodic, -inf for no pitch; and power. A frame has a pitch
            where the second is `MIN_PERIODICITY` or more.
        """
        found = self._autocorrelation((frames - frames.mean(axis=1, keepdims=True)) * self._window)
        power = found[:, 0] + SILENCE
        found = found / power[:, None] / self._of_window
        before, here, after = found[:, :-2], found[:, 1:-1], found[:, 2:]
        # Before the first period the autocorrelation of any zero-mean periodic sound falls below 0.
        fallen = np.logical_or.accumulate(here < 0.0, axis=1)
        peaks = fallen & (here > before) & (here >= after)
        bend = np.where(peaks, before - 2.0 * here + after, -1.0)
        height = np.where(peaks, here - (before - after) ** 2 / (8.0 * bend), -np.inf)
        best = (height - self._cost).argmax(axis=1)
        frame = np.arange(len(best))
        heights = np.where(self._too_short[best], -np.inf, height[frame, best])
        lag = (self._lags + 0.5 * (before - after) / bend)[frame, best]
        return np.log2(self._lag_rate_hz / lag), heights, power

    def _autocorrelation(self, frames: Float64) -> Float64:
        """Autocorrelation of each row from lag 0 on, `_finer` lags a sample."""
        size = 2 * frames.shape[1]
        power = np.abs(np.fft.rfft(frames, size)) ** 2
        found: Float64 = np.fft.irfft(power, self._finer * size)[:, : self._longest]
        return found
