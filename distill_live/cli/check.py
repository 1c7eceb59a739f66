"""`distill-live check`: test the machine before a show."""

from typing import Annotated

import typer

from distill_live.cli.app import (
    DEMO,
    MODEL_HELP,
    PLAYING,
    BlockOption,
    ChannelsOption,
    DeviceOption,
    DeviceRateOption,
    LatencyOption,
    NullOption,
    OscHostOption,
    OscPortOption,
    app,
)


@app.command(rich_help_panel=PLAYING)
def check(
    model: Annotated[str, typer.Option(help=MODEL_HELP)] = DEMO,
    device: DeviceOption = None,
    block: BlockOption = None,
    samplerate: DeviceRateOption = None,
    latency: LatencyOption = None,
    null: NullOption = False,
    channels: ChannelsOption = 2,
    osc_host: OscHostOption = "127.0.0.1",
    osc_port: OscPortOption = 9010,
    seconds: Annotated[float, typer.Option(help="Duration in seconds, 1 to 3600.")] = 10.0,
    silent: Annotated[bool, typer.Option("--silent", help="Keep the output silent.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object.")] = False,
) -> None:
    """Play for a few seconds and report problems; exit status 1 if there is one."""
    from distill_live.library import find_model
    from distill_live.live.check import check as run_check
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
    if not run_check(settings, seconds, silent=silent, as_json=as_json):
        raise typer.Exit(1)
