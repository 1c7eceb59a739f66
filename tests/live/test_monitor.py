"""What listeners get: the frames that were played, by their numbers, whoever else reads."""

import asyncio
import json
import struct
import threading
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.closing import Closing
from support.instrument import PATIENCE_S, Instrument, wait_until
from support.processes import user_folders
from support.take_files import sound
from support.tiny import tiny_bundle
from websockets.sync.client import connect

from distill_live.bundle import write_bundle
from distill_live.live.audio.player import Player
from distill_live.live.control.feeds.monitor_feed import monitor_frames
from distill_live.live.shared.monitor_buffer import MonitorBuffer
from distill_live.live.shared.monitor_reader import (
    MAX_BEHIND_FRAMES,
    MAX_PART_FRAMES,
    MonitorReader,
)
from distill_live.live.shared.ring import Ring
from distill_live.live.shared.shared_block import MONITOR_FRAMES, SharedBlock

CHANNELS, RATE_HZ = 2, 48000


def numbered(start: int, frames: int) -> np.ndarray:
    """Frames that tell their number."""
    numbers = np.arange(start, start + frames, dtype=np.float32)
    return np.stack([numbers, -numbers], axis=1)


def samples_of(data: bytes) -> np.ndarray:
    return np.frombuffer(data, "<f4").reshape(-1, CHANNELS)


@given(
    st.lists(st.tuples(st.integers(0, 9000), st.booleans()), min_size=1, max_size=40),
    st.integers(0, 2 * MONITOR_FRAMES),
)
def test_what_is_read_is_what_was_written_and_says_where(
    writes: list[tuple[int, bool]], start: int
) -> None:
    block = SharedBlock.create(CHANNELS)
    block.monitored_frames = start
    buffer = MonitorBuffer(block, CHANNELS, RATE_HZ)
    reader = MonitorReader(block, CHANNELS)
    written, expected = start, start
    for frames, reads in writes:
        buffer.write(numbered(written, frames))
        written += frames
        while reads and (part := reader.read()) is not None:
            assert part.frame == max(expected, written - MAX_BEHIND_FRAMES)
            heard = samples_of(part.samples)
            assert 0 < len(heard) <= MAX_PART_FRAMES
            np.testing.assert_array_equal(heard, numbered(part.frame, len(heard)))
            expected = part.frame + len(heard)
        assert not reads or expected == written


def test_another_rate_is_said_and_nothing_of_the_old_one_follows() -> None:
    block = SharedBlock.create(CHANNELS)
    reader = MonitorReader(block, CHANNELS)
    assert reader.read() is None
    MonitorBuffer(block, CHANNELS, 48000).write(numbered(0, 100))
    part = reader.read()
    assert part is not None
    assert (part.sample_rate_hz, part.frame) == (48000, 0)
    MonitorBuffer(block, CHANNELS, 48000).write(numbered(100, 50))  # which nobody read
    MonitorBuffer(block, CHANNELS, 44100).write(numbered(150, 10))
    part = reader.read()
    assert part is not None
    assert (part.sample_rate_hz, part.frame) == (44100, 150)
    np.testing.assert_array_equal(samples_of(part.samples), numbered(150, 10))


def test_what_was_overwritten_while_it_was_copied_is_not_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    block = SharedBlock.create(CHANNELS)
    buffer, reader = MonitorBuffer(block, CHANNELS, RATE_HZ), MonitorReader(block, CHANNELS)
    buffer.write(numbered(0, 1000))
    copy = reader._copy

    def paused(start: int, frames: int) -> bytes:
        monkeypatch.setattr(reader, "_copy", copy)
        for at in range(1000, 1000 + MONITOR_FRAMES, 1024):
            buffer.write(numbered(at, 1024))
        return copy(start, frames)

    monkeypatch.setattr(reader, "_copy", paused)
    assert reader.read() is None
    part = reader.read()
    assert part is not None
    assert part.frame == block.monitored_frames - MAX_BEHIND_FRAMES
    heard = samples_of(part.samples)
    np.testing.assert_array_equal(heard, numbered(part.frame, len(heard)))


def test_listeners_get_what_the_device_got_faded_and_muted_or_not() -> None:
    block = SharedBlock.create(CHANNELS)
    ring = Ring(block, CHANNELS)
    ring.change_rate(RATE_HZ)
    player = Player(block, ring, CHANNELS, RATE_HZ)
    readers = [MonitorReader(block, CHANNELS) for _ in range(3)]
    rng = np.random.default_rng(1)
    ring.write(rng.uniform(-1, 1, (20000, CHANNELS)).astype(np.float32))
    out = np.zeros((256, CHANNELS), dtype=np.float32)
    played = []
    for number in range(100):  # the ring runs empty, too
        block.muted = int(20 <= number < 40)
        player.fill(out)
        played.append(out.copy())
    for reader in readers:
        heard = []
        while (part := reader.read()) is not None:
            heard.append(samples_of(part.samples))
        np.testing.assert_array_equal(np.concatenate(heard), np.concatenate(played))
    assert block.underruns == 1


def test_frames_of_a_socket_say_rate_channels_and_number() -> None:
    block = SharedBlock.create(CHANNELS)
    buffer = MonitorBuffer(block, CHANNELS, RATE_HZ)

    async def listen() -> list[str | bytes]:
        frames = monitor_frames(block, CHANNELS)
        received = []
        async for frame in frames:
            received.append(frame)
            if len(received) == 2:
                MonitorBuffer(block, CHANNELS, 44100).write(numbered(7, 3))
            if len(received) == 4:
                break
        return received

    async def session() -> list[str | bytes]:
        task = asyncio.create_task(listen())
        await asyncio.sleep(0)
        buffer.write(numbered(0, 7))
        return await asyncio.wait_for(task, PATIENCE_S)

    first, data, second, more = asyncio.run(session())
    assert json.loads(first) == {"rate": RATE_HZ, "channels": CHANNELS}
    assert data == struct.pack("<Q", 0) + numbered(0, 7).tobytes()
    assert json.loads(second) == {"rate": 44100, "channels": CHANNELS}
    assert more == struct.pack("<Q", 7) + numbered(7, 3).tobytes()


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "tiny.distill"
    write_bundle(tiny_bundle(), path)
    return path


class Heard(Closing):
    """What a listener has received since it connected, read in a thread."""

    def __init__(self, url: str) -> None:
        self._stack = ExitStack()
        self._connection = self._stack.enter_context(connect(url))
        self.format: dict[str, Any] = json.loads(self._connection.recv(PATIENCE_S))
        self.parts: list[tuple[int, np.ndarray]] = []
        self._thread = threading.Thread(target=self._receive)
        self._thread.start()

    def _receive(self) -> None:
        for frame in self._connection:
            assert isinstance(frame, bytes)
            self.parts.append((struct.unpack_from("<Q", frame)[0], samples_of(frame[8:])))

    def close(self) -> None:
        """Leave."""
        self._stack.close()
        self._thread.join(PATIENCE_S)

    @property
    def end(self) -> int:
        """Number of the frame that comes next."""
        return self.parts[-1][0] + len(self.parts[-1][1]) if self.parts else 0

    def wait_for_more(self, frames: int) -> None:
        until = self.end + frames
        wait_until(lambda: self.end > until, f"{frames} more frames")

    @property
    def samples(self) -> np.ndarray:
        """All of it; nothing is missing."""
        for (start, samples), (after, _) in pairwise(self.parts):
            assert after == start + len(samples)
        return np.concatenate([samples for _, samples in self.parts])


@pytest.mark.process
def test_what_is_heard_is_what_is_recorded_sample_for_sample(model: Path, tmp_path: Path) -> None:
    options = ("--null", "--http-port", "0", "--set", "/walk 0.5")
    folders = user_folders(tmp_path)
    with Instrument(model, *options, environment=folders) as live, ExitStack() as stack:
        url = f"ws://127.0.0.1:{live.listening_at('Page')}/listen"
        listeners = [stack.enter_context(Heard(url)) for _ in range(3)]
        assert [heard.format for heard in listeners] == 3 * [{"rate": 48000, "channels": 2}]
        for heard in listeners:
            heard.wait_for_more(0)
        take = Path(str(live.ask("/record", 1, "take", reply="/done")[1]))
        listeners[0].wait_for_more(24000)
        live.ask("/record", 0, reply="/done")
        for heard in listeners:
            heard.wait_for_more(4800)
    recorded = sound(take)
    loudest = int(np.abs(recorded).min(axis=1).argmax())
    assert recorded[loudest].all()
    for heard in listeners:
        played = heard.samples
        (found,) = np.nonzero((played == recorded[loudest]).all(axis=1))
        takes = (played[at - loudest :][: len(recorded)] for at in found if at >= loudest)
        assert any(np.array_equal(take, recorded) for take in takes)
