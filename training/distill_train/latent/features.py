"""What a sound is like, as numbers that rise when it is more so: loudness, brightness and others.

Functions of waveforms, in numpy. It knows nothing of models or latents.
"""

from dataclasses import dataclass

import numpy as np

from distill_live.spectrogram import Float32, Float64, hann

FRAME_SAMPLES, HOP_SAMPLES = 2048, 512

FLOOR = 1e-8
"""Power, relative to the sound's loudest bin, under which no noise is heard (-80 dB)."""

SILENCE = 1e-20
"""Power that is added everywhere, so that silence has finite features (-200 dB)."""


@dataclass(frozen=True)
class Feature:
    """A property of sound that an axis may be named after.

    Attributes
    ----------
    name, label
        As a bundle's axis has them.
    noticeable
        Least change, in the feature's own unit, that is worth a label.
    unit
        What it is measured in.
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
)
"""In the order of the columns of `features`."""


def features(sound: Float32, sample_rate_hz: int) -> Float64:
    """The features of one sound, in the order of `FEATURES`.

    - Brightness: the centroid of the mean magnitude spectrum, octaves above 1 Hz.
    - Loudness: root mean square, dB re full scale.
    - Noisiness: flatness, the geometric over the arithmetic mean of each frame's power spectrum
      (40 Hz to 16 kHz), as its mean over the frames weighted by their power, dB.
    - Density: how much the spectrum rises from frame to frame: positive changes of each third
      octave's level, mean over frames and bands, dB.
    - Width: the bandwidth, the mean magnitude spectrum's standard deviation about its centroid,
      octaves above 1 Hz.

    Parameters
    ----------
    sound
        Mono, ``(samples,)``; silence is put after it if it is shorter than two frames of
        analysis (2560 samples).
    sample_rate_hz
        Its rate.

    Returns
    -------
    Float64
        ``(5,)``.
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
        ]
    )


def rank_correlation(values: Float64) -> float:
    """Spearman's rho of values with their order, -1 to 1; 0 where they are all equal.

    Equal values share their mean rank.
    """
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2.0)[inverse]
    if len(counts) < 2:
        return 0.0
    return float(np.corrcoef(ranks, np.arange(len(values)))[0, 1])
