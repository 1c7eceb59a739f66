"""Notes by an input: onsets play the root's key, or pitch plays its own.

At most one note sounds, and it ends with the gate, so none hangs.
"""

from collections.abc import Iterator

from distill_live.addresses import Command
from distill_live.engine.voices import Voices
from distill_live.input import Features
from distill_live.input.onsets import strength_of

SETTLING_S = 0.025
"""Time after an onset in which the pitch is still that of before."""

STEADY_S = 0.01
"""Time in which the pitch stays at a key before it is played."""

MIN_CONFIDENCE = 0.8
"""Confidence of a pitch that is played."""

KEY_WIDTH = 0.7
"""Semitones from its key within which a pitch bends a note; beyond, another note begins."""

MIN_BEND = 0.02
"""Smallest change of a bend, in semitones."""


class InputNotes:
    """Turns features into commands of notes.

    Parameters
    ----------
    sample_rate_hz
        Of the engine.
    voices
        Their root is the key that onsets play.

    Attributes
    ----------
    mode : int
        As ``/input/notes``: 0 no notes, 1 onsets, 2 pitch.
    """

    def __init__(self, sample_rate_hz: int, voices: Voices) -> None:
        self._voices = voices
        self._settling_samples = round(SETTLING_S * sample_rate_hz)
        self._steady_samples = round(STEADY_S * sample_rate_hz)
        self.mode = 0
        self._note: tuple[float, int] | None = None  # key that sounds, and the mode it began in
        self._bend = 0.0
        self._velocity = 0.0  # of an onset that waits for its pitch; 0 for none
        self._settled_samples = 0  # engine time from which on its pitch may be known
        self._candidate: tuple[float, int] | None = None  # key, and engine time since when

    def hear(self, features: Features, time_samples: int) -> Iterator[Command]:
        """Commands for the features, at an engine time, of a hop in which the gate is open."""
        if self.mode == 1 and features.onset:
            yield from self.release()
            yield from self._begin(self._voices.root, features.onset)
        elif self.mode == 2:
            yield from self._follow_pitch(features, time_samples)

    def check(self) -> Iterator[Command]:
        """Commands that release the note if another mode was set since it began."""
        if self._note is not None and self._note[1] != self.mode:
            yield from self.release()

    def release(self) -> Iterator[Command]:
        """Commands that release the note, if one sounds; forget an onset without a pitch."""
        self._velocity, self._candidate = 0.0, None
        if self._note is not None:
            key, _ = self._note
            self._note = None
            yield Command("/note/off", (key,))

    def _follow_pitch(self, features: Features, time_samples: int) -> Iterator[Command]:
        if features.onset:
            self._velocity = features.onset
            self._settled_samples = time_samples + self._settling_samples
        pitch, candidate = features.pitch, self._candidate
        if features.confidence < MIN_CONFIDENCE:
            self._candidate = None
            return
        if self._note is not None and not self._velocity:
            key, _ = self._note
            if abs(pitch - key) < KEY_WIDTH:
                self._candidate = None
                yield from self._bend_to(pitch - key)
                return
        if candidate is None or abs(pitch - candidate[0]) >= KEY_WIDTH:
            candidate = self._candidate = float(round(pitch)), time_samples
        key, since_samples = candidate
        steady = time_samples - since_samples >= self._steady_samples
        if not steady or time_samples < self._settled_samples:
            return
        before, velocity = self._note, self._velocity or strength_of(features.level_db)
        if self._velocity or before is None:
            yield from self.release()
            yield from self._begin(key, velocity)
        else:  # legato: `/portamento` glides from a key that is down
            yield from self._begin(key, velocity)
            yield Command("/note/off", before[:1])
        self._velocity, self._candidate = 0.0, None
        yield from self._bend_to(pitch - key)

    def _begin(self, key: float, velocity: float) -> Iterator[Command]:
        self._note, self._bend = (key, self.mode), 0.0
        yield Command("/note/on", (key, velocity))

    def _bend_to(self, bend: float) -> Iterator[Command]:
        if self._note is not None and abs(bend - self._bend) >= MIN_BEND:
            self._bend = bend
            yield Command("/note/bend", (self._note[0], bend))
