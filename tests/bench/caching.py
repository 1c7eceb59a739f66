"""Measure the spectrogram cache: time and disk space per minute, memory, time of a batch.

    python tests/bench/caching.py DIR [--json]

Analyses a folder with and without augmented copies, and compares batches from the memory-mapped
file with batches from memory. The folder's own cache stays untouched: the recordings are linked
into a temporary folder.
"""

import argparse
import json
import resource
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from distill_live.spectrogram import PROFILES
from distill_train.config import TrainingConfig
from distill_train.corpus.audio import find_audio_files
from distill_train.corpus.dataset import AnalysedRecording, ChunkDataset, split_recordings
from distill_train.corpus.training_data import PreparedCorpus, prepare_corpus

BATCH, ROUNDS = 8, 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()

    rows = []
    for profile, settings in PROFILES.items():
        for copies in (0, 2):
            config = replace(TrainingConfig(), spectrogram=settings, augmentation_expansion=copies)
            rows.append(
                {"profile": profile, "copies": copies, **measured(arguments.folder, config)}
            )
    if arguments.json:
        print(json.dumps(rows))
        return
    for row in rows:
        for name, value in row.items():
            print(f"{name:24} {value:.3f}" if isinstance(value, float) else f"{name:24} {value}")
        print()


def measured(folder: Path, config: TrainingConfig) -> dict[str, float | int]:
    with tempfile.TemporaryDirectory() as linked:
        for number, path in enumerate(find_audio_files(folder)):
            (Path(linked) / f"{number:04}{path.suffix}").symlink_to(path.resolve())
        began = time.perf_counter()
        prepared = prepare_corpus(Path(linked), config)
        made_s = time.perf_counter() - began
        began = time.perf_counter()
        prepared = prepare_corpus(Path(linked), config)
        opened_s = time.perf_counter() - began
        minutes = prepared.cache.seconds / 60
        mapped_ms, memory_ms = batch_times(prepared, config)
        return {
            "files": len(prepared.cache.files),
            "minutes": minutes,
            "made_s": made_s,
            "made_s_a_minute": made_s / minutes,
            "opened_s": opened_s,
            "megabytes_a_minute": prepared.cache.manifest.bytes / 1e6 / minutes,
            "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
            "batch_mapped_ms": mapped_ms,
            "batch_in_memory_ms": memory_ms,
        }


def batch_times(prepared: PreparedCorpus, config: TrainingConfig) -> tuple[float, float]:
    """Milliseconds per batch, from the mapped file and from memory."""
    settings, rng = config.spectrogram, np.random.default_rng(0)
    held = [
        AnalysedRecording(part.channels.contiguous(), part.silence_frames)
        for part in prepared.cache.recordings
    ]
    times = []
    for parts in (prepared.cache.recordings, held):
        split = split_recordings(parts, settings.n_frames, 0.0, rng)
        chunks = ChunkDataset(parts, split.training, settings.n_frames, config.overlap)
        began, batches = time.perf_counter(), 0
        for _ in range(ROUNDS):
            batches += sum(1 for _ in chunks.random_batches(BATCH, rng))
        times.append(1e3 * (time.perf_counter() - began) / batches)
    return times[0], times[1]


if __name__ == "__main__":
    main()
