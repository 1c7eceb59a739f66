"""Clock: beats counted in samples, taps, and what waits for a beat."""

import numpy as np
import pytest
from support.tiny import tiny_bundle

from distill_live.engine import Command, Engine
from distill_live.engine.clock import Clock
from distill_live.presets import snapshot

BUNDLE = tiny_bundle()
RATE_HZ, HOP = BUNDLE.settings.sample_rate_hz, BUNDLE.settings.hop_samples


def engine_with(*commands: Command) -> Engine:
    engine = Engine(BUNDLE, channels=1, seed=3)
    for command in (Command("/glide", (0.0,)), *commands):
        engine.apply(command)
    return engine


def latent(engine: Engine) -> list[float]:
    return [float(value) for value in engine.value("/latent")]


def render(engine: Engine, hops: int) -> None:
    engine.render(np.empty((hops * HOP, 1), np.float32))


def first_hop_at(time_samples: int) -> int:
    """Time of the first hop that starts at a time or later."""
    return -(-time_samples // HOP) * HOP


def test_it_counts_beats_in_samples_through_changes_of_the_tempo() -> None:
    clock = Clock(48000)
    assert clock.beats(24000) == 1.0
    clock.time_samples = 24000
    clock.tempo = 60.0
    assert clock.beats(24000) == 1.0
    assert clock.beats(72000) == 2.0
    clock.time_samples = 72000
    clock.tempo = 240.0
    assert clock.beats(84000) == 3.0


@pytest.mark.parametrize("beats", [5e-324, 1e-310])
def test_a_quantise_too_small_to_divide_by_is_none(beats: float) -> None:
    engine = engine_with()
    render(engine, 5)
    engine.apply(Command("/clock/quantise", (beats,)))
    render(engine, 2)
    engine.apply(Command("/corpus/goto", (3,)))
    render(engine, 2)
    np.testing.assert_allclose(latent(engine), BUNDLE.landmark_latents[3], atol=1e-6)


def test_a_new_beat_moves_the_nearest_bar() -> None:
    clock = Clock(48000)
    clock.time_samples = 7 * 24000 + 12000  # beat 7.5 of bars of 4
    assert clock.beat == 3.5
    clock.beat = 0.0
    assert (clock.beats(clock.time_samples), clock.beat) == (8.0, 0.0)
    clock.beat = 3.75
    assert clock.beats(clock.time_samples) == 7.75
    clock.bar_beats = 3
    assert clock.beat == 1.75


@pytest.mark.parametrize("tempo", [20.0, 96.0, 133.3, 300.0])
def test_taps_set_the_tempo_and_the_beat(tempo: float) -> None:
    clock = Clock(48000)
    interval = 48000 * 60.0 / tempo
    for tap in range(6):
        clock.time_samples = 5000 + round(tap * interval)
        clock.tap()
    assert clock.tempo == pytest.approx(tempo, rel=1e-4)
    assert clock.beat % 1.0 == 0.0


def test_taps_further_apart_than_the_slowest_beats_begin_again() -> None:
    clock = Clock(48000)
    for time_s in (0.0, 0.5, 1.0, 4.1, 5.1):
        clock.time_samples = round(48000 * time_s)
        clock.tap()
    assert clock.tempo == pytest.approx(60.0)


def test_a_landmark_waits_for_its_beat() -> None:
    engine = engine_with(Command("/clock/tempo", (97.0,)), Command("/clock/quantise", (2.0,)))
    render(engine, 5)
    before = engine.value("/latent")
    engine.apply(Command("/corpus/goto", (5,)))
    due = first_hop_at(round(2 * 60 / 97 * RATE_HZ + 0.5))
    render(engine, due // HOP - 5)
    assert engine.value("/latent") == before
    render(engine, 1)
    np.testing.assert_allclose(latent(engine), BUNDLE.landmark_latents[5], atol=1e-6)


def first_sound(engine: Engine, hops: int) -> tuple[int, int]:
    """Samples, of the next ones, with which sound begins and ends."""
    out = np.empty((hops * HOP, 1), np.float32)
    start = engine.time_samples
    engine.render(out)
    heard = np.flatnonzero(np.abs(out[:, 0]) > 1e-4)
    return start + int(heard[0]), start + int(heard[-1])


def test_a_note_waits_for_its_beat_to_the_sample_and_keeps_its_length() -> None:
    notes = Command("/keys", ("pitch",)), Command("/attack", (0.0,)), Command("/release", (0.0,))
    tempo = Command("/clock/tempo", (97.0,))
    free, waiting = engine_with(*notes, tempo), engine_with(*notes, tempo)
    beat = int(np.ceil(60 / 97 * RATE_HZ))
    waiting.apply(Command("/clock/quantise", (1.0,)))
    waiting.apply(Command("/note/on", (60.0, 1.0), 4000))
    waiting.apply(Command("/note/off", (60.0,), 7000))
    waiting.apply(Command("/note/off", (60.0,), 9000))  # said twice
    free.apply(Command("/note/on", (60.0, 1.0), beat))
    free.apply(Command("/note/off", (60.0,), beat + 3000))
    assert first_sound(waiting, 120) == first_sound(free, 120)


def test_notes_that_wait_are_released_with_all_others() -> None:
    engine = engine_with(Command("/keys", ("pitch",)), Command("/clock/quantise", (1.0,)))
    engine.apply(Command("/note/on", (60.0, 1.0)))
    engine.apply(Command("/note/bend", (60.0, 1.0)))
    engine.apply(Command("/note/release"))
    assert not engine._processor._waiting
    out = np.empty((80 * HOP, 1), np.float32)
    engine.render(out)
    assert np.abs(out).max() < 1e-4


def test_a_key_that_is_pressed_again_before_its_note_ends_plays_both_as_long_as_held() -> None:
    commands = Command("/keys", ("pitch",)), Command("/release", (0.0,))
    waiting, free = (engine_with(*commands) for _ in range(2))
    waiting.apply(Command("/clock/quantise", (4.0,)))  # every 96000 samples
    for address, args, at, begins in (
        ("/note/on", (60.0, 1.0), 24_000, 96_000),
        ("/note/off", (60.0,), 80_000, 152_000),
        ("/note/on", (60.0, 1.0), 144_000, 192_000),
        ("/note/off", (60.0,), 160_000, 208_000),
    ):
        waiting.apply(Command(address, args, at))
        free.apply(Command(address, args, begins))
    heard, expected = np.empty((2, 230_000, 1), np.float32)
    waiting.render(heard)
    free.render(expected)
    np.testing.assert_array_equal(heard, expected)
    assert np.abs(heard[153_000:192_000]).max() < 1e-3
    assert np.abs(heard[193_000:208_000]).max() > 0.01


def test_a_key_that_is_pressed_twice_before_its_beat_plays_as_long_as_it_was_held_last() -> None:
    for release in (None, 60_000, 120_000):
        engine = engine_with(Command("/keys", ("pitch",)), Command("/clock/quantise", (4.0,)))
        engine.apply(Command("/note/on", (60.0, 1.0), 24_000))
        engine.apply(Command("/note/off", (60.0,), 30_000))
        engine.apply(Command("/note/on", (60.0, 1.0), 48_000))
        if release is not None:
            engine.apply(Command("/note/off", (60.0,), release))
        render(engine, 106_000 // HOP)  # the beat is at 96000
        (voice,) = (voice for voice in engine._mixer.voices.sounding if not voice.stolen)
        assert voice.held
        render(engine, 20_000 // HOP)
        held = any(voice.held for voice in engine._mixer.voices.sounding)
        assert held is (release is None)


def test_what_shapes_a_note_that_waits_waits_too() -> None:
    engine = engine_with(Command("/keys", ("pitch",)), Command("/clock/quantise", (1.0,)))
    engine.apply(Command("/note/on", (60.0, 1.0), 1_000))
    for bend in (0.5, 1.0, 2.0):
        engine.apply(Command("/note/bend", (60.0, bend), 2_000))
    engine.apply(Command("/note/pressure", (60.0, 0.5), 3_000))
    render(engine, 60)  # a beat is 24000 samples
    (voice,) = engine._mixer.voices.sounding
    assert (voice.bend, voice.pressure, voice.timbre) == (2.0, 0.5, 0.0)


GESTURE = (
    Command("/gesture/score", (1, '{"seconds": 9, "paths": [], "end": []}'), on_beat=True),
    Command("/gesture/seek", (1,), on_beat=True),
)


@pytest.mark.parametrize(
    ("play", "stop"),
    [
        ((Command("/path/play", (0,)),), Command("/path/stop")),
        (GESTURE, Command("/gesture/score", (1, ""))),
    ],
)
def test_what_is_stopped_before_its_beat_does_not_begin(
    play: tuple[Command, ...], stop: Command
) -> None:
    for stopped in (False, True):
        engine = engine_with(Command("/clock/quantise", (1.0,)))
        for command in (*play, *([stop] if stopped else [])):
            engine.apply(command)
        render(engine, 80)
        assert (engine.gesture == 1 or engine.slots[1].path.playing == 0) is not stopped


def test_a_gesture_that_is_stopped_leaves_a_preset_that_waits_whole() -> None:
    engine = engine_with(Command("/clock/quantise", (1.0,)))
    for command in (
        Command("/gesture/speed", (2.0,), on_beat=True),
        Command("/gesture/loop", (1,), on_beat=True),
        *GESTURE,
        Command("/gesture/score", (1, "")),
    ):
        engine.apply(command)
    render(engine, 80)
    assert engine.gesture == 0
    assert (engine.value("/gesture/speed"), engine.value("/gesture/loop")) == ((2.0,), (1,))


def test_what_arrives_for_a_beat_that_is_exactly_a_hop_is_in_time() -> None:
    engine = engine_with(Command("/clock/tempo", (60 * RATE_HZ / (20 * HOP),)))
    engine.apply(Command("/clock/quantise", (1.0,)))
    render(engine, 20)
    engine.apply(Command("/corpus/goto", (5,)))
    render(engine, 1)
    np.testing.assert_allclose(latent(engine), BUNDLE.landmark_latents[5], atol=1e-6)


def test_a_model_that_is_installed_on_a_beat_passes_over_none() -> None:
    engine = engine_with(Command("/clock/tempo", (60 * RATE_HZ / (20 * HOP),)))
    engine.apply(Command("/clock/quantise", (1.0,)))
    render(engine, 10)
    engine.apply(Command("/corpus/goto", (5,)))
    render(engine, 10)
    engine.apply(Command("/gain", (-6.0,)))
    engine.install(engine.load_model(2, BUNDLE))
    render(engine, 1)
    np.testing.assert_allclose(latent(engine), BUNDLE.landmark_latents[5], atol=1e-6)


def test_what_is_due_later_waits_for_the_beat_after_that() -> None:
    engine = engine_with(Command("/clock/quantise", (1.0,)))  # every 24000 samples
    engine.apply(Command("/corpus/goto", (5,), 25000))
    before = engine.value("/latent")
    render(engine, first_hop_at(48000) // HOP)
    assert engine.value("/latent") == before
    render(engine, 1)
    assert engine.value("/latent") != before


def test_commands_on_a_beat_wait_together_and_follow_the_tempo() -> None:
    engine = engine_with(Command("/clock/quantise", (4.0,)))
    engine.apply(Command("/gain", (-12.0,), glide_s=0.0, on_beat=True))
    engine.apply(Command("/pitch", (7.0,), glide_s=0.0, on_beat=True))
    engine.apply(Command("/spread", (0.1,)))
    render(engine, 10)
    assert (engine.value("/gain"), engine.value("/pitch")) == ((0.0,), (0.0,))
    assert engine.value("/spread") == (0.1,)
    engine.apply(Command("/clock/tempo", (240.0,)))
    beats = 10 * HOP / 24000
    due = first_hop_at(10 * HOP + round((4.0 - beats) * 12000))
    render(engine, due // HOP - 10)
    assert engine.value("/gain") == (0.0,)
    render(engine, 1)
    assert (engine.value("/gain"), engine.value("/pitch")) == ((-12.0,), (7.0,))


def test_without_quantising_nothing_waits_and_what_waited_comes_at_once() -> None:
    engine = engine_with(Command("/clock/quantise", (8.0,)))
    engine.apply(Command("/gain", (-12.0,), on_beat=True))
    render(engine, 3)
    engine.apply(Command("/clock/quantise", (0.0,)))
    render(engine, 1)
    assert engine.value("/gain") == (-12.0,)
    engine.apply(Command("/gain", (-6.0,), on_beat=True))
    assert engine.value("/gain") == (-6.0,)


def test_what_comes_in_the_hop_that_ends_quantising_follows_what_waited() -> None:
    engine = engine_with(Command("/keys", ("pitch",)), Command("/clock/quantise", (8.0,)))
    for command in (Command("/corpus/goto", (2,)), Command("/note/on", (60.0, 1.0))):
        engine.apply(command)
    render(engine, 3)
    for command in (
        Command("/clock/quantise", (0.0,)),
        Command("/corpus/goto", (5,)),
        Command("/note/off", (60.0,)),
    ):
        engine.apply(command)
    render(engine, 10)
    np.testing.assert_allclose(latent(engine), BUNDLE.landmark_latents[5], atol=1e-6)
    assert not any(voice.held for voice in engine._mixer.voices.sounding)


def test_a_timed_beat_takes_effect_at_its_sample() -> None:
    engine = engine_with()
    engine.apply(Command("/clock/beat", (2.0,), 1000))
    render(engine, 10)
    beats = 2.0 + (engine.clock.time_samples - 1000) / 24000
    assert engine.value("/clock/beat")[0] == pytest.approx(beats)


@pytest.mark.parametrize("speed", [1.0, -0.3])
def test_a_loop_in_beats_lasts_them_and_begins_on_one(speed: float) -> None:
    engine = engine_with(
        Command("/jitter", (0.0,)),
        Command("/clock/tempo", (150.0,)),
        Command("/clock/loop", (1.0,)),
        Command("/loop", (0.2, 0.7)),
        Command("/speed", (speed,)),
    )
    render(engine, 400)  # it has caught up
    heads = engine.slot.heads
    beat_hops = 0.4 * RATE_HZ / HOP
    for hop in range(401, 520):
        render(engine, 1)
        phase = (hop - 1) / beat_hops * np.sign(speed)
        assert abs((heads._phase - phase + 0.5) % 1.0 - 0.5) < 1e-6


def test_a_loop_returns_to_its_speed() -> None:
    engine = engine_with(Command("/clock/loop", (8.0,)))
    render(engine, 10)
    engine.apply(Command("/clock/loop", (0.0,)))
    render(engine, 1)
    before = engine.slot.heads._phase
    render(engine, 1)
    step = 1.0 / (BUNDLE.settings.n_frames - 1)
    assert (engine.slot.heads._phase - before) % 1.0 == pytest.approx(step)


def test_lfos_in_beats_are_in_step_with_them() -> None:
    engine = engine_with(
        Command("/clock/tempo", (100.0,)),
        Command("/clock/lfo", (1,)),
        Command("/lfo/brightness", (0.5, 1.0)),
    )
    oscillator = engine.slot.navigator.motion._oscillators["brightness"]
    render(engine, 900)
    for hop in range(901, 950):
        render(engine, 1)
        phase = 0.5 * (hop - 1) * HOP / RATE_HZ * 100 / 60
        assert abs((oscillator.phase - phase + 0.5) % 1.0 - 0.5) < 1e-6


def test_presets_hold_the_tempo_but_not_what_waits() -> None:
    engine = engine_with(Command("/clock/tempo", (97.0,)), Command("/clock/quantise", (1.0,)))
    preset = dict(snapshot((c.address, c.args) for c in engine.state()))
    assert preset["/clock/tempo"] == (97.0,)
    assert not {"/clock/quantise", "/clock/beat"} & set(preset)


def test_a_tempo_by_taps_is_the_value_of_the_tempo() -> None:
    engine = engine_with()
    for _ in range(2):
        engine.apply(Command("/clock/tap"))
        render(engine, 40)
    (tempo,) = engine.value("/clock/tempo")
    assert tempo == pytest.approx(60 * RATE_HZ / (40 * HOP))
    assert Command("/clock/tempo", (tempo,)) in [
        Command(command.address, command.args) for command in engine.state()
    ]


def test_a_tempo_by_taps_lasts_when_a_model_is_loaded_and_ends_a_ramp() -> None:
    engine = engine_with(Command("/clock/tempo", (240.0,), glide_s=60.0))
    for _ in range(2):
        engine.apply(Command("/clock/tap"))
        render(engine, 40)
    tapped = engine.clock.tempo
    assert tapped == pytest.approx(60.0 * RATE_HZ / (40 * HOP))
    engine.install(engine.load_model(2, BUNDLE))
    render(engine, 1)
    assert (engine.clock.tempo, engine.value("/clock/tempo")) == (tapped, (tapped,))


def test_the_same_commands_sound_the_same_whatever_the_blocks() -> None:
    commands = (
        Command("/clock/tempo", (173.0,)),
        Command("/clock/loop", (0.5,)),
        Command("/clock/quantise", (1.0,)),
        Command("/corpus/goto", (2,), 7000),
        Command("/clock/tap", (), 9000),
        Command("/clock/tap", (), 30000),
        Command("/gain", (-3.0,), 31000, on_beat=True),
    )
    whole, parts = engine_with(*commands), engine_with(*commands)
    expected = np.empty((60000, 1), np.float32)
    whole.render(expected)
    sound = np.empty_like(expected)
    for start in range(0, len(sound), 777):
        parts.render(sound[start : start + 777])
    np.testing.assert_array_equal(sound, expected)
