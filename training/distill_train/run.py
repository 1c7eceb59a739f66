"""A run from a folder to a file: read, analyse, split, train, export; and export alone.

The order of things, told to a `Listener`. What a progress bar looks like is the command line's
affair.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from distill_live.bundle import Bundle, write_bundle
from distill_live.errors import DistillError, TrainingError, TrainingStopped
from distill_live.files import atomic_write
from distill_live.spectrogram import Statistics
from distill_train.bundling.attribution import Attribution
from distill_train.bundling.bundle_builder import build_bundle
from distill_train.bundling.card import model_card
from distill_train.bundling.evaluation import evaluate_chunks
from distill_train.config import TrainingConfig, config_from_json
from distill_train.corpus.cache import CachePlan
from distill_train.corpus.prepared import PreparedCorpus, prepare_corpus
from distill_train.corpus.spectrogram_cache import SpectrogramCache
from distill_train.output_paths import REPORT, card_path, check_output_path, run_folder
from distill_train.report.previews import Previewer, preview_is_due
from distill_train.training.checkpoint import RunFiles, TrainedModel, load_model
from distill_train.training.devices import torch_device
from distill_train.training.distributed import DistributedContext, processes
from distill_train.training.events import PreviewEvent, TrainingEvent, WarningEvent
from distill_train.training.loop import train
from distill_train.training.model import ConvVAE

SCORED_CHUNKS = 24
"""Chunks, learnt and held out, that a finished model is scored on."""


class Listener:
    """What a run tells while it goes on; every method may be left as it is."""

    def caching(self, plan: CachePlan) -> bool:  # noqa: ARG002
        """The recordings are about to be analysed; False keeps them from it."""
        return True

    def analysed(self, done: int, files: int) -> None:
        """A file is analysed, or left out."""

    def corpus(self, cache: SpectrogramCache) -> None:
        """The recordings are there, analysed."""

    def chunks(self, training: int, validation: int, split_by: str) -> None:
        """It is decided how many chunks are learnt and how many held out."""

    def event(self, event: TrainingEvent) -> None:
        """The training loop tells something."""

    def warning(self, message: str) -> None:
        """Something that the user should know, in one line; while a model trains it is an event."""

    def exporting(self) -> None:
        """The model is trained; its analysis begins."""

    def reporting(self) -> None:
        """The bundle is written; the report begins."""


def prepare(
    folder: Path,
    config: TrainingConfig,
    statistics: Statistics | None = None,
    *,
    listener: Listener | None = None,
) -> PreparedCorpus:
    """Read, analyse and split a folder; the same folder and configuration give the same split.

    Parameters
    ----------
    folder
        Of recordings.
    config
        Of the run.
    statistics
        By default those of the folder.
    listener
        Told what was found.

    Raises
    ------
    TrainingError
        If the folder holds nothing that can be used.
    """
    listener = listener or Listener()
    prepared = prepare_corpus(
        folder,
        config,
        statistics,
        on_plan=listener.caching,
        on_file=listener.analysed,
    )
    listener.corpus(prepared.cache)
    listener.chunks(len(prepared.training), len(prepared.validation), prepared.split_by)
    return prepared


Stopping = AbstractContextManager[Callable[[], bool]]
"""Open while a run trains; gives what says whether it shall stop."""


def train_folder(
    folder: Path,
    out: Path,
    config: TrainingConfig,
    attribution: Attribution,
    listener: Listener | None = None,
    *,
    overwrite: bool = False,
    stopping: Stopping | None = None,
) -> Bundle | None:
    """Learn a folder, and write the bundle to `out` and its card beside it.

    The run's files go to `run_folder(out)`.

    Parameters
    ----------
    folder
        Of recordings.
    out
        The bundle to write.
    config
        Of the run.
    attribution
        Name, author, licence, sources.
    listener
        Told what happens.
    overwrite
        Whether to begin anew where the run's folder holds a run that is not done.
    stopping
        Asked whether to stop while it trains.

    Returns
    -------
    Bundle or None
        None in the other processes where `torchrun` started several.

    Raises
    ------
    DistillError
        What keeps it from doing so, in one line; `TrainingStopped` if it was to stop.
    """
    check_output_path(out)
    if not overwrite:
        RunFiles(run_folder(out)).check_done()
    request = {"out": out.name, **asdict(attribution)}
    run = run_folder(out)
    with processes(config.device) as group:
        _check_device(config, group)
        with _interruptible(lambda: "before training began; run the same command again"):
            prepared = _prepare_in_turn(folder, config, None, listener, group)
        with _interruptible(lambda: _where(run)):
            trained = _train(
                prepared,
                config,
                run,
                folder,
                request,
                listener,
                stopping,
                group,
                resume=False,
                overwrite=overwrite,
            )
    return _finish_run(trained, prepared, out, attribution, listener, run) if group.first else None


def resume_run(
    run: Path,
    audio: Path | None = None,
    listener: Listener | None = None,
    *,
    stopping: Stopping | None = None,
) -> tuple[Bundle, Path] | None:
    """Go on with a run from its latest checkpoint, to the bundle beside the run's folder.

    Parameters
    ----------
    run
        Its folder, such as ``x.run``.
    audio
        Where the recordings are now, if not where they were.
    listener
        Told what happens.
    stopping
        Asked whether to stop while it trains.

    Returns
    -------
    tuple or None
        The bundle, and where it is; None in the other processes where `torchrun` started several.

    Raises
    ------
    DistillError
        What keeps it from doing so, in one line; `TrainingStopped` if it was to stop.
    """
    values = RunFiles(run).read_latest_values()
    try:
        config, statistics = config_from_json(values["config"]), Statistics(**values["statistics"])
        request, summary = dict(values["request"]), dict(values["summary"])
        out = run.resolve().parent / str(request["out"])
        attribution = Attribution(
            *(request[name] for name in ("name", "author", "licence", "sources"))
        )
        folder = audio or Path(values["folder"])
    except (KeyError, TypeError, ValueError) as error:
        raise TrainingError(
            f"{run} is not the folder of a run of distill-train: it lacks {error}"
        ) from None
    _check_recordings(folder)
    check_output_path(out)
    with _interruptible(lambda: _where(run)), processes(config.device) as group:
        _check_device(config, group)
        prepared = _prepare_in_turn(folder, config, statistics, listener, group)
        change = _change(summary, prepared, config)
        if change:
            raise TrainingError(
                f"the recordings in {folder} have changed since the run began: {change}; "
                "put them back, or begin anew"
            )
        trained = _train(
            prepared, config, run, folder, request, listener, stopping, group, resume=True
        )
    if not group.first:
        return None
    return _finish_run(trained, prepared, out, attribution, listener, run), out


def export_checkpoint(
    checkpoint: Path,
    out: Path,
    attribution: Attribution,
    audio: Path | None = None,
    listener: Listener | None = None,
) -> Bundle:
    """Make the bundle of a checkpoint; its recordings are read again, for landmarks and axes.

    Parameters
    ----------
    checkpoint
        Such as ``RUN/best.safetensors``.
    out
        The bundle to write.
    attribution
        Name, author, licence, sources.
    audio
        Where the recordings are now, if not where they were.
    listener
        Told what was found.

    Raises
    ------
    DistillError
        What keeps it from doing so, in one line.
    """
    check_output_path(out)
    trained = load_model(checkpoint)
    folder = audio or Path(trained.folder)
    _check_recordings(folder)
    listener = listener or Listener()
    with _interruptible(lambda: f"before {out} was written; run the same command again"):
        prepared = prepare(folder, trained.config, trained.statistics, listener=listener)
        change = _change(trained.summary, prepared, trained.config)
        if change:
            listener.warning(
                f"the recordings in {folder} have changed since the run began ({change}): what was "
                "held out can no longer be told, so nothing is scored"
            )
        return _finish(trained, prepared, out, attribution, listener, scored=not change)


def _change(summary: Mapping[str, Any], prepared: PreparedCorpus, config: TrainingConfig) -> str:
    """How the recordings differ from those of a run with that summary; empty if they do not."""
    now = _summary(prepared, config)
    for key in ("files", "seconds", "training_chunks", "validation_chunks"):
        if now[key] != summary.get(key):
            return f"{key.replace('_', ' ')} were {summary.get(key)} and are {now[key]}"
    if now["corpus"] != summary.get("corpus", now["corpus"]):
        return "files have other names or lengths"
    return ""


def _check_device(config: TrainingConfig, group: DistributedContext) -> None:
    """Refuse a device that is not there before recordings are read for hours."""
    torch_device(config.device, group.local_rank if group.count > 1 else None)


def _check_recordings(folder: Path) -> None:
    if not folder.is_dir():
        raise TrainingError(
            f"the recordings are no longer in {folder}; say where they are with --audio"
        )


def _prepare_in_turn(
    folder: Path,
    config: TrainingConfig,
    statistics: Statistics | None,
    listener: Listener | None,
    group: DistributedContext,
) -> PreparedCorpus:
    """The first process makes the cache; the others find it."""
    if group.first:
        prepared = prepare(folder, config, statistics, listener=listener)
    group.wait()
    return prepared if group.first else prepare(folder, config, statistics)


def _train(
    prepared: PreparedCorpus,
    config: TrainingConfig,
    run: Path,
    folder: Path,
    request: Mapping[str, str],
    listener: Listener | None,
    stopping: Stopping | None,
    group: DistributedContext,
    *,
    resume: bool,
    overwrite: bool = False,
) -> TrainedModel:
    chunks = prepared.training.unaugmented()
    previewer = Previewer(config, prepared.statistics, chunks, run)

    def preview(model: ConvVAE, epoch: int, epochs: int) -> PreviewEvent | WarningEvent | None:
        due = preview_is_due(epoch, epochs, config.preview_epochs)
        return previewer(model, epoch) if due else None

    with stopping or nullcontext(lambda: False) as cancelled:
        return train(
            config,
            prepared.training,
            prepared.validation,
            prepared.statistics,
            run,
            folder=str(folder.resolve()),
            summary=_summary(prepared, config),
            request=request,
            resume=resume,
            overwrite=overwrite,
            group=group,
            on_event=listener.event if listener else None,
            cancelled=cancelled,
            preview=preview,
        )


@contextmanager
def _interruptible(where: Callable[[], str]) -> Iterator[None]:
    """Turn Ctrl-C into a line that says where it stopped and how to go on."""
    try:
        yield
    except KeyboardInterrupt:
        raise TrainingStopped(f"stopped {where()}") from None


def _where(run: Path) -> str:
    files = RunFiles(run)
    if files.checkpoints() and not files.is_done():
        return f"and the run is kept; go on with 'distill-train resume {run}'"
    return "before training began; run the same command again"


def _finish_run(
    trained: TrainedModel,
    prepared: PreparedCorpus,
    out: Path,
    attribution: Attribution,
    listener: Listener | None,
    run: Path,
) -> Bundle:
    """Make what a trained run is to end in; whatever keeps it from that, the run stays."""
    listener, remedy = listener or Listener(), f"finish it with 'distill-train resume {run}'"
    with _interruptible(lambda: f"before {out} was written; the trained run is kept, {remedy}"):
        try:
            bundle = _finish(trained, prepared, out, attribution, listener)
            RunFiles(run).mark_done(out.name)
        except Exception as error:
            known = isinstance(error, DistillError)
            reason = str(error) if known else f"internal error: {type(error).__name__}: {error}"
            raise TrainingError(f"{reason}; the trained run is kept, {remedy}") from error
    with _interruptible(lambda: f"before the report was made; {out} is written"):
        _report(run, trained, prepared, bundle, listener)
    return bundle


def _finish(
    trained: TrainedModel,
    prepared: PreparedCorpus,
    out: Path,
    attribution: Attribution,
    listener: Listener,
    *,
    scored: bool = True,
) -> Bundle:
    """Make and write the bundle and its card."""
    listener.exporting()
    bundle = build_bundle(trained, prepared.recordings, prepared.files, attribution)
    if scored:
        bundle = replace(bundle, training={**bundle.training, **_scores(trained, prepared)})
    write_bundle(bundle, out)
    with atomic_write(card_path(out), TrainingError) as temporary:
        temporary.write_text(model_card(bundle), encoding="utf-8")
    return bundle


def _report(
    run: Path,
    trained: TrainedModel,
    prepared: PreparedCorpus,
    bundle: Bundle,
    listener: Listener,
) -> None:
    from distill_train.report.write import report_or_warning  # it takes its time to import

    listener.reporting()
    warning = report_or_warning(run / REPORT, trained, prepared, bundle)
    if warning:
        listener.event(warning)


def _scores(trained: TrainedModel, prepared: PreparedCorpus) -> dict[str, float]:
    learnt, held_out = prepared.training.unaugmented(), prepared.validation
    found = {}
    for which, chunks in (("training", learnt), ("validation", held_out)):
        scores = evaluate_chunks(trained, chunks, prepared.cache.sound, SCORED_CHUNKS)
        if scores:
            found[f"{which}_distance_db"] = round(float(scores.model.mean()), 3)
            found[f"{which}_representation_db"] = round(float(scores.representation.mean()), 3)
    return found


def _summary(prepared: PreparedCorpus, config: TrainingConfig) -> dict[str, str | int | float]:
    return {
        "files": len(prepared.files),
        "files_skipped": len(prepared.cache.skipped),
        "seconds": round(prepared.cache.seconds, 2),
        "corpus": prepared.fingerprint,
        "training_chunks": len(prepared.training),
        "validation_chunks": len(prepared.validation),
        "split_by": prepared.split_by,
        "batch_size": config.batch_size,
        "learning_rate": config.learning_rate,
        "seed": config.seed,
    }
