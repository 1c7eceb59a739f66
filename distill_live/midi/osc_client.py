"""A client of an instrument, here or on another computer: subscribed for as long as it is there.

What is said goes out at once. Values that others may have moved unsaid are asked for; an instrument
that comes, or comes back, is subscribed to anew.
"""

import socket
import time
from collections.abc import Callable, Iterable
from typing import Any

from distill_live.addresses import PREFIX, Value, Values
from distill_live.errors import ConfigurationError, WireError
from distill_live.osc.socket_reader import SocketReader
from distill_live.osc.wire import build_message, parse_packet

GREETING_S = 1.0
"""How often an instrument that does not answer is called."""

LOST_S = 4.0
"""An instrument that answers nothing for so long is not there."""

HEARTBEAT_S = 1.5
"""After so long without an answer it is asked for one."""

RENEWAL_S = 20.0
"""A subscription is renewed so often: a third of the time after which it ends."""

HEARTBEAT = "/play"
"""What is asked for then."""

_KINDS = {float: "f", int: "i", str: "s"}


class OscClient:
    """Speaks to one instrument, in the running asyncio loop.

    Parameters
    ----------
    host, port
        Where it is.
    on_heard
        Takes each path, without ``/distill``, and its values.
    on_presence
        Told True when it answers, and False when it does not any more.

    Raises
    ------
    ConfigurationError
        If there is no such host.
    """

    def __init__(
        self,
        host: str,
        port: int,
        on_heard: Callable[[str, Values], None],
        on_presence: Callable[[bool], None],
    ) -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
        except (OSError, UnicodeError):
            raise ConfigurationError(f"--osc-to {host}:{port}: no such computer") from None
        family, kind, protocol, _, address = found[0]
        self._target: tuple[Any, ...] = address
        self._on_heard, self._on_presence = on_heard, on_presence
        self._socket = socket.socket(family, kind, protocol)
        self._socket.bind(("", 0))
        self._socket.setblocking(False)
        self._reader = SocketReader(self._socket, self._receive)
        self._here: bool | None = None  # not known yet
        self._heard_s = time.monotonic()
        self._greeted_s = -RENEWAL_S

    def say(self, path: str, values: Values = ()) -> None:
        """Say something, or ask for a value by saying none."""
        kinds = "".join(_KINDS[type(value)] for value in values)
        try:
            self._socket.sendto(build_message(PREFIX + path, kinds, values), self._target)
        except OSError:  # no network, or nobody there; a datagram may be lost anyway
            return

    def tick(self, stale: Iterable[str]) -> None:
        """Look after the subscription, and ask for values; to be called twice a second."""
        now_s = time.monotonic()
        if self._here is not False and now_s - self._heard_s > LOST_S:
            self._here = False
            self._on_presence(False)
        if now_s - self._greeted_s > (RENEWAL_S if self._here else GREETING_S):
            self._greeted_s = now_s
            self.say("/notify", (1,))
        if self._here:
            for path in stale:
                self.say(path)
            if now_s - self._heard_s > HEARTBEAT_S:
                self.say(HEARTBEAT)

    def close(self) -> None:
        """Subscribe no more, and say no more."""
        self.say("/notify", (0,))
        self._reader.close()
        self._socket.close()

    def _receive(self, data: bytes, sender: tuple[Any, ...]) -> None:
        if sender[:2] != self._target[:2]:
            return
        try:
            groups = parse_packet(data)
        except WireError:
            return
        for group in groups:
            for address, args in group.messages:
                self._hear(address.removeprefix(PREFIX), args)

    def _hear(self, path: str, values: tuple[Value | bool, ...]) -> None:
        self._heard_s = time.monotonic()
        if path == "/update" and values == (0,):  # the full state was told
            self.say("/axis/list")
        elif not self._here:
            self._here = True
            self._on_presence(True)
        self._on_heard(path, values)
