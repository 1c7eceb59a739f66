"""Streaming sample-rate conversion with a polyphase filter, without a queue.

Its delay is `CROSSINGS` samples at the lower rate, under a millisecond, and each block gives as
many samples as its time holds. soxr's streams, measured at high quality, give 0 to 893 samples for
a hop of 512, up to 21 ms late, and 5 ms late where they give them evenly.
"""

from collections.abc import Iterator
from itertools import chain
from math import gcd

import numpy as np

from distill_live.spectrogram import Float32, Float64

CROSSINGS = 36
"""Zero crossings of the filter on either side."""

KAISER_BETA = 10.0
"""Side lobes 100 dB down (Kaiser 1974); with `CROSSINGS`, the pass band ends at 0.91 of half the
lower rate, 20 kHz at 44.1 kHz; aliases and images stay above it."""

INTERPOLATED_CROSSINGS = 16
"""The same of an `Interpolator`."""

PHASES = 512
"""Phases of an `Interpolator` in a sample."""


def delay_of(rate_in_hz: int, rate_out_hz: int) -> float:
    """Delay of a `Resampler` in seconds, computed without its filter, which may be large."""
    return _half(rate_in_hz, rate_out_hz) / rate_in_hz


class Resampler:
    """Streaming sample-rate converter for all channels at once.

    Parameters
    ----------
    rate_in_hz, rate_out_hz
        Sample rates, whole numbers.
    channels
        Number of channels.

    Attributes
    ----------
    delay_s : float
        Delay of the output in seconds.
    """

    def __init__(self, rate_in_hz: int, rate_out_hz: int, channels: int) -> None:
        divisor = gcd(rate_in_hz, rate_out_hz)
        self._up, self._down = rate_out_hz // divisor, rate_in_hz // divisor
        cutoff = min(1.0, rate_out_hz / rate_in_hz)  # relative to half the input rate
        half = _half(rate_in_hz, rate_out_hz)
        self.delay_s = delay_of(rate_in_hz, rate_out_hz)
        self._taps = _filter(np.arange(self._up) / self._up, half, cutoff)
        self._past = np.zeros((2 * half - 1, channels), dtype=np.float32)
        self._next = 0  # position of the next sample after the past, in 1/up input samples

    def match(self, other: "Resampler") -> None:
        """Take the place in time of another converter of these rates, after silence."""
        self._past[:] = 0.0
        self._next = other._next

    def process(self, block: Float32) -> Float32:
        """Convert the next input block, ``(frames, channels)``.

        The output does not depend on how the input is split into blocks; it may overshoot the
        input's peak.
        """
        if len(block) == 0:
            return block
        joined = np.concatenate([self._past, block])
        count = max(0, -((self._next - self._up * len(block)) // self._down))
        positions = self._next + self._down * np.arange(count)
        starts, phases = np.divmod(positions, self._up)
        windows = np.lib.stride_tricks.sliding_window_view(joined, self._taps.shape[1], axis=0)
        out: Float32 = np.einsum("nct,nt->nc", windows[starts], self._taps[phases])
        self._next += self._down * count - self._up * len(block)
        self._past = joined[len(block) :]
        return out


def at_rate(
    blocks: Iterator[Float32], rate_in_hz: int, rate_out_hz: int, channels: int
) -> Iterator[Float32]:
    """Resample blocks, ``(frames, channels)``, with the resampler's delay removed."""
    if rate_out_hz == rate_in_hz:
        yield from blocks
        return
    divisor = gcd(rate_in_hz, rate_out_hz)
    up, down = rate_out_hz // divisor, rate_in_hz // divisor
    resampler = Resampler(rate_in_hz, rate_out_hz, channels)
    delay = round(resampler.delay_s * rate_in_hz)
    silence = -delay % down  # makes the delay a whole number of output samples
    delay_frames = (delay + silence) * up // down
    blocks = chain([np.zeros((silence, channels), np.float32)], blocks)
    for block in blocks:
        resampled = resampler.process(block)
        yield resampled[delay_frames:]
        delay_frames = max(0, delay_frames - len(resampled))


class Interpolator:
    """Values of a signal between its samples, for ratios of rates that are no constant.

    Its filter is tabulated in `PHASES` phases and interpolated linearly between them: the error is
    90 dB down. The pass band ends at 0.8 of half the lower rate.

    Parameters
    ----------
    rate_in_hz, rate_out_hz
        Nominal sample rates; those of the positions may differ by a few per cent.

    Attributes
    ----------
    half : int
        Number of samples needed on either side of a position.
    """

    def __init__(self, rate_in_hz: int, rate_out_hz: int) -> None:
        cutoff = min(1.0, rate_out_hz / rate_in_hz)
        self.half = int(np.ceil(INTERPOLATED_CROSSINGS / cutoff))
        self._taps = _filter(np.arange(PHASES + 1) / PHASES, self.half, cutoff)

    def at(self, samples: Float32, positions: Float64) -> Float32:
        """Values at some positions.

        Parameters
        ----------
        samples
            Mono, ``(n,)``.
        positions
            In samples, from ``half - 1`` to ``n - half - 1``; sample 0 has position 0.

        Returns
        -------
        ndarray
            float32, as many as positions.
        """
        starts = np.floor(positions).astype(np.intp)
        phases = (positions - starts) * PHASES
        below = phases.astype(np.intp)
        share = (phases - below).astype(np.float32)[:, None]
        taps = self._taps[below] * (1 - share) + self._taps[below + 1] * share
        windows = np.lib.stride_tricks.sliding_window_view(samples, 2 * self.half)
        out: Float32 = np.einsum("nt,nt->n", windows[starts - self.half + 1], taps)
        return out


def _filter(phases: Float64, half: int, cutoff: float) -> Float32:
    """Windowed sinc at some phases, ``(phases, 2 * half)``.

    A phase is the time from a sample to the value, in samples; the taps stand for the samples from
    ``half - 1`` before to ``half`` after that one. `cutoff` is relative to half the input rate.
    """
    distance = phases[:, None] + np.arange(2 * half)[::-1] - half
    window = np.i0(KAISER_BETA * np.sqrt(np.clip(1.0 - (distance / half) ** 2, 0.0, 1.0)))
    taps = np.sinc(cutoff * distance) * window
    taps /= taps.sum(axis=1, keepdims=True)
    return np.asarray(taps, dtype=np.float32)


def _half(rate_in_hz: int, rate_out_hz: int) -> int:
    """Input samples on either side of the filter's centre."""
    return int(np.ceil(CROSSINGS / min(1.0, rate_out_hz / rate_in_hz)))
