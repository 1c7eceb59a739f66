"""Folders of recordings that the user opened; no request reaches a file outside of them."""

import errno
import filecmp
import hashlib
import itertools
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from platformdirs import user_cache_path

from distill_live.errors import AudioFileError, CommandError
from distill_live.files import atomic_write, named_refusal, printable, when_shared
from distill_live.library import user_folder
from distill_live.user_files import check_name, is_file_name, make_folder, one_name
from distill_train.corpus.audio import is_sound
from distill_train.corpus.containers.kinds import READ_NAMES, SUFFIXES
from distill_train.output_paths import argument
from distill_train.studio import settings

MAX_UPLOAD_BYTES = 4 * 2**30
"""Maximum size of an uploaded recording."""

MAX_NAME_BYTES = 200

FIRST_FOLDER = "my recordings"
"""Folder of recordings that are dropped before one is open, if they come in none of their own."""

REMOVED = ".removed"
"""Folder, in a folder of recordings, of those that were removed; hidden, so training ignores it."""

_FILE_NAME = re.compile(r'(?![.~ ])[^/\\:*?"<>|]+')
"""Full match of the name of an uploaded file: no path separators, not hidden, safe everywhere."""

_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
"""Names that mean devices on Windows."""


def path_id(path: Path) -> str:
    """Identifier of a path, which no request can turn into another path."""
    return hashlib.sha256(str(path).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def recordings_folder() -> Path:
    """Folder of the folders that the studio makes."""
    return user_folder() / "recordings"


def cache_folder() -> Path:
    """Folder of copies and sounds that can be made again."""
    return user_cache_path("distill-live", appauthor=False) / "studio"


def open_folders() -> dict[str, Path]:
    """Open folders by id: those below `recordings_folder`, then opened ones, if they exist."""
    own = recordings_folder()
    made = sorted(own.iterdir()) if own.is_dir() else []
    paths = [*(p for p in made if p.name[0] != "."), *map(Path, settings.read()["folders"])]
    return {path_id(path): path for path in paths if _is_folder(path)}


def _is_folder(path: Path) -> bool:
    """Whether it is a folder; no, if its name is too long, or where it lies may not be read."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def find_folder(folder_id: str) -> Path:
    """Open folder of an id.

    Raises
    ------
    CommandError
        If there is none.
    """
    try:
        return open_folders()[folder_id]
    except KeyError:
        raise CommandError("the folder is not open, or was moved; open it again") from None


def open_by_command(paths: Iterable[Path]) -> None:
    """Open folders that the command line names.

    Raises
    ------
    CommandError
        If one is no folder.
    """
    for path in paths:
        if not _is_folder(path):
            raise CommandError(
                f"{printable(path)[:200]} is not a folder; give one that holds recordings"
            )
        _remember(path.resolve())


def open_by_request(path: str) -> str:
    """Open a folder below the user's home, and return its id.

    Raises
    ------
    CommandError
        If it is no folder, or lies elsewhere.
    """
    home = Path.home().resolve()
    try:
        folder = Path(path).expanduser().resolve()
        is_folder = folder.is_dir()
    except (OSError, ValueError, RuntimeError):  # such as a NUL in the path
        is_folder = False
    if not is_folder:
        raise CommandError(f"{printable(path)[:200]} is not a folder; give the path of one")
    if folder == home or not folder.is_relative_to(home):
        raise CommandError(
            f"{printable(folder)} is not below {printable(home)}; name it on the command line: "
            f"distill-train studio {printable(argument(folder))}"
        )
    _remember(folder)
    return path_id(folder)


def make_recordings_folder(name: str) -> str:
    """Make a folder in `recordings_folder`, unless it is there, and return its id.

    Raises
    ------
    CommandError
        If the name is no name, or the system refuses.
    """
    check_name(name, "folder")
    if _DEVICES.fullmatch(name):
        raise CommandError(f"a folder cannot be called {name}; give another name")
    folder = recordings_folder() / one_name(name)
    make_folder(folder)
    return path_id(folder)


def cleaned_name(name: str, otherwise: str) -> str:
    """Name without what no name of a folder or model can have; `otherwise` if too little is left.

    It is short enough for a number after it.
    """
    kept = "".join(c for c in one_name(name) if c.isprintable() and c not in '/\\:*?"<>|')
    kept = kept.lstrip(".~ ")[:56].strip()
    return kept if is_file_name(kept) and not _DEVICES.fullmatch(kept) else otherwise


def close_folder(folder_id: str) -> None:
    """Forget an opened folder; nothing in it is changed.

    Raises
    ------
    CommandError
        If it is not open, or one of `recordings_folder`, which are always open.
    """
    folder = find_folder(folder_id)
    if folder.parent == recordings_folder():
        raise CommandError(
            f"{printable(folder)} is one of the studio's own; move it elsewhere to close it"
        )
    with settings.change() as values:
        values["folders"] = [path for path in values["folders"] if Path(path) != folder]


def find_recording(folder_id: str, name: str) -> Path:
    """Sound file in an open folder, by its path relative to it.

    Raises
    ------
    CommandError
        If it is missing, no sound file, hidden, or outside of the folder.
    """
    return file_below(find_folder(folder_id), name, is_sound)


def removed_recordings(folder: Path) -> list[str]:
    """Recordings that were removed from a folder, by their paths relative to it, sorted."""
    removed = folder / REMOVED
    if removed.is_symlink():  # what is there is not this folder's
        return []
    return sorted(
        path.relative_to(removed).as_posix() for path in removed.rglob("*") if path.is_file()
    )


def remove_recording(folder_id: str, name: str) -> None:
    """Move a recording to `REMOVED`, under another name if one of its name is there.

    Raises
    ------
    CommandError
        If `find_recording` does, the name is a link, or the system refuses.
    """
    folder, path = find_folder(folder_id), find_recording(folder_id, name)
    if path != folder.resolve() / name:
        raise CommandError(f"{printable(name)} is a link; remove it by hand, and keep its target")
    target = folder / REMOVED / name
    same = (f"{path.stem} {number}{path.suffix}" for number in itertools.count(2))
    while target.exists():
        target = target.with_name(next(same))
    _move(folder, path, target)


def restore_recording(folder_id: str, name: str) -> None:
    """Move a recording from `REMOVED` back to where it was.

    Raises
    ------
    CommandError
        If it is not there, another recording has its name, or the system refuses.
    """
    folder = find_folder(folder_id)
    path = file_below(folder, name, Path.is_file, inside=REMOVED)
    if (folder / name).exists():
        raise CommandError(
            f"{printable(folder / name)} is there already; remove it first, or rename it"
        )
    _move(folder, path, folder / name)


def _move(folder: Path, path: Path, target: Path) -> None:
    """Move a file to another place in the folder.

    Raises
    ------
    CommandError
        If links lead out of the folder there, or the system refuses.
    """
    if not is_below(target.parent, folder):
        raise CommandError(
            f"{printable(target.parent)} leads out of {printable(folder)} by a link; remove that"
        )
    make_folder(target.parent)
    with named_refusal(CommandError, path, "not moved", "change the permissions"):
        when_shared(lambda: path.rename(target))


def is_below(path: Path, folder: Path) -> bool:
    """Whether a path, which need not exist, lies in a folder once its links are followed."""
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))


def open_unlinked(path: Path, mode: str) -> IO[bytes]:
    """Open a file of a run's folder, which may be a stranger's: a regular one, and no link.

    Raises
    ------
    OSError
        If it is a link, a pipe or the like, or the system refuses.
    """
    return open(path, mode, opener=_open_unlinked)


def _open_unlinked(path: str, flags: int) -> int:
    if Path(path).is_symlink():  # Windows lacks O_NOFOLLOW
        raise OSError(errno.ELOOP, "it is a link", path)
    flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    descriptor = os.open(path, flags, 0o666)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a regular file", path)
    return descriptor


def file_below(
    folder: Path, name: str, is_right: Callable[[Path], bool], *, inside: str = ""
) -> Path:
    """File below a folder, or below `inside` in it, by its path relative to that.

    Raises
    ------
    CommandError
        If it is missing, not of the right kind, hidden, or outside of the folder by its name or
        by links.
    """
    path = None
    hidden = any(part.startswith(".") for part in Path(name).parts)
    base = folder.resolve() / inside
    if not hidden:
        try:
            path = (base / name).resolve(strict=True)
        except (OSError, ValueError, RuntimeError):
            path = None
    # A base that is a link itself holds nothing.
    if path is None or not path.is_relative_to(base) or not is_right(path):
        raise CommandError(
            f"there is no {printable(name)[:200]!r} within {printable(folder / inside)}; a file "
            "outside of it, also one that is linked, is found in its own folder only"
        )
    return path


@contextmanager
def uploaded(folder_id: str, name: str) -> Iterator[Path]:
    """Path to write an uploaded recording to; it gets its name when the block ends.

    A file that is already there with the same content is kept.

    Raises
    ------
    CommandError
        If the folder is not open, the name is not that of a sound file, or another file has it.
    AudioFileError
        If it cannot be written.
    """
    folder = find_folder(folder_id)
    check_upload_name(name)
    target = folder / one_name(name)
    if target.is_symlink():
        raise CommandError(f"{printable(target)} is a link; upload under another name")
    try:
        with atomic_write(target, AudioFileError) as temporary:
            yield temporary
            if target.exists():
                raise _Present(filecmp.cmp(temporary, target, shallow=False))
    except _Present as present:
        if not present.same:
            raise CommandError(
                f"{printable(target)} is there already, with other content; upload under another "
                "name, or remove it first"
            ) from None


def check_upload_name(name: str) -> None:
    """Raise unless an uploaded file can have a name.

    Raises
    ------
    CommandError
        If it is a path, hidden, too long, a device, or not that of a sound file.
    """
    shown = printable(name)[:80]
    if (
        not _FILE_NAME.fullmatch(name)
        or not name.isprintable()
        or len(name.encode()) > MAX_NAME_BYTES
        or _DEVICES.fullmatch(name)
    ):
        raise CommandError(
            f"a file cannot be called {shown!r}; a name is up to {MAX_NAME_BYTES} bytes, "
            'none of / \\ : * ? " < > |, no . or ~ first'
        )
    if Path(name).suffix.lower() not in SUFFIXES:
        raise CommandError(f"{shown} is not a recording by its name; upload {READ_NAMES}")


class _Present(Exception):  # noqa: N818  (ends a block)
    """The target is there already."""

    def __init__(self, same: bool) -> None:
        self.same = same


def _remember(folder: Path) -> None:
    with settings.change() as values:
        others = [path for path in values["folders"] if Path(path) != folder]
        values["folders"] = [*others, str(folder)]
