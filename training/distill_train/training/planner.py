"""Planning of a run with a time limit: as many steps as fit, from their measured speed."""

import math

from distill_train.config import TrainingConfig
from distill_train.training.state import TrainState
from distill_train.training.step import VALIDATION_CHUNKS

SLOW_STEPS, FIRST_STEPS = 2, 4
"""Number of steps of a session that are not timed, and that are timed before its first plan."""

INTERVAL = 0.01
"""Time between plans, as a share of the limit."""

MEMORY = 0.05
"""Time constant of the mean speed, as a share of the limit."""

MAX_MEANS = 10
"""Maximum time of a step or of the end of an epoch, relative to their means; what exceeds it is a
pause, such as a computer's sleep, and says nothing about the speed."""

VALIDATION_COST = 0.5
"""Assumed time of a batch in validation, as a share of its time in training."""

FEW_STEPS = 100
"""Number of steps below which a run is too short to learn from."""


class StepPlanner:
    """Plans the steps of a run that ends after `config.minutes`.

    Plans are made again and again, so that the run ends in time whatever else the machine does.

    Parameters
    ----------
    config
        Configuration of the run, with a time limit.
    state
        State of the run; its seconds are the clock.
    validation_chunks
        Number of chunks for validation.
    """

    def __init__(self, config: TrainingConfig, state: TrainState, validation_chunks: int) -> None:
        self._config, self._state = config, state
        self._limit_s = 60.0 * config.minutes
        chunks = min(validation_chunks, VALIDATION_CHUNKS)
        self._validation_batches = -(-chunks // config.batch_size)
        self._lap_s, self._planned_s = state.seconds, -math.inf
        self._done = 0  # steps of this session
        self._steps, self._steps_s = 0.0, 0.0  # recent steps and their time, with a decaying weight
        self._ends, self._ends_s, self._longest_end_s = 0, 0.0, 0.0
        self._warned = state.step > 0

    def step_done(self) -> None:
        """Time a step, with the checkpoint after it."""
        elapsed_s = self._lap()
        if self._timed:
            elapsed_s = min(elapsed_s, MAX_MEANS * self._step_s)
        self._done += 1
        if self._done > SLOW_STEPS:
            keep = math.exp(-elapsed_s / (MEMORY * self._limit_s))
            self._steps, self._steps_s = keep * self._steps + 1, keep * self._steps_s + elapsed_s

    def epoch_done(self) -> None:
        """Time the end of an epoch: validation and preview."""
        elapsed_s = self._lap()
        if self._ends_s:
            elapsed_s = min(elapsed_s, MAX_MEANS * self._ends_s / self._ends)
        self._ends, self._ends_s = self._ends + 1, self._ends_s + elapsed_s
        self._longest_end_s = max(self._longest_end_s, elapsed_s)

    @property
    def due(self) -> bool:
        """Whether to plan now: the interval has passed, or the time is used up."""
        if self._state.step >= self._state.plan.steps:
            return False
        waited_s = self._state.seconds - self._planned_s
        return (self._timed and waited_s >= INTERVAL * self._limit_s) or self._left_s() <= 0

    @property
    def limit_left_s(self) -> float:
        """Time until the limit, at least 0."""
        return max(0.0, self._limit_s - self._state.seconds)

    def steps(self) -> int:
        """Plan from now on: the number of steps done when the time is used up."""
        self._planned_s = self._state.seconds
        return self._state.step + self._steps_left()

    def warning(self) -> str:
        """Warning that the run is too short, in one line; given once, otherwise empty."""
        minutes, steps = self._config.minutes, self._state.plan.steps
        needed = math.ceil(10 * minutes * FEW_STEPS / steps) / 10
        if self._warned or steps >= FEW_STEPS:
            return ""
        self._warned = True
        return (
            f"{minutes:g} minutes are enough for {steps} steps here, too few to learn from (at "
            f"least {FEW_STEPS}); set --minutes {needed:g} or more"
        )

    def _steps_left(self) -> int:
        """Number of steps that fit into the time left, with the ends of their epochs."""
        if not self._steps_s:
            return 0  # the first steps took the whole time
        step_s, batch, epoch = self._step_s, self._state.batch, self._state.steps_per_epoch
        end_s = self._ends_s / self._ends if self._ends else self._first_end_s
        left_s = self._left_s() + batch * step_s  # from the first batch of this epoch
        epochs, rest_s = divmod(max(0.0, left_s), epoch * step_s + end_s)
        return max(0, int(epochs) * epoch + min(epoch, int(rest_s / step_s)) - batch)

    def _left_s(self) -> float:
        """Time left for steps and for the ends of all epochs but the last."""
        # The last epoch has a preview, so its end is as long as any.
        last_s = self._longest_end_s if self._ends else self._first_end_s
        return self._limit_s - self._state.seconds - last_s

    @property
    def _timed(self) -> bool:
        """Whether enough steps of this session were timed to plan by them."""
        return self._done >= SLOW_STEPS + FIRST_STEPS and self._steps_s > 0

    @property
    def _step_s(self) -> float:
        return self._steps_s / self._steps if self._steps else 0.0

    @property
    def _first_end_s(self) -> float:
        """Assumed time of validation and preview before one was timed."""
        return VALIDATION_COST * self._validation_batches * self._step_s

    def _lap(self) -> float:
        """Time since the last call."""
        before_s, self._lap_s = self._lap_s, self._state.seconds
        return self._lap_s - before_s
