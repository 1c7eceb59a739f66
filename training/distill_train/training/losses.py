"""Reconstruction losses and KL divergence.

Pure functions of tensors ``[batch, n_mels, frames]`` and of the posterior.
"""

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


@dataclass(frozen=True)
class Losses:
    """Unweighted loss terms of a batch, scalars >= 0.

    Attributes
    ----------
    magnitude, frequency, multiresolution, divergence
        Terms of the training loss.
    kl
        Divergence without free bits; reported only.
    """

    magnitude: Tensor
    frequency: Tensor
    multiresolution: Tensor
    divergence: Tensor
    kl: Tensor

    def reconstruction(self, weights: LossConfig) -> Tensor:
        """Weighted sum of the magnitude, frequency and multi-resolution terms."""
        return (
            weights.magnitude * self.magnitude
            + weights.frequency * self.frequency
            + weights.multiresolution * self.multiresolution
        )

    def named(self, weights: LossConfig) -> dict[str, float]:
        """Terms and ``reconstruction`` by name, in one transfer from the device."""
        names = [*vars(self), "reconstruction"]
        terms = torch.stack([*vars(self).values(), self.reconstruction(weights)])
        return dict(zip(names, terms.tolist(), strict=True))


def magnitude_loss(decoded: Tensor, target: Tensor) -> Tensor:
    """Mean absolute error of the normalised magnitudes."""
    return (decoded - target).abs().mean()


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
    """
    magnitude, wanted = decoded[:, MAGNITUDE], target[:, MAGNITUDE]
    return Losses(
        magnitude=magnitude_loss(magnitude, wanted),
        frequency=frequency_loss(decoded[:, IF], target[:, IF], torch.expm1(wanted * scale)),
        multiresolution=multiresolution_loss(magnitude, wanted, scale),
        divergence=divergence_loss(*posterior, free_bits),
        kl=divergence_loss(*posterior, 0.0).detach(),
    )
