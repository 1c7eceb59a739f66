"""The recorder process: what the audio callback put into the tap, into a file; and the log, too.

A slow disk holds up this process and nobody else. It ends when it is told to, when the disk is
full, or when the tap was; what was written until then is whole (`distill_live.takes`).
"""

import queue
import shutil
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from distill_live.errors import AudioFileError
from distill_live.files import printable, reason_of
from distill_live.ipc.pipes import Parent
from distill_live.ipc.protocol import (
    LogFull,
    RecorderSettings,
    RecordingBegun,
    RecordingContinues,
    RecordingEnded,
    SpaceLeft,
)
from distill_live.live.shared.recording_buffer import (
    CLOSED,
    OPENED,
    RATE,
    SOUND,
    STARVED,
    Mark,
    RecordingBufferReader,
)
from distill_live.live.shared.shared_block import SharedBlock
from distill_live.takes.environment import surroundings
from distill_live.takes.take_file import LOG_IS_FULL, TakeFile, event_line
from distill_live.takes.wav import MOST_BYTES, WavFile

POLL_S = 0.05

SPACE_INTERVAL_S = 2.0
"""How often the disk is asked what is left."""

RESERVE_BYTES = 32 * 1024 * 1024
"""What is left free on the disk: room for the system, and for the end of the take."""

SHORTEST_S = 10.0
"""A take for less is not begun."""

LAST_BLOCK_S = 0.05
"""How long the callback may be at the block that was under way when the take ended."""

_BLOCK_FRAMES = 8192

_LOG_BYTES = 1 << 20
"""How much of the log is copied at once, between two looks at the sound."""

_NAMES = {SOUND: "sound", STARVED: "starved", CLOSED: "closed", OPENED: "opened"}


class Recorder:
    """Writes one take.

    Parameters
    ----------
    parent
        The control process.
    settings
        Of the process.
    most_bytes
        How large a WAV file may grow before the next one is begun.

    Raises
    ------
    AudioFileError
        If the files cannot be created.
    """

    def __init__(
        self, parent: Parent, settings: RecorderSettings, *, most_bytes: int = MOST_BYTES
    ) -> None:
        self._parent = parent
        self._block = SharedBlock.attach(settings.handle)
        self._channels = settings.channels
        self._number = settings.take
        self._path = Path(settings.path)
        self._most_bytes = most_bytes
        self._tap = RecordingBufferReader(self._block, self._channels)
        self._begin = self._tap.place
        self._samples = np.zeros((_BLOCK_FRAMES, self._channels), dtype=np.float32)
        self._frames, self._seconds = 0, 0.0  # in files that are closed
        self._underruns = 0
        self._log_place = self._block.log_begin_bytes
        self._space_due_s = 0.0
        self._files = 0
        facts = {
            "made_with": surroundings(),
            "date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "channels": self._channels,
        }
        rate_hz = settings.sample_rate_hz
        try:
            if settings.make_folder:
                self._path.parent.mkdir(parents=True, exist_ok=True)
            if self._seconds_left(rate_hz) < SHORTEST_S:
                raise AudioFileError(
                    f"{printable(self._path.parent)}: not {SHORTEST_S:g} s of sound fit; free some "
                    "space, or record elsewhere"
                )
            self._wav = WavFile(self._path, self._channels, rate_hz, most_bytes=most_bytes)
            try:
                self._json = TakeFile(self._path.with_suffix(".json"), facts)
            except OSError:
                self._path.unlink()
                raise
        except FileExistsError as error:
            there = printable(error.filename)
            raise AudioFileError(f"{there} is there already; record under another name") from error
        except OSError as error:
            reason = reason_of(error)
            raise AudioFileError(
                f"{printable(self._path)}: not recorded ({reason}); record elsewhere"
            ) from error
        self._parent.send(RecordingBegun(str(self._path), self._seconds_left(rate_hz)))

    def run(self) -> None:
        """Write until it is told to stop or cannot go on."""
        reason = None
        try:
            while self._going():
                self._drain()
            time.sleep(LAST_BLOCK_S)
            self._drain()
            while self._write_log():
                pass
            if self._block.tap_lost_take == self._number:
                reason = "the disk is too slow"
        except _FullError as error:
            reason = str(error)
        except OSError as error:
            reason = reason_of(error)
        reason = self._close(reason)
        seconds = self._seconds + self._wav.seconds
        self._parent.send(RecordingEnded(str(self._wav.path), seconds, self._underruns, reason))

    def _going(self) -> bool:
        """Wait a moment; False when it is to end."""
        if self._block.tap_lost_take == self._number:
            return False
        try:
            self._parent.inbox.get(timeout=POLL_S)
        except queue.Empty:
            return True
        return False

    def _drain(self) -> None:
        """Write all that is there."""
        written = self._tap.place + self._tap.readable_frames  # its marks are there already
        while (mark := self._tap.next_mark()) is not None and mark.frame <= written:
            self._write_sound(mark.frame - self._tap.place)
            self._note(mark)
            self._tap.pass_mark()
        self._write_sound(written - self._tap.place)
        self._write_log()
        if time.monotonic() >= self._space_due_s:
            self._space_due_s = time.monotonic() + SPACE_INTERVAL_S
            seconds_left = self._seconds_left(self._wav.sample_rate_hz)
            self._parent.send(SpaceLeft(seconds_left))
            if seconds_left <= 0:
                raise _FullError("the disk is full")

    def _write_sound(self, frames: int) -> None:
        while frames > 0:
            if self._wav.room_frames == 0:
                self._next_file(self._wav.sample_rate_hz)
            part = self._samples[: min(frames, _BLOCK_FRAMES, self._wav.room_frames)]
            self._tap.read(part)
            self._wav.write(part)
            frames -= len(part)

    def _note(self, mark: Mark) -> None:
        """Write down what the callback noted."""
        frame = mark.frame - self._begin
        if mark.kind != RATE:
            self._underruns += mark.kind == STARVED
            value = [mark.value] if mark.kind in (SOUND, STARVED) else []
            self._json.append([event_line([_NAMES[mark.kind], frame, *value])])
            return
        if self._wav.frames == 0:
            self._wav.sample_rate_hz = mark.value  # counted with the first frames
            self._json.append([event_line(["wav", frame, self._wav.path.name, mark.value])])
        elif mark.value != self._wav.sample_rate_hz:
            self._next_file(mark.value)
        else:
            self._json.append([event_line(["silent", frame])])

    def _next_file(self, sample_rate_hz: int) -> None:
        """Go on in a further file."""
        self._wav.close()
        self._frames += self._wav.frames
        self._seconds += self._wav.seconds
        self._files += 1
        while True:
            path = self._path.with_stem(f"{self._path.stem}-{self._files + 1}")
            try:
                self._wav = WavFile(
                    path, self._channels, sample_rate_hz, most_bytes=self._most_bytes
                )
                break
            except FileExistsError:
                self._files += 1
        frame = self._tap.place - self._begin
        self._json.append([event_line(["wav", frame, path.name, sample_rate_hz])])
        self._parent.send(RecordingContinues(str(path)))

    def _write_log(self) -> bool:
        """Copy what is new in the log, whole lines and not too many; False if nothing is."""
        place, valid = self._log_place, self._block.log_bytes
        size = _LOG_BYTES
        while b"\n" not in (part := bytes(self._block.log[place : min(valid, place + size)])):
            if place + size >= valid:
                return False
            size *= 2  # a long gesture is a long line
        lines, ends, _ = part.rpartition(b"\n")
        self._json.append(lines.splitlines())
        if lines.rpartition(b"\n")[2].startswith(LOG_IS_FULL):
            self._parent.send(LogFull())
        self._log_place += len(lines) + len(ends)
        return True

    def _seconds_left(self, sample_rate_hz: int) -> float:
        free = shutil.disk_usage(self._path.parent).free - RESERVE_BYTES
        return free / (4 * self._channels * sample_rate_hz)

    def _close(self, reason: str | None) -> str | None:
        """Finish both files as far as they can be; returns why not, if they cannot."""
        try:
            self._json.append([event_line(["end", self._frames + self._wav.frames, reason])])
            self._json.close()
            self._wav.close()
        except OSError as error:
            return reason or reason_of(error)
        return reason


class _FullError(Exception):
    """There is no room for more."""


def run(parent: Parent, settings: RecorderSettings) -> None:
    """Be the recorder process."""
    Recorder(parent, settings).run()
