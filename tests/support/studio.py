"""Start `distill-train studio` with a user's folder of the test's own, and make its requests."""

import http.client
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from support.closing import Closing
from support.instrument import PATIENCE_S
from support.pages import SMALL
from support.processes import kill, user_folders

from distill_train.output_paths import EVENTS, is_locked

RUN_PATIENCE_S = 120.0
"""Longest wait for a run: it imports torch, and exports a network."""


class Refused(Exception):  # noqa: N818
    """An answer with an error: its status and text."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class Studio(Closing):
    """A running studio whose runs are small; `home` holds the user's folder and the cache."""

    def __init__(self, home: Path, *words: str | Path) -> None:
        self.home = home
        self.user_folder = home / "data" / "distill-live"
        (home / "small.toml").write_text("\n".join(one for one in SMALL if "preview" not in one))
        self.play_port = free_port()
        self.process = _start(home, "--play-port", str(self.play_port), *words)
        assert self.process.stdout is not None
        found = re.match(r"Studio http://127\.0\.0\.1:(\d+)/", self.process.stdout.readline())
        assert found
        self.port = int(found[1])
        self.origin = f"http://127.0.0.1:{self.port}"
        document = self.request("GET", "/")[1].decode()
        token = re.search('<meta name="token" content="([^"]+)"', document)
        self.token = token[1] if token else ""

    def close(self) -> None:
        """Kill it: what it started goes on."""
        self.process.kill()
        self.process.communicate()

    def request(
        self, method: str, target: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, bytes]:
        """Status and body of an answer; in names of headers ``_`` stands for ``-``."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)) as to:
            to.request(method, target, body, {k.replace("_", "-"): v for k, v in headers.items()})
            answer = to.getresponse()
            return answer.status, answer.read()

    def head(self, target: str) -> tuple[int, Mapping[str, str]]:
        """Status and headers of an answer."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)) as to:
            to.request("GET", target)
            answer = to.getresponse()
            return answer.status, answer.headers  # type: ignore[return-value]

    def get(self, name: str, /, **query: str) -> Any:
        """JSON value of an answer."""
        return self._value(*self.request("GET", f"/api/{name}?{urlencode(query)}"))

    def post(self, name: str, /, **values: Any) -> Any:
        """JSON value of the answer to a change."""
        body = json.dumps(values).encode()
        return self._value(*self.request("POST", f"/api/{name}", body, X_Token=self.token))

    def upload(self, name: str, data: bytes, /, **query: str) -> Any:
        """JSON value of the answer to an upload."""
        target = f"/api/{name}?{urlencode(query)}"
        return self._value(*self.request("POST", target, data, X_Token=self.token))

    def run(self, run_id: str) -> dict[str, Any]:
        """A run as the state has it."""
        return next(run for run in self.get("state")["runs"] if run["id"] == run_id)

    def wait_for(self, run_id: str, until: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Wait until a run is as wanted."""

        def is_so() -> bool:
            run = self.run(run_id)
            assert run["state"] != "failed" or until(run), run
            return until(run)

        self.wait_until(is_so)
        return self.run(run_id)

    @staticmethod
    def wait_until(is_so: Callable[[], bool]) -> None:
        """Wait until something is so."""
        until_s = time.perf_counter() + RUN_PATIENCE_S
        while not is_so():
            assert time.perf_counter() < until_s
            time.sleep(0.1)

    @contextmanager
    def events(self) -> Iterator[Iterator[tuple[str, Any]]]:
        """Server-sent events as they come: names and data."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=RUN_PATIENCE_S)
        with closing(connection) as to:
            to.request("GET", "/api/events")
            answer = to.getresponse()

            def read() -> Iterator[tuple[str, Any]]:
                name = ""
                while line := answer.readline().decode():
                    key, _, value = line.rstrip("\n").partition(": ")
                    if key == "event":
                        name = value
                    elif key == "data":
                        yield name, json.loads(value)

            yield read()

    @staticmethod
    def failing(home: Path, *words: str | Path) -> str:
        """What a studio says that does not start."""
        with _start(home, *words) as process:
            said = process.communicate(timeout=PATIENCE_S)[1]
        assert process.returncode == 1
        assert said.count("\n") == 1
        return said

    @staticmethod
    def _value(status: int, body: bytes) -> Any:
        value = json.loads(body)
        if status != 200:
            raise Refused(status, value["error"])
        return value


def free_port() -> int:
    """TCP port that is free now."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        return int(listening.getsockname()[1])


def kill_runs(folder: Path) -> None:
    """Kill the runs in a folder that a failed test has left."""
    for log in folder.glob(f"*.run/{EVENTS}"):
        events = map(json.loads, log.read_text().splitlines())
        pids = [event["pid"] for event in events if event["event"] == "SessionStarted"]
        if pids and is_locked(log.parent):
            kill(pids[-1])


def _start(home: Path, *words: str | Path) -> "subprocess.Popen[str]":
    own = {"HOME": str(home), "XDG_CACHE_HOME": str(home / "cache"), "OMP_NUM_THREADS": "1"}
    environment = os.environ | user_folders(home / "data") | own
    options = ["--port", "0", "--config", "small.toml", *map(str, words)]
    return subprocess.Popen(
        [sys.executable, "-m", "distill_train", "studio", *options],
        cwd=home,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
