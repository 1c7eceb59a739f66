"""Controls of a MIDI device: what they are called, and where a knob stands. Sans-I/O.

It knows MIDI messages; it does not know what they move.
"""

import re
from typing import Any, Literal, NamedTuple

from distill_live.errors import ConfigurationError

Kind = Literal["cc", "bend", "pressure", "note", "program"]

HIGHEST = 127
"""The highest number, and the highest value of 7 bits."""

HIGHEST_FINE = 128 * 128 - 1
"""The highest value of 14 bits."""

FINE_OFFSET = 32
"""What lies between the numbers of a controller's coarse and fine half."""

_NAME = re.compile(r"(cc|note|program) (0|[1-9]\d{0,2})|(bend|pressure|notes|programs)")
_KINDS: dict[str, Kind] = {
    "cc": "cc",
    "bend": "bend",
    "pressure": "pressure",
    "note": "note",
    "notes": "note",
    "program": "program",
    "programs": "program",
}


class Control(NamedTuple):
    """A control, or all notes, or all programs."""

    kind: Kind
    number: int | None = None
    """0 to 127; None for what has no number, and for all notes or programs."""

    def __str__(self) -> str:
        if self.number is not None:
            return f"{self.kind} {self.number}"
        return {"note": "notes", "program": "programs"}.get(self.kind, self.kind)


class Event(NamedTuple):
    """What a control has done."""

    control: Control
    channel: int
    """1 to 16."""
    value: int
    """0 to 127, of a bend to 16383; a note's velocity, 0 when it ends; 127 for a program."""


def parse_control(text: str) -> Control:
    """A control by its name: ``cc 16``, ``bend``, ``pressure``, ``note 60``, ``programs`` ...

    Raises
    ------
    ConfigurationError
        If it is none.
    """
    found = _NAME.fullmatch(text)
    if found is not None:
        kind, number, whole = found.groups()
        if whole is not None:
            return Control(_KINDS[whole])
        if int(number) <= HIGHEST:
            return Control(_KINDS[kind], int(number))
    raise ConfigurationError(
        f"control is {text[:40]!r}; there are 'cc N', 'note N' and 'program N' with N from 0 to "
        f"{HIGHEST}, 'bend', 'pressure', 'notes' and 'programs'"
    )


def read(message: Any) -> Event | None:
    """What a `mido.Message` says of a control; None for clocks, keys' own pressure and the like."""
    kind = message.type
    if kind == "control_change":
        return Event(Control("cc", message.control), message.channel + 1, message.value)
    if kind == "pitchwheel":
        return Event(Control("bend"), message.channel + 1, message.pitch + (HIGHEST_FINE + 1) // 2)
    if kind == "aftertouch":
        return Event(Control("pressure"), message.channel + 1, message.value)
    if kind == "note_on":
        return Event(Control("note", message.note), message.channel + 1, message.velocity)
    if kind == "note_off":
        return Event(Control("note", message.note), message.channel + 1, 0)
    if kind == "program_change":
        return Event(Control("program", message.program), message.channel + 1, HIGHEST)
    return None


def position(value: int, highest: int) -> float:
    """Where a control stands: 0 at its low end, exactly 0.5 in MIDI's middle (64), 1 at the top."""
    middle = (highest + 1) // 2
    if value <= middle:
        return 0.5 * value / middle
    return 0.5 + 0.5 * (value - middle) / (highest - middle)


def ticks(value: int, mode: str) -> int:
    """How far an endless knob was turned: ``relative`` is two's complement, ``offset`` about 64."""
    if mode == "offset":
        return value - 64
    return value if value < 64 else value - 128


class FineControllers:
    """Controllers of 14 bits: two messages, the coarse half first, each heard at once.

    A new coarse half counts with the fine one that is nearest to where the knob was, so that no
    message overshoots and none waits for another. Without any fine half it is one of 7 bits.
    """

    def __init__(self) -> None:
        self._coarse: dict[tuple[int, int], int] = {}  # by channel and number
        self._fine: dict[tuple[int, int], int] = {}

    def turn(self, channel: int, number: int, value: int) -> float | None:
        """Where the knob stands now, 0 to 1.

        Parameters
        ----------
        channel
            1 to 16.
        number
            The controller's, 0 to 31, or that of its fine half, 32 to 63.
        value
            0 to 127.

        Returns
        -------
        float or None
            None for a fine half without a coarse one.
        """
        key = (channel, number % FINE_OFFSET)
        if number >= FINE_OFFSET:
            self._fine[key] = value
            if key not in self._coarse:
                return None
        else:
            last = self._coarse.get(key, value)
            self._coarse[key] = value
            if key not in self._fine:
                return position(value, HIGHEST)
            if value != last:
                self._fine[key] = 0 if value > last else HIGHEST
        return position(128 * self._coarse[key] + self._fine[key], HIGHEST_FINE)
