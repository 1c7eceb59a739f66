"""A gesture as the engine plays it: with each statement, what brings back what held before it.

The format is `distill_live.engine.gesture_player`'s.
"""

import json
from collections.abc import Mapping
from typing import NamedTuple

from distill_live.addresses import Address, Command, Subject
from distill_live.errors import CommandError
from distill_live.gestures.gesture import Gesture, fit

SEPARATOR = "|"

PLACES = frozenset({"/latent", "/map", "/corpus/goto"})
"""What moves the whole point; where it was before, the last such move says, and the moves along
single axes and dimensions since."""

EVERYWHERE = "/map"
"""Moves the whole point of every model; the others, only of the leading one."""

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

    def commands(self, run: int) -> list[Command]:
        """Commands that have an engine play it; `run` is a number over 0."""
        return [
            Command("/gesture/score", (run, self.text), glide_s=0.0),
            Command("/gesture/seek", (run,), glide_s=0.0),
        ]


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
    for seconds, given in gesture.commands:
        try:
            command = fit(table, given)
        except CommandError:
            continue
        path, about = command.address, command.subject
        glide = [] if command.glide_s is None else [command.glide_s]
        number = which.setdefault(path, len(which))
        statements.append(_part([seconds, number, command.args, past.before(path, about), *glide]))
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
        self._point: dict[str, int] = {}  # moves since the last of all models', by address
        self._others: dict[Subject, int] = {}

    def before(self, path: str, about: Subject) -> list[int]:
        """The numbers of those that bring back what holds of that."""
        if path in PLACES:
            return [*self._point.values()]
        if path.startswith(DIRECTIONS):
            kind = path[: path.rindex("/") + 1]  # moves of another kind may have moved this too
            place = max((n for p, n in self._point.items() if not p.startswith(kind)), default=-1)
            known = self._point.get(path, -1)
            if known < place:
                return [*self._point.values()]
            return [known] if known >= 0 else []
        return [self._others[about]] if about in self._others else []

    def add(self, path: str, about: Subject) -> None:
        """The next statement is about that."""
        if path in PLACES or path.startswith(DIRECTIONS):
            if path == EVERYWHERE:
                self._point.clear()
            self._point.pop(path, None)
            self._point[path] = self._count
        elif self._table[path].access == "value" or len(about) > 1:
            self._others[about] = self._count
        self._count += 1

    def all(self) -> list[int]:
        """The numbers of those that make all that holds, in order."""
        return sorted([*self._point.values(), *self._others.values()])
