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

from distill_live.errors import AudioFileError
from distill_live.spectrogram import Float32
from distill_train.corpus.decoder import Decoder

BLOCK_VALUES = 2**20
"""Samples mixed to mono at a time, of all channels together."""

BUFFER_FRAMES = 2**18
"""Frames buffered before the last stretch read, as stretches overlap."""

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
    frames
        Length in frames of the file, where its headers claim more than can be decoded.
    channel
        The only channel to read, from 1; 0 for the mean of all.

    Attributes
    ----------
    samples : int
        Length at that rate.

    Raises
    ------
    AudioFileError
        If the file cannot be opened, is empty, or its rate is out of range.
    """

    def __init__(
        self,
        path: Path,
        sample_rate_hz: int | None = None,
        *,
        frames: int | None = None,
        channel: int = 0,
    ) -> None:
        self._decoder, self._channel = Decoder(path), channel
        self._frames, self._rate_hz = self._decoder.frames, self._decoder.rate_hz
        if frames is not None:
            self._frames = min(frames, self._frames)
        ratio = Fraction(sample_rate_hz or self._rate_hz, self._rate_hz)
        self._ratio = ratio.limit_denominator(MAX_DENOMINATOR)
        self.samples = math.ceil(self._frames * self._ratio)
        self._buffer, self._buffer_start = np.zeros(0, np.float32), 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._decoder.close()

    def read(self, begin: int, count: int) -> Float32:
        """Read samples `begin` to ``begin + count``, ``(count,)``; silence outside of the file.

        Raises
        ------
        AudioFileError
            If the file cannot be read, or holds values that are not finite.
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
        """Frames `first` to `end` in mono at the file's own rate."""
        buffered_to = self._buffer_start + len(self._buffer)
        if not self._buffer_start <= first <= buffered_to:
            self._buffer_start, self._buffer = first, np.zeros(0, np.float32)
        missing = end - self._buffer_start - len(self._buffer)
        if missing > 0:
            kept = self._buffer[max(0, first - self._buffer_start - BUFFER_FRAMES) :]
            self._buffer_start += len(self._buffer) - len(kept)
            added = self._decoded(self._buffer_start + len(kept), missing)
            self._buffer = np.concatenate([kept, added])
        sound = self._buffer[first - self._buffer_start : end - self._buffer_start]
        if not np.isfinite(sound).all():
            raise AudioFileError("it holds values that are not finite")
        return sound

    def _decoded(self, first: int, count: int) -> Float32:
        """Decode frames to mono."""
        sound = np.zeros(count, np.float32)
        block = max(1, BLOCK_VALUES // self._decoder.channels)
        for at in range(0, count, block):
            part = self._decoder.read(first + at, min(block, count - at))
            sound[at : at + len(part)] = mono(part, self._channel)
        return sound


def mono(sound: Float32, channel: int) -> Float32:
    """Mix a sound ``(frames, channels)`` to mono: the mean, or one channel, from 1."""
    if channel:
        return sound[:, min(channel, sound.shape[1]) - 1]
    with np.errstate(all="ignore"):  # values that are not finite are refused later
        mean: Float32 = sound.mean(axis=1)
    return mean
