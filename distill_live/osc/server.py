"""OSC server: UDP socket, connections of other transports, pacing of batches.

The first command after a pause is passed on at once; in a stream, batches are at least
`FLUSH_INTERVAL_S` apart, a fraction of a hop, so that a flood of messages reaches synthesis as a
few batches with the newest values.
"""

import asyncio
import logging
import socket
from collections.abc import Callable, Mapping
from typing import Any, Self

from distill_live.addresses import Address
from distill_live.osc.binding import bind, check_port, network_denied
from distill_live.osc.client import Client
from distill_live.osc.dispatch import Dispatcher, Handler
from distill_live.osc.feedback import Feedback
from distill_live.osc.socket_reader import SocketReader

FLUSH_INTERVAL_S = 0.001
"""Minimum time between two batches."""

logger = logging.getLogger("distill_live.osc")


class OscServer:
    """OSC server on a UDP port, in the running asyncio loop.

    Parameters
    ----------
    host
        Address to listen on: ``127.0.0.1``, or another one of this computer.
    port
        1 to 65535, or 0 for any that is free.
    table
        Addresses, of `distill_live.addresses.instantiate`.
    handler
        Called within the loop, so it must not block.

    Attributes
    ----------
    dispatcher : Dispatcher
    replies : Replies
    feedback : Feedback
    on_change : callable or None
        Called with the path below which addresses, or the names that they take, have changed.

    Examples
    --------
    >>> async with OscServer("127.0.0.1", 9010, table, handler) as server:  # doctest: +SKIP
    ...     await stopped.wait()
    """

    def __init__(
        self, host: str, port: int, table: Mapping[str, Address], handler: Handler
    ) -> None:
        check_port(port, "--osc-port")
        self.dispatcher = Dispatcher(table, handler, self._reply)
        self.replies = self.dispatcher.replies
        self.feedback = Feedback(self.replies, self._send)
        self.on_change: Callable[[str], None] | None = None
        self._host = host
        self._port = port
        self._socket: socket.socket | None = None
        self._connections: dict[Client, Callable[[bytes], None]] = {}
        self._flusher: asyncio.TimerHandle | None = None
        self._flushed_s = 0.0
        self._warned_of_network = False

    @property
    def port(self) -> int:
        """The port it listens on, once started."""
        return self._port

    @property
    def table(self) -> Mapping[str, Address]:
        """Addresses by path, without prefix."""
        return self.dispatcher.table

    def use_table(self, table: Mapping[str, Address]) -> None:
        """Replace the address table; feedback of addresses that it changes is dropped."""
        same = {path for path, address in table.items() if self.table.get(path) == address}
        self.dispatcher.use(table)
        self.feedback.subscribers.keep_only(same)
        self.report_change("")

    def report_change(self, path: str) -> None:
        """Report that addresses below a path, or the names that they take, have changed."""
        if self.on_change is not None:
            self.on_change(path)

    async def start(self) -> None:
        """Begin to listen.

        Raises
        ------
        DeviceError
            If the port is in use, or the host is none of this computer's.
        """
        self._loop = asyncio.get_running_loop()
        self._socket = bind(self._host, self._port, socket.SOCK_DGRAM, "--osc-port")
        self._port = self._socket.getsockname()[1]
        self._reader = SocketReader(self._socket, self._receive, self._flush_soon)
        self.feedback.start(self._port)

    def close(self) -> None:
        """Stop listening; commands that wait are applied."""
        if self._flusher is not None:
            self._flusher.cancel()
            self._flusher = None
        self.feedback.close()
        self.dispatcher.flush()
        if self._socket is not None:
            self._reader.close()
            self._socket.close()
            self._socket = None

    def connect(self, client: Client, send: Callable[[bytes], None]) -> None:
        """Add a connected client (`Client.connected`); its packets go to `send`."""
        self._connections[client] = send

    def disconnect(self, client: Client) -> None:
        """Remove a connected client."""
        del self._connections[client]
        self.feedback.subscribers.remove(client)

    def has_lost(self, client: Client) -> bool:
        """Whether a client was connected and is no longer."""
        return client.is_connected and client not in self._connections

    def receive(self, data: bytes, client: Client) -> None:
        """Handle a packet from a connected client."""
        if self._socket is not None:
            self._take(data, client)
            self._flush_soon()

    def flush(self) -> None:
        """Apply the commands that wait now."""
        self._flushed_s = self._loop.time()
        self.dispatcher.flush()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    def _receive(self, data: bytes, sender: tuple[Any, ...]) -> None:
        self._take(data, Client(*sender))

    def _take(self, data: bytes, client: Client) -> None:
        self.feedback.note_packet(client, len(data))
        self.dispatcher.receive(data, client)

    def _flush_soon(self) -> None:
        if self._flusher is None and self.dispatcher.waiting:
            wait_s = self._flushed_s + FLUSH_INTERVAL_S - self._loop.time()
            if wait_s <= 0:
                self.flush()
            else:
                self._flusher = self._loop.call_later(wait_s, self._flush)

    def _flush(self) -> None:
        self._flusher = None
        self.flush()

    def _reply(self, data: bytes, client: Client) -> None:
        target = self.feedback.subscribers.target(client)
        if target is None:
            self.replies.counters.unanswered += 1
        else:
            self._send(data, target)

    def _send(self, data: bytes, target: Client) -> None:
        if target.is_connected:
            send = self._connections.get(target)
            if send is not None:
                send(data)
            return
        try:
            if self._socket is not None:
                self._socket.sendto(data, target.address)
        except OSError as refusal:  # the network is full or gone; a datagram may be lost anyway
            self.replies.counters.unanswered += 1
            if not self._warned_of_network and (reason := network_denied(refusal, target.host)):
                self._warned_of_network = True
                logger.warning("OSC: %s.", reason)
