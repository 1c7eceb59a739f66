"""Read regular files, write files atomically, lock folders; format paths and system errors."""

import errno
import os
import secrets
import stat
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, TypeVar

from distill_live.errors import DistillError

_REMEDIES: dict[type[OSError], str] = {
    FileNotFoundError: "create the folder first, or write elsewhere",
    NotADirectoryError: "a part of its path is a file; write elsewhere",
    IsADirectoryError: "it is a folder; choose a file name",
    PermissionError: "change the permissions, or write elsewhere",
}

LOCK = ".distill-live.lock"
"""Name of a folder's lock file, which stays."""

LOCK_S = 5.0
"""Maximum wait for another program that writes to the same folder."""

_LOCK_POLL_S = 0.01

_NO_LOCKS = frozenset({errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP})

_IN_USE = (32, 33)  # ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION

SHARING_S = 2.0 if sys.platform == "win32" else 0.0
"""Maximum wait for another program that has a file open; only Windows refuses what is open."""

_SHARING_POLL_S = 0.005

_Result = TypeVar("_Result")


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file for reading, in binary mode.

    A pipe or device is refused without opening it: opening or reading one can wait forever.

    Raises
    ------
    OSError
        If the path is no regular file, or the system refuses.
    """
    return when_shared(lambda: open(path, "rb", opener=_open_regular))


def _open_regular(path: str, flags: int) -> int:
    mode = Path(path).stat().st_mode
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "not a regular file", path)
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))  # it may have been replaced since


def when_shared(action: Callable[[], _Result]) -> _Result:
    """Open, replace, rename or remove a file that another program may have open.

    Windows refuses that meanwhile, and does not always tell it from a missing permission: it is
    tried again, for at most `SHARING_S`. Other systems refuse at once.

    Raises
    ------
    OSError
        If the system refuses, at the end or for another reason.
    """
    until_s = time.perf_counter() + SHARING_S
    while True:
        try:
            return action()
        except PermissionError:
            if time.perf_counter() >= until_s:
                raise
        time.sleep(_SHARING_POLL_S)


def check_kind(path: Path, error: type[DistillError]) -> None:
    """Raise `error` if a path cannot become a file, because it is a folder, pipe or device."""
    if path.is_dir():
        raise error(f"{printable(path)} is a folder; give the name of a file in it")
    if path.exists() and not path.is_file():
        raise error(
            f"{printable(path)} is not a regular file but a pipe or device; write to another name"
        )


@contextmanager
def folder_lock(folder: Path, error: type[DistillError]) -> Iterator[None]:
    """Lock a folder of the user's against other programs; the folder is created if missing.

    Programs that read, change and write a file there wait for each other, at most `LOCK_S`; the
    lock of a process that was killed is free. Threads of one process exclude each other too, so
    the block must not lock the same folder again. A file system without locks is used without.

    Parameters
    ----------
    folder
        The folder.
    error
        Exception class to raise, with a message of one line.

    Raises
    ------
    DistillError
        If another program keeps the lock, or the folder cannot be created or written.
    """
    from filelock import FileLock, Timeout  # takes 60 ms to import

    with ExitStack() as held:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            # A soft lock would outlive a process that is killed.
            lock = FileLock(
                folder / LOCK,
                timeout=LOCK_S,
                poll_interval=_LOCK_POLL_S,
                fallback_to_soft=False,
            )
            held.enter_context(lock)
        except Timeout:
            raise error(
                f"{printable(folder)}: another program has been writing there for {LOCK_S:g} s; "
                "try again"
            ) from None
        except OSError as refusal:
            if refusal.errno not in _NO_LOCKS:
                raise error(
                    f"{printable(folder)}: not locked ({reason_of(refusal)}); change the "
                    "permissions"
                ) from refusal
        yield


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
            when_shared(lambda: temporary.replace(target))
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
        flush(handle)
    finally:
        os.close(handle)


def flush(descriptor: int) -> None:
    """Flush an open file to the disk, through the disk's own cache too.

    macOS' fsync leaves the data in that cache; its F_FULLFSYNC does not.
    """
    if sys.platform == "darwin":
        import fcntl

        with suppress(OSError):  # not every file system has it
            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
            return
    os.fsync(descriptor)


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
    """Reason of a system error, in a few lower-case words; Windows' own are in its language."""
    windows = getattr(refusal, "winerror", None)
    if windows in _IN_USE:
        return "another program has it open"
    if windows and refusal.errno:
        return os.strerror(refusal.errno).lower()
    return (refusal.strerror or "refused").lower()
