"""Files that appear whole or not at all.

It knows names, permissions and the disk; it does not know what is written.
"""

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from distill_live.errors import DistillError

_REMEDIES: dict[type[OSError], str] = {
    FileNotFoundError: "create the folder first, or write elsewhere",
    NotADirectoryError: "a part of its path is a file; write elsewhere",
    IsADirectoryError: "it is a folder; choose a file name",
    PermissionError: "change the permissions, or write elsewhere",
}


@contextmanager
def atomic_write(path: Path, error: type[DistillError] | None = None) -> Iterator[Path]:
    """Replace a file in one step: write the path that is yielded, and leave the block.

    The temporary file lies in the same folder under a hidden name without the target's suffix.
    When the block ends it is flushed to disk, renamed over `path`, and the folder is flushed. When
    the block raises, the temporary file is removed and what was at `path` is as it was. A symbolic
    link is followed, and the file that it names is replaced.

    Parameters
    ----------
    path
        The file to be. Its folder exists.
    error
        What an `OSError` (disk full, no permission, ...) is raised as, in one line; by default
        it is left as it is.

    Yields
    ------
    Path
        The temporary file, empty, to be opened by name.

    Raises
    ------
    DistillError or OSError
        Where the file system refuses, inside the block or outside of it.
    """
    target = Path(os.path.realpath(path))
    temporary = target.parent / f".{secrets.token_hex(8)}.partial"
    try:
        try:
            if target.is_dir():
                raise IsADirectoryError
            if target.exists() and not target.is_file():
                raise OSError(errno.EINVAL, "not a regular file")
            os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
            yield temporary
            _flush(temporary)
            temporary.replace(target)
            if os.name == "posix":
                _flush(target.parent)
        except BaseException:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise
    except OSError as refusal:
        if error is None:
            raise
        reason = reason_of(refusal)
        remedy = _REMEDIES.get(type(refusal), "free some space, or write elsewhere")
        raise error(f"{printable(path)}: not written ({reason}); {remedy}") from refusal


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def printable(path: Path | str) -> str:
    """A path as one line of text: what a terminal might obey, or cannot encode, becomes ``?``."""
    return "".join(c if c.isprintable() else "?" for c in str(path))


def reason_of(refusal: OSError) -> str:
    """Why the system refused, in a few words within a line."""
    return (refusal.strerror or "refused").lower()
