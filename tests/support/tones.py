"""Analyse sounds without torch; measure levels and frequencies of tones."""

import numpy as np
from numpy.typing import NDArray
from support.hop_line import envelope

from distill_live.spectrogram import Representation, SpectrogramSettings, Statistics, hann

Float32 = NDArray[np.float32]

RATE_HZ = 48000


def analysed(
    sound: Float32, settings: SpectrogramSettings
) -> tuple[Representation, Float32, Float32]:
    """What the two stored channels keep of a sound: its statistics, band power and frequency."""
    n_fft, hop = settings.n_fft, settings.hop_samples
    padded = np.pad(sound.astype(np.float64), n_fft // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, n_fft)[::hop]
    spectrum = np.fft.rfft(frames * hann(n_fft)).T
    bins = np.arange(settings.n_bins)[:, None]
    turn = np.zeros(spectrum.shape)
    turn[:, 1:] = np.diff(np.angle(spectrum), axis=1) - 2 * np.pi * bins * hop / n_fft
    turn -= 2 * np.pi * np.round(turn / (2 * np.pi))
    frequency = bins + turn * n_fft / (2 * np.pi * hop)
    triangles = Representation(settings, Statistics()).filterbank
    power = np.abs(spectrum) ** 2
    bands = triangles @ power
    band_frequency = (triangles @ (power * frequency)) / np.maximum(bands, 1e-14)
    top = max(float(bands.max()), 1e-6)
    scale = float(np.log1p(settings.compression * top))
    representation = Representation(settings, Statistics(scale=scale, power_max=top))
    return representation, *representation.decode(representation.encode(bands, band_frequency))


def level_db(sound: NDArray[np.floating]) -> float:
    """Mean power, in dB of full scale."""
    return float(10 * np.log10(np.mean(np.square(sound, dtype=np.float64)) + 1e-20))


def ripple_db(sound: Float32) -> float:
    level = envelope(sound)[2000:-2000]
    return float(20 * np.log10(level.max() / level.min()))


def strongest_hz(sound: Float32, low_hz: float = 0.0, high_hz: float = RATE_HZ / 2) -> float:
    """Frequency of the largest peak of the spectrum, by a parabola through its logarithm."""
    length = 4 * len(sound)
    level = np.log(np.abs(np.fft.rfft(sound * hann(len(sound)), length)) + 1e-12)
    first, end = (int(hz * length / RATE_HZ) for hz in (low_hz, high_hz))
    top = first + int(np.argmax(level[first:end]))
    left, middle, right = level[top - 1 : top + 2]
    return float((top + 0.5 * (left - right) / (left - 2 * middle + right)) * RATE_HZ / length)
