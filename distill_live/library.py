"""Where models are found: beside the performer, in the user's folder, among the shipped.

The files themselves are the library: nothing is kept beside them that could say otherwise. A model
is found by path or by name without opening a file; by id, and to be listed, the manifests are read.
"""

import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from platformdirs import user_data_path

from distill_live.errors import BundleError, ConfigurationError
from distill_live.files import atomic_write, printable, reason_of
from distill_live.user_files import is_name, make_folder

if TYPE_CHECKING:
    from distill_live.bundle import Manifest

SUFFIX = ".distill"

_ID = re.compile(r"[0-9a-f]{4,16}")
"""First digits of a fingerprint."""

_FINGERPRINT = re.compile(r"[0-9a-f]{16}")

_PACKAGE = Path(__file__).parent


class Entry(NamedTuple):
    """A file in the library: what it says of itself, or why it cannot be read."""

    name: str
    path: Path
    manifest: "Manifest | None"
    refusal: str


def user_folder() -> Path:
    """Where what is the user's own lies: models, presets."""
    return user_data_path("distill-live", appauthor=False)


def user_models() -> Path:
    """Where the user's own models lie."""
    return user_folder() / "models"


def folders() -> tuple[Path, ...]:
    """Where models lie; a name is looked for in this order."""
    inside = _PACKAGE / "models"
    shipped = inside if inside.is_dir() else _PACKAGE.parent / "models"  # a wheel's, a checkout's
    return Path("models"), user_models(), shipped


def models() -> dict[str, Path]:
    """Every model that can be named, and its file; of two of one name, the one found first."""
    found: dict[str, Path] = {}
    for folder in folders():
        for name, file in _models_in(folder).items():
            found.setdefault(name, file)
    return found


def catalogue() -> list[Entry]:
    """Every model that can be named, and what its file says of itself."""
    return [entry(name, path) for name, path in sorted(models().items())]


def entry(name: str, path: Path) -> Entry:
    """What a file in the library says of itself."""
    from distill_live.bundle import read_manifest

    try:
        return Entry(name, path, read_manifest(path), "")
    except BundleError as refusal:
        return Entry(name, path, None, str(refusal))


def find_model(wanted: str) -> Path:
    """The file of a model, by its path, its name or its id.

    Parameters
    ----------
    wanted
        A path; or what a file in one of `folders` is called, with or without ``.distill``; or the
        first 4 to 16 digits of a fingerprint.

    Raises
    ------
    ConfigurationError
        If there is no such file, name or id, or several models begin with the id.
    """
    path = Path(wanted)
    named = path.name == wanted  # no folder is part of it
    if path.is_file() and not (named and path.suffix != SUFFIX):
        return path
    found = models()
    name = wanted.removesuffix(SUFFIX)
    if named and name in found:
        return found[name]
    if path.is_file():
        return path
    if _ID.fullmatch(wanted):
        by_id = _with_id(wanted, found)
        if by_id is not None:
            return by_id
    searched = ", ".join(printable(folder) for folder in folders())
    known = ", ".join(map(printable, sorted(found))) or "none"
    raise ConfigurationError(
        f"no model {printable(wanted)!r}; there are: {known} (in {searched}); "
        "give one of these names, or the path of a .distill file"
    )


def find_fingerprint(fingerprint: str) -> Path:
    """The file of a model in the library, by its whole fingerprint, as some other file has it.

    What is no fingerprint is looked for nowhere: it may be the path of anything.

    Raises
    ------
    ConfigurationError
        If there is none.
    """
    path = _with_id(fingerprint, models()) if _FINGERPRINT.fullmatch(fingerprint) else None
    if path is None:
        raise ConfigurationError(
            f"no model of the library has the fingerprint {printable(fingerprint)[:40]!r}"
        )
    return path


def import_model(source: Path, name: str | None = None, *, force: bool = False) -> Path:
    """Copy a model to the user's folder, once all of it has been checked.

    Parameters
    ----------
    source
        A `.distill` file.
    name
        What it will be called; None for what the file is called.
    force
        Whether a model of that name is replaced.

    Returns
    -------
    Path
        The copy, which appears whole.

    Raises
    ------
    BundleError
        If the file cannot be read or copied.
    ConfigurationError
        If nothing can be called that, or something is and not `force`.
    CommandError
        If the user's folder cannot be made.
    """
    from distill_live.bundle import read_bundle

    name = (source.name if name is None else name).removesuffix(SUFFIX)
    if not is_name(name):
        raise ConfigurationError(
            f"a model cannot be called {printable(name)[:80]!r}; --as gives it a name of 1 to 64 "
            'characters, none of / \\ : * ? " < > |, no . or ~ first'
        )
    target = user_models() / f"{name}{SUFFIX}"
    read_bundle(source)
    if target.exists() and not force:
        raise ConfigurationError(
            f"{printable(target)} is there already; --force replaces it, --as gives another name"
        )
    make_folder(target.parent)
    with atomic_write(target, BundleError) as copy:
        shutil.copyfile(source, copy)
        read_bundle(copy)  # what was read and what is there now are the same only if nobody writes
    return target


def removable(wanted: str) -> Path:
    """The file of a model of the user's own, by its name, id or path.

    Raises
    ------
    ConfigurationError
        If there is none, or it lies elsewhere.
    """
    own = _models_in(user_models())
    path = own.get(wanted.removesuffix(SUFFIX)) or find_model(wanted)
    if path.resolve().parent != user_models().resolve():
        raise ConfigurationError(
            f"{printable(path)} does not lie in {printable(user_models())}; only what lies there "
            "is removed: delete the file yourself"
        )
    return path


def remove_model(path: Path) -> None:
    """Delete a model's file.

    Raises
    ------
    BundleError
        If it cannot be deleted.
    """
    try:
        path.unlink()
    except OSError as error:
        reason = reason_of(error)
        raise BundleError(
            f"{printable(path)}: not removed ({reason}); change the permissions"
        ) from error


def _models_in(folder: Path) -> dict[str, Path]:
    try:
        files = sorted(folder.glob(f"*{SUFFIX}"))
    except OSError:  # a folder that may not be read holds nothing
        return {}
    return {file.stem: file for file in files if file.is_file()}


def _with_id(digits: str, found: Mapping[str, Path]) -> Path | None:
    """The first of the models whose fingerprint begins so; they must all be one model."""
    matching: dict[str, Entry] = {}
    for name, path in found.items():
        known = entry(name, path)
        if known.manifest is not None and known.manifest.fingerprint.startswith(digits):
            matching.setdefault(known.manifest.fingerprint, known)
    if len(matching) > 1:
        names = ", ".join(printable(known.name) for known in matching.values())
        raise ConfigurationError(f"{digits} is the id of several models: {names}; give more digits")
    return next((known.path for known in matching.values()), None)
