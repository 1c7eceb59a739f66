"""Two-dimensional map of landmarks: positions, continuity between them, the place of a latent."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.tiny import tiny_bundle

from distill_live.bundle import Bundle, Landmark
from distill_live.engine import Command, Engine
from distill_live.engine.latent.corpus_map import CorpusMap, MapFollower
from distill_live.engine.latent.point import LATENT_LIMIT

LATENT = 8


def crowded(count: int, seed: int, grid: int = 0) -> Bundle:
    """Landmarks anywhere, or on a grid, where many are equally near and some in one place."""
    rng = np.random.default_rng(seed)
    places = rng.uniform(0.0, 1.0, (count, 2))
    if grid:
        places = np.round(places * grid) / grid
    return replace(
        tiny_bundle(latent=LATENT),
        landmarks=tuple(Landmark("a.wav", 0.0, float(x), float(y)) for x, y in places),
        landmark_latents=rng.standard_normal((count, LATENT)).astype(np.float32),
    )


def test_a_landmark_alone_in_its_place_is_itself() -> None:
    bundle = crowded(200, seed=1)
    corpus = CorpusMap(bundle)
    for index, mark in enumerate(bundle.landmarks):
        assert corpus.at(mark.x, mark.y) == pytest.approx(corpus.latents[index], abs=0.02)


@settings(max_examples=40, deadline=None)
@given(
    count=st.integers(1, 60),
    grid=st.sampled_from([0, 2, 5]),
    seed=st.integers(0, 10**6),
    ends=st.tuples(*[st.floats(0.0, 1.0)] * 4),
)
def test_no_path_jumps(
    count: int, grid: int, seed: int, ends: tuple[float, float, float, float]
) -> None:
    """Halving the steps of a path halves its largest step, until there is hardly any."""
    corpus = CorpusMap(crowded(count, seed, grid))
    x0, y0, x1, y1 = ends

    def largest(share: np.ndarray) -> tuple[float, float]:
        path = np.array([corpus.at(x0 + s * (x1 - x0), y0 + s * (y1 - y0)) for s in share])
        assert np.isfinite(path).all()
        steps = np.abs(np.diff(path, axis=0)).max(axis=1)
        return float(steps.max()), float(share[steps.argmax()])

    share, step = np.linspace(0.0, 1.0, 51), 0.02
    size, at = largest(share)
    while size > 0.02:  # look closer at where it moves most
        assert step > 1e-9, f"a jump of {size} at {at}"
        share, step = np.linspace(at, at + step, 51), step / 50
        size, at = largest(share)


def test_what_is_heard_is_between_the_landmarks_around(rng: np.random.Generator) -> None:
    bundle = crowded(100, seed=2)
    corpus = CorpusMap(bundle)
    assert np.abs(corpus.latents).max() <= LATENT_LIMIT
    for x, y in rng.uniform(0.0, 1.0, (50, 2)):
        away = [np.hypot(mark.x - x, mark.y - y) for mark in bundle.landmarks]
        around = corpus.latents[np.argsort(away)[:12]]
        found = corpus.at(x, y)
        assert (found >= around.min(axis=0) - 1e-9).all()
        assert (found <= around.max(axis=0) + 1e-9).all()


def test_neighbours_are_those_that_the_latent_is_made_of(rng: np.random.Generator) -> None:
    corpus = CorpusMap(crowded(100, seed=2))
    for x, y in rng.uniform(0.0, 1.0, (50, 2)):
        landmarks, shares = zip(*corpus.neighbours(x, y, 100), strict=True)
        assert sum(shares) == pytest.approx(1.0)
        assert list(shares) == sorted(shares, reverse=True)
        assert np.array(shares) @ corpus.latents[list(landmarks)] == pytest.approx(corpus.at(x, y))
        (first, share), (second, _) = corpus.neighbours(x, y, 2)
        assert (first, second) == landmarks[:2]
        assert share == pytest.approx(shares[0] / (shares[0] + shares[1]))


def test_a_landmark_is_where_it_is_drawn() -> None:
    corpus = CorpusMap(crowded(50, seed=3))
    for latent, place in zip(corpus.latents, corpus.positions, strict=True):
        assert MapFollower(corpus, latent).position(latent, latent) == pytest.approx(tuple(place))


places = st.tuples(st.floats(0.0, 1.0), st.floats(0.0, 1.0))


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), moves=st.lists(places, min_size=1, max_size=8), data=st.data())
def test_a_move_over_the_map_goes_straight_to_its_place_from_wherever_it_began(
    seed: int, moves: list[tuple[float, float]], data: st.DataObject
) -> None:
    corpus = CorpusMap(crowded(40, seed))
    now = corpus.latents[0]
    follower = MapFollower(corpus, now)
    for place in moves:
        end, start = corpus.at(*place), now
        start_place = follower.position(now, now)
        follower.go(now, end, place)
        stop = data.draw(st.sampled_from([0.3, 1.0]))  # the next move may begin on the way
        for share in (0.0, 0.2, stop):
            now = start + share * (end - start)
            wanted = [a + share * (b - a) for a, b in zip(start_place, place, strict=True)]
            if np.square(end - start).sum() > 1e-9:
                assert follower.position(now, now) == pytest.approx(wanted, abs=1e-5)
    follower.go(now, corpus.at(*moves[0]), moves[0])
    there = corpus.at(*moves[0])
    assert follower.position(there, there) == pytest.approx(moves[0], abs=1e-9)


def test_what_moves_the_latent_off_the_map_moves_its_place_and_returns_it() -> None:
    corpus = CorpusMap(crowded(60, seed=5))
    there = corpus.at(0.4, 0.6)
    follower = MapFollower(corpus, corpus.latents[0])
    follower.go(corpus.latents[0], there, (0.4, 0.6))
    assert follower.position(there, there) == pytest.approx((0.4, 0.6))
    aside = np.zeros(LATENT)
    aside[2] = 0.5
    moved = follower.position(there + aside, there + aside)
    assert moved == follower.position(there, there + aside), "a move, or motion around the point"
    shift = 0.5 * corpus.slope[:, 2]
    assert moved == pytest.approx((0.4 + shift[0], 0.6 + shift[1]))
    assert follower.position(there, there) == pytest.approx((0.4, 0.6))
    far = follower.position(there, there + 1e6 * aside)
    assert all(coordinate in (0.0, 1.0) for coordinate in far)


def rendered(engine: Engine, hops: int) -> list[tuple[float, float]]:
    hop = np.zeros((engine.hop_samples, engine.channels), np.float32)
    positions = []
    for _ in range(hops):
        engine.render(hop)
        positions.append(engine.slot.navigator.map_position)
    return positions


def test_an_engine_shows_where_it_plays() -> None:
    bundle = tiny_bundle()
    engine = Engine(bundle, channels=1)
    engine.apply(Command("/map", (0.3, 0.7)))
    assert rendered(engine, 8)[-1] == pytest.approx((0.3, 0.7), abs=1e-9)
    mark = bundle.landmarks[4]
    engine.apply(Command("/corpus/goto", (4, 0.5)))
    way = np.array(rendered(engine, 60))
    assert way[-1] == pytest.approx((mark.x, mark.y), abs=1e-9)
    assert np.abs(np.diff(way, axis=0)).max() < 0.05, "it glides"

    other = Engine(bundle, channels=1, seed=7)
    for command in engine.state():
        other.apply(command)
    assert rendered(other, 2)[-1] == pytest.approx((mark.x, mark.y), abs=1e-9), "restored"

    engine.apply(Command("/drift", (1.0,)))
    drifted = np.array(rendered(engine, 1000))
    assert np.abs(np.diff(drifted, axis=0)).max() < 0.03, "it never jumps"
    visited = [np.hypot(*(drifted - (mark.x, mark.y)).T).min() for mark in bundle.landmarks]
    assert sum(distance < 0.01 for distance in visited) >= 2, "it arrives where it drifts to"


def test_axis_values_are_those_that_sound() -> None:
    engine = Engine(tiny_bundle(), channels=1)
    engine.apply(Command("/axis/brightness", (0.5,)))
    rendered(engine, 8)
    assert engine.axis_values[0] == pytest.approx(0.5)
    assert engine.axis_values == pytest.approx(
        [engine.value(f"/axis/{name}")[0] for name in engine.slot.point.axes]
    )
    engine.apply(Command("/lfo/brightness", (4.0, 1.0)))
    swing = []
    for _ in range(100):
        rendered(engine, 1)
        swing.append(engine.axis_values[0])
    assert min(swing) < 0.0 < 1.0 < max(swing)
    assert engine.value("/axis/brightness") == pytest.approx((0.5,))


def test_levels_of_a_chunk_are_those_of_its_sound() -> None:
    engine = Engine(tiny_bundle(), channels=1)
    for path in ("/jitter", "/spread"):
        engine.apply(Command(path, (0.0,)))
    rendered(engine, 100)
    engine.read_meters()
    rendered(engine, 200)
    (rms,) = engine.read_meters().rms
    levels_db = engine.slot.chunk_levels_db(1000)
    assert len(levels_db) == engine.slot.heads.n_frames
    mean_db = 10 * np.log10(np.mean(10 ** (np.array(levels_db) / 10)))
    assert mean_db == pytest.approx(20 * np.log10(rms), abs=1.5)
    fewer_db = engine.slot.chunk_levels_db(10)
    assert len(fewer_db) == 10
    assert min(levels_db) <= min(fewer_db) <= max(fewer_db) <= max(levels_db)
