"""Deferred handling of SIGINT and SIGTERM, and of SIGBREAK on Windows."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

PATIENCE_S = 1.0
"""Time in which repeated interrupts count as one, in seconds."""

SIGNALS = tuple(
    signal.Signals[name]
    for name in ("SIGINT", "SIGTERM", "SIGBREAK")  # the last on Windows, for runs of the studio
    if name in signal.Signals.__members__
)


@contextmanager
def interrupts(on_first: Callable[[], object] = bool) -> Iterator[Callable[[], bool]]:
    """Record the first interrupt instead of raising; one more than `PATIENCE_S` later raises.

    For the main thread only. (A process started by `torchrun` may get the same interrupt twice,
    from the terminal and from its parent.)

    Parameters
    ----------
    on_first
        Called at the first interrupt, in the signal handler.

    Yields
    ------
    Callable
        Returns whether there was an interrupt.

    Raises
    ------
    KeyboardInterrupt
        On a later interrupt.
    """
    seen: list[float] = []

    def note(_number: int, _frame: FrameType | None) -> None:
        seen.append(time.perf_counter())
        if len(seen) == 1:
            on_first()
        if seen[-1] - seen[0] > PATIENCE_S:
            raise KeyboardInterrupt

    with _handler(note):
        yield lambda: bool(seen)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Defer interrupts until the block ends; does nothing outside the main thread.

    For work of a second or two that must not be left incomplete.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    deferred: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        deferred.append(number)

    try:
        with _handler(note):
            yield
    finally:
        for late in deferred:
            signal.raise_signal(late)


@contextmanager
def _handler(note: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Handle `SIGNALS` by a function until the block ends."""
    before = {number: signal.signal(number, note) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
