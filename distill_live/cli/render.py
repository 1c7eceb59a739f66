"""`distill-live render`: to sound files, and to the same one again."""

from pathlib import Path
from typing import Annotated

import typer

from distill_live.cli.app import DEMO, FILES, MODEL_HELP, app

MOTION = "Motion"
FILE = "File"


@app.command(rich_help_panel=FILES)
def render(
    context: typer.Context,
    model: Annotated[str, typer.Option(help=MODEL_HELP)] = DEMO,
    out: Annotated[
        Path, typer.Option(help="The file to write: .wav, .flac, .ogg, .opus or .mp3.")
    ] = Path("out.wav"),
    seconds: Annotated[float, typer.Option(help="Length of the file.")] = 10.0,
    seed: Annotated[int, typer.Option(help="Decides everything random.")] = 0,
    count: Annotated[
        int, typer.Option(help="Render so many: out-01.wav ..., with seeds that count on.")
    ] = 1,
    like: Annotated[
        Path | None, typer.Option(help="Render again what this file holds, from what it says.")
    ] = None,
    path: Annotated[
        str | None,
        typer.Option(
            help="walk, crossfade (chunks of independent places), interpolate (chunks on the way "
            "from place to place), or a gesture: its name, or its .csv file.",
            show_default="walk, or none if a place is given",
            rich_help_panel=MOTION,
        ),
    ] = None,
    steps: Annotated[
        int | None,
        typer.Option(
            help="Chunks from place to place of interpolate.",
            show_default="8",
            rich_help_panel=MOTION,
        ),
    ] = None,
    preset: Annotated[
        str | None, typer.Option(help="Begin as this preset has it.", rich_help_panel=MOTION)
    ] = None,
    to: Annotated[
        str | None, typer.Option(help="Morph to this preset.", rich_help_panel=MOTION)
    ] = None,
    axis: Annotated[
        list[str] | None,
        typer.Option(help="An axis' value, as brightness=0.5; repeatable.", rich_help_panel=MOTION),
    ] = None,
    place: Annotated[
        str | None,
        typer.Option("--map", help="A place on the map, as 0.2,0.7.", rich_help_panel=MOTION),
    ] = None,
    blend: Annotated[
        list[str] | None,
        typer.Option(
            help="Another model and its weight beside this one's 1, as bells:0.4; up to three.",
            rich_help_panel=MOTION,
        ),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", help="As '/pitch 3'; repeatable.", rich_help_panel=MOTION),
    ] = None,
    samplerate: Annotated[
        int | None,
        typer.Option(
            help="In Hz.", show_default="the model's, or the next one up", rich_help_panel=FILE
        ),
    ] = None,
    channels: Annotated[int, typer.Option(help="Channels.", rich_help_panel=FILE)] = 2,
    bits: Annotated[
        int | None,
        typer.Option(
            help="16, 24, or 32 for floating point: of .wav; 16 or 24 of .flac.",
            show_default="24",
            rich_help_panel=FILE,
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace files that are there.", rich_help_panel=FILE)
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="A JSON list of what was written.")
    ] = False,
) -> None:
    """Render a model to a sound file; same arguments, same bytes."""
    from distill_live.cli.rendering import Rendering
    from distill_live.offline.formats import choose_format

    rendering = Rendering(force=force, as_json=as_json)
    if like is not None:
        _refuse_beside_like(context)
        named = context.get_parameter_source("model")
        rendering.again(
            like, out, model if named is not None and named.name == "COMMANDLINE" else None
        )
        return
    from distill_live.bundle import read_bundle
    from distill_live.library import find_model
    from distill_live.offline.arguments import parse_blend, plan_from
    from distill_live.offline.batch import batch

    bundle = read_bundle(find_model(model))
    blended = [
        (read_bundle(find_model(name)), weight) for name, weight in map(parse_blend, blend or ())
    ]
    form = choose_format(
        out,
        bundle.settings.sample_rate_hz,
        sample_rate_hz=samplerate,
        channels=channels,
        bits=bits,
    )
    plan = plan_from(
        bundle,
        seconds=seconds,
        seed=seed,
        path=path,
        steps=steps,
        preset=preset,
        to=to,
        axes=axis or (),
        place=place,
        settings=settings or (),
        blended=blended,
        report=rendering.note,
    )
    bundles = [bundle, *(other for other, _ in blended)]
    rendering.run(bundles, batch(plan, out, count, force=force), form)


def _is_given(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def _refuse_beside_like(context: typer.Context) -> None:
    allowed = ("like", "out", "model", "force", "as_json")
    for name in context.params:
        if name not in allowed and _is_given(context, name):
            option = {"place": "map", "settings": "set"}.get(name, name)
            raise typer.BadParameter(f"--{option}: --like says it; leave it out")
