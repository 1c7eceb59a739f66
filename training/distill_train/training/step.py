"""Training step and validation pass.

All randomness comes from the state, or from seed and step: repeating a step gives the same result.
"""

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from distill_live.spectrogram import Statistics
from distill_train.config import TrainingConfig
from distill_train.corpus.dataset import ChunkDataset
from distill_train.training.devices import memory_bytes
from distill_train.training.distributed import DistributedContext
from distill_train.training.events import StepMetrics
from distill_train.training.losses import Losses, chunk_losses
from distill_train.training.schedule import Schedule
from distill_train.training.spectral_augmentation import augmented, draw_variations
from distill_train.training.state import RunningMeans, TrainState

VALIDATION_CHUNKS = 512
"""Maximum number of validation chunks used per epoch, evenly spaced."""


class Trainer:
    """Trains and validates the model of a run, batch by batch.

    Parameters
    ----------
    config, statistics
        Configuration of the run and statistics of its corpus.
    schedule
        Batches and hyperparameters by progress.
    state
        State that the steps update.
    group
        The processes that train together.
    """

    def __init__(
        self,
        config: TrainingConfig,
        statistics: Statistics,
        schedule: Schedule,
        state: TrainState,
        group: DistributedContext,
    ) -> None:
        self._config, self._statistics, self._schedule = config, statistics, schedule
        self._state, self._group = state, group
        self._device = next(state.model.parameters()).device
        self._network = group.wrapped(state.model, self._device)

    @property
    def learning_rate(self) -> float:
        """Learning rate of the last step, in whichever session that was."""
        state = self._state
        return self._schedule.learning_rate(state.plan.progress(state.step - 1))

    def begin_epoch(self) -> None:
        """Set the training mode of the model for the current epoch."""
        self._state.model.train()

    def step(self, batch: Tensor) -> StepMetrics:
        """Update the model from a batch; if loss or gradient is not finite, change nothing.

        Parameters
        ----------
        batch
            This process' share of the batch, ``[chunks, 2, n_mels, frames]``.
        """
        config, state, step = self._config, self._state, self._state.step
        learning_rate = self._schedule.learning_rate(state.progress)
        kl_weight = self._schedule.kl_weight(state.progress)
        for parameters in state.optimiser.param_groups:
            parameters["lr"] = learning_rate
        rng = np.random.default_rng((config.seed, step))
        size = self._schedule.batch_chunks(state.batch)
        chunk = self._augmented(batch.to(self._device), size, rng, self._group.share)
        noise = self._noise()
        if config.regularization.dropout:
            torch.manual_seed(self._dropout_seed())
        if self._schedule.norm_frozen(state.progress):
            freeze_norm(state.model)
        norm_before = [buffer.clone() for buffer in state.model.buffers()]

        with state.precision.autocast():
            decoded, mean, log_variance = self._network(chunk, noise)
        posterior = mean.float(), log_variance.float()
        losses = self._losses(decoded.float(), chunk, posterior)
        total = losses.reconstruction(config.loss) + kl_weight * losses.divergence
        state.optimiser.zero_grad(set_to_none=True)
        state.precision.backward(total, state.optimiser)
        norm = nn.utils.clip_grad_norm_(state.model.parameters(), config.gradient_clip)

        finite = math.isfinite(float(total.detach() + norm))
        (skipped,) = self._group.any(not finite)
        state.precision.step(state.optimiser, finite=not skipped)
        count, terms = self._reduced(len(chunk), losses.named(config.loss))
        if skipped:
            state.skipped += 1
            for buffer, before in zip(state.model.buffers(), norm_before, strict=True):
                buffer.copy_(before)
        else:
            state.means.add(terms, count)
        state.batch += 1
        return StepMetrics(
            epoch=state.epoch,
            epochs=state.epochs,
            step=state.step,
            steps=state.plan.steps,
            losses=terms,
            learning_rate=learning_rate,
            kl_weight=kl_weight,
            gradient_norm=float(norm),
            skipped=skipped,
            seconds=state.seconds,
            memory_bytes=memory_bytes(self._device),
        )

    @torch.no_grad()
    def validate(
        self, chunks: ChunkDataset, cancelled: Callable[[], bool] = lambda: False
    ) -> dict[str, float]:
        """Mean losses over validation chunks, decoded in float32 from the latents' means.

        The chunks are augmented like training chunks, so that the losses can be compared, and in
        the same way in every epoch. At most `VALIDATION_CHUNKS` are used; `cancelled` ends the pass
        early. Empty if `chunks` is empty.
        """
        model, means = self._state.model.eval(), RunningMeans()
        rng = np.random.default_rng(self._config.seed)
        for batch in chunks.grid_batches(self._config.batch_size, max_chunks=VALIDATION_CHUNKS):
            if cancelled():
                break
            chunk = self._augmented(batch.to(self._device), len(batch), rng)
            noise = torch.zeros(len(chunk), self._config.model.latent_dim, device=self._device)
            decoded, *posterior = model(chunk, noise)
            losses = self._losses(decoded, chunk, tuple(posterior))
            means.add(losses.named(self._config.loss), len(chunk))
        return means.result()

    def _losses(self, decoded: Tensor, chunk: Tensor, posterior: tuple[Tensor, Tensor]) -> Losses:
        return chunk_losses(
            decoded,
            chunk,
            posterior,
            scale=self._statistics.scale,
            free_bits=self._config.loss.free_bits,
            inaudible=self._config.loss.inaudible,
        )

    def _reduced(self, chunks: int, terms: dict[str, float]) -> tuple[int, dict[str, float]]:
        """Number of chunks and mean terms of the batch over all processes."""
        sums = self._group.sums([chunks, *(chunks * value for value in terms.values())])
        means = (total / sums[0] for total in sums[1:])
        return round(sums[0]), dict(zip(terms, means, strict=True))

    def _noise(self) -> Tensor:
        """Noise for this share of the batch; every process draws the whole batch."""
        shape = self._schedule.batch_chunks(self._state.batch), self._config.model.latent_dim
        drawn = self._state.noise.standard_normal(shape, dtype=np.float32)
        first, step = self._group.share
        return torch.from_numpy(drawn[first::step]).to(self._device)

    def _augmented(
        self, chunk: Tensor, size: int, rng: np.random.Generator, share: tuple[int, int] = (0, 1)
    ) -> Tensor:
        """Augment a share of a batch of `size` chunks."""
        config = self._config.spectral_augmentation
        if not self._schedule.augments(self._state.progress):
            return chunk.contiguous(memory_format=torch.channels_last)
        variations = draw_variations(config, size, chunk.shape[2], rng, share)
        chunk = augmented(chunk, variations, self._statistics.scale)
        return chunk.contiguous(memory_format=torch.channels_last)

    def _dropout_seed(self) -> int:
        words = (self._config.seed, self._state.step, self._group.rank)
        return int(np.random.SeedSequence(words).generate_state(1, np.uint64)[0] >> 1)


def freeze_norm(model: nn.Module) -> None:
    """Freeze the running statistics of batch norm."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d | nn.SyncBatchNorm):
            module.eval()
