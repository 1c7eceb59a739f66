"""Hostile packets against a running instrument: answers, silence, bounded memory.

A short form of `tests/bench/osc_fuzz.py`, always with the same packets.
"""

import random
import sys
from pathlib import Path
from typing import Any

import pytest
from support.hostile import HANGS_BY_SIZE, HANGS_BY_STARS, Hostile
from support.instrument import Client, Instrument, TcpClient, WebSocketClient, wait_until
from support.processes import user_folders
from support.tiny import AXES, tiny_bundle

from distill_live.addresses import instantiate
from distill_live.bundle import write_bundle
from distill_live.live.shared.meters import SILENCE_DB

pytestmark = pytest.mark.process

PACKETS, WINDOW = 3000, 50
MAX_GROWTH_KB = 16_000
"""What a process may take in beside: buffers and caches that fill once."""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("hostile") / "tiny.distill"
    write_bundle(tiny_bundle(), path)
    return path


def resident_kb(pid: int) -> int:
    if sys.platform != "linux":
        return 0
    (line,) = [
        line
        for line in Path(f"/proc/{pid}/status").read_text().splitlines()
        if line.startswith("VmRSS")
    ]
    return int(line.split()[1])


class Watcher:
    """A subscriber to the meters."""

    def __init__(self, port: int) -> None:
        self._client = Client(port)
        self._client.ask("/notify", 1, reply="/done")
        self._client.send("/meters", 60)

    def peak_db(self) -> float:
        """The highest of the next few that are told."""
        told = [values for _ in range(5) for values in self._next()]
        return max(float(peak_db) for _, peak_db in told)

    def _next(self) -> list[tuple[Any, ...]]:
        messages = self._client.receive_until("/meter/load")
        return [values for path, values in messages if path == "/meter/peak"]

    def close(self) -> None:
        self._client.close()


@pytest.mark.parametrize("by", ["OSC", "TCP", "Page"])
def test_it_answers_stays_silent_and_does_not_grow(model: Path, by: str, tmp_path: Path) -> None:
    rng = random.Random(by)
    hostile = Hostile(instantiate(8, AXES, 10), rng)
    options = ("--null", "--osc-tcp-port", "0", "--http-port", "0", "--set", "/play 0")
    home = user_folders(tmp_path)
    with Instrument(model, *options, environment=home) as live:
        watcher = Watcher(live.port)
        live.send("/panic")
        kinds = {"OSC": Client, "TCP": TcpClient, "Page": WebSocketClient}
        pids = (live.process.pid, *live.children.values())
        before: dict[int, int] = {}
        client = kinds[by](live.listening_at(by))
        for sent in range(0, PACKETS, WINDOW):
            packets = [HANGS_BY_SIZE, HANGS_BY_STARS, *(next(hostile) for _ in range(WINDOW - 2))]
            for packet in packets:
                client.send_packet(packet[:16384] if by == "Page" else packet)
            if by == "OSC":
                live.ask("/version", reply="/version.reply")
            else:
                client.ask("/version", reply="/version.reply")
            if sent == PACKETS // 3:
                assert watcher.peak_db() == SILENCE_DB
                before = {pid: resident_kb(pid) for pid in pids}
        live.sync()
        assert watcher.peak_db() == SILENCE_DB
        assert live.process.poll() is None
        assert len(before) == 3
        for pid, was_kb in before.items():
            assert resident_kb(pid) - was_kb < MAX_GROWTH_KB
        # In its own name, after what waits for a preset; its packets may have recorded gestures.
        stops = (
            ("/gesture/stop", 1),
            ("/gesture/stop", 1),
            ("/clock/quantise", 0.0),
            ("/keys", "off"),
        )
        values = ("/gain", 0.0), ("/mute", 0), ("/speed", 1.0), ("/play", 1)
        for message in (*stops, *values, ("/model/blend", 1, 1.0)):
            client.send(*message)
        wait_until(lambda: watcher.peak_db() > SILENCE_DB, "a sound, afterwards")
        for one in (client, watcher):
            one.close()
        assert not any("nternal error" in line for line in live.lines)
