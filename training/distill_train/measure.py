"""How far a sound is from its original: log-spectral distance and spectral convergence.

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


def _magnitudes(sound: Samples, window_samples: int) -> Float64:
    """``(frames, 1 + window_samples / 2)``, hop a quarter of the window."""
    return np.abs(np.fft.rfft(_frames(_reflected(sound, window_samples // 2), window_samples, 4)))


def _reflected(sound: Samples, samples: int) -> Float64:
    return np.pad(sound.astype(np.float64), samples, mode="reflect")


def _frames(sound: Float64, window_samples: int, overlap: int) -> Float64:
    """Hann-windowed frames that start every ``window_samples / overlap`` samples."""
    view = np.lib.stride_tricks.sliding_window_view(sound, window_samples)
    return view[:: window_samples // overlap] * hann(window_samples)
