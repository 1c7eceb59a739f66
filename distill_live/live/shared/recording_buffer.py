"""Recording buffer: played frames and marks in shared memory, from audio to the recorder.

The audio callback writes and never waits. Where there is no room the take ends; what was written
before stays valid.
"""

from typing import NamedTuple

from distill_live.live.shared.ring import FrameStore
from distill_live.live.shared.shared_block import MAX_MARKS, RECORDING_FRAMES, SharedBlock
from distill_live.spectrogram import Float32

RATE, SOUND, STARVED, CLOSED, OPENED = range(1, 6)
"""Kinds of marks: sample rate in Hz, with no frames of the ring yet; frames of the ring from
`value` on; ring empty, its frames up to `value` played; output fading out or closed; fading in."""


class Mark(NamedTuple):
    """An event at a frame."""

    kind: int
    frame: int
    """Index in the recording buffer."""
    value: int


class RecordingBuffer(FrameStore):
    """The audio callback's end.

    Parameters
    ----------
    block
        Shared memory, made for as many channels.
    channels
        Channels of a frame.
    """

    def __init__(self, block: SharedBlock, channels: int) -> None:
        super().__init__(block.recording, channels)
        self._frames *= 1  # touch every page now, not in the callback
        self._block = block
        self._take = 0

    def begins(self) -> bool:
        """Whether a take begins with this block; call once before each block."""
        take = self._block.take
        begins = take not in (0, self._take)
        self._take = take
        return begins

    def mark(self, kind: int, value: int = 0, *, after_frames: int = 0) -> None:
        """Mark a frame of the block that will be written next."""
        block = self._block
        if not self._writing:
            return
        count = block.marks_written
        if count - block.marks_read >= MAX_MARKS:
            block.overflowed_take = self._take
            return
        start = 3 * (count % MAX_MARKS)
        block.marks[start] = kind
        block.marks[start + 1] = block.recording_written_frames + after_frames
        block.marks[start + 2] = value
        block.marks_written = count + 1

    def write(self, samples: Float32) -> None:
        """Append a block, ``(frames, channels)``."""
        block = self._block
        if not self._writing:
            return
        written = block.recording_written_frames
        if written + len(samples) - block.recording_read_frames > RECORDING_FRAMES:
            block.overflowed_take = self._take
            return
        self._put(written, samples)
        block.recording_written_frames = written + len(samples)

    @property
    def _writing(self) -> bool:
        return self._take != 0 and self._block.overflowed_take != self._take


class RecordingBufferReader(FrameStore):
    """The recorder's end; marks are read before the frames at which they stand.

    Parameters
    ----------
    block, channels
        As for `RecordingBuffer`.
    """

    def __init__(self, block: SharedBlock, channels: int) -> None:
        super().__init__(block.recording, channels)
        self._block = block

    @property
    def position(self) -> int:
        """Index of the next frame to read."""
        return self._block.recording_read_frames

    @property
    def readable_frames(self) -> int:
        """Number of frames written and not yet read."""
        return self._block.recording_written_frames - self._block.recording_read_frames

    def read(self, out: Float32) -> None:
        """Fill `out`, ``(frames, channels)``; as many frames must be readable."""
        self._get(self._block.recording_read_frames, out)
        self._block.recording_read_frames += len(out)

    def next_mark(self) -> Mark | None:
        """Oldest mark not yet passed."""
        count = self._block.marks_read
        if count == self._block.marks_written:
            return None
        start = 3 * (count % MAX_MARKS)
        return Mark(*self._block.marks[start : start + 3])

    def pass_mark(self) -> None:
        """Release the oldest mark."""
        self._block.marks_read += 1
