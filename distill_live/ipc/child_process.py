"""Child processes: start, send messages, receive messages, end.

A child has a session of its own, so that Ctrl-C in the terminal reaches control alone, and ends by
itself when control is gone (`pipes.Parent`).
"""

import asyncio
import os
import signal
import subprocess
import time
from asyncio.subprocess import Process
from collections import deque
from collections.abc import AsyncIterator
from typing import Self

from distill_live.ipc.pipes import python_command
from distill_live.ipc.priority import give_priority
from distill_live.ipc.protocol import Message, Stop, decode, encode
from distill_live.process_environment import ENVIRONMENT

MAX_LINE_BYTES = 2**24
"""Maximum length of a message: a description with as many landmarks as a bundle may have."""

MEMORY = {
    "MALLOC_MMAP_THRESHOLD_": str(2**20),
    "MALLOC_TRIM_THRESHOLD_": str(2**23),
    "MALLOC_TOP_PAD_": str(2**20),
}
"""Settings of glibc. The first makes it return the memory of an unloaded model: without it glibc
raises this threshold with the first one and keeps about 15 MB of each; 500 MB were measured after
20 models of 10 MB. It also fixes the second at 128 KiB, unless that is set: the heap shrinks and
grows several times a second, and waits each time for threads that load a model, up to 16 ms."""

WINDOWS_EXCEPTIONS = {
    0xC0000005: "access violation",
    0xC0000017: "out of memory",
    0xC000001D: "illegal instruction",
    0xC00000FD: "stack overflow",
    0xC0000135: "library not found",
    0xC000013A: "ended by the console",
    0xC0000142: "library failed to start",
    0xC0000374: "damaged heap",
    0xC0000409: "aborted",
}
"""Exit statuses of processes that Windows ends (NTSTATUS, in ntstatus.h), in words."""

RESTARTS, RESTARTS_WITHIN_S = 4, 10.0
"""Number of endings, and the time for them, at which a process is not started again."""

BACKLOG_BYTES = 256 * 1024
"""Maximum unsent data for a child that does not read; further messages are not taken."""


class Child:
    """A running child process."""

    def __init__(self, process: Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process = process
        self._stdin = process.stdin
        self._stdout = process.stdout

    @classmethod
    async def start(
        cls,
        module: str,
        settings: Message,
        descriptors: tuple[int, ...],
        *,
        priority: int | None = None,
    ) -> Self:
        """Start a process of `module` with its settings.

        Parameters
        ----------
        module
            Module with a function ``run(parent, settings)``.
        settings
            First message to the process.
        descriptors
            Open files that the child inherits.
        priority
            Real-time priority that it starts with, or under other systems than Linux takes first;
            None leaves that to the module.
        """
        process = await asyncio.create_subprocess_exec(
            *python_command(
                f"from distill_live.ipc.pipes import serve; serve({module!r}, {priority})"
            ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # sound servers chatter there
            env=MEMORY | ENVIRONMENT | os.environ,
            pass_fds=descriptors,
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),  # the same on Windows
            limit=MAX_LINE_BYTES,
        )
        if priority is not None:  # the interpreter's start alone takes seconds on a busy computer
            give_priority(process.pid, priority)
        child = cls(process)
        child.send(settings)
        return child

    @property
    def ending(self) -> str:
        """Signal, exception or exit status with which it ended, as text."""
        return ending_of(self._process.returncode)

    def send(self, message: Message) -> bool:
        """Send a message; never waits. False if it was not taken: `BACKLOG_BYTES` are unsent."""
        if self._stdin.is_closing():
            return False
        if self._stdin.transport.get_write_buffer_size() > BACKLOG_BYTES:
            return False
        self._stdin.write(encode(message))
        return True

    async def messages(self) -> AsyncIterator[Message]:
        """Messages until the child ends; a line that it was killed within is dropped.

        Cancelling the wait for a message kills the child.
        """
        try:
            while (line := await self._stdout.readline()).endswith(b"\n"):
                yield decode(line)
        except asyncio.CancelledError:
            self.kill()
            raise
        finally:
            await self._process.wait()

    async def end(self, grace_s: float) -> None:
        """Ask it to stop, and kill it if it has not ended after `grace_s`."""
        self.send(Stop())
        try:
            await asyncio.wait_for(self._process.wait(), grace_s)
        except TimeoutError:
            self.kill()
            await self._process.wait()

    def kill(self) -> None:
        """End it at once."""
        if self._process.returncode is None:
            self._process.kill()


def ending_of(status: int | None) -> str:
    """Signal, Windows exception or exit status with which a process ended, as text."""
    if status is not None and status < 0:
        return signal.Signals(-status).name
    if status is not None and status >= 0xC0000000:  # an NTSTATUS of severity error
        return f"{WINDOWS_EXCEPTIONS.get(status, 'exception')}, 0x{status:08X}"
    return f"status {status}"


class Endings:
    """Times at which a supervised process ended."""

    def __init__(self) -> None:
        self._at_s: deque[float] = deque(maxlen=RESTARTS)

    def too_many(self) -> bool:
        """Note an ending now; whether there were `RESTARTS` within `RESTARTS_WITHIN_S`."""
        self._at_s.append(time.perf_counter())
        return len(self._at_s) == RESTARTS and self._at_s[-1] - self._at_s[0] < RESTARTS_WITHIN_S
