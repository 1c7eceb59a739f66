"""Events of a run: immutable, numbers and text only."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from distill_train.corpus.audio import FileNote, SkippedFile
from distill_train.corpus.cache import CachePlan


@dataclass(frozen=True)
class WaitingEvent:
    """The run waits for another one on this machine; repeated while it does."""


@dataclass(frozen=True)
class AnalysisProgress:
    """Number of files analysed so far, and of all files, while a cache is built."""

    done: int
    files: int


@dataclass(frozen=True)
class CorpusEvent:
    """The recordings are analysed and split.

    Attributes
    ----------
    recordings, seconds
        Number and total length of the recordings.
    cache, cache_built
        Folder of the cache, and whether it was built for this run rather than reused.
    skipped
        Files that cannot be used.
    notes
        What is not read of a file, or not as one expects.
    unread
        Line about files of types that are not read; empty if there are none.
    training_chunks, validation_chunks
        Numbers of chunks.
    split_by
        ``file``, ``time`` or ``nothing``.
    """

    recordings: int
    seconds: float
    cache: Path
    cache_built: bool
    skipped: tuple[SkippedFile, ...]
    notes: tuple[FileNote, ...]
    unread: str
    training_chunks: int
    validation_chunks: int
    split_by: str


@dataclass(frozen=True)
class StepMetrics:
    """Metrics of a training step.

    Attributes
    ----------
    epoch, epochs
        Current epoch, from 1, and number of epochs.
    step, steps
        Number of steps done, including this one, and of all steps.
    losses
        Loss terms by name, and their weighted sum without the divergence as ``reconstruction``.
    learning_rate, kl_weight, gradient_norm
        Values in this step; the norm before clipping.
    skipped
        Whether the step was discarded, as loss or gradient was not finite.
    seconds
        Training time of the run so far, without pauses between sessions.
    memory_bytes
        Memory in use on a GPU, as `memory_bytes` measures it; None on the CPU.
    """

    epoch: int
    epochs: int
    step: int
    steps: int
    losses: dict[str, float]
    learning_rate: float
    kl_weight: float
    gradient_norm: float
    skipped: bool
    seconds: float
    memory_bytes: int | None = None


@dataclass(frozen=True)
class EpochMetrics:
    """Metrics of an epoch.

    Attributes
    ----------
    epoch, epochs
        This epoch, from 1, and number of epochs.
    training, validation
        Mean losses by name, with ``reconstruction``, the weighted sum without the divergence.
        `training` is empty if no step was finite, `validation` if there are no validation chunks.
    skipped_steps
        Number of steps in this epoch whose loss or gradient was not finite.
    best
        Whether this epoch's model is the best so far.
    seconds
        Training time of the run so far.
    learning_rate
        Learning rate of the epoch's last step.
    seconds_left
        Estimated remaining time of training; None before this session's second step.
    """

    epoch: int
    epochs: int
    training: dict[str, float]
    validation: dict[str, float]
    skipped_steps: int
    best: bool
    seconds: float
    learning_rate: float = 0.0
    seconds_left: float | None = None

    @property
    def loss(self) -> float | None:
        """Reconstruction loss in training."""
        return self.training.get("reconstruction")

    @property
    def val_loss(self) -> float | None:
        """Reconstruction loss in validation."""
        return self.validation.get("reconstruction")

    @property
    def gap(self) -> float | None:
        """Excess of `val_loss` over `loss`, relative to `loss`: a measure of overfitting."""
        if not self.loss or self.val_loss is None:
            return None
        return self.val_loss / self.loss - 1.0

    @property
    def kl(self) -> float | None:
        """KL divergence from the prior in nats, summed over all dimensions, without free bits."""
        return self.training.get("kl")

    @property
    def val_kl(self) -> float | None:
        """As `kl`, in validation."""
        return self.validation.get("kl")


@dataclass(frozen=True)
class PreviewEvent:
    """A preview of an epoch's model was written to `path`.

    In a history, `path` is relative to the run's folder.
    """

    epoch: int
    path: Path


@dataclass(frozen=True)
class WarningEvent:
    """A warning in one line; the run continues. `epoch` is None outside training."""

    epoch: int | None
    message: str


@dataclass(frozen=True)
class ResumedEvent:
    """A run was resumed.

    Attributes
    ----------
    epoch, epochs
        Current epoch, and number of epochs.
    step, steps
        Number of steps done, and of all steps.
    best_epoch, best_loss
        Epoch and loss of the best model so far; None until the first epoch ends.
    """

    epoch: int
    epochs: int
    step: int
    steps: int
    best_epoch: int | None
    best_loss: float | None


@dataclass(frozen=True)
class TrainingCompleteEvent:
    """Training ended.

    Attributes
    ----------
    cancelled
        Whether it was cancelled, and can be resumed.
    step, steps
        Number of steps done, and of all steps.
    skipped_steps
        Number of steps whose loss or gradient was not finite.
    best_epoch, best_loss
        Epoch and loss of the best model; None until the first epoch ends.
    seconds
        Training time of the run.
    """

    cancelled: bool
    step: int
    steps: int
    skipped_steps: int
    best_epoch: int | None
    best_loss: float | None
    seconds: float


@dataclass(frozen=True)
class ExportProgress:
    """Share of landmarks and axes that is measured, 0 to 1, before a bundle is written."""

    share: float


@dataclass(frozen=True)
class InstallEvent:
    """The bundle was copied to the library, as `path`."""

    path: Path


@dataclass(frozen=True)
class StageEvent:
    """A stage after training began: ``export`` or ``report``."""

    stage: Literal["export", "report"]


TrainingEvent = (
    WaitingEvent
    | CachePlan
    | AnalysisProgress
    | CorpusEvent
    | StepMetrics
    | EpochMetrics
    | PreviewEvent
    | WarningEvent
    | ResumedEvent
    | TrainingCompleteEvent
    | InstallEvent
    | StageEvent
    | ExportProgress
)
"""Any event of a run."""
