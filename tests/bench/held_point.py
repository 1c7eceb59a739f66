"""Measure whether a held point loops audibly.

    python tests/bench/held_point.py MODEL [--jitter J] [--landmarks N] [--json]

Landmarks are held; the autocorrelation of their band envelopes (amplitude less its mean) at the
loop's period is taken over all bands together: 1 for exact repetition, 0 for none. A landmark's
movement is the variation of its bands' power over their mean at jitter 0; a landmark below
`STATIONARY` does not move by itself.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np

from distill_live.addresses import TABLE
from distill_live.bundle import read_bundle
from distill_live.spectrogram import Float64

sys.path.insert(0, str(Path(__file__).parent.parent))

from support.long_term import (
    LongTermSpectrum,
    autocorrelation,
    held_sound,
    movement,
    random_landmarks,
)

STATIONARY = 0.1
"""Maximum movement of a stationary landmark."""

LIMIT = 0.6
SETTLING_S, STILL_S = 1.0, 4.0
PERIODS = 15


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("--jitter", type=float, default=TABLE["/jitter"].default[0])
    parser.add_argument("--landmarks", type=int, default=60, help="number of random landmarks")
    parser.add_argument("--seed", type=int, default=0, help="random seed")
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()

    bundle = read_bundle(arguments.model)
    spectrum = LongTermSpectrum(bundle.settings, bundle.statistics)
    chosen = sorted(random_landmarks(bundle, arguments.landmarks, arguments.seed))
    period = bundle.settings.n_frames - 1
    loops_s = PERIODS * period / bundle.settings.frames_per_second

    def heard(index: int, jitter: float, seconds: float) -> Float64:
        commands = (("/jitter", (jitter,)), ("/corpus/goto", (index, 0.0)))
        y = held_sound(bundle, commands, SETTLING_S, seconds, seed=arguments.seed)
        return spectrum.bands(y[:, 0])

    rows = []
    for index in chosen:
        repeats = autocorrelation(heard(index, arguments.jitter, loops_s), period)
        rows.append((repeats, movement(heard(index, 0.0, STILL_S)), index))
    found = {
        name: np.array([repeats for repeats, moves, _ in rows if moves >= least])
        for name, least in (("all", 0.0), ("moving", STATIONARY))
    }
    result = {
        name: {
            "landmarks": len(values),
            "median": float(np.median(values)),
            "worst": float(values.max()),
            "under_limit": float((values < LIMIT).mean()),
        }
        for name, values in found.items()
        if len(values)
    }
    if arguments.json:
        print(json.dumps(result))
        return
    print(f"jitter {arguments.jitter:g}, loop period {period} frames, {PERIODS} periods")
    for name, figures in result.items():
        print(
            f"{name:7}{figures['landmarks']:4} landmarks: median {figures['median']:.2f}, worst "
            f"{figures['worst']:.2f}, under {LIMIT:g}: {figures['under_limit']:.0%}"
        )
    for repeats, moves, index in sorted(rows, reverse=True)[:5]:
        mark = bundle.landmarks[index]
        print(f"  {repeats:5.2f}  movement {moves:.2f}  {index:4} {mark.file} {mark.seconds:.2f} s")


if __name__ == "__main__":
    main()
