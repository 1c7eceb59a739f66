"""OSCQuery server: HTTP requests answered by `query` and `page`, OSC over WebSockets, on one port.

Binary frames are OSC packets, in both directions; text frames are the JSON commands ``LISTEN`` and
``IGNORE``, which subscribe a client to single addresses. A WebSocket at `LISTEN_PATH` receives the
sound instead.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from http import HTTPStatus

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from distill_live.addresses import LEAVES, PREFIX
from distill_live.errors import CommandError
from distill_live.files import printable
from distill_live.osc.client import Client
from distill_live.osc.connections import (
    MAX_CONNECTIONS,
    MAX_UNSENT_BYTES,
    ConnectionServer,
)
from distill_live.osc.server import OscServer
from distill_live.osc.socket_reader import MAX_READ_AT_ONCE
from distill_live.osc.wire import MAX_PACKET_BYTES
from distill_live.oscquery.origins import (
    HOST_NAME,
    host_is_ours,
    host_name,
    origin_is_ours,
    own_names,
    site_is_ours,
)
from distill_live.oscquery.page import asset_name, is_navigation, page_response
from distill_live.oscquery.query import Ask, ListStored, answer
from distill_live.oscquery.request_head import HeadRefused, RequestHead
from distill_live.oscquery.tree import GET, Node, access
from distill_live.page.assets import DOCUMENT, read_assets

MAX_OPEN_CONNECTIONS = 64
"""Maximum number of open connections, plain HTTP requests included."""

MAX_UNSENT_PACKETS = 1024
"""Maximum number of packets queued for a WebSocket, beside those in its socket buffer."""

LISTEN_PATH = "/listen"

MAX_HOSTS_NAMED = 10
"""Maximum number of refused hosts that are named in the terminal."""

OPENING_S, ANSWERING_S, CLOSING_S = 5.0, 2.0, 0.5
"""Timeouts of a request's arrival, the engine's answer, and a client's closing handshake."""

UNHEARD_S = 10.0
"""A listener that does not read for so long is disconnected; before, it misses sound."""

MakeSound = Callable[[], AsyncIterator[str | bytes]]
"""Makes the WebSocket frames of one listener."""

logger = logging.getLogger("distill_live.oscquery")


class QueryServer(ConnectionServer):
    """HTTP and WebSocket server, in the running asyncio loop.

    Parameters
    ----------
    osc
        Server that receives the packets, and whose table is described.
    host, port
        Address to listen on; port 0 takes any free one.
    ask
        Queries values of the engine.
    list_stored
        Lists the presets, gestures and models that there are.
    names
        Names of this computer that are accepted beside its own.
    or_next
        Take the next free port if `port` is in use.
    make_sound
        Makes the frames of a listener; None where nothing can be heard.
    """

    option = "--http-port"

    def __init__(
        self,
        osc: OscServer,
        host: str,
        port: int,
        ask: Ask,
        list_stored: ListStored,
        names: Sequence[str] = (),
        *,
        or_next: bool = False,
        make_sound: MakeSound | None = None,
    ) -> None:
        super().__init__(osc, host, port, or_next=or_next)
        self._ask, self._list_stored = ask, list_stored
        self._names = names
        self._assets = read_assets()
        self._refused: set[str] = set()
        self._server: Server | None = None
        self._open: set[_Connection] = set()
        self._clients: dict[Client, Callable[[str | bytes], None]] = {}
        self._make_sound = make_sound
        self._listeners: set[Client] = set()

    async def start(self) -> None:
        """Begin to listen.

        Raises
        ------
        DeviceError
            If the port is in use, or the host is not an address of this computer.
        """
        open_connections = self._open

        class Bounded(_Connection):
            all_open = open_connections

        self._server = await serve(
            self._serve,
            sock=self._bind(),
            process_request=self._answer,
            process_response=_in_one_line,
            create_connection=Bounded,
            compression=None,  # the unpacked size would need a limit of its own
            server_header=None,
            open_timeout=OPENING_S,
            close_timeout=CLOSING_S,
            max_size=MAX_PACKET_BYTES,
            logger=_disabled_logger(),
        )
        self._osc.on_change = self._send_path_changed

    async def close(self) -> None:
        """Stop listening, and end all connections."""
        self._osc.on_change = None
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _answer(self, _: ServerConnection, request: Request) -> Response | None:
        """Answer a request; None upgrades it to a WebSocket."""
        values: list[str | None] = []
        for name in ("Host", "Origin", "Sec-Fetch-Site", "Sec-Fetch-Mode", "Sec-Fetch-Dest"):
            found = request.headers.get_all(name)
            if len(found) > 1:
                return _refusal(HTTPStatus.BAD_REQUEST, f"There are two headers {name}; send one.")
            values.append(found[0] if found else None)
        host, origin, site, mode, destination = values
        if not host_is_ours(host, self._names):
            return _refusal(HTTPStatus.FORBIDDEN, self._refuse_host(host or ""))
        file = asset_name(request.path, _list_header(request, "Accept"))
        if not (origin_is_ours(origin, host) and site_is_ours(site, origin)):
            by_link = origin is None and is_navigation(site, mode, destination)
            if not (file == DOCUMENT and by_link):
                return _refusal(HTTPStatus.FORBIDDEN, "Pages of other hosts get no answer.")
        if request.headers.get_all("Upgrade"):
            clients = self._listeners if _is_listener(request) else self._clients
            if len(clients) < MAX_CONNECTIONS:
                return None
            return _response(HTTPStatus.SERVICE_UNAVAILABLE)
        if file is not None:
            if file not in self._assets:
                return _response(HTTPStatus.NOT_FOUND)
            return page_response(self._assets[file], _list_header(request, "If-None-Match"))
        try:
            async with asyncio.timeout(ANSWERING_S):
                self._osc.flush()  # the answer reflects all earlier messages
                status, body = await answer(
                    request.path, self._osc.table, self._ask, self._list_stored, self._osc.port
                )
        except (TimeoutError, CommandError):  # the engine is starting or overloaded
            return _response(HTTPStatus.SERVICE_UNAVAILABLE)
        return _response(status, body, origin=origin)

    def _refuse_host(self, host: str) -> str:
        """Print a warning once for each of the first `MAX_HOSTS_NAMED` hosts; return its text."""
        name = host_name(host)
        wanted = name if name and HOST_NAME.fullmatch(name) else "NAME"
        text = (
            f"{printable(host)[:80]!r} is no name of this instrument; there are IP addresses and "
            f"{', '.join(own_names(self._names))}; --http-name {wanted} adds one."
        )
        if host not in self._refused and len(self._refused) < MAX_HOSTS_NAMED:
            self._refused.add(host)
            logger.warning("HTTP: %s", text)
        return text

    async def _serve(self, connection: ServerConnection) -> None:
        assert isinstance(connection, _Connection)
        client = Client.connected(connection.remote_address or ("?", 0), "websocket")
        assert connection.request is not None
        if self._make_sound is not None and _is_listener(connection.request):
            await self._serve_listener(connection, client, self._make_sound())
            return
        unsent: asyncio.Queue[str | bytes] = asyncio.Queue(MAX_UNSENT_PACKETS)

        def send(packet: str | bytes) -> None:
            if connection.aborted:
                return
            try:
                unsent.put_nowait(packet)
            except asyncio.QueueFull:
                self._warn_unread(client)
                connection.abort()

        async def send_all() -> None:
            with suppress(ConnectionClosed):
                while True:
                    await connection.send(await unsent.get())

        self._clients[client] = send
        sending = asyncio.create_task(send_all())
        try:
            with self._connected(client, send), suppress(ConnectionClosed):
                await self._read(connection, client)
        finally:
            sending.cancel()
            del self._clients[client]

    async def _serve_listener(
        self, connection: "_Connection", client: Client, frames: AsyncIterator[str | bytes]
    ) -> None:
        """Send sound until the listener leaves, says anything, or does not read."""

        async def send_all() -> None:
            async for frame in frames:
                try:
                    async with asyncio.timeout(UNHEARD_S):
                        await connection.send(frame)  # waits for one that is slow: it skips frames
                except TimeoutError:
                    self._warn_unread(client)
                    connection.abort()
                    return

        self._listeners.add(client)
        tasks = [asyncio.create_task(send_all()), asyncio.create_task(connection.recv())]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._listeners.remove(client)
            for task in tasks:
                task.cancel()
            for result in await asyncio.gather(*tasks, return_exceptions=True):
                if isinstance(result, Exception) and not isinstance(result, ConnectionClosed):
                    raise result

    async def _read(self, connection: ServerConnection, client: Client) -> None:
        count = 0
        while True:
            message = await connection.recv()
            if isinstance(message, bytes):
                self._osc.receive(message, client)
            else:
                self._execute(message, client)
            count += 1
            if count % MAX_READ_AT_ONCE == 0:
                await asyncio.sleep(0)

    def _execute(self, text: str, client: Client) -> None:
        """Execute the JSON command of a text frame."""
        try:
            command = json.loads(text)
        except (ValueError, RecursionError):
            command = None
        match command:
            case {"COMMAND": "LISTEN", "DATA": str(path)}:
                try:
                    self._listen(path, client)
                except CommandError as error:
                    self._osc.replies.refuse(client, path, error)
            case {"COMMAND": "IGNORE", "DATA": str(path)}:
                self._osc.feedback.subscribers.ignore(client, path.removeprefix(PREFIX))
            case _:
                text = "a text frame is LISTEN or IGNORE with an address; OSC is binary"
                self._osc.replies.refuse(client, "/", CommandError(text))

    def _listen(self, path: str, client: Client) -> None:
        """Subscribe to an address; clients that listen to a whole tree name actions too."""
        name = path.removeprefix(PREFIX)
        address = self._osc.table.get(LEAVES.get(name, name))
        if address is None or not path.startswith(PREFIX):
            raise CommandError("no such address; the tree lists them", "unknown-address")
        if access(address) & GET:
            self._osc.feedback.subscribers.listen(client, name)

    def _send_path_changed(self, path: str) -> None:
        frame = json.dumps({"COMMAND": "PATH_CHANGED", "DATA": PREFIX + path})
        for send in list(self._clients.values()):
            send(frame)


class _Connection(ServerConnection):
    """One of at most `MAX_OPEN_CONNECTIONS`, with at most `MAX_UNSENT_BYTES` of unread output."""

    all_open: "set[_Connection]"
    aborted = False
    _refused = False
    _socket_transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, or be refused."""
        assert isinstance(transport, asyncio.Transport)
        self._socket_transport = transport
        self._head: RequestHead | None = RequestHead()
        super().connection_made(transport)
        if len(self.all_open) >= MAX_OPEN_CONNECTIONS:
            transport.abort()
        else:
            self.all_open.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self.all_open.discard(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Receive; abort where the answers are not read."""
        if self._refused:
            return
        if self._head is not None:
            try:
                head = self._head.feed(data)
            except HeadRefused as refused:
                self._refuse(refused)
                return
            if head is None:
                return
            self._head, data = None, head
        super().data_received(data)
        if self._socket_transport.get_write_buffer_size() > MAX_UNSENT_BYTES:
            self.abort()

    def _refuse(self, refused: HeadRefused) -> None:
        """Answer a head that is refused, and ignore what follows until the client closes."""
        allow = "GET" if refused.status == HTTPStatus.METHOD_NOT_ALLOWED else ""
        self._refused = True
        self._socket_transport.write(_refusal(refused.status, refused.text, allow).serialize())
        self._socket_transport.write_eof()

    def abort(self) -> None:
        """Close at once, without a handshake; messages that were received are still handled."""
        self.aborted = True
        self._socket_transport.abort()


def _is_listener(request: Request) -> bool:
    """Whether a request for a WebSocket is for the sound."""
    return request.path.partition("?")[0] == LISTEN_PATH


def _list_header(request: Request, name: str) -> str | None:
    """Value of a header that may come several times; None if absent."""
    return ", ".join(request.headers.get_all(name)) or None


def _response(
    status: HTTPStatus, body: Node | None = None, *, origin: str | None = None
) -> Response:
    data = b"" if body is None else json.dumps(body).encode()
    headers = Headers({"Connection": "close", "Cache-Control": "no-store", "Vary": "Accept"})
    headers["X-Content-Type-Options"] = "nosniff"
    if status != HTTPStatus.NO_CONTENT:
        headers["Content-Length"] = str(len(data))
    if body is not None:
        headers["Content-Type"] = "application/json"
    if origin is not None:
        headers["Access-Control-Allow-Origin"] = origin
    return Response(status, status.phrase, headers, data)


def _refusal(status: HTTPStatus, text: str, allow: str = "") -> Response:
    """Response with the reason, one line of text, as its body."""
    response = _response(status)
    response.body = f"{text}\n".encode()
    del response.headers["Content-Length"]
    response.headers["Content-Length"] = str(len(response.body))
    response.headers["Content-Type"] = "text/plain; charset=utf-8"
    if allow:
        response.headers["Allow"] = allow
    return response


def _in_one_line(_connection: ServerConnection, _request: Request, response: Response) -> None:
    """Leave the first line of a refusal, printable; the library's have several, and headers."""
    if response.status_code >= HTTPStatus.BAD_REQUEST and response.body:
        line = response.body.decode(errors="replace").partition("\n")[0]
        response.body = f"{printable(line)[:200]}\n".encode()
        del response.headers["Content-Length"]
        response.headers["Content-Length"] = str(len(response.body))


def _disabled_logger() -> logging.Logger:
    """Suppress the library's log of every malformed request."""
    logger = logging.getLogger(__name__)
    logger.disabled = True
    return logger
