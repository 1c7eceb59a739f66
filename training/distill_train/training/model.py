"""Convolutional variational autoencoder over whole chunks.

Five stride-2 blocks map ``[batch, 2, n_mels, frames]`` to mean and log variance of `latent_dim`
values; five transposed blocks map a latent back. Sizes that are no multiple of 32 are padded with
silence at the input and cropped at the output.
"""

from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from distill_live.spectrogram import IF, MAGNITUDE, SpectrogramSettings
from distill_train.config import ModelConfig

LOG_VARIANCE_LIMIT = 20.0
"""Limit of the absolute log variance; keeps its exponential finite."""

NORM_MOMENTUM = 0.05
"""Momentum of batch norm's running statistics; small, as batches are small."""


def padded_size(size: int, multiple: int = 32) -> int:
    """Smallest multiple of `multiple` that is at least `size`."""
    return -(-size // multiple) * multiple


class ConvEncoder(nn.Module):
    """Encoder: chunk to mean and log variance of its latent.

    Parameters
    ----------
    config
        Channel widths and latent size.
    settings
        Spectrogram settings, for the chunk's shape.
    dropout
        Probability of dropping a block's channel in training, 0 to 1.
    """

    def __init__(
        self, config: ModelConfig, settings: SpectrogramSettings, dropout: float = 0.0
    ) -> None:
        super().__init__()
        channels, n_mels, n_frames = settings.shape
        self.padding = (0, padded_size(n_frames) - n_frames, 0, padded_size(n_mels) - n_mels)
        widths = (channels, *config.channels)
        self.blocks = nn.Sequential(
            *(
                nn.Sequential(
                    nn.Conv2d(before, after, 3, stride=2, padding=1, bias=False),
                    nn.BatchNorm2d(after, momentum=NORM_MOMENTUM),
                    nn.ReLU(inplace=True),
                    nn.Dropout2d(dropout),
                )
                for before, after in pairwise(widths)
            )
        )
        features = widths[-1] * (padded_size(n_mels) // 32) * (padded_size(n_frames) // 32)
        self.mean = nn.Linear(features, config.latent_dim)
        self.log_variance = nn.Linear(features, config.latent_dim)

    def forward(self, chunk: Tensor) -> tuple[Tensor, Tensor]:
        """Map ``[batch, 2, n_mels, frames]`` to mean and log variance, ``[batch, latent_dim]``."""
        features = self.blocks(functional.pad(chunk, self.padding)).flatten(1)
        log_variance = self.log_variance(features)
        return self.mean(features), log_variance.clamp(-LOG_VARIANCE_LIMIT, LOG_VARIANCE_LIMIT)


class ConvDecoder(nn.Module):
    """Decoder: latent to chunk, magnitude through softplus, IF through tanh.

    Parameters
    ----------
    config
        Channel widths and latent size.
    settings
        Spectrogram settings, for the chunk's shape.
    dropout
        Probability of dropping a block's channel in training, 0 to 1.
    """

    def __init__(
        self, config: ModelConfig, settings: SpectrogramSettings, dropout: float = 0.0
    ) -> None:
        super().__init__()
        channels, self.n_mels, self.n_frames = settings.shape
        widths = (*reversed(config.channels), channels)
        self.start = (
            widths[0],
            padded_size(self.n_mels) // 32,
            padded_size(self.n_frames) // 32,
        )
        self.linear = nn.Linear(config.latent_dim, int(np.prod(self.start)))
        blocks: list[nn.Module] = [
            nn.Sequential(
                nn.ConvTranspose2d(
                    before, after, 3, stride=2, padding=1, output_padding=1, bias=False
                ),
                nn.BatchNorm2d(after, momentum=NORM_MOMENTUM),
                nn.ReLU(inplace=True),
                nn.Dropout2d(dropout),
            )
            for before, after in pairwise(widths[:-1])
        ]
        last = nn.ConvTranspose2d(widths[-2], widths[-1], 3, stride=2, padding=1, output_padding=1)
        self.blocks = nn.Sequential(*blocks, last)

    def forward(self, latent: Tensor) -> Tensor:
        """Map ``[batch, latent_dim]`` to ``[batch, 2, n_mels, frames]``."""
        out = self.blocks(self.linear(latent).view(-1, *self.start))
        out = out[:, :, : self.n_mels, : self.n_frames]
        magnitude = functional.softplus(out[:, MAGNITUDE : MAGNITUDE + 1])
        return torch.cat([magnitude, torch.tanh(out[:, IF : IF + 1])], dim=1)


class ConvVAE(nn.Module):
    """Variational autoencoder.

    Parameters
    ----------
    config
        Channel widths and latent size.
    settings
        Spectrogram settings, for the chunk's shape.
    dropout
        Probability of dropping a block's channel in training, 0 to 1.
    """

    def __init__(
        self, config: ModelConfig, settings: SpectrogramSettings, dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.config = config
        self.encoder = ConvEncoder(config, settings, dropout)
        self.decoder = ConvDecoder(config, settings, dropout)

    def forward(self, chunk: Tensor, noise: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Reconstruct chunks from latents drawn from their posteriors.

        Parameters
        ----------
        chunk
            ``[batch, 2, n_mels, frames]``.
        noise
            Standard normal, ``[batch, latent_dim]``; zeros decode the posterior means.

        Returns
        -------
        tuple
            Reconstruction, shaped like `chunk`, and mean and log variance of the posterior.
        """
        mean, log_variance = self.encoder(chunk)
        latent = mean + noise * torch.exp(0.5 * log_variance)
        return self.decoder(latent), mean, log_variance

    @torch.no_grad()
    def sample(self, n: int, rng: np.random.Generator) -> Tensor:
        """Decode `n` latents of the standard normal prior to ``[n, 2, n_mels, frames]``."""
        latent = rng.standard_normal((n, self.config.latent_dim)).astype(np.float32)
        device = next(self.parameters()).device
        decoded: Tensor = self.decoder(torch.from_numpy(latent).to(device))
        return decoded
