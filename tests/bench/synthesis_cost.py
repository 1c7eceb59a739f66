"""Measure the time of one synthesis step on one thread.

    python tests/bench/synthesis_cost.py [--steps 2000] [--rows 1] [--json]

For both profiles, on noise with a chord: steps whose frame is the look-ahead frame of the step
before (playing, frozen), and steps with only new frames (a new chunk every hop). The limit is
0.25 ms at 2048/512. The step's transforms alone are timed between the steps, as a measure of the
machine at that moment. The additional cost of pitch and formants is measured for a held and a
gliding interval.
"""

import os

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before numpy loads

import argparse
import json
import time

import numpy as np
from numpy.typing import NDArray

from distill_live.spectrogram import (
    LOW_LATENCY,
    STANDARD,
    Representation,
    SpectrogramSettings,
    Statistics,
)
from distill_live.synthesis import Shift, Synthesizer
from distill_live.synthesis.refine import refinements

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

LIMIT_MS = 0.25
INTERVALS = {"none": (0.0, 0.0), "pitch": (5.0, 0.0), "formants": (0.0, 5.0), "both": (5.0, -5.0)}
"""Semitones of pitch and formants."""


def frames(
    representation: Representation, count: int, rng: np.random.Generator
) -> tuple[Float32, Float32]:
    """Band power and frequency ``(count, n_mels)`` of noise with four sinusoids."""
    centres, n_mels = representation.centres_bins, representation.settings.n_mels
    power = rng.gamma(4.0, 10.0, (count, n_mels))
    frequency = centres + rng.uniform(-0.7, 0.7, (count, n_mels)) * np.gradient(centres)
    for band in (20, 45, 70, 95):
        power[:, band : band + 2] += 1e4
        frequency[:, band : band + 2] = centres[band : band + 2].mean()
    return power.astype(np.float32), frequency.astype(np.float32)


def step_times_ms(
    settings: SpectrogramSettings, steps: int, advance: int, rows: int
) -> tuple[Float64, Float64]:
    """Times of steps, and of their transforms alone; `advance` frames a step, 1 when playing."""
    rng = np.random.default_rng(0)
    representation = Representation(settings, Statistics(power_max=1e4))
    synthesizer = Synthesizer(representation, [rng] * rows)
    given = 1 + synthesizer.LOOKAHEAD_FRAMES
    power, frequency = (
        np.repeat(bands[None], rows, axis=0)
        for bands in frames(representation, steps * advance + given, rng)
    )
    out = np.zeros((rows, settings.hop_samples), np.float32)
    pair = np.zeros((2, rows, settings.n_fft), np.float32)
    spectra = np.zeros((2, rows, settings.n_bins), np.complex64)
    taken, transforms = np.zeros(steps), np.zeros(steps)
    for step in range(steps):
        first = step * advance
        start = time.perf_counter()
        frame = slice(first, first + given)
        synthesizer.step(power[:, frame], frequency[:, frame], out)
        middle = time.perf_counter()
        for _ in range(refinements(settings)):
            np.fft.irfft(spectra, settings.n_fft, out=pair)
            np.fft.rfft(pair, out=spectra)
        np.fft.irfft(spectra[0], settings.n_fft, out=pair[0])
        taken[step], transforms[step] = middle - start, time.perf_counter() - middle
    warm = slice(steps // 10, None)
    return taken[warm] * 1000, transforms[warm] * 1000


def measure(settings: SpectrogramSettings, steps: int, rows: int) -> list[dict[str, float | str]]:
    """Lines of the table for one profile."""
    lines: list[dict[str, float | str]] = []
    for name, advance in (("as announced", 1), ("all new", 3)):
        taken, transforms = step_times_ms(settings, steps, advance, rows)
        p10, p50, p99 = np.percentile(taken, [10, 50, 99])
        lines.append(
            {
                "profile": f"{settings.n_fft}/{settings.hop_samples}",
                "frames": name,
                "p10_ms": float(p10),
                "p50_ms": float(p50),
                "p99_ms": float(p99),
                "transforms_p50_ms": float(np.median(transforms)),
                "share_of_hop": float(p50 * settings.frames_per_second / 1000),
            }
        )
    return lines


def shift_times_ms(
    settings: SpectrogramSettings, steps: int, intervals: tuple[float, float], *, glides: bool
) -> Float64:
    """Times of shifting a step's frame by semitones."""
    rng = np.random.default_rng(0)
    representation = Representation(settings, Statistics(power_max=1e4))
    shift, rows = Shift(representation), 1 + Synthesizer.LOOKAHEAD_FRAMES
    power, frequency = frames(representation, steps + rows, rng)
    taken = np.zeros(steps)
    for step in range(steps):
        way = 1 - step % 2 / 10 if glides else 1.0
        shift.pitch, shift.formant = way * intervals[0], way * intervals[1]
        start = time.perf_counter()
        shift.step()
        shift.move(power[None, step : step + rows], frequency[None, step : step + rows])
        taken[step] = time.perf_counter() - start
    return taken[steps // 10 :] * 1000


def measure_shift(settings: SpectrogramSettings, steps: int) -> list[dict[str, float | str]]:
    """Rows of the table of pitch and formants for one profile."""
    return [
        {
            "profile": f"{settings.n_fft}/{settings.hop_samples}",
            "moved": moved,
            "held_p50_ms": float(np.median(shift_times_ms(settings, steps, by, glides=False))),
            "gliding_p50_ms": float(np.median(shift_times_ms(settings, steps, by, glides=True))),
        }
        for moved, by in INTERVALS.items()
    ]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--rows", type=int, default=1, help="channels in one step")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    rows = [
        row
        for profile in (STANDARD, LOW_LATENCY)
        for row in measure(profile, options.steps, options.rows)
    ]
    shifts = [
        row for profile in (STANDARD, LOW_LATENCY) for row in measure_shift(profile, options.steps)
    ]
    if options.json:
        print(json.dumps({"limit_ms": LIMIT_MS, "rows": rows, "pitch_and_formants": shifts}))
        return
    print("profile   frames          p10 ms  p50 ms  p99 ms   transforms ms   share of the hop")
    for row in rows:
        print(
            f"{row['profile']:9} {row['frames']:13} {row['p10_ms']:8.3f}{row['p50_ms']:8.3f}"
            f"{row['p99_ms']:8.3f}{row['transforms_p50_ms']:16.3f}{row['share_of_hop']:18.1%}"
        )
    print(f"limit at 2048/512: {LIMIT_MS} ms")
    print("\nprofile   moved       held ms   gliding ms")
    for row in shifts:
        print(
            f"{row['profile']:9} {row['moved']:10}{row['held_p50_ms']:9.3f}"
            f"{row['gliding_p50_ms']:13.3f}"
        )


if __name__ == "__main__":
    main()
