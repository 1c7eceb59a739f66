"""Base of the servers of connected clients: limits, rate-limited warnings."""

import logging
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ClassVar

from distill_live.osc.binding import bind, check_port
from distill_live.osc.client import Client
from distill_live.osc.server import OscServer

MAX_UNSENT_BYTES = 256 * 1024
"""Maximum unread output of a client; one that exceeds it is disconnected."""

MAX_CONNECTIONS = 16
"""Maximum number of connections per server; as many clients can subscribe."""

WARNING_INTERVAL_S = 1.0
"""Minimum time between two warnings about connections."""

logger = logging.getLogger("distill_live.osc")


class ConnectionServer:
    """Listens on a TCP port, in the running asyncio loop.

    Parameters
    ----------
    osc
        Server that receives the packets.
    host, port
        Address to listen on; port 0 takes any free one.
    or_next
        Take the next free port if `port` is in use.
    """

    option: ClassVar[str]
    """Command-line option that sets the port."""

    def __init__(self, osc: OscServer, host: str, port: int, *, or_next: bool = False) -> None:
        check_port(port, self.option)
        self._osc = osc
        self._host = host
        self._port = port
        self._or_next = or_next
        self._warned_s = -WARNING_INTERVAL_S

    @property
    def port(self) -> int:
        """Port it listens on, once started."""
        return self._port

    def _bind(self) -> socket.socket:
        bound = bind(self._host, self._port, socket.SOCK_STREAM, self.option, or_next=self._or_next)
        self._port = bound.getsockname()[1]
        return bound

    @contextmanager
    def _connected(self, client: Client, send: Callable[[bytes], None]) -> Iterator[None]:
        """Register a client with the OSC server for the duration of the block."""
        self._osc.connect(client, send)
        try:
            yield
        finally:
            self._osc.disconnect(client)

    def _warn(self, client: Client, text: str) -> None:
        """Print a warning about a client, unless another was printed just before."""
        now_s = time.perf_counter()
        if now_s - self._warned_s >= WARNING_INTERVAL_S:
            self._warned_s = now_s
            logger.warning("%s %s.", client, text)

    def _warn_unread(self, client: Client) -> None:
        self._warn(client, "does not read what it is sent; it was disconnected")
