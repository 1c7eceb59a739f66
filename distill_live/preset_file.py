"""A file of presets: readable JSON, a line for each thing to say, and back, checked.

It knows the format; which presets there are, and what becomes of a damaged file, others decide.
"""

import json
import re
from collections.abc import Mapping
from math import isfinite
from pathlib import Path

from distill_live.addresses import Value, Values
from distill_live.errors import CommandError
from distill_live.files import printable

FORMAT_VERSION = 1

MOST_PRESETS = 1000
"""Of one model."""

FILE_BYTES_LIMIT = 64 * 1024 * 1024

NAME = re.compile(r'(?![ .~])[^/\\:*?"<>|]{1,64}(?<! )')
"""What the name of a preset matches, wholly, and all of it printable; it is never part of a path,
and could not be."""

Statement = tuple[str, Values]
"""An address and what was said to it."""

Preset = tuple[Statement, ...]

Signature = tuple[int, int, int] | None


class DamagedError(Exception):
    """A file that is no file of presets; the message says why, in a few words."""


def is_name(name: str) -> bool:
    """Whether a preset can be called that."""
    return NAME.fullmatch(name) is not None and name.isprintable()


def signature(path: Path) -> Signature:
    """What changes when a file does; None if there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def to_text(model: Mapping[str, str], presets: Mapping[str, Preset]) -> str:
    """The content of a file: `presets` by name, of the model that is described so."""
    entries = []
    for name, preset in presets.items():
        lines = [f"      {_json([path, *values])}" for path, values in preset]
        entries.append(f"    {_json(name)}: [\n" + ",\n".join(lines) + "\n    ]")
    return (
        f'{{\n  "format": {FORMAT_VERSION},\n  "model": {_json(model)},\n  "presets": {{\n'
        + ",\n".join(entries)
        + "\n  }\n}\n"
    )


def read_presets(path: Path) -> dict[str, Preset]:
    """The presets of a file, by name.

    Raises
    ------
    DamagedError
        If it cannot be understood.
    CommandError
        If it cannot be opened, or is of a newer format.
    """
    try:
        with path.open("rb") as file:
            data = file.read(FILE_BYTES_LIMIT + 1)
    except OSError as error:
        reason = (error.strerror or "refused").lower()
        raise CommandError(
            f"{printable(path)}: not read ({reason}); change its permissions, or remove it"
        ) from error
    if len(data) > FILE_BYTES_LIMIT:
        raise DamagedError(f"over {FILE_BYTES_LIMIT} bytes")
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        raise DamagedError("it is not JSON") from None
    version = document.get("format") if isinstance(document, dict) else None
    if type(version) is not int or version < 1:
        raise DamagedError("it has no format number")
    if version > FORMAT_VERSION:
        raise CommandError(
            f"{printable(path)}: format {version}; this version reads up to {FORMAT_VERSION}: "
            "update it, or move the file away"
        )
    presets = document.get("presets")
    if not isinstance(presets, dict) or len(presets) > MOST_PRESETS:
        raise DamagedError(f"it has no list of at most {MOST_PRESETS} presets")
    for name, preset in presets.items():
        if not is_name(name):
            raise DamagedError(f"{printable(name)[:80]!r} is no name of a preset")
        if not isinstance(preset, list) or not all(map(_is_statement, preset)):
            raise DamagedError(f"preset {name!r} is no list of addresses with values")
    return {
        name: tuple((address, tuple(values)) for address, *values in preset)
        for name, preset in presets.items()
    }


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _is_statement(line: object) -> bool:
    return (
        isinstance(line, list)
        and len(line) > 1
        and isinstance(line[0], str)
        and all(map(_is_value, line[1:]))
    )


def _is_value(value: Value) -> bool:
    return type(value) in (int, str) or (type(value) is float and isfinite(value))
