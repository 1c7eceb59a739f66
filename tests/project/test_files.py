"""Atomic file writes: failures, full disks, links."""

import errno
import os
import re
import stat
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from distill_live import files
from distill_live.errors import AudioFileError
from distill_live.files import atomic_write, printable
from distill_live.user_files import is_file_name


def names_in(folder: Path) -> list[str]:
    return [entry.name for entry in folder.iterdir()]


def test_the_file_appears_whole_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    target = tmp_path / "a.bin"
    with atomic_write(target) as temporary:
        temporary.write_bytes(b"new")
        assert temporary.parent == tmp_path
        assert temporary.suffix != target.suffix
        assert not target.exists()
    assert target.read_bytes() == b"new"
    assert names_in(tmp_path) == ["a.bin"]


def write_half(target: Path, interruption: BaseException) -> None:
    with atomic_write(target, AudioFileError) as temporary:
        temporary.write_bytes(b"half")
        raise interruption


@pytest.mark.parametrize("interruption", [ValueError, KeyboardInterrupt, AudioFileError])
def test_a_failure_leaves_the_old_file(tmp_path: Path, interruption: type[BaseException]) -> None:
    target = tmp_path / "a.bin"
    target.write_bytes(b"old")
    with pytest.raises(interruption):
        write_half(target, interruption())
    assert target.read_bytes() == b"old"
    assert names_in(tmp_path) == ["a.bin"]


def test_a_full_disk_is_one_clear_line(tmp_path: Path) -> None:
    target = tmp_path / "a.bin"
    target.write_bytes(b"old")
    with pytest.raises(AudioFileError, match=r"a\.bin: not written \(no space left.*free some"):
        write_half(target, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
    assert target.read_bytes() == b"old"
    assert names_in(tmp_path) == ["a.bin"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_device_that_is_full(tmp_path: Path) -> None:
    with (
        pytest.raises(AudioFileError, match="no space left"),
        atomic_write(tmp_path / "a.bin", AudioFileError),
        Path("/dev/full").open("wb", buffering=0) as full,
    ):
        full.write(b"x")


def test_what_cannot_be_written_says_why(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for target, remedy in (
        (tmp_path / "missing" / "a.bin", "create the folder first"),
        (tmp_path / "file" / "a.bin", "elsewhere"),
        (tmp_path, "it is a folder; choose a file name"),
    ):
        with (
            pytest.raises(AudioFileError, match=remedy) as refusal,
            atomic_write(target, AudioFileError),
        ):
            pytest.fail("the block must not run")
        assert "\n" not in str(refusal.value)
        assert re.escape(str(target)) in re.escape(str(refusal.value))
    assert names_in(tmp_path) == ["file"]


def test_without_an_error_type_the_refusal_stays_an_oserror(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), atomic_write(tmp_path / "missing" / "a.bin"):
        pytest.fail("the block must not run")


@pytest.mark.skipif(os.name != "posix", reason="permissions and links as on POSIX")
def test_permissions_follow_the_umask_and_links_are_followed(tmp_path: Path) -> None:
    target, link = tmp_path / "a.bin", tmp_path / "link.bin"
    target.write_bytes(b"old")
    link.symlink_to(target)
    before = os.umask(0o027)
    try:
        with atomic_write(link) as temporary:
            temporary.write_bytes(b"new")
    finally:
        os.umask(before)
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_a_path_is_printed_on_one_line() -> None:
    assert printable("a\nb\x1b[31m\udc80.wav") == "a?b?[31m?.wav"


def test_a_file_that_another_program_has_open_is_replaced_once_it_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = Path.replace
    refusals = iter([13, 13])  # as Windows refuses a file that is open

    def replace(source: Path, target: Path) -> Path:
        for number in refusals:
            raise PermissionError(number, "sharing violation")
        return at_once(source, target)

    monkeypatch.setattr(files, "SHARING_S", 0.0)
    monkeypatch.setattr(Path, "replace", replace)
    target = tmp_path / "a.bin"
    target.write_bytes(b"old")
    with (
        pytest.raises(AudioFileError, match="sharing violation"),
        atomic_write(target, AudioFileError),
    ):
        pass
    assert target.read_bytes() == b"old", "other systems refuse for other reasons: at once"
    monkeypatch.setattr(files, "SHARING_S", 60.0)
    with atomic_write(target) as temporary:
        temporary.write_bytes(b"new")
    assert target.read_bytes() == b"new"
    assert next(refusals, None) is None


@pytest.mark.parametrize(
    ("number", "windows", "reason"),
    [
        (errno.ENOENT, 2, "no such file or directory"),
        (errno.EACCES, 32, "another program has it open"),
        (errno.EACCES, None, "das system findet nichts"),
    ],
)
def test_a_reason_is_in_the_language_of_the_instrument(
    number: int, windows: int | None, reason: str
) -> None:
    refusal: Any = OSError(number, "Das System findet nichts")
    refusal.winerror = windows
    assert files.reason_of(refusal) == reason


@pytest.mark.parametrize("refused", [False, True])
def test_under_macos_a_flush_reaches_the_disk_itself(
    monkeypatch: pytest.MonkeyPatch, refused: bool
) -> None:
    asked: list[str] = []

    def full_flush(_: int, command: int) -> int:
        asked.append(f"fcntl {command}")
        if refused:
            raise OSError(errno.ENOTSUP, "not supported")
        return 0

    fcntl = SimpleNamespace(fcntl=full_flush, F_FULLFSYNC=51)
    monkeypatch.setitem(sys.modules, "fcntl", fcntl)
    monkeypatch.setattr(os, "fsync", lambda _: asked.append("fsync"))
    monkeypatch.setattr(sys, "platform", "darwin")
    files.flush(0)
    assert asked == ["fcntl 51", "fsync"][: 1 + refused]


@pytest.mark.parametrize("name", ["con", "NUL", "com1", "Lpt9.old", "aux ", "conin$", "COM\u00b2"])
def test_names_of_windows_devices_name_no_file(name: str) -> None:
    assert not is_file_name(name)


@pytest.mark.parametrize("name", ["contra", "nul take", "com", "com10", "auxiliary.1"])
def test_names_that_only_resemble_them_do(name: str) -> None:
    assert is_file_name(name)
