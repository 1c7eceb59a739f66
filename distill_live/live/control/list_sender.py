"""Lists, sent to a client row by row at a pace that its socket can take, and a few at a time."""

import asyncio
from collections.abc import Sequence

from distill_live.addresses import Values
from distill_live.errors import CommandError
from distill_live.osc import Client, OscServer

LIST_BATCH, LIST_PAUSE_S = 32, 0.005
"""Messages of a long list that are sent at once, and the time until the next."""

MOST_LISTS = 4
"""Long lists that are sent at the same time."""


class ListSender:
    """Sends them from the running asyncio loop.

    Parameters
    ----------
    server
        The way to clients.
    """

    def __init__(self, server: OscServer) -> None:
        self._server = server
        self._sending: set[asyncio.Task[None]] = set()

    async def send(self, client: Client, of: str, rows: Sequence[Values]) -> None:
        """Send ``/of/info`` with number and values of each row, then ``/of/end`` with how many."""
        for index, row in enumerate(rows):
            self._server.reply(client, f"/{of}/info", index, *row)
            if index % LIST_BATCH == LIST_BATCH - 1:
                await asyncio.sleep(LIST_PAUSE_S)
        self._server.reply(client, f"/{of}/end", len(rows))

    def begin(self, client: Client, of: str, rows: Sequence[Values]) -> None:
        """Send a long one meanwhile.

        Raises
        ------
        CommandError
            With the code ``busy``, if `MOST_LISTS` are being sent.
        """
        if len(self._sending) >= MOST_LISTS:
            raise CommandError(
                f"{MOST_LISTS} lists are being sent already; ask again later", "busy"
            )
        task = asyncio.get_running_loop().create_task(self.send(client, of, rows))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)
