"""Spectrogram cache of a corpus: reused while nothing changed, else rebuilt as a whole.

`open_cache` finds a usable cache, or locks a location and has `cache_build` write one there. Only
building needs the lock; reading does not.
"""

import errno
import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout
from platformdirs import user_cache_path

from distill_live.errors import TrainingError
from distill_live.spectrogram import Statistics
from distill_train.corpus.audio import (
    SkippedFile,
    Source,
    find_files,
    no_usable_files,
    scan_headers,
)
from distill_train.corpus.cache_build import build_cache, estimate_bytes
from distill_train.corpus.cache_manifest import CacheSettings, FileState, changes, read_manifest
from distill_train.corpus.containers.stream_file import WINDOW_BYTES
from distill_train.corpus.spectrogram_cache import SpectrogramCache

CONFIRM_BYTES = 100_000_000
"""Size above which the user is asked before a cache is built."""

LOCK = "lock"
"""Name of the lock file in a cache."""


PASSING_REASONS = tuple(
    os.strerror(getattr(errno, name))
    for name in (
        "EACCES",
        "EIO",
        "ENOENT",
        "ESTALE",
        "ETIMEDOUT",
        "ENOTCONN",
        "EHOSTDOWN",
        "ENETDOWN",
    )
    if hasattr(errno, name)
)
"""Reasons of the system for which a file cannot be read and that may pass: rights, and drives that
are away."""


class NotWritableError(Exception):
    """A location where no cache can be written."""


@dataclass(frozen=True)
class CachePlan:
    """A cache that is about to be built.

    Attributes
    ----------
    folder
        Folder of the recordings.
    reasons
        Reasons why the existing cache cannot be used; empty if there is none.
    bytes
        Estimated size on disk.
    """

    folder: Path
    reasons: tuple[str, ...]
    bytes: int

    @property
    def large(self) -> bool:
        """Whether to ask before it is built."""
        return self.bytes > CONFIRM_BYTES


def open_cache(
    source: Source,
    settings: CacheSettings,
    statistics: Statistics | None = None,
    *,
    on_plan: Callable[[CachePlan], bool] | None = None,
    on_file: Callable[[int, int], None] | None = None,
) -> SpectrogramCache:
    """Open the cache of a corpus; build it first if there is none, or something changed.

    Parameters
    ----------
    source
        Recordings of the corpus.
    settings
        Settings of the cache.
    statistics
        Statistics to normalise with, as an existing model needs; by default those of the corpus.
    on_plan
        Called before a cache is built; False refuses and leaves everything unchanged.
    on_file
        Called during building with the number of files done and the number of files.

    Raises
    ------
    TrainingError
        If there is no usable recording, `on_plan` refuses, another run builds this cache, or it
        cannot be written.
    """
    found_files = find_files(source)
    folder, paths = found_files.folder, found_files.paths
    files = _file_states(folder, paths)

    def usable(location: Path) -> tuple[SpectrogramCache | None, tuple[str, ...]]:
        """Cache in a location, or the reasons why it cannot be used."""
        manifest = read_manifest(location, settings)
        if isinstance(manifest, str):
            return None, (manifest,) if manifest else ()
        found = changes(manifest, settings, files, statistics)
        if found:
            return None, tuple(found)
        try:
            line = found_files.unread_line
            return SpectrogramCache(folder, location, manifest, settings, line), ()
        except (OSError, ValueError):  # another run has just replaced it
            return None, ("it was damaged",)

    def current(location: Path) -> tuple[SpectrogramCache | None, tuple[str, ...]]:
        """As `usable`, unless a file that was skipped may be read by now, and no run goes on."""
        cache, reasons = usable(location)
        again = _readable_again(folder, cache.skipped) if cache and not statistics else ()
        return (None, again) if again else (cache, reasons)

    locations = _locations(folder, None if isinstance(source, Path) else paths)
    reasons: tuple[str, ...] = ()
    for location in locations:
        cache, found = current(location)
        if cache:
            return cache
        reasons = reasons or found

    headers, skipped = scan_headers(folder, paths)
    if not headers:
        raise no_usable_files(folder, skipped)
    plan = CachePlan(folder, reasons, estimate_bytes(headers, settings))
    if on_plan is not None and not on_plan(plan):
        raise TrainingError(
            f"the cache of {folder} would take about {plan.bytes / 1e6:.0f} MB and was not made; "
            "agree with --yes, or give a smaller folder"
        )

    refusals = []
    for location in locations:
        existed = location.exists()
        try:
            with locked(location):
                made, _ = current(location)
                if not made:  # no other run was faster
                    try:
                        build_cache(
                            folder, location, files, settings, statistics, plan.bytes, on_file
                        )
                    except BaseException:
                        if not existed:
                            _remove(location)
                        raise
        except NotWritableError as refusal:
            refusals.append(f"{location} ({refusal})")
            continue
        cache, _ = usable(location)
        if not cache:
            raise TrainingError(f"the cache in {location} was changed by another run; start again")
        return cache
    raise TrainingError(
        f"the cache cannot be written to {' or to '.join(refusals)}; "
        "set XDG_CACHE_HOME to a folder that can"
    )


@contextmanager
def locked(location: Path) -> Iterator[None]:
    """Hold the lock of a location, which is created if missing.

    Raises
    ------
    NotWritableError
        If the location cannot be created or locked.
    TrainingError
        If another process holds the lock.
    """
    with ExitStack() as stack:
        try:
            if not location.exists() and _marked_read_only(location.parent):
                raise PermissionError(None, "read-only folder")
            location.mkdir(parents=True, exist_ok=True)
            # A soft lock would outlive a process that is killed.
            stack.enter_context(FileLock(location / LOCK, timeout=0, fallback_to_soft=False))
        except Timeout:
            raise TrainingError(
                f"another run is making the cache in {location}; start again when it is done"
            ) from None
        except OSError as error:
            raise NotWritableError(error.strerror or str(error)) from None
        yield


def _locations(folder: Path, listed: Sequence[Path] | None) -> list[Path]:
    """Possible locations of a cache, best first: in the folder, and in the user's cache folder.

    A list of files gets its cache in the user's folder only, apart from that of the whole folder.
    """
    named = os.environ.get("XDG_CACHE_HOME", "")  # respected on every system
    user = Path(named) if Path(named).is_absolute() else user_cache_path()
    key = b"\0".join(os.fsencode(path) for path in listed or [folder.resolve()])
    elsewhere = user / "distill-live" / hashlib.sha256(key).hexdigest()[:16]
    return [elsewhere] if listed else [folder / ".cache", elsewhere]


def _marked_read_only(folder: Path) -> bool:
    """Whether nobody may write to a folder; even root respects that here."""
    return os.name == "posix" and folder.exists() and not folder.stat().st_mode & 0o222


def _remove(location: Path) -> None:
    """Remove a location that was created for a failed build."""
    with suppress(OSError):
        (location / LOCK).unlink(missing_ok=True)
        location.rmdir()


def _readable_again(folder: Path, skipped: Sequence[SkippedFile]) -> tuple[str, ...]:
    """Describe skipped files that may be read by now: nothing else about them has changed."""
    count = 0
    for one in skipped:
        if one.reason.endswith(PASSING_REASONS):
            with suppress(OSError), (folder / one.file).open("rb") as file:
                while file.read(WINDOW_BYTES):  # a damaged disk fails in the middle
                    pass
                count += 1
    return (f"{count} file{'s' if count > 1 else ''} can be read now",) if count else ()


def _file_states(folder: Path, paths: Sequence[Path]) -> list[FileState]:
    states = []
    for path in paths:
        with suppress(FileNotFoundError):  # removed meanwhile
            found = path.stat()
            states.append(
                FileState(path.relative_to(folder).as_posix(), found.st_size, found.st_mtime_ns)
            )
    return states
