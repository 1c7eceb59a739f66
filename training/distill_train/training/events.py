"""Events of a run: immutable, numbers and text only."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from distill_train.corpus.audio import FileNote, SkippedFile
from distill_train.corpus.cache import CachePlan


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
    cache
        Folder of the cache.
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
        Peak device memory so far; None on devices without their own.
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
    """

    epoch: int
    epochs: int
    training: dict[str, float]
    validation: dict[str, float]
    skipped_steps: int
    best: bool
    seconds: float

    @property
    def gap(self) -> float | None:
        """Validation minus training reconstruction loss: a measure of overfitting."""
        if not (self.training and self.validation):
            return None
        return self.validation["reconstruction"] - self.training["reconstruction"]

    @property
    def kl(self) -> float | None:
        """KL divergence from the prior in nats, summed over all dimensions, without free bits."""
        return self.training.get("kl")


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
class StageEvent:
    """A stage after training began: ``export`` or ``report``."""

    stage: Literal["export", "report"]


TrainingEvent = (
    CachePlan
    | AnalysisProgress
    | CorpusEvent
    | StepMetrics
    | EpochMetrics
    | PreviewEvent
    | WarningEvent
    | ResumedEvent
    | TrainingCompleteEvent
    | StageEvent
    | ExportProgress
)
"""Any event of a run."""
