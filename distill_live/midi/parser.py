"""Parse MIDI: bytes into messages, messages into control events. Sans-I/O.

After MIDI 1.0: running status, bank select, registered and non-registered parameter numbers (RPN,
NRPN) with data entry and increments, pressure of a channel and of a note.
"""

import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from distill_live.midi.controls import (
    MAX_7_BIT,
    MAX_14_BIT,
    ControlEvent,
    Kind,
    MidiControl,
    ValuePair,
    position,
)

BANK_MSB, BANK_LSB = 0, 32
DATA_MSB, DATA_LSB = 6, 38
INCREMENT, DECREMENT = 96, 97

PARAMETER_NUMBERS: Final[dict[int, tuple[Kind, bool]]] = {
    98: ("nrpn", False),
    99: ("nrpn", True),
    100: ("rpn", False),
    101: ("rpn", True),
}
"""Controllers that select a parameter: its kind, and whether they carry the upper 7 bits."""

_MESSAGE_BYTES = {0x8: 3, 0x9: 3, 0xA: 3, 0xB: 3, 0xC: 2, 0xD: 2, 0xE: 3}
_SYSTEM_BYTES = {0xF1: 2, 0xF2: 3, 0xF3: 2}
_SYSEX, _SYSEX_END, _REAL_TIME = 0xF0, 0xF7, 0xF8


class MessageSplitter:
    """Split a stream of MIDI bytes into messages, each with its status byte.

    A status byte may be left out where it equals the one before (running status). System exclusive
    messages are skipped.
    """

    def __init__(self) -> None:
        self._message: list[int] = []
        self._size = 0  # of the message that has begun; 0: data bytes are skipped

    def feed(self, data: bytes | list[int]) -> list[list[int]]:
        """Take bytes and return the messages that they complete."""
        complete: list[list[int]] = []
        for byte in data:
            if byte >= _REAL_TIME:  # even within another message
                complete.append([byte])
            elif byte >= _SYSEX:
                self._begin(byte, _SYSTEM_BYTES.get(byte, 0))
            elif byte >= 0x80:
                self._begin(byte, _MESSAGE_BYTES[byte >> 4])
            elif self._size:
                self._message.append(byte)
            if self._size and len(self._message) == self._size:
                complete.append(self._message)
                running = self._message[0] < _SYSEX
                self._begin(self._message[0], self._size if running else 0)
        return complete

    def _begin(self, status: int, size: int) -> None:
        self._message, self._size = [status], size


@dataclass
class _Channel:
    """What the messages of one channel have selected."""

    bank: dict[int, int] = field(default_factory=dict)  # by controller number
    kind: Kind | None = None
    halves: dict[bool, int] = field(default_factory=dict)  # of the parameter's number
    value: ValuePair = field(default_factory=ValuePair)
    last_selector: int | None = None

    @property
    def parameter(self) -> MidiControl | None:
        """The parameter that data entry sets; None if none is selected."""
        if self.kind is None or len(self.halves) < 2:
            return None
        number = 128 * self.halves[True] + self.halves[False]
        return None if number == MAX_14_BIT else MidiControl(self.kind, number)


class MidiParser:
    """Parse the messages of one port into control events.

    Data entry (CC 6 and 38) and its increments (CC 96 and 97) move the parameter that CC 98 to 101
    select, and are controllers of their own where none is selected. The selecting controllers are
    none, unless the same one is moved twice in a row.

    Parameters
    ----------
    monotonic
        Monotonic clock in seconds.
    """

    def __init__(self, monotonic: Callable[[], float] = time.perf_counter) -> None:
        self._monotonic = monotonic
        self._channels: dict[int, _Channel] = defaultdict(self._new_channel)

    def parse(self, message: Any) -> ControlEvent | None:
        """Control event of a `mido.Message`; None for clocks, selections and the like."""
        kind = message.type
        if kind == "control_change":
            return self._controller(message.channel + 1, message.control, message.value)
        if kind == "pitchwheel":
            value = message.pitch + (MAX_14_BIT + 1) // 2
            at = position(value, MAX_14_BIT)
            return ControlEvent(MidiControl("bend"), message.channel + 1, value, at)
        if kind == "program_change":
            number = 128 * self._bank(message.channel + 1) + message.program
            return ControlEvent(MidiControl("program", number), message.channel + 1, MAX_7_BIT, 1.0)
        if kind == "aftertouch":
            control, value = MidiControl("pressure"), message.value
        elif kind == "polytouch":
            control, value = MidiControl("pressure", message.note), message.value
        elif kind in ("note_on", "note_off"):
            control = MidiControl("note", message.note)
            value = message.velocity if kind == "note_on" else 0
        else:
            return None
        return ControlEvent(control, message.channel + 1, value, position(value, MAX_7_BIT))

    def _new_channel(self) -> _Channel:
        return _Channel(value=ValuePair(self._monotonic))

    def _controller(self, number: int, controller: int, value: int) -> ControlEvent | None:
        channel = self._channels[number]
        event = ControlEvent(
            MidiControl("cc", controller), number, value, position(value, MAX_7_BIT)
        )
        if controller in PARAMETER_NUMBERS:
            again = channel.last_selector == controller
            channel.last_selector = controller
            self._select(channel, controller, value)
            return event if again else None
        if controller in (BANK_MSB, BANK_LSB):
            channel.bank[controller] = value
        if controller not in (DATA_MSB, DATA_LSB, INCREMENT, DECREMENT):
            return event
        channel.last_selector = None
        parameter = channel.parameter
        if parameter is None:
            return event
        if controller in (INCREMENT, DECREMENT):
            return ControlEvent(parameter, number, 0, 0.0, 1 if controller == INCREMENT else -1)
        at = channel.value.move(value, fine=controller == DATA_LSB)
        if at is None:
            return None
        return ControlEvent(parameter, number, round(at * MAX_14_BIT), at)

    def _select(self, channel: _Channel, controller: int, value: int) -> None:
        kind, upper = PARAMETER_NUMBERS[controller]
        if kind != channel.kind:
            channel.kind, channel.halves = kind, {}
        elif channel.halves.get(upper) == value:
            return
        channel.halves[upper] = value
        channel.value = ValuePair(self._monotonic)

    def _bank(self, number: int) -> int:
        """Bank that a channel has selected: devices count it in either half, or in both."""
        bank = self._channels[number].bank
        msb, lsb = bank.get(BANK_MSB, 0), bank.get(BANK_LSB, 0)
        return 128 * msb + lsb if msb and lsb else max(msb, lsb)
