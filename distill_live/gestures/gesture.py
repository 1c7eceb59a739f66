"""What a gesture is: statements, each at a time, and what of the table can be among them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import NamedTuple

from distill_live.addresses import Address, Command, coerce
from distill_live.errors import CommandError
from distill_live.files import printable
from distill_live.presets import TRANSPORT

SHORTEST_S, LONGEST_S = 0.01, 3600.0

MOST_STATEMENTS = 50_000
"""At 86 a second, as many hops as a standard model has, one fader for nearly ten minutes."""

MOST_VALUES = 400_000
"""Of all statements together."""

MOST_TOGETHER, TOGETHER_S = 1024, 0.01
"""How many statements may fall into one hundredth of a second."""

MAX_GESTURE_GLIDE_S = 600.0


class TimedCommand(NamedTuple):
    """A command and when it is due, in seconds from the gesture's start."""

    seconds: float
    command: Command


@dataclass(frozen=True)
class Gesture:
    """A trajectory.

    Parameters
    ----------
    seconds
        How long it lasts, 0.01 to 3600.
    commands
        In the order of their times, 0 to `seconds`.

    Raises
    ------
    CommandError
        If it is too long, too much, or out of order.
    """

    seconds: float
    commands: tuple[TimedCommand, ...]

    def __post_init__(self) -> None:
        if not SHORTEST_S <= self.seconds <= LONGEST_S:
            raise CommandError(
                f"a gesture of {self.seconds:g} s; it must last {SHORTEST_S:g} to {LONGEST_S:g} s"
            )
        count = len(self.commands)
        if count > MOST_STATEMENTS:
            raise CommandError(f"{count} statements; the most are {MOST_STATEMENTS}", "full")
        values = sum(len(one.command.args) for one in self.commands)
        if values > MOST_VALUES:
            raise CommandError(f"{values} values; the most are {MOST_VALUES}", "full")
        newest = 0.0
        for seconds, command in self.commands:
            if not newest <= seconds <= self.seconds:
                raise CommandError(
                    f"{command.address} at {seconds:g} s; times rise from 0 to {self.seconds:g} s"
                )
            newest = seconds
        if max(Counter(slot(s.seconds) for s in self.commands).values(), default=0) > (
            MOST_TOGETHER
        ):
            raise CommandError(f"over {MOST_TOGETHER} statements in {TOGETHER_S:g} s", "full")


def slot(seconds: float) -> int:
    """Which hundredth of a second it is."""
    return int(seconds / TOGETHER_S)


def find(table: Mapping[str, Address], path: str) -> Address:
    """The address that a statement is about.

    Parameters
    ----------
    table
        Of `distill_live.addresses.instantiate`.
    path
        Without ``/distill``.

    Raises
    ------
    CommandError
        If there is none, or a gesture cannot move it: it never says whether the instrument sounds,
        and nothing to gestures.
    """
    address = table.get(path)
    if address is None:
        shown = printable(path[:80])
        raise CommandError(f"{shown}: this model has no such address", "unknown-address")
    if (
        address.owner != "engine"
        or address.access == "action"
        or path in TRANSPORT
        or path.startswith("/gesture/")
    ):
        raise CommandError(f"{path}: a gesture cannot move that", "forbidden")
    return address


def fit(table: Mapping[str, Address], command: Command) -> Command:
    """Coerce a command for one model and move a glide among its values to `glide_s`.

    Raises
    ------
    CommandError
        If this model cannot take it.
    """
    path, glide_s = command.address, command.glide_s
    address = find(table, path)
    values = coerce(address, command.args).values
    if address.arguments[len(values) - 1].optional:  # its own glide
        glide_s = float(values[-1])
        values = values[:-1]
    if glide_s is not None and not (isfinite(glide_s) and 0 <= glide_s <= MAX_GESTURE_GLIDE_S):
        raise CommandError(
            f"{path}: the glide is {glide_s:g} s; it must lie in 0 to {MAX_GESTURE_GLIDE_S:g}",
            "out-of-range",
        )
    return Command(path, values, glide_s=glide_s)
