"""Seeded synthetic tones, plucked and bowed sounds of known pitch, a second long.

Each function takes a pitch and `rng`, which draws timbre, vibrato and decay, and gives mono float32
``(samples,)`` at a peak of 0.9.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from support.sounds import SAMPLE_RATE_HZ, Float32, Float64

LOWEST_HZ, HIGHEST_HZ = 55.0, 2000.0
NOISES_DB = (-40.0, -20.0, -10.0)
"""Levels of white noise relative to the sound's."""

TOP_HZ, MOST_PARTIALS = 16000.0, 40
"""Highest frequency and largest number of partials."""

_TIME_S = np.arange(SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ


class Pitched(NamedTuple):
    """A sound of known pitch."""

    kind: str
    hz: float
    noise_db: float
    sound: Float32


def tone(hz: float, rng: np.random.Generator) -> Float64:
    """Harmonics that fall off by 0 to 12 dB an octave; in every third case only the odd ones."""
    step, slope = rng.choice([1, 1, 2]), rng.uniform(0.0, 2.0)
    return _partials(hz, lambda n: n**-slope * (n % step == step - 1 or step == 1), rng)


def plucked(hz: float, rng: np.random.Generator) -> Float64:
    """A string that is plucked somewhere: higher partials decay faster and are slightly sharp.

    The pitch is that of the first partial.
    """
    place, decay_per_s, damping = rng.uniform(0.08, 0.5), rng.uniform(1, 5), rng.uniform(0, 0.3)
    stiffness = 10 ** rng.uniform(-6.0, -4.0)

    def level(n: int) -> Float64:
        fall = np.exp(-_TIME_S * decay_per_s * (1 + damping * n**1.5))
        found: Float64 = np.sin(np.pi * n * place) / n * fall
        return found

    def stretch(n: int) -> float:
        return float(np.sqrt((1 + stiffness * n * n) / (1 + stiffness)))

    return _partials(hz, level, rng, stretch=stretch)


def bowed(hz: float, rng: np.random.Generator) -> Float64:
    """A sawtooth through four resonances, with vibrato of 10 to 50 cents and an attack."""
    depth, rate_hz = rng.uniform(10, 50) / 1200, rng.uniform(4.5, 7.0)
    vibrato = depth * np.sin(2 * np.pi * (rate_hz * _TIME_S + rng.uniform()))
    vibrato -= vibrato.mean()
    centres_hz, gains = 10 ** rng.uniform(2.3, 3.7, 4), rng.uniform(0, 5, 4)

    def level(n: int) -> float:
        peaks = gains / (1 + ((n * hz - centres_hz) / (0.1 * centres_hz)) ** 2)
        return float((1 + peaks.sum()) / n)

    attack = np.minimum(1.0, _TIME_S / rng.uniform(0.01, 0.15))
    return attack * _partials(hz, level, rng, vibrato)


KINDS: dict[str, Callable[[float, np.random.Generator], Float64]] = {
    "tone": tone,
    "plucked": plucked,
    "bowed": bowed,
}


def pitched_sounds(count: int, seed: int = 0) -> Iterator[Pitched]:
    """`count` sounds of each kind, spread evenly over the octaves, their noise levels in turn."""
    for kind, make in KINDS.items():
        rng = np.random.default_rng([seed, list(KINDS).index(kind)])
        for index in range(count):
            share = (index + rng.uniform()) / count
            hz = LOWEST_HZ * (HIGHEST_HZ / LOWEST_HZ) ** share
            noise_db = NOISES_DB[index % len(NOISES_DB)]
            sound = make(hz, rng)
            level = np.sqrt(np.mean(sound**2)) * 10 ** (noise_db / 20)
            sound = sound + level * rng.standard_normal(len(sound))
            yield Pitched(
                kind, hz, noise_db, (0.9 * sound / np.abs(sound).max()).astype(np.float32)
            )


def cents_off(found_hz: float, hz: float) -> float:
    """Distance of a pitch from the true one in cents; infinite for 0, which is none."""
    return float(1200 * np.log2(found_hz / hz)) if found_hz else np.inf


def is_octave_error(cents: float) -> bool:
    """Whether a pitch is within half a semitone of another octave of the true one."""
    octaves = cents / 1200
    return bool(np.isfinite(cents) and round(octaves) and abs(octaves - round(octaves)) < 1 / 24)


def _partials(
    hz: float,
    level: Callable[[int], Float64 | float],
    rng: np.random.Generator,
    vibrato: Float64 | float = 0.0,
    stretch: Callable[[int], float] = lambda _: 1.0,
) -> Float64:
    """Sum of partials of random phase; `level` and `stretch` of a partial by its number."""
    octaves = np.broadcast_to(np.asarray(vibrato), _TIME_S.shape)
    phase = 2 * np.pi * hz * np.cumsum(2.0**octaves) / SAMPLE_RATE_HZ
    sound = np.zeros_like(_TIME_S)
    for n in range(1, min(int(TOP_HZ / hz), MOST_PARTIALS) + 1):
        at = n * stretch(n)
        if at * hz < TOP_HZ:
            sound += level(n) * np.sin(at * phase + rng.uniform(0, 2 * np.pi))
    return sound
