"""Spectral distance of two sounds: log-spectral distance and spectral convergence."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from distill_live.errors import TrainingError
from distill_live.spectrogram import hann

Samples = NDArray[np.float32] | NDArray[np.float64]
Float64 = NDArray[np.float64]

WINDOWS_SAMPLES = (512, 1024, 2048, 4096)
"""STFT window lengths that are averaged over; the hop is a quarter of each."""

RELATIVE_FLOOR = 1e-3
"""Added to both magnitudes before the logarithm, relative to the reference's peak (-60 dB)."""


class SpectralDistance(NamedTuple):
    """Distance of a sound from a reference; 0 and 0 if they are equal."""

    log_spectral_db: float
    """Mean absolute difference of log magnitudes, in dB, >= 0."""
    convergence: float
    """Norm of the difference of magnitudes over the norm of the reference's, >= 0."""


def spectral_distance(reference: Samples, sound: Samples) -> SpectralDistance:
    """Log-spectral distance and spectral convergence, averaged over `WINDOWS_SAMPLES`.

    For magnitudes A (reference) and B (sound) at one window length and ``f = RELATIVE_FLOOR max
    A``: the mean of ``|20 log10((A + f) / (B + f))|`` and ``||A - B|| / ||A||``, in float64. Hann
    windows, centred frames, reflected ends.

    Parameters
    ----------
    reference, sound
        Waveforms of equal length and rate, ``(samples,)``, finite. The window lengths are chosen
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
        floor = RELATIVE_FLOOR * a.max()
        decibels.append(np.abs(20 * np.log10((a + floor) / (b + floor))).mean())
        convergences.append(np.linalg.norm(a - b) / np.linalg.norm(a))
    return SpectralDistance(float(np.mean(decibels)), float(np.mean(convergences)))


def _magnitudes(sound: Samples, window_samples: int) -> Float64:
    """Magnitude STFT ``(frames, 1 + window_samples / 2)``, hop a quarter of the window."""
    padded = np.pad(sound.astype(np.float64), window_samples // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, window_samples)
    return np.abs(np.fft.rfft(frames[:: window_samples // 4] * hann(window_samples)))
