"""Monitor buffer: the frames played last, in shared memory, from audio to listeners.

The audio callback writes each block, whether anybody listens or not, and never waits: what nobody
has read is overwritten.
"""

from distill_live.live.shared.ring import FrameStore
from distill_live.live.shared.shared_block import SharedBlock
from distill_live.spectrogram import Float32


class MonitorBuffer(FrameStore):
    """The audio callback's end.

    Parameters
    ----------
    block
        Shared memory, made for as many channels.
    channels
        Channels of a frame.
    sample_rate_hz
        Rate of the frames that are written from now on.
    """

    def __init__(self, block: SharedBlock, channels: int, sample_rate_hz: int) -> None:
        super().__init__(block.monitor, channels)
        self._frames *= 1  # touch every page now, not in the callback
        self._block = block
        block.monitor_rate_hz = 0  # until both fields agree
        block.monitor_rate_frame = block.monitored_frames
        block.monitor_rate_hz = sample_rate_hz

    def write(self, samples: Float32) -> None:
        """Append a block, ``(frames, channels)``."""
        written = self._block.monitored_frames
        self._put(written, samples)
        self._block.monitored_frames = written + len(samples)
