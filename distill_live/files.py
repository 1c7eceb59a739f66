"""Write files atomically; format paths and system errors for messages."""

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
    """Replace a file atomically: write to the yielded path, then leave the block.

    The temporary file has a hidden name in the same folder, without the target's suffix. When the
    block ends it is flushed to disk and renamed over `path`, and the folder is flushed. When the
    block raises, the temporary file is removed and `path` is unchanged. Symbolic links are
    followed: their target is replaced.

    Parameters
    ----------
    path
        Target file, in an existing folder.
    error
        Exception class to raise in place of `OSError` (disk full, no permission, ...), with a
        message of one line; None re-raises the `OSError`.

    Yields
    ------
    Path
        Empty temporary file.

    Raises
    ------
    DistillError or OSError
        If the file system refuses, inside the block or outside.
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


class PartialWriteError(OSError):
    """Write that the file system took only in part.

    Attributes
    ----------
    written : int
        Number of bytes written.
    """

    def __init__(self, reason: OSError, written: int) -> None:
        super().__init__(reason.errno, reason.strerror)
        self.written = written


def write_all(descriptor: int, offset: int, data: bytes) -> None:
    """Write all of `data` at an offset of an open file.

    Raises
    ------
    PartialWriteError
        If the file system takes only a part.
    """
    written = 0
    os.lseek(descriptor, offset, os.SEEK_SET)
    while written < len(data):
        try:
            written += os.write(descriptor, data[written:])
        except OSError as error:
            raise PartialWriteError(error, written) from error


@contextmanager
def named_refusal(
    error: type[DistillError], path: Path | str, what: str, remedy: str
) -> Iterator[None]:
    """Raise `error` in place of `OSError`: path, what was not done, the reason, the remedy."""
    try:
        yield
    except OSError as refusal:
        raise error(f"{printable(path)}: {what} ({reason_of(refusal)}); {remedy}") from refusal


def printable(path: Path | str) -> str:
    """Path as one printable line: control and other unprintable characters become ``?``."""
    return "".join(c if c.isprintable() else "?" for c in str(path))


def reason_of(refusal: OSError) -> str:
    """Reason of a system error, in a few lower-case words."""
    return (refusal.strerror or "refused").lower()
