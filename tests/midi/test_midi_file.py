"""MIDI mapping file: round trips, preserved comments, errors with line numbers."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distill_live.errors import ConfigurationError
from distill_live.midi.bindings import CC_MODES, NOTE_MODES, Binding, BindingKey, default_bindings
from distill_live.midi.controls import MidiControl
from distill_live.midi.mapping_file import (
    HEADER,
    MappingFile,
    add_binding,
    parse_mapping,
    read_mapping,
    to_toml,
)
from distill_live.toml import BYTES_LIMIT

Channels = st.none() | st.integers(1, 16)
Ranges = st.none() | st.tuples(st.floats(-90, -30), st.floats(-29, 6)).map(
    lambda ends: ends[:: 1 if ends[0] > -60 else -1]
)
Knobs = st.builds(
    Binding,
    control=st.integers(0, 31).map(lambda number: MidiControl("cc", number)),
    address=st.just("gain"),
    channel=Channels,
    mode=st.sampled_from(("", "7-bit", "14-bit")),
    range=Ranges,
    pickup=st.none() | st.booleans(),
)
Endless = st.builds(
    Binding,
    control=st.integers(64, 127).map(lambda number: MidiControl("cc", number)),
    address=st.sampled_from(("axis/brightness", "latent/007", "macro/3", "axis/#2")),
    mode=st.sampled_from(CC_MODES[2:]),
)
Notes = st.builds(
    Binding,
    control=st.integers(0, 127).map(lambda number: MidiControl("note", number)),
    address=st.sampled_from(("mute", "walk")),
    channel=Channels,
    mode=st.sampled_from(("", *NOTE_MODES)),
)
Names = st.text(st.characters(codec="utf-8"), min_size=1).filter(str.isprintable)
Presets = st.builds(
    Binding,
    control=st.integers(0, 127).map(lambda number: MidiControl("program", number)),
    address=st.just("preset/recall"),
    values=st.tuples(Names, st.floats(0, 600)),
)
Numbers = st.builds(
    Binding,
    control=st.sampled_from((MidiControl("note"), MidiControl("program"))),
    address=st.sampled_from(("corpus/goto", "preset/recall")),
    channel=Channels,
    first=st.integers(0, 127),
)
Bindings = st.one_of(Knobs, Endless, Notes, Presets, Numbers)


@given(st.lists(Bindings, unique_by=lambda binding: binding.key), st.booleans())
def test_what_is_written_is_read(bindings: list[Binding], defaults: bool) -> None:
    text = f"defaults = {str(defaults).lower()}\n" + "\n".join(map(to_toml, bindings))
    assert parse_mapping(text) == MappingFile(tuple(bindings), defaults)


@settings(max_examples=30)  # each writes to the disk for good
@given(st.lists(Bindings, max_size=6))
def test_what_is_learnt_replaces_its_own_control_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, bindings: list[Binding]
) -> None:
    file = tmp_path_factory.mktemp("learnt") / "midi.toml"
    expected: dict[BindingKey, Binding] = {}
    for binding in bindings:
        assert add_binding(file, binding) == file
        expected.pop(binding.key, None)
        expected[binding.key] = binding
    if bindings:
        assert read_mapping(file).own == tuple(expected.values())
        assert file.read_text(encoding="utf-8").startswith(HEADER)


def test_comments_and_the_order_of_lines_survive_learning(tmp_path: Path) -> None:
    file = tmp_path / "midi.toml"
    file.write_text(
        "# Mine.\ndefaults = false  # no surprises\n\n"
        "# The left fader.\n[[map]]\ncontrol = 'cc 1'  # first\n  # was the gain\n"
        "address = 'walk'\nrange = [\n  0.0,\n  0.5,\n]\n\n"
        "  [[ map ]]\naddress = 'jitter'\ncontrol = 'cc 2'\n# The end.\n",
        encoding="utf-8",
    )
    add_binding(file, Binding(MidiControl("cc", 1), "spread"))
    assert file.read_text(encoding="utf-8") == (
        "# Mine.\ndefaults = false  # no surprises\n\n"
        "# The left fader.\n  # was the gain\n\n"
        "  [[ map ]]\naddress = 'jitter'\ncontrol = 'cc 2'\n# The end.\n\n"
        '[[map]]\ncontrol = "cc 1"\naddress = "spread"\n'
    )
    assert [binding.address for binding in read_mapping(file).own] == ["/jitter", "/spread"]
    assert not read_mapping(file).defaults


@pytest.mark.parametrize(
    "text",
    [
        "map = [{control = 'cc 1', address = 'walk'}]\n",
        "[[\"map\"]]\ncontrol = 'cc 1'\naddress = 'walk'\n",
        "[[map]]\ncontrol = '''\\\n  cc 1'''\naddress = 'walk'\nvalues = ['''\n[[map]]\n''']\n",
    ],
)
def test_a_file_that_is_written_otherwise_is_left_as_it_is(tmp_path: Path, text: str) -> None:
    file = tmp_path / "midi.toml"
    file.write_text(text)
    with pytest.raises(ConfigurationError):
        add_binding(file, Binding(MidiControl("cc", 1), "spread"))
    assert file.read_text() == text


def test_a_file_with_a_byte_order_mark_is_read_and_added_to(tmp_path: Path) -> None:
    file = tmp_path / "midi.toml"
    file.write_text("\ufeff# mine\n[[map]]\ncontrol = 'bend'\naddress = 'formant'\n", "utf-8")
    add_binding(file, Binding(MidiControl("cc", 1), "gain"))
    assert [str(own.control) for own in read_mapping(file).own] == ["bend", "cc 1"]
    assert file.read_text("utf-8").startswith("# mine\n[[map]]\n")


def test_the_usual_controls_play_but_for_those_that_are_mapped_otherwise() -> None:
    mapping = parse_mapping("[[map]]\ncontrol = 'bend'\naddress = 'formant'\n")
    assert mapping.bindings.keys() == default_bindings().keys()
    assert mapping.bindings[MidiControl("bend"), None].address == "/formant"
    assert parse_mapping("defaults = false").bindings == {}
    assert parse_mapping("mpe = 15").mpe == 15


BLOCK = "\n[[map]]\ncontrol = 'cc 1'\naddress = 'walk'\n"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("defaults = 1", "defaults must be true or false"),
        ("default = true", "unknown key 'default'"),
        ("mpe = true", "mpe must be a whole number from 0 to 15"),
        ("mpe = 16", "mpe must be a whole number from 0 to 15"),
        ("map = 3", r"map must be blocks that begin with \[\[map\]\]"),
        ("[map]\ncontrol = 'cc 1'", "map must be blocks"),
        ("[[map]\n", "it is not TOML: .*line 1"),
        ("x = [" + 10000 * "[", "it is not TOML"),
        (BLOCK + "range = [0, 1, 2]", "line 2: range must be two numbers"),
        (BLOCK + "range = [0, true]", "line 2: range must be two numbers"),
        (BLOCK + f"range = [0, 1{400 * '0'}]", "line 2: range contains a number that is too large"),
        (BLOCK + "range = [0, inf]", "line 2: range is 0 to inf"),
        (BLOCK + "channel = '1'", "line 2: channel must be a whole number"),
        (BLOCK + "channel = true", "line 2: channel must be a whole number"),
        (BLOCK + "pickup = 1", "line 2: pickup must be true or false"),
        (BLOCK + "mode = 'wild'", "line 2: mode is 'wild'"),
        (BLOCK + "values = [[1]]", "line 2: values must be numbers and text"),
        (BLOCK + "chanel = 1", "line 2: unknown key 'chanel'"),
        (BLOCK + BLOCK, "line 6: cc 1 is already mapped at line 2"),
        ("[[map]]\naddress = 'walk'", "line 1: control is missing"),
        ("[[map]]\ncontrol = 'cc 1'", "line 1: address is missing"),
        ("[[map]]\ncontrol = 'knob'\naddress = 'walk'", "line 1: control is 'knob'"),
        ("[[map]]\ncontrol = 'cc 1'\naddress = 'wa lk'", "line 1: there is no address '/wa lk'"),
        ("map = [{control = 'cc 1'}]", "block 1: address is missing"),
    ],
)
def test_what_is_wrong_is_told_in_one_line_with_its_place(
    tmp_path: Path, text: str, reason: str
) -> None:
    file = tmp_path / "midi.toml"
    file.write_text(text)
    with pytest.raises(ConfigurationError, match=reason) as refused:
        read_mapping(file)
    assert str(refused.value).startswith(f"{file}: ")
    assert str(refused.value).isprintable()


def test_files_that_cannot_be_read_are_refused_and_none_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("distill_live.midi.mapping_file.user_folder", lambda: tmp_path / "new")
    assert read_mapping(None) == MappingFile()
    file = tmp_path / "midi.toml"
    with pytest.raises(ConfigurationError, match="no mapping at"):
        read_mapping(file)
    with pytest.raises(ConfigurationError, match="not read"):
        read_mapping(tmp_path)
    file.write_bytes(b"\xff")
    with pytest.raises(ConfigurationError, match="no text in UTF-8"):
        read_mapping(file)
    file.write_text("#" * (BYTES_LIMIT + 1))
    with pytest.raises(ConfigurationError, match="over"):
        read_mapping(file)
    file.write_text(1001 * "[[map]]\n")
    with pytest.raises(ConfigurationError, match="1001 blocks"):
        read_mapping(file)
    assert (
        add_binding(None, Binding(MidiControl("bend"), "pitch")) == tmp_path / "new" / "midi.toml"
    )


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_bytes_do_anything_but_be_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    file = tmp_path_factory.mktemp("hostile") / "midi.toml"
    file.write_bytes(BLOCK.encode() + data)
    with suppress(ConfigurationError):
        read_mapping(file)


def run(*words: str, before: str = "pass") -> subprocess.CompletedProcess[str]:
    program = f"import sys; {before}; from distill_live.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", program, *words], capture_output=True, encoding="utf-8", timeout=60
    )


@pytest.mark.process
def test_the_command_line_shows_the_mapping_and_refuses_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "midi.toml"
    file.write_text("[[map]]\ncontrol = 'cc 3'\nchannel = 2\naddress = 'gain'\nrange = [-60, 0]\n")
    shown = run("midi", "show", "--map", str(file)).stdout.splitlines()
    assert shown[1].split() == ["cc", "3", "2", "gain", "-60", "to", "0,", "pickup"]
    assert any(line.split()[-1] == "default" for line in shown[2:])
    file.write_text("[[map]]\n")
    for words in (
        ("midi", "show", "--map", str(file)),
        ("midi", "learn", "gain", "--map", str(file)),
        ("midi", "learn", "nowhere"),
        ("midi", "learn", "preset/recall"),
        ("midi", "bridge", "x", "--osc-to", "nowhere"),
        ("midi", "bridge", "x", "--map", str(file)),
        ("--midi", "x", "--midi-map", str(file), "--null"),
        ("--midi", "", "--null"),
    ):
        done = run(*words)
        assert done.returncode == 1, words
        assert done.stderr.startswith("distill-live: ")
        assert done.stderr.count("\n") == 1


@pytest.mark.process
def test_without_the_extra_it_is_named() -> None:
    for words in (("--midi", "x", "--null"), ("midi", "ports"), ("midi", "bridge", "x")):
        done = run(*words, before="sys.modules['rtmidi'] = None; sys.modules['mido'] = None")
        assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
        assert "the extra [midi]: pip install -e '.[midi]'" in done.stderr


def test_controls_that_two_programs_learn_at_once_are_all_kept(tmp_path: Path) -> None:
    file = tmp_path / "midi.toml"

    def learn(first: int) -> None:
        for number in range(first, first + 10):
            add_binding(file, Binding(MidiControl("cc", number), "gain"))

    with ThreadPoolExecutor() as threads:
        list(threads.map(learn, (0, 10)))
    learnt = {binding.control.number for binding in read_mapping(file).own}
    assert learnt == set(range(20))
