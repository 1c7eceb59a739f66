"""What `distill-live midi` prints: ports, the mapping, what was learnt."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

from distill_live.addresses import Value
from distill_live.columns import columns
from distill_live.errors import ConfigurationError, DeviceError
from distill_live.files import printable
from distill_live.live.audio.devices import chatter_silenced
from distill_live.midi.bindings import Binding, Mode, find_address
from distill_live.midi.controls import Control
from distill_live.midi.learning import listen, open_ports
from distill_live.midi.mapping_file import learn, read_mapping
from distill_live.midi.ports import Input


def show_ports(as_json: bool = False) -> None:
    """Print the input ports.

    Raises
    ------
    DeviceError
        If there is no MIDI system or, for the lines, no port.
    """
    with chatter_silenced():
        system = Input()
        ports = system.ports()
        system.close()
    if as_json:
        print(json.dumps([port._asdict() for port in ports], indent=2))
    elif ports:
        print("\n".join(f"{port.number}  {printable(port.name)}" for port in ports))
    else:
        raise DeviceError("there is no MIDI port; connect a device")


def show_mapping(path: Path | None, as_json: bool = False) -> None:
    """Print what moves what: the performer's own first, then what plays without a file.

    Raises
    ------
    ConfigurationError
        If something is wrong in the file.
    """
    mapping = read_mapping(path)
    own = {binding.key for binding in mapping.own}
    bindings = sorted(mapping.bindings.values(), key=lambda binding: binding.key not in own)
    if as_json:
        print(json.dumps([_as_json(binding, binding.key in own) for binding in bindings], indent=2))
        return
    rows = [("control", "channel", "address", "how", "")]
    for binding in bindings:
        channel = "all" if binding.channel is None else str(binding.channel)
        whose = "" if binding.key in own else "default"
        where = binding.address.strip("/")
        rows.append((str(binding.control), channel, where, describe(binding), whose))
    print("\n".join(columns(rows)))


def describe(binding: Binding) -> str:
    """How a control moves its address, in a few words."""
    if binding.play == "button":
        return (
            " ".join(["a press says", *map(str, binding.values)]) if binding.values else "a press"
        )
    if binding.play == "preset":
        return f"{binding.first} is the first preset of the list"
    if binding.play == "number":
        return f"{binding.first} is 0"
    low, high = binding.ends
    words = [f"{low:g} to {high:g}", binding.mode, "pickup" if binding.waits else ""]
    return ", ".join(word for word in words if word)


def learn_control(
    address: str,
    values: Sequence[str] = (),
    *,
    ports: Sequence[str] = (),
    channel: int | None = None,
    ends: tuple[float, float] | None = None,
    mode: Mode | str = "",
    pickup: bool | None = None,
    mapping: Path | None = None,
) -> None:
    """Wait until a control is moved, write what it moves from now on, and print it.

    Parameters
    ----------
    address
        What it shall move.
    values
        What a press says, where it is not the control's own value.
    ports
        Which to listen to; all where there are none.
    channel, ends, mode, pickup
        As for `Binding`.
    mapping
        The file; None for the user's own.

    Raises
    ------
    ConfigurationError
        If the address cannot be moved so, or the file is damaged or cannot be written.
    DeviceError
        If there is no port.
    """
    said = _typed(address, values)

    def bind(control: Control, its_mode: Mode | str) -> Binding:
        return Binding(control, address, channel, its_mode, ends, pickup, said)  # type: ignore[arg-type]

    bind(Control("cc", 0), "" if mode in ("hold", "toggle", "velocity") else mode)  # before moving
    if mapping is None or mapping.exists():
        read_mapping(mapping)
    control, seen = asyncio.run(_listen(ports, address))
    binding = bind(control, mode or ("" if said or seen is None else seen))
    file = learn(mapping, binding)
    print(
        f"{binding.control} moves {binding.address.strip('/')} ({describe(binding)}); "
        f"written to {printable(file)}"
    )


async def _listen(wanted: Sequence[str], address: str) -> tuple[Control, Mode | None]:
    with chatter_silenced():
        ports, inputs, heard = open_ports(wanted)
    names = ", ".join(printable(port.name) for port in ports)
    print(f"Move what shall move {address} ({names}); Ctrl-C ends it.", flush=True)
    try:
        return await listen(heard)
    finally:
        for opened in inputs:
            opened.close()


def _typed(address: str, values: Sequence[str]) -> tuple[Value, ...]:
    """Words of the command line, as the address takes them."""
    arguments = find_address("/" + address.removeprefix("/distill").strip("/")).arguments
    typed: list[Value] = []
    for index, word in enumerate(values):
        if index < len(arguments) and arguments[index].kind == "s":
            typed.append(word)
            continue
        try:
            typed.append(float(word))
        except ValueError:
            raise ConfigurationError(f"{word[:40]!r} is no number, as {address} takes") from None
    return tuple(typed)


def _as_json(binding: Binding, own: bool) -> dict[str, object]:
    return {
        "control": str(binding.control),
        "channel": binding.channel,
        "address": binding.address,
        "play": binding.play,
        "range": list(binding.ends) if binding.play not in ("button", "preset") else None,
        "mode": binding.mode or None,
        "pickup": binding.waits,
        "values": list(binding.values),
        "first": binding.first,
        "default": not own,
    }
