"""When a run's state and best model are written, and what happens if they cannot be.

A checkpoint that fails while there is more to come is a warning; the last one is an error.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from distill_live.errors import TrainingError
from distill_live.spectrogram import Statistics
from distill_train.config import TrainingConfig
from distill_train.training.interrupts import undisturbed
from distill_train.training.model import ConvVAE
from distill_train.training.run_files import RunFiles
from distill_train.training.state import TrainState
from distill_train.training.trained import Summary, TrainedModel, model_values


class Saving:
    """Writes a run's checkpoints and its best model.

    Parameters
    ----------
    files
        The run's folder.
    state
        Of the run.
    known
        What stays as it is: everything of a `TrainedModel` but model and history.
    epochs
        Of the run.
    request
        Kept in each checkpoint to go on from.
    warn
        Called with a line when something could not be written.
    """

    def __init__(
        self,
        files: RunFiles,
        state: TrainState,
        known: tuple[TrainingConfig, Statistics, str, Summary],
        epochs: int,
        request: Mapping[str, str],
        warn: Callable[[str], None],
    ) -> None:
        self._files, self._state, self._epochs = files, state, epochs
        self._config, self._statistics, self._folder, self._summary = known
        self._request, self._warn = dict(request), warn
        self._best_on_disk: int | None = None
        self._saved_at = time.monotonic()
        self._failed = False
        self._last_summary: Summary = {}

    def model(self, weights: Mapping[str, Tensor]) -> TrainedModel:
        """A model of this run with the given weights, on the CPU."""
        with torch.random.fork_rng(devices=[]):  # first weights are drawn, to be replaced
            model = ConvVAE(
                self._config.model, self._config.spectrogram, self._config.regularization.dropout
            )
        model.load_state_dict(weights)
        return TrainedModel(
            model.eval(),
            self._config,
            self._statistics,
            self._folder,
            self._current_summary(),
            self._state.history,
        )

    def save_if_due(self) -> None:
        """Save if the last time was long enough ago; warn if it cannot be done."""
        if time.monotonic() - self._saved_at >= self._config.checkpoint_seconds:
            self.try_to_save()

    def try_to_save(self) -> None:
        """Save; warn if it cannot be done, once until it can again."""
        try:
            self.save()
        except (TrainingError, MemoryError) as error:
            if not self._failed:
                self._warn(f"no checkpoint for now: {error}")
            self._failed = True

    def save(self) -> None:
        """Write a checkpoint to go on from, and the best model if it is another one.

        An interrupt meanwhile takes effect when both are written.

        Raises
        ------
        TrainingError
            If one of them cannot be written.
        """
        state = self._state
        self._saved_at = time.monotonic()
        values = self._values()
        going_on = {
            "state": state.values(),
            "request": self._request,
            "finished": state.epoch > self._epochs,
        }
        with undisturbed():
            self._files.write(state.step, state.tensors(), values | going_on)
            if state.best.epoch != self._best_on_disk and state.best.weights:
                self._files.write_best(state.best.weights, values)
                self._best_on_disk = state.best.epoch
        self._failed = False

    def finish(self) -> TrainedModel:
        """Write the best model and the last checkpoint, and give the model back.

        Raises
        ------
        TrainingError
            If they cannot be written, or no step was finite.
        """
        if not self._state.best.weights:
            raise TrainingError("no step was finite; lower the learning rate")
        self._best_on_disk, self._last_summary = None, self._current_summary()
        self.save()
        return self.model(self._state.best.weights)

    def _values(self) -> dict[str, Any]:
        return model_values(
            self._config,
            self._statistics,
            self._folder,
            self._current_summary(),
            self._state.history,
        )

    def _current_summary(self) -> Summary:
        if self._last_summary:
            return self._last_summary
        state, summary = self._state, dict(self._summary)
        if state.best.weights:
            summary |= {"best_epoch": state.best.epoch, "best_loss": state.best.loss}
        return summary | {
            "skipped_steps": state.all_skipped,
            "minutes": round(state.seconds / 60, 2),
        }
