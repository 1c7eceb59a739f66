"""`distill-live` without a command: play a model live."""

from pathlib import Path
from typing import Annotated

import typer

from distill_live import __version__
from distill_live.cli.app import (
    DEMO,
    MODEL_HELP,
    SEED_HELP,
    BlockOption,
    ChannelsOption,
    DeviceOption,
    DeviceRateOption,
    ExclusiveOption,
    LatencyOption,
    NullOption,
    OscHostOption,
    OscPortOption,
    app,
    control_option,
    input_option,
    output_option,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"distill-live {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def play(
    context: typer.Context,
    model: Annotated[
        list[str] | None,
        typer.Option(
            help=f"{MODEL_HELP} Up to 4; the others start silent, /model/blend mixes them in.",
            show_default=DEMO,
        ),
    ] = None,
    device: DeviceOption = None,
    block: BlockOption = None,
    samplerate: DeviceRateOption = None,
    latency: LatencyOption = None,
    exclusive: ExclusiveOption = False,
    null: NullOption = False,
    wait_for_data: Annotated[
        bool,
        output_option(
            "--wait-for-data",
            help="Block the device until sound is ready (JACK in freewheel mode).",
        ),
    ] = False,
    channels: ChannelsOption = 2,
    seed: Annotated[int, typer.Option(help=SEED_HELP)] = 0,
    seconds: Annotated[
        float | None,
        typer.Option(
            help="Duration; by default until Ctrl-C. Exit status 1 if a --device is missing then."
        ),
    ] = None,
    record: Annotated[
        Path | None, typer.Option(help="Record the output to this WAV file, and its log beside it.")
    ] = None,
    initially: Annotated[
        list[str] | None,
        typer.Option("--set", help="Initial value, such as '/gain -6'; repeatable."),
    ] = None,
    osc_host: OscHostOption = "127.0.0.1",
    osc_port: OscPortOption = 9010,
    osc_tcp_port: Annotated[
        int | None,
        control_option(
            help="TCP port for OSC in SLIP frames; 0 for any free port.", show_default="none"
        ),
    ] = None,
    http_port: Annotated[
        int | None,
        control_option(
            help="HTTP port for the play page and OSCQuery; 0 for any free port.",
            show_default="9011, or the next free one",
        ),
    ] = None,
    no_http: Annotated[
        bool, control_option("--no-http", help="Serve neither the play page nor OSCQuery.")
    ] = False,
    open_page: Annotated[
        bool, control_option("--open", help="Open the play page in the browser.")
    ] = False,
    http_name: Annotated[
        list[str] | None,
        control_option(
            help="Further name by which HTTP clients find this computer, such as studio.lan; "
            "repeatable."
        ),
    ] = None,
    midi: Annotated[
        list[str] | None,
        control_option(help="MIDI port: its number or part of its name; repeatable."),
    ] = None,
    midi_map: Annotated[
        Path | None,
        control_option(help="TOML file of the MIDI mapping.", show_default="your midi.toml"),
    ] = None,
    input_: Annotated[
        str | None,
        input_option(
            "--input",
            help="Input device: its number, part of its name, or 'default'; what it hears plays "
            "the model.",
            show_default="none",
        ),
    ] = None,
    input_channel: Annotated[
        int, input_option(help="Channel of the input device that is heard, from 1.")
    ] = 1,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print warnings only.")] = False,
    _version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=_show_version, help="Print the version."),
    ] = False,
) -> None:
    """Play a model live, driven by OSC."""
    if context.invoked_subcommand is not None:
        for name in context.params:
            source = context.get_parameter_source(name)
            if source is not None and source.name == "COMMANDLINE":
                raise typer.BadParameter(
                    f"put the options of '{context.invoked_subcommand}' after it, not before it"
                )
        return
    from distill_live.addresses import parse_setting
    from distill_live.library import find_model
    from distill_live.live.control.session import play_live
    from distill_live.live.settings import DEFAULT_HTTP_PORT, LiveSettings
    from distill_live.midi.supervisor import MidiSettings

    if no_http and (http_port is not None or http_name or open_page):
        raise typer.BadParameter(
            "--no-http excludes --http-port, --http-name and --open; leave it out"
        )
    if midi_map is not None and not midi:
        raise typer.BadParameter("--midi-map needs --midi PORT")
    settings = LiveSettings(
        models=tuple(map(find_model, model or [DEMO])),
        device=device,
        block_frames=block,
        sample_rate_hz=samplerate,
        latency_ms=latency,
        exclusive=exclusive,
        null=null,
        wait_for_data=wait_for_data,
        channels=channels,
        seed=seed,
        seconds=seconds,
        record=record,
        initial=tuple(map(parse_setting, initially or ())),
        osc_host=osc_host,
        osc_port=osc_port,
        osc_tcp_port=osc_tcp_port,
        http_port=None if no_http else DEFAULT_HTTP_PORT if http_port is None else http_port,
        http_or_next=http_port is None,
        http_names=tuple(http_name or ()),
        open_page=open_page,
        midi=MidiSettings(tuple(midi), midi_map) if midi else None,
        input=None if input_ == "none" else input_,
        input_channel=input_channel,
    )
    play_live(settings, quiet=quiet)
