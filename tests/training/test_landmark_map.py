"""Test the landmark map: neighbours on it are neighbours in sound."""

import numpy as np
import pytest
from numpy.typing import NDArray
from support import sounds
from support.analysed import analyse_recordings
from support.map_quality import nearness, principal_ranks, trustworthiness
from support.small import SETTINGS

from distill_train.latent.landmark_map import (
    distances,
    map_positions,
    sound_profile,
)
from distill_train.latent.latent_space import source_chunks

RATE_HZ = SETTINGS.sample_rate_hz
KINDS = 6
NEIGHBOURS = 6


@pytest.fixture(scope="module")
def profiles() -> tuple[sounds.Float64, NDArray[np.int64]]:
    """Profiles of the chunks of one recording of each kind, and the kind of each chunk."""
    recordings = [
        make(3.0, np.random.default_rng(kind), RATE_HZ)
        for kind, make in enumerate(sounds.RECORDINGS.values())
    ]
    analysed, _ = analyse_recordings(recordings, SETTINGS)
    chunks = source_chunks(analysed, SETTINGS, 0.5)
    found = np.array([sound_profile(chunks[index].numpy()) for index in range(len(chunks))])
    return found, np.array([chunks.locate(index)[0] for index in range(len(chunks))])


def test_neighbours_on_the_map_are_neighbours_in_sound(
    profiles: tuple[sounds.Float64, NDArray[np.int64]],
) -> None:
    points, _ = profiles
    wanted, places = distances(points), map_positions(points)
    # Six neighbours are at most half as unlike as any two chunks (0.37 was seen), and better than
    # by ranks.
    assert nearness(wanted, places, NEIGHBOURS) < 0.5
    assert trustworthiness(wanted, places, NEIGHBOURS) > 0.93
    by_ranks = principal_ranks(points)
    assert nearness(wanted, places, NEIGHBOURS) < nearness(wanted, by_ranks, NEIGHBOURS)
    assert trustworthiness(wanted, places, NEIGHBOURS) > trustworthiness(
        wanted, by_ranks, NEIGHBOURS
    )


def test_kinds_of_sound_lie_together(
    profiles: tuple[sounds.Float64, NDArray[np.int64]],
) -> None:
    points, kinds = profiles
    between = distances(map_positions(points))
    np.fill_diagonal(between, np.inf)
    near = between.argsort(axis=1)[:, :3]
    assert np.mean(kinds[near] == kinds[:, None]) > 0.8  # by chance 1/6


def test_the_map_is_within_its_square_and_uses_it(
    profiles: tuple[sounds.Float64, NDArray[np.int64]],
) -> None:
    places = map_positions(profiles[0])
    assert places.shape == (len(profiles[0]), 2)
    assert places.min() >= 0
    assert places.max() <= 1
    assert (np.ptp(places, axis=0) > 0.9).all()
    cells = {tuple(cell) for cell in (places * 4).astype(int)}
    assert len(cells) >= 11  # of 16


def test_the_same_chunks_give_the_same_map(
    profiles: tuple[sounds.Float64, NDArray[np.int64]],
) -> None:
    assert np.array_equal(map_positions(profiles[0]), map_positions(profiles[0].copy()))


def test_right_is_brighter_and_up_is_louder() -> None:
    """Noise of nine tilts and nine levels."""
    rows = []
    for tilt in np.linspace(-1.0, 1.0, 9):
        for level in np.linspace(1.5, 3.0, 9):
            chunk = np.zeros((2, 40, 38), np.float32)
            chunk[0] = level + tilt * np.linspace(-1.0, 1.0, 40)[:, None]
            rows.append((tilt, level, sound_profile(chunk)))
    tilts, levels, profiles = (np.array(column) for column in zip(*rows, strict=True))
    places = map_positions(profiles)
    assert np.corrcoef(places[:, 0], tilts)[0, 1] > 0.8
    assert np.corrcoef(places[:, 1], levels)[0, 1] > 0.8


def test_a_profile_hears_level_spread_and_movement_but_not_when() -> None:
    still = np.ones((2, 40, 38), np.float32)
    early, late, fast = (still.copy() for _ in range(3))
    early[0, :, :10] = 2.0
    late[0, :, -10:] = 2.0
    fast[0, :, ::4] = 2.0
    profile = {
        name: sound_profile(chunk)
        for name, chunk in (("still", still), ("early", early), ("late", late), ("fast", fast))
    }
    assert profile["early"] == pytest.approx(profile["late"])
    changes = {name: found[64:].mean() for name, found in profile.items()}
    assert changes["still"] == 0.0
    assert changes["fast"] > 5 * changes["early"] > 0
    quiet, loud = sound_profile(still), sound_profile(2 * still)
    assert (loud[:32] > quiet[:32]).all()


@pytest.mark.parametrize("count", [1, 2, 3, 7, 8, 9])
def test_few_chunks_have_places_of_their_own(count: int, rng: np.random.Generator) -> None:
    places = map_positions(rng.standard_normal((count, 9)))
    assert np.isfinite(places).all()
    assert len({tuple(place) for place in places}) == count


def test_chunks_that_are_alike_spread_and_break_nothing(rng: np.random.Generator) -> None:
    equal = map_positions(np.ones((20, 9)))
    repeated = map_positions(np.repeat(rng.standard_normal((5, 9)), 6, axis=0))
    for places in (equal, repeated):
        assert np.isfinite(places).all()
        assert len({tuple(place) for place in places}) == len(places)


def test_trustworthiness_and_nearness_know_a_good_map_from_none(rng: np.random.Generator) -> None:
    points = rng.uniform(size=(200, 2))
    wanted = distances(points)
    assert trustworthiness(wanted, points, 8) == 1.0
    assert nearness(wanted, points, 8) < 0.2
    chance = rng.uniform(size=(200, 2))
    assert trustworthiness(wanted, chance, 8) == pytest.approx(0.5, abs=0.05)
    assert nearness(wanted, chance, 8) == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize("count", [8, 30, 100])
def test_copies_of_one_sound_have_places(count: int) -> None:
    row = np.random.default_rng(count).uniform(0.0, 1.0, 96)
    places = map_positions(np.tile(row, (count, 1)))
    assert ((places >= 0.0) & (places <= 1.0)).all()
    assert len(np.unique(places, axis=0)) == count
