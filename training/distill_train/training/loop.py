"""Training loop: from initial weights to the best model."""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from distill_live.errors import TrainingError, TrainingStopped
from distill_live.spectrogram import Statistics
from distill_train.config import TrainingConfig
from distill_train.corpus.dataset import ChunkDataset
from distill_train.training.checkpoint import RunFiles, Summary, TrainedModel
from distill_train.training.diagnostics import Diagnostics
from distill_train.training.distributed import ALONE, DistributedContext
from distill_train.training.events import (
    EpochMetrics,
    PreviewEvent,
    ResumedEvent,
    TrainingCompleteEvent,
    TrainingEvent,
    WarningEvent,
)
from distill_train.training.model import ConvVAE, padded_size
from distill_train.training.planner import StepPlanner
from distill_train.training.schedule import Schedule
from distill_train.training.state import Checkpointer, TrainState, weights_of
from distill_train.training.step import Trainer


def train(
    config: TrainingConfig,
    training: ChunkDataset,
    validation: ChunkDataset,
    statistics: Statistics,
    files: RunFiles,
    *,
    folder: str | list[str],
    summary: Summary,
    request: Mapping[str, Any] | None = None,
    resume: bool = False,
    checkpoint: Path | None = None,
    overwrite: bool = False,
    group: DistributedContext = ALONE,
    on_event: Callable[[TrainingEvent], None] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
    preview: Callable[[ConvVAE, int, int], PreviewEvent | WarningEvent | None] | None = None,
) -> TrainedModel:
    """Train a model and return the best one, which is also saved in the run's folder.

    On the CPU of one machine, the same arguments give the same weights, however often the run is
    stopped and resumed; with a time limit, the number of steps depends on their speed.

    Parameters
    ----------
    config
        Configuration of the run.
    training, validation
        Chunks of the two parts of the corpus. The best model is the one with the lowest
        reconstruction loss on the whole corpus: the mean over both, weighted by their numbers of
        chunks. (`validation` alone, a few files of a small corpus, would select a model that has
        hardly fitted the others.)
    statistics
        Statistics of the corpus.
    files
        Files of the run; its folder exists, and is locked by the first process.
    folder, summary, request
        Stored in each checkpoint: the recordings, facts about the run, and what the caller
        needs to resume.
    resume
        Whether to continue from a checkpoint. If `config` has another time limit or number of
        epochs than the checkpoint, the rest of the run is planned anew.
    checkpoint
        Checkpoint to continue from; later ones in the folder are removed. By default the latest.
    overwrite
        Whether to replace an incomplete run in the folder.
    group
        The processes that train together. All call this with the same arguments and access the same
        folder; the first one's model is the result.
    on_event
        Called with every event, in the first process.
    cancelled
        Polled after every step, during validation, and at the end; if true, the run is saved and
        stops.
    preview
        Called after each epoch with the model, the epoch and the number of epochs; makes a preview
        if one is due, and leaves the model unchanged.

    Raises
    ------
    TrainingStopped
        If it was cancelled.
    TrainingError
        If there are too few chunks, the device is missing, the folder cannot be written, its
        checkpoint does not fit, or no step was finite.
    """
    if len(training) < max(group.count, 1):
        raise TrainingError(
            f"there are {len(training)} chunks to train on; hold out less, or add recordings"
        )
    schedule = Schedule(config, len(training))
    _check_shares(config, schedule, group.count)
    device = group.device(config.device)

    with torch.random.fork_rng(devices=[]):
        state = TrainState(config, device, schedule)
        summary = {**summary, "epochs": state.epochs, "device": device.type}

        def emit(event: TrainingEvent) -> None:
            if group.first:
                state.history.add(_relative(event, files.folder))
                if on_event:
                    on_event(event)

        def warn(message: str) -> None:
            emit(WarningEvent(state.epoch, message))

        def emit_completion(*, cancelled: bool) -> None:
            skipped, best = state.all_skipped, state.best.epoch_and_loss
            progress = state.step, state.plan.steps, skipped
            emit(TrainingCompleteEvent(cancelled, *progress, *best, state.seconds))

        initial = TrainedModel(state.model, config, statistics, folder, summary)
        checkpointer = Checkpointer(files, state, initial, request or {}, warn)
        if resume:
            group.wait()  # all read the same checkpoint
            tensors, values, unreadable = files.read_latest(checkpoint)
            state.restore(tensors, values)
            known = values["config"]
            limits = known.get("epochs"), known.get("minutes")
            replanned = (config.epochs, config.minutes) != limits
            if replanned:
                state.plan_rest(schedule)
            if group.first:
                files.reopen(config, done=state.epoch > state.epochs)
                if checkpoint:
                    files.remove_checkpoints_after(state.step)
                    checkpointer.save()
            done = min(state.epoch, state.epochs), state.epochs, state.step, state.plan.steps
            emit(ResumedEvent(*done, *state.best.epoch_and_loss))
            for reason in unreadable:
                warn(f"{reason}; an earlier checkpoint was taken")
            if group.first and (replanned or config.device != known.get("device")):
                checkpointer.try_to_save()  # they last if this process dies soon
        elif group.first:
            files.begin(config, overwrite=overwrite)
            checkpointer.try_to_save()
        group.wait()
        trainer = Trainer(config, statistics, schedule, state, group)
        planner = StepPlanner(config, state, len(validation)) if config.minutes else None
        diagnostics = Diagnostics(config)
        for metrics in state.history.epochs:
            diagnostics.check(metrics)  # warnings already given are not repeated

        def stop_if_asked() -> None:
            (stop,) = group.any(cancelled())
            if not stop:
                return
            if group.first:
                checkpointer.save()
                emit_completion(cancelled=True)
            raise TrainingStopped(
                f"stopped in epoch {min(state.epoch, state.epochs)} of {state.epochs}, after "
                f"{state.step} of {state.plan.steps} steps; {files.continuation()}"
            )

        def plan_if_due() -> None:
            if not planner:
                return
            (due,) = group.any(group.first and planner.due)
            if not due:
                return
            (steps,) = group.sums([planner.steps() if group.first else 0])  # by the first's clock
            state.plan = state.plan.replaced(state.step, round(steps))
            if warning := planner.warning():
                warn(warning)

        while state.epoch <= state.epochs:
            trainer.begin_epoch()
            for batch in training.random_batches(
                config.batch_size, state.order, first=state.batch, share=group.share
            ):
                if state.step >= state.plan.steps:
                    break  # the time ends within an epoch
                emit(trainer.step(batch))
                stop_if_asked()
                if group.first:
                    checkpointer.save_if_due()
                if planner:
                    planner.step_done()
                plan_if_due()

            training_means = state.means.result()
            validation_means = trainer.validate(validation, cancelled) if group.first else {}
            stop_if_asked()  # a resumed run validates this epoch again
            if group.first:
                loss = _whole_loss(training_means, validation_means, len(training), len(validation))
                left_s = state.history.seconds_left
                if planner and left_s is not None:  # steps are planned once some were timed
                    left_s = min(left_s, planner.limit_left_s)
                metrics = EpochMetrics(
                    epoch=state.epoch,
                    epochs=state.epochs,
                    training=training_means,
                    validation=validation_means,
                    skipped_steps=state.skipped,
                    best=state.best.offer(state.model, state.epoch, loss),
                    seconds=state.seconds,
                    learning_rate=trainer.learning_rate,
                    seconds_left=left_s,
                )
                emit(metrics)
                for message in diagnostics.check(metrics):
                    warn(message)
                preview_event = preview(state.model, state.epoch, state.epochs) if preview else None
                if preview_event:
                    emit(preview_event)
            state.next_epoch()
            if planner:
                planner.epoch_done()
            plan_if_due()

        stop_if_asked()
        if not group.first:
            return checkpointer.model(weights_of(state.model))
        trained = checkpointer.finish()
        emit_completion(cancelled=False)
        return trained


def _check_shares(config: TrainingConfig, schedule: Schedule, processes: int) -> None:
    """Raise if a process would get too few chunks of a batch for batch norm."""
    n_mels, n_frames = config.spectrogram.shape[1:]
    one_value = padded_size(n_mels) == padded_size(n_frames) == 32  # per channel, in the last block
    needed = processes * (2 if one_value else 1)
    smallest = schedule.batch_chunks(schedule.steps_per_epoch - 1)
    if smallest < needed:
        raise TrainingError(
            f"the smallest batch has {smallest} chunks where {processes} processes need {needed}; "
            "set a larger batch_size, start fewer processes, or add recordings"
        )


def _relative(event: TrainingEvent, run_folder: Path) -> TrainingEvent:
    """Event for the history: a preview's path relative to the run's folder."""
    if isinstance(event, PreviewEvent) and event.path.is_relative_to(run_folder):
        return replace(event, path=event.path.relative_to(run_folder))
    return event


def _whole_loss(
    training_means: dict[str, float],
    validation_means: dict[str, float],
    training_chunks: int,
    validation_chunks: int,
) -> float:
    """Mean reconstruction loss over all chunks; infinite if no training step was finite."""
    if not training_means:
        return math.inf
    total = training_chunks * training_means["reconstruction"]
    if validation_means:
        total += validation_chunks * validation_means["reconstruction"]
    return total / (training_chunks + validation_chunks)
