"""Mappings: move several addresses by one source, each with its own range and curve."""

import math
from typing import NamedTuple, cast

from distill_live.addresses import Curve, Value, Values

STEEPNESS = 4.0
"""Of the exponential and the logarithmic curve: the last or first 0.17 of the source covers half of
the range."""


class _Mapping(NamedTuple):
    start: float
    end: float
    curve: Curve


class Mappings:
    """Mappings of all sources of one kind: macros by their numbers, features by their names.

    Attributes
    ----------
    changes : int
        Number of changes so far.
    """

    def __init__(self) -> None:
        self.changes = 0
        self._mappings: dict[tuple[Value, str], _Mapping] = {}

    def map(self, values: Values) -> None:
        """Map 0..1 of a source to a range of a target; replaces their earlier mapping.

        Parameters
        ----------
        values
            Source, target, start, end, curve, as ``/macro/map`` and ``/input/map`` have them.
        """
        self.changes += 1
        source, target, start, end, curve = values
        self._mappings.pop((source, str(target)), None)
        mapping = _Mapping(float(start), float(end), cast(Curve, curve))
        self._mappings[source, str(target)] = mapping

    def remove(self, values: Values) -> None:
        """Remove the mapping of a source to a target, or all of a source alone."""
        self.changes += 1
        self._mappings = {
            key: mapping for key, mapping in self._mappings.items() if key[: len(values)] != values
        }

    def moves(self, source: Value, value: float) -> list[tuple[str, float]]:
        """Targets of a source and their values, for its value of 0..1."""
        return [
            (target, start + shape(curve, value) * (end - start))
            for (one, target), (start, end, curve) in self._mappings.items()
            if one == source
        ]

    def rows(self) -> list[Values]:
        """All mappings, as `map` takes them."""
        return [(*key, *mapping) for key, mapping in self._mappings.items()]


def shape(curve: Curve, value: float) -> float:
    """Position within a target's range, 0..1, for a source's value of 0..1."""
    match curve:
        case "exponential":  # small steps first
            return math.expm1(STEEPNESS * value) / math.expm1(STEEPNESS)
        case "logarithmic":
            return 1.0 - shape("exponential", 1.0 - value)
        case "s-curve":
            return 0.5 - 0.5 * math.cos(math.pi * value)
        case _:
            return value
