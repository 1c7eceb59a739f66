"""`distill-live` without a command: it plays. And what it can play to."""

from pathlib import Path
from typing import Annotated

import typer

from distill_live import __version__
from distill_live.cli.app import (
    CONTROL,
    DEMO,
    MODEL_HELP,
    OUTPUT,
    PLAYING,
    Block,
    Channels,
    Device,
    DeviceRate,
    Latency,
    Null,
    OscHost,
    OscPort,
    app,
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
            help=f"{MODEL_HELP} Repeatable, up to 4: the further ones wait for /model/blend.",
            show_default=DEMO,
        ),
    ] = None,
    device: Device = None,
    block: Block = None,
    samplerate: DeviceRate = None,
    latency: Latency = None,
    null: Null = False,
    wait_for_data: Annotated[
        bool,
        typer.Option(
            "--wait-for-data",
            help="Let the device wait for the sound: for a JACK server in freewheel mode.",
            rich_help_panel=OUTPUT,
        ),
    ] = False,
    channels: Channels = 2,
    seed: Annotated[int, typer.Option(help="Decides everything random.")] = 0,
    seconds: Annotated[float | None, typer.Option(help="Play so long, then end.")] = None,
    record: Annotated[
        Path | None, typer.Option(help="Record what goes out to this WAV file, and its log.")
    ] = None,
    initially: Annotated[
        list[str] | None,
        typer.Option("--set", help="Set before the first sound, as '/gain -6'; repeatable."),
    ] = None,
    osc_host: OscHost = "127.0.0.1",
    osc_port: OscPort = 9010,
    osc_tcp_port: Annotated[
        int | None,
        typer.Option(
            help="TCP port for OSC in SLIP frames; 0: any free one.",
            show_default="none",
            rich_help_panel=CONTROL,
        ),
    ] = None,
    http_port: Annotated[
        int | None,
        typer.Option(
            help="HTTP port for OSCQuery; 0: any free one.",
            show_default="none",
            rich_help_panel=CONTROL,
        ),
    ] = None,
    midi: Annotated[
        list[str] | None,
        typer.Option(
            help="Number or part of the name of a MIDI port; repeatable.",
            rich_help_panel=CONTROL,
        ),
    ] = None,
    midi_map: Annotated[
        Path | None,
        typer.Option(
            help="A TOML file that says what moves what.",
            show_default="midi.toml in the user's folder",
            rich_help_panel=CONTROL,
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say only what goes wrong.")] = False,
    _version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_show_version, help="Say which.")
    ] = False,
) -> None:
    """Play a model live, driven by OSC."""
    if context.invoked_subcommand is not None:
        for name in context.params:
            source = context.get_parameter_source(name)
            if source is not None and source.name == "COMMANDLINE":
                raise typer.BadParameter(
                    f"options of '{context.invoked_subcommand}' stand after it, not before it"
                )
        return
    from distill_live.library import find_model
    from distill_live.live.control.session import play_live
    from distill_live.live.settings import LiveSettings, parse_setting
    from distill_live.midi.settings import MidiSettings

    if midi_map is not None and not midi:
        raise typer.BadParameter("--midi-map needs --midi PORT")
    settings = LiveSettings(
        models=tuple(map(find_model, model or [DEMO])),
        device=device,
        block_frames=block,
        sample_rate_hz=samplerate,
        latency_ms=latency,
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
        http_port=http_port,
        midi=MidiSettings(tuple(midi), midi_map) if midi else None,
    )
    play_live(settings, quiet=quiet)


@app.command(rich_help_panel=PLAYING)
def devices(
    as_json: Annotated[bool, typer.Option("--json", help="A JSON list.")] = False,
) -> None:
    """List the output devices that --device can choose."""
    from distill_live.live.audio.devices import show_devices

    show_devices(as_json)
