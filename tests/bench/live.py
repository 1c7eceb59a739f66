"""What a live session costs: time to the first sound, memory, processor time, a restart.

    python tests/bench/live.py [--model x.distill] [--starts 5] [--seconds 5] [--json]

Needs Linux, jackd, the PortAudio library and JACK-Client. A second JACK client records; times are
counted in its samples. Without `--model` a tiny one is made. The load of the machine by others is
in every figure: compare within one run.
"""

import argparse
import json
import os
import signal
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from instrument import Instrument
from jack_server import RATE_HZ, Capture, JackServer
from tiny import tiny_bundle

from distill_live.bundle import write_bundle

MOVES_A_SECOND = 100


def pss_mb(pid: int) -> float:
    """Proportional set size of a process."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1000


def cpu_s(pid: int) -> float:
    """Processor time that a process has had."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def first_sound_s(model: Path, server: JackServer, capture: Capture) -> float:
    """From the start of the command to the first sample that is heard."""
    start_s = time.monotonic()
    with Instrument(model, environment=server.environment, patient=False) as live:
        capture.connect()
        capture.clear()
        begin_s = time.monotonic() - start_s
        while not (heard := capture.recorded.any(axis=1)).any():
            time.sleep(0.001)
        live.wait_until_listening()
        live.end(signal.SIGINT)
    return begin_s + int(np.argmax(heard)) / RATE_HZ


def usage(pids: dict[str, int], live: Instrument, seconds: float, *, moving: bool) -> dict:
    """Share of one core that each process takes."""
    before = {name: cpu_s(pid) for name, pid in pids.items()}
    start_s = time.monotonic()
    while (now_s := time.monotonic() - start_s) < seconds:
        if moving:
            live.send("/latent/000", float(np.sin(3 * now_s)))
        time.sleep(1 / MOVES_A_SECOND)
    return {name: (cpu_s(pid) - before[name]) / now_s for name, pid in pids.items()}


def restart_s(live: Instrument, capture: Capture) -> float:
    """Silence that a killed synthesis process leaves."""
    capture.clear()
    os.kill(live.child("synthesis"), signal.SIGKILL)
    live.sync()
    capture.record(0.3)
    silent = np.flatnonzero(~capture.recorded.any(axis=1))
    return (silent[-1] - silent[0]) / RATE_HZ


def measure(model: Path, starts: int, seconds: float) -> dict[str, object]:
    """All figures."""
    with JackServer() as server, Capture(server) as capture:
        firsts = [first_sound_s(model, server, capture) for _ in range(starts)]
        with Instrument(model, environment=server.environment) as live:
            capture.connect()
            pids = {"control": live.process.pid, **live.children}
            live.send("/jitter", 0.0)
            live.sync()
            time.sleep(1.0)
            memory = {name: pss_mb(pid) for name, pid in pids.items()}
            held = usage(pids, live, seconds, moving=False)
            moving = usage(pids, live, seconds, moving=True)
            live.send("/play", 0)
            silent = usage(pids, live, seconds, moving=False)
            live.send("/play", 1)
            live.sync()
            capture.clear()
            status = live.ask("/status", reply="/status.reply")
            restarts = []
            for _ in range(3):
                restarts.append(restart_s(live, capture))
                time.sleep(4.0)
            live.end(signal.SIGINT)
    return {
        "first sound, median s": statistics.median(firsts),
        "first sound, worst s": max(firsts),
        "memory, PSS MB": memory,
        "cores, held": held,
        "cores, moving": moving,
        "cores, silent": silent,
        "underruns": status[3],
        "silence after a kill, median s": statistics.median(restarts),
        "silence after a kill, worst s": max(restarts),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        model = arguments.model
        if model is None:
            model = Path(folder) / "tiny.distill"
            write_bundle(tiny_bundle(), model)
        figures = measure(model, arguments.starts, arguments.seconds)
    if arguments.json:
        print(json.dumps(figures, indent=2))
        return
    for name, figure in figures.items():
        if isinstance(figure, dict):
            parts = ", ".join(f"{key} {value:.2f}" for key, value in figure.items())
            print(f"{name:32} {parts}; sum {sum(figure.values()):.2f}")
        else:
            print(f"{name:32} {figure:.3f}")


if __name__ == "__main__":
    main()
