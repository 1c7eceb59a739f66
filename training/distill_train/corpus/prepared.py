"""A folder made ready to be learnt: its cache, and which chunks of it are learnt and held out.

The same folder and configuration give the same chunks. This module knows no network.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from distill_live.spectrogram import Statistics
from distill_train.config import TrainingConfig
from distill_train.corpus.cache import CachePlan, open_cache
from distill_train.corpus.cache_manifest import CacheSettings
from distill_train.corpus.cached_dataset import (
    CachedSpectrogramDataset,
    SpectrogramCache,
    copies_to_learn,
)
from distill_train.corpus.dataset import AnalysedRecording, ChunkDataset, Split, split_recordings
from distill_train.corpus.framing import frame_count


@dataclass(frozen=True, eq=False)
class PreparedCorpus:
    """A folder's recordings, analysed, and how they are split.

    Attributes
    ----------
    cache
        Where all chunks come from.
    training, validation
        What is learnt, copies included, and what is only looked at.
    split_by
        As of a split.
    """

    cache: SpectrogramCache
    training: CachedSpectrogramDataset
    validation: CachedSpectrogramDataset
    split_by: str

    @property
    def files(self) -> tuple[str, ...]:
        """Of the recordings, in their order."""
        return self.cache.files

    @property
    def fingerprint(self) -> str:
        """16 hexadecimal digits that stand for the recordings' names and lengths.

        With the configuration, these decide which chunks are learnt and which held out.
        """
        lengths = [(stored.file, stored.samples) for stored in self.cache.manifest.recordings]
        return hashlib.sha256(json.dumps(lengths).encode("ascii")).hexdigest()[:16]

    @property
    def recordings(self) -> list[AnalysedRecording]:
        """Analysed, without copies."""
        return self.cache.recordings

    @property
    def statistics(self) -> Statistics:
        """That the chunks are normalised with."""
        return self.cache.statistics


def prepare_corpus(
    folder: Path,
    config: TrainingConfig,
    statistics: Statistics | None = None,
    *,
    on_plan: Callable[[CachePlan], bool] | None = None,
    on_file: Callable[[int, int], None] | None = None,
) -> PreparedCorpus:
    """Open or make a folder's cache, and split it.

    Parameters
    ----------
    folder
        Of recordings.
    config
        Of the run.
    statistics
        By default those of the folder.
    on_plan, on_file
        As of `open_cache`.

    Raises
    ------
    TrainingError
        If the folder holds nothing that can be used, or its cache cannot be made.
    """
    cache = open_cache(
        folder, CacheSettings.of(config), statistics, on_plan=on_plan, on_file=on_file
    )
    split = _split(cache.recordings, config)
    return PreparedCorpus(
        cache=cache,
        training=CachedSpectrogramDataset(
            cache, split.training, config.overlap, copies_to_learn(cache, split)
        ),
        validation=CachedSpectrogramDataset(cache, split.validation, config.overlap),
        split_by=split.by,
    )


def count_chunks(samples: Sequence[int], config: TrainingConfig) -> tuple[int, int, str]:
    """Chunks that are learnt and held out of recordings of these lengths, and how they are split.

    Lengths are in samples at the settings' rate. Copies are counted as if every chunk had its own.
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
    )
