"""Streaming audio features: level, brightness, noisiness, onset and pitch, every 256 samples.

Loudness, brightness and noisiness are those of a landmark (`models/README.md`), of one frame.
``tests/bench/input_features.py`` measures all of them, and how late each is.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from distill_live.input import onsets
from distill_live.input.onsets import OnsetDetector
from distill_live.input.pitch import MIN_PERIODICITY, SILENCE, PitchEstimator
from distill_live.spectrogram import Float32, hann

HOP_SAMPLES = 256

MAX_SAMPLE = np.float32(1e6)
"""Largest sample that is analysed; the power of larger ones may be beyond float32."""

FRAME_SAMPLES = 2048
"""Length of a frame for brightness, noisiness and pitch; half of it is their latency."""

LEVEL_SAMPLES = 1024
"""Length of a frame for the level; half of it is its latency."""

FLOOR = 1e-8
"""Noise floor relative to the loudest bin, as power (-80 dB)."""

NOISINESS_RANGE_DB = 60.0
"""Flatness, in dB below 0, at which noisiness is 0."""

MIN_PITCH_HZ, MIN_PERIODS = 65.0, 2.5
"""Lowest pitch, and least number of its periods in a frame, the limit from 53 kHz on: at 96 kHz the
lowest pitch is 117 Hz."""


class Features(NamedTuple):
    """Features of the input, as arguments of ``/input/features``.

    Attributes
    ----------
    level_db
        Root mean square in dB re full scale, at least -200.
    brightness_hz
        Centroid of the magnitude spectrum.
    noisiness
        0..1: flatness of the power spectrum from -60 to 0 dB. White noise has 0.96.
    onset
        Strength of an onset in this hop, 0..1 as `OnsetDetector.step` gives it; 0 for none.
    pitch
        MIDI key with a fraction; 0 for none.
    confidence
        Share of the power that is periodic with the pitch, 0..1; 0 without a pitch.
    """

    level_db: float
    brightness_hz: float
    noisiness: float
    onset: float
    pitch: float
    confidence: float


SILENT = Features(-200.0, 0.0, 0.0, 0.0, 0.0, 0.0)
"""Features of digital silence."""


class FeatureAnalyser:
    """Measures the features of an input.

    Parameters
    ----------
    sample_rate_hz
        Of the input.
    """

    def __init__(self, sample_rate_hz: int) -> None:
        self._onsets = OnsetDetector(sample_rate_hz, HOP_SAMPLES)
        lowest_hz = max(MIN_PITCH_HZ, MIN_PERIODS * sample_rate_hz / FRAME_SAMPLES)
        self._pitch = PitchEstimator(FRAME_SAMPLES, sample_rate_hz, lowest_hz)
        self._weights = hann(LEVEL_SAMPLES).astype(np.float32) * np.float32(2.0 / LEVEL_SAMPLES)
        self._window = (hann(FRAME_SAMPLES) * (4.0 / FRAME_SAMPLES)).astype(np.float32)
        hz = np.fft.rfftfreq(FRAME_SAMPLES, 1.0 / sample_rate_hz)
        self._hz, self._heard = hz.astype(np.float32), flatness_bins(hz)
        self._sound: Float32 = np.zeros(FRAME_SAMPLES, np.float32)
        self._filled = 0  # samples of the hop that is not complete

    def reset(self) -> None:
        """Begin with silence."""
        self._onsets.reset()
        self._sound[:] = 0.0
        self._filled = 0

    def push(self, samples: Float32) -> list[Features]:
        """Add samples.

        Parameters
        ----------
        samples
            Mono, ``(n,)``, any number.

        Returns
        -------
        list of Features
            Features of each hop of `HOP_SAMPLES` that is complete now, in order.
        """
        found = []
        done = 0
        while done < len(samples):
            count = min(HOP_SAMPLES - self._filled, len(samples) - done)
            self._sound[:-count] = self._sound[count:]
            self._sound[-count:] = samples[done : done + count]
            self._filled += count
            done += count
            if self._filled == HOP_SAMPLES:
                self._filled = 0
                found.append(self._features())
        return found

    def _features(self) -> Features:
        """Features of the newest frames."""
        sound = self._sound
        onset = self._onsets.step(sound[-onsets.FRAME_SAMPLES :])
        if not sound.any():
            return SILENT
        newest = sound[-LEVEL_SAMPLES:]
        mean_square = float(self._weights @ (newest * newest))
        spectrum = np.fft.rfft(sound * self._window)
        power = spectrum.real**2 + spectrum.imag**2 + np.float32(SILENCE)
        magnitude = np.sqrt(power)
        heard = power[self._heard]
        heard += np.float32(FLOOR) * power.max()
        flatness_db = 10.0 * (float(np.log10(heard).mean()) - math.log10(float(heard.mean())))
        pitch, confidence = self._pitch_of(sound)
        return Features(
            round(10.0 * math.log10(mean_square + SILENCE), 2),
            round(float(magnitude @ self._hz) / float(magnitude.sum()), 1),
            round(min(1.0, max(0.0, 1.0 + flatness_db / NOISINESS_RANGE_DB)), 4),
            round(onset, 3),
            round(pitch, 3),
            round(confidence, 3),
        )

    def _pitch_of(self, sound: Float32) -> tuple[float, float]:
        """Pitch as a MIDI key, and its confidence; zeros for none."""
        (octaves,), (height,), _ = self._pitch.estimate(sound[None])
        if height < MIN_PERIODICITY:
            return 0.0, 0.0
        return float(69.0 + 12.0 * (octaves - np.log2(440.0))), min(float(height), 1.0)


def flatness_bins(hz: NDArray[np.floating[Any]]) -> slice:
    """Bins from 40 Hz to 16 kHz, whose flatness is measured; `hz` are the frequencies of all."""
    first = np.searchsorted(hz, 40.0)
    end = np.searchsorted(hz, min(16000.0, 0.9 * hz[-1]), side="right")
    return slice(int(first), int(end))
