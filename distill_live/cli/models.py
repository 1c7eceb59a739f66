"""Commands about model files: `models`, `info`, `verify`, `import` and `remove`."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from distill_live.cli.app import MODEL_HELP, MODELS, JsonOption, app
from distill_live.files import printable


@app.command(rich_help_panel=MODELS)
def models(
    words: Annotated[
        list[str] | None, typer.Argument(help="List only models that contain all these words.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List the models that --model accepts by name."""
    from distill_live.cli.model_list import show_models

    show_models(words or (), as_json)


@app.command(rich_help_panel=MODELS)
def info(
    model: Annotated[str, typer.Argument(help=MODEL_HELP)],
    as_json: JsonOption = False,
) -> None:
    """Show a model's axes, recordings, map and training scores."""
    from distill_live.cli.model_info import show_model
    from distill_live.library import find_model

    show_model(find_model(model), as_json)


@app.command(rich_help_panel=MODELS)
def verify(
    model: Annotated[
        list[str] | None, typer.Argument(help=MODEL_HELP, show_default="all models")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Check model files; exit status 1 if one is damaged."""
    from distill_live.cli.model_list import show_verification
    from distill_live.library import find_model
    from distill_live.library import models as known

    chosen = [(name, find_model(name)) for name in model] if model else sorted(known().items())
    if not show_verification(chosen, as_json):
        raise typer.Exit(1)


@app.command("import", rich_help_panel=MODELS)
def import_(
    file: Annotated[Path, typer.Argument(help="A .distill file.")],
    name: Annotated[
        str | None, typer.Option("--as", help="New name.", show_default="the file's name")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a model of that name.")] = False,
    like: Annotated[
        str | None,
        typer.Option(
            metavar="OLD",
            help="Carry over presets and gestures of OLD, an earlier model of the same recordings.",
        ),
    ] = None,
) -> None:
    """Check a model and copy it to your models folder; its name is enough from then on."""
    from distill_live.library import find_model, import_model

    carried = _carrier(file, like) if like is not None else None  # OLD may be replaced
    copy = import_model(file, name, force=force)
    typer.echo(f"{printable(copy.stem)}: {printable(copy)}")
    if carried is not None:
        typer.echo(carried())
    if (first := find_model(copy.stem)) != copy:
        typer.echo(f"distill-live: in this folder the name stands for {printable(first)}", err=True)


def _carrier(file: Path, like: str) -> Callable[[], str]:
    """Check two models; return what carries presets and gestures over, and reports it."""
    from distill_live.bundle import Bundle, read_bundle
    from distill_live.carry_over import CarryOver, Stores
    from distill_live.gestures import GestureStore
    from distill_live.library import find_model, user_folder
    from distill_live.presets import PresetStore

    old, new = read_bundle(find_model(like)), read_bundle(file)
    over = CarryOver(old, new)

    def stores(bundle: Bundle) -> Stores:
        of, folder = (bundle.name, bundle.fingerprint, typer.echo), user_folder()
        return Stores(PresetStore(folder / "presets", *of), GestureStore(folder / "gestures", *of))

    def carry() -> str:
        presets, gestures = over.carry(stores(old), stores(new))
        line = f"carried over from {printable(like)}: {presets} presets, {gestures} gestures"
        left = ", ".join(f"{path} ({count})" for path, count in sorted(over.left_out.items()))
        return f"{line}; left out: {printable(left)}" if left else line

    return carry


@app.command(rich_help_panel=MODELS)
def rename(
    model: Annotated[str, typer.Argument(help="Name, id or path of a model of your own.")],
    name: Annotated[str, typer.Argument(help="New name.")],
) -> None:
    """Rename a model in your models folder."""
    from distill_live.library import own_model, rename_model

    path = rename_model(own_model(model), name)
    typer.echo(f"{printable(path.stem)}: {printable(path)}")


@app.command(rich_help_panel=MODELS)
def remove(
    model: Annotated[str, typer.Argument(help="Name, id or path of a model of your own.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete a model from your models folder."""
    from distill_live.library import own_model, remove_model

    path = own_model(model)
    if yes or typer.confirm(f"Remove {printable(path)}?"):
        remove_model(path)
        typer.echo(f"{printable(path.stem)}: removed")
