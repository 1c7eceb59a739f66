"""Inject faults into a running instrument; check that it recovers.

    python tests/bench/faults.py [--kills 50] [--loads 200] [--seconds 10] [--model x] [--json]

Needs Linux and jackd; the full disk needs root to mount one and is skipped without. The instrument
plays into jackd's dummy driver. One after the other: synthesis is killed every 3.5 s; each process
is stopped for two seconds; the JACK server is killed and restarted five times; a take is recorded
until a disk of 48 MB is full; clocks jump; a client sends 50,000 messages a second; a model is
loaded while its file is replaced and truncated; 16 clients subscribe and vanish, and another one
subscribes a minute later. After each fault the instrument must answer and sound, or this ends in an
error. `tests/support/faults.py` implements the faults.
"""

import argparse
import json
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np
from support import faults
from support.instrument import Client, Instrument
from support.jack_server import JackServer

from distill_live.osc.subscribers import SILENCE_LIMIT_S

DEMO = Path(__file__).parents[2] / "models" / "demo.distill"
KILLS_APART_S = 3.5
"""Interval of kills; four within ten seconds end the session by design."""

SERVERS, FLOOD_PER_S, DISK = 5, 50_000, "48m"


def kills(live: Instrument, count: int) -> dict[str, float]:
    """Kill synthesis repeatedly."""
    took_s = []
    for number in range(count):
        try:
            took_s.append(faults.kill_synthesis(live, -3.0 - number % 10))
        except TimeoutError:
            sys.exit(f"no answer after kill {number + 1}: {live.lines[-5:]}")
        time.sleep(KILLS_APART_S)
    faults.assert_plays(live)
    return {
        "kills": count,
        "back_after_ms_median": 1e3 * float(np.median(took_s)),
        "back_after_ms_longest": 1e3 * max(took_s),
    }


def pauses(live: Instrument) -> dict[str, float]:
    """Stop each process for two seconds."""
    live.ask("/record", 1, "paused", reply="/done")
    pids = {name: live.child(name) for name in ("audio", "synthesis", "recorder")}
    for pid in (*pids.values(), live.process.pid):
        faults.pause(pid, 2.0)
        faults.assert_plays(live)
    assert {name: live.child(name) for name in pids} == pids
    live.ask("/record", 0, reply="/done")
    return {"pauses": len(pids) + 1}


def servers(live: Instrument, stack: ExitStack, server: JackServer) -> dict[str, float]:
    """Kill the JACK server and start another one of its name, repeatedly."""
    took_s = []
    for _ in range(SERVERS):
        server.stop(signal.SIGKILL)
        live.wait_for_line("Output  null output")
        faults.assert_plays(live)
        begun_s = time.perf_counter()
        server = stack.enter_context(JackServer(period_frames=512, name=server.name))
        live.wait_for_line("Output  system")
        took_s.append(time.perf_counter() - begun_s)
        faults.assert_plays(live)
    return {"servers_killed": SERVERS, "device_found_after_s_longest": max(took_s)}


def full_disk(live: Instrument, takes: Path) -> dict[str, float | str]:
    """Record until a real disk is full."""
    disk = takes / "disk"
    disk.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "none", str(disk)]
    if subprocess.run(mount, capture_output=True).returncode:
        return {"full_disk": "left out: mount is not permitted"}
    try:
        shutil.rmtree(takes / "Distill Live", ignore_errors=True)
        (takes / "Distill Live").symlink_to(disk)
        live.ask("/record", 1, "full", reply="/done")
        (disk / "filler").write_bytes(bytes(15 * 2**20))  # and there is room for ten seconds more
        line = live.wait_for_line("Recording stopped")
        faults.assert_plays(live)
        (disk / "filler").unlink()
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)
        (takes / "Distill Live").unlink()
    return {"full_disk": line.partition(";")[0]}


def clocks(live: Instrument) -> dict[str, float]:
    """Send time tags of wrong clocks."""
    for number, jump_s in enumerate(10 * faults.JUMPS_S):
        faults.jump_clock(live, jump_s, -1.0 - number % 7)
    faults.assert_plays(live)
    return {"clock_jumps": 10 * len(faults.JUMPS_S)}


def subscribers(live: Instrument) -> dict[str, float]:
    """Let 16 subscribers vanish; check that another one can subscribe a minute later."""
    faults.subscribe_and_vanish(live, 16)
    assert live.ask("/notify", 1, reply="/fail")[1] == "full"
    faults_until_s = time.perf_counter() + SILENCE_LIMIT_S + 1
    while time.perf_counter() < faults_until_s:
        live.sync()
        time.sleep(1)
    with Client(live.port) as late:
        late.ask("/notify", 1, reply="/done")
    faults.assert_plays(live)
    return {"vanished_subscribers": 16}


def measure(options: argparse.Namespace) -> dict[str, object]:
    """Inject all faults."""
    figures: dict[str, object] = {}
    with TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        models = folder / "distill-live" / "models"
        models.mkdir(parents=True)
        target = Path(shutil.copy(options.model, models / "changing.distill"))
        whole = target.read_bytes()
        server = stack.enter_context(JackServer(period_frames=512))
        user = {"XDG_DATA_HOME": name, "XDG_CONFIG_HOME": name, "XDG_MUSIC_DIR": name}
        live = stack.enter_context(
            Instrument(options.model, environment={**server.environment, **user})
        )
        steps: dict[str, Callable[[], dict[str, float] | dict[str, float | str]]] = {
            "kills": lambda: kills(live, options.kills),
            "pauses": lambda: pauses(live),
            "full disk": lambda: full_disk(live, folder),
            "clocks": lambda: clocks(live),
            "servers": lambda: servers(live, stack, server),
        }
        for step, work in steps.items():
            begun_s = time.perf_counter()
            figures |= work()
            print(f"{step}: {time.perf_counter() - begun_s:.0f} s", file=sys.stderr)
        rate, took_s = faults.flood(live, FLOOD_PER_S, options.seconds)
        faults.assert_plays(live)
        figures |= {"flood_per_s": rate, "answered_after_flood_ms": 1e3 * took_s}
        came, refused = faults.load_while_it_changes(
            live, target, [whole, whole[:-1] + b"\0"], options.loads, random.Random(1)
        )
        faults.assert_plays(live)
        figures |= {"loads": came, "loads_refused": refused}
        figures |= subscribers(live)
        figures["status"] = live.end(signal.SIGINT)
        figures["summary"] = live.lines[-1]
        figures["unexpected_lines"] = [line for line in live.lines if "nternal error" in line]
    return figures


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--loads", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=10.0, help="length of the flood")
    parser.add_argument("--model", type=Path, default=DEMO)
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    figures = measure(options)
    if options.json:
        print(json.dumps(figures, indent=2))
        return
    for name, figure in figures.items():
        shown = f"{figure:.1f}" if isinstance(figure, float) else str(figure)
        print(f"{name.replace('_', ' '):30} {shown}")


if __name__ == "__main__":
    main()
