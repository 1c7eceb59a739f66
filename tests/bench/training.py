"""How near a trained model comes to its recordings, and how fast it gets there.

Trains on a folder with part of the time of its longer files held out, with a guard of a chunk, and
prints the log-spectral distance of rendered chunks from the recording above what the spectrogram
alone comes to: for trained chunks and for those held out.

    python tests/bench/training.py DIR [--minutes M] [--json]
"""

import argparse
import json
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from distill_live.spectrogram import PROFILES
from distill_train.config import TrainingConfig
from distill_train.corpus import PreparedCorpus
from distill_train.events import EpochMetrics, TrainingEvent
from distill_train.loop import train
from distill_train.run import prepare
from distill_train.scores import score_chunks

SCORED = 48


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--minutes", type=float, help="about how long to train (default: as set)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--profile", choices=PROFILES, default="standard")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()

    config = TrainingConfig(
        seed=arguments.seed, spectrogram=PROFILES[arguments.profile], validation_share=0.15
    )
    prepared = prepare(arguments.folder, config, by_time=True)
    if arguments.minutes:
        config = _config_for(config, prepared, arguments.minutes)

    last: list[EpochMetrics] = []

    def on_event(event: TrainingEvent) -> None:
        if isinstance(event, EpochMetrics):
            on_epoch(event)

    def on_epoch(metrics: EpochMetrics) -> None:
        last[:] = [metrics]
        if not arguments.json and metrics.epoch % max(1, metrics.epochs // 10) == 0:
            print(
                f"epoch {metrics.epoch}/{metrics.epochs}, "
                f"{time.monotonic() - began:.0f} s, "
                f"loss {metrics.training['reconstruction']:.3f}, "
                f"held out {metrics.validation['reconstruction']:.3f}, "
                f"KL {metrics.training['kl']:.0f}",
                flush=True,
            )

    with tempfile.TemporaryDirectory() as run:
        began = time.monotonic()
        trained = train(
            config,
            prepared.training,
            prepared.validation,
            prepared.statistics,
            Path(run),
            folder=str(arguments.folder),
            summary={},
            on_event=on_event,
        )
        seconds = time.monotonic() - began
    steps = trained.history.steps[-1].steps

    result = {
        "minutes": seconds / 60,
        "steps": steps,
        "steps_per_s": steps / seconds,
        "threads": torch.get_num_threads(),
        "epochs": last[0].epochs,
        "best_epoch": trained.summary["best_epoch"],
    }
    for name, chunks in (
        ("trained", prepared.training.unaugmented()),
        ("held_out", prepared.validation),
    ):
        scores = score_chunks(trained, chunks, prepared.cache.sound, SCORED)
        assert scores is not None
        result |= {
            f"{name}_chunks": len(scores.model),
            f"{name}_above_db": scores.above_db,
            f"{name}_above_median_db": float(np.median(scores.model - scores.representation)),
            f"{name}_representation_db": float(scores.representation.mean()),
        }
    if arguments.json:
        print(json.dumps(result))
        return
    for name, value in result.items():
        print(f"{name:28} {value:.3f}" if isinstance(value, float) else f"{name:28} {value}")


def _config_for(config: TrainingConfig, prepared: PreparedCorpus, minutes: float) -> TrainingConfig:
    """As many epochs as fit, judged by two short ones (the second counts)."""
    with tempfile.TemporaryDirectory() as run:
        trained = train(
            replace(config, epochs=2),
            prepared.training,
            prepared.validation,
            prepared.statistics,
            Path(run),
            folder="",
            summary={},
        )
    first, second = trained.history.epochs
    return replace(config, epochs=max(2, round(60 * minutes / (second.seconds - first.seconds))))


if __name__ == "__main__":
    main()
