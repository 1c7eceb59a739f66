"""Measure what notes cost: the share of a hop by the number of voices.

    python tests/bench/voices.py [--model x.distill] [--seconds 4] [--json]

The engine renders hop by hop in stereo, pinned to one core, with so many held keys spread over four
octaves and formants as they come, in each mode; beside it the drone in mono and in stereo. Printed
are a hop's processor time as a share of the hop, and over that of transforming one frame to a
spectrum and back, measured between the hops, by which two machines are compared; and the share of
a hop in which all these notes begin at once. Goals: 8 voices at most 35 % of a hop, 16 at most
60 %; two channels at most 1.4 times one. The default is the demo model; 1024/256 is a model of
`tests/support/two_tones.py`.
"""

import os

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before numpy loads

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from load import DEMO, HOPS_A_TURN, WARM_HOPS, References, bundles, profile_name
from machine import machine

from distill_live.bundle import Bundle
from distill_live.engine import Command, Engine

GOALS = {8: 0.35, 16: 0.6}
"""Largest share of a hop by number of voices."""

CHANNELS_GOAL = 1.4
"""Largest cost of two channels of the drone over one."""

VOICES = 1, 2, 4, 8, 16
LOWEST, HIGHEST = 36.0, 84.0


def engine_of(bundle: Bundle, keys: str, channels: int = 2) -> Engine:
    """An engine with `/keys` and as many voices as there can be."""
    engine = Engine(bundle, channels=channels, seed=1)
    for path, value in (("/keys", keys), ("/voices", 16)):
        engine.apply(Command(path, (value,)))
    return engine


class Timer:
    """Times hops of an engine, and references between them."""

    def __init__(self, bundle: Bundle) -> None:
        self._references = References(bundle)

    def shares(self, engine: Engine, hops: int) -> tuple[float, float]:
        """Processor time of a hop over its duration, and over that of a transform."""
        out = np.empty((engine.hop_samples, engine.channels), np.float32)
        warm_up(engine)
        taken, bare = [], []
        for hop in range(hops):
            start = time.thread_time()
            engine.render(out)
            taken.append(time.thread_time() - start)
            if hop % HOPS_A_TURN == 0:
                bare.append(self._references.measure()[1])
        hop_s = engine.hop_samples / engine.sample_rate_hz
        return float(np.mean(taken)) / hop_s, float(np.mean(taken) / np.median(bare))

    def onset(self, bundle: Bundle, keys: str, voices: int, times: int = 3) -> float:
        """Largest share, of the median of some tries, of a hop in which all notes begin."""
        shares = []
        for _ in range(times):
            engine = engine_of(bundle, keys)
            warm_up(engine)
            play(engine, voices)  # once, so that all buffers are there
            engine.render(np.empty((4 * engine.hop_samples, 2), np.float32))
            engine.apply(Command("/panic"))
            engine.render(np.empty((8 * engine.hop_samples, 2), np.float32))
            engine.apply(Command("/play", (1,)))
            engine.render(np.empty((8 * engine.hop_samples, 2), np.float32))
            play(engine, voices)
            out = np.empty((engine.hop_samples, 2), np.float32)
            hops = []
            for _ in range(3):
                start = time.thread_time()
                engine.render(out)
                hops.append(time.thread_time() - start)
            shares.append(max(hops) * engine.sample_rate_hz / engine.hop_samples)
            engine.close()
        return float(np.median(shares))


def warm_up(engine: Engine) -> None:
    """Render until all landmarks of keys are decoded."""
    engine.render(np.empty((3 * WARM_HOPS * engine.hop_samples, engine.channels), np.float32))


def play(engine: Engine, voices: int) -> None:
    """Press so many keys, evenly apart."""
    for key in np.linspace(LOWEST, HIGHEST, voices) if voices > 1 else (67.0,):
        engine.apply(Command("/note/on", (float(key), 0.8)))


def measure(bundle: Bundle, seconds: float) -> list[dict[str, object]]:
    """Measure all cases of one profile."""
    timer, rows = Timer(bundle), []
    hops = round(seconds * bundle.settings.frames_per_second)

    def row(case: str, share: float, transforms: float, goal: float | None, **more: float) -> None:
        rows.append(
            {
                "profile": profile_name(bundle),
                "case": case,
                "share": share,
                "transforms": transforms,
                "goal": goal,
                **more,
            }
        )

    drones = [timer.shares(engine_of(bundle, "off", channels), hops) for channels in (1, 2)]
    row("drone, mono", *drones[0], None)
    row("drone, stereo", *drones[1], CHANNELS_GOAL * drones[0][0])
    for keys, numbers in (("pitch", VOICES), ("places", VOICES[-2:])):
        for voices in numbers:
            engine = engine_of(bundle, keys)
            play(engine, voices)
            shares = timer.shares(engine, hops)
            onset = timer.onset(bundle, keys, voices)
            row(f"{keys}, {voices}", *shares, GOALS.get(voices), onset=onset)
            engine.close()
    engine = engine_of(bundle, "pitch")
    row("pitch, none", *timer.shares(engine, hops), None)
    return rows


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, default=DEMO)
    parser.add_argument("--seconds", type=float, default=4.0, help="length of sound of each case")
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})
    rows = [r for b in bundles(arguments.model) for r in measure(b, arguments.seconds)]
    if arguments.json:
        print(json.dumps(rows))
        return
    print(f"{machine()}; share of a hop, and transforms of a frame that take as long")
    print("profile   voices          share   transforms   beginning")
    for row in rows:
        goal = "" if row["goal"] is None else f"   goal {row['goal']:.3f}"
        onset = f"{row['onset']:12.3f}" if "onset" in row else 12 * " "
        print(
            f"{row['profile']:9} {row['case']:14}{row['share']:7.3f}{row['transforms']:13.1f}"
            f"{onset}{goal}"
        )


if __name__ == "__main__":
    main()
