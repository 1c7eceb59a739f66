"""Making a cache's rows: every recording analysed once, levelled, normalised, in bounded memory.

First pass: band power and frequency of all recordings and copies go to the file of rows, and peaks
are found. Then, as a gain only multiplies power, statistics are measured on the levelled rows, and
the rows become channels in place. One file, and of that one block, is in memory at a time. This
module knows nothing of manifests that are there already, nor where a cache lies.
"""

import os
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
import torch
from torch import Tensor

from distill_live.errors import AudioFileError
from distill_live.spectrogram import Float32, Statistics
from distill_train.corpus.audio import PEAK_DBFS, Header, Skipped, check_heard, nothing_left
from distill_train.corpus.augmentation import draw_variation
from distill_train.corpus.cache_manifest import CacheSettings, StoredCopy, StoredRecording
from distill_train.corpus.framing import (
    BLOCK_FRAMES,
    Block,
    copy_block,
    copy_source,
    frame_count,
    recording_blocks,
    silence_frames,
)
from distill_train.corpus.recording import Recording
from distill_train.spectrogram import Analysis, band_statistics

MOST_GAIN = 100.0
"""A chunk with a level of its own is raised at most so much more than the corpus would be, so that
what is between the sounds stays quiet (40 dB)."""


@dataclass(frozen=True)
class Built:
    """What was made of a folder's recordings."""

    recordings: tuple[StoredRecording, ...]
    copies: tuple[StoredCopy, ...]
    skipped: tuple[Skipped, ...]
    statistics: Statistics
    rows: int


def build_rows(
    folder: Path,
    files: Sequence[str],
    settings: CacheSettings,
    data: BinaryIO,
    statistics: Statistics | None = None,
    on_file: Callable[[int, int], None] | None = None,
) -> Built:
    """Fill a file with the rows of a folder's recordings.

    Parameters
    ----------
    folder, files
        Names of sound files below the folder.
    settings
        Of the cache.
    data
        Empty, open for reading and writing.
    statistics
        To normalise with; by default the recordings' own.
    on_file
        Called with the number of files done and found, after each.

    Raises
    ------
    TrainingError
        If no recording is left; the message counts what was found.
    OSError
        If the rows cannot be written.
    """
    builder = _Builder(settings, data)
    skipped = []
    with _one_thread():
        for done, file in enumerate(files, start=1):
            try:
                builder.add(folder / file, file)
            except AudioFileError as error:
                skipped.append(Skipped(file, str(error)))
            if on_file is not None:
                on_file(done, len(files))
        if not builder.recordings:
            raise nothing_left(folder, skipped)
        builder.level()
        found = statistics or builder.statistics()
        if settings.level != "chunk":
            builder.encode(found)
    data.flush()
    return Built(
        tuple(builder.recordings), tuple(builder.copies), tuple(skipped), found, builder.rows
    )


def estimate_bytes(headers: Sequence[Header], settings: CacheSettings) -> int:
    """Disk space that a cache of these files takes; those that will be left out are counted."""
    rows = 0
    for header in headers:
        frames = frame_count(
            header.samples(settings.spectrogram.sample_rate_hz), settings.spectrogram
        )
        stretches = _stretches(frames, settings.spectrogram.n_frames)
        rows += frames + settings.augmentation_expansion * sum(count for _, count in stretches)
    return rows * settings.row_bytes


def chunk_gain(peak: float, corpus_gain: float) -> float:
    """What a chunk of that peak is multiplied with where each has a level of its own."""
    return min(10 ** (PEAK_DBFS / 20) / max(peak, 1e-12), MOST_GAIN * corpus_gain)


class _Builder:
    """The rows so far, and what lies where."""

    def __init__(self, settings: CacheSettings, data: BinaryIO) -> None:
        self._settings, self._data = settings, data
        self._analysis = Analysis(settings.spectrogram)
        self._peaks: list[float] = []
        self.rows = 0
        self.recordings: list[StoredRecording] = []
        self.copies: list[StoredCopy] = []

    def add(self, path: Path, file: str) -> None:
        """Write the rows of a file and its copies, or, if it cannot be used, none."""
        first_row, copies_before, peak = self.rows, len(self.copies), 0.0
        try:
            with Recording(path, self._settings.spectrogram.sample_rate_hz) as recording:
                for block in recording_blocks(self._analysis, recording):
                    self._write(block)
                    peak = max(peak, block.peak)
                check_heard(peak)
                stored = StoredRecording(
                    file=file,
                    samples=recording.samples,
                    first_row=first_row,
                    frames=self.rows - first_row,
                    silence_frames=silence_frames(recording.samples, self._settings.spectrogram),
                    gain=1.0,
                )
                for number in range(self._settings.augmentation_expansion):
                    self._add_copies(recording, stored, number)
        except AudioFileError:
            self.rows = first_row
            del self.copies[copies_before:]
            self._data.seek(first_row * self._settings.row_bytes)
            self._data.truncate()
            raise
        self.recordings.append(stored)
        self._peaks.append(peak)

    def level(self) -> None:
        """Decide every recording's gain, from all peaks."""
        corpus_gain = 10 ** (PEAK_DBFS / 20) / max(self._peaks)
        own = self._settings.level == "file"
        self.recordings = [
            replace(stored, gain=10 ** (PEAK_DBFS / 20) / peak if own else corpus_gain)
            for stored, peak in zip(self.recordings, self._peaks, strict=True)
        ]

    def statistics(self) -> Statistics:
        """Of the levelled recordings; copies do not count."""
        return band_statistics(self._analysis, self._levelled_bands)

    def encode(self, statistics: Statistics) -> None:
        """Turn band power and frequency into channels, in place."""
        parts: list[tuple[StoredRecording | StoredCopy, float]]
        parts = [(stored, stored.gain) for stored in self.recordings]
        parts += [(copy, self.recordings[copy.recording].gain) for copy in self.copies]
        for part, gain in parts:
            for first, rows in self._blocks(part, BLOCK_FRAMES):
                channels = self._analysis.encode(*self._bands(rows, gain), statistics)[0]
                self._data.seek(first * self._settings.row_bytes)
                self._data.write(channels.permute(2, 0, 1).contiguous().numpy().tobytes())

    def _add_copies(self, recording: Recording, stored: StoredRecording, number: int) -> None:
        spectrogram = self._settings.spectrogram
        hop = spectrogram.hop_samples
        for first, frames in _stretches(stored.frames, spectrogram.n_frames):
            name = zlib.crc32(os.fsencode(stored.file))
            variation = draw_variation(
                self._settings.augmentation,
                spectrogram.chunk_samples,
                spectrogram.sample_rate_hz,
                np.random.default_rng([self._settings.seed, name, number, first]),
            )
            begin, count = copy_source(variation, first, frames, stored.silence_frames, spectrogram)
            copy = StoredCopy(
                recording=len(self.recordings),
                first_row=self.rows,
                frames=frames,
                first_frame=first,
                heard_from=begin // hop + stored.silence_frames,
                heard_to=-(-(begin + count) // hop) + stored.silence_frames,
            )
            self._write(copy_block(self._analysis, recording, variation, first, frames))
            self.copies.append(copy)

    def _write(self, block: Block) -> None:
        parts = [block.power, block.frequency_bins]
        if self._settings.level == "chunk":
            parts.append(block.peaks[:, None])
        rows = torch.cat(parts, dim=1)
        self._data.write(rows.numpy().tobytes())
        self.rows += len(rows)

    def _blocks(
        self, part: StoredRecording | StoredCopy, size: int
    ) -> Iterator[tuple[int, Float32]]:
        """First row and rows of every block of a part."""
        end = part.first_row + part.frames
        for first in range(part.first_row, end, size):
            count = min(size, end - first)
            self._data.seek(first * self._settings.row_bytes)
            content = bytearray(self._data.read(count * self._settings.row_bytes))
            yield first, np.frombuffer(content, np.float32).reshape(count, -1)

    def _levelled_bands(self) -> Iterator[tuple[Tensor, Tensor]]:
        own = self._settings.level == "chunk"
        size = self._settings.spectrogram.n_frames if own else BLOCK_FRAMES
        for stored in self.recordings:
            for _, rows in self._blocks(stored, size):
                gain = chunk_gain(float(rows[:, -1].max()), stored.gain) if own else stored.gain
                yield self._bands(rows, gain)

    def _bands(self, rows: Float32, gain: float) -> tuple[Tensor, Tensor]:
        """Levelled power and frequency of rows, each ``(1, n_mels, frames)``."""
        n_mels = self._settings.spectrogram.n_mels
        bands = torch.from_numpy(rows).T[None]
        return gain**2 * bands[:, :n_mels], bands[:, n_mels : 2 * n_mels]


@contextmanager
def _one_thread() -> Iterator[None]:
    """Let torch compute in one thread: blocks are small, and the same bits come out everywhere.

    On a busy machine several threads wait for each other ten times as long as they compute.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _stretches(frames: int, n_frames: int) -> list[tuple[int, int]]:
    """First frame and count of the stretches that copies are made of.

    Every chunk of the recording starts in one of them and fits into it; they hold as many starts
    as a chunk has frames, so copies of chunks that do not overlap are drawn apart.
    """
    starts = frames - n_frames + 1
    return [
        (first, min(n_frames, starts - first) + n_frames - 1)
        for first in range(0, starts, n_frames)
    ]
