"""Audio callback: copy frames from the ring to the device, click-free, and to recorder and monitor.

When the ring runs empty, the last sample decays; when it is primed again, the sound fades in. Mute,
panic and stop are flags in shared memory on which the output fades within one block. The callback
allocates only views, takes no lock and does no I/O.
"""

import time

import numpy as np

from distill_live.addresses import CEILING
from distill_live.live.shared.monitor_buffer import MonitorBuffer
from distill_live.live.shared.recording_buffer import (
    CLOSED,
    OPENED,
    RATE,
    SOUND,
    STARVED,
    RecordingBuffer,
)
from distill_live.live.shared.ring import Ring
from distill_live.live.shared.shared_block import SharedBlock
from distill_live.spectrogram import Float32

DECAY_S = 0.002
"""Time constant of the last sample's decay on an empty ring."""

FADE_S = 0.005
"""Duration of a fade, in or out."""

WAIT_LIMIT_S = 0.4
"""Maximum wait for a block with `waiting`: servers drop a client after half a second."""

_POLL_S = 0.0002

_SEGMENT_FRAMES = 1024
"""Maximum number of frames processed at once; size of the scratch arrays."""


class _Fade:
    """Gain of 0..1 that rises or falls linearly, one step a frame."""

    def __init__(self, length_frames: int, *, is_open: bool) -> None:
        ramp = np.arange(length_frames + 1, dtype=np.float32) / np.float32(length_frames)
        hold = np.ones(_SEGMENT_FRAMES, dtype=np.float32)
        self._rising = np.concatenate([ramp, hold])[:, None]
        self._falling = np.concatenate([ramp[::-1], 0.0 * hold])[:, None]
        self._length = length_frames
        self.position = 0  # the gain in steps
        self.restart(is_open=is_open)

    @property
    def closed(self) -> bool:
        """Whether the gain is 0."""
        return self.position == 0

    def restart(self, *, is_open: bool) -> None:
        """Set the gain to 1 or 0 at once."""
        self.position = self._length if is_open else 0

    def apply(self, out: Float32, *, rise: bool) -> None:
        """Multiply `out`, ``(frames, channels)``, at most a segment, by the moving gain."""
        frames = len(out)
        if rise:
            if self.position == self._length:
                return
            start = self.position + 1
            np.multiply(out, self._rising[start : start + frames], out=out)
            self.position = min(self._length, self.position + frames)
        else:
            if self.position == 0:
                out.fill(0.0)
                return
            start = self._length - self.position + 1
            np.multiply(out, self._falling[start : start + frames], out=out)
            self.position = max(0, self.position - frames)


class Player:
    """Fills the device's blocks from the ring.

    Parameters
    ----------
    block
        Shared flags and counters.
    ring
        Source of the samples.
    channels
        Channels of a frame.
    sample_rate_hz
        Rate of the device; frames of the ring at another rate are skipped.
    waiting
        Wait for data, for a server in freewheel mode; the output is then the engine's, sample for
        sample: it begins without a fade, and mute and panic are left to the engine.

    Attributes
    ----------
    blocks : int
        Number of blocks filled.
    """

    def __init__(
        self,
        block: SharedBlock,
        ring: Ring,
        channels: int,
        sample_rate_hz: int,
        *,
        waiting: bool = False,
    ) -> None:
        self.blocks = 0
        self._block = block
        self._ring = ring
        self._recording = RecordingBuffer(block, channels)
        self._monitor = MonitorBuffer(block, channels, sample_rate_hz)
        self._rate_hz = sample_rate_hz
        self._waiting = waiting
        self._playing = False
        self._started = block.first_sound_ns > 0
        self._largest_frames = 0
        decay = DECAY_S * sample_rate_hz
        table = np.exp(-np.arange(1, round(20 * decay) + 1) / decay).astype(np.float32)
        silence = np.zeros(_SEGMENT_FRAMES, dtype=np.float32)
        self._decay = np.concatenate([table, silence])[:, None]
        self._decay_end = self._decayed = len(table)
        self._last = np.zeros(channels, dtype=np.float32)  # as played, before the gate
        self._decaying = np.zeros(channels, dtype=np.float32)
        self._scratch = np.zeros((_SEGMENT_FRAMES, channels), dtype=np.float32)
        self._entry = _Fade(round(FADE_S * sample_rate_hz), is_open=False)
        self._opened = waiting or not (block.muted or block.panicked)
        self._gate = _Fade(round(FADE_S * sample_rate_hz), is_open=self._opened)

    @property
    def silent(self) -> bool:
        """Whether the output has faded out completely."""
        return self._gate.closed

    def fill(self, out: Float32) -> None:
        """Fill a block of the device, ``(frames, channels)``."""
        frames = len(out)
        block = self._block
        self.blocks += 1
        if self._recording.begins():
            self._begin_take()
        if frames > self._largest_frames:
            self._largest_frames = block.block_frames = frames
        if not self._playing and self._primed:
            self._playing = True
            self._recording.mark(SOUND, block.read_frames)
            self._entry.restart(is_open=self._waiting and not self._started)
            if not self._started:
                self._started = True
                block.first_sound_ns = time.perf_counter_ns()
        if self._waiting:
            self._wait(frames)
        opened = self._waiting or not (block.muted or block.panicked)
        opened = opened and not block.stopping
        if opened != self._opened:
            self._opened = opened
            self._recording.mark(OPENED if opened else CLOSED)
        for start in range(0, frames, _SEGMENT_FRAMES):
            segment = out[start : start + _SEGMENT_FRAMES]
            self._fill_segment(segment, start)
            self._gate.apply(segment, rise=opened)
        self._recording.write(out)
        self._monitor.write(out)

    @property
    def _primed(self) -> bool:
        """Whether the ring holds more than a block at this rate."""
        primed = self._ring.skip_to_rate(self._rate_hz)
        return primed and self._ring.readable_frames > self._block.block_frames

    def _wait(self, frames: int) -> None:
        """While playing, wait for a block, at most `WAIT_LIMIT_S`."""
        deadline_s = time.perf_counter() + WAIT_LIMIT_S
        while self._playing and self._ring.readable_frames < frames:
            if self._block.stopping or time.perf_counter() > deadline_s:
                return
            time.sleep(_POLL_S)

    def _begin_take(self) -> None:
        """Mark the state of the output at the beginning of a take."""
        self._recording.mark(RATE, self._rate_hz)
        if self._playing:
            self._recording.mark(SOUND, self._block.read_frames)
        if not self._opened:
            self._recording.mark(CLOSED)

    def _fill_segment(self, out: Float32, start: int) -> None:
        frames = self._ring.read(out) if self._playing else 0
        self._entry.apply(out[:frames], rise=True)
        self._add_decay(out[:frames])
        if frames < len(out):
            rest = out[frames:]
            rest.fill(0.0)
            if self._playing:
                self._playing = False
                self._recording.mark(STARVED, self._block.read_frames, after_frames=start + frames)
                self._block.underruns += 1
                self._decayed = 0
                self._decaying[:] = out[frames - 1] if frames else self._last
            self._add_decay(rest)
        self._last[:] = out[-1]

    def _add_decay(self, out: Float32) -> None:
        frames = len(out)
        if self._decayed == self._decay_end or frames == 0:
            return
        table = self._decay[self._decayed : self._decayed + frames]
        scratch = self._scratch[:frames]
        np.multiply(table, self._decaying, out=scratch)
        out += scratch
        np.clip(out, -CEILING, CEILING, out=out)  # the sum of a decay and a fade-in can exceed it
        self._decayed = min(self._decay_end, self._decayed + frames)
