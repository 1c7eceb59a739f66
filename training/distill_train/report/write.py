"""The report of a run: one HTML page to look at, to listen to and to print.

How it went, recordings beside what the model makes of them, what each axis does, the map of the
corpus, the latents, and what all this was made with. It puts the page together; markup, pictures
and sounds are made elsewhere.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from distill_live.bundle import Bundle
from distill_live.errors import TrainingError
from distill_live.files import atomic_write
from distill_live.spectrogram import Float64
from distill_train.bundling.card import landmark_count
from distill_train.config import config_to_json
from distill_train.corpus.dataset import ChunkDataset
from distill_train.corpus.prepared import PreparedCorpus
from distill_train.latent.latent_space import source_chunks
from distill_train.report.audio_examples import axes_section, previews_part, recordings_section
from distill_train.report.plots import landmark_map_svg, latent_spread, losses
from distill_train.report.template import (
    AudioPlayers,
    details,
    figure,
    header,
    page,
    section,
    table,
    warning,
)
from distill_train.training.checkpoint import TrainedModel
from distill_train.training.events import WarningEvent
from distill_train.training.losses import divergence
from distill_train.training.model import ConvVAE

MAX_CHUNKS = 512
"""Chunks, at most, that the spread of the latents is measured on."""

MIN_INFORMATIVE_NATS = 0.1
"""Nats from which on a latent dimension says something about the sound."""

MAX_LISTED_FILES = 500
"""Most files that are listed by name."""


def write_report(
    path: Path, trained: TrainedModel, prepared: PreparedCorpus, bundle: Bundle
) -> None:
    """Write the report of a finished run, at once or not at all.

    Parameters
    ----------
    path
        Such as ``RUN/report.html``.
    trained
        The model that was exported, with the history of its run.
    prepared
        What it learnt from.
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
    """Write the report; the model is there without it, so what goes wrong is only a warning."""
    try:
        write_report(path, trained, prepared, bundle)
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        epochs = trained.history.epochs
        return WarningEvent(epochs[-1].epoch if epochs else 0, f"no report: {reason}")
    return None


def report_page(trained: TrainedModel, prepared: PreparedCorpus, bundle: Bundle, run: Path) -> str:
    """The report as HTML, with the previews that are in the run's folder."""
    players = AudioPlayers(bundle.settings.sample_rate_hz)
    parts = [
        _title(trained, prepared, bundle),
        recordings_section(trained, prepared, players),
        axes_section(bundle, players),
        _map(bundle),
        _training(trained, run, players),
        _latents(trained, prepared),
        _corpus(prepared),
        _settings(trained, bundle),
    ]
    return page(f"{bundle.name}: report", [part for part in parts if part])


def _title(trained: TrainedModel, prepared: PreparedCorpus, bundle: Bundle) -> str:
    training = bundle.training
    seconds = prepared.cache.seconds
    length = f"{seconds / 60:.1f} min" if seconds >= 90 else f"{seconds:.0f} s"
    rows = [("recordings", length, f"{len(prepared.files)} files")]
    for which, words in (("training", "learnt"), ("validation", "held out")):
        found = training.get(f"{which}_distance_db")
        alone = training.get(f"{which}_representation_db")
        if isinstance(found, int | float) and isinstance(alone, int | float):
            note = f"{found - alone:+.2f} dB on the spectrogram's {alone:.2f}"
            rows.append((f"distance, {words}", f"{found:.2f} dB", note))
    named = sum(not axis.name.startswith("axis_") for axis in bundle.axes)
    rows.append(("axes", str(len(bundle.axes)), f"{named} with a name"))
    epochs = trained.history.epochs
    if epochs:
        rows.append(
            ("training", f"{epochs[-1].seconds / 60:.1f} min", f"{epochs[-1].epoch} epochs")
        )
    parts = [f"Made {bundle.created[:10]}", bundle.author, bundle.licence]
    parts.append(str(training.get("sources", "")))
    return header(bundle.name, ". ".join(part for part in parts if part), rows)


def _map(bundle: Bundle) -> str:
    return section(
        "Map",
        "Every place of the corpus that the instrument knows; what lies near sounds alike. To the "
        "right it is brighter and up it is louder, as far as that goes. Lines follow a recording.",
        figure(landmark_map_svg(bundle.landmarks), f"{landmark_count(bundle)}."),
    )


def _training(trained: TrainedModel, run: Path, players: AudioPlayers) -> str:
    epochs, best = trained.history.epochs, trained.summary.get("best_epoch")
    if not epochs:
        return ""
    best_epoch = int(best) if isinstance(best, int | float) else None
    picture = losses(epochs, best_epoch, trained.config.regularization.gap_warning)
    return section(
        "Training",
        "What is learnt and what is held out part when the model begins to learn by heart. The "
        f"upright line is the model that was kept, that of epoch {best_epoch}.",
        figure(picture, _counted(trained)),
        *(warning(event.message) for event in trained.history.warnings),
        previews_part(
            trained.history.previews, run, trained.config.spectrogram.sample_rate_hz, players
        ),
    )


def _counted(trained: TrainedModel) -> str:
    summary = trained.summary
    words = f"{summary.get('epochs', '?')} epochs of {summary.get('training_chunks', '?')} chunks"
    skipped = summary.get("skipped_steps", 0)
    return f"{words}; {skipped} steps were not finite." if skipped else f"{words}."


def _latents(trained: TrainedModel, prepared: PreparedCorpus) -> str:
    chunks = source_chunks(prepared.recordings, trained.config.spectrogram, trained.config.overlap)
    std, nats = latent_figures(trained.model, chunks)
    telling = int(np.count_nonzero(nats >= MIN_INFORMATIVE_NATS))
    return section(
        "Latents",
        f"{telling} of {len(std)} dimensions say something about the sound "
        f"({MIN_INFORMATIVE_NATS} nats or more); all of them together say {nats.sum():.0f} nats.",
        figure(latent_spread(std, nats), "Each dimension of the latent space."),
    )


@torch.no_grad()
def latent_figures(model: ConvVAE, chunks: ChunkDataset) -> tuple[Float64, Float64]:
    """Standard deviation of the latents' means, and mean divergence in nats, by dimension."""
    means, divergences = [], []
    for batch in chunks.grid_batches(32, MAX_CHUNKS):
        mean, log_variance = model.encoder(batch)
        means.append(mean.double())
        divergences.append(divergence(mean, log_variance).double())
    std: Float64 = torch.cat(means).std(dim=0, correction=0).numpy()
    mean_divergence: Float64 = torch.cat(divergences).mean(dim=0).numpy()
    return std, mean_divergence


def _corpus(prepared: PreparedCorpus) -> str:
    cache = prepared.cache
    rate = cache.settings.spectrogram.sample_rate_hz
    files = [
        [stored.file, f"{stored.samples / rate:.1f}", f"{20 * np.log10(stored.gain):+.1f}"]
        for stored in cache.manifest.recordings[:MAX_LISTED_FILES]
    ]
    rows = [
        ["chunks learnt", str(len(prepared.training))],
        ["chunks held out", f"{len(prepared.validation)} (by {prepared.split_by})"],
        ["augmented stretches", str(len(cache.copies))],
        ["files left out", str(len(cache.skipped))],
    ]
    skipped = [[skipped.file, skipped.reason] for skipped in cache.skipped[:MAX_LISTED_FILES]]
    return section(
        "Corpus",
        f"{len(prepared.files)} files in {cache.folder}.",
        table([], rows),
        table(["left out", "reason"], skipped, kind="text") if skipped else "",
        details("All files", table(["file", "seconds", "gain, dB"], files)),
    )


def _settings(trained: TrainedModel, bundle: Bundle) -> str:
    rows = [[name, str(value)] for name, value in _flat(config_to_json(trained.config))]
    summary = [
        [key.replace("_", " "), f"{value:.4g}" if isinstance(value, float) else str(value)]
        for key, value in bundle.training.items()
    ]
    return section(
        "Settings",
        "With these, and the same recordings, the run can be repeated.",
        details("Settings of the run", table(["setting", "value"], rows, kind="text"), shown=True),
        details("Summary in the bundle", table(["figure", "value"], summary, kind="text")),
    )


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
