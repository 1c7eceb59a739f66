"""Preset file format: readable JSON with one line for each setting, read strictly."""

import json
from collections.abc import Mapping
from pathlib import Path

from distill_live.addresses import Value, Values
from distill_live.files import printable
from distill_live.user_files import (
    FORMAT_VERSION,
    DamagedError,
    check_format,
    is_name,
    is_number,
    one_name,
    read_bounded,
    to_json,
)

MAX_PRESETS = 1000
"""Maximum number of presets of a model."""

MAX_FILE_BYTES = 64 * 1024 * 1024

Setting = tuple[str, Values]
"""Address and values."""

Preset = tuple[Setting, ...]


def to_text(model: Mapping[str, str], presets: Mapping[str, Preset]) -> str:
    """Format presets as the content of a file.

    Parameters
    ----------
    model
        Name and fingerprint of the model.
    presets
        Presets by name.
    """
    entries = []
    for name, preset in presets.items():
        lines = [f"      {to_json([path, *values])}" for path, values in preset]
        entries.append(f"    {to_json(name)}: [\n" + ",\n".join(lines) + "\n    ]")
    return (
        f'{{\n  "format": {FORMAT_VERSION},\n  "model": {to_json(model)},\n  "presets": {{\n'
        + ",\n".join(entries)
        + "\n  }\n}\n"
    )


def read_presets(path: Path) -> dict[str, Preset]:
    """Read the presets of a file, by name.

    Raises
    ------
    DamagedError
        If the content is damaged.
    CommandError
        If the file cannot be opened, or its format is newer.
    """
    data = read_bounded(path, MAX_FILE_BYTES)
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        raise DamagedError("not JSON") from None
    check_format(document, "format", path=path)
    presets = document.get("presets")
    if not isinstance(presets, dict) or len(presets) > MAX_PRESETS:
        raise DamagedError(f"it has no list of at most {MAX_PRESETS} presets")
    for name, preset in presets.items():
        if not is_name(name):
            raise DamagedError(f"{printable(name)[:80]!r} is not a valid name")
        if not isinstance(preset, list) or not all(map(_is_setting, preset)):
            raise DamagedError(f"preset {name!r} is not a list of addresses with values")
    found: dict[str, Preset] = {}
    for name, preset in presets.items():
        key = name if one_name(name) in found else one_name(name)
        found[key] = tuple((address, tuple(values)) for address, *values in preset)
    return found


def _is_setting(line: object) -> bool:
    return (
        isinstance(line, list)
        and len(line) > 1
        and isinstance(line[0], str)
        and _is_value(line[0])
        and all(map(_is_value, line[1:]))
    )


def _is_value(value: Value) -> bool:
    if isinstance(value, str):  # JSON can contain lone surrogates, which UTF-8 cannot encode
        return not any("\ud800" <= one <= "\udfff" for one in value)
    return is_number(value)
