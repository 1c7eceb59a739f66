"""Event log of a run: ``events.jsonl`` in its folder, one JSON object a line.

    {"time": 1764408000.25, "event": "EpochMetrics", "epoch": 1, "epochs": 200, ...}

`time` is Unix time, `event` the name of a class below or in `distill_train.training.events`; the
other keys are its fields. Paths within the folder are relative to it, and numbers that are not
finite are null. Of steps that follow one another faster than they are looked for, some are left
out. A resumed run appends; each session begins with `SessionStarted`.
"""

import json
import math
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, is_dataclass
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Self, get_args, get_origin, get_type_hints

from distill_live.errors import TrainingError
from distill_live.files import named_refusal
from distill_live.user_files import is_number
from distill_train.output_paths import EVENTS, argument, check_run_folder, is_locked
from distill_train.training.events import StepMetrics, TrainingEvent

POLL_S = 0.2
"""Time between looks for new events."""


@dataclass(frozen=True)
class SessionStarted:
    """A process began the run, or resumed it, on `recordings`: a folder or a list of files."""

    resumed: bool
    pid: int
    recordings: str | list[str] = ""


@dataclass(frozen=True)
class SessionEnded:
    """The process ended; `message` is empty if the run is done."""

    outcome: Literal["done", "stopped", "failed"]
    message: str = ""


LoggedEvent = TrainingEvent | SessionStarted | SessionEnded
"""Any event of a log."""

_hints = cache(get_type_hints)

_KINDS: dict[str, type[Any]] = {kind.__name__: kind for kind in get_args(LoggedEvent)}


class EventLog:
    """Writes a run's events; a context manager.

    A line that cannot be written, as on a full disk, is left out: the run goes on.

    Parameters
    ----------
    folder
        Folder of the run.
    append
        Whether to keep the events of earlier sessions.

    Raises
    ------
    TrainingError
        If the file cannot be opened.
    """

    def __init__(self, folder: Path, *, append: bool) -> None:
        self._folder, path = folder, folder / EVENTS
        self._step_s = -math.inf
        with named_refusal(TrainingError, path, "not written", "change the permissions"):
            self._file = path.open("ab+" if append else "wb+", buffering=0)
            end = self._file.seek(0, os.SEEK_END)
            self._file.seek(max(0, end - 1))
            # A killed process may leave a part of a line.
            self._torn = self._file.read(1) not in (b"", b"\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._file.close()

    def write(self, event: LoggedEvent) -> None:
        """Append an event; a step within `POLL_S` of one that was written is left out."""
        if isinstance(event, StepMetrics):
            now_s = time.perf_counter()
            if now_s - self._step_s < POLL_S:
                return
            self._step_s = now_s
        values = {"time": round(time.time(), 3), "event": type(event).__name__, **asdict(event)}
        try:
            text = json.dumps(values, default=self._path_text, allow_nan=False)
        except ValueError:
            text = json.dumps(_finite(values), default=self._path_text)
        line = b"\n" * self._torn + text.encode() + b"\n"
        try:
            self._torn = self._file.write(line) != len(line)
        except OSError:
            self._torn = True

    def _path_text(self, path: Path) -> str:
        inside = path.is_relative_to(self._folder)
        return str(path.relative_to(self._folder) if inside else path)


def follow_events(folder: Path) -> Iterator[LoggedEvent]:
    """Events of a run from its beginning, then as they come, until its session ends.

    Lines that are damaged or of another version are left out.

    Raises
    ------
    TrainingError
        If there is no log, or the process ended without a last event.
    """
    check_run_folder(folder)
    if not (folder / EVENTS).is_file():
        raise TrainingError(f"{folder} holds no {EVENTS}; give the folder of a run")
    line, last, dead = b"", None, False
    with (folder / EVENTS).open("rb") as file:
        while True:
            line += file.readline()
            if line.endswith(b"\n"):
                event = _event_from_line(line, folder)
                line, dead = b"", False
                if event:
                    last = event
                    yield event
            elif isinstance(last, SessionEnded):
                return
            elif dead:
                raise TrainingError(
                    f"the process of the run in {folder} was killed, or the computer was restarted;"
                    f" continue with 'distill-train resume {argument(folder)}'"
                )
            else:
                dead = not is_locked(folder)  # then what it wrote last is read
                time.sleep(0.0 if dead else POLL_S)


def _event_from_line(line: bytes, folder: Path) -> LoggedEvent | None:
    try:
        values = json.loads(line)
        del values["time"]
        event: LoggedEvent = _made(_KINDS[values.pop("event")], values, folder)
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return event


def _restored(hint: Any, value: Any, folder: Path) -> Any:
    """Value of a field from JSON.

    Raises
    ------
    TypeError
        If it is of another type.
    """
    kind, of = get_origin(hint) or hint, get_args(hint)
    if kind is UnionType:
        if value is None and NoneType in of:
            return None
        for one in of:
            with suppress(TypeError):
                return _restored(one, value, folder)
    elif kind in (tuple, list) and isinstance(value, list):
        return kind(_restored(of[0], item, folder) for item in value)
    elif kind is dict and isinstance(value, dict):
        return {key: _restored(of[1], item, folder) for key, item in value.items()}
    elif is_dataclass(kind) and isinstance(value, dict):
        return _made(kind, value, folder)
    elif kind is float and value is None:
        return math.nan
    elif kind is Path and isinstance(value, str):
        return folder / value
    elif (
        (kind in (int, float) and is_number(value) and type(value) in (int, kind))
        or (kind in (str, bool) and type(value) is kind)
        or (kind is Literal and value in of)
    ):
        return value
    raise TypeError(f"{value!r:.40} is no {hint}")


def _made(kind: Any, values: Mapping[str, Any], folder: Path) -> Any:
    hints = _hints(kind)
    return kind(**{name: _restored(hints[name], value, folder) for name, value in values.items()})


def _finite(value: Any) -> Any:
    """JSON value with None for numbers that are not finite."""
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value
