"""Measure the estimated pitch of synthetic tones, plucked and bowed sounds, 55 to 2000 Hz.

    python tests/bench/pitch.py [--count 60] [--seed 0] [--profile standard] [--json]

`support/pitched.py` makes the sounds, `--count` of each kind, with white noise at -40, -20 and -10
dB. They are measured as they are and as the instrument would play them at best: rendered from their
own spectrogram. Goals: 95 % of the sounds within 10 cents, octave errors under 2 %. Columns: share
of sounds within 10 cents, the same of those with a pitch, octave errors, sounds without a pitch,
median distance in cents, median confidence.
"""

import argparse
import json
import sys
import time
from collections import defaultdict
from pathlib import Path

import numpy as np

from distill_live.spectrogram import PROFILES, SpectrogramSettings
from distill_live.synthesis import synthesize
from distill_train.latent.pitch import Pitch, estimate_pitch

sys.path.insert(0, str(Path(__file__).parent.parent))

from support.pitched import cents_off, is_octave_error, pitched_sounds
from support.sounds import SAMPLE_RATE_HZ, Float32
from support.tones import analysed

NEAR_CENTS = 10.0


def rendered(sound: Float32, settings: SpectrogramSettings) -> Float32:
    """A sound as it comes back from its own spectrogram."""
    representation, power, frequency_bins = analysed(sound, settings)
    rng = np.random.default_rng(0)
    return synthesize(representation, power, frequency_bins, rng, len(sound))


def figures(found: list[tuple[float, float]]) -> dict[str, float]:
    """Figures of sounds: distances in cents and confidences."""
    cents, confidence = np.array(found).T
    there = np.isfinite(cents)
    near = np.abs(cents) <= NEAR_CENTS
    return {
        "sounds": len(found),
        "near": near.mean(),
        "near_of_pitched": near.sum() / max(1, there.sum()),
        "octave": np.mean([is_octave_error(one) for one in cents]),
        "none": np.mean(~there),
        "median_cents": np.median(np.abs(cents[there])) if there.any() else np.nan,
        "confidence": np.median(confidence),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--count", type=int, default=60, help="number of sounds of each kind")
    parser.add_argument("--seed", type=int, default=0, help="random seed")
    parser.add_argument("--profile", choices=PROFILES, default="standard", help="spectrogram")
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()

    found: dict[str, list[tuple[float, float]]] = defaultdict(list)
    seconds = 0.0
    for kind, hz, noise_db, sound in pitched_sounds(arguments.count, arguments.seed):
        for way in ("as it is", "rendered"):
            heard = rendered(sound, PROFILES[arguments.profile]) if way == "rendered" else sound
            began = time.perf_counter()
            pitch = estimate_pitch(heard, SAMPLE_RATE_HZ) or Pitch(0.0, 0.0)
            seconds += time.perf_counter() - began
            row = cents_off(pitch.hz, hz), pitch.confidence
            for group in (f"{way}, {kind}", f"{way}, {noise_db:g} dB", f"{way}, all"):
                found[group].append(row)
    result = {group: figures(rows) for group, rows in sorted(found.items())}
    count = 2 * len(found["as it is, all"])
    if arguments.json:
        print(json.dumps({"ms_per_sound": 1e3 * seconds / count, "groups": result}))
        return
    print(f"{1e3 * seconds / count:.1f} ms per second of sound")
    names = list(next(iter(result.values())))
    print(" " * 20 + "".join(f"{name:>17}" for name in names))
    for group, row in result.items():
        print(f"{group:20}" + "".join(f"{value:17.3f}" for value in row.values()))


if __name__ == "__main__":
    main()
