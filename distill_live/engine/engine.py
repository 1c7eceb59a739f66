"""The engine: commands in, samples out, hop by hop, without I/O.

Time is the count of samples rendered. Everything happens at the start of a hop: due commands are
executed and ramps advance (`command_processor`); models fade, their latents move, decoded chunks
are swapped in and read (`model_mixer`); each group of models with equal settings is synthesised;
the output stage finishes the hop. The same bundles, seed and commands give the same samples, bit
for bit, whatever the block size.
"""

from collections.abc import Callable, Mapping

import numpy as np

from distill_live.addresses import MAX_CHANNELS, Address, Command, Values
from distill_live.bundle import Bundle
from distill_live.engine.clock import Clock
from distill_live.engine.commands.command_processor import CommandProcessor
from distill_live.engine.decoding.decoder import ChunkSwap, Decoder
from distill_live.engine.mixing.model_mixer import ModelMixer
from distill_live.engine.mixing.output import Meters, OutputStage
from distill_live.engine.mixing.synthesis_group import LoadedModel
from distill_live.engine.slot import Slot
from distill_live.errors import ConfigurationError
from distill_live.input import Features
from distill_live.input.encoder import ENCODE_HOPS
from distill_live.input.features import HOP_SAMPLES, LEVEL_SAMPLES
from distill_live.spectrogram import Float32


class Engine:
    """Plays a bundle, and up to three others beside it.

    Parameters
    ----------
    bundle
        The first model.
    channels
        Number of output channels, 1 to 16.
    seed
        Seed of everything random, 0 or more: first landmark, jitter, spread, drift, noise phases.
    decoder
        Source of the first model's chunks, closed by the engine; None decodes within `render`
        (offline).
    on_chunk_swap
        Called with every chunk swap but those of the first sound, which follow from the commands.
        With these, the commands and the models as a log, `ReplayDecoder` plays the same again.
    on_gone
        Called with each slot that has faded out, to be closed by `Slot.close`, which may block;
        None closes it at once.
    slot
        Slot number of the first model, 1 to 4; its weight is 1.
    sample_rate_hz, hop_samples
        Of the output; None for those of `bundle`.
    solo
        Number of the only slot that is audible; None for all.

    Attributes
    ----------
    sample_rate_hz, channels, hop_samples : int
    time_samples : int
        Samples rendered so far.
    clock : Clock
        The musical clock; set by commands.
    latency_samples : int
        From the first sample of a hop to the centre of its frame in the output, of the first model.
    synthesis_latency_samples : int
        The same without the output stage, which the dry input passes, too.
    dry_delay_samples : int
        From a sample of the input to the same in the hop that ``/input/thru`` adds it to: as late,
        on average, as what the level of the input moves.
    note_latency_samples : int
        From the time of a note to its first sample in the output.
    follow_latency_samples : int
        From a sound of the input to the same in the output, with ``/input/follow`` 1, if latents
        come `ENCODE_HOPS` apart and encoding takes no time.

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
        rate_hz = self.sample_rate_hz = sample_rate_hz or bundle.settings.sample_rate_hz
        hop = self.hop_samples = hop_samples or bundle.settings.hop_samples
        self.channels = channels
        self.time_samples = 0
        self._output = OutputStage(hop, channels, rate_hz)
        clock = self.clock = Clock(rate_hz)
        self._mixer = ModelMixer(rate_hz, hop, channels, seed, clock, on_chunk_swap, on_gone, solo)
        self._processor = CommandProcessor(rate_hz, hop, clock, self._mixer, self._output)
        self._prepared = False
        first = self.load_model(slot, bundle, decoder)
        self.synthesis_latency_samples = first.group.latency_samples
        self.latency_samples = self.synthesis_latency_samples + self._output.latency_samples
        waited_samples = (LEVEL_SAMPLES + HOP_SAMPLES + hop) // 2
        self.dry_delay_samples = self.synthesis_latency_samples + waited_samples
        self.note_latency_samples = hop + self._output.latency_samples
        settings = bundle.settings
        self.follow_latency_samples = (
            settings.n_fft // 2 + ENCODE_HOPS * settings.hop_samples + self.latency_samples
        )
        self.install(first)
        self._mixer.blend.set(slot, 1.0, None)
        self._hop = np.zeros((hop, channels), dtype=np.float32)
        self._at_rest = False
        self._left = 0  # samples of the hop that are not rendered yet

    def hear(self, dry_input: Callable[[Float32], None]) -> None:
        """Set the source of the dry input that ``/input/thru`` adds, see `OutputStage.dry_input`.

        It is not part of what commands determine: a replay is without it.
        """
        self._output.dry_input = dry_input

    @property
    def addresses(self) -> Mapping[str, Address]:
        """Addresses of the current models: the leading one's latent, and the axes of all."""
        return self._processor.addresses

    @property
    def slots(self) -> dict[int, Slot]:
        """Slots that are not fading out, by number, in order."""
        return self._mixer.slots

    @property
    def slot(self) -> Slot:
        """The leading model: the one in the lowest slot."""
        return self._mixer.leading

    def load_model(
        self, number: int, bundle: Bundle, decoder: Decoder | None = None
    ) -> LoadedModel:
        """Prepare a model for `install`. Slow; safe in another thread.

        Parameters
        ----------
        number
            Slot number, 1 to 4.
        bundle
            The model.
        decoder
            Source of its chunks, closed with the model; None decodes within `render`.

        Raises
        ------
        ConfigurationError
            If there is no such slot.
        """
        return self._mixer.load_model(number, bundle, decoder)

    def install(self, model: LoadedModel) -> None:
        """Play a model from the next hop on; cross-fade from its predecessor in ``/model/fade``.

        Its level is its slot's weight: 0 in a new slot, until ``/model/blend`` raises it.

        Raises
        ------
        CommandError
            With the code ``busy``, if another model is still fading out in that slot.
        """
        self._mixer.install(model)
        self._processor.bind()

    def unload(self, number: int) -> None:
        """Fade a model out; its slot is empty then, with weight 0.

        Raises
        ------
        CommandError
            If the slot is empty, or the model the last one.
        """
        self._mixer.unload(number)
        self._processor.bind()

    def models(self) -> list[tuple[int, Bundle, float, bool]]:
        """Number, bundle, weight and whether something fades in it, of each slot with a model."""
        return self._mixer.models()

    def apply(self, command: Command) -> None:
        """Execute a command when it is due; without a time, in the next hop.

        A command that is due later and by then no longer fits the models is dropped.

        Raises
        ------
        CommandError
            If these models have no such address or the values do not fit; nothing changed.
        """
        self._processor.apply(command, self.next_hop_samples)

    def value(self, address: str) -> Values:
        """Target value of an address; of ``/macro/map`` and ``/input/map`` their number of changes.

        Raises
        ------
        CommandError
            If the address has no value.
        """
        return self._processor.value(address)

    def state(self) -> tuple[Command, ...]:
        """Commands that bring a new engine of these models to this state, moves included."""
        return self._processor.state()

    def leading_state(self) -> tuple[Command, ...]:
        """Commands of `state` without those to single other models, of which presets are made.

        ``/map``, which moves every model, is among them only if the leading one is there.
        """
        leading, on_map = next(iter(self.slots)), self.slot.navigator.is_at(self.value("/map"))
        return tuple(
            command
            for command in self.state()
            if command.slot in (None, leading) and (on_map or command.address != "/map")
        )

    @property
    def waiting(self) -> tuple[Command, ...]:
        """Commands that wait for a beat, which `state` does not contain; notes are left out."""
        return self._processor.waiting

    @property
    def gesture(self) -> int:
        """Number of the gesture score that plays; 0 if none does."""
        return self._processor.gestures.playing

    @property
    def next_hop_samples(self) -> int:
        """Engine time of the next hop, when a command without a time takes effect."""
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
        """Request the chunks of the next hop early, if they are known already.

        To be called after commands. It acts once a hop, so that a flood of commands costs one more
        chunk a hop. Offline it only changes the order of the work.
        """
        if self._processor.idle and not (self._prepared or self._resting):
            requested = [slot.prepare() for slot in self.slots.values()]
            self._prepared = any(requested)

    @property
    def axis_values(self) -> list[float]:
        """Value of each axis as it sounds, in the order of `addresses`."""
        values: dict[str, float] = {}
        for slot in self.slots.values():
            for name in slot.point.axes:
                if name not in values:
                    values[name] = slot.navigator.axis_value(name)
        return list(values.values())

    @property
    def heard(self) -> Features:
        """Newest features of the input, with its gain."""
        return self._processor.input.heard

    def read_meters(self) -> Meters:
        """Peak, RMS and broken frames since the last call."""
        return self._output.read_meters()

    def close(self) -> None:
        """Close the decoders."""
        self._mixer.close()
        self._output.dry_input = None  # which may refer to this engine

    @property
    def _resting(self) -> bool:
        return self._output.silent and not self._output.playing

    def _render_hop(self) -> None:
        self._left = self.hop_samples
        self._processor.run_due(self.time_samples)
        self._processor.step(self.time_samples)
        self._prepared = False
        self._mixer.fade(at_once=self._resting)
        if self._resting:
            self._rest()
            return
        self._at_rest = False
        self._output.meters.broken_frames += self._mixer.render(
            self.time_samples, self._hop, varying=self._processor.varying
        )
        self._output.process(self._hop)

    def _rest(self) -> None:
        """Render a hop of silence; the first one drains the output's delay and resets synthesis."""
        self._mixer.voices.rest(self.time_samples)
        self._hop[:] = 0.0
        if not self._at_rest:
            self._at_rest = True
            self._output.process(self._hop)
            self._mixer.reset()
