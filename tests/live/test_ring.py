"""Shared ring buffer, and output on underruns."""

import threading
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from distill_live.addresses import CEILING
from distill_live.live.audio.player import DECAY_S, FADE_S, WAIT_LIMIT_S, Player
from distill_live.live.shared.ring import Ring
from distill_live.live.shared.shared_block import RING_FRAMES, SharedBlock

RATE_HZ = 48000
FADE = round(FADE_S * RATE_HZ)


def ring_of(channels: int) -> tuple[SharedBlock, Ring]:
    block = SharedBlock.create(channels)
    return block, Ring(block, channels)


def player_of(*, waiting: bool = False) -> tuple[SharedBlock, Ring, Player]:
    block, ring = ring_of(1)
    ring.change_rate(RATE_HZ)
    return block, ring, Player(block, ring, 1, RATE_HZ, waiting=waiting)


def played(player: Player, frames: int, channels: int = 1) -> np.ndarray:
    out = np.full((frames, channels), np.nan, dtype=np.float32)
    player.fill(out)
    return out


def constant(frames: int, value: float = 0.5) -> np.ndarray:
    return np.full((frames, 1), value, dtype=np.float32)


def started(value: float = 0.5) -> tuple[SharedBlock, Ring, Player]:
    """A player whose fade-in is over, on an empty ring that held a constant."""
    block, ring, player = player_of()
    ring.write(constant(1025, value))
    out = played(player, 1024)
    assert out[-1, 0] == np.float32(value)
    played(player, 1)
    return block, ring, player


@given(
    st.lists(st.integers(0, 5000), min_size=1, max_size=30),
    st.lists(st.integers(1, 5000), min_size=1, max_size=30),
    st.integers(0, 2 * RING_FRAMES),
)
def test_what_is_read_is_what_was_written_however_it_is_cut(
    writes: list[int], reads: list[int], start: int
) -> None:
    block, ring = ring_of(2)
    block.written_frames = block.read_frames = start
    signal = np.arange(2 * sum(writes), dtype=np.float32).reshape(-1, 2)
    got: list[np.ndarray] = []
    written = 0
    for turn in range(len(writes) + len(signal) + 1):
        if turn < len(writes):
            ring.write(signal[written : written + min(writes[turn], ring.writable_frames)])
            written = block.written_frames - start
        out = np.empty((reads[turn % len(reads)], 2), dtype=np.float32)
        got.append(out[: ring.read(out)])
        assert ring.readable_frames + ring.writable_frames == RING_FRAMES
        if turn >= len(writes) and ring.readable_frames == 0:
            break
    np.testing.assert_array_equal(np.concatenate(got), signal[:written])


def test_both_ends_see_the_same_ring() -> None:
    block, writer = ring_of(2)
    reader = Ring(SharedBlock.attach(block.handle), 2)
    frames = np.random.default_rng(1).standard_normal((300, 2)).astype(np.float32)
    writer.write(frames)
    out = np.zeros((300, 2), dtype=np.float32)
    assert reader.read(out) == 300
    np.testing.assert_array_equal(out, frames)
    assert writer.readable_frames == 0


def test_a_full_ring_takes_no_more() -> None:
    _, ring = ring_of(1)
    ring.write(constant(RING_FRAMES))
    with pytest.raises(AssertionError):
        ring.write(constant(1))


def test_nothing_plays_until_the_ring_is_primed_and_that_is_no_underrun() -> None:
    block, ring, player = player_of()
    assert not played(player, 128).any()
    ring.write(constant(128))  # as much as the device asks for: not enough
    assert not played(player, 128).any()
    assert block.first_sound_ns == 0
    ring.write(constant(512))
    assert played(player, 128).any()
    assert block.first_sound_ns > 0
    assert block.underruns == 0


def test_sound_fades_in_linearly_over_five_milliseconds_then_is_untouched() -> None:
    _, ring, player = player_of()
    signal = np.random.default_rng(2).uniform(-1, 1, (2049, 1)).astype(np.float32)
    ring.write(signal)
    out = played(player, 2048)
    ramp = np.minimum(1.0, np.arange(1, 2049) / FADE)
    np.testing.assert_allclose(out[:, 0], signal[:2048, 0] * ramp, atol=1e-7)
    np.testing.assert_array_equal(out[FADE:], signal[FADE:2048])


def test_starved_the_last_sample_decays_with_its_time_constant_and_is_counted_once() -> None:
    block, ring, player = started()
    ring.write(constant(50))
    out = np.concatenate([played(player, 128) for _ in range(40)])
    assert (out[:50] == 0.5).all()
    tail = 0.5 * np.exp(-np.arange(1, len(out) - 49) / (DECAY_S * RATE_HZ))
    np.testing.assert_allclose(out[50:, 0], tail, atol=1e-6)
    assert out[-1, 0] == 0.0
    assert block.underruns == 1


def test_starvation_exactly_between_two_blocks_decays_too() -> None:
    block, _, player = started()
    out = played(player, 64)
    np.testing.assert_allclose(out[0, 0], 0.5 * np.exp(-1 / (DECAY_S * RATE_HZ)), rtol=1e-6)
    assert block.underruns == 1


@pytest.mark.parametrize("gap_blocks", [1, 2, 30])
def test_refilled_after_starvation_no_step_is_larger_than_a_fade(gap_blocks: int) -> None:
    block, ring, player = started()
    blocks = [played(player, 128) for _ in range(gap_blocks)]
    ring.write(constant(4096))
    blocks += [played(player, 128) for _ in range(20)]
    steps = np.abs(np.diff(np.concatenate(blocks)[:, 0]))
    decay_step = 0.5 / (DECAY_S * RATE_HZ)
    assert steps.max() <= decay_step + 0.5 / FADE
    assert blocks[-1][-1, 0] == 0.5
    assert block.underruns == 1


def test_sound_that_returns_during_a_decay_stays_under_the_ceiling() -> None:
    block, ring, player = started(CEILING)
    played(player, 2)
    assert block.underruns == 1
    ring.write(constant(4096, CEILING))
    out = np.concatenate([played(player, 16) for _ in range(30)])
    assert np.abs(out).max() <= CEILING
    assert out[-1, 0] == np.float32(CEILING)


@given(st.lists(st.integers(1, 3000), min_size=1, max_size=12), st.data())
def test_the_size_of_the_blocks_does_not_matter(sizes: list[int], data: st.DataObject) -> None:
    signal = np.random.default_rng(3).uniform(-1, 1, (sum(sizes) + 3000, 1)).astype(np.float32)

    def play(cuts: list[int]) -> np.ndarray:
        _, ring, player = player_of()
        player.fill(np.zeros((3000, 1), dtype=np.float32))  # the largest block there will be
        ring.write(signal[: RING_FRAMES - 1])
        return np.concatenate([played(player, size) for size in cuts])

    total = min(sum(sizes), RING_FRAMES - 3001)
    first = data.draw(st.integers(1, total))
    whole = play([total])
    np.testing.assert_array_equal(play([first, *([total - first] if total > first else [])]), whole)


@pytest.mark.parametrize("flag", ["muted", "panicked", "stopping"])
def test_a_flag_fades_out_within_five_milliseconds_and_back(flag: str) -> None:
    block, ring, player = started()
    ring.write(constant(8192))
    assert (played(player, 2000)[FADE:] == 0.5).all()
    setattr(block, flag, 1)
    out = played(player, 512)[:, 0]
    np.testing.assert_allclose(out[:FADE], 0.5 * (1 - np.arange(1, FADE + 1) / FADE), atol=1e-6)
    assert not out[FADE:].any()
    assert player.silent
    assert ring.readable_frames == 8192 - 2512  # time goes on behind it
    setattr(block, flag, 0)
    out = played(player, 512)[:, 0]
    np.testing.assert_allclose(out[:FADE], 0.5 * np.arange(1, FADE + 1) / FADE, atol=1e-6)
    assert (out[FADE:] == 0.5).all()


@pytest.mark.parametrize("flag", ["muted", "panicked"])
def test_audio_that_is_started_again_while_silent_is_silent_from_its_first_frame(flag: str) -> None:
    block, ring, _ = started()
    ring.write(constant(4096))
    setattr(block, flag, 1)
    player = Player(block, ring, 1, RATE_HZ)
    assert not played(player, 1024).any()
    setattr(block, flag, 0)
    assert (played(player, 512)[FADE:] == 0.5).all()


def test_a_flag_that_changes_its_mind_turns_the_fade_round_without_a_step() -> None:
    block, ring, player = started()
    ring.write(constant(8192))
    played(player, 1000)
    blocks = []
    for muted in (1, 0, 1, 0, 0, 0, 0, 0):
        block.muted = muted
        blocks.append(played(player, 64))
    out = np.concatenate(blocks)[:, 0]
    assert np.abs(np.diff(out)).max() <= 0.5 / FADE + 1e-6
    assert out[-1] == 0.5


def test_priming_waits_for_the_largest_block_that_was_asked_for() -> None:
    block, ring, player = player_of()
    block.block_frames = 512
    played(player, 128)
    assert block.block_frames == 128
    played(player, 1024)
    assert block.block_frames == 1024
    ring.write(constant(1024))
    assert not played(player, 128).any()


def test_only_what_has_the_outputs_rate_is_played() -> None:
    block, ring, _ = player_of()
    ring.write(constant(2000, 0.25))
    player = Player(block, ring, 1, 44100)
    assert not played(player, 128).any()  # nothing of its rate will follow yet
    assert ring.readable_frames == 2000
    ring.change_rate(44100)
    assert ring.valid_frames == 0
    assert not played(player, 128).any()
    ring.write(constant(2000, 0.5))
    out = played(player, 1000)
    assert ring.valid_frames == ring.readable_frames == 1000
    assert out[-1, 0] == 0.5
    assert (np.diff(out[:, 0]) >= 0).all()  # a fade to 0.5, with nothing of the 0.25
    assert block.underruns == 0


def test_a_waiting_player_gives_the_rings_samples_and_nothing_else() -> None:
    block, ring, player = player_of(waiting=True)
    assert not played(player, 100).any()  # before there is anything, it does not wait
    signal = np.random.default_rng(5).uniform(-1, 1, (20000, 1)).astype(np.float32)
    block.muted = block.panicked = 1  # the engine's business here

    def write() -> None:
        for at in range(0, len(signal), 500):
            while ring.readable_frames > 1000:
                time.sleep(1e-4)
            ring.write(signal[at : at + 500])

    ring.write(signal[:0])
    writer = threading.Thread(target=write)
    writer.start()
    out = np.zeros((0, 1), dtype=np.float32)
    while len(out) < len(signal) - 1000:
        part = played(player, 128)
        out = np.concatenate([out, part if len(out) or part.any() else part[:0]])
    while ring.readable_frames:
        played(player, 1)
    writer.join()
    np.testing.assert_array_equal(out, signal[: len(out)])
    assert block.underruns == 0


def test_a_waiting_player_gives_up_in_the_end_and_when_it_is_to_stop() -> None:
    block, ring, player = player_of(waiting=True)
    ring.write(constant(300))
    assert (played(player, 200) == 0.5).all()
    out = played(player, 200)
    assert (out[:100] == 0.5).all()
    assert (np.diff(out[100:, 0]) < 0).all()
    assert block.underruns == 1
    ring.write(constant(1000))
    played(player, 900)
    block.stopping = 1
    started_s = time.perf_counter()
    played(player, 500)
    assert player.silent
    assert time.perf_counter() - started_s < WAIT_LIMIT_S
