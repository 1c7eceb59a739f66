"""Warnings of overfitting and posterior collapse; they never stop a run."""

from distill_train.config import TrainingConfig
from distill_train.training.events import EpochMetrics


class Diagnostics:
    """Checks every epoch; warns when a problem begins, not while it lasts.

    Parameters
    ----------
    config
        Configuration of the run, with the thresholds.
    """

    def __init__(self, config: TrainingConfig) -> None:
        self._limits, self._annealing = config.regularization, config.loss.kl_annealing
        self._active: set[str] = set()

    def check(self, metrics: EpochMetrics) -> list[str]:
        """Warnings after an epoch, one line each."""
        limits, gap, kl = self._limits, metrics.gap, metrics.kl
        present = {}
        if gap is not None and gap > limits.gap_warning:
            present["gap"] = (
                f"overfitting: the validation loss exceeds the training loss by {100 * gap:.0f} % "
                f"(limit {100 * limits.gap_warning:g} %); more recordings or a stronger preset "
                "would help"
            )
        # Before the annealing ends, a low divergence is no sign of collapse.
        annealed = metrics.epoch >= self._annealing * metrics.epochs
        if annealed and kl is not None and kl < limits.kl_warning:
            present["kl"] = (
                f"posterior collapse: the KL divergence is {kl:.2f} nats (limit "
                f"{limits.kl_warning:g}), so latents carry little; a lower loss.kl would help"
            )
        begun = [message for problem, message in present.items() if problem not in self._active]
        self._active = set(present)
        return begun
