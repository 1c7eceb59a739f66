"""Datagram reading by event loops with and without socket watching (Windows)."""

import asyncio
import socket
import threading
from collections.abc import Callable
from typing import Any, NoReturn

import pytest

from distill_live.osc.socket_reader import SocketReader


class BlindLoop(asyncio.SelectorEventLoop):
    """A loop that cannot watch sockets. Its own waking needs that, and has the private way."""

    def add_reader(self, *_: Any) -> NoReturn:  # type: ignore[override]
        raise NotImplementedError


@pytest.mark.parametrize("loop_of", [asyncio.SelectorEventLoop, BlindLoop])
def test_all_that_arrives_is_read_within_the_loop_until_it_is_closed(
    loop_of: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    heard: list[bytes] = []
    threads: set[threading.Thread] = set()

    async def listen() -> None:
        with (
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mouth,
        ):
            ear.bind(("127.0.0.1", 0))
            ear.setblocking(False)
            everything = asyncio.Event()

            def receive(data: bytes, _: object) -> None:
                threads.add(threading.current_thread())
                heard.append(data)
                if len(heard) == 20:
                    everything.set()

            reader = SocketReader(ear, receive)
            for number in range(20):
                mouth.sendto(bytes([number]), ear.getsockname())
                await asyncio.sleep(0.001 * (number % 3))
            await asyncio.wait_for(everything.wait(), 30)
            reader.close()
            mouth.sendto(b"too late", ear.getsockname())
            await asyncio.sleep(0.05)

    with asyncio.Runner(loop_factory=loop_of) as runner:
        runner.run(listen())
    assert heard == [bytes([number]) for number in range(20)]
    assert threads == {threading.main_thread()}


def test_it_may_be_closed_by_what_is_read() -> None:
    async def listen() -> None:
        with (
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mouth,
        ):
            ear.bind(("127.0.0.1", 0))
            closed = asyncio.Event()

            def receive(*_: object) -> None:
                reader.close()
                closed.set()

            reader = SocketReader(ear, receive)
            mouth.sendto(b"quit", ear.getsockname())
            await asyncio.wait_for(closed.wait(), 30)

    before = threading.active_count()
    with asyncio.Runner(loop_factory=BlindLoop) as runner:
        runner.run(listen())
    assert threading.active_count() == before
