"""Decide which latents are decoded when, and which frames of their chunks.

A moving latent is requested ahead of where it is, where its glide leads; band power is interpolated
on the way (`ChunkMorph`). Leaps, which nothing foretells, are decoded in turns if they follow one
another. All decisions depend on the hop and on what was wanted so far, never on when a chunk
arrives: the same commands make the same requests.
"""

from collections.abc import Mapping, Set
from typing import NamedTuple

import numpy as np

from distill_live.engine.decoding.decoder import Frames, Key
from distill_live.engine.heads import PlayHeads
from distill_live.engine.latent.point import LatentPoint
from distill_live.spectrogram import Float64

LATENT_STEP = 0.01
"""RMS distance, in standard deviations, from the way between the last two decoded latents at which
a moving latent is decoded again, inaudibly near."""

MAX_WAY = 0.1
"""Largest RMS distance of a decoded latent from the current one; between them band power is
interpolated. In the middle of such a way the demo's bands are within 0.15 dB of decoded ones,
nearer than those of a latent `LATENT_STEP` away (`tests/bench/interpolation.py`)."""

KNOWN_HOPS, EXTRAPOLATED_HOPS = 16, 6
"""Hops that are decoded ahead on a glide, whose end is known, and on another motion, which is taken
to continue as it is."""

STRETCH = 2.0
"""Factor by which a request reaches beyond the known glide while the hand keeps moving."""

EARLY_HOPS = 2
"""A latent that will be off the way in so many hops is decoded now, one key a hop, so that its
chunk arrives in time and keys take turns."""

QUICK_HOPS, LEAP = 3, 0.05
"""Partial decodes, which arrive sooner, are requested while the point moves on, moves again within
so many hops, or leaps at least this far (RMS, in standard deviations); once it has held still for
so many hops, whole chunks are."""

TURN_HOPS = 2
"""Hops in which each key has a turn while the point leaps at every hop."""

PARTIAL_HOPS, MIN_PARTIAL_HOPS = 8, 5
"""Hops from a latent's arrival on that a partial decode covers, synthesis look-ahead included, and
the least number of hops ahead for which it must hold the frames; below, another is requested, since
a live decoder may answer a hop or two late."""

ECONOMY_HOPS = 0, 4, 8, 8, 8
"""Least number of hops between two requests of a key, by economy level."""


class Request(NamedTuple):
    """Arguments of `Decoder.submit`: key, rising number, latent, and frames (None: all)."""

    key: Key
    number: int
    latent: Float64
    frames: Frames | None


class _Sent(NamedTuple):
    """The last request of a key.

    Attributes
    ----------
    start, aim : Float64
        Latent that was wanted, and the one that was requested, where it will be.
    hop : int
        Hop for which it was wanted.
    frames : Frames or None
        Requested frames; None for the whole chunk.
    leap : bool
        Whether the point leapt.
    """

    start: Float64
    aim: Float64
    hop: int
    frames: Frames | None = None
    leap: bool = False

    def distance(self, latent: Float64) -> float:
        """RMS distance of a latent from the way between the two."""
        way, done = self.aim - self.start, latent - self.start
        length = float(way @ way)
        share = min(max(float(done @ way) / length, 0.0), 1.0) if length else 0.0
        return _rms(done - share * way)


class DecodeScheduler:
    """Makes the requests for the keys of one model, hop by hop.

    Parameters
    ----------
    point
        Latent point, whose glides are foreseen.
    heads
        Play heads, whose next frames are requested.

    Attributes
    ----------
    waiting : set of Key
        Keys that are off their way, and wait for a later hop to be requested.
    holding : set of Key
        Those of them whose wanted latent is on no way between two chunks: they keep what they sound
        like.
    """

    def __init__(self, point: LatentPoint, heads: PlayHeads) -> None:
        self._point, self._heads = point, heads
        self._hop = 0
        self._requests = 0  # made so far
        self._sent: dict[Key, _Sent] = {}
        self._last_point = point.current  # at the last request
        self._early_hop = 0  # for which a key was last requested early
        self._inexact = False  # whether a key's last request was not for what is wanted
        self.waiting: set[Key] = set()
        self.holding: set[Key] = set()

    @property
    def unfinished(self) -> bool:
        """Whether requests may follow although nothing moves."""
        return self._inexact or any(sent.frames for sent in self._sent.values())

    def advance(self) -> None:
        """Begin the next hop."""
        self._hop += 1

    def assume(self, wanted: Mapping[Key, Float64], point: Float64) -> None:
        """Take the whole chunks of all keys, wanted at a point, as decoded."""
        self._last_point = point
        self._sent = {key: _Sent(latent, latent, self._hop) for key, latent in wanted.items()}

    def request_whole(self, wanted: Mapping[Key, Float64], point: Float64) -> list[Request]:
        """Request the whole chunks of some keys, wanted at a point, whatever was requested."""
        self._last_point = point
        return [
            self._request(key, _Sent(latent, latent, self._hop)) for key, latent in wanted.items()
        ]

    def schedule(
        self,
        wanted: Mapping[Key, Float64],
        point: Float64,
        velocity: Float64,
        *,
        follows: bool,
        settled: bool,
        economy: int,
        whole: bool,
        brief: bool = False,
        coming: int = 0,
    ) -> list[Request]:
        """Request the chunks that are due.

        A moving latent is requested ahead of where it is, once it is, or soon will be, too far from
        the way to what was requested before; a partial request is repeated once it covers too few
        frames. While the point leaps at every hop, half of the keys are requested at each: a leap
        that follows another is heard a hop late at most.

        Parameters
        ----------
        wanted
            Latent of each key, the most urgent first; all keys have been requested before.
        point
            Latent point, ``(latent,)``, moved by drift and motion.
        velocity
            Its displacement a hop by drift and motion, ``(latent,)``.
        follows
            Whether the latents follow the point.
        settled
            Whether the point stays where it is.
        economy
            Level at which decoding is saved (`ECONOMY_HOPS`).
        whole
            Whether whole chunks are requested, since partial ones have nothing to be laid over, or
            since other heads read them, too.
        brief
            Whether the heads get other chunks every few hops, so that partial ones are enough.
        coming
            1 if this is of the next hop, 0 of this one.
        """
        hop = self._hop + coming
        hops, way = 0, np.zeros_like(point)
        early = way
        quick = brief
        if follows:
            hops, way = self._way(velocity, coming)
            early = self._displacement(velocity, coming, EARLY_HOPS)
            far = _rms(point - self._last_point) >= LEAP
            quick = far or (hops > 0 and not settled)
        unforeseen = not hops and self._point.remaining_hops <= coming
        off = self._off(wanted, early, hop, settled=settled)
        half = len(wanted) // TURN_HOPS
        again = any(sent.leap and sent.hop >= hop - 1 for sent in self._sent.values())
        # only a head's are off where that restarts
        leaps = unforeseen and len(off) > (0 if again else half)
        still = settled and not leaps and not brief
        lacking = {
            key for key in wanted if self._lacks_frames(key, coming, settled=still, whole=whole)
        }
        waiting: set[Key] = set()
        rest_hops = ECONOMY_HOPS[economy]
        if rest_hops:
            waiting = {key for key in off if hop - self._sent[key].hop < rest_hops}
        elif leaps and again:  # the first leap is heard at once
            waiting = self._after(half, off, lacking, hop)
        self.waiting = waiting - lacking
        self.holding = self.waiting if unforeseen else set()
        requests = []
        for key, latent in wanted.items():
            due = key in off and key not in waiting
            if not due and key not in lacking:
                continue
            sent = self._sent[key]
            since = hop - sent.hop
            aim, covered = latent, float(PARTIAL_HOPS + rest_hops)
            if hops and sent.distance(latent) < LEAP:  # what leaps is heard at once
                stretch = 1.0
                if since <= KNOWN_HOPS:
                    stretch = min(STRETCH, MAX_WAY / max(_rms(way), LATENT_STEP / 10))
                aim, covered = latent + stretch * way, stretch * hops + covered
            frames = None
            if not whole and (quick or (since <= QUICK_HOPS if since else sent.frames)):
                frames = self._frames(key, coming, round(covered))
            requests.append(self._request(key, _Sent(latent, aim, hop, frames, leaps)))
            self._last_point = point
        self._inexact = any(
            not np.array_equal(self._sent[key].aim, latent) for key, latent in wanted.items()
        )
        return requests

    def _off(
        self, wanted: Mapping[Key, Float64], early: Float64, hop: int, *, settled: bool
    ) -> list[Key]:
        """Keys that are too far from their way, or one that soon will be, displaced by `early`."""
        off = []
        for key, latent in wanted.items():
            sent = self._sent[key]
            since = hop - sent.hop
            far = sent.distance(latent) >= LATENT_STEP
            if settled:
                far = far or (since > QUICK_HOPS and _rms(latent - sent.aim) > 0.0)
            elif not far and since > 0 and self._early_hop != hop:
                far = sent.distance(latent + early) >= LATENT_STEP
                self._early_hop = hop if far else self._early_hop
            if far:
                off.append(key)
        return off

    def _after(self, count: int, off: list[Key], lacking: Set[Key], hop: int) -> set[Key]:
        """Keys off their way that wait for a later hop than the `count` that have their turn.

        First come those that lack frames or were requested for this hop, then those requested
        longest ago.
        """
        first = {key for key, sent in self._sent.items() if sent.hop == hop} | lacking
        others = sorted((k for k in off if k not in first), key=lambda k: self._sent[k].hop)
        return set(others[max(0, count - len(first)) :])

    def _way(self, velocity: Float64, coming: int) -> tuple[int, Float64]:
        """Hops that are decoded ahead, and the displacement of the point in them."""
        hops = min(self._point.remaining_hops - coming, KNOWN_HOPS)
        if velocity.any():
            hops = EXTRAPOLATED_HOPS
        while hops > 0:
            way = self._displacement(velocity, coming, hops)
            length = _rms(way)
            if length <= MAX_WAY:
                return hops, way
            hops = min(hops - 1, int(hops * MAX_WAY / length))
        return 0, np.zeros_like(velocity)

    def _displacement(self, velocity: Float64, coming: int, hops: int) -> Float64:
        """Displacement of the point from the coming hop to that in `hops` hops, as foreseen."""
        glide = self._point.ahead(coming + hops) - self._point.ahead(coming)
        return glide + hops * velocity

    def _frames(self, key: Key, coming: int, covered: int) -> Frames | None:
        """Frames that a head reads in so many hops; None for more than half of the chunk."""
        first, stop = self._heads.span(key[0], coming, covered)
        return (first, stop) if 2 * (stop - first) <= self._heads.n_frames else None

    def _lacks_frames(self, key: Key, coming: int, *, settled: bool, whole: bool) -> bool:
        """Whether more frames are needed than the last request covers."""
        sent = self._sent[key]
        if sent.frames is None:
            return False
        if whole or (settled and self._hop + coming - sent.hop > QUICK_HOPS):
            return True
        first, stop = self._heads.span(key[0], coming, MIN_PARTIAL_HOPS)
        return first < sent.frames[0] or stop > sent.frames[1]

    def _request(self, key: Key, sent: _Sent) -> Request:
        self._sent[key] = sent
        self._requests += 1
        return Request(key, self._requests, sent.aim, sent.frames)


def _rms(vector: Float64) -> float:
    return float(np.sqrt(np.mean(vector**2)))
