"""Event log of a run as the studio reads it: again and again, only what was appended since.

The JSON of the events goes to the pages as it is; no class of the trainer is loaded, and so no
torch.
"""

import json
import time
from collections import deque
from pathlib import Path
from typing import Any

from distill_live.user_files import is_number
from distill_train.output_paths import EVENTS
from distill_train.studio.folders import open_unlinked

MAX_RECENT = 256
"""Number of the newest events that are kept for those who follow the run."""

MAX_KEPT, MAX_WARNINGS = 16384, 256
"""Maximum numbers of epochs and previews, thinned beyond it, and of warnings."""

MAX_LINE_BYTES = 2**20
"""Maximum length of an event; parts of a longer line are none."""

HEAD_BYTES = 128
"""Length of a log's beginning, with time and process, that tells it from another run's."""

_NUMBERS = {
    "StepMetrics": ("epoch", "epochs", "step", "steps", "seconds"),
    "EpochMetrics": ("epoch", "epochs", "seconds"),
    "PreviewEvent": ("epoch",),
    "AnalysisProgress": ("done", "files"),
    "ExportProgress": ("share",),
}
_TEXTS = {
    "PreviewEvent": ("path",),
    "WarningEvent": ("message",),
    "InstallEvent": ("path",),
    "StageEvent": ("stage",),
    "SessionEnded": ("outcome", "message"),
}
"""Fields that the studio computes with or shows, by kind; without one an event is damaged."""

Event = dict[str, Any]


class RunLog:
    """Events of a run.

    Parameters
    ----------
    folder
        Folder of the run.

    Attributes
    ----------
    session, ended : dict or None
        Start of the latest session, and its end.
    started : float
        Unix time of the first event; 0 if there is none.
    last : dict
        The newest event.
    step : dict
        The newest step.
    epochs, previews, warnings : list of dict
        Events of these kinds.
    installed : str
        Name of the model in the library; empty if it was not put there.
    count : int
        Number of events read so far; the last of them are in `recent`.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / EVENTS
        self._clear()

    def _clear(self) -> None:
        self._offset, self.count, self._head = 0, 0, b""
        self.session: Event | None = None
        self.ended: Event | None = None
        self.started = 0.0
        self.last: Event = {}
        self.step: Event = {}
        self._first_step: Event = {}
        self.epochs: list[Event] = []
        self.previews: list[Event] = []
        self.warnings: list[Event] = []
        self.installed = ""
        self.recent: deque[Event] = deque(maxlen=MAX_RECENT)

    def refresh(self) -> None:
        """Read what was appended; begin again if another run has taken the folder."""
        try:
            with open_unlinked(self._path, "rb") as file:
                head = file.read(HEAD_BYTES)
                if file.seek(0, 2) < self._offset or not head.startswith(self._head):
                    self._clear()
                self._head = head
                file.seek(self._offset)
                while line := file.readline(MAX_LINE_BYTES):
                    if not line.endswith(b"\n") and len(line) < MAX_LINE_BYTES:
                        break  # it is being written
                    self._offset += len(line)
                    if (event := _event(line)) is not None:
                        self._add(event)
        except OSError:
            self._clear()

    def _add(self, event: Event) -> None:
        kind = event["event"]
        self.started = self.started or float(event["time"])
        self.count += 1
        self.last = event
        self.recent.append(event)
        match kind:
            case "SessionStarted":
                self.session, self.ended, self.step, self._first_step = event, None, {}, {}
                if not event.get("resumed"):
                    self.epochs, self.previews, self.warnings = [], [], []
            case "SessionEnded":
                self.ended = event
            case "StepMetrics":
                self.step = event
                self._first_step = self._first_step or event
            case "EpochMetrics":
                self.epochs = _appended(self.epochs, event)
            case "PreviewEvent":
                self.previews = _appended(self.previews, event)
            case "WarningEvent":
                self.warnings = [*self.warnings, event][-MAX_WARNINGS:]
            case "InstallEvent":
                self.installed = Path(event["path"]).stem

    @property
    def stage(self) -> str:
        """``starting``, ``waiting``, ``reading``, ``training``, ``export`` or ``report``."""
        match self.last.get("event"):
            case None | "SessionStarted" | "SessionEnded":
                return "starting"
            case "WaitingEvent":
                return "waiting"
            case "CachePlan" | "AnalysisProgress":
                return "reading"
            case "StageEvent":
                return str(self.last["stage"])
            case "ExportProgress":
                return "export"
        return "training"

    @property
    def share(self) -> float | None:
        """Share of the stage that is done, 0 to 1; None if it is not known."""
        match self.last:
            case {"event": "AnalysisProgress", "done": done, "files": files}:
                return float(done / max(1, files))
            case {"event": "ExportProgress", "share": share}:
                return float(share)
        if self.stage == "training" and self.step.get("steps"):
            return float(self.step["step"] / self.step["steps"])
        return None

    @property
    def minutes_left(self) -> float | None:
        """Time left for training by the pace of the session; None before its second step."""
        if self.stage != "training" or not self.step or self.step is self._first_step:
            return None
        first, last = self._first_step, self.step
        pace_s = (last["seconds"] - first["seconds"]) / max(1, last["step"] - first["step"])
        since_s = max(0.0, time.time() - float(last["time"]))
        return max(0.0, float(pace_s * (last["steps"] - last["step"])) - since_s) / 60.0


def _event(line: bytes) -> Event | None:
    """Event of a line; None if it is damaged, as by a crash."""
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(event, dict) or not isinstance(event.get("event"), str):
        return None
    kind = event["event"]
    if kind == "SessionStarted" and not _is_process(event.get("pid")):
        return None
    numbers = all(is_number(event.get(key)) for key in ("time", *_NUMBERS.get(kind, ())))
    texts = all(isinstance(event.get(key), str) for key in _TEXTS.get(kind, ()))
    return event if numbers and texts else None


def _is_process(pid: Any) -> bool:
    """Whether a number is that of one process: 0 and negative ones mean many."""
    return type(pid) is int and 0 < pid < 2**31


def _appended(events: list[Event], event: Event) -> list[Event]:
    """Events with one more, without later epochs: the run may go on from an earlier checkpoint."""
    while events and events[-1]["epoch"] >= event["epoch"]:
        events.pop()
    events.append(event)
    return events if len(events) <= MAX_KEPT else events[::2]
