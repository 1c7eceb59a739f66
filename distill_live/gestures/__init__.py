"""Gestures: recorded sequences of timed commands; stored by name, edited as CSV, played back."""

from distill_live.gestures.compile import CompiledGesture, compile_gesture
from distill_live.gestures.csv_format import from_csv, to_csv
from distill_live.gestures.gesture import Gesture, TimedCommand
from distill_live.gestures.recorder import GestureRecorder
from distill_live.gestures.store import GestureStore

__all__ = [
    "CompiledGesture",
    "Gesture",
    "GestureRecorder",
    "GestureStore",
    "TimedCommand",
    "compile_gesture",
    "from_csv",
    "to_csv",
]
