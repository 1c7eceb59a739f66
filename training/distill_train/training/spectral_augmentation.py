"""Spectral augmentation of training batches: gain, spectral tilt, and mixtures of two chunks.

Drawn anew for every batch, at negligible cost and without space in the cache. Band power is scaled;
the instantaneous frequency of a mixture is the mean weighted by band power, as the play heads mix
it.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from distill_live.spectrogram import IF, MAGNITUDE, Float64
from distill_train.config import SpectralAugmentationConfig

KNOTS = 6
"""Number of points of a filter curve, evenly spaced over the bands."""


@dataclass(frozen=True, eq=False)
class Variations:
    """Augmentation of the chunks of a batch.

    Attributes
    ----------
    level_db
        Gain of each band of each chunk in dB, ``(batch, n_mels)``.
    partner
        Index of the chunk that is mixed in, ``(batch,)``.
    partner_power
        Factor of the partner's power, 0 (no mixture) to 1, ``(batch,)``.
    """

    level_db: Float64
    partner: np.ndarray
    partner_power: Float64


def draw_variations(
    config: SpectralAugmentationConfig,
    batch: int,
    n_mels: int,
    rng: np.random.Generator,
    share: tuple[int, int] = (0, 1),
) -> Variations:
    """Draw the augmentation of a batch.

    Parameters
    ----------
    config
        Probabilities and ranges.
    batch, n_mels
        Number of chunks and bands.
    rng
        In the same state in every process that trains.
    share
        ``(i, n)`` selects the chunks i, i + n, i + 2 n, ..., which are mixed with each other only.
    """
    mine = slice(share[0], None, share[1])
    gain, tilt, mix = (
        rng.uniform(size=batch) < probability
        for probability in (
            config.gain_probability,
            config.filter_probability,
            config.mix_probability,
        )
    )
    gain_db = gain * rng.uniform(-config.gain_db, config.gain_db, batch)
    knots_db = rng.uniform(-config.filter_db, config.filter_db, (batch, KNOTS))
    bands, places = np.linspace(0.0, KNOTS - 1.0, n_mels), np.arange(KNOTS)
    curve_db = np.array([np.interp(bands, places, knots) for knots in knots_db])
    level_db = (gain_db[:, None] + tilt[:, None] * curve_db)[mine]
    partner_power = (mix * rng.uniform(size=batch))[mine]
    return Variations(level_db, rng.permutation(len(level_db)), partner_power)


def augmented(chunks: Tensor, variations: Variations, scale: float) -> Tensor:
    """Apply an augmentation to a batch.

    Parameters
    ----------
    chunks
        ``[batch, 2, n_mels, frames]``.
    variations
        Result of `draw_variations`.
    scale
        `Statistics.scale`; converts magnitude to log power.

    Returns
    -------
    Tensor
        Shape of `chunks`. Magnitudes stay non-negative, frequencies in -1 to 1.
    """
    gain = _like(chunks, 10.0 ** (variations.level_db / 10.0))[:, :, None]
    power = torch.expm1(chunks[:, MAGNITUDE] * scale) * gain
    share = _like(chunks, variations.partner_power)[:, None, None]
    partner = torch.from_numpy(variations.partner).to(chunks.device)
    other = share * power[partner]
    both = power + other
    frequency = chunks[:, IF]
    weight = torch.where(both > 0, other / both, 0.0)
    frequency = frequency + weight * (frequency[partner] - frequency)
    return torch.stack([torch.log1p(both) / scale, frequency], dim=1)


def _like(chunks: Tensor, values: Float64) -> Tensor:
    return torch.from_numpy(values.astype(np.float32)).to(chunks.device)
