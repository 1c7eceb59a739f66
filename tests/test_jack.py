"""The instrument on a real audio server, heard by a second client."""

import os
import signal
from pathlib import Path

import numpy as np
import pytest
from instrument import Instrument
from jack_server import PERIOD_FRAMES, RATE_HZ, Capture, JackServer, jack_server, require_jack
from tiny import tiny_bundle

from distill_live.bundle import write_bundle

__all__ = ["jack_server"]

pytestmark = pytest.mark.jack

STILL = ("--set", "/jitter 0", "--set", "/drift 0", "--set", "/glide 0", "--seed", "5")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "tiny.distill"
    write_bundle(tiny_bundle(), path)
    return path


def level_db(sound: np.ndarray) -> float:
    return float(10 * np.log10(np.mean(np.square(sound, dtype=np.float64)) + 1e-20))


def centroid_hz(sound: np.ndarray) -> float:
    power = np.abs(np.fft.rfft(sound[:, 0] * np.hanning(len(sound)))) ** 2
    return float((np.fft.rfftfreq(len(sound), 1 / RATE_HZ) * power).sum() / power.sum())


def test_what_is_said_is_heard_by_a_second_client(model: Path, jack_server: JackServer) -> None:
    with (
        Capture(jack_server) as capture,
        Instrument(model, *STILL, environment=jack_server.environment) as live,
    ):
        assert any("JACK" in line and f"block {PERIOD_FRAMES}" in line for line in live.lines)
        capture.connect()
        live.sync()
        capture.record(0.2)
        before = capture.record(0.5)
        assert level_db(before) > -60

        live.send("/gain", -20.0)
        live.sync()
        capture.record(0.2)
        assert level_db(capture.record(0.5)) == pytest.approx(level_db(before) - 20, abs=0.5)

        live.send("/mute", 1)
        live.sync()
        capture.record(0.05)
        assert not capture.record(0.3).any()
        live.send("/mute", 0)
        live.send("/gain", 0.0)
        live.sync()
        capture.record(0.2)
        assert level_db(capture.record(0.5)) == pytest.approx(level_db(before), abs=0.5)

        live.send("/panic")
        live.sync()
        capture.record(0.05)
        assert not capture.record(0.3).any()
        live.send("/play", 1)
        live.sync()
        capture.record(0.2)
        assert level_db(capture.record(0.5)) == pytest.approx(level_db(before), abs=0.5)
        assert live.end(signal.SIGINT) == 0


def test_a_twin_sounds_the_same_until_it_is_moved(model: Path) -> None:
    require_jack()
    with JackServer(period_frames=512) as jack_server, Capture(jack_server) as capture:
        for _ in range(3):  # the machine may pause for longer than the ring lasts
            still, _, still_underruns = play(model, jack_server, capture, move=False)
            moved, moved_at, moved_underruns = play(model, jack_server, capture, move=True)
            if still_underruns == moved_underruns == 0:
                break
        else:
            pytest.fail("an underrun in each of three runs")
    delay = delay_samples(still, moved)
    still, moved = (still[max(0, -delay) :], moved[max(0, delay) :])
    moved_at -= max(0, delay)
    frames = min(len(still), len(moved))
    still, moved = still[:frames], moved[:frames]

    different = np.flatnonzero((still != moved).any(axis=1))
    assert len(different), "the move was not heard"
    assert different[0] >= moved_at > 0.3 * RATE_HZ
    tail = slice(frames - RATE_HZ // 2, frames)
    assert different[0] < tail.start
    assert centroid_hz(moved[tail]) > 1.1 * centroid_hz(still[tail])


def play(
    model: Path, server: JackServer, capture: Capture, *, move: bool
) -> tuple[np.ndarray, int, int]:
    """What was heard, where it was moved in that, and how often the ring ran empty."""
    with Instrument(model, *STILL, environment=server.environment) as live:
        capture.connect()
        capture.clear()
        capture.record(0.8)
        moved_at = len(capture.recorded)
        if move:
            live.send("/axis/brightness", 1.0)
        live.sync()
        capture.record(1.2)
        underruns = live.ask("/status", reply="/status.reply")[3]
        heard = capture.recorded
        assert live.end(signal.SIGINT) == 0
    return heard, moved_at, underruns


def delay_samples(a: np.ndarray, b: np.ndarray) -> int:
    """By how much `b` is later than `a`, from a stretch that they have in common bit for bit."""
    start, length = round(0.6 * RATE_HZ), 512
    for at in np.flatnonzero(b[: len(b) - length, 0] == a[start, 0]):
        if np.array_equal(b[at : at + length], a[start : start + length]):
            return int(at) - start
    raise AssertionError("the two runs have nothing in common")


def test_killing_synthesis_clicks_no_more_than_the_sound_itself(
    model: Path, jack_server: JackServer
) -> None:
    with (
        Capture(jack_server) as capture,
        Instrument(model, *STILL, environment=jack_server.environment) as live,
    ):
        capture.connect()
        live.send("/gain", -6.0)
        live.sync()
        capture.record(0.2)
        before = capture.record(1.0)
        start = len(capture.recorded)
        os.kill(live.children["synthesis"], signal.SIGKILL)
        live.sync()
        capture.record(0.2)
        after = capture.record(0.5)
        gap = capture.recorded[start:]
        assert level_db(after) == pytest.approx(level_db(before), abs=0.5)
        assert (gap == 0.0).all(axis=1).any(), "it was not killed"
        assert np.abs(np.diff(gap, axis=0)).max() <= 1.5 * np.abs(np.diff(before, axis=0)).max()
        assert live.end(signal.SIGINT) == 0


def test_the_server_may_go_away(model: Path) -> None:
    require_jack()
    with (
        JackServer() as server,
        Capture(server) as capture,
        Instrument(model, environment=server.environment) as live,
    ):
        capture.connect()
        server.stop()
        live.wait_for_line("No audio device")
        live.sync()
        assert live.end(signal.SIGINT) == 0
