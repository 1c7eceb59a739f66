"""Measure the correlation of two channels for `/spread` from 0 to 1.

    python tests/bench/channel_spread.py MODEL [--landmarks N] [--json]

Landmarks are held in stereo. Correlated are the band levels over time (dB, each band less its mean
over both channels, weighted by its power), the long-term spectra, and the waveforms; waveform
correlation decays with time wherever the channels' frequencies differ.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np

from distill_live.bundle import read_bundle
from distill_live.spectrogram import Float64

sys.path.insert(0, str(Path(__file__).parent.parent))

from support.long_term import LongTermSpectrum, held_sound, random_landmarks

SETTLING_S, HEARD_S = 1.0, 2.0
SPREADS = np.linspace(0.0, 1.0, 21)


def envelopes(one: Float64, other: Float64, floor: float) -> float:
    """Correlation of two channels' band levels about their common mean; 1 if equal."""
    levels = 10.0 * np.log10(np.stack([one, other]) + floor)
    levels -= levels.mean(axis=(0, 1))
    weight = (one + other).mean(axis=0)
    product = (levels[0] * levels[1] * weight).sum()
    sizes = (levels**2 * weight).sum(axis=(1, 2))
    return float(2.0 * product / sizes.sum())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("--landmarks", type=int, default=8, help="number of random landmarks")
    parser.add_argument("--seed", type=int, default=0, help="random seed")
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()

    bundle = read_bundle(arguments.model)
    spectrum = LongTermSpectrum(bundle.settings, bundle.statistics)
    chosen = random_landmarks(bundle, arguments.landmarks, arguments.seed)
    rows = []
    for spread in map(float, SPREADS):
        found = []
        for index in chosen:
            commands = (("/spread", (spread,)), ("/corpus/goto", (index, 0.0)))
            y = held_sound(bundle, commands, SETTLING_S, HEARD_S, channels=2, seed=arguments.seed)
            one, other = spectrum.bands(y[:, 0]), spectrum.bands(y[:, 1])
            levels = [spectrum.levels_db(y[:, channel]) for channel in range(2)]
            found.append(
                (
                    envelopes(one, other, spectrum.floor),
                    float(np.corrcoef(*levels)[0, 1]),
                    float(np.corrcoef(y.T)[0, 1]),
                )
            )
        rows.append((spread, *np.mean(found, axis=0).tolist()))
    if arguments.json:
        print(
            json.dumps(
                [dict(zip(("spread", "levels", "spectra", "waves"), r, strict=True)) for r in rows]
            )
        )
        return
    print(f"{len(chosen)} landmarks\nspread  levels  spectra  waveforms")
    for row in rows:
        print("{:6.2f}{:8.3f}{:9.3f}{:11.3f}".format(*row))


if __name__ == "__main__":
    main()
