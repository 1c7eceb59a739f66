"""Render the live display: a few lines at the bottom of a terminal, redrawn in place.

Log lines scroll above it. The cursor and the terminal's modes stay unchanged, so that nothing is
left to restore however the process ends.
"""

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from distill_live.addresses import Values
from distill_live.files import printable
from distill_live.live.audio.devices import xruns_label

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

METER_LOW_DB = -60.0
METER_COLUMNS = 40

YELLOW_DB, RED_DB = -18.0, -6.0
"""Levels at which a meter turns yellow and red."""

MAX_VALUES = 4
"""Maximum number of values shown of one message."""


COUNTS = ("underruns", "xruns", "broken_frames", "late", "dropped")
"""Counts of a snapshot; underruns are always shown, the others unless they are 0."""


@dataclass(frozen=True)
class Snapshot:
    """Values shown by the display.

    Parameters
    ----------
    model, output
        Names of the model and the output.
    latency_ms
        Maximum sound buffered for the device.
    load_average, load_peak
        Rendering time as a share of a hop's duration.
    underruns, xruns, broken_frames, late, dropped
        Counts since the start.
    levels_db
        Level and peak of each channel.
    recent
        Latest messages, the newest last.
    recording_s
        Length of the take; None while none is recorded.
    activities
        What goes on besides: a gesture, a morph, a knob that waits.
    refusal
        The last refused message and why, while it is recent; else empty.
    page_url
        Address of the play page; empty if it is not served.
    """

    model: str
    output: str
    latency_ms: float
    load_average: float
    load_peak: float
    underruns: int
    xruns: int
    broken_frames: int
    late: int
    dropped: int
    levels_db: tuple[tuple[float, float], ...]
    recent: tuple[tuple[str, Values], ...]
    recording_s: float | None = None
    activities: tuple[str, ...] = ()
    refusal: str = ""
    page_url: str = ""


class Display:
    """Draws in place.

    Parameters
    ----------
    plain_characters
        Use ASCII characters only.
    """

    def __init__(self, *, plain_characters: bool) -> None:
        from rich.console import Console

        self._console = Console(force_terminal=True, highlight=False, soft_wrap=False)
        self._plain = plain_characters
        self._size = os.terminal_size((0, 0))
        self._drawn_rows = 0

    def frame(self, snapshot: Snapshot | None, lines: list[str], size: os.terminal_size) -> str:
        """Build the text that replaces the last frame.

        Parameters
        ----------
        snapshot
            Values to show; None removes the display.
        lines
            New log lines, written above.
        size
            Size of the terminal.
        """
        parts: list[str] = []
        if self._drawn_rows and size != self._size:  # the terminal has rewrapped the last frame
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
    """Build the display as a rich renderable."""
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
    for name in COUNTS:
        count = getattr(s, name)
        if count or name == "underruns":
            words = xruns_label(s.output) if name == "xruns" else name.replace("_", " ")
            state.append(f"   {words} {count}", "yellow" if count else "")
    recent = [f"{path} {_format(values)}".rstrip() for path, values in reversed(s.recent)]
    last = Text(no_wrap=True, overflow="ellipsis")
    if s.refusal:
        last.append(printable(s.refusal), "yellow").append("   ")
    last.append("   ".join(recent) or "no OSC messages yet")
    page = Text(s.page_url, "underline", no_wrap=True, overflow="ellipsis")
    activities = Text(
        "   ".join(map(printable, s.activities)), "cyan", no_wrap=True, overflow="ellipsis"
    )
    lines = (page if s.page_url else None, state, activities if s.activities else None)
    meters = (
        _meter(channel, rms_db, peak_db, ("#", "-", "|") if plain_characters else ("█", "─", "│"))
        for channel, (rms_db, peak_db) in enumerate(s.levels_db)
    )
    return Group(title, *(line for line in lines if line is not None), *meters, last)


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
    zones = (0, _column(YELLOW_DB), _column(RED_DB), METER_COLUMNS)
    for colour, low, high in zip(("green", "yellow", "red"), zones, zones[1:], strict=False):
        text.stylize(colour, start + low, start + min(level, high))
        if level < peak and low < peak <= high:
            text.stylize(f"not dim {colour}", start + peak - 1, start + peak)
    return text.append(f" {rms_db:5.1f} dB  peak {peak_db:5.1f}")


def _column(db: float) -> int:
    return round(METER_COLUMNS * min(1.0, max(0.0, 1 - db / METER_LOW_DB)))


def _format(values: Values) -> str:
    words = [
        f"{value:.3g}" if isinstance(value, float) else printable(str(value))
        for value in values[:MAX_VALUES]
    ]
    return " ".join(words) + (" ..." if len(values) > MAX_VALUES else "")
