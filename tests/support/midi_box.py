"""Virtual MIDI controller on a JACK server, and a fake instrument for the MIDI bridge."""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder
from support.closing import Closing
from support.instrument import PATIENCE_S
from support.jack_server import JackServer

BACKEND = {"MIDO_BACKEND": "mido.backends.rtmidi/UNIX_JACK"}
"""What makes the programs look for ports on the server, also where there is ALSA."""


class Box(Closing):
    """Knobs that are moved by a test.

    Parameters
    ----------
    server
        The server to which it is connected.
    name
        What it is called; its port is ``<name>:knobs``.
    """

    def __init__(self, server: JackServer, name: str = "box") -> None:
        import mido

        with _environment(server.environment):
            self._port = mido.Backend(BACKEND["MIDO_BACKEND"]).open_output(
                "knobs", virtual=True, client_name=name
            )
        self._message = mido.Message

    def close(self) -> None:
        """Unplug it."""
        self._port.close()

    def send(self, kind: str, **values: int) -> None:
        """Send a message of mido's."""
        self._port.send(self._message(kind, **values))

    def turn(self, number: int, *values: int) -> None:
        """Move a controller to these values, one after the other."""
        for value in values:
            self.send("control_change", control=number, value=value)


class Listener(Closing):
    """Takes what a bridge says, and answers its subscription.

    Parameters
    ----------
    state
        Values by path.
    port
        Where it listens; 0 takes any that is free.
    """

    def __init__(self, state: dict[str, float] | None = None, port: int = 0) -> None:
        self._state = state or {}
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", port))
        self._socket.settimeout(0.1)
        self.port = int(self._socket.getsockname()[1])
        self.heard: list[tuple[str, tuple[Any, ...]]] = []
        """What moved it, in order."""

    def close(self) -> None:
        self._socket.close()

    def listen(self, count: int) -> None:
        """Until so many messages have moved it."""
        deadline_s = time.perf_counter() + PATIENCE_S
        while len(self.heard) < count:
            assert time.perf_counter() < deadline_s, f"{len(self.heard)} of {count}"
            self.take()

    def wait_for_subscriber(self) -> None:
        """Until a bridge has subscribed, and been told the state."""
        deadline_s = time.perf_counter() + PATIENCE_S
        while self.take() != "/notify":
            assert time.perf_counter() < deadline_s, "no bridge"

    def take(self) -> str | None:
        """Take the next message; its path."""
        try:
            data, client = self._socket.recvfrom(65536)
        except TimeoutError:
            return None
        message = OscMessage(data)
        path, values = message.address.removeprefix("/distill"), tuple(message.params)
        if path == "/notify":
            self._tell(client, "/update", 1)
            for changed, value in self._state.items():
                self._tell(client, changed, value)
            self._tell(client, "/update", 0)
        elif values:
            self.heard.append((path, values))
        elif path in self._state:
            self._tell(client, path, self._state[path])
        return path

    def _tell(self, client: tuple[str, int], path: str, value: float) -> None:
        builder = OscMessageBuilder(f"/distill{path}")
        builder.add_arg(value)
        self._socket.sendto(builder.build().dgram, client)


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
