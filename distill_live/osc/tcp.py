"""OSC over TCP: SLIP frames to and from the OSC server.

A connection begins with END, as every frame does. One that does not is closed before anything of
it is parsed, so that no web page can make a browser play the instrument.
"""

import asyncio
import socket
from collections.abc import Mapping
from contextlib import suppress
from types import MappingProxyType

from distill_live.osc import slip
from distill_live.osc.client import Client
from distill_live.osc.connections import (
    MAX_CONNECTIONS,
    MAX_UNSENT_BYTES,
    ConnectionServer,
)
from distill_live.osc.server import OscServer
from distill_live.osc.socket_reader import MAX_READ_AT_ONCE

READ_BYTES = 16 * 1024
"""Maximum bytes read from one connection before the others are served."""

KEEP_ALIVE: Mapping[str, int] = MappingProxyType(
    {
        "TCP_KEEPIDLE": 20,  # s
        "TCP_KEEPALIVE": 20,  # s; its name under macOS
        "TCP_KEEPINTVL": 5,  # s
        "TCP_KEEPCNT": 4,
        "TCP_USER_TIMEOUT": 40_000,  # ms, for data that is not acknowledged; Linux
    }
)
"""Socket options that end the connection of a client that is gone within 40 s, and its notes."""

CLOSING_S = 0.5
"""Time to send what is queued before connections are aborted."""


class TcpServer(ConnectionServer):
    """OSC over TCP, in the running asyncio loop; parameters as for `ConnectionServer`."""

    option = "--osc-tcp-port"

    def __init__(self, osc: OscServer, host: str, port: int) -> None:
        super().__init__(osc, host, port)
        self._server: asyncio.Server | None = None
        self._serving: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def start(self) -> None:
        """Begin to listen.

        Raises
        ------
        DeviceError
            If the port is in use, or the host is not an address of this computer.
        """
        self._server = await asyncio.start_server(self._serve, sock=self._bind(), limit=READ_BYTES)

    async def close(self) -> None:
        """Stop listening, and end all connections."""
        if self._server is None:
            return
        self._server.close()
        for writer in self._serving.values():
            writer.close()
        if self._serving:
            await asyncio.wait(list(self._serving), timeout=CLOSING_S)
        for writer in self._serving.values():
            writer.transport.abort()
        if self._serving:
            await asyncio.wait(list(self._serving))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = Client.connected(writer.get_extra_info("peername") or ("?", 0), "tcp")
        if len(self._serving) >= MAX_CONNECTIONS:
            self._warn(client, f"is refused: {MAX_CONNECTIONS} are connected over TCP already")
            writer.transport.abort()
            return
        task = asyncio.current_task()
        assert task is not None
        self._serving[task] = writer
        _keep_alive(writer.get_extra_info("socket"))

        def send(data: bytes) -> None:
            if writer.is_closing():
                return
            if writer.transport.get_write_buffer_size() > MAX_UNSENT_BYTES:
                self._warn_unread(client)
                writer.transport.abort()
            else:
                writer.write(slip.encode(data))

        try:
            with self._connected(client, send), suppress(OSError):  # OSError: it was aborted
                if await reader.read(1) == slip.END:
                    await self._read(reader, writer, client)
                elif not writer.is_closing() and not reader.at_eof():
                    self._warn(client, "sends no SLIP frames (OSC 1.1); it was disconnected")
        finally:
            del self._serving[task]
            writer.close()

    async def _read(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, client: Client
    ) -> None:
        decoder = slip.Decoder()
        while data := await reader.read(READ_BYTES):
            for count, packet in enumerate(decoder.feed(data), 1):
                if writer.is_closing():
                    return
                self._osc.receive(packet, client)
                if count % MAX_READ_AT_ONCE == 0:
                    await asyncio.sleep(0)
            await asyncio.sleep(0)


def _keep_alive(connection: socket.socket) -> None:
    """Set the options of `KEEP_ALIVE` that this system has."""
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in KEEP_ALIVE.items():
        if hasattr(socket, name):
            with suppress(OSError):
                connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
