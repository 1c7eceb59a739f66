"""Two play heads that read decoded chunks and mix their frames.

Playing, the heads stand half the loop region apart and their raised-cosine weights sum to one. A
head that reaches the region's end restarts at its beginning, where its weight is zero. Frozen or
scrubbed, one of them, the lead, sounds alone. Cross-fades and fractional positions mix band
*power*; the frequency of a mixture is the power-weighted mean.
"""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from distill_live.engine.clock import Beats, caught_up
from distill_live.engine.decoding.decoder import ChunkMorph
from distill_live.spectrogram import Float32

HEADS = 2

SOLO_HOPS = 4
"""Hops of the fade to the lead alone."""

SCRUB_HOLD_HOPS = 16
"""Hops for which the lead stays alone after a seek."""

MIN_REGION_FRAMES = 2.0

MIN_LOOP_HOPS = 4.0
"""Shortest loop in beats."""

MAX_PHASE = 1.0 - 1e-9
"""End of the region; 1.0 wraps to its beginning."""


class Track(Protocol):
    """Readings of both heads that replace the loop region."""

    def reading(self, head: int, hops: int, /) -> tuple[float, float]:
        """Frame and weight of a head in so many hops."""


class PlayHeads:
    """Positions and weights of the two heads.

    Parameters
    ----------
    n_frames
        Frames of one chunk, at least 2.
    foresees
        Whether provisional frames foresee the fades of a lead that sounds alone; else they have
        its share of now.

    Attributes
    ----------
    n_frames : int
    speed : float
        Chunk frames a hop: 1 plays, 0 freezes, negative runs backwards.
    frozen : bool
        Whether the heads stand still at any speed.
    lead : int
        Head that sounds alone when frozen or scrubbed; otherwise the louder one.
    track : Track or None
        Replaces the loop region while it is there.
    """

    def __init__(self, n_frames: int, *, foresees: bool = False) -> None:
        self.n_frames, self._last_frame, self._foresees = n_frames, n_frames - 1, foresees
        self._start, self._span = 0.0, float(self._last_frame)
        self._phase = 0.25  # of head 0 in the region, 0..1; head 1 is half a region ahead
        self._shifts = [0.0] * HEADS  # reading offset of each head, as a share of the region
        self.lead = 0
        self._solo = 0.0  # 0: both heads by their weights; 1: the lead alone
        self._hold_hops = 0
        self.track: Track | None = None
        self._loop_step: float | None = None  # of a loop in beats, instead of the speed's
        self._beat_step: float | None = None  # the same, while it catches up with the beat, too
        self.speed = 1.0
        self.frozen = False

    @property
    def position(self) -> float:
        """Reading position of the lead, 0..1 of the chunk."""
        return self._lead_frame / self._last_frame

    def shift(self, head: int, share: float) -> None:
        """Offset the reading of a restarted head by -1..1 of the region, until it restarts again.

        Beyond the region it holds the region's end.
        """
        self._shifts[head] = share

    def seek(self, position: float) -> None:
        """Move to `position`, 0..1 of the chunk, clipped to the loop region, with the next hop."""
        before = self._lead_weight()
        self._shifts[self.lead] = 0.0
        self._place_lead(position * self._last_frame)
        natural = self._head_weight(self.lead)
        if natural < before:  # the lead keeps its level
            self._solo = (before - natural) / (1.0 - natural)
        self._hold_hops = SCRUB_HOLD_HOPS

    def set_region(self, start: float, end: float) -> None:
        """Set the loop region, 0..1 of the chunk; the lead stays where it is if that is inside."""
        low, high = min(start, end) * self._last_frame, max(start, end) * self._last_frame
        span = max(high - low, min(MIN_REGION_FRAMES, float(self._last_frame)))
        self._move_region(min(low, self._last_frame - span), span)

    def follow(self, other: "PlayHeads") -> None:
        """Take over speed, freeze, loop region and its length in beats of other heads.

        A loop in beats begins where these heads do, not on a beat.
        """
        self.speed, self.frozen, self._beat_step = other.speed, other.frozen, other._loop_step
        self._move_region(other._start, other._span)

    def begin(self, other: "PlayHeads") -> None:
        """Start at the beginning of the other heads' region, or where they stand still.

        Backwards it is the region's end. The lead sounds alone at first.
        """
        self.follow(other)
        self._solo, self._hold_hops = 1.0, SCRUB_HOLD_HOPS
        start = self._start if self.speed > 0 else self._start + self._span
        self._place_lead(other._lead_frame if self.still else start)

    def leave_track(self) -> None:
        """Read the loop region again; the lead continues where it is, alone at first."""
        frame = self._lead_frame
        self.track = None
        self._shifts = [0.0] * HEADS
        self._place_lead(frame)
        self._solo, self._hold_hops = 1.0, SCRUB_HOLD_HOPS

    def follow_beats(self, beats: Beats, loop_beats: float) -> None:
        """Let the region last so many beats, and begin on one; 0 leaves it to the speed.

        The speed has the direction still, and 0 holds.
        """
        self._loop_step = self._beat_step = None
        if loop_beats:
            direction = math.copysign(1.0, self.speed)
            loops = direction / max(loop_beats, MIN_LOOP_HOPS * beats.hop)
            self._loop_step = loops * beats.hop
            self._beat_step = caught_up(self._loop_step, self._phase, loops * beats.now)

    def advance(self) -> list[int]:
        """Advance by one hop; returns the heads that restart."""
        if self.track is not None:
            self.lead = int(self.track.reading(1, 0)[1] > self.track.reading(0, 0)[1])
            return []
        step = self._step
        self._solo, self._hold_hops = self._faded(self._solo, self._hold_hops, self._phase, step)
        if self.still:
            return []
        restarted = [h for h in range(HEADS) if not 0.0 <= self._head_phase(h) + step < 1.0]
        self._phase = (self._phase + step) % 1.0
        if self._solo == 0.0:
            self.lead = int(self._head_weight(1) > self._head_weight(0))
        return restarted

    def readings(self, hops: int) -> tuple[list[list[int]], list[list[float]]]:
        """What the heads read in this hop and the next ones, as known so far.

        Parameters
        ----------
        hops
            Number of hops, this one included.

        Returns
        -------
        tuple of list
            By head, and two for each hop: frames, which are adjacent, and their weights.
        """
        frames: list[list[int]] = []
        weights: list[list[float]] = []
        for head in range(HEADS):
            own_frames: list[int] = []
            own_weights: list[float] = []
            for frame, weight in self._readings(head, hops):
                floor = min(int(frame), self._last_frame - 1)
                share = frame - floor
                own_frames += (floor, floor + 1)
                own_weights += (weight * (1.0 - share), weight * share)
            frames.append(own_frames)
            weights.append(own_weights)
        return frames, weights

    def span(self, head: int, first_hop: int, hops: int) -> tuple[int, int]:
        """Range of frames that a head reads in `hops` hops from `first_hop` on, 0 being now.

        A restart on the way is not foreseen.

        Returns
        -------
        tuple of int
            The first frame, and the one after the last.
        """
        if self.track is None:
            step = self._step
            phase = self._phase
            for _ in range(first_hop):  # with the additions of `advance`
                phase = (phase + step) % 1.0
            start = (phase + 0.5 * head) % 1.0
            ends = [self._frame(head, place) for place in (start, start + hops * step)]
        else:
            ends = [self.track.reading(head, hop)[0] for hop in (first_hop, first_hop + hops)]
        last = self._last_frame
        return min(int(min(ends)), last - 1), min(int(max(ends)), last - 1) + 2

    def _readings(self, head: int, hops: int) -> Iterator[tuple[float, float]]:
        """Frame and weight of a head in this hop and the next ones."""
        if self.track is not None:
            for hop in range(hops):
                yield self.track.reading(head, hop)
            return
        step, phase, shift = self._step, self._phase, self._shifts[head]
        solo, hold_hops, leads = self._solo, self._hold_hops, head == self.lead
        for _ in range(hops):
            place = (phase + 0.5 * head) % 1.0
            reading = self._start + min(max(place + shift, 0.0), 1.0) * self._span
            yield reading, (1.0 - solo) * _weight(place) + solo * leads
            if self._foresees:
                solo, hold_hops = self._faded(solo, hold_hops, phase, step)
            phase = (phase + step) % 1.0  # as in `advance`, so that they agree

    def _move_region(self, start: float, span: float) -> None:
        if (start, span) != (self._start, self._span):  # an equal region moves nothing
            frame = self._lead_frame
            self._start, self._span = start, span
            self._place_lead(frame)

    @property
    def still(self) -> bool:
        """Whether the heads stand still, but for a track."""
        return self.frozen or self.speed == 0.0

    @property
    def _step(self) -> float:
        """Share of the region that a hop advances."""
        if self.still:
            return 0.0
        return self.speed / self._span if self._beat_step is None else self._beat_step

    def _head_phase(self, head: int) -> float:
        return (self._phase + 0.5 * head) % 1.0

    def _place_lead(self, frame: float) -> None:
        place = min(max((frame - self._start) / self._span, 0.0), 1.0)
        phase = min(max(place - self._shifts[self.lead], 0.0), MAX_PHASE)
        self._shifts[self.lead] = place - phase
        self._phase = (phase - 0.5 * self.lead) % 1.0

    def _head_weight(self, head: int) -> float:
        return _weight(self._head_phase(head))

    def _lead_weight(self) -> float:
        return self._solo + (1.0 - self._solo) * self._head_weight(self.lead)

    @property
    def _lead_frame(self) -> float:
        if self.track is not None:
            return self.track.reading(self.lead, 0)[0]
        return self._frame(self.lead, self._head_phase(self.lead))

    def _frame(self, head: int, phase: float) -> float:
        return self._start + min(max(phase + self._shifts[head], 0.0), 1.0) * self._span

    def _faded(self, solo: float, hold_hops: int, phase: float, step: float) -> tuple[float, int]:
        """The next hop's share of the lead alone, and hops for which that stays.

        Released, the other head fades in, complete when the lead reaches the region's end.
        """
        if hold_hops > 0 or self.still:
            solo = min(1.0, solo + 1.0 / SOLO_HOPS)
        hold_hops = max(0, hold_hops - 1)
        if hold_hops == 0 and not self.still:
            place = (phase + 0.5 * self.lead) % 1.0
            distance = 1.0 - place if step > 0 else place
            share = abs(step) / distance if distance > abs(step) else 1.0
            solo = max(0.0, min(solo - 4.0 * abs(step), solo * (1.0 - share)))
        return solo, hold_hops


class Row(NamedTuple):
    """What one row reads: `PlayHeads.readings`, and the chunk and gain of power of each head."""

    readings: tuple[list[list[int]], list[list[float]]]
    chunks: Sequence[ChunkMorph]
    gains: Sequence[float] = (1.0,) * HEADS


def read_rows(rows: Sequence[Row], out: Float32) -> None:
    """Mix the frames of this hop and the next ones, as known so far, of all rows at once.

    Parameters
    ----------
    rows
        What each of them reads, in as many hops as `out` has.
    out
        ``(rows, hops, 2, n_mels)``, filled with power and power times frequency.
    """
    hops = out.shape[1]
    frames = np.empty((len(rows), HEADS, 2 * hops, *out.shape[2:]), np.float32)
    factors = np.empty(frames.shape[:3], np.float32)
    gains = np.array([row.gains for row in rows], np.float32)
    for row, own_frames, own_factors in zip(rows, frames, factors, strict=True):
        indices, weights = row.readings
        own_factors[:] = weights
        for head, chunk in enumerate(row.chunks):
            if any(weights[head]):
                chunk.take(indices[head], own_frames[head])
            else:
                own_frames[head] = 0.0
    np.multiply(factors, gains[:, :, None], out=factors)
    np.multiply(frames, factors[..., None, None], out=frames)
    # in this order, so that a provisional frame is to the bit the one that sounds next
    np.add(frames[:, 0, ::2], frames[:, 0, 1::2], out=out)
    for head in range(1, HEADS):
        np.add(out, frames[:, head, ::2], out=out)
        np.add(out, frames[:, head, 1::2], out=out)


def _weight(phase: float) -> float:
    return 0.5 - 0.5 * math.cos(2.0 * math.pi * phase)
