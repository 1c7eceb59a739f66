"""TOML that may come from anywhere: read in bounded time and memory, or refused in one line."""

import tomllib
from pathlib import Path
from typing import Any

from distill_live.errors import ConfigurationError
from distill_live.files import printable

BYTES_LIMIT = 256 * 1024

DOTS_LIMIT = 200
"""In a line that is no comment: the parser takes the square of a key's parts in time."""


def read_text(path: Path) -> str:
    """The text of a file.

    Raises
    ------
    OSError
        If it cannot be opened.
    ConfigurationError
        If it is too long, or no UTF-8. The message does not name the file.
    """
    with path.open("rb") as file:
        data = file.read(BYTES_LIMIT + 1)
    if len(data) > BYTES_LIMIT:
        raise ConfigurationError(f"over {BYTES_LIMIT} bytes, the limit; make it shorter")
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise ConfigurationError("it is not TOML: no text in UTF-8") from None


def parse_toml(text: str) -> dict[str, Any]:
    """The values of a text.

    Raises
    ------
    ConfigurationError
        If it is no TOML, or a line has over `DOTS_LIMIT` dots.
    """
    for number, line in enumerate(text.split("\n"), 1):
        if line.count(".") > DOTS_LIMIT and not line.lstrip().startswith("#"):
            raise ConfigurationError(f"line {number} has over {DOTS_LIMIT} dots; write it in two")
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # a number of thousands of digits is one, too
        raise ConfigurationError(printable(f"it is not TOML: {error}")[:300]) from None
