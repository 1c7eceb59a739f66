"""Training runs: from recordings to bundle and report, resumed runs, and export of a checkpoint."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from distill_live.bundle import Bundle, write_bundle
from distill_live.errors import DistillError, TrainingError, TrainingStopped
from distill_live.files import atomic_write
from distill_live.library import import_model, import_target
from distill_live.spectrogram import Statistics
from distill_train.bundling.attribution import Attribution
from distill_train.bundling.bundle_builder import build_bundle, check_exportable
from distill_train.bundling.card import model_card
from distill_train.bundling.evaluation import evaluate_chunks
from distill_train.config import TrainingConfig, config_from_checkpoint
from distill_train.corpus.audio import Source, source_from_json, source_to_json
from distill_train.corpus.cache import CachePlan
from distill_train.corpus.training_data import PreparedCorpus, prepare_corpus
from distill_train.output_paths import (
    EVENTS,
    LOCK,
    REPORT,
    RUN,
    argument,
    bundle_path,
    card_path,
    check_output_path,
    is_locked,
    run_folder,
)
from distill_train.report.previews import Previewer, preview_is_due
from distill_train.run_queue import queued
from distill_train.training.checkpoint import (
    RunFiles,
    Summary,
    TrainedModel,
    load_model,
    open_run,
    read_values,
)
from distill_train.training.distributed import DistributedContext, is_first_process, processes
from distill_train.training.event_log import EventLog, SessionEnded, SessionStarted
from distill_train.training.events import (
    AnalysisProgress,
    CorpusEvent,
    ExportProgress,
    InstallEvent,
    PreviewEvent,
    StageEvent,
    TrainingEvent,
    WaitingEvent,
    WarningEvent,
)
from distill_train.training.loop import train
from distill_train.training.model import ConvVAE

SCORED_CHUNKS = 24
"""Number of training chunks, and of validation chunks, that a finished model is scored on."""


@dataclass(frozen=True)
class Hooks:
    """Callbacks of a run.

    Attributes
    ----------
    on_event
        Called with every event. An exception that it raises ends the run.
    confirm
        Called before a cache is built; False refuses.
    cancellation
        Entered while the model trains; its value is polled, and stops the run if true.
    """

    on_event: Callable[[TrainingEvent], None] = lambda _: None
    confirm: Callable[[CachePlan], bool] = lambda _: True
    cancellation: AbstractContextManager[Callable[[], bool]] = field(
        default_factory=lambda: nullcontext(lambda: False)
    )


def train_run(
    source: Source,
    out: Path,
    config: TrainingConfig,
    attribution: Attribution,
    hooks: Hooks | None = None,
    *,
    overwrite: bool = False,
    wait: bool = False,
    install: bool = False,
    force: bool = False,
) -> Bundle | None:
    """Train on recordings; write the bundle to `out`, its card and the run's folder beside it.

    Parameters
    ----------
    source
        Recordings: a folder or a list of files.
    out
        Path of the bundle.
    config
        Configuration of the run.
    attribution
        Name, author, licence and sources of the bundle.
    hooks
        Callbacks.
    overwrite
        Whether to replace an incomplete run in the run's folder.
    wait
        Whether to wait until no other run trains on this machine.
    install, force
        Whether to copy the bundle to the library, and to replace a model of its name there.

    Returns
    -------
    Bundle or None
        None in processes of `torchrun` other than the first.

    Raises
    ------
    TrainingStopped
        If the run was cancelled or interrupted.
    DistillError
        If it failed.
    """
    check_output_path(out)
    if install:
        import_target(out.name, force=force)  # fails before training
    if not overwrite:
        RunFiles(run_folder(out)).check_done()
    if is_first_process():
        with _interruptible(lambda: "before training began; run the same command again"):
            check_exportable(config)
    with _session(source, run_folder(out), hooks or Hooks(), resumed=False, wait=wait) as logged:
        run = _Run(source, out, run_folder(out), config, attribution, logged, install, force)
        with processes(config.device) as group:
            group.device(config.device)  # fails before recordings are read for hours
            with _interruptible(lambda: "before training began; run the same command again"):
                prepared = run.prepare(group)
            with _interruptible(run.state):
                trained = run.train(prepared, group, overwrite=overwrite)
        return run.finish(trained, prepared) if group.first else None


def resume_run(
    folder: Path,
    source: Source | None = None,
    hooks: Hooks | None = None,
    *,
    checkpoint: Path | None = None,
    device: str | None = None,
    epochs: int | None = None,
    minutes: float | None = None,
    wait: bool = False,
    install: bool = False,
    force: bool = False,
) -> tuple[Bundle, Path] | None:
    """Continue or extend a run; write the bundle beside the run's folder.

    Parameters
    ----------
    folder
        Folder of the run, such as ``x.run``.
    source
        Recordings, if they were moved.
    hooks
        Callbacks.
    checkpoint
        Checkpoint to continue from: one of the folder's own, whose later ones are removed, or one
        of a run elsewhere, for a folder without a run. By default the latest.
    device
        Device to continue on.
    epochs, minutes
        New limit of the run, its earlier sessions included; at most one of them. The schedule is
        then that of a run with this limit.
    wait, install, force
        As in `train_run`; a run that began with `install` keeps it.

    Returns
    -------
    tuple or None
        The bundle and its path; None in processes of `torchrun` other than the first.

    Raises
    ------
    TrainingStopped
        If the run was cancelled or interrupted.
    DistillError
        If it failed.
    """
    files = RunFiles(folder)
    moved = checkpoint is not None and checkpoint.resolve().parent != folder.resolve()
    if moved:
        _check_new_run(files)
    values = read_values(checkpoint) if checkpoint else files.read_latest_values()
    try:
        config, statistics = (
            config_from_checkpoint(values["config"]),
            Statistics(**values["statistics"]),
        )
        request, summary = dict(values["request"]), dict(values["summary"])
        _ = values["state"]  # a best model has none
        out = bundle_path(folder)
        texts = [request[name] for name in ("author", "licence", "sources")]
        attribution = Attribution.of(out, *texts) if moved else Attribution(request["name"], *texts)
        source = source or source_from_json(values["folder"])
    except (KeyError, TypeError, ValueError) as error:
        raise TrainingError(
            f"{checkpoint or folder} holds no run of distill-train to continue: it lacks {error}"
        ) from None
    if epochs is not None:
        config = replace(config, epochs=epochs, minutes=0.0)
    if minutes is not None:
        config = replace(config, minutes=minutes)
    config = replace(config, device=device or config.device)
    install = install or bool(request.get("install"))
    _check_recordings(source)
    check_output_path(out)
    if install:
        import_target(out.name, force=force)
    with _session(source, folder, hooks or Hooks(), resumed=True, wait=wait) as logged:
        run = _Run(source, out, folder, config, attribution, logged, install, force)
        with _interruptible(run.state), processes(config.device) as group:
            group.device(config.device)  # fails before recordings are read for hours
            prepared = run.prepare(group, statistics)
            change = _change(summary, prepared, config)
            if change:
                raise TrainingError(
                    f"the recordings in {prepared.cache.folder} have changed since the run began: "
                    f"{change}; put them back, or start again"
                )
            trained = run.train(prepared, group, resume=True, checkpoint=checkpoint)
        return (run.finish(trained, prepared), out) if group.first else None


def export_attribution(
    checkpoint: Path,
    out: Path,
    author: str | None = None,
    licence: str | None = None,
    sources: str | None = None,
) -> Attribution:
    """Texts of the bundle `out` of a checkpoint; those that are None are its run's.

    Raises
    ------
    DistillError
        If the file is no checkpoint, or a text is too long or cannot be printed.
    """
    given = {"author": author, "licence": licence, "sources": sources}
    request = _request(checkpoint) if None in given.values() else {}
    texts = [request.get(name, "") if text is None else text for name, text in given.items()]
    return Attribution.of(out, *texts)


def export_checkpoint(
    checkpoint: Path,
    out: Path,
    attribution: Attribution,
    source: Source | None = None,
    hooks: Hooks | None = None,
    *,
    install: bool = False,
    force: bool = False,
) -> Bundle:
    """Write the bundle of a checkpoint; its recordings are read for landmarks and axes.

    Parameters
    ----------
    checkpoint
        Checkpoint such as ``RUN/best.safetensors``.
    out
        Path of the bundle.
    attribution
        Name, author, licence and sources of the bundle.
    source
        Recordings, if they were moved.
    hooks
        Callbacks.
    install, force
        As in `train_run`.

    Raises
    ------
    DistillError
        If it failed.
    """
    check_output_path(out)
    if install:
        import_target(out.name, force=force)
    trained = load_model(checkpoint)
    config, hooks = trained.config, hooks or Hooks()
    source = source or source_from_json(trained.folder)
    _check_recordings(source)
    run = _Run(source, out, checkpoint.parent, config, attribution, hooks, install, force)
    with _interruptible(lambda: f"before {out} was written; run the same command again"):
        prepared = prepare(source, config, trained.statistics, hooks)
        change = _change(trained.summary, prepared, config)
        if change:
            message = (
                f"the recordings in {prepared.cache.folder} have changed since the run began "
                f"({change}): the validation chunks are unknown, so nothing is scored"
            )
            hooks.on_event(WarningEvent(None, message))
        bundle = run.export(trained, prepared, scored=not change)
    run.add_to_library()
    return bundle


def prepare(
    source: Source,
    config: TrainingConfig,
    statistics: Statistics | None = None,
    hooks: Hooks | None = None,
) -> PreparedCorpus:
    """Read, analyse and split recordings, with events; see `prepare_corpus`."""
    hooks = hooks or Hooks()

    plans: list[CachePlan] = []

    def on_plan(plan: CachePlan) -> bool:
        plans.append(plan)
        hooks.on_event(plan)
        return hooks.confirm(plan)

    def on_file(done: int, files: int) -> None:
        hooks.on_event(AnalysisProgress(done, files))

    prepared = prepare_corpus(source, config, statistics, on_plan=on_plan, on_file=on_file)
    cache = prepared.cache
    hooks.on_event(
        CorpusEvent(
            recordings=len(cache.recordings),
            seconds=cache.seconds,
            cache=cache.location,
            cache_built=bool(plans),
            skipped=cache.skipped,
            notes=cache.notes,
            unread=cache.unread,
            training_chunks=len(prepared.training),
            validation_chunks=len(prepared.validation),
            split_by=prepared.split_by,
        )
    )
    return prepared


@dataclass(frozen=True)
class _Run:
    """Steps of a run, in their order."""

    source: Source
    out: Path
    folder: Path
    config: TrainingConfig
    attribution: Attribution
    hooks: Hooks
    install: bool
    force: bool

    def prepare(
        self, group: DistributedContext, statistics: Statistics | None = None
    ) -> PreparedCorpus:
        """Prepare the corpus; the first process builds the cache, then the others open it."""
        if group.first:
            prepared = prepare(self.source, self.config, statistics, self.hooks)
        group.wait()
        return prepared if group.first else prepare(self.source, self.config, statistics)

    def train(
        self,
        prepared: PreparedCorpus,
        group: DistributedContext,
        *,
        resume: bool = False,
        checkpoint: Path | None = None,
        overwrite: bool = False,
    ) -> TrainedModel:
        """Train the model, with checkpoints and previews."""
        originals = prepared.training.unaugmented()
        cache = prepared.cache
        previewer = Previewer(self.config, cache.statistics, originals, cache.sound, self.folder)

        def preview(model: ConvVAE, epoch: int, epochs: int) -> PreviewEvent | WarningEvent | None:
            due = preview_is_due(epoch, epochs, self.config.preview_epochs)
            return previewer(model, epoch) if due else None

        with self.hooks.cancellation as cancelled, _fits_in_memory(self.config):
            return train(
                self.config,
                prepared.training,
                prepared.validation,
                prepared.cache.statistics,
                RunFiles(self.folder),
                folder=source_to_json(self.source),
                summary=_summary(prepared, self.config),
                request={"install": self.install, **asdict(self.attribution)},
                resume=resume,
                checkpoint=checkpoint,
                overwrite=overwrite,
                group=group,
                on_event=self.hooks.on_event,
                cancelled=cancelled,
                preview=preview,
            )

    def finish(self, trained: TrainedModel, prepared: PreparedCorpus) -> Bundle:
        """Write bundle, card and report; if that fails, the run can still be resumed."""
        resume = f"distill-train resume {argument(self.folder)}"
        remedy = f"the trained run is kept, finish it with '{resume}'"
        with _interruptible(lambda: f"before {self.out} was written; {remedy}"):
            try:
                bundle = self.export(trained, prepared)
                RunFiles(self.folder).mark_done()
            except Exception as error:
                known = isinstance(error, DistillError)
                reason = str(error) if known else f"internal error: {type(error).__name__}: {error}"
                raise TrainingError(f"{reason}; {remedy}") from error
        with _interruptible(lambda: f"before the report was made; {self.out} is written"):
            self.add_to_library()
            self.report(trained, prepared, bundle)
        return bundle

    def add_to_library(self) -> None:
        """Copy the bundle to the library if that was asked for; a failure is a warning."""
        if not self.install:
            return
        try:
            self.hooks.on_event(InstallEvent(import_model(self.out, force=self.force)))
        except DistillError as error:
            message = f"{self.out} is written, but not in the library: {error}"
            self.hooks.on_event(WarningEvent(None, message))

    def export(
        self, trained: TrainedModel, prepared: PreparedCorpus, *, scored: bool = True
    ) -> Bundle:
        """Write the bundle and its card."""
        self.hooks.on_event(StageEvent("export"))
        bundle = build_bundle(
            trained,
            prepared.cache.recordings,
            prepared.cache.files,
            self.attribution,
            lambda share: self.hooks.on_event(ExportProgress(share)),
        )
        if scored:
            bundle = replace(bundle, training={**bundle.training, **_scores(trained, prepared)})
        write_bundle(bundle, self.out)
        with atomic_write(card_path(self.out), TrainingError) as temporary:
            temporary.write_text(model_card(bundle), encoding="utf-8")
        return bundle

    def report(self, trained: TrainedModel, prepared: PreparedCorpus, bundle: Bundle) -> None:
        """Write the report; a failure is a warning."""
        from distill_train.report.write import report_or_warning  # slow to import

        self.hooks.on_event(StageEvent("report"))
        warning = report_or_warning(self.folder / REPORT, trained, prepared, bundle)
        if warning:
            self.hooks.on_event(warning)

    def state(self) -> str:
        """State of an interrupted run, and how to continue, for its error message."""
        files = RunFiles(self.folder)
        if files.checkpoints() and not files.is_done():
            return f"and the run is kept; {files.continuation()}"
        return "before training began; run the same command again"


@contextmanager
def _session(
    source: Source, folder: Path, hooks: Hooks, *, resumed: bool, wait: bool
) -> Iterator[Hooks]:
    """Lock a run's folder, log its events and queue it; hooks that log.

    A folder made for a run that ends before training begins is removed.
    """
    if not is_first_process():
        yield hooks
        return
    existed = folder.exists()
    try:
        with open_run(folder), EventLog(folder, append=resumed) as log:

            def on_event(event: TrainingEvent) -> None:
                log.write(event)
                hooks.on_event(event)

            log.write(SessionStarted(resumed, os.getpid(), source_to_json(source)))
            try:
                with queued(wait=wait, on_wait=lambda: on_event(WaitingEvent())):
                    yield replace(hooks, on_event=on_event)
            except BaseException as error:
                stopped = isinstance(error, TrainingStopped | KeyboardInterrupt)
                outcome: Literal["stopped", "failed"] = "stopped" if stopped else "failed"
                log.write(SessionEnded(outcome, str(error) or type(error).__name__))
                raise
            log.write(SessionEnded("done"))
    finally:
        ours = not existed and not is_locked(folder)  # another run may have made it meanwhile
        if ours and not RunFiles(folder).checkpoints():
            with suppress(OSError):
                for name in (EVENTS, LOCK):
                    (folder / name).unlink(missing_ok=True)
                folder.rmdir()


@contextmanager
def _interruptible(state: Callable[[], str]) -> Iterator[None]:
    """Convert Ctrl-C to a `TrainingStopped` that says how to continue."""
    try:
        yield
    except KeyboardInterrupt:
        raise TrainingStopped(f"stopped {state()}") from None


@contextmanager
def _fits_in_memory(config: TrainingConfig) -> Iterator[None]:
    """Convert a GPU's lack of memory, which torch tells at length, to one line with a remedy."""
    try:
        yield
    except RuntimeError as error:
        if "out of memory" not in str(error):  # the class depends on the kind of GPU
            raise
        raise TrainingError(
            f"the memory of the GPU does not hold a batch of {config.batch_size} chunks; end other "
            "programs that use it, set a smaller batch_size, or use --device cpu"
        ) from None


def _request(checkpoint: Path) -> Mapping[str, Any]:
    """Request of a checkpoint's run; older best models have none, but the run's others do."""
    values = read_values(checkpoint)
    if "request" not in values:
        with suppress(TrainingError):
            values = RunFiles(checkpoint.parent).read_latest_values()
    request = values.get("request")
    return request if isinstance(request, Mapping) else {}


def _check_new_run(files: RunFiles) -> None:
    """Raise if a folder cannot become that of a run that was begun elsewhere."""
    if files.folder.resolve().suffix != RUN:
        raise TrainingError(f"{files.folder} does not end in {RUN}; give a folder such as x{RUN}")
    if files.checkpoints():
        raise TrainingError(
            f"{files.folder} holds another run than that of the checkpoint; give a new folder"
        )


def _check_recordings(source: Source) -> None:
    """Raise if the folder of the recordings is missing."""
    if isinstance(source, Path) and not source.is_dir():
        raise TrainingError(
            f"the recordings are no longer in {source}; say where they are with --audio"
        )


def _change(summary: Mapping[str, Any], prepared: PreparedCorpus, config: TrainingConfig) -> str:
    """Difference between the recordings and those in a run's summary; empty if there is none."""
    now = _summary(prepared, config)
    for key in ("files", "seconds", "training_chunks", "validation_chunks"):
        if now[key] != summary.get(key):
            return f"{key.replace('_', ' ')} were {summary.get(key)} and are {now[key]}"
    if now["corpus"] != summary.get("corpus", now["corpus"]):
        return "files have other names or lengths"
    return ""


def _scores(trained: TrainedModel, prepared: PreparedCorpus) -> dict[str, float]:
    """Spectral distances of training and validation chunks, for the bundle."""
    parts = {"training": prepared.training.unaugmented(), "validation": prepared.validation}
    found = {}
    for name, chunks in parts.items():
        scores = evaluate_chunks(trained, chunks, prepared.cache.sound, SCORED_CHUNKS)
        if scores:
            found[f"{name}_distance_db"] = round(float(scores.model.mean()), 3)
            found[f"{name}_representation_db"] = round(float(scores.representation.mean()), 3)
    return found


def _summary(prepared: PreparedCorpus, config: TrainingConfig) -> Summary:
    return {
        "files": len(prepared.cache.files),
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
