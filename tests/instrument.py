"""The instrument as a performer starts it: real processes, driven over real UDP."""

import os
import queue
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder

PATIENCE_S = 30.0
"""How long anything may take on a busy machine before a test fails."""


def wait_until(condition: Callable[[], object], what: str) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline_s, f"{what} did not happen in {PATIENCE_S:g} s"
        time.sleep(0.01)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True)
    return bool(state.stdout.strip()) and not state.stdout.startswith("Z")


def _message(path: str, *args: float | int | str) -> OscMessage:
    builder = OscMessageBuilder(f"/distill{path}")
    for arg in args:
        builder.add_arg(arg)
    return builder.build()


class Instrument:
    """A running `distill-live` on a free port, with a client of its own.

    Parameters
    ----------
    model
        What it plays.
    options
        Further words of the command line; without an output among them it plays into ``--null``.
    environment
        What is added to the environment.
    patient
        Wait until it plays (`wait_until_listening`).
    """

    def __init__(
        self,
        model: Path,
        *options: str,
        environment: dict[str, str] | None = None,
        patient: bool = True,
    ) -> None:
        words = [sys.executable, "-m", "distill_live", "--model", str(model), "--osc-port", "0"]
        self.process = subprocess.Popen(
            [*words, *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=os.environ | (environment or {}),
        )
        self.lines: list[str] = []
        self._incoming: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.settimeout(PATIENCE_S)
        try:
            if patient:
                self.wait_until_listening()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End it, however it is."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()
        self._socket.close()

    def wait_until_listening(self) -> None:
        """Wait until it plays, and learn its port and its processes."""
        self.wait_for_line("Output")
        (listening,) = [line for line in self.lines if line.startswith("OSC")]
        self.port = int(listening.split(",")[0].rpartition(":")[2])
        self._socket.connect(("127.0.0.1", self.port))
        self.children = {name: self.child(name) for name in ("audio", "synthesis")}

    def wait_for_line(self, beginning: str) -> str:
        """The next line that begins so."""
        deadline_s = time.monotonic() + PATIENCE_S
        while True:
            line = self._incoming.get(timeout=max(0.0, deadline_s - time.monotonic()))
            assert line is not None, f"it ended: {self.lines}"
            if line.startswith(beginning):
                return line

    def child(self, name: str) -> int:
        """The number of the process of that name."""
        table = subprocess.run(["ps", "-axwwo", "pid,ppid,args"], capture_output=True, text=True)
        for line in table.stdout.splitlines():
            pid, parent, command = line.split(None, 2)
            if parent == str(self.process.pid) and f"distill_live.live.{name}" in command:
                return int(pid)
        raise AssertionError(f"no {name} process")

    def send(self, path: str, *args: float | int | str) -> None:
        """Say something."""
        self._socket.send(_message(path, *args).dgram)

    def send_together(self, *messages: tuple[float | int | str, ...], ahead_s: float = 0.0) -> None:
        """Say several things in one bundle, due at once or so far ahead."""
        bundle = OscBundleBuilder(time.time() + ahead_s if ahead_s else IMMEDIATELY)
        for path, *args in messages:
            bundle.add_content(_message(str(path), *args))
        self._socket.send(bundle.build().dgram)

    def receive(self) -> tuple[str, tuple[object, ...]]:
        """The next answer: path and arguments."""
        message = OscMessage(self._socket.recv(65536))
        return message.address.removeprefix("/distill"), tuple(message.params)

    def ask(self, path: str, *args: float | int | str, reply: str | None = None) -> tuple:
        """Say something and wait for the answer."""
        self.send(path, *args)
        while True:
            answered, values = self.receive()
            if answered == (reply or path):
                return values

    def sync(self, number: int = 1) -> None:
        """Wait until all that was said is heard."""
        assert self.ask("/sync", number, reply="/synced") == (number,)

    def end(self, how: int) -> int:
        """Send a signal and return the exit status."""
        self.process.send_signal(how)
        return self.process.wait(PATIENCE_S)

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            self._incoming.put(line.rstrip("\n"))
        self._incoming.put(None)
