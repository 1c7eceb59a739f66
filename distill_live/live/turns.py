"""Work that takes time, one piece after the other, so that no disk holds up control."""

import asyncio
from collections.abc import Awaitable, Callable

from distill_live.addresses import PREFIX
from distill_live.errors import CommandError
from distill_live.osc import Client, OscServer

MOST_WAITING = 64
"""Requests that may be under way or wait for those before them."""


class Turns:
    """Serves what clients ask for in the order in which it came.

    Parameters
    ----------
    server
        The way to clients, who are told what failed.
    """

    def __init__(self, server: OscServer) -> None:
        self._server = server
        self._turn = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def busy(self) -> bool:
        """Whether something is under way."""
        return bool(self._tasks)

    def take(self, path: str, client: Client, work: Callable[[], Awaitable[None]]) -> None:
        """Do some work of an address for a client after all that is under way.

        Raises
        ------
        CommandError
            If too much waits already.
        """
        self.check_room()
        task = asyncio.get_running_loop().create_task(self._take(path, client, work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def check_room(self) -> None:
        """Refuse what would wait behind too much.

        Raises
        ------
        CommandError
            With the code ``busy``.
        """
        if len(self._tasks) >= MOST_WAITING:
            raise CommandError(f"{MOST_WAITING} requests wait already; ask again later", "busy")

    async def _take(self, path: str, client: Client, work: Callable[[], Awaitable[None]]) -> None:
        async with self._turn:
            try:
                await work()
            except CommandError as error:
                self._server.fail(client, PREFIX + path, error.code, str(error))
