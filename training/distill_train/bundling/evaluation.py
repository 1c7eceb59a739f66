"""How near a model's sound comes to the recordings, beside what the spectrogram alone comes to.

Chunks are rendered from what the network decodes and from their own analysis; both are measured
against the recording. It knows nothing of files.
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
"""Chunks with a lower peak (-80 dBFS) are not scored: there is nothing to be near to."""


@dataclass(frozen=True, eq=False)
class Scores:
    """Log-spectral distances of some chunks from the recording, in dB.

    Attributes
    ----------
    model, representation
        Of what the network decodes, and of the analysis itself, ``(chunks,)``.
    """

    model: Float64
    representation: Float64

    @property
    def above_db(self) -> float:
        """Mean distance that the network adds to the representation's."""
        return float(np.mean(self.model - self.representation))


def evaluate_chunks(
    trained: TrainedModel,
    chunks: ChunkDataset,
    sound: Callable[[int, int], Float32],
    max_chunks: int,
) -> Scores | None:
    """Score at max_chunks `max_chunks` chunks, evenly spread; None where there is none that sounds.

    Parameters
    ----------
    trained
        The model; it decodes the means of the latents.
    chunks
        What to score.
    sound
        What a chunk was made from: takes recording and first frame, gives ``(chunk_samples,)``. A
        chunk whose recording can no longer be read is not scored.
    max_chunks
        How many.
    """
    settings = trained.config.spectrogram
    representation = Representation(settings, trained.statistics)
    indices, latents = encode_chunks(trained.model, chunks, max_chunks)
    rows = []
    for index, latent in zip(indices, latents, strict=True):
        recording, start = chunks.place(index)
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
