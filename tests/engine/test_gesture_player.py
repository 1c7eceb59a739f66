"""Gesture playback: timing as of commands, any speed, both directions, resumption."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.tiny import AXES, complete_bundle, tiny_bundle

from distill_live.addresses import instantiate
from distill_live.engine import Command, Engine
from distill_live.engine.commands.gesture_player import GesturePlayer
from distill_live.gestures import Gesture, GestureRecorder, TimedCommand, compile_gesture

BUNDLE = tiny_bundle()
TABLE = instantiate(BUNDLE.latent_size, AXES, len(BUNDLE.landmarks))
RATE_HZ, HOP = BUNDLE.settings.sample_rate_hz, BUNDLE.settings.hop_samples
HOP_S = HOP / RATE_HZ

SWELL = Gesture(
    40 * HOP_S,
    (
        TimedCommand(0.0, Command("/axis/brightness", (0.0,))),
        TimedCommand(0.0, Command("/gain", (0.0,))),
        TimedCommand(0.0, Command("/freeze", (0,))),
        TimedCommand(4.5 * HOP_S, Command("/axis/brightness", (0.5,))),
        TimedCommand(9 * HOP_S, Command("/gain", (-12.0,), glide_s=10 * HOP_S)),
        TimedCommand(12 * HOP_S, Command("/axis/brightness", (-0.75,))),
        TimedCommand(12 * HOP_S, Command("/freeze", (1,))),
        TimedCommand(40 * HOP_S, Command("/axis/brightness", (1.0,))),
    ),
)


def engine_with(*commands: Command) -> Engine:
    engine = Engine(BUNDLE, channels=1, seed=3)
    for command in (Command("/glide", (0.0,)), *commands):
        engine.apply(command)
    return engine


def play(engine: Engine, gesture: Gesture, run: int = 1) -> None:
    for command in compile_gesture(gesture, TABLE).commands(run):
        engine.apply(command)


def render(engine: Engine, hops: int) -> np.ndarray:
    out = np.empty((hops * HOP, 1), np.float32)
    engine.render(out)
    return out


def course(engine: Engine, path: str, hops: int) -> list[float]:
    """The value after each hop."""
    values = []
    for _ in range(hops):
        render(engine, 1)
        values.append(round(float(engine.value(path)[0]), 6))
    return values


def test_it_sounds_as_the_commands_at_their_times() -> None:
    played, told = engine_with(), engine_with()
    render(played, 3)
    render(told, 3)
    play(played, SWELL)
    for seconds, command in SWELL.commands:
        time = told.next_hop_samples + round(seconds * RATE_HZ)
        told.apply(replace(command, time_samples=time))
    np.testing.assert_array_equal(render(played, 60), render(told, 60))


def test_blocks_of_any_size_sound_the_same() -> None:
    whole, parts = engine_with(Command("/gesture/loop", (1,))), engine_with()
    parts.apply(Command("/gesture/loop", (1,)))
    play(whole, SWELL)
    play(parts, SWELL)
    expected = render(whole, 100)
    out = np.empty_like(expected)
    rng = np.random.default_rng(1)
    start = 0
    while start < len(out):
        size = int(rng.integers(1, 3000))
        parts.render(out[start : start + size])
        start += size
    np.testing.assert_array_equal(out, expected)


def test_backwards_holds_at_each_place_what_held_there() -> None:
    forwards = engine_with()
    play(forwards, SWELL)
    there = course(forwards, "/axis/brightness", 41)
    backwards = engine_with(Command("/gesture/speed", (-1.0,)))
    play(backwards, SWELL)
    assert course(backwards, "/axis/brightness", 41) == there[::-1]
    assert backwards.value("/freeze") == (0,)
    assert backwards.value("/gain") == (0.0,)
    assert backwards.gesture == 0


@pytest.mark.parametrize(("speed", "hops"), [(1.0, 41), (2.0, 21), (0.5, 81), (4.0, 11)])
def test_the_speed_says_how_long_it_takes(speed: float, hops: int) -> None:
    engine = engine_with(Command("/gesture/speed", (speed,)))
    play(engine, SWELL)
    render(engine, hops - 1)
    assert engine.gesture == 1
    assert engine.value("/axis/brightness")[0] == pytest.approx(-0.75)
    render(engine, 1)
    assert engine.gesture == 0
    assert engine.value("/axis/brightness")[0] == pytest.approx(1.0)


def test_a_glide_takes_less_time_where_the_gesture_goes_faster() -> None:
    gesture = Gesture(1.0, (TimedCommand(0.0, Command("/speed", (3.0,), glide_s=8 * HOP_S)),))
    for speed, hops in ((1.0, 8), (2.0, 4), (-2.0, 4)):
        engine = engine_with(Command("/gesture/speed", (speed,)))
        play(engine, gesture)
        render(engine, hops - 1)
        assert engine._processor._parameters.now["/speed"] != (3.0,)
        render(engine, 1)
        assert engine._processor._parameters.now["/speed"] == (3.0,)


@pytest.mark.parametrize("speed", [1.0, -1.0, 3.0, -0.7])
def test_a_loop_repeats_for_ever(speed: float) -> None:
    engine = engine_with(Command("/gesture/loop", (1,)), Command("/gesture/speed", (speed,)))
    play(
        engine,
        Gesture(
            16 * HOP_S,
            (
                TimedCommand(0.0, Command("/pitch", (0.0,))),
                TimedCommand(5 * HOP_S, Command("/pitch", (5.0,))),
                TimedCommand(11 * HOP_S, Command("/pitch", (11.0,))),
            ),
        ),
    )
    values = course(engine, "/pitch", 481)[1:]  # backwards, the very end is there only at first
    assert engine.gesture == 1
    assert values[:160] == values[160:320] == values[320:]
    assert set(values) == {0.0, 5.0, 11.0}


def test_speed_nought_holds_where_it_began_and_turning_comes_back() -> None:
    engine = engine_with(Command("/gesture/speed", (0.0,)), Command("/axis/brightness", (0.9,)))
    play(engine, SWELL)
    assert set(course(engine, "/axis/brightness", 20)) == {0.0}
    engine.apply(Command("/gesture/speed", (1.0,)))
    there = course(engine, "/axis/brightness", 20)
    engine.apply(Command("/gesture/speed", (0.0,)))
    assert set(course(engine, "/axis/brightness", 5)) == {-0.75}
    engine.apply(Command("/gesture/speed", (-1.0,)))
    assert course(engine, "/axis/brightness", 21)[1:] == there[::-1]
    assert engine.gesture == 0


@pytest.mark.parametrize("speed", [5e-324, -5e-324, 1e-310])
def test_a_speed_too_small_to_divide_by_holds(speed: float) -> None:
    notes = (
        TimedCommand(0.0, Command("/note/on", (60.0, 1.0))),
        TimedCommand(3.5 * HOP_S, Command("/note/off", (60.0,))),
        TimedCommand(4.5 * HOP_S, Command("/note/on", (62.0, 1.0))),
    )
    for hops in range(7):  # 4 and 5 before a note, 6 before the loop begins again
        engine = engine_with(Command("/keys", ("pitch",)), Command("/gesture/loop", (1,)))
        play(engine, Gesture(5.5 * HOP_S, notes))
        render(engine, hops)
        engine.apply(Command("/gesture/speed", (speed,)))
        render(engine, 3)
        assert engine.gesture == 1


def test_a_touch_holds_until_the_next_statement_of_that_address() -> None:
    engine = engine_with(Command("/pitch", (7.0,)))
    play(engine, SWELL)
    render(engine, 6)
    engine.apply(Command("/axis/brightness", (0.25,)))
    engine.apply(Command("/pitch", (-5.0,)))
    values = course(engine, "/axis/brightness", 8)
    assert values == [0.25] * 6 + [-0.75] * 2
    render(engine, 40)
    assert engine.value("/pitch") == (-5.0,), "which it does not move"


@settings(max_examples=30, deadline=None)
@given(cut=st.integers(0, 90), speed=st.sampled_from([1.0, -1.0, 0.5, -1.7, 3.0]))
def test_a_new_engine_goes_on_where_the_old_one_was(cut: int, speed: float) -> None:
    old = GesturePlayer(RATE_HZ, HOP)
    score, seek = compile_gesture(SWELL, TABLE).commands(7)
    old.load(*score.args)
    old.seek(*seek.args)
    for _ in range(cut):
        old.step(speed, loop=True)
    new = GesturePlayer(RATE_HZ, HOP)
    for command in old.state():
        args = json.loads(json.dumps(command.args))
        (new.load if command.address == "/gesture/score" else new.seek)(*args)
    for _ in range(100):
        assert new.step(speed, loop=True) == old.step(speed, loop=True)


def test_the_state_of_an_engine_holds_the_gesture_that_plays() -> None:
    first = engine_with()
    play(first, SWELL, run=5)
    render(first, 8)
    second = engine_with(*first.state())
    assert second.state() == first.state()
    assert second.gesture == 5
    for path in ("/axis/brightness", "/gain", "/freeze"):
        assert course(first, path, 8) == pytest.approx(course(second, path, 8), abs=1e-6)
    render(first, 40)
    assert not any(
        command.address.startswith("/gesture/s") and command.address != "/gesture/speed"
        for command in first.state()
    )


PLACES = st.one_of(
    st.tuples(st.just("/map"), st.tuples(st.floats(0, 1), st.floats(0, 1))),
    st.tuples(st.just("/corpus/goto"), st.tuples(st.integers(0, 5))),
    st.tuples(st.sampled_from([f"/axis/{axis}" for axis in AXES]), st.tuples(st.floats(-1, 1))),
    st.tuples(st.sampled_from(["/latent/000", "/latent/005"]), st.tuples(st.floats(-2, 2))),
    st.tuples(st.just("/loop"), st.tuples(st.floats(0, 1), st.floats(0, 1))),
    st.tuples(st.just("/macro/1"), st.tuples(st.floats(0, 1))),
)


BEGUN = ("/map", "/latent", "/loop", "/macro/1")
OTHER = tiny_bundle(seed=1)


def place_of(engine: Engine) -> list[Any]:
    """All that `PLACES` moves, of two models."""
    latents = [value for slot in engine.slots.values() for value in slot.value("/latent")]
    return [*latents, *(value for path in BEGUN for value in engine.value(path))]


@settings(max_examples=25, deadline=None)
@given(said=st.lists(PLACES, max_size=12), turn=st.integers(1, 13))
def test_there_and_back_is_where_it_was(said: list[Any], turn: int) -> None:
    engine = engine_with()
    engine.install(engine.load_model(2, OTHER))
    begin = [TimedCommand(0.0, Command(path, engine.value(path))) for path in BEGUN]
    statements = [
        TimedCommand((index + 0.5) * HOP_S, Command(path, values))
        for index, (path, values) in enumerate(said)
    ]
    play(engine, Gesture(14 * HOP_S, (*begin, *statements)))
    places = []
    for _ in range(turn):
        render(engine, 1)
        places.append(place_of(engine))
    engine.apply(Command("/gesture/speed", (-1.0,)))
    render(engine, 1)  # it goes one further before it turns
    for place in reversed(places):
        render(engine, 1)
        np.testing.assert_allclose(place_of(engine), place, atol=1e-6)


@pytest.mark.parametrize("speed", [1.0, -4.0])
def test_a_loop_makes_no_step_of_the_sound(speed: float) -> None:
    ends = ((1.5,) * 8, (-1.5,) * 8)

    def heard(*statements: TimedCommand) -> float:
        engine = engine_with(Command("/gesture/speed", (speed,)), Command("/gesture/loop", (1,)))
        engine.apply(Command("/glide", (0.05,)))
        play(engine, Gesture(60 * HOP_S, statements))
        return float(np.abs(np.diff(render(engine, 250)[10 * HOP :, 0])).max())

    still = [heard(TimedCommand(0.0, Command("/latent", end))) for end in ends]
    moved = heard(
        *(TimedCommand(0.25 * (at + 1), Command("/latent", end)) for at, end in enumerate(ends))
    )
    assert moved <= 1.25 * max(still)


def test_of_several_of_one_address_each_goes_back_to_what_it_was_about() -> None:
    said = (
        TimedCommand(0.0, Command("/macro/map", (1, "gain", 0.0, -1.0, "linear"))),
        TimedCommand(0.0, Command("/macro/map", (1, "speed", 1.0, 2.0, "linear"))),
        TimedCommand(5 * HOP_S, Command("/macro/map", (1, "gain", 0.0, -9.0, "linear"))),
    )
    engine = engine_with(Command("/gesture/speed", (-1.0,)))
    play(engine, Gesture(10 * HOP_S, said))
    render(engine, 12)
    assert engine.value("/macro/map") >= (3,), "changes are counted"
    mappings = [command.args for command in engine.state() if command.address == "/macro/map"]
    assert sorted(mappings) == [said[0].command.args, said[1].command.args]


@pytest.mark.parametrize("speed", [1.0, -1.0])
def test_a_loop_brings_back_the_mappings_that_it_clears(speed: float) -> None:
    rows = [(1, "gain", 0.0, -1.0, "linear"), (2, "speed", 1.0, 2.0, "linear")]
    mappings = [Command("/macro/map", row) for row in rows]
    recorder = GestureRecorder(TABLE)
    recorder.record(5 * HOP_S, Command("/macro/clear", (1,)))
    gesture = recorder.finish(10 * HOP_S, {one.subject: one.args for one in mappings})
    engine = engine_with(
        Command("/gesture/loop", (1,)), Command("/gesture/speed", (speed,)), *mappings
    )
    play(engine, gesture)
    there = []
    for _ in range(22):
        render(engine, 1)
        there.append([one.args for one in engine.state() if one.address == "/macro/map"])
    assert sorted(there[2 if speed > 0 else 8]) == rows
    assert there[8 if speed > 0 else 2] == rows[1:]
    assert sorted(there[12 if speed > 0 else 18]) == rows
    assert there[18 if speed > 0 else 12] == rows[1:]


def test_of_what_is_said_in_one_hop_the_newest_counts_in_its_order() -> None:
    player = GesturePlayer(RATE_HZ, HOP)
    statements = (
        *(TimedCommand(0.0, Command("/gain", (-float(number),))) for number in range(5)),
        TimedCommand(0.0, Command("/macro/map", (1, "gain", 0.0, 1.0, "linear"))),
        TimedCommand(0.0, Command("/macro/map", (1, "speed", 0.0, 1.0, "linear"))),
        TimedCommand(0.0, Command("/pitch", (1.0,))),
        TimedCommand(0.0, Command("/gain", (-9.0,))),
    )
    score, seek = compile_gesture(Gesture(1.0, statements), TABLE).commands(1)
    player.load(*score.args)
    player.seek(*seek.args)
    moves = player.step(1.0, loop=False)
    assert [(move.address, move.args[:2]) for move in moves] == [
        ("/macro/map", (1, "gain")),
        ("/macro/map", (1, "speed")),
        ("/pitch", (1.0,)),
        ("/gain", (-9.0,)),
    ]


@settings(max_examples=100, deadline=None)
@given(
    lines=st.lists(
        st.one_of(
            st.text(max_size=20),
            st.recursive(
                st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.integers(),
                lambda inner: st.lists(inner, max_size=5),
            ).map(json.dumps),
        ),
        max_size=8,
    ),
    header=st.one_of(
        st.text(max_size=20),
        st.just('{"seconds": 0.05, "paths": ["/gain", "/gesture/score"], "end": [0, 2, -1, 99]}'),
        st.just('{"seconds": 1e999, "paths": [], "end": []}'),
        st.just('{"seconds": 1, "paths": [], "end": [1e999]}'),
        st.just(f'{{"seconds": 1{"0" * 400}, "paths": [], "end": []}}'),
        st.just('{"seconds": NaN, "paths": [], "end": []}'),
    ),
    speed=st.sampled_from([0.0, 1.0, -4.0]),
)
def test_what_is_no_score_does_no_harm(lines: list[str], header: str, speed: float) -> None:
    engine = engine_with(Command("/gesture/loop", (1,)), Command("/gesture/speed", (speed,)))
    engine.apply(Command("/play", (0,)))
    engine.apply(Command("/gesture/score", (1, "|".join([header, *lines]))))
    engine.apply(Command("/gesture/seek", (1,)))
    assert np.isfinite(render(engine, 12)).all()


def test_a_gesture_that_turns_backwards_releases_its_notes() -> None:
    note = TimedCommand(0.0, Command("/note/on", (60.0, 1.0)))
    engine = engine_with(Command("/keys", ("pitch",)), Command("/gesture/loop", (1,)))
    play(engine, Gesture(40 * HOP_S, (note,)))
    render(engine, 20)
    assert engine._mixer.voices.sounding[0].held
    engine.apply(Command("/gesture/speed", (-1.0,)))
    render(engine, 3)
    assert not any(voice.held for voice in engine._mixer.voices.sounding)


def test_a_short_note_that_velocity_0_releases_is_played() -> None:
    notes = (
        TimedCommand(4.2 * HOP_S, Command("/note/on", (60.0, 1.0))),
        TimedCommand(6.8 * HOP_S, Command("/note/on", (60.0, 0.0))),
    )
    player = GesturePlayer(RATE_HZ, HOP)
    score, seek = compile_gesture(Gesture(20 * HOP_S, notes), TABLE).commands(1)
    player.load(*score.args)
    player.seek(*seek.args)
    played = [command for _ in range(4) for command in player.step(4.0, loop=False)]
    assert [(command.address, command.args) for command in played] == [
        ("/note/on", (60.0, 1.0)),
        ("/note/off", (60.0,)),
    ]


def test_a_path_that_a_gesture_stops_is_stopped() -> None:
    bundle = complete_bundle()
    engine = Engine(bundle, channels=1, seed=3)
    stopped = (
        TimedCommand(5 * HOP_S, Command("/path/play", (0,))),
        TimedCommand(10 * HOP_S, Command("/path/stop")),
    )
    score = compile_gesture(Gesture(20 * HOP_S, stopped), bundle.addresses)
    for command in score.commands(1):
        engine.apply(command)
    render(engine, 8)
    assert engine.slot.path.playing == 0
    render(engine, 4)
    assert engine.slot.path.playing is None
    assert score.paths == (), "there is no value to follow"


def test_what_a_gesture_releases_is_not_released_again() -> None:
    notes = (
        TimedCommand(0.0, Command("/note/on", (60.0, 1.0))),
        TimedCommand(2 * HOP_S, Command("/note/release")),
    )
    player = GesturePlayer(RATE_HZ, HOP)
    score, seek = compile_gesture(Gesture(4 * HOP_S, notes), TABLE).commands(1)
    player.load(*score.args)
    player.seek(*seek.args)
    played = [command for _ in range(6) for command in player.step(1.0, loop=False)]
    assert [command.address for command in played] == ["/note/on", "/note/release"]
    assert played[-1].time_samples is not None


@pytest.mark.parametrize("speed", [1.0, 3.0])
def test_a_note_at_the_end_has_its_time_whether_the_gesture_loops_or_not(speed: float) -> None:
    notes = (
        TimedCommand(0.0, Command("/note/on", (60.0, 1.0))),
        TimedCommand(10.25 * HOP_S, Command("/note/on", (64.0, 1.0))),
        TimedCommand(10.5 * HOP_S, Command("/note/off", (60.0,))),
    )
    score, seek = compile_gesture(Gesture(10.5 * HOP_S, notes), TABLE).commands(1)
    for loop in (True, False):
        player = GesturePlayer(RATE_HZ, HOP)
        player.load(*score.args)
        player.seek(*seek.args)
        played = [
            command
            for hop in range(13)
            for command in player.step(speed, loop=loop, time_samples=hop * HOP)
        ]
        times = [command.time_samples for command in played[:3]]
        expected = [0, *(round(hops * HOP / speed) for hops in (10.25, 10.5))]
        assert times == pytest.approx(expected, abs=1)


def test_a_note_that_is_due_when_a_gesture_is_held_is_played() -> None:
    notes = (
        TimedCommand(0.0, Command("/note/on", (60.0, 1.0))),
        TimedCommand(10.5 * HOP_S, Command("/note/off", (60.0,))),
    )
    engine = engine_with(Command("/keys", ("pitch",)))
    play(engine, Gesture(20 * HOP_S, notes))
    render(engine, 11)
    assert [voice.held for voice in engine._mixer.voices.sounding] == [True]
    engine.apply(Command("/gesture/speed", (0.0,)))
    render(engine, 3)
    assert not any(voice.held for voice in engine._mixer.voices.sounding)


def test_a_note_at_the_start_of_a_gesture_that_begins_held_is_played() -> None:
    engine = engine_with(Command("/keys", ("pitch",)), Command("/gesture/speed", (0.0,)))
    play(engine, Gesture(20 * HOP_S, (TimedCommand(0.0, Command("/note/on", (60.0, 1.0))),)))
    render(engine, 3)
    engine.apply(Command("/gesture/speed", (1.0,)))
    render(engine, 3)
    assert [voice.held for voice in engine._mixer.voices.sounding] == [True]


def test_a_stopped_gesture_moves_nothing_and_a_place_in_another_is_none() -> None:
    engine = engine_with()
    play(engine, SWELL)
    render(engine, 2)
    engine.apply(Command("/gesture/score", (1, "")))
    assert engine.gesture == 0
    engine.apply(Command("/gesture/seek", (1,)))
    engine.apply(Command("/gesture/seek", (2, 0.0)))
    assert set(course(engine, "/axis/brightness", 20)) == {0.0}
