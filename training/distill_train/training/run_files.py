"""A run's folder: its lock, its configuration, its checkpoints.

    x.run/config.json                      what the run is set to
    x.run/done.json                        which bundle was made of it, once it is written
    x.run/best.safetensors                 the best model so far
    x.run/checkpoint-000001200.safetensors all that it takes to go on from step 1200; the latest 3

It knows names and their order. What stands in a checkpoint is its caller's affair.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from torch import Tensor

from distill_live.errors import TrainingError
from distill_live.files import atomic_write
from distill_train.config import TrainingConfig, config_to_json
from distill_train.file_lock import BusyError, file_lock
from distill_train.output_paths import CONFIGURATION, DONE, PREVIEWS, REPORT, check_run_folder
from distill_train.training.checkpoint import read_checkpoint, read_values, write_checkpoint

BEST, LOCK = "best.safetensors", ".lock"
"""Names in a run's folder."""

KEPT = 3
"""Checkpoints to go on from that are kept."""


class RunFiles:
    """A run's folder.

    Parameters
    ----------
    folder
        Where it is.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def checkpoints(self) -> list[Path]:
        """Checkpoints to go on from, the latest first."""
        return sorted(self.folder.glob("checkpoint-?????????.safetensors"), reverse=True)

    def latest(self) -> tuple[dict[str, Tensor], dict[str, Any], list[str]]:
        """The latest checkpoint that can be read, and what is wrong with any later one.

        Raises
        ------
        TrainingError
            If there is none.
        """
        check_run_folder(self.folder)
        reasons: list[str] = []
        for path in self.checkpoints():
            try:
                return (*read_checkpoint(path), reasons)
            except TrainingError as error:
                reasons.append(str(error))
        if reasons:
            raise TrainingError(f"{self.folder} holds no checkpoint to go on from: {reasons[0]}")
        raise TrainingError(f"{self.folder} holds no checkpoint; give the folder of a run")

    def values(self) -> dict[str, Any]:
        """The JSON values of `latest`, quickly.

        Raises
        ------
        TrainingError
            If there is none.
        """
        for path in self.checkpoints():
            with suppress(TrainingError):
                return read_values(path)
        return self.latest()[1]

    def done(self) -> bool:
        """Whether the run has come to its end: its bundle is written."""
        return (self.folder / DONE).is_file()

    def mark_done(self, bundle: str) -> None:
        """Note the name of the bundle that was made of the run.

        Raises
        ------
        TrainingError
            If that cannot be written.
        """
        with atomic_write(self.folder / DONE, TrainingError) as temporary:
            temporary.write_text(json.dumps({"bundle": bundle}) + "\n", encoding="utf-8")

    def check_done(self) -> None:
        """Refuse to lose a run that can be gone on with.

        Raises
        ------
        TrainingError
            If there is one in the folder.
        """
        if self.done() or not self.checkpoints():
            return
        trained = self.values().get("finished")
        what = "a trained model without its bundle" if trained else "a run that is not done"
        raise TrainingError(
            f"{self.folder} holds {what}; go on with it by 'distill-train resume {self.folder}', "
            "or begin anew with --overwrite"
        )

    def begin(self, config: TrainingConfig, *, overwrite: bool) -> None:
        """Clear the folder of all that an earlier run made, and write the configuration.

        Parameters
        ----------
        config
            Of the run that begins.
        overwrite
            Whether a run that is not done may be lost.

        Raises
        ------
        TrainingError
            If there is one and it may not, or the folder cannot be written.
        """
        if not overwrite:
            self.check_done()
        earlier = self.checkpoints()
        with atomic_write(self.folder / CONFIGURATION, TrainingError) as temporary:
            text = json.dumps(config_to_json(config), indent=2)
            temporary.write_text(text + "\n", encoding="utf-8")
        made = [self.folder / name for name in (REPORT, BEST, DONE)]  # done, until nothing is left
        for path in [*earlier, *self.folder.glob(f"{PREVIEWS}/epoch_*.wav"), *made]:
            path.unlink(missing_ok=True)

    def sweep(self) -> None:
        """Remove what a run that was killed while it wrote has left."""
        for path in self.folder.glob(f".{'?' * 16}.partial"):
            with suppress(OSError):
                path.unlink()

    def write_best(self, tensors: Mapping[str, Tensor], values: Mapping[str, Any]) -> None:
        """Write the best model.

        Raises
        ------
        TrainingError
            If it cannot be written.
        """
        write_checkpoint(self.folder / BEST, tensors, values)

    def write(self, step: int, tensors: Mapping[str, Tensor], values: Mapping[str, Any]) -> None:
        """Write a checkpoint to go on from, and remove what is older than the latest `KEPT`.

        Raises
        ------
        TrainingError
            If it cannot be written.
        """
        write_checkpoint(self.folder / f"checkpoint-{step:09}.safetensors", tensors, values)
        for path in self.checkpoints()[KEPT:]:
            with suppress(OSError):
                path.unlink()


@contextmanager
def open_run(folder: Path) -> Iterator[RunFiles]:
    """The folder of a run, made if need be; no other run writes to it meanwhile.

    Raises
    ------
    TrainingError
        If another run does, or it cannot be written.
    """
    with ExitStack() as stack:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            stack.enter_context(file_lock(folder / LOCK))
        except BusyError:
            raise TrainingError(
                f"another run is writing to {folder}; wait for its end, or choose another --out"
            ) from None
        except OSError as error:
            raise TrainingError(f"{folder} cannot be written: {error.strerror}") from None
        files = RunFiles(folder)
        files.sweep()
        yield files
