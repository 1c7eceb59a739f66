"""Reconstruction losses and KL divergence.

Pure functions of tensors ``[batch, n_mels, frames]`` and of the posterior.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from distill_live.spectrogram import IF, MAGNITUDE
from distill_train.config import LossConfig

RESOLUTIONS = (1, 2, 4, 8)
"""Sizes of the squares of frames and bands averaged by the multi-resolution loss."""

FLOOR = 1e-7
"""Power added by the multi-resolution loss, relative to the chunk's loudest band (-70 dB)."""

MAX_LOG_POWER = 60.0
"""Upper limit of the log power before its exponential; a full-scale sine has about 20."""


DB_PER_LOG = 10.0 / math.log(10.0)
"""Decibels of a natural logarithm of power."""

FRAME_RANGE_DB, CHUNK_RANGE_DB, AUDIBILITY_SLOPE_DB = 50.0, 75.0, 5.0
"""Levels below the loudest band of the frame and of the chunk at which a band is half audible, and
the slope of the sigmoid between inaudible and audible."""


@dataclass(frozen=True)
class Losses:
    """Unweighted loss terms of a batch, scalars >= 0.

    Attributes
    ----------
    magnitude, frequency, multiresolution, differences, divergence
        Terms of the training loss.
    kl
        Divergence without free bits; reported only.
    """

    magnitude: Tensor
    frequency: Tensor
    multiresolution: Tensor
    differences: Tensor
    divergence: Tensor
    kl: Tensor

    def reconstruction(self, weights: LossConfig) -> Tensor:
        """Weighted sum of all terms but the divergence."""
        return (
            weights.magnitude * self.magnitude
            + weights.frequency * self.frequency
            + weights.multiresolution * self.multiresolution
            + weights.differences * self.differences
        )

    def named(self, weights: LossConfig) -> dict[str, float]:
        """Terms and ``reconstruction`` by name, in one transfer from the device.

        The differences only where they have a weight.
        """
        named = vars(self) | {"reconstruction": self.reconstruction(weights)}
        if not weights.differences:
            del named["differences"]
        return dict(zip(named, torch.stack([*named.values()]).tolist(), strict=True))


@torch.no_grad()
def audibility(decoded: Tensor, target: Tensor, scale: float, inaudible: float) -> Tensor:
    """Weights of the magnitudes, with mean 1 over the chunks given: lower for masked bands.

    A band's level is that of target or decoded magnitude, whichever is larger, so that sound where
    the target has none counts in full.

    Parameters
    ----------
    decoded, target
        Normalised magnitudes.
    scale
        `Statistics.scale`.
    inaudible
        Weight of inaudible bands relative to audible ones, 0 to 1.
    """
    if inaudible == 1.0:
        return torch.ones_like(target)
    level_db = torch.maximum(decoded, target) * (scale * DB_PER_LOG)
    target_db = target * (scale * DB_PER_LOG)
    threshold_db = torch.maximum(
        target_db.amax(1, keepdim=True) - FRAME_RANGE_DB,
        target_db.amax((1, 2), keepdim=True) - CHUNK_RANGE_DB,
    )
    audible = torch.sigmoid((level_db - threshold_db) / AUDIBILITY_SLOPE_DB)
    weights = inaudible + (1.0 - inaudible) * audible
    return weights / weights.mean()


def magnitude_loss(decoded: Tensor, target: Tensor, weights: Tensor | float = 1.0) -> Tensor:
    """Mean absolute error of the normalised magnitudes, weighted by `audibility`."""
    return ((decoded - target).abs() * weights).mean()


def frequency_loss(decoded: Tensor, target: Tensor, power: Tensor) -> Tensor:
    """Absolute error of the IF channel, weighted by the target's band power within each chunk.

    Parameters
    ----------
    decoded, target
        IF channels.
    power
        Band power of the target, >= 0; a chunk without power contributes 0.
    """
    total = power.sum((1, 2), keepdim=True)
    weight = power / torch.where(total > 0, total, 1.0)
    return (weight * (decoded - target).abs()).sum((1, 2)).mean()


def multiresolution_loss(decoded: Tensor, target: Tensor, scale: float) -> Tensor:
    """Mean absolute error of the log power averaged over 1, 2, 4 and 8 frames and bands.

    Power is averaged before the logarithm, so fine detail costs only at the finer resolutions, and
    power 70 dB below the chunk's loudest band hardly counts. In units of the magnitude channel.
    Frames and bands beyond the last whole square are compared at finer resolutions only.

    Parameters
    ----------
    decoded, target
        Normalised magnitudes.
    scale
        `Statistics.scale`.
    """
    found, wanted = (
        torch.expm1((magnitude * scale).clamp(max=MAX_LOG_POWER))[:, None]
        for magnitude in (decoded, target)
    )
    floor = FLOOR * wanted.amax((2, 3), keepdim=True) + 1e-3
    terms = [
        (
            torch.log(functional.avg_pool2d(found, size) + floor)
            - torch.log(functional.avg_pool2d(wanted, size) + floor)
        )
        .abs()
        .mean()
        for size in RESOLUTIONS
        if size <= min(found.shape[2:])
    ]
    return torch.stack(terms).mean() / scale


def difference_loss(decoded: Tensor, target: Tensor, weights: Tensor) -> Tensor:
    """Mean absolute error of the magnitudes' differences along frequency, plus that along time.

    It penalises blurred partials and attacks, which the magnitude loss hardly does. A difference
    has the larger weight of its two pixels.

    Parameters
    ----------
    decoded, target
        Normalised magnitudes.
    weights
        From `audibility`.
    """
    error = decoded - target
    terms = []
    for dim in (1, 2):
        count = error.shape[dim] - 1
        weight = torch.maximum(weights.narrow(dim, 1, count), weights.narrow(dim, 0, count))
        terms.append((error.diff(dim=dim).abs() * weight).mean())
    return terms[0] + terms[1]


def divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL divergence from the standard normal prior in nats, per latent dimension.

    Parameters
    ----------
    mean, log_variance
        Posterior, ``[batch, latent_dim]``; the divergence has the same shape.
    """
    return 0.5 * (mean.square() + log_variance.exp() - 1.0 - log_variance)


def divergence_loss(mean: Tensor, log_variance: Tensor, free_bits: float) -> Tensor:
    """KL divergence from the standard normal prior in nats, with free bits.

    Mean over the batch, at least `free_bits` for each latent dimension, summed over the dimensions
    (Kingma et al., *Improving Variational Inference with Inverse Autoregressive Flow*,
    2016).

    Parameters
    ----------
    mean, log_variance
        Posterior, ``[batch, latent_dim]``.
    free_bits
        Nats per dimension below which its divergence has no gradient.
    """
    return divergence(mean, log_variance).mean(dim=0).clamp(min=free_bits).sum()


def chunk_losses(
    decoded: Tensor,
    target: Tensor,
    posterior: tuple[Tensor, Tensor],
    *,
    scale: float,
    free_bits: float,
    inaudible: float = 1.0,
) -> Losses:
    """All loss terms of a batch.

    Parameters
    ----------
    decoded, target
        ``[batch, 2, n_mels, frames]``.
    posterior
        Mean and log variance, each ``[batch, latent_dim]``.
    scale
        `Statistics.scale`; converts magnitude to log power.
    free_bits
        See `divergence_loss`.
    inaudible
        See `audibility`.
    """
    magnitude, wanted = decoded[:, MAGNITUDE], target[:, MAGNITUDE]
    weights = audibility(magnitude, wanted, scale, inaudible)
    return Losses(
        magnitude=magnitude_loss(magnitude, wanted, weights),
        frequency=frequency_loss(decoded[:, IF], target[:, IF], torch.expm1(wanted * scale)),
        multiresolution=multiresolution_loss(magnitude, wanted, scale),
        differences=difference_loss(magnitude, wanted, weights),
        divergence=divergence_loss(*posterior, free_bits),
        kl=divergence_loss(*posterior, 0.0).detach(),
    )
