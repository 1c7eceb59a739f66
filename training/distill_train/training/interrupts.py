"""Ctrl-C, and what a system sends to end a process, as a wish to be granted at a good moment."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

PATIENCE_S = 1.0
"""For which a second interrupt counts as the first."""

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def interrupts() -> Iterator[Callable[[], bool]]:
    """While this is open, the first interrupt is only noted; one after `PATIENCE_S` raises.

    Only for the main thread. (Where several processes train together, each may get the same
    interrupt from the terminal and from what has started it.)

    Yields
    ------
    Callable
        Says whether there was one.

    Raises
    ------
    KeyboardInterrupt
        At a later one.
    """
    seen: list[float] = []

    def note(_number: int, _frame: FrameType | None) -> None:
        seen.append(time.monotonic())
        if seen[-1] - seen[0] > PATIENCE_S:
            raise KeyboardInterrupt

    before = {number: signal.signal(number, note) for number in SIGNALS}
    try:
        yield lambda: bool(seen)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def undisturbed() -> Iterator[None]:
    """While this is open, interrupts are put off; in another than the main thread there are none.

    For what must not be left half done, as long as it takes a second or two.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    put_off: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        put_off.append(number)

    before = {number: signal.signal(number, note) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for late in put_off:
            signal.raise_signal(late)
