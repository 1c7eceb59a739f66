"""Play a recorded gesture: the commands of each hop, at any speed, in either direction.

A score is text: JSON parts separated by ``|``, which is short and quickly parsed. The first part is
``{"seconds": length, "paths": [address, ...], "end": [number, ...]}``. Each other part, numbered
from 0, is a statement, in the order of time: ``[seconds, index of its path, [value, ...], [number,
...], glide_s]``; the glide is optional. The numbers are those of the statements that restore what
held before this one; those of ``end``, what holds at the end. A statement is parsed when it is
played. `distill_live.gestures.compile` writes scores.
"""

import json
from contextlib import suppress
from dataclasses import replace
from math import inf
from typing import NamedTuple

from distill_live.addresses import NOTES, Command, Subject, Value
from distill_live.gestures.compile import SEPARATOR
from distill_live.gestures.gesture import MAX_GESTURE_GLIDE_S

MIN_SPEED = 1e-6
"""A slower gesture holds: a quotient by its speed may overflow."""


class _Statement(NamedTuple):
    samples: int
    command: Command
    before: tuple[int, ...]


class _HopCommands:
    """The commands of one hop; of each subject the newest."""

    def __init__(self, speed: float) -> None:
        self._speed = abs(speed)
        self._newest: dict[Subject, Command] = {}

    def add(self, command: Command) -> None:
        """Add a command; its glide is divided by the speed."""
        glide_s = command.glide_s
        if glide_s is not None and self._speed > 0:
            glide_s /= self._speed
        if glide_s is not None and not 0 <= glide_s <= MAX_GESTURE_GLIDE_S:
            glide_s = MAX_GESTURE_GLIDE_S
        subject = command.subject
        self._newest.pop(subject, None)  # keeps the order of the newest
        self._newest[subject] = replace(command, glide_s=glide_s)

    def all(self) -> list[Command]:
        """All commands, in order."""
        return list(self._newest.values())


class GesturePlayer:
    """Plays one gesture at a time.

    A statement takes effect in the first hop that starts at its time or later. Of several with one
    subject in a hop only the last does. Notes are played forwards only, each with its time; those
    that sound when the gesture ends, stops, begins again or turns backwards are released.

    Parameters
    ----------
    sample_rate_hz, hop_samples
        Of the engine.

    Attributes
    ----------
    playing : int
        Number of the score that plays; 0 while none does.
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
        self._keys: dict[Value, None] = {}  # of its notes that sound
        self._done = 0  # number of statements that hold at the position

    def load(self, run: Value, text: Value) -> None:
        """Load a score and stop what plays. An invalid score is loaded as none.

        Parameters
        ----------
        run
            Its number, over 0.
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

    def seek(self, run: Value, position: Value | None = None, done: Value = 0) -> None:
        """Play the score with this number, if it is loaded.

        Parameters
        ----------
        run
            Its number.
        position, done
            Position in samples, and number of statements that hold there; None plays from the
            start, or from the end if the speed is negative.
        """
        if not self._loaded or run != self._loaded:
            return
        self.playing = self._loaded
        self._position = None if position is None else float(position)
        self._done = min(int(done), len(self._statements))

    def state(self) -> list[Command]:
        """Commands with which a new engine plays on from here."""
        if not self.playing:
            return []
        place = () if self._position is None else (self._position, self._done)
        return [
            Command("/gesture/score", (self.playing, self._text)),
            Command("/gesture/seek", (self.playing, *place)),
        ]

    def step(self, speed: float, *, loop: bool, time_samples: int = 0) -> list[Command]:
        """Advance by one hop.

        Parameters
        ----------
        speed
            1 as recorded, negative backwards, 0 holds.
        loop
            Whether it continues at its other end, or ends.
        time_samples
            Engine time at the start of the hop.

        Returns
        -------
        list
            The commands of this hop, in order.
        """
        speed = speed if abs(speed) >= MIN_SPEED else 0.0
        length, commands = self._length, _HopCommands(speed)
        if not self.playing:
            self._release(commands)
            return commands.all()
        position = self._position
        if position is None or speed < 0:
            self._release(commands)
        if position is None:
            position = 0.0
            if speed < 0:
                position = float(length)
                self._hold_end(commands)
        over = round(max(0.0, position - length) / speed) if speed > 0 else 0  # since the end
        if loop and position >= length and speed > 0:
            self._go(length, commands, time_samples - over, speed)
            self._release(commands)
            position, self._done, over = position % length, 0, 0
        elif loop and position < 0:
            self._go(0, commands)
            position %= length
            self._hold_end(commands)
        self._go(min(max(position, 0.0), length), commands, time_samples - over, speed)
        ahead = length - position if speed > 0 else position
        if not loop and speed and ahead <= 0:
            self.playing = 0
            self._release(commands)
        self._position = position + speed * self._hop_samples
        return commands.all()

    def _note(self, command: Command) -> None:
        """Remember the key of a note that begins, until it ends."""
        match command.address, command.args:
            case "/note/on", (key, velocity) if velocity != 0:
                self._keys[key] = None
            case "/note/on" | "/note/off", (key, *_):
                self._keys.pop(key, None)
            case "/note/release", _:
                self._keys.clear()

    def _hold_end(self, commands: _HopCommands) -> None:
        self._done = len(self._statements)
        for number in self._end:
            commands.add(self._read(number).command)

    def _release(self, commands: _HopCommands) -> None:
        for key in self._keys:
            commands.add(Command("/note/off", (key,)))
        self._keys.clear()

    def _go(
        self, position: float, commands: _HopCommands, time_samples: int = 0, speed: float = -1.0
    ) -> None:
        """Add the statements up to `position`, or undo those after it."""
        count = len(self._statements)
        while self._done < count and (line := self._read(self._done)).samples <= position:
            self._done += 1
            command = line.command
            if command.address.startswith(NOTES):
                if speed < 0:
                    continue
                late = round((position - line.samples) / speed) if speed else 0
                command = replace(command, time_samples=time_samples - late)
                self._note(command)
            commands.add(command)
        while self._done > 0 and (line := self._read(self._done - 1)).samples > position:
            self._done -= 1
            for number in line.before:
                before = self._read(number).command
                commands.add(replace(before, glide_s=line.command.glide_s))

    def _read(self, number: int) -> _Statement:
        """Parse a statement; an invalid one is a command without effect, at the start."""
        with suppress(ValueError, TypeError, OverflowError, IndexError, RecursionError):
            seconds, which, values, before, *glide = json.loads(self._statements[number])
            if all(isinstance(value, float | int | str) for value in values):
                glide_s = float(glide[0]) if glide else None
                return _Statement(
                    round(float(seconds) * self._rate_hz),
                    Command(self._paths[which], tuple(values), glide_s=glide_s),
                    tuple(map(int, before)),
                )
        return _Statement(0, Command(""), ())
