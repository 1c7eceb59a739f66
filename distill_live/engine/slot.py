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
from distill_live.engine.clock import Beats, Clock
from distill_live.engine.corpus_map import CorpusMap, MapFollower
from distill_live.engine.decode_scheduler import DecodeScheduler, Request
from distill_live.engine.decoder import Chunk, ChunkMorph, Decoder, Key
from distill_live.engine.heads import HEADS, PlayHeads, Row, read_rows
from distill_live.engine.input_follower import InputFollower
from distill_live.engine.latent import Journey, LatentPoint, axis_value
from distill_live.engine.loudness import (
    TARGET_POWER,
    TINY_POWER,
    FadeFollower,
    LoudnessMeter,
    even_gain,
)
from distill_live.engine.motion import Motion
from distill_live.engine.note_chunks import NoteChunks
from distill_live.engine.parameters import Setter, number_setter, switch_setter
from distill_live.engine.path import PathPlayer, Paths
from distill_live.engine.voices import Voice, Voices
from distill_live.spectrogram import Float32, Float64, Representation

SILENCE_DB = -90.0
"""Lowest level of a chunk's frame that is told."""

MAX_ECONOMY = 3
"""Largest `Slot.economy`."""

MAX_SHIFT = 0.5
"""Largest reading offset of a restarted head at jitter 1, as a share of the loop region: what has a
shape in time, such as a note that decays, repeats at the loop's period however its latent is
varied. At the default jitter the demo's worst autocorrelation there, of 40 landmarks, is 0.43."""

RANDOM_STREAMS = 5
"""Generators that a slot draws from: start, jitter, spread, walk, wander."""

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
        `RANDOM_STREAMS` generators: first landmark and drift, jitter, spread, walk, wander.
    clock
        The musical clock, for loops and LFOs in beats.

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
    path : PathPlayer
        Path or wander, which move the point and the heads until a client does.
    input : InputFollower
        What is heard, which pulls the point, and fully followed leads the heads.
    notes : NoteChunks
    can_follow : bool
        Whether the model has an encoder, so that it can follow an input.
    follow : bool
        Whether sounding heads follow the latent, or only restarted ones.
    jitter, spread : float
        Size of the variation of heads and channels, 0..1.
    even : float
        How much the loudness of places is evened out, 0..1.
    awake : bool
        Whether chunks are requested; off while the slot is inaudible.
    economy : int
        What is saved, each level with those before: 0 nothing; 1 decodes of a moving latent
        (`DecodeScheduler`); 2 moves are heard in restarted heads only, as without `follow`; 3 half
        of the channels share the latents of the others.
    """

    def __init__(
        self,
        bundle: Bundle,
        decoder: Decoder,
        channels: int,
        rngs: Sequence[np.random.Generator],
        clock: Clock,
    ) -> None:
        start_rng, jitter_rng, spread_rng, walk_rng, wander_rng = rngs
        axes = {axis.name: axis for axis in bundle.axes}
        frames_per_second = bundle.settings.frames_per_second
        self._clock, self._hop_s = clock, 1.0 / frames_per_second
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
        n_frames = bundle.settings.n_frames
        self.heads = PlayHeads(n_frames)
        self.path = PathPlayer(Paths(bundle), frames_per_second, n_frames, wander_rng)
        self.input, self.can_follow = InputFollower(self._corpus, n_frames), bool(bundle.encoder)
        self.follow, self.jitter, self.spread, self.economy = True, 0.0, 0.0, 0
        self.even = 0.0
        self._meter = LoudnessMeter(Representation(bundle.settings, bundle.statistics))
        self._fades = FadeFollower(frames_per_second)
        self._jitter_rng = jitter_rng
        self._spread_directions = _spread_directions(spread_rng, channels, bundle.latent_size)
        self._head_points = [self._displaced] * HEADS
        self._head_jitter = [self._draw_jitter() for _ in range(HEADS)]
        self._decoder = decoder
        self.notes = NoteChunks(bundle, self._corpus, axes, decoder)
        self._changed = True  # whether other chunks may be wanted though the point stands still
        self._point_sounds = (
            True  # or only notes with chunks of their own, so that it is not decoded
        )
        self.awake = False
        self._missing: set[Key] | None = None  # first chunks still to come; None: it sleeps
        self._scheduler = DecodeScheduler(self.point, self.heads)
        self._motion_offset = np.zeros(self.point.size)
        self._velocity = np.zeros(self.point.size)  # of drift and motion, a hop
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
        """Restart the random streams of drift, walk, jitter and wander."""
        drift, walk, jitter, wander = map(np.random.default_rng, sequence.spawn(4))
        self.point.reseed(drift)
        self.motion.reseed(walk)
        self._jitter_rng = jitter
        self.path.reseed(wander)

    @property
    def chunks(self) -> dict[Key, Chunk]:
        """The newest chunk of each head, by head and channel."""
        return {key: morph.after for key, morph in self._morphs.items()}

    @property
    def map_position(self) -> tuple[float, float]:
        """Map position of the latent that sounds, each coordinate 0..1."""
        point = self.point.current
        displaced = point + self._motion_offset
        follower = self._follower
        if self.input.pulls:  # the way of the point tells nothing of the input's
            follower, point = MapFollower(self._corpus, displaced), displaced
        return follower.position(point, displaced)

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
        if not (self.unsettled and self._point_sounds) or self._missing is None:
            return False
        if self.point.drift > 0.0 or self.motion.moving or self.path.active or self.input.pulls:
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
        self._scheduler.advance()
        self._fades.advance()
        unsettled = self.unsettled or self._scheduler.unfinished
        beats = self._clock.hop(time_samples, self._hop_s)
        self._step_point(beats if self._clock.lfo_in_beats else None)
        if self.input.leads:
            if self.heads.track is not self.input:
                self.heads.track = self.input
                self.input.begin()
            around = self._displaced - self.input.pull(self.point.current)  # by the motion
            self._head_points = [latent + around for latent in self.input.latents]
            unsettled = True
        elif self.path.active:
            self._head_points = list(self.path.latents + self._motion_offset)
            unsettled = unsettled or self._changed or self.motion.moving
        elif self._follows:
            self._head_points = [self._displaced] * HEADS
        self.heads.follow_beats(beats, self._clock.loop_beats)
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
            if self._point_sounds:
                self._request(self._displaced, settled=not self._moving and not varying)
            self._changed = not self._point_sounds
        arrived = self._decoder.take(time_samples)
        for key, request, chunk in arrived:
            self.input.take(key, request)
            if key[0] >= HEADS:
                self.notes.take(key, request, chunk)
            elif key in self._morphs:
                self._morphs[key].swap(chunk)
            else:
                self._morphs[key] = ChunkMorph(chunk)
            broken_frames += chunk.broken_frames
            if self._missing:
                self._missing.discard(key)
            if on_chunk_swap is not None:
                on_chunk_swap(key, request)
        if not self._scheduler.holding:  # what is held is not requested yet
            self.input.turn()
        if (unsettled and self._point_sounds) or arrived:
            for key, latent in self._wanted(self._displaced).items():
                if key in self._morphs and key not in self._scheduler.holding:
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
        readings = self.heads.readings(out.shape[1])
        if not self._even:
            read_rows([Row(readings, own) for own in chunks], out)
            return
        levels = [[one.level(self._meter.power) for one in own] for own in chunks]
        means = np.mean(levels, axis=0).tolist()
        gains = [even_gain(mean, self._even) for mean in means]
        read_rows([Row(readings, own, gains) for own in chunks], out)
        # power of these chunks by their means: as played, and fully evened out
        played, even = np.full((2, out.shape[1]), TINY_POWER)
        for mean, gain, weights in zip(means, gains, readings[1], strict=True):
            shares = np.reshape(weights, (-1, 2)).sum(axis=1)
            played += gain * mean * shares
            even += even_gain(mean, 1.0) * mean * shares
        within = (self._meter.frame_powers(out) + TINY_POWER) / played
        relative = within * even / TARGET_POWER
        fades = self._fades.gains(relative.tolist(), self._even)
        out *= np.array(fades, np.float32)[:, None, None]

    def read_voices(self, voices: Sequence[tuple[Voice, PlayHeads]], out: Float32) -> None:
        """Read the frames of voices by heads of their own: `read`, for a row each."""
        rows = []
        for voice, heads in voices:
            own, channel = self.notes.of(voice), voice.row % len(self._spread_directions)
            if own is None and self.input.leads:  # only what the slot's heads read is decoded
                heads = self.heads
            chunks = [self._morphs[head, channel] if own is None else own for head in range(HEADS)]
            levels = [one.level(self._meter.power) if self._even else 1.0 for one in chunks]
            readings = heads.readings(out.shape[1])
            rows.append(Row(readings, chunks, [even_gain(level, self._even) for level in levels]))
        read_rows(rows, out)

    @property
    def _even(self) -> float:
        """How much the loudness is evened out; a followed input keeps its own."""
        return 0.0 if self.input.leads else self.even

    def request_notes(self, voices: Voices, *, leads: bool) -> None:
        """Request the chunks of the notes of this hop; `leads` if this is the leading slot."""
        self.notes.request(voices, self._displaced, leads=leads)
        self._point_sounds = (
            voices.drone_sounds or self.input.leads or self.notes.play_point(voices, leads=leads)
        )

    def close(self) -> None:
        """Close the decoder."""
        self._decoder.close()

    def _bind_places(self) -> dict[str, Place]:
        point, heads = self.point, self.heads
        places = {
            "/latent": Place(self._move_latent, lambda: tuple(point.target.tolist())),
            "/map": Place(self._move_on_map, shared=True),
            "/corpus/goto": Place(self._go_to_landmark),
            "/position": Place(self._scrub, lambda: (heads.position,), shared=True),
            "/path/play": Place(lambda values, _: self.path.play(int(values[0]))),
            "/path/position": Place(
                lambda values, _: self.path.seek(float(values[0])), lambda: (self.path.position,)
            ),
            "/path/stop": Place(self._stop_path),
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
            "/even": number_setter(self, "even"),
            "/freeze": switch_setter(self.heads, "frozen"),
            "/speed": number_setter(self.heads, "speed"),
            "/loop": lambda values: self.heads.set_region(*map(float, values)),
            "/path/speed": number_setter(self.path, "speed"),
            "/path/loop": switch_setter(self.path, "loop"),
            "/wander": self._set_wander,
            "/input/follow": number_setter(self.input, "follow"),
            "/input/nearest": number_setter(self.input, "nearest"),
        }
        for name in self.point.axes:
            setters[f"/lfo/{name}"] = partial(self._set_oscillator, name)
        return setters

    def _set_wander(self, values: Values) -> None:
        self.path.amount, self.path.surprise = map(float, values)

    def _leave_path(self) -> None:
        """Stop the path or the wander where they are: a client moves the point or the heads."""
        if self.heads.track is self.path:
            self.heads.leave_track()
            self.point.jump(self.path.latents[self.heads.lead])
            self.refresh()
        self.path.stop()

    def _stop_path(self, values: Values, _: float | None) -> None:
        if values != (0,):
            self._leave_path()

    def _scrub(self, values: Values, _: float | None) -> None:
        self._leave_path()
        self.heads.seek(float(values[0]))

    def _move_on_map(self, values: Values, glide_s: float | None) -> None:
        self._leave_path()
        x, y = map(float, values)
        latent = self._corpus.at(x, y)
        self._follower.go(self.point.current, latent, (x, y))
        self.point.move(latent, glide_s)

    def _move_latent(self, values: Values, glide_s: float | None) -> None:
        self._leave_path()
        target = np.array(values, dtype=np.float64)
        if glide_s is not None:  # of a preset or a state; in a stream it would cost too much
            self._follower.go(self.point.current, target)
        if glide_s == 0:  # it is there at once, whatever moves it next
            self.point.jump(target)
            self.refresh()
        else:
            self.point.move(target, glide_s)

    def _move_dimension(self, index: int, values: Values, glide_s: float | None) -> None:
        self._leave_path()
        self.point.move_dimension(index, float(values[0]), glide_s)

    def _dimension(self, index: int) -> Values:
        return (float(self.point.target[index]),)

    def _move_axis(self, name: str, values: Values, glide_s: float | None) -> None:
        self._leave_path()
        value, *own_s = map(float, values)
        self.point.move_axis(name, value, own_s[0] if own_s else glide_s)

    def _axis_value(self, name: str) -> Values:
        return (self.point.axis_value(name),)

    def _go_to_landmark(self, values: Values, glide_s: float | None) -> None:
        self._leave_path()
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
        """Whether sounding heads follow the latent; those on a path have latents of their own."""
        led = self.path.active or self.input.leads
        return self.follow and self.economy < 2 and not led

    @property
    def _moving(self) -> bool:
        return self.point.moving or self.motion.moving or self.input.moving

    def _step_path(self) -> None:
        """Advance the path or the wander, if there is one, and move the point along."""
        path = self.path
        if path.amount > 0.0 and not path.active and not self.point.remaining_hops:
            path.wander_from(self.point.current, self.heads.position)
        if not path.active:
            return
        others = path.step(frozen=self.heads.frozen)
        if not path.active:
            self._leave_path()
            return
        if others or self.heads.track is None:
            self._follower.go(self.point.current, path.coming)
            self.refresh()
        self.heads.track = path
        one, other = path.latents
        self.point.jump(other + path.reading(0, 0)[1] * (one - other))

    def _step_point(self, lfo_beats: Beats | None) -> None:
        """Advance the point and the motion; measure how they move, glides aside."""
        start, glided = self.point.current, self.point.next
        self.input.step()
        if not self.input.leads:
            if self.heads.track is self.input:
                self.heads.leave_track()
                self.refresh()
            self._step_path()
        if not self.path.active:
            self.point.step()
        if self.point.journey is not self._journey:
            self._journey = self.point.journey
            if self._journey is not None:
                self._go_on_map(self._journey.landmark)
        self._displaced = self.motion.step(self.input.pull(self.point.current), lfo_beats)
        offset = self._displaced - self.point.current
        self._velocity = np.zeros_like(start)
        if self.point.drift > 0.0 or self.motion.moving or self.input.moving:
            self._velocity = self.point.current - glided + offset - self._motion_offset
        self._motion_offset = offset

    def _wake(self, *, wait: bool) -> int:
        """Request the missing chunks of this position, or wait for all; returns broken frames."""
        wanted = self._wanted(self._displaced)
        if wait:  # the first sound is of the state that was set before it
            self._missing = set()
            self._scheduler.assume(wanted, self._displaced)
            chunks = {key: self._decoder.decode(latent) for key, latent in wanted.items()}
            self._morphs = {key: ChunkMorph(chunk) for key, chunk in chunks.items()}
            return sum(chunk.broken_frames for chunk in chunks.values())
        chunks = self.chunks
        missing = {
            key: latent
            for key, latent in wanted.items()
            if key not in chunks or not np.array_equal(chunks[key].latent, latent)
        }
        self._missing = set(missing)
        self._submit(self._scheduler.request_whole(missing, self._displaced))
        return 0

    def _request(self, point: Float64, *, settled: bool, coming: int = 0) -> None:
        """Request the chunks that are due at `point`, in this hop or the `coming` one."""
        requests = self._scheduler.schedule(
            self._wanted(point),
            point,
            self._velocity if not coming else np.zeros_like(point),  # see `prepare`
            follows=self._follows,
            settled=settled,
            economical=self.economy > 0,
            whole=bool(self._missing),
            brief=self.input.leads,
            coming=coming,
        )
        self.input.await_chunks(requests)
        self._submit(requests)

    def _submit(self, requests: list[Request]) -> None:
        for request in requests:
            self._decoder.submit(*request)

    def _wanted(self, point: Float64) -> dict[Key, Float64]:
        """Latent of each head and channel, the lead's first, with the latent point at `point`."""
        wanted: dict[Key, Float64] = {}
        jitter = 0.0 if self.path.active or self.input.leads else self.jitter
        varied_channels = len(self._spread_directions)
        if self.economy >= 3:
            varied_channels = -(-varied_channels // 2)
        for head in sorted(range(HEADS), key=lambda head: head != self.heads.lead):
            head_point = point if self._follows else self._head_points[head]
            varied = head_point + jitter * self._head_jitter[head]
            for channel, direction in enumerate(self._spread_directions[:varied_channels]):
                wanted[head, channel] = varied + self.spread * direction
            for channel in range(varied_channels, len(self._spread_directions)):
                wanted[head, channel] = wanted[head, channel - varied_channels]
        return wanted

    def _draw_jitter(self) -> Float64:
        return self._jitter_rng.standard_normal(self.point.size)


def _spread_directions(rng: np.random.Generator, channels: int, latent: int) -> list[Float64]:
    """One direction a channel, unit variance a coordinate, summing to zero; none for mono."""
    directions = rng.standard_normal((channels, latent))
    directions -= directions.mean(axis=0)
    return list(directions / np.sqrt(max(1.0 - 1.0 / channels, 0.5)))
