"""Learning by moving: which control was meant, of what was heard meanwhile."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from distill_live.errors import DeviceError
from distill_live.midi.bindings import Mode
from distill_live.midi.controls import FINE_OFFSET, Control, read
from distill_live.midi.ports import Input, Port, find_port

LISTENING_S = 1.0
"""How long a control is listened to after its first message."""


def learnt(messages: Iterable[Any]) -> tuple[Control, Mode | None] | None:
    """The control that was moved most, and its mode where that is seen; None if there was none.

    Parameters
    ----------
    messages
        `mido.Message` in order. The ends of notes do not count. A controller below 32 whose fine
        half is heard too has 14 bits.
    """
    events = [event for event in map(read, messages) if event is not None]
    moved = Counter(
        event.control for event in events if event.value or event.control.kind != "note"
    )
    if not moved:
        return None
    control = moved.most_common(1)[0][0]
    if control.kind != "cc" or control.number is None:
        return control, None
    coarse = Control("cc", control.number % FINE_OFFSET)
    fine = Control("cc", control.number % FINE_OFFSET + FINE_OFFSET)
    if control.number < 2 * FINE_OFFSET and {coarse, fine} <= moved.keys():
        return coarse, "14-bit"
    return control, None


def open_ports(wanted: Sequence[str]) -> tuple[list[Port], list[Input], "asyncio.Queue[Any]"]:
    """Listen to ports, or to all that there are, in the running loop.

    Raises
    ------
    DeviceError
        If there is none, or one refuses.
    """
    loop = asyncio.get_running_loop()
    heard: asyncio.Queue[Any] = asyncio.Queue()
    first = Input()
    there = first.ports()
    ports = [find_port(there, name) for name in wanted] or there
    if not ports:
        raise DeviceError("there is no MIDI port; connect a device")
    inputs = [first, *(Input() for _ in ports[1:])]

    def receive(message: Any) -> None:
        loop.call_soon_threadsafe(heard.put_nowait, message)

    for port, opened in zip(ports, inputs, strict=True):
        opened.open(port, receive)
    return ports, inputs, heard


async def listen(heard: "asyncio.Queue[Any]") -> tuple[Control, Mode | None]:
    """Wait until a control is moved, and say which."""
    messages: list[Any] = []
    while learnt(messages) is None:
        messages = [await heard.get()]
    await asyncio.sleep(LISTENING_S)
    while not heard.empty():
        messages.append(heard.get_nowait())
    found = learnt(messages)
    assert found is not None
    return found
