"""Timings of hops and decoded chunks, for `distill-live check`."""

import time
from collections import deque

from distill_live.bundle import Bundle
from distill_live.engine import ThreadedDecoder
from distill_live.engine.decoding.decoder import CACHED_CHUNKS, Chunk, Frames
from distill_live.ipc.protocol import TimingReport
from distill_live.spectrogram import Float64

MAX_TIMINGS = 100_000
"""Maximum number of timings kept, the newest: some minutes."""


class Timings:
    """Timings since the last `read`."""

    def __init__(self) -> None:
        self._hops_s: deque[float] = deque(maxlen=MAX_TIMINGS)
        self._decoded_s: deque[float] = deque(maxlen=MAX_TIMINGS)
        self._longest_s = 0.0
        self._written_s, self._ahead_s = 0.0, 0.0

    def decoded(self, seconds: float) -> None:
        """Record a decoded chunk."""
        self._decoded_s.append(seconds)

    def rendered(self, seconds: float, *, written_s: float, ahead_s: float, least_s: float) -> None:
        """Record a hop.

        Parameters
        ----------
        seconds
            Duration of rendering.
        written_s
            Monotonic time at which it was in the ring.
        ahead_s
            Sound in the ring, this hop included.
        least_s
            Sound in the ring at which a hop is due.
        """
        self._hops_s.append(seconds)
        if self._written_s:  # by the clock, since an empty ring tells nothing
            due_s = self._written_s + self._ahead_s - least_s
            self._longest_s = max(self._longest_s, written_s - due_s)
        self._written_s, self._ahead_s = written_s, ahead_s

    def read(self) -> TimingReport:
        """Take the timings."""
        found = TimingReport(tuple(self._hops_s), tuple(self._decoded_s), self._longest_s)
        self._hops_s.clear()
        self._decoded_s.clear()
        self._longest_s = 0.0
        return found


class TimedDecoder(ThreadedDecoder):
    """Decoder that records each chunk it decodes, but none from its memory.

    Parameters
    ----------
    bundle
        The model.
    timings
        Gets the durations.
    """

    def __init__(self, bundle: Bundle, timings: Timings) -> None:
        self._timings = timings
        self._given: deque[Chunk] = deque(maxlen=CACHED_CHUNKS)
        super().__init__(bundle)

    def decode(self, latent: Float64, frames: Frames | None = None) -> Chunk:
        """Decode a standardised latent, ``(latent,)``, or frames of it, and wait for it."""
        begun_s = time.perf_counter()
        chunk = super().decode(latent, frames)
        if all(chunk is not one for one in self._given):
            self._given.append(chunk)
            self._timings.decoded(time.perf_counter() - begun_s)
        return chunk
