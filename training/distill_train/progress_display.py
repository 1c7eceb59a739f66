"""What a run looks like in a terminal: a progress bar with the time left, and plain lines in a log.

It knows rich, and nothing of training but the figures that it is told.
"""

import sys
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console, RenderableType
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.text import Text

from distill_live.bundle import Bundle
from distill_live.files import printable
from distill_train.corpus.audio import skipped_lines
from distill_train.corpus.cache import CachePlan
from distill_train.corpus.spectrogram_cache import SpectrogramCache
from distill_train.run import Listener
from distill_train.training.events import (
    EpochMetrics,
    PreviewEvent,
    ResumedEvent,
    StepMetrics,
    TrainingEvent,
    WarningEvent,
)
from distill_train.training.history import MetricsHistory

LINES = 20
"""Lines, about, that a run writes where there is no terminal to draw a bar in."""


class _Bars(Progress):
    """Bars with the figures on a line below, so that the time left is seen in 80 columns, too."""

    def get_renderables(self) -> Iterable[RenderableType]:
        """The bar of each task, and its figures."""
        yield self.make_tasks_table(self.tasks)
        for task in self.tasks:
            figures = ", ".join(filter(None, (task.fields["figures"], task.fields["memory"])))
            if figures:
                yield Text(figures, no_wrap=True, overflow="ellipsis")


class ProgressDisplay(Listener):
    """Shows a run; a context manager, so that the bar goes whatever ends the run.

    Parameters
    ----------
    agreed
        Whether questions are answered with yes beforehand.
    quiet
        Whether nothing is shown.
    """

    def __init__(self, *, agreed: bool = False, quiet: bool = False) -> None:
        self._agreed, self._training = agreed, False
        self._history = MetricsHistory()
        self._console = Console(stderr=True, highlight=False, quiet=quiet)
        self._progress = _Bars(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeElapsedColumn(),
            TextColumn("left:"),
            TimeRemainingColumn(),
            console=self._console,
            disable=quiet or not self._console.is_terminal,
        )
        self._task = self._progress.add_task("reading", total=None, figures="", memory="")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def caching(self, plan: CachePlan) -> bool:
        """Say what is about to be made and why, and ask if it is large."""
        if plan.reasons:
            self._say(f"the cache of {plan.folder} is made anew: {', '.join(plan.reasons)}")
        if not plan.large:
            return True
        needs = f"the cache takes about {plan.bytes / 1e6:.0f} MB of disk space"
        if self._agreed:
            self._say(needs)
            return True
        return self._ask(f"{needs}. Make it?")

    def analysed(self, done: int, files: int) -> None:
        """Move the bar."""
        self._progress.update(self._task, description="reading", completed=done, total=files)

    def corpus(self, cache: SpectrogramCache) -> None:
        """Say what is there, and name what was left out."""
        count = len(cache.recordings)
        self._say(f"{count} recordings, {cache.seconds:.1f} s; cache: {cache.location}")
        for line in skipped_lines(cache.skipped):
            self._say(line)

    def chunks(self, training: int, validation: int, split_by: str) -> None:
        """Say how the chunks are split."""
        self._say(f"{training} chunks to learn, {validation} held out (by {split_by})")

    def event(self, event: TrainingEvent) -> None:
        """Move the bar, show the figures, say what there is to say."""
        self._history.add(event)
        match event:
            case StepMetrics():
                self._step(event)
            case EpochMetrics():
                self._epoch(event)
            case ResumedEvent():
                best = "" if event.best_loss is None else f", best loss {event.best_loss:.4f}"
                self._say(
                    f"resumed in epoch {event.epoch}/{event.epochs}, after step "
                    f"{event.step}/{event.steps}{best}"
                )
            case WarningEvent():
                self._say(f"warning, epoch {event.epoch}: {event.message}")
            case PreviewEvent():
                self._say(f"preview of epoch {event.epoch}: {event.path}")

    def _step(self, metrics: StepMetrics) -> None:
        if not self._training:  # the pace counts from here, and where the run was resumed
            self._progress.reset(self._task, total=metrics.steps, completed=metrics.step)
            self._training = True
        memory = metrics.memory_bytes
        self._progress.update(
            self._task,
            description="training",
            completed=metrics.step,
            memory="" if memory is None else f"{memory / 1e9:.1f} GB",
        )

    def _epoch(self, metrics: EpochMetrics) -> None:
        learnt = metrics.training.get("reconstruction", float("nan"))
        figures = f"epoch {metrics.epoch}/{metrics.epochs}, loss {learnt:.3f}"
        if metrics.gap is not None:
            held_out = metrics.validation["reconstruction"]
            figures += f", held out {held_out:.3f}, gap {metrics.gap:.3f}"
        if metrics.kl is not None:
            figures += f", KL {metrics.kl:.1f}"
        if metrics.skipped_steps:
            self._say(f"epoch {metrics.epoch}: {metrics.skipped_steps} steps were not finite")
        self._progress.update(self._task, figures=figures)
        every = max(1, metrics.epochs // LINES)
        if not self._console.is_terminal and metrics.epoch % every == 0:
            left = self._history.seconds_left
            self._say(figures if not left else f"{figures}, left: {left / 60:.1f} min")

    def warning(self, message: str) -> None:
        """Say it."""
        self._say(f"warning: {message}")

    def exporting(self) -> None:
        """Say that the last part has begun."""
        self._progress.update(
            self._task, description="listening", total=None, completed=0, figures="", memory=""
        )
        self._say("analysis and export")

    def reporting(self) -> None:
        """Say that what is left is the report."""
        self._progress.update(self._task, description="report")
        self._say("report")

    def finished(self, bundle: Bundle, out: Path, run: Path) -> None:
        """Say what there is now."""
        axes = ", ".join(axis.name for axis in bundle.axes) or "none"
        self._say(f"axes: {axes}")
        self._say(f"{out}: {out.stat().st_size / 1e6:.1f} MB; the run's files: {run}")

    def _ask(self, question: str) -> bool:
        """Yes or no; no where there is nobody to ask."""
        if not (self._console.is_terminal and sys.stdin.isatty()):
            return False
        self._progress.stop()
        answer = self._console.input(f"{question} (y/n) ", markup=False)
        self._progress.start()
        return answer.strip().lower() in ("y", "yes")

    def _say(self, text: str) -> None:
        self._console.print(escape(printable(text)), soft_wrap=True)
