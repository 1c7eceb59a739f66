"""How far a sound is from its original: log-spectral distance, spectral convergence, hop line.

Numbers from waveforms, in float64 and without state. It knows nothing of how either sound was
made, and nothing of files; numpy only, so it runs wherever the instrument does.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from distill_live.errors import TrainingError
from distill_live.spectrogram import hann

Samples = NDArray[np.float32] | NDArray[np.float64]
Float64 = NDArray[np.float64]

WINDOWS_SAMPLES = (512, 1024, 2048, 4096)
"""STFT windows that a distance is the mean over; the hop is a quarter of each."""

FLOOR = 1e-3
"""Added to both magnitudes before the logarithm, relative to the reference's largest (-60 dB)."""

HOP_LINE_SAMPLES = 32768
"""Segment of the envelope's spectrum, and the least that `hop_line_db` takes."""


class Distance(NamedTuple):
    """Distance of a sound from its reference; 0 and 0 if they are equal."""

    log_spectral_db: float
    """Mean absolute difference of log magnitudes, in dB, >= 0."""
    convergence: float
    """Norm of the difference of magnitudes over the norm of the reference's, >= 0."""


def distance(reference: Samples, sound: Samples) -> Distance:
    """Log-spectral distance and spectral convergence, each the mean over `WINDOWS_SAMPLES`.

    For magnitudes A (reference) and B (sound) of one window and ``f = FLOOR max A``: the mean of
    ``|20 log10((A + f) / (B + f))|`` and ``||A - B|| / ||A||``. Hann windows, frames centred,
    reflected ends.

    Parameters
    ----------
    reference, sound
        Waveforms of equal length, ``(samples,)``, finite, at the same rate. The windows are meant
        for 48 kHz.

    Raises
    ------
    TrainingError
        If the shapes differ or are not ``(samples,)``, or the reference is silent.
    """
    if reference.shape != sound.shape or reference.ndim != 1 or not len(reference):
        raise TrainingError(
            f"the sounds to compare have shapes {reference.shape} and {sound.shape}; "
            "both must be (samples,), cut to the same length"
        )
    if not reference.any():
        raise TrainingError("the reference is silent; a distance needs a sound to compare with")
    decibels, convergences = [], []
    for window_samples in WINDOWS_SAMPLES:
        a, b = (_magnitudes(x, window_samples) for x in (reference, sound))
        floor = FLOOR * a.max()
        decibels.append(np.abs(20 * np.log10((a + floor) / (b + floor))).mean())
        convergences.append(np.linalg.norm(a - b) / np.linalg.norm(a))
    return Distance(float(np.mean(decibels)), float(np.mean(convergences)))


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


def _magnitudes(sound: Samples, window_samples: int) -> Float64:
    """``(frames, 1 + window_samples / 2)``, hop a quarter of the window."""
    return np.abs(np.fft.rfft(_frames(_reflected(sound, window_samples // 2), window_samples, 4)))


def _reflected(sound: Samples, samples: int) -> Float64:
    return np.pad(sound.astype(np.float64), samples, mode="reflect")


def _frames(sound: Float64, window_samples: int, overlap: int) -> Float64:
    """Hann-windowed frames that start every ``window_samples / overlap`` samples."""
    view = np.lib.stride_tricks.sliding_window_view(sound, window_samples)
    return view[:: window_samples // overlap] * hann(window_samples)


def _power_spectrum(sound: Float64, segment_samples: int) -> Float64:
    """Welch's mean over half-overlapping segments, each less its mean; not scaled."""
    view = np.lib.stride_tricks.sliding_window_view(sound, segment_samples)
    segments = view[:: segment_samples // 2]
    windowed = (segments - segments.mean(axis=1, keepdims=True)) * hann(segment_samples)
    power: Float64 = (np.abs(np.fft.rfft(windowed)) ** 2).mean(axis=0)
    return power
