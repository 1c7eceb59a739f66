"""The instrument without its edges: commands go in, samples come out.

Time is the count of samples rendered. Everything happens at the start of a hop: commands that are
due take effect, the latent moves, decoded chunks are taken over, the heads are read, one
synthesiser a channel turns the mixture into a hop of samples, and the output stage finishes it. The
same bundle, seed and commands give the same samples, bit for bit, whatever the size of the blocks
that are asked for.
"""

import heapq
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from math import isfinite
from typing import cast

import numpy as np

from distill_live.addresses import MACROS, Curve, Values, coerce, instantiate, latent_path
from distill_live.bundle import Bundle
from distill_live.engine.commands import Command
from distill_live.engine.corpus_map import CorpusMap
from distill_live.engine.decoder import Chunk, Decoder, InlineDecoder, Key, TakeOver
from distill_live.engine.glides import Glides
from distill_live.engine.heads import HEADS, PlayHeads
from distill_live.engine.latent import LatentPoint
from distill_live.engine.macros import Macros
from distill_live.engine.motion import Motion
from distill_live.engine.output import Meters, OutputStage
from distill_live.errors import CommandError, ConfigurationError
from distill_live.spectrogram import Float32, Float64, Representation
from distill_live.synthesis import Shift, Synthesizer

MOST_CHANNELS = 16

TINY_POWER = 1e-14
"""Band power under which a band has no frequency of its own."""

PLACES = ("/latent", "/axis/", "/map", "/position")
"""What says where in the model or in its chunks it is; all else has a value of its own."""

VARIATION = ("/jitter", "/spread")
"""What makes heads and channels differ from the point."""

LATENT_STEP = 0.01
"""Root mean square way, in standard deviations, that a moving latent goes before it is decoded
again; a slow drift then costs a few decodings a second instead of one a hop, which nobody hears."""

Setter = Callable[[Values, float | None], None]
"""What an address does with its values, in how many seconds; None for as long as usual."""


class Engine:
    """Plays one bundle.

    Parameters
    ----------
    bundle
        The model.
    channels
        Output channels, 1 to 16.
    seed
        Decides everything random, 0 or more: where it starts, jitter, spread, drift, loose phases.
    decoder
        Where chunks come from; None decodes within `render` (offline). The engine closes it.
    on_take_over
        Told of every chunk that is taken over, but for the first sound's, which follow from the
        commands. With these and the commands as a log, `ReplayDecoder` plays the same again.

    Attributes
    ----------
    sample_rate_hz, channels, hop_samples : int
    time_samples : int
        Samples rendered so far.
    next_hop_samples : int
        Engine time at which the next hop starts: when a command without a time takes effect.
    latency_samples : int
        From the first sample of a hop to where the centre of its frame is heard.

    Raises
    ------
    ConfigurationError
        If `channels` or `seed` is out of range.
    """

    def __init__(
        self,
        bundle: Bundle,
        *,
        channels: int = 2,
        seed: int = 0,
        decoder: Decoder | None = None,
        on_take_over: Callable[[TakeOver], None] | None = None,
    ) -> None:
        if not 1 <= channels <= MOST_CHANNELS:
            raise ConfigurationError(f"channels is {channels}; it must lie in 1 to {MOST_CHANNELS}")
        if seed < 0:
            raise ConfigurationError(f"seed is {seed}; it must be 0 or more")
        settings = bundle.settings
        self.sample_rate_hz = settings.sample_rate_hz
        self.hop_samples = settings.hop_samples
        self.channels = channels
        self.time_samples = 0

        place, jitter, spread, walk, *loose = map(
            np.random.default_rng, np.random.SeedSequence(seed).spawn(4 + channels)
        )
        representation = Representation(settings, bundle.statistics)
        self._synthesizers = [Synthesizer(representation, rng) for rng in loose]
        self._shift = Shift(representation)
        self._output = OutputStage(settings.hop_samples, channels, settings.sample_rate_hz)
        self.latency_samples = self._synthesizers[0].latency_samples + self._output.latency_samples
        self._corpus = CorpusMap(bundle)
        axes = {axis.name: axis for axis in bundle.axes}
        landmarks, frames_per_second = self._corpus.latents, settings.frames_per_second
        self._point = LatentPoint(axes, landmarks, frames_per_second, place)
        self._motion = Motion(axes, landmarks, frames_per_second, walk)
        self._here = self._point.here  # as it is heard: displaced by the motion
        self._heads = PlayHeads(settings.n_frames)
        self._jitter_rng = jitter
        self._spread_directions = _spread_directions(spread, channels, len(bundle.latent_mean))
        self._head_points = [self._here] * HEADS
        self._head_jitter = [self._draw_jitter() for _ in range(HEADS)]

        self._addresses = instantiate(len(bundle.latent_mean), [a.name for a in bundle.axes])
        self._values: dict[str, Values] = {
            path: address.default
            for path, address in self._addresses.items()
            if address.owner == "engine"
            and address.access == "value"
            and not path.startswith(PLACES)
        }
        self._place: Values = self._addresses["/map"].default
        self._now: dict[str, Values] = {}  # what of `_values` sounds; a glide is between them
        self._glides = Glides()
        self._macros = Macros()
        self._frames_per_second = frames_per_second
        self._setters = self._make_setters(bundle)
        for path, values in self._values.items():
            self._setters[path](values, None)

        self._due: list[tuple[int, int, Command]] = []  # time, order of arrival, what
        self._arrivals = 0
        self._decoder = InlineDecoder(bundle) if decoder is None else decoder
        self._on_take_over = on_take_over
        self._changed = True  # whether other chunks may be wanted though the point stands still
        self._prepared = False
        self._requested: dict[Key, Float64] = {}
        self._chunks: dict[Key, Chunk] = {}

        ahead = Synthesizer.LOOKAHEAD_FRAMES
        self._frames = np.zeros((1 + ahead, 2, settings.n_mels), dtype=np.float32)
        self._power = np.zeros((1 + ahead, settings.n_mels), dtype=np.float32)
        self._frequency = np.zeros_like(self._power)
        self._centres = representation.centres_bins.astype(np.float32)
        self._hop = np.zeros((settings.hop_samples, channels), dtype=np.float32)
        self._samples = np.zeros(settings.hop_samples, dtype=np.float32)
        self._at_rest = False
        self._left = 0  # samples of the hop that were not asked for yet

    def apply(self, command: Command) -> None:
        """Do what `command` says, when it is due; without a time, from the next hop on.

        Raises
        ------
        CommandError
            If there is no such address in this model or the values do not fit; nothing changed.
        """
        address = self._addresses.get(command.address)
        if address is None or address.owner != "engine":
            raise CommandError(f"{command.address}: no such address", "unknown-address")
        values = coerce(address, command.args).values
        self._check_landmark(command.address, values)
        glide_s = command.glide_s
        if glide_s is not None and not (isfinite(glide_s) and glide_s >= 0):
            raise CommandError(
                f"{command.address}: the glide is {glide_s} s; it must be 0 or more", "out-of-range"
            )
        if command.time_samples is None or command.time_samples <= self.next_hop_samples:
            self._do_what_is_due(self.next_hop_samples)  # it came first
            self._setters[command.address](values, glide_s)
        else:
            self._arrivals += 1
            due = (command.time_samples, self._arrivals, replace(command, args=values))
            heapq.heappush(self._due, due)

    def value(self, address: str) -> Values:
        """What a get of `address` answers; of what glides, where it ends.

        Raises
        ------
        CommandError
            If the address has no value.
        """
        if address == "/latent":
            return tuple(self._point.target.tolist())
        if address == "/position":
            return (self._heads.position,)
        if address == "/map":
            return self._place
        if address in self._values:
            return self._values[address]
        known = address in self._addresses
        if known and address.startswith("/axis/"):
            return (self._point.axis_value(address.removeprefix("/axis/")),)
        if known and address.startswith("/latent/"):
            return (float(self._point.target[int(address.removeprefix("/latent/"))]),)
        raise CommandError(f"{address}: no such address", "unknown-address")

    def state(self) -> tuple[Command, ...]:
        """Commands that bring a new engine of this bundle to what this one does now."""
        still = (Command("/drift", (0.0,)), Command("/glide", (0.0,)))
        place = Command("/latent", self.value("/latent"))
        position = Command("/position", (self._heads.position,))
        values = (Command(path, args) for path, args in self._values.items())
        # after the values, so that a macro's moves nothing
        mappings = (Command("/macro/map", args) for args in self._macros.mappings())
        return (*still, place, position, *values, *mappings)

    @property
    def next_hop_samples(self) -> int:
        """Engine time at which the next hop starts."""
        return self.time_samples + self._left

    def render(self, out: Float32) -> None:
        """Fill `out`, ``(frames, channels)``, with the next samples; any number of frames."""
        filled = 0
        while filled < len(out):
            if self._left == 0:
                self._render_hop()
            start = self.hop_samples - self._left
            count = min(self._left, len(out) - filled)
            out[filled : filled + count] = self._hop[start : start + count]
            filled += count
            self._left -= count
            self.time_samples += count

    def prepare(self) -> None:
        """Have the decoder begin with what the next hop will want, as far as that is known now.

        Called when commands have come; between two hops it does so once, so that a flood of them
        costs one more chunk a hop. Offline it changes nothing but the order of the work.
        """
        if self._prepared or not self._unsettled or self._resting or not self._chunks:
            return
        if self._point.drift == 0.0 and not self._motion.moving and not self._glides:
            self._prepared = True
            self._request(self._point.next, settled=self._point.settling)

    def read_meters(self) -> Meters:
        """Peak, RMS and broken frames since the last call."""
        return self._output.read_meters()

    def close(self) -> None:
        """Close the decoder."""
        self._decoder.close()

    @property
    def _resting(self) -> bool:
        return self._output.silent and not self._playing

    @property
    def _unsettled(self) -> bool:
        return self._changed or (self._follow and self._moving)

    @property
    def _moving(self) -> bool:
        return self._point.moving or self._motion.moving

    def _do_what_is_due(self, time_samples: int) -> None:
        while self._due and self._due[0][0] <= time_samples:
            _, _, command = heapq.heappop(self._due)
            self._setters[command.address](command.args, command.glide_s)

    def _render_hop(self) -> None:
        self._left = self.hop_samples
        self._do_what_is_due(self.time_samples)
        for path, values in self._glides.step():
            self._move_value(path, values)
        self._prepared = False
        if self._resting:
            self._rest()
            return
        self._at_rest = False
        unsettled = self._unsettled
        self._point.step()
        self._here = self._motion.step(self._point.here)
        if self._follow:
            self._head_points = [self._here] * HEADS
        for head in self._heads.advance():
            self._head_points[head] = self._here
            self._head_jitter[head] = self._draw_jitter()
            unsettled = True
        self._decode(unsettled=unsettled)
        self._shift.step()
        for channel, synthesizer in enumerate(self._synthesizers):
            chunks = [self._chunks[head, channel] for head in range(HEADS)]
            self._heads.read(chunks, len(self._frames) - 1, self._frames)
            np.copyto(self._power, self._frames[:, 0])
            self._frequency[:] = self._centres
            np.divide(
                self._frames[:, 1], self._power, out=self._frequency, where=self._power > TINY_POWER
            )
            frames = self._power, self._frequency
            synthesizer.step(*self._shift.move(*frames), self._samples)
            self._hop[:, channel] = self._samples
        self._output.process(self._hop)

    def _rest(self) -> None:
        """A hop of silence; the first one lets the output's delay run out and forgets the sound."""
        self._hop[:] = 0.0
        if not self._at_rest:
            self._at_rest = True
            self._output.process(self._hop)
            self._shift.reset()
            for synthesizer in self._synthesizers:
                synthesizer.reset()

    def _decode(self, *, unsettled: bool) -> None:
        """Ask for the chunks that the heads need now, and take over those that are done."""
        if not self._chunks:  # the first sound is of the state that was set before it
            self._requested = self._wanted(self._here)
            for key, latent in self._requested.items():
                chunk = self._chunks[key] = self._decoder.decode(latent)
                self._output.meters.broken_frames += chunk.broken_frames
        if unsettled:
            varying = self._glides.moving(*VARIATION)
            self._request(self._here, settled=not self._moving and not varying)
            self._changed = False
        for key, chunk in self._decoder.take(self.time_samples):
            self._chunks[key] = chunk
            self._output.meters.broken_frames += chunk.broken_frames
            if self._on_take_over is not None:
                self._on_take_over(TakeOver(self.time_samples, *key, tuple(chunk.latent.tolist())))

    def _request(self, here: Float64, *, settled: bool) -> None:
        """Ask for the chunks that are wanted at `here`; on its way, if they changed enough."""
        for key, latent in self._wanted(here).items():
            way = latent - self._requested[key]
            if way.any() and (settled or np.sqrt(np.mean(way**2)) >= LATENT_STEP):
                self._requested[key] = latent
                self._decoder.submit(key, latent)

    def _wanted(self, here: Float64) -> dict[Key, Float64]:
        """The latent of each head and channel where the point is `here`, the lead's first."""
        (jitter,), (spread,) = (self._now[path] for path in VARIATION)
        wanted = {}
        for head in sorted(range(HEADS), key=lambda head: head != self._heads.lead):
            point = here if self._follow else self._head_points[head]
            varied = point + float(jitter) * self._head_jitter[head]
            for channel, direction in enumerate(self._spread_directions):
                wanted[head, channel] = varied + float(spread) * direction
        return wanted

    def _draw_jitter(self) -> Float64:
        return self._jitter_rng.standard_normal(len(self._here))

    @property
    def _playing(self) -> bool:
        return self._values["/play"] == (1,)

    @property
    def _follow(self) -> bool:
        return self._values["/follow"] == (1,)

    def _make_setters(self, bundle: Bundle) -> dict[str, Setter]:
        """What each address of this model does with its values."""
        point, heads = self._point, self._heads
        setters: dict[str, Setter] = {
            "/latent": lambda values, glide_s: point.move(
                np.array(values, dtype=np.float64), glide_s
            ),
            "/map": self._go_to_place,
            "/corpus/goto": self._go_to_landmark,
            "/seed": self._reseed,
            "/position": lambda values, _: heads.seek(float(values[0])),
            "/panic": self._panic,
        }
        for index in range(len(bundle.latent_mean)):
            setters[latent_path(index)] = partial(self._set_dimension, index)
        for axis in bundle.axes:
            setters[f"/axis/{axis.name}"] = partial(self._set_axis, axis.name)
        for path in self._values:
            setters[path] = partial(self._set_value, path)
        for macro in range(1, MACROS + 1):
            setters[f"/macro/{macro}"] = partial(self._move_macro, macro)
        setters["/macro/map"] = self._map_macro
        setters["/macro/clear"] = lambda values, _: self._macros.clear(int(values[0]))
        return setters

    def _move_macro(self, macro: int, values: Values, glide_s: float | None) -> None:
        self._values[f"/macro/{macro}"] = values
        for target, value in self._macros.moves(macro, float(values[0])):
            clipped = coerce(self._addresses[f"/{target}"], (value,)).values
            self._setters[f"/{target}"](clipped, glide_s)

    def _map_macro(self, values: Values, _: float | None) -> None:
        macro, target, start, end, curve = values
        self._macros.map(int(macro), str(target), float(start), float(end), cast(Curve, curve))

    def _set_dimension(self, index: int, values: Values, glide_s: float | None) -> None:
        self._point.move_dimension(index, float(values[0]), glide_s)

    def _set_axis(self, name: str, values: Values, glide_s: float | None) -> None:
        value, *own_s = map(float, values)
        self._point.move_axis(name, value, own_s[0] if own_s else glide_s)

    def _go_to_place(self, values: Values, glide_s: float | None) -> None:
        self._place = values
        self._point.move(self._corpus.at(*map(float, values)), glide_s)

    def _go_to_landmark(self, values: Values, glide_s: float | None) -> None:
        index, *own_s = values
        glide_s = float(own_s[0]) if own_s else glide_s
        self._point.move(self._corpus.latents[int(index)], glide_s)

    def _check_landmark(self, address: str, values: Values) -> None:
        last = len(self._corpus.latents) - 1
        if address == "/corpus/goto" and int(values[0]) > last:
            raise CommandError(
                f"/corpus/goto {values[0]}: this model's landmarks are 0 to {last}", "not-found"
            )

    def _reseed(self, values: Values, _: float | None) -> None:
        drift, walk, jitter = map(
            np.random.default_rng, np.random.SeedSequence(int(values[0])).spawn(3)
        )
        self._point.reseed(drift)
        self._motion.reseed(walk)
        self._jitter_rng = jitter

    def _set_value(self, path: str, values: Values, glide_s: float | None) -> None:
        self._values[path] = values
        if glide_s and self._addresses[path].continuous:
            start, end = (tuple(map(float, ends)) for ends in (self._now[path], values))
            self._glides.start(path, start, end, round(glide_s * self._frames_per_second))
        else:
            self._glides.stop(path)
            self._move_value(path, values)

    def _move_value(self, path: str, values: Values) -> None:
        self._now[path] = values
        self._changed = True
        number = float(values[0])
        match path:
            case "/glide":
                self._point.glide_s = number
            case "/drift" if number > 0:
                self._point.drift = number
            case "/drift":
                self._point.stop_drifting()
            case "/walk":
                self._motion.walk = number
            case "/freeze":
                self._heads.frozen = number > 0
            case "/speed":
                self._heads.speed = number
            case "/loop":
                self._heads.set_region(number, float(values[1]))
            case "/pitch":
                self._shift.pitch = number
            case "/formant":
                self._shift.formant = number
            case "/formant/keep":
                self._shift.keep = number > 0
            case "/gain":
                self._output.gain = 10.0 ** (number / 20.0)
            case "/play" | "/mute":
                self._output.open = self._playing and self._values["/mute"] == (0,)
            case _ if path.startswith("/lfo/"):
                self._motion.oscillate(path.removeprefix("/lfo/"), number, float(values[1]))
            case _:  # /follow, /jitter and /spread are read where they are used
                pass

    def _panic(self, values: Values, _: float | None) -> None:
        if values != (0,):
            self._set_value("/play", (0,), None)


def _spread_directions(rng: np.random.Generator, channels: int, latent: int) -> list[Float64]:
    """One direction a channel, unit variance a coordinate, summing to zero; none for mono."""
    directions = rng.standard_normal((channels, latent))
    directions -= directions.mean(axis=0)
    return list(directions / np.sqrt(max(1.0 - 1.0 / channels, 0.5)))
