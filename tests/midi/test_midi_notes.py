"""MIDI notes: chords, pedal, bends, pressure, MPE, and what is bound otherwise."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distill_live.addresses import TABLE, Values, coerce
from distill_live.midi.bindings import Binding, default_bindings
from distill_live.midi.controls import MidiControl
from distill_live.midi.mapper import Mapper
from distill_live.midi.notes import MAX_MEMBERS

mido = pytest.importorskip("mido")

FULL = 8191
"""Bend wheel at its upper end."""


def on(key: int, velocity: int = 127, channel: int = 1) -> Any:
    return mido.Message("note_on", note=key, velocity=velocity, channel=channel - 1)


def off(key: int, channel: int = 1) -> Any:
    return mido.Message("note_off", note=key, channel=channel - 1)


def cc(number: int, value: int, channel: int = 1) -> Any:
    return mido.Message("control_change", control=number, value=value, channel=channel - 1)


def bend(pitch: int, channel: int = 1) -> Any:
    return mido.Message("pitchwheel", pitch=pitch, channel=channel - 1)


def pressure(value: int, channel: int = 1) -> Any:
    return mido.Message("aftertouch", value=value, channel=channel - 1)


def parameter(number: int, value: int, channel: int = 1) -> list[Any]:
    """A registered parameter, as controllers set it."""
    return [cc(101, 0, channel), cc(100, number, channel), cc(6, value, channel)]


def keyboard(*bindings: Binding, keys: str = "pitch") -> Mapper:
    own = {binding.key: binding for binding in bindings}
    mapper = Mapper({**default_bindings(), **own}, own=own.keys())
    mapper.hear("/keys", (keys,))
    return mapper


def played(mapper: Mapper, *messages: Any, port: str = "") -> list[tuple[str, Values]]:
    return [said for message in messages for said in mapper.feed(message, port)]


def test_a_chord_has_velocities_and_each_key_is_released_alone() -> None:
    mapper = keyboard()
    assert played(mapper, on(60), on(64, 64), on(67, 1)) == [
        ("/note/on", (60.0, 1.0)),
        ("/note/on", (64.0, 0.5)),
        ("/note/on", (67.0, pytest.approx(1 / 128))),
    ]
    assert played(mapper, on(64, 0), off(60), off(60), off(12)) == [
        ("/note/off", (64.0,)),
        ("/note/off", (60.0,)),
    ]


def test_without_keys_notes_and_bends_act_as_they_are_bound() -> None:
    mapper = keyboard(keys="off")
    assert played(mapper, on(36), bend(FULL), pressure(3)) == [
        ("/corpus/goto", (0,)),
        ("/pitch", (2.0,)),
    ]
    mapper.hear("/keys", ("places",))
    assert played(mapper, on(36), cc(64, 127)) == [("/note/on", (36.0, 1.0))]
    mapper.hear("/keys", ("off",))
    assert played(mapper, off(36)) == [], "the instrument has released it"


def test_what_the_performer_has_bound_is_no_note() -> None:
    pad = Binding(MidiControl("note", 36), "panic")
    wheel = Binding(MidiControl("bend"), "formant")
    mapper = keyboard(pad, wheel)
    assert played(mapper, on(36), on(37), bend(FULL)) == [
        ("/panic", ()),
        ("/note/on", (37.0, 1.0)),
        ("/formant", (24.0,)),
    ]


def test_a_bend_moves_all_keys_of_its_channel_and_those_struck_later() -> None:
    mapper = keyboard()
    played(mapper, on(60), on(64), on(50, channel=2))
    assert played(mapper, bend(FULL)) == [
        ("/note/bend", (60.0, 2.0)),
        ("/note/bend", (64.0, 2.0)),
    ]
    assert played(mapper, on(67)) == [("/note/on", (67.0, 1.0)), ("/note/bend", (67.0, 2.0))]
    played(mapper, off(60), off(64))
    assert played(mapper, bend(-8192), bend(-8192)) == [("/note/bend", (67.0, -2.0))]
    assert played(mapper, *parameter(0, 12)) == [("/note/bend", (67.0, -12.0))]
    assert played(mapper, on(50, channel=2)) == [("/note/on", (50.0, 1.0))]


@pytest.mark.parametrize("semitones", [1, 2, 12, 24, 48, 64, 96, 127])
def test_the_bend_range_is_exact_with_and_without_its_cents(semitones: int) -> None:
    for cents in ([], [cc(38, 0)]):
        mapper = keyboard()
        played(mapper, on(60), *parameter(0, semitones), *cents)
        (said,) = played(mapper, bend(FULL))
        assert said == ("/note/bend", (60.0, min(semitones, 48.0)))


def test_the_pedal_holds_what_is_released_while_it_is_down() -> None:
    mapper = keyboard()
    assert played(mapper, on(60), on(64), cc(64, 127), off(60), off(64)) == [
        ("/note/on", (60.0, 1.0)),
        ("/note/on", (64.0, 1.0)),
    ]
    assert played(mapper, on(60)) == [("/note/on", (60.0, 1.0))], "it is struck again"
    assert played(mapper, cc(64, 63)) == [("/note/off", (64.0,))]
    assert played(mapper, off(60)) == [("/note/off", (60.0,))]


def test_pressure_is_of_a_channel_or_of_a_key() -> None:
    mapper = keyboard()
    played(mapper, on(60), on(64))
    assert played(mapper, pressure(127)) == [
        ("/note/pressure", (60.0, 1.0)),
        ("/note/pressure", (64.0, 1.0)),
    ]
    played(mapper, pressure(0))
    of_key = mido.Message("polytouch", note=64, value=64)
    assert played(mapper, of_key, of_key) == [("/note/pressure", (64.0, 0.5))]
    assert played(mapper, bend(FULL)) == [("/note/bend", (60.0, 2.0)), ("/note/bend", (64.0, 2.0))]
    assert played(mapper, mido.Message("polytouch", note=1, value=64)) == []


def test_a_key_that_two_channels_play_sounds_until_both_have_released_it() -> None:
    mapper = keyboard()
    played(mapper, on(60, channel=1), on(60, channel=2))
    assert played(mapper, off(60, channel=1)) == []
    assert played(mapper, off(60, channel=2)) == [("/note/off", (60.0,))]
    played(mapper, on(60), port="one")
    played(mapper, on(60), port="two")
    assert played(mapper, off(60), port="one") == []
    assert played(mapper, off(60), port="two") == [("/note/off", (60.0,))]


def test_mpe_shapes_each_note_and_the_master_all() -> None:
    mapper = keyboard()
    played(mapper, *parameter(6, 15))
    before = [bend(FULL // 48, 2), pressure(64, 2), cc(74, 127, 2)]
    (struck, *shaped) = played(mapper, *before, on(60, channel=2))
    assert struck == ("/note/on", (60.0, 1.0))
    assert shaped == [
        ("/note/bend", (60.0, pytest.approx(1.0, abs=0.01))),
        ("/note/pressure", (60.0, 0.5)),
        ("/note/timbre", (60.0, 1.0)),
    ]
    played(mapper, on(64, channel=3))
    assert played(mapper, cc(74, 0, 3)) == [("/note/timbre", (64.0, -1.0))]
    bent = {values[0]: values[1] for _, values in played(mapper, bend(FULL, 1))}
    assert bent == {60.0: pytest.approx(3.0, abs=0.01), 64.0: 2.0}
    assert played(mapper, cc(64, 127, 1), off(60, 2)) == []
    assert played(mapper, cc(64, 0, 1)) == [("/note/off", (60.0,))]
    assert played(mapper, *parameter(0, 24, 5), bend(0, 1), bend(FULL, 3)) == [
        ("/note/bend", (64.0, 0.0)),
        ("/note/bend", (64.0, 24.0)),
    ], "a bend range of one member is that of all"
    assert played(mapper, *parameter(6, 0)) == [("/note/off", (64.0,))]
    assert played(mapper, on(64, channel=3), bend(FULL, 3))[-1] == ("/note/bend", (64.0, 2.0))


def test_a_controller_that_configures_nothing_is_named_in_the_mapping() -> None:
    mapper = keyboard()
    mapper.set_bindings(default_bindings(), mpe=MAX_MEMBERS)
    assert played(mapper, on(60, channel=2), bend(FULL, 2))[-1] == ("/note/bend", (60.0, 48.0))


def test_members_named_while_the_controller_is_played_bend_as_members() -> None:
    mapper = keyboard()
    assert played(mapper, on(60, channel=2), bend(FULL, 2))[-1] == ("/note/bend", (60.0, 2.0))
    mapper.set_bindings(default_bindings(), mpe=MAX_MEMBERS)
    assert played(mapper, bend(0, 2), bend(FULL, 2))[-1] == ("/note/bend", (60.0, 48.0))


@pytest.mark.parametrize("number", [120, 123, 127])
def test_a_controller_that_ends_all_notes_ends_those_of_its_channel(number: int) -> None:
    mapper = keyboard()
    played(mapper, cc(64, 127), on(60), off(60), on(64), on(50, channel=2))
    assert played(mapper, cc(number, 0)) == [("/note/off", (60.0,)), ("/note/off", (64.0,))]


def test_a_reset_of_controllers_lifts_the_pedal_and_centres_the_wheel() -> None:
    mapper = keyboard()
    played(mapper, cc(64, 127), bend(FULL), on(60), off(60), on(64))
    assert played(mapper, cc(121, 0)) == [("/note/off", (60.0,)), ("/note/bend", (64.0, 0.0))]


def test_a_pedal_that_goes_up_while_keys_are_off_holds_no_later_note() -> None:
    mapper = keyboard()
    played(mapper, cc(64, 127), bend(FULL))
    mapper.hear("/keys", ("off",))
    played(mapper, cc(64, 0), bend(0))
    mapper.hear("/keys", ("pitch",))
    assert played(mapper, on(60), off(60)) == [("/note/on", (60.0, 1.0)), ("/note/off", (60.0,))]


def test_an_own_mapping_that_equals_a_default_one_goes_before_notes() -> None:
    mapper = keyboard(Binding(MidiControl("cc", 64), "freeze"))
    assert played(mapper, cc(64, 127)) == [("/freeze", (1,))]


def test_what_pedal_and_wheel_held_ends_when_they_begin_to_play_notes() -> None:
    mapper = keyboard(keys="off")
    assert played(mapper, cc(64, 127), bend(FULL)) == [("/freeze", (1,)), ("/pitch", (2.0,))]
    assert mapper.hear("/keys", ("pitch",)) == [("/freeze", (0,)), ("/pitch", (0.0,))]
    assert played(mapper, cc(64, 0), bend(0)) == []
    mapper.hear("/keys", ("off",))
    assert played(mapper, cc(64, 127)) == [("/freeze", (1,))]
    played(mapper, cc(64, 0))
    mapper.hear("/freeze", (1,))
    assert mapper.hear("/keys", ("pitch",)) == [], "another froze it"


def test_a_bridge_that_follows_has_what_controllers_configured() -> None:
    before, after = keyboard(), keyboard()
    played(before, *parameter(6, 8), *parameter(0, 24, channel=2), port="mpe")
    played(before, *parameter(0, 12, channel=3), port="other")
    after.notes.restore(before.notes.configuration)
    heard = [
        (on(60, channel=2), "mpe"),
        (bend(FULL, channel=2), "mpe"),
        (cc(74, 127, channel=2), "mpe"),
        (on(61, channel=3), "other"),
        (bend(FULL, channel=3), "other"),
    ]
    said = [[played(each, one, port=port) for one, port in heard] for each in (before, after)]
    assert said[0] == said[1]
    assert said[1][1] == [("/note/bend", (60.0, 24.0))]
    assert said[1][4] == [("/note/bend", (61.0, 12.0))]


def test_a_control_that_is_bound_while_it_is_held_ends_what_it_held() -> None:
    mapper = keyboard()
    played(mapper, cc(64, 127), on(60), off(60), on(64))
    pedal = Binding(MidiControl("cc", 64), "freeze")
    pad = Binding(MidiControl("note", 64), "mute")
    own = Binding(MidiControl("cc", 123), "gain")
    bindings = {each.key: each for each in (replace(pedal, channel=1), pad, own)}
    mapper.set_bindings({**default_bindings(), **bindings}, bindings.keys())
    assert ("/note/off", (60.0,)) in played(mapper, cc(64, 0))
    played(mapper, on(62))
    assert not any(path.startswith("/note") for path, _ in played(mapper, cc(123, 0)))
    assert ("/note/off", (64.0,)) in played(mapper, off(64))


Message = st.builds(
    lambda status, one, two: mido.Message.from_bytes([status, one, two][: 2 + (status < 0xC0)]),
    st.sampled_from(
        [kind | channel for kind in (0x80, 0x90, 0xA0, 0xB0, 0xD0) for channel in (0, 1, 2)]
    ),
    st.sampled_from([0, 6, 38, 60, 64, 74, 100, 101, 120, 121, 123]) | st.integers(0, 127),
    st.integers(0, 127),
)


@given(st.lists(Message, max_size=60))
def test_whatever_is_played_is_in_range_and_no_note_hangs(messages: list[Any]) -> None:
    mapper = keyboard()
    everything_off = [cc(number, 0, channel) for number in (64, 123) for channel in (1, 2, 3)]
    sounding: set[float] = set()
    for path, values in played(mapper, *messages, *everything_off):
        if not path.startswith("/note"):
            continue
        assert coerce(TABLE[path], values) == (values, False)
        key = float(values[0])
        if path == "/note/on":
            sounding.add(key)
        else:
            assert key in sounding
        if path == "/note/off":
            sounding.remove(key)
    assert not sounding
