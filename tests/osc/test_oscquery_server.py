"""OSCQuery server without an instrument: slow clients, changed table, silent engine."""

import asyncio
import json
import re
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from http import HTTPStatus
from typing import Any

import pytest
from support.fake_handler import TABLE, FakeHandler, deaf_socket, read, say
from support.log_lines import logged_lines
from websockets.asyncio.client import connect

from distill_live.addresses import Values
from distill_live.addresses.schema import Stored
from distill_live.errors import CommandError, ConfigurationError
from distill_live.osc import OscServer
from distill_live.oscquery import server as module
from distill_live.oscquery.server import QueryServer

LIMIT_S = 120
"""Ends a test that hangs, also on a busy computer."""


class Rig:
    """Both servers, and an engine that answers with defaults, or not."""

    def __init__(self, osc: OscServer, instrument: FakeHandler, lines: list[str]) -> None:
        self.osc = osc
        self.instrument = instrument
        self.lines = lines
        self.presets: list[str] = []
        self.engine: Callable[[Sequence[str]], Awaitable[Mapping[str, Values]]] = self.defaults
        self.query = QueryServer(osc, "127.0.0.1", 0, self.ask, self.list_stored)

    async def ask(self, paths: Sequence[str]) -> Mapping[str, Values]:
        return await self.engine(paths)

    async def list_stored(self) -> Mapping[Stored, Sequence[str]]:
        return {"preset": self.presets}

    async def defaults(self, paths: Sequence[str]) -> Mapping[str, Values]:
        return {path: self.osc.table[path].default for path in paths}

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.query.port}/"

    async def get(self, target: str) -> Any:
        def fetch() -> Any:
            url = f"http://127.0.0.1:{self.query.port}{target}"
            try:
                with urllib.request.urlopen(url, timeout=LIMIT_S) as response:
                    return json.loads(response.read())
            except urllib.error.HTTPError as error:
                with error:
                    return error.code

        return await asyncio.to_thread(fetch)


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
                await rig.query.start()
                try:
                    async with asyncio.timeout(LIMIT_S):
                        await talk(rig)
                finally:
                    await rig.query.close()
        assert problems == []

    asyncio.run(session())


UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


async def flood(rig: Rig, frames: bytes) -> None:
    """Send frames over a WebSocket, and read nothing, until it is cut."""
    _, writer = await asyncio.open_connection(sock=deaf_socket(rig.query.port), limit=1024)
    writer.write(UPGRADE)
    with suppress(ConnectionError):
        while True:
            writer.write(frames)
            await writer.drain()
    writer.transport.abort()


@pytest.mark.parametrize(
    ("header", "sent", "said"),
    [
        (b"Connection: Upgrade\r\n", b"", b"missing Connection header"),
        (b"n: 13\r\n", b"n: \x9c[2J\r\n", b"invalid Sec-WebSocket-Version header: ?[2J."),
    ],
)
def test_a_refused_websocket_gets_a_printable_line(header: bytes, sent: bytes, said: bytes) -> None:
    async def talk(rig: Rig) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", rig.query.port)
        writer.write(UPGRADE.replace(header, sent))
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        writer.close()
        assert re.match(rb"HTTP/1.1 4\d\d ", head)
        assert said in body
        assert (body.count(b"\n"), body[-1:]) == (1, b"\n")
        assert f"Content-Length: {len(body)}\r\n".encode() in head + b"\r\n"

    serve(talk)


def test_who_does_not_read_is_disconnected_with_a_line() -> None:
    async def talk(rig: Rig) -> None:
        ask = say("/latent")
        await flood(rig, 50 * (b"\x82" + bytes([0x80 | len(ask)]) + b"\0\0\0\0" + ask))
        (line,) = rig.lines
        assert line.endswith("does not read what it is sent; it was disconnected.")
        async with connect(rig.url) as other:
            await other.send(say("/sync", "i", 1))
            assert read(await other.recv(decode=False)) == ("/distill/synced", (1,))

    serve(talk)


def test_pings_that_are_never_read_back_take_no_memory() -> None:
    async def talk(rig: Rig) -> None:
        await flood(rig, 200 * (b"\x89\xfd\0\0\0\0" + b"x" * 125))

    serve(talk)


def test_another_table_is_told_and_shown() -> None:
    async def talk(rig: Rig) -> None:
        async with connect(rig.url) as client:
            await client.send(json.dumps({"COMMAND": "LISTEN", "DATA": "/distill/axis/noise"}))
            await client.send(say("/sync", "i", 1))
            assert read(await client.recv(decode=False)) == ("/distill/synced", (1,))
            rig.osc.feedback.tell("/axis/noise", (0.5,))
            rig.osc.use_table({path: a for path, a in TABLE.items() if path != "/axis/noise"})
            news = json.loads(await client.recv())
            assert news == {"COMMAND": "PATH_CHANGED", "DATA": "/distill"}
            assert await rig.get("/distill/axis/noise") == HTTPStatus.NOT_FOUND
            axis = await rig.get("/distill/axis")
            assert set(axis["CONTENTS"]) == {"brightness", "list"}
            rig.osc.feedback.tell("/play", (0,))
            await client.send(say("/sync", "i", 2))
            assert read(await client.recv(decode=False)) == ("/distill/synced", (2,)), (
                "and nothing of it"
            )

    serve(talk)


def test_names_that_are_stored_are_told_and_shown() -> None:
    async def talk(rig: Rig) -> None:
        async with connect(rig.url) as client:
            await client.ping()
            rig.presets.append("dawn")
            rig.osc.report_change("/preset")
            news = json.loads(await client.recv())
            assert news == {"COMMAND": "PATH_CHANGED", "DATA": "/distill/preset"}
            assert await rig.get("/distill/preset/recall?RANGE") == {"RANGE": [{"VALS": ["dawn"]}]}

    serve(talk)


def test_a_name_that_is_no_text_is_shown_as_it_is() -> None:
    async def talk(rig: Rig) -> None:
        rig.presets = ["caf\xe9", "caf\udce9"]
        listed = await rig.get("/distill/preset/recall?RANGE")
        assert listed["RANGE"][0]["VALS"] == rig.presets

    serve(talk)


def test_a_second_name_is_set_read_and_heard_as_the_first() -> None:
    async def talk(rig: Rig) -> None:
        async with connect(rig.url) as client, connect(rig.url) as both:
            for one, names in ((client, ["shift"]), (both, ["shift", "keep"])):
                for name in names:
                    path = f"/distill/formant/{name}"
                    await one.send(json.dumps({"COMMAND": "LISTEN", "DATA": path}))
            await both.send(json.dumps({"COMMAND": "LISTEN", "DATA": "/distill/formant"}))
            await client.send(say("/formant/shift", "f", 7.0))
            await client.send(say("/formant/shift"))
            assert read(await client.recv(decode=False)) == ("/distill/formant/shift", (0.0,))
            assert rig.instrument.changes == [("/formant", (7.0,))]
            await both.send(say("/sync", "i", 1))
            await both.recv()
            rig.osc.feedback.tell("/formant", (3.0,))
            assert read(await client.recv(decode=False)) == ("/distill/formant/shift", (3.0,))
            heard = {read(await both.recv(decode=False)) for _ in range(2)}
            assert heard == {("/distill/formant/shift", (3.0,)), ("/distill/formant", (3.0,))}
            await both.send(json.dumps({"COMMAND": "IGNORE", "DATA": "/distill/formant"}))
            await both.send(say("/sync", "i", 2))
            await both.recv()
            rig.osc.feedback.tell("/formant", (4.0,))
            assert read(await both.recv(decode=False)) == ("/distill/formant/shift", (4.0,))

    serve(talk)


def test_a_silent_engine_is_service_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ANSWERING_S", 0.1)

    async def never(_: Sequence[str]) -> Mapping[str, Values]:
        await asyncio.sleep(LIMIT_S)
        return {}

    async def busy(_: Sequence[str]) -> Mapping[str, Values]:
        raise CommandError("ask again later", "busy")

    async def talk(rig: Rig) -> None:
        for engine in (never, busy):
            rig.engine = engine
            assert await rig.get("/distill/gain") == HTTPStatus.SERVICE_UNAVAILABLE
            assert await rig.get("/distill/gain?TYPE") == {"TYPE": "f"}, "the engine is not asked"

    serve(talk)


def test_what_was_set_is_passed_on_before_the_engine_is_asked() -> None:
    async def talk(rig: Rig) -> None:
        async def engine(paths: Sequence[str]) -> Mapping[str, Values]:
            return dict.fromkeys(paths, (float(len(rig.instrument.changes)),))

        rig.engine = engine
        async with connect(rig.url) as client:
            for number in range(5):
                await client.send(say("/play", "i", 1))
                await client.send(say("/sync", "i", 1))
                await client.recv()
                assert await rig.get("/distill/play?VALUE") == {"VALUE": [number + 1.0]}

    serve(talk)


async def exchange(rig: Rig, data: bytes) -> tuple[int, dict[str, str], str]:
    """Status, headers and body of the answer to raw bytes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", rig.query.port)
    writer.write(data)
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.transport.abort()
    first, *lines = head.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    if int(first.split()[1]) != HTTPStatus.NO_CONTENT:
        assert headers["Content-Length"] == str(len(body)), first
    return int(first.split()[1]), headers, body.decode()


HERE = b"Host: 127.0.0.1\r\n"


@pytest.mark.parametrize(
    ("data", "status", "text"),
    [
        (b"POST / HTTP/1.1\r\n" + HERE + b"Content-Length: 9\r\n\r\n" + b"x" * 9, 405, "GET alone"),
        (b"POST / HTTP/1.1\r\nContent-Length: 999999\r\n\r\n" + b"x" * 999999, 405, "GET alone"),
        (b"PUT /distill/gain HTTP/1.1\r\n" + HERE + b"\r\n", 405, "GET alone"),
        (b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\n" + HERE + b"\r\n", 414, "request line is longer"),
        (b"GET / HTTP/1.1\r\nA: " + b"x" * 9000 + b"\r\n\r\n", 431, "header is longer"),
        (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 200 + b"\r\n", 431, "more than 100 headers"),
        (b"nonsense\r\n\r\n", 400, "no request"),
        (b"GET / HTTP/1.1\r\n" + 2 * HERE + b"\r\n", 400, "two headers Host"),
        (b"GET / HTTP/1.1\r\n" + 2 * b"Sec-Fetch-Site: none\r\n" + b"\r\n", 400, "Sec-Fetch-Site"),
        (
            b"GET http://evil.example/ HTTP/1.1\r\n" + HERE + b"\r\n",
            403,
            "'evil.example' is no name of this instrument",
        ),
        (b"GET / HTTP/1.1\r\nOrigin: http://evil.example\r\n\r\n", 403, "Pages of other hosts"),
    ],
)
def test_what_is_refused_is_answered_in_our_own_words(data: bytes, status: int, text: str) -> None:
    async def talk(rig: Rig) -> None:
        told, headers, body = await exchange(rig, data)
        assert told == status
        assert text in body
        assert "WebSocket connection" not in body
        assert body.count("\n") == 1
        assert headers["Content-Type"] == "text/plain; charset=utf-8"
        assert headers.get("Allow") == ("GET" if status == 405 else None)
        assert await rig.get("/distill/gain?TYPE") == {"TYPE": "f"}

    serve(talk)


@pytest.mark.parametrize(
    "data",
    [
        b"GET /distill/gain?TYPE HTTP/1.1\n\n",
        b"GET http://localhost/distill/gain?TYPE HTTP/1.1\r\n\r\n",
        b"GET http://localhost:9011/distill/gain?TYPE HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        b"\r\nGET /distill/gain?TYPE HTTP/1.0\r\n\r\n",
    ],
)
def test_requests_of_other_forms_are_answered(data: bytes) -> None:
    async def talk(rig: Rig) -> None:
        status, _, body = await exchange(rig, data)
        assert (status, json.loads(body)) == (200, {"TYPE": "f"})

    serve(talk)


def test_a_name_that_a_router_gave_is_refused_with_the_remedy_or_accepted_where_it_is_given() -> (
    None
):
    async def talk(rig: Rig) -> None:
        request = b"GET /distill/gain?TYPE HTTP/1.1\r\nHost: Studio.lan:9011\r\n\r\n"
        for _ in range(3):
            status, _, body = await exchange(rig, request)
            assert status == HTTPStatus.FORBIDDEN
        assert "'Studio.lan:9011' is no name of this instrument" in body
        assert "IP addresses and localhost, " in body
        assert "--http-name studio.lan adds one" in body
        assert rig.lines == [f"HTTP: {body.strip()}"]
        for number in range(2 * module.MAX_HOSTS_NAMED):
            other = request.replace(b"Studio", b"host-%d" % number)
            assert (await exchange(rig, other))[0] == HTTPStatus.FORBIDDEN
        assert len(rig.lines) == module.MAX_HOSTS_NAMED
        names = ["STUDIO.lan", "other"]
        named = QueryServer(rig.osc, "127.0.0.1", 0, rig.ask, rig.list_stored, names)
        await named.start()
        rig.query, first = named, rig.query
        try:
            assert (await exchange(rig, request))[0] == HTTPStatus.OK
            _, _, body = await exchange(rig, request.replace(b"Studio", b"x"))
            assert "studio.lan, other; --http-name x.lan" in body
        finally:
            rig.query = first
            await named.close()

    serve(talk)


def test_a_port_that_cannot_be() -> None:
    async def talk(rig: Rig) -> None:
        with pytest.raises(ConfigurationError, match="--http-port is -1"):
            QueryServer(rig.osc, "127.0.0.1", -1, rig.ask, rig.list_stored)

    serve(talk)
