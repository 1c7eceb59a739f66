"""What the processes say to each other: JSON lists, one a line, through the pipes of a child.

The reader and the writer of a child are threads, so that neither a slow parent nor a busy engine
waits for the other. It knows nothing of what the messages mean.
"""

import importlib
import json
import os
import queue
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from distill_live.errors import DistillError
from distill_live.ipc.priority import take_priority

Message = list[object]

OUTBOX_LIMIT = 8192
"""Messages that may wait for a parent that does not read, more than it has questions waiting for
answers; what comes then is lost."""

ORPHAN_GRACE_S = 2.0
"""Seconds that a process has to end in order once its parent is gone."""

_ROOT = Path(__file__).parents[2]


def python_command(statements: str) -> list[str]:
    """The command line of a Python process that does `statements`, with this package at hand."""
    # -P: a file in the performer's folder must not pass for a module.
    return [
        sys.executable,
        "-P",
        "-c",
        f"import sys; sys.path.append({str(_ROOT)!r}); {statements}",
    ]


def encode(message: Sequence[object]) -> bytes:
    """One message as a line."""
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"


def decode(line: bytes) -> Message:
    """The message of a line."""
    message = json.loads(line)
    assert isinstance(message, list)
    return message


class Parent:
    """A child's view of the process that started it.

    It takes over the standard streams for itself: whatever a library prints to the standard output
    goes nowhere. When the parent ends, however it does, `inbox` gets None, and the process is ended
    if it has not ended by itself soon after.

    Attributes
    ----------
    inbox : queue.SimpleQueue
        Messages in the order in which they were sent; None at the end.
    """

    def __init__(self) -> None:
        self.inbox: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._outbox: queue.Queue[Message | None] = queue.Queue(OUTBOX_LIMIT)
        # Bare descriptors: a buffered file that a thread reads cannot be torn down at the exit.
        self._input, self._output = os.dup(0), os.dup(1)
        nowhere = os.open(os.devnull, os.O_RDWR)
        os.dup2(nowhere, 0)
        os.dup2(nowhere, 1)
        os.close(nowhere)
        threading.Thread(target=self._read, name="reader", daemon=True).start()
        self._sender = threading.Thread(target=self._write, name="writer", daemon=True)
        self._sender.start()

    def send(self, *message: object) -> None:
        """Send one message; never waits."""
        try:
            self._outbox.put_nowait(list(message))
        except queue.Full:
            return

    def close(self) -> None:
        """Send what is still waiting, as long as the parent reads."""
        try:
            self._outbox.put(None, timeout=ORPHAN_GRACE_S)
        except queue.Full:
            return
        self._sender.join(ORPHAN_GRACE_S)

    def _read(self) -> None:
        rest = b""
        while received := os.read(self._input, 65536):
            *lines, rest = (rest + received).split(b"\n")
            for line in lines:
                self.inbox.put(decode(line))
        self.inbox.put(None)
        time.sleep(ORPHAN_GRACE_S)
        os._exit(1)

    def _write(self) -> None:
        while (message := self._outbox.get()) is not None:
            line = encode(message)
            try:
                while line:
                    line = line[os.write(self._output, line) :]
            except OSError:  # the parent is gone; the reader ends this process
                return


def serve(module: str, priority: int | None = None) -> None:
    """Be the child process that `module` describes, by its function ``run(parent, settings)``.

    Where a `priority` is given it is taken first: on a busy computer a start takes seconds else.

    The first message, ``["start", settings]``, says what to do. What goes wrong is sent as
    ``["failed", text]``: a performer sees a sentence, never a traceback.
    """
    if priority is not None:
        take_priority(priority)
    parent = Parent()
    try:
        match parent.inbox.get():
            case ["start", dict(settings)]:
                importlib.import_module(module).run(parent, settings)
    except DistillError as error:
        parent.send("failed", str(error))
    except Exception as error:
        parent.send("failed", f"{type(error).__name__}: {error}")
    parent.close()
