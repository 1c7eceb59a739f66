"""Gestures: what a performer did, as timed statements; kept by name, drawn elsewhere, played."""

from distill_live.gestures.compile import Score, to_score
from distill_live.gestures.gesture import Gesture, TimedCommand
from distill_live.gestures.recorder import Recorder
from distill_live.gestures.spreadsheet import from_csv, to_csv
from distill_live.gestures.store import GestureStore

__all__ = [
    "Gesture",
    "GestureStore",
    "Recorder",
    "Score",
    "TimedCommand",
    "from_csv",
    "to_csv",
    "to_score",
]
