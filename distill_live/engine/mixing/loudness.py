"""Loudness of band power, after ITU-R BS.1770, and gains that even it out."""

import math
from collections.abc import Iterable, Sequence

import numpy as np

from distill_live.spectrogram import Float32, Float64, Representation

TINY_POWER = 1e-12
"""Weighted mean square that counts as silence."""

TARGET_LUFS = -22.0
"""Loudness of places that are all alike loud."""

MAX_GAIN_DB = 18.0
"""Largest gain of a soft place."""

MAX_FADE_DB = 6.0
"""Largest further gain, up or down, for fades within a chunk and for softer places."""

RISE_S, FALL_S = 0.5, 1.0
"""Time constants by which a rise and a fall of the level are followed: what is shorter stays."""

_OFFSET_LUFS = -0.691

TARGET_POWER = 10.0 ** ((TARGET_LUFS - _OFFSET_LUFS) / 10.0)
"""Weighted mean square at `TARGET_LUFS`."""

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

    def frame_powers(self, frames: Float32) -> Float32:
        """Mean over channels of the weighted mean square of frames.

        Parameters
        ----------
        frames
            ``(channels, frames, 2, n_mels)``. A frame's value does not depend on the others.
        """
        powers: Float32 = (frames[:, :, 0] * self._weights).sum(axis=2).mean(axis=0)
        return powers

    def relative_powers(
        self,
        frames: Float32,
        means: Sequence[float],
        gains: Sequence[float],
        weights: Sequence[Sequence[float]],
    ) -> list[float]:
        """Power of frames relative to `TARGET_POWER`, as if their chunks were fully evened out.

        Parameters
        ----------
        frames
            ``(channels, frames, 2, n_mels)``, as mixed with these gains.
        means, gains
            Weighted mean square and power gain of the chunk of each head.
        weights
            Of each head, two for each frame (`PlayHeads.readings`).
        """
        played, even = np.full((2, frames.shape[1]), TINY_POWER)
        for mean, gain, own in zip(means, gains, weights, strict=True):
            shares = np.reshape(own, (-1, 2)).sum(axis=1)
            played += gain * mean * shares
            even += even_gain(mean, 1.0) * mean * shares
        within = (self.frame_powers(frames) + TINY_POWER) / played
        relative: list[float] = (within * even / TARGET_POWER).tolist()
        return relative


class FadeFollower:
    """Evens out fades within chunks, and places that are too soft: follows the frames' level.

    Parameters
    ----------
    frames_per_second
        Of the frames.
    """

    def __init__(self, frames_per_second: float) -> None:
        rise, fall = (1.0 - math.exp(-1.0 / (s * frames_per_second)) for s in (RISE_S, FALL_S))
        self._rise, self._fall = rise, fall
        self._level = self._next = 1.0
        self._limit = 10.0 ** (MAX_FADE_DB / 10.0)

    def advance(self) -> None:
        """Go on to the next frame."""
        self._level = self._next

    def gains(self, levels: Iterable[float], amount: float) -> list[float]:
        """Power gains of this frame and the next ones.

        Parameters
        ----------
        levels
            Their power relative to `TARGET_POWER`, over 0, with all places evened out by gain.
        amount
            How much is evened out, 0..1.
        """
        followed = self._level
        gains: list[float] = []
        for level in levels:
            followed += (self._rise if level > followed else self._fall) * (level - followed)
            if not gains:
                self._next = followed
            gains.append(min(max(1.0 / followed, 1.0 / self._limit), self._limit) ** amount)
        return gains


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
    loudness = _OFFSET_LUFS + 10.0 * math.log10(power + TINY_POWER)
    return float(10.0 ** (amount * min(TARGET_LUFS - loudness, MAX_GAIN_DB) / 10.0))
