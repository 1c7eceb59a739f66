"""Where a run puts what it makes, and what is checked before anything heavy is loaded.

It knows names only, so that a wrong one is answered at once.
"""

from pathlib import Path

from distill_live.errors import TrainingError

CONFIGURATION, DONE, REPORT, PREVIEWS = "config.json", "done.json", "report.html", "previews"
"""Names in a run's folder, beside its checkpoints."""


def check_out(out: Path) -> None:
    """Refuse a bundle's name before hours are spent on it.

    Raises
    ------
    TrainingError
        If it is a folder, or its folder is not there.
    """
    if out.is_dir():
        raise TrainingError(f"{out} is a folder; give the name of the bundle to write")
    if not out.resolve().parent.is_dir():
        raise TrainingError(f"{out.parent} is not there; make that folder first")


def run_folder(out: Path) -> Path:
    """Where a run that ends in the bundle `out` keeps its files: ``x.run`` for ``x.distill``."""
    return out.with_name(f"{out.name.removesuffix('.distill')}.run")


def card_path(out: Path) -> Path:
    """Where the bundle's card goes: ``x.md`` for ``x.distill``."""
    return out.with_name(f"{out.name.removesuffix('.distill')}.md")


def check_run(folder: Path) -> None:
    """Refuse what is no folder.

    Raises
    ------
    TrainingError
        If it is none.
    """
    if not folder.is_dir():
        raise TrainingError(f"{folder} is not the folder of a run; give one, such as x.run")


def check_checkpoint(path: Path) -> None:
    """Refuse what is no file.

    Raises
    ------
    TrainingError
        If it is none.
    """
    if not path.is_file():
        raise TrainingError(f"{path} is no file; give a checkpoint, such as RUN/best.safetensors")
