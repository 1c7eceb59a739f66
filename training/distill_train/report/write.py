"""Write a run's report: one HTML page of results, audio examples, plots and settings."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from distill_live.bundle import Bundle
from distill_live.errors import TrainingError
from distill_live.files import atomic_write
from distill_live.spectrogram import Float64
from distill_train.bundling.card import format_figure, landmark_count
from distill_train.bundling.verdict import scores, verdict
from distill_train.config import config_to_json
from distill_train.corpus.dataset import ChunkDataset
from distill_train.corpus.training_data import PreparedCorpus
from distill_train.latent.latent_space import source_chunks
from distill_train.report.audio_examples import (
    axis_examples,
    map_sounds,
    preview_examples,
    recording_examples,
)
from distill_train.report.plots import landmark_map_svg, latent_spread, losses
from distill_train.report.template import AudioPlayers, render
from distill_train.training.checkpoint import TrainedModel
from distill_train.training.events import WarningEvent
from distill_train.training.history import epoch_range, group_warnings
from distill_train.training.losses import divergence
from distill_train.training.model import ConvVAE

MAX_CHUNKS = 512
"""Maximum number of chunks for measuring the spread of the latents."""

MIN_INFORMATIVE_NATS = 0.1
"""Minimum divergence of a latent dimension that says something about the sound."""

MAX_LISTED_FILES = 500
"""Maximum number of files that are listed by name."""


def write_report(
    path: Path, trained: TrainedModel, prepared: PreparedCorpus, bundle: Bundle
) -> None:
    """Write the report of a finished run atomically.

    Parameters
    ----------
    path
        Such as ``RUN/report.html``; previews are read from its folder.
    trained
        The exported model with the history of its run.
    prepared
        Its corpus.
    bundle
        What it was exported to, scores included.

    Raises
    ------
    TrainingError
        If the page cannot be written.
    """
    text = report_page(trained, prepared, bundle, path.parent)
    with atomic_write(path, TrainingError) as temporary:
        temporary.write_text(text, encoding="utf-8")


def report_or_warning(
    path: Path, trained: TrainedModel, prepared: PreparedCorpus, bundle: Bundle
) -> WarningEvent | None:
    """Write the report; any error becomes a warning, since the model is complete without it."""
    try:
        write_report(path, trained, prepared, bundle)
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        epochs = trained.history.epochs
        return WarningEvent(epochs[-1].epoch if epochs else 0, f"no report: {reason}")
    return None


def report_page(trained: TrainedModel, prepared: PreparedCorpus, bundle: Bundle, run: Path) -> str:
    """Report as HTML, with players of the previews in the run's folder."""
    players = AudioPlayers(bundle.settings.sample_rate_hz)
    recordings = recording_examples(trained, prepared, players)
    axes = axis_examples(bundle, players)
    training = _training(trained, run, players)
    sounds = map_sounds(bundle, players)
    notes = [f"Made {bundle.created[:10]}", bundle.author, bundle.licence]
    notes.append(str(bundle.training.get("sources", "")))
    return render(
        "report.html.jinja",
        bundle=bundle,
        note=". ".join(note for note in notes if note),
        verdict=verdict(bundle.training),
        tiles=_tiles(trained, prepared, bundle),
        recordings=recordings,
        axes=axes,
        map={
            "picture": landmark_map_svg(bundle.landmarks, sounds),
            "caption": f"{landmark_count(bundle)}.",
            "sounds": len(sounds),
        },
        training=training,
        latents=_latents(trained, prepared),
        corpus=_corpus(prepared),
        settings=list(_flat(config_to_json(trained.config))),
        summary=[
            (key.replace("_", " "), format_figure(value)) for key, value in bundle.training.items()
        ],
    )


def _tiles(
    trained: TrainedModel, prepared: PreparedCorpus, bundle: Bundle
) -> list[tuple[str, str, str]]:
    """Name, value and a few words of each figure at the head of the page."""
    seconds = prepared.cache.seconds
    length = f"{seconds / 60:.1f} min" if seconds >= 90 else f"{seconds:.0f} s"
    tiles = [("recordings", length, f"{len(prepared.cache.files)} files")]
    for split, model_db, spectrogram_db in scores(bundle.training):
        above = f"{model_db - spectrogram_db:+.2f} dB on the spectrogram's {spectrogram_db:.2f}"
        tiles.append((f"distance, {split}", f"{model_db:.2f} dB", above))
    named = sum(not axis.name.startswith("axis_") for axis in bundle.axes)
    tiles.append(("axes", str(len(bundle.axes)), f"{named} with a name"))
    pitch = bundle.landmark_feature("pitch")
    if pitch is not None:
        share = f"{100 * (pitch > 0).mean():.0f} %"
        tiles.append(("pitch", share, f"of {len(pitch)} landmarks have one"))
    if trained.history.epochs:
        last = trained.history.epochs[-1]
        tiles.append(("training", f"{last.seconds / 60:.1f} min", f"{last.epoch} epochs"))
    return tiles


def _training(trained: TrainedModel, run: Path, players: AudioPlayers) -> dict[str, Any]:
    history, summary, config = trained.history, trained.summary, trained.config
    if not history.epochs:
        return {}
    best = summary.get("best_epoch")
    best_epoch = int(best) if isinstance(best, int | float) else None
    words = f"{summary.get('epochs', '?')} epochs of {summary.get('training_chunks', '?')} chunks"
    skipped = summary.get("skipped_steps", 0)
    return {
        "best_epoch": best_epoch,
        "picture": losses(history.epochs, best_epoch, config.regularization.gap_warning),
        "caption": f"{words}; {skipped} steps were not finite." if skipped else f"{words}.",
        "warnings": [
            (epoch_range(group), group[-1].message) for group in group_warnings(history.warnings)
        ],
        "previews": preview_examples(
            history.previews, run, config.spectrogram.sample_rate_hz, players
        ),
    }


def _latents(trained: TrainedModel, prepared: PreparedCorpus) -> dict[str, Any]:
    chunks = source_chunks(
        prepared.cache.recordings, trained.config.spectrogram, trained.config.overlap
    )
    std, nats = latent_figures(trained.model, chunks)
    return {
        "informative": int(np.count_nonzero(nats >= MIN_INFORMATIVE_NATS)),
        "count": len(std),
        "threshold": MIN_INFORMATIVE_NATS,
        "nats": f"{nats.sum():.0f}",
        "picture": latent_spread(std, nats),
    }


@torch.no_grad()
def latent_figures(model: ConvVAE, chunks: ChunkDataset) -> tuple[Float64, Float64]:
    """Standard deviation of the latent means and mean divergence in nats, each ``(latent,)``."""
    means, divergences = [], []
    for batch in chunks.grid_batches(32, MAX_CHUNKS):
        mean, log_variance = model.encoder(batch)
        means.append(mean.double())
        divergences.append(divergence(mean, log_variance).double())
    std: Float64 = torch.cat(means).std(dim=0, correction=0).numpy()
    mean_divergence: Float64 = torch.cat(divergences).mean(dim=0).numpy()
    return std, mean_divergence


def _corpus(prepared: PreparedCorpus) -> dict[str, Any]:
    cache = prepared.cache
    rate = cache.settings.spectrogram.sample_rate_hz
    return {
        "folder": str(cache.folder),
        "file_count": len(prepared.cache.files),
        "counts": [
            ("training chunks", len(prepared.training)),
            ("validation chunks", f"{len(prepared.validation)} (by {prepared.split_by})"),
            ("augmented copies", len(cache.copies)),
            ("files left out", len(cache.skipped)),
        ],
        "skipped": [(each.file, each.reason) for each in cache.skipped[:MAX_LISTED_FILES]],
        "notes": [(each.file, each.text) for each in cache.notes[:MAX_LISTED_FILES]],
        "files": [
            (stored.file, f"{stored.samples / rate:.1f}", f"{20 * np.log10(stored.gain):+.1f}")
            for stored in cache.manifest.recordings[:MAX_LISTED_FILES]
        ],
        "captions": {
            "skipped": _cut(len(cache.skipped), "files"),
            "notes": _cut(len(cache.notes), "notes"),
            "files": _cut(len(cache.manifest.recordings), "files"),
        },
    }


def _cut(count: int, noun: str) -> str:
    """Caption of a table of so many files; empty if it has all of them."""
    return f"The first {MAX_LISTED_FILES} of {count} {noun}." if count > MAX_LISTED_FILES else ""


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Settings as pairs of dotted name and value."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", str(value)
