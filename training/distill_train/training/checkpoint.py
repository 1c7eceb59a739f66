"""Checkpoint files, run folders and trained models.

    x.run/config.json                      the run's configuration
    x.run/done.json                        written when the run is complete
    x.run/events.jsonl                     the run's events, written by `event_log`
    x.run/best.safetensors                 the best model so far
    x.run/checkpoint-000001200.safetensors complete state after step 1200; the latest 3 are kept

A checkpoint is one safetensors file: tensors by name and, in its header, one JSON text with
everything else. It holds no code, and reading it runs none.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from filelock import FileLock, Timeout
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from distill_live.errors import TrainingError
from distill_live.files import atomic_write, printable
from distill_live.spectrogram import Statistics
from distill_train.config import TrainingConfig, config_from_checkpoint, config_to_json
from distill_train.corpus.audio import source_from_json
from distill_train.output_paths import (
    BUNDLE,
    CONFIGURATION,
    DONE,
    LOCK,
    PREVIEWS,
    REFERENCE,
    REPORT,
    RUN,
    argument,
    bundle_path,
    check_checkpoint_path,
    check_run_folder,
    finished_bundle,
)
from distill_train.training.history import MetricsHistory
from distill_train.training.model import ConvVAE

FORMAT = "distill-train checkpoint"
VERSION = 2

BEST = "best.safetensors"
"""Name of the best model in a run's folder."""

MAX_CHECKPOINTS = 3
"""Number of resumable checkpoints kept in a run's folder."""

SEPARATOR = "/"
"""Occurs in the names of a checkpoint's tensors that are not the model's own."""

Summary = dict[str, str | int | float]
"""Facts about a run by name, as the bundle keeps them."""


def write_checkpoint(path: Path, tensors: Mapping[str, Tensor], values: Mapping[str, Any]) -> None:
    """Write tensors and JSON values atomically.

    Raises
    ------
    TrainingError
        If the file cannot be written.
    """
    header = {"format": FORMAT, "version": str(VERSION), "values": json.dumps(values)}
    on_cpu = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    with atomic_write(path, TrainingError) as temporary:
        temporary.write_bytes(save(on_cpu, header))


def read_checkpoint(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read tensors (on the CPU) and JSON values.

    Raises
    ------
    TrainingError
        If the file cannot be read or is no checkpoint of this version.
    """
    with _opened(path) as file:
        values = _values(path, file)
        # Copies: while a tensor maps the file, Windows lets nothing replace it.
        tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118
    if not all(bool(torch.isfinite(tensor).all()) for tensor in tensors.values()):
        raise TrainingError(f"{path} is damaged: it holds values that are not finite")
    return tensors, values


def read_values(path: Path) -> dict[str, Any]:
    """Read the JSON values only.

    Raises
    ------
    TrainingError
        If the file cannot be read or is no checkpoint of this version.
    """
    with _opened(path) as file:
        return _values(path, file)


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    check_checkpoint_path(path)
    try:
        with safe_open(path, framework="pt") as file:
            yield file
    except (SafetensorError, OSError, KeyError, ValueError, RecursionError) as error:
        reason = printable(" ".join(str(error).split()))[:200]
        raise TrainingError(f"{path} is not a checkpoint of distill-train: {reason}") from None


def _values(path: Path, file: Any) -> dict[str, Any]:
    header = file.metadata() or {}
    if header.get("format") != FORMAT:
        raise TrainingError(f"{path} is not a checkpoint of distill-train")
    if header.get("version") != str(VERSION):
        raise TrainingError(
            f"{path} is a checkpoint of version {printable(str(header.get('version')))[:40]}; "
            f"this distill-train reads version {VERSION}"
        )
    values = json.loads(header["values"])
    if not isinstance(values, dict):
        raise TrainingError(f"{path} is damaged: its values are no table")
    return values


@dataclass(frozen=True)
class TrainedModel:
    """A model with its configuration, statistics and history.

    Attributes
    ----------
    model
        In evaluation mode, on the CPU.
    config
        Configuration of the run.
    statistics
        Statistics that its spectrograms are normalised with.
    folder
        Recordings when the run began: a folder, or a list of files.
    summary
        Facts about the run: counts, epochs, losses.
    history
        Metrics of the run.
    """

    model: ConvVAE
    config: TrainingConfig
    statistics: Statistics
    folder: str | list[str]
    summary: Summary
    history: MetricsHistory = field(default_factory=MetricsHistory, compare=False)

    def values(self) -> dict[str, Any]:
        """JSON values of the model's checkpoint, as `load_model` reads them."""
        return {
            "config": config_to_json(self.config),
            "statistics": asdict(self.statistics),
            "folder": self.folder,
            "summary": self.summary,
            "history": self.history.to_json(),
        }


def build_model(config: TrainingConfig, weights: Mapping[str, Tensor]) -> ConvVAE:
    """Model with the given weights, in evaluation mode on the CPU."""
    with torch.random.fork_rng(devices=[]):  # constructing it draws weights that are replaced
        model = ConvVAE(config.model, config.spectrogram, config.regularization.dropout)
    model.load_state_dict(weights)
    return model.eval()


def load_model(path: Path) -> TrainedModel:
    """Load the model of a checkpoint.

    Raises
    ------
    TrainingError
        If the file is no checkpoint, or its parts do not fit together.
    """
    tensors, values = read_checkpoint(path)
    try:
        config = config_from_checkpoint(values["config"])
        statistics = Statistics(**values["statistics"])
        history = MetricsHistory.from_json(values["history"])
        own = {name: tensor for name, tensor in tensors.items() if SEPARATOR not in name}
        model = build_model(config, own)
        source_from_json(values["folder"])  # checks its type
        folder, summary = values["folder"], dict(values["summary"])
    except (KeyError, TypeError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise TrainingError(f"{path} is no checkpoint of a model: {reason}") from None
    return TrainedModel(model, config, statistics, folder, summary, history)


def checkpoint_name(step: int) -> str:
    """File name of the checkpoint after a step."""
    return f"checkpoint-{step:09}.safetensors"


class RunFiles:
    """Files of a run.

    Parameters
    ----------
    folder
        The run's folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def checkpoints(self) -> list[Path]:
        """Resumable checkpoints, the latest first."""
        return sorted(self.folder.glob("checkpoint-?????????.safetensors"), reverse=True)

    def read_latest(
        self, checkpoint: Path | None = None
    ) -> tuple[dict[str, Tensor], dict[str, Any], list[str]]:
        """A given or the latest readable checkpoint, and an error message for each later one.

        Raises
        ------
        TrainingError
            If there is none.
        """
        if checkpoint:
            return (*read_checkpoint(checkpoint), [])
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

    def read_latest_values(self) -> dict[str, Any]:
        """JSON values of the latest checkpoint, without reading its tensors.

        Raises
        ------
        TrainingError
            If there is none.
        """
        for path in self.checkpoints():
            with suppress(TrainingError):
                return read_values(path)
        return self.read_latest()[1]

    def continuation(self) -> str:
        """Commands that continue an unfinished run, for a message."""
        resume = f"continue with 'distill-train resume {argument(self.folder)}'"
        best = self.folder / BEST
        if not best.is_file():
            return resume
        named = self.folder.suffix == RUN  # not "."
        bundle = self.folder.with_suffix(BUNDLE) if named else bundle_path(self.folder)
        export = f"distill-train export {argument(best)} --out {argument(bundle)}"
        return f"{resume}, or make a model of it now: '{export}'"

    def is_done(self) -> bool:
        """Whether the run is complete: its bundle is written."""
        return (self.folder / DONE).is_file()

    def bundle(self) -> Path | None:
        """Bundle made from the run; None if the run is not done, or one of the two was renamed."""
        return finished_bundle(self.folder)

    def mark_done(self) -> None:
        """Record that the run is complete.

        Raises
        ------
        TrainingError
            If the file cannot be written.
        """
        with atomic_write(self.folder / DONE, TrainingError) as temporary:
            temporary.write_text("{}\n", encoding="utf-8")

    def check_done(self) -> None:
        """Raise if the folder holds a run that can be resumed.

        Raises
        ------
        TrainingError
            If it does.
        """
        if self.is_done() or not self.checkpoints():
            return
        trained = self.read_latest_values().get("finished")
        what = "a trained model without its file" if trained else "an unfinished run"
        raise TrainingError(
            f"{self.folder} holds {what}; continue it with "
            f"'distill-train resume {argument(self.folder)}', or start again with --overwrite"
        )

    def begin(self, config: TrainingConfig, *, overwrite: bool) -> None:
        """Remove the files of an earlier run, and write the configuration.

        Parameters
        ----------
        config
            Configuration of the new run.
        overwrite
            Whether to replace a run that is not done.

        Raises
        ------
        TrainingError
            If there is such a run and `overwrite` is false, or the folder cannot be written.
        """
        if not overwrite:
            self.check_done()
        earlier = self.checkpoints()
        self._write_configuration(config)
        # `DONE` goes last: until then an interrupted removal leaves a run that counts as done.
        made = [self.folder / name for name in (REPORT, BEST, DONE)]
        for name in ("epoch_*.wav", REFERENCE):
            earlier += self.folder.glob(f"{PREVIEWS}/{name}")
        for path in [*earlier, *made]:
            path.unlink(missing_ok=True)

    def reopen(self, config: TrainingConfig, *, done: bool) -> None:
        """Write the configuration of a resumed run, which is unfinished again unless `done`.

        Raises
        ------
        TrainingError
            If the folder cannot be written.
        """
        self._write_configuration(config)
        if not done:
            (self.folder / DONE).unlink(missing_ok=True)

    def remove_checkpoints_after(self, step: int) -> None:
        """Remove checkpoints later than that of a step."""
        for path in self.checkpoints():
            if path.name > checkpoint_name(step):
                path.unlink()

    def _write_configuration(self, config: TrainingConfig) -> None:
        with atomic_write(self.folder / CONFIGURATION, TrainingError) as temporary:
            text = json.dumps(config_to_json(config), indent=2)
            temporary.write_text(text + "\n", encoding="utf-8")

    def write_best(self, tensors: Mapping[str, Tensor], values: Mapping[str, Any]) -> None:
        """Write the best model.

        Raises
        ------
        TrainingError
            If it cannot be written.
        """
        write_checkpoint(self.folder / BEST, tensors, values)

    def write(self, step: int, tensors: Mapping[str, Tensor], values: Mapping[str, Any]) -> None:
        """Write a resumable checkpoint, and keep the latest `MAX_CHECKPOINTS`.

        Raises
        ------
        TrainingError
            If it cannot be written.
        """
        write_checkpoint(self.folder / checkpoint_name(step), tensors, values)
        for path in self.checkpoints()[MAX_CHECKPOINTS:]:
            with suppress(OSError):
                path.unlink()


@contextmanager
def open_run(folder: Path) -> Iterator[RunFiles]:
    """Create and lock a run's folder; only one process writes to it.

    Raises
    ------
    TrainingError
        If another run holds the lock, or the folder cannot be written.
    """
    with ExitStack() as stack:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            # A soft lock would outlive a process that is killed.
            stack.enter_context(FileLock(folder / LOCK, timeout=1, fallback_to_soft=False))
        except Timeout:
            raise TrainingError(
                f"another run is writing to {folder}; wait for its end, or choose another --out"
            ) from None
        except OSError as error:
            raise TrainingError(f"{folder} cannot be written: {error.strerror}") from None
        for path in folder.glob(f".{'?' * 16}.partial"):  # of a run that was killed while writing
            with suppress(OSError):
                path.unlink()
        yield RunFiles(folder)
