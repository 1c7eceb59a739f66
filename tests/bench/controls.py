"""Measure the effect of each control on the sound: the figures of docs/controls.md.

    python tests/bench/controls.py MODEL [--landmarks N] [--only WORD] [--json]

Landmarks are held without drift, jitter and spread, with and without one control. Compared are
brightness and width in octaves, loudness and noisiness in dB (`distill_train.latent.features`), and
the root mean square difference of the long-term spectra in dB. *Movement* is the variation of the
bands' power over their mean; *repeats* is the bands' autocorrelation at the loop's period (1: exact
repetition; missing if the sound is too short).
"""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from support.long_term import (
    LongTermSpectrum,
    autocorrelation,
    distance_db,
    held_sound,
    movement,
    random_landmarks,
)

from distill_live.addresses import Values
from distill_live.bundle import Bundle, read_bundle
from distill_live.spectrogram import Float32, Float64
from distill_train.latent.features import features

SETTLING_S = 0.5
HEARD_S = 2.5
STILL = (("/jitter", (0.0,)), ("/glide", (0.0,)))
HEARD = ("brightness", "loudness", "noisiness", "width")
COLUMNS = ("control", *HEARD, "distance", "movement", "repeats")

Statement = tuple[str, Values]

SETTINGS: tuple[tuple[Statement, ...], ...] = (
    (),
    (("/jitter", (0.3,)),),
    (("/jitter", (1.0,)),),
    (("/freeze", (1,)),),
    (("/freeze", (1,)), ("/position", (0.5,))),
    (("/speed", (0.25,)),),
    (("/speed", (2.0,)),),
    (("/speed", (-1.0,)),),
    (("/loop", (0.4, 0.5)),),
    (("/pitch", (-12.0,)),),
    (("/pitch", (7.0,)),),
    (("/pitch", (7.0,)), ("/formant/keep", (1,))),
    (("/pitch", (12.0,)),),
    (("/formant", (-7.0,)),),
    (("/formant", (7.0,)),),
    (("/walk", (0.25,)),),
    (("/walk", (1.0,)),),
    (("/drift", (0.25,)),),
    (("/drift", (1.0,)),),
    (("/gain", (-6.0,)),),
    (("/model/blend", (1, 0.5)),),
)
"""Controls to set; the first row sets none."""

STEPS = (0.01, 0.05, 0.2, 0.5)
"""Distances on the map."""

PLACES = 10
"""Number of moves of each distance."""


class Listener:
    """Plays landmarks of a model and measures the sound.

    Parameters
    ----------
    bundle
        Model.
    """

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle
        self._spectrum = LongTermSpectrum(bundle.settings, bundle.statistics)
        self._period = bundle.settings.n_frames - 1

    def play(
        self, place: Statement, statements: tuple[Statement, ...], seconds: float = HEARD_S
    ) -> Float32:
        """Sound of a point, ``(samples,)``."""
        commands = (*STILL, place, *statements)
        return held_sound(self._bundle, commands, SETTLING_S, seconds)[:, 0]

    def levels_db(self, sound: Float32) -> Float64:
        """Level of each band in dB."""
        return self._spectrum.levels_db(sound)

    def row(self, before: Float32, after: Float32) -> list[float]:
        """Differences of the second sound from the first, and its movement."""
        rate_hz = self._bundle.settings.sample_rate_hz
        change = features(after, rate_hz) - features(before, rate_hz)
        distance = distance_db(self.levels_db(before), self.levels_db(after))
        power = self._spectrum.bands(after)
        long = len(power) > 1.5 * self._period
        repeats = autocorrelation(power, self._period) if long else float("nan")
        return [*change[[0, 1, 2, 4]], float(distance), movement(power), repeats]


def table(bundle: Bundle, landmarks: list[int], only: str) -> Iterator[tuple[str, list[float]]]:
    """Median row over the landmarks of each control."""
    listener = Listener(bundle)
    bases = {index: listener.play(("/corpus/goto", (index,)), ()) for index in landmarks}
    for statements in SETTINGS:
        name = ", ".join(" ".join([path, *map(str, values)]) for path, values in statements)
        if only in name:
            rows = [
                listener.row(base, listener.play(("/corpus/goto", (index,)), statements))
                for index, base in bases.items()
            ]
            yield name or "nothing", np.median(rows, axis=0).tolist()
    for axis in bundle.axes:
        path = f"/axis/{axis.name}"
        if only in path:
            rows = []
            for index in landmarks:
                low, high = (
                    listener.play(("/corpus/goto", (index,)), ((path, (end,)),), 1.0)
                    for end in (-1.0, 1.0)
                )
                rows.append(listener.row(low, high))
            yield f"{path} -1 to 1", np.median(rows, axis=0).tolist()
    rng = np.random.default_rng(0)
    for step in STEPS if only in "/map" else ():
        rows = []
        for _ in range(PLACES):
            x, y, turn = rng.uniform(), rng.uniform(), rng.uniform(0, 2 * np.pi)
            there = np.clip([x + step * np.cos(turn), y + step * np.sin(turn)], 0, 1)
            sounds = [
                listener.play(("/map", place), (), 1.0)
                for place in ((x, y), (float(there[0]), float(there[1])))
            ]
            rows.append(listener.row(*sounds))
        yield f"/map, {step:g} away", np.median(np.abs(rows), axis=0).tolist()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("--landmarks", type=int, default=5, help="number of random landmarks")
    parser.add_argument("--only", default="", help="only controls whose address has this")
    parser.add_argument("--seed", type=int, default=0, help="random seed")
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()

    bundle = read_bundle(arguments.model)
    chosen = random_landmarks(bundle, arguments.landmarks, arguments.seed)
    rows = table(bundle, chosen, arguments.only)
    if arguments.json:
        print(json.dumps([dict(zip(COLUMNS, (name, *row), strict=True)) for name, row in rows]))
        return
    print(f"{COLUMNS[0]:28}" + "".join(f"{column:>12}" for column in COLUMNS[1:]))
    for name, row in rows:
        print(f"{name:28}" + "".join(f"{value:12.2f}" for value in row), flush=True)


if __name__ == "__main__":
    main()
