"""How long rendering and decoding take, noted one by one: for a check before the show.

A session that is not checked notes nothing.
"""

import time
from collections import deque

from distill_live.bundle import Bundle
from distill_live.engine import ThreadedDecoder
from distill_live.engine.decoder import CACHED_CHUNKS, Chunk, Frames
from distill_live.spectrogram import Float64

MOST = 100_000
"""As many of the newest are kept: some minutes."""


class Timings:
    """What was noted since it was read last."""

    def __init__(self) -> None:
        self._hops_s: deque[float] = deque(maxlen=MOST)
        self._decoded_s: deque[float] = deque(maxlen=MOST)
        self._longest_s = 0.0
        self._written_s, self._ahead_s = 0.0, 0.0

    def decoded(self, seconds: float) -> None:
        """Note a chunk."""
        self._decoded_s.append(seconds)

    def rendered(self, seconds: float, *, written_s: float, ahead_s: float, least_s: float) -> None:
        """Note a hop.

        Parameters
        ----------
        seconds
            How long it took.
        written_s
            When it was in the ring, on the monotonic clock.
        ahead_s
            What the ring holds with it.
        least_s
            What the ring holds when a hop is due.
        """
        self._hops_s.append(seconds)
        if self._written_s:  # by the clock, since an empty ring tells nothing
            due_s = self._written_s + self._ahead_s - least_s
            self._longest_s = max(self._longest_s, written_s - due_s)
        self._written_s, self._ahead_s = written_s, ahead_s

    def read(self) -> list[object]:
        """Seconds of each hop, of each chunk, and the longest that a hop was waited for."""
        found: list[object] = [list(self._hops_s), list(self._decoded_s), self._longest_s]
        self._hops_s.clear()
        self._decoded_s.clear()
        self._longest_s = 0.0
        return found


class TimedDecoder(ThreadedDecoder):
    """Notes each chunk that it decodes, and none that it remembers.

    Parameters
    ----------
    bundle
        The model.
    timings
        Where they are noted.
    """

    def __init__(self, bundle: Bundle, timings: Timings) -> None:
        self._timings = timings
        self._given: deque[Chunk] = deque(maxlen=CACHED_CHUNKS)
        super().__init__(bundle)

    def decode(self, latent: Float64, frames: Frames | None = None) -> Chunk:
        """The chunk of a standardised latent, ``(latent,)``, or frames of it; waits for it."""
        begun_s = time.monotonic()
        chunk = super().decode(latent, frames)
        if all(chunk is not one for one in self._given):
            self._given.append(chunk)
            self._timings.decoded(time.monotonic() - begun_s)
        return chunk
