"""Log received messages (``/dump``) and refused ones for the terminal, at limited rates."""

import logging
import time
from collections.abc import Callable

from distill_live.addresses import PREFIX
from distill_live.files import printable
from distill_live.osc import Client, Message

MAX_MESSAGES_PER_SECOND = 100
"""Maximum number of messages that ``/dump`` logs per second; the others are counted."""

MAX_REFUSALS_PER_SECOND = 5
"""Maximum number of different refusals logged per second; the others are counted."""

SHOWN_S = 5.0
"""Time for which the display shows the last refusal."""

logger = logging.getLogger("distill_live.messages")


class LimitedLog:
    """Log lines as warnings, which a quiet terminal prints too, at most so many per second.

    Parameters
    ----------
    per_second
        Maximum number of lines per second; further ones are counted.
    monotonic
        Monotonic clock, in seconds.
    """

    def __init__(self, per_second: int, monotonic: Callable[[], float] = time.perf_counter) -> None:
        self._per_second, self._monotonic = per_second, monotonic
        self._second, self._count = 0, 0

    def begin(self) -> bool:
        """Begin a new second if it is time; True if so."""
        second = int(self._monotonic())
        if second == self._second:
            return False
        if self._count > self._per_second:
            logger.warning("... and %s more in that second", self._count - self._per_second)
        self._second, self._count = second, 0
        return True

    def add(self, line: Callable[[], str]) -> None:
        """Log a line, or count it."""
        self.begin()
        self._count += 1
        if self._count <= self._per_second:
            logger.warning("%s", printable(line()))


class MessageLog:
    """Log messages as they arrive (`Dispatcher.on_message`)."""

    def __init__(self) -> None:
        self._log = LimitedLog(MAX_MESSAGES_PER_SECOND)

    def __call__(self, message: Message, client: Client) -> None:
        """Log a message of a client."""
        self._log.add(lambda: f"{client}  {' '.join([message.address, *map(repr, message.args)])}")


class RefusalLog:
    """Log refused messages (`Replies.on_refusal`), the same one once a second.

    Parameters
    ----------
    monotonic
        Monotonic clock, in seconds.
    """

    def __init__(self, monotonic: Callable[[], float] = time.perf_counter) -> None:
        self._monotonic = monotonic
        self._log = LimitedLog(MAX_REFUSALS_PER_SECOND, monotonic)
        self._logged: set[str] = set()  # in this second
        self._newest, self._newest_s = "", 0.0

    def __call__(self, address: str, text: str) -> None:
        """Log the refusal of a message to `address`, as the client sent it, and why."""
        path = address.removeprefix(PREFIX)
        line = "refused: " + (text if text.startswith(path) else f"{path}, {text}")
        self._newest, self._newest_s = line, self._monotonic()
        if self._log.begin():
            self._logged.clear()
        if line not in self._logged:
            if len(self._logged) < MAX_REFUSALS_PER_SECOND:
                self._logged.add(line)
            self._log.add(lambda: line)

    @property
    def shown(self) -> str:
        """The last refusal, for `SHOWN_S`; then empty."""
        recent = self._newest and self._monotonic() - self._newest_s < SHOWN_S
        return self._newest if recent else ""
