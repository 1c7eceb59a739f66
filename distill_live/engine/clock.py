"""Musical clock: tempo, beats and bars, counted in the engine's samples."""

import math
from typing import NamedTuple

from distill_live.addresses import TABLE

MAX_TAP_S = 60.0 / TABLE["/clock/tempo"].arguments[0].low
"""Longest interval of two taps that is one of beats."""

MIN_TAP_S = 60.0 / TABLE["/clock/tempo"].arguments[0].high

TAPS = 5
"""Number of the newest taps whose mean interval sets the tempo."""

CATCH_UP = 0.25
"""Largest change of a phase's speed while it catches up with the beat."""

ON_THE_BEAT = 1e-6
"""Distance, in beats or steps of them, that is rounding."""

MIN_QUANTISE_BEATS = 1e-6
"""Smaller values count as 0, since dividing by them may overflow."""


class Beats(NamedTuple):
    """The beat at the start of a hop, and the beats that the hop lasts."""

    now: float
    hop: float


class Clock:
    """Counts beats from the first sample on.

    Parameters
    ----------
    sample_rate_hz
        Of the engine.

    Attributes
    ----------
    time_samples : int
        Engine time at which commands to the clock take effect.
    bar_beats : int
        Beats of a bar.
    loop_beats : float
        Beats that the loop of a chunk lasts; 0 for those of the speed.
    lfo_in_beats : bool
        Whether rates of LFOs are in cycles a beat.
    """

    def __init__(self, sample_rate_hz: int) -> None:
        self._rate_hz = sample_rate_hz
        self.time_samples = 0
        self.bar_beats = 4
        self.loop_beats, self.lfo_in_beats = 0.0, False
        self._tempo = 120.0
        self._start_samples, self._start_beats = 0, 0.0  # where the tempo began
        self._quantise_beats = 0.0
        self._step = 0  # of the quantised beat, at the last hop
        self._taps: list[int] = []

    @property
    def tempo(self) -> float:
        """Beats a minute; a change takes effect at `time_samples`."""
        return self._tempo

    @tempo.setter
    def tempo(self, tempo: float) -> None:
        if tempo != self._tempo:
            self._go(self.beats(self.time_samples))
            self._tempo = tempo

    @property
    def quantise_beats(self) -> float:
        """Beats between two at which what waits for a beat takes effect; 0 for at once."""
        return self._quantise_beats

    @quantise_beats.setter
    def quantise_beats(self, beats: float) -> None:
        beats = beats if beats >= MIN_QUANTISE_BEATS else 0.0
        if beats != self._quantise_beats:  # else a beat since the last hop would be passed over
            self._quantise_beats = beats
            self._step = self._step_at(self.time_samples)

    @property
    def beat(self) -> float:
        """Beat of the bar at `time_samples`, from 0; the bar that is nearest moves to a new one."""
        return self.beats(self.time_samples) % self.bar_beats

    @beat.setter
    def beat(self, beat: float) -> None:
        half = 0.5 * self.bar_beats
        now = self.beats(self.time_samples)
        self._go(now + (beat - now + half) % self.bar_beats - half)

    def beats(self, time_samples: int) -> float:
        """Beats from the clock's start to an engine time, which may lie ahead."""
        elapsed_s = (time_samples - self._start_samples) / self._rate_hz
        return self._start_beats + elapsed_s * self._tempo / 60.0

    def hop(self, time_samples: int, hop_s: float) -> Beats:
        """Beats of a hop that starts at an engine time."""
        return Beats(self.beats(time_samples), hop_s * self._tempo / 60.0)

    def tap(self) -> None:
        """Take a tap at `time_samples`: it is on a beat, and several of them give the tempo."""
        now = self.time_samples
        if self._taps:
            interval_s = (now - self._taps[-1]) / self._rate_hz
            if not MIN_TAP_S <= interval_s <= MAX_TAP_S:
                self._taps.clear()
        self._taps = [*self._taps[1 - TAPS :], now]
        if len(self._taps) > 1:
            seconds = (now - self._taps[0]) / self._rate_hz
            self.tempo = 60.0 * (len(self._taps) - 1) / seconds
        self._go(float(round(self.beats(now))))

    def advance(self, time_samples: int) -> bool:
        """Advance to a hop; returns whether what waits for a beat takes effect in it."""
        self.time_samples = time_samples
        before, self._step = self._step, self._step_at(time_samples)
        return not self._quantise_beats or self._step > before

    @property
    def beat_samples(self) -> int:
        """Engine time of the beat that was waited for in the hop that has begun."""
        if not self._quantise_beats:
            return self.time_samples
        beats = self._step * self._quantise_beats - self._start_beats
        ahead = beats * 60.0 / self._tempo * self._rate_hz
        return min(self._start_samples + math.ceil(ahead - ON_THE_BEAT), self.time_samples)

    def wait_s(self, time_samples: int) -> float:
        """Seconds from an engine time to the next beat that is waited for; 0 for none."""
        if not self._quantise_beats:
            return 0.0
        end = (self._step_at(time_samples) + 1) * self._quantise_beats
        return (end - self.beats(time_samples)) * 60.0 / self._tempo

    def _go(self, beats: float) -> None:
        self._start_samples, self._start_beats = self.time_samples, beats

    def _step_at(self, time_samples: int) -> int:
        if not self._quantise_beats:
            return 0
        return math.floor(self.beats(time_samples) / self._quantise_beats + ON_THE_BEAT)


def caught_up(step: float, phase: float, goal: float) -> float:
    """Step of a hop that takes the phase of a cycle as near to a goal as is smooth.

    Parameters
    ----------
    step
        Without that.
    phase
        Before the hop.
    goal
        Phase after the hop, were it always on the beat; only its fraction counts.
    """
    late = (goal - phase - step + 0.5) % 1.0 - 0.5
    limit = CATCH_UP * abs(step)
    return step + min(max(late, -limit), limit)
