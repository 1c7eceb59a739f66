"""Level of a spectral line at the hop rate in the envelope of a sound."""

import numpy as np

from distill_live.errors import TrainingError
from distill_live.spectrogram import Float64, hann
from distill_train.spectral_distance import Samples

HOP_LINE_SAMPLES = 32768
"""Segment of the envelope's spectrum, and the least that `hop_line_db` takes."""


def hop_line_db(sound: Samples, hop_rate_hz: float, sample_rate_hz: int) -> float:
    """How far a buzz at the hop rate stands out of the spectrum of the squared envelope, in dB.

    The highest of the three bins at `hop_rate_hz` over the median of the bins 5 to 40 away on both
    sides. About 2 on noise that is free of it; on a recording, subtract the original's own.

    Parameters
    ----------
    sound
        Waveform, ``(samples,)``, at least `HOP_LINE_SAMPLES` long.
    hop_rate_hz
        Frame rate of the synthesis, or any other rate to look for a line at; at least 16 bins of
        ``sample_rate_hz / HOP_LINE_SAMPLES`` (23.4 Hz at 48 kHz) from 0 and half the sample rate.

    Raises
    ------
    TrainingError
        If the sound is too short or silent, or the rate too near an end of the spectrum.
    """
    if sound.ndim != 1 or len(sound) < HOP_LINE_SAMPLES:
        raise TrainingError(
            f"the sound has shape {sound.shape}; a hop line needs ({HOP_LINE_SAMPLES},) or more"
        )
    if not sound.any():
        raise TrainingError("the sound is silent; a hop line needs an envelope")
    at = round(hop_rate_hz * HOP_LINE_SAMPLES / sample_rate_hz)
    if not 16 <= at <= HOP_LINE_SAMPLES // 2 - 16:
        raise TrainingError(
            f"the hop rate is {hop_rate_hz} Hz; at {sample_rate_hz} Hz a hop line can be measured "
            f"from {16 * sample_rate_hz / HOP_LINE_SAMPLES:.1f} Hz up"
        )
    power = _power_spectrum(envelope(sound) ** 2, HOP_LINE_SAMPLES)
    around = np.r_[power[max(1, at - 40) : at - 4], power[at + 5 : at + 41]]
    return float(10 * np.log10(power[at - 1 : at + 2].max() / np.median(around)))


def envelope(sound: Samples) -> Float64:
    """Magnitude of the analytic signal, by a Hilbert transform of the whole, ``(samples,)``."""
    samples = len(sound)
    spectrum = np.fft.fft(sound.astype(np.float64))
    spectrum[1 : (samples + 1) // 2] *= 2
    spectrum[samples // 2 + 1 :] = 0
    return np.abs(np.fft.ifft(spectrum))


def _power_spectrum(sound: Float64, segment_samples: int) -> Float64:
    """Welch's mean over half-overlapping segments, each less its mean; not scaled."""
    view = np.lib.stride_tricks.sliding_window_view(sound, segment_samples)
    segments = view[:: segment_samples // 2]
    windowed = (segments - segments.mean(axis=1, keepdims=True)) * hann(segment_samples)
    power: Float64 = (np.abs(np.fft.rfft(windowed)) ** 2).mean(axis=0)
    return power
