"""Measure the load of playing: the engine on one core, and a session of three processes.

    python tests/bench/load.py [--model x.distill] [--seconds 10] [--starts 5] [--json]
    python tests/bench/load.py --engine | --session     one part alone

The engine renders hop by hop, pinned to one core, and decodes within the hop. *Times real time* is
sound over elapsed time; beside it are sound over processor time, which other programs affect less,
and the hops' times. Cases: mono at jitter 0 with ``follow`` 0 or 1, the latent held, or moved
without a glide before every hop; and the shipped defaults in stereo, held, and with an axis moved
100 times a second.

The session plays into jackd's dummy driver with the shipped defaults. Measured are processor time,
memory (proportional set size), time from the command to the first sound, and the silence after
synthesis is killed, both in samples of a second JACK client. It needs Linux, jackd, the PortAudio
library and JACK-Client. The default is the demo model; the engine also plays one of 1024/256 with a
decoder of the usual size (`tests/support/two_tones.py`).
"""

import os

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before numpy loads

import argparse
import json
import signal
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from support.instrument import Instrument
from support.jack_server import RATE_HZ, Capture, JackServer
from support.two_tones import two_tones_bundle

from distill_live.bundle import Bundle, read_bundle
from distill_live.engine import Command, Engine
from distill_live.spectrogram import LOW_LATENCY

DEMO = Path(__file__).parents[2] / "models" / "demo.distill"

GOALS = {
    ("2048/512", "mono, follow chunk, held"): 35.0,
    ("2048/512", "mono, follow frame, moving"): 3.0,
}
"""Minimum real-time factor of each case."""

MEMORY_GOAL_MB, FIRST_SOUND_GOAL_S = 350, 1.5

WARM_HOPS = 50
MOVES_A_SECOND = 100


Move = Callable[[Engine, int], None]

MONO = (("/jitter", 0.0), ("/glide", 0.0))


def leap(engine: Engine, hop: int) -> None:
    """Move one dimension far enough that it is decoded."""
    engine.apply(Command("/latent/000", (float(np.sin(hop)),)))


def sweep(engine: Engine, hop: int) -> None:
    """Move along an axis 100 times a second."""
    every = max(1, round(engine.sample_rate_hz / engine.hop_samples / MOVES_A_SECOND))
    if hop % every == 0:
        value = np.sin(3.0 * hop * engine.hop_samples / engine.sample_rate_hz)
        engine.apply(Command("/axis/brightness", (float(value),)))


CASES: tuple[tuple[str, int, tuple[tuple[str, float], ...], Move | None], ...] = (
    ("mono, follow chunk, held", 1, (*MONO, ("/follow", 0)), None),
    ("mono, follow chunk, moving", 1, (*MONO, ("/follow", 0)), leap),
    ("mono, follow frame, held", 1, MONO, None),
    ("mono, follow frame, moving", 1, MONO, leap),
    ("stereo as shipped, held", 2, (), None),
    ("stereo as shipped, moving", 2, (), sweep),
)


def engine_row(bundle: Bundle, case: str, seconds: float) -> dict[str, object]:
    """Measure one case."""
    name, channels, settings, move = next(c for c in CASES if c[0] == case)
    engine = Engine(bundle, channels=channels, seed=1)
    for path, value in settings:
        engine.apply(Command(path, (value,)))
    out = np.empty((engine.hop_samples, channels), np.float32)
    hops = WARM_HOPS + round(seconds * engine.sample_rate_hz / engine.hop_samples)
    passed, had = np.zeros(hops), np.zeros(hops)
    for hop in range(hops):
        start, had_before = time.perf_counter(), time.thread_time()
        if move is not None:
            move(engine, hop)
        engine.render(out)
        passed[hop], had[hop] = time.perf_counter() - start, time.thread_time() - had_before
    passed, had = passed[WARM_HOPS:], had[WARM_HOPS:]
    hop_s = engine.hop_samples / engine.sample_rate_hz
    profile = f"{bundle.settings.n_fft}/{bundle.settings.hop_samples}"
    p50, p99 = 1000 * np.percentile(passed, [50, 99])
    return {
        "profile": profile,
        "case": name,
        "times_real_time": hop_s / passed.mean(),
        "times_real_time_cpu": hop_s / had.mean(),
        "hop_p50_ms": p50,
        "hop_p99_ms": p99,
        "goal": GOALS.get((profile, name)),
    }


def measure_engine(model: Path, seconds: float) -> list[dict[str, object]]:
    """Measure the engine on the last core."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})
    try:
        bundles = (read_bundle(model), two_tones_bundle(LOW_LATENCY))
        return [engine_row(bundle, case[0], seconds) for bundle in bundles for case in CASES]
    finally:
        os.sched_setaffinity(0, cores)


def pss_mb(pid: int) -> float:
    """Proportional set size of a process."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1000


def cpu_s(pid: int) -> float:
    """Processor time of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def first_sound_s(model: Path, server: JackServer, capture: Capture) -> float:
    """Seconds from the start of the command to the first audible sample."""
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
    """Seconds of silence after synthesis is killed."""
    capture.clear()
    os.kill(live.child("synthesis"), signal.SIGKILL)
    live.sync()
    capture.record(0.3)
    silent = np.flatnonzero(~capture.recorded.any(axis=1))
    return (silent[-1] - silent[0]) / RATE_HZ


def measure_session(model: Path, starts: int, seconds: float) -> dict[str, object]:
    """Measure the three processes."""
    with JackServer() as server, Capture(server) as capture:
        firsts = [first_sound_s(model, server, capture) for _ in range(starts)]
        still = ("--set", "/drift 0")
        with Instrument(model, *still, environment=server.environment) as live:
            capture.connect()
            pids = {"control": live.process.pid, **live.children}
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


def show_engine(rows: list[dict]) -> None:
    print("profile   case                         x real time   by cpu   p50 ms   p99 ms")
    for row in rows:
        goal = "" if row["goal"] is None else f"   goal {row['goal']:g}"
        print(
            f"{row['profile']:9} {row['case']:27}{row['times_real_time']:13.1f}"
            f"{row['times_real_time_cpu']:9.1f}{row['hop_p50_ms']:9.3f}{row['hop_p99_ms']:9.3f}"
            + goal
        )


def show_session(figures: dict) -> None:
    for name, figure in figures.items():
        if isinstance(figure, dict):
            parts = ", ".join(f"{key} {value:.2f}" for key, value in figure.items())
            print(f"{name:32} {parts}; sum {sum(figure.values()):.2f}")
        else:
            print(f"{name:32} {figure:.3f}")
    print(f"goals: memory {MEMORY_GOAL_MB} MB, first sound {FIRST_SOUND_GOAL_S} s")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, default=DEMO)
    parser.add_argument("--seconds", type=float, default=10.0, help="length of sound or session")
    parser.add_argument("--starts", type=int, default=5)
    part = parser.add_mutually_exclusive_group()
    part.add_argument("--engine", action="store_true", help="only the engine")
    part.add_argument("--session", action="store_true", help="only the session")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    results: dict[str, object] = {}
    if not options.session:
        results["engine"] = measure_engine(options.model, options.seconds)
        if not options.json:
            show_engine(results["engine"])
    if not options.engine:
        results["session"] = measure_session(options.model, options.starts, options.seconds)
        if not options.json:
            show_session(results["session"])
    if options.json:
        print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
