"""One model being played: where it is in its latent space, and the frames that sound of it.

A slot owns what belongs to one model: the map of its corpus, the latent point and its motion, the
play heads, their variation, the decoder and the chunks that it gave. It is stepped hop by hop and
then read channel by channel. It knows nothing of commands that are due, of glides, of other slots,
nor of what is made of its frames.
"""

from collections.abc import Callable, Sequence

import numpy as np

from distill_live.addresses import Values, instantiate
from distill_live.bundle import Bundle
from distill_live.engine.corpus_map import CorpusMap
from distill_live.engine.decoder import Chunk, Decoder, Frames, Key
from distill_live.engine.heads import HEADS, PlayHeads
from distill_live.engine.latent import LatentPoint
from distill_live.engine.motion import Motion
from distill_live.errors import CommandError
from distill_live.spectrogram import Float32, Float64

LATENT_STEP = 0.01
"""Root mean square way, in standard deviations, that a moving latent goes before it is decoded
again; a slow drift then costs a few decodings a second instead of one a hop, which nobody hears."""

QUICK_HOPS, LEAP = 3, 0.05
"""Where the point moves again within so many hops, or goes as far as that at once (root mean
square, in standard deviations), windows of the chunks are decoded, which are sooner heard; once it
has held still for so many hops, the whole chunks are."""

WINDOW_HOPS, ENOUGH_HOPS = 10, 5
"""For how many hops a window is asked for, what is announced to the synthesis included, and of how
many it must hold the frames, or another is asked for: a live decoder may answer a hop or two late.
"""

MOST_SHIFT = 0.5
"""Share of the loop region by which a new head reads further on or back, at most, at jitter 1: what
has a shape in time, such as a note that decays, repeats at the loop's period however its latent is
varied. At the default jitter the demo's worst autocorrelation there, of 100 landmarks, is 0.37."""

RANDOM_STREAMS = 4
"""Generators that a slot draws from: start, jitter, spread, walk."""

OnChunkSwap = Callable[[Key, int], None]


class Slot:
    """Plays one bundle, as frames.

    Parameters
    ----------
    bundle
        The model.
    decoder
        Where its chunks come from; the slot closes it.
    channels
        Output channels, at least 1.
    rngs
        `RANDOM_STREAMS` generators: of the landmark to start from and of the drift, of the jitter,
        of the channels' directions, of the walk.

    Attributes
    ----------
    addresses : Mapping
        Of this model alone (`distill_live.addresses.instantiate`).
    point : LatentPoint
    motion : Motion
    heads : PlayHeads
    follow : bool
        Whether the latent is heard every frame, or with every new head.
    jitter, spread : float
        Size of the variation of heads and channels.
    awake : bool
        Whether chunks are asked for; a slot that nobody hears sleeps.
    chunks : dict
        What the heads read, by head and channel.
    """

    def __init__(
        self,
        bundle: Bundle,
        decoder: Decoder,
        channels: int,
        rngs: Sequence[np.random.Generator],
    ) -> None:
        place, jitter, spread, walk = rngs
        axes = {axis.name: axis for axis in bundle.axes}
        frames_per_second = bundle.settings.frames_per_second
        self.addresses = instantiate(bundle.latent_size, list(axes), len(bundle.landmarks))
        self._corpus = CorpusMap(bundle)
        landmarks = self._corpus.latents
        self.point = LatentPoint(axes, landmarks, frames_per_second, place)
        self.motion = Motion(axes, landmarks, frames_per_second, walk)
        self._here = self.point.here  # as it is heard: displaced by the motion
        self.heads = PlayHeads(bundle.settings.n_frames)
        self.follow, self.jitter, self.spread = True, 0.0, 0.0
        self._jitter_rng = jitter
        self._spread_directions = _spread_directions(spread, channels, bundle.latent_size)
        self._head_points = [self._here] * HEADS
        self._head_jitter = [self._draw_jitter() for _ in range(HEADS)]
        self._decoder = decoder
        self._changed = True  # whether other chunks may be wanted though the point stands still
        self.awake = False
        self._missing: set[Key] | None = None  # chunks to come before it is awake; None: it sleeps
        self._requested: dict[Key, Float64] = {}
        self._asked = self._here  # where the point was when something was requested last
        self._requests = 0  # made so far
        self._windows: dict[Key, Frames] = {}  # of keys that were asked for no more than that
        self._hops = 0
        self._requested_at: dict[Key, int] = {}
        self.chunks: dict[Key, Chunk] = {}

    def value(self, address: str) -> Values:
        """What a get of a place answers: of the latent, its dimensions and axes, or the position.

        Raises
        ------
        CommandError
            If this model has no such address.
        """
        if address in self.addresses:
            match address.split("/")[1:]:
                case ["latent"]:
                    return tuple(self.point.target.tolist())
                case ["latent", index]:
                    return (float(self.point.target[int(index)]),)
                case ["axis", name]:
                    return (self.point.axis_value(name),)
                case ["position"]:
                    return (self.heads.position,)
        raise CommandError(f"{address}: no such address", "unknown-address")

    def move(self, address: str, values: Values, glide_s: float | None) -> None:
        """Go to a place: values of `addresses`, in so many seconds, or in the usual time."""
        point = self.point
        match address.split("/")[1:]:
            case ["latent"] if glide_s == 0:  # it is there, whatever moves it next
                point.jump(np.array(values, dtype=np.float64))
                self._changed = True
            case ["latent"]:
                point.move(np.array(values, dtype=np.float64), glide_s)
            case ["latent", index]:
                point.move_dimension(int(index), float(values[0]), glide_s)
            case ["axis", name]:
                value, *own_s = map(float, values)
                point.move_axis(name, value, own_s[0] if own_s else glide_s)
            case ["map"]:
                point.move(self._corpus.at(*map(float, values)), glide_s)
            case ["corpus", "goto"]:
                landmark, *own = values
                glide_s = float(own[0]) if own else glide_s
                point.move(self._corpus.latents[int(landmark)], glide_s)
            case ["position"]:
                self.heads.seek(float(values[0]))

    def set(self, address: str, values: Values) -> None:
        """Have a value that all slots share be so from the next hop on; others are left alone."""
        if address not in self.addresses:
            return
        self._changed = True
        number = float(values[0])
        match address:
            case "/glide":
                self.point.glide_s = number
            case "/drift" if number > 0:
                self.point.drift = number
            case "/drift":
                self.point.stop_drifting()
            case "/walk":
                self.motion.walk = number
            case "/follow":
                self.follow = number > 0
            case "/jitter":
                self.jitter = number
            case "/spread":
                self.spread = number
            case "/freeze":
                self.heads.frozen = number > 0
            case "/speed":
                self.heads.speed = number
            case "/loop":
                self.heads.set_region(number, float(values[1]))
            case _ if address.startswith("/lfo/"):
                self.motion.oscillate(address.removeprefix("/lfo/"), number, float(values[1]))

    def reseed(self, sequence: np.random.SeedSequence) -> None:
        """Drift, walk and vary from here on as the sequence says."""
        drift, walk, jitter = map(np.random.default_rng, sequence.spawn(3))
        self.point.reseed(drift)
        self.motion.reseed(walk)
        self._jitter_rng = jitter

    @property
    def landmarks(self) -> int:
        """How many there are."""
        return len(self._corpus.latents)

    @property
    def unsettled(self) -> bool:
        """Whether the next hop may want other chunks, whether or not a head starts anew."""
        return self._changed or (self.follow and self._moving)

    @property
    def ready(self) -> bool:
        """Whether it can be read, and sounds of where it is."""
        return self.awake and self._missing is not None and not self._missing

    def prepare(self) -> bool:
        """Have the decoder begin with what the next hop will want; False if that is not known."""
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
            When the hop begins.
        varying
            Whether jitter or spread are on their way.
        wait
            Whether this is the first that is heard, so that it waits for its chunks.
        on_chunk_swap
            Told of the key and the request of each change to another chunk.

        Returns
        -------
        int
            Broken frames in the chunks that came.
        """
        self._hops += 1
        unsettled = self.unsettled or bool(self._windows)
        self.point.step()
        self._here = self.motion.step(self.point.here)
        if self.follow:
            self._head_points = [self._here] * HEADS
        for head in self.heads.advance():
            self._head_points[head] = self._here
            self._head_jitter[head] = self._draw_jitter()
            self.heads.shift(head, self.jitter * self._jitter_rng.uniform(-MOST_SHIFT, MOST_SHIFT))
            unsettled = True
        broken_frames = 0
        if not self.awake:
            self._missing = None
        elif self._missing is None:
            broken_frames += self._wake(wait=wait)
        if unsettled and self.awake:
            self._request(self._here, settled=not self._moving and not varying)
            self._changed = False
        for key, request, chunk in self._decoder.take(time_samples):
            self.chunks[key] = chunk.over(self.chunks.get(key, chunk))
            broken_frames += chunk.broken_frames
            if self._missing:
                self._missing.discard(key)
            if on_chunk_swap is not None:
                on_chunk_swap(key, request)
        return broken_frames

    def read(self, channel: int, out: Float32) -> None:
        """The frames of a channel that sound now and in the next hops, as far as they are known.

        Parameters
        ----------
        channel
            From 0.
        out
            ``(frames, 2, n_mels)``, filled with band power, and band power times band frequency.
        """
        chunks = [self.chunks[head, channel] for head in range(HEADS)]
        self.heads.read(chunks, len(out) - 1, out)

    def close(self) -> None:
        """Close the decoder."""
        self._decoder.close()

    @property
    def _moving(self) -> bool:
        return self.point.moving or self.motion.moving

    def _wake(self, *, wait: bool) -> int:
        """Ask for what is wanted here and not there, or wait for it; the broken frames in it."""
        wanted = self._wanted(self._here)
        self._asked = self._here
        if wait:  # the first sound is of the state that was set before it
            self._requested, self._missing = wanted, set()
            self._requested_at = dict.fromkeys(wanted, self._hops)
            self._windows = {}
            self.chunks = {key: self._decoder.decode(latent) for key, latent in wanted.items()}
            return sum(chunk.broken_frames for chunk in self.chunks.values())
        self._missing = {
            key
            for key, latent in wanted.items()
            if key not in self.chunks or not np.array_equal(self.chunks[key].latent, latent)
        }
        for key in self._missing:
            self._submit(key, wanted[key], self._hops)
        return 0

    def _request(self, here: Float64, *, settled: bool, coming: int = 0) -> None:
        """Ask for the chunks that are wanted at `here`, the coming hop's or this one's.

        On its way a latent is asked for if it changed enough; and what was asked for in part, once
        that is not enough.
        """
        hop = self._hops + coming
        leap = self.follow and _length(here - self._asked) >= LEAP
        for key, latent in self._wanted(here).items():
            way = _length(latent - self._requested[key])
            far = way >= LATENT_STEP or (settled and way > 0.0)
            if far or self._lacks_frames(key, hop, settled=settled):
                self._submit(key, latent, hop, self._window(key, hop, leap=leap))
                self._asked = here

    def _submit(self, key: Key, latent: Float64, hop: int, frames: Frames | None = None) -> None:
        self._requested[key], self._requested_at[key] = latent, hop
        self._windows.pop(key, None)
        if frames is not None:
            self._windows[key] = frames
        self._requests += 1
        self._decoder.submit(key, self._requests, latent, frames)

    def _window(self, key: Key, hop: int, *, leap: bool) -> Frames | None:
        """What to ask for of a latent that may soon be another; None for all."""
        if self._missing:  # there is no chunk yet that a window could be laid over
            return None
        since = hop - self._requested_at[key]
        quick = leap or (since <= QUICK_HOPS if since else key in self._windows)
        first, stop = self.heads.span(key[0], hop - self._hops, WINDOW_HOPS)
        return (first, stop) if quick and 2 * (stop - first) <= self.heads.n_frames else None

    def _lacks_frames(self, key: Key, hop: int, *, settled: bool) -> bool:
        """Whether more frames should be asked for than last time."""
        if key not in self._windows:
            return False
        if settled and hop - self._requested_at[key] > QUICK_HOPS:
            return True
        first, stop = self.heads.span(key[0], hop - self._hops, ENOUGH_HOPS)
        return first < self._windows[key][0] or stop > self._windows[key][1]

    def _wanted(self, here: Float64) -> dict[Key, Float64]:
        """The latent of each head and channel where the point is `here`, the lead's first."""
        wanted = {}
        for head in sorted(range(HEADS), key=lambda head: head != self.heads.lead):
            point = here if self.follow else self._head_points[head]
            varied = point + self.jitter * self._head_jitter[head]
            for channel, direction in enumerate(self._spread_directions):
                wanted[head, channel] = varied + self.spread * direction
        return wanted

    def _draw_jitter(self) -> Float64:
        return self._jitter_rng.standard_normal(len(self._here))


def _length(way: Float64) -> float:
    """Root mean square."""
    return float(np.sqrt(np.mean(way**2)))


def _spread_directions(rng: np.random.Generator, channels: int, latent: int) -> list[Float64]:
    """One direction a channel, unit variance a coordinate, summing to zero; none for mono."""
    directions = rng.standard_normal((channels, latent))
    directions -= directions.mean(axis=0)
    return list(directions / np.sqrt(max(1.0 - 1.0 / channels, 0.5)))
