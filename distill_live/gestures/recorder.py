"""Record a performer's commands as a gesture.

A gesture starts with the initial values of everything it changes, so that it can loop and play
backwards. If the latent point was moved as a whole (map, landmark), that is the whole latent, after
the map position, which concerns all models; otherwise only the axes and dimensions that were moved.
If the mappings of a source were cleared, it also starts with these, as far as the limits allow.
Of several commands to one subject within an interval, the newest is kept.
"""

from collections.abc import Mapping
from dataclasses import replace

from distill_live.addresses import Address, Command, Subject, Values
from distill_live.errors import CommandError
from distill_live.gestures.compile import (
    ALL_MODELS_ADDRESS,
    DIMENSION_PREFIXES,
    MAPPINGS,
    POINT_ADDRESSES,
    mappings_of,
)
from distill_live.gestures.gesture import (
    MAX_COMMANDS,
    MAX_IN_INTERVAL,
    MAX_S,
    MAX_VALUES,
    MIN_S,
    Gesture,
    TimedCommand,
    fit,
    interval,
    is_storable,
)

_DIGITS = 7
"""Significant digits of recorded values, as many as an OSC float has."""


class GestureRecorder:
    """Recorder of one gesture.

    Parameters
    ----------
    table
        Addresses of the model.

    Attributes
    ----------
    full : bool
        Whether a limit is reached; further commands are ignored.
    """

    def __init__(self, table: Mapping[str, Address]) -> None:
        self._table = table
        self._commands: dict[tuple[object, ...], TimedCommand] = {}  # by interval and subject
        self._moved: dict[Subject, None] = {}
        self._values = len(table["/latent"].arguments)  # room for the initial latent
        self._end_s = MAX_S
        self.full = False

    def record(self, seconds: float, command: Command) -> None:
        """Record a command; commands that a gesture cannot contain are ignored.

        Parameters
        ----------
        seconds
            Time since the start.
        command
            The command.
        """
        if self.full:
            return
        try:
            command = fit(self._table, command)
        except CommandError:
            return
        about, at_s = command.subject, round(seconds, 4)
        key = (interval(at_s), *about)
        room = len(command.args) * (1 if about in self._moved else 2)
        if (
            at_s > MAX_S
            or len(self._commands) + len(self._moved) + 2 > MAX_COMMANDS
            or self._values + room > MAX_VALUES
        ):
            self.full, self._end_s = True, min(seconds, MAX_S)
            return
        if self._commands.pop(key, None) is None:
            self._values += room
        self._moved[about] = None
        values = tuple(_rounded(value) for value in command.args)
        self._commands[key] = TimedCommand(at_s, replace(command, args=values))

    def finish(self, seconds: float, start: Mapping[Subject, Values]) -> Gesture:
        """Finish and return the gesture.

        Parameters
        ----------
        seconds
            Duration of the recording.
        start
            Initial values by subject, with ``/latent`` among them.

        Raises
        ------
        CommandError
            If nothing was recorded.
        """
        if not self._commands:
            raise CommandError("nothing was moved; the gesture is not stored")
        commands = sorted(self._commands.values(), key=lambda timed: timed.seconds)
        seconds = max(round(min(seconds, self._end_s), 4), MIN_S, commands[-1].seconds)
        return Gesture(seconds, (*self._start(start), *commands))

    def _start(self, start: Mapping[Subject, Values]) -> list[TimedCommand]:
        values: dict[Subject, Values] = {}
        room = self._room_for_mappings()
        whole = any(path in POINT_ADDRESSES for path, *_ in self._moved)
        for about in self._moved:
            path = str(about[0])
            if whole and (path in POINT_ADDRESSES or path.startswith(DIMENSION_PREFIXES)):
                if (ALL_MODELS_ADDRESS,) in self._moved:
                    values[ALL_MODELS_ADDRESS,] = start[ALL_MODELS_ADDRESS,]
                values["/latent",] = start["/latent",]
            elif path.startswith("/latent/"):
                values[about] = (start["/latent",][int(path.removeprefix("/latent/"))],)
            elif (at_start := start.get(about)) and all(map(is_storable, at_start)):
                values[about] = at_start
            if path in MAPPINGS:
                for mapping in mappings_of(about, start):
                    values.pop(mapping, None)  # which goes behind what clears it
                    room -= mapping not in self._moved
                    if mapping in self._moved or room >= 0:
                        values[mapping] = start[mapping]
        return [
            TimedCommand(0.0, Command(str(path), tuple(map(_rounded, at_start))))
            for (path, *_), at_start in values.items()
        ]

    def _room_for_mappings(self) -> int:
        """Number of mappings that fit beside what was recorded and the values that it moved."""
        at_start = len(self._moved) + 2
        in_first = sum(number == 0 for number, *_ in self._commands)
        return min(
            MAX_IN_INTERVAL - in_first - at_start,
            MAX_COMMANDS - len(self._commands) - at_start,
            (MAX_VALUES - self._values) // len(self._table["/macro/map"].arguments),
        )


def _rounded(value: float | int | str) -> float | int | str:
    return float(f"{value:.{_DIGITS}g}") if isinstance(value, float) else value
