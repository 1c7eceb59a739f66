"""Training and validation chunks of a corpus.

`prepare_corpus` opens the cache and splits it; the same corpus and configuration give the same
chunks.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from distill_live.spectrogram import Statistics
from distill_live.user_files import one_name
from distill_train.config import TrainingConfig
from distill_train.corpus.audio import Source
from distill_train.corpus.block_analysis import context_frames, frame_count
from distill_train.corpus.cache import CachePlan, open_cache
from distill_train.corpus.cache_manifest import CacheSettings
from distill_train.corpus.dataset import (
    AnalysedRecording,
    ChunkDataset,
    Region,
    Split,
    split_recordings,
)
from distill_train.corpus.spectrogram_cache import SpectrogramCache


class CachedSpectrogramDataset(ChunkDataset):
    """Chunks of a cache, each ``(2, n_mels, frames)``, float32.

    Parameters
    ----------
    cache
        Cache of the corpus.
    regions
        Regions of the cache's recordings where chunks may start.
    overlap
        Share of a chunk that the next one on the grid repeats, 0 to under 1.
    copies
        Indices of augmented copies to include, from `training_copies`.
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
        """Dataset without augmented copies."""
        return CachedSpectrogramDataset(*self._made_of)


def training_copies(cache: SpectrogramCache, split: Split) -> list[int]:
    """Indices of the augmented copies of training sound without validation sound.

    The frames of the original must be training frames, and everything that influenced the copy,
    with shift, speed and analysis context, must lie outside the validation chunks and their
    context.
    """
    n_frames = cache.settings.spectrogram.n_frames
    context = context_frames(cache.settings.spectrogram)
    training: dict[int, list[Region]] = {}
    validation: dict[int, list[Region]] = {}
    for regions, by_recording in ((split.training, training), (split.validation, validation)):
        for region in regions:
            by_recording.setdefault(region.recording, []).append(region)
    found = []
    for index, copy in enumerate(cache.manifest.copies):
        end = copy.first_frame + copy.frames
        of_training = any(
            region.first <= copy.first_frame and end <= region.last + n_frames
            for region in training.get(copy.recording, ())
        )
        influenced = any(
            copy.heard_from < region.last + n_frames + context
            and region.first - context < copy.heard_to
            for region in validation.get(copy.recording, ())
        )
        if of_training and not influenced:
            found.append(index)
    return found


@dataclass(frozen=True, eq=False)
class PreparedCorpus:
    """An analysed corpus, split into training and validation chunks.

    Attributes
    ----------
    cache
        Cache of the corpus.
    training, validation
        Training chunks, including copies, and validation chunks.
    split_by
        `Split.by`.
    """

    cache: SpectrogramCache
    training: CachedSpectrogramDataset
    validation: CachedSpectrogramDataset
    split_by: str

    @property
    def fingerprint(self) -> str:
        """Hash of the recordings' names and lengths, 16 hexadecimal digits.

        Together with the configuration, these determine the split.
        """
        recordings = self.cache.manifest.recordings
        lengths = [(one_name(stored.file), stored.samples) for stored in recordings]
        return hashlib.sha256(json.dumps(lengths).encode("ascii")).hexdigest()[:16]


def prepare_corpus(
    source: Source,
    config: TrainingConfig,
    statistics: Statistics | None = None,
    *,
    on_plan: Callable[[CachePlan], bool] | None = None,
    on_file: Callable[[int, int], None] | None = None,
) -> PreparedCorpus:
    """Open or build the cache of a corpus, and split the corpus.

    Parameters
    ----------
    source
        Recordings of the corpus.
    config
        Configuration of the run.
    statistics
        Statistics to normalise with; by default those of the corpus.
    on_plan, on_file
        See `open_cache`.

    Raises
    ------
    TrainingError
        If there is no usable recording, or the cache cannot be built.
    """
    cache = open_cache(
        source, CacheSettings.of(config), statistics, on_plan=on_plan, on_file=on_file
    )
    split = _split(cache.recordings, config)
    return PreparedCorpus(
        cache=cache,
        training=CachedSpectrogramDataset(
            cache, split.training, config.overlap, training_copies(cache, split)
        ),
        validation=CachedSpectrogramDataset(cache, split.validation, config.overlap),
        split_by=split.by,
    )


def count_chunks(samples: Sequence[int], config: TrainingConfig) -> tuple[int, int, str]:
    """Number of training and validation chunks for recordings of these lengths, and `Split.by`.

    Lengths are in samples at the settings' rate. Every training chunk counts with all its copies.
    """
    settings = config.spectrogram
    recordings = [
        AnalysedRecording(torch.zeros(1).expand(1, 1, frame_count(length, settings)), 0)
        for length in samples
    ]
    split = _split(recordings, config)
    training, validation = (
        len(ChunkDataset(recordings, regions, settings.n_frames, config.overlap))
        for regions in (split.training, split.validation)
    )
    return training * (1 + config.augmentation_expansion), validation, split.by


def _split(recordings: Sequence[AnalysedRecording], config: TrainingConfig) -> Split:
    return split_recordings(
        recordings,
        config.spectrogram.n_frames,
        config.validation_share,
        np.random.default_rng(config.seed),
        by_time={"auto": None, "file": False, "time": True}[config.validation_split],
    )
