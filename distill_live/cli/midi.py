"""`distill-live midi`: the ports there are, learning by moving a knob, the mapping, the bridge."""

from pathlib import Path
from typing import Annotated

import typer

from distill_live.cli.app import PLAYING, app

MAPPING_HELP = "A TOML file that says what moves what."

midi = typer.Typer(
    no_args_is_help=True,
    help="MIDI: list ports, learn controls, show what moves what, bridge to another computer.",
)
app.add_typer(midi, name="midi", rich_help_panel=PLAYING)

MappingOption = Annotated[
    Path | None,
    typer.Option("--map", help=MAPPING_HELP, show_default="midi.toml in the user's folder"),
]


@midi.command()
def ports(
    as_json: Annotated[bool, typer.Option("--json", help="A JSON list.")] = False,
) -> None:
    """List the ports that --midi can choose."""
    from distill_live.midi.show import show_ports

    show_ports(as_json)


@midi.command()
def learn(
    address: Annotated[str, typer.Argument(help="What the control is to move: axis/brightness.")],
    values: Annotated[
        list[str] | None,
        typer.Argument(help="What a press is to say, where not the control's own value."),
    ] = None,
    port: Annotated[
        list[str] | None,
        typer.Option(help="Listen to this port only; repeatable.", show_default="all"),
    ] = None,
    channel: Annotated[
        int | None, typer.Option(help="Heed this channel only.", show_default="all")
    ] = None,
    ends: Annotated[
        tuple[float, float] | None,
        typer.Option(
            "--range", help="Values at the control's two ends.", show_default="the address'"
        ),
    ] = None,
    mode: Annotated[
        str, typer.Option(help="14-bit, relative, offset; of a note: hold, toggle, velocity.")
    ] = "",
    pickup: Annotated[
        bool | None,
        typer.Option(
            "--pickup/--jump",
            help="Take hold where the value is passed, or at once.",
            show_default="pickup for knobs",
        ),
    ] = None,
    mapping: MappingOption = None,
) -> None:
    """Wait until a control is moved, and let it move an address from now on."""
    from distill_live.midi.show import learn_control

    learn_control(
        address,
        tuple(values or ()),
        ports=tuple(port or ()),
        channel=channel,
        ends=ends,
        mode=mode,
        pickup=pickup,
        mapping=mapping,
    )


@midi.command()
def show(
    mapping: MappingOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="A JSON list.")] = False,
) -> None:
    """Show what moves what."""
    from distill_live.midi.show import show_mapping

    show_mapping(mapping, as_json)


@midi.command()
def bridge(
    port: Annotated[list[str], typer.Argument(help="Number or part of the name of each port.")],
    osc_to: Annotated[
        str, typer.Option(help="host:port where the instrument listens for OSC.")
    ] = "127.0.0.1:9010",
    mapping: MappingOption = None,
) -> None:
    """Play an instrument that runs already, here or on another computer, until Ctrl-C."""
    from distill_live.midi.settings import MidiSettings, parse_target
    from distill_live.midi.standalone import bridge_until_told

    host, number = parse_target(osc_to)
    bridge_until_told(MidiSettings(tuple(port), mapping), host, number)
