"""MIDI as controllers send it: running status, NRPN, RPN, banks, pads, endless knobs, halves."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distill_live.midi.bindings import Binding, BindingKey
from distill_live.midi.controls import (
    MAX_7_BIT,
    MAX_14_BIT,
    REST_S,
    ControlEvent,
    MidiControl,
    ValuePair,
    parse_control,
    position,
    relative_steps,
)
from distill_live.midi.learning import most_moved
from distill_live.midi.mapper import Mapper
from distill_live.midi.parser import MessageSplitter, MidiParser

mido = pytest.importorskip("mido")

Values14 = st.integers(0, MAX_14_BIT)


class Clock:
    """A clock that stands still until it is moved."""

    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def cc(number: int, value: int, channel: int = 1) -> Any:
    return mido.Message("control_change", control=number, value=value, channel=channel - 1)


def program(number: int) -> Any:
    return mido.Message("program_change", program=number)


def note(number: int, velocity: int = 100) -> Any:
    return mido.Message("note_on", note=number, velocity=velocity)


def selected(number: int, *, registered: bool = False) -> list[Any]:
    upper, lower = (101, 100) if registered else (99, 98)
    return [cc(upper, number // 128), cc(lower, number % 128)]


def events(*messages: Any) -> list[ControlEvent]:
    parser = MidiParser(Clock())
    return [event for event in map(parser.parse, messages) if event is not None]


def mapper(*bindings: Binding) -> Mapper:
    keyed: dict[BindingKey, Binding] = {binding.key: binding for binding in bindings}
    return Mapper(keyed, Clock())


def fed(played: Mapper, *messages: Any) -> list[Any]:
    return [said for message in messages for said in played.feed(message)]


# Bytes.


def test_running_status_real_time_bytes_and_system_exclusive() -> None:
    splitter = MessageSplitter()
    assert splitter.feed([0xB0, 7, 1, 39, 2, 7]) == [[0xB0, 7, 1], [0xB0, 39, 2]]
    assert splitter.feed([0xF8]) == [[0xF8]], "a clock within a message"
    assert splitter.feed([3, 0xC1, 5, 6]) == [[0xB0, 7, 3], [0xC1, 5], [0xC1, 6]]
    assert splitter.feed([0xF0, 1, 2, 3, 0xF7, 9, 0x90, 60, 100]) == [[0x90, 60, 100]]
    assert splitter.feed([0xF2, 1, 2, 60, 0]) == [[0xF2, 1, 2]], "it has no running status"
    assert splitter.feed([0xB0, 0xB1, 1, 2]) == [[0xB1, 1, 2]], "the first one was cut short"


@given(st.binary(max_size=60), st.integers(0, 60))
def test_bytes_give_the_same_messages_in_any_pieces(data: bytes, cut: int) -> None:
    whole, pieces = MessageSplitter(), MessageSplitter()
    expected = whole.feed(data)
    assert pieces.feed(data[:cut]) + pieces.feed(data[cut:]) == expected
    for message in expected:
        assert message[0] >= 0x80
        assert all(byte < 0x80 for byte in message[1:])


# Halves of 14 bits.


@given(st.lists(Values14, min_size=2))
def test_a_fine_half_that_comes_first_is_exact_with_its_coarse_half(values: list[int]) -> None:
    pair = ValuePair(Clock())
    for value in values:
        pair.move(value % 128, fine=True)
        assert pair.move(value // 128, fine=False) == position(value, MAX_14_BIT)


@given(st.lists(st.integers(-40, 40), min_size=8, max_size=80), Values14)
def test_a_slow_turn_never_jumps_whichever_half_comes_first(steps: list[int], start: int) -> None:
    for fine_first in (False, True):
        pair = ValuePair(Clock())
        values = [start]
        for step in steps:
            values.append(min(max(values[-1] + step, 0), MAX_14_BIT))
        at = []
        for value in [start, start, *values]:  # the order is known after two pairs
            for fine in (fine_first, not fine_first):
                moved = pair.move(value % 128 if fine else value // 128, fine=fine)
                at += [] if moved is None else [moved]
        limit = 41 / 8191 if fine_first else 128 / 8191
        assert all(abs(other - one) <= limit for one, other in pairwise(at[2:]))
        assert at[-1] == position(values[-1], MAX_14_BIT)


def test_each_half_moves_alone_and_reaches_the_ends() -> None:
    pair = ValuePair(Clock())
    for value in (0, 64, 127):
        assert pair.move(value, fine=False) == position(value, MAX_7_BIT)
    pair.move(100, fine=True)
    assert pair.move(101, fine=True) == position(127 * 128 + 101, MAX_14_BIT)
    pair.move(126, fine=False)
    assert pair.move(127, fine=False) == 1.0, "coarse halves alone again"
    fine_first = ValuePair(Clock())
    for value in (8000, 8001):
        fine_first.move(value % 128, fine=True)
        fine_first.move(value // 128, fine=False)
    assert fine_first.move(70, fine=True) is None
    assert fine_first.move(72, fine=True) == position(8000 // 128 * 128 + 72, MAX_14_BIT)


def test_the_order_is_observed_anew_after_a_rest() -> None:
    clock = Clock()
    pair = ValuePair(clock)
    for fine, value in ((True, 10), (False, 64), (True, 20), (False, 65)):
        pair.move(value, fine=fine)
    assert pair.move(30, fine=True) is None
    clock.now_s += 2 * REST_S
    pair.move(66, fine=False)
    assert pair.move(40, fine=True) == position(66 * 128 + 40, MAX_14_BIT)
    assert pair.move(41, fine=True) is not None


@pytest.mark.parametrize("fine_first", [False, True])
def test_a_knob_of_14_bits_reaches_its_ends_in_either_order(fine_first: bool) -> None:
    def play(values: list[int]) -> list[float]:
        played = mapper(
            Binding(MidiControl("cc", 7), "axis/brightness", mode="14-bit", pickup=False)
        )
        at = []
        for value in values:
            halves = [cc(7, value // 128), cc(39, value % 128)]
            at += fed(played, *(halves[::-1] if fine_first else halves))
        return [values[0] for _, values in at]

    steps = [129 * step for step in range(5)]
    rising = play(steps)
    assert rising == sorted(rising)
    assert play(steps + steps[::-1])[-1] == -1.0
    assert play([0, MAX_14_BIT])[-1] == 1.0


# Parameter numbers.


@pytest.mark.parametrize("registered", [False, True])
@given(number=st.integers(0, MAX_14_BIT - 1), values=st.lists(Values14, min_size=1))
def test_a_parameter_has_exact_values_in_either_order_of_halves(
    registered: bool, number: int, values: list[int]
) -> None:
    kind = "rpn" if registered else "nrpn"
    for fine_first in (False, True):
        parser = MidiParser(Clock())
        for value in values:
            halves = [cc(6, value // 128), cc(38, value % 128)]
            messages = selected(number, registered=registered)
            messages += halves[::-1] if fine_first else halves
            heard = [event for event in map(parser.parse, messages) if event is not None]
            assert heard[-1].control == parse_control(f"{kind} {number}")
            assert heard[-1].position == position(value, MAX_14_BIT)
            assert {event.control.kind for event in heard} == {kind}


def test_a_parameter_of_7_bits_reaches_both_ends() -> None:
    for value, at in ((0, 0.0), (64, 0.5), (127, 1.0)):
        (event,) = events(*selected(300), cc(6, value))
        assert (str(event.control), event.position) == ("nrpn 300", at)


def test_increments_step_from_where_the_value_is() -> None:
    played = mapper(
        Binding(MidiControl("nrpn", 300), "axis/brightness"),
        Binding(MidiControl("rpn", 5), "corpus/goto", range=(0, 4)),
        Binding(MidiControl("nrpn", 7), "gesture/stop"),
    )
    assert fed(played, *selected(300), cc(96, 127)) == [("/axis/brightness", ())]
    played.hear("/axis/brightness", (0.0,))
    ((_, (up,)),) = fed(played, cc(96, 0))
    ((_, (down,)),) = fed(played, cc(97, 1))
    assert (up, down) == (pytest.approx(2 / 127), pytest.approx(0.0))
    played.hear("/corpus/goto", (3,))
    registered = selected(5, registered=True)
    assert fed(played, *registered, *[cc(96, 1)] * 3) == [("/corpus/goto", (4,))] * 3
    assert fed(played, cc(97, 1)) == [("/corpus/goto", (3,))]
    assert fed(played, *selected(7), cc(97, 1), cc(96, 1)) == [("/gesture/stop", ())]


def test_a_parameter_is_never_mistaken_for_the_controllers_that_carry_it() -> None:
    bound = [Binding(MidiControl("cc", n), "walk", pickup=False) for n in (6, 38, *range(96, 102))]
    played = mapper(*bound)
    for number in (3, 300):
        for registered in (False, True):
            messages = [*selected(number, registered=registered), cc(6, 5), cc(38, 9), cc(96, 1)]
            assert fed(played, *messages, *messages) == []
    null = [cc(101, 127), cc(100, 127)]
    assert fed(played, *null) == []
    assert fed(played, cc(6, 127)) == [("/walk", (1.0,))], "no parameter is selected"
    assert fed(played, cc(6, 0, channel=2)) == [("/walk", (0.0,))], "nor on another channel"


def test_a_knob_that_sends_a_selecting_controller_alone_is_a_knob() -> None:
    played = mapper(Binding(MidiControl("cc", 99), "walk", pickup=False))
    assert fed(played, cc(99, 1), cc(4, 0), cc(99, 127)) == [("/walk", (1.0,))]


def test_what_one_port_has_selected_does_not_concern_another() -> None:
    played = mapper(Binding(MidiControl("cc", 6), "walk", pickup=False))
    for message in selected(300):
        played.feed(message, "one")
    assert played.feed(cc(6, 127), "one") == []
    assert played.feed(cc(6, 127), "two") == [("/walk", (1.0,))]


def test_learning_hears_parameters_pads_and_programs_for_what_they_are() -> None:
    turn = [m for value in (1, 2, 3) for m in (*selected(300), cc(6, 0), cc(38, value))]
    null = [cc(101, 127), cc(100, 127)]
    assert most_moved(turn) == (MidiControl("nrpn", 300), None)
    assert most_moved(turn + null) == (MidiControl("nrpn", 300), None)
    assert most_moved([*selected(300), cc(96, 1), *selected(300), cc(97, 1)]) == (
        MidiControl("nrpn", 300),
        None,
    )
    assert most_moved([*selected(2, registered=True), cc(6, 1)]) == (MidiControl("rpn", 2), None)
    assert most_moved(selected(300)) is None, "its value is still to come"
    assert most_moved([cc(99, 1), cc(99, 2)]) == (MidiControl("cc", 99), None)
    pressed = [mido.Message("polytouch", note=36, value=v) for v in (1, 2, 3)]
    squeezed = [mido.Message("aftertouch", value=v) for v in (1, 2, 3)]
    for pressure, control in ((pressed, "pressure 36"), (squeezed, "pressure")):
        pad = [note(36), *pressure, note(36, 0)]
        assert most_moved(pad) == (MidiControl("note", 36), None)
        assert most_moved(pad, pressure=True) == (parse_control(control), None)
        assert most_moved(pressure) == (parse_control(control), None)
    assert most_moved([note(36)], pressure=True) is None
    assert most_moved([cc(0, 0), cc(32, 1), program(5)]) == (MidiControl("program", 133), None)
    assert most_moved([cc(39, 1), cc(7, 1)] * 3) == (MidiControl("cc", 7), "14-bit")


def test_a_second_name_of_an_address_moves_the_address() -> None:
    played = mapper(Binding(MidiControl("nrpn", 3), "/distill/formant/shift", pickup=False))
    assert fed(played, *selected(3), cc(6, 127)) == [("/formant", (24.0,))]


# Programs, pads, knobs without ends.


def test_a_program_counts_from_its_bank() -> None:
    for bank, first in (((), 0), ((cc(0, 2),), 256), ((cc(0, 0), cc(32, 3)), 384)):
        (*_, event) = events(*bank, program(5))
        assert (event.control, event.value) == (MidiControl("program", first + 5), 127)
    (*_, both) = events(cc(0, 1), cc(32, 2), program(0))
    assert both.control.number == 130 * 128
    played = mapper(
        Binding(MidiControl("program", 133), "panic"),
        Binding(MidiControl("program", 6), "play", values=(1,)),
        Binding(MidiControl("program"), "preset/recall"),
    )
    assert fed(played, cc(32, 1), program(5)) == [("/panic", ())]
    assert fed(played, program(6)) == [("/play", (1,))], "in any bank, where none is bound"
    assert fed(played, program(7)) == [("/preset/list", ())]
    for index in range(136):
        assert played.hear("/preset/info", (index, f"preset {index}")) == []
    assert played.hear("/preset/end", (136,)) == [("/preset/recall", ("preset 135",))]


def test_a_pad_plays_by_its_note_and_by_its_pressure() -> None:
    played = mapper(
        Binding(MidiControl("note", 36), "freeze"),
        Binding(MidiControl("pressure", 36), "walk"),
        Binding(MidiControl("pressure"), "jitter"),
    )
    pad = [note(36), mido.Message("polytouch", note=36, value=127), note(36, 0)]
    assert fed(played, *pad) == [("/freeze", (1,)), ("/walk", (1.0,)), ("/freeze", (0,))]
    others = [mido.Message("polytouch", note=37, value=127), mido.Message("aftertouch", value=0)]
    assert fed(played, *others) == [("/jitter", (1.0,)), ("/jitter", (0.0,))]


@pytest.mark.parametrize(
    ("mode", "steps"),
    [
        ("relative", {1: 1, 63: 63, 127: -1, 65: -63, 0: 0}),
        ("offset", {65: 1, 127: 63, 63: -1, 1: -63, 64: 0}),
        ("sign", {1: 1, 63: 63, 65: -1, 127: -63, 0: 0, 64: 0}),
    ],
)
def test_endless_knobs_of_the_three_codings(mode: Any, steps: dict[int, int]) -> None:
    assert {value: relative_steps(value, mode) for value in steps} == steps
    for value, moved in steps.items():
        played = mapper(Binding(MidiControl("cc", 1), "axis/brightness", mode=mode))
        played.hear("/axis/brightness", (0.0,))
        ((_, (at,)),) = fed(played, cc(1, value))
        assert at == pytest.approx(2 * moved / 127)
