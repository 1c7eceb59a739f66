"""MIDI learn: detect which control a performer moves."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from distill_live.errors import DeviceError
from distill_live.midi.bindings import Mode
from distill_live.midi.controls import FINE_OFFSET, MidiControl, parse_message
from distill_live.midi.ports import MidiInput, MidiPort, find_port

LISTENING_S = 1.0
"""How long messages are collected after the first one."""


def most_moved(messages: Iterable[Any]) -> tuple[MidiControl, Mode | None] | None:
    """Control with the most messages, and its mode if detected; None without any control event.

    Parameters
    ----------
    messages
        `mido.Message` objects. Note ends do not count. A controller below 32 whose fine half also
        arrives is detected as 14-bit.
    """
    events = [event for event in map(parse_message, messages) if event is not None]
    moved = Counter(
        event.control for event in events if event.value or event.control.kind != "note"
    )
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


async def detect_control(queue: "asyncio.Queue[Any]") -> tuple[MidiControl, Mode | None]:
    """Wait for a control to move; return it and its mode if detected."""
    messages: list[Any] = []
    while most_moved(messages) is None:
        messages = [await queue.get()]
    await asyncio.sleep(LISTENING_S)
    while not queue.empty():
        messages.append(queue.get_nowait())
    found = most_moved(messages)
    assert found is not None
    return found
