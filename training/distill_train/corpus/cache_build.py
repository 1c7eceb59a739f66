"""Build a cache: analyse every recording once, normalise in place, then write the manifest.

First pass: each recording is decoded for its length and its mix to mono, then band power and
frequency of it and of its augmented copies are written as rows, and peaks are measured. As a gain
only scales power, statistics are then computed from the levelled rows, and the rows are converted
to channels in place. Only one block of one file is in memory.

The rows have a new file name in each build, which the manifest, written last and atomically, refers
to. So an interrupted build leaves the previous cache, or none.
"""

import os
import secrets
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from shutil import disk_usage
from typing import BinaryIO

import numpy as np
import torch
from torch import Tensor

from distill_live.errors import AudioFileError, TrainingError
from distill_live.files import atomic_write, flush, reason_of
from distill_live.spectrogram import Float32, Statistics
from distill_live.user_files import one_name
from distill_train.corpus.audio import (
    PEAK_DBFS,
    FileNote,
    Header,
    SkippedFile,
    no_usable_files,
)
from distill_train.corpus.augmentation import draw_variation
from distill_train.corpus.block_analysis import (
    BLOCK_FRAMES,
    Block,
    copy_block,
    copy_source,
    frame_count,
    recording_blocks,
    silence_frames,
)
from distill_train.corpus.cache_manifest import (
    MANIFEST,
    CacheSettings,
    FileState,
    Manifest,
    StoredCopy,
    StoredRecording,
)
from distill_train.corpus.recording import Recording
from distill_train.corpus.survey import far_over, survey
from distill_train.spectrogram import Analysis, band_statistics

MAX_CHUNK_GAIN = 100.0
"""Maximum gain of a chunk with a level of its own, relative to the corpus' gain (40 dB); keeps
pauses quiet."""


def build_cache(
    folder: Path,
    location: Path,
    files: Sequence[FileState],
    settings: CacheSettings,
    statistics: Statistics | None,
    needed_bytes: int,
    on_file: Callable[[int, int], None] | None,
) -> None:
    """Analyse the files of a folder, and write rows and manifest to a location.

    The caller holds the location's lock.

    Parameters
    ----------
    folder, files
        Sound files relative to the folder.
    location
        Folder of the cache.
    settings
        Settings of the cache.
    statistics
        Statistics to normalise with; by default those of the recordings.
    needed_bytes
        Estimated size.
    on_file
        Called after each file with the number of files done and the number of files.

    Raises
    ------
    TrainingError
        If no file can be used, or the disk is full.
    """
    _remove_leftovers(location, keep=_referenced_rows(location))
    data = location / f"rows-{secrets.token_hex(8)}.f32"
    try:
        if disk_usage(location).free < needed_bytes:
            raise OSError(0, "No space left on device")
        with data.open("x+b") as rows:
            manifest = _write_rows(folder, files, settings, rows, statistics, on_file)
            rows.flush()
            flush(rows.fileno())
        with atomic_write(location / MANIFEST) as temporary:
            temporary.write_text(replace(manifest, data=data.name).as_text(), encoding="utf-8")
    except BaseException as error:
        with suppress(OSError):
            data.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise TrainingError(
                f"{location}: the cache was not written ({reason_of(error)}); "
                f"it needs about {needed_bytes / 1e6:.0f} MB, free some space"
            ) from None
        raise
    _remove_leftovers(location, keep=data.name)


def _remove_leftovers(location: Path, keep: str) -> None:
    """Remove files of interrupted builds, and all rows except `keep`."""
    for pattern in ("rows-*.f32", ".*.partial"):
        for path in location.glob(pattern):
            if path.name != keep:
                with suppress(OSError):  # on Windows another process may still read it
                    path.unlink()


def _referenced_rows(location: Path) -> str:
    """Name of the rows that the manifest refers to; empty if there are none."""
    try:
        text = (location / MANIFEST).read_text("utf-8")
    except (OSError, ValueError):
        return ""
    return next((path.name for path in location.glob("rows-*.f32") if path.name in text), "")


def _write_rows(
    folder: Path,
    files: Sequence[FileState],
    settings: CacheSettings,
    data: BinaryIO,
    given: Statistics | None,
    on_file: Callable[[int, int], None] | None,
) -> Manifest:
    """Write all rows to an empty file; return the manifest, without the file's name."""
    builder = _Builder(settings, data)
    skipped = []
    with _one_thread():
        for done, state in enumerate(files, start=1):
            try:
                builder.add(folder / state.path, state.path)
            except AudioFileError as error:
                skipped.append(SkippedFile(state.path, str(error)))
            if on_file is not None:
                on_file(done, len(files))
        if not builder.recordings:
            raise no_usable_files(folder, skipped)
        builder.set_gains()
        statistics = given or builder.statistics()
        if settings.level != "chunk":
            builder.encode(statistics)
    return Manifest(
        created=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        settings=settings.as_json(),
        statistics=statistics,
        measured=given is None,
        files=tuple(files),
        skipped=tuple(skipped),
        notes=tuple(builder.notes),
        recordings=tuple(builder.recordings),
        copies=tuple(builder.copies),
        data="",
        bytes=builder.rows * settings.row_bytes,
    )


def estimate_bytes(headers: Sequence[Header], settings: CacheSettings) -> int:
    """Estimate the size of a cache of these files, including those that will be skipped."""
    rows = 0
    for header in headers:
        frames = frame_count(
            header.samples(settings.spectrogram.sample_rate_hz), settings.spectrogram
        )
        stretches = _stretches(frames, settings.spectrogram.n_frames)
        rows += frames + settings.augmentation_expansion * sum(count for _, count in stretches)
    return rows * settings.row_bytes


def chunk_gain(peak: float, corpus_gain: float) -> float:
    """Gain of a chunk with this peak, where each chunk has a level of its own."""
    return min(10 ** (PEAK_DBFS / 20) / max(peak, 1e-12), MAX_CHUNK_GAIN * corpus_gain)


class _Builder:
    """Rows written so far, and their index."""

    def __init__(self, settings: CacheSettings, data: BinaryIO) -> None:
        self._settings, self._data = settings, data
        self._analysis = Analysis(settings.spectrogram)
        self._peaks: list[float] = []
        self.rows = 0
        self.notes: list[FileNote] = []
        self.recordings: list[StoredRecording] = []
        self.copies: list[StoredCopy] = []

    def add(self, path: Path, file: str) -> None:
        """Write the rows of a file and its copies; none if the file cannot be used."""
        first_row, copies_before, peak = self.rows, len(self.copies), 0.0
        rate_hz = self._settings.spectrogram.sample_rate_hz
        found = survey(path)
        try:
            with Recording(path, rate_hz, frames=found.frames, channel=found.channel) as recording:
                for block in recording_blocks(self._analysis, recording):
                    self._write(block)
                    peak = max(peak, float(block.peaks.max()))
                stored = StoredRecording(
                    file=file,
                    samples=recording.samples,
                    source_frames=found.frames,
                    channel=found.channel,
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
        self._peaks.append(max(peak, 1e-9))
        self.notes += [FileNote(file, text) for text in found.notes]

    def set_gains(self) -> None:
        """Set the gain of every recording from all peaks.

        One far over full scale gets a gain of its own (`far_over`).
        """
        over_notes = far_over(self._peaks)
        usual = [peak for peak, over in zip(self._peaks, over_notes, strict=True) if not over]
        corpus_gain = 10 ** (PEAK_DBFS / 20) / max(usual)
        own = self._settings.level == "file"
        levelled = []
        for stored, peak, over in zip(self.recordings, self._peaks, over_notes, strict=True):
            if over and not own:
                self.notes.append(FileNote(stored.file, over))
            gain = 10 ** (PEAK_DBFS / 20) / peak if own or over else corpus_gain
            levelled.append(replace(stored, gain=gain))
        self.recordings = levelled

    def statistics(self) -> Statistics:
        """Statistics of the levelled recordings, without copies."""
        return band_statistics(self._analysis, self._levelled_bands)

    def encode(self, statistics: Statistics) -> None:
        """Convert band power and frequency to channels, in place."""
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
            name = zlib.crc32(os.fsencode(one_name(stored.file)))
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
        """First row and rows of each block of a part."""
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
    """Limit torch to one thread, for identical bits everywhere.

    Blocks are small: on a busy machine threads wait ten times as long as they compute.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _stretches(frames: int, n_frames: int) -> list[tuple[int, int]]:
    """First frame and count of the stretches that copies are made of.

    Every chunk of the recording starts in one of them and fits into it. A stretch contains as many
    starts as a chunk has frames, so copies of chunks that do not overlap are drawn separately.
    """
    starts = frames - n_frames + 1
    return [
        (first, min(n_frames, starts - first) + n_frames - 1)
        for first in range(0, starts, n_frames)
    ]
