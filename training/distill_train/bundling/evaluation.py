"""Score a model: spectral distance of rendered chunks from the recordings.

Chunks are rendered from the network's output and from their own spectrogram, the best that any
network could do.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from distill_live.errors import AudioFileError
from distill_live.spectrogram import Float32, Float64, Representation
from distill_train.corpus.dataset import ChunkDataset
from distill_train.latent.chunk_renderer import render_chunk
from distill_train.latent.latent_space import encode_chunks
from distill_train.spectral_distance import spectral_distance
from distill_train.training.checkpoint import TrainedModel

MIN_PEAK = 1e-4
"""Minimum peak of a chunk to be scored (-80 dBFS)."""

SourceSound = Callable[[int, int], Float32]
"""Sound that a chunk was made from: recording index and first frame to ``(chunk_samples,)``.

Raises `AudioFileError` if the recording can no longer be read.
"""


@dataclass(frozen=True, eq=False)
class Scores:
    """Log-spectral distances of chunks from the recording, in dB.

    Attributes
    ----------
    model, representation
        From the network's output, and from the spectrogram itself, ``(chunks,)``.
    """

    model: Float64
    representation: Float64


def evaluate_chunks(
    trained: TrainedModel,
    chunks: ChunkDataset,
    sound: SourceSound,
    max_chunks: int,
) -> Scores | None:
    """Score up to `max_chunks` evenly spread chunks; None if all are silent or unreadable.

    Parameters
    ----------
    trained
        Model; the means of its latents are decoded.
    chunks
        Chunks to score.
    sound
        Sound of a chunk; chunks of unreadable recordings are skipped.
    max_chunks
        Maximum number of scored chunks.
    """
    settings = trained.config.spectrogram
    representation = Representation(settings, trained.statistics)
    indices, latents = encode_chunks(trained.model, chunks, max_chunks)
    rows = []
    for index, latent in zip(indices, latents, strict=True):
        recording, start = chunks.locate(index)
        try:
            original = sound(recording, start)
        except AudioFileError:
            continue
        if np.abs(original).max() < MIN_PEAK:
            continue
        with torch.no_grad():
            decoded: Float32 = trained.model.decoder(torch.from_numpy(latent)[None])[0].numpy()
        rows.append(
            [
                spectral_distance(original, render_chunk(representation, channels)).log_spectral_db
                for channels in (decoded, chunks[index].numpy())
            ]
        )
    return Scores(*np.array(rows).T) if rows else None
