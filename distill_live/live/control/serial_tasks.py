"""Work that takes time, one piece after the other, so that no disk holds up control."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from distill_live.errors import CommandError
from distill_live.osc import Client

MOST_WAITING = 64
"""Requests that may be under way or wait for those before them."""

Refuse = Callable[[Client, str, Exception], None]
"""Tells a client what went wrong with what it said: its path and the error."""


class _Request(NamedTuple):
    client: Client
    about: str | None


class SerialTasks:
    """Serves what clients ask for in the order in which it came; each is answered.

    Parameters
    ----------
    refuse
        Tells a client what went wrong, whatever that is.
    """

    def __init__(self, refuse: Refuse) -> None:
        self._refuse = refuse
        self._turn = asyncio.Lock()
        self._tasks: dict[asyncio.Task[None], _Request] = {}

    def take(
        self,
        path: str,
        client: Client,
        work: Callable[[], Awaitable[None]],
        about: str | None = None,
    ) -> None:
        """Do some work of an address for a client after all that is under way.

        Parameters
        ----------
        about
            What `wait_for` knows it by.

        Raises
        ------
        CommandError
            If too much waits already.
        """

        async def wait() -> None:
            async with self._turn:
                await work()

        self._begin(path, _Request(client, about), wait)

    def afterwards(self, path: str, client: Client, work: Callable[[], None]) -> None:
        """Do some work of an address when all is done that a client asked for before.

        Raises
        ------
        CommandError
            If too much waits already.
        """
        earlier = [task for task, request in self._tasks.items() if request.client == client]
        if not earlier:
            work()
            return

        async def wait() -> None:
            await asyncio.wait(earlier)
            work()

        self._begin(path, _Request(client, None), wait)

    async def wait_for(self, about: str) -> None:
        """Wait until all is done that was asked before about something, and for nothing else."""
        earlier = [task for task, request in self._tasks.items() if request.about == about]
        if earlier:
            await asyncio.wait(earlier)

    def check_room(self) -> None:
        """Refuse what would wait behind too much.

        Raises
        ------
        CommandError
            With the code ``busy``.
        """
        if len(self._tasks) >= MOST_WAITING:
            raise CommandError(f"{MOST_WAITING} requests wait already; ask again later", "busy")

    def _begin(self, path: str, request: _Request, work: Callable[[], Awaitable[None]]) -> None:
        async def guarded() -> None:
            try:
                await work()
            except Exception as error:  # whatever it is, the client is answered
                self._refuse(request.client, path, error)

        self.check_room()
        task = asyncio.get_running_loop().create_task(guarded())
        self._tasks[task] = request
        task.add_done_callback(self._tasks.pop)
