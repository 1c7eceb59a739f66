"""Start `distill-live` and control it by UDP, TCP or WebSocket."""

import json
import os
import queue
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder
from support.closing import Closing
from support.processes import alive, children_of
from websockets.sync.client import connect

from distill_live.osc import slip

PATIENCE_S = 90.0 if sys.platform == "win32" else 30.0
"""How long anything may take on a busy machine before a test fails; Wine starts slowly."""


def wait_until(condition: Callable[[], object], what: str) -> None:
    deadline_s = time.perf_counter() + PATIENCE_S
    while not condition():
        assert time.perf_counter() < deadline_s, f"{what} did not happen in {PATIENCE_S:g} s"
        time.sleep(0.01)


def ended(pid: int) -> bool:
    return not alive(pid)


def _message(path: str, *args: float | int | str) -> OscMessage:
    builder = OscMessageBuilder(f"/distill{path}")
    for arg in args:
        builder.add_arg(arg)
    return builder.build()


class Client(Closing):
    """Somebody who speaks to an instrument on this computer.

    Parameters
    ----------
    port
        Where the instrument listens; None if that is not known yet.
    """

    def __init__(self, port: int | None = None) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.settimeout(PATIENCE_S)
        if port is not None:
            self._socket.connect(("127.0.0.1", port))

    @property
    def local_port(self) -> int:
        """Where it listens itself."""
        return int(self._socket.getsockname()[1])

    def close(self) -> None:
        """Say no more."""
        self._socket.close()

    def set_blocking(self, on: bool) -> None:
        """Whether to receive is to wait, as long as anything may take."""
        self._socket.settimeout(PATIENCE_S if on else 0)

    def send(self, path: str, *args: float | int | str) -> None:
        """Say something."""
        self.send_packet(_message(path, *args).dgram)

    def send_together(self, *messages: tuple[float | int | str, ...], ahead_s: float = 0.0) -> None:
        """Say several things in one bundle, due at once or so far ahead."""
        bundle = OscBundleBuilder(time.time() + ahead_s if ahead_s else IMMEDIATELY)  # type: ignore[arg-type]
        for path, *args in messages:
            bundle.add_content(_message(str(path), *args))
        self.send_packet(bundle.build().dgram)

    def send_packet(self, data: bytes) -> None:
        """Send some bytes."""
        self._socket.send(data)

    def receive_packet(self) -> bytes:
        """The next that is sent to it."""
        return self._socket.recv(65536)

    def receive(self) -> tuple[str, tuple[Any, ...]]:
        """The next answer: path and arguments."""
        message = OscMessage(self.receive_packet())
        return message.address.removeprefix("/distill"), tuple(message.params)

    def ask(self, path: str, *args: float | int | str, reply: str | None = None) -> tuple[Any, ...]:
        """Say something and wait for the answer."""
        self.send(path, *args)
        return self.receive_until(reply or path)[-1][1]

    def receive_until(self, path: str) -> list[tuple[str, tuple[Any, ...]]]:
        """All that is said until that path is."""
        received: list[tuple[str, tuple[Any, ...]]] = []
        while not received or received[-1][0] != path:
            received.append(self.receive())
        return received

    def sync(self, number: int = 1) -> None:
        """Wait until all that was said is heard."""
        assert self.ask("/sync", number, reply="/synced") == (number,)


def wait_for_answer(client: Client, path: str, value: float | str, what: str) -> None:
    wait_until(lambda: client.ask(path) == (value,), what)


class TcpClient(Client):
    """Somebody who is connected over TCP.

    Parameters
    ----------
    port
        Where the instrument listens.
    """

    def __init__(self, port: int) -> None:
        super().__init__()
        self._socket.close()
        self._socket = socket.create_connection(("127.0.0.1", port), PATIENCE_S)
        self._decoder = slip.Decoder()
        self._received: list[bytes] = []

    def send_packet(self, data: bytes) -> None:
        """Send some bytes in a frame."""
        self.send_bytes(slip.encode(data))

    def send_bytes(self, data: bytes) -> None:
        """Send some bytes as they are."""
        self._socket.sendall(data)

    def receive_packet(self) -> bytes:
        """The next that is sent to it."""
        while not self._received:
            data = self._socket.recv(65536)
            assert data, "it was disconnected"
            self._received += self._decoder.feed(data)
        return self._received.pop(0)


class WebSocketClient(Client):
    """Somebody who is connected by a WebSocket.

    Parameters
    ----------
    port
        Where the instrument answers HTTP.
    """

    def __init__(self, port: int) -> None:
        super().__init__()
        self._stack = ExitStack()
        self.connection = self._stack.enter_context(connect(f"ws://127.0.0.1:{port}/"))

    def close(self) -> None:
        """Say no more."""
        self._stack.close()
        super().close()

    def command(self, command: str, path: str) -> None:
        """Say something that is no OSC."""
        self.connection.send(json.dumps({"COMMAND": command, "DATA": f"/distill{path}"}))

    def send_packet(self, data: bytes) -> None:
        """Send some bytes."""
        self.connection.send(data)

    def receive_packet(self) -> bytes:
        """The next OSC packet that is sent to it, past JSON about paths that have changed."""
        while not isinstance(data := self.connection.recv(PATIENCE_S), bytes):
            pass
        return data


class Instrument(Client):
    """A running `distill-live` on a free port, and a client of it.

    Parameters
    ----------
    model
        What it plays; None if that is among the options.
    options
        Further words of the command line; without an output among them it plays into ``--null``,
        without one about HTTP it serves none.
    environment
        What is added to the environment.
    patient
        Wait until it plays (`wait_until_listening`).
    """

    def __init__(
        self,
        model: Path | None,
        *options: str,
        environment: dict[str, str] | None = None,
        patient: bool = True,
    ) -> None:
        words = [sys.executable, "-m", "distill_live", "--osc-port", "0"]
        words += [] if any("http" in option for option in options) else ["--no-http"]
        words += [] if model is None else ["--model", str(model)]
        self.process = subprocess.Popen(
            [*words, *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            env=os.environ | (environment or {}),
        )
        self.lines: list[str] = []
        self._incoming: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        super().__init__()
        try:
            if patient:
                self.wait_until_listening()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End it, however it is."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()
        super().close()

    def wait_until_listening(self) -> None:
        """Wait until it plays, and learn its port and its processes."""
        self.wait_for_line("Output")
        self.port = self.listening_at("OSC")
        self._socket.connect(("127.0.0.1", self.port))
        self.children = {name: self.child(name) for name in ("audio", "synthesis")}

    def listening_at(self, beginning: str) -> int:
        """The port in the line that begins so, as soon as it is said."""
        wait_until(lambda: self._saying(beginning), f"a line that begins with {beginning}")
        return int(self._saying(beginning)[0].split(",")[0].rpartition(":")[2].strip("/"))

    def _saying(self, beginning: str) -> list[str]:
        return [line for line in self.lines if line.startswith(beginning)]

    def wait_for_line(self, beginning: str) -> str:
        """The next line that begins so."""
        deadline_s = time.perf_counter() + PATIENCE_S
        while True:
            try:
                line = self._incoming.get(timeout=max(0.0, deadline_s - time.perf_counter()))
            except queue.Empty:
                line = None
            what = "did not say" if self.process.poll() is None else "ended and did not say"
            assert line is not None, f"it {what} {beginning!r}: {self.lines}"
            if line.startswith(beginning):
                return line

    def wait_for_saying(self, text: str) -> None:
        """Wait until a line with this in it has been said, now or earlier.

        An answer over OSC can be here before a line that was printed first.
        """
        wait_until(lambda: any(text in line for line in self.lines), f"a line with {text!r}")

    def child(self, name: str) -> int:
        """The number of the process of that name."""
        (number,) = self._children(name)
        return number

    def has_child(self, name: str) -> bool:
        """Whether there is a process of that name."""
        return bool(self._children(name))

    def _children(self, name: str) -> list[int]:
        wanted = re.compile(rf"distill_live\.[\w.]+\.{name}(_process)?\b(?!\.)")
        children = children_of(self.process.pid)
        return [pid for pid, command in children.items() if wanted.search(command)]

    def end(self, how: int) -> int:
        """Send a signal and return the exit status, when all that was said has been read.

        Windows has no signals to other processes: there it is told to quit.
        """
        if sys.platform == "win32":
            self.send("/quit")
        else:
            self.process.send_signal(how)
        status = self.process.wait(PATIENCE_S)
        self._reader.join(PATIENCE_S)
        return status

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            self._incoming.put(line.rstrip("\n"))
        self._incoming.put(None)
