"""Mutated files of every format that is read are refused with a clear message."""

import json
import struct
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from support.mutations import Reader, bundle_reader, nth, sound_reader, text_readers
from support.processes import user_folders

from distill_live import library
from distill_live.errors import AudioFileError, BundleError, ConfigurationError, TakeError
from distill_live.gestures import gesture_file
from distill_live.offline.batch import models_of
from distill_live.offline.plan import ModelIdentity, Origin, Plan, from_json, to_json
from distill_live.offline.riff import read_comment
from distill_live.preset_file import read_presets
from distill_live.takes.events import parse_event
from distill_live.toml import BYTES_LIMIT, parse_toml, read_text
from distill_live.user_files import DamagedError

HUGE = "9" * 400
"""A whole number that no float holds."""


def server_readers(folder: Path, stack: ExitStack) -> list[Reader]:
    from support import hostile_requests

    return hostile_requests.server_readers(folder, stack)


@pytest.mark.parametrize(
    ("readers", "count"),
    [
        (lambda folder, _: text_readers(folder), 60),
        (lambda folder, _: [sound_reader(folder)], 200),
        (server_readers, 60),
    ],
    ids=["text", "sound files", "servers"],
)
def test_what_is_mutated_is_read_or_refused_in_a_line(
    readers: Callable[[Path, ExitStack], list[Reader]],
    count: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in ("torch", "uvicorn"):
        pytest.importorskip(module, reason="needs the trainer and its studio")
    for name, value in user_folders(tmp_path).items():
        monkeypatch.setenv(name, value)
    inputs = tmp_path / "inputs"
    inputs.mkdir()
    with ExitStack() as stack:
        for reader in readers(tmp_path, stack):
            feed(reader, inputs, count)


def feed(reader: Reader, inputs: Path, count: int) -> None:
    path = inputs / f"input{reader.suffix}"
    refused = 0
    for index in range(count):
        path.write_bytes(nth(reader, 0, index))
        refused += reader.outcome(path) is not None
    if not reader.lenient:
        assert refused > count // 4, f"{reader.name}: what is damaged is found"


def test_a_bundle_that_is_accepted_can_be_decoded(tmp_path: Path) -> None:
    reader = bundle_reader(tmp_path, run=True)
    for index in range(100):
        (tmp_path / "input").write_bytes(nth(reader, 0, index))
        reader.outcome(tmp_path / "input")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("a" + ".a" * 100_000 + " = 1", "line 1 has over 200 dots"),
        ("a = " + "[" * 100_000, "it is not TOML"),
        (f"a = {HUGE * 20}", "it is not TOML"),
        ("a = '\x1b[2J'", "it is not TOML"),
    ],
)
def test_toml_that_would_take_for_ever_or_is_none_is_refused(content: str, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says) as refusal:
        parse_toml(content)
    assert str(refusal.value).isprintable()
    assert len(str(refusal.value)) < 400
    assert parse_toml("# " + "." * 500 + "\na = 1.5\r\n") == {"a": 1.5}


def test_a_toml_file_is_read_up_to_a_limit(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text("#" * BYTES_LIMIT)
    assert len(read_text(path)) == BYTES_LIMIT
    path.write_text("#" * (BYTES_LIMIT + 1))
    with pytest.raises(ConfigurationError, match=f"over {BYTES_LIMIT} bytes"):
        read_text(path)


def test_whole_numbers_that_no_float_holds_are_refused(tmp_path: Path) -> None:
    for line in (f'["do",0,"/gain",[{HUGE}]]', f'["do",0,"/gain",[1],null,{HUGE}]'):
        with pytest.raises(TakeError, match="line 7"):
            parse_event(line.encode(), 7)
    with pytest.raises(DamagedError, match="no length"):
        gesture_file.read_header(
            b'{"distill-gesture": 1, "name": "a", "seconds": %s}' % HUGE.encode()
        )
    path = tmp_path / "p.json"
    path.write_text(f'{{"format": 1, "presets": {{"a": [["/gain", {HUGE}]]}}}}')
    with pytest.raises(DamagedError, match="'a' is not a list"):
        read_presets(path)
    said = json.loads(to_json(origin()))
    said["plan"]["seconds"] = int(HUGE)
    with pytest.raises(AudioFileError, match="damaged"):
        from_json(json.dumps(said))


def origin(fingerprint: str = "0123456789abcdef") -> Origin:
    models = (ModelIdentity("m\x1b[2J", fingerprint, "x"),)
    return Origin(Plan(), models, "1", 48000, 2, 24)


@pytest.mark.parametrize("sort", ["path", "name", "UNC", "nul", "long", "other"])
def test_what_a_file_says_of_its_models_is_never_a_path(
    sort: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at: list[Path] = []

    def is_file(path: Path) -> bool:
        looked_at.append(path)
        return True

    monkeypatch.setattr(Path, "is_file", is_file)
    monkeypatch.setattr(library, "folders", tuple)
    said = {
        "path": str(tmp_path / "secret.distill"),
        "name": "demo",
        "UNC": r"\\attacker\share\x.distill",
        "nul": "a\0b",
        "long": "a" * 5000,
        "other": "0123456789abcdef",
    }[sort]
    with pytest.raises(BundleError, match="not in the library") as refusal:
        models_of(origin(said), None)
    assert str(refusal.value).isprintable()
    assert len(str(refusal.value)) < 300
    assert looked_at == []


@pytest.mark.parametrize(
    "chunks",
    [
        b"ds64" + struct.pack("<IQQ", 16, 2**64 - 1, 2**64 - 1) + b"data\xff\xff\xff\xff",
        b"abcd\0\0\0\0" * 50_000,
        b"LIST" + struct.pack("<I", 400_004) + b"INFO" + b"abcd\0\0\0\0" * 50_000,
        b"LIST\xff\xff\xff\xffINFO",
    ],
    ids=["64 bits", "empty chunks", "empty texts", "endless"],
)
def test_chunks_that_lead_nowhere_hold_no_comment(chunks: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.wav"
    path.write_bytes(b"RIFF\xff\xff\xff\xffWAVE" + chunks)
    assert read_comment(path) == ""
