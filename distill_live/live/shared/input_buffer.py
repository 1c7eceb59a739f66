"""Input buffer: the newest samples of the input, mono, in shared memory.

The device's callback writes and never waits; analysis and synthesis read what they need, anywhere
in the newest part.
"""

import time

from distill_live.live.shared.ring import FrameStore
from distill_live.live.shared.shared_block import INPUT_FRAMES, SharedBlock
from distill_live.spectrogram import Float32

MAX_BEHIND_FRAMES = INPUT_FRAMES // 2
"""Age of the oldest frames that may be read; the other half keeps clear of what is written."""


class InputBuffer(FrameStore):
    """Either end of the buffer of samples.

    Parameters
    ----------
    block
        Shared memory.
    """

    def __init__(self, block: SharedBlock) -> None:
        super().__init__(block.input, 1)
        self._block = block

    def begin(self, sample_rate_hz: int) -> None:
        """Set the sample rate of the frames written from now on; 0 while there is no input."""
        block = self._block
        self._frames *= 1  # touch every page now, not in the callback
        block.input_rate_hz = 0  # until both fields agree
        block.input_rate_frame = block.input_written_frames
        block.input_rate_hz = sample_rate_hz

    def write(self, samples: Float32) -> None:
        """Append a block, ``(frames, 1)``."""
        block = self._block
        written = block.input_written_frames
        self._put(written, samples)
        block.input_written_frames = written + len(samples)
        block.input_clock_ns = time.perf_counter_ns()

    def read(self, index: int, out: Float32) -> None:
        """Fill `out`, ``(frames, 1)``, with the frames from `index` on."""
        self._get(index, out)
