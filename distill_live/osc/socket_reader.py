"""Being told when a socket is readable, also by an event loop that cannot watch sockets.

Windows' default loop is one: it alone starts child processes there. A thread waits in its stead.
"""

import asyncio
import select
import socket
import threading
from collections.abc import Callable

LOOK_S = 0.1
"""How long the thread may take to notice that it is over."""


class SocketReader:
    """Calls `on_readable` within the loop whenever there is something to read, until closed.

    Parameters
    ----------
    loop
        The running loop.
    watched
        A socket that does not block; `close` the watch before it.
    on_readable
        Reads what there is.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        watched: socket.socket,
        on_readable: Callable[[], None],
    ) -> None:
        self._loop = loop
        self._socket = watched
        self._on_readable = on_readable
        self._closing = threading.Event()
        self._was_read = threading.Event()
        self._thread: threading.Thread | None = None
        try:
            loop.add_reader(watched, on_readable)
        except NotImplementedError:
            self._thread = threading.Thread(target=self._run, name="socket", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Watch no more."""
        self._closing.set()
        if self._thread is None:
            self._loop.remove_reader(self._socket)
        else:
            self._thread.join()

    def _run(self) -> None:
        while not self._closing.is_set():
            readable, _, _ = select.select([self._socket], [], [], LOOK_S)
            if readable and not self._closing.is_set():
                self._was_read.clear()
                try:
                    self._loop.call_soon_threadsafe(self._read)
                except RuntimeError:  # the loop has ended
                    return
                while not (self._was_read.wait(LOOK_S) or self._closing.is_set()):
                    continue

    def _read(self) -> None:
        try:
            if not self._closing.is_set():
                self._on_readable()
        finally:
            self._was_read.set()
