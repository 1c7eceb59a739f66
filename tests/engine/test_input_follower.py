"""Following an input: what is decoded and read, what it pulls, and what it leaves alone."""

from collections.abc import Callable

import numpy as np
import pytest
from support.tiny import complete_bundle, tiny_bundle

from distill_live.bundle import Bundle
from distill_live.engine import Command, Engine, InlineDecoder, ReplayDecoder, ThreadedDecoder
from distill_live.engine.decoding.decoder import ChunkSwap, Decoder, Frames, Key, Taken
from distill_live.engine.latent.corpus_map import CorpusMap
from distill_live.errors import CommandError
from distill_live.input.encoder import ENCODE_HOPS
from distill_live.spectrogram import Float64

BUNDLE = complete_bundle()
SETTINGS = BUNDLE.settings
HOP, LAST = SETTINGS.hop_samples, SETTINGS.n_frames - 1
HOPS = 40


def latent_at(hop: int) -> tuple[float, ...]:
    """Latent that the input has at a hop."""
    return tuple(np.sin(0.05 * hop + np.arange(BUNDLE.latent_size)).tolist())


def play(
    *commands: Command,
    decoder: Decoder | None = None,
    hops: int = HOPS,
    each: Callable[[Engine, int], None] = lambda *_: None,
    on_chunk_swap: Callable[[ChunkSwap], None] | None = None,
) -> tuple[Engine, np.ndarray]:
    """Play with an input whose latents come every `ENCODE_HOPS` hops; the engine, and its sound."""
    engine = Engine(BUNDLE, channels=2, seed=4, decoder=decoder, on_chunk_swap=on_chunk_swap)
    for command in commands:
        engine.apply(command)
    out = np.empty((hops, HOP, 2), np.float32)
    for hop, part in enumerate(out):
        if hop % ENCODE_HOPS == 0:
            engine.apply(Command("/input/latent", latent_at(hop)))
        each(engine, hop)
        engine.render(part)
    return engine, out


class Watched(InlineDecoder):
    """Notes the frames of all requests, and answers some hops late."""

    def __init__(self, bundle: Bundle, late_hops: int = 0) -> None:
        super().__init__(bundle)
        self.frames: list[Frames | None] = []
        self._late: list[list[Taken]] = [[] for _ in range(late_hops)]

    def submit(self, key: Key, request: int, latent: Float64, frames: Frames | None = None) -> None:
        self.frames.append(frames)
        super().submit(key, request, latent, frames)

    def take(self, time_samples: int) -> list[Taken]:
        self._late.append(super().take(time_samples))
        return self._late.pop(0)


FOLLOW = Command("/input/follow", (1.0,))
EVEN = Command("/spread", (0.0,)), Command("/jitter", (0.0,))


def test_what_is_heard_changes_nothing_unless_it_is_followed() -> None:
    moves = Command("/walk", (0.5,)), Command("/wander", (1.0, 0.3))
    _, heard = play(*moves)
    engine = Engine(BUNDLE, channels=2, seed=4)
    for command in moves:
        engine.apply(command)
    alone = np.empty_like(heard).reshape(-1, 2)
    engine.render(alone)
    np.testing.assert_array_equal(heard.reshape(-1, 2), alone)


@pytest.mark.parametrize("late_hops", [0, 1, 2])
def test_only_the_newest_frames_are_decoded_and_read(late_hops: int) -> None:
    decoder = Watched(BUNDLE, late_hops)

    def check(engine: Engine, hop: int) -> None:
        if hop == 10:
            decoder.frames.clear()
        if hop > 10:  # of the hop before
            slot = engine.slot
            readings = [slot.input.reading(head, 0) for head in range(2)]
            assert sum(weight for _, weight in readings) == 1.0
            chunks = [slot.chunks[head, 0].latent for head in range(2)]
            newest = ENCODE_HOPS * ((hop - 1 - late_hops) // ENCODE_HOPS)
            for (frame, weight), latent in zip(readings, chunks, strict=True):
                if weight:
                    assert LAST - ENCODE_HOPS <= frame <= LAST
                if weight == 1.0:
                    np.testing.assert_allclose(latent, latent_at(newest))

    play(FOLLOW, *EVEN, decoder=decoder, each=check)
    first, stop = LAST - ENCODE_HOPS, LAST + 1
    assert set(decoder.frames) == {(first, stop)}
    assert len(decoder.frames) <= 2 * (HOPS - 10) / ENCODE_HOPS + 2, "one head's at a time"


WALK = Command("/walk", (1.0,))
QUICK = Command("/lfo/brightness", (9.0, 1.0))
GLIDE = Command("/latent", (0.5,) * BUNDLE.latent_size, None, 10.0)
SAVE = Command("/economy", (1,))


@pytest.mark.parametrize(
    "moves",
    [(WALK,), (QUICK,), (GLIDE,), (WALK, GLIDE), (QUICK, GLIDE), (SAVE, GLIDE), (SAVE, WALK)],
)
@pytest.mark.parametrize("late_hops", [0, 1, ENCODE_HOPS + 2])
def test_heads_take_turns_while_the_point_moves(moves: list[Command], late_hops: int) -> None:
    leads: list[int] = []

    def check(engine: Engine, _: int) -> None:
        leads.append(engine.slot.heads.lead)

    play(FOLLOW, *EVEN, *moves, decoder=Watched(BUNDLE, late_hops), hops=120, each=check)
    turns = np.flatnonzero(np.diff(leads[20:]))
    assert np.diff(turns).max() <= 2 * ENCODE_HOPS + late_hops


def test_no_head_leads_before_its_chunk_is_requested() -> None:
    engine, out = Engine(BUNDLE, channels=2, seed=4), np.empty((HOP, 2), np.float32)
    for command in (FOLLOW, *EVEN, GLIDE, Command("/economy", (2,))):
        engine.apply(command)
    lead = turns = 0
    for hop in range(120):
        if hop % 3 == 0:
            engine.apply(Command("/input/latent", latent_at(hop)))
        engine.render(out)
        slot = engine.slot
        if hop > 20 and slot.heads.lead != lead:
            turns += 1
            newest = latent_at(hop - 1 - (hop - 1) % 3)  # the turn is heard a hop later
            np.testing.assert_allclose(slot.chunks[slot.heads.lead, 0].latent, newest)
        lead = slot.heads.lead
    assert turns > 10


def test_a_share_of_the_way_is_pulled_and_goes_back() -> None:
    engine, _ = play(Command("/input/follow", (0.5,)), *EVEN)
    # the last hop is the last but one of the way between two latents
    way = 1.0 - 1.0 / ENCODE_HOPS if HOPS % ENCODE_HOPS else 1.0
    newest = np.array(latent_at(HOPS - ENCODE_HOPS))
    before = np.array(latent_at(HOPS - 2 * ENCODE_HOPS))
    expected = 0.5 * (engine.slot.point.current + before + way * (newest - before))
    for axis in BUNDLE.axes:
        value = engine.slot.navigator.axis_value(axis.name)
        span = axis.high - axis.mean if value >= 0 else axis.mean - axis.low
        assert axis.mean + value * span == pytest.approx(expected @ axis.direction)
    engine.apply(Command("/input/follow", (0.0,)))
    engine.render(np.empty((20 * HOP, 2), np.float32))
    for chunk in engine.slot.chunks.values():
        np.testing.assert_array_equal(chunk.latent, engine.slot.point.current)


def test_after_following_the_instrument_is_where_it_was() -> None:
    engine, _ = play(FOLLOW, *EVEN)
    point = engine.slot.point.current
    np.testing.assert_array_equal(point, play(*EVEN, hops=1)[0].slot.point.current)
    engine.apply(Command("/input/follow", (0.0,)))
    engine.render(np.empty((20 * HOP, 2), np.float32))
    assert engine.slot.heads.track is None
    for chunk in engine.slot.chunks.values():
        np.testing.assert_array_equal(chunk.latent, point)


def without_latents(engine: Engine, seconds: float) -> np.ndarray:
    """Play on without an input; the sound."""
    sound = np.empty((round(seconds * SETTINGS.sample_rate_hz), 2), np.float32)
    engine.render(sound)
    return sound


@pytest.mark.parametrize(("follow", "nearest"), [(1.0, 0.0), (0.5, 0.0), (0.0, 1.0)])
def test_an_input_that_is_gone_is_left_after_a_second(follow: float, nearest: float) -> None:
    shares = Command("/input/follow", (follow,)), Command("/input/nearest", (nearest,))
    engine, _ = play(*shares, *EVEN)
    slot = engine.slot
    without_latents(engine, 0.9)
    assert slot.input.pulls, "a busy computer encodes late"
    without_latents(engine, 0.6)
    assert slot.heads.track is None
    for chunk in slot.chunks.values():
        np.testing.assert_array_equal(chunk.latent, slot.point.current)
    engine.apply(Command("/input/latent", latent_at(0)))
    without_latents(engine, 0.1)
    assert slot.input.pulls, "it is back"


def test_a_path_and_the_axes_play_on_once_the_input_is_gone() -> None:
    engine, _ = play(FOLLOW, *EVEN, Command("/path/play", (0,)))
    position = engine.slot.path.position
    without_latents(engine, 1.5)
    assert engine.slot.heads.track is engine.slot.path
    assert engine.slot.path.position > position
    engine.apply(Command("/axis/brightness", (0.5,), glide_s=0.0))
    without_latents(engine, 0.2)
    assert engine.axis_values[0] == pytest.approx(0.5, abs=1e-3)


def test_a_frozen_input_is_held_until_a_second_after_it_is_released() -> None:
    engine, _ = play(FOLLOW, *EVEN)
    engine.apply(Command("/input/freeze", (1,)))
    without_latents(engine, 3.0)
    assert engine.slot.input.leads
    engine.apply(Command("/input/freeze", (0,)))
    without_latents(engine, 0.5)
    assert engine.slot.input.leads
    without_latents(engine, 1.0)
    assert engine.slot.heads.track is None


@pytest.mark.parametrize("pause", ["/input/follow", "/play"])
def test_after_a_pause_nothing_that_was_heard_before_it_is_played(pause: str) -> None:
    engine, _ = play(FOLLOW, *EVEN)
    engine.apply(Command(pause, (0,)))
    without_latents(engine, 1.5)
    engine.apply(Command(pause, (1,)))
    for _ in range(3):
        without_latents(engine, HOP / SETTINGS.sample_rate_hz)
        assert engine.slot.heads.track is None
    engine.apply(Command("/input/latent", latent_at(0)))
    without_latents(engine, 3 * HOP / SETTINGS.sample_rate_hz)
    assert engine.slot.input.leads


def test_an_input_that_is_gone_is_left_as_softly_as_one_that_is_not_followed() -> None:
    engine, _ = play(FOLLOW, *EVEN)
    gone = without_latents(engine, 1.5)
    engine, _ = play(FOLLOW, *EVEN)
    engine.apply(Command("/input/freeze", (1,)))
    without_latents(engine, 0.75)
    engine.apply(Command("/input/follow", (0.0,)))
    left = without_latents(engine, 0.75)
    steps = [np.abs(np.diff(sound, axis=0)).max() for sound in (gone, left)]
    assert steps[0] <= 1.5 * steps[1]


def test_it_goes_to_the_landmark_that_sounds_nearest() -> None:
    engine, _ = play(Command("/input/nearest", (1.0,)), *EVEN)
    corpus = CorpusMap(BUNDLE)
    landmark = corpus.nearest(np.array(latent_at(HOPS - ENCODE_HOPS)))
    for chunk in engine.slot.chunks.values():
        np.testing.assert_allclose(chunk.latent, corpus.latents[landmark])


def test_a_session_that_follows_is_played_again_bit_for_bit() -> None:
    log: list[ChunkSwap] = []
    live, heard = play(FOLLOW, decoder=ThreadedDecoder(BUNDLE), on_chunk_swap=log.append)
    live.close()
    _, again = play(FOLLOW, decoder=ReplayDecoder(BUNDLE, log))
    np.testing.assert_array_equal(again, heard)


def test_notes_play_what_the_input_is() -> None:
    notes = Command("/keys", ("pitch",)), Command("/note/on", (67.0, 1.0))
    _, sound = play(FOLLOW, *notes)
    assert np.abs(sound[-10:]).max() > 0.01


@pytest.mark.parametrize("share", [0.5, 1.0])
def test_a_model_that_no_longer_leads_goes_back_to_its_point(share: float) -> None:
    engine, out = Engine(BUNDLE, channels=2, seed=4), np.empty((10 * HOP, 2), np.float32)
    engine.install(engine.load_model(2, BUNDLE))
    for command in (*EVEN, Command("/model/blend", (2, 1.0)), Command("/input/follow", (share,))):
        engine.apply(command)
    engine.render(out)
    engine.apply(Command("/model/fade", (0.0,)))
    engine.unload(1)
    engine.apply(Command("/input/latent", latent_at(0)))
    engine.render(out)
    slot = engine.slot
    assert slot.input.pulls
    engine.install(engine.load_model(1, BUNDLE))
    engine.render(out)
    engine.apply(Command("/input/latent", latent_at(8)))
    engine.render(out)
    assert engine.slot.input.pulls
    assert slot is engine.slots[2]
    assert slot.heads.track is None
    for chunk in slot.chunks.values():
        np.testing.assert_array_equal(chunk.latent, slot.point.current)


def test_a_model_without_an_encoder_refuses_to_follow() -> None:
    engine = Engine(tiny_bundle())
    for path in ("/input/follow", "/input/nearest"):
        with pytest.raises(CommandError, match="has no encoder"):
            engine.apply(Command(path, (0.5,)))
        assert engine.value(path) == (0.0,)
        engine.apply(Command(path, (0.0,)))
