"""Chunks: where they start in the recordings, which are learnt and which are held out.

A recording is analysed whole, once; a chunk is a slice of its frames. So overlapping chunks share
memory, a chunk may start at any frame, and its ends know the sound around it. A recording shorter
than a chunk is analysed with silence on both sides, and its chunks hold it at varied offsets.

This module knows nothing of files: recordings come analysed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

FILES_TO_SPLIT_BY = 5
"""From this many recordings on, whole recordings are held out if some are short enough for that;
else stretches of time."""

EXCESS = 1.25
"""How much of the share of the sound that is to be held out may be held out at most."""


@dataclass(frozen=True)
class AnalysedRecording:
    """The frames of one recording.

    Attributes
    ----------
    channels
        ``(2, n_mels, frames)``, float32, at least a chunk long.
    silence_frames
        Frames of silence that were put before the recording (and after it).
    """

    channels: Tensor
    silence_frames: int

    @property
    def frames(self) -> int:
        """Frames, silence included."""
        return self.channels.shape[2]

    def chunk(self, first: int, frames: int) -> Tensor:
        """Frames `first` to ``first + frames``, ``(2, n_mels, frames)``."""
        return self.channels[:, :, first : first + frames]


@dataclass(frozen=True)
class Region:
    """Frames of one recording in which chunks may start, `first` to `last`, both included."""

    recording: int
    first: int
    last: int


@dataclass(frozen=True)
class Split:
    """What is learnt and what is held out; `by` is ``file``, ``time`` or ``nothing``."""

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
    """Hold out a share of the sound, so that no held-out chunk shares samples with a learnt one.

    By file, recordings are drawn until the share is reached, passing over those that would exceed
    it by a quarter; if that leaves none, it is by time: of five recordings all shall be heard in
    the model. By time, the beginning or the end is held out of each recording that is at least four
    chunks long, and a guard of one chunk between it and what is learnt is not used at all. Where
    there is nothing to hold out by these rules, all is learnt.

    Parameters
    ----------
    recordings
        Analysed.
    n_frames
        Frames of a chunk.
    share
        Of the sound to hold out, 0 to 0.5.
    rng
        Decides which.
    by_time
        Whether to split by time; by default below `FILES_TO_SPLIT_BY` recordings.
    """
    whole = [
        Region(index, 0, recording.frames - n_frames) for index, recording in enumerate(recordings)
    ]
    if share <= 0:
        return Split(tuple(whole), (), "nothing")
    if by_time is None:
        by_time = len(recordings) < FILES_TO_SPLIT_BY
    if by_time:
        return _split_by_time(whole, n_frames, share, rng)
    wanted = share * sum(recording.frames for recording in recordings)
    held, so_far = set(), 0
    for index in rng.permutation(len(recordings)):
        if so_far + recordings[index].frames <= EXCESS * wanted:
            held.add(int(index))
            so_far += recordings[index].frames
        if so_far >= wanted:
            break
    if not held:
        return _split_by_time(whole, n_frames, share, rng)
    return Split(
        training=tuple(region for region in whole if region.recording not in held),
        validation=tuple(region for region in whole if region.recording in held),
        by="file",
    )


class ChunkDataset:
    """Chunks of some regions: on a grid, or each moved at random within its step of the grid.

    Parameters
    ----------
    recordings
        Analysed.
    regions
        Where chunks may start.
    n_frames
        Frames of a chunk.
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
        self._reach = step // 2

    def __len__(self) -> int:
        return len(self._table)

    def place(self, index: int) -> tuple[int, int]:
        """Recording and first frame of a chunk of the grid."""
        recording, start, _, _ = self._table[index]
        return int(recording), int(start)

    def __getitem__(self, index: int) -> Tensor:
        """A chunk of the grid, ``(2, n_mels, frames)``."""
        if not 0 <= index < len(self):
            raise IndexError(f"chunk {index} of {len(self)}")
        return self._slice(*self.place(index))

    def thinned(self, most: int) -> list[int]:
        """At most `most` indices of the grid, evenly spread."""
        count = min(most, len(self))
        return [int(index) for index in np.linspace(0, len(self) - 1, count).round()]

    def grid_batches(self, size: int, most: int) -> Iterator[Tensor]:
        """Chunks of the grid in order, ``(batch, 2, n_mels, frames)``, at most `most` of them."""
        indices = self.thinned(most)
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
        """Every chunk once in random order, each moved by up to half a step of the grid.

        A chunk stays in its region, so it never reaches into what is held out. The batches are as
        even as they can be; none is larger than `size`. What is drawn from `rng`, and so which
        chunks make up which batch, does not depend on `first` and `share`.

        Parameters
        ----------
        size
            Chunks a batch.
        rng
            Draws moves and order.
        first
            The batch to begin with, where others have been seen already.
        share
            ``(i, n)`` gives of each batch the chunks i, i + n, i + 2 n, ...
        """
        _, starts, lowest, highest = self._table.T
        moved = starts + rng.integers(-self._reach, self._reach + 1, len(self))
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
    """Starts from the region's first to its last frame, evenly, at most `step` apart."""
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
        recording, last, taken = region.recording, region.last, held + n_frames
        if rng.integers(2):
            validation.append(Region(recording, 0, held - n_frames))
            training.append(Region(recording, taken, last))
        else:
            validation.append(Region(recording, frames - held, last))
            training.append(Region(recording, 0, last - taken))
    return Split(tuple(training), tuple(validation), "time" if validation else "nothing")
