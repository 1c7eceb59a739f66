"""The take that is being recorded, as control sees it: begun, watched, ended.

The tap is opened at once, so that nothing is lost while the recorder process starts. It knows the
shared counters and the recorder's messages, and nothing of files but their names.
"""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime
from pathlib import Path
from typing import Any

from platformdirs import user_music_path

from distill_live.errors import CommandError
from distill_live.files import printable
from distill_live.ipc.child_process import Child
from distill_live.live.shared.shared_block import SharedBlock
from distill_live.user_files import is_name

WATCH_S = 0.25
"""How often it is looked whether the recorder keeps up."""

WARN_S = (600.0, 60.0)
"""Seconds of room on the disk at which it is said how much is left."""

FINISH_S = 10.0
"""Time that the recorder has to finish its files at the end of the session."""

Answer = Callable[[bool, str], None]
"""Told whether it was done, and which file, or why not."""


def takes_folder() -> Path:
    """Where takes lie that have but a name."""
    return user_music_path() / "Distill Live"


def take_path(name: str | None) -> Path:
    """The WAV file of a take of that name; without one, of the time that it is.

    Raises
    ------
    CommandError
        If it is no name.
    """
    if name is None:
        name = f"take {datetime.now():%Y-%m-%d %H.%M.%S}"
    if not is_name(name):
        raise CommandError(
            f"{printable(name)[:80]!r} is no name of a take; use 1 to 64 characters, no slashes"
        )
    return takes_folder() / f"{name}.wav"


class RecordingController:
    """Records one take at a time.

    Parameters
    ----------
    block
        The memory that all processes share.
    start
        Starts the recorder process with settings.
    say, warn
        Take lines for the terminal.
    tell
        Told, by 1 or 0, whether it records from now on.
    """

    def __init__(
        self,
        block: SharedBlock,
        *,
        start: Callable[..., Coroutine[Any, Any, Child]],
        say: Callable[[str], None],
        warn: Callable[[str], None],
        tell: Callable[[int], None],
    ) -> None:
        self._block = block
        self._start, self._say, self._warn, self._tell = start, say, warn, tell
        self._number = 0
        self._begin_frames = 0
        self._rate_hz = 0
        self._child: Child | None = None
        self._task: asyncio.Task[None] | None = None
        self._begun: Answer
        self._ended: list[Answer] = []

    @property
    def seconds(self) -> float | None:
        """How much is recorded; None while nothing is."""
        if self._block.take == 0:
            return None
        rate_hz = self._block.output_rate_hz or self._rate_hz
        return (self._block.recording_written_frames - self._begin_frames) / rate_hz

    def begin(
        self, path: Path, sample_rate_hz: int, answer: Answer, *, make_folder: bool = True
    ) -> None:
        """Record from now on.

        Parameters
        ----------
        path
            The WAV file, which is not there yet.
        sample_rate_hz
            Of the output, as far as it is known.
        answer
            Told when there is a file, or why there is none.
        make_folder
            Whether the file's folder may be missing.

        Raises
        ------
        CommandError
            If a take is being recorded.
        """
        if self._task is not None:
            raise CommandError("a take is being recorded already; /record 0 ends it", "busy")
        block = self._block
        block.recording_read_frames = self._begin_frames = block.recording_written_frames
        block.marks_read = block.marks_written
        self._number += 1
        self._rate_hz = sample_rate_hz
        block.take = self._number
        self._begun = answer
        self._ended.clear()
        recording = self._record(
            take=self._number,
            path=str(path),
            sample_rate_hz=sample_rate_hz,
            make_folder=make_folder,
        )
        self._task = asyncio.get_running_loop().create_task(recording)
        self._tell(1)

    def end(self, answer: Answer) -> None:
        """End the take.

        Parameters
        ----------
        answer
            Told when its files are whole.

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
        """End the take, if there is one, and wait for its files; not for ever."""
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
            self._child.send("stop")

    async def _record(self, **settings: object) -> None:
        """See one take through."""
        path, failure, begun = str(settings["path"]), None, False
        try:
            child = self._child = await self._start("recorder", **settings)
        except OSError as error:
            failure = f"no recorder ({(error.strerror or str(error)).lower()})"
        else:
            if not self._block.take:  # ended while it was being started
                child.send("stop")
            watch = asyncio.create_task(self._watch())
            path, failure, begun = await self._listen(child, path)
            watch.cancel()
        self._child = self._task = None
        self._stop()
        if not begun:
            self._begun(False, str(failure))
        for answer in self._ended:
            answer(failure is None, failure or path)

    async def _listen(self, child: Child, path: str) -> tuple[str, str | None, bool]:
        """Hear the recorder to its end: the last file, what went wrong, whether it ever began."""
        failure, begun, finished = None, False, False
        left_s = float("inf")
        async for message in child.messages():
            match message:
                case ["recording", str(path), float(left_s)]:
                    begun = True
                    self._say(f"Recording {printable(path)}; there is room for {_long(left_s)}.")
                    self._begun(True, path)
                case ["file", str(path)]:
                    self._say(f"Recording goes on in {printable(path)}.")
                case ["left", float(seconds)]:
                    if any(seconds <= limit < left_s for limit in WARN_S):
                        self._warn(f"The disk has room for {_long(seconds)} more of this take.")
                    left_s = seconds
                case ["log-full"]:
                    self._warn(
                        "The session's log is full: from here on this take is its sound alone, and "
                        "not to be replayed. A new session has a new log."
                    )
                case ["recorded", str(path), float(seconds), int(underruns), reason]:
                    finished = True
                    failure = None if reason is None else str(reason)
                    self._stop()
                    self._report(path, seconds, underruns, failure)
                case ["failed", str(text)]:
                    failure = text
        if not finished:
            failure = failure or f"the recorder ended ({child.ending})"
        if begun and not finished:
            self._warn(f"Recording stopped: {failure}; {printable(path)} holds what came before.")
        return path, failure, begun

    def _report(self, path: str, seconds: float, underruns: int, failure: str | None) -> None:
        length = _long(seconds)
        if failure is not None:
            self._warn(f"Recording stopped: {failure}; {printable(path)} holds {length}.")
            return
        ran_dry = f", {underruns} underrun{'s' * (underruns > 1)}" if underruns else ""
        self._say(f"Recorded {printable(path)}: {length}{ran_dry}.")

    async def _watch(self) -> None:
        """End a take that the recorder does not keep up with, also if that stands still."""
        while self._block.overflowed_take != self._number:
            await asyncio.sleep(WATCH_S)
        if self._block.take:
            self._warn("Recording stops: the disk is too slow. The sound goes on.")
        self._stop()


def _long(seconds: float) -> str:
    """A duration in words."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{seconds / 3600:.0f} h"
