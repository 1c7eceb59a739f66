"""MIDI through real ports of a JACK server: bridge, running instrument, MIDI learn."""

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.closing import Closing
from support.instrument import PATIENCE_S, Instrument, wait_for_answer, wait_until
from support.jack_server import JackServer, require_midi
from support.midi_box import BACKEND, Box, Listener
from support.processes import alive, kill, user_folders
from support.tiny import AXES, tiny_bundle

from distill_live.bundle import write_bundle

pytestmark = [pytest.mark.jack, pytest.mark.process]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    require_midi()
    path = tmp_path_factory.mktemp("midi") / "tiny.distill"
    write_bundle(tiny_bundle(), path)
    return path


@pytest.fixture
def user(tmp_path: Path) -> dict[str, str]:
    """The environment of a user without a mapping or presets."""
    return user_folders(tmp_path)


@pytest.fixture
def server() -> Iterator[JackServer]:
    """With blocks so long that no client is late, which would lose what is sent in that block."""
    require_midi()
    with JackServer(period_frames=1024) as server:
        server.wait_until_ready()
        yield server


class Program(Closing):
    """A command of `distill-live midi`, and the lines that it prints."""

    def __init__(self, environment: dict[str, str], *words: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "distill_live", "midi", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            env=os.environ | environment,
        )
        self.lines: list[str] = []
        self._incoming: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def wait_for_line(self, part: str) -> str:
        while True:
            line = self._incoming.get(timeout=PATIENCE_S)
            assert line is not None, f"it ended: {self.lines}"
            if part in line:
                return line

    def end(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(PATIENCE_S)

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            self._incoming.put(line.rstrip("\n"))
        self._incoming.put(None)


def environment(server: JackServer, user: dict[str, str]) -> dict[str, str]:
    return server.environment | BACKEND | user


def mapping(folder: Path, *blocks: str) -> Path:
    file = folder / "mapping.toml"
    file.write_text("\n".join(f"[[map]]\n{block}\n" for block in blocks))
    return file


def test_every_message_of_a_box_arrives_in_order(
    server: JackServer, user: dict[str, str], tmp_path: Path
) -> None:
    file = mapping(
        tmp_path,
        "control = 'cc 1'\naddress = 'macro/3'\npickup = false",
        "control = 'cc 2'\naddress = 'gain'\nmode = '14-bit'\nrange = [-60, 0]\npickup = false",
    )
    with (
        Box(server) as box,
        Box(server, "other") as other,
        Listener() as listener,
        Program(
            environment(server, user),
            *("bridge", "BOX", "other:knobs", "--map", str(file)),
            *("--osc-to", f"127.0.0.1:{listener.port}"),
        ) as bridge,
    ):
        assert bridge.wait_for_line("MIDI") == f"MIDI    box:knobs, other:knobs; mapping {file}"
        values = [number * 37 % 128 for number in range(200)]
        box.turn(1, *values)
        listener.listen(200)
        assert {path for path, _ in listener.heard} == {"/macro/3"}
        expected = [0.5 * v / 64 if v <= 64 else 0.5 + 0.5 * (v - 64) / 63 for v in values]
        assert [value for _, (value,) in listener.heard] == pytest.approx(expected)

        listener.heard.clear()
        for fine in (16383, 8192, 8193, 127, 0):
            other.turn(2, fine // 128)
            other.turn(34, fine % 128)
        listener.listen(10)
        gains = [value for path, (value,) in listener.heard if path == "/gain"]
        steps = [0.0, -30.0, -30 + 30 / 8191, -60 + 127 * 60 / 16384, -60.0]
        assert gains[1::2] == pytest.approx(steps, abs=1e-5)
        assert bridge.end() == 0
        assert bridge.lines[-1].startswith("MIDI"), bridge.lines


def test_a_knob_waits_for_the_value_that_the_instrument_tells(
    server: JackServer, user: dict[str, str]
) -> None:
    with (
        Box(server) as box,
        Listener({"/macro/1": 0.5}) as listener,
        Program(
            environment(server, user),
            *("bridge", "0", "--osc-to", f"127.0.0.1:{listener.port}"),
        ) as bridge,
    ):
        listener.wait_for_subscriber()
        bridge.wait_for_line("MIDI")
        time.sleep(0.2)  # what was told is on its way
        box.turn(1, 10, 30, 50, 70, 60)
        listener.listen(2)
        assert [round(value, 3) for _, (value,) in listener.heard] == [0.548, 0.469]
        assert bridge.end() == 0


def test_an_instrument_that_comes_late_is_waited_for_and_played(
    server: JackServer, user: dict[str, str]
) -> None:
    with Listener() as gone:
        port = gone.port
    with (
        Box(server) as box,
        Program(
            environment(server, user), "bridge", "box", "--osc-to", f"127.0.0.1:{port}"
        ) as bridge,
    ):
        where = f"127.0.0.1:{port}"
        line = bridge.wait_for_line("MIDI: no")
        assert line == f"MIDI: no instrument answers at {where}. Waiting for it."
        with Listener({"/macro/1": 1.0}, port) as listener:
            listener.wait_for_subscriber()
            bridge.wait_for_line(f"MIDI: the instrument at {where} answers.")
            time.sleep(0.2)  # what was told is on its way
            box.turn(1, 127)
            listener.listen(1)
            assert listener.heard == [("/macro/1", (1.0,))]
        assert bridge.end() == 0


def test_a_port_that_vanishes_and_a_server_that_ends_are_waited_for(
    model: Path, user: dict[str, str]
) -> None:
    name = JackServer.new_name()
    options = ("--null", "--midi", "box", "--set", "/drift 0")
    chosen = JackServer.environment_of(name) | BACKEND | user
    with Instrument(model, *options, environment=chosen) as live:
        live.wait_for_line("MIDI: no MIDI system (no JACK server runs)")
        for value in (0.25, 0.75):
            with JackServer(name=name) as server:
                server.wait_until_ready()
                for again in (0.0, 0.125):
                    with Box(server) as box:
                        live.wait_for_line("MIDI    box:knobs; mapping ")
                        settle(live, box, 16, "/axis/brightness", value + again)
                    if not again:
                        line = live.wait_for_line("MIDI: no MIDI port matches 'box'")
                        assert line.endswith("Waiting for it.")
            live.wait_for_line("MIDI: no ")
        assert not any("process ended" in line for line in live.lines)
        assert live.end(signal.SIGINT) == 0


def settle(live: Instrument, box: Box, number: int, path: str, at: float) -> None:
    """Move a knob over its whole way until it has hold of an axis, and then to a place."""

    def moved() -> bool:
        box.turn(number, 0, 127, round(128 * at) if at <= 0.5 else round(64 + 63 * (2 * at - 1)))
        time.sleep(0.1)
        return live.ask(path) == (pytest.approx(2 * at - 1, abs=0.02),)

    wait_until(moved, f"{path} at {at}")


def test_controls_bends_notes_and_programs_play_a_live_instrument(
    model: Path, server: JackServer, user: dict[str, str]
) -> None:
    options = ("--null", "--midi", "box", "--set", "/drift 0", "--set", "/glide 0")
    with (
        Box(server) as box,
        Instrument(model, *options, environment=environment(server, user)) as live,
    ):
        live.wait_for_line("MIDI    box:knobs")
        for index, axis in enumerate(AXES):
            settle(live, box, 16 + index, f"/axis/{axis}", 0.1 + 0.3 * index)
        settle(live, box, 1, "/macro/1", 1.0)
        for pitch, semitones in ((8191, 2.0), (-4096, -1.0), (0, 0.0)):
            box.send("pitchwheel", pitch=pitch)
            wait_for_answer(live, "/pitch", semitones, "a bend")
        box.turn(64, 127)
        wait_until(lambda: live.ask("/freeze") == (1,), "the pedal")
        box.turn(64, 0)
        wait_until(lambda: live.ask("/freeze") == (0,), "the pedal's end")

        live.send("/corpus/goto", 2)
        live.sync()
        place = live.ask("/latent")
        live.send("/corpus/goto", 4)
        live.sync()
        assert live.ask("/latent") != place
        box.send("note_on", note=38, velocity=90)
        box.send("note_off", note=38)
        wait_until(lambda: live.ask("/latent") == place, "a landmark")

        for name, gain in (("first", -6.0), ("second", -12.0)):
            live.send("/gain", gain)
            live.ask("/preset/store", name, reply="/done")
        for program, gain in ((0, -6.0), (1, -12.0), (0, -6.0)):
            box.send("program_change", program=program)
            wait_for_answer(live, "/gain", gain, "a preset")
        box.send("program_change", program=2)
        live.sync()
        assert live.ask("/gain") == (-6.0,)
        assert live.end(signal.SIGINT) == 0
        assert not any(line.startswith("MIDI:") for line in live.lines), live.lines


def test_a_bridge_that_dies_is_started_again_and_ends_with_the_session(
    model: Path, server: JackServer, user: dict[str, str]
) -> None:
    with (
        Box(server) as box,
        Instrument(model, "--null", "--midi", "box", environment=environment(server, user)) as live,
    ):
        live.wait_for_line("MIDI    box:knobs")
        kill(live.child("bridge"))
        live.send("/drift", 0.0)
        settle(live, box, 16, "/axis/brightness", 0.75)
        bridge = live.child("bridge")
        assert live.end(signal.SIGINT) == 0
        assert not alive(bridge)


def test_keys_play_and_no_note_hangs_when_the_bridge_or_its_port_goes(
    model: Path, server: JackServer, user: dict[str, str]
) -> None:
    options = ("--null", "--midi", "box", "--set", "/keys pitch", "--set", "/release 0.01")
    with Instrument(model, *options, environment=environment(server, user)) as live:
        live.send("/notify", 1)
        live.send("/meters", 4)

        def peak_db() -> float:
            """The next peak of the last channel."""
            while (said := live.receive_until("/meter/peak")[-1][1])[0] != 1:
                pass
            return float(said[1])

        for way in ("lift", "kill", "unplug"):
            with Box(server) as box:

                def struck(box: Box = box) -> bool:
                    box.send("note_on", note=60, velocity=100)
                    return peak_db() > -60.0

                live.wait_for_line("MIDI    box:knobs")
                wait_until(struck, "a note")
                if way == "lift":
                    box.send("note_off", note=60)
                elif way == "kill":
                    kill(live.child("bridge"))
                if way != "unplug":
                    wait_until(lambda: peak_db() < -60.0, f"silence after {way}")
            wait_until(lambda: peak_db() < -60.0, f"silence after {way}")
            live.wait_for_line("MIDI: ")  # the box is missed
        assert live.end(signal.SIGINT) == 0


def test_a_message_that_is_refused_is_one_line(
    model: Path, server: JackServer, user: dict[str, str], tmp_path: Path
) -> None:
    file = mapping(tmp_path, "control = 'cc 1'\naddress = 'preset/recall'\nvalues = ['none']")
    options = ("--null", "--midi", "box", "--midi-map", str(file))
    with (
        Box(server) as box,
        Instrument(model, *options, environment=environment(server, user)) as live,
    ):
        live.wait_for_line("MIDI    box:knobs")
        box.turn(1, 127)
        live.wait_for_line("refused: /preset/recall")
        assert live.end(signal.SIGINT) == 0
        assert not any(line.startswith("MIDI:") for line in live.lines), live.lines


def test_a_session_goes_on_without_its_mapping_and_leaves_no_bridge_when_it_is_killed(
    model: Path, user: dict[str, str], tmp_path: Path
) -> None:
    file = mapping(tmp_path, "control = 'cc 1'\naddress = 'walk'")
    chosen = JackServer.environment_of(JackServer.new_name()) | BACKEND | user
    options = ("--null", "--midi", "box", "--midi-map", str(file))
    with Instrument(model, *options, environment=chosen) as live:
        live.wait_for_line("MIDI: no MIDI system")
        file.unlink()
        live.wait_for_line("MIDI: mapping not reloaded: ")
        kill(live.child("bridge"))
        live.wait_for_line("MIDI: mapping not read, the default one is used: ")
        mapping(tmp_path, "control = 'cc 1'\naddress = 'jitter'")
        live.wait_for_line("MIDI    mapping ")
        live.sync()
        bridge = live.child("bridge")
        live.process.kill()
        wait_until(lambda: not alive(bridge), "the bridge's end")


def test_what_is_learnt_plays_at_once(
    server: JackServer, user: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "own.toml"
    file.write_text("# Mine.\n")
    with (
        Box(server) as box,
        Listener({"/gain": -60.0}) as listener,
        Program(
            environment(server, user),
            *("bridge", "box", "--map", str(file), "--osc-to", f"127.0.0.1:{listener.port}"),
        ) as bridge,
    ):
        bridge.wait_for_line("MIDI    box:knobs")
        for words, control, wanted in (
            (("gain", "--range", "-60", "0"), 5, "cc 5 moves gain (-60 to 0, pickup); written to "),
            (("gain", "--jump", "--mode", "7-bit"), 5, "cc 5 moves gain (-90 to 6, 7-bit); "),
            (("preset/recall", "dawn", "4"), 9, "cc 9 moves preset/recall (a press sends dawn 4"),
        ):
            with Program(
                environment(server, user), "learn", *words, "--map", str(file), "--port", "box"
            ) as learning:
                learning.wait_for_line("Move the control for")
                while learning.process.poll() is None:
                    box.turn(control, 0, 10, 20)
                    time.sleep(0.1)
                assert learning.process.wait() == 0
                assert learning.wait_for_line(" moves ").startswith(wanted)
            bridge.wait_for_line(" reloaded")
        while listener.take() is not None:  # what was turned meanwhile
            pass
        listener.heard.clear()
        box.turn(5, 127)
        box.turn(9, 0, 127)
        listener.listen(2)
        assert listener.heard == [("/gain", (6.0,)), ("/preset/recall", ("dawn", 4.0))]
        assert file.read_text().startswith("# Mine.\n")
        assert file.read_text().count("[[map]]") == 2
        file.write_text("[[map]]\n")
        assert "line 1: control is missing" in bridge.wait_for_line("mapping not reloaded")
        box.turn(5, 0)
        listener.listen(3)
        assert bridge.end() == 0


def test_ports_are_listed(server: JackServer, user: dict[str, str]) -> None:
    with Box(server), Program(environment(server, user), "ports") as ports:
        assert ports.process.wait(PATIENCE_S) == 0
        assert ports.wait_for_line("box") == "0  box:knobs"
    with Program(environment(server, user), "ports") as ports:
        assert ports.process.wait(PATIENCE_S) == 1
        assert ports.wait_for_line("distill-live: there is no MIDI port")
    with Program(environment(server, user), "ports", "--json") as ports:
        assert ports.process.wait(PATIENCE_S) == 0
    assert ports.lines == ["[]"]
