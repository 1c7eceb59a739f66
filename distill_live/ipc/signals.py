"""Ctrl-C, and what a system sends to end a process, told to an asyncio program."""

import asyncio
import signal
from collections.abc import Callable


def on_signals(act: Callable[[], None]) -> None:
    """Have the running loop do something whenever the process is asked to end."""
    loop = asyncio.get_running_loop()
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is None:
            continue
        try:
            loop.add_signal_handler(number, act)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(act))
