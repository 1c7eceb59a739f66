"""MIDI learn: detect which control a performer moves."""

import asyncio
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from typing import Any

from distill_live.errors import DeviceError
from distill_live.midi.bindings import Mode
from distill_live.midi.controls import FINE_OFFSET, ControlEvent, MidiControl
from distill_live.midi.parser import BANK_LSB, BANK_MSB, PARAMETER_NUMBERS, MidiParser
from distill_live.midi.ports import MidiInput, MidiPort, find_port

LISTENING_S = 1.0
"""How long messages are collected after the first one."""

MAX_MESSAGES = 1000
"""Maximum number of messages that are considered."""

_BANK = {MidiControl("cc", BANK_MSB), MidiControl("cc", BANK_LSB)}
_SELECTORS = {MidiControl("cc", number) for number in PARAMETER_NUMBERS}


def most_moved(
    messages: Iterable[Any], *, pressure: bool = False
) -> tuple[MidiControl, Mode | None] | None:
    """Control with the most messages, and its mode if detected; None without any control event.

    Parameters
    ----------
    messages
        `mido.Message` objects. Note ends do not count. A controller below 32 whose fine half also
        arrives is detected as 14-bit. The pressure of a pad does not count beside its note, nor a
        bank beside its program.
    pressure
        Count pressure alone.
    """
    events = _events(list(messages))
    moved = Counter(
        event.control for event in events if event.value or event.control.kind != "note"
    )
    kinds = {control.kind for control in moved}
    for control in list(moved):
        is_pressure = control.kind == "pressure"
        counts = is_pressure if pressure else not (is_pressure and "note" in kinds)
        if not counts or (control in _BANK and "program" in kinds):
            del moved[control]
    if not moved:
        return None
    control = moved.most_common(1)[0][0]
    if control.kind != "cc" or control.number is None:
        return control, None
    coarse = MidiControl("cc", control.number % FINE_OFFSET)
    fine = MidiControl("cc", control.number % FINE_OFFSET + FINE_OFFSET)
    if control.number < 2 * FINE_OFFSET and {coarse, fine} <= moved.keys():
        return coarse, "14-bit"
    return control, None


def _events(messages: list[Any]) -> list[ControlEvent]:
    """Control events; a controller that selects parameters counts only where it moves alone."""
    parser = MidiParser()
    events = [event for event in map(parser.parse, messages) if event is not None]
    if any(event.control.kind in ("nrpn", "rpn") for event in events):
        return [event for event in events if event.control not in _SELECTORS]
    moved = {m.control for m in messages if m.type == "control_change"}
    alone = {number for number in PARAMETER_NUMBERS if number ^ 1 not in moved}
    return [event for event in events if event.control not in _SELECTORS] + [
        ControlEvent(MidiControl("cc", m.control), m.channel + 1, m.value, 0.0)
        for m in messages
        if m.type == "control_change" and m.control in alone
    ]


def open_ports(
    wanted: Sequence[str],
) -> tuple[list[MidiPort], list[MidiInput], "asyncio.Queue[Any]"]:
    """Open ports, or all ports if `wanted` is empty, in the running loop.

    Returns
    -------
    tuple
        The ports, their inputs, and the queue that receives each `mido.Message`.

    Raises
    ------
    DeviceError
        If a port is missing or refuses, or there is none.
    """
    loop = asyncio.get_running_loop()
    messages: asyncio.Queue[Any] = asyncio.Queue()
    first = MidiInput()
    available = first.ports()
    ports = [find_port(available, name) for name in wanted] or available
    if not ports:
        raise DeviceError("there is no MIDI port; connect a device")
    inputs = [first, *(MidiInput() for _ in ports[1:])]

    def receive(message: Any) -> None:
        loop.call_soon_threadsafe(messages.put_nowait, message)

    for port, opened in zip(ports, inputs, strict=True):
        opened.open(port, receive)
    return ports, inputs, messages


async def detect_control(
    queue: "asyncio.Queue[Any]", *, pressure: bool = False
) -> tuple[MidiControl, Mode | None]:
    """Wait for a control to move; return it and its mode if detected."""
    messages: deque[Any] = deque(maxlen=MAX_MESSAGES)
    while True:
        while most_moved(messages, pressure=pressure) is None:
            messages.append(await queue.get())
        await asyncio.sleep(LISTENING_S)
        while not queue.empty():
            messages.append(queue.get_nowait())
        found = most_moved(messages, pressure=pressure)
        if found is not None:  # half of a selected parameter alone seemed to be a control
            return found
