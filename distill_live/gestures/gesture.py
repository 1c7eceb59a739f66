"""Gesture: timed commands within limits, checked against the address table."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import NamedTuple

from distill_live.addresses import Address, Command, Value, coerce
from distill_live.errors import CommandError
from distill_live.files import printable
from distill_live.presets import TRANSPORT

MIN_S, MAX_S = 0.01, 3600.0

MAX_COMMANDS = 50_000
"""Maximum number of commands: one fader moved every hop for nearly ten minutes."""

MAX_VALUES = 400_000
"""Maximum number of values of all commands."""

MAX_IN_INTERVAL, INTERVAL_S = 1024, 0.01
"""Maximum number of commands within one interval, and its length."""

MAX_GESTURE_GLIDE_S = 600.0

STOPS = frozenset({"/path/stop", "/note/release"})
"""Actions that a gesture can hold: they end what it has begun."""

MAX_TEXT = 200
"""Maximum number of characters of a text among the values."""


class TimedCommand(NamedTuple):
    """A command and when it is due, in seconds from the gesture's start."""

    seconds: float
    command: Command


@dataclass(frozen=True)
class Gesture:
    """Sequence of timed commands.

    Parameters
    ----------
    seconds
        Duration, 0.01 to 3600.
    commands
        Commands in order of time, 0 to `seconds`.

    Raises
    ------
    CommandError
        If a limit is exceeded, or the commands are out of order.
    """

    seconds: float
    commands: tuple[TimedCommand, ...]

    def __post_init__(self) -> None:
        if not MIN_S <= self.seconds <= MAX_S:
            raise CommandError(
                f"a gesture of {self.seconds:g} s; it must last {MIN_S:g} to {MAX_S:g} s"
            )
        count = len(self.commands)
        if count > MAX_COMMANDS:
            raise CommandError(f"{count} commands; the maximum is {MAX_COMMANDS}", "full")
        values = sum(len(one.command.args) for one in self.commands)
        if values > MAX_VALUES:
            raise CommandError(f"{values} values; the maximum is {MAX_VALUES}", "full")
        newest = 0.0
        for seconds, command in self.commands:
            if not newest <= seconds <= self.seconds:
                raise CommandError(
                    f"{command.address} at {seconds:g} s; times rise from 0 to {self.seconds:g} s"
                )
            newest = seconds
        if max(Counter(interval(s.seconds) for s in self.commands).values(), default=0) > (
            MAX_IN_INTERVAL
        ):
            raise CommandError(
                f"over {MAX_IN_INTERVAL} commands in {INTERVAL_S:g} s, the limit", "full"
            )


def interval(seconds: float) -> int:
    """Index of the interval that a time is in."""
    return int(seconds / INTERVAL_S)


def is_storable(value: Value) -> bool:
    """Whether a gesture's file can hold a value: texts are printable, of up to `MAX_TEXT`."""
    return not isinstance(value, str) or (len(value) <= MAX_TEXT and value.isprintable())


def find_address(table: Mapping[str, Address], path: str) -> Address:
    """Look up the address of a command.

    Parameters
    ----------
    table
        Addresses of the model, from `distill_live.addresses.instantiate`.
    path
        Without ``/distill``.

    Raises
    ------
    CommandError
        If it does not exist, or a gesture may not move it: gestures neither start nor stop the
        sound, and do not control gestures or the clock.
    """
    address = table.get(path)
    if address is None:
        shown = printable(path[:80])
        raise CommandError(f"{shown}: this model has no such address", "unknown-address")
    if (
        address.owner != "engine"
        or (address.access == "action" and path not in STOPS)
        or path in TRANSPORT
        or path.startswith(("/gesture/", "/clock/"))
    ):
        raise CommandError(f"{path}: gestures cannot move this address", "forbidden")
    return address


def fit(table: Mapping[str, Address], command: Command) -> Command:
    """Coerce a command for one model and move a glide among its values to `glide_s`.

    A note of velocity 0 becomes its release, which does not replace the note within an interval.

    Raises
    ------
    CommandError
        If the model does not accept it, or a gesture's file cannot hold it.
    """
    path, glide_s = command.address, command.glide_s
    address = find_address(table, path)
    values = coerce(address, command.args).values
    if path in STOPS and values == (0,):
        raise CommandError(f"{path}: 0, a button's release, does nothing; leave it out")
    if path == "/note/on" and not values[1]:
        path, values = "/note/off", values[:1]
    for value in values:
        if not is_storable(value):
            raise CommandError(
                f"{path}: a gesture cannot hold {printable(str(value)[:40])!r}; send printable "
                f"text of up to {MAX_TEXT} characters"
            )
    last = address.arguments[len(values) - 1]
    if last.optional and last.name == "glide":  # among the values
        glide_s = float(values[-1])
        values = values[:-1]
    if glide_s is not None and not (isfinite(glide_s) and 0 <= glide_s <= MAX_GESTURE_GLIDE_S):
        raise CommandError(
            f"{path}: the glide is {glide_s:g} s; it must lie in 0 to {MAX_GESTURE_GLIDE_S:g}",
            "out-of-range",
        )
    return Command(path, values, glide_s=glide_s)
