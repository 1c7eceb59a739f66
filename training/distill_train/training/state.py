"""Everything that changes while a run goes on, and its way into a checkpoint and back.

The learning rate and the weight of the divergence are functions of the step, dropout is drawn from
seed and step: neither needs to be kept. What is restored here goes on exactly as it would have.
"""

import copy
import math
import time
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from distill_live.errors import TrainingError
from distill_train.config import TrainingConfig
from distill_train.training.devices import Precision
from distill_train.training.history import MetricsHistory
from distill_train.training.model import ConvVAE
from distill_train.training.trained import WITHIN

BEST_TENSORS, OPTIMISER_TENSORS = f"best{WITHIN}", f"optimiser{WITHIN}"


class Means:
    """Running means of terms by name."""

    def __init__(self) -> None:
        self.sums: dict[str, float] = {}
        self.count = 0

    def add(self, terms: Mapping[str, float], count: int = 1) -> None:
        """Add terms that are themselves means of `count` chunks."""
        for name, value in terms.items():
            self.sums[name] = self.sums.get(name, 0.0) + count * value
        self.count += count

    def result(self) -> dict[str, float]:
        """The means; empty where nothing was added."""
        return {name: total / self.count for name, total in self.sums.items() if self.count}


class Best:
    """The best model so far.

    Attributes
    ----------
    epoch, loss
        Its own; 0 and infinite before the first epoch's end.
    weights
        By name, on the CPU; empty before the first epoch's end.
    """

    def __init__(self) -> None:
        self.epoch, self.loss = 0, math.inf
        self.weights: dict[str, Tensor] = {}

    def offer(self, model: nn.Module, epoch: int, loss: float) -> bool:
        """Keep a model's weights if its loss is lower, and say whether it is."""
        if not loss < self.loss:
            return False
        self.epoch, self.loss, self.weights = epoch, loss, weights_of(model)
        return True


class TrainState:
    """The state of a run.

    Parameters
    ----------
    config
        Of the run.
    device
        Where it computes.
    steps_per_epoch
        How many there are.

    Attributes
    ----------
    model, optimiser, precision
        On the device.
    order, noise : numpy.random.Generator
        Draw the order of the chunks, anew for each epoch, and the latents' noise.
    epoch, batch
        The epoch that goes on, from 1, and its batches that are done.
    means, skipped
        Of the epoch so far: its losses, and the steps that were not finite.
    skipped_before
        Steps that were not finite in the epochs before.
    best, history
        Of the run so far.
    """

    def __init__(self, config: TrainingConfig, device: torch.device, steps_per_epoch: int) -> None:
        self.steps_per_epoch = steps_per_epoch
        torch.manual_seed(config.seed)
        model = ConvVAE(config.model, config.spectrogram, config.regularization.dropout)
        self.model = model.to(device).to(memory_format=torch.channels_last)
        self.optimiser = _optimiser(self.model, config)
        self.precision = Precision(config.precision, device)
        self.order, self.noise = np.random.default_rng(config.seed).spawn(2)
        self.epoch, self.batch = 1, 0
        self._began = time.monotonic()
        self.means, self.skipped, self.skipped_before = Means(), 0, 0
        self.best, self.history = Best(), MetricsHistory()
        self._order_at_epoch = copy.deepcopy(self.order.bit_generator.state)

    @property
    def step(self) -> int:
        """Steps done."""
        return (self.epoch - 1) * self.steps_per_epoch + self.batch

    @property
    def seconds(self) -> float:
        """For which the run has trained, pauses between sessions left out."""
        return time.monotonic() - self._began

    @property
    def all_skipped(self) -> int:
        """Steps of the run that were not finite."""
        return self.skipped_before + self.skipped

    def next_epoch(self) -> None:
        """The epoch is done, and the next begins."""
        self.epoch, self.batch = self.epoch + 1, 0
        self.skipped_before, self.skipped = self.all_skipped, 0
        self.means = Means()
        self._order_at_epoch = copy.deepcopy(self.order.bit_generator.state)

    def tensors(self) -> dict[str, Tensor]:
        """Weights, those of the best model, and the optimiser's moments, by name."""
        found = weights_of(self.model)
        found |= {f"{BEST_TENSORS}{name}": value for name, value in self.best.weights.items()}
        for name, parameter in self.model.named_parameters():
            for key, value in self.optimiser.state[parameter].items():
                found[f"{OPTIMISER_TENSORS}{name}{WITHIN}{key}"] = value
        return found

    def values(self) -> dict[str, Any]:
        """All else that is needed to go on, as what `json` writes; the history is not in it."""
        return {
            "epoch": self.epoch,
            "batch": self.batch,
            "steps_per_epoch": self.steps_per_epoch,
            "seconds": self.seconds,
            "skipped": [self.skipped_before, self.skipped],
            "means": {"sums": self.means.sums, "count": self.means.count},
            "best": {"epoch": self.best.epoch, "loss": self.best.loss},
            "order": self._order_at_epoch,
            "noise": self.noise.bit_generator.state,
            "precision": self.precision.state(),
        }

    def restore(self, tensors: Mapping[str, Tensor], values: Mapping[str, Any]) -> None:
        """Go on from what `tensors` and `values` gave, and from a checkpoint's ``history``.

        Raises
        ------
        TrainingError
            If it does not fit this run.
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
            if name.startswith(BEST_TENSORS):
                best[name.removeprefix(BEST_TENSORS)] = value
            elif name.startswith(OPTIMISER_TENSORS):
                parameter_name, key = name.removeprefix(OPTIMISER_TENSORS).rsplit(WITHIN, 1)
                moments.setdefault(parameter_name, {})[key] = value
            else:
                own[name] = value
        self.model.load_state_dict(own)
        parameters = dict(self.model.named_parameters())
        for name, kept in moments.items():
            parameter = parameters[name]
            state = self.optimiser.state[parameter] = {}
            for key, value in kept.items():
                # Laid out in memory as its parameter is, which the fused optimiser relies on.
                like = parameter if value.shape == parameter.shape else value
                state[key] = torch.empty_like(like, device=parameter.device).copy_(value)
        self.best.weights, self.best.epoch = best, int(values["best"]["epoch"])
        self.best.loss = float(values["best"]["loss"])
        self.epoch, self.batch = int(values["epoch"]), int(values["batch"])
        self.skipped_before, self.skipped = map(int, values["skipped"])
        self._began = time.monotonic() - float(values["seconds"])
        self.means.sums = dict(values["means"]["sums"])
        self.means.count = int(values["means"]["count"])
        self.order.bit_generator.state = values["order"]
        self._order_at_epoch = copy.deepcopy(values["order"])
        self.noise.bit_generator.state = values["noise"]
        self.precision.restore(values["precision"])


def weights_of(model: nn.Module) -> dict[str, Tensor]:
    """A copy of a model's weights and buffers by name, on the CPU."""
    return {
        name: tensor.detach().to("cpu", memory_format=torch.contiguous_format, copy=True)
        for name, tensor in model.state_dict().items()
    }


def _optimiser(model: ConvVAE, config: TrainingConfig) -> torch.optim.AdamW:
    """AdamW that lets matrices and kernels decay, not biases and norms."""
    parameters, decay = list(model.parameters()), config.regularization.weight_decay
    groups = [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, config.learning_rate, betas=(0.9, 0.99), fused=True)
