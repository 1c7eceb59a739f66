"""Play one model: a point in its latent space, play heads, and the chunks that the heads read.

A slot is stepped hop by hop, then read. It declares the addresses that it owns,
with their setters, as `places` and `setters`.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from distill_live.addresses import Values, unknown_address
from distill_live.bundle import Bundle
from distill_live.engine.clock import Clock
from distill_live.engine.commands.parameters import Setter, number_setter, switch_setter
from distill_live.engine.decoding.decode_scheduler import DecodeScheduler, Request
from distill_live.engine.decoding.decoder import Chunk, ChunkMorph, Decoder, Key
from distill_live.engine.heads import HEADS, PlayHeads, Row, read_rows
from distill_live.engine.latent.corpus_map import CorpusMap
from distill_live.engine.latent.navigator import Navigator
from distill_live.engine.mixing.loudness import FadeFollower, LoudnessMeter, even_gain
from distill_live.engine.note_chunks import NoteChunks
from distill_live.engine.voices import Voice, Voices
from distill_live.spectrogram import Float32, Float64, Representation

SILENCE_DB = -90.0
"""Lowest level of a chunk's frame that is told."""

MAX_SHIFT = 0.5
"""Largest reading offset of a restarted head at jitter 1, as a share of the loop region: what has a
shape in time, such as a note that decays, repeats at the loop's period however its latent is
varied. At the default jitter the demo's worst autocorrelation there, of 40 landmarks, is 0.43."""

RANDOM_STREAMS = 5
"""Generators that a slot draws from: start, jitter, spread, walk, wander."""

OnChunkSwap = Callable[[Key, int], None]


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
    setters : Mapping
        Setters of the parameters that act on each model, by path.
    navigator : Navigator
        The point that is played, and what moves it.
    places : Mapping
        Addresses that move this model, by path: those of the navigator.
    point, path, input
        Parts of the navigator.
    heads : PlayHeads
    notes : NoteChunks
    landmarks : int
        Number of landmarks.
    can_follow : bool
        Whether the model has an encoder, so that it can follow an input.
    follow : bool
        Whether moving heads follow the latent, or only restarted ones.
    jitter, spread : float
        Size of the variation of heads and channels, 0..1.
    even : float
        How much the loudness of places is evened out, 0..1.
    awake : bool
        Whether chunks are requested; off while the slot is inaudible.
    economy : int
        What is saved, each level with those before: 0 nothing; 1 decodes of a moving latent
        (`ECONOMY_HOPS`); 2 moves are heard in restarted heads only, as without `follow`; 3 half
        of the channels share the latents of the others. More is saved by `ModelMixer.economise`.
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
        frames_per_second = bundle.settings.frames_per_second
        self._clock, self._hop_s = clock, 1.0 / frames_per_second
        self.addresses, self.can_follow = bundle.addresses, bool(bundle.encoder)
        # a sound's mean square by the power of its Hann frames
        self._mean_square = 16.0 / (3.0 * bundle.settings.n_fft**2)
        corpus = CorpusMap(bundle)
        self.landmarks = len(corpus.latents)
        self.heads = PlayHeads(bundle.settings.n_frames)
        self.navigator = Navigator(bundle, corpus, self.heads, start_rng, walk_rng, wander_rng)
        self.places = self.navigator.places
        self.point, self.path = self.navigator.point, self.navigator.path
        self.input = self.navigator.input
        self.follow, self.jitter, self.spread, self.economy = True, 0.0, 0.0, 0
        self.even = 0.0
        self._meter = LoudnessMeter(Representation(bundle.settings, bundle.statistics))
        self._fades = FadeFollower(frames_per_second)
        self._jitter_rng = jitter_rng
        self._spread_directions = _spread_directions(spread_rng, channels, bundle.latent_size)
        self._head_points = [self.navigator.displaced] * HEADS
        self._head_jitter = [self._draw_jitter() for _ in range(HEADS)]
        self._decoder = decoder
        self.notes = NoteChunks(bundle, corpus, self.point.axes, decoder)
        self._point_sounds = True  # or only notes with chunks of their own: it is not decoded
        self._notes_read = False  # whether notes read the chunks of the point, each at its place
        self.awake = False
        self._missing: set[Key] | None = None  # first chunks still to come; None: it sleeps
        self._scheduler = DecodeScheduler(self.point, self.heads)
        self._morphs: dict[Key, ChunkMorph] = {}
        self.setters: Mapping[str, Setter] = self.navigator.setters | {
            "/follow": switch_setter(self, "follow"),
            "/jitter": number_setter(self, "jitter"),
            "/spread": number_setter(self, "spread"),
            "/even": number_setter(self, "even"),
            "/freeze": switch_setter(self.heads, "frozen"),
            "/speed": number_setter(self.heads, "speed"),
            "/loop": lambda values: self.heads.set_region(*map(float, values)),
        }

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
        self.navigator.changed = True

    def reseed(self, sequence: np.random.SeedSequence) -> None:
        """Restart the random streams of drift, walk, jitter and wander."""
        drift, walk, jitter, wander = map(np.random.default_rng, sequence.spawn(4))
        self.navigator.reseed(drift, walk, wander)
        self._jitter_rng = jitter

    @property
    def chunks(self) -> dict[Key, Chunk]:
        """The newest chunk of each head, by head and channel."""
        return {key: morph.after for key, morph in self._morphs.items()}

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
    def unsettled(self) -> bool:
        """Whether the next hop may want other chunks, restarted heads aside."""
        return self.navigator.changed or (self._follows and self.navigator.moving)

    @property
    def ready(self) -> bool:
        """Whether it can be read: awake, with the first chunks of its position."""
        return self.awake and self._missing is not None and not self._missing

    def prepare(self) -> bool:
        """Request the chunks of the next hop now; False if they are not known."""
        if not (self.unsettled and self._point_sounds) or self._missing is None:
            return False
        if not self.navigator.foreseen:
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
        navigator = self.navigator
        navigator.step(beats if self._clock.lfo_in_beats else None)
        if navigator.led:
            self._head_points = navigator.head_latents
            unsettled |= navigator.changed or navigator.motion.moving or self.input.leads
        elif self._follows:
            self._head_points = [navigator.displaced] * HEADS
        self.heads.follow_beats(beats, self._clock.loop_beats)
        for head in self.heads.advance():
            self._head_points[head] = navigator.displaced
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
                settled = not navigator.moving and not varying
                self._request(navigator.displaced, settled=settled)
            navigator.changed = not self._point_sounds
        arrived = self._decoder.take(time_samples)
        for key, request, chunk in arrived:
            self.input.take(key, request)
            if key[0] >= HEADS:
                self.notes.take(key, request, chunk)
            elif key in self._morphs:
                self._morphs[key].swap(chunk)
                if key in self._scheduler.holding:  # it was late; what is wanted is elsewhere
                    self._morphs[key].move(chunk.latent)
            else:
                self._morphs[key] = ChunkMorph(chunk)
            broken_frames += chunk.broken_frames
            if self._missing:
                self._missing.discard(key)
            if on_chunk_swap is not None:
                on_chunk_swap(key, request)
        self.input.turn(self._scheduler.waiting)
        if (unsettled and self._point_sounds) or arrived:
            for key, latent in self._wanted(navigator.displaced).items():
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
        relative = self._meter.relative_powers(out, means, gains, readings[1])
        fades = self._fades.gains(relative, self._even)
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
        if self.awake:
            self.notes.request(voices, self.navigator.displaced, leads=leads)
        else:
            self.notes.sleep()
        notes_play_point = self.notes.play_point(voices, leads=leads)
        self._point_sounds = voices.drone_sounds or self.input.leads or notes_play_point
        noted = voices.keys != "off" or bool(voices.sounding)
        self._notes_read = noted and notes_play_point and not self.input.leads

    def close(self) -> None:
        """Close the decoder."""
        self._decoder.close()

    @property
    def _follows(self) -> bool:
        """Whether sounding heads follow the latent; those on a path have latents of their own.

        Heads that stand still always do, since none restarts.
        """
        follow = (self.follow and self.economy < 2) or self.heads.still
        return follow and not self.navigator.led

    def _wake(self, *, wait: bool) -> int:
        """Request the missing chunks of this position, or wait for all; returns broken frames."""
        wanted = self._wanted(self.navigator.displaced)
        if wait:  # the first sound is of the state that was set before it
            self._missing = set()
            self._scheduler.assume(wanted, self.navigator.displaced)
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
        self._submit(self._scheduler.request_whole(missing, self.navigator.displaced))
        return 0

    def _request(self, point: Float64, *, settled: bool, coming: int = 0) -> None:
        """Request the chunks that are due at `point`, in this hop or the `coming` one."""
        requests = self._scheduler.schedule(
            self._wanted(point),
            point,
            self.navigator.velocity if not coming else np.zeros_like(point),  # see `prepare`
            follows=self._follows,
            settled=settled,
            economy=self.economy,
            whole=bool(self._missing) or self._notes_read,
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
        jitter = 0.0 if self.navigator.led else self.jitter
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
