"""Long-term spectra: band levels, distances, autocorrelation."""

import numpy as np

from distill_live.spectrogram import (
    Float32,
    Float64,
    Representation,
    SpectrogramSettings,
    Statistics,
    hann,
)

FLOOR_DB = 60.0
"""What is further under the corpus' loudest band counts as silence."""


class LongTermSpectrum:
    """Mean level of each band, and how far two of them are apart.

    Parameters
    ----------
    settings, statistics
        Of the bundle, whose bands and whose loudest level they are.

    Attributes
    ----------
    floor : float
        Power of a band under which it counts as silent.
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
    """Of the amplitudes of bands, ``(frames, n_mels)``, each less its mean, at a lag in frames."""
    amplitude = np.sqrt(power)
    amplitude -= amplitude.mean(axis=0)
    before, after = amplitude[:-lag], amplitude[lag:]
    sizes = np.sqrt((before**2).sum(axis=0) * (after**2).sum(axis=0))
    return float((before * after).sum() / sizes.sum())
