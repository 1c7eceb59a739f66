"""Compare a recording with its replay, sample by sample, and tell where and why they differ.

The engine's sound passes the device's callback, which fades it in when it begins, out on mute,
panic and at the end, and lets it decay where it ran out. Only there may a recording differ, and
from where the input is mixed in, dry.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from math import inf
from pathlib import Path

import numpy as np
import soundfile as sf
from numpy.typing import NDArray

from distill_live.errors import TakeError
from distill_live.files import named_refusal, open_regular, printable
from distill_live.spectrogram import Float32
from distill_live.takes.events import TakeEvent
from distill_live.takes.replay import Replay
from distill_live.takes.take_file import DECAY_S, FADE_S, FADED_OUT, FADES_IN, RAN_OUT, THROUGH
from distill_live.takes.take_reader import Take

REASONS = (FADES_IN, RAN_OUT, FADED_OUT, THROUGH)

DRY = "/input/thru"
"""Address of the level of the dry input, which is in a recording and in no replay."""

Frames = NDArray[np.int64]


@dataclass(frozen=True)
class Verification:
    """Result of comparing a recording with its replay.

    Attributes
    ----------
    frames
        Length of the recording.
    compared
        Number of frames that the replay has too, those before the first sound included.
    explained
        Number of differing frames for each of `REASONS` that has any.
    unexplained
        Number of other frames that differ.
    first_unexplained
        The first of these; None if there are none.
    """

    frames: int
    compared: int
    explained: dict[str, int]
    unexplained: int
    first_unexplained: int | None

    @property
    def equal(self) -> int:
        """Number of frames that are equal, bit for bit."""
        return self.compared - sum(self.explained.values()) - self.unexplained


def verify(
    take: Take, replay: Replay, on_progress: Callable[[int], None] | None = None
) -> Verification:
    """Compare a take's sound files with its replay.

    Parameters
    ----------
    take
        The take; its sound files lie beside it.
    replay
        Renderer of the take with its own models; used up afterwards.
    on_progress
        Called with the number of frames rendered since the last call.

    Raises
    ------
    TakeError
        If the recording cannot be read, or was resampled for the device.
    """
    stretches = take.stretches
    if not stretches:
        raise TakeError(
            f"{printable(take.path)}: the device had another sample rate than the model, so the "
            "recording is resampled and has no sample of the engine"
        )
    ranges = _ranges(take)
    explained = dict.fromkeys(REASONS, 0)
    unexplained, first_unexplained = 0, None
    compared = passed = 0
    with ExitStack() as stack:
        recording = _Recording(take, stack)
        position = 0
        for block in replay.blocks(on_progress):
            end = position + len(block)
            while passed < len(stretches) and stretches[passed].end_samples <= position:
                passed += 1
            for stretch in islice(stretches, passed, None):
                if stretch.offset_samples >= end:
                    break
                first = max(position, stretch.offset_samples)
                again = block[first - position : stretch.end_samples - position]
                frame = stretch.frame + first - stretch.offset_samples
                recorded = recording.read(frame, len(again))
                compared += len(recorded)
                differing = frame + np.flatnonzero((recorded != again[: len(recorded)]).any(axis=1))
                for reason, (begins, ends) in ranges.items():
                    inside = _inside(differing, begins, ends)
                    explained[reason] += int(inside.sum())
                    differing = differing[~inside]
                if len(differing):
                    unexplained += len(differing)
                    if first_unexplained is None:
                        first_unexplained = int(differing[0])
            position = end
    return Verification(
        recording.frames,
        compared,
        {reason: count for reason, count in explained.items() if count},
        unexplained,
        first_unexplained,
    )


def _ranges(take: Take) -> dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Ascending beginnings and ends, in frames, of where a recording may differ, by reason."""
    fade, decay = (round(seconds * take.rate_hz) for seconds in (FADE_S, DECAY_S))
    found: dict[str, list[tuple[float, float]]] = {reason: [] for reason in REASONS}
    closed: float | None = None
    engine, begun = -1, dict[int, int]()  # when each engine may first have heard the input
    for event in take.events():
        match event.kind:
            case "engine":
                engine += 1
            case "do" if engine not in begun and _may_begin_input(event):
                begun[engine] = event.at
            case "sound":
                found[FADES_IN].append((event.at, event.at + fade))
            case "starved":
                found[RAN_OUT].append((event.at, event.at + decay))
            case "closed":
                closed = event.at if closed is None else closed
            case "opened" if closed is not None:
                found[FADED_OUT].append((closed, event.at + fade))
                closed = None
    if closed is not None:
        found[FADED_OUT].append((closed, inf))
    found[THROUGH] += _stretches_with_input(take, begun)
    return {
        reason: (np.array([b for b, _ in rows]), np.array([e for _, e in rows]))
        for reason, rows in found.items()
        if rows
    }


def _may_begin_input(event: TakeEvent) -> bool:
    """Whether a command mixes the input in, or is a mapping or a gesture that can."""
    address, values, *_ = event.facts
    if address == DRY:
        return bool(values != (0,))
    return any(isinstance(value, str) and DRY[1:] in value for value in values)


def _stretches_with_input(take: Take, begun: Mapping[int, int]) -> Iterator[tuple[float, float]]:
    """Frames from where each engine may first have heard the input, to its end."""
    position = 0  # in the replay
    for engine, span in enumerate(take.spans):
        if span is None:
            continue
        position += span.silence_samples
        end = position + span.end_samples - span.begin_samples
        if engine in begun:
            begin = position + max(0, begun[engine] - span.begin_samples)
            for frame, offset, stop in take.stretches:
                if max(begin, offset) < min(end, stop):
                    yield frame + max(begin, offset) - offset, frame + min(end, stop) - offset
        position = end


def _inside(
    frames: Frames, begins: NDArray[np.float64], ends: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Whether each frame lies in a range; an earlier range may end within a later one."""
    latest_ends = np.maximum.accumulate(ends)
    index = np.searchsorted(begins, frames, side="right") - 1
    inside: NDArray[np.bool_] = (index >= 0) & (frames < latest_ends[np.maximum(index, 0)])
    return inside


class _Recording:
    """The sound files of a take, as one."""

    def __init__(self, take: Take, stack: ExitStack) -> None:
        self._files: list[tuple[int, sf.SoundFile]] = []
        self._channels = take.engine.channels
        self.frames = 0
        for frame, name in take.files:
            path = take.path.with_name(name) if Path(name).name == name else Path()
            with named_refusal(TakeError, path, "not read", "keep it beside the take"):
                open_regular(path).close()
            try:
                file = stack.enter_context(sf.SoundFile(path))
            except sf.LibsndfileError as error:
                raise TakeError(f"{printable(path)}: not read ({error.error_string})") from None
            if file.channels != self._channels:
                raise TakeError(f"{printable(path)} has {file.channels} channels")
            self._files.append((frame, file))
            self.frames = frame + file.frames

    def read(self, frame: int, count: int) -> Float32:
        """Frames from `frame` on, at most `count`; fewer at the end."""
        parts = list(self._parts(frame, count))
        return np.concatenate(parts) if parts else np.zeros((0, self._channels), np.float32)

    def _parts(self, frame: int, count: int) -> Iterator[Float32]:
        for begin, file in self._files:
            first, end = max(frame, begin), min(frame + count, begin + file.frames)
            if first < end:
                file.seek(first - begin)
                yield file.read(end - first, dtype="float32", always_2d=True)
