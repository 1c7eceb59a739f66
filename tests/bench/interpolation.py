"""Measure the error of band power that is interpolated between two decoded latents.

    python tests/bench/interpolation.py MODEL [--points 20] [--json]

Points lie near random landmarks; ways go along an axis, or towards another landmark. *Middle* is
the error of the mean of both ends' band power in the middle of a way, *step* that of a latent which
is decoded again only `LATENT_STEP` further. Errors are RMS differences in dB over frames and bands,
weighted by amplitude, with a floor 60 dB below the corpus' maximum: median and worst over points.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from distill_live.bundle import read_bundle
from distill_live.engine.decoding.decode_scheduler import LATENT_STEP
from distill_live.engine.decoding.decoder import InlineDecoder
from distill_live.spectrogram import Float32, Float64

WAYS = (0.03, 0.06, 0.1, 0.15, 0.2, 0.3)
"""Lengths, RMS in standard deviations."""

FLOOR = 1e-6
VARIATION = 0.3
"""Distance of the points from their landmarks."""


def error_db(power: Float32, exact: Float32, floor: float) -> float:
    """Difference of two chunks' band power, weighted by amplitude."""
    weight = np.sqrt(exact)
    difference = 10.0 * np.log10((power + floor) / (exact + floor))
    return float(np.sqrt((weight * difference**2).sum() / weight.sum()))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("--points", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0, help="random seed")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    bundle = read_bundle(options.model)
    decoder, rng = InlineDecoder(bundle), np.random.default_rng(options.seed)
    landmarks = (bundle.landmark_latents - bundle.latent_mean) / bundle.latent_std
    floor = FLOOR * bundle.statistics.power_max

    def decoded(latent: Float64) -> Float32:
        return decoder.decode(latent).rows[:, 0]

    rows = []
    for kind in ("axis", "landmark"):
        for length in WAYS:
            found = []
            for _ in range(options.points):
                one, other = rng.choice(len(landmarks), 2, replace=False)
                start = landmarks[one] + VARIATION * rng.standard_normal(bundle.latent_size)
                way = landmarks[other] - landmarks[one]
                if kind == "axis":
                    way = bundle.axes[rng.integers(len(bundle.axes))].direction
                way = way / np.sqrt(np.mean(way**2))
                middle = decoded(start + length / 2 * way)
                ends = (decoded(start) + decoded(start + length * way)) / 2
                late = decoded(start + (length / 2 - LATENT_STEP) * way)
                found.append((error_db(ends, middle, floor), error_db(late, middle, floor)))
            middles, steps = np.array(found).T
            rows.append(
                {
                    "along": kind,
                    "way": length,
                    "middle_db": float(np.median(middles)),
                    "middle_worst_db": float(middles.max()),
                    "step_db": float(np.median(steps)),
                    "step_worst_db": float(steps.max()),
                }
            )
    if options.json:
        print(json.dumps(rows))
        return
    print("along        way   middle dB   worst     step dB   worst")
    for row in rows:
        print(
            f"{row['along']:10}{row['way']:6.2f}{row['middle_db']:12.3f}"
            f"{row['middle_worst_db']:8.3f}{row['step_db']:12.3f}{row['step_worst_db']:8.3f}"
        )


if __name__ == "__main__":
    main()
