"""Playback heads: weights, positions, restarts, continuity of the mixed frames."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distill_live.engine.clock import Beats
from distill_live.engine.decoding.decoder import Chunk, ChunkMorph
from distill_live.engine.heads import HEADS, PlayHeads, Row, read_rows

FRAMES, BANDS = 94, 4


def chunk(level: float = 1.0) -> Chunk:
    """Power is `level` everywhere; band frequency is the frame's number."""
    rows = np.empty((FRAMES, 2, BANDS), np.float32)
    rows[:, 0] = level
    rows[:, 1] = level * np.arange(FRAMES)[:, None]
    return Chunk(np.zeros(1), rows, 0)


def read(heads: PlayHeads, chunks: list[Chunk], ahead: int = 0) -> np.ndarray:
    out = np.empty((1 + ahead, 2, BANDS), np.float32)
    read_rows([Row(heads.readings(len(out)), [ChunkMorph(chunk) for chunk in chunks])], out[None])
    return out


MOVES = st.one_of(
    st.tuples(st.just("seek"), st.floats(0, 1)),
    st.tuples(st.just("speed"), st.floats(-4, 4)),
    st.tuples(st.just("frozen"), st.booleans()),
    st.tuples(st.just("region"), st.tuples(st.floats(0, 1), st.floats(0, 1))),
    st.tuples(st.just("shift"), st.floats(-1, 1)),
    st.tuples(st.just("advance"), st.integers(1, 40)),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(MOVES, max_size=12))
def test_weights_always_sum_to_one(moves: list[tuple[str, Any]]) -> None:
    heads, chunks = PlayHeads(FRAMES), [chunk(), chunk()]
    for kind, value in moves:
        match kind:
            case "seek":
                heads.seek(value)
            case "speed":
                heads.speed = value
            case "frozen":
                heads.frozen = value
            case "region":
                heads.set_region(*value)
            case "shift":
                heads.shift(0, value)
            case "advance":
                for _ in range(value):
                    heads.advance()
        np.testing.assert_allclose(read(heads, chunks, 2)[:, 0], 1.0, rtol=1e-5)
        assert 0.0 <= heads.position <= 1.0


@pytest.mark.parametrize("speed", [1.0, -1.0, 0.37, 4.0])
def test_each_head_starts_anew_once_a_region_and_is_silent_then(speed: float) -> None:
    heads = PlayHeads(FRAMES)
    heads.speed = speed
    hops = round(10 * (FRAMES - 1) / abs(speed))
    restarts = np.zeros(HEADS, int)
    for _ in range(hops):
        for head in heads.advance():
            restarts[head] += 1
            alone = [chunk(0.0), chunk(0.0)]
            alone[head] = chunk(1.0)
            assert read(heads, alone)[0, 0, 0] < 0.035
    assert set(restarts.tolist()) <= {9, 10, 11}


def test_frozen_one_head_sounds_within_four_hops_and_holds_its_frame() -> None:
    heads = PlayHeads(FRAMES)
    for _ in range(30):
        heads.advance()
    heads.frozen = True
    for _ in range(4):
        assert heads.advance() == []
    lead = [chunk(0.0), chunk(0.0)]
    lead[heads.lead] = chunk(1.0)
    now = read(heads, lead, 2)
    np.testing.assert_allclose(now[:, 0], 1.0, rtol=1e-6)
    heads.advance()
    np.testing.assert_array_equal(read(heads, lead, 2), now)
    np.testing.assert_array_equal(now[0], now[2])  # what lies ahead is the same frame


@pytest.mark.parametrize("begins", [False, True])
def test_provisional_frames_are_those_that_sound_next(*, begins: bool) -> None:
    heads, chunks = PlayHeads(FRAMES, foresees=begins), [chunk(1.0), chunk(0.5)]
    heads.speed = 0.8
    if begins:
        heads.begin(heads)
    for _ in range(100 if begins else 20):
        heads.advance()
        ahead = read(heads, chunks, 2)
        np.testing.assert_allclose(read(heads, chunks)[0], ahead[0], rtol=1e-6)
        heads.advance()
        np.testing.assert_array_equal(read(heads, chunks)[0], ahead[1])


@pytest.mark.parametrize("position", [0.0, 0.31, 1.0])
def test_a_scrubbed_position_sounds_alone(position: float) -> None:
    heads, chunks = PlayHeads(FRAMES), [chunk(), chunk()]
    heads.frozen = True
    heads.seek(position)
    assert heads.position == pytest.approx(position, abs=1e-9)
    for _ in range(8):
        heads.advance()
    frame = read(heads, chunks)[0]
    np.testing.assert_allclose(frame[1] / frame[0], position * (FRAMES - 1), atol=1e-3)


def test_seeking_does_not_flip_the_loudness_between_the_heads() -> None:
    heads = PlayHeads(FRAMES)
    for _ in range(40):
        heads.advance()
    lead = heads.lead
    levels = [chunk(0.0), chunk(0.0)]
    levels[lead] = chunk(1.0)
    before = read(heads, levels)[0, 0, 0]
    heads.seek(0.0)
    assert read(heads, levels)[0, 0, 0] == pytest.approx(before, rel=1e-4)


def test_after_a_scrub_the_second_head_returns_before_the_region_ends() -> None:
    heads = PlayHeads(FRAMES)
    heads.seek(0.6)
    lead = heads.lead
    levels = [chunk(0.0), chunk(0.0)]
    levels[lead] = chunk(1.0)
    last = 1.0
    for _ in range(FRAMES):
        if lead in heads.advance():
            break
        last = read(heads, levels)[0, 0, 0]
    assert last < 0.05


def test_the_loop_region_bounds_what_is_read() -> None:
    heads, chunks = PlayHeads(FRAMES), [chunk(), chunk()]
    heads.set_region(0.25, 0.5)
    for _ in range(200):
        heads.advance()
        frame = read(heads, chunks)[0]
        assert 0.25 * 93 - 1e-3 <= frame[1, 0] / frame[0, 0] <= 0.5 * 93 + 1e-3


@pytest.mark.parametrize("shift", [-0.3, 0.1, 1.0])
def test_a_shifted_head_reads_elsewhere_and_holds_the_regions_ends(shift: float) -> None:
    chunks = [chunk(), chunk(0.0)]  # only the first head is heard

    def frames(share: float) -> np.ndarray:
        heads = PlayHeads(FRAMES)
        heads.set_region(0.2, 0.8)
        heads.shift(0, share)
        rows = []
        for _ in range(25):
            heads.advance()
            power, moment = read(heads, chunks)[0]
            rows.append(moment[0] / power[0])
        return np.array(rows)

    low, high = 0.2 * (FRAMES - 1), 0.8 * (FRAMES - 1)
    expected = np.clip(frames(0.0) + shift * (high - low), low, high)
    np.testing.assert_allclose(frames(shift), expected, atol=1e-3)


@pytest.mark.parametrize("shift", [-0.4, 0.0, 0.4])
def test_a_region_that_changes_leaves_a_shifted_lead_where_it_is(shift: float) -> None:
    heads = PlayHeads(FRAMES)
    heads.shift(heads.lead, shift)
    for _ in range(10):
        heads.advance()
    before = heads.position
    for start in (0.0, 0.01, 0.02):
        heads.set_region(start, 1.0)
        assert heads.position == pytest.approx(max(before, start))
    heads.seek(0.3)
    assert heads.position == pytest.approx(0.3)


def test_a_region_that_is_said_again_moves_nothing() -> None:
    def sound(*, again: bool) -> np.ndarray:
        heads = PlayHeads(FRAMES)
        heads.shift(0, 0.5)  # its reading holds the region's end
        rows = []
        for hop in range(FRAMES // 2):
            if again and hop == FRAMES // 3:
                heads.set_region(0.0, 1.0)
            heads.advance()
            rows.append(read(heads, [chunk(), chunk(2.0)]))
        return np.array(rows)

    np.testing.assert_array_equal(sound(again=True), sound(again=False))


def test_heads_that_follow_loop_for_as_many_beats_from_their_own_start_on() -> None:
    drone, note = PlayHeads(FRAMES), PlayHeads(FRAMES)
    restarts = []
    for hop in range(150):
        drone.follow_beats(Beats(0.3 + 0.0125 * hop, 0.0125), 0.5)
        drone.advance()
        if hop == 30:  # the drone still catches up with the beat
            note.begin(drone)
        elif hop > 30:
            note.follow(drone)
            restarts += [hop - 30 for _ in note.advance()]
    np.testing.assert_allclose(restarts, [20, 40, 60, 80, 100], atol=1)  # both heads, in turns
    drone.follow_beats(Beats(2.0, 0.0125), 0.0)
    note.follow(drone)
    before = note.position
    note.advance()
    assert (note.position - before) * (FRAMES - 1) == pytest.approx(1.0)
