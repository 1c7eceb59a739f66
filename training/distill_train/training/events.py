"""What a run tells while it goes on: immutable events for one callback.

Numbers and text only; no tensors. Who shows or keeps them is elsewhere.
"""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class StepMetrics:
    """What one step came to.

    Attributes
    ----------
    epoch, epochs
        The epoch that it belongs to, from 1, and how many there will be.
    step, steps
        Steps done with this one, and in all.
    losses
        The terms by name, and their weighted sum without the divergence as ``reconstruction``.
    learning_rate, kl_weight, gradient_norm
        As they were in this step; the norm before clipping.
    skipped
        Whether loss or gradient were not finite, so that nothing was learnt.
    seconds
        For which the run has trained so far, pauses between sessions left out.
    memory_bytes
        Most device memory that was in use so far, where the device has its own.
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
    """What one epoch came to.

    Attributes
    ----------
    epoch, epochs
        This one, from 1, and how many there will be.
    training, validation
        Means of the terms by name, and of their weighted sum without the divergence as
        ``reconstruction``; `training` is empty where no step was finite, `validation` where nothing
        is held out.
    skipped_steps
        Steps of this epoch whose loss or gradient was not finite.
    best
        Whether this epoch's model is the best so far.
    seconds
        For which the run has trained so far.
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
        """Held-out less learnt reconstruction loss: how far the network overfits."""
        if not (self.training and self.validation):
            return None
        return self.validation["reconstruction"] - self.training["reconstruction"]

    @property
    def kl(self) -> float | None:
        """Divergence from the prior in nats, all dimensions together, free bits included."""
        return self.training.get("kl")


@dataclass(frozen=True)
class PreviewEvent:
    """A preview of an epoch's model was made, and is to be found at `path`.

    In a history, `path` is below the run's folder.
    """

    epoch: int
    path: Path


@dataclass(frozen=True)
class WarningEvent:
    """Something that the user should know and that does not stop the run, in one line."""

    epoch: int
    message: str


@dataclass(frozen=True)
class ResumedEvent:
    """A run goes on.

    Attributes
    ----------
    epoch, epochs
        The epoch that it goes on in, and how many there are.
    step, steps
        Steps done, and in all.
    best_epoch, best_loss
        Of the best model so far; None before the first epoch's end.
    """

    epoch: int
    epochs: int
    step: int
    steps: int
    best_epoch: int | None
    best_loss: float | None


@dataclass(frozen=True)
class TrainingCompleteEvent:
    """The loop has ended.

    Attributes
    ----------
    cancelled
        Whether it was asked to stop, and can be resumed.
    step, steps
        Steps done, and in all.
    skipped_steps
        Those whose loss or gradient was not finite.
    best_epoch, best_loss
        Of the best model; None before the first epoch's end.
    seconds
        For which the run has trained.
    """

    cancelled: bool
    step: int
    steps: int
    skipped_steps: int
    best_epoch: int | None
    best_loss: float | None
    seconds: float


TrainingEvent = (
    StepMetrics | EpochMetrics | PreviewEvent | WarningEvent | ResumedEvent | TrainingCompleteEvent
)
"""What a run's callback is called with."""
