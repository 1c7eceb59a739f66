"""The training loop, from first weights to the best model, readable from top to bottom.

It knows epochs, events and a run's folder. Where the chunks come from, what progress looks like
and what becomes of the model are its caller's affair.
"""

import math
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import torch

from distill_live.errors import TrainingError, TrainingStopped
from distill_live.spectrogram import Statistics
from distill_train.config import TrainingConfig
from distill_train.corpus.dataset import ChunkDataset
from distill_train.training.devices import torch_device
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
from distill_train.training.run_files import RunFiles, open_run
from distill_train.training.saving import Saving
from distill_train.training.schedule import Schedule
from distill_train.training.state import TrainState, weights_of
from distill_train.training.step import Learning
from distill_train.training.trained import Summary, TrainedModel


def train(
    config: TrainingConfig,
    training: ChunkDataset,
    validation: ChunkDataset,
    statistics: Statistics,
    run_folder: Path,
    *,
    folder: str,
    summary: Summary,
    request: Mapping[str, str] | None = None,
    resume: bool = False,
    overwrite: bool = False,
    group: DistributedContext = ALONE,
    on_event: Callable[[TrainingEvent], None] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
    preview: Callable[[ConvVAE, int, int], PreviewEvent | WarningEvent | None] | None = None,
) -> TrainedModel:
    """Train a model and give back the best one, which is also in `run_folder`.

    On the CPU of one machine, the same arguments give the same weights, however often the run is
    stopped and resumed.

    Parameters
    ----------
    config
        Of the run.
    training, validation
        What is learnt, and what is only looked at. The best model is the one with the lowest
        reconstruction loss on the whole corpus: the means on both, by their numbers of chunks. (On
        `validation` alone, a small corpus' few held-out files would choose a model that has hardly
        begun to know the others.)
    statistics
        Of the corpus.
    run_folder
        Where checkpoints and the configuration are written; made if need be.
    folder, summary, request
        Kept in each checkpoint: the recordings' folder, figures beside the run's own, and whatever
        the caller needs to go on.
    resume
        Whether to go on from the latest checkpoint in `run_folder`.
    overwrite
        Whether to begin anew where `run_folder` holds a run that is not done.
    group
        The processes that train together. All call this alike, and reach the same `run_folder`; the
        first one's model is the result.
    on_event
        Called with every event, in the first process.
    cancelled
        Asked after every step, while held-out chunks are looked at, and at the end; where it says
        so, the run is saved and stops.
    preview
        Called with the model, an epoch that has ended and how many there are; makes a preview if
        one is due, and changes nothing.

    Raises
    ------
    TrainingStopped
        If it was cancelled.
    TrainingError
        If there is too little to train on, the device is not there, the folder cannot be written,
        another run is in it, its checkpoint does not fit, or no step at all was finite.
    """
    if len(training) < max(group.count, 1):
        raise TrainingError(
            f"there are {len(training)} chunks to train on; hold out less, or add recordings"
        )
    schedule = Schedule(config, len(training))
    _check_shares(config, schedule, group.count)
    device = torch_device(config.device, group.local_rank if group.count > 1 else None)
    epochs, steps = schedule.epochs, schedule.steps
    summary = {**summary, "epochs": epochs, "device": device.type}

    with ExitStack() as stack:
        stack.enter_context(torch.random.fork_rng(devices=[]))
        files = stack.enter_context(open_run(run_folder)) if group.first else RunFiles(run_folder)
        state = TrainState(config, device, schedule.steps_per_epoch)

        def tell(event: TrainingEvent) -> None:
            if group.first:
                state.history.add(_within(event, run_folder))
                if on_event:
                    on_event(event)

        def warn(message: str) -> None:
            tell(WarningEvent(state.epoch, message))

        known = config, statistics, folder, summary
        saving = Saving(files, state, known, epochs, request or {}, warn)
        if resume:
            group.wait()  # all read the same checkpoint
            tensors, values, unreadable = files.latest()
            state.restore(tensors, values)
            best = (state.best.epoch, state.best.loss) if state.best.weights else (None, None)
            tell(ResumedEvent(min(state.epoch, epochs), epochs, state.step, steps, *best))
            for reason in unreadable:
                warn(f"{reason}; an earlier checkpoint was taken")
        elif group.first:
            files.begin(config, overwrite=overwrite)
            saving.try_to_save()
        group.wait()
        learning = Learning(config, statistics, schedule, state, group)
        watch = Diagnostics(config)
        for metrics in state.history.epochs:
            watch.look(metrics)  # what was said before is not said again

        def stop_if_asked() -> None:
            (stop,) = group.any(cancelled())
            if not stop:
                return
            if group.first:
                saving.save()
                tell(_complete(state, steps, cancelled=True))
            raise TrainingStopped(
                f"stopped in epoch {min(state.epoch, epochs)} of {epochs}, after {state.step} of "
                f"{steps} steps; go on with 'distill-train resume {run_folder}'"
            )

        while state.epoch <= epochs:
            learning.begin_epoch()
            for batch in training.random_batches(
                config.batch_size, state.order, first=state.batch, share=group.share
            ):
                tell(learning.step(batch))
                stop_if_asked()
                if group.first:
                    saving.save_if_due()

            learnt = state.means.result()
            held_out = learning.validate(validation, cancelled) if group.first else {}
            stop_if_asked()  # the look at what is held out is taken anew when the run goes on
            if group.first:
                loss = _whole_loss(learnt, held_out, len(training), len(validation))
                metrics = EpochMetrics(
                    epoch=state.epoch,
                    epochs=epochs,
                    training=learnt,
                    validation=held_out,
                    skipped_steps=state.skipped,
                    best=state.best.offer(state.model, state.epoch, loss),
                    seconds=state.seconds,
                )
                tell(metrics)
                for message in watch.look(metrics):
                    warn(message)
                heard = preview(state.model, state.epoch, epochs) if preview else None
                if heard:
                    tell(heard)
            state.next_epoch()

        stop_if_asked()
        if not group.first:
            return saving.model(weights_of(state.model))
        trained = saving.finish()
        tell(_complete(state, steps, cancelled=False))
        return trained


def _check_shares(config: TrainingConfig, schedule: Schedule, processes: int) -> None:
    """Refuse batches of which a process would have no share, or too little for batch norm."""
    n_mels, n_frames = config.spectrogram.shape[1:]
    one_value = padded_size(n_mels) == padded_size(n_frames) == 32  # a channel, in the last block
    needed = processes * (2 if one_value else 1)
    smallest = schedule.batch_chunks(schedule.steps_per_epoch - 1)
    if smallest < needed:
        raise TrainingError(
            f"the smallest batch has {smallest} chunks where {processes} processes need {needed}; "
            "set a larger batch_size, start fewer processes, or add recordings"
        )


def _within(event: TrainingEvent, run_folder: Path) -> TrainingEvent:
    """The event as the history keeps it: a preview's path is below the run's folder."""
    if isinstance(event, PreviewEvent) and event.path.is_relative_to(run_folder):
        return replace(event, path=event.path.relative_to(run_folder))
    return event


def _complete(state: TrainState, steps: int, *, cancelled: bool) -> TrainingCompleteEvent:
    found = bool(state.best.weights)
    return TrainingCompleteEvent(
        cancelled=cancelled,
        step=state.step,
        steps=steps,
        skipped_steps=state.all_skipped,
        best_epoch=state.best.epoch if found else None,
        best_loss=state.best.loss if found else None,
        seconds=state.seconds,
    )


def _whole_loss(
    learnt: dict[str, float], held_out: dict[str, float], learnt_chunks: int, held_out_chunks: int
) -> float:
    """Mean reconstruction loss over learnt and held-out chunks; infinite if none was learnt."""
    if not learnt:
        return math.inf
    total = learnt_chunks * learnt["reconstruction"]
    if held_out:
        total += held_out_chunks * held_out["reconstruction"]
    return total / (learnt_chunks + held_out_chunks)
