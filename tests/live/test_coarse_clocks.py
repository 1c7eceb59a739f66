"""Simulated clocks and timers of Windows: steps of 15.6 ms, unless something finer is asked for."""

import gc
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from math import ceil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from support.tiny import tiny_bundle

from distill_live.bundle import write_bundle
from distill_live.ipc.protocol import ModelFile, Stop, SynthesisSettings
from distill_live.live.audio import audio_process
from distill_live.live.audio.audio_process import NullOutput
from distill_live.live.control.synthesis_client import SynthesisClient
from distill_live.live.shared.ring import Ring
from distill_live.live.shared.session_log import LoggedEngine
from distill_live.live.shared.shared_block import SharedBlock
from distill_live.live.synthesis import synthesis_process

TICK_S, FINE_TICK_S = 1 / 64, 0.001
"""Period of the timer by default, and after ``timeBeginPeriod(1)``."""

BLOCK_FRAMES, RATE_HZ = 256, 48000
RENDERING_S = 0.002
SIMULATED_S = 10.0


class SimulatedTime:
    """Stands for the module `time`; waits end on ticks of a timer, ``on_pass`` sees time pass."""

    def __init__(self, tick_s: float, on_pass: Callable[[float], None] = lambda _: None) -> None:
        self.now_s = 1000.0
        self._tick_s, self._on_pass = tick_s, on_pass

    def perf_counter(self) -> float:
        return self.now_s

    def perf_counter_ns(self) -> int:
        return round(self.now_s * 1e9)

    def monotonic(self) -> float:
        return self.now_s // TICK_S * TICK_S

    def sleep(self, seconds: float) -> None:
        if seconds > 0:
            self.spend(ceil((self.now_s + seconds) / self._tick_s) * self._tick_s - self.now_s)

    def spend(self, seconds: float) -> None:
        self.now_s += seconds
        self._on_pass(self.now_s)


def test_the_null_output_asks_for_blocks_at_an_even_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    simulated = SimulatedTime(FINE_TICK_S)
    asked_s: list[float] = []
    monkeypatch.setattr(audio_process, "time", simulated)

    class Player:
        def fill(self, _: object) -> None:
            asked_s.append(simulated.now_s)
            if len(asked_s) == 1000:
                output._closing.set()

    class Thread:
        """Runs when it is joined."""

        def __init__(self, *, target: Callable[[], None], **_: object) -> None:
            self.start, self.join = lambda: None, target

    monkeypatch.setattr(threading, "Thread", Thread)
    player: Any = Player()
    output = NullOutput(player, 2, RATE_HZ, BLOCK_FRAMES)
    output._thread.join()
    period_s = BLOCK_FRAMES / RATE_HZ
    gaps_s = np.diff(asked_s)
    assert np.mean(gaps_s) == pytest.approx(period_s, rel=0.001)
    assert np.max(np.abs(gaps_s - period_s)) <= FINE_TICK_S


class Session:
    """The synthesis process and a device in simulated time, until it has passed."""

    def __init__(self, model: Path, tick_s: float, monkeypatch: pytest.MonkeyPatch) -> None:
        self.time = SimulatedTime(tick_s, self._play)
        self.underruns = 0
        self._block = SharedBlock.create(1)
        self._block.block_frames, self._block.output_rate_hz = BLOCK_FRAMES, RATE_HZ
        self._ring = Ring(self._block, 1)
        self._out = np.zeros((BLOCK_FRAMES, 1), dtype=np.float32)
        self._due_s = self.time.now_s + 0.1
        self._end_s = self.time.now_s + SIMULATED_S
        render = LoggedEngine.render

        def slow_render(engine: LoggedEngine, out: Any) -> None:
            render(engine, out)
            self.time.spend(RENDERING_S)

        monkeypatch.setattr(LoggedEngine, "render", slow_render)
        monkeypatch.setattr(synthesis_process, "time", self.time)
        settings = SynthesisSettings(
            handle=self._block.handle,
            channels=1,
            models=(ModelFile(1, str(model), None),),
            sample_rate_hz=None,
            hop_samples=None,
            seed=5,
            latency_ms=None,
            wait_for_data=False,
            measure=True,  # so that it saves nothing
            state=(),
            is_initial=True,
        )
        parent: Any = SimpleNamespace(inbox=self, send=lambda _: None)
        synthesis_process.SynthesisProcess(parent, settings).run()

    def get(self, block: bool, timeout: float) -> Stop:
        """Wait for a message, as the inbox does; none comes before the end."""
        if block:
            self.time.sleep(timeout)
        if self.time.now_s > self._end_s:
            return Stop()
        raise queue.Empty

    def get_nowait(self) -> Stop:
        return self.get(False, 0.0)

    def _play(self, now_s: float) -> None:
        while self._due_s <= now_s:
            if self._ring.readable_frames < BLOCK_FRAMES:
                self.underruns += 1
            else:
                self._ring.read(self._out)
            self._due_s += BLOCK_FRAMES / RATE_HZ


@pytest.fixture
def play(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[float], Session]:
    for name in ("take_priority", "take_priority_everywhere"):
        monkeypatch.setattr(synthesis_process, name, lambda _: None)
    monkeypatch.setattr(gc, "freeze", lambda: None)
    monkeypatch.setattr(sys, "setswitchinterval", lambda _: None)
    path = tmp_path / "tiny.distill"
    write_bundle(tiny_bundle(), path)
    return lambda tick_s: Session(path, tick_s, monkeypatch)


def test_with_timers_of_a_millisecond_no_block_is_late(play: Callable[[float], Session]) -> None:
    assert play(FINE_TICK_S).underruns == 0


def test_with_the_default_timer_blocks_would_be_late(play: Callable[[float], Session]) -> None:
    assert play(TICK_S).underruns > 100


@pytest.mark.process
def test_processes_compare_one_clock() -> None:
    sent: list[Any] = []
    client = SynthesisClient()
    process: Any = SimpleNamespace(send=sent.append)
    client.attach(process)
    before_ns = time.perf_counter_ns()
    client.apply([])
    script = "import time; print(time.perf_counter_ns())"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert before_ns <= sent[0].given_ns <= int(done.stdout) <= time.perf_counter_ns()
