"""Follow MIDI clock: tempo, and the beat since the start, from ticks that jitter. Sans-I/O.

After MIDI 1.0: 24 clocks a quarter; the first one after Start is at the beginning of the song, the
first one after Continue where it stopped, or at the Song Position Pointer, in sixteenths. A line
through the times of the last two bars gives tempo and phase; where the ticks leave it, because the
tempo changes, it goes through fewer.
"""

from collections import deque
from typing import NamedTuple

import numpy as np

TICKS = 24
"""Ticks of a quarter note, which is a beat."""

WINDOW_TICKS = 8 * TICKS
"""Number of ticks that the line goes through."""

MIN_TICKS = 12
"""Number of ticks that give a tempo."""

OFF_S, OFF_TICKS = 0.01, 3
"""How far so many successive ticks are off the line where the tempo changes."""

MAX_TICK_S = 60.0 / (TICKS * 20.0)
"""Longest time between two ticks: of 20 beats a minute."""

POSITION_TICKS = TICKS // 4
"""Ticks of a unit of song position."""


class ClockReading(NamedTuple):
    """Tempo and beat as of a tick.

    Attributes
    ----------
    time_s
        When the tick was meant.
    tempo
        Beats a minute; None if too few ticks were heard.
    beats
        Beats since the song's beginning; None while it is not known or does not play.
    """

    time_s: float
    tempo: float | None
    beats: float | None

    def beats_at(self, time_s: float) -> float | None:
        """Beats at another time, if the tempo stays."""
        if self.beats is None or self.tempo is None:
            return self.beats
        return self.beats + (time_s - self.time_s) * self.tempo / 60.0


class MidiClock:
    """Follows the clock of one MIDI port."""

    def __init__(self) -> None:
        self._times_s: deque[float] = deque(maxlen=WINDOW_TICKS)
        self._off = 0  # successive ticks off the line
        self._expected_s: float | None = None
        self._heard = 0
        self._position = 0  # of the next tick, since the song's beginning
        self._plays = False

    def feed(self, kind: str, time_s: float, position: int = 0) -> ClockReading | None:
        """Take a message; returns a reading with each beat and with the first tick of a song.

        Parameters
        ----------
        kind
            As mido has it: ``clock``, ``start``, ``stop``, ``continue`` or ``songpos``; others are
            ignored.
        time_s
            When it was received.
        position
            Of ``songpos``, in sixteenths.
        """
        match kind:
            case "start":
                self._position, self._plays, self._heard = 0, True, 0
            case "continue":
                self._plays, self._heard = True, 0
            case "stop":
                self._plays = False
            case "songpos":
                self._position = POSITION_TICKS * position
            case "clock":
                return self._tick(time_s)
        return None

    def _tick(self, time_s: float) -> ClockReading | None:
        times = self._times_s
        if times and time_s - times[-1] > MAX_TICK_S + OFF_S:
            times.clear()
            self._expected_s, self._off = None, 0
        off = self._expected_s is not None and abs(time_s - self._expected_s) > OFF_S
        self._off = self._off + 1 if off else 0
        times.append(time_s)
        if self._off >= OFF_TICKS:
            self._off = 0
            for _ in range(min(len(times) // 2, len(times) - MIN_TICKS)):
                times.popleft()
        meant_s, tick_s = time_s, None
        if len(times) >= MIN_TICKS:
            slope, end = np.polyfit(np.arange(1 - len(times), 1), np.array(times) - time_s, 1)
            meant_s, tick_s = time_s + float(end), float(slope)
            self._expected_s = meant_s + tick_s
        beats = None
        if self._plays:
            beats = self._position / TICKS
            self._position += 1
        first = self._plays and self._heard == 0
        self._heard += 1
        whole = beats.is_integer() if beats is not None else self._heard % TICKS == 0
        if not (whole or first):
            return None
        tempo = None if tick_s is None else 60.0 / (TICKS * tick_s)
        return ClockReading(meant_s, tempo, beats)
