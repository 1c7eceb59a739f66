"""Sound file formats: names, libsndfile types and limits."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from distill_live.errors import ConfigurationError
from distill_live.files import printable

FLOAT_BITS = 32
"""Bits of floating-point samples; fewer bits are integers."""

RATE_HZ = (8000, 192000)

_OPUS_RATES_HZ = (8000, 12000, 16000, 24000, 48000)
_MPEG_RATES_HZ = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)


@dataclass(frozen=True)
class Format:
    """Sound file format.

    Parameters
    ----------
    name
        Name shown to the user.
    container
        libsndfile's major format.
    coding
        libsndfile's subtype; empty if it follows from the bits.
    bits
        Available bit depths, the default first; empty for lossy formats.
    max_channels
        Maximum number of channels. Lossy coders treat more than two as surround and filter one as
        the bass channel.
    rates_hz
        Supported sample rates; empty for any.
    compression
        libsndfile's compression level, 0 to 1: about 250 kbit/s in stereo.
    """

    name: str
    container: str
    coding: str = ""
    bits: tuple[int, ...] = ()
    max_channels: int = 2
    rates_hz: tuple[int, ...] = ()
    compression: float | None = None


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        ".wav": Format("WAV", "WAV", bits=(24, 16, FLOAT_BITS), max_channels=16),
        ".flac": Format("FLAC", "FLAC", bits=(24, 16), max_channels=8),
        ".ogg": Format("Ogg Vorbis", "OGG", "VORBIS", compression=0.2),
        ".opus": Format("Opus", "OGG", "OPUS", rates_hz=_OPUS_RATES_HZ, compression=0.5),
        ".mp3": Format("MP3", "MP3", "MPEG_LAYER_III", rates_hz=_MPEG_RATES_HZ, compression=0.0),
    }
)
"""Formats by file name suffix."""


@dataclass(frozen=True)
class SoundFormat:
    """Format, rate, channels and bit depth of a sound file.

    Parameters
    ----------
    format
        One of `FORMATS`.
    sample_rate_hz, channels
        Sample rate and channels.
    bits
        16, 24, or 32 for floating point; None for lossy formats.
    """

    format: Format
    sample_rate_hz: int
    channels: int
    bits: int | None

    @property
    def subtype(self) -> str:
        """Libsndfile's subtype."""
        return self.format.coding or ("FLOAT" if self.bits == FLOAT_BITS else f"PCM_{self.bits}")

    def data_bytes(self, frames: int) -> int:
        """Size of a number of frames in bytes; 0 for lossy formats."""
        return frames * self.channels * (self.bits or 0) // 8


def choose_format(
    path: Path,
    model_rate_hz: int,
    *,
    sample_rate_hz: int | None = None,
    channels: int = 2,
    bits: int | None = None,
) -> SoundFormat:
    """Choose the format of a file by its name.

    Parameters
    ----------
    path
        File name; its suffix decides the format.
    model_rate_hz
        Default sample rate; replaced by the next higher one that the format supports, or its
        highest.
    sample_rate_hz, channels, bits
        Requested values; None for the defaults.

    Raises
    ------
    ConfigurationError
        If the suffix is unknown, or the format does not support a value.
    """
    found = FORMATS.get(path.suffix.lower())
    if found is None:
        known = ", ".join(FORMATS)
        raise ConfigurationError(f"{printable(path)}: the name must end with one of {known}")
    if not 1 <= channels <= found.max_channels:
        wider = [name for name, other in FORMATS.items() if other.max_channels >= channels]
        remedy = f"; write {' or '.join(wider)}" if channels > 0 and wider else ""
        raise ConfigurationError(
            f"channels is {channels}; {found.name} takes 1 to {found.max_channels}{remedy}"
        )
    if bits is not None and bits not in found.bits:
        depths = ", ".join(map(str, sorted(found.bits)))
        limit = f"{found.name} takes {depths}" if depths else f"{found.name} has no bit depth"
        raise ConfigurationError(f"bits is {bits}; {limit}")
    return SoundFormat(
        found,
        _rate(found, model_rate_hz, sample_rate_hz),
        channels,
        bits or next(iter(found.bits), None),
    )


def _rate(form: Format, model_rate_hz: int, wanted_hz: int | None) -> int:
    if wanted_hz is None:
        if not form.rates_hz:
            return model_rate_hz
        return min((r for r in form.rates_hz if r >= model_rate_hz), default=form.rates_hz[-1])
    if form.rates_hz and wanted_hz not in form.rates_hz:
        known = ", ".join(map(str, form.rates_hz))
        raise ConfigurationError(f"samplerate is {wanted_hz}; {form.name} takes {known}")
    low, high = RATE_HZ
    if not low <= wanted_hz <= high:
        raise ConfigurationError(f"samplerate is {wanted_hz}; it must lie in {low} to {high}")
    return wanted_hz
