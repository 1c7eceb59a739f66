"""What a performer does, gathered into a gesture.

A gesture begins where the performer's began: with the values that everything it moves had when the
recording began, so that it can be played over and over, and backwards. Where the latent was moved
as a whole (the map, a landmark), that is the whole latent, after the place on the map, which is
that of all models; otherwise only the axes and dimensions that were moved, and what was not moved
is left alone. Of what is said within a hundredth of a second about the same, the newest is kept.
"""

from collections.abc import Mapping
from dataclasses import replace

from distill_live.addresses import Address, Command, Subject, Values
from distill_live.errors import CommandError
from distill_live.gestures.compile import DIRECTIONS, EVERYWHERE, PLACES
from distill_live.gestures.gesture import (
    LONGEST_S,
    MOST_STATEMENTS,
    MOST_VALUES,
    SHORTEST_S,
    Gesture,
    TimedCommand,
    fit,
    slot,
)

_DIGITS = 7
"""Significant digits that are kept, as many as an OSC float has."""


class Recorder:
    """One recording.

    Parameters
    ----------
    table
        The model's addresses.

    Attributes
    ----------
    full : bool
        Whether no more will be taken.
    """

    def __init__(self, table: Mapping[str, Address]) -> None:
        self._table = table
        self._said: dict[tuple[object, ...], TimedCommand] = {}  # by slot and subject
        self._moved: dict[Subject, None] = {}
        self._values = len(table["/latent"].arguments)  # with room for how it was at the start
        self._end_s = LONGEST_S
        self.full = False

    def take(self, seconds: float, command: Command) -> None:
        """Take in what was said, so many seconds after the start; what is no gesture's passes."""
        if self.full:
            return
        try:
            command = fit(self._table, command)
        except CommandError:
            return
        about, at_s = command.subject, round(seconds, 4)
        key = (slot(at_s), *about)
        room = len(command.args) * (1 if about in self._moved else 2)
        if (
            at_s > LONGEST_S
            or len(self._said) + len(self._moved) + 2 > MOST_STATEMENTS
            or self._values + room > MOST_VALUES
        ):
            self.full, self._end_s = True, min(seconds, LONGEST_S)
            return
        if self._said.pop(key, None) is None:
            self._values += room
        self._moved[about] = None
        values = tuple(_rounded(value) for value in command.args)
        self._said[key] = TimedCommand(at_s, replace(command, args=values))

    def finish(self, seconds: float, start: Mapping[Subject, Values]) -> Gesture:
        """The gesture.

        Parameters
        ----------
        seconds
            How long it was recorded.
        start
            Values as they were at its start, by what they are about, ``/latent`` among them.

        Raises
        ------
        CommandError
            If nothing was moved.
        """
        if not self._said:
            raise CommandError("nothing was moved, so nothing is kept; record again")
        statements = sorted(self._said.values(), key=lambda statement: statement.seconds)
        seconds = max(round(min(seconds, self._end_s), 4), SHORTEST_S, statements[-1].seconds)
        return Gesture(seconds, (*self._start(start), *statements))

    def _start(self, start: Mapping[Subject, Values]) -> list[TimedCommand]:
        values: dict[Subject, Values] = {}
        whole = any(path in PLACES for path, *_ in self._moved)
        for about in self._moved:
            path = str(about[0])
            if whole and (path in PLACES or path.startswith(DIRECTIONS)):
                if (EVERYWHERE,) in self._moved:
                    values[EVERYWHERE,] = start[EVERYWHERE,]
                values["/latent",] = start["/latent",]
            elif path.startswith("/latent/"):
                values[about] = (start["/latent",][int(path.removeprefix("/latent/"))],)
            elif start.get(about):
                values[about] = start[about]
        return [
            TimedCommand(0.0, Command(str(path), tuple(map(_rounded, at_start))))
            for (path, *_), at_start in values.items()
        ]


def _rounded(value: float | int | str) -> float | int | str:
    return float(f"{value:.{_DIGITS}g}") if isinstance(value, float) else value
