"""`distill-live render`: to a file."""

from pathlib import Path
from typing import Annotated

import typer

from distill_live.cli.app import DEMO, MODEL_HELP, app


@app.command()
def render(
    model: Annotated[str, typer.Option(help=MODEL_HELP)] = DEMO,
    out: Annotated[Path, typer.Option(help="The WAV file to write.")] = Path("out.wav"),
    seconds: Annotated[float, typer.Option(help="Length of the file.")] = 10.0,
    seed: Annotated[int, typer.Option(help="Decides everything random.")] = 0,
    channels: Annotated[int, typer.Option(help="Channels of the file.")] = 2,
) -> None:
    """Render a slow walk through the corpus to a WAV file; same arguments, same bytes."""
    from distill_live import render as offline
    from distill_live.library import find_model

    offline.render(find_model(model), out, seconds=seconds, seed=seed, channels=channels)
