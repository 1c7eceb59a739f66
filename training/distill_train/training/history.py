"""Bounded history of a run's events, and its remaining time.

Stored as JSON in checkpoints, so a resumed run has one history.
"""

import re
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Generic, TypeVar

from distill_train.training.events import (
    EpochMetrics,
    PreviewEvent,
    StepMetrics,
    WarningEvent,
)

MAX_STEPS, MAX_EPOCHS, MAX_OTHERS = 1024, 8192, 256
"""Maximum number of stored events of each kind; more are thinned evenly."""

KINDS: dict[str, tuple[type[Any], int]] = {
    "steps": (StepMetrics, MAX_STEPS),
    "epochs": (EpochMetrics, MAX_EPOCHS),
    "previews": (PreviewEvent, MAX_OTHERS),
    "warnings": (WarningEvent, MAX_OTHERS),
}
"""Class and maximum number of the events under each name."""

RECENT_STEPS = 512
"""Number of recent steps that the remaining time is estimated from."""

_NUMBER = re.compile(r"\d+(\.\d+)?")

T = TypeVar("T")


class Thinned(Generic[T]):
    """Bounded list: every item, then every second, fourth, ... of those added.

    Parameters
    ----------
    capacity
        Maximum number of items, 2 or more.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity, self.every, self.seen = capacity, 1, 0
        self.items: list[T] = []

    def add(self, item: T) -> None:
        """Add an item, which is stored if it is due."""
        if self.seen % self.every == 0:
            self.items.append(item)
            if len(self.items) > self._capacity:
                self.items, self.every = self.items[::2], 2 * self.every
        self.seen += 1


def group_warnings(warnings: Iterable[WarningEvent]) -> list[list[WarningEvent]]:
    """Group warnings that differ in their numbers only, in the order of their first."""
    groups: dict[str, list[WarningEvent]] = {}
    for warning in warnings:
        groups.setdefault(_NUMBER.sub("#", warning.message), []).append(warning)
    return list(groups.values())


def epoch_range(warnings: Iterable[WarningEvent]) -> str:
    """Epochs of warnings: ``epoch 3``, ``epochs 3 to 40``, or empty outside training."""
    epochs = [warning.epoch for warning in warnings if warning.epoch is not None]
    if not epochs:
        return ""
    first, last = min(epochs), max(epochs)
    return f"epoch {first}" if first == last else f"epochs {first} to {last}"


class MetricsHistory:
    """Steps, epochs, previews and warnings of a run."""

    def __init__(self) -> None:
        self._events = {name: Thinned[Any](capacity) for name, (_, capacity) in KINDS.items()}
        self._recent: deque[StepMetrics] = deque(maxlen=RECENT_STEPS)

    def add(self, event: object) -> None:
        """Store a step, epoch, preview or warning; ignore other events."""
        for name, (kind, _) in KINDS.items():
            if isinstance(event, kind):
                self._events[name].add(event)
        if isinstance(event, StepMetrics):
            self._recent.append(event)

    @property
    def steps(self) -> tuple[StepMetrics, ...]:
        """Steps in order, thinned to `MAX_STEPS`."""
        return tuple(self._events["steps"].items)

    @property
    def epochs(self) -> tuple[EpochMetrics, ...]:
        """Epochs in order, thinned to `MAX_EPOCHS`."""
        return tuple(self._events["epochs"].items)

    @property
    def previews(self) -> tuple[PreviewEvent, ...]:
        """Previews in order."""
        return tuple(self._events["previews"].items)

    @property
    def warnings(self) -> tuple[WarningEvent, ...]:
        """Warnings in order."""
        return tuple(self._events["warnings"].items)

    @property
    def seconds_left(self) -> float | None:
        """Estimated remaining time of training; None before this session's second step.

        From the recent steps, including the validation between them.
        """
        if len(self._recent) < 2:
            return None
        first, last = self._recent[0], self._recent[-1]
        pace = (last.seconds - first.seconds) / max(1, last.step - first.step)
        return pace * (last.steps - last.step)

    def to_json(self) -> dict[str, Any]:
        """JSON values of the history."""
        values: dict[str, Any] = {
            name: {
                "seen": thinned.seen,
                "every": thinned.every,
                "items": [asdict(item) for item in thinned.items],
            }
            for name, thinned in self._events.items()
        }
        for preview in values["previews"]["items"]:
            preview["path"] = str(preview["path"])
        return values

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "MetricsHistory":
        """Restore a history from `to_json`.

        Raises
        ------
        KeyError, TypeError
            If the values are no history.
        """
        history = cls()
        for name, thinned in history._events.items():
            thinned.seen, thinned.every = int(values[name]["seen"]), int(values[name]["every"])
            thinned.items = [KINDS[name][0](**item) for item in values[name]["items"]]
        history._events["previews"].items = [
            PreviewEvent(preview.epoch, Path(preview.path)) for preview in history.previews
        ]
        return history
