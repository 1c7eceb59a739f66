"""Macros: map one fader to several addresses, each with its own range and curve."""

import math
from typing import NamedTuple

from distill_live.addresses import Curve, Values

STEEPNESS = 4.0
"""Of the exponential and the logarithmic curve: the last or first 0.17 of the fader covers half of
the range."""


class _Mapping(NamedTuple):
    start: float
    end: float
    curve: Curve


class Macros:
    """Mappings of all macros."""

    def __init__(self) -> None:
        self._mappings: dict[tuple[int, str], _Mapping] = {}

    def map(self, macro: int, target: str, start: float, end: float, curve: Curve) -> None:
        """Map 0..1 of a macro to `start`..`end` of a target; replaces their earlier mapping."""
        self._mappings.pop((macro, target), None)
        self._mappings[macro, target] = _Mapping(start, end, curve)

    def clear(self, macro: int) -> None:
        """Remove all mappings of a macro."""
        self._mappings = {key: m for key, m in self._mappings.items() if key[0] != macro}

    def moves(self, macro: int, value: float) -> list[tuple[str, float]]:
        """Targets of a macro and their values, for its value of 0..1."""
        return [
            (target, start + shape(curve, value) * (end - start))
            for (one, target), (start, end, curve) in self._mappings.items()
            if one == macro
        ]

    def mappings(self) -> list[Values]:
        """All mappings, as arguments of ``/macro/map``."""
        return [(*key, *mapping) for key, mapping in self._mappings.items()]


def shape(curve: Curve, value: float) -> float:
    """Position within a target's range, 0..1, for a fader value of 0..1."""
    match curve:
        case "exponential":  # small steps first
            return math.expm1(STEEPNESS * value) / math.expm1(STEEPNESS)
        case "logarithmic":
            return 1.0 - shape("exponential", 1.0 - value)
        case "s-curve":
            return 0.5 - 0.5 * math.cos(math.pi * value)
        case _:
            return value
