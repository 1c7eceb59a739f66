"""A recorded gesture, played: which of its statements are said in a hop, at any speed, either way.

A score is text: parts of JSON with ``|`` between them, since that is short and quickly taken in.
The first is ``{"seconds": length, "paths": [address, ...], "end": [number, ...]}``. Each other,
counted from 0, is a statement, in the order of their times: ``[seconds, which of the paths, [value,
...], [number, ...], glide_s]``, where the glide may be missing. The numbers are those of the
statements that bring back what held before this one; those of ``end``, what holds when all has been
said. A statement is read when it is played. `distill_live.gestures` writes scores; what a statement
does, the engine knows.
"""

import json
from dataclasses import replace
from math import inf
from typing import NamedTuple

from distill_live.addresses import Command, Subject, Value
from distill_live.gestures.compile import SEPARATOR

LONGEST_GLIDE_S = 600.0


class _Statement(NamedTuple):
    samples: int
    command: Command
    before: tuple[int, ...]


class _Moves:
    """What is said in a hop, of each subject the newest."""

    def __init__(self, speed: float) -> None:
        self._speed = abs(speed)
        self._newest: dict[Subject, Command] = {}

    def add(self, command: Command) -> None:
        """Say a statement; a glide takes less time where the gesture goes faster."""
        glide_s = command.glide_s
        if glide_s is not None and self._speed > 0:
            glide_s /= self._speed
        if glide_s is not None and not 0 <= glide_s <= LONGEST_GLIDE_S:
            glide_s = LONGEST_GLIDE_S
        about = command.subject
        self._newest.pop(about, None)  # it is said where it was last
        self._newest[about] = replace(command, glide_s=glide_s)

    def all(self) -> list[Command]:
        """All of them, in order."""
        return list(self._newest.values())


class GesturePlayer:
    """Plays one gesture at a time.

    A statement is said in the first hop that starts at its time or later, as a command is. Where
    several of one hop are about the same, only the last is said.

    Parameters
    ----------
    sample_rate_hz, hop_samples
        Of the engine.

    Attributes
    ----------
    playing : int
        The number of the score that plays; 0 while none does.
    """

    def __init__(self, sample_rate_hz: int, hop_samples: int) -> None:
        self._rate_hz, self._hop_samples = sample_rate_hz, hop_samples
        self.playing = 0
        self._loaded = 0
        self._text = ""
        self._statements: list[str] = []
        self._paths: list[str] = []
        self._end: list[int] = []
        self._length = 0
        self._position: float | None = None  # samples; None: to be played from its start
        self._said = 0  # statements, of the first on

    def load(self, run: Value, text: Value) -> None:
        """Have a score at hand, by its number, over 0; what plays ends. What is no score is none.

        Parameters
        ----------
        run
            Its number.
        text
            The score.
        """
        header, *statements = str(text).split(SEPARATOR)
        try:
            first = json.loads(header)
            length = float(first["seconds"]) * self._rate_hz
            paths = [str(path) for path in first["paths"]]
            end = [int(number) for number in first["end"]]
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
            length, paths, end = 0.0, [], []
        self.playing = 0
        self._loaded = int(run) if 0 < length < inf else 0
        self._length = max(1, round(length)) if self._loaded else 1
        self._text, self._statements = str(text), statements
        self._paths, self._end = paths, end

    def seek(self, run: Value, position: Value | None = None, said: Value = 0) -> None:
        """Play the score of that number, if it is at hand.

        Parameters
        ----------
        run
            Its number.
        position, said
            Samples, and how many statements hold by then; without them it is played anew, from
            its end if the speed is negative.
        """
        if not self._loaded or run != self._loaded:
            return
        self.playing = self._loaded
        self._position = None if position is None else float(position)
        self._said = min(int(said), len(self._statements))

    def state(self) -> list[Command]:
        """What has a new engine play on from here."""
        if not self.playing:
            return []
        place = () if self._position is None else (self._position, self._said)
        return [
            Command("/gesture/score", (self.playing, self._text)),
            Command("/gesture/seek", (self.playing, *place)),
        ]

    def step(self, speed: float, *, loop: bool) -> list[Command]:
        """Advance by one hop.

        Parameters
        ----------
        speed
            Times as fast as it was recorded; negative runs backwards, 0 holds.
        loop
            Whether it goes on from its other end, or ends.

        Returns
        -------
        list
            What is said in this hop, in this order.
        """
        if not self.playing:
            return []
        length, moves = self._length, _Moves(speed)
        position = self._position
        if position is None:
            position = 0.0
            if speed < 0:
                position = float(length)
                self._hold_end(moves)
        if loop and position >= length and speed > 0:
            self._go(length, moves)
            position, self._said = position % length, 0
        elif loop and position < 0:
            self._go(0, moves)
            position %= length
            self._hold_end(moves)
        self._go(min(max(position, 0.0), length), moves)
        ahead = length - position if speed > 0 else position
        if not loop and speed and ahead <= 0:
            self.playing = 0
        self._position = position + speed * self._hop_samples
        return moves.all()

    def _hold_end(self, moves: _Moves) -> None:
        self._said = len(self._statements)
        for number in self._end:
            moves.add(self._read(number).command)

    def _go(self, position: float, moves: _Moves) -> None:
        """Say what was said by `position`, or take back what was said after it."""
        count = len(self._statements)
        while self._said < count and (line := self._read(self._said)).samples <= position:
            moves.add(line.command)
            self._said += 1
        while self._said > 0 and (line := self._read(self._said - 1)).samples > position:
            self._said -= 1
            for number in line.before:
                before = self._read(number).command
                moves.add(replace(before, glide_s=line.command.glide_s))

    def _read(self, number: int) -> _Statement:
        """One statement; of what is none, one that is nothing, at the start."""
        try:
            seconds, which, values, before, *glide = json.loads(self._statements[number])
            if all(isinstance(value, float | int | str) for value in values):
                glide_s = float(glide[0]) if glide else None
                return _Statement(
                    round(float(seconds) * self._rate_hz),
                    Command(self._paths[which], tuple(values), glide_s=glide_s),
                    tuple(map(int, before)),
                )
        except (ValueError, TypeError, OverflowError, IndexError, RecursionError):
            pass
        return _Statement(0, Command(""), ())
