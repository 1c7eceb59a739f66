"""Signal handlers in an asyncio loop: Ctrl-C, Ctrl-Break and termination."""

import asyncio
import signal
from collections.abc import Callable


def on_signals(act: Callable[[], None]) -> None:
    """Call `act` in the running loop on SIGINT, SIGTERM or SIGHUP, and Windows' SIGBREAK.

    An ignored SIGHUP stays ignored: `nohup` keeps a program running without its terminal. Windows
    sends SIGBREAK on Ctrl-Break and where the console's window is closed.
    """
    loop = asyncio.get_running_loop()
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
        number = getattr(signal, name, None)
        if number is None:
            continue
        if name == "SIGHUP" and signal.getsignal(number) == signal.SIG_IGN:
            continue
        try:
            loop.add_signal_handler(number, act)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(act))
