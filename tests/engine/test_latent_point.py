"""Latent point: axes agree with the latent, glides arrive, drift is continuous."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.tiny import tiny_bundle

from distill_live.engine.latent.corpus_map import CorpusMap
from distill_live.engine.latent.point import LATENT_LIMIT, MAX_MOVES, LatentPoint
from distill_live.errors import CommandError

BUNDLE = tiny_bundle()
SIZE = len(BUNDLE.latent_mean)


def point(seed: int = 0) -> LatentPoint:
    axes = {axis.name: axis for axis in BUNDLE.axes}
    landmarks = CorpusMap(BUNDLE).latents
    frames_per_second = BUNDLE.settings.frames_per_second
    return LatentPoint(axes, landmarks, frames_per_second, np.random.default_rng(seed))


def settle(p: LatentPoint, hops: int = 400) -> None:
    for _ in range(hops):
        p.step()


def test_it_starts_at_a_landmark() -> None:
    starts = {tuple(point(seed).current.round(5)) for seed in range(30)}
    landmarks = (BUNDLE.landmark_latents - BUNDLE.latent_mean) / BUNDLE.latent_std
    assert starts <= {tuple(x.astype(float).round(5)) for x in landmarks}
    assert len(starts) > 3


@settings(max_examples=60, deadline=None)
@given(
    latent=st.lists(st.floats(-2, 2), min_size=SIZE, max_size=SIZE),
    value=st.floats(-1, 1),
    axis=st.sampled_from([a.name for a in BUNDLE.axes]),
)
def test_an_axis_moves_from_the_latent_along_its_direction_alone(
    latent: list[float], value: float, axis: str
) -> None:
    p = point()
    p.move(np.array(latent))
    p.move_axis(axis, value)
    assert p.axis_value(axis) == pytest.approx(value, abs=1e-6)
    direction = next(a.direction for a in BUNDLE.axes if a.name == axis).astype(float)
    change = p.target - np.array(latent)
    np.testing.assert_allclose(change - (change @ direction) * direction, 0, atol=1e-6)


@pytest.mark.parametrize(("value", "projection"), [(-1, "low"), (0, "mean"), (1, "high")])
def test_axis_values_are_the_corpus_percentiles(value: float, projection: str) -> None:
    p, axis = point(), BUNDLE.axes[0]
    p.move_axis(axis.name, value)
    assert p.target @ axis.direction == pytest.approx(getattr(axis, projection), abs=1e-6)


def test_a_glide_arrives_when_it_should_in_equal_steps() -> None:
    p = point()
    start = p.current.copy()
    p.move(np.ones(SIZE), glide_s=0.5)
    hops = round(0.5 * BUNDLE.settings.frames_per_second)
    way = []
    for _ in range(hops):
        assert p.moving
        p.step()
        way.append(p.current.copy())
    assert not p.moving
    np.testing.assert_allclose(way[-1], 1.0)
    steps = np.diff(np.vstack([start, *way]), axis=0)
    np.testing.assert_allclose(steps, np.broadcast_to(steps[0], steps.shape), atol=1e-9)


def walked(p: LatentPoint, hops: int) -> np.ndarray:
    """Where the point is in so many hops; what is foretold comes."""
    way = []
    for _ in range(hops):
        foretold = p.next
        p.step()
        np.testing.assert_array_equal(p.current, foretold)
        way.append(p.current.copy())
    return np.array(way)


def test_a_touch_moves_its_own_direction_and_the_morph_goes_on() -> None:
    axes = [BUNDLE.axes[0], replace(BUNDLE.axes[1], direction=np.full(SIZE, SIZE**-0.5))]
    landmarks, rng = CorpusMap(BUNDLE).latents, np.random.default_rng(0)
    second = 1.0 / BUNDLE.settings.frames_per_second
    p = LatentPoint({axis.name: axis for axis in axes}, landmarks, 1 / second, rng)
    p.move(np.linspace(-1.0, 1.0, SIZE), 0.0)
    p.step()
    start = p.current.copy()
    p.move(np.linspace(2.0, -2.0, SIZE), 100 * second)
    first = walked(p, 50)
    p.move_axis(axes[1].name, 0.8, 10 * second)
    p.move_dimension(3, 1.5, 20 * second)
    assert p.remaining_s == pytest.approx(50 * second)
    target = p.target.copy()
    rest = walked(p, 60)
    way = np.vstack([start, first, rest])
    np.testing.assert_array_equal(rest[49:], np.broadcast_to(target, (11, SIZE)))
    assert p.remaining_s == 0.0
    assert not p.moving
    steps = np.diff(way, axis=0)
    assert np.abs(steps).max() < 0.3
    np.testing.assert_allclose(rest[19:, 3], 1.5, atol=1e-9)
    # what lies across both touches is moved by the morph alone, as if nobody had touched
    touched = np.stack([axes[1].direction, np.eye(SIZE)[3]], axis=1)
    across = np.linalg.svd(touched)[0][:, 2:]
    np.testing.assert_allclose(np.diff(steps[:100] @ across, axis=0), 0.0, atol=1e-7)


def test_a_touch_leaves_a_glide_of_a_day_as_slow_as_it_is() -> None:
    p = point()
    p.jump(np.zeros(SIZE))
    p.move(np.ones(SIZE), 86400.0)
    p.move_axis(BUNDLE.axes[0].name, 0.5, 0.0)
    direction = BUNDLE.axes[0].direction.astype(float)
    settle(p, 10)
    across = p.current - (p.current @ direction) * direction
    np.testing.assert_allclose(across, 0.0, atol=1e-4)


def test_a_touch_in_a_morph_that_drifts_keeps_the_morph() -> None:
    def way(touched: bool) -> np.ndarray:
        p, second = point(7), 1.0 / BUNDLE.settings.frames_per_second
        p.drift = 0.2
        p.move(np.full(SIZE, 0.5), 100 * second)
        settle(p, 30)
        if touched:
            p.move_dimension(2, p.target[2] + 1.0, 5 * second)
        path = []
        for _ in range(80):
            p.step()
            path.append(p.current.copy())
        return np.array(path)

    change = way(True) - way(False)
    np.testing.assert_allclose(np.delete(change, 2, axis=1), 0.0, atol=1e-9)
    assert change[-1, 2] == pytest.approx(1.0)


def test_a_flood_of_touches_keeps_few_moves_and_arrives() -> None:
    rng, p = np.random.default_rng(3), point()
    last: dict[int, float] = {}
    for _ in range(3000):
        index, value = int(rng.integers(SIZE)), float(rng.uniform(-1, 1))
        p.move_dimension(index, value, float(rng.uniform(0.0, 30.0)))
        p.move_axis(BUNDLE.axes[0].name, 0.5, 20.0)
        last[index] = value
        before = p.current
        p.step()
        assert np.abs(p.current - before).max() < 4.0
    assert len(p._moves) <= MAX_MOVES
    target = p.target.copy()
    settle(p, round(31 * BUNDLE.settings.frames_per_second))
    np.testing.assert_array_equal(p.current, target)
    axis = int(np.argmax(BUNDLE.axes[0].direction))
    for index, value in last.items():
        if index != axis:
            assert p.current[index] == value


def test_coordinates_stay_within_the_limit() -> None:
    p = point()
    p.move(np.full(SIZE, 1e9))
    settle(p)
    np.testing.assert_array_equal(p.current, LATENT_LIMIT)


def test_drift_visits_landmarks_without_a_jump_and_repeats_with_its_seed() -> None:
    paths = []
    for _ in range(2):
        p = point(7)
        p.drift = 1.0
        path = []
        for _ in range(2000):
            p.step()
            path.append(p.current.copy())
        paths.append(np.array(path))
    np.testing.assert_array_equal(paths[0], paths[1])
    assert np.abs(np.diff(paths[0], axis=0)).max() < 0.1
    assert np.ptp(paths[0], axis=0).max() > 0.5


def test_moving_an_axis_while_drifting_displaces_the_journey() -> None:
    axis = BUNDLE.axes[0]
    still, moved = point(7), point(7)
    for p in (still, moved):
        p.drift = 0.2
        for _ in range(20):
            p.step()
    moved.move_axis(axis.name, still.axis_value(axis.name) + 0.3)
    for p in (still, moved):
        p.step()
    offset = moved.current - still.current
    assert offset @ axis.direction > 0
    np.testing.assert_allclose(offset - (offset @ axis.direction) * axis.direction, 0, atol=1e-9)


def test_a_move_before_the_first_hop_of_a_drift_is_kept() -> None:
    for moved_first in (True, False):
        p = point()
        if moved_first:
            p.move(np.ones(SIZE))
        p.drift = 0.25
        if not moved_first:
            p.move(np.ones(SIZE))
        p.step()
        np.testing.assert_allclose(p.current, 1.0, atol=0.05)


def test_a_move_takes_its_glide_while_drifting_and_a_glide_outlasts_the_drift() -> None:
    axis, hops = BUNDLE.axes[0], 40
    still, moved = point(7), point(7)
    for p in (still, moved):
        p.drift = 0.2
        settle(p, 20)
    value = still.axis_value(axis.name)
    glide_s = hops / BUNDLE.settings.frames_per_second
    moved.move_axis(axis.name, value + 0.5, glide_s)
    assert moved.axis_value(axis.name) == pytest.approx(value + 0.5)  # where it is going
    offsets = []
    for hop in range(hops + 5):
        if hop == hops // 2:
            for p in (still, moved):
                p.set_drift(0.0)
        for p in (still, moved):
            p.step()
        offsets.append(float((moved.current - still.current) @ axis.direction))
    steps = np.diff([0.0, *offsets])
    np.testing.assert_allclose(steps[:hops], steps[0], atol=1e-9)
    np.testing.assert_allclose(steps[hops:], 0, atol=1e-9)
    assert steps[0] > 0


def test_the_next_point_is_foretold() -> None:
    p = point()
    p.move(np.ones(SIZE), glide_s=0.1)
    for _ in range(20):
        foretold = p.next
        p.step()
        np.testing.assert_array_equal(p.current, foretold)


def test_a_displaced_drift_stays_within_the_limit() -> None:
    p = point()
    p.drift = 1.0
    for _ in range(300):
        p.step()
        p.move(np.full(SIZE, 3.9))
        assert np.abs(p.current).max() <= LATENT_LIMIT


def test_stopping_the_drift_stays_where_it_is() -> None:
    p = point()
    p.drift = 1.0
    settle(p, 30)
    here = p.current.copy()
    p.set_drift(0.0)
    settle(p, 30)
    np.testing.assert_array_equal(p.current, here)


def test_an_unknown_axis_is_named() -> None:
    with pytest.raises(CommandError, match="'sparkle'; this model has: brightness"):
        point().move_axis("sparkle", 0.0)
