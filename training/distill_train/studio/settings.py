"""File of the studio in the user's folder: opened folders, and choices between models."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from distill_live.errors import CommandError
from distill_live.files import atomic_write, folder_lock, named_refusal
from distill_live.library import user_folder
from distill_live.user_files import (
    FORMAT_VERSION,
    DamagedError,
    check_format,
    quarantine_path,
    read_bounded,
)

MAX_BYTES = 4 * 2**20

MAX_FOLDERS, MAX_CHOICES = 64, 4096
"""Maximum numbers of folders and choices that are kept; the oldest are dropped."""


def read() -> dict[str, list[Any]]:
    """Folders (paths) and choices (objects with ``a``, ``b``, ``winner`` and ``time``).

    A damaged file counts as empty; `change` sets it aside.

    Raises
    ------
    CommandError
        If the file exists and cannot be read, or is of a newer version.
    """
    try:
        return _read()
    except DamagedError:
        return {"folders": [], "choices": []}


@contextmanager
def change() -> Iterator[dict[str, list[Any]]]:
    """Change what `read` returns: it is written atomically when the block ends.

    Raises
    ------
    CommandError
        If the file cannot be read or written.
    """
    path = _path()
    with folder_lock(path.parent, CommandError):
        try:
            values = _read()
        except DamagedError:
            with named_refusal(CommandError, path, "not moved", "change the permissions"):
                path.rename(quarantine_path(path))
            values = {"folders": [], "choices": []}
        yield values
        kept = {
            "format": FORMAT_VERSION,
            "folders": values["folders"][-MAX_FOLDERS:],
            "choices": values["choices"][-MAX_CHOICES:],
        }
        with atomic_write(path, CommandError) as temporary:
            temporary.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


def keep_choice(a: str, b: str, winner: str) -> None:
    """Keep which of two models, given by fingerprints, was preferred; empty for neither."""
    with change() as values:
        values["choices"].append({"a": a, "b": b, "winner": winner, "time": round(time.time())})


def _path() -> Path:
    return user_folder() / "studio.json"


def _read() -> dict[str, list[Any]]:
    path = _path()
    if not path.exists():
        return {"folders": [], "choices": []}
    try:
        document = json.loads(read_bounded(path, MAX_BYTES))
    except (ValueError, RecursionError) as error:
        raise DamagedError("it is no JSON") from error
    check_format(document, "format", path=path)
    folders, choices = document.get("folders"), document.get("choices")
    if not (
        isinstance(folders, list)
        and all(isinstance(folder, str) for folder in folders)
        and isinstance(choices, list)
        and all(isinstance(choice, dict) for choice in choices)
    ):
        raise DamagedError("it lacks folders or choices")
    return {"folders": folders, "choices": choices}
