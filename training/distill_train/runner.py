"""Training in a background thread.

runner = TrainingRunner(print)
runner.start(Path("recordings"), Path("mine.distill"))
...
runner.cancel()  # saves
runner.wait()
runner.resume()
runner.wait()
bundle = runner.result
"""

import threading
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from distill_live.bundle import Bundle
from distill_live.errors import TrainingError, TrainingStopped
from distill_train.bundling.attribution import Attribution
from distill_train.config import TrainingConfig
from distill_train.corpus.audio import Source
from distill_train.output_paths import run_folder
from distill_train.run import Hooks, resume_run, train_run
from distill_train.training.events import AnalysisProgress, TrainingEvent, WaitingEvent


class TrainingRunner:
    """Runs one training at a time in a daemon thread.

    Parameters
    ----------
    on_event
        Called in that thread with every event, those of reading and caching included. An exception
        that it raises ends the run, and becomes `last_error`.

    Attributes
    ----------
    last_error : Exception or None
        Exception that ended the last run, except by `cancel`.
    result : Bundle or None
        Bundle of the last run, if it was completed.
    """

    def __init__(self, on_event: Callable[[TrainingEvent], None] | None = None) -> None:
        self._on_event = on_event
        self._thread: threading.Thread | None = None
        self._cancelled = threading.Event()
        self._run: Path | None = None
        self.last_error: Exception | None = None
        self.result: Bundle | None = None

    @property
    def is_running(self) -> bool:
        """Whether a run is in progress."""
        return self._thread is not None and self._thread.is_alive()

    def start(
        self,
        source: Source,
        out: Path,
        config: TrainingConfig | None = None,
        attribution: Attribution | None = None,
        **options: Any,
    ) -> None:
        """Start a run; see `distill_train.run.train_run` for the parameters.

        Raises
        ------
        TrainingError
            If a run is in progress.
        """
        texts = attribution or Attribution.of(out)
        settings = config or TrainingConfig()
        self._begin(
            run_folder(out),
            lambda: train_run(source, out, settings, texts, self._hooks(), **options),
        )

    def resume(self, run: Path | None = None, source: Source | None = None, **options: Any) -> None:
        """Resume or extend a run.

        Parameters
        ----------
        run
            Folder of the run; by default that of the last run.
        source
            Recordings, if they were moved.
        options
            Keyword arguments of `distill_train.run.resume_run`, such as `epochs`.

        Raises
        ------
        TrainingError
            If a run is in progress, or there is no last run.
        """
        folder = run or self._run
        if folder is None:
            raise TrainingError("there is no run to continue; give the folder of one")

        def work() -> Bundle | None:
            done = resume_run(folder, source, self._hooks(), **options)
            return done[0] if done else None

        self._begin(folder, work)

    def cancel(self) -> None:
        """Ask the run to stop, and return at once.

        While it waits for another run, it stops within seconds; while recordings are read, after
        the current file; while the model trains, it saves and stops after the current step; after
        that, it is completed.
        """
        self._cancelled.set()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait at most `timeout_s` for the run to end; return whether none is in progress."""
        if self._thread is not None:
            self._thread.join(timeout_s)
        return not self.is_running

    def _hooks(self) -> Hooks:
        def on_event(event: TrainingEvent) -> None:
            if self._on_event:
                self._on_event(event)
            if isinstance(event, WaitingEvent | AnalysisProgress) and self._cancelled.is_set():
                raise TrainingStopped("stopped before training began")

        return Hooks(on_event, cancellation=nullcontext(self._cancelled.is_set))

    def _begin(self, run: Path, work: Callable[[], Bundle | None]) -> None:
        if self.is_running:
            raise TrainingError(f"a run goes on in {self._run}; wait for its end, or cancel it")
        self._run, self.last_error, self.result = run, None, None
        self._cancelled.clear()
        self._thread = threading.Thread(
            target=self._work, args=(work,), name="training", daemon=True
        )
        self._thread.start()

    def _work(self, work: Callable[[], Bundle | None]) -> None:
        try:
            self.result = work()
        except TrainingStopped:
            pass
        except Exception as error:
            self.last_error = error
