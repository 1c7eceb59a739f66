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

MAX_MATRIX_PIXELS = 64
"""Maximum number of pixels for which a matrix product is faster than a convolution, on a CPU."""


def padded_size(size: int, multiple: int = 32) -> int:
    """Smallest multiple of `multiple` that is at least `size`."""
    return -(-size // multiple) * multiple


class HalvingConv2d(nn.Conv2d):
    """3x3 convolution of stride 2 without bias; in training on a CPU, few pixels by matrix product.

    The results of both forms differ by rounding.
    """

    def __init__(self, before: int, after: int) -> None:
        super().__init__(before, after, 3, stride=2, padding=1, bias=False)

    def forward(self, pixels: Tensor) -> Tensor:
        """Map ``[batch, before, rows, columns]`` to ``[batch, after, rows / 2, columns / 2]``."""
        rows, columns = pixels.shape[2] // 2, pixels.shape[3] // 2
        if not _use_matrix_product(self, rows * columns, pixels):
            return super().forward(pixels)
        padded = functional.pad(pixels.permute(0, 2, 3, 1), (0, 0, 1, 1, 1, 1))
        patches = torch.cat(
            [
                padded[:, row : row + 2 * rows : 2, column : column + 2 * columns : 2]
                for row in range(3)
                for column in range(3)
            ],
            dim=3,
        )
        kernel = self.weight.permute(0, 2, 3, 1).flatten(1)
        return functional.linear(patches, kernel).permute(0, 3, 1, 2)


class DoublingConvTranspose2d(nn.ConvTranspose2d):
    """3x3 transposed convolution of stride 2 without bias, in two forms as `HalvingConv2d`."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__(before, after, 3, stride=2, padding=1, output_padding=1, bias=False)

    def forward(self, pixels: Tensor, output_size: list[int] | None = None) -> Tensor:
        """Map ``[batch, before, rows, columns]`` to ``[batch, after, 2 rows, 2 columns]``."""
        batch, _, rows, columns = pixels.shape
        if not _use_matrix_product(self, rows * columns, pixels):
            return super().forward(pixels, output_size)
        kernel = self.weight.permute(0, 2, 3, 1).flatten(1)
        taps = (pixels.permute(0, 2, 3, 1) @ kernel).view(batch, rows, columns, 3, 3, -1)
        # Even output rows and columns have the middle tap; odd ones sum those of two neighbours.
        odd = taps[:, :, :, 2] + functional.pad(taps[:, 1:, :, 0], (0,) * 7 + (1,))
        taller = torch.stack([taps[:, :, :, 1], odd], dim=2).flatten(1, 2)
        odd = taller[:, :, :, 2] + functional.pad(taller[:, :, 1:, 0], (0,) * 3 + (1,))
        return torch.stack([taller[:, :, :, 1], odd], dim=3).flatten(2, 3).permute(0, 3, 1, 2)


def _use_matrix_product(module: nn.Module, pixels: int, like: Tensor) -> bool:
    return module.training and pixels <= MAX_MATRIX_PIXELS and like.device.type == "cpu"


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
                    HalvingConv2d(before, after),
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

    Its parameters are those of `ConvEncoder`.
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
                DoublingConvTranspose2d(before, after),
                nn.BatchNorm2d(after, momentum=NORM_MOMENTUM),
                nn.ReLU(inplace=True),
                nn.Dropout2d(dropout),
            )
            for before, after in pairwise(widths[:-1])
        ]
        last = nn.ConvTranspose2d(widths[-2], widths[-1], 3, stride=2, padding=1, output_padding=1)
        self.blocks = nn.Sequential(*blocks, last)
        for module in self.blocks.modules():
            if isinstance(module, nn.ConvTranspose2d):
                _start_as_interpolation(module)
        # The first block's output is linear in the latent before its activation: no offsets.
        self.conditioners = nn.ModuleList(
            Conditioner(
                config.latent_dim,
                config.conditioning,
                (width, self.start[1] << stage, self.start[2] << stage),
            )
            for stage, width in enumerate(widths[2:] if config.conditioning else (), 2)
        )

    def forward(self, latent: Tensor) -> Tensor:
        """Map ``[batch, latent_dim]`` to ``[batch, 2, n_mels, frames]``."""
        out = self.linear(latent).view(-1, *self.start)
        if self.conditioners:
            out = self.blocks[0](out)
            for block, conditioner in zip(self.blocks[1:], self.conditioners, strict=True):
                # Offsets are added after batch norm, which would remove their mean.
                layers = [*block] if isinstance(block, nn.Sequential) else [block]
                for layer in layers[:2]:
                    out = layer(out)
                out = conditioner(out, latent)
                for layer in layers[2:]:
                    out = layer(out)
        else:
            out = self.blocks(out)
        out = out[:, :, : self.n_mels, : self.n_frames]
        magnitude = functional.softplus(out[:, MAGNITUDE : MAGNITUDE + 1])
        return torch.cat([magnitude, torch.tanh(out[:, IF : IF + 1])], dim=1)


@torch.no_grad()
def _start_as_interpolation(convolution: nn.ConvTranspose2d) -> None:
    """Make random kernels linear interpolation of channel mixtures, with a quarter of random taps.

    Purely random kernels start with a checkerboard, which takes long to unlearn
    (`docs/experiments.md`).
    """
    slopes = torch.tensor([0.5, 1.0, 0.5])
    middle = convolution.weight[:, :, 1:2, 1:2]
    convolution.weight.copy_(0.25 * convolution.weight + 2.0 * middle * slopes.outer(slopes))


class Conditioner(nn.Module):
    """Offsets of a decoder stage from the latent, per channel and row and per channel and column.

    A partial is a row and an attack a column; both can so be decoded without passing through all
    earlier stages. Offsets are 0 at first; their bias depends on the position alone.

    Parameters
    ----------
    latent_dim, rank
        Number of latent dimensions, and of values that all offsets of the stage are made from.
    shape
        Channels, rows and columns of the stage's output.
    """

    def __init__(self, latent_dim: int, rank: int, shape: tuple[int, int, int]) -> None:
        super().__init__()
        channels, rows, columns = shape
        self.row_shape, self.column_shape = (channels, rows, 1), (channels, 1, columns)
        self.code = nn.Linear(latent_dim, rank, bias=False)
        self.rows = nn.Linear(rank, channels * rows)
        self.columns = nn.Linear(rank, channels * columns)
        for linear in (self.rows, self.columns):
            nn.init.zeros_(linear.weight)
            nn.init.zeros_(linear.bias)

    def forward(self, pixels: Tensor, latent: Tensor) -> Tensor:
        """Add offsets from ``[batch, latent_dim]`` to ``[batch, channels, rows, columns]``."""
        code = self.code(latent)
        rows = self.rows(code).view(-1, *self.row_shape)
        # Summed first: onnxruntime adds equal shapes faster than it repeats a row or a column.
        offsets: Tensor = rows + self.columns(code).view(-1, *self.column_shape)
        return pixels + offsets


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
