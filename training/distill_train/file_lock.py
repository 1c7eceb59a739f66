"""A lock that one process holds, by a file.

It is the operating system's, and goes with its holder, however that ends.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class BusyError(Exception):
    """Another process, or another thread of this one, holds the lock."""


@contextmanager
def file_lock(path: Path) -> Iterator[None]:
    """Hold the lock of a file, which is made if need be, in a folder that is there.

    Raises
    ------
    BusyError
        If it is held.
    OSError
        If the file cannot be made, or its file system knows no locks.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        _take(handle)
        yield
    finally:
        os.close(handle)


def _take(handle: int) -> None:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        raise BusyError from None
