"""OSC over TCP: packets in SLIP frames, to the server of the datagrams, answered where they came.

A connection begins with END, as every frame does. One that does not is no OSC 1.1, and is closed
before anything of it is read: no web page can make a browser play the instrument.
"""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress

from distill_live.osc import slip
from distill_live.osc.binding import bind, check_port
from distill_live.osc.connections import (
    MAX_CONNECTIONS,
    MAX_UNSENT_BYTES,
    Warner,
    connected_client,
)
from distill_live.osc.dispatch import Client
from distill_live.osc.server import MAX_READ_AT_ONCE, OscServer

READ_BYTES = 16 * 1024
"""What is read of one connection before the others have their turn."""

CLOSING_S = 0.5
"""How long what was said last may take to be read, before connections are cut."""


class TcpServer:
    """Listens on a TCP port, in the running asyncio loop.

    Parameters
    ----------
    osc
        Who is given what arrives.
    host, port
        Where to listen; port 0 takes any that is free.
    say
        Takes lines for the terminal.
    """

    def __init__(self, osc: OscServer, host: str, port: int, say: Callable[[str], None]) -> None:
        check_port(port, "--osc-tcp-port")
        self._osc = osc
        self._host = host
        self._port = port
        self._warn = Warner(say)
        self._server: asyncio.Server | None = None
        self._serving: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

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
        bound = bind(self._host, self._port, socket.SOCK_STREAM, "--osc-tcp-port")
        self._port = bound.getsockname()[1]
        self._server = await asyncio.start_server(self._serve, sock=bound, limit=READ_BYTES)

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
        client = connected_client(writer.get_extra_info("peername") or ("?", 0), "tcp")
        if len(self._serving) >= MAX_CONNECTIONS:
            self._warn(client, f"is refused: {MAX_CONNECTIONS} are connected over TCP already")
            writer.transport.abort()
            return
        task = asyncio.current_task()
        assert task is not None
        self._serving[task] = writer
        with suppress(OSError):
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)

        def send(data: bytes) -> None:
            if writer.is_closing():
                return
            if writer.transport.get_write_buffer_size() > MAX_UNSENT_BYTES:
                self._warn(client, "does not read what it is sent; it was disconnected")
                writer.transport.abort()
            else:
                writer.write(slip.encode(data))

        self._osc.connect(client, send)
        try:
            if await reader.read(1) == slip.END:
                await self._read(reader, writer, client)
            elif not writer.is_closing() and not reader.at_eof():
                self._warn(client, "sends no SLIP frames (OSC 1.1); it was disconnected")
        except OSError:  # it was cut
            pass
        finally:
            self._osc.disconnect(client)
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
