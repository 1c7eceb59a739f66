"""Estimate the pitch of a sound by autocorrelation, with a confidence.

Boersma, *Accurate short-term analysis of the fundamental frequency and the harmonics-to-noise ratio
of a sampled sound*, 1993. ``tests/bench/pitch.py`` measures it.
"""

from dataclasses import dataclass

import numpy as np

from distill_live.spectrogram import Float32, Float64, hann

FRAME_S = 0.08
"""Minimum length of a frame: four periods of `MIN_PITCH_HZ`. The next power of two is used."""

MIN_PITCH_HZ, MAX_PITCH_HZ = 50.0, 2200.0

MIN_PERIODICITY = 0.6
"""Minimum autocorrelation at the period for a frame to have a pitch."""

MIN_LAG_RATE_HZ = 80000.0
"""Minimum rate at which lags are sampled, so that a peak between two keeps its height."""

OCTAVE_COST = 0.02
"""Penalty of a candidate for each octave below the highest pitch."""

AGREEING_OCTAVES = 1 / 12
"""Maximum distance of a frame's pitch from the sound's, for the frame to count as having it."""

MIN_CONFIDENCE = 0.3
"""Minimum confidence of a pitch."""

SILENCE = 1e-20
"""Power added everywhere, so that silence has no pitch (-200 dB)."""


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
    octaves, height, power = _frame_pitches(frames, sample_rate_hz)
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


def _frame_pitches(frames: Float32, sample_rate_hz: int) -> tuple[Float64, Float64, Float64]:
    """Pitch in octaves above 1 Hz, autocorrelation at its period, and power of each frame."""
    size = frames.shape[1]
    window = hann(size)
    finer = int(np.ceil(MIN_LAG_RATE_HZ / sample_rate_hz))
    lag_rate_hz = finer * sample_rate_hz
    longest = min(int(lag_rate_hz / MIN_PITCH_HZ) + 2, finer * size)
    shortest = int(lag_rate_hz / MAX_PITCH_HZ)

    frames = frames - frames.mean(axis=1, keepdims=True)
    found = _autocorrelation(frames * window, longest, finer)
    power = found[:, 0] + SILENCE
    of_window = _autocorrelation(window[None], longest, finer)
    found = found / power[:, None] / (of_window / of_window[0, 0])

    before, here, after = found[:, :-2], found[:, 1:-1], found[:, 2:]
    lags = np.arange(1, longest - 1)
    # Before the first period the autocorrelation of any zero-mean periodic sound falls below 0.
    fallen = np.logical_or.accumulate(here < 0.0, axis=1)
    peaks = fallen & (here > before) & (here >= after)
    bend = np.where(peaks, before - 2.0 * here + after, -1.0)
    height = np.where(peaks, here - (before - after) ** 2 / (8.0 * bend), -np.inf)
    best = (height - OCTAVE_COST * np.log2(lags / shortest)).argmax(axis=1)
    frame = np.arange(len(best))
    heights = np.where(lags[best] >= shortest, height[frame, best], -np.inf)
    lag = (lags + 0.5 * (before - after) / bend)[frame, best]
    return np.log2(lag_rate_hz / lag), heights, power


def _autocorrelation(frames: Float64, lags: int, finer: int) -> Float64:
    """Autocorrelation of each row at `lags` lags from 0, `finer` of them a sample."""
    size = 2 * frames.shape[1]
    found: Float64 = np.fft.irfft(np.abs(np.fft.rfft(frames, size)) ** 2, finer * size)[:, :lags]
    return found
