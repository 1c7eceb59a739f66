"""Send subscribers what the terminal warns of: who plays from afar does not see it."""

import asyncio
import logging

from distill_live.files import printable
from distill_live.live.control.terminal.message_log import logger as message_logger
from distill_live.osc import OscServer

MAX_CHARACTERS = 200
"""Maximum length of a warning that is sent."""

logger = logging.getLogger("distill_live")


class WarningFeed(logging.Handler):
    """Send ``/warning`` in the running asyncio loop, as a handler of the package's log.

    Messages that the terminal shows are not sent (`message_log`): their clients are answered.

    Parameters
    ----------
    server
        Sends the warnings.
    """

    def __init__(self, server: OscServer) -> None:
        super().__init__(logging.WARNING)
        self._server, self._loop = server, asyncio.get_running_loop()
        logger.addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Send a record's message; records come from any thread."""
        if record.name != message_logger.name and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._send, printable(record.getMessage()))

    def close(self) -> None:
        """Stop sending."""
        logger.removeHandler(self)
        super().close()

    def _send(self, text: str) -> None:
        for subscriber in self._server.feedback.subscribers.everything():
            self._server.replies.send(subscriber.source, "/warning", text[:MAX_CHARACTERS])
