"""Log incoming OSC messages, at a rate that a person can read, for ``/dump``."""

import logging
import time

from distill_live.files import printable
from distill_live.osc import Client, Message

MAX_MESSAGES_PER_SECOND = 100
"""Maximum number of messages logged per second; the others are counted."""

logger = logging.getLogger("distill_live.live")


class MessageLog:
    """Logs messages (`Dispatcher.on_message`) as warnings: a quiet terminal prints those."""

    def __init__(self) -> None:
        self._second, self._count = 0, 0

    def __call__(self, message: Message, client: Client) -> None:
        """Log a message of a client, or count it."""
        second = int(time.monotonic())
        if second != self._second:
            if self._count > MAX_MESSAGES_PER_SECOND:
                more = self._count - MAX_MESSAGES_PER_SECOND
                logger.warning("... and %s more in that second", more)
            self._second, self._count = second, 0
        self._count += 1
        if self._count <= MAX_MESSAGES_PER_SECOND:
            text = " ".join([message.address, *map(repr, message.args)])
            logger.warning("%s  %s", client, printable(text))
