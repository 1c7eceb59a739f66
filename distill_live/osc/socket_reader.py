"""Read datagrams from a UDP socket in batches, also in loops that cannot watch sockets."""

import asyncio
import socket
from collections.abc import Callable
from typing import Any

from distill_live.osc.wire import MAX_PACKET_BYTES

MAX_READ_AT_ONCE = 64
"""Maximum number of packets read from one socket before the loop runs other callbacks."""

RETRY_S = 0.01


class SocketReader:
    """Calls `receive` in the running loop for each datagram, until closed.

    All datagrams that are there are read at once: a quarter of the time per message of asyncio's
    own datagram protocol, which polls for each.

    Parameters
    ----------
    source
        Bound, non-blocking socket; close the reader before it.
    receive
        Called with the data, cut at `MAX_PACKET_BYTES` + 1, and the address of the sender.
    on_batch
        Called after each batch.
    """

    def __init__(
        self,
        source: socket.socket,
        receive: Callable[[bytes, tuple[Any, ...]], None],
        on_batch: Callable[[], None] = lambda: None,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._socket = source
        self._receive = receive
        self._on_batch = on_batch
        self._closed = False
        self._task: asyncio.Task[None] | None = None
        try:
            self._loop.add_reader(source, self._read)
        except NotImplementedError:  # Windows' default loop, which alone starts processes there
            self._task = self._loop.create_task(self._run())

    def close(self) -> None:
        """Stop reading."""
        self._closed = True
        if self._task is None:
            self._loop.remove_reader(self._socket)
        else:
            self._task.cancel()

    def _read(self) -> None:
        for _ in range(MAX_READ_AT_ONCE):
            try:
                data, sender = self._socket.recvfrom(MAX_PACKET_BYTES + 1)
            except OSError:  # nothing more, or an earlier reply was refused
                break
            self._receive(data, sender)
            if self._closed:
                return
        self._on_batch()

    async def _run(self) -> None:
        while True:
            try:
                data, sender = await self._loop.sock_recvfrom(self._socket, MAX_PACKET_BYTES + 1)
            except ConnectionResetError:  # the client of an earlier reply has gone
                continue
            except OSError:
                await asyncio.sleep(RETRY_S)
                continue
            self._receive(data, sender)
            if not self._closed:
                self._read()
            await asyncio.sleep(0)
