"""Measure underruns while models are loaded and, with --costs, the cost of a second model.

    python tests/bench/slots.py [--loads 10] [--jack] [--costs] [--json]

*Cost*: time of a hop in stereo, decoding included, while the point moves, as a ratio to that of the
demo model alone. The numbers of models alternate every few hops, so that other programs affect both
equally. Cases: a second model of equal settings (mixed in the spectrum), of another hop, of another
rate (mixed in audio), and one at weight 0.

*Loading*: the demo model is loaded repeatedly into an audible slot of a playing instrument.
Reported are underruns, how many of them a pause of the machine explains (`stress`), and the same of
as long an idle time. Plays into a null output, or with --jack into jackd's dummy driver (Linux,
jackd, JACK-Client), at a block of 128.
"""

import os

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before numpy loads

import argparse
import json
import sys
import threading
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from pauses import PauseMonitor
from stress import STATUS_S, Status, explained
from support.instrument import Client, Instrument
from support.jack_server import JackServer
from support.tiny import tiny_bundle

from distill_live.bundle import Bundle, read_bundle
from distill_live.engine import Command, Engine
from distill_live.spectrogram import LOW_LATENCY, STANDARD

DEMO = Path(__file__).parents[2] / "models" / "demo.distill"
HOPS, ROUNDS = 20, 40
BLOCK = 128
SETTLE_S, PAUSE_S = 2.0, 0.5


def an_engine(second: Bundle | None, weight: float) -> Engine:
    engine = Engine(read_bundle(DEMO), seed=1)
    if second is not None:
        engine.install(engine.load_model(2, second))
        engine.apply(Command("/model/blend", (1, 1.0 - 0.5 * weight)))
        engine.apply(Command("/model/blend", (2, 0.5 * weight)))
    return engine


def costs() -> dict[str, float]:
    """Median time of a hop, as a ratio to the demo model's alone."""
    low = tiny_bundle(LOW_LATENCY)
    seconds: dict[str, tuple[Bundle | None, float]] = {
        "alone": (None, 0.0),
        "spectrum": (tiny_bundle(STANDARD), 1.0),
        "the demo model again": (read_bundle(DEMO), 1.0),
        "audio, hop 256": (low, 1.0),
        "audio, 44100 Hz": (tiny_bundle(replace(LOW_LATENCY, sample_rate_hz=44100)), 1.0),
        "audio, longer frame": (tiny_bundle(replace(STANDARD, n_fft=4096)), 1.0),
        "weight 0": (read_bundle(DEMO), 0.0),
    }
    engines = {name: an_engine(*second) for name, second in seconds.items()}
    taken: dict[str, list[float]] = {name: [] for name in engines}
    out = np.empty((HOPS * STANDARD.hop_samples, 2), np.float32)
    for index in range(ROUNDS):
        for name, engine in engines.items():
            start_s = time.perf_counter()
            engine.render(out)
            if index:
                taken[name].append(time.perf_counter() - start_s)
    medians = {name: float(np.median(times)) / HOPS for name, times in taken.items()}
    alone = medians["alone"]
    return {"alone, ms a hop": 1e3 * alone} | {n: t / alone for n, t in medians.items()}


def loading(loads: int, *, jack: bool) -> dict[str, object]:
    """Underruns during loads and in as long an idle time, and explained ones."""
    server = JackServer(period_frames=BLOCK, real_time=True) if jack else None
    environment = server.environment if server is not None else None
    words = ("--block", str(BLOCK)) if jack else ("--null", "--block", str(BLOCK))
    with (
        server or nullcontext(),
        Instrument(DEMO, *words, environment=environment) as live,
        Client(live.port) as watcher,
        PauseMonitor() as monitor,
    ):
        time.sleep(SETTLE_S)
        live.send("/model/fade", 0.2)
        took_s: list[float] = []

        def load() -> None:
            for _ in range(loads):
                start_s = time.perf_counter()
                live.ask("/model/load", "demo", reply="/done")
                took_s.append(time.perf_counter() - start_s)
                time.sleep(PAUSE_S)

        loaded = watch(watcher, load)
        idle = watch(watcher, lambda: time.sleep(loaded[-1][0] - loaded[0][0]))
    margin_s = 2 * BLOCK / STANDARD.sample_rate_hz
    return {
        "output": "jackd dummy" if jack else "null",
        "loads": len(took_s),
        "seconds until /done, median": float(np.median(took_s)),
    } | {
        f"{what}, {when}": number
        for when, answers in (("idle", idle), ("loading", loaded))
        for what, number in {
            "seconds": answers[-1][0] - answers[0][0],
            "underruns": answers[-1][2] - answers[0][2],
            "explained by pauses of the machine": explained(answers, monitor, margin_s),
            "mean load": float(np.mean([answer[1] for answer in answers])),
        }.items()
    }


def watch(client: Client, work: Callable[[], None]) -> list[Status]:
    """Collect every status while `work` runs in another thread."""
    answers: list[Status] = []
    thread = threading.Thread(target=work)
    thread.start()
    while thread.is_alive():
        _, average, _, *counts = client.ask("/status", reply="/status.reply")
        answers.append((time.perf_counter(), average, *counts))
        time.sleep(STATUS_S)
    return answers


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--loads", type=int, default=10)
    parser.add_argument("--jack", action="store_true", help="play into jackd's dummy driver")
    parser.add_argument("--costs", action="store_true", help="measure the cost of a second model")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    found = {
        "cost": costs() if options.costs else {},
        "loading": loading(options.loads, jack=options.jack),
    }
    if options.json:
        print(json.dumps(found))
        return
    for what, numbers in found.items():
        print(what)
        for name, number in numbers.items():
            shown = f"{number:.2f}" if isinstance(number, float) else str(number)
            print(f"  {name:44} {shown}")


if __name__ == "__main__":
    main()
