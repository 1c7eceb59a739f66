"""Injected faults in a running instrument: message, continuous sound, unchanged state.

Those that one process suffers are in `test_live`, `test_jack`, `test_jack_devices`, `test_midi` and
`test_recording` (full disks, too); `tests/bench/faults.py` is the long form.
"""

import random
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest
from support import faults
from support.instrument import Instrument, wait_until
from support.jack_server import JackServer, require_jack, require_midi
from support.midi_box import BACKEND, Box
from support.processes import KILLED, resume, suspend, user_folders
from support.take_files import assert_whole
from support.tiny import tiny_bundle

from distill_live.bundle import write_bundle

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's folder with two models that differ."""
    folder = tmp_path_factory.mktemp("user")
    models = folder / "distill-live" / "models"
    models.mkdir(parents=True)
    write_bundle(tiny_bundle(), models / "tiny.distill")
    write_bundle(replace(tiny_bundle(seed=3), name="Other"), models / "other.distill")
    return folder


def model_in(folder: Path) -> Path:
    return folder / "distill-live" / "models" / "tiny.distill"


def user(folder: Path) -> dict[str, str]:
    return user_folders(folder)


def test_nothing_said_stops_or_mutes_it(folder: Path) -> None:
    model = model_in(folder)
    other = model.with_name("other.distill")
    contents = [other.read_bytes(), model.read_bytes()]
    with Instrument(model, "--null", environment=user(folder)) as live:
        for gain_db, jump_s in enumerate(faults.JUMPS_S, 1):
            faults.jump_clock(live, jump_s, -float(gain_db))
        faults.flood(live, 50_000, 1.0)
        faults.assert_plays(live)
        came, refused = faults.load_while_it_changes(live, other, contents, 5, random.Random(1))
        assert came + refused == 5
        live.wait_for_saying("Model   slot 2")
        faults.assert_plays(live)
        faults.subscribe_and_vanish(live, 16)
        assert live.ask("/notify", 1, reply="/fail")[1] == "full"
        assert live.child("synthesis") == live.children["synthesis"]
        assert live.child("audio") == live.children["audio"]
        assert live.end(signal.SIGINT) == 0


def test_synthesis_is_killed_three_times(folder: Path) -> None:
    with Instrument(model_in(folder), "--null", environment=user(folder)) as live:
        for count in range(3):
            faults.kill_synthesis(live, -3.0 - count)
        faults.assert_plays(live)
        assert live.end(signal.SIGINT) == 0
        assert sum(f"synthesis process ended ({KILLED})" in line for line in live.lines) == 3


@pytest.mark.jack
def test_every_process_stands_still_for_a_while(folder: Path) -> None:
    require_midi()
    with JackServer(period_frames=1024) as server:
        server.wait_until_ready()
        _pause_each(server, folder)


def _pause_each(server: JackServer, folder: Path) -> None:
    environment = server.environment | BACKEND | user(folder)
    with (
        Box(server) as box,
        Instrument(model_in(folder), "--midi", "box", environment=environment) as live,
    ):
        live.wait_for_line("MIDI    box:knobs")
        _, path = live.ask("/record", 1, "paused", reply="/done")
        before = {name: live.child(name) for name in ("audio", "synthesis", "recorder", "bridge")}
        for name, pid in before.items():
            faults.pause([pid], 1.0)
            faults.assert_plays(live)
            assert live.child(name) == pid
        faults.pause([*before.values(), live.process.pid, server.pid], 1.0)  # a computer sleeps
        faults.assert_plays(live)
        assert {name: live.child(name) for name in before} == before
        suspend(live.process.pid)
        live.send("/gain", -9.0)
        time.sleep(1.0)
        resume(live.process.pid)
        assert live.ask("/gain") == (-9.0,)
        faults.assert_plays(live)

        def bent() -> bool:
            box.send("pitchwheel", pitch=-4096)
            return live.ask("/pitch") == (-1.0,)

        wait_until(bent, "a bend")
        live.ask("/record", 0, reply="/done")
        assert live.end(signal.SIGINT) == 0
        assert_whole(Path(str(path)))
        assert not any("ended" in line or "no device" in line for line in live.lines), live.lines


@pytest.mark.jack
def test_the_audio_server_is_killed_and_started_again(folder: Path) -> None:
    require_jack()
    with JackServer(period_frames=512) as server:
        environment = server.environment | user(folder)
        with Instrument(model_in(folder), environment=environment) as live:
            server.stop(signal.SIGKILL)
            live.wait_for_line("No audio device")
            live.wait_for_line("Output  null output")
            faults.assert_plays(live)
            with JackServer(period_frames=512, name=server.name):
                live.wait_for_line("Output  system")
                faults.assert_plays(live)
                assert live.end(signal.SIGINT) == 0


def test_a_full_disk_refuses_what_is_stored_and_keeps_what_was(folder: Path) -> None:
    resource = pytest.importorskip("resource", reason="Windows limits no sizes of files")
    unlimited = resource.RLIM_INFINITY, resource.RLIM_INFINITY
    with Instrument(model_in(folder), "--null", environment=user(folder)) as live:

        def store(reply: str) -> list[str]:
            live.ask("/gesture/record", "swell", reply="/done")
            live.send("/gain", -3.0)
            asked = ("/preset/store", "high"), ("/gesture/stop",)
            return [str(live.ask(*one, reply=reply)[-1]) for one in asked]

        assert store("/done") == ["high", "swell"]
        resource.prlimit(live.process.pid, resource.RLIMIT_FSIZE, (1, unlimited[1]))
        for text in store("/fail"):
            assert "not written (file too large" in text, text
        faults.assert_plays(live)
        live.ask("/preset/recall", "high", reply="/done")
        live.ask("/gesture/play", "swell", reply="/done")
        resource.prlimit(live.process.pid, resource.RLIMIT_FSIZE, unlimited)
        assert store("/done") == ["high", "swell"]
        assert live.end(signal.SIGINT) == 0
