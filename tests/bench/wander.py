"""Measure how nearly wander and drift change from second to second as the recordings do.

    python tests/bench/wander.py MODEL RECORDINGS [--minutes 10] [--surprise 0.3] [--json]

A change is the RMS difference, in dB, of the mean mel spectra of two successive seconds, with a
floor 60 dB below the loudest band. Seconds begin every quarter of a second; those of the
recordings, the files under RECORDINGS, lie within one of them. The figure is the two-sample
Kolmogorov-Smirnov statistic of the changes of each motion and those of the recordings: 0 for equal
distributions, 1 for separate ones. Motions are heard in mono: the wander at the recordings' speed,
and a drift of 0.25, a new landmark every eight seconds.
"""

import argparse
import json
from math import gcd
from pathlib import Path

import numpy as np
import scipy.signal
import scipy.stats
import soundfile
from numpy.typing import NDArray

from distill_live.bundle import Bundle, read_bundle
from distill_live.engine import Command, Engine
from distill_live.spectrogram import Representation, hann

Float64 = NDArray[np.float64]

STEP_S = 0.25
FLOOR = 1e-6
SUFFIXES = (".wav", ".flac", ".ogg", ".mp3", ".aif", ".aiff")


def read(path: Path, rate_hz: int) -> Float64:
    """A recording in mono at a rate."""
    sound, own_hz = soundfile.read(path, always_2d=True)
    divisor = gcd(own_hz, rate_hz)
    resampled: Float64 = scipy.signal.resample_poly(
        sound.mean(axis=1), rate_hz // divisor, own_hz // divisor
    )
    return resampled


def spectra(bundle: Bundle, sound: Float64) -> Float64:
    """Mean power of each band in the second from each quarter on, ``(times, bands)``."""
    settings = bundle.settings
    rate_hz, n_fft = settings.sample_rate_hz, settings.n_fft
    filterbank = Representation(settings, bundle.statistics).filterbank
    window, hop = hann(n_fft), n_fft // 2
    step = round(STEP_S * rate_hz)
    steps = len(sound) // step
    power = np.zeros((steps, len(filterbank)))
    for index in range(steps):
        part = sound[index * step : index * step + step + n_fft]
        frames = np.lib.stride_tricks.sliding_window_view(np.pad(part, (0, n_fft)), n_fft)
        frames = frames[: max(1, len(part) - n_fft + 1) : hop]
        power[index] = np.square(np.abs(np.fft.rfft(frames * window))).mean(axis=0) @ filterbank.T
    count = round(1.0 / STEP_S)
    if steps < count:
        return np.empty((0, len(filterbank)))
    means: Float64 = np.lib.stride_tricks.sliding_window_view(power, count, axis=0).mean(axis=-1)
    return means


def changes(power: Float64, floor: float) -> Float64:
    """Changes from each second to the next one, in dB."""
    decibels = 10.0 * np.log10(power + floor)
    count = round(1.0 / STEP_S)
    difference: Float64 = np.sqrt(np.square(decibels[count:] - decibels[:-count]).mean(axis=1))
    return difference


def played(bundle: Bundle, motion: Command, minutes: float, seed: int) -> Float64:
    """Sound of a motion, in mono."""
    engine = Engine(bundle, channels=1, seed=seed)
    engine.apply(motion)
    rate_hz = engine.sample_rate_hz
    sound = np.empty((round(60 * minutes * rate_hz), 1), np.float32)
    engine.render(sound)
    engine.close()
    return sound[:, 0].astype(np.float64)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("recordings", type=Path)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--surprise", type=float, default=0.3)
    parser.add_argument("--seed", type=int, default=0, help="random seed")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    bundle = read_bundle(options.model)
    rate_hz = bundle.settings.sample_rate_hz
    files = sorted(p for p in options.recordings.rglob("*") if p.suffix.lower() in SUFFIXES)
    own = [spectra(bundle, read(path, rate_hz)) for path in files]
    own_floor = FLOOR * max(power.max() for power in own if len(power))
    expected = np.concatenate([changes(power, own_floor) for power in own if len(power)])
    motions = {
        "drift": Command("/drift", (0.25,)),
        "wander": Command("/wander", (1.0, options.surprise)),
    }
    rows = [{"of": "recordings", "changes": len(expected), **quantiles(expected)}]
    for name, motion in motions.items():
        power = spectra(bundle, played(bundle, motion, options.minutes, options.seed))
        found = changes(power, FLOOR * power.max())
        statistic = float(scipy.stats.ks_2samp(found, expected).statistic)
        rows.append({"of": name, "changes": len(found), **quantiles(found), "ks": statistic})
    if options.json:
        print(json.dumps(rows))
        return
    print("changes of   count   median dB   10 %   90 %   Kolmogorov-Smirnov")
    for row in rows:
        ks = f"{row['ks']:12.3f}" if "ks" in row else ""
        print(
            f"{row['of']:12}{row['changes']:6}{row['median_db']:12.2f}{row['low_db']:7.2f}"
            f"{row['high_db']:7.2f}{ks}"
        )


def quantiles(found: Float64) -> dict[str, float]:
    """Median, and the tenth at each end."""
    low, median, high = np.quantile(found, (0.1, 0.5, 0.9)).tolist()
    return {"median_db": median, "low_db": low, "high_db": high}


if __name__ == "__main__":
    main()
