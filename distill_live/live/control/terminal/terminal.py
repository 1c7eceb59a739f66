"""Write log lines and the live display to the terminal.

A thread does all the writing: a terminal that is slow, stopped or gone delays nothing else.
"""

import io
import logging
import os
import queue
import sys
import threading
import time
from contextlib import suppress

from distill_live.files import printable
from distill_live.live.control.terminal.display import Display, Snapshot

MAX_QUEUED_LINES = 1000
"""Maximum number of lines queued for a stopped terminal; further ones are dropped."""

CLOSING_S = 1.0
"""Maximum time to write the last lines."""

SWITCH_INTERVAL_S = 0.0005
"""Thread switch interval: maximum time that drawing delays the OSC server."""


logger = logging.getLogger("distill_live")


class Terminal(logging.Handler):
    """Terminal on the standard output, as a handler of the package's log.

    Parameters
    ----------
    quiet
        Print warnings only.

    Attributes
    ----------
    live : bool
        Whether snapshots are shown.
    draws_blocks : bool
        Whether they are shown, and the terminal has block characters.
    """

    def __init__(self, *, quiet: bool) -> None:
        super().__init__(logging.WARNING if quiet else logging.INFO)
        self._stream: io.RawIOBase | None = None
        self._encoding = "utf-8"
        with suppress(AttributeError, OSError):  # there may be no standard output
            # A Windows console takes UTF-8 from Python's raw stream, other bytes from `os.write`.
            self._stream = open(sys.stdout.fileno(), "wb", buffering=0, closefd=False)  # noqa: SIM115
            self._encoding = sys.stdout.encoding
        self.live = not quiet and self._stream is not None and _can_draw(self._stream.fileno())
        self.draws_blocks = self.live and self._encoding.startswith("utf")
        self._queue: queue.Queue[str | None] = queue.Queue(MAX_QUEUED_LINES)
        self._snapshot: Snapshot | None = None
        self._display: Display | None = None
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="terminal", daemon=True)
        self._thread.start()
        logger.setLevel(logging.INFO)
        logger.addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line; unprintable characters become ``?``."""
        self._put(printable(record.getMessage()))

    def show(self, snapshot: Snapshot) -> None:
        """Show a snapshot in place of the last one, if `live`."""
        if self.live:
            self._snapshot = snapshot
            if self._queue.empty():
                self._put(None)

    def close(self) -> None:
        """Remove the display and write the queued lines."""
        logger.removeHandler(self)
        self._closing = True
        self._put(None)
        self._thread.join(CLOSING_S)
        super().close()

    def _put(self, line: str | None) -> None:
        with suppress(queue.Full):
            self._queue.put_nowait(line)

    def _run(self) -> None:
        closing = False
        while not closing:
            lines = [self._queue.get()]
            closing = self._closing  # earlier lines are in the queue
            while not self._queue.empty():
                lines.append(self._queue.get())
            log = [line for line in lines if line is not None]
            snapshot = None if closing else self._snapshot
            try:
                self._write(self._text(log, snapshot))
            except OSError:  # the terminal is gone; the music goes on
                self._stream = None

    def _text(self, lines: list[str], snapshot: Snapshot | None) -> str:
        if self._display is None and snapshot is not None:
            sys.setswitchinterval(SWITCH_INTERVAL_S)
            self._display = Display(plain_characters=not self._encoding.startswith("utf"))
        if self._display is None or self._stream is None:
            return "".join(f"{line}\n" for line in lines)
        return self._display.frame(snapshot, lines, os.get_terminal_size(self._stream.fileno()))

    def _write(self, text: str) -> None:
        data = text.encode(self._encoding, "replace")
        while data and self._stream is not None:
            written = self._stream.write(data)
            if written is None:  # it does not block: another program may have set it so
                time.sleep(0.01)
            data = data[written or 0 :]


def _can_draw(descriptor: int) -> bool:
    """Whether it is a terminal that interprets escape sequences."""
    if not os.isatty(descriptor) or os.environ.get("TERM") in ("dumb", "unknown"):
        return False
    return sys.platform != "win32" or "WT_SESSION" in os.environ
