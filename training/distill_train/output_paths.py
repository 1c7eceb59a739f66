"""Paths of a run's outputs, and checks of them before anything slow is imported."""

import os
import re
import sys
import tempfile
from itertools import islice
from pathlib import Path

from distill_live.errors import TrainingError
from distill_live.files import check_kind, open_regular, reason_of

BUNDLE, RUN = ".distill", ".run"
"""Suffixes of a bundle's file and of a run's folder."""

CONFIGURATION, DONE, REPORT, PREVIEWS = "config.json", "done.json", "report.html", "previews"
EVENTS, LOCK = "events.jsonl", ".lock"
"""Names in a run's folder besides its checkpoints."""

REFERENCE = "recordings.wav"
"""Name in the folder of the previews: the recordings at their landmarks."""

_PLAIN = re.compile(r"[\w@%+=:,./\\~-]+")
"""Full match of a path that no shell takes apart."""


def check_output_path(out: Path) -> None:
    """Check that a bundle, its card and its run's folder can be written.

    Raises
    ------
    TrainingError
        If the path is a folder, pipe or device, or does not end in ``.distill``, its folder does
        not exist or is not writable, or the name of its card or of its run's folder is taken.
    """
    if out.is_dir():
        raise TrainingError(f"{out} is a folder; give the name of the model file to write")
    check_kind(out, TrainingError)
    parent, run, card = out.resolve().parent, run_folder(out), card_path(out)
    if not parent.is_dir():
        raise TrainingError(f"{out.parent} does not exist; make that folder first")
    if out.suffix != BUNDLE:
        raise TrainingError(f"{out} does not end in {BUNDLE}; write to {out}{BUNDLE}")
    if run.exists() and not run.is_dir():
        raise TrainingError(f"{run} is not a folder, and the run's files go there; move it")
    if card.exists() and not _is_card(card):
        raise TrainingError(f"{card} is not a model card and would be overwritten; move it")
    for folder in (parent, run):
        try:
            if folder.is_dir():
                tempfile.TemporaryFile(dir=folder).close()
        except OSError as error:
            reason = reason_of(error)
            raise TrainingError(
                f"{folder} is not writable ({reason}); choose another folder with --out"
            ) from None


def run_folder(out: Path) -> Path:
    """Folder of the run that writes the bundle `out`: ``x.run`` for ``x.distill``."""
    return out.with_name(f"{out.name.removesuffix(BUNDLE)}{RUN}")


def argument(path: Path) -> str:
    """Path in a command that a message gives: in quotation marks where a shell needs them."""
    return str(path) if _PLAIN.fullmatch(str(path)) else f'"{path}"'


def is_run_folder(folder: Path) -> bool:
    """Whether a folder is the folder of a run."""
    return folder.suffix == RUN and (folder / CONFIGURATION).is_file()


def is_locked(folder: Path) -> bool:
    """Whether a process trains in a run's folder, which it locks; true if that is unknown."""
    from filelock import FileLock, Timeout  # takes 60 ms to import

    path = folder / LOCK
    if path.is_symlink() or path.is_dir():  # no run locks these
        return False
    try:
        with FileLock(path, timeout=0, fallback_to_soft=False):
            return False
    except Timeout:
        return True
    except OSError:  # the run is another user's
        return _is_locked_by_reading(path)


def _is_locked_by_reading(path: Path) -> bool:
    """Whether a file that may not be written is locked; true if that is unknown."""
    if sys.platform == "win32":
        return True
    import fcntl

    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError as error:
        return not isinstance(error, FileNotFoundError)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def bundle_path(folder: Path) -> Path:
    """Path of the bundle that a run in this folder writes: ``x.distill`` for ``x.run``."""
    folder = folder.resolve()
    return folder.with_name(f"{folder.name.removesuffix(RUN)}{BUNDLE}")


def finished_bundle(folder: Path) -> Path | None:
    """Bundle made from a run; None if the run is not done, or one of the two was renamed."""
    path = bundle_path(folder)
    return path if (folder / DONE).is_file() and path.is_file() else None


def card_path(out: Path) -> Path:
    """Path of the bundle's card: ``x.md`` for ``x.distill``."""
    return out.with_name(f"{out.name.removesuffix(BUNDLE)}.md")


def _is_card(path: Path) -> bool:
    """Whether a file begins as `distill_train.bundling.card.model_card` writes it."""
    try:
        with open_regular(path) as file:
            lines = list(islice(file, 3))
    except OSError:
        return False
    return len(lines) == 3 and lines[0].startswith(b"# ") and lines[2].startswith(b"- made: ")


def check_run_folder(folder: Path) -> None:
    """Check that the folder of a run exists.

    Raises
    ------
    TrainingError
        If it is not a folder.
    """
    if not folder.is_dir():
        raise TrainingError(f"{folder} is not the folder of a run; give one, such as x.run")


def check_checkpoint_path(path: Path) -> None:
    """Check that a checkpoint exists.

    Raises
    ------
    TrainingError
        If it is not a file.
    """
    if not path.is_file():
        raise TrainingError(
            f"{path} is not a file; give a checkpoint, such as RUN/best.safetensors"
        )
