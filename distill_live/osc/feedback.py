"""Feedback: send subscribers what has changed, at most once per `FEEDBACK_INTERVAL_S`."""

import asyncio
from collections.abc import Callable

from distill_live.addresses import Values
from distill_live.errors import CommandError
from distill_live.osc.client import Client
from distill_live.osc.replies import Replies
from distill_live.osc.subscribers import SILENCE_LIMIT_S, Subscriber, Subscribers
from distill_live.osc.tokens import AddressTokens

FEEDBACK_INTERVAL_S = 1 / 60
"""Minimum time between two messages of one address to a subscriber."""

RENEWAL_S = SILENCE_LIMIT_S / 3
"""Interval at which subscribers on other computers are sent tokens; one may be lost, or two."""


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
        self._tokens = AddressTokens()
        self._room: tuple[Client, int] | None = None  # for tokens, in bytes, and to whom
        self._own_port = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._renewal: asyncio.TimerHandle | None = None
        self._sent_s = 0.0

    def start(self, own_port: int) -> None:
        """Begin to send; `own_port` is where the instrument listens."""
        self._own_port = own_port
        self._loop = asyncio.get_running_loop()
        self._renewal = self._loop.call_later(RENEWAL_S, self._renew, self._loop)

    def close(self) -> None:
        """Stop sending."""
        self._loop = None
        for timer in (self._timer, self._renewal):
            if timer is not None:
                timer.cancel()
        self._timer = self._renewal = None

    def note_packet(self, client: Client, size: int) -> None:
        """Note a packet of `size` bytes from a client; tokens in answer to it are no longer."""
        self.subscribers.note_message(client)
        self._room = client, size

    def subscribe(
        self, client: Client, port: int | None = None, token: str = ""
    ) -> Subscriber | None:
        """Subscribe a client; its messages go to its own host and `port`, or its own port.

        Parameters
        ----------
        client, port
            Source of its messages; port that it reads at, None for the same.
        token
            Token that was sent there.

        Returns
        -------
        Subscriber or None
            None for a client that is not verified, if it gives no valid token, and one was sent to
            it; or if it was subscribed already, and has proved its address again.

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
        if not client.is_verified:
            target = client if port is None else client._replace(port=port)
            known = self.subscribers.target(client) == target
            proved = self._tokens.proves(target, token)
            if known and proved:
                self.subscribers.note_proof(client)
                return None
            if not (known or proved):
                self._answer_by_token(client, target)
                return None
        return self.subscribers.add(client, port)

    def _answer_by_token(self, client: Client, target: Client) -> None:
        """Send a token to `target`, unless the packet of `client` that asks for it is shorter."""
        data = self._token(target)
        if self._room is not None and self._room[0] == client and self._room[1] >= len(data):
            self._room = client, self._room[1] - len(data)
            self._send(data, target)

    def _renew(self, loop: asyncio.AbstractEventLoop) -> None:
        """Have the subscribers on other computers prove that they are still there."""
        self.subscribers.drop_silent()
        for target in self.subscribers.unverified():
            self._send(self._token(target), target)
        self._renewal = loop.call_later(RENEWAL_S, self._renew, loop)

    def _token(self, target: Client) -> bytes:
        return self._replies.encode("/id", (self._tokens.issue(target),))

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
