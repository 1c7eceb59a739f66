"""`distill-live devices`: list the output and input devices."""

import json
from dataclasses import asdict

from distill_live.cli.app import PLAYING, JsonOption, app
from distill_live.cli.tables import print_table
from distill_live.device_selection import stderr_silenced
from distill_live.errors import DeviceError


@app.command(rich_help_panel=PLAYING)
def devices(
    as_json: JsonOption = False,
) -> None:
    """List the output devices that --device accepts, and the input devices for --input."""
    show_devices(as_json)


def show_devices(as_json: bool = False) -> None:
    """Print the devices, outputs first, as a table or as a JSON list.

    Raises
    ------
    DeviceError
        If PortAudio is missing or fails or, for the table, if there is no device.
    """
    from distill_live.live.audio.devices import list_devices

    with stderr_silenced():
        found = [*list_devices("output"), *list_devices("input")]
    if as_json:
        print(json.dumps([asdict(device) for device in found], indent=2))
        return
    if not found:
        raise DeviceError("there is no device; connect one, or play with --null")
    print_table(
        ("number", "name", "host API", "direction", "channels", "rate (Hz)", ""),
        [
            (
                one.number,
                one.name,
                one.host,
                one.direction,
                one.channels,
                one.rate_hz,
                "default" * one.is_default,
            )
            for one in found
        ],
    )
