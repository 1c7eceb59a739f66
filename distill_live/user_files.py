"""Names, bounded reading and quarantine of the user's preset and gesture files."""

import itertools
import json
import re
import unicodedata
from math import isfinite
from pathlib import Path
from typing import Any

from distill_live.errors import CommandError
from distill_live.files import named_refusal, open_regular, printable, reason_of

NAME = re.compile(r'(?![ .~])[^/\\:*?"<>|]{1,64}(?<! )')
"""Full match of a preset, gesture or take name: no path separators, safe on every system."""

_RESERVED = re.compile(
    r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9\u00b9\u00b2\u00b3]) *(\.|$)", re.IGNORECASE
)
"""Beginning of names that Windows takes for devices, whatever their suffix."""

Signature = tuple[int, int, int] | None


FORMAT_VERSION = 1
"""Newest format of both kinds of files."""


class DamagedError(Exception):
    """A file with invalid content; the message says why, in a few words."""


def is_name(name: str) -> bool:
    """Whether a preset, gesture or take can have this name, in the form in which it is stored."""
    name = one_name(name)
    return NAME.fullmatch(name) is not None and name.isprintable()


def is_file_name(name: str) -> bool:
    """Whether a file on any system can have this name, before its suffix."""
    return is_name(name) and _RESERVED.match(name) is None


def one_name(name: str) -> str:
    """Unicode form (NFC) in which names are compared and stored, as keyboards and systems differ.

    A decomposed ``e`` with an accent, which macOS gives, and the composed letter are one name.
    """
    return unicodedata.normalize("NFC", name)


def check_name(name: str, of: str) -> None:
    """Raise unless `name` can name an `of`, such as ``preset``.

    Raises
    ------
    CommandError
        With the code ``invalid``.
    """
    if not is_name(name):
        raise CommandError(
            f"a {of} cannot be called {printable(name)[:80]!r}; a name is 1 to 64 characters, "
            'none of / \\ : * ? " < > |, no . or ~ first, no space at an end'
            + unprintable_hint(name)
        )


def unprintable_hint(name: str) -> str:
    """End of a refusal of a name: its first character that `printable` hides; empty if none."""
    for character in name:
        if not character.isprintable():
            called = unicodedata.name(character, "")
            return f"; leave out U+{ord(character):04X}" + f" ({called.lower()})" * bool(called)
    return ""


def taken(name: str, of: str) -> CommandError:
    """Error for a new name that an `of`, such as ``preset``, has already."""
    return CommandError(
        f"there is a {of} {printable(name)[:80]!r} already; give another name, or delete it first"
    )


def slug(name: str) -> str:
    """ASCII form of a name for a file name: up to 32 of a-z, 0-9 and -; may be empty."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower())[:32].strip("-")


def signature(path: Path) -> Signature:
    """Modification time, size and inode of a file, to detect changes; None if it is missing."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def check_format(document: Any, key: str, part: str = "it", path: Path | None = None) -> None:
    """Raise unless a JSON object has a format number that this version reads.

    Parameters
    ----------
    document, key
        What was read, and the key of the number.
    part, path
        Part of the file, and the file, to name in messages.

    Raises
    ------
    DamagedError
        If it has none.
    CommandError
        If it is newer.
    """
    version = document.get(key) if isinstance(document, dict) else None
    if type(version) is not int or version < 1:
        raise DamagedError(f"{part} has no format number")
    if version > FORMAT_VERSION:
        where = "" if path is None else f"{printable(path)}: "
        raise CommandError(
            f"{where}format {version}; this version reads up to {FORMAT_VERSION}: update it, or "
            "move the file away"
        )


def is_number(value: Any) -> bool:
    """Whether a value from JSON is a finite float, or an integer that JSON holds exactly."""
    return (type(value) is int and abs(value) < 2**53) or (type(value) is float and isfinite(value))


def to_json(value: object) -> str:
    """Encode strictly, with all characters as they are."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def read_bounded(path: Path, limit_bytes: int) -> bytes:
    """Read a file of at most `limit_bytes`.

    Raises
    ------
    DamagedError
        If it is longer.
    CommandError
        If it cannot be opened, or is no regular file.
    """
    try:
        with open_regular(path) as file:
            data = file.read(limit_bytes + 1)
    except OSError as error:
        reason = reason_of(error)
        denied = isinstance(error, PermissionError)
        remedy = "change its permissions" if denied else "check the name"
        raise CommandError(f"{printable(path)}: not read ({reason}); {remedy}") from error
    if len(data) > limit_bytes:
        raise DamagedError(f"over {limit_bytes} bytes")
    return data


def make_folder(folder: Path) -> None:
    """Create a folder and its parents where missing.

    Raises
    ------
    CommandError
        If the system refuses.
    """
    with named_refusal(CommandError, folder, "not made", "change the permissions"):
        folder.mkdir(parents=True, exist_ok=True)


def quarantine_path(path: Path) -> Path:
    """Free path beside a damaged file, to move it to."""
    names = (f"{path.stem}.damaged-{number}{path.suffix}" for number in itertools.count(1))
    return next(free for free in map(path.with_name, names) if not free.exists())
