"""Several models in one engine: mixing levels, replacement, cost."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from support.tiny import tiny_bundle
from support.tones import level_db

from distill_live.bundle import Axis, Bundle
from distill_live.engine import (
    ChunkSwap,
    Command,
    Engine,
    InlineDecoder,
    ReplayDecoder,
    ThreadedDecoder,
)
from distill_live.errors import CommandError, ConfigurationError
from distill_live.presets import morph, snapshot
from distill_live.spectrogram import LOW_LATENCY, STANDARD, SpectrogramSettings

HOP, RATE_HZ = STANDARD.hop_samples, STANDARD.sample_rate_hz
SETTLING = 20 * HOP
OTHER_RATE = replace(LOW_LATENCY, sample_rate_hz=44100)
FINER = replace(STANDARD, n_fft=4096, synthesis_samples=3072)  # whole hops later: no comb filter
SETTINGS = {
    "spectrum": STANDARD,
    "same hop": FINER,
    "other hop": LOW_LATENCY,
    "longer hop": replace(STANDARD, hop_samples=1024, n_fft=4096, synthesis_samples=4096),
    "other rate": OTHER_RATE,
}
every_setting = pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS.keys())


@cache
def model(settings: SpectrogramSettings = STANDARD, seed: int = 0) -> Bundle:
    return tiny_bundle(settings=settings, seed=seed)


STILL = (
    Command("/jitter", (0.0,)),
    Command("/spread", (0.0,)),
    Command("/glide", (0.0,)),
    Command("/axis/brightness", (0.0,)),
)


def an_engine(*others: Bundle, channels: int = 1, seed: int = 1) -> Engine:
    """The first model in slot 1, the others after it, at weight 0."""
    engine = Engine(model(), channels=channels, seed=seed)
    for number, bundle in enumerate(others, 2):
        engine.install(engine.load_model(number, bundle))
    return engine


def tell(engine: Engine, *commands: Command) -> Engine:
    for command in commands:
        engine.apply(command)
    return engine


def weights(*values: float) -> list[Command]:
    return [Command("/model/blend", (number, value)) for number, value in enumerate(values, 1)]


def heard(engine: Engine, hops: int = 200) -> np.ndarray:
    out = np.empty((hops * engine.hop_samples, engine.channels), np.float32)
    engine.render(out)
    return out


def loud(slot: int, loudness: float) -> Command:
    latent = [0.0] * 8
    latent[2] = loudness
    return Command("/latent", tuple(latent), slot=slot)


@every_setting
def test_weights_are_shares_of_power(settings: SpectrogramSettings) -> None:
    def level(*of: float) -> float:
        engine = tell(an_engine(model(settings, 3)), *STILL, loud(1, -1.5), loud(2, 1.5))
        return level_db(heard(tell(engine, *weights(*of)))[SETTLING:])

    first, second = level(1, 0), level(0, 1)
    assert second > first + 3
    for blend in ((0.2, 0.8), (0.5, 0.5), (0.9, 0.1), (1, 1), (1, 0.3)):
        assert first - 0.5 < level(*blend) < second + 0.5, blend
    total = 10 * np.log10(0.5 * 10 ** (first / 10) + 0.5 * 10 ** (second / 10))
    assert level(0.5, 0.5) == pytest.approx(total, abs=1.5)
    assert level(1, 1) == pytest.approx(level(0.5, 0.5), abs=0.1), "a sum over 1 counts as 1"
    assert level(0, 0.5) == pytest.approx(second - 3, abs=0.7), "one model at a half is 3 dB down"
    assert not heard(tell(an_engine(), *weights(0)), 20).any()


def test_models_that_are_alike_are_mixed_in_the_spectrum() -> None:
    """A blend with itself is the model itself, sample for sample: one synthesiser made both."""
    alone = tell(an_engine(), *STILL, loud(1, 0.5))
    twice = tell(an_engine(model()), *STILL, loud(1, 0.5), loud(2, 0.5), *weights(0.5, 0.5))
    np.testing.assert_allclose(heard(twice), heard(alone), atol=1e-4)


def largest_step(sound: np.ndarray) -> float:
    return float(np.abs(np.diff(sound, axis=0)).max())


def jumps_db(sound: np.ndarray, over_s: float = 0.05) -> float:
    """The largest change of level from any 50 ms to the next."""
    size = round(over_s * RATE_HZ)
    levels = [
        10 * np.log10(np.mean(np.square(sound[at : at + size].astype(float))) + 1e-12)
        for at in range(0, len(sound) - size, size)
    ]
    return float(np.abs(np.diff(levels)).max())


@every_setting
def test_a_swap_is_a_fade_without_a_step_or_a_jump(settings: SpectrogramSettings) -> None:
    engine = tell(an_engine(), *STILL, Command("/model/fade", (0.5,)))
    before = heard(engine, 100)
    engine.install(engine.load_model(1, model(settings, 5)))
    during = heard(engine, 100)
    assert engine.models()[0][3] is False, "it has ended"
    after = heard(engine, 100)
    steepest = max(largest_step(before[6000:]), largest_step(after))
    assert largest_step(np.concatenate([before[-HOP:], during, after[:HOP]])) < 1.25 * steepest
    assert jumps_db(np.concatenate([before[6000:], during, after])) < 6
    low, high = sorted([level_db(before[SETTLING:]), level_db(after)])
    assert low - 1 < level_db(during) < high + 1
    assert set(engine.slots) == {1}


@every_setting
@pytest.mark.parametrize("fade_s", [0.0, 0.05])
@pytest.mark.parametrize("notes", [False, True])
@pytest.mark.parametrize("unloads", [False, True])
def test_a_short_fade_makes_no_step_of_the_sound(
    settings: SpectrogramSettings, fade_s: float, notes: bool, unloads: bool
) -> None:
    engine = tell(an_engine(model(settings, 5)), *STILL, Command("/model/fade", (fade_s,)))
    if notes:
        tell(engine, Command("/keys", ("pitch",)), Command("/note/on", (60.0, 1.0)))
    before = heard(tell(engine, *weights(0, 1)), 60)
    if unloads:
        engine.unload(2)
    else:
        engine.install(engine.load_model(2, model(seed=7)))
    during, after = heard(engine, 30), heard(engine, 60)
    steepest = max(largest_step(before[6000:]), largest_step(after))
    assert largest_step(np.concatenate([before[-HOP:], during])) < 1.25 * steepest
    groups = {one.group for one in engine._mixer.blend.models}
    assert set(engine._mixer._groups) == groups, "their tails are out"


@every_setting
def test_full_steps_of_a_weight_make_no_step_of_the_sound(settings: SpectrogramSettings) -> None:
    def sound(moves: Sequence[Command]) -> np.ndarray:
        return heard(tell(an_engine(model(settings, 3)), *STILL, *moves), 160)

    moves = [
        Command("/model/blend", (1 + i % 2, float(i % 4 < 2)), 20_000 + 9_000 * i) for i in range(6)
    ]
    steady = [sound(weights(*of)) for of in ((1, 0), (0, 1), (1, 1))]
    steepest = max(largest_step(one[6000:]) for one in steady)
    assert largest_step(sound(moves)[6000:]) <= 1.25 * steepest


class Counting(InlineDecoder):
    """Counts what it decodes."""

    def __init__(self, bundle: Bundle) -> None:
        super().__init__(bundle)
        self.decoded = 0

    def decode(self, latent: np.ndarray, frames: tuple[int, int] | None = None):  # type: ignore[no-untyped-def]
        self.decoded += 1
        return super().decode(latent, frames)


@every_setting
def test_a_model_that_is_not_heard_is_neither_decoded_nor_made_to_sound(
    settings: SpectrogramSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = Counting(model(settings, 3))
    engine = an_engine()
    engine.install(engine.load_model(2, model(settings, 3), second))
    tell(engine, Command("/drift", (1.0,)), *weights(1, 0))
    alone = tell(an_engine(), Command("/drift", (1.0,)))
    np.testing.assert_array_equal(heard(engine), heard(alone))
    assert second.decoded == 0
    tell(engine, Command("/model/blend", (2, 1.0)))
    heard(engine, 50)
    assert second.decoded > 0
    tell(engine, Command("/model/blend", (2, 0.0)))
    heard(engine, 50)
    asleep = second.decoded
    np.testing.assert_array_equal(heard(engine)[-HOP:].shape, (HOP, 1))
    assert second.decoded == asleep


def test_notes_with_timbre_are_not_decoded_by_a_model_that_is_not_heard() -> None:
    second = Counting(model(seed=3))
    engine = an_engine()
    engine.install(engine.load_model(2, model(seed=3), second))
    note = [
        Command("/keys", ("pitch",)),
        Command("/note/on", (60.0, 1.0)),
        Command("/note/timbre", (60.0, 0.5)),
    ]
    tell(engine, *weights(1, 0), *note)
    heard(engine)
    (voice,) = engine._mixer.voices.sounding
    assert second.decoded == 0
    tell(engine, Command("/model/blend", (2, 1.0)))
    heard(engine, 50)
    assert second.decoded > 0
    assert engine.slots[2].notes.of(voice) is not None
    tell(engine, Command("/model/blend", (2, 0.0)))
    heard(engine, 50)
    asleep = second.decoded
    assert engine.slots[2].notes.of(voice) is None, "what it played is old when it wakes"
    tell(engine, Command("/axis/brightness", (0.7,)))
    heard(engine, 50)
    assert second.decoded == asleep


def swaps(engine: Engine, chunks: Callable[[], int]) -> np.ndarray:
    """A session of four models that come and go, rendered in any blocks."""
    script: dict[int, Callable[[], None]] = {
        20: lambda: engine.install(engine.load_model(3, model(OTHER_RATE, 2))),
        30: lambda: engine.unload(2),
        70: lambda: engine.install(engine.load_model(1, model(LOW_LATENCY, 7))),
        110: lambda: engine.install(engine.load_model(2, model(FINER, 8))),
    }
    tell(
        engine,
        *weights(1, 0.6, 0.4),
        Command("/model/fade", (0.2,)),
        Command("/drift", (0.8,)),
        Command("/model/blend", (3, 0.9), 40 * HOP + 3),
        Command("/axis/brightness", (1.0, 0.3), 50 * HOP),
        Command("/model/blend", (2, 0.8), 130 * HOP, 0.2),
        Command("/play", (0,), 160 * HOP),
        Command("/play", (1,), 170 * HOP),
    )
    out = np.empty((200 * HOP, engine.channels), np.float32)
    for start in range(0, 200, 10):
        if start in script:
            script[start]()
        part = out[start * HOP : (start + 10) * HOP]
        done = 0
        while done < len(part):
            count = min(chunks(), len(part) - done)
            engine.render(part[done : done + count])
            done += count
    return out


def test_the_same_session_gives_the_same_samples_whatever_the_blocks() -> None:
    rng = np.random.default_rng(0)
    whole = swaps(an_engine(model(LOW_LATENCY, 4), channels=2), lambda: 10 * HOP)
    chopped = swaps(
        an_engine(model(LOW_LATENCY, 4), channels=2), lambda: int(rng.integers(1, 3 * HOP))
    )
    np.testing.assert_array_equal(whole, chopped)
    assert np.abs(whole).max() > 0.01
    assert np.isfinite(whole).all()


def test_what_two_models_played_live_is_played_again_by_its_log() -> None:
    bundles = [model(seed=seed) for seed in (0, 3, 5)]
    log: list[ChunkSwap] = []

    def play(engine: Engine, decoder: Callable[[Bundle, int, int], Any]) -> np.ndarray:
        out = np.empty((120, HOP, 2), np.float32)
        engine.install(engine.load_model(2, bundles[1], decoder(bundles[1], 2, 0)))
        tell(engine, *weights(0.6, 0.4), Command("/drift", (1.0,)), Command("/model/fade", (0.1,)))
        for number, hop in enumerate(out):
            if number == 40:
                engine.install(engine.load_model(2, bundles[2], decoder(bundles[2], 2, 1)))
            engine.render(hop)
        engine.close()
        return out

    live = play(
        Engine(bundles[0], seed=1, decoder=ThreadedDecoder(bundles[0]), on_chunk_swap=log.append),
        lambda bundle, *_: ThreadedDecoder(bundle),
    )
    assert {(one.slot, one.load) for one in log} == {(1, 0), (2, 0), (2, 1)}
    again = play(
        Engine(bundles[0], seed=1, decoder=ReplayDecoder(bundles[0], log)),
        lambda bundle, *which: ReplayDecoder(bundle, log, *which),
    )
    np.testing.assert_array_equal(live, again)


def test_state_restores_every_model_and_what_is_under_way() -> None:
    def engine(seed: int) -> Engine:
        return an_engine(model(LOW_LATENCY, 4), seed=seed)

    first = tell(engine(1), Command("/map", (0.2, 0.7)), *weights(0.7, 0.3))
    heard(first, 20)
    tell(
        first,
        Command("/latent", (1.0,) * 8, None, 1.0),
        Command("/latent", (-1.0,) * 8, None, 0.5, 2),
        Command("/gain", (-12.0,), None, 0.8),
        Command("/model/blend", (2, 0.9), None, 0.6),
    )
    heard(first, 20)
    second = tell(engine(9), *first.state())
    for number in (1, 2):
        now, then = (one.slots[number].point for one in (first, second))
        np.testing.assert_allclose(then.current, now.current, atol=1e-9)
        np.testing.assert_allclose(then.target, now.target, atol=1e-9)
        assert then.remaining_s == pytest.approx(now.remaining_s)
        heads = [one.slots[number].heads.position for one in (first, second)]
        assert heads[0] == pytest.approx(heads[1], abs=0.02)
    assert second.value("/map") == (0.2, 0.7)
    for _ in range(4):
        heard(first, 10)
        heard(second, 10)
        np.testing.assert_allclose(second.slot.point.current, first.slot.point.current, atol=1e-9)
        assert second._processor._parameters.now["/gain"] == pytest.approx(
            first._processor._parameters.now["/gain"]
        )
        for way, other in zip(first._mixer.blend.ramps(), second._mixer.blend.ramps(), strict=True):
            assert way == pytest.approx(other)
    assert first.value("/gain") == second.value("/gain") == (-12.0,)


def with_axes(*names: str) -> Bundle:
    bundle = model(seed=3)
    axes = [
        Axis(name, name, np.eye(8, dtype=np.float32)[index], -1.5, 0.1, 1.6, 0.1)
        for index, name in enumerate(names)
    ]
    return replace(bundle, axes=tuple(axes))


def test_an_axis_moves_every_model_that_has_it_and_the_latent_the_leading_one() -> None:
    engine = tell(an_engine(with_axes("dust", "brightness")), Command("/glide", (0.0,)))
    heard(engine, 2)
    before = engine.slots[2].point.target.copy()
    tell(engine, Command("/axis/brightness", (0.5,)), Command("/axis/dust", (0.25,)))
    heard(engine, 2)
    assert engine.value("/axis/brightness") == pytest.approx((0.5,))
    assert engine.slots[2].value("/axis/brightness") == pytest.approx((0.5,))
    assert engine.value("/axis/dust") == pytest.approx((0.25,))
    assert not np.array_equal(engine.slots[2].point.target, before)
    there = engine.slots[2].point.target.copy()
    tell(engine, Command("/latent", (0.5,) * 8), Command("/corpus/goto", (1,)))
    np.testing.assert_array_equal(engine.slots[2].point.target, there)
    tell(engine, Command("/map", (0.1, 0.9)))
    assert not np.array_equal(engine.slots[2].point.target, there)
    tell(engine, Command("/lfo/dust", (3.0, 1.0)), Command("/model/fade", (0.05,)))
    engine.unload(2)
    with pytest.raises(CommandError, match="no such address"):
        engine.apply(Command("/axis/dust", (0.0,)))
    heard(engine, 20)
    engine.install(engine.load_model(2, with_axes("dust")))
    assert engine.value("/lfo/dust") == (0.0, 0.0), "of a model that has gone"


@pytest.mark.parametrize("on_map", [True, False])
def test_a_preset_moves_other_models_only_to_a_place_on_the_map(on_map: bool) -> None:
    engine = tell(an_engine(model(seed=4)), Command("/glide", (0.0,)), Command("/map", (0.2, 0.7)))
    there = engine.slots[2].point.target.copy()
    if not on_map:
        tell(engine, Command("/corpus/goto", (1,)))
    leading = engine.slot.point.target.copy()
    heard(engine, 2)
    preset = snapshot((one.address, one.args) for one in engine.leading_state())
    tell(engine, Command("/map", (0.9, 0.1)))
    elsewhere = engine.slots[2].point.target.copy()
    tell(engine, *morph(preset, engine.slot.addresses, 0.0))
    np.testing.assert_allclose(engine.slot.point.target, leading, atol=1e-6)
    np.testing.assert_array_equal(engine.slots[2].point.target, there if on_map else elsewhere)
    assert engine.value("/map") == ((0.2, 0.7) if on_map else (0.9, 0.1))


def test_when_the_leading_model_goes_the_next_one_leads() -> None:
    small = tiny_bundle(latent=4, seed=6)
    engine = tell(an_engine(small), Command("/macro/map", (1, "latent/007", -1, 1, "linear")))
    late = Command("/latent", (0.5,) * 8, 30 * HOP)
    tell(engine, Command("/model/fade", (0.05,)), late, *weights(1, 1))
    heard(engine, 10)
    engine.unload(1)
    assert len(engine.value("/latent")) == 4
    tell(engine, Command("/macro/1", (1.0,)), Command("/latent", (0.5,) * 4))
    assert heard(engine, 40).any(), "what no longer fits is not done"
    assert set(engine.slots) == {2}
    assert engine.models() == [(2, small, 1.0, False)]
    with pytest.raises(CommandError, match="last model"):
        engine.unload(2)
    np.testing.assert_array_equal(engine.value("/latent"), (0.5,) * 4)


def test_what_cannot_be_done_is_refused_and_changes_nothing() -> None:
    engine = tell(an_engine(), Command("/model/fade", (10.0,)))
    heard(engine, 5)
    engine.install(engine.load_model(1, model(seed=5)))
    heard(engine, 5)
    state = engine.state()
    refused: tuple[tuple[Callable[[], object], str], ...] = (
        (lambda: engine.install(engine.load_model(1, model(seed=6))), "busy"),
        (lambda: engine.unload(3), "not-found"),
        (lambda: engine.apply(Command("/axis/brightness", (0.0,), slot=2)), "not-found"),
        (lambda: engine.apply(Command("/model/blend", (5, 1.0))), "out-of-range"),
    )
    for act, code in refused:
        with pytest.raises(CommandError) as refusal:
            act()
        assert refusal.value.code == code
    with pytest.raises(ConfigurationError, match="slot is 5"):
        engine.load_model(5, model())
    assert engine.state() == state
    tell(engine, Command("/model/fade", (0.0,)))
    heard(engine, 1)
    engine.install(engine.load_model(1, model(seed=6)))


def test_who_has_faded_is_given_away_once() -> None:
    gone: list[object] = []
    engine = Engine(model(), seed=1, on_gone=gone.append)
    first = engine.slot
    heard_to_be_gone: list[int] = []
    tell(engine, Command("/model/fade", (0.1,)))
    heard(engine, 3)
    engine.install(engine.load_model(1, model(OTHER_RATE, 5)))
    for hop in range(30):
        heard(engine, 1)
        heard_to_be_gone += [hop] * (len(gone) - len(heard_to_be_gone))
    assert gone == [first]
    assert 8 <= heard_to_be_gone[0] <= 12


def test_models_that_sounded_together_may_go_together() -> None:
    gone: list[object] = []
    engine = Engine(model(), seed=1, on_gone=gone.append)
    for number in (2, 3):
        engine.install(engine.load_model(number, model(LOW_LATENCY, number)))
    tell(engine, *weights(1.0, 0.5, 0.5), Command("/model/fade", (0.0,)))
    heard(engine, 10)
    engine.unload(2)
    engine.unload(3)
    heard(engine, 10)
    assert len(gone) == 2
    assert [number for number, *_ in engine.models()] == [1]
    assert len(engine._mixer._groups) == 1


def test_the_output_keeps_its_rate_and_hop_whatever_plays() -> None:
    engine = Engine(model(LOW_LATENCY, 4), seed=1, slot=3, sample_rate_hz=RATE_HZ, hop_samples=HOP)
    assert (engine.sample_rate_hz, engine.hop_samples, set(engine.slots)) == (RATE_HZ, HOP, {3})
    assert level_db(heard(engine)[SETTLING:]) > -60
