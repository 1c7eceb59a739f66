"""Play random chords in real time and count the hops that are late.

    python tests/bench/chords.py [--model x.distill] [--notes 2000] [--rate 20] [--keys places]
                                 [--voices 16] [--json]

The engine renders each hop when it is due, in stereo, decoding in its thread as live: chords of up
to four random keys, each held for up to a second, from the moment at which the mode is chosen. A
hop is late if it is not ready when the next one is due. That is *explained* if the machine paused
(`pauses`), since the last hop in time, for at least as long as the hop was late.
"""

import os

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before numpy loads

import argparse
import json
import time
from pathlib import Path

import numpy as np
from pauses import PauseMonitor, come_first

from distill_live.addresses import KEY_MODES
from distill_live.bundle import Bundle, read_bundle
from distill_live.engine import Command, Engine, ThreadedDecoder

DEMO = Path(__file__).parents[2] / "models" / "demo.distill"

CHORD, LONGEST_S = 4, 1.0
LOWEST, HIGHEST = 36, 84

START_S, TAIL_S = 0.1, 2.0


def chords(notes: int, rate: float, rng: np.random.Generator) -> list[tuple[float, Command]]:
    """Commands with their seconds, in order."""
    events: list[tuple[float, Command]] = []
    played = 0
    while played < notes:
        second = START_S + played / rate
        size = min(int(rng.integers(1, CHORD + 1)), notes - played)
        for key in rng.choice(np.arange(LOWEST, HIGHEST + 1.0), size, replace=False).tolist():
            velocity, held_s = float(rng.uniform(0.2, 1.0)), float(rng.uniform(0.05, LONGEST_S))
            events.append((second, Command("/note/on", (key, velocity))))
            events.append((second + held_s, Command("/note/off", (key,))))
        played += size
    return sorted(events, key=lambda event: event[0])


def measure(
    bundle: Bundle, keys: str, voices: int, events: list[tuple[float, Command]]
) -> dict[str, object]:
    """Play in real time; late hops, and shares of a hop."""
    engine = Engine(bundle, channels=2, seed=1, decoder=ThreadedDecoder(bundle))
    hop_s = engine.hop_samples / engine.sample_rate_hz
    out = np.empty((engine.hop_samples, 2), np.float32)
    engine.render(out)
    for path, value in (("/keys", keys), ("/voices", voices)):
        engine.apply(Command(path, (value,)))
    hops = round((events[-1][0] + TAIL_S) / hop_s)
    taken = np.empty(hops)
    late: list[tuple[float, float, float]] = []  # since, until, seconds late
    coming = iter(events)
    event = next(coming, None)
    with PauseMonitor() as monitor:
        come_first()
        start_s = in_time_s = time.perf_counter()
        for hop in range(hops):
            due_s = start_s + hop * hop_s
            time.sleep(max(0.0, due_s - time.perf_counter()))
            begin_s = time.perf_counter()
            while event is not None and event[0] <= hop * hop_s:
                engine.apply(event[1])
                event = next(coming, None)
            engine.render(out)
            end_s = time.perf_counter()
            taken[hop] = (end_s - begin_s) / hop_s
            if end_s > due_s + hop_s:
                late.append((in_time_s, end_s, end_s - due_s - hop_s))
            else:
                in_time_s = end_s
    engine.close()
    explained = sum(
        sum(min(end, until_s) - max(begin, since_s) for begin, end in paused) >= late_s
        for since_s, until_s, late_s in late
        if (paused := monitor.within(since_s, until_s))
    )
    return {
        "keys": keys,
        "hops": hops,
        "late": len(late),
        "unexplained": len(late) - explained,
        "median": float(np.median(taken)),
        "p99": float(np.quantile(taken, 0.99)),
        "longest": float(taken.max()),
        "real_time_monitor": monitor.real_time,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, default=DEMO)
    parser.add_argument("--notes", type=int, default=2000)
    parser.add_argument("--rate", type=float, default=20.0, help="notes a second")
    parser.add_argument("--keys", nargs="*", choices=KEY_MODES[1:], default=KEY_MODES[1:])
    parser.add_argument("--voices", type=int, default=16)
    parser.add_argument("--seed", type=int, default=0, help="random seed")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    bundle = read_bundle(options.model)
    events = chords(options.notes, options.rate, np.random.default_rng(options.seed))
    rows = [measure(bundle, keys, options.voices, events) for keys in options.keys]
    if options.json:
        print(json.dumps(rows))
        return
    print("keys       hops   late   unexplained   share of a hop: median     p99   longest")
    for row in rows:
        print(
            f"{row['keys']:8}{row['hops']:7}{row['late']:7}{row['unexplained']:14}"
            f"{row['median']:26.2f}{row['p99']:8.2f}{row['longest']:10.2f}"
        )


if __name__ == "__main__":
    main()
