"""Trainer of Distill Live: turns recordings into `.distill` bundles.

    import distill_train

    bundle = distill_train.train("recordings", on_event=print)

Names are imported on first use; importing the package alone loads nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from distill_train.api import export, inspect, resume, train, watch
    from distill_train.config import TrainingConfig
    from distill_train.corpus.cache import CachePlan
    from distill_train.inspection import Inspection
    from distill_train.runner import TrainingRunner
    from distill_train.training.event_log import SessionEnded, SessionStarted
    from distill_train.training.events import (
        AnalysisProgress,
        CorpusEvent,
        EpochMetrics,
        ExportProgress,
        InstallEvent,
        PreviewEvent,
        ResumedEvent,
        StageEvent,
        StepMetrics,
        TrainingCompleteEvent,
        TrainingEvent,
        WaitingEvent,
        WarningEvent,
    )

__all__ = [
    "AnalysisProgress",
    "CachePlan",
    "CorpusEvent",
    "EpochMetrics",
    "ExportProgress",
    "Inspection",
    "InstallEvent",
    "PreviewEvent",
    "ResumedEvent",
    "SessionEnded",
    "SessionStarted",
    "StageEvent",
    "StepMetrics",
    "TrainingCompleteEvent",
    "TrainingConfig",
    "TrainingEvent",
    "TrainingRunner",
    "WaitingEvent",
    "WarningEvent",
    "export",
    "inspect",
    "resume",
    "train",
    "watch",
]

_MODULES = {
    **dict.fromkeys(("export", "inspect", "resume", "train", "watch"), "api"),
    "CachePlan": "corpus.cache",
    "Inspection": "inspection",
    **dict.fromkeys(("SessionEnded", "SessionStarted"), "training.event_log"),
    "TrainingConfig": "config",
    "TrainingRunner": "runner",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES.get(name, 'training.events')}"), name)


def __dir__() -> list[str]:
    return __all__
