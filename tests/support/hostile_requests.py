"""Mutated HTTP requests and WebSocket frames, sent to the real servers, which run in this process.

Each server has a loop of its own, which runs while a request is answered. What is refused is
answered with a line. A status of 500, or a close code of 1011, is a defect: an error that a server
did not foresee.
"""

import asyncio
import json
import random
import re
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from unittest.mock import patch
from urllib.parse import quote, urlencode

import h11
import numpy as np
import soundfile
from support.fake_handler import Deaf
from support.hostile import Hostile
from support.mutations import TOKENS, Reader, damaged, damaged_text
from support.tiny import AXES

from distill_live.addresses import Values, instantiate
from distill_live.addresses.schema import Stored
from distill_live.osc import OscServer
from distill_live.oscquery.request_head import HeadRefused, RequestHead
from distill_live.oscquery.server import QueryServer

FRAMES = 8
"""Number of WebSocket frames that are sent over a connection."""

HOST = b" HTTP/1.1\r\nHost: 127.0.0.1\r\n"
UPGRADE = (
    b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)

_CLOSED = re.compile(rb"\x88[\x02-\x7d]\x03(.)([^\x88]*)\Z", re.DOTALL)
"""A server's close frame at the end: lower byte of its code, and its reason."""

_TARGET_VALUE = re.compile(rb"(?<=[=/?])[^=/?& ]+(?=[^\r\n]* HTTP/1)")


class Refused(Exception):  # noqa: N818
    """An answer that refuses, with its text."""


async def exchange(port: int, data: bytes, complete: bool) -> None:
    """Send a request and read the answer; what is not `complete` is followed by the end.

    Raises
    ------
    Refused
        If it is refused, or answered by an end.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    begin, end, frames = data.partition(b"\r\n\r\n")
    if b"Upgrade" not in begin:
        begin, end, frames = data, b"", b""
    try:
        writer.write(begin + end)
        if not complete:
            writer.write_eof()
        head = await reader.readuntil(b"\r\n\r\n")
        status = int(head.split(b" ", 2)[1])
        if status == 101:
            writer.write(frames)
            writer.write_eof()
            if closed := _CLOSED.search(await reader.read(-1)):
                code, reason = 0x300 + closed[1][0], closed[2].decode()
                assert code != 1011, reason
                raise Refused(f"{code} {reason}")
            return
        length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
        body = await reader.readexactly(int(length[1])) if length else b""
        assert status < 500 or status in (503, 505), head + body
        if status >= 400:
            text = json.loads(body)["error"] if body.startswith(b"{") else body.decode().strip()
            raise Refused(text or f"status {status}")
    except (ConnectionError, asyncio.IncompleteReadError):
        raise Refused("the connection was ended") from None
    finally:
        writer.transport.abort()


@contextmanager
def serving(
    server: AbstractAsyncContextManager[int], is_complete: Callable[[bytes], bool]
) -> Iterator[Callable[[Path], None]]:
    """Run a server, whose port it gives; returns what sends it the request in a file."""
    problems: list[object] = []

    def send(path: Path) -> None:
        data = path.read_bytes()
        runner.run(exchange(port, data, is_complete(data)))
        assert not problems, problems

    with asyncio.Runner() as runner:
        runner.get_loop().set_exception_handler(lambda _, problem: problems.append(problem))
        port = runner.run(server.__aenter__())
        try:
            yield send
        finally:
            runner.run(server.__aexit__(None, None, None))


def is_request(data: bytes) -> bool:
    """Whether the instrument's server answers before anything else comes."""
    try:
        return RequestHead().feed(data) is not None
    except HeadRefused:
        return True


def is_request_with_body(data: bytes) -> bool:
    """Whether a server that reads bodies answers before anything else comes."""
    connection = h11.Connection(h11.SERVER)
    try:
        connection.receive_data(data)
        while (event := connection.next_event()) not in (h11.NEED_DATA, h11.ConnectionClosed()):
            if isinstance(event, h11.EndOfMessage) or event is h11.PAUSED:
                return True
    except h11.RemoteProtocolError:
        return True
    return False


@asynccontextmanager
async def _instrument() -> AsyncIterator[int]:
    """Port of the instrument's server, which has no engine."""

    async def ask(paths: Sequence[str]) -> Mapping[str, Values]:
        return {path: osc.table[path].default for path in paths}

    async def list_stored() -> Mapping[Stored, Sequence[str]]:
        return {"preset": ["dawn"]}

    async def sound() -> AsyncIterator[bytes]:
        while True:
            yield bytes(256)
            await asyncio.sleep(0.001)

    async with OscServer("127.0.0.1", 0, instantiate(8, AXES, 10), Deaf()) as osc:
        server = QueryServer(osc, "127.0.0.1", 0, ask, list_stored, make_sound=sound)
        await server.start()
        yield server.port
        await server.close()


@asynccontextmanager
async def _studio(token: str) -> AsyncIterator[int]:
    """Port of the studio's server, which starts no processes."""
    from distill_train.studio.app import make_app
    from distill_train.studio.instrument import Instrument
    from distill_train.studio.server import http_server
    from distill_train.studio.session import Session

    with (
        socket.create_server(("127.0.0.1", 0)) as unused,
        socket.create_server(("127.0.0.1", 0)) as listening,
        patch("subprocess.Popen", side_effect=PermissionError(1, "no processes here")),
    ):
        instrument = Instrument(unused.getsockname()[1])
        unused.close()
        server = http_server(make_app(Session(instrument, token=token)))
        server.config.load()
        server.lifespan = server.config.lifespan_class(server.config)
        await server.startup([listening])
        yield listening.getsockname()[1]
        server.force_exit = True
        await server.shutdown([listening])


def _mutated_request(example: bytes, rng: random.Random) -> bytes:
    """A request with any damage, with another value in its target, or with another body."""
    head, end, body = example.partition(b"\r\n\r\n")
    places = [found.span() for found in _TARGET_VALUE.finditer(head)]
    match rng.randrange(3):
        case 0 if body:
            body = damaged_text(body, rng)
            length = b"Content-Length: %d" % len(body)
            return re.sub(rb"Content-Length: \d+", length, head) + end + body
        case 1 if places:
            start, stop = rng.choice(places)
            value = quote(rng.choice(TOKENS)).encode()
            return head[:start] + value + head[stop:] + end + body
    return damaged_text(example, rng)


def _frame(opcode: int, payload: bytes) -> bytes:
    """WebSocket frame of a client, masked by zeros."""
    size = len(payload)
    if size < 126:
        length = bytes([0x80 | size])
    elif size < 2**16:
        length = b"\xfe" + size.to_bytes(2)
    else:
        length = b"\xff" + size.to_bytes(8)
    return bytes([0x80 | opcode]) + length + bytes(4) + payload


def server_readers(folder: Path, stack: ExitStack) -> list[Reader]:
    """HTTP requests and WebSocket frames for the instrument, and requests for the studio.

    Parameters
    ----------
    folder
        The user's folder, which is that of the studio's environment too.
    stack
        Ends the servers.
    """
    send = stack.enter_context(serving(_instrument(), is_request))
    shared = random.Random()
    hostile = Hostile(instantiate(8, AXES, 10), shared)

    def frames(head: bytes, rng: random.Random) -> bytes:
        if rng.random() < 0.1:
            return damaged_text(head, rng)
        shared.seed(rng.random())
        sent = [head]
        for _ in range(FRAMES):
            sort = rng.random()
            if sort < 0.6:
                frame = _frame(2, next(hostile))
            elif sort < 0.9:
                command = {"COMMAND": rng.choice(("LISTEN", "IGNORE")), "DATA": "/distill/gain"}
                frame = _frame(1, damaged_text(json.dumps(command).encode(), rng))
            else:
                frame = _frame(rng.randrange(16), rng.randbytes(rng.choice((0, 2, 100, 200))))
            sent.append(damaged(frame, rng) if rng.random() < 0.2 else frame)
        return b"".join(sent)

    targets = (
        *("/", "/?HTML", "/?HOST_INFO", "/page/main.js", "/page/style.css", "/distill/gain?VALUE"),
        *("/distill?CONTENTS", "/distill/axis/brightness", "/distill/preset/recall?RANGE"),
        "http://127.0.0.1/distill/input/map",
    )
    more = (
        *(b"", b"Accept: text/html,*/*;q=0.8\r\n", b'If-None-Match: "x"\r\n'),
        b"Origin: http://127.0.0.1\r\nSec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: cors\r\n",
    )
    requests = [b"GET " + target.encode() + HOST + m + b"\r\n" for target in targets for m in more]
    upgrades = [b"GET " + target + HOST + UPGRADE for target in (b"/", b"/", b"/listen")]
    to_studio = stack.enter_context(serving(_studio("token"), is_request_with_body))
    return [
        Reader("HTTP", ".http", requests, _mutated_request, send, (Refused,)),
        Reader("WebSocket", ".bin", upgrades, frames, send, (Refused,)),
        Reader(
            *("studio's HTTP", ".http", _studio_requests(folder), _mutated_request, to_studio),
            (Refused,),
        ),
    ]


def _studio_requests(folder: Path) -> list[bytes]:
    """A request of each name, all with the same values; what it changes can be changed again."""
    from distill_live.library import user_folder
    from distill_train.studio import folders
    from distill_train.studio.requests import GETS, POSTS
    from distill_train.studio.runs import runs_folder

    music, run = folders.recordings_folder() / "music", runs_folder() / "x.run"
    for made in (music, run, folder / "opened"):
        made.mkdir(parents=True, exist_ok=True)
    soundfile.write(music / "a.wav", np.zeros(800), 8000)
    (run / "best.safetensors").touch()  # so that it is not removed
    (run / "events.jsonl").write_text('{"time": 1, "event": "SessionStarted", "pid": 99999}\n')
    assert user_folder().is_relative_to(folder)
    ids = {"id": folders.path_id(run), "run": folders.path_id(run)}
    texts = {"folder": folders.path_id(music), "file": "a.wav", "name": "y", "job": "z.wav"}
    texts |= ids | {"path": str(folder / "opened"), "a": "none", "b": "none", "model": "none"}
    values = texts | {"minutes": 1.5, "seconds": 2.0, "seed": 1, "format": ".wav", "winner": "a"}
    read = [f"/api/{name}?{urlencode(texts)}".encode() for name in (*GETS, "events")]
    read += [b"/", b"/page/main.js", b"/studio/main.js"]
    body = json.dumps(values).encode()
    upload = [f"/api/{name}?{urlencode(texts)}" for name in ("upload", "model/import")]
    change = [f"/api/{name}" for name in POSTS] + upload
    head = HOST + b"X-Token: token\r\nContent-Length: %d\r\n\r\n" % len(body)
    return [
        *(b"GET " + target + HOST + b"Range: bytes=0-9\r\n\r\n" for target in read),
        *(b"POST " + target.encode() + head + body for target in change),
    ]
