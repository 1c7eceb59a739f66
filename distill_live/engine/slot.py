"""Play one model: latent point, motion, play heads, and the chunks that the heads read.

A slot is stepped hop by hop, then read. It declares the addresses that it owns,
with their setters, as `places` and `setters`.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from distill_live.addresses import Values, latent_path, unknown_address
from distill_live.bundle import Bundle
from distill_live.engine.corpus_map import CorpusMap, MapFollower
from distill_live.engine.decoder import Chunk, ChunkMorph, Decoder, Frames, Key
from distill_live.engine.heads import HEADS, PlayHeads
from distill_live.engine.latent import Journey, LatentPoint, axis_value
from distill_live.engine.motion import Motion
from distill_live.engine.parameters import Setter, number_setter, switch_setter
from distill_live.engine.voices import Voice
from distill_live.spectrogram import Float32, Float64

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
"""Hops between two requests of a key while the point leaps at every hop."""

PARTIAL_HOPS, MIN_PARTIAL_HOPS = 8, 5
"""Hops from a latent's arrival on that a partial decode covers, synthesis look-ahead included, and
the least number of hops ahead for which it must hold the frames; below, another is requested, since
a live decoder may answer a hop or two late."""

SILENCE_DB = -90.0
"""Lowest level of a chunk's frame that is told."""

MAX_ECONOMY = 3
"""Largest `Slot.economy`."""

ECONOMY_HOPS = 4
"""Least number of hops between two requests of a key while decoding is saved."""

MAX_SHIFT = 0.5
"""Largest reading offset of a restarted head at jitter 1, as a share of the loop region: what has a
shape in time, such as a note that decays, repeats at the loop's period however its latent is
varied. At the default jitter the demo's worst autocorrelation there, of 100 landmarks, is 0.37."""

RANDOM_STREAMS = 4
"""Generators that a slot draws from: start, jitter, spread, walk."""

OnChunkSwap = Callable[[Key, int], None]


class Place(NamedTuple):
    """An address that moves the latent point or the play heads.

    Attributes
    ----------
    move
        Takes the values and the glide in seconds, None for the default glide.
    read
        Returns the target values; None for what cannot be read from a slot.
    shared
        Whether the values mean the same to every model.
    """

    move: Callable[[Values, float | None], None]
    read: Callable[[], Values] | None = None
    shared: bool = False


class Slot:
    """Plays one bundle, as spectrogram frames.

    Parameters
    ----------
    bundle
        The model.
    decoder
        Source of its chunks; closed by the slot.
    channels
        Number of output channels, at least 1.
    rngs
        `RANDOM_STREAMS` generators: first landmark and drift, jitter, spread, walk.

    Attributes
    ----------
    addresses : Mapping
        Addresses of this model alone (`distill_live.addresses.instantiate`).
    places : Mapping
        Addresses that move this model, by path.
    setters : Mapping
        Setters of the parameters that act on each model, by path.
    point : LatentPoint
    motion : Motion
    heads : PlayHeads
    follow : bool
        Whether sounding heads follow the latent, or only restarted ones.
    jitter, spread : float
        Size of the variation of heads and channels, 0..1.
    awake : bool
        Whether chunks are requested; off while the slot is inaudible.
    economy : int
        What is saved, each level with those before: 0 nothing; 1 a moving latent is decoded every
        `ECONOMY_HOPS`; 2 moves are heard in restarted heads only, as without `follow`; 3 half of
        the channels share the latents of the others.
    """

    def __init__(
        self,
        bundle: Bundle,
        decoder: Decoder,
        channels: int,
        rngs: Sequence[np.random.Generator],
    ) -> None:
        start_rng, jitter_rng, spread_rng, walk_rng = rngs
        axes = {axis.name: axis for axis in bundle.axes}
        frames_per_second = bundle.settings.frames_per_second
        self.addresses = bundle.addresses
        self._mean_square = 16.0 / (
            3.0 * bundle.settings.n_fft**2
        )  # of a sound by Hann frames' power
        self._corpus = CorpusMap(bundle)
        landmarks = self._corpus.latents
        self.point = LatentPoint(axes, landmarks, frames_per_second, start_rng)
        self.motion = Motion(axes, landmarks, frames_per_second, walk_rng)
        self._displaced = self.point.current  # by the motion: what is decoded
        self._follower = MapFollower(self._corpus, self.point.current)
        self._journey: Journey | None = None
        self.heads = PlayHeads(bundle.settings.n_frames)
        self.follow, self.jitter, self.spread, self.economy = True, 0.0, 0.0, 0
        self._jitter_rng = jitter_rng
        self._spread_directions = _spread_directions(spread_rng, channels, bundle.latent_size)
        self._head_points = [self._displaced] * HEADS
        self._head_jitter = [self._draw_jitter() for _ in range(HEADS)]
        self._decoder = decoder
        self._changed = True  # whether other chunks may be wanted though the point stands still
        self.awake = False
        self._missing: set[Key] | None = None  # first chunks still to come; None: it sleeps
        self._requested: dict[Key, Float64] = {}
        self._requested_from: dict[Key, Float64] = {}  # what was wanted at the request
        self._point_requested = self._displaced  # where the point was at the last request
        self._motion_offset = np.zeros(self.point.size)
        self._velocity = np.zeros(self.point.size)  # of drift and motion, a hop
        self._requests = 0  # made so far
        self._inexact = False  # whether a key's last request was not for what is wanted
        self._holding: set[Key] = set()  # keys that wait, their latent being on no way
        self._turn_hop = 0  # in which a key was last decoded early
        self._partial: dict[Key, Frames] = {}  # frames of keys whose request was partial
        self._hops = 0
        self._requested_at: dict[Key, int] = {}
        self._morphs: dict[Key, ChunkMorph] = {}
        self.places: Mapping[str, Place] = self._bind_places()
        self.setters: Mapping[str, Setter] = self._bind_setters()

    def value(self, path: str) -> Values:
        """Target values of a place.

        Raises
        ------
        CommandError
            If this model has no such place, or it cannot be read.
        """
        place = self.places.get(path)
        if place is None or place.read is None:
            raise unknown_address(path)
        return place.read()

    def refresh(self) -> None:
        """Compare the chunks with what is wanted in the next hop, even if the point is still."""
        self._changed = True

    def reseed(self, sequence: np.random.SeedSequence) -> None:
        """Restart the random streams of drift, walk and jitter."""
        drift, walk, jitter = map(np.random.default_rng, sequence.spawn(3))
        self.point.reseed(drift)
        self.motion.reseed(walk)
        self._jitter_rng = jitter

    @property
    def chunks(self) -> dict[Key, Chunk]:
        """The newest chunk of each head, by head and channel."""
        return {key: morph.after for key, morph in self._morphs.items()}

    @property
    def map_position(self) -> tuple[float, float]:
        """Map position of the latent that sounds, each coordinate 0..1."""
        point = self.point.current
        return self._follower.position(point, point + self._motion_offset)

    def neighbours(self, most: int) -> list[tuple[int, float]]:
        """The `most` heaviest landmarks of the map at `map_position`, and their shares."""
        return self._corpus.neighbours(*self.map_position, most)

    def axis_value(self, name: str) -> float:
        """Value of an axis as it sounds, motion included; -1..1 within the corpus' percentiles."""
        axis = self.point.axes[name]
        displaced = self.point.current + self._motion_offset
        return axis_value(axis, float(displaced @ axis.direction))

    def chunk_levels_db(self, most: int) -> list[float]:
        """Level of each frame of the leading head's chunk, dB re full scale; at most `most` values.

        They are those of the sound's root mean square, in the first channel, before pitch and gain;
        `SILENCE_DB` or more. Empty before the first chunk.
        """
        chunk = self.chunks.get((self.heads.lead, 0))
        if chunk is None:
            return []
        power = chunk.rows[:, 0].sum(axis=1) * self._mean_square
        starts = np.linspace(0, len(power), min(most, len(power)), endpoint=False).astype(np.intp)
        means = np.add.reduceat(power, starts) / np.diff(starts, append=len(power))
        levels_db: list[float] = np.maximum(10.0 * np.log10(means + 1e-30), SILENCE_DB).tolist()
        return levels_db

    @property
    def landmarks(self) -> int:
        """Number of landmarks."""
        return len(self._corpus.latents)

    @property
    def unsettled(self) -> bool:
        """Whether the next hop may want other chunks, restarted heads aside."""
        return self._changed or (self._follows and self._moving)

    @property
    def ready(self) -> bool:
        """Whether it can be read: awake, with the first chunks of its position."""
        return self.awake and self._missing is not None and not self._missing

    def prepare(self) -> bool:
        """Request the chunks of the next hop now; False if they are not known."""
        if not self.unsettled or self._missing is None:
            return False
        if self.point.drift > 0.0 or self.motion.moving:
            return False
        self._request(self.point.next, settled=self.point.settling, coming=1)
        return True

    def step(
        self,
        time_samples: int,
        *,
        varying: bool,
        wait: bool = False,
        on_chunk_swap: OnChunkSwap | None = None,
    ) -> int:
        """Advance by one hop.

        Parameters
        ----------
        time_samples
            Engine time at the start of the hop.
        varying
            Whether jitter or spread is on a ramp.
        wait
            Block until chunks are decoded (first audible hop).
        on_chunk_swap
            Called with key and request number of each chunk swap.

        Returns
        -------
        int
            Broken frames in the chunks that arrived.
        """
        self._hops += 1
        unsettled = self.unsettled or bool(self._partial) or self._inexact
        self._step_point()
        if self._follows:
            self._head_points = [self._displaced] * HEADS
        for head in self.heads.advance():
            self._head_points[head] = self._displaced
            self._head_jitter[head] = self._draw_jitter()
            self.heads.shift(head, self.jitter * self._jitter_rng.uniform(-MAX_SHIFT, MAX_SHIFT))
            unsettled = True
        broken_frames = 0
        if not self.awake:
            self._missing = None
        elif self._missing is None:
            broken_frames += self._wake(wait=wait)
        if unsettled and self.awake:
            self._request(self._displaced, settled=not self._moving and not varying)
            self._changed = False
        arrived = self._decoder.take(time_samples)
        for key, request, chunk in arrived:
            if key in self._morphs:
                self._morphs[key].swap(chunk)
            else:
                self._morphs[key] = ChunkMorph(chunk)
            broken_frames += chunk.broken_frames
            if self._missing:
                self._missing.discard(key)
            if on_chunk_swap is not None:
                on_chunk_swap(key, request)
        if unsettled or arrived:
            for key, latent in self._wanted(self._displaced).items():
                if key in self._morphs and key not in self._holding:
                    self._morphs[key].move(latent)
        return broken_frames

    def read(self, out: Float32) -> None:
        """Read the frames of all channels for this hop and the next ones, as known so far.

        Parameters
        ----------
        out
            ``(channels, frames, 2, n_mels)``, filled with band power, and band power times band
            frequency.
        """
        chunks = [[self._morphs[head, c] for head in range(HEADS)] for c in range(len(out))]
        self.heads.read(chunks, out.shape[1] - 1, out)

    def read_voice(self, voice: Voice, heads: PlayHeads, out: Float32) -> None:
        """Read the frames of a voice by heads of its own: `read`, for one channel."""
        channel = voice.row % len(self._spread_directions)
        chunks = [[self._morphs[head, channel] for head in range(HEADS)]]
        heads.read(chunks, out.shape[0] - 1, out[None])

    def transposition(self, voice: Voice, root: float) -> float:
        """Semitones by which a voice transposes what it reads."""
        return voice.key_now - root + voice.bend

    def close(self) -> None:
        """Close the decoder."""
        self._decoder.close()

    def _bind_places(self) -> dict[str, Place]:
        point, heads = self.point, self.heads
        places = {
            "/latent": Place(self._move_latent, lambda: tuple(point.target.tolist())),
            "/map": Place(self._move_on_map, shared=True),
            "/corpus/goto": Place(self._go_to_landmark),
            "/position": Place(
                lambda values, _: heads.seek(float(values[0])),
                lambda: (heads.position,),
                shared=True,
            ),
        }
        for index in range(point.size):
            places[latent_path(index)] = Place(
                partial(self._move_dimension, index), partial(self._dimension, index)
            )
        for name in point.axes:
            places[f"/axis/{name}"] = Place(
                partial(self._move_axis, name), partial(self._axis_value, name), shared=True
            )
        return places

    def _bind_setters(self) -> dict[str, Setter]:
        setters: dict[str, Setter] = {
            "/glide": number_setter(self.point, "glide_s"),
            "/drift": lambda values: self.point.set_drift(float(values[0])),
            "/walk": number_setter(self.motion, "walk"),
            "/follow": switch_setter(self, "follow"),
            "/jitter": number_setter(self, "jitter"),
            "/spread": number_setter(self, "spread"),
            "/freeze": switch_setter(self.heads, "frozen"),
            "/speed": number_setter(self.heads, "speed"),
            "/loop": lambda values: self.heads.set_region(*map(float, values)),
        }
        for name in self.point.axes:
            setters[f"/lfo/{name}"] = partial(self._set_oscillator, name)
        return setters

    def _move_on_map(self, values: Values, glide_s: float | None) -> None:
        x, y = map(float, values)
        latent = self._corpus.at(x, y)
        self._follower.go(self.point.current, latent, (x, y))
        self.point.move(latent, glide_s)

    def _move_latent(self, values: Values, glide_s: float | None) -> None:
        target = np.array(values, dtype=np.float64)
        if glide_s is not None:  # of a preset or a state; in a stream it would cost too much
            self._follower.go(self.point.current, target)
        if glide_s == 0:  # it is there at once, whatever moves it next
            self.point.jump(target)
            self.refresh()
        else:
            self.point.move(target, glide_s)

    def _move_dimension(self, index: int, values: Values, glide_s: float | None) -> None:
        self.point.move_dimension(index, float(values[0]), glide_s)

    def _dimension(self, index: int) -> Values:
        return (float(self.point.target[index]),)

    def _move_axis(self, name: str, values: Values, glide_s: float | None) -> None:
        value, *own_s = map(float, values)
        self.point.move_axis(name, value, own_s[0] if own_s else glide_s)

    def _axis_value(self, name: str) -> Values:
        return (self.point.axis_value(name),)

    def _go_to_landmark(self, values: Values, glide_s: float | None) -> None:
        index, *own_s = values
        glide_s = float(own_s[0]) if own_s else glide_s
        self._go_on_map(int(index))
        self.point.move(self._corpus.latents[int(index)], glide_s)

    def _go_on_map(self, landmark: int) -> None:
        x, y = self._corpus.positions[landmark].tolist()
        self._follower.go(self.point.current, self._corpus.latents[landmark], (x, y))

    def _set_oscillator(self, axis: str, values: Values) -> None:
        rate_hz, depth = map(float, values)
        self.motion.oscillate(axis, rate_hz, depth)

    @property
    def _follows(self) -> bool:
        """Whether sounding heads follow the latent."""
        return self.follow and self.economy < 2

    @property
    def _moving(self) -> bool:
        return self.point.moving or self.motion.moving

    def _step_point(self) -> None:
        """Advance the point and the motion; measure how they move, glides aside."""
        start, glided = self.point.current, self.point.next
        self.point.step()
        if self.point.journey is not self._journey:
            self._journey = self.point.journey
            if self._journey is not None:
                self._go_on_map(self._journey.landmark)
        self._displaced = self.motion.step(self.point.current)
        offset = self._displaced - self.point.current
        self._velocity = np.zeros_like(start)
        if self.point.drift > 0.0 or self.motion.moving:
            self._velocity = self.point.current - glided + offset - self._motion_offset
        self._motion_offset = offset

    def _wake(self, *, wait: bool) -> int:
        """Request the missing chunks of this position, or wait for all; returns broken frames."""
        wanted = self._wanted(self._displaced)
        self._point_requested = self._displaced
        if wait:  # the first sound is of the state that was set before it
            self._requested, self._requested_from, self._missing = wanted, dict(wanted), set()
            self._requested_at = dict.fromkeys(wanted, self._hops)
            self._partial = {}
            chunks = {key: self._decoder.decode(latent) for key, latent in wanted.items()}
            self._morphs = {key: ChunkMorph(chunk) for key, chunk in chunks.items()}
            return sum(chunk.broken_frames for chunk in chunks.values())
        chunks = self.chunks
        self._missing = {
            key
            for key, latent in wanted.items()
            if key not in chunks or not np.array_equal(chunks[key].latent, latent)
        }
        for key in self._missing:
            self._submit(key, wanted[key], wanted[key], self._hops)
        return 0

    def _request(self, point: Float64, *, settled: bool, coming: int = 0) -> None:
        """Request the chunks that are wanted at `point`, of this hop or the `coming` one.

        A moving latent is requested ahead of where it is, once it is, or soon will be, too far from
        the way to what was requested before; a partial request is repeated once it covers too few
        frames.
        """
        hop = self._hops + coming
        leap = self._follows and _rms(point - self._point_requested) >= LEAP
        hops, way = self._way(coming)
        early = self._displacement(coming, EARLY_HOPS)
        wanted = self._wanted(point)
        self._holding.clear()
        for key, latent in wanted.items():
            since = hop - self._requested_at[key]
            off = self._distance_off(key, latent)
            far = off >= LATENT_STEP
            if settled:
                far = far or (since > QUICK_HOPS and _rms(latent - self._requested[key]) > 0.0)
            elif not far and since > 0 and self._turn_hop != hop:
                far = self._distance_off(key, latent + early) >= LATENT_STEP
                self._turn_hop = hop if far else self._turn_hop
            unforeseen = not hops and self.point.remaining_hops <= coming
            if far and self._waits(key, hop, unforeseen=unforeseen):
                far = False
                if unforeseen:
                    self._holding.add(key)
            if not far and not self._lacks_frames(key, hop, settled=settled):
                continue
            # a chunk that is soon replaced is short
            often = far and unforeseen and since <= TURN_HOPS
            aim, covered = latent, float(MIN_PARTIAL_HOPS + 1 if often else PARTIAL_HOPS)
            if hops and off < LEAP:  # what leaps is heard at once
                stretch = 1.0
                if since <= KNOWN_HOPS:
                    stretch = min(STRETCH, MAX_WAY / max(_rms(way), LATENT_STEP / 10))
                aim, covered = latent + stretch * way, stretch * hops + PARTIAL_HOPS
            quick = leap or (hops > 0 and not settled)
            frames = self._partial_frames(key, hop, round(covered), quick=quick)
            self._submit(key, latent, aim, hop, frames)
            self._point_requested = point
        self._inexact = any(
            not np.array_equal(self._requested[key], latent) for key, latent in wanted.items()
        )

    def _waits(self, key: Key, hop: int, *, unforeseen: bool) -> bool:
        """Whether a key that is off its way waits, since it was requested just now.

        While the point leaps at every hop, half of the keys are requested at each: a leap that
        follows another is heard a hop late at most.
        """
        since = hop - self._requested_at[key]
        if self.economy:
            return since < ECONOMY_HOPS
        return unforeseen and 0 < since < TURN_HOPS and (sum(key) + hop) % TURN_HOPS != 0

    def _way(self, coming: int) -> tuple[int, Float64]:
        """Hops that are decoded ahead, and the displacement of the point in them."""
        if self._follows:
            hops = min(self.point.remaining_hops - coming, KNOWN_HOPS)
            if self.point.drift > 0.0 or self.motion.moving:
                hops = EXTRAPOLATED_HOPS
            while hops > 0:
                way = self._displacement(coming, hops)
                length = _rms(way)
                if length <= MAX_WAY:
                    return hops, way
                hops = min(hops - 1, int(hops * MAX_WAY / length))
        return 0, np.zeros(self.point.size)

    def _displacement(self, coming: int, hops: int) -> Float64:
        """Displacement of the point from the coming hop to that in `hops` hops, as foreseen."""
        if not self._follows:
            return np.zeros(self.point.size)
        glide = self.point.ahead(coming + hops) - self.point.ahead(coming)
        return glide + hops * self._velocity

    def _distance_off(self, key: Key, latent: Float64) -> float:
        """RMS distance of a latent from the way to the key's last request."""
        start = self._requested_from[key]
        way, done = self._requested[key] - start, latent - start
        length = float(way @ way)
        share = min(max(float(done @ way) / length, 0.0), 1.0) if length else 0.0
        return _rms(done - share * way)

    def _submit(
        self, key: Key, latent: Float64, aim: Float64, hop: int, frames: Frames | None = None
    ) -> None:
        """Request the chunk at `aim`, on the way from `latent`."""
        self._requested[key], self._requested_from[key] = aim, latent
        self._requested_at[key] = hop
        self._partial.pop(key, None)
        if frames is not None:
            self._partial[key] = frames
        self._requests += 1
        self._decoder.submit(key, self._requests, aim, frames)

    def _partial_frames(self, key: Key, hop: int, covered: int, *, quick: bool) -> Frames | None:
        """Frames to request of a latent that may soon change again; None for the whole chunk."""
        if self._missing:  # no chunk yet that a partial one could be laid over
            return None
        since = hop - self._requested_at[key]
        quick = quick or (since <= QUICK_HOPS if since else key in self._partial)
        first, stop = self.heads.span(key[0], hop - self._hops, covered)
        return (first, stop) if quick and 2 * (stop - first) <= self.heads.n_frames else None

    def _lacks_frames(self, key: Key, hop: int, *, settled: bool) -> bool:
        """Whether more frames are needed than the last request covers."""
        if key not in self._partial:
            return False
        if settled and hop - self._requested_at[key] > QUICK_HOPS:
            return True
        first, stop = self.heads.span(key[0], hop - self._hops, MIN_PARTIAL_HOPS)
        return first < self._partial[key][0] or stop > self._partial[key][1]

    def _wanted(self, point: Float64) -> dict[Key, Float64]:
        """Latent of each head and channel, the lead's first, with the latent point at `point`."""
        wanted: dict[Key, Float64] = {}
        varied_channels = len(self._spread_directions)
        if self.economy >= 3:
            varied_channels = -(-varied_channels // 2)
        for head in sorted(range(HEADS), key=lambda head: head != self.heads.lead):
            head_point = point if self._follows else self._head_points[head]
            varied = head_point + self.jitter * self._head_jitter[head]
            for channel, direction in enumerate(self._spread_directions[:varied_channels]):
                wanted[head, channel] = varied + self.spread * direction
            for channel in range(varied_channels, len(self._spread_directions)):
                wanted[head, channel] = wanted[head, channel - varied_channels]
        return wanted

    def _draw_jitter(self) -> Float64:
        return self._jitter_rng.standard_normal(self.point.size)


def _rms(vector: Float64) -> float:
    return float(np.sqrt(np.mean(vector**2)))


def _spread_directions(rng: np.random.Generator, channels: int, latent: int) -> list[Float64]:
    """One direction a channel, unit variance a coordinate, summing to zero; none for mono."""
    directions = rng.standard_normal((channels, latent))
    directions -= directions.mean(axis=0)
    return list(directions / np.sqrt(max(1.0 - 1.0 / channels, 0.5)))
