"""Two instruments of one model and seed on a real JACK server, one of them changed."""

import signal
from pathlib import Path

import numpy as np
import pytest
from support.instrument import Instrument
from support.jack_server import RATE_HZ, Capture, JackServer, require_jack

STILL = ("--set", "/jitter 0", "--set", "/drift 0", "--set", "/glide 0", "--seed", "5")
"""Options of an instrument that stays where it is."""

TRIES = 6
"""Runs in which the machine may pause for longer than the ring lasts."""


def twins(model: Path, axis: str) -> tuple[np.ndarray, np.ndarray]:
    """The last half second of an unmoved instrument and of one whose axis went to 1.

    Asserts that both sound the same, sample for sample, until the move, and differ after it.
    """
    require_jack()
    with JackServer(period_frames=512) as server, Capture(server) as capture:
        for _ in range(TRIES):
            still, _, still_underruns = play(model, server, capture, None)
            moved, moved_at, moved_underruns = play(model, server, capture, axis)
            if still_underruns == moved_underruns == 0:
                break
        else:
            pytest.fail(f"an underrun in each of {TRIES} runs")
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
    return still[tail], moved[tail]


def play(
    model: Path, server: JackServer, capture: Capture, axis: str | None
) -> tuple[np.ndarray, int, int]:
    """What was heard, where it was moved in that, and how often the ring ran empty."""
    with Instrument(model, *STILL, environment=server.environment) as live:
        capture.connect()
        capture.clear()
        capture.record(0.8)
        moved_at = len(capture.recorded)
        if axis is not None:
            live.send(axis, 1.0)
        live.sync()
        capture.record(1.2)
        underruns = live.ask("/status", reply="/status.reply")[3]
        heard = capture.recorded
        assert live.end(signal.SIGINT) == 0
    return heard, moved_at, underruns


def centroid_hz(sound: np.ndarray) -> float:
    power = np.abs(np.fft.rfft(sound[:, 0] * np.hanning(len(sound)))) ** 2
    return float((np.fft.rfftfreq(len(sound), 1 / RATE_HZ) * power).sum() / power.sum())


def delay_samples(a: np.ndarray, b: np.ndarray) -> int:
    """By how much `b` is later than `a`, from a stretch that they have in common bit for bit."""
    start, length = round(0.6 * RATE_HZ), 512
    for at in np.flatnonzero(b[: len(b) - length, 0] == a[start, 0]):
        if np.array_equal(b[at : at + length], a[start : start + length]):
            return int(at) - start
    raise AssertionError("the two runs have nothing in common")
