"""The instrument that the studio starts: a process of `distill-live`, found by its HTTP port.

It outlives the studio, and the next studio finds it where this one left it.
"""

import http.client
import json
import math
import socket
import subprocess
import tempfile
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import IO

from distill_live.addresses import PREFIX
from distill_live.errors import DeviceError, WireError
from distill_live.osc.wire import build_message, parse_packet
from distill_live.oscquery.query import NAME
from distill_train.studio.processes import last_line, start_detached

START_S, STOP_S = 30.0, 10.0
"""Longest waits for the instrument's start and end."""

ASK_EVERY_S = 2.0
"""Time for which an answer of the instrument's port counts."""

REPLY_S = 0.5
"""Longest wait for an answer by OSC."""

OSC_PORT = 9010
"""Port of OSC, if it is free; else any."""


Playing = dict[str, str | None]
"""``model``, and ``url`` of the play page; None while it starts."""


class Instrument:
    """The instrument at a port of this computer.

    Parameters
    ----------
    port
        HTTP port of the play page.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self._lock = threading.Lock()
        self._known: tuple[float, Playing | None] = (-math.inf, None)
        self._starting: Playing | None = None

    def playing(self) -> Playing | None:
        """Model and URL of the instrument that runs; None if there is none."""
        if self._starting is not None:
            return self._starting
        asked_s, known = self._known
        if time.perf_counter() - asked_s > ASK_EVERY_S:
            known = None
            if (port := self._osc_port()) is not None:
                known = {"model": _leading_model(port), "url": f"http://127.0.0.1:{self.port}/"}
            self._known = time.perf_counter(), known
        return known

    def play(self, model: Path) -> str:
        """Start the instrument with a model, in place of one that runs, and return its URL.

        Raises
        ------
        DeviceError
            If it does not start.
        """
        with self._lock:
            self._end()
            options = [
                f"--model={model}",
                f"--http-port={self.port}",
                f"--osc-port={_free_osc_port()}",
            ]
            self._starting = {"model": model.stem, "url": None}
            try:
                with tempfile.TemporaryFile() as log:
                    process = start_detached("distill_live", options, log)
                    self._wait_until_playing(process, log)
            finally:
                self._starting, self._known = None, (-math.inf, None)
            return f"http://127.0.0.1:{self.port}/"

    def stop(self) -> None:
        """End the instrument.

        Raises
        ------
        DeviceError
            If it does not end.
        """
        with self._lock:
            self._end()

    def _end(self) -> None:
        port = self._osc_port()
        if port is None:
            return
        with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as client:
            client.sendto(build_message(f"{PREFIX}/quit", "", ()), ("127.0.0.1", port))
        until_s = time.perf_counter() + STOP_S
        while self._osc_port() is not None:
            if time.perf_counter() > until_s:
                raise DeviceError(
                    f"the instrument does not end within {STOP_S:g} s; end it yourself"
                )
            time.sleep(0.05)
        self._known = (-math.inf, None)

    def _wait_until_playing(self, process: "subprocess.Popen[bytes]", log: IO[bytes]) -> None:
        until_s = time.perf_counter() + START_S
        while self._osc_port() is None:
            if process.poll() is not None:
                raise DeviceError(last_line(log) or "the instrument ended at once")
            if time.perf_counter() > until_s:
                process.terminate()
                raise DeviceError(f"the instrument did not start within {START_S:g} s")
            time.sleep(0.05)

    def _osc_port(self) -> int | None:
        """OSC port of the instrument at the HTTP port; None if there is none."""
        try:
            with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=1.0)) as client:
                client.request("GET", "/?HOST_INFO")
                answer = json.loads(client.getresponse().read(2**16))
        except (OSError, http.client.HTTPException, ValueError):
            return None
        match answer:
            case {"NAME": str(name), "OSC_PORT": int(port)} if name == NAME:
                return port
        return None


def _leading_model(osc_port: int) -> str:
    """Name of the model in the first slot; empty if the instrument does not answer."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as client:
        client.settimeout(REPLY_S)
        try:
            client.connect(("127.0.0.1", osc_port))
            client.send(build_message(f"{PREFIX}/model/list", "", ()))
            for group in parse_packet(client.recv(65536)):
                for message in group.messages:
                    if message.address == f"{PREFIX}/model/info":
                        return str(message.values[1])
        except (OSError, WireError):
            pass
    return ""


def _free_osc_port() -> int:
    """`OSC_PORT` if it is free, else 0."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as tried:
        try:
            tried.bind(("127.0.0.1", OSC_PORT))
        except OSError:
            return 0
    return OSC_PORT
