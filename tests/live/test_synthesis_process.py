"""Render-ahead and sample rate of the synthesis process."""

import gc
import queue
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from support.instrument import PATIENCE_S, wait_until
from support.tiny import tiny_bundle

from distill_live.addresses import CEILING
from distill_live.bundle import write_bundle
from distill_live.engine import Command, Engine
from distill_live.engine.mixing.resampling import Resampler
from distill_live.errors import ConfigurationError
from distill_live.ipc.protocol import (
    ApplyCommands,
    Economised,
    ModelFile,
    Stop,
    SynthesisSettings,
)
from distill_live.live.settings import check_latency
from distill_live.live.shared.ring import Ring
from distill_live.live.shared.shared_block import SharedBlock
from distill_live.live.synthesis import load_governor, synthesis_process

BUNDLE = tiny_bundle()
HOP, RATE_HZ = BUNDLE.settings.hop_samples, BUNDLE.settings.sample_rate_hz


class Synthesis:
    """The synthesis process in a thread, and the audio end of its ring."""

    def __init__(self, model: Path, *, block_frames: int, **settings: Any) -> None:
        self.block = SharedBlock.create(1)
        self.block.block_frames = block_frames
        self.ring = Ring(self.block, 1)
        self.inbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
        usual = SynthesisSettings(
            handle=self.block.handle,
            channels=1,
            models=(ModelFile(1, str(model), None),),
            sample_rate_hz=None,
            hop_samples=None,
            seed=5,
            latency_ms=None,
            wait_for_data=True,
            measure=False,
            state=(),
            is_initial=True,
        )
        self.sent: list[object] = []
        parent: Any = SimpleNamespace(inbox=self.inbox, send=self.sent.append)
        process = synthesis_process.SynthesisProcess(parent, replace(usual, **settings))
        self.thread = threading.Thread(target=process.run)
        self.thread.start()

    def settled(self) -> int:
        """Frames in the ring, once it is filled up."""
        most = round(self.block.latency_s * (self.block.output_rate_hz or RATE_HZ))
        wait_until(lambda: self.ring.valid_frames > most - 2 * HOP, "a filled ring")
        before = -1
        while before != self.block.written_frames:
            before = self.block.written_frames
            threading.Event().wait(0.1)
        return self.ring.valid_frames

    def read(self, frames: int) -> np.ndarray:
        """The next frames, ``(frames, 1)``, as fast as they come."""
        out = np.zeros((frames, 1), dtype=np.float32)
        for start in range(0, frames, 128):
            part = out[start : start + 128]
            wait_until(partial(self._has, len(part)), "sound")
            self.ring.read(part)
        return out

    def _has(self, frames: int) -> bool:
        return self.ring.readable_frames >= frames


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Synthesis]]:
    for name in ("take_priority", "take_priority_everywhere"):
        monkeypatch.setattr(synthesis_process, name, lambda _: None)
    monkeypatch.setattr(synthesis_process, "SLOW_SHARE", np.inf)
    monkeypatch.setattr(gc, "freeze", lambda: None)
    monkeypatch.setattr(sys, "setswitchinterval", lambda _: None)
    path = tmp_path / "tiny.distill"
    write_bundle(BUNDLE, path)
    running: list[Synthesis] = []

    def begin(**settings: Any) -> Synthesis:
        running.append(Synthesis(path, **settings))
        return running[-1]

    yield begin
    for one in running:
        one.inbox.put(Stop())
        one.thread.join(PATIENCE_S)
        assert not one.thread.is_alive()


def engine_alone(frames: int) -> np.ndarray:
    engine = Engine(BUNDLE, channels=1, seed=5)
    out = np.zeros((frames, 1), dtype=np.float32)
    engine.render(out)
    return out


@pytest.mark.parametrize(
    ("block_frames", "latency_ms", "most_frames"),
    [
        (128, None, HOP + 128),  # hops end with blocks: one block before the next hop
        (500, None, HOP + 2 * 500 - 4),  # they hardly ever do: nearly two
        (128, 40.0, 1920),
        (500, 1e3 * (HOP + 500) / RATE_HZ, HOP + 500),  # less was asked for
    ],
)
def test_the_ring_is_filled_as_far_as_the_device_and_the_latency_ask(
    start: Callable[..., Synthesis],
    block_frames: int,
    latency_ms: float | None,
    most_frames: int,
) -> None:
    one = start(block_frames=block_frames, latency_ms=latency_ms)
    wait_until(lambda: one.block.latency_s > 0, "the first hop")
    assert one.block.latency_s == pytest.approx(most_frames / RATE_HZ)
    fills = []
    for _ in range(3):
        fills.append(one.settled())
        one.read(one.ring.valid_frames - (most_frames - HOP))  # a hop more is wanted from here on
    assert max(fills) <= most_frames
    assert one.settled() == most_frames


def test_where_rendering_is_slow_the_ring_holds_a_block_more(
    start: Callable[..., Synthesis], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(synthesis_process, "SLOW_SHARE", 1e-6)
    one = start(block_frames=128)
    one.read(10 * HOP)
    one.read(one.settled() - 2 * 128)  # a hop more is wanted from here on
    assert one.settled() == HOP + 2 * 128
    assert one.block.latency_s == pytest.approx((HOP + 2 * 128) / RATE_HZ)


@pytest.mark.parametrize("exact", [False, True])
def test_a_high_load_makes_the_engine_save_unless_exact_sound_is_asked_for(
    start: Callable[..., Synthesis], monkeypatch: pytest.MonkeyPatch, exact: bool
) -> None:
    monkeypatch.setattr(load_governor, "HIGH_LOAD", -1.0)  # any load is high, at once
    monkeypatch.setattr(load_governor, "HIGH_S", 0.0)
    one = start(block_frames=128, wait_for_data=exact)
    one.read(6 * HOP)
    levels = [message.level for message in one.sent if isinstance(message, Economised)]
    assert levels == ([] if exact else [1, 2, 3, 4])
    log = bytes(one.block.log[: one.block.log_bytes])
    assert log.count(b"/economy") == len(levels), "a replay saves at the same hops"


def test_at_the_models_rate_the_ring_holds_the_engines_samples(
    start: Callable[..., Synthesis],
) -> None:
    one = start(block_frames=128)
    np.testing.assert_array_equal(one.read(20 * HOP), engine_alone(20 * HOP))


def test_another_rate_is_followed_with_the_resampled_sound_and_its_delay_is_counted(
    start: Callable[..., Synthesis],
) -> None:
    one = start(block_frames=128)
    one.settled()
    hops = one.block.written_frames // HOP
    one.block.output_rate_hz = 44100
    wait_until(lambda: one.block.ring_rate_hz == 44100, "the other rate")
    assert one.block.ring_rate_frames == hops * HOP
    assert one.ring.skip_to_rate(44100)
    sound = one.read(10_000)
    resampler = Resampler(RATE_HZ, 44100, 1)
    expected = resampler.process(engine_alone(HOP * (hops + 30))[hops * HOP :])
    np.testing.assert_allclose(sound, expected[: len(sound)], atol=1e-6)
    hop_frames = -(-HOP * 44100 // RATE_HZ)
    assert one.block.latency_s == pytest.approx((hop_frames + 255) / 44100 + resampler.delay_s)


@pytest.mark.parametrize(
    ("model_rate_hz", "rate_hz"),
    [(16_000, 192_000), (8_000, 192_000), (8_000, 384_000), (8_000, 768_000)],
)
def test_the_longest_hops_sound_on_fast_devices(
    start: Callable[..., Synthesis], tmp_path: Path, model_rate_hz: int, rate_hz: int
) -> None:
    settings = replace(
        BUNDLE.settings,
        sample_rate_hz=model_rate_hz,
        n_fft=8192,
        hop_samples=2048,
        chunk_samples=4 * 8192,
        synthesis_samples=8192,
    )
    path = tmp_path / "long.distill"
    write_bundle(tiny_bundle(settings), path)
    one = start(block_frames=512, models=(ModelFile(1, str(path), None),))
    one.block.output_rate_hz = rate_hz
    wait_until(lambda: one.ring.skip_to_rate(rate_hz), "the other rate")
    hop_frames = 2048 * rate_hz // model_rate_hz
    sound = one.read(6 * hop_frames).reshape(6, hop_frames)
    assert np.abs(sound[-2:]).max(axis=1).min() > 0.01


def test_a_latency_that_the_ring_does_not_hold_is_refused() -> None:
    model = {"hop_samples": 2048, "model_rate_hz": 8_000, "block_frames": 8192}
    check_latency(500, **model, rate_hz=192_000)
    with pytest.raises(ConfigurationError, match="there is room for 405 ms"):
        check_latency(500, **model, rate_hz=384_000)


def test_resampled_sound_stays_under_the_ceiling(start: Callable[..., Synthesis]) -> None:
    one = start(
        block_frames=128, state=(Command("/gain", (6.0,)), Command("/axis/loudness", (1.0, 0.0)))
    )
    one.block.output_rate_hz = 96000
    assert np.abs(one.read(48_000)).max() <= CEILING


def test_a_note_is_not_released_before_it_begins(start: Callable[..., Synthesis]) -> None:
    keyed = (
        Command("/keys", ("pitch",)),
        Command("/attack", (0.0,)),
        Command("/release", (0.0,)),
    )
    synthesis = start(block_frames=256, state=keyed)
    synthesis.settled()  # it has not rendered for a while
    block = synthesis.block
    pressed_ns = block.engine_clock_ns + 50_000_000
    on, off = Command("/note/on", (60.0, 1.0)), Command("/note/off", (60.0,))
    synthesis.inbox.put(ApplyCommands(1, None, pressed_ns, (on,)))
    synthesis.read(2 * HOP)  # its times are earlier again
    released_ns = block.engine_clock_ns + 1_000_000
    synthesis.inbox.put(ApplyCommands(2, None, released_ns, (off,)))
    synthesis.read(RATE_HZ // 4)
    assert np.abs(synthesis.read(HOP)).max() < 1e-3


def test_a_note_after_a_long_pause_waits_a_moment_at_most(start: Callable[..., Synthesis]) -> None:
    synthesis = start(block_frames=256, state=(Command("/keys", ("pitch",)),))
    synthesis.settled()
    given_ns = synthesis.block.engine_clock_ns + 5_000_000_000
    note = Command("/note/on", (60.0, 1.0))
    synthesis.inbox.put(ApplyCommands(1, None, given_ns, (note,)))
    assert np.abs(synthesis.read(RATE_HZ // 2)).max() > 0.01
