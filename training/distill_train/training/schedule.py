"""How long a run is, and what changes with its progress: pure functions of the step."""

import math
from dataclasses import dataclass

from distill_train.config import TrainingConfig


@dataclass(frozen=True)
class Schedule:
    """The steps of a run.

    Parameters
    ----------
    config
        Of the run.
    chunks
        How many are learnt.

    Attributes
    ----------
    epochs, steps_per_epoch, steps
        How many there are; `steps` in all.
    """

    config: TrainingConfig
    chunks: int

    @property
    def epochs(self) -> int:
        """Passes over the chunks."""
        return self.config.planned_epochs(self.chunks)

    @property
    def steps_per_epoch(self) -> int:
        """Batches of a pass."""
        return -(-self.chunks // self.config.batch_size)

    @property
    def steps(self) -> int:
        """Of the whole run."""
        return self.epochs * self.steps_per_epoch

    def batch_chunks(self, batch: int) -> int:
        """Chunks of one batch of a pass, from 0; batches are as even as they can be."""
        least, more = divmod(self.chunks, self.steps_per_epoch)
        return least + (batch < more)

    def learning_rate(self, step: int) -> float:
        """Of a step, from 0."""
        share = learning_rate_share(step / self.steps, self.config.warm_up)
        return self.config.learning_rate * share

    def kl_weight(self, step: int) -> float:
        """Weight of the divergence in a step, from 0."""
        return self.config.loss.kl * annealing(step / self.steps, self.config.loss.kl_annealing)

    def norm_frozen(self, epoch: int) -> bool:
        """Whether batch norm keeps its statistics in an epoch, from 1."""
        return (epoch - 1) >= self.config.norm_freeze * self.epochs


def learning_rate_share(progress: float, warm_up: float) -> float:
    """Share of the largest learning rate at a share of the run: a ramp, then half a cosine."""
    if progress < warm_up:
        return (progress + 1e-3) / (warm_up + 1e-3)
    return 0.5 + 0.5 * math.cos(math.pi * (progress - warm_up) / (1.0 - warm_up))


def annealing(progress: float, share: float) -> float:
    """Share of the divergence's weight: rises from 0 to 1 over the first `share` of the run."""
    return min(1.0, progress / share) if share > 0 else 1.0
