"""A child process as control sees it: started, spoken to, listened to, ended.

It stands in a session of its own, so that Ctrl-C in the terminal reaches control alone, and ends by
itself when control is gone (`messages.Parent`). It knows nothing of what is said.
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

from distill_live.ipc.pipes import Message, decode, encode, python_command
from distill_live.process_environment import ENVIRONMENT

LONGEST_LINE_BYTES = 2**24
"""Room for the description of a model with the most landmarks that a bundle may have."""

MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(2**20)}
"""Has glibc give back what a model held when it is gone: without, it raises that threshold with the
first that goes, and then holds on to some 15 MB of each; 500 MB after 20 of 10 MB were measured."""

RESTARTS, RESTARTS_WITHIN_S = 4, 10.0
"""A process that ends oftener than this is not started again."""

BACKLOG_BYTES = 256 * 1024
"""What may wait for a child that does not read; what comes then is not taken."""


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
        settings: dict[str, object],
        descriptors: tuple[int, ...],
        *,
        priority: int | None = None,
    ) -> Self:
        """Start a process of `module` and hand it its settings.

        Parameters
        ----------
        module
            Has a function ``run(parent, settings)``.
        settings
            What JSON can carry.
        descriptors
            Open files that the child shares.
        priority
            What it asks for before anything else; None leaves that to the module.
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
            limit=LONGEST_LINE_BYTES,
        )
        child = cls(process)
        child.send("start", settings)
        return child

    @property
    def ending(self) -> str:
        """How it ended, in words."""
        status = self._process.returncode
        if status is not None and status < 0:
            return signal.Signals(-status).name
        return f"status {status}"

    def send(self, *message: object) -> bool:
        """Send a message; never waits. False if it was not taken: too much waits already."""
        if self._stdin.is_closing():
            return False
        if self._stdin.transport.get_write_buffer_size() > BACKLOG_BYTES:
            return False
        self._stdin.write(encode(message))
        return True

    async def messages(self) -> AsyncIterator[Message]:
        """What the child says, until it ends; a line that it was killed within is left out."""
        try:
            while (line := await self._stdout.readline()).endswith(b"\n"):
                yield decode(line)
        finally:
            await self._process.wait()

    async def end(self, grace_s: float) -> None:
        """Ask it to stop, and kill it if it has not ended after `grace_s`."""
        self.send("stop")
        try:
            await asyncio.wait_for(self._process.wait(), grace_s)
        except TimeoutError:
            self.kill()
            await self._process.wait()

    def kill(self) -> None:
        """End it at once."""
        if self._process.returncode is None:
            self._process.kill()


class Endings:
    """When a process that is started over and over has ended."""

    def __init__(self) -> None:
        self._at_s: deque[float] = deque(maxlen=RESTARTS)

    def too_many(self) -> bool:
        """Note that it has ended now; whether that was once too often."""
        self._at_s.append(time.monotonic())
        return len(self._at_s) == RESTARTS and self._at_s[-1] - self._at_s[0] < RESTARTS_WITHIN_S
