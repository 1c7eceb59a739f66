"""Dry input: the input's samples, hop by hop, with the clock of their device reconciled.

What lies between the two devices is the input that no hop has taken yet and the sound in the ring
that the device has not played yet. Their sum, in seconds, does not depend on when hops are
rendered, so it shows how the clocks drift. A slow controller keeps it constant by reading the
input a little faster or slower.
"""

import time
from collections.abc import Callable
from math import pi
from statistics import median

import numpy as np

from distill_live.engine.mixing.resampling import Interpolator
from distill_live.live.shared.input_buffer import InputBuffer
from distill_live.live.shared.shared_block import SharedBlock
from distill_live.spectrogram import Float32

CONTROL_HZ = 0.02
"""Natural frequency of the controller: at 200 ppm the delay is 0.6 ms off for some seconds."""

MEASURING_S = 0.2
"""Time constant of the measured delay, against the jitter of callbacks."""

MAX_CORRECTION = 1e-3
"""Largest deviation of the ratio of the rates: under 2 cents."""

MAX_BLOCK_S = 0.1
"""Longest time since a device's last block, or from one hop to the next: beyond it, something
stood."""

MAX_ERROR_S = 0.01
"""Error of the delay, as after an underrun, at which the dry input begins anew."""


class DryInput:
    """Source of the dry input, hop by hop.

    Parameters
    ----------
    block
        Shared memory.
    sample_rate_hz, hop_samples
        Of the engine.
    delay_samples
        From a sample's arrival to the hop that takes it, at least; more where hops and blocks need
        more.
    ahead_s
        Returns how much sound is in the ring when a hop is rendered, in seconds.
    """

    def __init__(
        self,
        block: SharedBlock,
        sample_rate_hz: int,
        hop_samples: int,
        delay_samples: int,
        ahead_s: Callable[[], float],
    ) -> None:
        self._block = block
        self._buffer = InputBuffer(block)
        self._rate_hz = sample_rate_hz
        self._hop_s = hop_samples / sample_rate_hz
        self._delay_s = delay_samples / sample_rate_hz
        self._ahead_s = ahead_s
        self._samples = np.arange(hop_samples, dtype=np.float64)
        self._rising = np.arange(1, hop_samples + 1, dtype=np.float32) / np.float32(hop_samples)
        self._playing = False
        self._device = 0, 0  # its rate, and the frame at which it was opened
        self._interpolator: Interpolator
        self._position = 0.0  # of the next sample, in frames of the input
        self._target_s = self._error_s = self._drift = 0.0
        self._measured_s: list[float] = []

    def fill(self, out: Float32) -> None:
        """Fill the next hop, ``(hop_samples,)``; zeros while there is no input.

        It fades in over a hop when it begins; it fades out, to begin anew, when samples are missing
        or the delay is wrong.
        """
        device = self._block.input_rate_hz, self._block.input_rate_frame
        if self._playing and self._buffered_s() - self._target_s > MAX_BLOCK_S:
            self._playing = False  # no hop was asked for in between
        if self._playing:
            goes_on = device == self._device and self._steer()
            complete = self._read(out)
            if not (goes_on and complete):
                self._playing = False
                out *= 1 - self._rising
            return
        if device[0] and self._begin(device):
            self._measured_s.clear()
            self._playing = self._read(out)
        if self._playing:
            out *= self._rising
        else:
            out[:] = 0.0

    def _begin(self, device: tuple[int, int]) -> bool:
        """Go to the place in the input that has the right delay, once it has been measured."""
        rate_hz = device[0]
        if device != self._device:
            self._device, self._drift = device, 0.0
            self._interpolator = Interpolator(rate_hz, self._rate_hz)
            self._measured_s.clear()
        self._position = 0.0
        passed_s = len(self._measured_s) * self._hop_s
        self._measured_s.append(self._buffered_s() - passed_s)  # grows by each hop
        if passed_s < MEASURING_S:
            return False
        most_frames = 2 * self._block.input_block_frames + 2 * self._interpolator.half
        least_s = self._hop_s + most_frames / rate_hz
        self._target_s = self._ahead_s() + max(self._delay_s, least_s)
        self._error_s = 0.0
        self._position = (median(self._measured_s) + passed_s - self._target_s) * rate_hz
        return self._position >= device[1] + self._interpolator.half

    def _buffered_s(self) -> float:
        """Input that no hop has taken, and sound that the device has not played, in seconds."""
        block, now_ns = self._block, time.perf_counter_ns()
        ring_rate_hz = block.ring_rate_hz or self._rate_hz
        since_input_s = min((now_ns - block.input_clock_ns) * 1e-9, MAX_BLOCK_S)
        since_output_s = min((now_ns - block.read_clock_ns) * 1e-9, MAX_BLOCK_S)
        taken_s = (block.input_written_frames - self._position) / self._device[0] + since_input_s
        ring_s = (block.written_frames - block.read_frames) / ring_rate_hz - since_output_s
        return taken_s + ring_s

    def _steer(self) -> bool:
        """Adapt the ratio of the rates; False if the delay is wrong."""
        error_s = self._buffered_s() - self._target_s
        self._error_s += (error_s - self._error_s) * min(1.0, self._hop_s / MEASURING_S)
        pole = 2 * pi * CONTROL_HZ  # a double one: critically damped
        self._drift = _within(self._drift + pole**2 * self._error_s * self._hop_s, MAX_CORRECTION)
        return abs(self._error_s) < MAX_ERROR_S

    def _read(self, out: Float32) -> bool:
        """Fill a hop, with zeros for samples that are missing; False if there are any."""
        pole = 2 * pi * CONTROL_HZ
        correction = _within(self._drift + 2 * pole * self._error_s, MAX_CORRECTION)
        step = (1 + correction) * self._device[0] / self._rate_hz
        half = self._interpolator.half
        positions = self._position + step * self._samples
        first, last = int(positions[0]) - half + 1, int(positions[-1]) + half
        window = np.empty((last + 1 - first, 1), np.float32)
        self._buffer.read(first, window)
        missing = max(0, last + 1 - self._block.input_written_frames)
        window[len(window) - min(missing, len(window)) :] = 0.0
        out[:] = self._interpolator.at(window[:, 0], positions - first)
        self._position += step * len(out)
        return missing == 0


def _within(value: float, limit: float) -> float:
    return max(-limit, min(limit, value))
