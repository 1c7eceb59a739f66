"""Where a run puts what it makes, and what is checked before anything heavy is loaded.

It knows names and no contents but a card's first lines, so that a wrong one is answered at once.
"""

import tempfile
from itertools import islice
from pathlib import Path

from distill_live.errors import TrainingError
from distill_live.files import reason_of

BUNDLE = ".distill"
"""What the name of a bundle ends in."""

CONFIGURATION, DONE, REPORT, PREVIEWS = "config.json", "done.json", "report.html", "previews"
"""Names in a run's folder, beside its checkpoints."""


def check_output_path(out: Path) -> None:
    """Refuse a bundle's name before hours are spent on it.

    Raises
    ------
    TrainingError
        If it is a folder or does not end in ``.distill``, its folder is not there or cannot be
        written, or something else has the name of its card or of its run's folder.
    """
    if out.is_dir():
        raise TrainingError(f"{out} is a folder; give the name of the bundle to write")
    parent, run, card = out.resolve().parent, run_folder(out), card_path(out)
    if not parent.is_dir():
        raise TrainingError(f"{out.parent} is not there; make that folder first")
    if out.suffix != BUNDLE:
        raise TrainingError(f"{out} does not end in {BUNDLE}; write to {out}{BUNDLE}")
    if run.exists() and not run.is_dir():
        raise TrainingError(f"{run} is no folder, and the run's files go there; move it")
    if card.exists() and not _is_card(card):
        raise TrainingError(f"{card} is no card of a model and would be overwritten; move it")
    for folder in (parent, run):
        try:
            if folder.is_dir():
                tempfile.TemporaryFile(dir=folder).close()
        except OSError as error:
            reason = reason_of(error)
            raise TrainingError(
                f"{folder} cannot be written ({reason}); write elsewhere with --out"
            ) from None


def run_folder(out: Path) -> Path:
    """Where a run that ends in the bundle `out` keeps its files: ``x.run`` for ``x.distill``."""
    return out.with_name(f"{out.name.removesuffix(BUNDLE)}.run")


def is_run_folder(folder: Path) -> bool:
    """Whether a folder is one that a run keeps its files in."""
    return folder.suffix == ".run" and (folder / CONFIGURATION).is_file()


def card_path(out: Path) -> Path:
    """Where the bundle's card goes: ``x.md`` for ``x.distill``."""
    return out.with_name(f"{out.name.removesuffix(BUNDLE)}.md")


def _is_card(path: Path) -> bool:
    """Whether a file begins as `distill_train.bundling.card.model_card` does."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            lines = list(islice(file, 3))
    except OSError:
        return False
    return len(lines) == 3 and lines[0].startswith("# ") and lines[2].startswith("- made: ")


def check_run_folder(folder: Path) -> None:
    """Refuse what is no folder.

    Raises
    ------
    TrainingError
        If it is none.
    """
    if not folder.is_dir():
        raise TrainingError(f"{folder} is not the folder of a run; give one, such as x.run")


def check_checkpoint_path(path: Path) -> None:
    """Refuse what is no file.

    Raises
    ------
    TrainingError
        If it is none.
    """
    if not path.is_file():
        raise TrainingError(f"{path} is no file; give a checkpoint, such as RUN/best.safetensors")
