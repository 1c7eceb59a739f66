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

from distill_live.addresses import INTERNAL, MACROS, Curve, Values, coerce
from distill_live.bundle import Bundle
from distill_live.engine.commands import Command
from distill_live.engine.decoder import Decoder, InlineDecoder, TakeOver
from distill_live.engine.gesture_player import GesturePlayer
from distill_live.engine.glides import Glides
from distill_live.engine.macros import Macros
from distill_live.engine.output import Meters, OutputStage
from distill_live.engine.slot import RANDOM_STREAMS, Slot
from distill_live.errors import CommandError, ConfigurationError
from distill_live.spectrogram import Float32, Representation
from distill_live.synthesis import Shift, Synthesizer

MOST_CHANNELS = 16

TINY_POWER = 1e-14
"""Band power under which a band has no frequency of its own."""

PLACES = ("/latent", "/axis/", "/map", "/corpus/", "/position")
"""What says where in the model or in its chunks it is; all else has a value of its own."""

VARIATION = ("/jitter", "/spread")
"""What makes heads and channels differ from the point."""

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
    slot : Slot
        The model that plays.

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

        seeds = np.random.SeedSequence(seed).spawn(RANDOM_STREAMS + channels)
        streams = [np.random.default_rng(sequence) for sequence in seeds]
        representation = Representation(settings, bundle.statistics)
        self._synthesizers = [Synthesizer(representation, rng) for rng in streams[RANDOM_STREAMS:]]
        self._shift = Shift(representation)
        self._output = OutputStage(settings.hop_samples, channels, settings.sample_rate_hz)
        self.latency_samples = self._synthesizers[0].latency_samples + self._output.latency_samples
        decoder = InlineDecoder(bundle) if decoder is None else decoder
        self.slot = Slot(bundle, decoder, channels, streams[:RANDOM_STREAMS])

        self._addresses = {**self.slot.addresses, **INTERNAL}
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
        self._gesture = GesturePlayer(settings.sample_rate_hz, settings.hop_samples)
        self._frames_per_second = settings.frames_per_second
        self._setters = self._make_setters()
        for path, values in self._values.items():
            self._setters[path](values, None)

        self._due: list[tuple[int, int, Command]] = []  # time, order of arrival, what
        self._arrivals = 0
        self._on_take_over = on_take_over
        self._prepared = False

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
        values = self._checked(command.address, command.args)
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
        if address == "/map":
            return self._place
        if address in self._values:
            return self._values[address]
        return self.slot.value(address)

    def state(self) -> tuple[Command, ...]:
        """Commands that bring a new engine of this bundle to what this one does now."""
        still = (Command("/drift", (0.0,)), Command("/glide", (0.0,)))
        place = Command("/latent", self.value("/latent"))
        position = Command("/position", self.value("/position"))
        values = (Command(path, args) for path, args in self._values.items())
        # after the values, so that a macro's moves nothing
        mappings = (Command("/macro/map", args) for args in self._macros.mappings())
        gesture = (Command(path, args) for path, args in self._gesture.state())
        return (*still, place, position, *values, *mappings, *gesture)

    @property
    def gesture(self) -> int:
        """The number of the gesture that plays, as it came with its score; 0 if none does."""
        return self._gesture.playing

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
        if not (self._prepared or self._resting or self._glides or self._gesture.playing):
            self._prepared = self.slot.prepare()

    def read_meters(self) -> Meters:
        """Peak, RMS and broken frames since the last call."""
        return self._output.read_meters()

    def close(self) -> None:
        """Close the decoder."""
        self.slot.close()

    @property
    def _resting(self) -> bool:
        return self._output.silent and not self._playing

    def _checked(self, path: str, args: Values) -> Values:
        address = self._addresses.get(path)
        if address is None or address.owner != "engine":
            raise CommandError(f"{path}: no such address", "unknown-address")
        return coerce(address, args).values

    def _do_what_is_due(self, time_samples: int) -> None:
        while self._due and self._due[0][0] <= time_samples:
            _, _, command = heapq.heappop(self._due)
            self._setters[command.address](command.args, command.glide_s)

    def _render_hop(self) -> None:
        self._left = self.hop_samples
        self._do_what_is_due(self.time_samples)
        self._play_gesture()
        for path, values in self._glides.step():
            self._move_value(path, values)
        self._prepared = False
        if self._resting:
            self._rest()
            return
        self._at_rest = False
        self._output.meters.broken_frames += self.slot.step(
            self.time_samples,
            varying=self._glides.moving(*VARIATION),
            on_take_over=self._on_take_over,
        )
        self._shift.step()
        for channel, synthesizer in enumerate(self._synthesizers):
            self.slot.read(channel, self._frames)
            np.copyto(self._power, self._frames[:, 0])
            self._frequency[:] = self._centres
            np.divide(
                self._frames[:, 1], self._power, out=self._frequency, where=self._power > TINY_POWER
            )
            frames = self._power, self._frequency
            synthesizer.step(*self._shift.move(*frames), self._samples)
            self._hop[:, channel] = self._samples
        self._output.process(self._hop)

    def _play_gesture(self) -> None:
        (speed,) = self._now["/gesture/speed"]
        for path, args, glide_s in self._gesture.step(
            float(speed), loop=self._values["/gesture/loop"] == (1,)
        ):
            try:
                values = self._checked(path, args)
            except CommandError:  # what this model has not
                continue
            self._setters[path](values, glide_s)

    def _rest(self) -> None:
        """A hop of silence; the first one lets the output's delay run out and forgets the sound."""
        self._hop[:] = 0.0
        if not self._at_rest:
            self._at_rest = True
            self._output.process(self._hop)
            self._shift.reset()
            for synthesizer in self._synthesizers:
                synthesizer.reset()

    @property
    def _playing(self) -> bool:
        return self._values["/play"] == (1,)

    def _make_setters(self) -> dict[str, Setter]:
        """What each address of this model does with its values."""
        setters: dict[str, Setter] = {
            path: partial(self.slot.move, path)
            for path in self._addresses
            if path.startswith(PLACES)
        }
        for path in self._values:
            setters[path] = partial(self._set_value, path)
        for macro in range(1, MACROS + 1):
            setters[f"/macro/{macro}"] = partial(self._move_macro, macro)
        return setters | {
            "/map": self._go_to_place,
            "/seed": lambda values, _: self.slot.reseed(np.random.SeedSequence(int(values[0]))),
            "/panic": self._panic,
            "/macro/map": self._map_macro,
            "/macro/clear": lambda values, _: self._macros.clear(int(values[0])),
            "/gesture/score": lambda values, _: self._gesture.load(*values),
            "/gesture/seek": lambda values, _: self._gesture.seek(*values),
        }

    def _move_macro(self, macro: int, values: Values, glide_s: float | None) -> None:
        self._values[f"/macro/{macro}"] = values
        for target, value in self._macros.moves(macro, float(values[0])):
            clipped = coerce(self._addresses[f"/{target}"], (value,)).values
            self._setters[f"/{target}"](clipped, glide_s)

    def _map_macro(self, values: Values, _: float | None) -> None:
        macro, target, start, end, curve = values
        self._macros.map(int(macro), str(target), float(start), float(end), cast(Curve, curve))

    def _go_to_place(self, values: Values, glide_s: float | None) -> None:
        self._place = values
        self.slot.move("/map", values, glide_s)

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
        self.slot.set(path, values)
        number = float(values[0])
        match path:
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

    def _panic(self, values: Values, _: float | None) -> None:
        if values != (0,):
            self._set_value("/play", (0,), None)
