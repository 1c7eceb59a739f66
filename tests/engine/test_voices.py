"""Notes: begin, end, pitch and level as played, without clicks, and without cost in silence."""

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from support.tiny import PARTIALS_HZ, tiny_bundle
from support.tones import level_db, strongest_hz

from distill_live.bundle import LANDMARK_FEATURES, Bundle
from distill_live.engine import (
    ChunkSwap,
    Command,
    Engine,
    InlineDecoder,
    ReplayDecoder,
    ThreadedDecoder,
)
from distill_live.engine.decoding.decoder import Frames, Key
from distill_live.engine.latent.corpus_map import CorpusMap
from distill_live.engine.note_chunks import KEYS, landmarks_by_key
from distill_live.engine.voices import Envelope, Segment, Voice
from distill_live.gestures.compile import compile_gesture
from distill_live.gestures.gesture import Gesture, TimedCommand
from distill_live.spectrogram import LOW_LATENCY, STANDARD, SpectrogramSettings
from distill_live.synthesis import Synthesizer

BUNDLE = tiny_bundle()
HOP, RATE_HZ = BUNDLE.settings.hop_samples, BUNDLE.settings.sample_rate_hz
TONE_HZ = PARTIALS_HZ[1]
HIGH_HZ = PARTIALS_HZ[3]
SILENT = 2e-4
"""What is left of a sound in the DC blocker."""

PROFILES = [pytest.param(STANDARD, id="2048/512"), pytest.param(LOW_LATENCY, id="1024/256")]

STILL = (
    Command("/jitter", (0.0,)),
    Command("/spread", (0.0,)),
    Command("/corpus/goto", (0, 0.0)),
    Command("/velocity", (1.0,)),
)


def keyed(keys: str = "pitch", **settings: float) -> list[Command]:
    """Commands before the first sound; each setting is an address without its slash."""
    given = [Command(f"/{path}", (value,)) for path, value in settings.items()]
    return [*STILL, Command("/keys", (keys,)), *given]


def on(key: float, at: int | None = None, velocity: float = 1.0) -> Command:
    return Command("/note/on", (key, velocity), at)


def off(key: float, at: int | None = None) -> Command:
    return Command("/note/off", (key,), at)


def started(commands: Sequence[Command], bundle: Bundle = BUNDLE, channels: int = 1) -> Engine:
    engine = Engine(bundle, channels=channels, seed=1)
    for command in commands:
        engine.apply(command)
    return engine


def render(engine: Engine, samples: int) -> np.ndarray:
    out = np.empty((samples, engine.channels), np.float32)
    engine.render(out)
    return out


def play(
    samples: int, commands: Sequence[Command], bundle: Bundle = BUNDLE, channels: int = 1
) -> np.ndarray:
    sound = render(started(commands, bundle, channels), samples)
    return sound[:, 0] if channels == 1 else sound


def sounding(engine: Engine) -> list[Voice]:
    return [voice for voice in engine._mixer.voices.sounding if not voice.stolen]


def largest_step(sound: np.ndarray) -> float:
    return float(np.abs(np.diff(sound, axis=0)).max())


NOTES = (
    on(60.0, 3_000),
    on(67.25, 9_001, 0.4),
    Command("/note/bend", (67.25, 1.5), 12_000),
    Command("/note/pressure", (60.0, 0.7), 14_000),
    Command("/note/timbre", (60.0, -0.8), 15_000),
    off(60.0, 18_100),
    on(72.0, 18_111),
    on(72.0, 22_222),
    Command("/voices", (1,), 26_000),
    Command("/portamento", (0.1,), 26_000),
    on(50.0, 27_000),
    off(50.0, 33_333),
    Command("/note/release", (), 38_000),
)


@pytest.mark.parametrize("keys", ["pitch", "places", "tuned"])
def test_the_same_notes_give_the_same_samples_whatever_the_blocks(keys: str) -> None:
    rng = np.random.default_rng(0)
    commands = [*keyed(keys), Command("/spread", (0.8,)), *NOTES]
    whole = play(48_000, commands, channels=2)
    engine = started(commands, channels=2)
    parts = []
    while engine.time_samples < 48_000:
        count = min(int(rng.integers(1, 3 * HOP)), 48_000 - engine.time_samples)
        parts.append(render(engine, count))
    np.testing.assert_array_equal(whole, np.concatenate(parts))
    assert np.abs(whole).max() > 0.01


def test_without_keys_notes_are_ignored_and_the_instrument_sounds_as_ever() -> None:
    settings = [Command("/attack", (2.0,)), Command("/voices", (3,)), Command("/root", (10.0,))]
    plain, noted = play(20_000, STILL), play(20_000, [*STILL, *settings, on(60.0, 5_000)])
    np.testing.assert_array_equal(plain, noted)


@pytest.mark.parametrize("settings", PROFILES)
@pytest.mark.parametrize("at", [20_000, 20_001, 20_100, 20_255, 20_480])
def test_a_note_begins_one_hop_after_its_time_and_in_full(
    settings: SpectrogramSettings, at: int
) -> None:
    engine = started(keyed(attack=0.0), tiny_bundle(settings))
    engine.apply(on(60.0, at))
    sound = render(engine, 36_000)[:, 0]
    begin = at + settings.hop_samples + engine._output.latency_samples
    assert not sound[:begin].any()
    assert sound[begin : begin + 48].any()
    full = level_db(sound[begin + 4_000 : begin + 12_000])
    assert level_db(sound[begin + 96 : begin + 576]) == pytest.approx(full, abs=2.5)


@pytest.mark.parametrize("release_s", [0.1, 1.0])
def test_a_released_note_falls_by_60_db_in_its_time_and_ends(release_s: float) -> None:
    length = round(release_s * RATE_HZ)
    samples = 24_000 + length + 4_800
    held = play(samples, [*keyed(), on(60.0, 0)])
    released = play(samples, [*keyed(release=release_s), on(60.0, 0), off(60.0, 20_000)])
    end = 20_000 + HOP + 48  # and the delay of the limiter
    np.testing.assert_array_equal(held[:end], released[:end])
    window = max(length // 20, 240)
    for share in (0.25, 0.5, 0.6):
        middle = slice(end + round(share * length) - window, end + round(share * length) + window)
        fallen = level_db(held[middle]) - level_db(released[middle])
        assert fallen == pytest.approx(60.0 * share, rel=0.1)
    assert np.abs(released[end + length :]).max() < SILENT


def test_an_envelope_rises_falls_and_holds() -> None:
    levels = np.empty(1000)
    envelope = Envelope()
    envelope.go(100, Segment(1.0, 200, linear=True), Segment(0.25, 300))
    envelope.go(900, Segment(0.0, 50))
    envelope.render(0, levels)
    assert not levels[:100].any()
    np.testing.assert_allclose(levels[100:300], np.arange(1, 201) / 200)
    assert (np.diff(levels[300:600]) < 0).all()
    np.testing.assert_array_equal(levels[600:900], 0.25)
    assert levels[949] == 0.0
    assert envelope.settled


@pytest.mark.parametrize("settings", PROFILES)
@pytest.mark.parametrize("key", [40.0, 53.5, 60.0, 67.25, 84.0])
def test_keys_transpose_from_the_root(settings: SpectrogramSettings, key: float) -> None:
    bundle = tiny_bundle(settings)
    drone, sound = play(30_000, STILL, bundle), play(30_000, [*keyed(), on(key, 0)], bundle)
    own_hz = strongest_hz(drone[8_000:], HIGH_HZ / 1.1, HIGH_HZ * 1.1)
    to_hz = own_hz * 2 ** ((key - 60.0) / 12)
    found_hz = strongest_hz(sound[8_000:], to_hz / 1.1, to_hz * 1.1)
    assert 1200 * np.log2(found_hz / to_hz) == pytest.approx(0.0, abs=5.0)


@pytest.mark.parametrize("portamento_s", [0.0, 0.1])
def test_with_one_voice_each_key_keeps_its_own_bend_while_it_is_down(portamento_s: float) -> None:
    engine = started(keyed(voices=1, portamento=portamento_s))

    def bends(*commands: Command) -> list[tuple[float, float]]:
        for command in commands:
            engine.apply(command)
        render(engine, 2 * HOP)
        return [(voice.key, voice.bend) for voice in sounding(engine)]

    assert bends(on(60.0), Command("/note/bend", (60.0, 2.0))) == [(60.0, 2.0)]
    assert bends(on(64.0)) == [(64.0, 0.0)]
    assert bends(Command("/note/bend", (60.0, 1.0)), off(64.0)) == [(60.0, 1.0)]
    assert bends(on(60.0)) == [(60.0, 0.0)], "struck again"


def test_bends_pressure_and_velocity_shape_a_note() -> None:
    plain = play(48_000, [*keyed(), on(60.0, 0)])
    bent = play(48_000, [*keyed(), on(60.0, 0), Command("/note/bend", (60.0, 2.0), 6_000)])
    to_hz = TONE_HZ * 2 ** (2 / 12)
    assert strongest_hz(bent[20_000:], to_hz / 1.05, to_hz * 1.05) == pytest.approx(to_hz, rel=3e-3)
    pressed = play(48_000, [*keyed(), on(60.0, 0), Command("/note/pressure", (60.0, 1.0), 6_000)])
    assert level_db(pressed[9_000:]) - level_db(plain[9_000:]) == pytest.approx(6.0, abs=0.1)
    soft = play(48_000, [*keyed(), on(60.0, 0, 0.5)])
    assert level_db(plain) - level_db(soft) == pytest.approx(12.0, abs=0.1)
    even = play(48_000, [*keyed(velocity=0.0), on(60.0, 0, 0.5)])
    np.testing.assert_array_equal(even, plain)


def test_timbre_moves_a_note_along_an_axis() -> None:
    engine = started([*keyed(), on(60.0, 0), on(67.0, 0)])
    engine.apply(Command("/timbre/axis", ("loudness",)))
    engine.apply(Command("/note/timbre", (67.0, 1.0), 4 * HOP))
    render(engine, 8 * HOP)
    plain, moved = sounding(engine)
    assert engine.slot.notes.of(plain) is None
    chunk = engine.slot.notes.of(moved)
    assert chunk is not None
    off_point = chunk.after.latent - engine.slot.point.current
    axis = engine.slot.point.axes["loudness"]
    assert float(off_point @ axis.direction) > 1.0
    assert np.linalg.norm(off_point) == pytest.approx(float(off_point @ axis.direction))


def test_a_chord_is_the_sum_of_its_notes() -> None:
    low, high = on(60.0, 1_000), on(65.5, 5_000, 0.7)
    alone = [play(30_000, [*keyed(), note]) for note in (low, high)]
    both = play(30_000, [*keyed(), low, high])
    assert np.abs(both).max() < 0.8, "the limiter would change it"
    np.testing.assert_allclose(both, alone[0] + alone[1], atol=1e-6)


def test_a_note_takes_the_voice_of_a_released_one_then_of_the_oldest() -> None:
    engine = started(keyed(voices=2, release=5.0))

    def keys_after(*commands: Command) -> list[float]:
        for command in commands:
            engine.apply(command)
        render(engine, 4 * HOP)
        return [voice.key for voice in sounding(engine)]

    assert keys_after(on(60.0), on(62.0)) == [60.0, 62.0]
    assert keys_after(off(62.0), on(64.0)) == [60.0, 64.0]
    assert keys_after(on(65.0)) == [64.0, 65.0]
    assert keys_after(on(64.0)) == [65.0, 64.0], "a key begins again in its own voice"
    assert keys_after(Command("/voices", (1,))) == [64.0]
    assert keys_after(Command("/note/release")) == [64.0], "it falls for 5 s"


@pytest.mark.parametrize("seconds", [0.2, 0.6], ids=["it rings", "it has ended"])
def test_with_one_voice_the_key_before_returns_whether_or_not_the_last_note_still_rings(
    seconds: float,
) -> None:
    notes = [*keyed(voices=1, decay=0.3, sustain=0.0), on(60.0, 0), on(62.0, 0)]

    def keys_after(*commands: Command) -> list[float]:
        for command in commands:
            engine.apply(command)
        render(engine, 4 * HOP)
        return [voice.key for voice in sounding(engine)]

    engine = started(notes)
    render(engine, round(seconds * RATE_HZ))
    assert keys_after() == ([62.0] if seconds < 0.3 else [])
    assert keys_after(off(62.0)) == [60.0]
    engine = started(notes)
    render(engine, round(seconds * RATE_HZ))
    keys_after(off(60.0))
    render(engine, RATE_HZ)
    assert keys_after(off(62.0)) == [], "no other key is down"


@pytest.mark.parametrize("keys", ["places", "tuned"])
def test_keys_of_landmarks_play_the_lowest_slot_in_full_unless_its_weight_is_0(keys: str) -> None:
    def level(first: float, second: float) -> float:
        engine = started([*keyed(keys, **{"model/fade": 0.0})])
        engine.install(engine.load_model(2, tiny_bundle(seed=3)))
        for slot, weight in ((1, first), (2, second)):
            engine.apply(Command("/model/blend", (slot, weight)))
        engine.apply(on(60.0, 0))
        return level_db(render(engine, RATE_HZ)[RATE_HZ // 2 :, 0])

    assert level(0.1, 0.9) == pytest.approx(level(1.0, 0.0), abs=0.01)
    assert level(0.0, 1.0) < -70.0


def test_while_the_load_is_high_at_most_four_notes_sound_together() -> None:
    engine = started([*keyed(release=5.0), *(on(key, 0) for key in range(60, 66))])

    def keys_after(*commands: Command) -> list[float]:
        for command in commands:
            engine.apply(command)
        render(engine, 4 * HOP)
        return [voice.key for voice in sounding(engine)]

    assert keys_after() == [60, 61, 62, 63, 64, 65]
    assert keys_after(Command("/economy", (4,))) == [62, 63, 64, 65]
    assert keys_after(on(66)) == [63, 64, 65, 66]
    assert keys_after(Command("/economy", (3,)), on(67)) == [63, 64, 65, 66, 67]


def test_a_stolen_voice_is_gone_when_the_other_begins() -> None:
    engine = started([*keyed(voices=1), on(60.0, 0)])
    render(engine, 20 * HOP)
    engine.apply(on(67.0, 20 * HOP - 100))
    render(engine, HOP)
    assert [voice.key for voice in engine._mixer.voices._voices] == [67.0]


@pytest.mark.parametrize("keys", ["pitch", "places"])
def test_no_note_clicks(keys: str) -> None:
    rng = np.random.default_rng(3)
    commands = keyed(keys, voices=3, attack=0.002, release=0.05, decay=0.05, sustain=0.6)
    alone = [play(12_000, [*commands, on(key, 0)]) for key in (48.0, 60.0, 72.0)]
    steepest = max(map(largest_step, alone))
    at = 0
    for _ in range(25):
        at += int(rng.integers(200, 3_000))
        key = float(rng.integers(48, 73))
        kind = rng.integers(4)
        commands.append(off(key, at) if kind == 0 else on(key, at, float(rng.uniform(0.3, 1.0))))
    sound = play(at + 4_000, commands)
    assert largest_step(sound) <= 1.25 * 4 * steepest  # three voices and one that fades


def test_the_drone_fades_out_for_keys_and_returns_without_them() -> None:
    changes = [Command("/keys", ("pitch",), 20_000), Command("/keys", ("off",), 60_000)]
    plain = play(90_000, STILL)
    gated = play(90_000, [*STILL, Command("/release", (0.2,)), *changes])
    np.testing.assert_array_equal(plain[:20_000], gated[:20_000])
    assert np.abs(gated[32_000:60_000]).max() < SILENT
    assert level_db(gated[70_000:]) == pytest.approx(level_db(plain[70_000:]), abs=1.0)
    assert largest_step(gated) <= 1.25 * largest_step(plain)


def test_silence_is_not_synthesised(monkeypatch: pytest.MonkeyPatch) -> None:
    rows: list[int] = []
    step = Synthesizer.step

    def counted(synthesizer: Synthesizer, power: np.ndarray, *others: np.ndarray) -> None:
        rows.append(len(power))
        step(synthesizer, power, *others)

    monkeypatch.setattr(Synthesizer, "step", counted)
    engine = started(keyed(release=0.1), channels=2)
    sound = render(engine, 10 * HOP)
    assert not rows
    assert not sound.any()
    for command in (on(60.0), on(64.0), on(67.0)):
        engine.apply(command)
    render(engine, 10 * HOP)
    assert rows == 9 * [3], "one step for all voices, in mono"
    rows.clear()
    engine.apply(off(60.0))
    render(engine, 20 * HOP)
    assert set(rows) == {3, 2}
    engine.apply(Command("/note/release"))
    render(engine, 20 * HOP)
    rows.clear()
    render(engine, 10 * HOP)
    assert not rows


def test_one_voice_glides_from_note_to_note_and_back() -> None:
    engine = started(keyed(voices=1, portamento=0.2))
    engine.apply(on(60.0))
    render(engine, 20 * HOP)
    engine.apply(on(72.0))
    render(engine, 10 * HOP)
    (voice,) = sounding(engine)
    assert voice.key == 72.0
    assert 60.0 < voice.key_now < 72.0
    render(engine, 20 * HOP)
    assert voice.key_now == 72.0
    engine.apply(off(72.0))
    render(engine, 30 * HOP)
    assert sounding(engine) == [voice]
    assert voice.key_now == 60.0
    engine.apply(off(60.0))
    render(engine, 60 * HOP)
    assert not sounding(engine)


def test_places_give_each_key_a_landmark_whose_neighbours_are_near() -> None:
    rng = np.random.default_rng(0)
    line = np.linspace(-2.0, 2.0, 40)
    latents = rng.permutation(np.stack([line, 0.1 * np.sin(line), 0 * line], axis=1))
    axes = {axis.name: axis for axis in tiny_bundle(latent=3).axes}
    by_key = landmarks_by_key(latents, axes)
    assert len(by_key) == KEYS
    assert set(by_key) == set(range(40))
    assert (np.diff(latents[by_key][:, 0]) >= 0).all(), "along the first axis, low keys low"
    many = rng.normal(size=(300, 3))
    steps = np.linalg.norm(np.diff(many[landmarks_by_key(many, axes)], axis=0), axis=1)
    assert len(set(landmarks_by_key(many, axes))) == KEYS
    apart = np.linalg.norm(many[:, None] - many, axis=2)
    assert steps.mean() < 0.4 * apart.mean()


def test_keys_play_landmarks_that_are_decoded_ahead() -> None:
    engine = started(keyed("places"))
    render(engine, 20 * HOP)
    places = engine.slot.notes._landmarks["places"]
    assert set(engine.slot.notes._decoded) == set(places)
    engine.apply(on(100.0))
    render(engine, 2 * HOP)
    (voice,) = sounding(engine)
    chunk = engine.slot.notes.of(voice)
    assert chunk is not None
    np.testing.assert_array_equal(chunk.after.latent, CorpusMap(BUNDLE).latents[places[100]])


def test_a_point_that_nothing_plays_is_not_decoded() -> None:
    latents: list[np.ndarray] = []

    class Counting(InlineDecoder):
        def submit(
            self, key: Key, request: int, latent: np.ndarray, *frames: Frames | None
        ) -> None:
            latents.append(latent)
            super().submit(key, request, latent, *frames)

    engine = Engine(BUNDLE, channels=1, seed=1, decoder=Counting(BUNDLE))
    for command in keyed("places", jitter=1.0):
        engine.apply(command)
    render(engine, 20 * HOP)
    latents.clear()
    engine.apply(on(60.0))
    engine.apply(Command("/latent/000", (1.5,)))
    render(engine, 200 * HOP)
    assert not latents, "nor is its jitter"
    engine.apply(Command("/jitter", (0.0,)))
    engine.apply(Command("/keys", ("off",)))
    render(engine, 4 * HOP)
    np.testing.assert_array_equal(engine.slot.chunks[0, 0].latent, engine.slot.point.current)


def test_places_can_be_alike_loud() -> None:
    def spread_db(even: float) -> float:
        levels = [
            level_db(play(12_000, [*keyed("places", even=even), on(key, 0)])[4_000:])
            for key in (5.0, 50.0, 120.0)
        ]
        return max(levels) - min(levels)

    assert spread_db(1.0) < 0.5 * spread_db(0.0)


def tuned_bundle(pitches_hz: Sequence[float], confidence: Sequence[float] | float = 0.9) -> Bundle:
    """A model whose landmarks say that they have these pitches, with this confidence."""
    names = [feature.name for feature in LANDMARK_FEATURES]
    features = np.zeros((len(pitches_hz), len(names)), np.float32)
    features[:, names.index("pitch")] = pitches_hz
    features[:, names.index("pitch_confidence")] = confidence
    return replace(BUNDLE, landmark_features=features)


@pytest.mark.parametrize("key", [57.0, 69.0, 71.5, 93.0])
def test_tuned_keys_play_in_tune(key: float) -> None:
    bundle = tuned_bundle([0.0, TONE_HZ, TONE_HZ, 0.0, TONE_HZ, TONE_HZ])
    sound = play(30_000, [*keyed("tuned"), on(key, 0)], bundle)[8_000:]
    to_hz = 440.0 * 2 ** ((key - 69.0) / 12)
    found_hz = strongest_hz(sound, to_hz / 1.1, to_hz * 1.1)
    assert 1200 * np.log2(found_hz / to_hz) == pytest.approx(0.0, abs=5.0)


def test_tuned_keys_take_the_landmark_that_is_nearest_in_pitch() -> None:
    bundle = tuned_bundle([110.0, 0.0, 220.0, 440.0, 880.0, 1760.0])
    engine = started([*keyed("tuned"), on(59.0, 0), on(80.0, 0)], bundle)
    render(engine, 3 * HOP)
    found = [engine.slot.notes.transposition(voice, 60.0) for voice in sounding(engine)]
    assert found == pytest.approx([2.0, -1.0])


def test_tuned_keys_take_a_sure_pitch_rather_than_a_near_one() -> None:
    confidence = [0.9, 0.0, 0.55, 0.9, 0.9, 0.9]
    bundle = tuned_bundle([110.0, 0.0, 220.0, 440.0, 880.0, 1760.0], confidence)
    engine = started([*keyed("tuned"), on(59.0, 0), on(53.0, 0)], bundle)
    render(engine, 3 * HOP)
    found = [engine.slot.notes.transposition(voice, 60.0) for voice in sounding(engine)]
    assert found == pytest.approx([-10.0, 8.0])


def test_panic_and_stopping_end_all_notes() -> None:
    for command in (Command("/panic"), Command("/play", (0,))):
        engine = started([*keyed(release=10.0), on(60.0, 0), on(64.0, 0)])
        render(engine, 20 * HOP)
        engine.apply(command)
        render(engine, HOP)
        assert not render(engine, 4 * HOP)[HOP:].any()
        engine.apply(Command("/play", (1,)))
        render(engine, 5 * HOP)  # the DC blocker forgets where the sound was cut
        assert np.abs(render(engine, 20 * HOP)).max() < SILENT, "no note hangs"
        engine.apply(on(60.0))
        assert render(engine, 20 * HOP).any()


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(tiny_bundle(seed=5), id="equal settings"),
        pytest.param(tiny_bundle(LOW_LATENCY), id="another hop"),
        pytest.param(tiny_bundle(replace(LOW_LATENCY, sample_rate_hz=44100)), id="another rate"),
    ],
)
@pytest.mark.parametrize("keys", ["pitch", "places"])
def test_notes_go_on_while_their_model_changes(keys: str, other: Bundle) -> None:
    fade = Command("/model/fade", (0.2,))
    engine = started([*keyed(keys, release=0.1), fade, on(60.0, 0), on(67.0, 0)])
    before = render(engine, 30 * HOP)
    engine.install(engine.load_model(1, other))
    during = render(engine, 60 * HOP)
    levels = [level_db(part) for part in np.split(np.concatenate([before[10 * HOP :], during]), 16)]
    assert max(levels) - min(levels) < 9.0
    assert largest_step(np.concatenate([before, during])) < np.abs(before).max()  # as of each alone
    engine.apply(Command("/note/release"))
    render(engine, 40 * HOP)
    assert np.abs(render(engine, 10 * HOP)).max() < SILENT


@pytest.mark.parametrize("keys", ["pitch", "places"])
def test_a_log_of_chunk_swaps_plays_notes_again(keys: str) -> None:
    swaps: list[ChunkSwap] = []
    commands = [*keyed(keys), Command("/drift", (1.0,)), *NOTES]
    engine = Engine(
        BUNDLE, channels=2, seed=1, decoder=ThreadedDecoder(BUNDLE), on_chunk_swap=swaps.append
    )
    for command in commands:
        engine.apply(command)
    parts = []
    for _ in range(90):
        parts.append(render(engine, HOP))
        time.sleep(0.001)
    engine.close()
    again = Engine(BUNDLE, channels=2, seed=1, decoder=ReplayDecoder(BUNDLE, swaps))
    for command in commands:
        again.apply(command)
    np.testing.assert_array_equal(np.concatenate(parts), render(again, 90 * HOP))


def test_gestures_hold_notes_and_release_them_at_their_end() -> None:
    gesture = Gesture(
        1.0,
        (
            TimedCommand(0.1, on(60.0)),
            TimedCommand(0.103, on(64.0, velocity=0.5)),
            TimedCommand(0.5, off(60.0)),
        ),
    )
    engine = started(keyed(release=0.05))
    for command in compile_gesture(gesture, engine.addresses).commands(1):
        engine.apply(command)
    render(engine, 20 * HOP)
    first, second = sounding(engine)
    assert second.begin_samples - first.begin_samples == 144
    assert first.begin_samples == 4_800 + HOP
    render(engine, 40 * HOP)
    assert [voice.key for voice in sounding(engine)] == [64.0]
    render(engine, 60 * HOP)
    assert not sounding(engine)
