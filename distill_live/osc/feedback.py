"""Feedback: send subscribers what has changed, at most once per `FEEDBACK_INTERVAL_S`."""

import asyncio
from collections.abc import Callable

from distill_live.addresses import Values
from distill_live.errors import CommandError
from distill_live.osc.client import Client
from distill_live.osc.replies import Replies
from distill_live.osc.subscribers import Subscriber, Subscribers

FEEDBACK_INTERVAL_S = 1 / 60
"""Minimum time between two messages of one address to a subscriber."""


class Feedback:
    """Send subscribers the newest values, from the running asyncio loop.

    Parameters
    ----------
    replies
        Encodes them.
    send
        Sends a datagram to a target.

    Attributes
    ----------
    subscribers : Subscribers
    """

    def __init__(self, replies: Replies, send: Callable[[bytes, Client], None]) -> None:
        self.subscribers = Subscribers()
        self._replies = replies
        self._send = send
        self._own_port = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._sent_s = 0.0

    def start(self, own_port: int) -> None:
        """Begin to send; `own_port` is where the instrument listens."""
        self._own_port = own_port
        self._loop = asyncio.get_running_loop()

    def close(self) -> None:
        """Stop sending."""
        self._loop = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def subscribe(self, client: Client, port: int | None) -> Subscriber:
        """Subscribe a client; its messages go to its own host and `port`.

        Raises
        ------
        CommandError
            If there are too many, the port is the instrument's own, or the client is connected and
            gives one.
        """
        if port is not None and client.is_connected:
            raise CommandError("what is for you comes down your connection; give no port")
        if port == self._own_port and client.is_loopback:
            raise CommandError(f"port {port} is the instrument's own; give yours", "forbidden")
        return self.subscribers.add(client, port)

    def tell(
        self, path: str, values: Values, sender: Client | None = None, *, clipped: bool = False
    ) -> None:
        """Send subscribers, except the sender, a new value of an address."""
        if self.subscribers.owe(path, values, sender, clipped=clipped):
            self.send_soon()

    def send_soon(self) -> None:
        """Send what is owed, as soon as the interval permits."""
        if self._timer is None and self._loop is not None:
            wait_s = self._sent_s + FEEDBACK_INTERVAL_S - self._loop.time()
            self._timer = self._loop.call_later(max(0.0, wait_s), self._send_owed, self._loop)

    def _send_owed(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        self._sent_s = loop.time()
        datagrams: dict[tuple[str, Values], bytes] = {}
        for target, path, values in self.subscribers.collect():
            data = datagrams.get((path, values))
            if data is None:
                data = datagrams[path, values] = self._replies.encode(path, values)
            self._send(data, target)
