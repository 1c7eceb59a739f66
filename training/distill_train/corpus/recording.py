"""One sound file, read as mono at one rate, any part of it at a time.

Parts are resampled with the sound around them, and are what a resampling of the whole file would
give. This module knows nothing of folders, levels or spectrograms.
"""

import math
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import torch
import torchaudio

from distill_live.spectrogram import Float32
from distill_train.corpus.mono_file import MonoFile

LARGEST_DENOMINATOR = 2000
"""Of the ratio of rates. All usual ratios are exact; others (44099 to 48000 Hz) are met so nearly
that no ear can tell, where the exact filter would need gigabytes."""

FILTER_ZEROS, ROLLOFF = 6, 0.99
"""Of the resampling filter: zero crossings on either side, and its corner; torchaudio's own."""


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
        self._file = MonoFile(path)
        ratio = Fraction(sample_rate_hz, self._file.rate_hz)
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
            return self._file.read(first, end)
        width = math.ceil(FILTER_ZEROS * max(1.0, down / up) / ROLLOFF) + 1
        margin = -(-width // down)  # in units of the ratio, so that the phases fit
        begin_unit = max(0, first // up - margin)
        end_unit = -(-end // up) + margin
        mono = self._file.read(begin_unit * down, min(end_unit * down, self._file.frames))
        mono = np.pad(mono, (0, down))  # the resampler's own length may be one short
        resampled: Float32 = torchaudio.functional.resample(
            torch.from_numpy(mono), down, up, lowpass_filter_width=FILTER_ZEROS, rolloff=ROLLOFF
        ).numpy()
        offset = first - begin_unit * up
        return resampled[offset : offset + end - first]
