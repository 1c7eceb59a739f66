"""Send lists row by row, at a rate that a client's socket can take, a few lists at a time."""

import asyncio
from collections.abc import Sequence

from distill_live.addresses import Values
from distill_live.errors import CommandError
from distill_live.osc import Client, OscServer

BATCH_ROWS, PAUSE_S = 32, 0.005
"""Number of rows sent at once, and the pause until the next."""

MAX_LISTS = 4
"""Maximum number of lists of `begin` that are sent at the same time."""


class ListSender:
    """Send lists in the running asyncio loop.

    Parameters
    ----------
    server
        Sends the rows.
    """

    def __init__(self, server: OscServer) -> None:
        self._replies = server.replies
        self._sending: set[asyncio.Task[None]] = set()

    async def send(
        self, client: Client, name: str, rows: Sequence[Values], *, numbered: bool = True
    ) -> None:
        """Send ``/name/info`` with values per row, then ``/name/end`` and the count.

        `numbered` rows have their index first.
        """
        for index, row in enumerate(rows):
            self._replies.send(client, f"/{name}/info", *((index, *row) if numbered else row))
            if index % BATCH_ROWS == BATCH_ROWS - 1:
                await asyncio.sleep(PAUSE_S)
        self._replies.send(client, f"/{name}/end", len(rows))

    def begin(self, client: Client, name: str, rows: Sequence[Values]) -> None:
        """Send a list in a task of its own.

        Raises
        ------
        CommandError
            With the code ``busy``, if `MAX_LISTS` are being sent.
        """
        if len(self._sending) >= MAX_LISTS:
            raise CommandError(f"{MAX_LISTS} lists are being sent already; ask again later", "busy")
        task = asyncio.get_running_loop().create_task(self.send(client, name, rows))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)
