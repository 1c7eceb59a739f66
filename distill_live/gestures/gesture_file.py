"""Gesture file format: a JSON header line, then one JSON line for each command.

::

    {"distill-gesture": 1, "name": "swell", "model": "demo", "seconds": 12.5}
    [0.0, "/axis/brightness", 0.25]
    [3.0, "/gain", -6.0, {"glide": 2.0}]
"""

import json
from typing import Any

from distill_live.addresses import Command
from distill_live.errors import CommandError
from distill_live.gestures.gesture import Gesture, TimedCommand, is_storable
from distill_live.user_files import (
    FORMAT_VERSION,
    DamagedError,
    check_format,
    is_name,
    is_number,
    to_json,
)

MAX_FILE_BYTES = 16 * 1024 * 1024


def to_text(name: str, model: str, gesture: Gesture) -> str:
    """Format a gesture as the content of a file."""
    header = {"distill-gesture": FORMAT_VERSION, "name": name, "model": model}
    lines = [to_json(header | {"seconds": gesture.seconds})]
    for seconds, command in gesture.commands:
        glide = [] if command.glide_s is None else [{"glide": command.glide_s}]
        lines.append(to_json([seconds, command.address, *command.args, *glide]))
    return "\n".join(lines) + "\n"


def read_header(line: bytes) -> tuple[str, float]:
    """Parse the name and duration from the first line of a file.

    Raises
    ------
    DamagedError
        If the line is not a valid header.
    CommandError
        If the format is newer.
    """
    header = _parse(line, 1)
    check_format(header, "distill-gesture", "its first line")
    name, seconds = header.get("name"), header.get("seconds")
    if not isinstance(name, str) or not is_name(name):
        raise DamagedError("its first line has no name")
    if not is_number(seconds):
        raise DamagedError("its first line has no length")
    return name, float(seconds)


def with_name(data: bytes, name: str) -> bytes:
    """Content of a file with another name; the rest is kept as it is.

    Raises
    ------
    DamagedError, CommandError
        As `read_header`.
    """
    line, newline, rest = data.partition(b"\n")
    read_header(line)
    return to_json(json.loads(line) | {"name": name}).encode() + newline + rest


def from_text(data: bytes) -> tuple[str, Gesture]:
    """Parse the name and gesture of a file.

    Raises
    ------
    DamagedError
        If the content is damaged.
    CommandError
        If the format is newer.
    """
    name, seconds = read_header(data.partition(b"\n")[0])
    try:
        _, *lines = data.decode().split("\n")
    except UnicodeDecodeError:
        raise DamagedError("not UTF-8 text") from None
    numbered = [(number, line) for number, line in enumerate(lines, 2) if line.strip()]
    commands = tuple(_command(_parse(line, number), number) for number, line in numbered)
    try:
        return name, Gesture(seconds, commands)
    except CommandError as error:
        raise DamagedError(str(error)) from None


def _command(line: Any, number: int) -> TimedCommand:
    if isinstance(line, list) and len(line) > 2:
        seconds, path, *values = line
        glide_s = None
        if isinstance(values[-1], dict):
            glide_s = values.pop().get("glide", "")
        numbers = (seconds,) if glide_s is None else (seconds, glide_s)
        if (
            isinstance(path, str)
            and values
            and all(map(_is_value, (path, *values)))
            and all(map(is_number, numbers))
        ):
            glide_s = None if glide_s is None else float(glide_s)
            return TimedCommand(float(seconds), Command(path, tuple(values), glide_s=glide_s))
    raise DamagedError(f"line {number} is not a time, an address and values")


def _is_value(value: Any) -> bool:
    return is_storable(value) if type(value) is str else is_number(value)


def _parse(line: bytes | str, number: int) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        raise DamagedError(f"line {number} is not JSON") from None
