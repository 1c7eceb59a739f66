"""Chunks of analysed recordings, and their split into training and validation.

A recording is analysed once, as a whole; a chunk is a slice of its frames. So overlapping chunks
share memory, a chunk may start at any frame, and its ends are analysed with the sound around them.
A recording shorter than a chunk is analysed with silence on both sides, and its chunks contain it
at different offsets.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

MIN_FILES_TO_SPLIT = 5
"""Minimum number of recordings for validation on whole recordings, if some are short enough;
with fewer, stretches of time are used."""

MAX_EXCESS = 1.25
"""Maximum amount of validation sound, relative to the share that was asked for."""


@dataclass(frozen=True)
class AnalysedRecording:
    """Frames of a recording.

    Attributes
    ----------
    channels
        ``(2, n_mels, frames)``, float32, at least a chunk long.
    silence_frames
        Number of frames of silence before and after the recording.
    """

    channels: Tensor
    silence_frames: int

    @property
    def frames(self) -> int:
        """Number of frames, including silence."""
        return self.channels.shape[2]

    def chunk(self, first: int, frames: int) -> Tensor:
        """Frames `first` to ``first + frames``, ``(2, n_mels, frames)``."""
        return self.channels[:, :, first : first + frames]


@dataclass(frozen=True)
class Region:
    """Frames `first` to `last` (inclusive) of a recording, where chunks may start."""

    recording: int
    first: int
    last: int


@dataclass(frozen=True)
class Split:
    """Training and validation regions; `by` is ``file``, ``time`` or ``nothing``."""

    training: tuple[Region, ...]
    validation: tuple[Region, ...]
    by: str


def split_recordings(
    recordings: Sequence[AnalysedRecording],
    n_frames: int,
    share: float,
    rng: np.random.Generator,
    *,
    by_time: bool | None = None,
) -> Split:
    """Split recordings so that no validation chunk shares samples with a training chunk.

    By file, recordings are drawn for validation until the share is reached, except those that would
    exceed it by a quarter; if there are none, the split is by time, so that the model still learns
    all of five long recordings. By time, the beginning or the end of each recording of at least
    four chunks is used for validation, and a guard of one chunk beside it is not used at all.
    Where this gives no validation sound, the shortest of `MIN_FILES_TO_SPLIT` recordings or more is
    used for validation; everything is used for training if there are fewer.

    Parameters
    ----------
    recordings
        Analysed recordings.
    n_frames
        Number of frames of a chunk.
    share
        Share of the sound for validation, 0 to 0.5.
    rng
        Draws the validation part.
    by_time
        Whether to split by time; by default below `MIN_FILES_TO_SPLIT` recordings.
    """
    whole = [
        Region(index, 0, recording.frames - n_frames) for index, recording in enumerate(recordings)
    ]
    if share <= 0:
        return Split(tuple(whole), (), "nothing")
    if by_time is None:
        by_time = len(recordings) < MIN_FILES_TO_SPLIT
    if by_time:
        return _split_by_time(whole, n_frames, share, rng)
    wanted = share * sum(recording.frames for recording in recordings)
    held_out: set[int] = set()
    held_frames = 0
    for index in rng.permutation(len(recordings)):
        if held_frames + recordings[index].frames <= MAX_EXCESS * wanted:
            held_out.add(int(index))
            held_frames += recordings[index].frames
        if held_frames >= wanted:
            break
    if not held_out:
        split = _split_by_time(whole, n_frames, share, rng)
        if split.validation or len(recordings) < MIN_FILES_TO_SPLIT:
            return split
        held_out = {min(range(len(recordings)), key=lambda index: recordings[index].frames)}
    return Split(
        training=tuple(region for region in whole if region.recording not in held_out),
        validation=tuple(region for region in whole if region.recording in held_out),
        by="file",
    )


def describe_split(training: int, validation: int, split_by: str) -> str:
    """Numbers of training and validation chunks, and what shows overfitting, in one line."""
    if not validation:
        return f"{training} chunks for training, none for validation: nothing shows overfitting"
    return f"{training} chunks for training, {validation} for validation (by {split_by})"


class ChunkDataset:
    """Chunks of some regions: on a grid, or displaced at random by up to half a grid step.

    Parameters
    ----------
    recordings
        Analysed recordings.
    regions
        Regions where chunks may start.
    n_frames
        Number of frames of a chunk.
    overlap
        Share of a chunk that the next one on the grid repeats, 0 to under 1.
    """

    def __init__(
        self,
        recordings: Sequence[AnalysedRecording],
        regions: Sequence[Region],
        n_frames: int,
        overlap: float,
    ) -> None:
        self.recordings = recordings
        self.n_frames = n_frames
        step = max(1, round(n_frames * (1.0 - overlap)))
        rows = [
            (region.recording, start, region.first, region.last)
            for region in regions
            for start in _grid(region, step)
        ]
        self._table = np.array(rows, np.int64).reshape(-1, 4)
        self._max_shift = step // 2

    def __len__(self) -> int:
        return len(self._table)

    def locate(self, index: int) -> tuple[int, int]:
        """Recording and first frame of a grid chunk."""
        recording, start, _, _ = self._table[index]
        return int(recording), int(start)

    def __getitem__(self, index: int) -> Tensor:
        """Grid chunk, ``(2, n_mels, frames)``."""
        if not 0 <= index < len(self):
            raise IndexError(f"chunk {index} of {len(self)}")
        return self._slice(*self.locate(index))

    def spread(self, max_chunks: int) -> list[int]:
        """Indices of at most `max_chunks` grid chunks, evenly spaced."""
        count = min(max_chunks, len(self))
        return [int(index) for index in np.linspace(0, len(self) - 1, count).round()]

    def grid_batches(self, size: int, max_chunks: int) -> Iterator[Tensor]:
        """Batches ``(batch, 2, n_mels, frames)`` of at most `max_chunks` grid chunks, in order."""
        indices = self.spread(max_chunks)
        for first in range(0, len(indices), size):
            yield torch.stack([self[index] for index in indices[first : first + size]])

    def random_batches(
        self,
        size: int,
        rng: np.random.Generator,
        *,
        first: int = 0,
        share: tuple[int, int] = (0, 1),
    ) -> Iterator[Tensor]:
        """Batches of every chunk once, in random order, displaced by up to half a grid step.

        A chunk stays in its region. Batch sizes differ by at most 1. The draws from `rng`, and so
        the batches, do not depend on `first` and `share`.

        Parameters
        ----------
        size
            Maximum number of chunks in a batch.
        rng
            Draws displacements and order.
        first
            Number of batches to omit, in a resumed epoch.
        share
            ``(i, n)`` selects the chunks i, i + n, i + 2 n, ... of each batch.
        """
        _, starts, lowest, highest = self._table.T
        moved = starts + rng.integers(-self._max_shift, self._max_shift + 1, len(self))
        moved = np.clip(moved, lowest, highest)
        order = rng.permutation(len(self))
        begin, step = share
        for indices in np.array_split(order, -(-len(self) // size))[first:]:
            yield torch.stack(
                [
                    self._slice(int(self._table[index, 0]), int(moved[index]))
                    for index in indices[begin::step]
                ]
            )

    def _slice(self, recording: int, start: int) -> Tensor:
        return self.recordings[recording].chunk(start, self.n_frames)


def _grid(region: Region, step: int) -> list[int]:
    """Evenly spaced starts from the first to the last frame of a region, at most `step` apart."""
    count = 1 + -(-(region.last - region.first) // step)
    return [int(start) for start in np.linspace(region.first, region.last, count).round()]


def _split_by_time(
    whole: Sequence[Region], n_frames: int, share: float, rng: np.random.Generator
) -> Split:
    training, validation = [], []
    for region in whole:
        frames = region.last + n_frames
        if frames < 4 * n_frames:
            training.append(region)
            continue
        held = max(n_frames, round(share * frames))
        recording, last, guarded = region.recording, region.last, held + n_frames
        if rng.integers(2):
            validation.append(Region(recording, 0, held - n_frames))
            training.append(Region(recording, guarded, last))
        else:
            validation.append(Region(recording, frames - held, last))
            training.append(Region(recording, 0, last - guarded))
    return Split(tuple(training), tuple(validation), "time" if validation else "nothing")
