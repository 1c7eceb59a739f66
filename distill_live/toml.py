"""Parse untrusted TOML in bounded time and memory."""

import tomllib
from pathlib import Path
from typing import Any

from distill_live.errors import ConfigurationError
from distill_live.files import open_regular, printable

BYTES_LIMIT = 256 * 1024

DOTS_LIMIT = 200
"""Maximum dots in a line, comments excepted: tomllib is quadratic in the parts of a key."""


def read_text(path: Path) -> str:
    """Read a UTF-8 text file of at most `BYTES_LIMIT` bytes, without a byte order mark.

    Raises
    ------
    OSError
        If it cannot be opened, or is no regular file.
    ConfigurationError
        If it is too long or not UTF-8. The message does not name the file.
    """
    with open_regular(path) as file:
        data = file.read(BYTES_LIMIT + 1)
    if len(data) > BYTES_LIMIT:
        raise ConfigurationError(f"over {BYTES_LIMIT} bytes, the limit; make it shorter")
    try:
        return data.decode("utf-8-sig")  # as some editors under Windows save it
    except UnicodeDecodeError:
        raise ConfigurationError("it is not TOML: no text in UTF-8") from None


def parse_toml(text: str) -> dict[str, Any]:
    """Parse a TOML document.

    Raises
    ------
    ConfigurationError
        If it is not TOML, or a line has over `DOTS_LIMIT` dots.
    """
    for number, line in enumerate(text.split("\n"), 1):
        if line.count(".") > DOTS_LIMIT and not line.lstrip().startswith("#"):
            raise ConfigurationError(f"line {number} has over {DOTS_LIMIT} dots; write it in two")
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # integers of thousands of digits raise, too
        raise ConfigurationError(printable(f"it is not TOML: {error}")[:300]) from None
