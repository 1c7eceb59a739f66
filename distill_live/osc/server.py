"""The OSC server: packets in to a `Dispatcher`, replies out, batches at a pace; and its UDP socket.

The first change after a pause is passed on at once; in a stream, batches are at least
`FLUSH_INTERVAL_S` apart, a fraction of a hop, so that a flood of messages reaches synthesis as a
few batches that hold the newest values. What subscribers are owed is sent at a pace of its own.

Clients that are connected in some other way are no different: who holds the connection gives what
arrives to `receive`, and is given what goes down it.
"""

import asyncio
import socket
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self

from distill_live.addresses import PREFIX, Address, Values
from distill_live.errors import CommandError
from distill_live.osc.binding import bind, check_port
from distill_live.osc.dispatch import (
    Client,
    Counters,
    Dispatcher,
    Handler,
    is_connected,
    is_loopback,
)
from distill_live.osc.socket_reader import SocketReader
from distill_live.osc.subscribers import Subscriber, Subscribers
from distill_live.osc.wire import Message

FLUSH_INTERVAL_S = 0.001
"""The least time between two batches."""

FEEDBACK_INTERVAL_S = 1 / 60
"""The least time between two messages of one address to a subscriber."""


class OscServer:
    """Listens on a UDP port, in the running asyncio loop.

    Parameters
    ----------
    host
        Address to listen on: ``127.0.0.1``, or another one of this computer.
    port
        1 to 65535, or 0 for any that is free.
    table
        The addresses, of `distill_live.addresses.instantiate`.
    handler
        What to do with them; called within the loop, so it must not block.

    Attributes
    ----------
    subscribers : Subscribers
    on_table : callable or None
        Called after `use_table`.

    Examples
    --------
    >>> async with OscServer("127.0.0.1", 9010, table, handler) as server:  # doctest: +SKIP
    ...     await stopped.wait()
    """

    def __init__(
        self, host: str, port: int, table: Mapping[str, Address], handler: Handler
    ) -> None:
        check_port(port, "--osc-port")
        self.subscribers = Subscribers()
        self.on_table: Callable[[], None] | None = None
        self._host = host
        self._port = port
        self._dispatcher = Dispatcher(table, handler, self._send)
        self._socket: socket.socket | None = None
        self._connections: dict[Client, Callable[[bytes], None]] = {}
        self._flusher: asyncio.TimerHandle | None = None
        self._flushed_s = 0.0
        self._feedback: asyncio.TimerHandle | None = None
        self._fed_back_s = 0.0

    @property
    def port(self) -> int:
        """The port it listens on, once started."""
        return self._port

    @property
    def table(self) -> Mapping[str, Address]:
        """The addresses by their paths, without prefix."""
        return self._dispatcher.table

    def use_table(self, table: Mapping[str, Address]) -> None:
        """Go by another table from now on; nobody is told of what it has no more, or not so."""
        same = {path for path, address in table.items() if self.table.get(path) == address}
        self._dispatcher.use(table)
        self.subscribers.keep_only(same)
        if self.on_table is not None:
            self.on_table()

    def holds(self, path: str, values: Values) -> bool:
        """Whether the table has such an address, and so many values are one of it."""
        address = self.table.get(path)
        return address is not None and len(values) >= len(address.signature)

    @property
    def counters(self) -> Counters:
        """What has happened since the start."""
        return self._dispatcher.counters

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
        self._reader = SocketReader(self._socket, self._take, self._flush_soon)

    def close(self) -> None:
        """Stop listening; changes that wait are passed on."""
        for timer in (self._flusher, self._feedback):
            if timer is not None:
                timer.cancel()
        self._flusher = self._feedback = None
        self._dispatcher.flush()
        if self._socket is not None:
            self._reader.close()
            self._socket.close()
            self._socket = None

    def connect(self, client: Client, send: Callable[[bytes], None]) -> None:
        """A client is connected (`is_connected`); each packet that is for it goes to `send`."""
        self._connections[client] = send

    def disconnect(self, client: Client) -> None:
        """Its connection is no more."""
        del self._connections[client]
        self.subscribers.remove(client)

    def receive(self, data: bytes, client: Client) -> None:
        """Take in a packet that a connected client has sent."""
        if self._socket is not None:
            self._take(data, client)
            self._flush_soon()

    def flush(self) -> None:
        """Pass on now what was changed."""
        self._flushed_s = self._loop.time()
        self._dispatcher.flush()

    def reply(self, client: Client, path: str, *values: float | int | str) -> None:
        """Send a client a value or a reply of the table; `path` has no prefix."""
        self._dispatcher.reply(client, path, values)

    def done(self, client: Client, path: str, detail: str) -> None:
        """Tell a client that what takes time is done; `path` has no prefix."""
        self.reply(client, "/done", PREFIX + path, detail)

    def refuse(self, client: Client, path: str, error: CommandError) -> None:
        """Tell a client that a message failed, at most ten times a second; `path` is whole."""
        self._dispatcher.refuse(client, path, error)

    def tap(self, listener: Callable[[Message, Client], None] | None) -> None:
        """Show a listener every message as it arrives, or nobody."""
        self._dispatcher.tap = listener

    def subscribe(self, client: Client, port: int | None) -> Subscriber:
        """Make a client a subscriber, whose messages go to its own address and `port`.

        Raises
        ------
        CommandError
            If there are too many, the port is the server's own, or the client is connected and
            gives one.
        """
        if port is not None and is_connected(client):
            raise CommandError("what is for you comes down your connection; give no port")
        if port == self._port and is_loopback(client):
            raise CommandError(f"port {port} is the instrument's own; give yours", "forbidden")
        return self.subscribers.add(client, port)

    def tell(
        self, path: str, values: Values, sender: Client | None = None, *, clipped: bool = False
    ) -> None:
        """Tell the subscribers, but for its sender, what an address of the table is now."""
        if self.subscribers.owe(path, values, sender, clipped=clipped):
            self.feed_back()

    def feed_back(self) -> None:
        """Send soon what is owed."""
        if self._feedback is None and self._socket is not None:
            wait_s = self._fed_back_s + FEEDBACK_INTERVAL_S - self._loop.time()
            self._feedback = self._loop.call_later(max(0.0, wait_s), self._send_owed)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _take(self, data: bytes, client: Client) -> None:
        self.subscribers.heard(client)
        self._dispatcher.receive(data, client)

    def _flush_soon(self) -> None:
        if self._flusher is None and self._dispatcher.waiting:
            wait_s = self._flushed_s + FLUSH_INTERVAL_S - self._loop.time()
            if wait_s <= 0:
                self.flush()
            else:
                self._flusher = self._loop.call_later(wait_s, self._flush)

    def _flush(self) -> None:
        self._flusher = None
        self.flush()

    def _send_owed(self) -> None:
        self._feedback = None
        self._fed_back_s = self._loop.time()
        datagrams: dict[tuple[str, Values], bytes] = {}
        for target, path, values in self.subscribers.collect():
            data = datagrams.get((path, values))
            if data is None:
                data = datagrams[path, values] = self._dispatcher.encode(path, values)
            self._send_to(data, target)

    def _send(self, data: bytes, client: Client) -> None:
        self._send_to(data, self.subscribers.target(client))

    def _send_to(self, data: bytes, target: Client) -> None:
        if is_connected(target):
            send = self._connections.get(target)
            if send is not None:
                send(data)
            return
        try:
            if self._socket is not None:
                self._socket.sendto(data, target)
        except OSError:  # the network is full or gone; a datagram may be lost anyway
            self.counters.unanswered += 1
