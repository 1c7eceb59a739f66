"""Where a folder's cache lies, and the lock that lets one run at a time make it.

The place is ``.cache`` in the folder, or, where that cannot be written, a folder of the user's
own. The lock is the operating system's and goes with its process, however that ends. This module
does not know what a cache holds.
"""

import hashlib
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from distill_live.errors import TrainingError
from distill_live.files import reason_of
from distill_train.file_lock import BusyError, file_lock

LOCK = "lock"


class NotWritableError(Exception):
    """A place that a cache cannot be made in."""


def places(folder: Path) -> tuple[Path, Path]:
    """Where a folder's cache may lie, best first."""
    name = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:16]
    return folder / ".cache", _users_caches() / "distill-live" / name


def disk_full(place: Path, error: OSError, needed: int) -> TrainingError:
    """The error that says that a cache was not written."""
    reason = reason_of(error)
    return TrainingError(
        f"{place}: the cache was not written ({reason}); "
        f"it needs about {needed / 1e6:.0f} MB, free some space"
    )


@contextmanager
def locked(place: Path) -> Iterator[None]:
    """Hold a place's lock; the place is made if need be.

    Raises
    ------
    NotWritableError
        If the place cannot be made or locked.
    TrainingError
        If another process holds the lock.
    """
    with ExitStack() as stack:
        try:
            if not place.exists() and _marked_read_only(place.parent):
                raise PermissionError(None, "read-only folder")
            place.mkdir(parents=True, exist_ok=True)
            stack.enter_context(file_lock(place / LOCK))
        except BusyError:
            raise TrainingError(
                f"another run is making the cache in {place}; start again when it is done"
            ) from None
        except OSError as error:
            raise NotWritableError(error.strerror or str(error)) from None
        yield


def _marked_read_only(folder: Path) -> bool:
    """Whether nobody may write to a folder; root could, but is not asked to."""
    return os.name == "posix" and folder.exists() and not folder.stat().st_mode & 0o222


def _users_caches() -> Path:
    named = os.environ.get("XDG_CACHE_HOME", "")
    if named and Path(named).is_absolute():
        return Path(named)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path.home() / ".cache"
