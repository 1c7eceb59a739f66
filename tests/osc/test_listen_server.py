"""The socket of the sound: who may hear, how many, and who is disconnected."""

import asyncio
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial

import pytest
from support.fake_handler import TABLE, FakeHandler, read, say
from support.log_lines import logged_lines
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin

from distill_live.osc import OscServer
from distill_live.osc.connections import MAX_CONNECTIONS
from distill_live.osc.wire import MAX_PACKET_BYTES
from distill_live.oscquery import server as module
from distill_live.oscquery.server import QueryServer

LIMIT_S = 60

PART_BYTES = 32768

listen = partial(connect, close_timeout=0.1)
"""What was sent is not read to its end."""


async def no_values(_: object) -> dict[str, tuple[float, ...]]:
    return {}


async def nothing_stored() -> dict[str, list[str]]:
    return {}


async def endless_sound() -> AsyncIterator[str | bytes]:
    yield "{}"
    frame = 0
    while True:
        yield struct.pack("<Q", frame) + bytes(PART_BYTES)
        frame += PART_BYTES // 8
        await asyncio.sleep(0)


async def receive_all(connection: ClientConnection) -> None:
    while True:
        await connection.recv()


def serve(talk: Callable[[str, list[str]], Awaitable[None]]) -> None:
    """Run a server of endless sound; `talk` gets the WebSocket URL of the server and the log."""

    async def session() -> None:
        instrument = FakeHandler()
        with logged_lines() as lines:
            async with OscServer("127.0.0.1", 0, TABLE, instrument) as osc:
                instrument.reply = osc.replies.send
                query = QueryServer(
                    osc,
                    "127.0.0.1",
                    0,
                    no_values,
                    nothing_stored,  # type: ignore[arg-type]
                    make_sound=endless_sound,
                )
                await query.start()
                try:
                    async with asyncio.timeout(LIMIT_S):
                        await talk(f"ws://127.0.0.1:{query.port}", lines)
                finally:
                    await query.close()

    asyncio.run(session())


def test_listeners_hear_and_players_play_at_the_same_port() -> None:
    async def talk(url: str, _: list[str]) -> None:
        async with listen(f"{url}/listen") as one, listen(f"{url}/listen?x") as other:
            for listener in (one, other):
                assert await listener.recv() == "{}"
                for frame in range(3):
                    part = await listener.recv(decode=False)
                    assert struct.unpack_from("<Q", part) == (frame * PART_BYTES // 8,)
            async with connect(f"{url}/") as player:
                await player.send(say("/sync", "i", 1))
                assert read(await player.recv(decode=False)) == ("/distill/synced", (1,))

    serve(talk)


def test_pages_from_elsewhere_hear_nothing() -> None:
    async def talk(url: str, _: list[str]) -> None:
        for origin in ("https://evil.example", "null"):
            with pytest.raises(InvalidStatus, match="403"):
                await listen(f"{url}/listen", origin=Origin(origin))
        with pytest.raises(InvalidStatus, match="403"):
            await listen(f"{url}/listen", additional_headers={"Sec-Fetch-Site": "cross-site"})

    serve(talk)


def test_listeners_are_bounded_and_leave_room_for_players() -> None:
    async def talk(url: str, _: list[str]) -> None:
        async with AsyncExitStack() as stack:
            for _number in range(MAX_CONNECTIONS):
                await stack.enter_async_context(listen(f"{url}/listen"))
            with pytest.raises(InvalidStatus, match="503"):
                await listen(f"{url}/listen")
            await stack.enter_async_context(connect(f"{url}/"))

    serve(talk)


@pytest.mark.parametrize(
    "message", ["hello", b"\0", say("/sync", "i", 1), b"x" * (MAX_PACKET_BYTES + 4)]
)
def test_a_listener_that_says_anything_is_disconnected(message: str | bytes) -> None:
    async def talk(url: str, lines: list[str]) -> None:
        async with listen(f"{url}/listen") as listener:
            await listener.send(message)
            with pytest.raises(ConnectionClosed):
                await receive_all(listener)
        async with listen(f"{url}/listen") as other:
            assert await other.recv() == "{}"
        assert lines == []

    serve(talk)


def test_a_listener_that_does_not_read_is_disconnected_with_a_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "UNHEARD_S", 0.1)

    async def talk(url: str, lines: list[str]) -> None:
        async with listen(f"{url}/listen", max_queue=1) as deaf:
            while not lines:
                await asyncio.sleep(0.01)
            (line,) = lines
            assert line.endswith("does not read what it is sent; it was disconnected.")
            with pytest.raises(ConnectionClosed):
                await receive_all(deaf)

    serve(talk)
