"""The network: a convolutional variational autoencoder over whole chunks.

Five stride-2 blocks take ``[batch, 2, n_mels, frames]`` to a mean and a log variance of
`latent_dim` numbers, five transposed blocks take a latent back. Sizes that are no multiple of 32
are padded with silence on the way in and cropped on the way out.

It knows the shape of a chunk, not what its numbers mean: losses, statistics and sound are
elsewhere.
"""

from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from distill_live.spectrogram import IF, MAGNITUDE, SpectrogramSettings
from distill_train.config import ModelConfig

LOG_VARIANCE_LIMIT = 20.0
"""Log variances are held within this on both sides, so that their exponentials stay finite."""

NORM_MOMENTUM = 0.05
"""Share of a batch in batch norm's running statistics; batches are small, so it is, too."""


MATRIX_PIXELS = 64
"""Pixels up to which a matrix product takes less time than a convolution."""


def padded_size(size: int, multiple: int = 32) -> int:
    """The next multiple of `multiple` from `size` up."""
    return -(-size // multiple) * multiple


class HalvingConv2d(nn.Conv2d):
    """3x3 convolution to half the rows and columns, without bias.

    While it learns on a CPU, few pixels are computed as one matrix product, which takes half the
    time there. Results differ by rounding.
    """

    def __init__(self, before: int, after: int) -> None:
        super().__init__(before, after, 3, stride=2, padding=1, bias=False)

    def forward(self, pixels: Tensor) -> Tensor:
        """``[batch, before, rows, columns]`` to ``[batch, after, rows / 2, columns / 2]``."""
        rows, columns = pixels.shape[2] // 2, pixels.shape[3] // 2
        if not _by_matrix(self, rows * columns, pixels):
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
    """3x3 transposed convolution to twice the rows and columns, without bias.

    As with `HalvingConv2d`, few pixels are computed as one matrix product while it learns.
    """

    def __init__(self, before: int, after: int) -> None:
        super().__init__(before, after, 3, stride=2, padding=1, output_padding=1, bias=False)

    def forward(self, pixels: Tensor, output_size: list[int] | None = None) -> Tensor:
        """``[batch, before, rows, columns]`` to ``[batch, after, 2 rows, 2 columns]``."""
        batch, _, rows, columns = pixels.shape
        if not _by_matrix(self, rows * columns, pixels):
            return super().forward(pixels, output_size)
        kernel = self.weight.permute(0, 2, 3, 1).flatten(1)
        parts = (pixels.permute(0, 2, 3, 1) @ kernel).view(batch, rows, columns, 3, 3, -1)
        # A pixel makes the row of its own number, twice, and shares those before and after it.
        shared = parts[:, :, :, 2] + functional.pad(parts[:, 1:, :, 0], (0,) * 7 + (1,))
        taller = torch.stack([parts[:, :, :, 1], shared], dim=2).flatten(1, 2)
        shared = taller[:, :, :, 2] + functional.pad(taller[:, :, 1:, 0], (0,) * 3 + (1,))
        return torch.stack([taller[:, :, :, 1], shared], dim=3).flatten(2, 3).permute(0, 3, 1, 2)


def _by_matrix(module: nn.Module, pixels: int, like: Tensor) -> bool:
    return module.training and pixels <= MATRIX_PIXELS and like.device.type == "cpu"


class ConvEncoder(nn.Module):
    """Chunk to mean and log variance of its latent.

    Parameters
    ----------
    config
        Width and latent size.
    settings
        The spectrogram, of which the size counts.
    dropout
        Probability with which a block's channel is dropped in training.
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
        """``[batch, 2, n_mels, frames]`` to mean and log variance, each ``[batch, latent_dim]``."""
        features = self.blocks(functional.pad(chunk, self.padding)).flatten(1)
        log_variance = self.log_variance(features)
        return self.mean(features), log_variance.clamp(-LOG_VARIANCE_LIMIT, LOG_VARIANCE_LIMIT)


class ConvDecoder(nn.Module):
    """Latent to chunk: magnitude through Softplus, IF through Tanh.

    Parameters
    ----------
    config
        Width and latent size.
    settings
        The spectrogram, of which the size counts.
    dropout
        Probability with which a block's channel is dropped in training.
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
        self.conditioners = nn.ModuleList(
            Conditioner(
                config.latent_dim,
                config.conditioning,
                (width, self.start[1] << stage, self.start[2] << stage),
            )
            for stage, width in enumerate(widths[1:] if config.conditioning else (), 1)
        )

    def forward(self, latent: Tensor) -> Tensor:
        """``[batch, latent_dim]`` to ``[batch, 2, n_mels, frames]``."""
        out = self.linear(latent).view(-1, *self.start)
        for stage, block in enumerate(self.blocks):
            if not self.conditioners:
                out = block(out)
            elif isinstance(block, nn.Sequential):
                convolution, norm, *rest = block
                out = self.conditioners[stage](norm(convolution(out)), latent)
                for module in rest:
                    out = module(out)
            else:
                out = self.conditioners[stage](block(out), latent)
        out = out[:, :, : self.n_mels, : self.n_frames]
        magnitude = functional.softplus(out[:, MAGNITUDE : MAGNITUDE + 1])
        return torch.cat([magnitude, torch.tanh(out[:, IF : IF + 1])], dim=1)


class Conditioner(nn.Module):
    """Latent to offsets of a stage's pixels: for each channel, one a row and one a column.

    So a partial, which is a row, and an attack, which is a column, need not pass through all stages
    before. Offsets start at 0; their bias tells the network where a pixel lies.

    Parameters
    ----------
    latent_dim, rank
        Numbers in a latent, and how many are made of it before they are spread.
    shape
        Channels, rows and columns of the stage.
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
        """``[batch, channels, rows, columns]`` with offsets of ``[batch, latent_dim]``."""
        code = self.code(latent)
        pixels = pixels + self.rows(code).view(-1, *self.row_shape)
        result: Tensor = pixels + self.columns(code).view(-1, *self.column_shape)
        return result


class ConvVAE(nn.Module):
    """Encoder and decoder together.

    Parameters
    ----------
    config
        Width and latent size.
    settings
        The spectrogram, of which the size counts.
    dropout
        Probability with which a block's channel is dropped in training.
    """

    def __init__(
        self, config: ModelConfig, settings: SpectrogramSettings, dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.config = config
        self.encoder = ConvEncoder(config, settings, dropout)
        self.decoder = ConvDecoder(config, settings, dropout)

    def forward(self, chunk: Tensor, noise: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Reconstruct a chunk through a latent drawn from its posterior.

        Parameters
        ----------
        chunk
            ``[batch, 2, n_mels, frames]``.
        noise
            Standard normal, ``[batch, latent_dim]``; zeros decode the posterior's mean.

        Returns
        -------
        tuple
            The reconstruction, shaped like `chunk`, and the posterior's mean and log variance.
        """
        mean, log_variance = self.encoder(chunk)
        latent = mean + noise * torch.exp(0.5 * log_variance)
        return self.decoder(latent), mean, log_variance

    @torch.no_grad()
    def sample(self, n: int, rng: np.random.Generator) -> Tensor:
        """`n` chunks decoded from the standard normal prior, ``[n, 2, n_mels, frames]``."""
        latent = rng.standard_normal((n, self.config.latent_dim)).astype(np.float32)
        device = next(self.parameters()).device
        decoded: Tensor = self.decoder(torch.from_numpy(latent).to(device))
        return decoded
