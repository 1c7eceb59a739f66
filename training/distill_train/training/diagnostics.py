"""What a run warns of: overfitting and latents that say nothing. A warning never stops it."""

from distill_train.config import TrainingConfig
from distill_train.training.events import EpochMetrics


class Diagnostics:
    """Looks at every epoch, and speaks when something begins, not while it lasts.

    Parameters
    ----------
    config
        Of the run; says from where on it speaks.
    """

    def __init__(self, config: TrainingConfig) -> None:
        self._limits, self._annealing = config.regularization, config.loss.kl_annealing
        self._said: set[str] = set()

    def look(self, metrics: EpochMetrics) -> list[str]:
        """What to warn of after an epoch, one line each."""
        limits, gap, kl = self._limits, metrics.gap, metrics.kl
        annealed = metrics.epoch >= self._annealing * metrics.epochs  # before, KL says nothing
        return [
            *self._begins(
                "gap",
                gap is not None and gap > limits.gap_warning,
                f"overfitting: the held-out loss is {gap or 0.0:.2f} above the learnt one (more "
                f"than {limits.gap_warning:g}); more recordings or a stronger preset would help",
            ),
            *self._begins(
                "kl",
                annealed and kl is not None and kl < limits.kl_warning,
                f"posterior collapse: the divergence is {kl or 0.0:.2f} nats (less than "
                f"{limits.kl_warning:g}), so latents say little; lower loss.kl would help",
            ),
        ]

    def _begins(self, what: str, holds: bool, message: str) -> list[str]:
        if not holds:
            self._said.discard(what)
            return []
        if what in self._said:
            return []
        self._said.add(what)
        return [message]
