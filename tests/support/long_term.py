"""Held landmarks: their sound, long-term spectrum, movement and repetition."""

from collections.abc import Iterable

import numpy as np

from distill_live.addresses import Values
from distill_live.bundle import Bundle
from distill_live.engine import Command, Engine
from distill_live.spectrogram import (
    Float32,
    Float64,
    Representation,
    SpectrogramSettings,
    Statistics,
    hann,
)

FLOOR_DB = 60.0
"""Range below the corpus' loudest band; lower levels count as silence."""


class LongTermSpectrum:
    """Band levels of waveforms.

    Parameters
    ----------
    settings, statistics
        Settings and statistics of the bundle.

    Attributes
    ----------
    floor : float
        Power below which a band counts as silent.
    """

    def __init__(self, settings: SpectrogramSettings, statistics: Statistics) -> None:
        self._settings = settings
        self._filterbank = Representation(settings, statistics).filterbank
        self.floor = statistics.power_max * 10 ** (-FLOOR_DB / 10)
        self._window = hann(settings.n_fft)

    def bands(self, sound: Float32) -> Float64:
        """Power of each band, ``(frames, n_mels)``, of a waveform ``(samples,)``."""
        settings = self._settings
        frames = np.lib.stride_tricks.sliding_window_view(sound, settings.n_fft)
        spectra = np.fft.rfft(frames[:: settings.hop_samples] * self._window)
        power: Float64 = np.abs(spectra) ** 2 @ self._filterbank.T
        return power

    def levels_db(self, sound: Float32) -> Float64:
        """Level of each band over the whole waveform, ``(n_mels,)``."""
        mean: Float64 = 10.0 * np.log10(self.bands(sound).mean(axis=0) + self.floor)
        return mean


def distance_db(one: Float64, other: Float64) -> Float64:
    """Root mean square difference over the bands, the last dimension of both."""
    found: Float64 = np.sqrt(np.mean((one - other) ** 2, axis=-1))
    return found


def autocorrelation(power: Float64, lag: int) -> float:
    """Autocorrelation of band amplitudes about their mean at a lag in frames.

    `power` has shape ``(frames, n_mels)``.
    """
    amplitude = np.sqrt(power)
    amplitude -= amplitude.mean(axis=0)
    before, after = amplitude[:-lag], amplitude[lag:]
    sizes = np.sqrt((before**2).sum(axis=0) * (after**2).sum(axis=0))
    return float((before * after).sum() / sizes.sum())


def movement(power: Float64) -> float:
    """Movement of bands ``(frames, n_mels)``: root of their variance over their squared means."""
    return float(np.sqrt(power.var(axis=0).sum() / (power.mean(axis=0) ** 2).sum()))


def random_landmarks(bundle: Bundle, count: int, seed: int) -> list[int]:
    """Indices of `count` random landmarks, or of all if there are fewer."""
    known = len(bundle.landmarks)
    chosen = np.random.default_rng(seed).choice(known, min(count, known), replace=False)
    return [int(index) for index in chosen]


def held_sound(
    bundle: Bundle,
    commands: Iterable[tuple[str, Values]],
    settling_s: float,
    seconds: float,
    *,
    channels: int = 1,
    seed: int = 0,
) -> Float32:
    """Sound of an engine after some commands and `settling_s` seconds, ``(samples, channels)``."""
    engine = Engine(bundle, channels=channels, seed=seed)
    for path, values in commands:
        engine.apply(Command(path, values))
    rate_hz = engine.sample_rate_hz
    sound = np.empty((round((settling_s + seconds) * rate_hz), channels), np.float32)
    engine.render(sound)
    return sound[round(settling_s * rate_hz) :]
