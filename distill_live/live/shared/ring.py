"""A ring of float32 frames in shared memory, for one writer and one reader.

The writer alone moves `written_frames`, the reader alone `read_frames`; both only grow, and each is
stored after the samples that it speaks of were copied. Nobody waits and nobody locks.

It knows nothing of when to read or to write, nor what to play when there is nothing to read.
"""

import numpy as np

from distill_live.live.shared.shared_block import CAPACITY_FRAMES, SharedBlock
from distill_live.spectrogram import Float32


class FrameStore:
    """Frames in shared memory, at places that are counted on and on.

    Parameters
    ----------
    memory
        Room for float32 frames.
    channels
        Channels of a frame.
    """

    def __init__(self, memory: memoryview, channels: int) -> None:
        self._frames = np.frombuffer(memory, dtype=np.float32).reshape(-1, channels)

    def _put(self, place: int, samples: Float32) -> None:
        """Store `samples`, ``(frames, channels)``, from the frame `place` on."""
        frames, room = len(samples), len(self._frames)
        start = place % room
        first = min(frames, room - start)
        self._frames[start : start + first] = samples[:first]
        if first < frames:
            self._frames[: frames - first] = samples[first:]

    def _get(self, place: int, out: Float32) -> None:
        """Fill `out`, ``(frames, channels)``, with what is stored from the frame `place` on."""
        frames, room = len(out), len(self._frames)
        start = place % room
        first = min(frames, room - start)
        out[:first] = self._frames[start : start + first]
        if first < frames:
            out[first:] = self._frames[: frames - first]


class Ring(FrameStore):
    """Either end of the ring.

    Parameters
    ----------
    block
        Shared memory made for as many channels.
    channels
        Channels of a frame.
    """

    def __init__(self, block: SharedBlock, channels: int) -> None:
        super().__init__(block.ring, channels)
        self._block = block

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
        self._put(written, samples)
        self._block.written_frames = written + frames

    def read(self, out: Float32) -> int:
        """Fill `out`, ``(frames, channels)``, as far as there is something; returns the frames."""
        frames = min(len(out), self.readable_frames)
        read = self._block.read_frames
        self._get(read, out[:frames])
        self._block.read_frames = read + frames
        return frames
