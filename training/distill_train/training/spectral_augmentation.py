"""Chunks varied anew each time they are learnt: level, colour, and two sounding at once.

It costs neither room in the cache nor time worth naming, and no chunk is ever learnt twice the
same. What is learnt of a few seconds then holds for what lies between and beside them. Pure
functions of tensors: band power is changed, and the instantaneous frequency of two chunks
together is the mean weighted by their power, as the play heads mix them.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from distill_live.spectrogram import IF, MAGNITUDE, Float64
from distill_train.config import SpectralAugmentationConfig

KNOTS = 6
"""Points of a colour's curve, evenly spread over the bands."""


@dataclass(frozen=True, eq=False)
class Variations:
    """What is done to the chunks of a batch.

    Attributes
    ----------
    level_db
        Added to each band of each chunk, ``(batch, n_mels)``.
    partner
        Which chunk of the batch is mixed in, ``(batch,)``.
    partner_power
        Factor of its power, 0 to 1, ``(batch,)``; 0 mixes nothing in.
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
    """Draw what is done to the chunks of a batch.

    Parameters
    ----------
    config
        Probabilities and sizes.
    batch, n_mels
        Chunks and bands.
    rng
        The same in every process that learns.
    share
        ``(i, n)`` gives what is done to the chunks i, i + n, i + 2 n, ..., which are mixed among
        each other.
    """
    mine = slice(share[0], None, share[1])
    gain, colour, mix = (
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
    level_db = (gain_db[:, None] + colour[:, None] * curve_db)[mine]
    partner_power = (mix * rng.uniform(size=batch))[mine]
    return Variations(level_db, rng.permutation(len(level_db)), partner_power)


def varied(chunks: Tensor, variations: Variations, scale: float) -> Tensor:
    """Chunks as they are learnt this time.

    Parameters
    ----------
    chunks
        ``[batch, 2, n_mels, frames]``.
    variations
        As `draw_variations` gives them.
    scale
        The statistics' `scale`, which turns magnitude back into log power.

    Returns
    -------
    Tensor
        Shaped like `chunks`. Magnitudes stay non-negative, frequencies in -1 to 1.
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
