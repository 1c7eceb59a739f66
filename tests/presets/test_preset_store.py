"""Preset file: exact, readable, complete after a damaged file or a full disk."""

import json
import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from support.tiny import AXES, tiny_bundle

from distill_live import files, presets
from distill_live.addresses import instantiate
from distill_live.engine import Command, Engine
from distill_live.errors import CommandError
from distill_live.preset_file import Preset
from distill_live.presets import PresetStore, morph, snapshot

BUNDLE = tiny_bundle()
TABLE = instantiate(BUNDLE.latent_size, AXES, len(BUNDLE.landmarks))
HOP = BUNDLE.settings.hop_samples
QUIET: Preset = (("/gain", (-6.000000238418579,)), ("/freeze", (1,)))
LOUD: Preset = (("/gain", (6.0,)), ("/freeze", (0,)))


class Rig:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lines: list[str] = []
        self.store = self.another()

    def another(self, name: str = "Größe 1", fingerprint: str = "0123456789abcdef") -> PresetStore:
        return PresetStore(self.folder, name, fingerprint, self.lines.append)


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path / "presets")


def code_of(refusal: pytest.ExceptionInfo[CommandError]) -> str:
    assert "\n" not in str(refusal.value)
    return refusal.value.code


def test_what_is_stored_is_recalled_exactly_also_by_the_next_session(rig: Rig) -> None:
    rig.store.store("quiet", QUIET)
    rig.store.store("Ça va & co. #2", LOUD)
    rig.store.store("quiet", LOUD)
    rig.store.store("quiet", QUIET)
    for store in (rig.store, rig.another()):
        assert store.names() == ["quiet", "Ça va & co. #2"]
        assert store.recall("quiet") == QUIET
        assert store.recall("Ça va & co. #2") == LOUD
    rig.store.delete("quiet")
    assert rig.another().names() == ["Ça va & co. #2"]


def test_a_new_name_keeps_the_preset_and_its_place_and_takes_no_other(rig: Rig) -> None:
    for name, preset in (("quiet", QUIET), ("loud", LOUD)):
        rig.store.store(name, preset)
    rig.store.rename("quiet", "soft")
    assert rig.another().names() == ["soft", "loud"]
    assert rig.another().recall("soft") == QUIET
    before = rig.store.path.read_bytes()
    for name, to, code in (
        ("quiet", "new", "not-found"),
        ("soft", "loud", "invalid"),
        ("soft", "soft", "invalid"),
        ("soft", "../up", "invalid"),
    ):
        with pytest.raises(CommandError) as refusal:
            rig.store.rename(name, to)
        assert code_of(refusal) == code
    assert rig.store.path.read_bytes() == before


def test_two_sessions_see_what_the_other_stores(rig: Rig) -> None:
    other = rig.another()
    rig.store.store("a", QUIET)
    other.store("b", LOUD)
    assert rig.store.names() == other.names() == ["a", "b"]


def test_models_are_told_apart_by_name_and_by_fingerprint(rig: Rig) -> None:
    rig.store.store("a", QUIET)
    assert rig.another(name="other").names() == []
    assert rig.another(fingerprint="f" * 16).names() == []
    assert rig.another(name="../../x").path.parent == rig.folder


@pytest.mark.parametrize(
    "name",
    ["", " a", "a ", "a/b", "..\\x", "a\nb", "a\0", "x" * 65, "\x1b[2J", "~", "a:b", "a\u202e"],
)
def test_names_that_no_preset_can_have(rig: Rig, name: str) -> None:
    with pytest.raises(CommandError) as refusal:
        rig.store.store(name, QUIET)
    assert code_of(refusal) == "invalid"
    assert not rig.folder.exists()


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("a\u3000b", "; leave out U+3000 (ideographic space)"),
        ("a\u200cb", "; leave out U+200C (zero width non-joiner)"),
        ("a\nb\u3000", "; leave out U+000A"),
        ("a/b", "no space at an end"),
    ],
)
def test_a_refusal_names_what_cannot_be_seen(rig: Rig, name: str, hint: str) -> None:
    with pytest.raises(CommandError) as refusal:
        rig.store.store(name, QUIET)
    assert str(refusal.value).endswith(hint)


def test_what_is_not_there_is_not_found(rig: Rig) -> None:
    for act in (rig.store.recall, rig.store.delete):
        with pytest.raises(CommandError) as refusal:
            act("nothing")
        assert code_of(refusal) == "not-found"
    assert str(refusal.value) == "no preset 'nothing'; there are none"
    for number in range(13):
        rig.store.store(f"p{number:02}", QUIET)
    with pytest.raises(CommandError, match=r"there are p00, p01, .*, p11 and 1 more$"):
        rig.store.recall("nothing")


def test_there_is_an_end_to_them(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presets, "MAX_PRESETS", 2)
    rig.store.store("a", QUIET)
    rig.store.store("b", QUIET)
    rig.store.store("b", LOUD)
    with pytest.raises(CommandError) as refusal:
        rig.store.store("c", QUIET)
    assert code_of(refusal) == "full"
    assert rig.store.names() == ["a", "b"]


def test_a_person_can_read_and_mend_the_file(rig: Rig) -> None:
    rig.store.store("Größe", QUIET)
    text = rig.store.path.read_text(encoding="utf-8")
    assert '      ["/gain", -6.000000238418579],\n      ["/freeze", 1]\n' in text
    assert '"Größe": [' in text
    assert json.loads(text)["model"] == {"name": "Größe 1", "fingerprint": "0123456789abcdef"}
    rig.store.path.write_text(text.replace("-6.000000238418579", "-3"), encoding="utf-8")
    assert rig.store.recall("Größe")[0] == ("/gain", (-3,))


DAMAGES = [
    b"",
    b"{",
    b"[]",
    b"\xff\xfe",
    b"[" * 100_000,
    b'{"presets": {}}',
    b'{"format": 1}',
    b'{"format": 1, "presets": {"a/b": []}}',
    b'{"format": 1, "presets": {"a": [["/gain"]]}}',
    b'{"format": 1, "presets": {"a": [["/gain", NaN]]}}',
    b'{"format": 1, "presets": {"a": [["/gain", 1e999]]}}',
    b'{"format": 1, "presets": {"a": [["/gain", null]]}}',
    b'{"format": 1, "presets": {"a": [[1, 2]]}}',
    b'{"format": 1, "presets": {"a": [["/gain", "\\ud800"]]}}',
    b'{"format": 1, "presets": {"a": [["/\\udfff", 1]]}}',
]


@pytest.mark.parametrize("content", DAMAGES)
def test_a_damaged_file_is_set_aside_and_its_backup_used(rig: Rig, content: bytes) -> None:
    rig.store.store("a", QUIET)
    rig.store.store("b", LOUD)  # the backup has only the first
    rig.store.path.write_bytes(content)
    store = rig.another()
    assert store.names() == ["a"]
    assert store.recall("a") == QUIET
    assert len(rig.lines) == 1
    aside = rig.store.path.with_name(rig.store.path.stem + ".damaged-1.json")
    assert aside.read_bytes() == content
    assert aside.name in rig.lines[0]
    store.store("c", LOUD)
    assert rig.another().names() == ["a", "c"]
    assert len(rig.lines) == 1


def test_without_a_backup_it_begins_anew(rig: Rig) -> None:
    rig.folder.mkdir()
    for number in (1, 2):
        rig.store.path.write_bytes(b"what?")
        assert rig.another().names() == []
        assert len(rig.lines) == number
    assert len(list(rig.folder.glob("*.damaged-*"))) == 2, "none replaces another"
    assert rig.another().names() == []
    assert len(rig.lines) == 2


def test_the_backup_outlives_a_file_that_vanished(rig: Rig) -> None:
    rig.store.store("quiet", QUIET)
    rig.store.store("loud", LOUD)
    backup = rig.store.path.with_name(rig.store.path.name + ".backup")
    before = backup.read_bytes()
    rig.store.path.unlink()
    rig.another().store("new", LOUD)
    assert b"quiet" in before
    assert backup.read_bytes() == before


def test_a_damaged_file_that_cannot_be_set_aside_leaves_the_backup_alone(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.store.store("a", QUIET)
    rig.store.store("b", LOUD)
    rig.store.path.write_bytes(b"what?")

    def refuse(*_: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", refuse)
    store = rig.another()
    assert store.names() == store.names() == ["a"]
    assert len(rig.lines) == 1
    assert rig.store.path.read_bytes() == b"what?"
    store.store("c", LOUD)
    rig.store.path.write_bytes(b"what?")
    assert rig.another().names() == ["a"], "the backup of what was known"


def test_a_newer_format_is_left_alone(rig: Rig) -> None:
    rig.folder.mkdir()
    rig.store.path.write_bytes(b'{"format": 2, "presets": []}')
    for act in (rig.store.names, lambda: rig.store.store("a", QUIET)):
        with pytest.raises(CommandError, match="format 2") as refusal:
            act()
        assert code_of(refusal) == "invalid"
    assert rig.store.path.read_bytes() == b'{"format": 2, "presets": []}'
    assert rig.lines == []


def test_a_disk_that_refuses_changes_nothing(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.store.store("a", QUIET)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    writes: tuple[Callable[[], object], ...] = (
        lambda: rig.store.store("b", LOUD),
        lambda: rig.store.delete("a"),
    )
    for act in writes:
        with pytest.raises(CommandError, match="no space left") as refusal:
            act()
        assert code_of(refusal) == "invalid"
    assert rig.store.names() == rig.another().names() == ["a"]


def engine_at(seed: int, *commands: Command) -> Engine:
    engine = Engine(BUNDLE, channels=1, seed=seed)
    for command in commands:
        engine.apply(command)
    engine.render(np.empty((20 * HOP, 1), np.float32))
    return engine


def said(engine: Engine) -> Preset:
    return snapshot((command.address, command.args) for command in engine.state())


def test_a_preset_brings_any_engine_to_the_same_place(rig: Rig) -> None:
    first = engine_at(
        1,
        Command("/axis/brightness", (0.7,)),
        Command("/gain", (-9.0,)),
        Command("/lfo/loudness", (2.0, 0.5)),
        Command("/speed", (0.5,)),
        Command("/walk", (0.2,)),
        Command("/macro/map", (3, "speed", -1.0, 1.0, "linear")),
        Command("/macro/3", (0.5,)),
        Command("/speed", (0.5,)),
    )
    rig.store.store("here", said(first))
    for seconds in (0.0, 15 * HOP / BUNDLE.settings.sample_rate_hz):
        second = engine_at(
            2, Command("/drift", (1.0,)), Command("/panic"), Command("/loop", (0, 0.3))
        )
        second.apply(Command("/macro/map", (3, "gain", -6.0, 0.0, "linear")))
        second.apply(Command("/play", (1,)))
        for command in morph(rig.another().recall("here"), TABLE, seconds):
            second.apply(command)
        second.render(np.empty((20 * HOP, 1), np.float32))
        assert said(second) == said(first)
        np.testing.assert_array_equal(second.slot.point.current, first.slot.point.current)


def test_a_preset_does_not_say_whether_it_sounds_nor_where_unless_it_is_held() -> None:
    paths = [path for path, _ in said(engine_at(1, Command("/mute", (1,))))]
    values = [path for path in paths if TABLE[path].access == "value"]
    assert len(set(values)) == len(values)
    assert not {"/play", "/mute", "/position"} & set(paths)
    held = said(engine_at(1, Command("/freeze", (1,)), Command("/position", (0.25,))))
    assert dict(held)["/position"] == pytest.approx((0.25,))


@pytest.mark.parametrize("seconds", [0.0, 0.3])
def test_a_recall_makes_no_step_of_the_sound(seconds: float) -> None:
    held = Command("/glide", (0.0,))
    one = said(engine_at(1, held, Command("/latent", (1.5,) * 8), Command("/gain", (6.0,))))
    moved = (Command("/speed", (-2.0,)), Command("/loop", (0.2, 0.7)), Command("/freeze", (1,)))
    other = said(engine_at(1, held, Command("/latent", (-1.5,) * 8), *moved))

    def heard(*recalls: Preset) -> np.ndarray:
        engine = engine_at(3)
        y = np.empty((len(recalls), 20_000, 1), np.float32)
        for preset, part in zip(recalls, y, strict=True):
            for command in morph(preset, TABLE, seconds):
                engine.apply(command)
            engine.render(part)
        return np.abs(np.diff(y.reshape(-1)))[10_000:]

    alone = [heard(preset, preset, preset).max() for preset in (one, other)]
    assert heard(one, other, one, other).max() <= 1.25 * max(alone)


@pytest.mark.parametrize("seconds", [0.0, 2.0])
@pytest.mark.parametrize("position", [0.1, 0.3, 0.9])
def test_a_frozen_preset_holds_its_frame_whatever_was_looped(
    seconds: float, position: float
) -> None:
    loop = (max(0.0, position - 0.1), min(1.0, position + 0.1))
    frozen = (Command("/loop", loop), Command("/freeze", (1,)), Command("/position", (position,)))
    held = said(engine_at(1, *frozen))
    for elsewhere in ((0.0, 0.05), (0.5, 0.6), (0.95, 1.0)):
        engine = engine_at(2, Command("/loop", elsewhere))
        for command in morph(held, TABLE, seconds):
            engine.apply(command)
        for _ in range(3):
            engine.render(np.empty((20 * HOP, 1), np.float32))
            assert engine.value("/position") == pytest.approx((position,))


def test_whatever_two_instruments_store_at_once_is_kept(rig: Rig) -> None:
    def store(session: str) -> None:
        mine = rig.another()
        for number in range(25):
            mine.store(f"{session}{number}", QUIET)
            assert mine.recall(f"{session}{number}") == QUIET

    with ThreadPoolExecutor() as threads:
        list(threads.map(store, "ab"))
    assert set(rig.store.names()) == {f"{session}{n}" for session in "ab" for n in range(25)}


def test_a_lock_that_is_never_released_refuses_a_change_and_nothing_else(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.store.store("a", QUIET)
    monkeypatch.setattr(files, "LOCK_S", 0.05)
    with files.folder_lock(rig.folder, CommandError):
        changes: tuple[Callable[[], object], ...] = (
            lambda: rig.store.store("b", LOUD),
            lambda: rig.store.delete("a"),
        )
        for change in changes:
            with pytest.raises(CommandError, match="another program has been writing there"):
                change()
        assert rig.another().recall("a") == QUIET
        rig.store.path.write_bytes(b"what?")
        assert rig.another().names() == []  # as the backup says
        assert rig.store.path.read_bytes() == b"what?"
    assert rig.store.names() == []
    assert "set aside as" in rig.lines[-1]


def test_a_name_in_another_unicode_form_is_the_same(rig: Rig) -> None:
    rig.store.store("cafe\u0301", QUIET)
    assert rig.store.names() == ["caf\u00e9"]
    rig.store.store("caf\u00e9", LOUD)
    assert rig.store.recall("cafe\u0301") == rig.another().recall("caf\u00e9") == LOUD
    rig.store.delete("cafe\u0301")
    assert rig.store.names() == []
    rig.store.store("e\u0301" * 64, QUIET)
    with pytest.raises(CommandError, match="64 characters"):
        rig.store.store("\u0958" * 33, QUIET)  # twice as long as it is stored
    assert rig.another().names() == ["\u00e9" * 64]


def test_reading_goes_on_while_another_thread_writes(rig: Rig) -> None:
    rig.store.store("a", QUIET)
    names = [f"b{number}" for number in range(30)]

    def write() -> None:
        for name in names:
            rig.store.store(name, LOUD)

    with ThreadPoolExecutor() as threads:
        writing = threads.submit(write)
        while not writing.done():
            assert rig.store.recall("a") == QUIET
            known = rig.store.names()
            assert known == ["a", *names][: len(known)]
        writing.result()
    assert rig.store.names() == rig.another().names() == ["a", *names]


def test_what_an_engine_does_not_take_is_left_out() -> None:
    preset = (("/gain", (-3.0,)), ("/unheard", (1.0,)), ("/latent", (1.0,)), ("/quit", (1,)))
    moves = [move for move in morph(preset, TABLE, 2.0) if move.address != "/macro/clear"]
    assert moves == [Command("/gain", (-3.0,), glide_s=2.0)]
