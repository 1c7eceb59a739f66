"""The live display: a few lines at the bottom of a terminal, drawn over and over in place.

What is said stays above it, in the terminal's history. It neither hides the cursor nor changes the
terminal's modes, so that there is nothing to restore however the process ends. It turns what it is
given into text; when, and to where, is `terminal`'s business.
"""

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from distill_live.addresses import Values
from distill_live.files import printable

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

METER_LOW_DB = -60.0
METER_COLUMNS = 40

LOUD_DB, HOT_DB = -18.0, -6.0
"""Where a meter turns yellow, and red."""

MOST_VALUES = 4
"""Numbers of one message that are shown."""


@dataclass(frozen=True)
class Snapshot:
    """What is shown at one moment.

    Parameters
    ----------
    model, output
        What plays, and on what.
    latency_ms
        How long a sample waits for the device at most.
    load_average, load_peak
        Shares of a hop's time.
    underruns, device_errors, broken_frames, late, dropped
        Counts since the start.
    levels_db
        Level and peak of each channel.
    recent
        What was said last, the newest at the end.
    recording_s
        How much is recorded; None while nothing is.
    """

    model: str
    output: str
    latency_ms: float
    load_average: float
    load_peak: float
    underruns: int
    device_errors: int
    broken_frames: int
    late: int
    dropped: int
    levels_db: tuple[tuple[float, float], ...]
    recent: tuple[tuple[str, Values], ...]
    recording_s: float | None = None


class Display:
    """Draws in place.

    Parameters
    ----------
    plain_characters
        Draw with ASCII alone.
    """

    def __init__(self, *, plain_characters: bool) -> None:
        from rich.console import Console

        self._console = Console(force_terminal=True, highlight=False, soft_wrap=False)
        self._plain = plain_characters
        self._size = os.terminal_size((0, 0))
        self._drawn_rows = 0

    def frame(self, snapshot: Snapshot | None, lines: list[str], size: os.terminal_size) -> str:
        """What replaces the last frame on a terminal of that size.

        Parameters
        ----------
        snapshot
            What is shown; None: nothing any more.
        lines
            What is said meanwhile; it stays, above.
        """
        parts: list[str] = []
        if self._drawn_rows and size != self._size:  # what was drawn lies who knows how
            parts.append("\x1b[H\x1b[2J")
        elif self._drawn_rows:
            parts.append(f"\r\x1b[{self._drawn_rows}A")
        rows = [] if snapshot is None else self._rows(snapshot, size)
        parts += [f"{line}\x1b[K\n" for line in (*lines, *rows)]
        parts.append("\x1b[J")
        self._size, self._drawn_rows = size, len(rows)
        return "".join(parts)

    def _rows(self, snapshot: Snapshot, size: os.terminal_size) -> list[str]:
        self._console.width = max(1, size.columns - 1)
        with self._console.capture() as capture:
            self._console.print(describe(snapshot, plain_characters=self._plain))
        return capture.get().splitlines()[: max(0, size.lines - 1)]


def describe(snapshot: Snapshot, *, plain_characters: bool = False) -> "RenderableType":
    """The display as something that rich can print."""
    from rich.console import Group
    from rich.text import Text

    s = snapshot
    title = Text(no_wrap=True, overflow="ellipsis")
    title.append(printable(s.model), "bold").append(f"  {printable(s.output)}")
    state = Text(no_wrap=True, overflow="ellipsis")
    if s.recording_s is not None:
        minutes, seconds = divmod(int(s.recording_s), 60)
        state.append(f"REC {minutes // 60}:{minutes % 60:02}:{seconds:02}", "bold red").append(
            "   "
        )
    state.append(f"latency {s.latency_ms:.0f} ms   load {s.load_average:.0%}")
    state.append(f" peak {s.load_peak:.0%}", "red" if s.load_peak > 1 else "")
    troubles = {
        "underruns": s.underruns,
        "device errors": s.device_errors,
        "broken frames": s.broken_frames,
        "late": s.late,
        "dropped": s.dropped,
    }
    for name, count in troubles.items():
        if count or name == "underruns":
            state.append(f"   {name} {count}", "yellow" if count else "")
    said = [f"{path} {_shown(values)}".rstrip() for path, values in reversed(s.recent)]
    last = Text("   ".join(said) or "nothing said over OSC yet", no_wrap=True, overflow="ellipsis")
    meters = (
        _meter(channel, rms_db, peak_db, ("#", "-", "|") if plain_characters else ("█", "─", "│"))
        for channel, (rms_db, peak_db) in enumerate(s.levels_db)
    )
    return Group(title, state, *meters, last)


def _meter(channel: int, rms_db: float, peak_db: float, characters: tuple[str, str, str]) -> "Text":
    from rich.text import Text

    full, empty, mark = characters
    level, peak = _column(rms_db), _column(peak_db)
    bar = full * level + empty * (METER_COLUMNS - level)
    if peak > level:
        bar = bar[: peak - 1] + mark + bar[peak:]
    head = f"{channel:>2} "
    text = Text(head + bar, no_wrap=True, overflow="crop")
    start = len(head)
    text.stylize("dim", start + level)
    zones = (0, _column(LOUD_DB), _column(HOT_DB), METER_COLUMNS)
    for colour, low, high in zip(("green", "yellow", "red"), zones, zones[1:], strict=False):
        text.stylize(colour, start + low, start + min(level, high))
        if level < peak and low < peak <= high:
            text.stylize(f"not dim {colour}", start + peak - 1, start + peak)
    return text.append(f" {rms_db:5.1f} dB  peak {peak_db:5.1f}")


def _column(db: float) -> int:
    return round(METER_COLUMNS * min(1.0, max(0.0, 1 - db / METER_LOW_DB)))


def _shown(values: Values) -> str:
    shown = [
        f"{value:.3g}" if isinstance(value, float) else printable(str(value))
        for value in values[:MOST_VALUES]
    ]
    return " ".join(shown) + (" ..." if len(values) > MOST_VALUES else "")
