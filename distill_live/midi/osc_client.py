"""OSC client over UDP that keeps a subscription to an instrument alive.

Messages are sent at once. An instrument that appears, or appears again, is subscribed to again.
"""

import socket
import time
from collections.abc import Callable, Iterable
from typing import Any

from distill_live.addresses import PREFIX, Value, Values
from distill_live.errors import ConfigurationError, WireError
from distill_live.osc.binding import enlarge_buffers, network_denied
from distill_live.osc.client import host_and_port, is_loopback
from distill_live.osc.socket_reader import SocketReader
from distill_live.osc.wire import build_bundle, build_message, parse_packet

SUBSCRIBE_S = 1.0
"""Interval of subscription attempts while the instrument does not answer."""

LOST_S = 4.0
"""Silence after which the instrument counts as gone."""

HEARTBEAT_S = 1.5
"""Silence after which a value is requested."""

RENEWAL_S = 5.0
"""Interval of renewing the subscription: an instrument that is restarted within `LOST_S` has it no
more, but answers."""

HEARTBEAT = "/play"
"""Address requested after `HEARTBEAT_S`."""

_KINDS = {float: "f", int: "i", str: "s"}


class OscClient:
    """Client of one instrument, in the running asyncio loop.

    Parameters
    ----------
    host, port
        OSC address of the instrument.
    on_message
        Called with each received path, without ``/distill``, and its values.
    on_presence
        Called with True when the instrument answers, with False when it no longer does.
    own_port
        Port to send from; 0 for any that is free.

    Raises
    ------
    ConfigurationError
        If the host is unknown.
    OSError
        If `own_port` is taken.

    Attributes
    ----------
    is_local : bool
        Whether it is reached by loopback: no packet is lost, and clocks are equal.
    network_denied : str
        What to set where macOS may deny the network (`binding.network_denied`); else empty.
    """

    def __init__(
        self,
        host: str,
        port: int,
        on_message: Callable[[str, Values], None],
        on_presence: Callable[[bool], None],
        own_port: int = 0,
    ) -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
        except (OSError, UnicodeError):
            raise ConfigurationError(
                f"--osc-to {host_and_port(host, port)}: unknown host; check the name"
            ) from None
        found.sort(key=lambda one: one[0] != socket.AF_INET)  # which most instruments listen on
        family, kind, protocol, _, address = found[0]
        self._target: tuple[Any, ...] = address
        self.is_local = is_loopback(str(address[0]))
        self._on_message, self._on_presence = on_message, on_presence
        self._socket = socket.socket(family, kind, protocol)
        try:
            # loopback takes no packets of other computers
            self._socket.bind((str(address[0]) if self.is_local else "", own_port))
        except OSError:
            self._socket.close()
            raise
        enlarge_buffers(self._socket)
        self._socket.setblocking(False)
        self._reader = SocketReader(self._socket, self._read)
        self._present: bool | None = None  # None: not known yet
        self._received_s = time.perf_counter()
        self._subscribed_s = -RENEWAL_S
        self.network_denied = ""

    @property
    def own_port(self) -> int:
        """Port that it sends from."""
        return int(self._socket.getsockname()[1])

    def send(self, path: str, values: Values = ()) -> None:
        """Send a message; without values it asks for the value."""
        self._send(_encode(path, values))

    def send_together(self, messages: Iterable[tuple[str, Values]], ahead_s: float) -> None:
        """Send messages that take effect together in so many seconds; 0 for at once."""
        encoded = [_encode(path, values) for path, values in messages]
        self._send(build_bundle(time.time() + ahead_s if ahead_s else None, encoded))

    def tick(self, stale: Iterable[str]) -> None:
        """Renew the subscription and request the values of `stale`; call it twice a second."""
        now_s = time.perf_counter()
        if self._present is not False and now_s - self._received_s > LOST_S:
            self._present = False
            self._on_presence(False)
        if now_s - self._subscribed_s >= (RENEWAL_S if self._present else SUBSCRIBE_S):
            self._subscribed_s = now_s
            self.send("/notify", (1,))
        if self._present:
            for path in stale:
                self.send(path)
            if now_s - self._received_s > HEARTBEAT_S:
                self.send(HEARTBEAT)

    def close(self) -> None:
        """Unsubscribe and close the socket."""
        self.send("/notify", (0,))
        self._reader.close()
        self._socket.close()

    def _send(self, packet: bytes) -> None:
        try:
            self._socket.sendto(packet, self._target)
        except OSError as refusal:  # no network or no receiver; UDP may lose it anyway
            self.network_denied = network_denied(refusal, str(self._target[0]))

    def _read(self, data: bytes, sender: tuple[Any, ...]) -> None:
        if sender[:2] != self._target[:2]:
            return
        try:
            groups = parse_packet(data)
        except WireError:
            return
        for group in groups:
            for message in group.messages:
                self._receive(message.address.removeprefix(PREFIX), message.values)

    def _receive(self, path: str, values: tuple[Value | bool, ...]) -> None:
        if path == "/id":  # sent to another computer before it is subscribed
            if values:
                self.send("/notify", (1, 0, str(values[0])))
            return
        self._received_s = time.perf_counter()
        if path == "/update" and values == (0,):  # end of the full state
            self.send("/axis/list")
        elif not self._present:
            self._present = True
            self._on_presence(True)
        self._on_message(path, values)


def _encode(path: str, values: Values) -> bytes:
    kinds = "".join(_KINDS[type(value)] for value in values)
    return build_message(PREFIX + path, kinds, values)
