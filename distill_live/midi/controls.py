"""Name MIDI controls; convert their values into positions. Sans-I/O."""

import re
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from math import inf
from typing import Literal, NamedTuple, cast

from distill_live.errors import ConfigurationError

Kind = Literal["cc", "bend", "pressure", "note", "program", "nrpn", "rpn"]

MAX_7_BIT = 127
"""Highest control number, and highest value of 7 bits."""

MAX_14_BIT = 128 * 128 - 1
"""Highest value of 14 bits."""

FINE_OFFSET = 32
"""Offset between the numbers of a 14-bit controller's coarse and fine half."""

REST_S = 0.25
"""Time without a message after which the order of a pair's halves is observed anew."""

WRAP_STEP = 64
"""Step of a fine half that is more likely a turn over, with its coarse half to follow."""

_HALVES_KEPT = 5  # one more than the longest order that is looked for

HIGHEST_NUMBER: Mapping[str, int] = {
    "cc": MAX_7_BIT,
    "note": MAX_7_BIT,
    "pressure": MAX_7_BIT,
    "program": MAX_14_BIT - 1,
    "nrpn": MAX_14_BIT - 1,
    "rpn": MAX_14_BIT - 1,
}
"""Highest number of a control, by kind; the parameter number 16383 selects none."""

_NAME = re.compile(
    r"(cc|note|pressure|program|nrpn|rpn) (0|[1-9]\d{0,4})|(bend|pressure|notes|programs)"
)


class MidiControl(NamedTuple):
    """One control of a device, or all notes, or all programs."""

    kind: Kind
    number: int | None = None
    """0 to `HIGHEST_NUMBER`; of a program 128 times the bank and its own. None for bend, channel
    pressure, and all notes or programs."""

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
    """0 to 127 (bend, parameters: to 16383); a note's velocity, 0 at its end; 127 for a program."""
    position: float
    """`value` normalised, 0 to 1."""
    steps: int | None = None
    """Steps of an increment or decrement, whose value is 0; None for any other event."""


def parse_control(text: str) -> MidiControl:
    """Parse a control's name: ``cc 16``, ``nrpn 300``, ``bend``, ``note 60``, ``programs`` ...

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
        if int(number) <= HIGHEST_NUMBER[kind]:
            return MidiControl(cast(Kind, kind), int(number))
    raise ConfigurationError(
        f"control is {text[:40]!r}; write 'cc N', 'note N', 'pressure N' (0 to {MAX_7_BIT}), "
        f"'program N', 'nrpn N', 'rpn N' (0 to {MAX_14_BIT - 1}), 'bend', 'pressure', 'notes' or "
        "'programs'"
    )


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
    """Signed steps of an endless knob.

    Parameters
    ----------
    value
        0 to 127.
    mode
        ``relative``: two's complement (127 is -1). ``offset``: about 64 (63 is -1). ``sign``: sign
        and magnitude (65 is -1).
    """
    if mode == "offset":
        return value - 64
    if value < 64:
        return value
    return 64 - value if mode == "sign" else value - 128


class ValuePair:
    """A value of 14 bits, whose coarse and fine half arrive as two messages, in either order.

    Where the coarse half comes first, every message acts at once, and a new coarse half is combined
    with the fine value nearest to the previous position, so that no message overshoots. Where the
    fine half comes first it waits for its coarse half, unless it moves on alone. Coarse halves
    without fine ones act as 7 bits.

    The order is that of the messages after a rest: coarse and fine, or fine and coarse twice.

    Parameters
    ----------
    monotonic
        Monotonic clock in seconds.
    """

    def __init__(self, monotonic: Callable[[], float] = time.perf_counter) -> None:
        self._monotonic = monotonic
        self._coarse: int | None = None
        self._fine: int | None = None
        self._fine_first = False
        self._order = ""  # of the halves since a rest: c and f
        self._moved_s = -inf

    def move(self, value: int, *, fine: bool) -> float | None:
        """Take one half, 0 to 127, and return the position, 0 to 1.

        Returns
        -------
        float or None
            None for a fine half that waits for its coarse half.
        """
        now_s = self._monotonic()
        last = self._order[-1:] if now_s - self._moved_s < REST_S else ""
        before = self._order if last else ""
        self._order = (before + ("f" if fine else "c"))[-_HALVES_KEPT:]
        self._moved_s = now_s
        return self._move_fine(value, last) if fine else self._move_coarse(value, last)

    def _move_fine(self, value: int, last: str) -> float | None:
        step = 0 if self._fine is None else abs(value - self._fine)
        self._fine = value
        if self._order == "cf":
            self._fine_first = False
        waits = self._fine_first or self._order == "fcf"  # which may become fine half first
        if self._coarse is None or (waits and step >= WRAP_STEP):
            return None
        if self._fine_first and last != "f":
            return None
        return position(128 * self._coarse + value, MAX_14_BIT)

    def _move_coarse(self, value: int, last: str) -> float:
        previous = value if self._coarse is None else self._coarse
        self._coarse = value
        if self._order == "fcfc":
            self._fine_first = True
        if self._fine is None or last == "c":
            return position(value, MAX_7_BIT)
        if not self._fine_first and value != previous:
            self._fine = 0 if value > previous else MAX_7_BIT
        return position(128 * value + self._fine, MAX_14_BIT)


class FineControllers:
    """State of 14-bit controllers, whose numbers are `FINE_OFFSET` apart.

    Parameters
    ----------
    monotonic
        Monotonic clock in seconds.
    """

    def __init__(self, monotonic: Callable[[], float] = time.perf_counter) -> None:
        self._pairs: dict[tuple[int, int], ValuePair] = defaultdict(lambda: ValuePair(monotonic))

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
            None for a fine half that waits for its coarse half.
        """
        pair = self._pairs[channel, number % FINE_OFFSET]
        return pair.move(value, fine=number >= FINE_OFFSET)
