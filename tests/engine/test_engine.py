"""Engine as a whole: bit-exact, click-free, bounded output, restorable state."""

import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from support.tiny import AXES, tiny_bundle

from distill_live.addresses import CEILING, TABLE, Values, instantiate
from distill_live.bundle import Bundle
from distill_live.engine import (
    ChunkSwap,
    Command,
    Engine,
    InlineDecoder,
    ReplayDecoder,
    ThreadedDecoder,
)
from distill_live.engine.decoding.decoder import Taken
from distill_live.engine.heads import HEADS
from distill_live.errors import CommandError, ConfigurationError, TakeError
from distill_live.spectrogram import LOW_LATENCY, STANDARD, SpectrogramSettings

BUNDLE = tiny_bundle()
HOP = BUNDLE.settings.hop_samples
RATE_HZ = BUNDLE.settings.sample_rate_hz

SCORE = (
    Command("/axis/brightness", (0.7,), 9_000),
    Command("/speed", (-1.5,), 14_000),
    Command("/latent/002", (1.5,), 17_000),
    Command("/gain", (-6.0,), 20_000),
    Command("/freeze", (1,), 25_000),
    Command("/position", (0.8,), 27_000),
    Command("/freeze", (0,), 30_000),
    Command("/drift", (1.0,), 30_000),
    Command("/follow", (0,), 34_000),
    Command("/mute", (1,), 40_000),
    Command("/mute", (0,), 42_000),
    Command("/loop", (0.2, 0.5), 45_000),
    Command("/jitter", (0.8,), 47_000),
    Command("/spread", (0.9,), 50_000),
)


def play(
    samples: int,
    *commands: Command,
    channels: int = 1,
    seed: int = 1,
    blocks: Iterator[int] | None = None,
    bundle: Bundle = BUNDLE,
) -> np.ndarray:
    engine = Engine(bundle, channels=channels, seed=seed)
    for command in commands:
        engine.apply(command)
    out = np.empty((samples, channels), np.float32)
    done = 0
    while done < samples:
        count = samples if blocks is None else next(blocks)
        engine.render(out[done : done + count])
        done = min(samples, done + count)
    assert engine.time_samples == samples
    return out


def still(*commands: Command) -> tuple[Command, ...]:
    """Commands after two that stop what moves by itself."""
    return (Command("/jitter", (0.0,)), Command("/spread", (0.0,)), *commands)


def test_the_same_log_gives_the_same_samples_whatever_the_blocks() -> None:
    rng = np.random.default_rng(0)
    whole = play(60_000, *SCORE, channels=2)
    chopped = play(
        60_000,
        *SCORE,
        channels=2,
        blocks=iter(lambda: int(rng.integers(1, 3 * HOP)), None),
    )
    np.testing.assert_array_equal(whole, chopped)
    assert np.abs(whole).max() > 0.01
    assert not np.array_equal(whole, play(60_000, *SCORE, channels=2, seed=2))


def test_a_command_takes_effect_at_the_first_hop_that_starts_when_it_is_due() -> None:
    a = play(40 * HOP, *still())
    due = 20 * HOP - 5
    b = play(40 * HOP, *still(Command("/axis/brightness", (1.0, 0.0), due)))
    differs = np.flatnonzero(a != b)
    assert 20 * HOP <= differs[0] < 21 * HOP


def test_a_command_without_a_time_is_due_at_the_next_hop() -> None:
    engines = [Engine(BUNDLE, channels=1, seed=1) for _ in range(2)]
    out = np.empty((2, 40 * HOP, 1), np.float32)
    for engine, into in zip(engines, out, strict=True):
        engine.render(into[: 10 * HOP + 7])
    engines[0].apply(Command("/gain", (-40.0,)))
    engines[1].apply(Command("/gain", (-40.0,), 11 * HOP))
    for engine, into in zip(engines, out, strict=True):
        engine.render(into[10 * HOP + 7 :])
    np.testing.assert_array_equal(out[0], out[1])


def test_an_older_command_does_not_overtake_a_newer_one() -> None:
    engine = Engine(BUNDLE, channels=1)
    engine.apply(Command("/gain", (-40.0,), HOP + 1))
    engine.render(np.empty((HOP + 8, 1), np.float32))
    engine.apply(Command("/gain", (-3.0,)))
    engine.render(np.empty((4 * HOP, 1), np.float32))
    assert engine.value("/gain") == (-3.0,)


def largest_step(x: np.ndarray) -> float:
    return float(np.abs(np.diff(x, axis=0)).max())


INSTANCES = {
    "/latent/<i>": "/latent/003",
    "/axis/<name>": "/axis/brightness",
    "/lfo/<name>": "/lfo/brightness",
    "/macro/<i>": "/macro/1",
}
"""What stands for all that a model makes of an address."""


def ends_of_controls() -> dict[str, tuple[Values, Values, Values]]:
    """Every control of the engine that has a value: its arguments at both ends, its default."""
    exact = instantiate(len(BUNDLE.latent_mean), AXES, len(BUNDLE.landmarks))
    ends = {}
    for path, address in TABLE.items():
        own = address.owner == "engine" and path not in IDLE
        if own and address.access == "value":
            path = INSTANCES.get(path, path)
            arguments = [a for a in exact[path].arguments if not a.optional]
            texts = [a.choices or ("", *AXES) for a in arguments]
            low, high = (
                tuple(
                    text[end] if a.kind == "s" else (a.low, a.high)[end]
                    for a, text in zip(arguments, texts, strict=True)
                )
                for end in (0, -1)
            )
            ends[path] = (low, high, exact[path].default)
    return ends | {"/loop": ((0.0, 1.0), (0.4, 0.45), (0.0, 1.0))}  # its ends are no region


IDLE = ("/path/position", "/input/follow", "/input/nearest")
"""Controls that do nothing without a path that plays, or an input."""

ENDS = ends_of_controls()


@pytest.mark.parametrize("path", ENDS)
def test_a_full_step_of_a_control_makes_no_step_of_the_sound(path: str) -> None:
    low, high, default = ENDS[path]
    changes = [Command(path, (low, high)[i % 2], 20_000 + i * 14_000 + 100 * i) for i in range(4)]
    changed = play(80_000, Command("/glide", (0.0,)), Command(path, low), *changes)
    # What it sounds like where nothing moves, at its ends and its default, is how steep it may be.
    still = [
        play(80_000, Command("/glide", (0.0,)), Command(path, at)) for at in (low, high, default)
    ]
    assert largest_step(changed[6_000:]) <= 1.25 * max(map(largest_step, still))


def test_panic_is_silent_within_20_ms_and_until_play() -> None:
    y = play(
        96_000,
        Command("/panic", (), 24_000),
        Command("/mute", (0,), 40_000),
        Command("/play", (1,), 60_000),
    )
    silent_from = 24_000 + HOP + round(0.02 * RATE_HZ)
    assert np.abs(y[:24_000]).max() > 0.01
    assert not y[silent_from:60_000].any()
    assert np.abs(y[70_000:]).max() > 0.01


def test_what_was_stopped_does_not_come_back_and_not_at_its_old_level() -> None:
    quiet = (Command("/panic", (), 24_000), Command("/gain", (-60.0,), 40_000))
    y = play(96_000, *quiet, Command("/play", (1,), 60_000))
    assert np.abs(y[60_000:62_000]).max() < 3 * np.abs(y[80_000:]).max()


@pytest.mark.parametrize("settings", [STANDARD, LOW_LATENCY], ids=["standard", "low-latency"])
def test_stopping_fades_to_nothing_without_a_step(settings: SpectrogramSettings) -> None:
    bundle = tiny_bundle(settings=settings)
    y = play(48_000, Command("/play", (0,), 24_000), bundle=bundle)
    assert not y[30_000:].any()
    assert largest_step(y[24_000:]) <= 1.1 * largest_step(y[6_000:24_000])
    last = np.flatnonzero(y)[-1]
    assert np.abs(y[last]).max() < 0.01 * np.abs(y).max()


def test_a_released_button_does_nothing() -> None:
    np.testing.assert_array_equal(play(30_000), play(30_000, Command("/panic", (0,), 9_000)))


@pytest.mark.parametrize("latent", [1e9, -1e9, 4.0, "random"])
def test_no_latent_leaves_the_ceiling(latent: float | str) -> None:
    size, rng = len(BUNDLE.latent_mean), np.random.default_rng(0)
    commands = [Command("/gain", (6.0,)), Command("/glide", (0.0,))]
    for hop in range(90):
        values = rng.normal(0.0, 100.0, size) if latent == "random" else np.full(size, latent)
        commands.append(Command("/latent", tuple(values.tolist()), hop * HOP))
    y = play(48_000, *commands)
    assert np.isfinite(y).all()
    assert 0.01 < np.abs(y).max() <= CEILING


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_frames_that_are_not_finite_are_silent_and_counted(value: float) -> None:
    model = onnx.load_from_string(BUNDLE.decoder)
    for weights in model.graph.initializer:
        if weights.name == "movement_half":
            movement = numpy_helper.to_array(weights).copy()
            movement[..., 30:60] = value
            weights.CopyFrom(numpy_helper.from_array(movement, weights.name))
    engine = Engine(replace(BUNDLE, decoder=model.SerializeToString()), channels=1, seed=1)
    y = np.empty((96_000, 1), np.float32)
    engine.apply(Command("/gain", (6.0,)))
    engine.render(y[:HOP])
    assert engine.read_meters().broken_frames == 30 * HEADS, "those of the first chunks"
    engine.render(y[HOP:])
    assert np.isfinite(y).all()
    assert 0.01 < np.abs(y).max() <= CEILING
    assert engine.read_meters().broken_frames >= 30


def test_state_brings_a_new_engine_to_the_same_place() -> None:
    first = Engine(BUNDLE, channels=2, seed=4)
    for command in SCORE[:8]:
        first.apply(replace(command, time_samples=None))
    first.render(np.empty((30_000, 2), np.float32))
    first.apply(Command("/drift", (0.0,)))
    first.render(np.empty((HOP * 20, 2), np.float32))
    second = Engine(BUNDLE, channels=2, seed=9)
    for command in first.state():
        second.apply(command)
    second.render(np.empty((HOP * 2, 2), np.float32))
    for path in ("/latent", "/gain", "/speed", "/loop", "/axis/brightness", "/freeze", "/play"):
        assert second.value(path) == pytest.approx(first.value(path), rel=1e-7, abs=1e-9)
    assert second.value("/position")[0] == pytest.approx(first.value("/position")[0], abs=0.1)


def test_a_drifting_engine_is_restored_where_it_was() -> None:
    first = Engine(BUNDLE, channels=1, seed=4)
    first.apply(Command("/drift", (0.25,)))
    first.render(np.empty((200 * HOP, 1), np.float32))
    second = Engine(BUNDLE, channels=1, seed=9)
    for command in first.state():
        second.apply(command)
    second.render(np.empty((HOP, 1), np.float32))
    assert second.value("/latent") == pytest.approx(first.value("/latent"), abs=0.05)


@pytest.mark.parametrize("touch_hops", [1, 5, 400])
def test_an_axis_touched_in_a_morph_does_not_jump_where_that_is_restored(touch_hops: int) -> None:
    def hops(engine: Engine, count: int) -> np.ndarray:
        way = []
        for _ in range(count):
            engine.render(np.empty((HOP, 1), np.float32))
            way.append(engine.slot.point.current.copy())
        return np.array(way)

    hop_s = HOP / BUNDLE.settings.sample_rate_hz
    first = Engine(BUNDLE, channels=1, seed=4)
    first.apply(Command("/latent", tuple(np.linspace(-2.0, 2.0, BUNDLE.latent_size)), None, 0.0))
    hops(first, 2)
    target = tuple(np.linspace(1.0, -1.0, BUNDLE.latent_size))
    first.apply(Command("/latent", target, None, 600 * hop_s))
    hops(first, 100)
    first.apply(Command("/axis/brightness", (1.0, touch_hops * hop_s)))
    before = hops(first, 10)
    second = Engine(BUNDLE, channels=1, seed=9)
    for command in first.state():
        second.apply(command)
    first_after, second_after = hops(first, 490), hops(second, 490)
    np.testing.assert_allclose(second_after[-1], first_after[-1], atol=1e-9)
    assert second.value("/axis/brightness") == pytest.approx(first.value("/axis/brightness"))
    steps = np.diff(np.vstack([before[-1], second_after]), axis=0)
    assert np.abs(steps).max() < 1.01 * np.abs(np.diff(first_after, axis=0)).max()


def test_a_landmark_and_its_place_on_the_map_are_one_sound() -> None:
    mark, index = BUNDLE.landmarks[3], 3
    instant = still(Command("/glide", (0.0,)))
    gone = play(20 * HOP, *instant, Command("/corpus/goto", (index,)))
    placed = Engine(BUNDLE, channels=1, seed=1)
    for command in (*instant, Command("/map", (mark.x, mark.y))):
        placed.apply(command)
    placed.render(np.empty((HOP, 1), np.float32))
    assert placed.value("/latent") == pytest.approx(BUNDLE.landmark_latents[index], abs=0.02)
    assert placed.value("/map") == (mark.x, mark.y)
    named = Command("/latent", tuple(BUNDLE.landmark_latents[index].tolist()))
    np.testing.assert_array_equal(gone, play(20 * HOP, *instant, named))


def test_a_landmark_that_the_model_lacks_is_refused_and_changes_nothing() -> None:
    engine = Engine(BUNDLE, channels=1)
    before = engine.state()
    with pytest.raises(CommandError, match="landmark is 6; it must lie in 0 to 5") as refusal:
        engine.apply(Command("/corpus/goto", (6,)))
    assert refusal.value.code == "out-of-range"
    assert engine.state() == before


@pytest.mark.parametrize("path", [path for path, address in TABLE.items() if address.replaces])
def test_what_a_newer_command_replaces_has_no_effect(path: str) -> None:
    moving = [Command(one, (1.0,)) for one in ("/drift", "/walk", "/jitter", "/spread")]
    older, newer = Command(path, (0,), 20 * HOP), Command(path, (1,), 20 * HOP)
    sound = play(60 * HOP, *moving, newer)
    np.testing.assert_array_equal(play(60 * HOP, *moving, older, newer), sound)
    assert not np.array_equal(play(60 * HOP, *moving, older), sound)


@pytest.mark.parametrize("motion", [("/drift", (1.0,)), ("/walk", (1.0,)), ("/jitter", (1.0,))])
def test_a_seed_makes_what_moves_by_itself_repeat(motion: tuple[str, tuple[float]]) -> None:
    def latents(seed: int) -> list[tuple[float, ...]]:
        taken: list[tuple[float, ...]] = []

        def note(one: ChunkSwap) -> None:
            taken.append(tuple(engine.slot.chunks[one.head, one.channel].latent))

        engine = Engine(BUNDLE, channels=1, seed=seed, on_chunk_swap=note)
        place = Command("/latent", (0.0,) * BUNDLE.latent_size)
        for command in (*still(Command("/glide", (0.0,))), place, Command("/position", (0.0,))):
            engine.apply(command)
        engine.render(np.empty((5 * HOP, 1), np.float32))
        del taken[:]
        engine.apply(Command("/seed", (7,)))
        engine.apply(Command(*motion))
        engine.render(np.empty((150 * HOP, 1), np.float32))
        return taken

    first, second = latents(1), latents(2)
    # the heads at hand keep the jitter that they were given before
    assert len(first) == len(second) > 3
    np.testing.assert_allclose(first[3:], second[3:], atol=1e-9)


def test_an_oscillator_swings_the_sound_and_is_restored() -> None:
    engine = Engine(BUNDLE, channels=1, seed=1)
    for command in still(Command("/lfo/loudness", (2.0, 1.0))):
        engine.apply(command)
    y = np.empty((2 * RATE_HZ, 1), np.float32)
    engine.render(y)
    level = np.sqrt(np.mean(y[RATE_HZ // 2 :].reshape(-1, RATE_HZ // 16) ** 2, axis=1))
    assert level.max() > 2 * level.min()
    assert Command("/lfo/loudness", (2.0, 1.0)) in engine.state()


def test_channels_are_one_at_spread_0_and_ever_less_alike_from_there() -> None:
    def alike(spread: float) -> float:
        spread_and_jitter = Command("/jitter", (0.3,)), Command("/spread", (spread,))
        y = play(96_000, *spread_and_jitter, channels=2)[9_600:]
        levels = 20.0 * np.log10(np.sqrt((y.reshape(-1, 960, 2) ** 2).mean(axis=1)))
        return float(np.abs(levels[:, 0] - levels[:, 1]).mean())

    mono = play(48_000, Command("/spread", (0.0,)), channels=2)
    np.testing.assert_array_equal(mono[:, 0], mono[:, 1])
    np.testing.assert_array_equal(mono[:, :1], play(48_000, Command("/spread", (0.0,))))
    apart = [alike(spread) for spread in (0.0, 0.1, 0.3, 1.0)]
    assert apart[0] == 0.0
    assert apart == sorted(apart)
    assert 0.0 < apart[1] < 0.5 * apart[3]


@pytest.mark.parametrize("settings", [STANDARD, LOW_LATENCY], ids=["standard", "low-latency"])
def test_both_profiles_play(settings: SpectrogramSettings) -> None:
    bundle = tiny_bundle(settings=settings)
    y = play(48_000, bundle=bundle)
    assert 0.003 < np.sqrt(np.mean(y[12_000:] ** 2)) < 0.5


def test_follow_chunk_waits_for_a_head_to_start_anew() -> None:
    follow, move = Command("/follow", (0,)), Command("/axis/loudness", (1.0, 0.0), 30 * HOP)
    base, moved = play(200 * HOP, *still(follow)), play(200 * HOP, *still(follow, move))
    first = int(np.flatnonzero(base != moved)[0]) // HOP
    assert first > 35  # a head is a quarter of the region in at the start: 70 hops to its end
    at_once = play(200 * HOP, *still(move))
    assert int(np.flatnonzero(play(200 * HOP, *still()) != at_once)[0]) // HOP == 30


@pytest.mark.parametrize("stop", [Command("/freeze", (1,)), Command("/speed", (0.0,))])
@pytest.mark.parametrize("rare", [Command("/follow", (0,)), Command("/economy", (2,))])
def test_heads_that_stand_still_follow_moves(stop: Command, rare: Command) -> None:
    move = Command("/axis/loudness", (1.0, 0.0), 30 * HOP)
    base, moved = (play(60 * HOP, *still(rare, stop, *more)) for more in ((), (move,)))
    assert int(np.flatnonzero(base != moved)[0]) // HOP == 30
    always = play(60 * HOP, *still(stop, move))
    np.testing.assert_array_equal(moved[45 * HOP :], always[45 * HOP :])


def test_the_decoder_thread_ends_up_where_the_latent_is() -> None:
    decoder = ThreadedDecoder(BUNDLE)
    engine = Engine(BUNDLE, channels=2, seed=1, decoder=decoder)
    inline = Engine(BUNDLE, channels=2, seed=1)
    out = np.empty((HOP, 2), np.float32)
    for e in (engine, inline):
        e.apply(Command("/latent", (0.5,) * len(BUNDLE.latent_mean)))
        e.render(out)
    decoder.decode(np.zeros(len(BUNDLE.latent_mean)))
    for _ in range(200):
        engine.render(out)
        inline.render(out)
    waiting = decoder.take(engine.time_samples)
    engine.close()
    assert not waiting
    for key, chunk in inline.slot.chunks.items():
        np.testing.assert_array_equal(engine.slot.chunks[key].rows, chunk.rows)


def test_what_was_played_live_is_played_again_by_its_log() -> None:
    rng = np.random.default_rng(0)
    log: list[ChunkSwap] = []
    commands: list[Command] = []
    live = Engine(
        BUNDLE, channels=2, seed=1, decoder=ThreadedDecoder(BUNDLE), on_chunk_swap=log.append
    )
    heard = np.empty((150, HOP, 2), np.float32)
    for hop in heard:
        for _ in range(rng.integers(3)):
            value = (float(rng.uniform(-1, 1)),)
            command = Command(f"/axis/{rng.choice(AXES)}", value, live.next_hop_samples)
            live.apply(command)
            commands.append(command)
            live.prepare()
        time.sleep(float(rng.choice([0.0, 0.0, 0.001])))
        live.render(hop)
    live.close()
    assert len(log) > 20

    again = Engine(BUNDLE, channels=2, seed=1, decoder=ReplayDecoder(BUNDLE, log))
    replayed = np.empty((150, HOP, 2), np.float32)
    for hop in replayed:
        for command in (c for c in commands if c.time_samples == again.next_hop_samples):
            again.apply(command)
            again.prepare()
        again.render(hop)
    np.testing.assert_array_equal(replayed, heard)
    offline = play(150 * HOP, *commands, channels=2)
    assert not np.array_equal(offline, replayed.reshape(-1, 2)), "the log made no difference"


def test_a_log_that_takes_over_what_was_never_asked_for_is_refused() -> None:
    engine = Engine(BUNDLE, decoder=ReplayDecoder(BUNDLE, [ChunkSwap(HOP, 0, 1, 7)]))
    with pytest.raises(TakeError, match=r"chunk 7 .* head 0, channel 1"):
        engine.render(np.empty((2 * HOP, 2), np.float32))


def test_preparing_changes_nothing_offline() -> None:
    def heard(prepare: bool) -> np.ndarray:
        engine = Engine(BUNDLE, channels=2, seed=1)
        rng = np.random.default_rng(0)
        out = np.empty((300, HOP, 2), np.float32)
        for hop in out:
            if rng.random() < 0.2:
                engine.apply(Command("/axis/brightness", (float(rng.uniform(-1, 1)),)))
                if prepare:
                    engine.prepare()
            engine.render(hop)
        return out

    np.testing.assert_array_equal(heard(True), heard(False))


class CountingDecoder(InlineDecoder):
    """Keeps the keys that were asked for, in their order."""

    def __init__(self, bundle: Bundle) -> None:
        super().__init__(bundle)
        self.asked: list[tuple[int, int]] = []

    def submit(
        self,
        key: tuple[int, int],
        request: int,
        latent: np.ndarray,
        frames: tuple[int, int] | None = None,
    ) -> None:
        self.asked.append(key)
        super().submit(key, request, latent, frames)


def test_the_louder_head_is_decoded_first_in_all_channels() -> None:
    decoder = CountingDecoder(BUNDLE)
    engine = Engine(BUNDLE, channels=2, seed=1, decoder=decoder)
    out = np.empty((HOP, 2), np.float32)
    firsts = set()
    for hop in range(240):
        decoder.asked.clear()
        leaps = hop % 5 == 4
        if leaps:
            engine.apply(Command("/axis/brightness", (hop % 2 - 0.5, 0.0)))
        engine.render(out)
        if leaps:
            lead = engine.slot.heads.lead
            assert decoder.asked == [(lead, 0), (lead, 1), (1 - lead, 0), (1 - lead, 1)]
            firsts.add(lead)
    assert firsts == {0, 1}


class LateDecoder(InlineDecoder):
    """Gives each chunk a hop late."""

    def __init__(self, bundle: Bundle) -> None:
        super().__init__(bundle)
        self.given: list[Taken] = []
        self._late: list[Taken] = []

    def take(self, time_samples: int) -> list[Taken]:
        self.given, self._late = self._late, super().take(time_samples)
        return self.given


@pytest.mark.parametrize("economy", [0, 1])
def test_a_late_chunk_sounds_though_the_point_leaps_on_in_that_hop(economy: int) -> None:
    decoder = LateDecoder(BUNDLE)
    engine = Engine(BUNDLE, channels=2, seed=1, decoder=decoder)
    for command in (*still(), Command("/economy", (economy,))):
        engine.apply(command)
    out = np.empty((HOP, 2), np.float32)
    given = 0
    for hop in range(60):
        engine.apply(Command("/axis/brightness", (0.618 * hop % 1.0, 0.0)))  # far from hop to hop
        engine.render(out)
        if hop < 4:  # the first leap is one of all keys
            continue
        for key, _, chunk in decoder.given:
            rows = np.empty_like(chunk.rows)
            frames = chunk.first_frame + np.arange(len(rows))
            engine.slot._morphs[key].take(frames.tolist(), rows)
            np.testing.assert_array_equal(rows, chunk.rows)
            given += 1
    assert given >= 50


def test_preparing_has_a_chunk_decoded_before_its_hop() -> None:
    decoder = CountingDecoder(BUNDLE)
    engine = Engine(BUNDLE, channels=1, seed=1, decoder=decoder)
    for command in still():
        engine.apply(command)
    out = np.empty((HOP, 1), np.float32)
    engine.render(out)
    for value in (0.5, 0.6, 0.7):
        engine.apply(Command("/axis/brightness", (value, 0.0)))
        engine.prepare()
    assert len(decoder.asked) == HEADS, "once between two hops, for each head"
    engine.render(out)
    assert len(decoder.asked) == 2 * HEADS, "what came later is asked for at the hop"
    engine.prepare()
    engine.render(out)
    assert len(decoder.asked) == 2 * HEADS


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (Command("/nothing", (1.0,)), "unknown-address"),
        (Command("/status"), "unknown-address"),
        (Command("/gain", ("loud",)), "bad-type"),
        (Command("/latent", (1.0,)), "bad-count"),
        (Command("/gain", (float("nan"),)), "not-finite"),
    ],
)
def test_a_wrong_command_changes_nothing(command: Command, code: str) -> None:
    engine = Engine(BUNDLE, seed=1)
    before = engine.state()
    with pytest.raises(CommandError) as caught:
        engine.apply(command)
    assert caught.value.code == code
    assert engine.state() == before


def test_channels_and_seed_are_checked() -> None:
    with pytest.raises(ConfigurationError, match="channels is 17; it must lie in 1 to 16"):
        Engine(BUNDLE, channels=17)
    with pytest.raises(ConfigurationError, match="seed is -1; it must be 0 or more"):
        Engine(BUNDLE, seed=-1)


GLIDES = (
    Command("/gain", (-20.0,), 9_000, 0.4),
    Command("/jitter", (1.0,), 12_000, 0.3),
    Command("/spread", (0.9,), 15_000, 0.3),
    Command("/loop", (0.2, 0.6), 18_000, 0.2),
    Command("/speed", (-2.0,), 20_000, 0.5),
    Command("/lfo/brightness", (5.0, 0.5), 22_000, 0.3),
    Command("/latent", (0.5,) * 8, 25_000, 0.3),
    Command("/gain", (0.0,), 26_000, 0.1),
)


def test_glides_are_the_same_whatever_the_blocks() -> None:
    rng = np.random.default_rng(1)
    chopped = iter(lambda: int(rng.integers(1, 3 * HOP)), None)
    whole = play(60_000, *GLIDES, channels=2)
    np.testing.assert_array_equal(whole, play(60_000, *GLIDES, channels=2, blocks=chopped))


def test_a_glide_is_linear_hop_by_hop_and_ends_exactly() -> None:
    engine = Engine(BUNDLE, channels=1, seed=1)
    out = np.empty((HOP, 1), np.float32)
    engine.apply(Command("/speed", (3.0,), None, 10 * HOP / RATE_HZ))
    speeds = []
    for _ in range(12):
        engine.render(out)
        speeds.append(engine.slot.heads.speed)
        assert engine.value("/speed") == (3.0,)
        assert [c.args for c in engine.state() if c.address == "/speed"][-1] == (3.0,)
    np.testing.assert_allclose(speeds[:10], 1.0 + 0.2 * np.arange(1, 11), atol=1e-12)
    assert speeds[9:] == [3.0] * 3


def test_a_newer_command_replaces_a_glide_from_where_it_is() -> None:
    engine = Engine(BUNDLE, channels=1, seed=1)
    out = np.empty((5 * HOP, 1), np.float32)
    engine.apply(Command("/speed", (3.0,), None, 10 * HOP / RATE_HZ))
    engine.render(out)
    engine.apply(Command("/speed", (0.0,), None, 10 * HOP / RATE_HZ))
    engine.render(out)
    assert engine.slot.heads.speed == pytest.approx(1.0)
    engine.apply(Command("/speed", (-1.0,)))
    engine.render(out)
    assert engine.slot.heads.speed == -1.0


def test_a_glide_moves_the_latent_and_leaves_switches_at_once() -> None:
    engine = Engine(BUNDLE, channels=1, seed=1)
    engine.apply(Command("/axis/brightness", (0.0,), None, 0.0))
    engine.render(np.empty((HOP, 1), np.float32))
    engine.apply(Command("/axis/brightness", (1.0,), None, 10 * HOP / RATE_HZ))
    engine.apply(Command("/freeze", (1,), None, 1.0))
    engine.render(np.empty((5 * HOP, 1), np.float32))
    (target,) = engine.value("/axis/brightness")
    assert target == pytest.approx(1.0)
    direction = BUNDLE.axes[AXES.index("brightness")].direction
    way = (engine.slot.point.target - engine.slot.point.current) @ direction
    engine.render(np.empty((4 * HOP, 1), np.float32))
    assert (engine.slot.point.target - engine.slot.point.current) @ direction == pytest.approx(
        way / 5
    )
    assert engine.slot.heads.frozen
    for bad in (-1.0, np.nan, np.inf):
        with pytest.raises(CommandError, match="glide"):
            engine.apply(Command("/gain", (0.0,), None, bad))


def test_what_was_prepared_makes_no_difference_while_values_glide() -> None:
    def heard(prepare: bool) -> np.ndarray:
        engine = Engine(BUNDLE, channels=2, seed=1)
        out = np.empty((60, HOP, 2), np.float32)
        for number, hop in enumerate(out):
            if number % 20 == 5:
                path = ("/jitter", "/walk", "/drift")[number // 20]
                engine.apply(Command(path, (0.8,), None, 0.1))
                engine.apply(Command("/axis/brightness", (number / 60,)))
            if prepare:
                engine.prepare()
            engine.render(hop)
        return out

    np.testing.assert_array_equal(heard(True), heard(False))
