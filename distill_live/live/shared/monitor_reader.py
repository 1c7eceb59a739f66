"""Read the monitor buffer, without numpy; any number of readers, none of which the writer sees."""

from typing import NamedTuple

from distill_live.live.shared.shared_block import MONITOR_FRAMES, SharedBlock

MAX_BEHIND_FRAMES = MONITOR_FRAMES // 2
"""A reader that is further behind skips frames. The other half keeps clear of the block that is
being written, and gives time to copy."""

MAX_PART_FRAMES = 4096
"""Maximum number of frames read at once."""


class Part(NamedTuple):
    """Frames that were played one after the other."""

    sample_rate_hz: int
    frame: int
    """Number of the first frame; numbers go on over changes of the device and its rate."""
    samples: bytes
    """Interleaved float32."""


class MonitorReader:
    """Reads what is played from its construction on.

    Parameters
    ----------
    block
        Shared memory, made for as many channels.
    channels
        Channels of a frame.
    """

    def __init__(self, block: SharedBlock, channels: int) -> None:
        self._block = block
        self._frame_bytes = 4 * channels
        self._position = block.monitored_frames

    def read(self) -> Part | None:
        """Next frames, at most `MAX_PART_FRAMES`; None while there are none.

        Frames that are skipped are those that were overwritten, and those of another rate.
        """
        block = self._block
        rate_hz, rate_frame = block.monitor_rate_hz, block.monitor_rate_frame
        written = block.monitored_frames
        start = max(self._position, rate_frame, written - MAX_BEHIND_FRAMES)
        frames = min(written - start, MAX_PART_FRAMES)
        if rate_hz == 0 or frames <= 0:
            return None
        samples = self._copy(start, frames)
        overwritten = block.monitored_frames - start > MONITOR_FRAMES - MAX_PART_FRAMES
        if overwritten or (block.monitor_rate_hz, block.monitor_rate_frame) != (
            rate_hz,
            rate_frame,
        ):
            return None  # this process was paused meanwhile
        self._position = start + frames
        return Part(rate_hz, start, samples)

    def _copy(self, start: int, frames: int) -> bytes:
        at = start % MONITOR_FRAMES
        first = min(frames, MONITOR_FRAMES - at)
        size, memory = self._frame_bytes, self._block.monitor
        return bytes(memory[size * at : size * (at + first)]) + bytes(
            memory[: size * (frames - first)]
        )
