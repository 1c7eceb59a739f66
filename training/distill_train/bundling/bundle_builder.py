"""From a trained model to a bundle: latent space, decoder, axes, landmarks, scores.

The end of a training run, and of `distill-train export`. It writes nothing.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from distill_live.bundle import Bundle
from distill_live.spectrogram import Float32
from distill_train.bundling.credits import Credits
from distill_train.bundling.onnx_decoder import export_decoder
from distill_train.corpus.dataset import AnalysedRecording
from distill_train.latent.axes import find_axes
from distill_train.latent.chunk_renderer import ChunkRenderer
from distill_train.latent.landmark_map import map_positions, sound_profile
from distill_train.latent.latent_space import encode_chunks, landmarks, latent_space, source_chunks
from distill_train.training.checkpoint import TrainedModel

CHECKED_LATENTS = 64
"""Latents on which the exported decoder is compared with torch, half of them landmarks."""


def build_bundle(
    trained: TrainedModel,
    recordings: Sequence[AnalysedRecording],
    files: Sequence[str],
    words: Credits,
) -> Bundle:
    """Everything that a performer needs of a trained model.

    Parameters
    ----------
    trained
        The model.
    recordings, files
        The corpus, analysed with the model's statistics, and the names of its files.
    words
        Name, author, licence, sources.

    Raises
    ------
    TrainingError
        If the exported decoder does not do what the trained one does.
    """
    settings, seed = trained.config.spectrogram, trained.config.seed
    chunks = source_chunks(recordings, settings, trained.config.overlap)
    indices, latents = encode_chunks(trained.model, chunks)
    space = latent_space(latents)
    places = map_positions(np.array([sound_profile(chunks[index].numpy()) for index in indices]))
    rng = np.random.default_rng(seed)
    exported = export_decoder(trained.model.decoder, _to_check(latents, space.mean, space.std, rng))
    summary = dict(trained.summary)
    summary |= {
        "decoder_weights": exported.weights,
        "parity_largest_error": exported.largest_error,
        "parity_mean_error": exported.mean_error,
    }
    if words.sources:
        summary["sources"] = words.sources
    bundle = Bundle(
        name=words.name,
        created=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        settings=settings,
        statistics=trained.statistics,
        latent_mean=space.mean,
        latent_std=space.std,
        latent_low=space.low,
        latent_high=space.high,
        axes=(),
        landmarks=landmarks(chunks, indices, files, settings, places),
        landmark_latents=space.latents,
        training=summary,
        licence=words.licence,
        author=words.author,
        decoder=exported.content,
    )
    axes = find_axes(space.standardised, ChunkRenderer(bundle, seed), settings.sample_rate_hz, rng)
    return replace(bundle, axes=axes)


def _to_check(latents: Float32, mean: Float32, std: Float32, rng: np.random.Generator) -> Float32:
    """Landmarks, and points drawn around the corpus."""
    half = CHECKED_LATENTS // 2
    some = latents[rng.permutation(len(latents))[:half]]
    drawn = mean + std * rng.standard_normal((half, len(mean)), dtype=np.float32)
    return np.concatenate([some, drawn])
