"""What every command of `distill-live` hangs on."""

from contextlib import suppress
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

DEMO = "demo"
"""The model that is played where none is asked for."""

MODEL_HELP = "A model: its name, its id, or the path of a .distill file."

OUTPUT, CONTROL = "Output", "Control"
"""Groups of options, as the help shows them."""

PLAYING, MODELS, FILES = "Playing", "Models", "Sound files"
"""Groups of commands."""

Device = Annotated[
    str | None,
    typer.Option(help="Number or part of the name of an output device.", rich_help_panel=OUTPUT),
]
Block = Annotated[
    int | None,
    typer.Option(
        help="Frames of a device block.", show_default="the device's", rich_help_panel=OUTPUT
    ),
]
DeviceRate = Annotated[
    int | None,
    typer.Option(
        help="The device's sample rate in Hz.", show_default="the model's", rich_help_panel=OUTPUT
    ),
]
Latency = Annotated[
    float | None,
    typer.Option(
        help="Most milliseconds of sound that wait for the device.",
        show_default="the least: a hop and a block",
        rich_help_panel=OUTPUT,
    ),
]
Null = Annotated[
    bool, typer.Option("--null", help="Play without a device.", rich_help_panel=OUTPUT)
]
Channels = Annotated[int, typer.Option(help="Output channels.", rich_help_panel=OUTPUT)]
OscHost = Annotated[
    str, typer.Option(help="Address to listen on for OSC.", rich_help_panel=CONTROL)
]
OscPort = Annotated[
    int, typer.Option(help="UDP port for OSC; 0: any free one.", rich_help_panel=CONTROL)
]


class _Commands(TyperGroup):
    """Its commands; a word that is none but names a model is answered by how that is played."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] not in self.commands:
            from distill_live.errors import DistillError
            from distill_live.library import find_model

            with suppress(DistillError):
                find_model(args[0])
                ctx.fail(f"'{args[0]}' is a model, not a command; --model {args[0]} plays it")
            if args[0] == "play":
                ctx.fail("'play' is no command; without one it plays, as 'distill-live' alone")
        return super().resolve_command(ctx, args)


app = typer.Typer(
    cls=_Commands,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Play a model that was distilled from recordings. Without a command it plays at once.",
)
