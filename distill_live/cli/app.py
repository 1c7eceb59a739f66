"""The Typer application, and options that several commands share."""

from contextlib import suppress
from functools import partial
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

DEMO = "demo"
"""Default model."""

MODEL_HELP = "Model name, id, or path of a .distill file."
OUT_HELP = "File to write: .wav, .flac, .ogg, .opus or .mp3."
BITS_HELP = "Bits a sample: 16, 24 or 32 (float) for .wav, 16 or 24 for .flac."
SEED_HELP = "Random seed."
FORCE_HELP = "Replace existing files."

PLAYING, MODELS, FILES = "Playing", "Models", "Sound files"
"""Help panels of commands."""

output_option = partial(typer.Option, rich_help_panel="Output")
input_option = partial(typer.Option, rich_help_panel="Input")
control_option = partial(typer.Option, rich_help_panel="Control")
"""Options in a panel of the help."""

DeviceOption = Annotated[
    str | None, output_option(help="Output device: its number or part of its name.")
]
BlockOption = Annotated[
    int | None, output_option(help="Device block size in frames.", show_default="the device's")
]
DeviceRateOption = Annotated[
    int | None, output_option(help="Device sample rate in Hz.", show_default="the model's")
]
LatencyOption = Annotated[
    float | None,
    output_option(
        help="Maximum buffered sound in milliseconds.",
        show_default="the minimum: a hop and a block",
    ),
]
ExclusiveOption = Annotated[
    bool,
    output_option(
        "--exclusive", help="Keep other programs from the device, for less latency (WASAPI)."
    ),
]
NullOption = Annotated[bool, output_option("--null", help="Play without a device.")]
ChannelsOption = Annotated[int, output_option(help="Number of output channels.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
OscHostOption = Annotated[str, control_option(help="Address to listen on for OSC.")]
OscPortOption = Annotated[int, control_option(help="UDP port for OSC; 0 for any free port.")]


class _Commands(TyperGroup):
    """Command group that explains how to play a model given in place of a command."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] not in self.commands and not ctx.resilient_parsing:  # completion
            from distill_live.errors import DistillError
            from distill_live.library import find_model

            with suppress(DistillError):
                find_model(args[0])
                ctx.fail(f"'{args[0]}' is a model, not a command; --model {args[0]} plays it")
            if args[0] == "play":
                ctx.fail("'play' is not a command; 'distill-live' without a command plays")
        return super().resolve_command(ctx, args)


app = typer.Typer(
    cls=_Commands,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Play a model made from recordings. Without a command, start playing.",
)
