"""`distill-live check`: report and verdict, with real processes and a real JACK server."""

import json
import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.commands import assert_refused, run
from support.instrument import PATIENCE_S
from support.jack_server import Capture, JackServer, require_jack
from support.processes import user_folders
from support.tiny import tiny_bundle

from distill_live.bundle import write_bundle
from distill_live.cli.check import describe_priority
from distill_live.ipc.protocol import TimingReport
from distill_live.live.check import Measured, compare_profiles, judge
from distill_live.live.synthesis.timing import TimedDecoder, Timings
from distill_live.spectrogram import STANDARD

FINE = Measured(
    output="system (JACK)",
    missing=None,
    block_frames=256,
    sample_rate_hz=48000,
    seconds=10.0,
    decode_p50_ms=2.5,
    decode_p99_ms=4.0,
    hop_ms=10.7,
    worst_hop_ms=4.0,
    load=0.2,
    decoding=0.1,
    waited_ms=2.2,
    latency_ms=16.0,
    safe_latency_ms=18.2,
    underruns=0,
    xruns=0,
    broken_frames=0,
)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "tiny.distill"
    write_bundle(tiny_bundle(), path)
    return path


@pytest.mark.process
@pytest.mark.jack
@pytest.mark.parametrize("silent", [True, False])
def test_silent_is_zero_while_everything_runs(model: Path, silent: bool, tmp_path: Path) -> None:
    require_jack()
    with JackServer(period_frames=256) as server, Capture(server) as capture:
        words = ["check", "--model", str(model), "--seconds", "1", "--osc-port", "0", "--json"]
        with subprocess.Popen(
            [sys.executable, "-m", "distill_live", *words, *["--silent"] * silent],
            stdout=subprocess.PIPE,
            encoding="utf-8",
            env=os.environ | server.environment | user_folders(tmp_path),
        ) as process:
            capture.connect()
            said, _ = process.communicate(timeout=PATIENCE_S)
        heard = capture.recorded
    found = json.loads(said)
    measured = found["measured"]
    assert len(heard) > 48000
    assert np.any(heard) != silent
    assert "JACK" in measured["output"]
    assert measured["block_frames"] == 256
    assert 0 < measured["decode_p50_ms"] <= measured["decode_p99_ms"]
    assert 0 < measured["load"] <= measured["worst_hop_ms"] / measured["hop_ms"]
    assert measured["safe_latency_ms"] >= 1e3 * (512 + 256) / 48000
    assert all(found["folders"].values())
    assert {one["name"] for one in found["profiles"]} == {"standard", "low-latency"}
    assert found["takes"]["minutes"] > 0
    assert found["versions"]["PortAudio"] != "none"
    assert found["ready"] == (not found["change"]) == (process.returncode == 0)


@pytest.mark.process
def test_a_port_that_is_taken_is_said_with_one_that_is_free(model: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = str(taken.getsockname()[1])
        done = run("check", "--model", str(model), "--null", "--seconds", "1", "--osc-port", port)
    assert done.returncode == 1
    *lines, last = done.stdout.splitlines()
    assert last.startswith(f"NOT READY: port {port} on 127.0.0.1 is in use; --osc-port ")
    assert any(line.startswith("OSC") and "taken" in line for line in lines)
    free = int(last.split("--osc-port ")[1].split()[0].rstrip(";"))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as there:
        there.bind(("127.0.0.1", free))


@pytest.mark.process
def test_no_device_is_not_ready(model: Path) -> None:
    words = ("--device", "no such device", "--seconds", "1", "--osc-port", "0")
    done = run("check", "--model", str(model), *words)
    assert done.returncode == 1
    assert "NOT READY: connect a device" in done.stdout.splitlines()[-1]


@pytest.mark.process
def test_what_cannot_be_checked_is_one_line(model: Path) -> None:
    check = ("check", "--model", str(model), "--null")
    assert_refused(run(*check, "--seconds", "0.5"), "--seconds", "1 to 3600")
    assert_refused(run(*check, "--latency", "2"), "--latency", "need")


def test_what_to_change_follows_from_what_was_measured() -> None:
    assert judge(FINE) == []
    (late,) = judge(replace(FINE, underruns=2))
    assert late.startswith("--latency 19 (2 underruns")
    (heavy,) = judge(replace(FINE, underruns=2, load=1.2))
    assert "lighter model" in heavy
    (nearly,) = judge(replace(FINE, load=0.85))
    assert "the load is 85%" in nearly
    (paused,) = judge(replace(FINE, underruns=1, waited_ms=800.0, safe_latency_ms=816.0))
    assert "other programs" in paused
    (device,) = judge(replace(FINE, xruns=3))
    assert "--block" in device
    (missing,) = judge(replace(FINE, missing="the system has none"))
    assert "the system has none" in missing
    (broken,) = judge(replace(FINE, broken_frames=1))
    assert "another model" in broken


@pytest.mark.parametrize(
    ("system", "kind", "remedy"),
    [
        ("linux", "real-time priority is", "/etc/security/limits.d"),
        ("win32", "MMCSS", "service 'Multimedia Class Scheduler'"),
        ("darwin", "time constraint", "throttles"),
    ],
)
def test_a_missing_priority_is_had_by_the_means_of_the_system(
    monkeypatch: pytest.MonkeyPatch, system: str, kind: str, remedy: str
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    assert kind in describe_priority(True)
    refused = describe_priority(False)
    assert kind in refused
    assert remedy in refused
    assert ("limits.d" in refused) == (system == "linux")


def test_profiles_and_blocks_that_a_computer_carries_follow_from_load_and_waits() -> None:
    standard, low_latency = compare_profiles(replace(FINE, load=0.1), STANDARD, 1)
    assert (standard.name, standard.load, standard.carried) == ("standard", 0.1, True)
    assert (low_latency.name, low_latency.load > 0) == ("low-latency", True)
    assert not compare_profiles(replace(FINE, load=0.9), STANDARD, 1)[0].carried
    busy = replace(FINE, load=0.7, decoding=1.0)
    assert not compare_profiles(busy, STANDARD, 1)[0].carried
    assert FINE.least_block_frames == 128, "2.2 ms are 106 frames"
    assert replace(FINE, waited_ms=0.0).least_block_frames == 32
    assert replace(FINE, waited_ms=80.0).least_block_frames is None


def test_a_wait_is_counted_from_when_a_hop_was_due_also_where_the_ring_ran_empty() -> None:
    timings = Timings()
    timings.rendered(0.002, written_s=10.0, ahead_s=0.016, least_s=0.005)  # due at 10.011
    timings.rendered(0.002, written_s=10.014, ahead_s=0.013, least_s=0.005)
    report = timings.read()
    hops_s, waited_s = report.hops_s, report.longest_wait_s
    assert hops_s == (0.002, 0.002)
    assert waited_s == pytest.approx(0.003)
    timings.rendered(0.002, written_s=10.1, ahead_s=0.011, least_s=0.005)  # due at 10.022
    assert timings.read().longest_wait_s == pytest.approx(0.078)
    assert timings.read() == TimingReport((), (), 0.0)


def test_only_what_was_decoded_is_noted() -> None:
    timings = Timings()
    decoder = TimedDecoder(tiny_bundle(), timings)
    first, second = np.zeros(8), np.ones(8)
    for latent in (first, second, first, second):
        decoder.decode(latent)
    decoder.close()
    assert len(timings.read().decoded_s) == 2
