"""The HTTP port of OSCQuery: requests to `query`, WebSockets to the OSC server.

A client over a WebSocket is a client like any other: what it sends in binary frames is OSC, and
what is for it comes back so. ``LISTEN`` makes it a subscriber of single addresses.
"""

import asyncio
import json
import logging
import socket
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from distill_live.addresses import PREFIX
from distill_live.errors import CommandError
from distill_live.osc.binding import bind, check_port
from distill_live.osc.connections import (
    MAX_CONNECTIONS,
    MAX_UNSENT_BYTES,
    Warner,
    connected_client,
)
from distill_live.osc.dispatch import Client
from distill_live.osc.server import MAX_READ_AT_ONCE, OscServer
from distill_live.osc.wire import MAX_PACKET_BYTES
from distill_live.oscquery.origins import host_is_ours, origin_is_ours, site_is_ours
from distill_live.oscquery.query import Ask, answer
from distill_live.oscquery.tree import GET, Node, access

MAX_OPEN = 64
"""Connections that may be open, with those that only ask once."""

MAX_UNSENT_PACKETS = 1024
"""Packets that may wait for a WebSocket that does not read, beside what the socket holds."""

OPENING_S, ANSWERING_S, CLOSING_S = 5.0, 2.0, 0.5
"""How long a request may take to come, the engine to give values, and a client to close."""


class QueryServer:
    """Listens on a TCP port, in the running asyncio loop.

    Parameters
    ----------
    osc
        Who is given what arrives, and whose table is shown.
    host, port
        Where to listen; port 0 takes any that is free.
    ask
        Asks the engine for values.
    say
        Takes lines for the terminal.
    """

    def __init__(
        self, osc: OscServer, host: str, port: int, ask: Ask, say: Callable[[str], None]
    ) -> None:
        check_port(port, "--http-port")
        self._osc = osc
        self._host = host
        self._port = port
        self._ask = ask
        self._warn = Warner(say)
        self._server: Server | None = None
        self._open: set[_Connection] = set()
        self._clients: dict[Client, Callable[[str | bytes], None]] = {}

    @property
    def port(self) -> int:
        """The port it listens on, once started."""
        return self._port

    async def start(self) -> None:
        """Begin to listen.

        Raises
        ------
        DeviceError
            If the port is in use, or the host is none of this computer's.
        """
        bound = bind(self._host, self._port, socket.SOCK_STREAM, "--http-port")
        self._port = bound.getsockname()[1]
        open_connections = self._open

        class Bounded(_Connection):
            all_open = open_connections

        self._server = await serve(
            self._serve,
            sock=bound,
            process_request=self._answer,
            create_connection=Bounded,
            compression=None,  # what a frame is unpacked to would need a bound of its own
            server_header=None,
            open_timeout=OPENING_S,
            close_timeout=CLOSING_S,
            max_size=MAX_PACKET_BYTES,
            logger=_silence(),
        )
        self._osc.on_table = self._tell_of_table

    async def close(self) -> None:
        """Stop listening, and end all connections."""
        self._osc.on_table = None
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _answer(self, _: ServerConnection, request: Request) -> Response | None:
        """What answers a request; None makes it a WebSocket."""
        hosts, origins = request.headers.get_all("Host"), request.headers.get_all("Origin")
        if len(hosts) > 1 or len(origins) > 1:
            return _response(HTTPStatus.BAD_REQUEST)
        host, origin = (found[0] if found else None for found in (hosts, origins))
        site = next(iter(request.headers.get_all("Sec-Fetch-Site")), None)
        if not (host_is_ours(host) and origin_is_ours(origin, host) and site_is_ours(site, origin)):
            return _response(HTTPStatus.FORBIDDEN)
        if request.method != "GET":
            return _response(HTTPStatus.METHOD_NOT_ALLOWED, allow="GET")
        if request.headers.get_all("Upgrade"):
            if len(self._clients) < MAX_CONNECTIONS:
                return None
            return _response(HTTPStatus.SERVICE_UNAVAILABLE)
        try:
            async with asyncio.timeout(ANSWERING_S):
                self._osc.flush()  # what was said before is to be seen
                status, body = await answer(
                    request.path, self._osc.table, self._ask, self._osc.port
                )
        except (TimeoutError, CommandError):  # the engine is being started, or is asked too much
            return _response(HTTPStatus.SERVICE_UNAVAILABLE)
        return _response(status, body, origin=origin)

    async def _serve(self, connection: ServerConnection) -> None:
        assert isinstance(connection, _Connection)
        client = connected_client(connection.remote_address or ("?", 0), "websocket")
        unsent: asyncio.Queue[str | bytes] = asyncio.Queue(MAX_UNSENT_PACKETS)

        def send(packet: str | bytes) -> None:
            try:
                unsent.put_nowait(packet)
            except asyncio.QueueFull:
                self._warn(client, "does not read what it is sent; it was disconnected")
                connection.cut()

        async def send_all() -> None:
            with suppress(ConnectionClosed):
                while True:
                    await connection.send(await unsent.get())

        self._clients[client] = send
        self._osc.connect(client, send)
        sending = asyncio.create_task(send_all())
        try:
            await self._read(connection, client)
        except ConnectionClosed:
            pass
        finally:
            sending.cancel()
            self._osc.disconnect(client)
            del self._clients[client]

    async def _read(self, connection: ServerConnection, client: Client) -> None:
        count = 0
        while True:
            message = await connection.recv()
            if isinstance(message, bytes):
                self._osc.receive(message, client)
            else:
                self._obey(message, client)
            count += 1
            if count % MAX_READ_AT_ONCE == 0:
                await asyncio.sleep(0)

    def _obey(self, text: str, client: Client) -> None:
        """Do what a text frame says."""
        try:
            command = json.loads(text)
        except (ValueError, RecursionError):
            command = None
        match command:
            case {"COMMAND": "LISTEN", "DATA": str(path)}:
                try:
                    self._listen(path, client)
                except CommandError as error:
                    self._osc.refuse(client, path, error)
            case {"COMMAND": "IGNORE", "DATA": str(path)}:
                self._osc.subscribers.ignore(client, path.removeprefix(PREFIX))
            case _:
                text = "a text frame is LISTEN or IGNORE with an address; OSC is binary"
                self._osc.refuse(client, "/", CommandError(text))

    def _listen(self, path: str, client: Client) -> None:
        address = self._osc.table.get(path.removeprefix(PREFIX))
        if address is None or not path.startswith(PREFIX):
            raise CommandError("this instrument has no such address", "unknown-address")
        if not access(address) & GET:
            raise CommandError("it has no value to listen to", "forbidden")
        self._osc.subscribers.listen(client, address.path)

    def _tell_of_table(self) -> None:
        news = json.dumps({"COMMAND": "PATH_CHANGED", "DATA": PREFIX})
        for send in list(self._clients.values()):
            send(news)


class _Connection(ServerConnection):
    """One of at most `MAX_OPEN`, which holds no more than `MAX_UNSENT_BYTES` that are not read."""

    all_open: "set[_Connection]"
    _wire: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, or be refused."""
        assert isinstance(transport, asyncio.Transport)
        self._wire = transport
        super().connection_made(transport)
        if len(self.all_open) >= MAX_OPEN:
            transport.abort()
        else:
            self.all_open.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self.all_open.discard(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take in what arrives, unless the answers to it are not read."""
        super().data_received(data)
        if self._wire.get_write_buffer_size() > MAX_UNSENT_BYTES:
            self.cut()

    def cut(self) -> None:
        """End at once."""
        self._wire.abort()


def _response(
    status: HTTPStatus, body: Node | None = None, *, origin: str | None = None, allow: str = ""
) -> Response:
    data = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
    headers = Headers({"Connection": "close", "Cache-Control": "no-store"})
    if status != HTTPStatus.NO_CONTENT:
        headers["Content-Length"] = str(len(data))
    if body is not None:
        headers["Content-Type"] = "application/json"
    if origin is not None:
        headers["Access-Control-Allow-Origin"] = origin
    if allow:
        headers["Allow"] = allow
    return Response(status, status.phrase, headers, data)


def _silence() -> logging.Logger:
    """The library tells of every client that is not what it should be; nobody reads that."""
    logger = logging.getLogger(__name__)
    logger.disabled = True
    return logger
