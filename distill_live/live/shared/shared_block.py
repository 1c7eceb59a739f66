"""One block of memory that three processes share: counters, flags, and room for samples.

The memory has no name in any file system (an anonymous descriptor that children inherit; on Windows
a section that ends with its last user), so nothing is left behind however the processes end. Each
counter has one writer. An aligned 8-byte store is atomic on every machine that numpy runs on.

It knows nothing of samples (`ring`, `tap`) or of logs, and does not import numpy.
"""

import mmap
import os
import secrets
import sys
import tempfile
from typing import Self

CAPACITY_FRAMES = 32768
"""Room in the ring: the longest hop and the largest device block many times over."""

TAP_FRAMES = 262144
"""Room for what is recorded: 5 s at 48 kHz, in which a disk may do nothing."""

TAP_MARKS = 1024
"""Room for what is noted of it meanwhile, three integers each."""

LOG_BYTES = 256 * 1024 * 1024
"""The most that is logged of what the engine does; memory is used as it fills."""

METERED_CHANNELS = 16

HEADER_BYTES = 640
_MARKS_BYTES = 8 * 3 * TAP_MARKS
_FLOATS_AT, _METERS_AT = 40, 8


class _Counter:
    """An unsigned 64-bit integer in the header."""

    def __init__(self, slot: int) -> None:
        self._slot = slot

    def __get__(self, block: "SharedBlock", owner: type) -> int:
        return block.integers[self._slot]

    def __set__(self, block: "SharedBlock", value: int) -> None:
        block.integers[self._slot] = value


class _Number:
    """A double in the header."""

    def __init__(self, slot: int) -> None:
        self._slot = slot

    def __get__(self, block: "SharedBlock", owner: type) -> float:
        return block.floats[self._slot]

    def __set__(self, block: "SharedBlock", value: float) -> None:
        block.floats[self._slot] = value


class SharedBlock:
    """A header of counters and flags, then a ring of frames, the tap with its marks, and a log.

    Attributes
    ----------
    handle : str
        What a child needs to attach; `descriptors` are those that it must inherit.
    ring, tap, marks, log : memoryview
        What comes after the header: bytes, but for `marks`, which are integers.
    written_frames, ring_rate_hz, ring_rate_frames, engine_time_samples, engine_clock_ns,
    broken_frames, load_average, load_peak, latency_s
        Written by synthesis: frames put into the ring; the sample rate of what was put there since
        the frame `ring_rate_frames`; the engine's time after the last hop and the monotonic clock
        then; frames and hops that were not finite and are silent; shares of a hop's time that
        rendering it took; how long a sample is under way to the device at most, the resampler's
        delay included.
    log_bytes, log_begin_bytes
        Written by synthesis: how much of the log is valid, and where that of this engine begins.
    read_frames, block_frames, underruns, device_errors, first_sound_ns, output_rate_hz
        Written by audio: frames taken from the ring; the largest block that the device asks for;
        times that the ring ran empty; times that the device reported one of its own; the monotonic
        clock when the first frame was played; the rate that the output needs, 0 for the model's.
    tap_written_frames, tap_marks_written, tap_lost_take
        Written by audio: frames and marks put into the tap; the take for which there was no room.
    tap_read_frames, tap_marks_read
        Written by the recorder, and by control while there is none.
    peaks, mean_squares
        Written by synthesis (`meters`): views of one number a channel.
    muted, panicked, stopping
        Written by control: reasons for silence, on which audio acts within one block.
    take
        Written by control: number of the take for which audio fills the tap, 0 for none.
    """

    written_frames = _Counter(0)
    engine_time_samples = _Counter(1)
    engine_clock_ns = _Counter(2)
    ring_rate_hz = _Counter(3)
    ring_rate_frames = _Counter(4)
    broken_frames = _Counter(5)
    read_frames = _Counter(8)
    block_frames = _Counter(9)
    underruns = _Counter(10)
    device_errors = _Counter(11)
    first_sound_ns = _Counter(12)
    output_rate_hz = _Counter(13)
    muted = _Counter(16)
    panicked = _Counter(17)
    stopping = _Counter(18)
    take = _Counter(19)
    tap_written_frames = _Counter(24)
    tap_marks_written = _Counter(25)
    tap_lost_take = _Counter(26)
    tap_read_frames = _Counter(28)
    tap_marks_read = _Counter(29)
    log_bytes = _Counter(32)
    log_begin_bytes = _Counter(33)
    load_average = _Number(0)
    load_peak = _Number(1)
    latency_s = _Number(2)

    def __init__(self, memory: mmap.mmap, handle: str, descriptors: tuple[int, ...] = ()) -> None:
        self._memory = memory
        self.handle = handle
        self.descriptors = descriptors
        view = memoryview(memory)
        self.integers = view[: 8 * _FLOATS_AT].cast("Q")
        self.floats = view[8 * _FLOATS_AT : HEADER_BYTES].cast("d")
        self.peaks = self.floats[_METERS_AT : _METERS_AT + METERED_CHANNELS]
        self.mean_squares = self.floats[_METERS_AT + METERED_CHANNELS :][:METERED_CHANNELS]
        frames = CAPACITY_FRAMES + TAP_FRAMES
        frame_bytes = (len(view) - HEADER_BYTES - _MARKS_BYTES - LOG_BYTES) // frames
        tap_at = HEADER_BYTES + CAPACITY_FRAMES * frame_bytes
        marks_at = HEADER_BYTES + frames * frame_bytes
        log_at = marks_at + _MARKS_BYTES
        self.ring, self.tap = view[HEADER_BYTES:tap_at], view[tap_at:marks_at]
        self.marks = view[marks_at:log_at].cast("Q")
        self.log = view[log_at : log_at + LOG_BYTES]

    @classmethod
    def create(cls, channels: int) -> Self:
        """A new block, all zero, with room for frames of so many float32."""
        frames_bytes = 4 * channels * (CAPACITY_FRAMES + TAP_FRAMES)
        size = HEADER_BYTES + frames_bytes + _MARKS_BYTES + LOG_BYTES
        if sys.platform == "win32":
            name = f"distill-live-{secrets.token_hex(8)}"
            return cls(mmap.mmap(-1, size, tagname=name), f"name {name} {size}")
        if sys.platform == "linux":
            descriptor = os.memfd_create("distill-live")
        else:
            with tempfile.TemporaryFile() as file:  # already without a name
                descriptor = os.dup(file.fileno())
        os.ftruncate(descriptor, size)
        return cls(mmap.mmap(descriptor, size), f"descriptor {descriptor} {size}", (descriptor,))

    @classmethod
    def attach(cls, handle: str) -> Self:
        """The block of the process that started this one, by its `handle`."""
        kind, which, size = handle.split()
        if kind == "name" and sys.platform == "win32":
            return cls(mmap.mmap(-1, int(size), tagname=which), handle)
        return cls(mmap.mmap(int(which), int(size)), handle)
