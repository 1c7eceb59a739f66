"""Macros: one fader moves several addresses, each over a range of its own and along a curve.

It knows what is mapped and what follows from a fader's place; it moves nothing.
"""

import math
from typing import NamedTuple

from distill_live.addresses import Curve, Values

STEEPNESS = 4.0
"""Of the exponential and the logarithmic curve: half of the range lies in the last or first 0.17 of
the fader."""


class _Mapping(NamedTuple):
    start: float
    end: float
    curve: Curve


class Macros:
    """What each macro is mapped to."""

    def __init__(self) -> None:
        self._mappings: dict[tuple[int, str], _Mapping] = {}

    def map(self, macro: int, target: str, start: float, end: float, curve: Curve) -> None:
        """Map a macro's 0 to `start` of a target and its 1 to `end`, instead of what it was."""
        self._mappings.pop((macro, target), None)
        self._mappings[macro, target] = _Mapping(start, end, curve)

    def clear(self, macro: int) -> None:
        """Map a macro to nothing."""
        self._mappings = {key: m for key, m in self._mappings.items() if key[0] != macro}

    def moves(self, macro: int, value: float) -> list[tuple[str, float]]:
        """Targets and what they are set to where a macro stands at `value`, 0..1."""
        return [
            (target, start + shape(curve, value) * (end - start))
            for (one, target), (start, end, curve) in self._mappings.items()
            if one == macro
        ]

    def mappings(self) -> list[Values]:
        """All of them, as ``/macro/map`` takes them."""
        return [(*key, *mapping) for key, mapping in self._mappings.items()]


def shape(curve: Curve, value: float) -> float:
    """How far along its range a target is, 0..1, where the fader is at `value`, 0..1."""
    match curve:
        case "exponential":  # small steps first
            return math.expm1(STEEPNESS * value) / math.expm1(STEEPNESS)
        case "logarithmic":
            return 1.0 - shape("exponential", 1.0 - value)
        case "s-curve":
            return 0.5 - 0.5 * math.cos(math.pi * value)
        case _:
            return value
