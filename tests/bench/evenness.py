"""Measure how even the loudness of an instrument is that nobody has touched.

    python tests/bench/evenness.py [--model x.distill] [--seeds 10] [--seconds 60] [--json]

The instrument wanders, in stereo, as it does from its start until somebody moves something. The
figure is the range of its short-term loudness (ITU-R BS.1770: three seconds, every tenth of a
second) from the third second on, in LU, for each seed: with `/even` as it comes and without it.
Goal: at most 6 LU over the first minute.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from distill_live.addresses import IDLE_MOTION
from distill_live.bundle import Bundle, read_bundle
from distill_live.engine import Command, Engine
from distill_live.engine.mixing.loudness import k_weights
from distill_live.spectrogram import Float64

DEMO = Path(__file__).parents[2] / "models" / "demo.distill"

GOAL_LU = 6.0
WINDOW_S, STEP_S = 3.0, 0.1
OFFSET_LUFS = -0.691


def short_term_lufs(sound: Float64, rate_hz: int) -> Float64:
    """Short-term loudness of ``(samples, channels)``, one value each `STEP_S`."""
    spectrum = np.fft.rfft(sound, axis=0)
    hz = np.fft.rfftfreq(len(sound), 1.0 / rate_hz).astype(np.float64)
    spectrum *= np.sqrt(k_weights(hz))[:, None]
    power = np.square(np.fft.irfft(spectrum, len(sound), axis=0)).sum(axis=1)
    step = round(STEP_S * rate_hz)
    blocks = power[: len(power) // step * step].reshape(-1, step).mean(axis=1)
    count = round(WINDOW_S / STEP_S)
    means = np.convolve(blocks, np.full(count, 1.0 / count), "valid")
    found: Float64 = OFFSET_LUFS + 10.0 * np.log10(means + 1e-12)
    return found


def wandered(bundle: Bundle, seed: int, seconds: float, *, even: bool) -> Float64:
    """Sound of an untouched instrument."""
    engine = Engine(bundle, channels=2, seed=seed)
    for path, values in IDLE_MOTION:
        if even or path != "/even":
            engine.apply(Command(path, values))
    sound = np.empty((round(seconds * engine.sample_rate_hz), 2), np.float32)
    engine.render(sound)
    engine.close()
    return sound.astype(np.float64)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, default=DEMO)
    parser.add_argument("--seeds", type=int, default=10, help="number of seeds, from 0 on")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    bundle = read_bundle(options.model)
    rows = []
    for seed in range(options.seeds):
        row: dict[str, float] = {"seed": seed}
        for name, even in (("even", True), ("plain", False)):
            sound = wandered(bundle, seed, options.seconds, even=even)
            lufs = short_term_lufs(sound, bundle.settings.sample_rate_hz)
            row |= {f"{name}_lu": float(np.ptp(lufs)), f"{name}_lufs": float(np.median(lufs))}
        rows.append(row)
    if options.json:
        print(json.dumps({"goal_lu": GOAL_LU, "seeds": rows}))
        return
    print("seed   range LU   median LUFS   without /even: LU     LUFS")
    for row in rows:
        print(
            f"{row['seed']:4}{row['even_lu']:11.1f}{row['even_lufs']:14.1f}"
            f"{row['plain_lu']:21.1f}{row['plain_lufs']:9.1f}"
        )
    within = sum(row["even_lu"] <= GOAL_LU for row in rows)
    print(f"{within} of {len(rows)} within the goal of {GOAL_LU:g} LU")


if __name__ == "__main__":
    main()
