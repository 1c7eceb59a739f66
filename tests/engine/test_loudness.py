"""Loudness: K-weighting, and places that are evened out."""

import math
from collections.abc import Sequence

import numpy as np
import pytest
from support.tiny import tiny_bundle

from distill_live.engine import Command, Engine
from distill_live.engine.mixing.loudness import MAX_FADE_DB, FadeFollower, k_weights

BUNDLE = tiny_bundle()


@pytest.mark.parametrize(
    ("hz", "expected_db"), [(38.0, -6.0), (100.0, -1.2), (1000.0, 0.7), (4000.0, 3.9)]
)
def test_k_weighting_is_that_of_the_standard(hz: float, expected_db: float) -> None:
    (weight,) = k_weights(np.array([hz]))
    assert 10 * np.log10(weight) == pytest.approx(expected_db, abs=0.15)


def level_db(loudness: float, even: float) -> float:
    engine = Engine(BUNDLE, channels=1, seed=1)
    for address, value in (
        ("/jitter", 0.0),
        ("/glide", 0.0),
        ("/even", even),
        ("/axis/loudness", loudness),
    ):
        engine.apply(Command(address, (value,)))
    sound = np.empty((24000, 1), np.float32)
    engine.render(sound)
    return float(10 * np.log10(np.mean(sound[12000:] ** 2)))


def test_even_places_are_alike_loud_and_half_even_ones_half_as_different() -> None:
    apart, half, even = (level_db(1.0, amount) - level_db(-1.0, amount) for amount in (0, 0.5, 1))
    assert apart > 3.0
    assert half == pytest.approx(apart / 2, abs=0.7)
    assert abs(even) < 0.7


def fade_gains_db(levels: Sequence[float], amount: float = 1.0) -> list[float]:
    """Gain of each frame, at 100 frames a second."""
    follower, gains, foreseen = FadeFollower(100.0), list[float](), 1.0
    for index in range(len(levels) - 1):
        now, ahead = follower.gains(levels[index : index + 2], amount)
        follower.advance()
        assert not gains or now == foreseen, "to the bit, or it is synthesised again"
        gains.append(10.0 * math.log10(now))
        foreseen = ahead
    return gains


def test_fades_are_evened_out_up_to_a_limit_and_short_dips_stay() -> None:
    level = 200 * [1.0]
    assert fade_gains_db(level)[-1] == pytest.approx(0.0, abs=1e-9)
    assert fade_gains_db([*level, *400 * [0.5]])[-1] == pytest.approx(3.0, abs=0.1)
    assert fade_gains_db([*level, *400 * [0.5]], 0.5)[-1] == pytest.approx(1.5, abs=0.05)
    for far, limit_db in ((1e-9, MAX_FADE_DB), (1e3, -MAX_FADE_DB)):
        assert fade_gains_db([*level, *2000 * [far]])[-1] == pytest.approx(limit_db)
    assert max(fade_gains_db([*level, *5 * [0.1], *level])) < 0.5
