"""Python interface of the trainer: `train`, `resume`, `watch`, `inspect` and `export`.

Exported lazily by `distill_train`. Unlike the command line, it handles no signals.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from distill_live.bundle import Bundle
from distill_train.bundling.attribution import Attribution
from distill_train.config import TrainingConfig
from distill_train.corpus.audio import Source, find_files
from distill_train.inspection import Inspection, inspect_corpus
from distill_train.run import (
    Hooks,
    export_attribution,
    export_checkpoint,
    resume_run,
    train_run,
)
from distill_train.training.event_log import LoggedEvent, follow_events
from distill_train.training.events import TrainingEvent

AnyPath = str | os.PathLike[str]
Recordings = AnyPath | Iterable[AnyPath]
"""A folder, searched recursively, or sound files."""

OnEvent = Callable[[TrainingEvent], None]


def train(
    recordings: Recordings,
    config: TrainingConfig | None = None,
    *,
    out: AnyPath | None = None,
    author: str = "",
    licence: str = "",
    sources: str = "",
    overwrite: bool = False,
    wait: bool = False,
    install: bool = False,
    force: bool = False,
    on_event: OnEvent | None = None,
) -> Bundle | None:
    """Train a model, and write its bundle, card and run folder.

    Parameters
    ----------
    recordings
        A folder or sound files.
    config
        Configuration of the run.
    out
        Path of the bundle, ``x.distill``; by default the folder's name, in the working directory.
    author, licence, sources
        Texts stored in the bundle.
    overwrite
        Whether to replace an incomplete run with this output.
    wait
        Whether to wait until no other run trains on this machine.
    install, force
        Whether to copy the bundle to the library, and to replace a model of its name there.
    on_event
        Called with every event of reading, caching, training and export.

    Returns
    -------
    Bundle or None
        None in processes of `torchrun` other than the first.

    Raises
    ------
    DistillError
        If training failed; `TrainingStopped` on Ctrl-C.
    """
    source = _source(recordings)
    path = Path(out) if out else Path(f"{find_files(source).folder.resolve().name}.distill")
    attribution = Attribution.of(path, author, licence, sources)
    settings = config or TrainingConfig()
    return train_run(
        source,
        path,
        settings,
        attribution,
        _hooks(on_event),
        overwrite=overwrite,
        wait=wait,
        install=install,
        force=force,
    )


def resume(
    run: AnyPath,
    recordings: Recordings | None = None,
    *,
    checkpoint: AnyPath | None = None,
    device: str | None = None,
    epochs: int | None = None,
    minutes: float | None = None,
    wait: bool = False,
    install: bool = False,
    force: bool = False,
    on_event: OnEvent | None = None,
) -> Bundle | None:
    """Continue a stopped run or extend a finished one, and write its bundle.

    Parameters
    ----------
    run
        Folder of the run, ``x.run``.
    recordings
        A folder or sound files, if they were moved.
    checkpoint
        Checkpoint to continue from, one of the run's own or of a run elsewhere; by default the
        latest.
    device
        Device to continue on.
    epochs, minutes
        New limit of the run, its earlier sessions included; at most one of them.
    wait
        Whether to wait until no other run trains on this machine.
    install, force
        Whether to copy the bundle to the library, and to replace a model of its name there.
    on_event
        Called with every event.

    Raises
    ------
    DistillError
        If training failed; `TrainingStopped` on Ctrl-C.
    """
    source = None if recordings is None else _source(recordings)
    done = resume_run(
        Path(run),
        source,
        _hooks(on_event),
        checkpoint=None if checkpoint is None else Path(checkpoint),
        device=device,
        epochs=epochs,
        minutes=minutes,
        wait=wait,
        install=install,
        force=force,
    )
    return done[0] if done else None


def watch(run: AnyPath) -> Iterator[LoggedEvent]:
    """Events of a run that any process trains, from its beginning and as they come, until it ends.

    Raises
    ------
    TrainingError
        If there is no such run, or its process was killed.
    """
    return follow_events(Path(run))


def inspect(recordings: Recordings, config: TrainingConfig | None = None) -> Inspection:
    """Measure recordings and estimate the training effort; write nothing.

    Raises
    ------
    TrainingError
        If there is no usable recording.
    """
    return inspect_corpus(_source(recordings), config or TrainingConfig())


def export(
    checkpoint: AnyPath,
    out: AnyPath,
    recordings: Recordings | None = None,
    *,
    author: str | None = None,
    licence: str | None = None,
    sources: str | None = None,
    install: bool = False,
    force: bool = False,
    on_event: OnEvent | None = None,
) -> Bundle:
    """Write the bundle of a checkpoint.

    Parameters
    ----------
    checkpoint
        Checkpoint such as ``x.run/best.safetensors``.
    out
        Path of the bundle, ``x.distill``.
    recordings
        A folder or sound files, if they were moved.
    author, licence, sources
        Texts stored in the bundle; by default those of the run.
    install, force
        Whether to copy the bundle to the library, and to replace a model of its name there.
    on_event
        Called with every event.

    Raises
    ------
    DistillError
        If the export failed.
    """
    path = Path(out)
    source = None if recordings is None else _source(recordings)
    attribution = export_attribution(Path(checkpoint), path, author, licence, sources)
    return export_checkpoint(
        Path(checkpoint), path, attribution, source, _hooks(on_event), install=install, force=force
    )


def _source(recordings: Recordings) -> Source:
    if isinstance(recordings, str | os.PathLike):
        return Path(recordings)
    return [Path(path) for path in recordings]


def _hooks(on_event: OnEvent | None) -> Hooks:
    return Hooks(on_event) if on_event else Hooks()
