"""What a reconstruction costs: magnitude, IF, magnitude at several resolutions, and divergence.

Pure functions of tensors ``[batch, n_mels, frames]`` and of the posterior. It knows no weights'
schedule and no network.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from distill_live.spectrogram import IF, MAGNITUDE

RESOLUTIONS = (1, 2, 4, 8)
"""Frames and bands that are averaged before the multi-resolution term compares."""


@dataclass(frozen=True)
class Losses:
    """The terms of one batch, scalars, each >= 0 and without its weight."""

    magnitude: Tensor
    frequency: Tensor
    multiresolution: Tensor
    divergence: Tensor


def magnitude_loss(decoded: Tensor, target: Tensor) -> Tensor:
    """Mean absolute difference of the normalised magnitudes."""
    return (decoded - target).abs().mean()


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


def multiresolution_loss(decoded: Tensor, target: Tensor) -> Tensor:
    """Mean absolute difference of the magnitudes averaged over 1, 2, 4 and 8 frames and bands.

    The normalised magnitude is the logarithm of the power, so this is the L1 of average-pooled log
    power. Frames and bands beyond the last whole square are compared only at finer resolutions.
    """
    difference = (decoded - target)[:, None]
    terms = [
        functional.avg_pool2d(difference, size).abs().mean()
        for size in RESOLUTIONS
        if size <= min(difference.shape[2:])
    ]
    return torch.stack(terms).mean()


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
    each = 0.5 * (mean.square() + log_variance.exp() - 1.0 - log_variance)
    return each.mean(dim=0).clamp(min=free_bits).sum()


def chunk_losses(
    decoded: Tensor,
    target: Tensor,
    posterior: tuple[Tensor, Tensor],
    *,
    scale: float,
    free_bits: float,
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
    """
    magnitude, wanted = decoded[:, MAGNITUDE], target[:, MAGNITUDE]
    return Losses(
        magnitude=magnitude_loss(magnitude, wanted),
        frequency=frequency_loss(decoded[:, IF], target[:, IF], torch.expm1(wanted * scale)),
        multiresolution=multiresolution_loss(magnitude, wanted),
        divergence=divergence_loss(*posterior, free_bits),
    )
