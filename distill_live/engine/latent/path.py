"""Play recordings through the model: paths along one, and a wander through all of them.

A recording is a row of chunks that overlap. Two of them sound at a time, each read by one play head
where it belongs in time: from the centre of the first chunk to that of the second the first fades
out and the second in, and at the second's centre a third takes the place of the first.
"""

import math
from bisect import bisect_right
from collections import deque
from operator import eq
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from distill_live.bundle import Bundle
from distill_live.engine.heads import HEADS
from distill_live.engine.latent.corpus_map import standardised
from distill_live.errors import CommandError
from distill_live.spectrogram import Float32, Float64

MIN_PHRASE_S = 1.0
"""Shortest time from one jump of a wander to the next, where a recording goes on that long."""

USUAL_STEP_S = 0.25
"""Time in which a wander with surprise s jumps with probability s."""


NEAREST = 8
"""Number of places from which a jump chooses."""

MIN_TEMPERATURE, MIN_DISTANCE = 0.05, 1e-3
"""Lower bounds of the surprise, as temperature of a choice, and of the nearest place's distance, in
standard deviations, in whose multiples the temperature is."""

MAX_PLACES = 4096
"""Number of chunks, evenly spread, that are compared at a jump."""

MAX_RECENT = 16
"""Number of jumps whose places are not jumped to again, where there are others."""


class Recording(NamedTuple):
    """A recording of the corpus; its chunks are those from `first` to `stop` - 1."""

    name: str
    first: int
    stop: int
    length_s: float


class Paths:
    """Chunks of a corpus' recordings, in their order; a model without paths has its landmarks.

    Parameters
    ----------
    bundle
        The model.

    Attributes
    ----------
    recordings : list of Recording
    latents : Float32
        Standardised latent of each chunk, ``(chunks, latent)``, within -4..4.
    starts_s : Float64
        Start of each chunk in its recording, ``(chunks,)``; rises within a recording.
    """

    def __init__(self, bundle: Bundle) -> None:
        settings = bundle.settings
        rows: list[tuple[str, Float64, Float32, float]] = []  # name, starts, latents, length
        for path in bundle.paths:
            starts_s = path.start_frames(settings.n_frames) / settings.frames_per_second
            length_s = max(path.frames, settings.n_frames) / settings.frames_per_second
            rows.append((path.file, starts_s, path.latents, length_s))
        chunk_s = settings.n_frames / settings.frames_per_second
        for name in () if rows else dict.fromkeys(mark.file for mark in bundle.landmarks):
            marks = [n for n, mark in enumerate(bundle.landmarks) if mark.file == name]
            marks.sort(key=lambda n: bundle.landmarks[n].seconds)
            starts_s = np.array([bundle.landmarks[n].seconds for n in marks])
            length_s = float(starts_s[-1]) + chunk_s
            rows.append((name, starts_s, bundle.landmark_latents[marks], length_s))
        self.latents: Float32 = standardised(
            bundle, np.concatenate([latents for _, _, latents, _ in rows])
        ).astype(np.float32)
        self.starts_s: Float64 = np.concatenate([starts_s for _, starts_s, _, _ in rows])
        self.recordings: list[Recording] = []
        first = 0
        for name, starts_s, _, length_s in rows:
            self.recordings.append(Recording(name, first, first + len(starts_s), length_s))
            first += len(starts_s)

    def recording_of(self, chunk: int) -> Recording:
        """The recording that a chunk belongs to."""
        return self.recordings[bisect_right(self.recordings, chunk, key=lambda one: one.stop)]


class PathPlayer:
    """Plays a path or wanders, hop by hop.

    Parameters
    ----------
    paths
        The recordings.
    frames_per_second
        Hops a second.
    n_frames
        Frames of one chunk.
    rng
        Generator of the wander.

    Attributes
    ----------
    paths : Paths
    speed : float
        Speed of a path, -4..4; 1 is that of the recording.
    loop : bool
        Whether a path continues at its other end.
    amount, surprise : float
        Speed of the wander, 0..1, 0 for none, and how often and how far it jumps, 0..1.
    playing : int or None
        Number of the recording that plays as a path.
    active : bool
        Whether a path or the wander moves the heads.
    """

    def __init__(
        self, paths: Paths, frames_per_second: float, n_frames: int, rng: np.random.Generator
    ) -> None:
        self.paths = paths
        self._frames_per_second, self._last_frame = frames_per_second, n_frames - 1
        self._half_s = 0.5 * self._last_frame / frames_per_second
        self._rng = rng
        self.speed, self.loop = 1.0, False
        self.amount = self.surprise = 0.0
        self.playing: int | None = None
        self.active = False
        self._time_s = 0.0  # of the path, in its recording
        self._chunks = [0] * HEADS  # of each head
        self._last_chunks = self._chunks  # those at the last step
        self._first_head = 0
        self._span_s = math.inf  # from centre to centre
        self._at_s = 0.0  # from the centre of the first chunk
        self._hop_s = 0.0  # seconds of the recording that a hop advances
        self._phrase_s = 0.0  # since the last jump
        self._recent: deque[int] = deque(maxlen=MAX_RECENT)  # the newest first
        self._places = np.arange(0, len(paths.latents), -(-len(paths.latents) // MAX_PLACES))
        ends = np.array([paths.recording_of(place).stop - 1 for place in self._places.tolist()])
        rest_s = paths.starts_s[ends] - paths.starts_s[self._places]
        self._long: NDArray[np.bool_] = rest_s >= MIN_PHRASE_S  # a phrase can begin there

    @property
    def position(self) -> float:
        """Position of the path in its recording, 0..1."""
        if self.playing is None:
            return 0.0
        return self._time_s / self.paths.recordings[self.playing].length_s

    @property
    def latents(self) -> Float64:
        """Latent of the chunk that each head reads, ``(HEADS, latent)``."""
        return self.paths.latents[self._chunks].astype(np.float64)

    @property
    def coming(self) -> Float64:
        """Latent of the chunk that fades in, ``(latent,)``."""
        coming: Float64 = self.latents[1 - self._first_head]
        return coming

    def reading(self, head: int, hops: int) -> tuple[float, float]:
        """Frame and weight of a head in so many hops, as known so far."""
        at_s = self._at_s + hops * self._hop_s
        fade = 0.5 - 0.5 * math.cos(math.pi * min(max(at_s / self._span_s, 0.0), 1.0))
        if head != self._first_head:
            at_s, fade = at_s - self._span_s, 1.0 - fade
        frame = (self._half_s + at_s) * self._frames_per_second
        return min(max(frame, 0.0), float(self._last_frame)), 1.0 - fade

    def play(self, number: int) -> None:
        """Play a recording from its beginning, or from its end if the speed is negative.

        Raises
        ------
        CommandError
            If there is no such recording.
        """
        recordings = self.paths.recordings
        if number >= len(recordings):
            raise CommandError(
                f"/path/play is {number}; there are {len(recordings)} recordings, counted from 0",
                "out-of-range",
            )
        self.playing, self.active = number, True
        self.seek(0.0 if self.speed >= 0.0 else 1.0)

    def seek(self, position: float) -> None:
        """Go to a position in the recording that plays, 0..1.

        Raises
        ------
        CommandError
            If none plays.
        """
        if self.playing is None:
            raise CommandError("no path plays; send /path/play first", "forbidden")
        recording = self.paths.recordings[self.playing]
        self._hop_s = 0.0  # the position is heard first
        self._place(recording, position * recording.length_s)

    def wander_from(self, latent: Float64, position: float) -> None:
        """Begin to wander at the chunk nearest to a latent, where a position of it is heard."""
        paths, places = self.paths, self._places
        off = np.square(paths.latents[places] - latent.astype(np.float32)).sum(axis=1)
        chunk = int(places[off.argmin()])
        self.active, self._phrase_s, self._hop_s = True, 0.0, 0.0
        time_s = float(paths.starts_s[chunk]) + position * 2.0 * self._half_s
        self._place(paths.recording_of(chunk), time_s)
        if math.isinf(self._span_s):
            self._at_s = min(self._at_s, 0.0)

    def stop(self) -> None:
        """Stop; the wander begins again if there is one."""
        self.playing, self.active = None, False

    def reseed(self, rng: np.random.Generator) -> None:
        """Restart the wander's choices with a generator."""
        self._rng = rng
        self._recent.clear()

    def step(self, *, frozen: bool) -> bool:
        """Advance by one hop; returns whether a head reads another chunk than at the last one.

        It is not active any more where a path has ended, or the wander.
        """
        self._advance(frozen=frozen)
        before, self._last_chunks = self._last_chunks, self._chunks
        return self._chunks != before

    def _advance(self, *, frozen: bool) -> None:
        speed = self.amount if self.playing is None else self.speed
        passed_s, self._hop_s = self._hop_s, 0.0 if frozen else speed / self._frames_per_second
        if self.playing is None:
            self.active = self.amount > 0.0
            self._at_s += passed_s
            while self._at_s >= self._span_s or (self._at_s >= 0.0 and math.isinf(self._span_s)):
                self._go_on()
            return
        recording = self.paths.recordings[self.playing]
        time_s = self._time_s + passed_s
        if self.loop and passed_s:  # else its end, where it begins backwards, were its beginning
            time_s %= recording.length_s
        elif passed_s and not 0.0 <= time_s < recording.length_s:
            self.stop()
        self._place(recording, time_s)

    def _place(self, recording: Recording, time_s: float) -> None:
        """Read the two chunks of a recording whose centres are around a time."""
        self._time_s = time_s
        centres_s = self.paths.starts_s[recording.first : recording.stop] + self._half_s
        last = recording.stop - 1
        first = recording.first + int(np.searchsorted(centres_s, time_s, side="right")) - 1
        self._span_s = math.inf
        if recording.first <= first < last:
            second = first + 1
            self._span_s = float(self.paths.starts_s[second] - self.paths.starts_s[first])
        else:  # it sounds alone, and the other head gets what a loop continues with
            first = max(first, recording.first)
            second = last if first == recording.first else recording.first
        self._at_s = time_s - float(self.paths.starts_s[first]) - self._half_s
        self._read(first, second)

    def _read(self, first: int, second: int) -> None:
        """Assign two chunks to the heads, such that a head keeps the chunk that it has."""
        orders = [first, second], [second, first]
        kept = [sum(map(eq, order, self._chunks)) for order in orders]
        self._first_head = int(kept[1] > kept[0])
        self._chunks = orders[self._first_head]

    def _go_on(self) -> None:
        """Let the wander's second chunk be the first, and choose what comes after it."""
        paths = self.paths
        chunk = self._chunks[self._first_head]
        if math.isfinite(self._span_s):
            chunk = self._chunks[1 - self._first_head]
            self._at_s -= self._span_s
            self._phrase_s += self._span_s
        recording = paths.recording_of(chunk)
        span_s = math.inf
        if chunk + 1 < recording.stop:
            span_s = float(paths.starts_s[chunk + 1] - paths.starts_s[chunk])
        if span_s > 2.0 * self._half_s or self._jumps(span_s):
            self._span_s = self._half_s
            self._phrase_s = 0.0
            self._read(chunk, self._choose(chunk, recording))
        else:
            self._span_s = span_s
            self._read(chunk, chunk + 1)

    def _jumps(self, span_s: float) -> bool:
        """Whether to jump instead of going on for a time."""
        if self._phrase_s < MIN_PHRASE_S or not self.surprise:
            return False
        stays = (1.0 - self.surprise) ** (span_s / USUAL_STEP_S)
        return bool(self._rng.random() >= stays)

    def _choose(self, chunk: int, recording: Recording) -> int:
        """Choose a place that sounds like what would come next, by temperature.

        Without surprise it is the beginning of the recording. Places of the last jumps are left
        out, as many as leave a choice, so that no few of them follow each other for ever; so are
        those where a recording soon ends.
        """
        paths, places = self.paths, self._places
        allowed = ~self._around(chunk)
        if not (self.surprise and allowed.any()):
            return recording.first
        for avoided in (~self._long, *map(self._around, self._recent)):
            if (allowed & ~avoided).any():
                allowed &= ~avoided
        nearest = np.flatnonzero(allowed)
        off = paths.latents[places[nearest]] - paths.latents[min(chunk + 1, recording.stop - 1)]
        distance = np.sqrt(np.square(off).mean(axis=1))
        order = np.argsort(distance, kind="stable")[:NEAREST]
        nearest, distance = nearest[order], distance[order]
        excess = distance / max(float(distance[0]), MIN_DISTANCE) - 1.0
        weights = np.exp(-excess / max(self.surprise, MIN_TEMPERATURE))
        place = int(places[self._rng.choice(nearest, p=weights / weights.sum())])
        self._recent.appendleft(place)
        return place

    def _around(self, chunk: int) -> NDArray[np.bool_]:
        """Mask of the places that overlap a chunk."""
        recording, places = self.paths.recording_of(chunk), self._places
        off_s = np.abs(self.paths.starts_s[places] - self.paths.starts_s[chunk])
        same = (places >= recording.first) & (places < recording.stop)
        around: NDArray[np.bool_] = same & (off_s < 2.0 * self._half_s)
        return around
