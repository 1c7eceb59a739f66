"""The cache of a folder: taken as it is while nothing changed, else made anew, whole or not at all.

The rows go to a file under a name of its own, which the manifest, written last and in one step,
makes part of the cache. So a run that is cut off anywhere leaves the cache that was there, or none.
A lock keeps two runs from making it at once; reading needs none.
"""

import os
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from shutil import disk_usage

from distill_live.errors import TrainingError
from distill_live.files import atomic_write
from distill_live.spectrogram import Statistics
from distill_train.corpus.audio import find_audio_files, nothing_left, scan_headers
from distill_train.corpus.cache_build import build_rows, estimate_bytes
from distill_train.corpus.cache_manifest import (
    MANIFEST,
    CacheSettings,
    FileState,
    Manifest,
    changes,
    read_manifest,
)
from distill_train.corpus.cache_place import LOCK, NotWritableError, disk_full, locked, places
from distill_train.corpus.cached_dataset import SpectrogramCache

ASK_BYTES = 100_000_000
"""A cache that takes more disk space is not made unasked."""


@dataclass(frozen=True)
class CachePlan:
    """A cache that is about to be made.

    Attributes
    ----------
    folder
        Of the recordings.
    reasons
        Why the one that is there will not do; empty if there is none.
    bytes
        Estimate of the disk space that it takes.
    """

    folder: Path
    reasons: tuple[str, ...]
    bytes: int

    @property
    def large(self) -> bool:
        """Whether to ask before it is made."""
        return self.bytes > ASK_BYTES


def open_cache(
    folder: Path,
    settings: CacheSettings,
    statistics: Statistics | None = None,
    *,
    on_plan: Callable[[CachePlan], bool] | None = None,
    on_file: Callable[[int, int], None] | None = None,
) -> SpectrogramCache:
    """The cache of a folder, as it is or made anew.

    Parameters
    ----------
    folder
        Of recordings.
    settings
        Of the cache.
    statistics
        To normalise with, as a model does that is there already; by default the recordings' own.
    on_plan
        Called before a cache is made; False leaves everything as it was.
    on_file
        Called with the number of files done and found while it is made.

    Raises
    ------
    TrainingError
        If there is no recording that can be used, `on_plan` says no, another run makes this cache,
        or it cannot be written.
    """
    paths = find_audio_files(folder)
    files = _states(folder, paths)
    reasons: tuple[str, ...] = ()
    for place in places(folder):
        cache, found = _existing(folder, place, settings, files, statistics)
        if cache:
            return cache
        reasons = reasons or found

    headers, skipped = scan_headers(folder, paths)
    if not headers:
        raise nothing_left(folder, skipped)
    plan = CachePlan(folder, reasons, estimate_bytes(headers, settings))
    if on_plan is not None and not on_plan(plan):
        raise TrainingError(
            f"the cache of {folder} would take about {plan.bytes / 1e6:.0f} MB and was not made; "
            "agree with --yes, or give a smaller folder"
        )

    refusals = []
    for place in places(folder):
        there = place.exists()
        try:
            with locked(place):
                made, _ = _existing(folder, place, settings, files, statistics)
                if not made:  # no other run was faster
                    try:
                        _make(folder, place, settings, files, statistics, plan.bytes, on_file)
                    except BaseException:
                        if not there:
                            _remove(place)
                        raise
        except NotWritableError as refusal:
            refusals.append(f"{place} ({refusal})")
            continue
        cache, _ = _existing(folder, place, settings, files, statistics)
        if not cache:
            raise TrainingError(f"the cache in {place} was changed by another run; start again")
        return cache
    raise TrainingError(
        f"the cache can be written neither to {' nor to '.join(refusals)}; "
        "set XDG_CACHE_HOME to a folder that can"
    )


def _existing(
    folder: Path,
    place: Path,
    settings: CacheSettings,
    files: Sequence[FileState],
    statistics: Statistics | None,
) -> tuple[SpectrogramCache | None, tuple[str, ...]]:
    """The cache in a place, or why it cannot be used."""
    manifest = read_manifest(place, settings)
    if isinstance(manifest, str):
        return None, (manifest,) if manifest else ()
    found = changes(manifest, settings, files, statistics)
    if found:
        return None, tuple(found)
    try:
        return SpectrogramCache(folder, place, manifest, settings), ()
    except (OSError, ValueError):  # another run has just replaced it
        return None, ("it was damaged",)


def _make(
    folder: Path,
    place: Path,
    settings: CacheSettings,
    files: Sequence[FileState],
    statistics: Statistics | None,
    needed: int,
    on_file: Callable[[int, int], None] | None,
) -> None:
    """Write rows and manifest; the caller holds the lock."""
    _clear(place)
    data = place / f"rows-{secrets.token_hex(8)}.f32"
    try:
        if disk_usage(place).free < needed:
            raise OSError(0, "No space left on device")
        with data.open("x+b") as rows:
            built = build_rows(
                folder, [state.path for state in files], settings, rows, statistics, on_file
            )
            rows.flush()
            os.fsync(rows.fileno())
        manifest = Manifest(
            created=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            settings=settings.as_json(),
            statistics=built.statistics,
            measured=statistics is None,
            files=tuple(files),
            skipped=built.skipped,
            recordings=built.recordings,
            copies=built.copies,
            data=data.name,
            bytes=built.rows * settings.row_bytes,
        )
        with atomic_write(place / MANIFEST) as temporary:
            temporary.write_text(manifest.as_text(), encoding="utf-8")
    except BaseException as error:
        with suppress(OSError):
            data.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise disk_full(place, error, needed) from None
        raise
    _clear(place, keep=data.name)


def _clear(place: Path, keep: str | None = None) -> None:
    """Remove what runs that were cut off left behind, and rows that no manifest names."""
    if keep is None:
        keep = _named_rows(place)
    for pattern in ("rows-*.f32", ".*.partial"):
        for path in place.glob(pattern):
            if path.name != keep:
                with suppress(OSError):  # another process may still read it where that forbids
                    path.unlink()


def _named_rows(place: Path) -> str:
    try:
        text = (place / MANIFEST).read_text("utf-8")
    except (OSError, ValueError):
        return ""
    return next((path.name for path in place.glob("rows-*.f32") if path.name in text), "")


def _remove(place: Path) -> None:
    """Take a place away that was made for nothing."""
    with suppress(OSError):
        (place / LOCK).unlink(missing_ok=True)
        place.rmdir()


def _states(folder: Path, paths: Sequence[Path]) -> list[FileState]:
    states = []
    for path in paths:
        with suppress(FileNotFoundError):  # it has just gone
            found = path.stat()
            states.append(
                FileState(path.relative_to(folder).as_posix(), found.st_size, found.st_mtime_ns)
            )
    return states
