"""Loudness of band power, after ITU-R BS.1770."""

import math

import numpy as np

from distill_live.spectrogram import Float32, Float64, Representation

TARGET_LUFS = -22.0
"""Loudness of places that are all alike loud."""

MAX_GAIN_DB = 18.0
"""Largest gain of a soft place."""

_OFFSET_LUFS = -0.691
_HEAD_HZ, _HEAD_Q, _HEAD_DB, _HEAD_SLOPE = 1681.9744509555, 0.7071752, 3.99984385, 0.49966677
_LOW_HZ, _LOW_Q = 38.1354708761, 0.5003270373
"""K-weighting: a high shelf for the head, and a high pass, as analogue prototypes."""


class LoudnessMeter:
    """Measures chunks.

    Parameters
    ----------
    representation
        Settings of their spectrogram.
    """

    def __init__(self, representation: Representation) -> None:
        settings = representation.settings
        hz = representation.centres_bins * settings.sample_rate_hz / settings.n_fft
        # a sound's mean square by the power of its Hann frames
        mean_square = 16.0 / (3.0 * settings.n_fft**2)
        self._weights: Float32 = (mean_square * k_weights(hz)).astype(np.float32)

    def power(self, rows: Float32) -> float:
        """Weighted mean square of a chunk's rows, ``(frames, 2, n_mels)``."""
        return float((rows[:, 0] @ self._weights).mean())


def k_weights(hz: Float64) -> Float64:
    """K-weighting of power at frequencies."""
    s = 1j * hz / _HEAD_HZ
    high = 10.0 ** (_HEAD_DB / 20.0)
    middle = high**_HEAD_SLOPE
    head = (high * s**2 + middle * s / _HEAD_Q + 1.0) / (s**2 + s / _HEAD_Q + 1.0)
    s = 1j * hz / _LOW_HZ
    low = s**2 / (s**2 + s / _LOW_Q + 1.0)
    weights: Float64 = np.square(np.abs(head * low))
    return weights


def even_gain(power: float, amount: float) -> float:
    """Power gain that brings a weighted mean square to `TARGET_LUFS`, for an amount of 1."""
    loudness = _OFFSET_LUFS + 10.0 * math.log10(power + 1e-12)
    return float(10.0 ** (amount * min(TARGET_LUFS - loudness, MAX_GAIN_DB) / 10.0))
