"""`distill-live gesture`: list, export, import and delete gestures."""

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from distill_live.cli.app import DEMO, FORCE_HELP, MODEL_HELP, PLAYING, JsonOption, app
from distill_live.errors import CommandError, ConfigurationError
from distill_live.files import atomic_write, check_kind, printable

if TYPE_CHECKING:
    from distill_live.addresses import Address
    from distill_live.gestures import GestureStore

gestures = typer.Typer(no_args_is_help=True, help="List, export, import and delete gestures.")
app.add_typer(gestures, name="gesture", rich_help_panel=PLAYING)

ModelOption = Annotated[str, typer.Option(help=MODEL_HELP)]
NameArgument = Annotated[str, typer.Argument(help="Name of the gesture.")]
ForceOption = Annotated[bool, typer.Option("--force", help=FORCE_HELP)]


@gestures.command("list")
def list_gestures(
    model: ModelOption = DEMO,
    as_json: JsonOption = False,
) -> None:
    """List a model's gestures with their durations."""
    store, _ = _open(model)
    lengths = store.lengths()
    if as_json:
        rows = [{"name": name, "seconds": seconds} for name, seconds in lengths.items()]
        typer.echo(json.dumps(rows, indent=2))
        return
    if not lengths:
        typer.echo(
            f"{printable(model)} has no gestures; /gesture/record NAME records one", err=True
        )
    for name, seconds in lengths.items():
        typer.echo(f"{seconds:9.2f} s  {name}")


@gestures.command("export")
def export_gesture(
    name: NameArgument,
    file: Annotated[
        Path | None, typer.Argument(help="CSV file to write.", show_default="NAME.csv")
    ] = None,
    model: ModelOption = DEMO,
    force: ForceOption = False,
) -> None:
    """Write a gesture as CSV: seconds, address, values."""
    from distill_live.gestures import to_csv

    store, _ = _open(model)
    gesture = store.load(name)
    path = Path(f"{name}.csv") if file is None else file
    check_kind(path, ConfigurationError)
    if path.exists() and not force:
        raise ConfigurationError(f"{printable(path)} already exists; --force replaces it")
    with atomic_write(path, ConfigurationError) as temporary:
        temporary.write_text(to_csv(gesture), encoding="utf-8", newline="")
    typer.echo(f"{printable(path)}: {gesture.seconds:.2f} s, {len(gesture.commands)} commands")


@gestures.command("import")
def import_gesture(
    file: Annotated[Path, typer.Argument(help="CSV file: seconds, address, values.")],
    name: Annotated[
        str | None, typer.Argument(help="Name of the gesture.", show_default="the file's name")
    ] = None,
    model: ModelOption = DEMO,
    force: ForceOption = False,
) -> None:
    """Store a CSV file as a gesture of a model."""
    from distill_live.gestures import from_csv
    from distill_live.gestures.csv_format import MAX_BYTES
    from distill_live.user_files import DamagedError, read_bounded

    store, table = _open(model)
    name = file.stem if name is None else name
    if store.path(name).exists() and not force:
        raise ConfigurationError(f"gesture {name!r} already exists; --force replaces it")
    try:
        gesture = from_csv(read_bounded(file, MAX_BYTES), table)
    except (CommandError, DamagedError) as error:
        reason = str(error).removeprefix(f"{printable(file)}: ")
        raise ConfigurationError(f"{printable(file)}: {reason}") from None
    store.store(name, gesture)
    typer.echo(f"{printable(name)}: {gesture.seconds:.2f} s, {len(gesture.commands)} commands")


@gestures.command("delete")
def delete_gesture(name: NameArgument, model: ModelOption = DEMO) -> None:
    """Delete a gesture."""
    store, _ = _open(model)
    store.delete(name)
    typer.echo(f"{name}: deleted")


def _open(model: str) -> "tuple[GestureStore, Mapping[str, Address]]":
    """Gesture store and address table of a model."""
    from distill_live.bundle import read_bundle
    from distill_live.gestures import GestureStore
    from distill_live.library import find_model, user_folder

    bundle = read_bundle(find_model(model))
    report = partial(typer.echo, err=True)
    folder = user_folder() / "gestures"
    return GestureStore(folder, bundle.name, bundle.fingerprint, report), bundle.addresses
