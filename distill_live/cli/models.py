"""Commands about models: which there are, what is in them, and the user's own."""

from pathlib import Path
from typing import Annotated

import typer

from distill_live.cli.app import MODEL_HELP, MODELS, app

Json = Annotated[bool, typer.Option("--json", help="As JSON.")]


@app.command(rich_help_panel=MODELS)
def models(
    words: Annotated[
        list[str] | None, typer.Argument(help="Only those that have all of them.")
    ] = None,
    as_json: Json = False,
) -> None:
    """List the models that can be named."""
    from distill_live.listing import show_models

    show_models(words or (), as_json)


@app.command(rich_help_panel=MODELS)
def info(
    model: Annotated[str, typer.Argument(help=MODEL_HELP)],
    as_json: Json = False,
) -> None:
    """Say what is in a model."""
    from distill_live.info import info as show
    from distill_live.library import find_model

    show(find_model(model), as_json)


@app.command(rich_help_panel=MODELS)
def verify(
    model: Annotated[list[str] | None, typer.Argument(help=f"{MODEL_HELP} All, if none.")] = None,
    as_json: Json = False,
) -> None:
    """Read models wholly and say whether they are whole; the exit status is 1 if one is not."""
    from distill_live.library import find_model
    from distill_live.library import models as known
    from distill_live.listing import show_verdicts

    chosen = [(name, find_model(name)) for name in model] if model else sorted(known().items())
    if not show_verdicts(chosen, as_json):
        raise typer.Exit(1)


@app.command("import", rich_help_panel=MODELS)
def import_(
    file: Annotated[Path, typer.Argument(help="A .distill file.")],
    name: Annotated[
        str | None, typer.Option("--as", help="What to call it.", show_default="the file's name")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a model of that name.")] = False,
) -> None:
    """Check a model and copy it to the user's folder, where it is found by name."""
    from distill_live.files import printable
    from distill_live.library import find_model, import_model

    copy = import_model(file, name, force=force)
    typer.echo(f"{printable(copy.stem)}: {printable(copy)}")
    if (first := find_model(copy.stem)) != copy:
        typer.echo(f"distill-live: that name is {printable(first)} here, found first", err=True)


@app.command(rich_help_panel=MODELS)
def remove(
    model: Annotated[str, typer.Argument(help="A model in the user's folder: its name or id.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete a model of the user's own."""
    from distill_live.files import printable
    from distill_live.library import removable, remove_model

    path = removable(model)
    if yes or typer.confirm(f"Remove {printable(path)}?"):
        remove_model(path)
        typer.echo(f"{printable(path.stem)}: removed")
