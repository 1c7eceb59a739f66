"""Show a run's progress: a bar with the time left in a terminal, plain lines in a log."""

import shlex
import sys
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import IO, Any, Self, cast

from rich.console import Console, RenderableType
from rich.markup import escape
from rich.progress import (
    BarColumn,
    Progress,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from distill_live.bundle import Bundle
from distill_live.errors import ConfigurationError
from distill_live.files import printable
from distill_live.library import find_model
from distill_train.bundling.verdict import verdict
from distill_train.corpus.audio import noted_lines, skipped_lines
from distill_train.corpus.cache import CachePlan
from distill_train.corpus.dataset import describe_split
from distill_train.output_paths import REPORT
from distill_train.training.event_log import LoggedEvent, SessionEnded, SessionStarted
from distill_train.training.events import (
    AnalysisProgress,
    CorpusEvent,
    EpochMetrics,
    ExportProgress,
    InstallEvent,
    PreviewEvent,
    ResumedEvent,
    StageEvent,
    StepMetrics,
    TrainingCompleteEvent,
    WaitingEvent,
    WarningEvent,
)
from distill_train.training.history import MetricsHistory, epoch_range, group_warnings

LOG_LINES = 20
"""Approximate number of files, and of epochs, that are printed where there is no terminal."""

MAX_CLOCK_S = 10**9
"""Longest time that is shown; a `timedelta` has a limit."""

NO_FIGURES: dict[str, Any] = {"figures": "", "memory": "", "seconds": None, "seconds_left": None}
"""Fields of the bar outside training."""


class _Elapsed(TimeElapsedColumn):
    """Training time of the run's sessions, or the display's time outside training."""

    def render(self, task: Task) -> Text:
        seconds = task.fields["seconds"]
        return super().render(task) if seconds is None else _clock(seconds)


class _Left(TimeRemainingColumn):
    """Time left by the speed of training, or of the bar outside training."""

    def render(self, task: Task) -> Text:
        seconds = task.fields["seconds_left"]
        return super().render(task) if seconds is None else _clock(seconds)


def _clock(seconds: float) -> Text:
    return Text(str(timedelta(seconds=min(round(seconds), MAX_CLOCK_S))))


class _Bars(Progress):
    """Bars with figures on a line below, so that the time left fits into 80 columns."""

    def get_renderables(self) -> Iterable[RenderableType]:
        """Bar of each task, and its figures."""
        yield self.make_tasks_table(self.tasks)
        for task in self.tasks:
            figures = ", ".join(filter(None, (task.fields["figures"], task.fields["memory"])))
            if figures:
                yield Text(figures, no_wrap=True, overflow="ellipsis")


class _LossyStream:
    """Text stream that drops what cannot be written: a full disk or a closed pipe ends no run."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> None:
        with suppress(OSError):
            self._stream.write(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._stream.flush()


class ProgressDisplay:
    """Progress bar and log lines on standard error; a context manager that removes the bar.

    Parameters
    ----------
    agreed
        Answer all questions with yes.
    quiet
        Print nothing.
    """

    def __init__(self, *, agreed: bool = False, quiet: bool = False) -> None:
        self._agreed, self._waiting = agreed, False
        self._description = "training"
        self._history = MetricsHistory()
        self._warnings: list[WarningEvent] = []
        stderr = None if sys.stderr is None else cast("IO[str]", _LossyStream(sys.stderr))
        self._console = Console(file=stderr, stderr=True, highlight=False, quiet=quiet)
        self._progress = _Bars(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            _Elapsed(),
            TextColumn("left:"),
            _Left(),
            console=self._console,
            disable=quiet or not self._console.is_terminal,
        )
        self._task = self._progress.add_task("reading", total=None, **NO_FIGURES)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._progress.stop()

    def confirm(self, plan: CachePlan) -> bool:
        """Ask before a large cache is made."""
        return not plan.large or self._agreed or self._ask("Make it?")

    def on_event(self, event: LoggedEvent) -> None:
        """Update bar and figures; print what is not a figure."""
        self._history.add(event)
        match event:
            case WaitingEvent():
                if not self._waiting:
                    self._print("waiting for another run on this machine to end")
                self._waiting = True
            case CachePlan():
                self._plan(event)
            case AnalysisProgress(done, files):
                self._progress.update(
                    self._task, description="reading", completed=done, total=files
                )
                if self._logs(done, files):
                    self._print(f"read {done} of {files} files")
            case CorpusEvent():
                self._corpus(event)
            case StepMetrics():
                self._step(event)
            case EpochMetrics():
                self._epoch(event)
            case ResumedEvent():
                best = "" if event.best_loss is None else f", best loss {event.best_loss:.4f}"
                self._print(
                    f"resumed in epoch {event.epoch}/{event.epochs}, after step "
                    f"{event.step}/{event.steps}{best}"
                )
            case WarningEvent():
                self._warnings.append(event)
                alike = next(group for group in group_warnings(self._warnings) if event in group)
                if len(alike) == 1:  # repetitions are collected until training ends
                    self._warn(alike)
            case TrainingCompleteEvent():
                for alike in group_warnings(self._warnings):
                    if len(alike) > 1:
                        self._warn(alike)
            case PreviewEvent():
                self._print(f"preview of epoch {event.epoch}: {event.path}")
            case InstallEvent(path):
                self._print(f"in the library: {path.stem} ({path})")
            case StageEvent("export"):
                self._progress.update(
                    self._task, description="listening", total=None, completed=0, **NO_FIGURES
                )
                self._print("analysis and export")
            case ExportProgress(share):
                self._progress.update(self._task, completed=share, total=1.0)
            case StageEvent("report"):
                self._progress.update(self._task, description="report")
                self._print("report")
            case SessionStarted():
                self._history, self._warnings = MetricsHistory(), []
            case SessionEnded(message=message) if message:
                self._print(message)

    def _warn(self, alike: list[WarningEvent]) -> None:
        """Print warnings that differ in their numbers only as one line."""
        where = ", ".join(filter(None, ("warning", epoch_range(alike))))
        self._print(f"{where}: {alike[-1].message}")

    def _logs(self, done: int, total: int) -> bool:
        """Whether to print a line about progress, as there is no bar."""
        return not self._console.is_terminal and done % max(1, total // LOG_LINES) == 0

    def _plan(self, plan: CachePlan) -> None:
        if plan.reasons:
            self._print(f"the cache of {plan.folder} is rebuilt: {', '.join(plan.reasons)}")
        self._print(f"the cache takes about {plan.bytes / 1e6:.1f} MB of disk space")

    def _corpus(self, event: CorpusEvent) -> None:
        cache = f"{event.cache}{'' if event.cache_built else ' (unchanged)'}"
        self._print(f"{event.recordings} recordings, {event.seconds:.1f} s; cache: {cache}")
        for line in (*skipped_lines(event.skipped), *noted_lines(event.notes)):
            self._print(line)
        if event.unread:
            self._print(f"left out {event.unread}")
        self._print(describe_split(event.training_chunks, event.validation_chunks, event.split_by))

    def stopping(self) -> None:
        """Show that a run is saved and then stops; prints nothing, as signal handlers must not."""
        self._description = "saving"
        self._progress.update(self._task, description=self._description)

    def _step(self, metrics: StepMetrics) -> None:
        memory = metrics.memory_bytes
        self._progress.update(
            self._task,
            description=self._description,
            completed=metrics.step,
            total=metrics.steps,
            memory="" if memory is None else f"{memory / 1e9:.1f} GB",
            seconds=metrics.seconds,
            seconds_left=self._history.seconds_left,
        )

    def _epoch(self, metrics: EpochMetrics) -> None:
        loss = float("nan") if metrics.loss is None else metrics.loss
        figures = f"epoch {metrics.epoch}/{metrics.epochs}, loss {loss:.3f}"
        if metrics.val_loss is not None:
            figures += f", validation {metrics.val_loss:.3f}"
        if metrics.gap is not None:
            figures += f" ({100 * metrics.gap:+.0f} %)"
        if metrics.kl is not None:
            figures += f", KL {metrics.kl:.1f}"
        if metrics.skipped_steps:
            self._print(f"epoch {metrics.epoch}: {metrics.skipped_steps} steps were not finite")
        self._progress.update(self._task, figures=figures)
        if self._logs(metrics.epoch, metrics.epochs):
            left = metrics.seconds_left
            self._print(figures if not left else f"{figures}, left: {left / 60:.1f} min")

    def finished(self, bundle: Bundle, out: Path, run: Path) -> None:
        """Print axes, bundle size, the run's folder, the verdict, and what to do next."""
        axes = ", ".join(axis.name for axis in bundle.axes) or "none"
        self._print(f"axes: {axes}")
        self._print(f"{out}: {out.stat().st_size / 1e6:.1f} MB; the run's files: {run}")
        if rated := verdict(bundle.training):
            self._print(str(rated))
        if (run / REPORT).is_file():
            self._print(f"Listen: {run / REPORT}")
        self._print(f"Play: distill-live --model {shlex.quote(_model_argument(out))}")

    def _ask(self, question: str) -> bool:
        """Ask a yes or no question; no without a terminal."""
        if not (self._console.is_terminal and sys.stdin.isatty()):
            return False
        self._progress.stop()
        answer = self._console.input(f"{question} (y/n) ", markup=False)
        self._progress.start()
        return answer.strip().lower() in ("y", "yes")

    def _print(self, text: str) -> None:
        self._console.print(escape(printable(text)), soft_wrap=True)


def _model_argument(out: Path) -> str:
    """Shortest value of --model that means the file `out`, from the current folder."""
    short = str(out.with_suffix(""))
    try:
        found = find_model(short)
    except ConfigurationError:
        return str(out)
    return short if found.resolve() == out.resolve() else str(out)
