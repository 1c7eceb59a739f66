"""Training in a thread, for programs that have other things to do meanwhile.

    runner = TrainingRunner(print)
    runner.start(Path("recordings"), Path("mine.distill"))
    ...
    runner.cancel()  # saves
    runner.wait()
    runner.resume()
    runner.wait()
    bundle = runner.result

It knows threads; what a run does is for `distill_train.run`.
"""

import threading
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

from distill_live.bundle import Bundle, plain_name
from distill_live.errors import TrainingError, TrainingStopped
from distill_train.bundling.attribution import Attribution
from distill_train.config import TrainingConfig
from distill_train.output_paths import run_folder
from distill_train.run import Listener, resume_run, train_folder
from distill_train.training.events import TrainingEvent


class TrainingRunner:
    """One run at a time, in a thread of its own.

    Parameters
    ----------
    on_event
        Called, in that thread, with every event. What it raises ends the run, and is `last_error`.

    Attributes
    ----------
    last_error : Exception or None
        What ended the last run, other than `cancel`.
    result : Bundle or None
        Of the last run, if it came to its end.
    """

    def __init__(self, on_event: Callable[[TrainingEvent], None] | None = None) -> None:
        self._listener = _Forward(on_event)
        self._thread: threading.Thread | None = None
        self._wanted = threading.Event()
        self._run: Path | None = None
        self.last_error: Exception | None = None
        self.result: Bundle | None = None

    @property
    def is_running(self) -> bool:
        """Whether a run goes on."""
        return self._thread is not None and self._thread.is_alive()

    def start(
        self,
        folder: Path,
        out: Path,
        config: TrainingConfig | None = None,
        attribution: Attribution | None = None,
        *,
        overwrite: bool = False,
    ) -> None:
        """Begin to learn a folder; the parameters are those of `distill_train.run.train_folder`.

        Raises
        ------
        TrainingError
            If a run goes on already.
        """
        settings = config or TrainingConfig()
        named = attribution or Attribution(plain_name(out.name.removesuffix(".distill")))
        self._begin(
            run_folder(out),
            lambda: train_folder(
                folder,
                out,
                settings,
                named,
                self._listener,
                overwrite=overwrite,
                stopping=nullcontext(self._wanted.is_set),
            ),
        )

    def resume(self, run: Path | None = None, audio: Path | None = None) -> None:
        """Go on with a run that was stopped.

        Parameters
        ----------
        run
            Its folder; by default that of the last run.
        audio
            Where the recordings are now, if not where they were.

        Raises
        ------
        TrainingError
            If a run goes on already, or there is none to go on with.
        """
        folder = run or self._run
        if folder is None:
            raise TrainingError("there is no run to go on with; give the folder of one")

        def work() -> Bundle | None:
            stopping = nullcontext(self._wanted.is_set)
            done = resume_run(folder, audio, self._listener, stopping=stopping)
            return done[0] if done else None

        self._begin(folder, work)

    def cancel(self) -> None:
        """Ask the run to save and stop, which it does after its next step; returns at once.

        While recordings are still being read, that is after the first step; once the model is
        trained, the run comes to its end.
        """
        self._wanted.set()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait for the run to end, at most `timeout_s`; say whether none goes on."""
        if self._thread is not None:
            self._thread.join(timeout_s)
        return not self.is_running

    def _begin(self, run: Path, work: Callable[[], Bundle | None]) -> None:
        if self.is_running:
            raise TrainingError(f"a run goes on in {self._run}; wait for its end, or cancel it")
        self._run, self.last_error, self.result = run, None, None
        self._wanted.clear()
        self._thread = threading.Thread(target=self._work, args=(work,), name="training")
        self._thread.start()

    def _work(self, work: Callable[[], Bundle | None]) -> None:
        try:
            self.result = work()
        except TrainingStopped:
            pass
        except Exception as error:
            self.last_error = error


class _Forward(Listener):
    """Gives events on to a callback."""

    def __init__(self, on_event: Callable[[TrainingEvent], None] | None) -> None:
        self._on_event = on_event

    def event(self, event: TrainingEvent) -> None:
        if self._on_event:
            self._on_event(event)
