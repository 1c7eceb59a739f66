"""Follow an input: pull the latent towards what the encoder hears, and play its newest frames.

Followed fully, a model plays what sounds now: its heads read the newest frames of the chunk that
the encoder heard last, and take turns from one such chunk to the next. The frames before them were
played before, so only these are decoded.
"""

from collections.abc import Iterable, Set
from math import inf

import numpy as np

from distill_live.addresses import Values
from distill_live.engine.decoding.decode_scheduler import Request
from distill_live.engine.decoding.decoder import Key
from distill_live.engine.heads import HEADS
from distill_live.engine.latent.corpus_map import CorpusMap
from distill_live.input.encoder import ENCODE_HOPS
from distill_live.spectrogram import Float64

MAX_INTERVAL_HOPS = 4 * ENCODE_HOPS
"""Longest time from one latent to the next that counts as such; after it they begin anew."""

MAX_GAP_S = 1.0
"""Longest time without a latent until the input counts as gone; a busy computer encodes late."""


class InputFollower:
    """Latents of an input, and what they do to the latent and the heads of one model.

    Parameters
    ----------
    corpus
        Landmarks of the model.
    n_frames
        Frames of one chunk.
    frames_per_second
        Its hops in a second.

    Attributes
    ----------
    max_gap_s : float
        `MAX_GAP_S`, or `MAX_INTERVAL_HOPS` where these last longer.
    follow, nearest : float
        Share of the way to the input's latent, and from there to the landmark that is nearest to
        it, that the point is pulled, 0..1.
    latents : list of Float64
        Latent of the chunk that each head reads, standardised, ``(latent,)``, while it `leads`.
    """

    def __init__(self, corpus: CorpusMap, n_frames: int, frames_per_second: float) -> None:
        self.max_gap_s = max(MAX_GAP_S, MAX_INTERVAL_HOPS / frames_per_second)
        self.follow = self.nearest = 0.0
        self._corpus, self._last_frame = corpus, n_frames - 1
        # the input's latent and that of its landmark, `(2, latent)`: those before, and the newest
        self._before: Float64 | None = None
        self._newest: Float64 | None = None
        self._since_hops = 0  # the newest latent
        self._interval_hops = ENCODE_HOPS  # between the last two
        self.latents: list[Float64] = []
        self._lead = 0  # head that reads the newest chunk
        self._lead_hops = 0  # for which it has
        self._starts = [0.0] * HEADS  # first frame of each head, or where it was overtaken
        self._turning = False  # whether the other head has a newer latent
        self._requested: set[Key] = set()  # its chunks, since that latent came
        self._awaited: dict[Key, int] = {}  # the first of these requests, until its chunk comes

    @property
    def followed(self) -> bool:
        """Whether an input is followed, if there is one."""
        return self.follow > 0.0 or self.nearest > 0.0

    @property
    def pulls(self) -> bool:
        """Whether it acts on the latent."""
        return self._newest is not None and self.followed

    @property
    def leads(self) -> bool:
        """Whether the heads play the newest frames of what the input is, and nothing else."""
        return self._newest is not None and self.follow == 1.0 and not self.nearest

    @property
    def moving(self) -> bool:
        """Whether the pull changes with the next hop though no latent comes."""
        return self.pulls and self._since_hops < self._interval_hops

    def hear(self, values: Values) -> None:
        """Take the newest latent of the input, standardised."""
        latent = np.array(values, dtype=np.float64)
        newest = np.stack([latent, self._corpus.latents[self._corpus.nearest(latent)]])
        self._before = newest if self._newest is None else self._now
        self._newest = newest
        if 0 < self._since_hops <= MAX_INTERVAL_HOPS:
            self._interval_hops = self._since_hops
        self._since_hops = 0
        if self.latents:
            other = 1 - self._lead
            self.latents[other], self._starts[other] = latent, self._start
            if not self._turning:  # else a chunk of the latent before may come first
                self._turning = True
                self._requested.clear()

    def forget(self) -> None:
        """Forget what was heard, so that it acts on nothing until the next latent comes."""
        self._newest = None

    def step(self) -> None:
        """Advance by one hop."""
        self._since_hops += 1
        self._lead_hops += 1

    def pull(self, point: Float64) -> Float64:
        """Pull a latent, standardised, ``(latent,)``; the same array if it does not act."""
        if self.pulls:
            for amount, place in zip((self.follow, self.nearest), self._now, strict=True):
                point = point + amount * (place - point)
        return point

    def begin(self) -> None:
        """Let both heads read the newest chunk, since they begin to follow."""
        assert self._newest is not None
        self.latents, self._starts = [self._newest[0]] * HEADS, [self._start] * HEADS
        self._turning = False
        self._turn()

    def await_chunks(self, requests: Iterable[Request]) -> None:
        """Note the requests of this hop; the chunks of the head whose turn comes are waited for.

        With a motion they may be requested at every hop: the first of each key is enough.
        """
        for key, number, *_ in requests:
            if key[0] != self._lead and key not in self._requested:
                self._requested.add(key)
                self._awaited[key] = number

    def take(self, key: Key, request: int) -> None:
        """Note that a requested chunk is there."""
        if request >= self._awaited.get(key, inf):
            del self._awaited[key]

    def turn(self, waiting: Set[Key]) -> None:
        """Let the other head lead, if its newer chunks are there.

        Parameters
        ----------
        waiting
            Keys whose requests wait for a later hop.
        """
        lacking = {key for key in waiting - self._requested if key[0] != self._lead}
        if self._turning and not self._awaited and not lacking:
            self._turning = False
            self._turn()

    def reading(self, head: int, hops: int) -> tuple[float, float]:
        """Frame and weight of a head in so many hops, as known so far."""
        at = self._lead_hops + hops
        weight = 0.5 if at == 0 else float(head == self._lead)
        frame = self._starts[head] + (at if weight else hops)
        return min(frame, float(self._last_frame)), weight

    @property
    def _now(self) -> Float64:
        """Places of this hop, on the way from those before to the newest."""
        assert self._before is not None
        assert self._newest is not None
        share = min(1.0, self._since_hops / self._interval_hops)
        now: Float64 = self._before + share * (self._newest - self._before)
        return now

    @property
    def _start(self) -> float:
        """Frame from which a chunk is read until the next one comes, and has faded in."""
        return max(0.0, float(self._last_frame - self._interval_hops))

    def _turn(self) -> None:
        self._starts[self._lead] += self._lead_hops
        self._lead, self._lead_hops = 1 - self._lead, 0
        self._requested.clear()
        self._awaited.clear()
