"""Audio features: brightness, loudness, noisiness, density, width, pitch."""

from dataclasses import dataclass

import numpy as np

from distill_live.spectrogram import Float32, Float64, hann

FRAME_SAMPLES, HOP_SAMPLES = 2048, 512

PITCH_FRAME_SAMPLES, PITCH_HOP_SAMPLES = 4096, 1024
"""Frame and hop of the pitch detection."""

MIN_PITCH_HZ, MAX_PITCH_HZ = 50.0, 2000.0

MIN_PERIODICITY = 0.6
"""Minimum autocorrelation at the period for a frame to have a pitch."""

MIN_LAG_RATE_HZ = 80000.0
"""Minimum rate at which lags are sampled, so that a peak between two keeps its height."""

OCTAVE_COST = 0.02
"""Penalty of a candidate for each octave below the highest pitch."""

FLOOR = 1e-8
"""Noise floor relative to the sound's loudest bin, as power (-80 dB)."""

SILENCE = 1e-20
"""Power added everywhere, so that silence has finite features (-200 dB)."""


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
    - Pitch: octaves above 1 Hz, the median over the frames that have one, weighted by their power;
      NaN unless these hold half of the sound's power. By autocorrelation (Boersma, *Accurate
      short-term analysis of the fundamental frequency*, 1993), 50 to 2000 Hz.

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
    window = hann(FRAME_SAMPLES)
    sound = np.pad(sound, (0, max(0, FRAME_SAMPLES + HOP_SAMPLES - len(sound))))
    frames = np.lib.stride_tricks.sliding_window_view(sound, FRAME_SAMPLES)[::HOP_SAMPLES]
    magnitude = np.abs(np.fft.rfft(frames * window)) * (4.0 / FRAME_SAMPLES)
    power = magnitude**2 + SILENCE
    hz = np.fft.rfftfreq(FRAME_SAMPLES, 1.0 / sample_rate_hz)

    spectrum = np.sqrt(power).mean(axis=0)
    centroid_hz = float(spectrum @ hz / spectrum.sum())
    width_hz = float(np.sqrt(spectrum @ (hz - centroid_hz) ** 2 / spectrum.sum()))

    heard = power[:, (hz >= 40.0) & (hz <= min(16000.0, 0.9 * hz[-1]))] + FLOOR * power.max()
    means = heard.mean(axis=1)
    flatness_db = 10.0 / np.log(10.0) * (np.log(heard).mean(axis=1) - np.log(means))

    edges = np.unique(np.searchsorted(hz, 100.0 * 2.0 ** (np.arange(24) / 3.0)))
    edges = edges[edges < len(hz)]
    bands = np.add.reduceat(power, edges, axis=1)
    floor = 1e-4 * bands.max()
    rises_db = np.maximum(0.0, np.diff(10.0 * np.log10(bands + floor), axis=0))

    return np.array(
        [
            np.log2(centroid_hz),
            10.0 * np.log10(float(np.mean(np.square(sound, dtype=np.float64))) + SILENCE),
            float(flatness_db @ means / means.sum()),
            float(rises_db.mean()),
            np.log2(width_hz),
            _pitch_octaves(sound, sample_rate_hz),
        ]
    )


def _pitch_octaves(sound: Float32, sample_rate_hz: int) -> float:
    """Pitch of a sound in octaves above 1 Hz, or NaN."""
    size = PITCH_FRAME_SAMPLES
    sound = np.pad(sound, (0, max(0, size - len(sound))))
    frames = np.lib.stride_tricks.sliding_window_view(sound, size)[::PITCH_HOP_SAMPLES]
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
    peaks = (here > before) & (here >= after)
    bend = np.where(peaks, before - 2.0 * here + after, -1.0)
    height = np.where(peaks, here - (before - after) ** 2 / (8.0 * bend), -np.inf)
    best = (height - OCTAVE_COST * np.log2(lags / shortest)).argmax(axis=1)
    frame = np.arange(len(best))
    voiced = (height[frame, best] >= MIN_PERIODICITY) & (lags[best] >= shortest)
    if 2.0 * power[voiced].sum() < power.sum():
        return float("nan")
    lag = (lags + 0.5 * (before - after) / bend)[frame, best]
    octaves, power = np.log2(lag_rate_hz / lag[voiced]), power[voiced]
    order = octaves.argsort()
    middle = np.searchsorted(power[order].cumsum(), 0.5 * power.sum())
    return float(octaves[order][middle])


def _autocorrelation(frames: Float64, lags: int, finer: int) -> Float64:
    """Autocorrelation of each row at `lags` lags from 0, `finer` of them a sample."""
    size = 2 * frames.shape[1]
    found: Float64 = np.fft.irfft(np.abs(np.fft.rfft(frames, size)) ** 2, finer * size)[:, :lags]
    return found


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
