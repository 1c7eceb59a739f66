"""Print incoming OSC messages on the terminal, at a limited rate."""

import time
from collections.abc import Callable

from distill_live.files import printable
from distill_live.osc import Client, Message

MAX_PER_SECOND = 100
"""Maximum number of messages printed a second; further ones are counted."""


class MessageLog:
    """Prints messages; a listener of `OscServer.tap`.

    Parameters
    ----------
    say
        Takes lines for the terminal.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._second, self._count = 0, 0

    def __call__(self, message: Message, client: Client) -> None:
        """Print or count a message."""
        second = int(time.monotonic())
        if second != self._second:
            if self._count > MAX_PER_SECOND:
                self._say(f"... and {self._count - MAX_PER_SECOND} more in that second")
            self._second, self._count = second, 0
        self._count += 1
        if self._count <= MAX_PER_SECOND:
            said = " ".join([message.address, *map(repr, message.args)])
            self._say(f"{client[0]}:{client[1]}  {printable(said)}")
