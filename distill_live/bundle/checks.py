"""Check single values; a `BundleError` names the value and the limit."""

import math
import re
import unicodedata
from contextlib import suppress
from datetime import datetime
from typing import Any

import numpy as np

from distill_live.errors import BundleError
from distill_live.spectrogram import Float32

MAX_NUMBER = 1e6
"""Largest absolute value of numbers that describe a latent space."""

MAX_NAME_LENGTH, MAX_AUTHOR_LENGTH, MAX_LICENCE_LENGTH = 100, 200, 2000
MAX_TRAINING_TEXT_LENGTH = 200
"""Of a text in the training summary; all in characters."""

_CREATED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_CONTROLS = ("Cc", "Cs", "Zl", "Zp")
_BIDIRECTIONAL = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)


def check_text(what: str, value: object, limit: int, *, empty: bool = True) -> None:
    """Raise unless the value is one short printable line.

    Raises
    ------
    BundleError
        If it is no text, too long, empty where `empty` is False, or holds control characters, line
        separators, unpaired surrogates or bidirectional control characters.
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
    """Last component of a path as a valid `Landmark.file` or `Bundle.name`.

    Refused characters are replaced by ``_``; the result is cut to `MAX_NAME_LENGTH` characters.
    """
    name = re.split(r"[/\\]", str(path))[-1]
    return "".join(c if _is_plain(c) else "_" for c in name)[:MAX_NAME_LENGTH] or "_"


def shown(value: object) -> str:
    """Format a value for a message, as ASCII text of at most 60 characters."""
    text = ascii(value)
    return text if len(text) <= 60 else text[:57] + "..."


def check_number(what: str, value: object, low: float, high: float) -> None:
    """Raise unless the value is a finite number in a range; a bool is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BundleError(f"{what} is {shown(value)}; it must be a number")
    if not (low <= value <= high and math.isfinite(value)):
        raise BundleError(f"{what} is {shown(value)}; it must be finite and in {low:g} to {high:g}")


def check_count(what: str, count: int, low: int, high: int) -> None:
    """Raise if a count is out of its range."""
    if not low <= count <= high:
        raise BundleError(f"there are {count} {what}; {low} to {high} are allowed")


def check_created(value: object) -> None:
    """Raise unless the value is a time in UTC like ``2025-01-31T12:00:00Z``."""
    if isinstance(value, str) and _CREATED.fullmatch(value):
        with suppress(ValueError):
            datetime.fromisoformat(value[:-1])
            return
    raise BundleError(f"created is {shown(value)}; it must be like 2025-01-31T12:00:00Z")


def checked_array(what: str, value: Any, shape: tuple[int, ...]) -> Float32:
    """Copy to a read-only, C-ordered float32 array and check shape and range."""
    if np.shape(value) != shape:
        raise BundleError(f"{what} has the shape {np.shape(value)}; it must be {shape}")
    with np.errstate(over="ignore"):  # overflow gives infinity, which is refused
        array = np.array(value, dtype=np.float32, order="C")
    if array.size and not np.abs(array).max() <= MAX_NUMBER:  # also refuses NaN
        raise BundleError(f"{what} holds numbers that are not finite, or over {MAX_NUMBER:g}")
    array.flags.writeable = False
    return array


def _is_plain(character: str) -> bool:
    return unicodedata.category(character) not in _CONTROLS and character not in _BIDIRECTIONAL
