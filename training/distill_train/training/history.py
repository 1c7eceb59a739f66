"""A run's history: the events that it has told, bounded, and the time that is left.

It becomes JSON in a checkpoint and comes back, so a resumed run has one history. It knows no clock:
times are those that the events bear.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Generic, TypeVar

from distill_train.training.events import (
    EpochMetrics,
    PreviewEvent,
    StepMetrics,
    TrainingEvent,
    WarningEvent,
)

KEPT_STEPS, KEPT_EPOCHS, KEPT_OTHERS = 1024, 8192, 256
"""Most events of a kind that are kept; of more, they are thinned out evenly."""

RECENT_STEPS = 512
"""Steps whose pace the time left is estimated from."""

T = TypeVar("T")


class Thinned(Generic[T]):
    """Events in order, of which at most `most` are kept: every first, second, fourth, ...

    Parameters
    ----------
    most
        How many; at least 2.
    """

    def __init__(self, most: int) -> None:
        self._most, self.every, self.seen = most, 1, 0
        self.items: list[T] = []

    def add(self, item: T) -> None:
        """Keep an event, if it is its turn."""
        if self.seen % self.every == 0:
            self.items.append(item)
            if len(self.items) > self._most:
                self.items, self.every = self.items[::2], 2 * self.every
        self.seen += 1


class MetricsHistory:
    """Steps, epochs, previews and warnings of a run; `add` is a callback for its events."""

    def __init__(self) -> None:
        self._steps: Thinned[StepMetrics] = Thinned(KEPT_STEPS)
        self._epochs: Thinned[EpochMetrics] = Thinned(KEPT_EPOCHS)
        self._previews: Thinned[PreviewEvent] = Thinned(KEPT_OTHERS)
        self._warnings: Thinned[WarningEvent] = Thinned(KEPT_OTHERS)
        self._recent: deque[StepMetrics] = deque(maxlen=RECENT_STEPS)

    def add(self, event: TrainingEvent) -> None:
        """Keep an event; those that begin or end a session are not kept."""
        match event:
            case StepMetrics():
                self._steps.add(event)
                self._recent.append(event)
            case EpochMetrics():
                self._epochs.add(event)
            case PreviewEvent():
                self._previews.add(event)
            case WarningEvent():
                self._warnings.add(event)

    @property
    def steps(self) -> tuple[StepMetrics, ...]:
        """Steps in order, evenly thinned out once there are more than `KEPT_STEPS`."""
        return tuple(self._steps.items)

    @property
    def epochs(self) -> tuple[EpochMetrics, ...]:
        """Epochs in order, evenly thinned out once there are more than `KEPT_EPOCHS`."""
        return tuple(self._epochs.items)

    @property
    def previews(self) -> tuple[PreviewEvent, ...]:
        """Previews in order."""
        return tuple(self._previews.items)

    @property
    def warnings(self) -> tuple[WarningEvent, ...]:
        """Warnings in order."""
        return tuple(self._warnings.items)

    @property
    def seconds_left(self) -> float | None:
        """Estimate of the time that training still takes; None before this session's second step.

        At the pace of the last steps, the looks at held-out chunks between them included.
        """
        if len(self._recent) < 2:
            return None
        first, last = self._recent[0], self._recent[-1]
        pace = (last.seconds - first.seconds) / (last.step - first.step)
        return pace * (last.steps - last.step)

    def to_json(self) -> dict[str, Any]:
        """As what `json` writes."""
        kinds = self._kinds()
        values: dict[str, Any] = {
            name: {
                "seen": kept.seen,
                "every": kept.every,
                "items": [asdict(item) for item in kept.items],
            }
            for name, (kept, _) in kinds.items()
        }
        for preview in values["previews"]["items"]:
            preview["path"] = str(preview["path"])
        return values

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "MetricsHistory":
        """From what `to_json` gave.

        Raises
        ------
        KeyError, TypeError
            If it is something else.
        """
        history = cls()
        for name, (kept, kind) in history._kinds().items():
            kept.seen, kept.every = int(values[name]["seen"]), int(values[name]["every"])
            kept.items = [kind(**item) for item in values[name]["items"]]
        history._previews.items = [
            PreviewEvent(preview.epoch, Path(preview.path)) for preview in history.previews
        ]
        return history

    def _kinds(self) -> dict[str, tuple[Thinned[Any], type[Any]]]:
        return {
            "steps": (self._steps, StepMetrics),
            "epochs": (self._epochs, EpochMetrics),
            "previews": (self._previews, PreviewEvent),
            "warnings": (self._warnings, WarningEvent),
        }
