"""Running instrument on a real JACK server, captured by a second client."""

import signal
from pathlib import Path

import numpy as np
import pytest
from support.instrument import Instrument
from support.jack_server import PERIOD_FRAMES, Capture, JackServer, jack_server, require_jack
from support.processes import kill
from support.tiny import tiny_bundle
from support.tones import level_db
from support.twins import STILL, centroid_hz, twins

from distill_live.bundle import write_bundle

__all__ = ["jack_server"]

pytestmark = [pytest.mark.jack, pytest.mark.process]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "tiny.distill"
    write_bundle(tiny_bundle(), path)
    return path


def test_what_is_said_is_heard_by_a_second_client(model: Path, jack_server: JackServer) -> None:
    with (
        Capture(jack_server) as capture,
        Instrument(model, *STILL, environment=jack_server.environment) as live,
    ):
        assert any("JACK" in line and f"block {PERIOD_FRAMES}" in line for line in live.lines)
        capture.connect()
        names = [port.name for port in capture.instrument_ports()]
        assert names == ["Distill Live:out_0", "Distill Live:out_1"]
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
        assert "xruns reported by JACK 0," in live.lines[-1], "its dummy driver misses nothing"


def test_a_twin_sounds_the_same_until_it_is_moved(model: Path) -> None:
    still, moved = twins(model, "/axis/brightness")
    assert centroid_hz(moved) > 1.1 * centroid_hz(still)


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
        kill(live.children["synthesis"])
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
