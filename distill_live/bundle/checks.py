"""Checks of single values; each refusal is a `BundleError` that names the value and the limit."""

import math
import re
import unicodedata
from datetime import datetime
from typing import Any

import numpy as np

from distill_live.errors import BundleError
from distill_live.spectrogram import Float32

NUMBER_LIMIT = 1e6
"""Largest absolute value of the numbers that describe a latent space."""

NAME_LIMIT, AUTHOR_LIMIT, LICENCE_LIMIT, TRAINING_TEXT_LIMIT = 100, 200, 2000, 200
"""Most characters of a bundle's name, author and licence, and of a text of its training summary."""

_CREATED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_CONTROLS = ("Cc", "Cs", "Zl", "Zp")
_BIDIRECTIONAL = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)


def check_text(what: str, value: object, limit: int, *, empty: bool = True) -> None:
    """Refuse what is no short line of text that a terminal may print.

    Raises
    ------
    BundleError
        If it is no text, too long, empty where it must not be, or holds control characters, line
        separators, unpaired surrogates or characters that turn the direction of writing.
    """
    if not isinstance(value, str):
        raise BundleError(f"{what} is {shown(value)}; it must be text")
    if len(value) > limit or not (value or empty):
        least = 0 if empty else 1
        raise BundleError(f"{what} has {len(value)} characters; {least} to {limit} are allowed")
    for character in value:
        if not _is_plain(character):
            raise BundleError(f"{what} holds the character U+{ord(character):04X}; remove it")


def plain_name(path: object) -> str:
    """The last part of a path as text that a `Landmark` or a `Bundle.name` takes.

    Characters that are refused become ``_``; it is cut to `NAME_LIMIT` characters.
    """
    name = re.split(r"[/\\]", str(path))[-1]
    return "".join(c if _is_plain(c) else "_" for c in name)[:NAME_LIMIT] or "_"


def shown(value: object) -> str:
    """A value as ASCII text of at most 60 characters, for a message."""
    text = ascii(value)
    return text if len(text) <= 60 else text[:57] + "..."


def check_number(what: str, value: object, low: float, high: float) -> None:
    """Refuse what is no finite number in a range; a bool is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BundleError(f"{what} is {shown(value)}; it must be a number")
    if not (low <= value <= high and math.isfinite(value)):
        raise BundleError(f"{what} is {shown(value)}; it must be finite and in {low:g} to {high:g}")


def check_count(what: str, count: int, low: int, high: int) -> None:
    """Refuse a count out of its range."""
    if not low <= count <= high:
        raise BundleError(f"there are {count} {what}; {low} to {high} are allowed")


def check_created(value: object) -> None:
    """Refuse what is no moment in UTC, written as ``2025-01-31T12:00:00Z``."""
    if isinstance(value, str) and _CREATED.fullmatch(value):
        try:
            datetime.fromisoformat(value[:-1])
        except ValueError:
            pass
        else:
            return
    raise BundleError(f"created is {shown(value)}; it must be like 2025-01-31T12:00:00Z")


def checked_array(what: str, value: Any, shape: tuple[int, ...]) -> Float32:
    """A read-only, C-ordered float32 copy, its shape and range checked."""
    if np.shape(value) != shape:
        raise BundleError(f"{what} has the shape {np.shape(value)}; it must be {shape}")
    with np.errstate(over="ignore"):  # what overflows is infinite, and refused
        array = np.array(value, dtype=np.float32, order="C")
    if array.size and not np.abs(array).max() <= NUMBER_LIMIT:  # also refuses NaN
        raise BundleError(f"{what} holds numbers that are not finite, or over {NUMBER_LIMIT:g}")
    array.flags.writeable = False
    return array


def _is_plain(character: str) -> bool:
    return unicodedata.category(character) not in _CONTROLS and character not in _BIDIRECTIONAL
