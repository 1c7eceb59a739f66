"""Estimate the pitch of a sound, with a confidence, from that of its frames.

``tests/bench/pitch.py`` measures it.
"""

from dataclasses import dataclass

import numpy as np

from distill_live.input.pitch import MIN_PERIODICITY, PitchEstimator
from distill_live.spectrogram import Float32

MIN_PITCH_HZ = 27.0
"""Lowest pitch, just under A0, the lowest key of a piano."""

FRAME_S = 4.0 / MIN_PITCH_HZ
"""Minimum length of a frame: four periods of `MIN_PITCH_HZ`. The next power of two is used."""

AGREEING_OCTAVES = 1 / 12
"""Maximum distance of a frame's pitch from the sound's, for the frame to count as having it."""

MIN_CONFIDENCE = 0.3
"""Minimum confidence of a pitch."""


@dataclass(frozen=True)
class Pitch:
    """Fundamental frequency of a sound in hertz, and its confidence.

    The confidence is the share of the sound's power that is periodic with this pitch, 0 to 1.
    """

    hz: float
    confidence: float


def estimate_pitch(sound: Float32, sample_rate_hz: int) -> Pitch | None:
    """Pitch that most of a sound has, by power; None if there is none.

    Parameters
    ----------
    sound
        Mono, ``(samples,)``; padded with silence to a frame.
    sample_rate_hz
        Sample rate.
    """
    size = 2 ** int(np.ceil(np.log2(FRAME_S * sample_rate_hz)))
    sound = np.pad(sound, (0, max(0, size - len(sound))))
    frames = np.lib.stride_tricks.sliding_window_view(sound, size)[:: size // 4]
    estimator = PitchEstimator(size, sample_rate_hz, MIN_PITCH_HZ)
    octaves, height, power = estimator.estimate(frames)
    voiced = height >= MIN_PERIODICITY
    if not voiced.any():
        return None
    order = octaves[voiced].argsort()
    cumulated = power[voiced][order].cumsum()
    middle = octaves[voiced][order][np.searchsorted(cumulated, 0.5 * cumulated[-1])]
    agreeing = voiced & (np.abs(octaves - middle) <= AGREEING_OCTAVES)
    periodic = np.where(agreeing, power * height, 0.0)
    confidence = float(periodic.sum() / power.sum())
    if confidence < MIN_CONFIDENCE:
        return None
    return Pitch(float(2.0 ** (periodic @ octaves / periodic.sum())), min(confidence, 1.0))
