"""`distill-live midi`: list ports, learn controls, show the mapping, bridge to another computer."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from distill_live.cli.app import PLAYING, JsonOption, app
from distill_live.cli.tables import print_table
from distill_live.device_selection import stderr_silenced
from distill_live.errors import ConfigurationError, DeviceError
from distill_live.files import printable

if TYPE_CHECKING:
    from distill_live.addresses import Value
    from distill_live.midi.bindings import Binding, Mode
    from distill_live.midi.controls import MidiControl

midi = typer.Typer(
    no_args_is_help=True,
    help="MIDI: list ports, learn controls, show the mapping, bridge to another computer.",
)
app.add_typer(midi, name="midi", rich_help_panel=PLAYING)

MappingOption = Annotated[
    Path | None,
    typer.Option("--map", help="TOML file of the mapping.", show_default="your midi.toml"),
]


@midi.command()
def ports(
    as_json: JsonOption = False,
) -> None:
    """List the ports that --midi accepts."""
    from distill_live.midi.ports import MidiInput

    with stderr_silenced():
        system = MidiInput()
        found = system.ports()
        system.close()
    if as_json:
        print(json.dumps([port._asdict() for port in found], indent=2))
    elif found:
        print("\n".join(f"{port.number}  {printable(port.name)}" for port in found))
    else:
        raise DeviceError("there is no MIDI port; connect a device")


@midi.command()
def learn(
    address: Annotated[str, typer.Argument(help="Address to control, such as axis/brightness.")],
    values: Annotated[
        list[str] | None,
        typer.Argument(help="Values to send on a press, instead of the control's own value."),
    ] = None,
    port: Annotated[
        list[str] | None,
        typer.Option(help="Listen to this port only; repeatable.", show_default="all"),
    ] = None,
    channel: Annotated[
        int | None, typer.Option(help="Respond to this channel only.", show_default="all")
    ] = None,
    ends: Annotated[
        tuple[float, float] | None,
        typer.Option(
            "--range",
            help="Values at the control's low and high end.",
            show_default="the address' range",
        ),
    ] = None,
    mode: Annotated[
        str,
        typer.Option(help="14-bit, relative, offset, sign; for a note: hold, toggle, velocity."),
    ] = "",
    pressure: Annotated[
        bool, typer.Option("--pressure", help="Learn a pad's pressure, not its note.")
    ] = False,
    pickup: Annotated[
        bool | None,
        typer.Option(
            "--pickup/--jump",
            help="Act once the control passes the current value, or at once.",
            show_default="pickup for knobs",
        ),
    ] = None,
    mapping: MappingOption = None,
) -> None:
    """Wait for a control to move, and map it to an address."""
    import asyncio

    from distill_live.midi.bindings import Binding
    from distill_live.midi.controls import MidiControl
    from distill_live.midi.mapping_file import add_binding, read_mapping

    pressed = _parse_values(address, values or ())

    def bind(control: "MidiControl", its_mode: "Mode | str") -> "Binding":
        return Binding(control, address, channel, its_mode, ends, pickup, pressed)  # type: ignore[arg-type]

    # Refuse what cannot work before the performer moves anything.
    bind(MidiControl("cc", 0), "" if mode in ("hold", "toggle", "velocity") else mode)
    if mapping is None or mapping.exists():
        read_mapping(mapping)
    control, detected = asyncio.run(_detect(tuple(port or ()), address, pressure=pressure))
    binding = bind(control, mode or ("" if pressed or detected is None else detected))
    file = add_binding(mapping, binding)
    print(
        f"{binding.control} moves {binding.address.strip('/')} ({_describe(binding)}); "
        f"written to {printable(file)}"
    )


@midi.command()
def show(
    mapping: MappingOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show which control moves which address."""
    from distill_live.midi.mapping_file import read_mapping

    read = read_mapping(mapping)
    own = {binding.key for binding in read.own}
    bindings = sorted(read.bindings.values(), key=lambda binding: binding.key not in own)
    if as_json:
        print(json.dumps([_as_json(binding, binding.key in own) for binding in bindings], indent=2))
        return
    print_table(
        ("control", "channel", "address", "how", ""),
        [
            (
                binding.control,
                binding.channel or "all",
                binding.address.strip("/"),
                _describe(binding),
                "" if binding.key in own else "default",
            )
            for binding in bindings
        ],
    )


@midi.command()
def bridge(
    port: Annotated[list[str], typer.Argument(help="MIDI ports: numbers or parts of names.")],
    osc_to: Annotated[
        str, typer.Option(help="OSC address of the instrument, as host:port.")
    ] = "127.0.0.1:9010",
    mapping: MappingOption = None,
) -> None:
    """Play a running instrument by MIDI, here or on another computer, until Ctrl-C."""
    from distill_live.midi.supervisor import MidiSettings, parse_target, run_bridge

    host, number = parse_target(osc_to)
    run_bridge(MidiSettings(tuple(port), mapping), host, number)


async def _detect(
    wanted: Sequence[str], address: str, *, pressure: bool
) -> "tuple[MidiControl, Mode | None]":
    """Listen to ports, ask for a control to be moved, and return it."""
    from distill_live.midi.learning import detect_control, open_ports

    with stderr_silenced():
        opened, inputs, messages = open_ports(wanted)
    names = ", ".join(printable(port.name) for port in opened)
    print(f"Move the control for {address} (listening to {names}). Ctrl-C cancels.", flush=True)
    try:
        return await detect_control(messages, pressure=pressure)
    finally:
        for each in inputs:
            each.close()


def _parse_values(address: str, words: Sequence[str]) -> "tuple[Value, ...]":
    """Convert words of the command line to the types of the address' arguments."""
    from distill_live.midi.bindings import find_address

    arguments = find_address("/" + address.removeprefix("/distill").strip("/")).arguments
    values: list[Value] = []
    for index, word in enumerate(words):
        if index < len(arguments) and arguments[index].kind == "s":
            values.append(word)
            continue
        try:
            values.append(float(word))
        except ValueError:
            raise ConfigurationError(
                f"{word[:40]!r} is not a number; {address} takes a number there"
            ) from None
    return tuple(values)


def _describe(binding: "Binding") -> str:
    """How a control moves its address, in a few words."""
    if binding.play == "button":
        return (
            " ".join(["a press sends", *map(str, binding.values)]) if binding.values else "a press"
        )
    if binding.play == "preset":
        return f"{binding.first} is the first preset"
    if binding.play == "number":
        return f"{binding.first} is 0"
    low, high = binding.ends
    words = [f"{low:g} to {high:g}", binding.mode, "pickup" if binding.has_pickup else ""]
    return ", ".join(word for word in words if word)


def _as_json(binding: "Binding", own: bool) -> dict[str, object]:
    return {
        "control": str(binding.control),
        "channel": binding.channel,
        "address": binding.address,
        "play": binding.play,
        "range": list(binding.ends) if binding.play not in ("button", "preset") else None,
        "mode": binding.mode or None,
        "pickup": binding.has_pickup,
        "values": list(binding.values),
        "first": binding.first,
        "default": not own,
    }
