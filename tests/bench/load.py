"""Measure the load of playing: the engine on one core, and a session of three processes.

    python tests/bench/load.py [--model x.distill] [--seconds 10] [--starts 5] [--json]
    python tests/bench/load.py --engine | --session     one part alone
    python tests/bench/load.py --against CHECKOUT       the engine beside that of another version

The engine renders hop by hop, pinned to one core, and decodes within the hop. *Times real time* is
sound over elapsed time; beside it are sound over processor time, which other programs affect less,
and the hops' times. Cases: mono at jitter 0 with ``follow`` 0 or 1, the latent held, or moved
without a glide before every hop; and the shipped defaults in stereo, held, and with an axis moved
100 times a second. Figures of two machines are compared by ratios: the processor time of a hop over
that of decoding one whole chunk, and over that of transforming one frame to a spectrum and back,
both measured between the hops.

With `--against` the cases are rendered in turns by this version and that of another checkout, each
in a process of its own; printed are the ratios of processor time, other over this, with the goals
for the version that came before these ratios were measured.

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
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).parent.parent))  # `--against` puts another one before

from machine import machine
from support.instrument import Instrument
from support.jack_server import RATE_HZ, Capture, JackServer
from support.two_tones import two_tones_bundle

from distill_live.bundle import Bundle, read_bundle
from distill_live.engine import Command, Engine, InlineDecoder
from distill_live.spectrogram import LOW_LATENCY

DEMO = Path(__file__).parents[2] / "models" / "demo.distill"

GOALS = {
    ("2048/512", "mono, follow chunk, held"): 35.0,
    ("2048/512", "mono, follow frame, moving"): 3.0,
}
"""Minimum real-time factor of each case."""

FASTER_GOALS = {
    ("2048/512", "mono, follow chunk, held"): 1.4,
    ("2048/512", "mono, follow frame, moving"): 2.5,
    ("2048/512", "stereo as shipped, held"): 1.4,
    ("2048/512", "stereo as shipped, moving"): 3.0,
    ("1024/256", "mono, follow frame, moving"): 2.5,
    ("1024/256", "stereo as shipped, moving"): 2.5,
}
"""Goals of `--against` the version before moving latents were decoded ahead."""

MEMORY_GOAL_MB, FIRST_SOUND_GOAL_S = 350, 1.5

WARM_HOPS, HOPS_A_TURN = 50, 20
TRANSFORMS = 10
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


class Player:
    """Renders a case, hop by hop."""

    def __init__(self, bundle: Bundle, case: str) -> None:
        _, channels, settings, self._move = next(c for c in CASES if c[0] == case)
        self.engine = Engine(bundle, channels=channels, seed=1)
        for path, value in settings:
            self.engine.apply(Command(path, (value,)))
        self._out = np.empty((self.engine.hop_samples, channels), np.float32)
        self._hop = 0

    def play(self, hops: int) -> np.ndarray:
        """Elapsed and processor seconds of the next hops, ``(hops, 2)``."""
        taken = np.zeros((hops, 2))
        for times in taken:
            start = time.perf_counter(), time.thread_time()
            if self._move is not None:
                self._move(self.engine, self._hop)
            self.engine.render(self._out)
            times[:] = time.perf_counter() - start[0], time.thread_time() - start[1]
            self._hop += 1
        return taken


class References:
    """Processor seconds of bare work that the engine consists of."""

    def __init__(self, bundle: Bundle) -> None:
        self._decoder = InlineDecoder(bundle)
        self._rng = np.random.default_rng(0)
        self._latent_size, n_fft = bundle.latent_size, bundle.settings.n_fft
        self._frame = self._rng.standard_normal(n_fft).astype(np.float32)
        self._spectrum = np.zeros(n_fft // 2 + 1, np.complex64)

    def measure(self) -> tuple[float, float]:
        """Time of decoding a whole chunk, and of a transform there and back."""
        start = time.thread_time()
        self._decoder.decode(self._rng.standard_normal(self._latent_size))
        decoded = time.thread_time()
        for _ in range(TRANSFORMS):
            np.fft.rfft(self._frame, out=self._spectrum)
            np.fft.irfft(self._spectrum, len(self._frame), out=self._frame)
        return decoded - start, (time.thread_time() - decoded) / TRANSFORMS


def profile_name(bundle: Bundle) -> str:
    return f"{bundle.settings.n_fft}/{bundle.settings.hop_samples}"


def engine_row(bundle: Bundle, case: str, seconds: float) -> dict[str, object]:
    """Measure one case."""
    player, references = Player(bundle, case), References(bundle)
    player.play(WARM_HOPS)
    hop_s = player.engine.hop_samples / player.engine.sample_rate_hz
    turns = max(2, round(seconds / hop_s / HOPS_A_TURN))
    taken, bare = [], []
    for _ in range(turns):
        taken.append(player.play(HOPS_A_TURN))
        bare.append(references.measure())
    passed, had = np.concatenate(taken).T
    decode_s, transform_s = np.median(bare, axis=0)
    p50, p99 = 1000 * np.percentile(passed, [50, 99])
    return {
        "profile": profile_name(bundle),
        "case": case,
        "times_real_time": hop_s / passed.mean(),
        "times_real_time_cpu": hop_s / had.mean(),
        "decodes_a_hop": had.mean() / decode_s,
        "transforms_a_hop": had.mean() / transform_s,
        "hop_p50_ms": p50,
        "hop_p99_ms": p99,
        "goal": GOALS.get((profile_name(bundle), case)),
    }


def bundles(model: Path) -> tuple[Bundle, Bundle]:
    """The model, and one of the other profile."""
    return read_bundle(model), two_tones_bundle(LOW_LATENCY)


def measure_engine(model: Path, seconds: float) -> list[dict[str, object]]:
    """Measure the engine on the last core."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})
    try:
        return [engine_row(one, case[0], seconds) for one in bundles(model) for case in CASES]
    finally:
        os.sched_setaffinity(0, cores)


def serve(model: Path) -> None:
    """Render the case that each line of the standard input names; print its processor time."""
    played, players = bundles(model), {}
    for line in sys.stdin:
        number, case, hops = json.loads(line)
        if (number, case) not in players:
            players[number, case] = Player(played[number], case)
        print(players[number, case].play(hops)[:, 1].sum(), flush=True)


def compare(model: Path, other: Path, seconds: float) -> list[dict[str, object]]:
    """Processor time of another version over that of this one, by case."""
    here = Path(__file__).parents[2]
    command = [sys.executable, str(Path(__file__)), "--model", str(model), "--serve"]
    served = [
        subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": f"{tree.resolve()}:{tree.resolve() / 'tests'}"},
        )
        for tree in (other, here)
    ]

    def ask(process: subprocess.Popen, *words: object) -> float:
        process.stdin.write(json.dumps(words) + "\n")
        process.stdin.flush()
        return float(process.stdout.readline())

    rows = []
    try:
        for number, bundle in enumerate(bundles(model)):
            hops = seconds * bundle.settings.frames_per_second
            for case, *_ in CASES:
                for process in served:
                    ask(process, number, case, WARM_HOPS)
                pairs = [
                    [ask(process, number, case, HOPS_A_TURN) for process in served]
                    for _ in range(max(2, round(hops / HOPS_A_TURN)))
                ]
                before, now = np.sum(pairs, axis=0)
                goal = FASTER_GOALS.get((profile_name(bundle), case))
                rows.append(
                    {
                        "profile": profile_name(bundle),
                        "case": case,
                        "times_faster": before / now,
                        "goal": goal,
                    }
                )
    finally:
        for process in served:
            process.stdin.close()
            process.wait()
    return rows


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
    start_s = time.perf_counter()
    with Instrument(model, environment=server.environment, patient=False) as live:
        capture.connect()
        capture.clear()
        begin_s = time.perf_counter() - start_s
        while not (heard := capture.recorded.any(axis=1)).any():
            time.sleep(0.001)
        live.wait_until_listening()
        live.end(signal.SIGINT)
    return begin_s + int(np.argmax(heard)) / RATE_HZ


def usage(pids: dict[str, int], live: Instrument, seconds: float, *, moving: bool) -> dict:
    """Share of one core that each process takes."""
    before = {name: cpu_s(pid) for name, pid in pids.items()}
    start_s = time.perf_counter()
    while (now_s := time.perf_counter() - start_s) < seconds:
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
    print(f"{machine()}; decodes and transforms: processor time of a hop over theirs")
    print(
        "profile   case                         x real time   by cpu   decodes   transforms"
        "   p50 ms   p99 ms"
    )
    for row in rows:
        goal = "" if row["goal"] is None else f"   goal {row['goal']:g}"
        print(
            f"{row['profile']:9} {row['case']:27}{row['times_real_time']:13.1f}"
            f"{row['times_real_time_cpu']:9.1f}{row['decodes_a_hop']:10.2f}"
            f"{row['transforms_a_hop']:13.1f}{row['hop_p50_ms']:9.3f}{row['hop_p99_ms']:9.3f}"
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
    part.add_argument("--against", type=Path, metavar="CHECKOUT", help="compare two versions")
    part.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    if options.serve:
        serve(options.model)
        return
    if options.against is not None:
        compared = compare(options.model, options.against, options.seconds)
        if options.json:
            print(json.dumps({"machine": machine(), "against": compared}, indent=2))
            return
        print(f"{machine()}; processor time of {options.against} over this version's")
        for row in compared:
            goal = "" if row["goal"] is None else f"   goal {row['goal']:g}"
            print(f"{row['profile']:9} {row['case']:27}{row['times_faster']:8.2f}" + goal)
        return
    results: dict[str, object] = {"machine": machine()}
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
