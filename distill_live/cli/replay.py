"""`distill-live replay`: a take, rendered again."""

from pathlib import Path
from typing import Annotated

import typer

from distill_live.cli.app import FILES, app


@app.command(rich_help_panel=FILES)
def replay(
    take: Annotated[Path, typer.Argument(help="The .json file beside a recording.")],
    out: Annotated[
        Path | None,
        typer.Option(
            help="The file to write: .wav, .flac, .ogg, .opus or .mp3.",
            show_default="the take's name and -replay.wav",
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            help="Play this model instead of the one that it began with: a name or a path.",
            show_default="the take's",
        ),
    ] = None,
    samplerate: Annotated[
        int | None, typer.Option(help="In Hz.", show_default="the model's")
    ] = None,
    bits: Annotated[
        int | None,
        typer.Option(
            help="16, 24, or 32 for floating point: of .wav; 16 or 24 of .flac.",
            show_default="32 of .wav: exactly what the engine rendered",
        ),
    ] = None,
    stems: Annotated[
        bool, typer.Option("--stems", help="A file for each slot, with its models alone.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there.")] = False,
) -> None:
    """Render a recorded take again, bit for bit as the engine rendered it."""
    from distill_live.cli.replaying import render_take

    render_take(
        take,
        out,
        model=model,
        sample_rate_hz=samplerate,
        bits=bits,
        stems=stems,
        force=force,
    )
