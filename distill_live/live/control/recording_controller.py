"""Record takes: start the recorder process, watch it, end it.

The recording buffer is opened at once. It holds the sound while the file is looked for and the
process starts.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import datetime
from itertools import count
from pathlib import Path

from platformdirs import user_music_path

from distill_live.errors import CommandError
from distill_live.files import printable, reason_of
from distill_live.ipc import protocol
from distill_live.ipc.child_process import Child
from distill_live.live.control.serial_tasks import in_thread
from distill_live.live.shared.shared_block import SharedBlock
from distill_live.user_files import is_file_name, one_name, unprintable_hint

logger = logging.getLogger("distill_live.live")

CHECK_INTERVAL_S = 0.25
"""Interval at which it is checked that the recorder keeps up."""

WARN_S = (600.0, 60.0)
"""Room on the disk, in seconds of sound, at which a warning is logged."""

FINISH_S = 10.0
"""Maximum time to finish the files at the end of the session."""

Answer = Callable[[bool, str], None]
"""Called with whether it was done, and the file, or why not."""


def takes_folder() -> Path:
    """Folder of takes that are given by name."""
    return user_music_path() / "Distill Live"


def take_name(name: str | None) -> str:
    """Name of a take; None stands for the current date and time.

    Raises
    ------
    CommandError
        If the name is invalid.
    """
    if name is None:
        return f"take {datetime.now():%Y-%m-%d %H.%M.%S}"
    if not is_file_name(name):
        raise CommandError(
            f"{printable(name)[:80]!r} is no name of a take; use 1 to 64 characters, no slashes, "
            "no device's name such as con or nul" + unprintable_hint(name)
        )
    return one_name(name)


def take_path(name: str, *, numbered: bool) -> Path:
    """WAV file of a take; waits for the disk.

    Parameters
    ----------
    name
        As `take_name` returns it.
    numbered
        Append a number if there is a file of that name.
    """
    folder = takes_folder()
    if numbered:
        names = (name if number == 1 else f"{name} {number}" for number in count(1))
        return next(path for one in names if not (path := folder / f"{one}.wav").exists())
    path = folder / f"{name}.wav"
    # A take that was copied from another system may have the name in another Unicode form.
    with suppress(OSError):
        for other in folder.glob("*.wav"):
            if one_name(other.name) == path.name:
                return other
    return path


class RecordingController:
    """Record one take at a time.

    Parameters
    ----------
    block
        Shared block of all processes.
    start
        Starts a recorder process.
    tell
        Called with 1 when recording begins, and with 0 when it ends.
    """

    def __init__(
        self,
        block: SharedBlock,
        *,
        channels: int,
        start: Callable[[protocol.RecorderSettings], Coroutine[None, None, Child]],
        tell: Callable[[int], None],
    ) -> None:
        self._block = block
        self._channels = channels
        self._start, self._tell = start, tell
        self._number = 0
        self._begin_frames = 0
        self._rate_hz = 0
        self._name = ""
        self._child: Child | None = None
        self._task: asyncio.Task[None] | None = None
        self._begun: Answer
        self._ended: list[Answer] = []

    @property
    def name(self) -> str:
        """Name of the take that is recorded, or empty."""
        return self._name if self._block.take else ""

    @property
    def seconds(self) -> float | None:
        """Length of the take so far; None while nothing is recorded."""
        if self._block.take == 0:
            return None
        rate_hz = self._block.output_rate_hz or self._rate_hz
        return (self._block.recording_written_frames - self._begin_frames) / rate_hz

    def begin(
        self,
        name: str,
        find: Callable[[], Path],
        sample_rate_hz: int,
        answer: Answer,
        *,
        make_folder: bool = True,
    ) -> None:
        """Begin a take.

        Parameters
        ----------
        name
            Name of the take.
        find
            Returns the WAV file, which does not exist yet; called in a thread.
        sample_rate_hz
            Rate of the output, or of the model until there is one.
        answer
            Called when there is a file, or why there is none.
        make_folder
            Whether the file's folder is created.

        Raises
        ------
        CommandError
            If a take is being recorded or completed.
        """
        if self._task is not None:
            text = "a take is being recorded already; /record 0 ends it"
            if not self._block.take:
                text = "the take before is still being completed; try again in a moment"
            raise CommandError(text, "busy")
        block = self._block
        block.recording_read_frames = self._begin_frames = block.recording_written_frames
        block.marks_read = block.marks_written
        self._number += 1
        self._rate_hz = sample_rate_hz
        self._name = printable(name)
        block.take = self._number
        self._begun = answer
        self._ended.clear()
        self._task = asyncio.get_running_loop().create_task(self._record(find, make_folder))
        self._tell(1)

    def end(self, answer: Answer) -> None:
        """End the take.

        Parameters
        ----------
        answer
            Called when its files are complete.

        Raises
        ------
        CommandError
            If none is recorded.
        """
        if self._task is None:
            raise CommandError("nothing is being recorded; /record 1 begins", "not-found")
        self._ended.append(answer)
        self._stop()

    async def close(self) -> None:
        """End the take, if there is one, and wait at most `FINISH_S` for its files."""
        if self._task is None:
            return
        self._stop()
        done, _ = await asyncio.wait([self._task], timeout=FINISH_S)
        if not done and self._child is not None:
            self._child.kill()
            await self._task

    def _stop(self) -> None:
        if self._block.take:
            self._block.take = 0
            self._tell(0)
        if self._child is not None:
            self._child.send(protocol.Stop())

    async def _record(self, find: Callable[[], Path], make_folder: bool) -> None:
        """Record one take to its end."""
        path, failure, begun = "", None, False
        watch = asyncio.create_task(self._watch())
        try:
            path = await self._found(find)
            settings = protocol.RecorderSettings(
                handle=self._block.handle,
                channels=self._channels,
                take=self._number,
                path=path,
                sample_rate_hz=self._rate_hz,
                make_folder=make_folder,
            )
            child = self._child = await self._start(settings)
        except (OSError, RuntimeError) as error:  # the latter where no thread can be started
            what = "no recorder" if path else "the folder of takes cannot be read"
            failure = f"{what} ({reason_of(error) if isinstance(error, OSError) else error})"
        else:
            if not self._block.take:  # ended while it was being started
                child.send(protocol.Stop())
            path, failure, begun = await self._listen(child, path)
        watch.cancel()
        self._child = self._task = None
        self._stop()
        if not begun:
            self._begun(False, str(failure))
        for answer in self._ended:
            answer(failure is None, failure or path)

    async def _found(self, find: Callable[[], Path]) -> str:
        """WAV file of the take, whose name may have got a number."""
        path = await in_thread(find)
        if self._name != (name := printable(path.stem)):
            self._name = name
            if self._block.take:
                self._tell(1)
        return str(path)

    async def _listen(self, child: Child, path: str) -> tuple[str, str | None, bool]:
        """Follow the recorder to its end: last file, failure, whether the take ever began."""
        failure: str | None = None
        begun = finished = False
        left_s = float("inf")
        async for message in child.messages():
            match message:
                case protocol.RecordingBegun(path, left_s):
                    begun = True
                    logger.info(
                        "Recording %s; there is room for %s.", printable(path), _long(left_s)
                    )
                    self._begun(True, path)
                case protocol.RecordingContinues(path):
                    logger.info("Recording goes on in %s.", printable(path))
                case protocol.SpaceLeft(seconds):
                    if any(seconds <= limit < left_s for limit in WARN_S):
                        logger.warning(
                            "The disk has room for %s more of this take.", _long(seconds)
                        )
                    left_s = seconds
                case protocol.LogFull():
                    logger.warning(
                        "The session's log is full: from here on this take is its sound alone, and "
                        "not to be replayed. A new session has a new log."
                    )
                case protocol.RecordingEnded():
                    finished = True
                    path, failure = message.path, message.reason
                    self._stop()
                    _log_end(message)
                case protocol.Failed(text):
                    failure = text
        if not finished:
            failure = failure or f"the recorder ended ({child.ending})"
        if begun and not finished:
            logger.warning(
                "Recording stopped: %s; %s holds what came before.", failure, printable(path)
            )
        return path, failure, begun

    async def _watch(self) -> None:
        """End a take if the recorder does not keep up, even if that process hangs."""
        while self._block.overflowed_take != self._number:
            await asyncio.sleep(CHECK_INTERVAL_S)
        if self._block.take:
            logger.warning("Recording stops: disk or computer is too slow. The sound goes on.")
        self._stop()


def _log_end(ended: protocol.RecordingEnded) -> None:
    path, length = printable(ended.path), _long(ended.seconds)
    if ended.reason is not None:
        logger.warning("Recording stopped: %s; %s holds %s.", ended.reason, path, length)
        return
    count = ended.underruns
    underruns = f", {count} underrun{'s' * (count > 1)}" if count else ""
    logger.info("Recorded %s: %s%s.", path, length, underruns)


def _long(seconds: float) -> str:
    """Duration as text."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{seconds / 3600:.0f} h"
