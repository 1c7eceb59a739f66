"""Lock-free ring of float32 frames in shared memory, for one writer and one reader.

Only the writer moves `written_frames`, only the reader `read_frames`. Both only grow, and each is
stored after the samples were copied.
"""

import time

import numpy as np

from distill_live.live.shared.shared_block import RING_FRAMES, SharedBlock
from distill_live.spectrogram import Float32


class FrameStore:
    """Circular buffer of frames, addressed by ever-growing indices.

    Parameters
    ----------
    memory
        Bytes of the float32 frames.
    channels
        Channels of a frame.
    """

    def __init__(self, memory: memoryview, channels: int) -> None:
        self._frames = np.frombuffer(memory, dtype=np.float32).reshape(-1, channels)

    def _put(self, index: int, samples: Float32) -> None:
        """Store `samples`, ``(frames, channels)``, from frame `index` on."""
        frames, size = len(samples), len(self._frames)
        start = index % size
        first = min(frames, size - start)
        self._frames[start : start + first] = samples[:first]
        if first < frames:
            self._frames[: frames - first] = samples[first:]

    def _get(self, index: int, out: Float32) -> None:
        """Fill `out`, ``(frames, channels)``, with the frames from `index` on."""
        frames, size = len(out), len(self._frames)
        start = index % size
        first = min(frames, size - start)
        out[:first] = self._frames[start : start + first]
        if first < frames:
            out[first:] = self._frames[: frames - first]


class Ring(FrameStore):
    """Either end of the ring.

    Parameters
    ----------
    block
        Shared memory, made for as many channels.
    channels
        Channels of a frame.
    """

    def __init__(self, block: SharedBlock, channels: int) -> None:
        super().__init__(block.ring, channels)
        self._block = block

    @property
    def readable_frames(self) -> int:
        """Number of frames written and not yet read."""
        return self._block.written_frames - self._block.read_frames

    @property
    def writable_frames(self) -> int:
        """Number of frames that fit."""
        return RING_FRAMES - self.readable_frames

    @property
    def valid_frames(self) -> int:
        """Number of readable frames at the current sample rate."""
        block = self._block
        return block.written_frames - max(block.read_frames, block.ring_rate_frames)

    def change_rate(self, rate_hz: int) -> None:
        """Set the sample rate of the frames written from now on."""
        self._block.ring_rate_hz = 0  # until both fields agree
        self._block.ring_rate_frames = self._block.written_frames
        self._block.ring_rate_hz = rate_hz

    def skip_to_rate(self, rate_hz: int) -> bool:
        """Skip frames of another sample rate; False if the ring is not at `rate_hz` yet."""
        block = self._block
        if block.ring_rate_hz != rate_hz:
            return False
        block.read_frames = max(block.read_frames, block.ring_rate_frames)
        return True

    def write(self, samples: Float32) -> None:
        """Append `samples`, ``(frames, channels)``, at most `writable_frames`."""
        frames = len(samples)
        assert frames <= self.writable_frames, "the writer never overtakes the reader"
        written = self._block.written_frames
        self._put(written, samples)
        self._block.written_frames = written + frames

    def read(self, out: Float32) -> int:
        """Fill the beginning of `out`, ``(frames, channels)``; return the number of frames."""
        frames = min(len(out), self.readable_frames)
        read = self._block.read_frames
        self._get(read, out[:frames])
        self._block.read_frames = read + frames
        self._block.read_clock_ns = time.perf_counter_ns()
        return frames
