"""Commands about models: what is in one."""

from typing import Annotated

import typer

from distill_live.cli.app import MODEL_HELP, app


@app.command()
def info(
    model: Annotated[str, typer.Argument(help=MODEL_HELP)],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Say what is in a model."""
    from distill_live.info import info as show
    from distill_live.library import find_model

    show(find_model(model), as_json)
