"""Measure spectral distance of a trained model from its recordings, and training speed.

    python tests/bench/training.py DIR [--files] [--minutes M] [--set KEY=VALUE] [--chunks] [--json]

Trains on a folder with one validation chunk in every three chunk lengths of the longer recordings;
no training chunk shares a sample with one. Prints the log-spectral distance of rendered chunks from
the recording less that of the spectrogram alone, for training and validation chunks. With `--files`
whole recordings are held out, as in an ordinary run.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch

from distill_live.spectrogram import PROFILES, Statistics
from distill_train.bundling.evaluation import evaluate_chunks
from distill_train.config import TrainingConfig, config_from_json, merge_layers
from distill_train.config_sources import PRESETS, parse_overrides
from distill_train.corpus.dataset import AnalysedRecording, Region, Split
from distill_train.corpus.training_data import (
    CachedSpectrogramDataset,
    PreparedCorpus,
    training_copies,
)
from distill_train.run import prepare
from distill_train.training.checkpoint import RunFiles, TrainedModel
from distill_train.training.events import EpochMetrics, StepMetrics, TrainingEvent
from distill_train.training.loop import train

SCORED = 48
"""Maximum number of scored chunks, for training and validation each."""

SPACING = 3
"""Chunk lengths of a recording with one validation chunk; shorter recordings have none."""


class Progress:
    """Prints some epochs, and keeps the figures of the table."""

    def __init__(self, quiet: bool) -> None:
        self.quiet = quiet
        self.steps = 0
        self.epoch_ends_s: list[float] = []
        self.began = time.perf_counter()

    def __call__(self, event: TrainingEvent) -> None:
        if isinstance(event, StepMetrics):
            self.steps += 1
        if isinstance(event, EpochMetrics):
            seconds = time.perf_counter() - self.began
            self.epoch_ends_s.append(seconds)
            if not self.quiet and event.epoch % max(1, event.epochs // 10) == 0:
                print(
                    f"epoch {event.epoch}/{event.epochs}, {seconds:.0f} s, "
                    f"loss {event.training['reconstruction']:.3f}, "
                    f"held out {event.validation['reconstruction']:.3f}, "
                    f"divergence {event.training['divergence']:.0f}",
                    flush=True,
                )


def split(recordings: Sequence[AnalysedRecording], n_frames: int) -> Split:
    """Split into training and validation."""
    learnt, held_out = [], []
    for index, recording in enumerate(recordings):
        count = recording.frames // (SPACING * n_frames)
        first = 0
        for number in range(count):
            start = round((number + 0.5) * recording.frames / count - n_frames / 2)
            held_out.append(Region(index, start, start))
            if start - n_frames >= first:
                learnt.append(Region(index, first, start - n_frames))
            first = start + n_frames
        if recording.frames - n_frames >= first:
            learnt.append(Region(index, first, recording.frames - n_frames))
    return Split(tuple(learnt), tuple(held_out), "time")


def held_out_by_time(
    prepared: PreparedCorpus, config: TrainingConfig
) -> tuple[CachedSpectrogramDataset, CachedSpectrogramDataset]:
    """Split by time: training chunks, copies included, and validation chunks."""
    cache = prepared.cache
    parts = split(cache.recordings, config.spectrogram.n_frames)
    copies = training_copies(cache, parts)
    return (
        CachedSpectrogramDataset(cache, parts.training, config.overlap, copies),
        CachedSpectrogramDataset(cache, parts.validation, config.overlap),
    )


def run(
    config: TrainingConfig,
    learnt: CachedSpectrogramDataset,
    held_out: CachedSpectrogramDataset,
    statistics: Statistics,
    progress: Progress,
) -> TrainedModel:
    """Train."""
    with tempfile.TemporaryDirectory() as folder:
        return train(
            config,
            learnt,
            held_out,
            statistics,
            RunFiles(Path(folder)),
            folder="",
            summary={},
            on_event=progress,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--minutes", type=float, help="approximate training time (default: as set)")
    parser.add_argument("--seed", type=int, default=0, help="random seed")
    parser.add_argument("--profile", choices=PROFILES, default="standard")
    parser.add_argument("--preset", choices=PRESETS)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument(
        "--files", action="store_true", help="hold out whole recordings, as an ordinary run"
    )
    parser.add_argument("--chunks", action="store_true", help="print the distance of each chunk")
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()

    values = {"seed": arguments.seed, "device": arguments.device, "preview_epochs": 1_000_000}
    preset = PRESETS.get(arguments.preset, {})
    config = config_from_json(
        merge_layers(preset, parse_overrides(arguments.profile, arguments.set, values))
    )
    prepared = prepare(arguments.folder, config)
    learnt, held_out = (
        (prepared.training, prepared.validation)
        if arguments.files
        else held_out_by_time(prepared, config)
    )
    if arguments.minutes:
        short = Progress(quiet=True)
        run(replace(config, epochs=2), learnt, held_out, prepared.cache.statistics, short)
        an_epoch_s = short.epoch_ends_s[1] - short.epoch_ends_s[0]
        config = replace(config, epochs=max(2, round(60 * arguments.minutes / an_epoch_s)))

    progress = Progress(quiet=arguments.json)
    trained = run(config, learnt, held_out, prepared.cache.statistics, progress)
    seconds = time.perf_counter() - progress.began
    result = {
        "minutes": seconds / 60,
        "steps": progress.steps,
        "steps_per_s": progress.steps / seconds,
        "threads": torch.get_num_threads(),
        "epochs": len(progress.epoch_ends_s),
        "best_epoch": trained.summary["best_epoch"],
    }
    for name, chunks in (("trained", learnt.unaugmented()), ("held_out", held_out)):
        scores = evaluate_chunks(trained, chunks, prepared.cache.sound, SCORED)
        if scores is None:
            continue
        above = (scores.model - scores.representation).tolist()
        if arguments.chunks:
            for index, db in zip(chunks.spread(SCORED), above, strict=False):
                recording, frame = chunks.locate(index)
                print(f"{name:9} {prepared.cache.files[recording]:32} {frame:6} {db:+.2f}")
        added = sorted(above)
        result |= {
            f"{name}_chunks": len(added),
            f"{name}_representation_db": float(scores.representation.mean()),
            f"{name}_above_db": float((scores.model - scores.representation).mean()),
            f"{name}_above_median_db": added[len(added) // 2],
            f"{name}_above_worst_db": added[-1],
        }
    if arguments.json:
        print(json.dumps(result))
        return
    for name, value in result.items():
        print(f"{name:28} {value:.3f}" if isinstance(value, float) else f"{name:28} {value}")


if __name__ == "__main__":
    main()
