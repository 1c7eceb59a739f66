"""Build a bundle from a trained model: networks, latent space, axes, landmarks, paths."""

import operator
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import torch

from distill_live.bundle import Bundle
from distill_live.bundle.checks import check_count
from distill_live.bundle.model import MAX_GRAPH_BYTES, check_chunk_size
from distill_live.errors import BundleError, ConfigurationError
from distill_live.onnx_guard import check_decoder, check_encoder
from distill_live.spectrogram import Float32
from distill_train.bundling.attribution import Attribution
from distill_train.bundling.onnx_export import export_decoder, export_encoder
from distill_train.config import TrainingConfig
from distill_train.corpus.dataset import AnalysedRecording
from distill_train.latent.axes import MAX_HEARD_S, MAX_POINTS, find_axes
from distill_train.latent.chunk_renderer import ChunkRenderer
from distill_train.latent.features import landmark_features
from distill_train.latent.landmark_map import map_positions, sound_profile
from distill_train.latent.latent_space import (
    LatentSpace,
    encode_chunks,
    landmarks,
    latent_space,
    recording_paths,
    source_chunks,
)
from distill_train.training.checkpoint import TrainedModel
from distill_train.training.model import ConvVAE

CHECKED_LATENTS = 64
"""Number of latents for comparing the exported decoder with torch; half are landmarks."""

CHECKED_CHUNKS = 64
"""Number of chunks for comparing the exported encoder with torch."""


def check_exportable(config: TrainingConfig) -> None:
    """Raise if networks of these settings are too large for a bundle.

    Untrained ones are exported and checked as a bundle's are, which may take a minute, unless no
    size is over that of the standard profile.

    Raises
    ------
    ConfigurationError
        If they are.
    """
    if all(map(operator.le, _sizes(config), _sizes(TrainingConfig()))):
        return
    settings, latent_size = config.spectrogram, config.model.latent_dim
    try:
        check_chunk_size(settings)
    except BundleError as error:
        raise ConfigurationError(str(error)) from error
    with torch.random.fork_rng(devices=[]):
        model = ConvVAE(config.model, settings)
    latent = np.zeros((1, latent_size), np.float32)
    chunk = np.zeros((1, *settings.shape), np.float32)
    decoder = export_decoder(model.decoder, latent).content
    encoder = export_encoder(model.encoder, chunk).content
    for what, content, check in (
        ("decoder", decoder, check_decoder),
        ("encoder", encoder, check_encoder),
    ):
        try:
            check_count(f"bytes of the {what}", len(content), 1, MAX_GRAPH_BYTES)
            check(content, settings, latent_size)
        except BundleError as error:
            raise ConfigurationError(
                f"no model of these settings can be written: {what}: {error}; use a smaller "
                "spectrogram.chunk_samples or spectrogram.n_mels, or smaller model.channels"
            ) from error


def _sizes(config: TrainingConfig) -> tuple[int, ...]:
    """Sizes that the networks' memory and work rise with."""
    model = config.model
    return *config.spectrogram.shape, model.latent_dim, model.conditioning, *model.channels


def build_bundle(
    trained: TrainedModel,
    recordings: Sequence[AnalysedRecording],
    files: Sequence[str],
    attribution: Attribution,
    on_progress: Callable[[float], None] = lambda _: None,
) -> Bundle:
    """Build the bundle of a trained model.

    Parameters
    ----------
    trained
        Trained model.
    recordings, files
        Corpus, analysed with the model's statistics, and the names of its files.
    attribution
        Name, author, licence, sources.
    on_progress
        Called with the share of landmarks and axes that is measured, 0 to 1.

    Raises
    ------
    TrainingError
        If the output of the exported decoder or encoder differs from the trained one's.
    """
    settings, seed = trained.config.spectrogram, trained.config.seed
    chunks = source_chunks(recordings, settings, trained.config.overlap)
    indices, latents = encode_chunks(trained.model, chunks)
    space = latent_space(latents)
    profiles = np.array([sound_profile(chunks[index].numpy()) for index in indices])
    positions = map_positions(profiles)
    rng = np.random.default_rng(seed)
    exported = export_decoder(trained.model.decoder, _checked_latents(space, rng))
    checked = torch.cat(list(chunks.grid_batches(CHECKED_CHUNKS, CHECKED_CHUNKS))).numpy()
    encoder = export_encoder(trained.model.encoder, checked)
    summary = trained.summary | {
        "decoder_weights": exported.weights,
        "parity_largest_error": exported.largest_error,
        "parity_mean_error": exported.mean_error,
        "encoder_weights": encoder.weights,
        "encoder_largest_error": encoder.largest_error,
    }
    if attribution.sources:
        summary["sources"] = attribution.sources
    bundle = Bundle(
        name=attribution.name,
        created=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        settings=settings,
        statistics=trained.statistics,
        axes=(),
        landmarks=landmarks(chunks, indices, files, settings, positions),
        training=summary,
        licence=attribution.licence,
        author=attribution.author,
        decoder=exported.content,
        encoder=encoder.content,
        paths=recording_paths(
            trained.model,
            recordings,
            files,
            settings,
            {chunks.locate(index)[0] for index in indices},
        ),
        **vars(space),
    )
    render, rate_hz = ChunkRenderer(bundle, seed, MAX_HEARD_S), settings.sample_rate_hz
    count = len(indices)
    rows = []
    for done, latent in enumerate(space.standardised, start=1):
        rows.append(landmark_features(render(latent), rate_hz))
        on_progress(done / (count + MAX_POINTS))
    axes = find_axes(
        *(space.standardised, render, rate_hz, rng),
        lambda share: on_progress((count + share * MAX_POINTS) / (count + MAX_POINTS)),
    )
    return replace(bundle, axes=axes, landmark_features=np.array(rows))


def _checked_latents(space: LatentSpace, rng: np.random.Generator) -> Float32:
    """Random landmarks, and points from a normal distribution around the corpus."""
    half, latents, mean = CHECKED_LATENTS // 2, space.landmark_latents, space.latent_mean
    some = latents[rng.permutation(len(latents))[:half]]
    drawn = mean + space.latent_std * rng.standard_normal((half, len(mean)), dtype=np.float32)
    return np.concatenate([some, drawn])
