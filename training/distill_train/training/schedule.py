"""Schedule of a run: its steps, its progress at each, and what depends on the progress."""

import math
from dataclasses import dataclass

from distill_train.config import TrainingConfig

ASSUMED_STEP_S, MIN_ASSUMED_STEPS = 0.2, 100
"""Time of a step, and minimum number of steps, before a run with a time limit is timed."""


@dataclass(frozen=True)
class StepPlan:
    """Number of steps of a run, and its progress at each: a straight line from `start` to the end.

    Attributes
    ----------
    steps
        Number of steps done when the run ends.
    start
        Number of steps done when the plan was made.
    start_progress
        Progress of the run at `start`, 0 to 1.
    """

    steps: int
    start: int = 0
    start_progress: float = 0.0

    def progress(self, step: int) -> float:
        """Progress of the run, 0 to 1, after `step` steps; before `start` that of the start."""
        if step >= self.steps:
            return 1.0
        if step <= self.start:
            return self.start_progress
        share = (step - self.start) / (self.steps - self.start)
        return self.start_progress + (1.0 - self.start_progress) * share

    def replaced(self, step: int, steps: int) -> "StepPlan":
        """Plan that goes on from `step` and ends after `steps`."""
        return StepPlan(steps, step, self.progress(step))


@dataclass(frozen=True)
class Schedule:
    """Batches of a run's epochs, and its hyperparameters by progress.

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
    def steps_per_epoch(self) -> int:
        """Number of batches in an epoch."""
        return -(-self.chunks // self.config.batch_size)

    def first_plan(self) -> StepPlan:
        """Plan at the start of a run; with a time limit it is a guess, until steps are timed."""
        if self.config.minutes:
            assumed = round(60.0 * self.config.minutes / ASSUMED_STEP_S)
            return StepPlan(max(MIN_ASSUMED_STEPS, assumed))
        return StepPlan(self.config.planned_epochs(self.chunks) * self.steps_per_epoch)

    def batch_chunks(self, batch: int) -> int:
        """Number of chunks in a batch of an epoch, from 0; batch sizes differ by at most 1."""
        least, more = divmod(self.chunks, self.steps_per_epoch)
        return least + (batch < more)

    def learning_rate(self, progress: float) -> float:
        """Learning rate at a progress of 0 to 1."""
        return self.config.learning_rate * learning_rate_share(progress, self.config.warm_up)

    def kl_weight(self, progress: float) -> float:
        """Weight of the KL divergence at a progress of 0 to 1."""
        return self.config.loss.kl * annealing(progress, self.config.loss.kl_annealing)

    def norm_frozen(self, progress: float) -> bool:
        """Whether batch norm's statistics are frozen at a progress of 0 to 1."""
        return progress >= self.config.norm_freeze

    def augments(self, progress: float) -> bool:
        """Whether batches are augmented at a progress of 0 to 1."""
        until = self.config.spectral_augmentation.until
        return until == 1.0 or progress < until


def learning_rate_share(progress: float, warm_up: float) -> float:
    """Relative learning rate at a progress of 0 to 1: linear warm-up, then cosine decay to 0."""
    if progress < warm_up:
        return (progress + 1e-3) / (warm_up + 1e-3)
    return 0.5 + 0.5 * math.cos(math.pi * (progress - warm_up) / (1.0 - warm_up))


def annealing(progress: float, share: float) -> float:
    """Relative KL weight: a linear rise from 0 to 1 over the first `share` of the run."""
    return min(1.0, progress / share) if share > 0 else 1.0
