"""Shared memory of the processes: counters, flags, and room for samples and the session log.

The memory has no name in any file system (an anonymous descriptor that children inherit; on Windows
a section that ends with its last user), so nothing is left behind however the processes end. Each
counter has one writer. An aligned 8-byte store is atomic on every machine that numpy runs on.
"""

import ctypes
import mmap
import os
import secrets
import sys
from typing import Any, Self, get_type_hints

from distill_live.addresses import INPUT_FEATURES, MAX_CHANNELS

RING_FRAMES = 262144
"""Capacity of the ring: two of the longest hops, 2048 samples at 8 kHz, on an output at 384 kHz,
and the largest device block many times over."""

RECORDING_FRAMES = 524288
"""Capacity of the recording buffer: 11 s at 48 kHz in which a disk, or the recorder, may stall."""

MONITOR_FRAMES = 131072
"""Capacity of the monitor buffer: 2.7 s at 48 kHz, of which listeners read the last half."""

INPUT_FRAMES = 65536
"""Capacity of the input buffer, mono: 1.4 s at 48 kHz."""

FEATURE_RECORDS = 256
"""Capacity for features of the input that synthesis has not read: 1.4 s at 48 kHz."""

LATENT_RECORDS = 4
"""Capacity for latents of the input, of which synthesis reads the newest."""

MAX_LATENT_SIZE = 1024
"""As of a bundle."""

MAX_MARKS = 1024
"""Maximum number of unread marks in the recording buffer."""

LOG_BYTES = 256 * 1024 * 1024
"""Capacity of the session log; memory is used as it fills."""

FEATURES = len(INPUT_FEATURES)

_INPUT_BYTES = 4 * INPUT_FRAMES
_FEATURES_BYTES = 8 * FEATURES * FEATURE_RECORDS
_LATENTS_BYTES = 8 * (1 + MAX_LATENT_SIZE) * LATENT_RECORDS
_MARKS_BYTES = 3 * 8 * MAX_MARKS

MAX_AXIS_METERS = 64
"""Maximum number of axes with a meter: as many as one model may have."""

Levels = ctypes.Array[ctypes.c_double]
AxisValues = ctypes.Array[ctypes.c_float]


class InputFeatures(ctypes.Structure):
    """Features of the input."""

    _fields_ = tuple((name, ctypes.c_double) for name in INPUT_FEATURES)


class Counters(ctypes.Structure):
    """Counters and flags, by writer: 4 or 8 bytes each, so that reads and writes are atomic."""

    # synthesis
    written_frames: int
    """Frames written to the ring."""
    ring_rate_hz: int
    """Sample rate of the ring's frames from `ring_rate_frames` on."""
    ring_rate_frames: int
    engine_time_samples: int
    """Engine time after the last hop."""
    engine_clock_ns: int
    """Monotonic clock at `engine_time_samples`."""
    beat_clock_ns: int
    """Monotonic clock of the next beat that commands wait for; 0 for none."""
    broken_frames: int
    """Frames and hops that were not finite and replaced by silence."""
    load_average: float
    """Rendering time as a share of a hop's duration."""
    load_peak: float
    latency_s: float
    """Maximum delay from rendering to the device, the resampler's included."""
    log_bytes: int
    """Length of the session log."""
    log_begin_bytes: int
    """Offset of the current engine's events in the log."""
    peaks: Levels
    """Peak level by channel, linear (`meters`)."""
    mean_squares: Levels
    map_x: float
    """Map position of what sounds, of the leading model."""
    map_y: float
    head_position: float
    """Reading position of the louder play head, 0..1 of the chunk."""
    beat: float
    """Beat of the bar, from 0."""
    path_recording: int
    """Number of the recording that the leading model plays as a path, from 1; 0 for none."""
    path_position: float
    """Position in that recording, 0..1."""
    input_features: InputFeatures
    """Newest features of the input, as the engine heard them."""
    input_followed: int
    """Whether the leading model follows the input's latents."""
    input_gain_db: float
    """Gain of the input."""
    axis_values: AxisValues
    """Values of the first `MAX_AXIS_METERS` axes as they sound."""
    # audio
    read_frames: int
    """Frames read from the ring."""
    read_clock_ns: int
    """Monotonic clock at `read_frames`."""
    block_frames: int
    """Largest block the device has asked for."""
    underruns: int
    """Times that the ring ran empty."""
    xruns: int
    """Xruns that the device reported: late clients of JACK, underruns of a sound card."""
    first_sound_ns: int
    """Monotonic clock when the first frame was played."""
    output_rate_hz: int
    """Sample rate of the output; 0 for the model's."""
    recording_written_frames: int
    marks_written: int
    overflowed_take: int
    """Number of the take for which the recording buffer was full."""
    monitored_frames: int
    """Frames written to the monitor buffer."""
    monitor_rate_hz: int
    """Sample rate of the monitor's frames from `monitor_rate_frame` on."""
    monitor_rate_frame: int
    # input
    input_written_frames: int
    """Frames written to the input buffer."""
    input_clock_ns: int
    """Monotonic clock at `input_written_frames`."""
    input_rate_hz: int
    """Sample rate of the input's frames from `input_rate_frame` on; 0 without an input."""
    input_rate_frame: int
    input_block_frames: int
    """Largest block that the input device has given."""
    # analysis of the input
    features_written: int
    """Number of records of features written."""
    latents_written: int
    """Number of latents written."""
    # recorder; control while there is none
    recording_read_frames: int
    marks_read: int
    # control
    muted: int
    panicked: int
    stopping: int
    take: int
    """Number of the take that audio writes to the recording buffer; 0 for none."""


_TYPES: dict[Any, Any] = {
    int: ctypes.c_uint64,
    float: ctypes.c_double,
    Levels: ctypes.c_double * MAX_CHANNELS,
    AxisValues: ctypes.c_float * MAX_AXIS_METERS,
    InputFeatures: InputFeatures,
}
Counters._fields_ = [(name, _TYPES[kind]) for name, kind in get_type_hints(Counters).items()]


class SharedBlock(Counters):
    """Counters, ring, recording buffer with its marks, monitor and input buffers, session log.

    Attributes
    ----------
    handle : str
        Identifies the block to `attach` in a child process.
    descriptors : tuple of int
        File descriptors that the child must inherit.
    ring, recording, monitor, input, log : memoryview
        Bytes.
    features, latents : memoryview
        float64: `FEATURES` for each record; a size and `MAX_LATENT_SIZE` for each latent.
    marks : memoryview
        Unsigned 64-bit integers, three for each mark.
    """

    handle: str
    descriptors: tuple[int, ...]

    @classmethod
    def create(cls, channels: int) -> Self:
        """Make a block of zeros, for float32 frames of so many channels."""
        frames_bytes = 4 * channels * (RING_FRAMES + RECORDING_FRAMES + MONITOR_FRAMES)
        size = ctypes.sizeof(Counters) + frames_bytes + _INPUT_BYTES
        size += _FEATURES_BYTES + _LATENTS_BYTES + _MARKS_BYTES + LOG_BYTES
        if sys.platform == "win32":
            name = f"distill-live-{secrets.token_hex(8)}"
            return cls._map(mmap.mmap(-1, size, tagname=name), f"name {name} {size}")
        if sys.platform == "linux":
            descriptor = os.memfd_create("distill-live")
        else:
            descriptor = open_shared_memory()
        os.ftruncate(descriptor, size)
        memory = mmap.mmap(descriptor, size)
        return cls._map(memory, f"descriptor {descriptor} {size}", descriptor)

    @classmethod
    def attach(cls, handle: str) -> Self:
        """Map the block of the parent process, by its `handle`."""
        kind, which, size = handle.split()
        if kind == "name" and sys.platform == "win32":
            return cls._map(mmap.mmap(-1, int(size), tagname=which), handle)
        return cls._map(mmap.mmap(int(which), int(size)), handle)

    @classmethod
    def _map(cls, memory: mmap.mmap, handle: str, *descriptors: int) -> Self:
        block = cls.from_buffer(memory)
        block.handle, block.descriptors = handle, descriptors
        view = memoryview(memory)[ctypes.sizeof(Counters) :]
        log_at = len(view) - LOG_BYTES
        marks_at = log_at - _MARKS_BYTES
        latents_at = marks_at - _LATENTS_BYTES
        features_at = latents_at - _FEATURES_BYTES
        input_at = features_at - _INPUT_BYTES
        frame_bytes = input_at // (RING_FRAMES + RECORDING_FRAMES + MONITOR_FRAMES)
        recording_at = frame_bytes * RING_FRAMES
        monitor_at = recording_at + frame_bytes * RECORDING_FRAMES
        block.ring, block.recording = view[:recording_at], view[recording_at:monitor_at]
        block.monitor, block.input = view[monitor_at:input_at], view[input_at:features_at]
        block.features = view[features_at:latents_at].cast("d")
        block.latents = view[latents_at:marks_at].cast("d")
        block.marks = view[marks_at:log_at].cast("Q")
        block.log = view[log_at:]
        return block


def open_shared_memory() -> int:
    """Open POSIX shared memory whose name is removed at once.

    A mapped temporary file would be written to the disk by and by.
    """
    import _posixshmem

    name = f"/distill-{secrets.token_hex(8)}"  # macOS takes 31 bytes at most
    descriptor: int = _posixshmem.shm_open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL, mode=0o600)
    _posixshmem.shm_unlink(name)
    return descriptor
