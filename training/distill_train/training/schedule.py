"""Learning-rate and KL schedules, and the number of steps of a run."""

import math
from dataclasses import dataclass

from distill_train.config import TrainingConfig


@dataclass(frozen=True)
class Schedule:
    """Schedule of a run; a pure function of the step.

    Parameters
    ----------
    config
        Configuration of the run.
    chunks
        Number of training chunks.
    """

    config: TrainingConfig
    chunks: int

    @property
    def epochs(self) -> int:
        """Number of epochs."""
        return self.config.planned_epochs(self.chunks)

    @property
    def steps_per_epoch(self) -> int:
        """Number of batches in an epoch."""
        return -(-self.chunks // self.config.batch_size)

    @property
    def steps(self) -> int:
        """Number of steps in the run."""
        return self.epochs * self.steps_per_epoch

    def batch_chunks(self, batch: int) -> int:
        """Number of chunks in a batch of an epoch, from 0; batch sizes differ by at most 1."""
        least, more = divmod(self.chunks, self.steps_per_epoch)
        return least + (batch < more)

    def learning_rate(self, step: int) -> float:
        """Learning rate of a step, from 0."""
        share = learning_rate_share(step / self.steps, self.config.warm_up)
        return self.config.learning_rate * share

    def kl_weight(self, step: int) -> float:
        """Weight of the KL divergence in a step, from 0."""
        return self.config.loss.kl * annealing(step / self.steps, self.config.loss.kl_annealing)

    def norm_frozen(self, epoch: int) -> bool:
        """Whether batch norm's statistics are frozen in an epoch, from 1."""
        return (epoch - 1) >= self.config.norm_freeze * self.epochs


def learning_rate_share(progress: float, warm_up: float) -> float:
    """Relative learning rate at a progress of 0 to 1: linear warm-up, then cosine decay to 0."""
    if progress < warm_up:
        return (progress + 1e-3) / (warm_up + 1e-3)
    return 0.5 + 0.5 * math.cos(math.pi * (progress - warm_up) / (1.0 - warm_up))


def annealing(progress: float, share: float) -> float:
    """Relative KL weight: a linear rise from 0 to 1 over the first `share` of the run."""
    return min(1.0, progress / share) if share > 0 else 1.0
