"""Training state and its checkpointing.

The learning rate and the KL weight are functions of the progress, and dropout is seeded by run seed
and step, so neither is stored. A restored run continues exactly as if it had not been stopped.
"""

import copy
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from distill_live.errors import TrainingError
from distill_train.config import TrainingConfig
from distill_train.training.checkpoint import SEPARATOR, RunFiles, TrainedModel, build_model
from distill_train.training.devices import Precision
from distill_train.training.history import MetricsHistory
from distill_train.training.interrupts import undisturbed
from distill_train.training.model import ConvVAE
from distill_train.training.muon import Muon
from distill_train.training.schedule import Schedule, StepPlan

BEST_PREFIX, OPTIMISER_PREFIX = f"best{SEPARATOR}", f"optimiser{SEPARATOR}"
"""Prefixes of tensor names in a checkpoint."""

MIN_WRITES = 10
"""Minimum time between checkpoints, relative to the time that one takes."""


class RunningMeans:
    """Running means of named terms."""

    def __init__(self) -> None:
        self.sums: dict[str, float] = {}
        self.count = 0

    def add(self, terms: Mapping[str, float], count: int = 1) -> None:
        """Add terms that are themselves means over `count` chunks."""
        for name, value in terms.items():
            self.sums[name] = self.sums.get(name, 0.0) + count * value
        self.count += count

    def result(self) -> dict[str, float]:
        """Means by name; empty if nothing was added."""
        return {name: total / self.count for name, total in self.sums.items() if self.count}


class BestModel:
    """Weights of the best model so far.

    Attributes
    ----------
    epoch, loss
        Its epoch and loss; 0 and infinite until the first epoch ends.
    weights
        Tensors by name, on the CPU; empty until the first epoch ends.
    """

    def __init__(self) -> None:
        self.epoch, self.loss = 0, math.inf
        self.weights: dict[str, Tensor] = {}

    def offer(self, model: nn.Module, epoch: int, loss: float) -> bool:
        """Store a model's weights if its loss is lower; return whether it is."""
        if not loss < self.loss:
            return False
        self.epoch, self.loss, self.weights = epoch, loss, weights_of(model)
        return True

    @property
    def epoch_and_loss(self) -> tuple[int | None, float | None]:
        """Its epoch and loss; None until the first epoch ends."""
        return (self.epoch, self.loss) if self.weights else (None, None)


class TrainState:
    """Mutable state of a run.

    Parameters
    ----------
    config
        Configuration of the run.
    device
        Device to train on.
    schedule
        Schedule of the run.

    Attributes
    ----------
    model, optimiser, precision
        Network, optimiser and mixed precision, on the device.
    order, noise : numpy.random.Generator
        Draw the order of the chunks in each epoch, and the noise of the latents.
    epoch, batch
        Current epoch, from 1, and number of its batches done.
    steps_before
        Number of steps in earlier epochs.
    plan
        Number of steps of the run, and its progress at each.
    seconds_before
        Training time of earlier sessions.
    means, skipped
        Mean losses and number of non-finite steps of the current epoch.
    skipped_before
        Number of non-finite steps in earlier epochs.
    best, history
        Best model and metrics of the run so far.
    """

    def __init__(self, config: TrainingConfig, device: torch.device, schedule: Schedule) -> None:
        self.steps_per_epoch, self.plan = schedule.steps_per_epoch, schedule.first_plan()
        torch.manual_seed(config.seed)
        model = ConvVAE(config.model, config.spectrogram, config.regularization.dropout)
        self.model = model.to(device).to(memory_format=torch.channels_last)
        self.optimiser = Muon([*self.model.parameters()], config)
        self.precision = Precision(config.precision, device)
        self.order, self.noise = np.random.default_rng(config.seed).spawn(2)
        self.epoch, self.batch, self.steps_before = 1, 0, 0
        self._started_at, self.seconds_before = time.perf_counter(), 0.0
        self.means, self.skipped, self.skipped_before = RunningMeans(), 0, 0
        self.best, self.history = BestModel(), MetricsHistory()
        self._order_at_epoch = copy.deepcopy(self.order.bit_generator.state)

    @property
    def step(self) -> int:
        """Number of steps done."""
        return self.steps_before + self.batch

    @property
    def epochs(self) -> int:
        """Number of epochs as planned; the last one of a run with a time limit may be cut short."""
        return self.epoch - 1 - (self.steps_before - self.plan.steps) // self.steps_per_epoch

    @property
    def progress(self) -> float:
        """Progress of the run, 0 to 1."""
        return self.plan.progress(self.step)

    @property
    def seconds(self) -> float:
        """Training time in seconds, without pauses between sessions."""
        return time.perf_counter() - self._started_at

    @property
    def all_skipped(self) -> int:
        """Number of non-finite steps in the run."""
        return self.skipped_before + self.skipped

    def next_epoch(self) -> None:
        """Advance to the next epoch."""
        self.steps_before = self.step
        self.epoch, self.batch = self.epoch + 1, 0
        self.skipped_before, self.skipped = self.all_skipped, 0
        self.means = RunningMeans()
        self._order_at_epoch = copy.deepcopy(self.order.bit_generator.state)

    def plan_rest(self, schedule: Schedule) -> None:
        """Plan the rest of the run by another limit, as if the run had begun with it.

        Raises
        ------
        TrainingError
            If the run has reached the limit.
        """
        minutes, done_s = schedule.config.minutes, self.seconds_before
        if minutes and done_s and self.step:  # a run killed before its first step has no pace
            steps = round(self.step * 60.0 * minutes / done_s)
        else:  # the last epoch within a time limit may have been cut short
            cut = (self.epoch - 1) * self.steps_per_epoch - self.steps_before
            steps = schedule.first_plan().steps - cut
        if steps <= self.step:
            raise TrainingError(
                f"the run has done {self.epoch - 1} epochs in {done_s / 60:.1f} minutes; give a "
                "number of --epochs or --minutes that includes them and is larger"
            )
        self.plan = StepPlan(steps)

    def tensors(self) -> dict[str, Tensor]:
        """Weights, weights of the best model, and optimiser moments, by name."""
        found = weights_of(self.model)
        found |= {f"{BEST_PREFIX}{name}": value for name, value in self.best.weights.items()}
        for name, parameter in self.model.named_parameters():
            for key, value in self.optimiser.state[parameter].items():
                found[f"{OPTIMISER_PREFIX}{name}{SEPARATOR}{key}"] = value
        return found

    def values(self) -> dict[str, Any]:
        """Everything else that is needed to resume, as JSON values; without the history."""
        return {
            "epoch": self.epoch,
            "batch": self.batch,
            "steps_per_epoch": self.steps_per_epoch,
            "steps_before": self.steps_before,
            "plan": asdict(self.plan),
            "seconds": self.seconds,
            "skipped": [self.skipped_before, self.skipped],
            "means": {"sums": self.means.sums, "count": self.means.count},
            "best": {"epoch": self.best.epoch, "loss": self.best.loss},
            "order": self._order_at_epoch,
            "noise": self.noise.bit_generator.state,
            "precision": self.precision.state(),
        }

    def restore(self, tensors: Mapping[str, Tensor], values: Mapping[str, Any]) -> None:
        """Restore tensors and JSON values of a checkpoint.

        Raises
        ------
        TrainingError
            If they do not fit this run.
        """
        try:
            self._restore(tensors, values["state"])
            self.history = MetricsHistory.from_json(values["history"])
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            reason = " ".join(f"{type(error).__name__}: {error}".split())[:200]
            raise TrainingError(f"the checkpoint does not fit the run: {reason}") from None

    def _restore(self, tensors: Mapping[str, Tensor], values: Mapping[str, Any]) -> None:
        if values["steps_per_epoch"] != self.steps_per_epoch:
            raise ValueError(
                f"it has {values['steps_per_epoch']} steps an epoch instead of "
                f"{self.steps_per_epoch}"
            )
        own, best = {}, {}
        moments: dict[str, dict[str, Tensor]] = {}
        for name, value in tensors.items():
            if name.startswith(BEST_PREFIX):
                best[name.removeprefix(BEST_PREFIX)] = value
            elif name.startswith(OPTIMISER_PREFIX):
                parameter_name, key = name.removeprefix(OPTIMISER_PREFIX).rsplit(SEPARATOR, 1)
                moments.setdefault(parameter_name, {})[key] = value
            else:
                own[name] = value
        self.model.load_state_dict(own)
        parameters = dict(self.model.named_parameters())
        for name, stored in moments.items():
            parameter = parameters[name]
            state = self.optimiser.state[parameter] = {}
            for key, value in stored.items():
                # The fused optimiser relies on the memory layout of the parameter.
                like = parameter if value.shape == parameter.shape else value
                state[key] = torch.empty_like(like, device=parameter.device).copy_(value)
        self.best.weights, self.best.epoch = best, int(values["best"]["epoch"])
        self.best.loss = float(values["best"]["loss"])
        self.epoch, self.batch = int(values["epoch"]), int(values["batch"])
        self.steps_before = int(values["steps_before"])
        self.plan, self.seconds_before = StepPlan(**values["plan"]), float(values["seconds"])
        self.skipped_before, self.skipped = map(int, values["skipped"])
        self._started_at = time.perf_counter() - self.seconds_before
        self.means.sums = dict(values["means"]["sums"])
        self.means.count = int(values["means"]["count"])
        self.order.bit_generator.state = values["order"]
        self._order_at_epoch = copy.deepcopy(values["order"])
        self.noise.bit_generator.state = values["noise"]
        self.precision.restore(values["precision"])


def weights_of(model: nn.Module) -> dict[str, Tensor]:
    """Copy of a model's weights and buffers by name, on the CPU."""
    return {
        name: tensor.detach().to("cpu", memory_format=torch.contiguous_format, copy=True)
        for name, tensor in model.state_dict().items()
    }


class Checkpointer:
    """Writes a run's checkpoints and its best model.

    A failed write is a warning while the run continues, and an error at its end.

    Parameters
    ----------
    files
        Files of the run.
    state
        State of the run.
    initial
        The model before training, with the run's configuration, statistics, recordings and summary.
    request
        Stored in each checkpoint, and with the best model, for the caller that resumes the run or
        exports it.
    warn
        Called with one line if a checkpoint could not be written.
    """

    def __init__(
        self,
        files: RunFiles,
        state: TrainState,
        initial: TrainedModel,
        request: Mapping[str, Any],
        warn: Callable[[str], None],
    ) -> None:
        self._files, self._state, self._initial = files, state, initial
        self._request, self._warn = dict(request), warn
        self._best_on_disk: int | None = None
        self._saved_at = time.perf_counter()
        self._writes_s = 0.0, 0.0  # the last two
        self._failed = False
        self._final: TrainedModel | None = None

    def model(self, weights: Mapping[str, Tensor]) -> TrainedModel:
        """Trained model with the given weights, on the CPU."""
        return replace(self._current(), model=build_model(self._initial.config, weights))

    def save_if_due(self) -> None:
        """Save if `checkpoint_seconds` have passed since the last time; later on a slow disk."""
        interval_s = self._initial.config.checkpoint_seconds
        if interval_s:  # the shorter write: the other one may hold a pause
            interval_s = max(interval_s, MIN_WRITES * min(self._writes_s))
        if time.perf_counter() - self._saved_at >= interval_s:
            self.try_to_save()

    def try_to_save(self) -> None:
        """Save; warn on the first of a series of failures."""
        try:
            self.save()
        except (TrainingError, MemoryError) as error:
            if not self._failed:
                self._warn(f"no checkpoint for now: {error}")
            self._failed = True

    def save(self) -> None:
        """Write a resumable checkpoint, and the best model if it changed.

        Interrupts take effect after both are written.

        Raises
        ------
        TrainingError
            If one of them cannot be written.
        """
        state, begun_s = self._state, time.perf_counter()
        values = self._current().values() | {"request": self._request}
        resumable = {
            "state": state.values(),
            "finished": state.epoch > state.epochs,
        }
        try:
            with undisturbed():
                self._files.write(state.step, state.tensors(), values | resumable)
                if state.best.epoch != self._best_on_disk and state.best.weights:
                    self._files.write_best(state.best.weights, values)
                    self._best_on_disk = state.best.epoch
        finally:
            self._saved_at = time.perf_counter()
            self._writes_s = self._writes_s[1], self._saved_at - begun_s
        self._failed = False

    def finish(self) -> TrainedModel:
        """Write the last checkpoint and the best model, and return that model.

        Raises
        ------
        TrainingError
            If they cannot be written, or no step was finite.
        """
        if not self._state.best.weights:
            raise TrainingError("no step was finite; lower the learning rate")
        self._best_on_disk, self._final = None, self._current()
        self.save()
        return self.model(self._state.best.weights)

    def _current(self) -> TrainedModel:
        """The run so far; unchanged once it is finished."""
        if self._final:
            return self._final
        state = self._state
        summary = self._initial.summary | {"epochs": state.epochs}
        if state.best.weights:
            summary |= {"best_epoch": state.best.epoch, "best_loss": state.best.loss}
        summary |= {"skipped_steps": state.all_skipped, "minutes": round(state.seconds / 60, 2)}
        return replace(self._initial, summary=summary, history=state.history)
