"""Chunks out of a cache: memory-mapped, so that memory does not grow with the corpus.

`SpectrogramCache` is a complete cache as it is read, `CachedSpectrogramDataset` the chunks of it
that are learnt or held out. How a cache comes to be is for `distill_train.corpus.cache`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from distill_live.spectrogram import Float32, Statistics
from distill_train.corpus.audio import Skipped
from distill_train.corpus.cache_build import chunk_gain
from distill_train.corpus.cache_manifest import CacheSettings, Manifest, StoredCopy, StoredRecording
from distill_train.corpus.dataset import AnalysedRecording, ChunkDataset, Region, Split
from distill_train.corpus.framing import context_frames
from distill_train.corpus.recording import Recording
from distill_train.spectrogram import Analysis


class SpectrogramCache:
    """A complete cache.

    Parameters
    ----------
    folder
        Of the recordings.
    place, manifest
        Where the cache is, and what it holds.
    settings
        That it was made with.
    statistics
        That its frames are normalised with.

    Attributes
    ----------
    recordings, copies : list of AnalysedRecording
        Frames as they are, and as augmented stretches; both are views of the mapped file.
    statistics : Statistics
    """

    def __init__(
        self, folder: Path, place: Path, manifest: Manifest, settings: CacheSettings
    ) -> None:
        self.folder, self.place, self.manifest, self.settings = folder, place, manifest, settings
        # Copy on write: torch wants memory that may be written; nobody does.
        self._rows = np.memmap(
            place / manifest.data,
            np.float32,
            mode="c",
            shape=(manifest.rows, settings.row_values),
        )
        self._analysis = Analysis(settings.spectrogram) if settings.level == "chunk" else None
        self.recordings = [self._part(stored, stored) for stored in manifest.recordings]
        self.copies = [
            self._part(copy, manifest.recordings[copy.recording]) for copy in manifest.copies
        ]

    @property
    def statistics(self) -> Statistics:
        """That the frames are normalised with."""
        return self.manifest.statistics

    @property
    def files(self) -> tuple[str, ...]:
        """Of the recordings, in their order."""
        return tuple(stored.file for stored in self.manifest.recordings)

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """Files that were left out."""
        return self.manifest.skipped

    @property
    def seconds(self) -> float:
        """Length of all recordings together."""
        samples = sum(stored.samples for stored in self.manifest.recordings)
        return samples / self.settings.spectrogram.sample_rate_hz

    def sound(self, recording: int, first_frame: int) -> Float32:
        """What a chunk was made from, read from its file, at the level that is learnt.

        Returns
        -------
        Float32
            ``(chunk_samples,)``; silence where the recording has none.

        Raises
        ------
        AudioFileError
            If the file can no longer be read.
        """
        stored, spectrogram = self.manifest.recordings[recording], self.settings.spectrogram
        begin = (first_frame - stored.silence_frames) * spectrogram.hop_samples
        with Recording(self.folder / stored.file, spectrogram.sample_rate_hz) as file:
            samples = file.read(begin, spectrogram.chunk_samples)
        gain = stored.gain
        if self._analysis:
            first = stored.first_row + first_frame
            peak = float(self._rows[first : first + spectrogram.n_frames, -1].max())
            gain = chunk_gain(peak, stored.gain)
        return samples * np.float32(gain)

    def _part(
        self, part: StoredRecording | StoredCopy, recording: StoredRecording
    ) -> AnalysedRecording:
        rows = torch.from_numpy(self._rows[part.first_row : part.first_row + part.frames])
        silence = part.silence_frames if isinstance(part, StoredRecording) else 0
        n_mels = self.settings.spectrogram.n_mels
        channels = rows[:, : 2 * n_mels].reshape(-1, 2, n_mels).permute(1, 2, 0)
        if self._analysis:
            return LevelledRecording(
                channels, silence, rows[:, -1], recording.gain, self._analysis, self.statistics
            )
        return AnalysedRecording(channels, silence)


@dataclass(frozen=True)
class LevelledRecording(AnalysedRecording):
    """A recording whose every chunk is brought to one peak when it is read.

    Attributes
    ----------
    channels
        Band power and frequency.
    peaks
        Of the samples nearest to each frame, ``(frames,)``.
    gain
        That the recording would have without.
    analysis, statistics
        Turn bands into channels.
    """

    peaks: Tensor
    gain: float
    analysis: Analysis
    statistics: Statistics

    def chunk(self, first: int, frames: int) -> Tensor:
        """Frames `first` to ``first + frames`` at their own level, ``(2, n_mels, frames)``."""
        power, frequency_bins = self.channels[:, None, :, first : first + frames]
        gain = chunk_gain(float(self.peaks[first : first + frames].max()), self.gain)
        return self.analysis.encode(gain**2 * power, frequency_bins, self.statistics)[0]


class CachedSpectrogramDataset(ChunkDataset):
    """Chunks of a cache, each ``(2, n_mels, frames)``, float32.

    Parameters
    ----------
    cache
        Where they come from.
    regions
        Of the cache's recordings: where chunks may start.
    overlap
        Share of a chunk that the next one on the grid repeats, 0 to under 1.
    copies
        Indices of augmented stretches that belong to it too, as `copies_to_learn` chooses them.
    """

    def __init__(
        self,
        cache: SpectrogramCache,
        regions: Sequence[Region],
        overlap: float,
        copies: Sequence[int] = (),
    ) -> None:
        n_frames = cache.settings.spectrogram.n_frames
        originals = len(cache.recordings)
        stretches = [
            Region(originals + index, 0, cache.copies[index].frames - n_frames) for index in copies
        ]
        parts = [*cache.recordings, *cache.copies] if stretches else cache.recordings
        super().__init__(parts, [*regions, *stretches], n_frames, overlap)
        self._made_of = cache, regions, overlap

    def unaugmented(self) -> "CachedSpectrogramDataset":
        """The same without copies."""
        return CachedSpectrogramDataset(*self._made_of)


def copies_to_learn(cache: SpectrogramCache, split: Split) -> list[int]:
    """Copies of what is learnt that have heard nothing of what is held out.

    A copy counts if the frames that it stands for are learnt, and all that went into it, shifted,
    sped up and with its surroundings, lies outside of the held-out chunks and theirs.
    """
    n_frames = cache.settings.spectrogram.n_frames
    context = context_frames(cache.settings.spectrogram)
    learnt: dict[int, list[Region]] = {}
    held_out: dict[int, list[Region]] = {}
    for regions, kept in ((split.training, learnt), (split.validation, held_out)):
        for region in regions:
            kept.setdefault(region.recording, []).append(region)
    found = []
    for index, copy in enumerate(cache.manifest.copies):
        end = copy.first_frame + copy.frames
        stands_for_learnt = any(
            region.first <= copy.first_frame and end <= region.last + n_frames
            for region in learnt.get(copy.recording, ())
        )
        has_heard = any(
            copy.heard_from < region.last + n_frames + context
            and region.first - context < copy.heard_to
            for region in held_out.get(copy.recording, ())
        )
        if stands_for_learnt and not has_heard:
            found.append(index)
    return found
