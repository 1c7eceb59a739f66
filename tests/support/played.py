"""Seeded phrases of plucked and struck notes, whose onsets are known."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from support import pitched
from support.sounds import SAMPLE_RATE_HZ, Float32, Float64

TEMPI = (1.5, 3.0, 5.0, 8.0)
"""Notes a second."""

NOISES_DB = (-80.0, -50.0, -40.0)
"""Levels of white noise relative to a full note's peak."""

LEVELS_DB = (-18.0, 0.0)
"""Range of the notes' levels."""


FADE_SAMPLES = SAMPLE_RATE_HZ // 5
"""Fade of a note that would ring longer than a second, so that its end is no onset."""


class Phrase(NamedTuple):
    """Notes, one after the other, that ring into each other."""

    kind: str
    tempo: float
    noise_db: float
    sound: Float32
    onsets_s: Float64


def phrases(notes: int, seed: int = 0, tempi: Sequence[float] = TEMPI) -> list[Phrase]:
    """A phrase of each kind, tempo and level of noise."""
    found: list[Phrase] = []
    for kind, make in KINDS.items():
        for tempo in tempi:
            for noise_db in NOISES_DB:
                rng = np.random.default_rng([seed, len(found)])
                gaps_s = rng.uniform(0.75, 1.25, notes) / tempo
                onsets_s = 0.2 + np.cumsum(gaps_s)
                samples = round((onsets_s[-1] + 1.2) * SAMPLE_RATE_HZ)
                sound = 10 ** (noise_db / 20) * rng.standard_normal(samples)
                for onset_s in onsets_s:
                    note = make(rng)
                    note[-FADE_SAMPLES:] *= np.linspace(1.0, 0.0, FADE_SAMPLES)
                    note *= 10 ** (rng.uniform(*LEVELS_DB) / 20) / np.abs(note).max()
                    start = round(onset_s * SAMPLE_RATE_HZ)
                    sound[start : start + len(note)] += note
                sound = (0.5 * sound).astype(np.float32)
                found.append(Phrase(kind, tempo, noise_db, sound, onsets_s))
    return found


def matched(onsets_s: Float64, found_s: NDArray[np.floating[Any]]) -> list[float]:
    """Delays of the found onsets that match true ones, each at most once: -10 to 50 ms."""
    delays = []
    left = list(found_s)
    for onset_s in onsets_s:
        near = [one for one in left if -0.01 <= one - onset_s <= 0.05]
        if near:
            left.remove(near[0])
            delays.append(near[0] - onset_s)
    return delays


def _plucked(rng: np.random.Generator) -> Float64:
    note = pitched.plucked(2 ** rng.uniform(np.log2(82.0), np.log2(1000.0)), rng)
    attack = round(rng.uniform(0.001, 0.004) * SAMPLE_RATE_HZ)
    note[:attack] *= np.linspace(0.0, 1.0, attack)
    return note


def _struck(rng: np.random.Generator) -> Float64:
    """A click and modes that decay apart, of a block, a bar or a drum."""
    time_s = np.arange(SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    base_hz, decay_per_s = 2 ** rng.uniform(6.5, 10.0), rng.uniform(5.0, 30.0)
    note = rng.uniform(0.2, 1.0) * rng.standard_normal(len(time_s)) * np.exp(-600.0 * time_s)
    for n in range(rng.integers(3, 8)):
        hz = base_hz * (1.0 + rng.uniform(0.5, 1.1) * n) ** rng.uniform(1.0, 1.5)
        if hz < 0.4 * SAMPLE_RATE_HZ:
            fall = np.exp(-decay_per_s * (1.0 + 0.5 * n) * time_s)
            note += 0.8**n * fall * np.sin(2 * np.pi * hz * time_s)
    return note


def _brushed(rng: np.random.Generator) -> Float64:
    """Noise that decays, as of a snare, a shaker or a cymbal."""
    time_s = np.arange(SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    noise = np.diff(rng.standard_normal(len(time_s) + 1))
    body = np.sin(2 * np.pi * rng.uniform(150.0, 250.0) * time_s) * np.exp(-25.0 * time_s)
    hiss: Float64 = noise * np.exp(-rng.uniform(8.0, 40.0) * time_s) * np.minimum(1, 1000 * time_s)
    return hiss + rng.uniform(0.0, 2.0) * body


KINDS = {"plucked": _plucked, "struck": _struck, "brushed": _brushed}
