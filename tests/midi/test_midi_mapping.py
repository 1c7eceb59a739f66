"""MIDI to OSC commands: ranges, 14-bit pairs, pickup, all control kinds."""

import asyncio
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distill_live.errors import ConfigurationError
from distill_live.midi import learning
from distill_live.midi.bindings import Binding, BindingKey, default_bindings
from distill_live.midi.controls import (
    MAX_7_BIT,
    MAX_14_BIT,
    FineControllers,
    MidiControl,
    parse_control,
    position,
)
from distill_live.midi.learning import detect_control, most_moved
from distill_live.midi.mapper import ECHO_S, IDLE_S, PICKUP_STEP, Mapper, Pickup

mido = pytest.importorskip("mido")

Bytes7 = st.integers(0, MAX_7_BIT)
Positions = st.floats(0, 1)


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def cc(number: int, value: int, channel: int = 1) -> Any:
    return mido.Message("control_change", control=number, value=value, channel=channel - 1)


def note(number: int, velocity: int = 100) -> Any:
    return mido.Message("note_on", note=number, velocity=velocity)


def bound(*bindings: Binding) -> Mapping[BindingKey, Binding]:
    return {binding.key: binding for binding in bindings}


def mapper(*bindings: Binding, clock: Clock | None = None) -> Mapper:
    return Mapper(bound(*bindings), clock or Clock())


@pytest.mark.parametrize("highest", [MAX_7_BIT, MAX_14_BIT])
def test_positions_reach_both_ends_and_the_exact_middle(highest: int) -> None:
    at = [position(value, highest) for value in range(highest + 1)]
    assert (at[0], at[(highest + 1) // 2], at[-1]) == (0.0, 0.5, 1.0)
    assert all(one < other for one, other in pairwise(at))


@given(st.lists(st.integers(0, MAX_14_BIT), min_size=2))
def test_pairs_of_14_bits_are_exact_and_no_half_overshoots(values: list[int]) -> None:
    fine = FineControllers()
    before = None
    for value in values:
        half = fine.move(1, 7, value // 128)
        whole = fine.move(1, 39, value % 128)
        assert whole == position(value, MAX_14_BIT)
        if before is not None:
            assert half is not None
            assert min(before, whole) <= half <= max(before, whole)
        before = whole


def test_a_controller_of_14_bits_is_heard_alone_too_and_each_channel_apart() -> None:
    fine = FineControllers()
    assert fine.move(1, 39, 5) is None
    assert FineControllers().move(1, 7, MAX_7_BIT) == 1.0
    fine.move(1, 7, 64)
    assert fine.move(2, 7, 0) == 0.0
    assert fine.move(1, 39, 0) == position(64 * 128, MAX_14_BIT)


@given(st.lists(Positions, min_size=1), st.floats(-1, 2))
def test_a_knob_takes_hold_without_a_jump(moves: list[float], value: float) -> None:
    pickup = Pickup()
    reachable = min(max(value, 0.0), 1.0)
    before = None
    for at in moves:
        if pickup.move(at, value):
            passed = before is not None and min(before, at) <= reachable <= max(before, at)
            assert passed or abs(at - reachable) <= PICKUP_STEP
            break
        assert abs(at - reachable) > PICKUP_STEP
        before = at


@given(st.floats(0, 1), st.floats(0, 1))
def test_what_another_has_moved_is_not_held_any_more(at: float, moved: float) -> None:
    pickup = Pickup()
    assert not pickup.move(at, None)
    assert pickup.move(at, at)
    assert pickup.move(1 - at, at), "what it has made itself is held, however far it moves"
    if abs(moved - (1 - at)) > 2 * PICKUP_STEP:
        assert not pickup.move(1 - at, moved)


def test_a_knob_beyond_whose_range_the_value_is_takes_it_at_the_near_end() -> None:
    played = mapper(Binding(MidiControl("cc", 1), "axis/width", range=(0.0, 1.0)))
    played.hear("/axis/width", (-0.8,))
    assert played.feed(cc(1, 60)) == []
    assert played.waiting() == ["cc 1: waiting to pass -0.8"]
    assert played.feed(cc(1, 0)) == [("/axis/width", (0.0,))]
    assert played.waiting() == []


def test_a_knob_waits_for_the_value_asks_where_it_is_unknown_and_lets_go() -> None:
    clock = Clock()
    played = mapper(Binding(MidiControl("cc", 1), "axis/brightness"), clock=clock)
    assert played.feed(cc(1, 10)) == [("/axis/brightness", ())]
    played.hear("/axis/brightness", (0.0,))
    assert played.feed(cc(1, 20)) == []
    assert played.feed(cc(1, 80)) == [("/axis/brightness", (position(80, 127) * 2 - 1,))]
    played.hear("/axis/brightness", (-0.9,))
    assert played.feed(cc(1, 100)) != [], "what is heard so soon may be its own echo"
    clock.now_s += 2 * ECHO_S
    played.hear("/axis/brightness", (-0.9,))
    assert played.feed(cc(1, 90)) == []
    assert played.feed(cc(1, 0)) == [("/axis/brightness", (-1.0,))]
    assert list(played.stale()) == []
    clock.now_s += 2 * IDLE_S
    assert list(played.stale()) == ["/axis/brightness"]
    played.hear("/fail", ("/distill/axis/brightness", "unknown-address", "no"))
    assert list(played.stale()) == []


def test_a_value_that_glides_to_where_it_was_moved_is_still_held() -> None:
    clock = Clock()
    played = mapper(Binding(MidiControl("cc", 1), "axis/brightness"), clock=clock)
    played.hear("/glide", (10.0,))
    played.hear("/axis/brightness", (-1.0,))
    assert played.feed(cc(1, 0)) == [("/axis/brightness", (-1.0,))]
    assert played.feed(cc(1, 127)) == [("/axis/brightness", (1.0,))]
    clock.now_s += 5.0
    assert list(played.stale()) == []
    played.hear("/axis/brightness", (0.0,))
    assert played.feed(cc(1, 126)) != []
    clock.now_s += 15.0
    assert list(played.stale()) == ["/axis/brightness"]
    played.hear("/axis/brightness", (0.0,))
    assert played.feed(cc(1, 125)) == []


@given(st.lists(st.tuples(st.integers(-63, 63), st.booleans())))
def test_endless_knobs_go_on_from_where_the_value_is(turns: list[tuple[int, bool]]) -> None:
    played = mapper(
        Binding(MidiControl("cc", 1), "speed", mode="relative"),
        Binding(MidiControl("cc", 2), "speed", mode="offset"),
    )
    assert played.feed(cc(1, 1)) == [("/speed", ())]
    played.hear("/speed", (1.0,))
    at = 5 / 8
    for turn, offset in turns:
        at = min(max(at + turn / 127, 0), 1)
        ((path, values),) = played.feed(cc(2, 64 + turn) if offset else cc(1, turn % 128))
        assert path == "/speed"
        assert values == pytest.approx((8 * at - 4,), abs=1e-9)


def test_switches_actions_and_fixed_values_are_pressed() -> None:
    played = mapper(
        Binding(MidiControl("cc", 64), "freeze"),
        Binding(MidiControl("cc", 65), "panic"),
        Binding(MidiControl("note", 36), "/distill/mute"),
        Binding(MidiControl("note", 37), "mute", mode="toggle"),
        Binding(MidiControl("note", 38), "axis/brightness", mode="velocity"),
        Binding(MidiControl("note", 39), "preset/recall", values=("dawn", 4.0)),
        Binding(MidiControl("program", 5), "corpus/goto", values=(3, 0.5)),
        Binding(MidiControl("cc", 66), "corpus/goto", range=(0, 4)),
        Binding(MidiControl("pressure"), "walk"),
    )
    said = [played.feed(cc(64, value)) for value in (0, 64, 127, 63)]
    assert said == [[("/freeze", (0,))], [("/freeze", (1,))], [], [("/freeze", (0,))]]
    assert [played.feed(cc(65, v)) for v in (100, 120, 10, 64)] == [
        [("/panic", ())],
        [],
        [],
        [("/panic", ())],
    ]
    assert [played.feed(note(36, v)) for v in (9, 0)] == [[("/mute", (1,))], [("/mute", (0,))]]
    assert [played.feed(note(37, v)) for v in (9, 0, 9)] == [
        [("/mute", (1,))],
        [],
        [("/mute", (0,))],
    ]
    assert [played.feed(note(38, v)) for v in (64, 0, 127)] == [
        [("/axis/brightness", (0.0,))],
        [],
        [("/axis/brightness", (1.0,))],
    ]
    assert played.feed(note(39)) == [("/preset/recall", ("dawn", 4.0))]
    assert played.feed(mido.Message("program_change", program=5)) == [("/corpus/goto", (3, 0.5))]
    assert played.feed(mido.Message("program_change", program=4)) == []
    assert [played.feed(cc(66, v)) for v in (0, 1, 64, 127)] == [
        [("/corpus/goto", (0,))],
        [],
        [("/corpus/goto", (2,))],
        [("/corpus/goto", (4,))],
    ]
    assert played.feed(mido.Message("aftertouch", value=127)) == [("/walk", (1.0,))]


def test_without_a_file_axes_macros_bend_notes_and_programs_play() -> None:
    played = Mapper(default_bindings(), Clock())
    assert played.feed(cc(16, 64)) == [], "the model's axes are not known yet"
    for index, name in enumerate(("brightness", "width")):
        played.hear("/axis/info", (index, name, -1.0, 1.0, 0.0))
        played.hear(f"/axis/{name}", (0.0,))
    played.hear("/macro/8", (1.0,))
    assert played.feed(cc(17, 64)) == [("/axis/width", (0.0,))]
    assert played.feed(cc(70, 64, channel=9)) == [("/axis/brightness", (0.0,))]
    assert played.feed(cc(18, 64)) == []
    played.hear("/axis/info", (0, "width", -1.0, 1.0, 0.0))
    played.hear("/axis/end", (1,))
    assert played.feed(cc(17, 64)) == [], "another model plays now, of one axis"
    assert played.feed(cc(16, 64)) == [("/axis/width", (0.0,))]
    played.hear("/axis/info", (0, "brightness", -1.0, 1.0, 0.0))
    assert played.feed(cc(8, 127)) == [("/macro/8", (1.0,))]
    bend = [played.feed(mido.Message("pitchwheel", pitch=p)) for p in (-8192, 0, 8191)]
    assert bend == [[("/pitch", (pitch,))] for pitch in (-2.0, 0.0, 2.0)]
    assert [played.feed(note(n)) for n in (35, 36, 40)] == [
        [],
        [("/corpus/goto", (0,))],
        [("/corpus/goto", (4,))],
    ]
    assert played.feed(note(40, 0)) == []
    for kind in ("clock", "start", "active_sensing"):
        assert played.feed(mido.Message(kind)) == []


def test_a_program_is_a_preset_of_the_list_as_it_is_now() -> None:
    played = Mapper(default_bindings(), Clock())

    def recall(program: int, *names: str) -> list[Any]:
        assert played.feed(mido.Message("program_change", program=program)) == [
            ("/preset/list", ())
        ]
        for index, name in enumerate(names):
            assert played.hear("/preset/info", (index, name)) == []
        return played.hear("/preset/end", (len(names),))

    assert recall(1, "a", "b") == [("/preset/recall", ("b",))]
    assert recall(2, "a", "b") == []
    assert recall(1, "new", "a", "b") == [("/preset/recall", ("a",))]
    assert recall(1) == []
    assert played.hear("/preset/end", (0,)) == [], "a list that another has asked for"


def test_a_binding_for_a_channel_or_a_note_goes_before_one_for_all() -> None:
    played = mapper(
        Binding(MidiControl("note"), "corpus/goto"),
        Binding(MidiControl("note", 60), "play"),
        Binding(MidiControl("cc", 1), "walk", pickup=False),
        Binding(MidiControl("cc", 1), "jitter", channel=2, pickup=False),
    )
    assert played.feed(note(60)) == [("/play", (1,))]
    assert played.feed(note(61)) == [("/corpus/goto", (61,))]
    assert played.feed(cc(1, 127, channel=2)) == [("/jitter", (1.0,))]
    assert played.feed(cc(1, 127, channel=3)) == [("/walk", (1.0,))]


def test_a_mapping_can_change_while_it_is_played() -> None:
    played = mapper(Binding(MidiControl("cc", 1), "walk", mode="14-bit", pickup=False))
    played.feed(cc(1, 64))
    assert played.feed(cc(33, 1)) == [("/walk", (position(64 * 128 + 1, MAX_14_BIT),))]
    played.set_bindings(bound(Binding(MidiControl("cc", 1), "jitter", pickup=False)))
    assert played.feed(cc(33, 1)) == []
    assert played.feed(cc(1, 0)) == [("/jitter", (0.0,))]


@given(st.binary(max_size=3), st.sampled_from(list(default_bindings().values())))
def test_no_message_breaks_it_and_all_that_is_said_is_in_range(
    data: bytes, binding: Binding
) -> None:
    played = Mapper(bound(binding), Clock())
    played.hear("/axis/info", (0, "brightness", -1.0, 1.0, 0.0))
    for message in mido.parse_all(
        [0x90 | data[0] & 0x7F if data else 0x90, *(b & 127 for b in data)]
    ):
        for path, values in played.feed(message):
            assert path.startswith("/")
            assert all(isinstance(value, int) or -2 <= float(value) <= 2 for value in values)


Heard = st.sampled_from(
    ("/axis/info", "/axis/end", "/preset/info", "/preset/end", "/walk", "/fail")
)
Told = st.lists(st.integers() | st.floats(allow_nan=False) | st.text() | st.booleans(), max_size=5)


@given(st.lists(st.tuples(Heard, Told.map(tuple))))
def test_nothing_that_is_heard_breaks_it(heard: list[tuple[str, tuple[Any, ...]]]) -> None:
    played = Mapper({**default_bindings(), **bound(Binding(MidiControl("cc", 1), "walk"))}, Clock())
    for path, values in heard:
        played.hear(path, values)
        for message in (cc(1, 64), cc(16, 64), mido.Message("program_change", program=0)):
            played.feed(message)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"address": "axis/end"}, "axis name 'end'"),
        ({"address": "axis/Big"}, "axis name 'Big'"),
        ({"address": "nowhere"}, "no address '/nowhere'"),
        ({"address": "lfo/width"}, "does not take one number"),
        ({"address": "latent"}, "does not take one number"),
        ({"address": "preset/recall"}, "does not take one number"),
        ({"address": "macro/9"}, "no address"),
        ({"address": "gain", "channel": 17}, "channel is 17"),
        ({"address": "gain", "mode": "toggle"}, "mode is 'toggle'"),
        ({"address": "gain", "range": (0.0, 7.0)}, "range is 0 to 7"),
        ({"address": "gain", "range": (1.0, 1.0)}, "two different"),
        ({"address": "gain", "range": (float("nan"), 1.0)}, "range is nan"),
        ({"address": "gain", "values": ("loud",)}, "send a number"),
        ({"address": "gain", "values": (1.0,), "pickup": True}, "leave out range, mode"),
        ({"address": "corpus/goto"}, "give a smaller range"),
        ({"address": "panic", "range": (0.0, 1.0)}, "has no range here"),
        ({"address": "freeze", "mode": "relative"}, "endless"),
        ({"address": "freeze", "pickup": True}, "leave out pickup"),
        ({"address": "gain", "first": 128}, "first is 128"),
        (
            {"address": "gain", "mode": "14-bit", "control": MidiControl("cc", 32)},
            "cannot have 14 bits",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(options: dict[str, Any], reason: str) -> None:
    with pytest.raises(ConfigurationError, match=reason) as refused:
        Binding(**{"control": MidiControl("cc", 1)} | options)
    assert "\n" not in str(refused.value)


def test_controls_are_called_as_they_are_written() -> None:
    for text in ("cc 0", "cc 127", "note 60", "program 3", "bend", "pressure", "notes", "programs"):
        assert str(parse_control(text)) == text
    for text in ("cc", "cc 128", "cc 01", "cc -1", "bend 2", "note", "", "cc 1\n", "notes 5"):
        with pytest.raises(ConfigurationError, match="control is"):
            parse_control(text)


def test_the_control_that_was_moved_most_is_most_moved() -> None:
    assert most_moved([]) is None
    assert most_moved([note(60, 0), mido.Message("clock")]) is None
    assert most_moved([note(60), note(60, 0)]) == (MidiControl("note", 60), None)
    assert most_moved([cc(2, 5), cc(7, 1), cc(7, 2)]) == (MidiControl("cc", 7), None)
    assert most_moved([cc(7, 1), cc(39, 2)] * 3) == (MidiControl("cc", 7), "14-bit")
    assert most_moved([cc(100, 1), cc(4, 2), cc(100, 2)]) == (MidiControl("cc", 100), None)
    assert most_moved([mido.Message("pitchwheel", pitch=9)]) == (MidiControl("bend"), None)


def test_a_parameter_that_is_selected_alone_is_no_control(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "LISTENING_S", 0.0)

    async def learn() -> Any:
        queue: asyncio.Queue[Any] = asyncio.Queue()
        queue.put_nowait(cc(101, 127))
        queue.put_nowait(cc(100, 127))
        learnt = asyncio.create_task(detect_control(queue))
        await asyncio.sleep(0.01)
        queue.put_nowait(cc(5, 1))
        return await learnt

    assert asyncio.run(learn()) == (MidiControl("cc", 5), None)
