"""Find models by path, name or id in ./models, the user's folder and the shipped models.

There is no index: the files are the library. Looking up a path or name opens no file; looking up
an id and listing read manifests.
"""

import re
import shutil
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from platformdirs import user_data_path

from distill_live.errors import BundleError, ConfigurationError
from distill_live.files import atomic_write, folder_lock, named_refusal, printable, when_shared
from distill_live.user_files import is_file_name, make_folder, one_name, unprintable_hint

if TYPE_CHECKING:
    from distill_live.bundle import Manifest

SUFFIX = ".distill"

SHOWN_CHARACTERS = 80
"""Maximum length of each text of a manifest in a description."""

_ID = re.compile(r"[0-9a-f]{4,16}")
"""Leading digits of a fingerprint."""

_FINGERPRINT = re.compile(r"[0-9a-f]{16}")

_PACKAGE = Path(__file__).parent


class Entry(NamedTuple):
    """File in the library, with its manifest, or the reason it cannot be read."""

    name: str
    path: Path
    manifest: "Manifest | None"
    refusal: str


def user_folder() -> Path:
    """Folder of the user's own models, presets, gestures and MIDI mapping."""
    return user_data_path("distill-live", appauthor=False)


def user_models() -> Path:
    """Folder of the user's own models."""
    return user_folder() / "models"


def folders() -> tuple[Path, ...]:
    """Folders of models, in order of precedence."""
    inside = _PACKAGE / "models"
    shipped = inside if inside.is_dir() else _PACKAGE.parent / "models"  # a wheel's, a checkout's
    return Path("models"), user_models(), shipped


def model_name(path: Path) -> str:
    """Name by which a model is called: its file's, whatever it was trained as."""
    return one_name(path.name.removesuffix(SUFFIX))


def models() -> dict[str, Path]:
    """File of every model, by name; the first folder wins where names are equal."""
    found: dict[str, Path] = {}
    for folder in folders():
        for name, file in _models_in(folder).items():
            found.setdefault(name, file)
    return found


def catalogue() -> list[Entry]:
    """Library entry of every model, sorted by name."""
    return [entry(name, path) for name, path in sorted(models().items())]


def entry(name: str, path: Path) -> Entry:
    """Library entry of a file."""
    from distill_live.bundle import read_manifest

    try:
        return Entry(name, path, read_manifest(path), "")
    except BundleError as refusal:
        return Entry(name, path, None, str(refusal))


def describe(known: Entry) -> str:
    """One line about the content of a file, or why it cannot be read."""
    manifest = known.manifest
    if manifest is None:
        return known.refusal.removeprefix(f"{printable(known.path)}: ")
    files = len({place["file"] for place in manifest.paths or manifest.landmarks})
    author, licence = (manifest.texts[key][:SHOWN_CHARACTERS] for key in ("author", "licence"))
    return printable(
        f"{_count(files, 'recording')}, {_count(len(manifest.landmarks), 'landmark')}, "
        f"{_count(len(manifest.axes), 'axis', 'axes')}, {manifest.settings.sample_rate_hz} Hz"
        + f"; {author}" * bool(author)
        + f"; {licence}" * bool(licence)
    )


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def find_model(wanted: str) -> Path:
    """Find a model's file by path, name or id.

    Parameters
    ----------
    wanted
        File name in one of `folders`, or path, both with or without ``.distill``; or the first 4
        to 16 digits of a fingerprint.

    Raises
    ------
    ConfigurationError
        If nothing matches, or several models share the id.
    """
    path = Path(wanted)
    named = path.name == wanted  # without a folder
    if path.is_file() and not (named and path.suffix != SUFFIX):
        return path
    found = models()
    if named and (by_name := named_model(wanted, found)):
        return by_name
    for file in (path, Path(f"{wanted}{SUFFIX}")):
        if file.is_file():
            return file
    if _ID.fullmatch(wanted) and (by_id := _with_id(wanted, found)) is not None:
        return by_id
    searched = ", ".join(printable(folder) for folder in folders())
    known = ", ".join(map(printable, sorted(found))) or "none"
    raise ConfigurationError(
        f"no model {printable(wanted)!r}; available: {known} (in {searched}); "
        "give one of these names, or the path of a .distill file"
    )


def named_model(wanted: str, found: Mapping[str, Path]) -> Path | None:
    """File of a name in any Unicode form, and in any case where the file system ignores it.

    One with characters that are listed as ``?`` is found by that, too, if no other is listed so.
    """
    name = one_name(wanted.removesuffix(SUFFIX))
    if name in found:
        return found[name]
    for other, path in found.items():
        if other.casefold() == name.casefold():
            with suppress(OSError):  # as where the system knows the case
                if path.with_name(f"{name}{SUFFIX}").samefile(path):
                    return path
    listed = [path for other, path in found.items() if printable(other) == name]
    return listed[0] if len(listed) == 1 else None


def find_fingerprint(fingerprint: str) -> Path:
    """Find a model's file by its whole fingerprint, as read from a take or sound file.

    Anything but a fingerprint is refused without looking, since it could be any path.

    Raises
    ------
    ConfigurationError
        If there is none.
    """
    path = None
    for folder in folders() if _FINGERPRINT.fullmatch(fingerprint) else ():
        path = path or _with_id(fingerprint, _models_in(folder))  # also one that another name hides
    if path is None:
        raise ConfigurationError(
            f"no model in the library has the fingerprint {printable(fingerprint)[:40]!r}"
        )
    return path


def import_model(source: Path, name: str | None = None, *, force: bool = False) -> Path:
    """Check a model and copy it to the user's folder.

    Parameters
    ----------
    source
        The `.distill` file.
    name
        New name; None for the file's name.
    force
        Replace an existing model of that name.

    Returns
    -------
    Path
        The copy.

    Raises
    ------
    BundleError
        If the file cannot be read or copied.
    ConfigurationError
        If the name is invalid, or exists and `force` is false.
    CommandError
        If the user's folder cannot be made.
    """
    from distill_live.bundle import read_bundle

    target = import_target(source.name if name is None else name, force=force)
    read_bundle(source)
    make_folder(target.parent)
    with ExitStack() as held, atomic_write(target, BundleError) as copy:
        shutil.copyfile(source, copy)
        read_bundle(copy)  # the source may have changed since it was read
        held.enter_context(folder_lock(target.parent, BundleError))
        _check_free(target, force=force)  # another program may have imported meanwhile
    return target


def import_target(name: str, *, force: bool = False) -> Path:
    """File in the user's folder that `import_model` writes for a name.

    Raises
    ------
    ConfigurationError
        If the name is invalid, or exists and `force` is false.
    """
    name = name.removesuffix(SUFFIX)
    if not is_file_name(name):
        raise ConfigurationError(
            f"a model cannot be called {printable(name)[:80]!r}; give a name of 1 to 64 "
            'characters, none of / \\ : * ? " < > |, not beginning with . or ~, no name of a '
            "device such as con or nul" + unprintable_hint(name)
        )
    own = _models_in(user_models())
    target = named_model(name, own) or user_models() / f"{one_name(name)}{SUFFIX}"
    _check_free(target, force=force)
    return target


def _check_free(target: Path, *, force: bool) -> None:
    if target.exists() and not force:
        raise ConfigurationError(
            f"{printable(target)} already exists; --force replaces it, or give another name"
        )


def own_model(wanted: str) -> Path:
    """Find a model in the user's folder by name, id or path.

    Raises
    ------
    ConfigurationError
        If there is none, or it is in another folder.
    """
    own = _models_in(user_models())
    path = named_model(wanted, own) or find_model(wanted)
    if path.resolve().parent != user_models().resolve():
        raise ConfigurationError(
            f"{printable(path)} is not in {printable(user_models())}; only models there can be "
            "renamed or removed: do it with the file yourself"
        )
    return path


def remove_model(path: Path) -> None:
    """Delete a model's file.

    Raises
    ------
    BundleError
        If it cannot be deleted.
    """
    with named_refusal(BundleError, path, "not removed", "change the permissions"):
        when_shared(path.unlink)


def new_target(name: str) -> Path:
    """File in the user's folder for a new model of this name.

    Raises
    ------
    ConfigurationError
        If the name is invalid, or a model there has it.
    """
    target = import_target(name, force=True)
    if target.exists():
        raise ConfigurationError(
            f"there is a model called {printable(target.stem)} already; give another name"
        )
    return target


def rename_model(path: Path, name: str) -> Path:
    """Rename a model in the user's folder, and return its new path.

    Raises
    ------
    BundleError
        If the system refuses.
    ConfigurationError
        If the name is invalid, or a model there has it.
    """
    with folder_lock(path.parent, BundleError):
        target = new_target(name)
        with named_refusal(BundleError, path, "not renamed", "change the permissions"):
            path.rename(target)
    return target


def _models_in(folder: Path) -> dict[str, Path]:
    try:
        files = sorted(folder.glob(f"*{SUFFIX}"))
    except OSError:  # an unreadable folder counts as empty
        return {}
    found: dict[str, Path] = {}
    for file in files:
        if file.is_file():
            name = one_name(file.stem)
            found[file.stem if name in found else name] = file
    return found


def _with_id(digits: str, found: Mapping[str, Path]) -> Path | None:
    """First model whose fingerprint begins with `digits`; all that match must be the same model."""
    matching: dict[str, Entry] = {}
    for name, path in found.items():
        known = entry(name, path)
        if known.manifest is not None and known.manifest.fingerprint.startswith(digits):
            matching.setdefault(known.manifest.fingerprint, known)
    if len(matching) > 1:
        names = ", ".join(printable(known.name) for known in matching.values())
        raise ConfigurationError(f"{digits} matches several models: {names}; give more digits")
    return next((known.path for known in matching.values()), None)
