"""A run from a folder to a file: read, analyse, split, train, export; and export alone.

The order of things, told to a `Listener`. What a progress bar looks like is the command line's
affair.
"""

import time
from dataclasses import replace
from pathlib import Path

from distill_live.bundle import Bundle, write_bundle
from distill_live.errors import TrainingError
from distill_live.files import atomic_write
from distill_live.spectrogram import Statistics
from distill_train.cache import CachePlan
from distill_train.cached_dataset import SpectrogramCache
from distill_train.card import model_card
from distill_train.config import TrainingConfig
from distill_train.corpus import PreparedCorpus, prepare_corpus
from distill_train.export import Credits, make_bundle
from distill_train.loop import EpochMetrics, TrainedModel, load_model, train
from distill_train.scores import score_chunks

SCORED_CHUNKS = 24
"""Chunks, learnt and held out, that a finished model is scored on."""


class Listener:
    """What a run tells while it goes on; every method may be left as it is."""

    def caching(self, plan: CachePlan) -> bool:  # noqa: ARG002
        """The recordings are about to be analysed; False keeps them from it."""
        return True

    def analysed(self, done: int, files: int) -> None:
        """A file is analysed, or left out."""

    def corpus(self, cache: SpectrogramCache) -> None:
        """The recordings are there, analysed."""

    def chunks(self, training: int, validation: int, split_by: str) -> None:
        """It is decided how many chunks are learnt and how many held out."""

    def step(self, done: int, steps: int) -> None:
        """A training step is done."""

    def epoch(self, metrics: EpochMetrics) -> None:
        """An epoch is done."""

    def exporting(self) -> None:
        """The model is trained; its analysis begins."""


def prepare(
    folder: Path,
    config: TrainingConfig,
    statistics: Statistics | None = None,
    *,
    by_time: bool | None = None,
    listener: Listener | None = None,
) -> PreparedCorpus:
    """Read, analyse and split a folder; the same folder and configuration give the same split.

    Parameters
    ----------
    folder
        Of recordings.
    config
        Of the run.
    statistics
        By default those of the folder.
    by_time
        Whether to split by time; by default where there are few files.
    listener
        Told what was found.

    Raises
    ------
    TrainingError
        If the folder holds nothing that can be used.
    """
    listener = listener or Listener()
    prepared = prepare_corpus(
        folder,
        config,
        statistics,
        by_time=by_time,
        on_plan=listener.caching,
        on_file=listener.analysed,
    )
    listener.corpus(prepared.cache)
    listener.chunks(len(prepared.training), len(prepared.validation), prepared.split_by)
    return prepared


def train_folder(
    folder: Path,
    out: Path,
    config: TrainingConfig,
    words: Credits,
    listener: Listener | None = None,
) -> Bundle:
    """Learn a folder, and write the bundle to `out` and its card beside it.

    The run's files go to `run_folder(out)`.

    Raises
    ------
    DistillError
        What keeps it from doing so, in one line.
    """
    check_out(out)
    listener = listener or Listener()
    began = time.monotonic()
    prepared = prepare(folder, config, listener=listener)
    trained = train(
        config,
        prepared.training,
        prepared.validation,
        prepared.statistics,
        run_folder(out),
        folder=str(folder.resolve()),
        summary=_summary(prepared, config),
        on_step=listener.step,
        on_epoch=listener.epoch,
    )
    listener.exporting()
    minutes = round((time.monotonic() - began) / 60, 2)
    trained = replace(trained, summary={**trained.summary, "minutes": minutes})
    return _finish(trained, prepared, out, words)


def export_checkpoint(
    checkpoint: Path,
    out: Path,
    words: Credits,
    audio: Path | None = None,
    listener: Listener | None = None,
) -> Bundle:
    """Make the bundle of a checkpoint; its recordings are read again, for landmarks and axes.

    Parameters
    ----------
    checkpoint
        Such as ``RUN/best.safetensors``.
    out
        The bundle to write.
    words
        Name, author, licence, sources.
    audio
        Where the recordings are now, if not where they were.
    listener
        Told what was found.

    Raises
    ------
    DistillError
        What keeps it from doing so, in one line.
    """
    check_out(out)
    trained = load_model(checkpoint)
    folder = audio or Path(trained.folder)
    if not folder.is_dir():
        raise TrainingError(
            f"the recordings are no longer in {folder}; say where they are with --audio"
        )
    prepared = prepare(folder, trained.config, trained.statistics, listener=listener)
    if listener:
        listener.exporting()
    return _finish(trained, prepared, out, words)


def check_out(out: Path) -> None:
    """Refuse a bundle's name before hours are spent on it.

    Raises
    ------
    TrainingError
        If it is a folder, or its folder is not there.
    """
    if out.is_dir():
        raise TrainingError(f"{out} is a folder; give the name of the bundle to write")
    if not out.resolve().parent.is_dir():
        raise TrainingError(f"{out.parent} is not there; make that folder first")


def run_folder(out: Path) -> Path:
    """Where a run that ends in the bundle `out` keeps its files: ``x.run`` for ``x.distill``."""
    return out.with_name(f"{out.name.removesuffix('.distill')}.run")


def card_path(out: Path) -> Path:
    """Where the bundle's card goes: ``x.md`` for ``x.distill``."""
    return out.with_name(f"{out.name.removesuffix('.distill')}.md")


def _finish(trained: TrainedModel, prepared: PreparedCorpus, out: Path, words: Credits) -> Bundle:
    bundle = make_bundle(trained, prepared.recordings, prepared.files, words)
    bundle = replace(bundle, training={**bundle.training, **_scores(trained, prepared)})
    write_bundle(bundle, out)
    with atomic_write(card_path(out), TrainingError) as temporary:
        temporary.write_text(model_card(bundle), encoding="utf-8")
    return bundle


def _scores(trained: TrainedModel, prepared: PreparedCorpus) -> dict[str, float]:
    learnt, held_out = prepared.training.unaugmented(), prepared.validation
    found = {}
    for which, chunks in (("training", learnt), ("validation", held_out)):
        scores = score_chunks(trained, chunks, prepared.cache.sound, SCORED_CHUNKS)
        if scores:
            found[f"{which}_distance_db"] = round(float(scores.model.mean()), 3)
            found[f"{which}_representation_db"] = round(float(scores.representation.mean()), 3)
    return found


def _summary(prepared: PreparedCorpus, config: TrainingConfig) -> dict[str, str | int | float]:
    return {
        "files": len(prepared.files),
        "files_skipped": len(prepared.cache.skipped),
        "seconds": round(prepared.cache.seconds, 2),
        "training_chunks": len(prepared.training),
        "validation_chunks": len(prepared.validation),
        "split_by": prepared.split_by,
        "batch_size": config.batch_size,
        "learning_rate": config.learning_rate,
        "seed": config.seed,
        "device": config.device,
    }
