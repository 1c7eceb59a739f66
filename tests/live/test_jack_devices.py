"""JACK devices that differ, are missing, disappear and return."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.instrument import Instrument
from support.jack_server import RATE_HZ, Capture, JackServer, require_jack
from support.processes import kill, resume, suspend
from support.tiny import bent_bundle, tiny_bundle
from support.tones import level_db
from support.twins import STILL

from distill_live.bundle import Bundle, read_bundle, write_bundle
from distill_live.engine import Command, Engine
from distill_live.live.audio.device_stream import STALL_S
from distill_live.spectrogram import STANDARD

pytestmark = [pytest.mark.jack, pytest.mark.process]

PARTIAL_HZ = 440.0

STEADY = (*STILL, "--channels", "1")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    require_jack()
    return tmp_path_factory.mktemp("models")


def model_at(folder: Path, rate_hz: int) -> tuple[Bundle, Path]:
    path = folder / f"{rate_hz}.distill"
    if not path.exists():
        write_bundle(tiny_bundle(replace(STANDARD, sample_rate_hz=rate_hz)), path)
    return read_bundle(path), path


def offline(bundle: Bundle, seconds: float, *commands: Command, channels: int = 1) -> np.ndarray:
    """What the engine gives for the options in `STILL`, and commands beside them."""
    engine = Engine(bundle, channels=channels, seed=5)
    for path, value in (("/jitter", 0.0), ("/drift", 0.0), ("/glide", 0.0)):
        engine.apply(Command(path, (value,)))
    for command in commands:
        engine.apply(command)
    out = np.zeros((round(seconds * engine.sample_rate_hz), channels), dtype=np.float32)
    engine.render(out)
    engine.close()
    return out


def partial_hz(sound: np.ndarray, rate_hz: int) -> float:
    """The frequency of the partial about `PARTIAL_HZ`: the top of its lobe."""
    padded = 16 * len(sound)
    spectrum = np.abs(np.fft.rfft(sound[:, 0] * np.hanning(len(sound)), padded))
    near = slice(*(round(share * PARTIAL_HZ * padded / rate_hz) for share in (0.85, 1.15)))
    top = near.start + int(np.argmax(spectrum[near]))
    below, at, above = np.log(spectrum[top - 1 : top + 2])
    return float((top + 0.5 * (below - above) / (below - 2 * at + above)) * rate_hz / padded)


def assert_in_tune(sound: np.ndarray, rate_hz: int, bundle: Bundle) -> None:
    """As the engine alone gives it: at that pitch, and as loud."""
    expected = offline(bundle, 2.5)[bundle.settings.sample_rate_hz :]
    cents = 1200 * np.log2(
        partial_hz(sound, rate_hz) / partial_hz(expected, bundle.settings.sample_rate_hz)
    )
    assert abs(cents) < 0.2
    assert level_db(sound) == pytest.approx(level_db(expected), abs=0.2)


def test_a_server_at_another_rate_plays_the_model_in_tune(folder: Path) -> None:
    bundle, path = model_at(folder, 44100)
    with (
        JackServer(period_frames=512) as server,
        Capture(server, channels=1) as capture,
        Instrument(path, *STEADY, environment=server.environment) as live,
    ):
        (line,) = [line for line in live.lines if line.startswith("Output")]
        assert "48000 Hz (resampled from 44100 Hz)" in line
        capture.connect()
        live.sync()
        capture.record(0.3)
        assert_in_tune(capture.record(1.5), RATE_HZ, bundle)
        kill(live.children["synthesis"])
        live.sync()
        capture.record(0.3)
        assert_in_tune(capture.record(1.5), RATE_HZ, bundle)
        assert live.end(signal.SIGINT) == 0


def test_a_device_that_comes_goes_and_comes_at_another_rate_is_played_each_time(
    folder: Path,
) -> None:
    bundle, path = model_at(folder, 48000)
    name = JackServer.new_name()
    with Instrument(path, *STEADY, environment=JackServer.environment_of(name)) as live:
        assert any("null output" in line for line in live.lines if line.startswith("No audio"))
        for rate_hz in (48000, 44100):
            with (
                JackServer(period_frames=512, rate_hz=rate_hz, name=name) as server,
                Capture(server, channels=1) as capture,
            ):
                assert f"{rate_hz} Hz" in live.wait_for_line("Output  system")
                capture.connect()
                capture.record(0.3)
                assert_in_tune(capture.record(1.5), rate_hz, bundle)
                server.stop()
                assert "gone away" in live.wait_for_line("No audio device")
                live.wait_for_line("Output  null output")
                live.sync()
        assert not any("process ended" in line for line in live.lines)
        assert sum(line.startswith("No audio device") for line in live.lines) == 3
        assert live.end(signal.SIGINT) == 0


def test_an_audio_process_that_was_paused_has_not_lost_its_device(folder: Path) -> None:
    _, path = model_at(folder, 48000)
    with (
        JackServer(period_frames=512) as server,
        Capture(server) as capture,
        Instrument(path, *STILL, environment=server.environment) as live,
    ):
        capture.connect()
        suspend(live.children["audio"])
        time.sleep(1.5 * STALL_S)
        resume(live.children["audio"])
        capture.record(1.5 * STALL_S)
        assert level_db(capture.record(0.5)) > -60
        live.sync()
        assert not any(line.startswith("No audio device") for line in live.lines)
        assert live.end(signal.SIGINT) == 0


def test_four_channels_are_four_voices(folder: Path) -> None:
    path = folder / "bent.distill"
    write_bundle(bent_bundle(), path)
    with (
        JackServer(period_frames=512, channels=4) as server,
        Capture(server, channels=4) as capture,
        Instrument(path, *STILL, "--channels", "4", environment=server.environment) as live,
    ):
        capture.connect()
        live.send("/spread", 1.0)
        live.sync()
        capture.record(0.3)
        sound = capture.record(1.0)
        assert all(level_db(sound[:, channel]) > -60 for channel in range(4))
        together = np.corrcoef(sound.T)
        assert (together[np.triu_indices(4, 1)] < 0.99).all()
        assert live.end(signal.SIGINT) == 0


def test_the_list_of_devices_has_the_server_as_the_default(folder: Path) -> None:
    with JackServer() as server, Capture(server):  # by then it has started
        words = [sys.executable, "-m", "distill_live", "devices"]
        done = subprocess.run(
            words, capture_output=True, encoding="utf-8", env=os.environ | server.environment
        )
    lines = [line for line in done.stdout.splitlines() if line.endswith("default")]
    for line, direction in zip(lines, ("output", "input"), strict=True):
        assert line.split(None, 1)[1].startswith("system")
        assert f" {direction} " in line
        assert str(RATE_HZ) in line
    assert done.stderr == ""


def test_more_channels_than_the_device_has_are_one_line(folder: Path) -> None:
    _, path = model_at(folder, 48000)
    with (
        JackServer() as server,
        Instrument(path, "--channels", "4", environment=server.environment) as live,
    ):
        (line,) = [line for line in live.lines if line.startswith("No audio device")]
        assert "has 2 output channels, 4 were requested (--channels 2" in line
        live.sync()
        assert live.end(signal.SIGINT) == 0


def test_a_freewheel_capture_is_the_offline_render_of_the_same_commands(folder: Path) -> None:
    bundle, path = model_at(folder, 48000)
    moves = [("/axis/brightness", 1.0), ("/speed", -0.5), ("/jitter", 0.25), ("/mute", 1)]
    with (
        JackServer(period_frames=1024) as server,
        Capture(server) as capture,
        Instrument(path, *STILL, "--wait-for-data", environment=server.environment) as live,
    ):
        capture.connect()
        capture.freewheel(True)
        for address, value in moves:
            capture.record(0.2)
            live.send(address, value)
            live.sync()
        capture.record(0.2)
        underruns = live.ask("/status", reply="/status.reply")[3]
        capture.freewheel(False)
        captured = capture.recorded
        assert live.end(signal.SIGINT) == 0
    assert underruns == 0

    captured = captured[np.flatnonzero(captured.all(axis=1))[0] :]
    rendered = offline(bundle, 10.0, channels=2)
    (begin,) = [
        at
        for at in np.flatnonzero(rendered[:, 0] == captured[0, 0])
        if np.array_equal(rendered[at : at + 256], captured[:256])
    ]
    seconds = (begin + len(captured)) / RATE_HZ

    # Each command took effect in the hop that is the first to differ, or in one shortly before.
    log: list[Command] = []
    same = differs_at(offline(bundle, seconds, channels=2)[begin:], captured)
    for address, value in moves:
        assert same < len(captured), f"{address} was not heard"
        hop = int(begin + same) // bundle.settings.hop_samples
        trials = []
        for back in range(4):
            time_samples = (hop - back) * bundle.settings.hop_samples
            trial = [*log, Command(address, (value,), time_samples)]
            sound = offline(bundle, seconds, *trial, channels=2)[begin:]
            trials.append((differs_at(sound, captured), back, trial))
        same, _, log = max(trials, key=lambda trial: trial[:2])
    assert same == len(captured)
    assert not captured[-1000:].any(), "it was muted in the end"


def differs_at(a: np.ndarray, b: np.ndarray) -> int:
    """The first frame in which two sounds differ; their length if in none."""
    different = np.flatnonzero((a != b).any(axis=1))
    return int(different[0]) if len(different) else len(b)
