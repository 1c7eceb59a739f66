"""Render single chunks with the instrument's decoder and synthesis."""

import math

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
    max_seconds
        Length to render from the middle of a chunk that is longer; by default all of it.
    """

    def __init__(self, bundle: Bundle, seed: int = 0, max_seconds: float = math.inf) -> None:
        settings = bundle.settings
        self._samples = settings.chunk_samples
        self._frames = slice(None)
        if max_seconds * settings.sample_rate_hz < settings.chunk_samples:
            frames = max(1, int(max_seconds * settings.frames_per_second))
            first = (settings.n_frames - 1 - frames) // 2
            self._frames = slice(first, first + frames + 1)
            self._samples = frames * settings.hop_samples
        self._decoder = InlineDecoder(bundle)
        self._representation = Representation(bundle.settings, bundle.statistics)
        self._seed = seed

    def __call__(self, latent: Float64) -> Float32:
        """Render a standardised latent ``(latent,)``: mono, ``(samples,)``."""
        rows = self._decoder.decode(latent).rows[self._frames]
        power = rows[:, 0]
        frequency_bins = (rows[:, 1] / np.maximum(power, 1e-20)).astype(np.float32)
        return _sound(self._representation, power.T, frequency_bins.T, self._seed, self._samples)


def render_chunk(representation: Representation, channels: Float32, seed: int = 0) -> Float32:
    """Render a chunk's channels ``(2, n_mels, n_frames)``: mono, ``(chunk_samples,)``.

    The sound is aligned with the waveform that the chunk was analysed from.
    """
    samples = representation.settings.chunk_samples
    return _sound(representation, *representation.decode(channels), seed, samples)


def _sound(
    representation: Representation,
    power: Float32,
    frequency_bins: Float32,
    seed: int,
    samples: int,
) -> Float32:
    return synthesize(
        representation,
        power,
        frequency_bins,
        np.random.default_rng(seed),
        samples,
    )
