"""`distill-live gesture`: what was recorded, as CSV to be drawn elsewhere, and back."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from distill_live.cli.app import DEMO, MODEL_HELP, PLAYING, app

if TYPE_CHECKING:
    from distill_live.addresses import Address
    from distill_live.gestures import GestureStore

gestures = typer.Typer(no_args_is_help=True, help="List, export, import and delete gestures.")
app.add_typer(gestures, name="gesture", rich_help_panel=PLAYING)

Model = Annotated[str, typer.Option(help=MODEL_HELP)]
Name = Annotated[str, typer.Argument(help="The gesture's name.")]
Force = Annotated[bool, typer.Option("--force", help="Replace what is there.")]


@gestures.command("list")
def list_gestures(
    model: Model = DEMO,
    as_json: Annotated[bool, typer.Option("--json", help="A JSON list.")] = False,
) -> None:
    """List a model's gestures and how many seconds they last."""
    import json

    from distill_live.files import printable

    store, _ = _open(model)
    lengths = store.lengths()
    if as_json:
        rows = [{"name": name, "seconds": seconds} for name, seconds in lengths.items()]
        typer.echo(json.dumps(rows, indent=2))
        return
    if not lengths:
        typer.echo(
            f"no gestures of {printable(model)} yet; /gesture/record NAME makes one", err=True
        )
    for name, seconds in lengths.items():
        typer.echo(f"{seconds:9.2f} s  {name}")


@gestures.command("export")
def export_gesture(
    name: Name,
    file: Annotated[
        Path | None, typer.Argument(help="The CSV file.", show_default="the name with .csv")
    ] = None,
    model: Model = DEMO,
    force: Force = False,
) -> None:
    """Write a gesture as CSV: seconds, address, values."""
    from distill_live.errors import ConfigurationError
    from distill_live.files import atomic_write, printable
    from distill_live.gestures import to_csv

    store, _ = _open(model)
    gesture = store.load(name)
    path = Path(f"{name}.csv") if file is None else file
    if path.exists() and not force:
        raise ConfigurationError(f"{printable(path)} is there already; --force replaces it")
    with atomic_write(path, ConfigurationError) as temporary:
        temporary.write_text(to_csv(gesture), encoding="utf-8", newline="")
    typer.echo(f"{printable(path)}: {gesture.seconds:.2f} s, {len(gesture.commands)} moves")


@gestures.command("import")
def import_gesture(
    file: Annotated[Path, typer.Argument(help="A CSV file: seconds, address, values.")],
    name: Annotated[
        str | None, typer.Argument(help="What to call it.", show_default="the file's name")
    ] = None,
    model: Model = DEMO,
    force: Force = False,
) -> None:
    """Keep a trajectory that was drawn elsewhere as a gesture of a model."""
    from distill_live.errors import CommandError, ConfigurationError
    from distill_live.files import printable
    from distill_live.gestures import from_csv
    from distill_live.gestures.spreadsheet import BYTES_LIMIT
    from distill_live.user_files import DamagedError, read_bounded

    store, table = _open(model)
    name = file.stem if name is None else name
    if store.path(name).exists() and not force:
        raise ConfigurationError(f"there is a gesture {name!r} already; --force replaces it")
    try:
        gesture = from_csv(read_bounded(file, BYTES_LIMIT), table)
    except (CommandError, DamagedError) as error:
        reason = str(error).removeprefix(f"{printable(file)}: ")
        raise ConfigurationError(f"{printable(file)}: {reason}") from None
    store.store(name, gesture)
    typer.echo(f"{printable(name)}: {gesture.seconds:.2f} s, {len(gesture.commands)} moves")


@gestures.command("delete")
def delete_gesture(name: Name, model: Model = DEMO) -> None:
    """Forget a gesture."""
    store, _ = _open(model)
    store.delete(name)
    typer.echo(f"{name}: deleted")


def _open(model: str) -> "tuple[GestureStore, Mapping[str, Address]]":
    from distill_live.addresses import instantiate
    from distill_live.bundle import read_bundle
    from distill_live.gestures import GestureStore
    from distill_live.library import find_model, user_folder

    bundle = read_bundle(find_model(model))
    names = [axis.name for axis in bundle.axes]
    table = instantiate(bundle.latent_size, names, len(bundle.landmarks))
    folder = user_folder() / "gestures"

    def report(line: str) -> None:
        typer.echo(line, err=True)

    return GestureStore(folder, bundle.name, bundle.fingerprint, report), table
