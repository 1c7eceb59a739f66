"""When what is decoded: at once, in turns, ahead, and in which frames."""

from collections.abc import Callable

import numpy as np
import pytest

from distill_live.engine.decoding.decode_scheduler import (
    ECONOMY_HOPS,
    KNOWN_HOPS,
    DecodeScheduler,
    Request,
)
from distill_live.engine.decoding.decoder import Key
from distill_live.engine.heads import PlayHeads
from distill_live.engine.latent.point import LatentPoint

SIZE, FRAMES, FRAMES_PER_SECOND = 8, 256, 100.0
KEYS: list[Key] = [(1, 0), (1, 1), (0, 0), (0, 1)]
"""The louder head's first."""


class Player:
    """Plays a point of the latent space, all of whose coordinates are alike, in two channels."""

    def __init__(self) -> None:
        self.point = LatentPoint(
            {}, np.zeros((1, SIZE)), FRAMES_PER_SECOND, np.random.default_rng(0)
        )
        self.heads = PlayHeads(FRAMES)
        self.scheduler = DecodeScheduler(self.point, self.heads)
        self.scheduler.assume(self.wanted, self.point.current)

    @property
    def wanted(self) -> dict[Key, np.ndarray]:
        return dict.fromkeys(KEYS, self.point.current)

    def move(self, value: float, glide_s: float = 0.0) -> None:
        self.point.move(np.full(SIZE, value), glide_s)

    def hop(self, leap: float | None = None, *, economy: int = 0) -> list[Request]:
        """Play a hop, in which the point may leap; returns the requests."""
        if leap is not None:
            self.move(leap)
        self.scheduler.advance()
        self.point.step()
        self.heads.advance()
        return self.scheduler.schedule(
            self.wanted,
            self.point.current,
            np.zeros(SIZE),
            follows=True,
            settled=not self.point.moving,
            economy=economy,
            whole=False,
        )


def keys(requests: list[Request]) -> list[Key]:
    return [request.key for request in requests]


def test_a_leap_is_requested_of_all_keys_at_once_the_louder_first() -> None:
    player = Player()
    for hop in range(60):
        if hop % 6 == 5:
            assert keys(player.hop(hop / 60)) == KEYS
        else:
            player.hop()


@pytest.mark.parametrize(
    "value",
    [lambda hop: (-1.0) ** hop, lambda hop: hop % 3 / 3, lambda hop: hop % 7 / 7, np.sin],
    ids=["of two", "of three", "of seven", "never the same"],
)
def test_leaps_at_every_hop_are_requested_of_half_of_the_keys_at_each(
    value: Callable[[int], float],
) -> None:
    player = Player()
    player.hop()
    assert keys(player.hop(value(1))) == KEYS
    # past the end of the chunk, where heads begin anew
    asked = [keys(player.hop(value(hop))) for hop in range(2, 300)]
    assert asked[0] == KEYS[:2]
    assert {len(one) for one in asked} == {len(KEYS) // 2}
    for first in range(len(asked) - 5):
        assert {key for one in asked[first : first + 6] for key in one} == set(KEYS)


def test_a_key_that_waits_has_its_turn_in_the_next_hop_even_if_nothing_leaps_then() -> None:
    player = Player()
    asked = [keys(player.hop(value)) for value in (1.0, -1.0, None)]
    assert asked == [KEYS, KEYS[:2], KEYS[2:]]
    assert player.scheduler.unfinished, "whole chunks are to come"
    assert not player.scheduler.holding


def test_what_a_seek_needs_is_requested_at_once_while_the_point_leaps() -> None:
    player = Player()
    for hop in range(10):
        player.hop((-1.0) ** hop)
    player.heads.seek(0.9)
    assert keys(player.hop(0.5)) == KEYS


def test_a_glide_is_requested_once_where_it_leads() -> None:
    player = Player()
    player.move(0.05, KNOWN_HOPS / FRAMES_PER_SECOND)
    asked = [request for _ in range(KNOWN_HOPS - 1) for request in player.hop()]
    assert sorted(keys(asked)) == sorted(KEYS)
    assert all(request.latent.min() >= 0.05 for request in asked)


@pytest.mark.parametrize("economy", [1, 2])
def test_economy_requests_a_key_every_few_hops(economy: int) -> None:
    player, rest_hops = Player(), ECONOMY_HOPS[economy]
    asked = [keys(player.hop(np.sin(hop), economy=economy)) for hop in range(10 * rest_hops)]
    for key in KEYS:
        hops = [hop for hop, one in enumerate(asked) if key in one]
        assert min(np.diff(hops)) >= rest_hops
        assert len(hops) >= 9
