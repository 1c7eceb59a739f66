"""Running instrument on the null output: start, answers, restarts after crashes, end."""

import asyncio
import json
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from support.commands import assert_refused, run
from support.instrument import PATIENCE_S, Instrument, ended, wait_until
from support.processes import KILLED, alive, kill, resume, suspend, user_folders
from support.tiny import AXES, broken_bundle, tiny_bundle

from distill_live import __version__
from distill_live.addresses import IDLE_MOTION
from distill_live.bundle import FORMAT_VERSION, write_bundle
from distill_live.ipc.protocol import Message, ModelsRead
from distill_live.live.control import session as session_module
from distill_live.live.control.session import Session
from distill_live.live.control.terminal.terminal import Terminal
from distill_live.live.settings import LiveSettings

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "tiny.distill"
    write_bundle(tiny_bundle(), path)
    return path


def shared_memory() -> set[str]:
    folder = Path("/dev/shm")
    entries = folder.iterdir() if folder.is_dir() else ()
    return {entry.name for entry in entries if not entry.name.startswith("jack")}


def test_it_answers_what_it_is_asked(model: Path) -> None:
    with Instrument(model, "--null") as live:
        live.sync(1)  # by then it has rendered a hop, whose time is known
        name, average, peak, underruns, late, dropped, _ = live.ask(
            "/status", reply="/status.reply"
        )
        assert (name, late, dropped) == ("tiny", 0, 0)
        assert isinstance(underruns, int)  # none, but for the machine's own pauses
        assert 0 < average <= peak
        assert live.ask("/version", reply="/version.reply") == (__version__, FORMAT_VERSION)

        live.sync(7)
        assert live.ask("/gain") == (0.0,)
        live.send("/gain", -12.5)
        assert live.ask("/gain") == (-12.5,)
        live.send("/mute", 1)
        assert live.ask("/mute") == (1,)

        live.send("/axis/brightness", 0.5, 0.0)
        live.send("/axis/list")
        answers = [live.receive() for _ in range(len(AXES) + 1)]
        assert [path for path, _ in answers] == ["/axis/info"] * len(AXES) + ["/axis/end"]
        assert answers[-1][1] == (len(AXES),)
        assert [values[:4] for _, values in answers[:-1]] == [
            (index, name, -1.0, 1.0) for index, name in enumerate(AXES)
        ]
        assert answers[0][1][4] == pytest.approx(0.5, abs=1e-6)
        assert live.ask("/axis/brightness") == answers[0][1][4:]

        latent = [0.25 * index for index in range(8)]
        live.send("/latent", *latent)
        assert live.ask("/latent") == pytest.approx(tuple(latent))

        address, code, _ = live.ask("/gain", "loud", reply="/fail")
        assert (address, code) == ("/distill/gain", "bad-type")
        assert live.ask("/gain") == (-12.5,)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_and_leaves_nothing(model: Path, how: signal.Signals) -> None:
    before = shared_memory()
    with Instrument(model, "--null") as live:
        live.sync()
        assert live.end(how) == 0
        assert live.lines[-1].startswith("Ended.")
        assert not any(alive(pid) for pid in live.children.values())
        assert shared_memory() <= before
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as again:
            again.bind(("127.0.0.1", live.port))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends a process no signals")
def test_a_second_interrupt_ends_it_at_once(model: Path) -> None:
    with Instrument(model, "--null") as live:
        suspend(live.children["audio"])  # so that it cannot end in order
        live.process.send_signal(signal.SIGINT)
        assert live.end(signal.SIGINT) == 0
        assert not any(alive(pid) for pid in live.children.values())


def test_an_interrupt_during_the_start_opens_nothing_more(
    model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(session_module, "take_priority", lambda *_, **__: None)
    settings = LiveSettings((model,), null=True, osc_port=0, record=tmp_path / "a.wav")

    async def play(terminal: Terminal) -> None:
        session = Session(settings, terminal)
        handle = session.synthesis.handle

        def interrupted(message: Message) -> bool:
            if isinstance(message, ModelsRead):
                session.end()
            return handle(message)

        monkeypatch.setattr(session.synthesis, "handle", interrupted)
        await session.run()

    with closing(Terminal(quiet=False)) as terminal:
        asyncio.run(play(terminal))
    (line,) = capfd.readouterr().out.splitlines()
    assert line.startswith("Ended.")
    assert not list(tmp_path.iterdir())


def test_it_plays_on_when_nobody_reads_its_lines(model: Path) -> None:
    words = ("--model", str(model), "--null", "--osc-port", "0", "--seconds", "0.3")
    command = [sys.executable, "-m", "distill_live", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.wait(PATIENCE_S) == 0
        assert process.stderr.read() == b""


def test_quit_and_the_end_of_its_time_end_it(model: Path) -> None:
    with Instrument(model, "--null") as live:
        live.send("/quit")
        assert live.process.wait(PATIENCE_S) == 0
    done = run("--model", str(model), "--null", "--osc-port", "0", "--seconds", "0.3")
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1].startswith("Ended.")
    assert done.stderr == ""


def test_it_wanders_until_it_is_first_touched_and_goes_on_from_there(model: Path) -> None:
    with Instrument(model, "--null") as live:
        before = live.ask("/latent")
        live.ask("/status", reply="/status.reply")
        live.ask("/axis/nothing", 1.0, reply="/fail")
        live.ask("/drift", "fast", reply="/fail")
        live.send("/panic", 0)  # a button that is let go
        wait_until(lambda: live.ask("/latent") != before, "motion")
        assert all(live.ask(path) == pytest.approx(values) for path, values in IDLE_MOTION)
        live.send("/gain", -3.0)
        live.sync()
        here = live.ask("/latent")
        assert (live.ask("/wander")[0], live.ask("/even")) == (0.0, (0.0,))
        time.sleep(0.2)
        assert live.ask("/latent") == here


def test_synthesis_comes_back_with_the_state_that_it_had(model: Path) -> None:
    with Instrument(model, "--null") as live:
        live.send("/gain", -20.0)
        live.send("/glide", 0.0)
        live.send("/axis/noisiness", -0.75)
        live.sync(1)
        live.send("/speed", 0.5)  # may or may not be in the state that was reported
        kill(live.children["synthesis"])
        live.send("/jitter", 0.125)  # nobody is there to hear it yet
        live.sync(2)
        assert live.child("synthesis") != live.children["synthesis"]
        assert live.child("audio") == live.children["audio"]
        asked = ("/gain", "/axis/noisiness", "/speed", "/jitter")
        values = [live.ask(path)[0] for path in asked]
        assert values == pytest.approx([-20.0, -0.75, 0.5, 0.125], abs=1e-6)
        underruns = live.ask("/status", reply="/status.reply")[3]
        assert underruns >= 1
        live.wait_for_saying(f"synthesis process ended ({KILLED})")
        assert live.end(signal.SIGINT) == 0


def test_the_beat_goes_on_when_synthesis_comes_back(model: Path) -> None:
    def beat() -> tuple[float, float]:
        start_s = time.perf_counter()
        found = live.ask("/clock/beat")[0]
        return found, 0.5 * (start_s + time.perf_counter())

    with Instrument(model, "--null", "--set", "/clock/tempo 40") as live:
        live.send("/clock/beat", 1.5)
        live.sync(1)
        time.sleep(0.2)
        before, then_s = beat()
        kill(live.children["synthesis"])
        live.sync(2)
        time.sleep(0.2)
        after, now_s = beat()
        off = (after - before - (now_s - then_s) * 40 / 60 + 2.0) % 4.0 - 2.0
        assert abs(off) < 0.4, "beats; one is 1.5 s"


def test_a_macro_is_mapped_still_when_synthesis_comes_back(model: Path) -> None:
    with Instrument(model, "--null") as live:
        live.send("/macro/map", 2, "gain", -30.0, 0.0, "linear")
        live.send("/macro/map", 2, "axis/noisiness", -1.0, 1.0, "linear")
        live.sync(1)
        kill(live.children["synthesis"])
        live.send("/macro/2", 0.75)
        assert live.ask("/gain") == (-7.5,)
        assert live.ask("/axis/noisiness") == pytest.approx((0.5,), abs=1e-6)
        assert live.ask("/macro/2") == (0.75,)
        live.send("/macro/map", 2, "play", 0.0, 1.0, "linear")
        address, code, _ = live.receive_until("/fail")[-1][1]
        assert (address, code) == ("/distill/macro/map", "not-found")


def test_presets_are_kept_from_one_session_to_the_next(model: Path, tmp_path: Path) -> None:
    environment = user_folders(tmp_path)
    with Instrument(model, "--null", environment=environment) as live:
        live.send("/gain", -20.0)
        live.send("/latent", *[0.5] * 8)
        assert live.ask("/preset/store", "A", reply="/done") == ("/distill/preset/store", "A")
    with Instrument(model, "--null", environment=environment) as live:
        assert live.ask("/preset/list", reply="/preset/end") == (1,)
        live.send("/preset/recall", "A", 60.0)
        kill(live.children["synthesis"])  # it may have heard it, or not
        assert live.ask("/gain") == (-20.0,)
        assert live.ask("/latent") == (0.5,) * 8
        address, code, _ = live.ask("/preset/recall", "B", reply="/fail")
        assert (address, code) == ("/distill/preset/recall", "not-found")
    (file,) = (tmp_path / "distill-live" / "presets").glob("*.json")
    file.write_text("{")
    with Instrument(model, "--null", environment=environment) as live:
        assert live.ask("/preset/list", reply="/preset/end") == (0,), "the backup, from before"
        live.wait_for_saying("damaged")


def test_what_was_scheduled_outlives_synthesis(model: Path) -> None:
    with Instrument(model, "--null") as live:
        live.send("/gain", -1.0)
        live.send_together(("/gain", -9.0), ("/speed", 0.25), ahead_s=0.9)
        live.sync(1)
        time.sleep(0.2)  # a state is reported that does not contain it
        kill(live.children["synthesis"])
        wait_until(lambda: live.ask("/gain") == (-9.0,), "what was scheduled")
        assert live.ask("/speed") == (0.25,)


def test_what_waits_for_its_beat_outlives_synthesis(model: Path) -> None:
    with Instrument(model, "--null", "--set", "/clock/quantise 4") as live:
        live.send("/clock/tempo", 20.0)  # a bar of 12 s
        live.send("/clock/beat", 0.0)
        live.send("/path/play", 0)
        live.send("/gain", -9.0)
        live.sync(1)
        wait_until(lambda: live.ask("/clock/beat")[0] > 0.2, "a report of it")
        kill(live.children["synthesis"])
        live.sync(2)
        live.send("/clock/beat", 3.8)
        live.send("/notify", 1)
        live.send("/meters", 20)
        wait_until(lambda: live.receive_until("/meter/path")[-1][1][0] == 0, "its path")
        assert live.ask("/gain") == (-9.0,)


def test_a_synthesis_that_did_not_read_for_a_while_misses_nothing(model: Path) -> None:
    with Instrument(model, "--null") as live:
        suspend(live.children["synthesis"])
        for _ in range(40):  # more than the pipe and the backlog hold
            live.send_together(*[("/freeze", 1), ("/freeze", 0)] * 120)
            time.sleep(0.002)
        live.send("/mute", 1)
        live.send("/freeze", 1)
        time.sleep(0.1)
        resume(live.children["synthesis"])
        live.sync()
        assert (live.ask("/mute"), live.ask("/freeze")) == ((1,), (1,))
        assert live.ask("/status", reply="/status.reply")[5] == 0


def test_audio_comes_back(model: Path) -> None:
    with Instrument(model, "--null") as live:
        kill(live.children["audio"])
        live.wait_for_line("Output")
        live.sync()
        assert live.child("synthesis") == live.children["synthesis"]


def test_what_keeps_dying_is_given_up(model: Path) -> None:
    with Instrument(model, "--null") as live:
        for count in range(4):
            wait_until(lambda: live.has_child("synthesis"), "a start")
            pid = live.child("synthesis")
            kill(pid)
            wait_until(partial(ended, pid), "death")
            live.wait_for_line("The synthesis process ended" if count < 3 else "distill-live: ")
        assert live.process.wait(PATIENCE_S) == 1
        assert "ended 4 times" in live.lines[-1]


def test_when_control_is_killed_all_end(model: Path) -> None:
    before = shared_memory()
    with Instrument(model, "--null") as live:
        live.process.kill()
        wait_until(lambda: all(map(ended, live.children.values())), "the end of the children")
        assert shared_memory() <= before


def test_without_a_device_it_says_so_in_one_line_and_plays(model: Path) -> None:
    # A server name that nobody has hides a JACK server; a device name that nobody has, the rest.
    nowhere = {"JACK_DEFAULT_SERVER": "distill-live-nowhere"}
    with Instrument(model, "--device", "no such device", environment=nowhere) as live:
        (line,) = [line for line in live.lines if line.startswith("No audio device")]
        assert "null output" in line
        live.sync()
        assert live.end(signal.SIGINT) == 0


def test_the_list_of_devices_is_a_table_json_or_one_line() -> None:
    listed = json.loads(run("devices", "--json").stdout)
    done = run("devices")
    if listed:
        assert all(device["name"] in done.stdout for device in listed)
    else:
        assert_refused(done, "no device", "--null")


def test_what_is_set_holds_from_the_start(model: Path) -> None:
    words = ("--set", "/gain -6", "--set", "/distill/loop 0.25 0.5")
    with Instrument(model, "--null", *words) as live:
        assert live.ask("/gain") == (-6.0,)
        assert live.ask("/loop") == (0.25, 0.5)


def test_the_output_may_have_a_rate_of_its_own(model: Path) -> None:
    words = ("--samplerate", "44100", "--latency", "50")
    with Instrument(model, "--null", *words) as live:
        (line,) = [line for line in live.lines if line.startswith("Output")]
        assert "44100 Hz (resampled from 48000 Hz)" in line
        live.sync()
        assert live.end(signal.SIGINT) == 0


def test_frames_that_are_broken_are_in_the_last_line(tmp_path: Path) -> None:
    path = tmp_path / "broken.distill"
    write_bundle(broken_bundle(), path)
    done = run("--model", str(path), "--null", "--osc-port", "0", "--seconds", "0.3")
    assert done.returncode == 0
    count = done.stdout.splitlines()[-1].rpartition("broken frames ")[2].rstrip(".")
    assert int(count) >= 30


def test_a_port_in_use_is_one_line(model: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = str(taken.getsockname()[1])
        words = ("--model", str(model), "--null", "--osc-port", port)
        assert_refused(run(*words), f"port {port} on 127.0.0.1 is in use; --osc-port", "is free")


def test_a_model_that_cannot_be_played_is_one_line(model: Path, tmp_path: Path) -> None:
    assert_refused(run("--model", str(tmp_path / "none.distill"), "--null"), "none.distill")
    broken = tmp_path / "broken.distill"
    broken.write_bytes(model.read_bytes()[:-100])
    assert_refused(run("--model", str(broken), "--null"), "broken.distill")


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("--block", "1"), "--block"),
        (("--samplerate", "7999"), "--samplerate"),
        (("--latency", "0"), "1 to 500 ms"),
        (("--latency", "nan"), "--latency"),
        (("--latency", "15.9"), "need 16 ms"),  # a hop of 512 and a block of 256
        (("--channels", "17"), "--channels"),
        (("--seed", "-1"), "--seed"),
        (("--seed", str(2**53 + 1)), "--seed"),
        (("--seconds", "0"), "--seconds"),
        (("--osc-port", "65536"), "--osc-port"),
        (("--set", "gain 3"), "--set"),
        (("--set", "/gain loud"), "/gain"),
        (("--set", "/no/such/address 1"), "/no/such/address"),
        (("--osc-host", "no.such.host.invalid"), "--osc-host"),
        (("--device", "any"), "--null plays without a device"),
        (("--input-channel", "2"), "--input-channel needs --input"),
    ],
)
def test_a_setting_out_of_its_range_is_one_line(
    model: Path, words: tuple[str, str], named: str
) -> None:
    assert_refused(run("--model", str(model), "--null", "--osc-port", "0", *words), named)


def test_wrong_usage_has_status_2() -> None:
    for words in (("--no-such-option",), ("no-such-command",), ("--block", "many")):
        done = run(*words)
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 1


def test_a_named_device_that_is_missing_until_the_end_is_a_failure(model: Path) -> None:
    words = ("--model", str(model), "--osc-port", "0", "--seconds", "0.3")
    done = run(*words, "--device", "no such device")
    assert_refused(done, "no sound in 0.3 s: ")
    assert "No audio device" in done.stdout
