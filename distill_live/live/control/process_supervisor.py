"""Supervise the processes of a session: start, restart, end."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from distill_live.errors import DeviceError
from distill_live.files import reason_of
from distill_live.ipc.child_process import RESTARTS, RESTARTS_WITHIN_S, Child, Endings
from distill_live.ipc.priority import HELPERS, RECORDER
from distill_live.ipc.protocol import Message, Restart

PROCESSES = {
    "audio": ("distill_live.live.audio.audio_process", HELPERS),
    "synthesis": ("distill_live.live.synthesis.synthesis_process", HELPERS),
    "input": ("distill_live.live.input.input_process", HELPERS),
    "analysis": ("distill_live.live.input.analysis_process", HELPERS),
    "recorder": ("distill_live.live.recording.recorder_process", RECORDER),
}
"""Module that each process runs, and the priority that it starts with, so that a restart is quick
on a busy computer."""

CLOSING_S = 5.0
"""Maximum time for audio to release a sound server that may hang, before it is restarted."""

RETRY_S = 1.0
"""Time until the next try where the system has refused to start a process."""

logger = logging.getLogger("distill_live.live")


class ProcessSupervisor:
    """Start the processes of a session and restart those that end.

    Parameters
    ----------
    descriptors
        Open files of the shared block, which each process inherits.

    Attributes
    ----------
    ending : asyncio.Event
        Set when the session ends: then nothing is restarted.
    """

    def __init__(self, descriptors: tuple[int, ...]) -> None:
        self.ending = asyncio.Event()
        self._descriptors = descriptors
        self._children: dict[str, Child] = {}

    async def start(self, name: str, settings: Message) -> Child:
        """Start a process of `PROCESSES`."""
        module, priority = PROCESSES[name]
        child = await Child.start(module, settings, self._descriptors, priority=priority)
        self._children[name] = child
        return child

    async def keep(
        self,
        name: str,
        settings: Callable[[], Message],
        *,
        on_start: Callable[[Child], object],
        on_message: Callable[[Any], Any],
        on_end: Callable[[], None] = lambda: None,
        remedy: str = "start again, or with another model or device",
    ) -> None:
        """Keep a process running until the session ends.

        Parameters
        ----------
        name
            One of `PROCESSES`.
        settings
            Makes the settings of each start.
        on_start, on_end
            Called when a process has started or ended.
        on_message
            Awaited with each message.
        remedy
            What to do if it keeps ending.

        Raises
        ------
        DeviceError
            If the process keeps ending, or cannot be started.
        """
        endings = Endings()

        def note(what: str, how: str) -> None:
            if endings.too_many():
                raise DeviceError(
                    f"the {name} process {what} {RESTARTS} times within {RESTARTS_WITHIN_S:g} s "
                    f"({how}); {remedy}"
                )
            logger.warning("The %s process %s (%s); starting it again.", name, what, how)

        while not self.ending.is_set():
            try:
                child = await self.start(name, settings())
            except OSError as error:
                note("could not be started", reason_of(error))
                with suppress(TimeoutError):
                    await asyncio.wait_for(self.ending.wait(), RETRY_S)
                continue
            if self.ending.is_set():  # while it was being started
                child.kill()
            on_start(child)
            restart = False
            async for message in child.messages():
                if isinstance(message, Restart):
                    restart = True
                    await child.end(CLOSING_S)
                else:
                    await on_message(message)
            on_end()
            del self._children[name]
            if not restart and not self.ending.is_set():
                note("ended", child.ending)

    def send(self, name: str, message: Message) -> None:
        """Send a message to a process, if it runs."""
        if name in self._children:
            self._children[name].send(message)

    async def end(self, name: str, grace_s: float) -> None:
        """End a process, if it runs."""
        if name in self._children:
            await self._children[name].end(grace_s)

    def kill(self) -> None:
        """Kill all processes."""
        for child in self._children.values():
            child.kill()
