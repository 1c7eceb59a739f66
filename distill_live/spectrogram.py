"""2-channel mel spectrogram: settings, filterbank, encoding and decoding of its channels.

The single definition: the trainer's analysis (torch) builds on these constants, the instrument's
synthesis (numpy) decodes with `Representation.decode`.

A band's *magnitude* channel is ``log1p(compression * P) / scale``, P the power of the
unnormalised STFT summed through the band's triangle. Its *IF* channel is the power-weighted mean
frequency of the band as an offset from the band's centre, in units of `if_width` times the larger
of two bins and the spacing of the bands, clipped to [-1, 1]; 0 where the band is quieter than the
corpus' maximum times `IF_THRESHOLD`. Phase is `distill_live.synthesis`.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from distill_live.errors import ConfigurationError

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

MAGNITUDE, IF = 0, 1
"""Indices of the two channels."""

IF_THRESHOLD = 1e-5
"""Band power, relative to the corpus' maximum, below which the IF channel is 0 (-50 dB)."""


def check_range(name: str, value: float, low: float, high: float) -> None:
    """Raise `ConfigurationError` unless a setting lies in `low` to `high`; NaN does not."""
    if not low <= value <= high:
        raise ConfigurationError(f"{name} is {value}; it must lie in {low} to {high}")


@dataclass(frozen=True)
class SpectrogramSettings:
    """Settings of an analysis; stored in cache, checkpoint and bundle.

    Parameters
    ----------
    sample_rate_hz
        Sample rate, 8000 to 192000.
    n_fft, hop_samples
        Frame and hop of the STFT; the frame is a power of two of 256 to 8192 samples and
        a multiple of the hop, at least four hops long.
    n_mels
        Mel bands, 16 to 512.
    chunk_samples
        Length of a chunk, the network's unit: `n_fft` to 30 s.
    synthesis_samples
        Length of the synthesis window, even: two hops to `n_fft`. It falls over up to three eighths
        of a frame; the rest, a quarter or more, rises and is the delay.
    compression
        Factor c of ``log1p(c P)``, 1e-3 to 1e6.
    if_width
        Half-width of the IF channel in units of max(2 bins, spacing of the bands), 0.5 to 16.

    Raises
    ------
    ConfigurationError
        If a value is out of its range.
    """

    sample_rate_hz: int = 48000
    n_fft: int = 2048
    hop_samples: int = 512
    n_mels: int = 128
    chunk_samples: int = 48000
    synthesis_samples: int = 1280
    compression: float = 1000.0
    if_width: float = 2.0

    def __post_init__(self) -> None:
        check_range("sample_rate_hz", self.sample_rate_hz, 8000, 192000)
        check_range("n_fft", self.n_fft, 256, 8192)
        if self.n_fft & (self.n_fft - 1):
            raise ConfigurationError(f"n_fft is {self.n_fft}; it must be a power of two")
        check_range("hop_samples", self.hop_samples, 32, self.n_fft // 4)
        if self.n_fft % self.hop_samples:
            raise ConfigurationError(
                f"hop_samples is {self.hop_samples}; it must divide n_fft, {self.n_fft}"
            )
        check_range("n_mels", self.n_mels, 16, 512)
        check_range("chunk_samples", self.chunk_samples, self.n_fft, 30 * self.sample_rate_hz)
        check_range("synthesis_samples", self.synthesis_samples, 2 * self.hop_samples, self.n_fft)
        if self.synthesis_samples % 2:
            raise ConfigurationError(
                f"synthesis_samples is {self.synthesis_samples}; it must be even"
            )
        check_range("compression", self.compression, 1e-3, 1e6)
        check_range("if_width", self.if_width, 0.5, 16.0)

    @property
    def n_bins(self) -> int:
        """Number of STFT bins, ``1 + n_fft / 2``."""
        return self.n_fft // 2 + 1

    @property
    def n_frames(self) -> int:
        """Number of frames of a chunk, analysed with half a frame of padding at both ends."""
        return 1 + self.chunk_samples // self.hop_samples

    @property
    def frames_per_second(self) -> float:
        """Frame rate in hertz."""
        return self.sample_rate_hz / self.hop_samples

    @property
    def shape(self) -> tuple[int, int, int]:
        """Shape of a chunk's tensor: ``(2, n_mels, n_frames)``."""
        return (2, self.n_mels, self.n_frames)


STANDARD = SpectrogramSettings()
LOW_LATENCY = SpectrogramSettings(
    n_fft=1024, hop_samples=256, chunk_samples=24000, synthesis_samples=512
)
PROFILES = {"standard": STANDARD, "low-latency": LOW_LATENCY}
"""Settings by the name of `distill-train --profile`."""


@dataclass(frozen=True)
class Statistics:
    """Normalisation and statistics of a corpus.

    Parameters
    ----------
    scale
        Divisor of ``log1p(c P)``.
    power_max
        Largest band power of the corpus.
    mag_mean, mag_std, if_mean, if_std
        Mean and standard deviation of the normalised channels.
    """

    scale: float = 1.0
    power_max: float = 1.0
    mag_mean: float = 0.0
    mag_std: float = 1.0
    if_mean: float = 0.0
    if_std: float = 1.0

    def __post_init__(self) -> None:
        for name in ("scale", "power_max"):
            check_range(name, getattr(self, name), 1e-12, 1e12)
        for name in ("mag_mean", "mag_std", "if_mean", "if_std"):
            check_range(name, getattr(self, name), -1e6, 1e6)


class Representation:
    """Filterbank, band centres and channel mappings of settings and statistics.

    Attributes
    ----------
    settings : SpectrogramSettings
    statistics : Statistics
    """

    def __init__(self, settings: SpectrogramSettings, statistics: Statistics) -> None:
        self.settings = settings
        self.statistics = statistics

    @cached_property
    def filterbank(self) -> Float64:
        """Peak-1 triangles on the Slaney mel scale, ``(n_mels, n_bins)``."""
        edges = self._edges_bins
        low, centre, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
        bins = np.arange(self.settings.n_bins)
        rise, fall = (bins - low) / (centre - low), (high - bins) / (high - centre)
        return np.maximum(0.0, np.minimum(rise, fall))

    @cached_property
    def centres_bins(self) -> Float64:
        """Centre of each band in (fractional) bins, ``(n_mels,)``."""
        return self._edges_bins[1:-1]

    @cached_property
    def if_unit_bins(self) -> Float64:
        """Bins per unit of the IF channel, ``(n_mels,)``."""
        spacing = np.gradient(self.centres_bins)
        return self.settings.if_width * np.maximum(2.0, spacing)

    @cached_property
    def _edges_bins(self) -> Float64:
        top = hz_to_mel(np.float64(self.settings.sample_rate_hz / 2))
        hz = mel_to_hz(np.linspace(0.0, top, self.settings.n_mels + 2))
        return hz * self.settings.n_fft / self.settings.sample_rate_hz

    @cached_property
    def magnitude_ceiling(self) -> float:
        """Largest decoded magnitude: a band at 24 dB over a full-scale sine."""
        power = (self.settings.n_fft / 4) ** 2 * 10 ** (24 / 10)
        return float(np.log1p(self.settings.compression * power) / self.statistics.scale)

    def encode(self, power: Float64, frequency_bins: Float64) -> Float32:
        """Encode band power and frequency as the two channels.

        Parameters
        ----------
        power
            Band power, ``(n_mels, frames)``, non-negative.
        frequency_bins
            Power-weighted band frequency in bins, ``(n_mels, frames)``.

        Returns
        -------
        Float32
            ``(2, n_mels, frames)``: magnitude, non-negative; IF in [-1, 1].
        """
        magnitude = np.log1p(self.settings.compression * power) / self.statistics.scale
        offset = (frequency_bins - self.centres_bins[:, None]) / self.if_unit_bins[:, None]
        loud = power >= IF_THRESHOLD * self.statistics.power_max
        return np.stack([magnitude, np.where(loud, np.clip(offset, -1, 1), 0)]).astype(np.float32)

    def decode(self, channels: Float32) -> tuple[Float32, Float32]:
        """Decode the two channels to band power and frequency in bins, each ``(n_mels, frames)``.

        Magnitude is clipped to [0, `magnitude_ceiling`] and IF to [-1, 1]. Non-finite values are
        kept; the caller handles broken frames.
        """
        scale = np.float32(self.statistics.scale)
        compression = np.float32(self.settings.compression)
        magnitude = np.clip(channels[MAGNITUDE], 0, np.float32(self.magnitude_ceiling))
        power = np.expm1(magnitude * scale) / compression
        offset = np.clip(channels[IF], -1, 1)
        unit = self.if_unit_bins.astype(np.float32)[:, None]
        centres = self.centres_bins.astype(np.float32)[:, None]
        return power, offset * unit + centres


def hz_to_mel(hz: Float64 | np.float64) -> Float64:
    """Slaney's mel scale: linear to 1 kHz (3/200 mel a hertz), then 27 mels for a factor of 6.4.

    Malcolm Slaney, *Auditory Toolbox*, Interval Research, 1998.
    """
    hz = np.asarray(hz, dtype=np.float64)
    return np.where(
        hz >= 1000.0, 15.0 + np.log(np.maximum(hz, 1.0) / 1000.0) * 27.0 / np.log(6.4), hz * 0.015
    )


def mel_to_hz(mel: Float64) -> Float64:
    """Inverse of `hz_to_mel`."""
    return np.where(mel >= 15.0, 1000.0 * np.exp(np.log(6.4) / 27.0 * (mel - 15.0)), mel / 0.015)


def hann(samples: int) -> Float64:
    """Periodic Hann window, ``(samples,)``."""
    return 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(samples) / samples)
