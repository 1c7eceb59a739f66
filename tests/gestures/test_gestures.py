"""Gesture files: text and CSV round trips, and refusal of invalid content."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.tiny import AXES

from distill_live.addresses import Command, instantiate
from distill_live.errors import CommandError
from distill_live.gestures import (
    Gesture,
    GestureRecorder,
    GestureStore,
    TimedCommand,
    compile_gesture,
    from_csv,
    store,
    to_csv,
)
from distill_live.gestures.gesture import MAX_COMMANDS, MAX_IN_INTERVAL, MAX_VALUES
from distill_live.gestures.gesture_file import from_text, to_text
from distill_live.user_files import DamagedError, read_bounded

TABLE = instantiate(4, AXES, 6)
DEFAULTS = {
    (path,): address.default for path, address in TABLE.items() if address.access == "value"
}
SWELL = Gesture(
    12.5,
    (
        TimedCommand(0.0, Command("/axis/brightness", (0.25,))),
        TimedCommand(1.5, Command("/map", (0.5, 0.75))),
        TimedCommand(3.0, Command("/gain", (-6.0,), glide_s=2.0)),
        TimedCommand(3.0, Command("/freeze", (1,))),
        TimedCommand(12.5, Command("/macro/map", (1, "gain", -6.0, 0.0, "s-curve"))),
    ),
)
TEXT = """{"distill-gesture": 1, "name": "Größe 1", "model": "demo", "seconds": 12.5}
[0.0, "/axis/brightness", 0.25]
[1.5, "/map", 0.5, 0.75]
[3.0, "/gain", -6.0, {"glide": 2.0}]
[3.0, "/freeze", 1]
[12.5, "/macro/map", 1, "gain", -6.0, 0.0, "s-curve"]
"""
CSV = """seconds,address,glide,value1,value2,value3,value4,value5
0.0,/axis/brightness,,0.25
1.5,/map,,0.5,0.75
3.0,/gain,2.0,-6.0
3.0,/freeze,,1
12.5,/macro/map,,1,gain,-6.0,0.0,s-curve
12.5
"""

STATEMENTS = st.one_of(
    st.tuples(st.just("/map"), st.tuples(st.floats(0, 1), st.floats(0, 1)), st.none()),
    st.tuples(
        st.sampled_from(["/axis/brightness", "/axis/noisiness", "/latent/003"]),
        st.tuples(st.floats(-1, 1)),
        st.one_of(st.none(), st.floats(0, 600)),
    ),
    st.tuples(st.just("/corpus/goto"), st.tuples(st.integers(0, 5)), st.none()),
    st.tuples(st.just("/seed"), st.tuples(st.integers(0, 2**31 - 1)), st.none()),
    st.tuples(st.just("/freeze"), st.tuples(st.sampled_from([0, 1])), st.none()),
    st.tuples(st.just("/timbre/axis"), st.tuples(st.sampled_from(["", "loudness"])), st.none()),
)
GESTURES = st.lists(st.tuples(st.floats(0, 3600), STATEMENTS), min_size=1, max_size=20).map(
    lambda rows: Gesture(
        3600.0,
        tuple(
            TimedCommand(seconds, Command(said[0], said[1], glide_s=said[2]))
            for seconds, said in sorted(rows, key=lambda row: row[0])
        ),
    )
)


class Rig:
    def __init__(self, folder: Path) -> None:
        self.lines: list[str] = []
        self.folder = folder
        self.store = self.another()

    def another(self, name: str = "Größe 1", fingerprint: str = "0123456789abcdef") -> GestureStore:
        return GestureStore(self.folder, name, fingerprint, self.lines.append)


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path / "gestures")


def refusal(refused: pytest.ExceptionInfo[CommandError]) -> str:
    assert "\n" not in str(refused.value)
    return refused.value.code


def test_the_text_can_be_read_by_people() -> None:
    assert to_text("Größe 1", "demo", SWELL) == TEXT
    assert from_text(TEXT.encode()) == ("Größe 1", SWELL)
    assert from_text(TEXT.replace("\n", "\r\n\n").encode()) == ("Größe 1", SWELL)


def test_the_csv_is_as_it_is_documented() -> None:
    assert to_csv(SWELL) == CSV
    assert from_csv(CSV.encode(), TABLE) == SWELL


@settings(deadline=None)
@given(gesture=GESTURES)
def test_text_and_csv_give_back_what_they_were_given(gesture: Gesture) -> None:
    assert from_text(to_text("x", "m", gesture).encode())[1] == gesture
    assert from_csv(to_csv(gesture).encode(), TABLE) == gesture


@pytest.mark.parametrize(
    "drawn",
    [
        "0,/axis/brightness,-1\n2,/axis/brightness,1\n",
        "time,what,value\r\n2.0,axis/brightness,1.0\r\n\r\n0.0,/distill/axis/brightness,-1.0,\r\n",
        "\ufeffSekunden;Adresse;Wert\n0;/axis/brightness;-1,0\n2,0;/axis/brightness;1\n",
        "seconds\t/axis/brightness\n0\t-1\n2\t1\n",
        "\n,,\nseconds,axis/brightness,/gain\n0,-1,\n1,,\n2,1,\n",
        '"0","/axis/brightness","-7"\n"2","/axis/brightness","1e3"\n',
    ],
)
def test_a_trajectory_that_was_drawn_in_a_spreadsheet(drawn: str) -> None:
    ends = [
        TimedCommand(at, Command("/axis/brightness", (to,))) for at, to in ((0.0, -1.0), (2.0, 1.0))
    ]
    assert from_csv(drawn.encode(), TABLE) == Gesture(2.0, tuple(ends))


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("x,/gain,1", "line 3: 'x' is not a time"),
        ("nan,/gain,1", "line 3: 'nan' is not a time"),
        ("-1,/gain,1", "line 3: -1 s"),
        ("1e9,/gain,1", "line 3: 1e\\+09 s"),
        ("1,/gain", "line 3: .* takes 1 argument"),
        ("1,/gain,1,2", "line 3: .* takes 1 argument"),
        ("1,/gain,loud", "line 3: .* send a number"),
        ("1,/gain,inf", "line 3: .* send a number"),
        ("1,/axis/unheard,1", "line 3: /axis/unheard: this model has no"),
        ("1,/play,1", "line 3: /play: gestures cannot move"),
        ("1,/panic", "line 3: /panic: gestures cannot move"),
        ("1,/clock/tap", "line 3: /clock/tap: gestures cannot move"),
        ("1,/path/stop,0", "line 3: /path/stop: 0, a button's release, does nothing"),
        ("1,/gesture/speed,1", "line 3: .* gestures cannot move"),
        ("1,/gesture/score,1,x", "line 3: .* no such address"),
        ("1,/preset/store,x", "line 3: .* gestures cannot move"),
        ("1,/freeze,2", "line 3: .* must lie in 0 to 1"),
        ("1,/corpus/goto,6", "line 3: .* must lie in 0 to 5"),
        (f"1,/timbre/axis,{'x' * 201}", "line 3: /timbre/axis: .* up to 200 characters"),
        (
            "1,/timbre/axis,lou\u200bdness",
            "line 3: /timbre/axis: a gesture cannot hold 'lou.dness'",
        ),
        ('1,"/gain,1', "line 3: not CSV"),
        ('1,"/ga\nin",1', "line 4: /ga.in: this model has no"),
    ],
)
def test_a_row_that_is_wrong_is_named(row: str, says: str) -> None:
    with pytest.raises(CommandError, match=f"^{says}") as refused:
        from_csv(f"seconds,address,value1\n0,/gain,0\n{row}\n".encode(), TABLE)
    refusal(refused)


@pytest.mark.parametrize("data", [b"", b"\xff\xfe\0", b"\n\n", b"seconds,address\n", b"5\n"])
def test_what_holds_no_gesture_is_refused(data: bytes) -> None:
    with pytest.raises(CommandError) as refused:
        from_csv(data, TABLE)
    refusal(refused)


def test_a_table_that_is_too_long_is_refused_before_it_fills_the_memory() -> None:
    rows = "0,/gain,1\n" * (MAX_COMMANDS + 2)
    with pytest.raises(CommandError, match="over 50000 commands") as refused:
        from_csv((rows + "x\n").encode(), TABLE)
    assert refusal(refused) == "full"


@settings(deadline=None)
@given(data=st.one_of(st.binary(max_size=60), st.text('01,;/"\n\tgain.-', max_size=40)))
def test_whatever_is_imported_is_a_gesture_or_refused_in_a_line(data: bytes | str) -> None:
    said = ""
    try:
        gesture = from_csv(data.encode() if isinstance(data, str) else data, TABLE)
    except CommandError as error:
        said = str(error)
    assert "\n" not in said
    assert said or gesture.commands


HEADER = '{"distill-gesture": 1, "name": "a", "model": "m", "seconds": 9}\n'


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[1]\n",
        HEADER.replace("1", "true"),
        HEADER.replace('"a"', '"../a"'),
        HEADER.replace("9", "-9"),
        HEADER.replace("9", "NaN"),
        HEADER.replace("9", "1e999"),
        HEADER.replace("9", "4000"),
        HEADER + "x",
        HEADER + "[" * 100_000,
        HEADER + '[1, "/gain"]',
        HEADER + '["1", "/gain", 1]',
        HEADER + '[1, "/gain", [1]]',
        HEADER + '[1, "/gain", null]',
        HEADER + '[1, "/gain", true]',
        HEADER + '[1, "/gain", NaN]',
        HEADER + '[1, "/gain", 1e999]',
        HEADER + f'[1, "/gain", {10**400}]',
        HEADER + f'[{10**400}, "/gain", 1]',
        HEADER + '[1, "/gain", {"glide": 1}]',
        HEADER + '[1, "/gain", 1, {"glide": "1"}]',
        HEADER + '[1, "/gain", 1, {}]',
        HEADER + '[1, "/ga\\nin", 1]',
        HEADER + '[10, "/gain", 1]',
        HEADER + '[-1, "/gain", 1]',
        HEADER + '[2, "/gain", 1]\n[1, "/gain", 1]',
        HEADER + '[2, "/gain", 1]\n' * (MAX_IN_INTERVAL + 1),
        HEADER + '[2, "/gain", 1]\n' * (MAX_COMMANDS + 1),
        HEADER + f"[2, {', '.join(['0'] * 5)}]\n",
    ],
    ids=range(30),
)
def test_a_damaged_text_is_refused(text: str) -> None:
    with pytest.raises(DamagedError) as refused:
        from_text(text.encode())
    assert len(str(refused.value)) < 200
    assert "\n" not in str(refused.value)


@settings(deadline=None)
@given(data=st.data())
def test_a_text_with_a_wrong_byte_is_refused_or_a_gesture(data: st.DataObject) -> None:
    text = bytearray(TEXT.encode())
    text[data.draw(st.integers(0, len(text) - 1))] = data.draw(st.integers(0, 255))
    said = ""
    try:
        compile_gesture(from_text(bytes(text))[1], TABLE)
    except (DamagedError, CommandError) as error:
        said = str(error)
    assert "\n" not in said


def test_what_is_stored_is_found_by_its_name_alone(rig: Rig) -> None:
    for name in ("swell", "Swell", "Ça va & co. #2", "x" * 64, "日本語" * 20):
        rig.store.store(name, SWELL)
        assert rig.another().load(name) == SWELL
    short = Gesture(2.0, SWELL.commands[:2])
    rig.store.store("swell", short)
    assert rig.store.load("swell") == short
    assert rig.store.load("Swell") == SWELL
    assert rig.another().lengths() == {
        "swell": 2.0,
        "Swell": 12.5,
        "x" * 64: 12.5,
        "Ça va & co. #2": 12.5,
        "日本語" * 20: 12.5,
    }
    assert rig.another(fingerprint="f" * 16).lengths() == {}
    rig.store.delete("swell")
    with pytest.raises(CommandError) as refused:
        rig.store.load("swell")
    assert refusal(refused) == "not-found"
    assert all(path.is_relative_to(rig.folder) for path in rig.folder.rglob("*"))
    assert len(list(rig.folder.rglob("*.gesture"))) == 4


def test_a_new_name_keeps_the_gesture_and_takes_no_other(rig: Rig) -> None:
    for name in ("swell", "other"):
        rig.store.store(name, SWELL)
    data = rig.store.path("swell").read_bytes()
    rig.store.rename("swell", "Ça va & co.")
    assert rig.another().load("Ça va & co.") == SWELL
    assert rig.store.path("Ça va & co.").read_bytes() == data.replace(
        b'"swell"', '"Ça va & co."'.encode()
    )
    assert set(rig.another().lengths()) == {"Ça va & co.", "other"}
    for name, to, code in (
        ("swell", "new", "not-found"),
        ("other", "Ça va & co.", "invalid"),
        ("other", "other", "invalid"),
        ("other", "../x", "invalid"),
    ):
        with pytest.raises(CommandError) as refused:
            rig.store.rename(name, to)
        assert refusal(refused) == code
    rig.store.path("other").write_bytes(b"no gesture\n")
    with pytest.raises(CommandError, match="damaged"):
        rig.store.rename("other", "new")
    assert rig.store.path("other").read_bytes() == b"no gesture\n"
    assert not rig.store.path("new").exists()


@pytest.mark.parametrize(
    "name", ["", "../x", "a/b", "a\0", "x" * 65, "\u0958" * 33, "\x1b[2J", "~", " a"]
)
def test_names_that_no_gesture_can_have(rig: Rig, name: str) -> None:
    for act in (lambda: rig.store.store(name, SWELL), lambda: rig.store.load(name)):
        with pytest.raises(CommandError) as refused:
            act()
        assert refusal(refused) == "invalid"
    assert not rig.folder.exists()


def test_a_name_in_another_unicode_form_is_the_same(rig: Rig) -> None:
    rig.store.store("cafe\u0301", SWELL)
    assert rig.another().load("caf\u00e9") == SWELL
    assert list(rig.store.lengths()) == ["caf\u00e9"]
    rig.store.delete("caf\u00e9")
    assert rig.store.lengths() == {}


def test_a_damaged_file_is_put_aside_and_told_once(rig: Rig) -> None:
    rig.store.store("good", SWELL)
    for name, content in (("head", b"\0"), ("body", TEXT.encode()[:-9])):
        rig.store.store(name, SWELL)
        rig.store.path(name).write_bytes(content)
    rig.store.path("body").write_bytes(TEXT.replace("Größe 1", "body").encode("utf-8")[:-9])
    assert rig.store.lengths() == {"body": 12.5, "good": 12.5}
    with pytest.raises(CommandError) as refused:
        rig.store.load("body")
    assert refusal(refused) == "invalid"
    assert rig.store.lengths() == {"good": 12.5}
    assert len(rig.lines) == 2
    assert len(list(rig.store.folder.glob("*.damaged-1.gesture"))) == 2
    rig.store.store("head", SWELL)
    assert set(rig.store.lengths()) == {"good", "head"}


def test_a_gesture_that_another_session_has_just_mended_is_not_set_aside(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.store.store("swell", SWELL)
    path = rig.store.path("swell")
    path.write_text("what?")

    def read_before_it_is_stored_again(path: Path, limit_bytes: int) -> bytes:
        data = read_bounded(path, limit_bytes)
        monkeypatch.undo()
        rig.another().store("swell", SWELL)
        return data

    monkeypatch.setattr("distill_live.gestures.store.read_bounded", read_before_it_is_stored_again)
    with pytest.raises(CommandError, match="damaged"):
        rig.store.load("swell")
    assert rig.store.load("swell") == SWELL
    assert rig.lines == []


def test_a_file_of_a_newer_format_stays_where_it_is(rig: Rig) -> None:
    rig.store.store("new", SWELL)
    path = rig.store.path("new")
    path.write_text(path.read_text("utf-8").replace('gesture": 1', 'gesture": 2'), "utf-8")
    for act in (lambda: rig.store.load("new"), rig.store.lengths):
        with pytest.raises(CommandError, match="format 2"):
            act()
    assert path.exists()


def test_a_copy_under_another_file_name_is_left_alone(rig: Rig) -> None:
    rig.store.store("a", SWELL)
    path = rig.store.path("a")
    path.with_name("mine.gesture").write_bytes(path.read_bytes())
    assert rig.store.lengths() == {"a": 12.5}


def test_there_can_be_so_many(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "MAX_GESTURES", 2)
    for name in ("a", "b", "a"):
        rig.store.store(name, SWELL)
    with pytest.raises(CommandError) as refused:
        rig.store.store("c", SWELL)
    assert refusal(refused) == "full"


START: dict[tuple[Any, ...], tuple[Any, ...]] = DEFAULTS | {
    ("/latent",): (0.125, 0.25, 0.5, 1.0),
    ("/axis/brightness",): (-0.3,),
    ("/gain",): (-3.0,),
    ("/model/blend", 2): (2, 0.75),
}


def recorded(*said: tuple[Any, ...]) -> Gesture:
    recorder = GestureRecorder(TABLE)
    for seconds, path, *values in said:
        recorder.record(seconds, Command(path, tuple(values)))
    return recorder.finish(20.0, START)


def test_a_recording_begins_with_what_it_moves_as_it_was() -> None:
    gesture = recorded(
        (1.0, "/axis/brightness", 0.5), (2.0, "/latent/001", 1.0), (3.0, "/gain", -9.0)
    )
    assert gesture.seconds == 20.0
    assert gesture.commands[:3] == (
        TimedCommand(0.0, Command("/axis/brightness", (-0.3,))),
        TimedCommand(0.0, Command("/latent/001", (0.25,))),
        TimedCommand(0.0, Command("/gain", (-3.0,))),
    )
    assert [statement.seconds for statement in gesture.commands[3:]] == [1.0, 2.0, 3.0]


@pytest.mark.parametrize(
    "place", [("/map", 0.1, 0.2), ("/corpus/goto", 3), ("/latent", 1, 1, 1, 1)]
)
def test_a_recording_that_moves_the_whole_point_begins_with_all_of_it(
    place: tuple[Any, ...],
) -> None:
    gesture = recorded((1.0, "/axis/brightness", 0.5), (2.0, *place))
    place_first = ["/map"] if place[0] == "/map" else []
    assert [timed.command.address for timed in gesture.commands] == [
        *place_first,
        "/latent",
        "/axis/brightness",
        place[0],
    ]
    at_start = gesture.commands[len(place_first)]
    assert at_start == TimedCommand(0.0, Command("/latent", START["/latent",]))


def test_a_recording_keeps_glides_and_leaves_out_what_is_no_gesture() -> None:
    gesture = recorded(
        (1.0, "/axis/brightness", 0.5, 3.0),
        (1.5, "/corpus/goto", 2, 1.0),
        (2.0, "/play", 0),
        (2.0, "/panic"),
        (2.0, "/gesture/speed", 2.0),
        (2.5, "/seed", 7),
        (3.0, "/input/unmap", "level", "gain"),
    )
    assert gesture.commands[1:] == (
        TimedCommand(1.0, Command("/axis/brightness", (0.5,), glide_s=3.0)),
        TimedCommand(1.5, Command("/corpus/goto", (2,), glide_s=1.0)),
        TimedCommand(2.5, Command("/seed", (7,))),
        TimedCommand(3.0, Command("/input/unmap", ("level", "gain"))),
    )


def test_stops_are_recorded_but_not_the_release_of_their_button() -> None:
    said = (
        (1.0, "/path/play", 0),
        (2.001, "/path/stop", 1.0),
        (2.002, "/path/stop", 0),
        (3.0, "/note/release"),
    )
    gesture = recorded(*said)
    assert gesture.commands == (
        TimedCommand(1.0, Command("/path/play", (0,))),
        TimedCommand(2.001, Command("/path/stop", (1,))),
        TimedCommand(3.0, Command("/note/release", (1,))),
    )
    assert from_text(to_text("x", "m", gesture).encode())[1] == gesture
    assert from_csv(to_csv(gesture).encode(), TABLE) == gesture
    assert from_csv(b"0,/path/stop\n", TABLE).commands[0].command == Command("/path/stop", (1,))
    _, *statements = compile_gesture(gesture, TABLE).text.split("|")
    assert [json.loads(statement)[2:4] for statement in statements] == [[[0], []], *2 * [[[1], []]]]


def test_a_short_note_that_velocity_0_releases_is_recorded() -> None:
    gesture = recorded((1.001, "/note/on", 60.0, 1.0), (1.008, "/note/on", 60.0, 0))
    said = [timed.command for timed in gesture.commands]
    assert said == [Command("/note/on", (60.0, 1.0)), Command("/note/off", (60.0,))]
    drawn = b"seconds,address,value1,value2\n1,/note/on,60,1\n1,/note/on,60,0\n"
    assert [timed.command for timed in from_csv(drawn, TABLE).commands] == said


@pytest.mark.parametrize("text", ["x" * 201, "loud\nness", "\udce9"])
def test_a_recording_leaves_out_texts_that_its_file_cannot_hold(text: str) -> None:
    start = START | {("/timbre/axis",): (text,)}
    recorder = GestureRecorder(TABLE)
    for seconds, said in ((1.0, "x" * 200), (2.0, text)):
        recorder.record(seconds, Command("/timbre/axis", (said,)))
    gesture = recorder.finish(20.0, start)
    assert gesture.commands == (TimedCommand(1.0, Command("/timbre/axis", ("x" * 200,))),)
    assert from_text(to_text("x", "m", gesture).encode())[1] == gesture


def test_models_are_blended_as_they_were_and_each_goes_back_to_its_own_weight() -> None:
    gesture = recorded((1.0, "/model/blend", 2, 0.5), (2.0, "/model/blend", 3, 1.0))
    assert gesture.commands == (
        TimedCommand(0.0, Command("/model/blend", (2, 0.75))),
        TimedCommand(1.0, Command("/model/blend", (2, 0.5))),
        TimedCommand(2.0, Command("/model/blend", (3, 1.0))),
    )
    _, *statements = compile_gesture(gesture, TABLE).text.split("|")
    assert [json.loads(statement)[3] for statement in statements] == [[], [0], []]


GAIN = Command("/macro/map", (1, "gain", -6.0, 0.0, "linear"))
PITCH = Command("/macro/map", (1, "pitch", 0.0, 7.0, "linear"))
OTHER = Command("/macro/map", (2, "gain", -3.0, 0.0, "linear"))
HEARD = Command("/input/map", ("level", "gain", -9.0, 0.0, "linear"))
UNHEARD = Command("/input/unmap", ("level",))
MAPPED = START | {one.subject: one.args for one in (GAIN, PITCH, OTHER, UNHEARD, HEARD)}


@pytest.mark.parametrize(
    ("said", "at_start"),
    [
        ([Command("/macro/clear", (1,))], [GAIN, PITCH]),
        ([Command("/macro/clear", (1, "pitch"))], [PITCH]),
        ([Command("/input/unmap", ("level", "gain"))], [HEARD]),
        ([HEARD, UNHEARD], [UNHEARD, HEARD]),
        ([Command("/macro/clear", (3,))], []),
    ],
)
def test_a_recording_that_clears_mappings_begins_with_them(
    said: list[Command], at_start: list[Command]
) -> None:
    recorder = GestureRecorder(TABLE)
    for number, command in enumerate(said):
        recorder.record(1.0 + number, command)
    gesture = recorder.finish(20.0, MAPPED)
    assert [timed.command for timed in gesture.commands] == [*at_start, *said]


def test_a_full_recording_that_clears_mappings_is_kept() -> None:
    recorder = GestureRecorder(TABLE)
    recorder.record(0.0, Command("/macro/clear", (1,)))
    for number in range(MAX_COMMANDS):
        recorder.record(number / 50, Command("/gain", (-1.0,)))
    assert recorder.full
    targets = TABLE["/macro/map"].arguments[1].choices
    rows = ((1, target, 0.0, 1.0, "linear") for target in targets)
    mapped = {("/macro/map", *row[:2]): row for row in rows}
    assert len(recorder.finish(3600.0, START | mapped).commands) <= MAX_COMMANDS


def test_backwards_what_was_cleared_is_mapped_and_what_was_mapped_after_is_not() -> None:
    clear, again = Command("/macro/clear", (1,)), Command("/macro/map", (1, "gain", 0, 1, "linear"))
    said = (GAIN, PITCH, OTHER, clear, PITCH, again, PITCH, Command("/macro/clear", (1, "pitch")))
    timed = tuple(TimedCommand(float(number), one) for number, one in enumerate(said))
    header, *statements = compile_gesture(Gesture(9.0, timed), TABLE).text.split("|")
    before = [json.loads(statement)[3] for statement in statements]
    assert before == [[], [], [], [0, 1], [3], [3, 4], [4], [6]]
    assert json.loads(header)["end"] == [2, 3, 5, 7]


def test_a_recording_of_nothing_is_refused() -> None:
    with pytest.raises(CommandError) as refused:
        recorded((1.0, "/play", 0))
    assert refusal(refused) == "invalid"


def test_an_hour_at_full_rate_stays_within_the_limits() -> None:
    recorder = GestureRecorder(TABLE)
    told = 0
    for number in range(200_000):
        seconds = number / 500  # far more than a hop can use
        recorder.record(seconds, Command("/gain", (-float(number % 50),)))
        recorder.record(seconds, Command("/axis/brightness", (math.sin(number),)))
        told = told or (number if recorder.full else 0)
    assert told
    gesture = recorder.finish(3600.0, START)
    assert MAX_COMMANDS - 4 <= len(gesture.commands) <= MAX_COMMANDS
    assert gesture.seconds == pytest.approx(told / 500, abs=0.01)


def test_wide_latents_fill_a_recording_earlier() -> None:
    table = instantiate(128, [], 1)
    recorder = GestureRecorder(table)
    for number in range(4000):
        recorder.record(number / 80, Command("/latent", tuple([float(number % 3)] * 128)))
    assert recorder.full
    gesture = recorder.finish(60.0, {("/latent",): (0.0,) * 128})
    values = sum(len(timed.command.args) for timed in gesture.commands)
    assert MAX_VALUES - 256 <= values <= MAX_VALUES
