"""OSC over TCP: replies on the connection, limits on clients."""

import asyncio
import random
import socket
import struct
import sys
from collections.abc import Awaitable, Callable

import pytest
from pythonosc.tcp_client import SimpleTCPClient
from support.fake_handler import TABLE, FakeHandler, bundle, deaf_socket, read, say
from support.log_lines import logged_lines

from distill_live.errors import ConfigurationError, DeviceError
from distill_live.osc import OscServer
from distill_live.osc.connections import MAX_CONNECTIONS
from distill_live.osc.slip import END, Decoder, encode
from distill_live.osc.tcp import TcpServer
from distill_live.osc.wire import MAX_PACKET_BYTES

LIMIT_S = 120
"""Ends a test that hangs, also on a busy computer."""


class Rig:
    """Both servers, and what they tell the terminal."""

    def __init__(self, osc: OscServer, instrument: FakeHandler, lines: list[str]) -> None:
        self.osc = osc
        self.instrument = instrument
        self.lines = lines
        self.tcp = TcpServer(osc, "127.0.0.1", 0)

    async def client(self) -> "Client":
        client = Client()
        client.reader, client.writer = await asyncio.open_connection("127.0.0.1", self.tcp.port)
        return client


class Client:
    """Somebody who is connected."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def __init__(self) -> None:
        self._decoder = Decoder()
        self._read: list[bytes] = []

    def send(self, *packets: bytes) -> None:
        self.writer.write(b"".join(map(encode, packets)))

    async def hear(self) -> tuple[str, tuple[object, ...]]:
        async with asyncio.timeout(LIMIT_S):
            while not self._read:
                data = await self.reader.read(65536)
                assert data, "disconnected"
                self._read += self._decoder.feed(data)
        return read(self._read.pop(0))

    async def is_cut_off(self) -> bool:
        async with asyncio.timeout(LIMIT_S):
            try:
                while await self.reader.read(65536):
                    pass
            except ConnectionError:
                pass
        self.close()
        return True

    def close(self) -> None:
        self.writer.close()


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(LIMIT_S):
        while not condition():
            await asyncio.sleep(0.002)


def serve(talk: Callable[[Rig], Awaitable[None]]) -> None:
    async def session() -> None:
        problems: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, what: problems.append(what))
        instrument = FakeHandler()
        server = OscServer("127.0.0.1", 0, TABLE, instrument)
        with logged_lines() as lines:
            async with server as osc:
                instrument.reply = osc.replies.send
                rig = Rig(osc, instrument, lines)
                await rig.tcp.start()
                try:
                    await talk(rig)
                finally:
                    await rig.tcp.close()
        assert problems == []

    asyncio.run(session())


def test_what_is_said_takes_effect_and_is_answered_down_the_connection() -> None:
    async def talk(rig: Rig) -> None:
        one, two = await rig.client(), await rig.client()
        one.send(say("/gain", "f", -6), say("/gain"), bundle(say("/play", "i", 0)))
        assert await one.hear() == ("/distill/gain", (0.0,))
        one.send(say("/nothing"), b"nonsense", say("/sync", "i", 7))
        assert [(await one.hear())[1][1] for _ in range(2)] == ["unknown-address", "invalid"]
        assert await one.hear() == ("/distill/synced", (7,))
        two.send(say("/sync", "i", 8))
        assert await two.hear() == ("/distill/synced", (8,)), "and nothing of the other's"
        assert rig.instrument.changes == [("/gain", (-6.0,)), ("/play", (0,))]
        clients = [client for *_, client in rig.instrument.commands]
        assert len(set(clients)) == 2
        assert [client.host for client in clients] == ["127.0.0.1"] * 2
        one.close()
        two.close()

    serve(talk)


def test_frames_may_come_in_any_pieces() -> None:
    async def talk(rig: Rig) -> None:
        client = await rig.client()
        data = b"".join(encode(say("/latent", "f" * 128, *[0.5] * 128)) for _ in range(3))
        for byte in data + encode(say("/sync", "i", 1)):
            client.writer.write(bytes([byte]))
            await client.writer.drain()
        assert await client.hear() == ("/distill/synced", (1,))
        assert rig.osc.dispatcher.counters.messages == 4
        client.close()

    serve(talk)


def test_a_subscriber_is_told_until_it_goes() -> None:
    async def talk(rig: Rig) -> None:
        client = await rig.client()
        client.send(say("/sync", "i", 1))
        await client.hear()
        ((*_, name),) = rig.instrument.commands
        rig.osc.feedback.subscribe(name, None)
        rig.osc.feedback.tell("/gain", (-1.0,))
        assert await client.hear() == ("/distill/gain", (-1.0,))
        with pytest.raises(Exception, match="give no port"):
            rig.osc.feedback.subscribe(name, 9000)
        client.close()
        await until(lambda: len(rig.osc.feedback.subscribers) == 0)
        rig.osc.feedback.tell("/gain", (-2.0,))
        rig.osc.replies.send(name, "/synced", 1)
        await asyncio.sleep(0.05)

    serve(talk)


@pytest.mark.skipif(sys.platform == "win32", reason="older Windows and Wine lack these options")
def test_a_client_that_has_vanished_is_noticed_within_a_minute() -> None:
    async def talk(rig: Rig) -> None:
        client = await rig.client()
        client.send(say("/sync", "i", 1))
        await client.hear()
        (writer,) = rig.tcp._serving.values()
        connection = writer.get_extra_info("socket")

        def option(name: str) -> int:
            return int(connection.getsockopt(socket.IPPROTO_TCP, getattr(socket, name)))

        assert connection.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        idle = "TCP_KEEPIDLE" if hasattr(socket, "TCP_KEEPIDLE") else "TCP_KEEPALIVE"
        assert option(idle) + option("TCP_KEEPINTVL") * option("TCP_KEEPCNT") <= 60
        if sys.platform == "linux":
            assert 0 < option("TCP_USER_TIMEOUT") <= 60_000
        client.close()

    serve(talk)


def test_what_does_not_begin_with_a_frame_is_not_read() -> None:
    async def talk(rig: Rig) -> None:
        page = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" + encode(say("/gain", "f", -6))
        sized = struct.pack(">i", len(say("/gain", "f", -6))) + say("/gain", "f", -6)
        for first in (page, sized):
            client = await rig.client()
            client.writer.write(first)
            assert await client.is_cut_off()
        assert rig.osc.dispatcher.counters.packets == 0
        assert len(rig.lines) == 1, "a second is not said so soon"
        assert rig.lines[0].endswith("sends no SLIP frames (OSC 1.1); it was disconnected.")

    serve(talk)


def test_limits_of_packets_hold() -> None:
    async def talk(rig: Rig) -> None:
        client = await rig.client()
        longest = say("/nothing", "s", "x" * (MAX_PACKET_BYTES - 40))
        client.send(longest, longest + bytes(100), b"/" * 300_000, say("/sync", "i", 1))
        codes = []
        while (answer := await client.hear()) != ("/distill/synced", (1,)):
            codes.append(answer[1][1])
        assert codes == ["unknown-address", "invalid", "invalid"]
        client.close()

    serve(talk)


def test_who_does_not_read_is_disconnected_with_a_line() -> None:
    async def talk(rig: Rig) -> None:
        deaf, other = Client(), await rig.client()
        connection = deaf_socket(rig.tcp.port)
        deaf.reader, deaf.writer = await asyncio.open_connection(sock=connection)
        deaf.writer.transport.pause_reading()  # type: ignore[attr-defined]
        ask = b"".join([encode(say("/latent"))] * 100)
        async with asyncio.timeout(LIMIT_S):
            while not rig.lines:
                if deaf.writer.transport.get_write_buffer_size() < len(ask):
                    deaf.writer.write(ask)
                await asyncio.sleep(0)
        assert "does not read what it is sent; it was disconnected." in rig.lines[0]
        other.send(say("/sync", "i", 1))
        assert await other.hear() == ("/distill/synced", (1,))
        deaf.writer.transport.abort()
        other.close()

    serve(talk)


def test_connections_are_bounded() -> None:
    async def talk(rig: Rig) -> None:
        clients = [await rig.client() for _ in range(MAX_CONNECTIONS)]
        for client in clients:
            client.send(say("/sync", "i", 1))
            await client.hear()
        late = await rig.client()
        assert await late.is_cut_off()
        assert f"is refused: {MAX_CONNECTIONS} are connected" in rig.lines[0]
        clients.pop().close()
        await asyncio.sleep(0.05)
        clients.append(await rig.client())
        clients[-1].send(say("/sync", "i", 2))
        assert await clients[-1].hear() == ("/distill/synced", (2,))
        for client in clients:
            client.close()

    serve(talk)


def test_noise_neither_stops_it_nor_sets_anything() -> None:
    async def talk(rig: Rig) -> None:
        rng = random.Random(11)
        client = await rig.client()
        client.writer.write(END)
        listening = asyncio.create_task(client.reader.read(-1))
        for _ in range(2000):
            client.writer.write(bytes(rng.choices(b"\xc0\xdb\xdc\xdd/a,f\0#b", k=200)))
            await client.writer.drain()
        client.writer.write_eof()
        await asyncio.wait_for(listening, LIMIT_S)
        client.close()
        other = await rig.client()
        other.send(say("/sync", "i", 1))
        while await other.hear() != ("/distill/synced", (1,)):
            pass
        assert rig.instrument.batches == []
        assert rig.osc.dispatcher.counters.rejected > 1000
        other.close()

    serve(talk)


def test_many_packets_in_a_piece_are_all_taken_in() -> None:
    async def talk(rig: Rig) -> None:
        client = await rig.client()
        client.send(*[say("/play", "i", number % 2) for number in range(5000)])
        client.send(say("/sync", "i", 1))
        assert await client.hear() == ("/distill/synced", (1,))
        assert rig.instrument.changes == [("/play", (number % 2,)) for number in range(5000)]
        client.close()

    serve(talk)


def test_a_port_that_is_in_use_or_none_is_one_line() -> None:
    async def talk(rig: Rig) -> None:
        second = TcpServer(rig.osc, "127.0.0.1", rig.tcp.port)
        with pytest.raises(DeviceError, match=f"port {rig.tcp.port}.*in use.*--osc-tcp-port"):
            await second.start()
        with pytest.raises(ConfigurationError, match="--osc-tcp-port is 65536"):
            TcpServer(rig.osc, "127.0.0.1", 65536)

    serve(talk)


def test_the_ports_of_udp_and_tcp_may_have_one_number() -> None:
    async def talk(rig: Rig) -> None:
        same = TcpServer(rig.osc, "127.0.0.1", rig.osc.port)
        await same.start()
        with socket.create_connection(("127.0.0.1", rig.osc.port)):
            pass
        await same.close()

    serve(talk)


def test_python_osc_plays_over_tcp() -> None:
    async def talk(rig: Rig) -> None:
        def play() -> list[bytes]:
            with SimpleTCPClient("127.0.0.1", rig.tcp.port, mode="1.1") as client:  # type: ignore[no-untyped-call]
                client.send_message("/distill/gain", -6.0)
                client.send_message("/distill/sync", 5)
                answers: list[bytes] = client.receive(timeout=LIMIT_S)
            return answers

        answers = await asyncio.get_running_loop().run_in_executor(None, play)
        assert [read(answer) for answer in answers] == [("/distill/synced", (5,))]
        assert rig.instrument.changes == [("/gain", (-6.0,))]

    serve(talk)
