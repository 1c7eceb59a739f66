"""Compile a gesture for one model: each command with the numbers of those that undo it.

`distill_live.engine.commands.gesture_player` defines the format.
"""

import json
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from distill_live.addresses import NOTES, Address, Command, Subject
from distill_live.errors import CommandError
from distill_live.gestures.gesture import Gesture, fit

SEPARATOR = "|"

POINT_ADDRESSES = frozenset({"/latent", "/map", "/corpus/goto"})
"""Addresses that move the whole latent point. The last such command, with later ones to single axes
and dimensions, gives the point before."""

ALL_MODELS_ADDRESS = "/map"
"""Moves the point of every model; the others move only that of the leading one."""

DIMENSION_PREFIXES = ("/axis/", "/latent/")

MAPPINGS: Mapping[str, str] = {
    "/macro/map": "/macro/map",
    "/macro/clear": "/macro/map",
    "/input/map": "/input/map",
    "/input/unmap": "/input/map",
}
"""Addresses that change mappings, and those that map, by which the engine counts the changes."""

_CLEARS: Mapping[str, str] = {maps: path for path, maps in MAPPINGS.items() if path != maps}
"""Addresses that remove mappings, by those that map."""

_JSON = json.JSONEncoder(separators=(",", ":"))


class CompiledGesture(NamedTuple):
    """Gesture as the engine plays it.

    Attributes
    ----------
    text
        Argument of ``/gesture/score``.
    paths
        Addresses of values that it changes, counts of mappings among them.
    """

    text: str
    paths: tuple[str, ...]

    def commands(self, run: int) -> list[Command]:
        """Commands that make an engine play it; `run` is a positive number."""
        return [
            Command("/gesture/score", (run, self.text), glide_s=0.0),
            Command("/gesture/seek", (run,), glide_s=0.0),
        ]


def compile_gesture(gesture: Gesture, table: Mapping[str, Address]) -> CompiledGesture:
    """Compile a gesture for one model.

    Parameters
    ----------
    gesture
        The gesture; commands that the model does not accept are left out.
    table
        Addresses of the model, from `distill_live.addresses.instantiate`.
    """
    history = _History(table)
    numbers: dict[str, int] = {}
    parts = []
    for seconds, given in gesture.commands:
        try:
            command = fit(table, given)
        except CommandError:
            continue
        path, about = command.address, command.subject
        glide = [] if command.glide_s is None else [command.glide_s]
        number = numbers.setdefault(path, len(numbers))
        parts.append(_part([seconds, number, command.args, history.before(path, about), *glide]))
        history.add(path, about)
    header = _part({"seconds": gesture.seconds, "paths": [*numbers], "end": history.all()})
    moved = dict.fromkeys(
        MAPPINGS.get(path, path)
        for path in numbers
        if path in MAPPINGS or table[path].access == "value"
    )
    return CompiledGesture(SEPARATOR.join([header, *parts]), tuple(moved))


def _part(content: object) -> str:
    """Encode one part, without the separator."""
    part = _JSON.encode(content)
    return part.replace(SEPARATOR, f"\\u{ord(SEPARATOR):04x}")


def mappings_of(about: Subject, subjects: Iterable[Subject]) -> list[Subject]:
    """Those of `subjects` that are mappings which a command of `MAPPINGS` makes or removes."""
    prefix = (MAPPINGS[str(about[0])], *about[1:])
    return [subject for subject in subjects if subject[: len(prefix)] == prefix]


class _History:
    """Numbers of the commands that produced the current state."""

    def __init__(self, table: Mapping[str, Address]) -> None:
        self._table = table
        self._count = 0
        self._point: dict[str, int] = {}  # by address, since the last command to all models
        self._others: dict[Subject, int] = {}

    def before(self, path: str, about: Subject) -> list[int]:
        """Numbers of the commands that restore the current value of a subject."""
        if path in POINT_ADDRESSES:
            return [*self._point.values()]
        if path.startswith(DIMENSION_PREFIXES):
            kind = path[: path.rindex("/") + 1]  # commands of another kind may have moved this too
            place = max((n for p, n in self._point.items() if not p.startswith(kind)), default=-1)
            known = self._point.get(path, -1)
            if known < place:
                return [*self._point.values()]
            return [known] if known >= 0 else []
        if path in MAPPINGS:
            return self._mapped(about) or self._cleared(about)
        return [self._others[about]] if about in self._others else []

    def add(self, path: str, about: Subject) -> None:
        """Add the next command, which sets a subject."""
        if path in POINT_ADDRESSES or path.startswith(DIMENSION_PREFIXES):
            if path == ALL_MODELS_ADDRESS:
                self._point.clear()
            self._point.pop(path, None)
            self._point[path] = self._count
        elif path.startswith(NOTES):
            pass
        elif self._table[path].access == "value" or len(about) > 1:
            if path in MAPPINGS:
                for mapping in mappings_of(about, self._others):
                    del self._others[mapping]
            self._others[about] = self._count
        self._count += 1

    def _mapped(self, about: Subject) -> list[int]:
        """Numbers of the commands that made the mappings that a command changes."""
        return [self._others[mapping] for mapping in mappings_of(about, self._others)]

    def _cleared(self, about: Subject) -> list[int]:
        """Numbers of the commands that removed a mapping, and that made the others it left."""
        path, source, *_ = about
        if str(path) not in _CLEARS:
            return []
        clears = [(_CLEARS[str(path)], *about[1:]), (_CLEARS[str(path)], source)]
        known = [(self._others[clear], clear) for clear in clears if clear in self._others]
        if not known:
            return []
        number, clear = max(known)
        return [number, *self._mapped(clear)]

    def all(self) -> list[int]:
        """Numbers of all commands that produced the current state, ascending."""
        return sorted([*self._point.values(), *self._others.values()])
