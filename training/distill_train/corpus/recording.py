"""One sound file, read as mono at one rate, any part of it at a time.

So a file of hours needs no more memory than one of seconds. Parts are resampled with the sound
around them, and are what a resampling of the whole file would give. This module knows nothing of
folders, levels or spectrograms.
"""

import math
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import soundfile
import torch
import torchaudio

from distill_live.errors import AudioFileError
from distill_live.spectrogram import Float32
from distill_train.corpus.audio import open_sound_file, reading_error

READ_VALUES = 2**20
"""Samples, of all channels together, that are decoded at a time."""

PREROLL_FRAMES = 8192
"""Decoded and thrown away after a jump within a file: a Vorbis block is wrong without the last."""

KEPT_FRAMES = 2**18
"""Frames that stay in memory before the part last read, as readers step back a little."""

LARGEST_DENOMINATOR = 2000
"""Of the ratio of rates. All usual ratios are exact; others (44099 to 48000 Hz) are met so nearly
that no ear can tell, where the exact filter would need gigabytes."""

FILTER_ZEROS, ROLLOFF = 6, 0.99
"""Of the resampling filter: zero crossings on either side, and its corner; torchaudio's own."""

LOST_S = 0.1
"""A file may end this much before its header says, as cut MP3s do; silence stands for the rest."""


class Recording:
    """A sound file; a context manager, as it stays open.

    Parameters
    ----------
    path
        The file.
    sample_rate_hz
        Rate to resample to.

    Attributes
    ----------
    samples : int
        Length at `sample_rate_hz`.

    Raises
    ------
    AudioFileError
        If the file cannot be opened, or is empty, or its rate is out of range.
    """

    def __init__(self, path: Path, sample_rate_hz: int) -> None:
        self._file = open_sound_file(path)
        self._kept, self._kept_from = np.zeros(0, np.float32), 0
        ratio = Fraction(sample_rate_hz, self._file.samplerate)
        self._ratio = ratio.limit_denominator(LARGEST_DENOMINATOR)
        self.samples = math.ceil(self._file.frames * self._ratio)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def read(self, begin: int, count: int) -> Float32:
        """Samples `begin` to ``begin + count``, ``(count,)``; silence where the file has none.

        Raises
        ------
        AudioFileError
            If the file cannot be read there, or holds values that are not finite.
        """
        sound = np.zeros(count, np.float32)
        first, end = max(0, begin), min(begin + count, self.samples)
        if first < end:
            sound[first - begin : end - begin] = self._resampled(first, end)
        return sound

    def _resampled(self, first: int, end: int) -> Float32:
        up, down = self._ratio.numerator, self._ratio.denominator
        if up == down:
            return self._mono(first, end)
        width = math.ceil(FILTER_ZEROS * max(1.0, down / up) / ROLLOFF) + 1
        margin = -(-width // down)  # in units of the ratio, so that the phases fit
        begin_unit = max(0, first // up - margin)
        end_unit = -(-end // up) + margin
        mono = self._mono(begin_unit * down, min(end_unit * down, self._file.frames))
        mono = np.pad(mono, (0, down))  # the resampler's own length may be one short
        resampled: Float32 = torchaudio.functional.resample(
            torch.from_numpy(mono), down, up, lowpass_filter_width=FILTER_ZEROS, rolloff=ROLLOFF
        ).numpy()
        offset = first - begin_unit * up
        return resampled[offset : offset + end - first]

    def _mono(self, first: int, end: int) -> Float32:
        """Frames of the file, its channels averaged."""
        try:
            at = self._kept_from + len(self._kept)
            if not self._kept_from <= first <= at:
                self._jump(first)
            missing = end - self._kept_from - len(self._kept)
            if missing > 0:
                kept = self._kept[max(0, first - self._kept_from - KEPT_FRAMES) :]
                self._kept_from += len(self._kept) - len(kept)
                self._kept = np.concatenate([kept, self._decoded(missing)])
        except (soundfile.SoundFileError, OSError) as error:
            raise reading_error(error) from None
        sound = self._kept[first - self._kept_from : end - self._kept_from]
        if not np.isfinite(sound).all():
            raise AudioFileError("it holds values that are not finite")
        return sound

    def _jump(self, first: int) -> None:
        """Make `first` the next frame that is decoded."""
        start = self._file.seek(max(0, first - PREROLL_FRAMES))
        self._file.read(first - start, dtype="float32")
        self._kept_from, self._kept = first, np.zeros(0, np.float32)

    def _decoded(self, count: int) -> Float32:
        """The next frames."""
        sound = np.zeros(count, np.float32)
        block = max(1, READ_VALUES // self._file.channels)
        for at in range(0, count, block):
            wanted = min(block, count - at)
            part = self._file.read(wanted, dtype="float32", always_2d=True)
            sound[at : at + len(part)] = part.mean(axis=1)
            if len(part) < wanted:
                self._ends_early(self._kept_from + len(self._kept) + at + len(part))
                break
        return sound

    def _ends_early(self, frames: int) -> None:
        rate_hz = self._file.samplerate
        if self._file.frames - frames > LOST_S * rate_hz:
            raise AudioFileError(
                f"it breaks off after {frames / rate_hz:.1f} s "
                f"of {self._file.frames / rate_hz:.1f} s"
            )
