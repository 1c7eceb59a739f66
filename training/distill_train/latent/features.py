"""Audio features of sounds: those that axes are named after, and those of landmarks."""

from dataclasses import dataclass

import numpy as np

from distill_live.input.features import FLOOR, FRAME_SAMPLES, flatness_bins
from distill_live.input.pitch import SILENCE
from distill_live.spectrogram import Float32, Float64, hann
from distill_train.latent.pitch import Pitch, estimate_pitch

HOP_SAMPLES = 512


@dataclass(frozen=True)
class Feature:
    """Audio feature that an axis may be named after.

    Attributes
    ----------
    name, label
        Name and label of the axis.
    noticeable
        Minimum change, in `unit`, for an axis to get the name.
    unit
        Unit.
    """

    name: str
    label: str
    noticeable: float
    unit: str


FEATURES = (
    Feature("brightness", "Brightness", 0.1, "octaves"),
    Feature("loudness", "Loudness", 1.0, "dB"),
    Feature("noisiness", "Noisiness", 1.0, "dB"),
    Feature("density", "Density", 0.25, "dB"),
    Feature("width", "Width", 0.1, "octaves"),
    Feature("pitch", "Pitch", 0.1, "octaves"),
)
"""Columns of `features`."""


def features(sound: Float32, sample_rate_hz: int) -> Float64:
    """Compute the features of a sound, in the order of `FEATURES`.

    - Brightness: the centroid of the mean magnitude spectrum, octaves above 1 Hz.
    - Loudness: root mean square, dB re full scale.
    - Noisiness: flatness, the geometric over the arithmetic mean of each frame's power spectrum
      (40 Hz to 16 kHz), as its mean over the frames weighted by their power, dB.
    - Density: how much the spectrum rises from frame to frame: positive changes of each third
      octave's level, mean over frames and bands, dB.
    - Width: the bandwidth, the mean magnitude spectrum's standard deviation about its centroid,
      octaves above 1 Hz.
    - Pitch: octaves above 1 Hz, by `estimate_pitch`; NaN where there is none.

    Parameters
    ----------
    sound
        Mono, ``(samples,)``; padded with silence to two analysis frames (2560 samples).
    sample_rate_hz
        Sample rate.

    Returns
    -------
    Float64
        Features, ``(6,)``; all but pitch are finite.
    """
    *spectral, _ = _spectral_features(sound, sample_rate_hz)
    pitch = estimate_pitch(sound, sample_rate_hz)
    return np.array([*spectral, np.log2(pitch.hz) if pitch else np.nan])


def sound_spectrum(sound: Float32, sample_rate_hz: int) -> Float64:
    """Compute levels and rises of the third octaves of a sound, in dB: ``(2 * bands,)``.

    Means over the frames of a band's level, and of its positive changes. Parameters are those of
    `features`.
    """
    power, hz = _power(_padded(sound), sample_rate_hz)
    levels_db = _third_octaves_db(power, hz)
    return np.concatenate([levels_db.mean(axis=0), _rises(levels_db).mean(axis=0)])


def landmark_features(sound: Float32, sample_rate_hz: int) -> Float32:
    """Compute the features of a landmark's sound, in the order of `LANDMARK_FEATURES`.

    Brightness is in hertz, the onset the largest mean of the third octaves' rises from one frame to
    the next; a sound without pitch has a pitch and a confidence of 0. Parameters are those of
    `features`.
    """
    found = _spectral_features(sound, sample_rate_hz)
    brightness, loudness_db, noisiness_db, _, _, onset_db = found
    pitch = estimate_pitch(sound, sample_rate_hz) or Pitch(0.0, 0.0)
    row = (loudness_db, 2.0**brightness, noisiness_db, pitch.hz, pitch.confidence, onset_db)
    return np.array(row, np.float32)


def _spectral_features(sound: Float32, sample_rate_hz: int) -> Float64:
    """Brightness, loudness, noisiness, density and width as in `features`, and the onset in dB."""
    sound = _padded(sound)
    power, hz = _power(sound, sample_rate_hz)
    spectrum = np.sqrt(power).mean(axis=0)
    centroid_hz = float(spectrum @ hz / spectrum.sum())
    width_hz = float(np.sqrt(spectrum @ (hz - centroid_hz) ** 2 / spectrum.sum()))

    heard = power[:, flatness_bins(hz)] + FLOOR * power.max()
    means = heard.mean(axis=1)
    flatness_db = 10.0 / np.log(10.0) * (np.log(heard).mean(axis=1) - np.log(means))

    rises_db = _rises(_third_octaves_db(power, hz))
    return np.array(
        [
            np.log2(centroid_hz),
            10.0 * np.log10(float(np.mean(np.square(sound, dtype=np.float64))) + SILENCE),
            float(flatness_db @ means / means.sum()),
            float(rises_db.mean()),
            np.log2(width_hz),
            rises_db.mean(axis=1).max(),
        ]
    )


def _padded(sound: Float32) -> Float32:
    """Sound with silence up to two analysis frames."""
    return np.pad(sound, (0, max(0, FRAME_SAMPLES + HOP_SAMPLES - len(sound))))


def _power(sound: Float32, sample_rate_hz: int) -> tuple[Float64, Float64]:
    """Power of each frame's bins, ``(frames, bins)``, and the bins' frequencies in Hz."""
    frames = np.lib.stride_tricks.sliding_window_view(sound, FRAME_SAMPLES)[::HOP_SAMPLES]
    magnitude = np.abs(np.fft.rfft(frames * hann(FRAME_SAMPLES))) * (4.0 / FRAME_SAMPLES)
    hz = np.fft.rfftfreq(FRAME_SAMPLES, 1.0 / sample_rate_hz)
    return magnitude**2 + SILENCE, hz.astype(np.float64)


def _third_octaves_db(power: Float64, hz: Float64) -> Float64:
    """Levels of third octaves in dB, ``(frames, bands)``, down to 40 dB below the loudest."""
    edges = np.unique(np.searchsorted(hz, 100.0 * 2.0 ** (np.arange(24) / 3.0)))
    edges = edges[edges < len(hz)]
    bands = np.add.reduceat(power, edges, axis=1)
    levels_db: Float64 = 10.0 * np.log10(bands + 1e-4 * bands.max())
    return levels_db


def _rises(levels_db: Float64) -> Float64:
    """Positive changes of levels from frame to frame."""
    return np.maximum(0.0, np.diff(levels_db, axis=0))


def rank_correlation(values: Float64) -> float:
    """Spearman's rho of values with their order, -1 to 1.

    Equal values share their mean rank. 0 if all are equal or one is not finite.
    """
    if not np.isfinite(values).all():
        return 0.0
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2.0)[inverse]
    if len(counts) < 2:
        return 0.0
    return float(np.corrcoef(ranks, np.arange(len(values)))[0, 1])
