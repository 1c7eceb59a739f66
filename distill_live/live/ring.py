"""A ring of float32 frames in shared memory, for one writer and one reader.

The writer alone moves `written_frames`, the reader alone `read_frames`; both only grow, and each is
stored after the samples that it speaks of were copied. Nobody waits and nobody locks.

It knows nothing of when to read or to write, nor what to play when there is nothing to read.
"""

import numpy as np

from distill_live.live.shared import CAPACITY_FRAMES, SharedBlock
from distill_live.spectrogram import Float32


class Ring:
    """Either end of the ring.

    Parameters
    ----------
    block
        Shared memory made for as many channels.
    channels
        Channels of a frame.
    """

    def __init__(self, block: SharedBlock, channels: int) -> None:
        self._block = block
        samples = np.frombuffer(block.payload, dtype=np.float32, count=CAPACITY_FRAMES * channels)
        self._frames = samples.reshape(CAPACITY_FRAMES, channels)

    @property
    def readable_frames(self) -> int:
        """Frames written and not yet read."""
        return self._block.written_frames - self._block.read_frames

    @property
    def writable_frames(self) -> int:
        """Frames that fit."""
        return CAPACITY_FRAMES - self.readable_frames

    @property
    def valid_frames(self) -> int:
        """Readable frames that have the rate of what is written now."""
        block = self._block
        return block.written_frames - max(block.read_frames, block.ring_rate_frames)

    def change_rate(self, rate_hz: int) -> None:
        """What is written from now on has this rate."""
        self._block.ring_rate_hz = 0  # for as long as the two do not agree
        self._block.ring_rate_frames = self._block.written_frames
        self._block.ring_rate_hz = rate_hz

    def skip_to_rate(self, rate_hz: int) -> bool:
        """Pass over what has another rate; False if nothing of this one will follow yet."""
        block = self._block
        if block.ring_rate_hz != rate_hz:
            return False
        block.read_frames = max(block.read_frames, block.ring_rate_frames)
        return True

    def write(self, samples: Float32) -> None:
        """Append `samples`, ``(frames, channels)``; they must fit (`writable_frames`)."""
        frames = len(samples)
        assert frames <= self.writable_frames, "the writer never overtakes the reader"
        written = self._block.written_frames
        start = written % CAPACITY_FRAMES
        first = min(frames, CAPACITY_FRAMES - start)
        self._frames[start : start + first] = samples[:first]
        if first < frames:
            self._frames[: frames - first] = samples[first:]
        self._block.written_frames = written + frames

    def read(self, out: Float32) -> int:
        """Fill `out`, ``(frames, channels)``, as far as there is something; returns the frames."""
        frames = min(len(out), self.readable_frames)
        read = self._block.read_frames
        start = read % CAPACITY_FRAMES
        first = min(frames, CAPACITY_FRAMES - start)
        out[:first] = self._frames[start : start + first]
        if first < frames:
            out[first:frames] = self._frames[: frames - first]
        self._block.read_frames = read + frames
        return frames
