"""`distill-live check`: before the show."""

from typing import Annotated

import typer

from distill_live.cli.app import (
    DEMO,
    MODEL_HELP,
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


@app.command(rich_help_panel=PLAYING)
def check(
    model: Annotated[str, typer.Option(help=MODEL_HELP)] = DEMO,
    device: Device = None,
    block: Block = None,
    samplerate: DeviceRate = None,
    latency: Latency = None,
    null: Null = False,
    channels: Channels = 2,
    osc_host: OscHost = "127.0.0.1",
    osc_port: OscPort = 9010,
    seconds: Annotated[float, typer.Option(help="How long to measure, 1 to 3600.")] = 10.0,
    silent: Annotated[
        bool, typer.Option("--silent", help="Keep the output at zero meanwhile.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="An object for a program.")] = False,
) -> None:
    """Play for a few seconds and say whether all is ready for a show; status 1 if not."""
    from distill_live.library import find_model
    from distill_live.live.check import check as look
    from distill_live.live.settings import LiveSettings

    settings = LiveSettings(
        models=(find_model(model),),
        device=device,
        block_frames=block,
        sample_rate_hz=samplerate,
        latency_ms=latency,
        null=null,
        channels=channels,
        osc_host=osc_host,
        osc_port=osc_port,
    )
    if not look(settings, seconds, silent=silent, as_json=as_json):
        raise typer.Exit(1)
