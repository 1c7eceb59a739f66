"""`distill-live addresses`: list the OSC addresses."""

import json
from typing import Annotated

import typer

from distill_live.cli.app import MODEL_HELP, PLAYING, JsonOption, app


@app.command(rich_help_panel=PLAYING)
def addresses(
    model: Annotated[
        str | None, typer.Option(help=f"{MODEL_HELP} Its axes and dimensions are listed.")
    ] = None,
    as_json: JsonOption = False,
    as_markdown: Annotated[
        bool, typer.Option("--markdown", help="Print the reference page, docs/osc.md.")
    ] = False,
) -> None:
    """List every OSC address with its arguments, ranges and units."""
    from distill_live.addresses import TABLE
    from distill_live.cli import address_reference as reference

    if as_json and as_markdown:
        raise typer.BadParameter("choose one of --json and --markdown")
    table = TABLE
    if model is not None:
        from distill_live.bundle import read_bundle
        from distill_live.library import find_model

        table = read_bundle(find_model(model)).addresses
    if as_json:
        print(json.dumps(reference.as_json(table), indent=2))
    elif as_markdown:
        print(reference.as_markdown(table), end="")
    else:
        print(reference.as_text(table))
