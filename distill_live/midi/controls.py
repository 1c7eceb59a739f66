"""Parse MIDI messages into control events, and values into positions. Sans-I/O."""

import re
from typing import Any, Literal, NamedTuple, cast

from distill_live.errors import ConfigurationError

Kind = Literal["cc", "bend", "pressure", "note", "program"]

MAX_7_BIT = 127
"""Highest control number, and highest value of 7 bits."""

MAX_14_BIT = 128 * 128 - 1
"""Highest value of 14 bits."""

FINE_OFFSET = 32
"""Offset between the numbers of a 14-bit controller's coarse and fine half."""

_NAME = re.compile(r"(cc|note|program) (0|[1-9]\d{0,2})|(bend|pressure|notes|programs)")


class MidiControl(NamedTuple):
    """One control of a device, or all notes, or all programs."""

    kind: Kind
    number: int | None = None
    """0 to 127; None for bend and pressure, and for all notes or programs."""

    def __str__(self) -> str:
        if self.number is not None:
            return f"{self.kind} {self.number}"
        return {"note": "notes", "program": "programs"}.get(self.kind, self.kind)


class ControlEvent(NamedTuple):
    """Movement of a control."""

    control: MidiControl
    channel: int
    """1 to 16."""
    value: int
    """0 to 127 (bend: to 16383); a note's velocity, 0 at its end; 127 for a program."""


def parse_control(text: str) -> MidiControl:
    """Parse a control's name: ``cc 16``, ``bend``, ``pressure``, ``note 60``, ``programs`` ...

    Raises
    ------
    ConfigurationError
        If the name is unknown.
    """
    found = _NAME.fullmatch(text)
    if found is not None:
        kind, number, whole = found.groups()
        if whole is not None:
            return MidiControl(cast(Kind, whole.removesuffix("s")))
        if int(number) <= MAX_7_BIT:
            return MidiControl(cast(Kind, kind), int(number))
    raise ConfigurationError(
        f"control is {text[:40]!r}; write 'cc N', 'note N' or 'program N' with N from 0 to "
        f"{MAX_7_BIT}, 'bend', 'pressure', 'notes' or 'programs'"
    )


def parse_message(message: Any) -> ControlEvent | None:
    """Control event of a `mido.Message`; None for clocks, polyphonic pressure and the like."""
    match message.type:
        case "control_change":
            control, value = MidiControl("cc", message.control), message.value
        case "pitchwheel":
            control, value = MidiControl("bend"), message.pitch + (MAX_14_BIT + 1) // 2
        case "aftertouch":
            control, value = MidiControl("pressure"), message.value
        case "note_on" | "note_off":
            control = MidiControl("note", message.note)
            value = message.velocity if message.type == "note_on" else 0
        case "program_change":
            control, value = MidiControl("program", message.program), MAX_7_BIT
        case _:
            return None
    return ControlEvent(control, message.channel + 1, value)


def position(value: int, highest: int) -> float:
    """Normalise a value: 0 at the low end, exactly 0.5 at MIDI's centre (64 of 127), 1 at the top.

    Parameters
    ----------
    value
        0 to `highest`.
    highest
        `MAX_7_BIT` or `MAX_14_BIT`.
    """
    middle = (highest + 1) // 2
    if value <= middle:
        return 0.5 * value / middle
    return 0.5 + 0.5 * (value - middle) / (highest - middle)


def relative_steps(value: int, mode: str) -> int:
    """Signed steps of an endless knob: ``relative`` is two's complement, ``offset`` is about 64."""
    if mode == "offset":
        return value - 64
    return value if value < 64 else value - 128


class FineControllers:
    """State of 14-bit controllers, whose coarse and fine halves arrive as two messages.

    Every message acts at once. A new coarse half is combined with the fine value nearest to the
    previous position, so that no message overshoots. Without fine messages it acts as 7 bits.
    """

    def __init__(self) -> None:
        self._coarse: dict[tuple[int, int], int] = {}  # by channel and number
        self._fine: dict[tuple[int, int], int] = {}

    def move(self, channel: int, number: int, value: int) -> float | None:
        """Take one message and return the position, 0 to 1.

        Parameters
        ----------
        channel
            1 to 16.
        number
            Controller number of the coarse half, 0 to 31, or of the fine half, 32 to 63.
        value
            0 to 127.

        Returns
        -------
        float or None
            None for a fine half before any coarse one.
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
                return position(value, MAX_7_BIT)
            if value != last:
                self._fine[key] = 0 if value > last else MAX_7_BIT
        return position(128 * self._coarse[key] + self._fine[key], MAX_14_BIT)
