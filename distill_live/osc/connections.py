"""What connections have in common, whatever goes over them: names, bounds, lines about them."""

import time
from collections.abc import Callable
from itertools import count

from distill_live.osc.dispatch import Client

MAX_UNSENT_BYTES = 256 * 1024
"""What may wait for a client that does not read; one that lets more wait is disconnected."""

MAX_CONNECTIONS = 16
"""As many as can be subscribed."""

SAY_INTERVAL_S = 1.0
"""The least time between two lines about connections."""

_numbers = count(1)


def connected_client(peer: tuple[object, ...], sort: str) -> Client:
    """Names a client that is connected, so that no other ever has the same name.

    Parameters
    ----------
    peer
        Its address, as the socket names it.
    sort
        A word for the sort of connection.
    """
    return (*peer[:2], sort, next(_numbers))


class Warner:
    """Says a line about a client at most once in `SAY_INTERVAL_S`; others are not said.

    Parameters
    ----------
    say
        Takes a line for the terminal.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._said_s = -SAY_INTERVAL_S

    def __call__(self, client: Client, what: str) -> None:
        """Say what is the matter with a client."""
        now_s = time.monotonic()
        if now_s - self._said_s >= SAY_INTERVAL_S:
            self._said_s = now_s
            self._say(f"{client[0]}:{client[1]} {what}.")
