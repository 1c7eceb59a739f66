"""What a reconstruction costs: magnitude, IF, magnitude at several resolutions, and divergence.

Pure functions of tensors ``[batch, n_mels, frames]`` and of the posterior. It knows no weights'
schedule and no network.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from distill_live.spectrogram import IF, MAGNITUDE
from distill_train.config import LossConfig

RESOLUTIONS = (1, 2, 4, 8)
"""Frames and bands that are averaged before the multi-resolution term compares."""

FLOOR = 1e-7
"""Power, relative to the chunk's loudest band, that the multi-resolution term adds (-70 dB)."""

DB = 10.0 / math.log(10.0)
"""Decibels of a natural logarithm of power."""

FRAME_RANGE_DB, CHUNK_RANGE_DB, RANGE_SLOPE_DB = 50.0, 75.0, 5.0
"""What lies so far under the loudest band of its frame, or of its chunk, counts half as audible."""

LARGEST_LOG = 60.0
"""Largest log power whose exponential is taken; that of a full-scale sine is about 20."""


@dataclass(frozen=True)
class Losses:
    """The terms of one batch, scalars, each >= 0 and without its weight.

    Attributes
    ----------
    magnitude, frequency, multiresolution, differences, divergence
        What is learnt from.
    kl
        The divergence with free bits counted, which is only looked at.
    """

    magnitude: Tensor
    frequency: Tensor
    multiresolution: Tensor
    differences: Tensor
    divergence: Tensor
    kl: Tensor

    def reconstruction(self, weights: LossConfig) -> Tensor:
        """Weighted sum of the first four."""
        return (
            weights.magnitude * self.magnitude
            + weights.frequency * self.frequency
            + weights.multiresolution * self.multiresolution
            + weights.differences * self.differences
        )

    def named(self, weights: LossConfig) -> dict[str, float]:
        """The terms by name, and ``reconstruction``; one transfer from the device."""
        names = [*vars(self), "reconstruction"]
        terms = torch.stack([*vars(self).values(), self.reconstruction(weights)])
        return dict(zip(names, terms.tolist(), strict=True))


@torch.no_grad()
def audibility(decoded: Tensor, target: Tensor, scale: float, inaudible: float) -> Tensor:
    """Weights of the magnitudes, of mean 1: `inaudible` times less where louder bands hide them.

    The level of a band is that of target or decoded magnitude, whichever is larger, so that sound
    where there should be none counts in full.

    Parameters
    ----------
    decoded, target
        Normalised magnitudes.
    scale
        The statistics' `scale`.
    inaudible
        The least weight over the largest.
    """
    level_db = torch.maximum(decoded, target) * (scale * DB)
    wanted_db = target * (scale * DB)
    reference_db = torch.maximum(
        wanted_db.amax(1, keepdim=True) - FRAME_RANGE_DB,
        wanted_db.amax((1, 2), keepdim=True) - CHUNK_RANGE_DB,
    )
    heard = torch.sigmoid((level_db - reference_db) / RANGE_SLOPE_DB)
    weights = inaudible + (1.0 - inaudible) * heard
    return weights / weights.mean()


def magnitude_loss(decoded: Tensor, target: Tensor, weights: Tensor | float = 1.0) -> Tensor:
    """Mean absolute difference of the normalised magnitudes, weighted as `audibility` says."""
    return ((decoded - target).abs() * weights).mean()


def frequency_loss(decoded: Tensor, target: Tensor, power: Tensor) -> Tensor:
    """Absolute difference of the IF channels, each chunk's mean weighted by its band power.

    Parameters
    ----------
    decoded, target
        IF channels.
    power
        The target's band power, >= 0; a chunk without any costs nothing.
    """
    total = power.sum((1, 2), keepdim=True)
    weight = power / torch.where(total > 0, total, 1.0)
    return (weight * (decoded - target).abs()).sum((1, 2)).mean()


def multiresolution_loss(decoded: Tensor, target: Tensor, scale: float) -> Tensor:
    """Mean absolute difference of the log power averaged over 1, 2, 4 and 8 frames and bands.

    Power is averaged before the logarithm, so detail that a coarser look would not show costs only
    at the finer resolutions, and what is 70 dB under the chunk's loudest band hardly counts. In
    units of the magnitude channel. Frames and bands beyond the last whole square are compared only
    at finer resolutions.

    Parameters
    ----------
    decoded, target
        Normalised magnitudes.
    scale
        The statistics' `scale`.
    """
    found, wanted = (
        torch.expm1((magnitude * scale).clamp(max=LARGEST_LOG))[:, None]
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
    """Mean absolute error of the magnitudes' differences along time, plus that along frequency.

    A blurred attack or partial has small differences, which the plain magnitude term hardly counts.
    """
    error = decoded - target
    across, along = (
        (torch.maximum(weights.narrow(dim, 1, size), weights.narrow(dim, 0, size)), dim)
        for dim, size in ((1, error.shape[1] - 1), (2, error.shape[2] - 1))
    )
    terms = [(error.diff(dim=dim).abs() * weight).mean() for weight, dim in (across, along)]
    return terms[0] + terms[1]


def divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Kullback-Leibler divergence from the standard normal prior in nats, by latent dimension.

    Parameters
    ----------
    mean, log_variance
        Of the posterior, ``[batch, latent_dim]``; the divergence has the same shape.
    """
    return 0.5 * (mean.square() + log_variance.exp() - 1.0 - log_variance)


def divergence_loss(mean: Tensor, log_variance: Tensor, free_bits: float) -> Tensor:
    """Kullback-Leibler divergence from the standard normal prior, in nats.

    The mean over the batch, for each latent dimension at least `free_bits`, summed over the
    dimensions (Kingma et al., *Improving Variational Inference with Inverse Autoregressive Flow*,
    2016).

    Parameters
    ----------
    mean, log_variance
        Of the posterior, ``[batch, latent_dim]``.
    free_bits
        Nats of a dimension under which nothing is gained by lowering it.
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
    """All terms of a batch of chunks.

    Parameters
    ----------
    decoded, target
        ``[batch, 2, n_mels, frames]``.
    posterior
        Mean and log variance, each ``[batch, latent_dim]``.
    scale
        The statistics' `scale`, which turns magnitude back into log power.
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
