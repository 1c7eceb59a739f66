"""Where models are found by name: beside the performer, in the user's folder, among the shipped.

It knows names and folders, and opens no file.
"""

from pathlib import Path

from platformdirs import user_data_path

from distill_live.errors import ConfigurationError
from distill_live.files import printable

SUFFIX = ".distill"

_PACKAGE = Path(__file__).parent


def user_folder() -> Path:
    """Where what is the user's own lies: models, presets."""
    return user_data_path("distill-live", appauthor=False)


def folders() -> tuple[Path, ...]:
    """Where models lie; a name is looked for in this order."""
    inside = _PACKAGE / "models"
    shipped = inside if inside.is_dir() else _PACKAGE.parent / "models"  # a wheel's, a checkout's
    return Path("models"), user_folder() / "models", shipped


def models() -> dict[str, Path]:
    """Every model that can be named, and its file; of two of one name, the one found first."""
    found: dict[str, Path] = {}
    for folder in folders():
        try:
            files = sorted(folder.glob(f"*{SUFFIX}"))
        except OSError:  # a folder that may not be read holds nothing
            continue
        for file in files:
            if file.is_file():
                found.setdefault(file.stem, file)
    return found


def find_model(wanted: str) -> Path:
    """The file of a model, by its path or by its name.

    Parameters
    ----------
    wanted
        A path, or what a file in one of `folders` is called, with or without ``.distill``.

    Raises
    ------
    ConfigurationError
        If there is neither such a file nor such a name.
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
    searched = ", ".join(printable(folder) for folder in folders())
    known = ", ".join(map(printable, sorted(found))) or "none"
    raise ConfigurationError(
        f"no model {printable(wanted)!r}; there are: {known} (in {searched}); "
        "give one of these names, or the path of a .distill file"
    )
