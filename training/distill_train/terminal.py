"""What a run looks like in a terminal: a progress bar with the time left, and plain lines in a log.

It knows rich, and nothing of training but the figures that it is told.
"""

import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from distill_live.bundle import Bundle
from distill_train.cache import CachePlan
from distill_train.cached_dataset import SpectrogramCache
from distill_train.loop import EpochMetrics
from distill_train.run import Listener

NAMED_FILES = 20
"""Most files that were left out that are named each."""

LINES = 20
"""Lines, about, that a run writes where there is no terminal to draw a bar in."""


class Terminal(Listener):
    """Shows a run; a context manager, so that the bar goes whatever ends the run.

    Parameters
    ----------
    agreed
        Whether questions are answered with yes beforehand.
    """

    def __init__(self, *, agreed: bool = False) -> None:
        self._agreed = agreed
        self._console = Console(stderr=True, highlight=False)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeElapsedColumn(),
            TextColumn("left:"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[figures]}"),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._task = self._progress.add_task("reading", total=None, figures="")

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
        size = f"{plan.bytes / 1e6:.0f} MB" if plan.bytes > 1e6 else "less than 1 MB"
        if plan.reasons:
            self._say(f"the cache of {plan.folder} is made anew: {', '.join(plan.reasons)}")
        if plan.large and not self._agreed:
            return self._ask(f"Its cache takes about {size} of disk space. Make it?")
        self._say(f"analysing the recordings; their cache takes about {size}")
        return True

    def analysed(self, done: int, files: int) -> None:
        """Move the bar."""
        self._progress.update(self._task, description="reading", completed=done, total=files)

    def corpus(self, cache: SpectrogramCache) -> None:
        """Say what is there, and name what was left out."""
        count = len(cache.recordings)
        self._say(f"{count} recordings, {cache.seconds:.1f} s; cache: {cache.place}")
        for skipped in cache.skipped[:NAMED_FILES]:
            self._say(f"left out {skipped.file}: {skipped.reason}")
        more = len(cache.skipped) - NAMED_FILES
        if more > 0:
            self._say(f"left out {more} more")

    def chunks(self, training: int, validation: int, split_by: str) -> None:
        """Say how the chunks are split."""
        self._say(f"{training} chunks to learn, {validation} held out (by {split_by})")

    def step(self, done: int, steps: int) -> None:
        """Move the bar."""
        self._progress.update(self._task, description="training", completed=done, total=steps)

    def epoch(self, metrics: EpochMetrics) -> None:
        """Show the epoch's figures."""
        learnt = metrics.training.get("reconstruction", float("nan"))
        figures = f"epoch {metrics.epoch}/{metrics.epochs}, loss {learnt:.3f}"
        if metrics.validation:
            figures += f", held out {metrics.validation['reconstruction']:.3f}"
        if metrics.skipped_steps:
            self._say(f"epoch {metrics.epoch}: {metrics.skipped_steps} steps were not finite")
        self._progress.update(self._task, figures=figures)
        every = max(1, metrics.epochs // LINES)
        if not self._console.is_terminal and metrics.epoch % every == 0:
            self._say(figures)

    def exporting(self) -> None:
        """Say that the last part has begun."""
        self._progress.update(
            self._task, description="listening", total=None, completed=0, figures=""
        )
        self._say("analysis and export")

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
        self._console.print(escape(text), soft_wrap=True)
