"""Render single chunks with the instrument's decoder and synthesis."""

import numpy as np

from distill_live.bundle import Bundle
from distill_live.engine import InlineDecoder
from distill_live.spectrogram import Float32, Float64, Representation
from distill_live.synthesis import synthesize


class ChunkRenderer:
    """Render standardised latents with a bundle's decoder.

    Parameters
    ----------
    bundle
        Bundle; its axes and landmarks are not used.
    seed
        Seed of the random phases, the same for each chunk.
    """

    def __init__(self, bundle: Bundle, seed: int = 0) -> None:
        self._decoder = InlineDecoder(bundle)
        self._representation = Representation(bundle.settings, bundle.statistics)
        self._seed = seed

    def __call__(self, latent: Float64) -> Float32:
        """Render a standardised latent ``(latent,)``: mono, ``(chunk_samples,)``."""
        rows = self._decoder.decode(latent).rows
        power = rows[:, 0]
        frequency_bins = (rows[:, 1] / np.maximum(power, 1e-20)).astype(np.float32)
        return _sound(self._representation, power.T, frequency_bins.T, self._seed)


def render_chunk(representation: Representation, channels: Float32, seed: int = 0) -> Float32:
    """Render a chunk's channels ``(2, n_mels, n_frames)``: mono, ``(chunk_samples,)``.

    The sound is aligned with the waveform that the chunk was analysed from.
    """
    return _sound(representation, *representation.decode(channels), seed)


def _sound(
    representation: Representation, power: Float32, frequency_bins: Float32, seed: int
) -> Float32:
    return synthesize(
        representation,
        power,
        frequency_bins,
        np.random.default_rng(seed),
        representation.settings.chunk_samples,
    )
