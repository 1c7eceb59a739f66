"""What the user's own files have in common: their names, reading them, and what is damaged.

It knows no format; what is in a file, others know.
"""

import itertools
import re
from pathlib import Path

from distill_live.errors import CommandError
from distill_live.files import printable, reason_of

NAME = re.compile(r'(?![ .~])[^/\\:*?"<>|]{1,64}(?<! )')
"""What the name of a preset or a gesture matches, wholly, and all of it printable; it is never part
of a path, and could not be."""


Signature = tuple[int, int, int] | None


class DamagedError(Exception):
    """A file that is not what it should be; the message says why, in a few words."""


def is_name(name: str) -> bool:
    """Whether a preset or a gesture can be called that."""
    return NAME.fullmatch(name) is not None and name.isprintable()


def check_name(name: str, of: str) -> None:
    """Refuse what cannot name `of`, such as ``preset``.

    Raises
    ------
    CommandError
        With the code ``invalid``.
    """
    if not is_name(name):
        raise CommandError(
            f"a {of} cannot be called {printable(name)[:80]!r}; a name is 1 to 64 characters, "
            'none of / \\ : * ? " < > |, no . or ~ first, no space at an end'
        )


def slug(name: str) -> str:
    """What is left of a name in a file's: 1 to 32 of a-z, 0-9 and -, or nothing."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower())[:32].strip("-")


def signature(path: Path) -> Signature:
    """What changes when a file does; None if there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def read_within(path: Path, limit_bytes: int) -> bytes:
    """All that is in a file.

    Raises
    ------
    DamagedError
        If it is longer than the limit.
    CommandError
        If it cannot be opened.
    """
    try:
        with path.open("rb") as file:
            data = file.read(limit_bytes + 1)
    except OSError as error:
        reason = reason_of(error)
        missing = isinstance(error, FileNotFoundError)
        remedy = "check the name" if missing else "change its permissions"
        raise CommandError(f"{printable(path)}: not read ({reason}); {remedy}") from error
    if len(data) > limit_bytes:
        raise DamagedError(f"over {limit_bytes} bytes")
    return data


def make_folder(folder: Path) -> None:
    """Make a folder, and those that it lies in, unless it is there.

    Raises
    ------
    CommandError
        If the system refuses.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = reason_of(error)
        raise CommandError(
            f"{printable(folder)}: not made ({reason}); change the permissions"
        ) from error


def place_aside(path: Path) -> Path:
    """Where a damaged file can be put: beside it, under a name that is free."""
    names = (f"{path.stem}.damaged-{number}{path.suffix}" for number in itertools.count(1))
    return next(place for place in map(path.with_name, names) if not place.exists())
