"""The instrument without its edges: commands go in, samples come out.

Time is the count of samples rendered. Everything happens at the start of a hop: commands that are
due take effect, values glide, models fade; each model's latent moves, its decoded chunks are taken
over and its heads are read; models that are alike are mixed, one synthesiser a channel turns the
mixture into a hop of samples, and the output stage finishes it. The same bundles, seed and commands
give the same samples, bit for bit, whatever the size of the blocks that are asked for.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import cast

import numpy as np

from distill_live.addresses import (
    INTERNAL,
    MAX_CHANNELS,
    Address,
    Command,
    Curve,
    Values,
    coerce,
    instantiate,
    unknown_address,
)
from distill_live.bundle import Bundle
from distill_live.engine.decoder import ChunkSwap, Decoder
from distill_live.engine.event_queue import EventQueue
from distill_live.engine.gesture_player import GesturePlayer
from distill_live.engine.macros import Macros
from distill_live.engine.model_mixer import ModelMixer, sequence_of
from distill_live.engine.output import Meters, OutputStage
from distill_live.engine.parameters import PLACES, Parameters
from distill_live.engine.slot import Slot
from distill_live.engine.state import commands_of
from distill_live.engine.synthesis_group import Part
from distill_live.errors import CommandError, ConfigurationError
from distill_live.spectrogram import Float32

LONGEST_GLIDE_S = 86400.0
"""A morph may take as long as the longest render."""

OF_THE_LEADING = ("/latent", "/corpus/")
"""Places that mean nothing to another model."""

VARIATION = ("/jitter", "/spread")
"""What makes heads and channels differ from the point."""


class Engine:
    """Plays a bundle, and up to three others beside it.

    Parameters
    ----------
    bundle
        The first model.
    channels
        Output channels, 1 to 16.
    seed
        Decides everything random, 0 or more: where it starts, jitter, spread, drift, loose phases.
    decoder
        Where its chunks come from; None decodes within `render` (offline). The engine closes it.
    on_chunk_swap
        Told of every chunk that is taken over, but for the first sound's, which follow from the
        commands. With these, the commands and the models as a log, `ReplayDecoder` plays the same
        again.
    on_gone
        Given each model that has faded away, to be closed by `Slot.close`, which may take a while;
        None closes it at once.
    slot
        Where the first model is, 1 to 4; its weight is 1.
    sample_rate_hz, hop_samples
        Of the output; None for those of `bundle`.
    solo
        The one slot that is heard, of all that are played; None for all.

    Attributes
    ----------
    sample_rate_hz, channels, hop_samples : int
    time_samples : int
        Samples rendered so far.
    next_hop_samples : int
        Engine time at which the next hop starts: when a command without a time takes effect.
    latency_samples : int
        From the first sample of a hop to where the centre of its frame is heard, of the first
        model.
    addresses : Mapping
        What can be said to the models that are there: the leading one's latent, and all their axes.

    Raises
    ------
    ConfigurationError
        If `channels`, `seed` or `slot` is out of range.
    """

    def __init__(
        self,
        bundle: Bundle,
        *,
        channels: int = 2,
        seed: int = 0,
        decoder: Decoder | None = None,
        on_chunk_swap: Callable[[ChunkSwap], None] | None = None,
        on_gone: Callable[[Slot], None] | None = None,
        slot: int = 1,
        sample_rate_hz: int | None = None,
        hop_samples: int | None = None,
        solo: int | None = None,
    ) -> None:
        if not 1 <= channels <= MAX_CHANNELS:
            raise ConfigurationError(f"channels is {channels}; it must lie in 1 to {MAX_CHANNELS}")
        if seed < 0:
            raise ConfigurationError(f"seed is {seed}; it must be 0 or more")
        self.sample_rate_hz = sample_rate_hz or bundle.settings.sample_rate_hz
        self.hop_samples = hop_samples or bundle.settings.hop_samples
        self.channels = channels
        self.time_samples = 0
        self._frames_per_second = self.sample_rate_hz / self.hop_samples

        self._output = OutputStage(self.hop_samples, channels, self.sample_rate_hz)
        self._ensemble = ModelMixer(
            self.sample_rate_hz, self.hop_samples, channels, seed, on_chunk_swap, on_gone, solo
        )
        self.addresses: Mapping[str, Address] = {}
        self._parameters = Parameters(self._frames_per_second, self._move_value)
        self._macros = Macros()
        self._gesture = GesturePlayer(self.sample_rate_hz, self.hop_samples)
        self._agenda = EventQueue()
        self._prepared = False

        first = self.make_part(slot, bundle, decoder)
        self.latency_samples = first.voices.latency_samples + self._output.latency_samples
        self.install(first)
        self._ensemble.blend.set(slot, 1.0, None)
        self._place: Values = self.addresses["/map"].default
        self._hop = np.zeros((self.hop_samples, channels), dtype=np.float32)
        self._at_rest = False
        self._left = 0  # samples of the hop that were not asked for yet

    @property
    def slots(self) -> dict[int, Slot]:
        """The models that are there to stay, by the number of their slot, which rises."""
        return {number: part.slot for number, part in self._ensemble.blend.current.items()}

    @property
    def slot(self) -> Slot:
        """The leading model: the one in the first slot that is not empty."""
        return next(iter(self.slots.values()))

    def make_part(self, number: int, bundle: Bundle, decoder: Decoder | None = None) -> Part:
        """Get a model ready for `install`. This takes a while, and may be done in another thread.

        Parameters
        ----------
        number
            The slot that it is for, 1 to 4.
        bundle
            The model.
        decoder
            Where its chunks come from; None decodes within `render`. It is closed with the model.

        Raises
        ------
        ConfigurationError
            If there is no such slot.
        """
        return self._ensemble.make_part(number, bundle, decoder)

    def install(self, part: Part) -> None:
        """Play a model from the next hop on; what is in its slot fades, in ``/model/fade`` seconds.

        It is heard as much as its slot's weight says: in a new slot not at all, until
        ``/model/blend`` says otherwise.

        Raises
        ------
        CommandError
            With the code ``busy``, if one model in that slot still gives way to another.
        """
        self._ensemble.install(part)
        self._follow_slots()

    def unload(self, number: int) -> None:
        """Have a model fade away; its slot is empty then, and its weight 0.

        Raises
        ------
        CommandError
            If the slot is empty, or the model the last one.
        """
        self._ensemble.unload(number)
        self._follow_slots()

    def models(self) -> list[tuple[int, Bundle, float, bool]]:
        """Of each slot with a model: number, bundle, weight, and whether something fades in it."""
        return self._ensemble.models()

    def apply(self, command: Command) -> None:
        """Do what `command` says, when it is due; without a time, from the next hop on.

        What is due later and no longer fits when it is due, because other models are there, is not
        done.

        Raises
        ------
        CommandError
            If there is no such address in these models or the values do not fit; nothing changed.
        """
        command = self._checked(command)
        if command.time_samples is None or command.time_samples <= self.next_hop_samples:
            self._do_what_is_due(self.next_hop_samples)  # it came first
            self._do(command)
        else:
            self._agenda.add(command.time_samples, command)

    def value(self, address: str) -> Values:
        """What a get of `address` answers; of what glides, where it ends.

        Raises
        ------
        CommandError
            If the address has no value.
        """
        if address == "/map":
            return self._place
        if address in self._parameters.values:
            return self._parameters.values[address]
        if address not in self.addresses:
            raise unknown_address(address)
        slots = self.slots.values()
        return next(slot for slot in slots if address in slot.addresses).value(address)

    def state(self) -> tuple[Command, ...]:
        """Commands that bring a new engine of these models to what this one does now.

        What is under way goes on from where it is, for the seconds that it still has.
        """
        blend = self._ensemble.blend
        return commands_of(
            self.slots, self._place, self._parameters, blend, self._macros, self._gesture
        )

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
        """Have the decoders begin with what the next hop will want, as far as that is known now.

        Called when commands have come; between two hops it does so once, so that a flood of them
        costs one more chunk a hop. Offline it changes nothing but the order of the work.
        """
        if not (
            self._prepared or self._resting or self._parameters.gliding or self._gesture.playing
        ):
            asked = [slot.prepare() for slot in self.slots.values()]
            self._prepared = any(asked)

    def read_meters(self) -> Meters:
        """Peak, RMS and broken frames since the last call."""
        return self._output.read_meters()

    def close(self) -> None:
        """Close the decoders."""
        self._ensemble.close()

    @property
    def _resting(self) -> bool:
        return self._output.silent and not self._playing

    @property
    def _playing(self) -> bool:
        return self._parameters.values["/play"] == (1,)

    def _checked(self, command: Command) -> Command:
        addresses = self.addresses
        if command.slot is not None:
            addresses = self._ensemble.part(command.slot).slot.addresses
        address = addresses.get(command.address)
        if address is None or address.owner != "engine":
            raise unknown_address(command.address)
        glide_s = command.glide_s
        values = coerce(address, command.args).values
        if glide_s is not None and not 0 <= glide_s <= LONGEST_GLIDE_S:
            raise CommandError(
                f"{command.address}: the glide is {glide_s} s; it must lie in 0 to "
                f"{LONGEST_GLIDE_S:g}",
                "out-of-range",
            )
        return replace(command, args=values)

    def _do_what_is_due(self, time_samples: int) -> None:
        for command in self._agenda.take(time_samples):
            self._try(command)

    def _try(self, command: Command) -> None:
        """Do what a command says, unless the models that are there now know nothing of it."""
        with suppress(CommandError):
            self._do(self._checked(command))

    def _render_hop(self) -> None:
        self._left = self.hop_samples
        self._do_what_is_due(self.time_samples)
        self._play_gesture()
        self._parameters.step()
        self._prepared = False
        (fade_s,) = map(float, self._parameters.now["/model/fade"])
        self._ensemble.fade(fade_s, at_once=self._resting)
        if self._resting:
            self._rest()
            return
        self._at_rest = False
        self._output.meters.broken_frames += self._ensemble.render(
            self.time_samples, self._hop, varying=self._parameters.moving(*VARIATION)
        )
        self._output.process(self._hop)

    def _play_gesture(self) -> None:
        (speed,) = map(float, self._parameters.now["/gesture/speed"])
        loop = self._parameters.values["/gesture/loop"] == (1,)
        for command in self._gesture.step(speed, loop=loop):
            self._try(command)

    def _rest(self) -> None:
        """A hop of silence; the first one lets the output's delay run out and forgets the sound."""
        self._hop[:] = 0.0
        if not self._at_rest:
            self._at_rest = True
            self._output.process(self._hop)
            self._ensemble.reset()

    def _follow_slots(self) -> None:
        """Take the addresses of the models that are there, and have new ones be as the others."""
        axes = dict.fromkeys(name for slot in self.slots.values() for name in slot.point.axes)
        leading = self.slot
        known = instantiate(leading.point.size, axes, leading.landmarks)
        self.addresses = {**known, **INTERNAL}
        self._parameters.use(self.addresses)

    def _do(self, command: Command) -> None:
        path, values, glide_s = command.address, command.args, command.glide_s
        match path.split("/")[1:]:
            case ["seed"]:
                for number, slot in self.slots.items():
                    slot.reseed(sequence_of(int(values[0]), number))
            case ["panic"]:
                if values != (0,):
                    self._parameters.set("/play", (0,), None)
            case ["macro", "map"]:
                macro, target, start, end, curve = values
                ends = float(start), float(end)
                self._macros.map(int(macro), str(target), *ends, cast(Curve, curve))
            case ["macro", "clear"]:
                self._macros.clear(int(values[0]))
            case ["macro", macro]:
                self._parameters.values[path] = values
                for target, value in self._macros.moves(int(macro), float(values[0])):
                    self._try(Command(f"/{target}", (value,), glide_s=glide_s))
            case ["gesture", "score"]:
                self._gesture.load(*values)
            case ["gesture", "seek"]:
                self._gesture.seek(*values)
            case ["model", "blend"]:
                self._ensemble.blend.set(int(values[0]), float(values[1]), glide_s)
            case _ if path.startswith(PLACES):
                self._go(command)
            case _:
                self._parameters.set(path, values, glide_s)

    def _go(self, command: Command) -> None:
        """Move those whom a place concerns."""
        path, values = command.address, command.args
        slots = self.slots
        if command.slot is not None:
            slots = {command.slot: slots[command.slot]}
        elif path.startswith(OF_THE_LEADING):
            slots = dict([next(iter(slots.items()))])
        elif path == "/map":
            self._place = values
        for slot in slots.values():
            if path in slot.addresses:
                slot.move(path, values, command.glide_s)

    def _move_value(self, path: str, values: Values) -> None:
        self._ensemble.set(path, values)
        match path:
            case "/gain":
                self._output.gain = 10.0 ** (float(values[0]) / 20.0)
            case "/play" | "/mute":
                self._output.open = self._playing and self._parameters.values["/mute"] == (0,)
