"""Modulation of the latent point: oscillators, random walk, repeatability."""

import numpy as np
import pytest
from support.tiny import tiny_bundle

from distill_live.engine.latent.motion import Motion
from distill_live.engine.latent.point import axis_value
from distill_live.spectrogram import Float64

BUNDLE = tiny_bundle()
AXES = {axis.name: axis for axis in BUNDLE.axes}
LANDMARKS = np.random.default_rng(5).standard_normal((300, 8)) * [3, 1, 1, 1, 0.5, 0.5, 0.2, 0.2]
FRAMES_PER_SECOND = 93.75
HERE = np.full(BUNDLE.latent_size, 0.3)


def motion(seed: int = 0) -> Motion:
    return Motion(AXES, LANDMARKS, FRAMES_PER_SECOND, np.random.default_rng(seed))


def path(moving: Motion, hops: int) -> Float64:
    return np.array([moving.step(HERE) for _ in range(hops)])


def test_at_rest_nothing_is_displaced() -> None:
    still = motion()
    assert not still.moving
    assert np.array_equal(path(still, 3), np.tile(HERE, (3, 1)))


def test_an_oscillator_swings_about_the_point_at_its_rate_and_depth() -> None:
    moving, axis = motion(), AXES["brightness"]
    moving.oscillate("brightness", 2.0, 0.8)
    swings = path(moving, 1500)[500:]
    values = np.array([axis_value(axis, float(point @ axis.direction)) for point in swings])
    centre = axis_value(axis, float(HERE @ axis.direction))
    assert values.max() - centre == pytest.approx(0.8, abs=0.01)
    assert values.min() - centre == pytest.approx(-0.8, abs=0.01)
    rising = np.flatnonzero((values[:-1] < centre) & (values[1:] >= centre))
    assert np.diff(rising).mean() / FRAMES_PER_SECOND == pytest.approx(0.5, abs=0.01)
    others = swings - np.outer(swings @ axis.direction, axis.direction)
    assert np.ptp(others, axis=0).max() < 1e-9


def test_an_oscillator_comes_to_rest_without_a_jump() -> None:
    moving = motion()
    moving.oscillate("brightness", 1.0, 1.0)
    path(moving, 520)
    before = moving.step(HERE)
    moving.oscillate("brightness", 1.0, 0.0)
    after = path(moving, 300)
    steps = np.abs(np.diff([before, *after], axis=0)).max(axis=1)
    assert steps.max() < 0.5
    assert np.array_equal(after[-1], HERE)
    assert not moving.moving


def test_the_walk_is_smooth_and_strays_by_the_corpus_deviation_times_its_size() -> None:
    moving = motion()
    moving.walk = 0.5
    strayed = path(moving, 60000)[1000:] - HERE
    assert strayed.std(axis=0) == pytest.approx(0.5 * LANDMARKS.std(axis=0), rel=0.25)
    steps = np.diff(strayed, axis=0)
    assert steps.std() < 0.05 * strayed.std()
    assert np.diff(steps, axis=0).std() < 0.4 * steps.std()
    moving.walk = 0.0
    assert np.abs(path(moving, 200)[-1] - HERE).max() < 0.01


def test_the_same_seed_walks_the_same_way() -> None:
    first, second, third = motion(1), motion(1), motion(2)
    for moving in (first, second, third):
        moving.walk = 1.0
    whole = path(first, 50)
    assert np.array_equal(whole, path(second, 50))
    assert not np.array_equal(whole, path(third, 50))
    for moving in (first, third):
        moving.reseed(np.random.default_rng(9))
    assert np.array_equal(path(first, 30), path(third, 30))
