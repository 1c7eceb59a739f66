"""Reader of sound files: any stretch, as mono, at one sample rate.

A stretch is resampled together with the sound around it, so it equals that stretch of the whole
file resampled. A file of hours needs no more memory than one of seconds. Torch is imported only
where a file must be resampled.
"""

import math
from fractions import Fraction
from pathlib import Path
from typing import Self

import numpy as np
import soundfile

from distill_live.errors import AudioFileError
from distill_live.spectrogram import Float32
from distill_train.corpus.audio import open_sound_file, reading_error

BLOCK_VALUES = 2**20
"""Samples decoded at a time, of all channels together."""

PREROLL_FRAMES = 8192
"""Frames decoded and discarded after a seek: a Vorbis block is wrong without the previous one."""

BUFFER_FRAMES = 2**18
"""Frames buffered before the last stretch read, as stretches overlap."""

MAX_MISSING_S = 0.1
"""Tolerated difference between header and content, as in truncated MP3s; filled with silence."""

MAX_DENOMINATOR = 2000
"""Limit for the ratio of rates. All usual ratios are exact; others (44099 to 48000 Hz) are
approximated inaudibly, where the exact filter would need gigabytes."""

FILTER_ZEROS, ROLLOFF = 6, 0.99
"""Zero crossings on either side, and corner, of the resampling filter; torchaudio's defaults."""


class Recording:
    """An open sound file; a context manager.

    Parameters
    ----------
    path
        The file.
    sample_rate_hz
        Sample rate to read at; by default the file's own.

    Attributes
    ----------
    samples : int
        Length at that rate.

    Raises
    ------
    AudioFileError
        If the file cannot be opened, is empty, or its rate is out of range.
    """

    def __init__(self, path: Path, sample_rate_hz: int | None = None) -> None:
        self._file = open_sound_file(path)
        self._frames, self._rate_hz = int(self._file.frames), int(self._file.samplerate)
        ratio = Fraction(sample_rate_hz or self._rate_hz, self._rate_hz)
        self._ratio = ratio.limit_denominator(MAX_DENOMINATOR)
        self.samples = math.ceil(self._frames * self._ratio)
        self._buffer, self._buffer_start = np.zeros(0, np.float32), 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._file.close()

    def read(self, begin: int, count: int) -> Float32:
        """Read samples `begin` to ``begin + count``, ``(count,)``; silence outside of the file.

        Raises
        ------
        AudioFileError
            If the file cannot be read there, breaks off, or holds values that are not finite.
        """
        sound = np.zeros(count, np.float32)
        first, end = max(0, begin), min(begin + count, self.samples)
        if first < end:
            sound[first - begin : end - begin] = self._resampled(first, end)
        return sound

    def _resampled(self, first: int, end: int) -> Float32:
        """Samples `first` to `end` at the rate to read at."""
        up, down = self._ratio.numerator, self._ratio.denominator
        if up == down:
            return self._mono(first, end)
        import torch
        from torchaudio.functional import resample

        width = math.ceil(FILTER_ZEROS * max(1.0, down / up) / ROLLOFF) + 1
        margin = -(-width // down)  # in units of the ratio, so that the phases fit
        begin_unit = max(0, first // up - margin)
        end_unit = -(-end // up) + margin
        mono = self._mono(begin_unit * down, min(end_unit * down, self._frames))
        mono = np.pad(mono, (0, down))  # the resampler's own length may be one short
        resampled: Float32 = resample(
            torch.from_numpy(mono), down, up, lowpass_filter_width=FILTER_ZEROS, rolloff=ROLLOFF
        ).numpy()
        offset = first - begin_unit * up
        return resampled[offset : offset + end - first]

    def _mono(self, first: int, end: int) -> Float32:
        """Mean of the channels of frames `first` to `end` at the file's own rate."""
        try:
            buffered_to = self._buffer_start + len(self._buffer)
            if not self._buffer_start <= first <= buffered_to:
                self._seek(first)
            missing = end - self._buffer_start - len(self._buffer)
            if missing > 0:
                kept = self._buffer[max(0, first - self._buffer_start - BUFFER_FRAMES) :]
                self._buffer_start += len(self._buffer) - len(kept)
                self._buffer = np.concatenate([kept, self._decoded(missing)])
        except (soundfile.SoundFileError, OSError) as error:
            raise reading_error(error) from None
        sound = self._buffer[first - self._buffer_start : end - self._buffer_start]
        if not np.isfinite(sound).all():
            raise AudioFileError("it holds values that are not finite")
        return sound

    def _seek(self, first: int) -> None:
        """Make `first` the next frame to decode."""
        start = self._file.seek(max(0, first - PREROLL_FRAMES))
        self._file.read(first - start, dtype="float32")
        self._buffer_start, self._buffer = first, np.zeros(0, np.float32)

    def _decoded(self, count: int) -> Float32:
        """Decode the next frames to mono."""
        sound = np.zeros(count, np.float32)
        block = max(1, BLOCK_VALUES // self._file.channels)
        for at in range(0, count, block):
            wanted = min(block, count - at)
            part = self._file.read(wanted, dtype="float32", always_2d=True)
            with np.errstate(all="ignore"):  # values that are not finite are refused later
                sound[at : at + len(part)] = part.mean(axis=1)
            if len(part) < wanted:
                self._check_end(self._buffer_start + len(self._buffer) + at + len(part))
                break
        return sound

    def _check_end(self, frames: int) -> None:
        """Raise if a file that ends after `frames` lacks too much of its announced length."""
        if self._frames - frames > MAX_MISSING_S * self._rate_hz:
            raise AudioFileError(
                f"it breaks off after {frames / self._rate_hz:.1f} s "
                f"of {self._frames / self._rate_hz:.1f} s"
            )
