"""Pipes between a process and the children that it starts, for messages of `protocol`.

A child's reader and writer are threads, so that neither a slow parent nor a busy engine waits for
the other.
"""

import importlib
import os
import queue
import signal
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from distill_live.errors import DistillError
from distill_live.ipc.priority import take_priority
from distill_live.ipc.protocol import Failed, Message, decode, encode

OUTBOX_LIMIT = 8192
"""Maximum number of messages queued for a parent that does not read, above the limit of its
questions; further ones are lost."""

ORPHAN_GRACE_S = 2.0
"""Time in which a process ends in order once its parent is gone."""

_ROOT = Path(__file__).parents[2]


def python_command(statements: str) -> list[str]:
    """Command line of a Python process that runs `statements`, with this package importable."""
    # -P: a file in the performer's folder must not pass for a module.
    return [
        sys.executable,
        "-P",
        "-c",
        f"import sys; sys.path.append({str(_ROOT)!r}); {statements}",
    ]


class Parent:
    """The process that started this one, as a child sees it.

    It takes over the standard streams: library output to the standard output is discarded. When
    the parent ends, `inbox` gets None, and this process is killed after `ORPHAN_GRACE_S`.

    Attributes
    ----------
    inbox : queue.SimpleQueue
        Messages in the order in which they were sent; None at the end. The process may add
        objects of its own.
    """

    def __init__(self) -> None:
        self.inbox: queue.SimpleQueue[object] = queue.SimpleQueue()
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

    def send(self, message: Message) -> None:
        """Send one message; never waits."""
        with suppress(queue.Full):
            self._outbox.put_nowait(message)

    def close(self) -> None:
        """Send what is still queued, as long as the parent reads."""
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
    """Run a child process: ``run(parent, settings)`` of `module`, with the first message.

    A `priority` is taken before that: on a busy computer a start takes seconds otherwise. Errors
    are sent as `Failed`. Signals that end a program are ignored: systemd sends them to all
    processes of a service, a console to all that it has, and control ends them in order.
    """
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):  # the last is Ctrl-Break, of Windows
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    if priority is not None:
        take_priority(priority)
    parent = Parent()
    try:
        settings = parent.inbox.get()
        if settings is not None:
            importlib.import_module(module).run(parent, settings)
    except DistillError as error:
        parent.send(Failed(str(error)))
    except Exception as error:  # a performer sees a sentence, never a traceback
        parent.send(Failed(f"{type(error).__name__}: {error}"))
    parent.close()
