"""What goes to the device, a second time: frames and marks in shared memory, for the recorder.

The audio callback writes and never waits: where there is no room, the take ends for it, and what
was put there before is whole. It knows nothing of files.
"""

from typing import NamedTuple

from distill_live.live.shared.ring import FrameStore
from distill_live.live.shared.shared_block import TAP_FRAMES, TAP_MARKS, SharedBlock
from distill_live.spectrogram import Float32

RATE, SOUND, STARVED, CLOSED, OPENED = range(1, 6)
"""Kinds of marks: the rate from here on, in Hz, with nothing from the ring yet; from here on frames
of the ring, from that one on; none any more, but up to that one; the output is fading out, or was
closed; it is fading in."""


class Mark(NamedTuple):
    """Something that is noted of a frame."""

    kind: int
    frame: int
    """Of the tap."""
    value: int


class RecordingBuffer(FrameStore):
    """The end that the audio callback writes to.

    Parameters
    ----------
    block
        Shared memory made for as many channels.
    channels
        Channels of a frame.
    """

    def __init__(self, block: SharedBlock, channels: int) -> None:
        super().__init__(block.tap, channels)
        self._frames *= 1  # so that the callback meets no page for the first time
        self._block = block
        self._take = 0

    def begins(self) -> bool:
        """Whether a take begins with this block; asked before each block."""
        take = self._block.take
        begins = take not in (0, self._take)
        self._take = take
        return begins

    def mark(self, kind: int, value: int = 0, *, after_frames: int = 0) -> None:
        """Note something of a frame of the block that will be written next."""
        block = self._block
        if not self._writing:
            return
        count = block.tap_marks_written
        if count - block.tap_marks_read >= TAP_MARKS:
            block.tap_lost_take = self._take
            return
        place = 3 * (count % TAP_MARKS)
        block.marks[place] = kind
        block.marks[place + 1] = block.tap_written_frames + after_frames
        block.marks[place + 2] = value
        block.tap_marks_written = count + 1

    def write(self, samples: Float32) -> None:
        """Append a block, ``(frames, channels)``."""
        block = self._block
        if not self._writing:
            return
        written = block.tap_written_frames
        if written + len(samples) - block.tap_read_frames > TAP_FRAMES:
            block.tap_lost_take = self._take
            return
        self._put(written, samples)
        block.tap_written_frames = written + len(samples)

    @property
    def _writing(self) -> bool:
        return self._take != 0 and self._block.tap_lost_take != self._take


class RecordingBufferReader(FrameStore):
    """The recorder's end. Marks are read before the frames that they speak of.

    Parameters
    ----------
    block, channels
        As for `RecordingBuffer`.
    """

    def __init__(self, block: SharedBlock, channels: int) -> None:
        super().__init__(block.tap, channels)
        self._block = block

    @property
    def place(self) -> int:
        """The frame that is read next."""
        return self._block.tap_read_frames

    @property
    def readable_frames(self) -> int:
        """Frames written and not yet read."""
        return self._block.tap_written_frames - self._block.tap_read_frames

    def read(self, out: Float32) -> None:
        """Fill `out`, ``(frames, channels)``, of which so many must be readable."""
        self._get(self._block.tap_read_frames, out)
        self._block.tap_read_frames += len(out)

    def next_mark(self) -> Mark | None:
        """The oldest mark that was not passed."""
        count = self._block.tap_marks_read
        if count == self._block.tap_marks_written:
            return None
        place = 3 * (count % TAP_MARKS)
        return Mark(*self._block.marks[place : place + 3])

    def pass_mark(self) -> None:
        """Be done with it."""
        self._block.tap_marks_read += 1
