"""A gesture as the engine plays it: with each statement, what brings back what held before it.

The format is `distill_live.engine.gesture_player`'s.
"""

import json
from collections.abc import Mapping
from typing import NamedTuple

from distill_live.addresses import Address, Values
from distill_live.errors import CommandError
from distill_live.gestures.gesture import Gesture, Subject, fit, subject

SEPARATOR = "|"

PLACES = frozenset({"/latent", "/map", "/corpus/goto"})
"""What moves the whole point; what it was before is the last such move, and the moves along single
axes and dimensions since."""

DIRECTIONS = ("/axis/", "/latent/")

_JSON = json.JSONEncoder(separators=(",", ":"))


class Score(NamedTuple):
    """What is to be played.

    Attributes
    ----------
    text
        For ``/gesture/score``.
    paths
        Addresses with values that it moves.
    """

    text: str
    paths: tuple[str, ...]

    def commands(self, run: int) -> list[tuple[str, Values]]:
        """What to tell an engine so that it plays it; `run` is a number over 0."""
        return [("/gesture/score", (run, self.text)), ("/gesture/seek", (run,))]


def to_score(gesture: Gesture, table: Mapping[str, Address]) -> Score:
    """The score of a gesture for one model.

    Parameters
    ----------
    gesture
        What the model cannot take of it is left out.
    table
        Its addresses, of `distill_live.addresses.instantiate`.
    """
    past = _Past(table)
    which: dict[str, int] = {}
    statements = []
    for statement in gesture.statements:
        try:
            seconds, path, values, glide_s = fit(table, statement)
        except CommandError:
            continue
        about = subject(table, path, values)
        glide = [] if glide_s is None else [glide_s]
        number = which.setdefault(path, len(which))
        statements.append(_part([seconds, number, values, past.before(path, about), *glide]))
        past.add(path, about)
    header = _part({"seconds": gesture.seconds, "paths": [*which], "end": past.all()})
    moved = tuple(path for path in which if table[path].access == "value")
    return Score(SEPARATOR.join([header, *statements]), moved)


def _part(content: object) -> str:
    """A part of a score, in which there is no separator."""
    part = _JSON.encode(content)
    return part.replace(SEPARATOR, f"\\u{ord(SEPARATOR):04x}")


class _Past:
    """Which statements made what holds."""

    def __init__(self, table: Mapping[str, Address]) -> None:
        self._table = table
        self._count = 0
        self._place: list[int] = []  # the last move of the whole point, if there was one
        self._directions: dict[str, int] = {}  # moves along single ones since
        self._others: dict[Subject, int] = {}

    def before(self, path: str, about: Subject) -> list[int]:
        """The numbers of those that bring back what holds of that."""
        if path in PLACES:
            return self._point
        if path.startswith(DIRECTIONS):
            known = self._directions.get(path)
            return [known] if known is not None else self._point if self._place else []
        return [self._others[about]] if about in self._others else []

    def add(self, path: str, about: Subject) -> None:
        """The next statement is about that."""
        if path in PLACES:
            self._place, self._directions = [self._count], {}
        elif path.startswith(DIRECTIONS):
            self._directions.pop(path, None)
            self._directions[path] = self._count
        elif self._table[path].access == "value" or len(about) > 1:
            self._others[about] = self._count
        self._count += 1

    def all(self) -> list[int]:
        """The numbers of those that make all that holds, in order."""
        return sorted([*self._point, *self._others.values()])

    @property
    def _point(self) -> list[int]:
        return [*self._place, *self._directions.values()]
