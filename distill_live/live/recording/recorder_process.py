"""Recorder process: write the recording buffer and the session log to disk.

A slow disk delays this process alone. It ends when it is stopped, when the disk is full, or when
the buffer has overflowed; the files are valid at every moment (`distill_live.takes`).
"""

import queue
import shutil
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from distill_live.errors import AudioFileError
from distill_live.files import printable, reason_of
from distill_live.ipc import protocol
from distill_live.ipc.pipes import Parent
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
from distill_live.takes.take_file import (
    DIFFERENCES,
    LOG_IS_FULL,
    TakeFile,
    event_line,
    is_full,
    software_versions,
)
from distill_live.takes.wav import MAX_BYTES, WavFile

POLL_S = 0.05

SPACE_INTERVAL_S = 2.0
"""Interval at which free disk space is checked."""

RESERVE_BYTES = 32 * 1024 * 1024
"""Disk space that is left free: for the system, and for the end of the take."""

MIN_TAKE_S = 10.0
"""Minimum duration for which there must be disk space at the beginning."""

LAST_BLOCK_S = 0.05
"""Time for the callback to finish the block in which the take ended."""

_BLOCK_FRAMES = 8192

_LOG_CHUNK_BYTES = 1 << 20
"""Maximum part of the log copied at once, so that the sound does not wait."""

_EVENT_NAMES = {SOUND: "sound", STARVED: "starved", CLOSED: "closed", OPENED: "opened"}


class Recorder:
    """Writes one take.

    Parameters
    ----------
    parent
        The control process.
    settings
        Of the process.
    max_bytes
        Maximum size of a WAV file; the take continues in a further one.

    Raises
    ------
    AudioFileError
        If the files cannot be created.
    """

    def __init__(
        self, parent: Parent, settings: protocol.RecorderSettings, *, max_bytes: int = MAX_BYTES
    ) -> None:
        self._parent = parent
        self._block = SharedBlock.attach(settings.handle)
        self._channels = settings.channels
        self._number = settings.take
        self._path = Path(settings.path)
        self._max_bytes = max_bytes
        self._buffer = RecordingBufferReader(self._block, self._channels)
        self._begin = self._buffer.position
        self._samples = np.zeros((_BLOCK_FRAMES, self._channels), dtype=np.float32)
        self._frames, self._seconds = 0, 0.0  # in closed files
        self._underruns = 0
        full = is_full(self._block.log, self._block.log_bytes)
        self._log_position = self._block.log_bytes if full else self._block.log_begin_bytes
        self._space_due_s = 0.0
        self._files = 0
        facts = {
            "made_with": software_versions(),
            "date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "channels": self._channels,
            "differs_from_replay_after": DIFFERENCES,
        }
        rate_hz = settings.sample_rate_hz
        try:
            if settings.make_folder:
                self._path.parent.mkdir(parents=True, exist_ok=True)
            if self._seconds_left(rate_hz) < MIN_TAKE_S:
                raise AudioFileError(
                    f"{printable(self._path.parent)}: not {MIN_TAKE_S:g} s of sound fit; free some "
                    "space, or record elsewhere"
                )
            self._wav = WavFile(self._path, self._channels, rate_hz, max_bytes=max_bytes)
            try:
                self._json = TakeFile(self._path.with_suffix(".json"), facts)
            except OSError:
                self._wav.close()  # Windows removes no open file
                self._path.unlink()
                raise
        except FileExistsError as error:
            there = printable(error.filename)
            raise AudioFileError(f"{there} already exists; record under another name") from error
        except OSError as error:
            reason = reason_of(error)
            raise AudioFileError(
                f"{printable(self._path)}: not recorded ({reason}); record elsewhere"
            ) from error
        self._parent.send(protocol.RecordingBegun(str(self._path), self._seconds_left(rate_hz)))
        if full:
            self._parent.send(protocol.LogFull())

    def run(self) -> None:
        """Write until stopped or out of space."""
        reason = None
        try:
            while self._continues():
                self._drain()
            time.sleep(LAST_BLOCK_S)
            self._drain()
            while self._write_log():
                pass
            if self._block.overflowed_take == self._number:
                reason = "disk or computer is too slow"
        except _FullError as error:
            reason = str(error)
        except OSError as error:
            reason = reason_of(error)
        reason = self._close(reason)
        seconds = self._seconds + self._wav.seconds
        self._parent.send(
            protocol.RecordingEnded(str(self._wav.path), seconds, self._underruns, reason)
        )

    def _continues(self) -> bool:
        """Wait `POLL_S`; False at the end of the take."""
        if self._block.overflowed_take == self._number:
            return False
        try:
            self._parent.inbox.get(timeout=POLL_S)
        except queue.Empty:
            return True
        return False

    def _drain(self) -> None:
        """Write all available frames, marks and events."""
        end = self._buffer.position + self._buffer.readable_frames  # marks come before frames
        while (mark := self._buffer.next_mark()) is not None and mark.frame <= end:
            self._write_sound(mark.frame - self._buffer.position)
            self._write_mark(mark)
            self._buffer.pass_mark()
        self._write_sound(end - self._buffer.position)
        self._write_log()
        if time.perf_counter() >= self._space_due_s:
            self._space_due_s = time.perf_counter() + SPACE_INTERVAL_S
            seconds_left = self._seconds_left(self._wav.sample_rate_hz)
            self._parent.send(protocol.SpaceLeft(seconds_left))
            if seconds_left <= 0:
                raise _FullError("the disk is full")

    def _write_sound(self, frames: int) -> None:
        while frames > 0:
            if self._wav.room_frames == 0:
                self._next_file(self._wav.sample_rate_hz)
            part = self._samples[: min(frames, _BLOCK_FRAMES, self._wav.room_frames)]
            self._buffer.read(part)
            self._wav.write(part)
            frames -= len(part)

    def _write_mark(self, mark: Mark) -> None:
        frame = mark.frame - self._begin
        if mark.kind != RATE:
            self._underruns += mark.kind == STARVED
            value = [mark.value] if mark.kind in (SOUND, STARVED) else []
            self._json.append([event_line([_EVENT_NAMES[mark.kind], frame, *value])])
            return
        if self._wav.frames == 0:
            self._wav.sample_rate_hz = mark.value  # written with the first frames
            self._json.append([event_line(["wav", frame, self._wav.path.name, mark.value])])
        elif mark.value != self._wav.sample_rate_hz:
            self._next_file(mark.value)
        else:
            self._json.append([event_line(["silent", frame])])

    def _next_file(self, sample_rate_hz: int) -> None:
        """Continue the take in a further file; where there can be none, the last one stays."""
        self._files += 1
        while True:
            path = self._path.with_stem(f"{self._path.stem}-{self._files + 1}")
            try:
                wav = WavFile(path, self._channels, sample_rate_hz, max_bytes=self._max_bytes)
                break
            except FileExistsError:
                self._files += 1
        last, self._wav = self._wav, wav
        self._frames += last.frames
        self._seconds += last.seconds
        last.close()
        frame = self._buffer.position - self._begin
        self._json.append([event_line(["wav", frame, path.name, sample_rate_hz])])
        self._parent.send(protocol.RecordingContinues(str(path)))

    def _write_log(self) -> bool:
        """Copy new whole lines of the log, about `_LOG_CHUNK_BYTES`; False if there are none."""
        start, valid = self._log_position, self._block.log_bytes
        size = _LOG_CHUNK_BYTES
        while b"\n" not in (part := bytes(self._block.log[start : min(valid, start + size)])):
            if start + size >= valid:
                return False
            size *= 2  # a long gesture is a long line
        lines, newline, _ = part.rpartition(b"\n")
        self._json.append(lines.splitlines())
        if lines.rpartition(b"\n")[2].startswith(LOG_IS_FULL):
            self._parent.send(protocol.LogFull())
        self._log_position += len(lines) + len(newline)
        return True

    def _seconds_left(self, sample_rate_hz: int) -> float:
        free = shutil.disk_usage(self._path.parent).free - RESERVE_BYTES
        return free / (4 * self._channels * sample_rate_hz)

    def _close(self, reason: str | None) -> str | None:
        """Finish both files; return `reason`, or else why they could not be finished."""
        try:
            self._json.append([event_line(["end", self._frames + self._wav.frames, reason])])
            self._json.close()
            self._wav.close()
        except OSError as error:
            return reason or reason_of(error)
        return reason


class _FullError(Exception):
    """The disk is full."""


def run(parent: Parent, settings: protocol.RecorderSettings) -> None:
    """Run the recorder process."""
    Recorder(parent, settings).run()
