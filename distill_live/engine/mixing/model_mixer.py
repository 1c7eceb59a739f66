"""Mix up to four models: load, install, fade and render them.

Models with equal spectrogram settings share a `SynthesisGroup`; the groups' samples are added.
"""

from collections.abc import Callable
from functools import partial

import numpy as np

from distill_live.addresses import MAX_ECONOMY, SLOTS, Values
from distill_live.bundle import Bundle
from distill_live.engine.clock import Clock
from distill_live.engine.commands.parameters import Setter, number_setter
from distill_live.engine.decoding.decoder import ChunkSwap, Decoder, InlineDecoder, Key
from distill_live.engine.mixing.blend import Blend
from distill_live.engine.mixing.synthesis_group import LoadedModel, SynthesisGroup
from distill_live.engine.slot import RANDOM_STREAMS, Slot
from distill_live.engine.voices import Voices
from distill_live.errors import CommandError, ConfigurationError
from distill_live.spectrogram import Float32, Representation


class ModelMixer:
    """Loaded models, their blend, and their synthesis groups.

    Parameters
    ----------
    sample_rate_hz, hop_samples, channels
        Of the output.
    seed
        Seed of everything random.
    clock
        The musical clock.
    on_chunk_swap, on_gone, solo
        As in `distill_live.engine.Engine`.

    Attributes
    ----------
    blend : Blend
        Weights and fades of the models.
    voices : Voices
        The notes, and the gate of the drone.
    """

    def __init__(
        self,
        sample_rate_hz: int,
        hop_samples: int,
        channels: int,
        seed: int,
        clock: Clock,
        on_chunk_swap: Callable[[ChunkSwap], None] | None,
        on_gone: Callable[[Slot], None] | None,
        solo: int | None,
    ) -> None:
        self._sample_rate_hz, self._hop_samples = sample_rate_hz, hop_samples
        self._channels, self._seed, self._clock = channels, seed, clock
        self._on_chunk_swap, self._on_gone = on_chunk_swap, on_gone or Slot.close
        self.blend = Blend(sample_rate_hz / hop_samples, solo)
        self.voices = Voices(sample_rate_hz, hop_samples, channels)
        self._groups: list[SynthesisGroup] = []
        self._economy = 0
        self._loads = dict.fromkeys(range(1, SLOTS + 1), 0)
        self._group_samples = np.zeros((hop_samples, channels), dtype=np.float32)

    @property
    def slots(self) -> dict[int, Slot]:
        """Slots that are not fading out, by number, in order."""
        return {number: model.slot for number, model in self.blend.current.items()}

    @property
    def leading(self) -> Slot:
        """The lowest slot that is not empty."""
        return next(iter(self.slots.values()))

    def load_model(self, number: int, bundle: Bundle, decoder: Decoder | None) -> LoadedModel:
        """See `distill_live.engine.Engine.load_model`."""
        if not 1 <= number <= SLOTS:
            raise ConfigurationError(f"slot is {number}; it must lie in 1 to {SLOTS}")
        *seeds, noise_seed, last = seed_sequence(self._seed, number).spawn(RANDOM_STREAMS + 1)
        streams = [np.random.default_rng(sequence) for sequence in (*seeds, last)]
        decoder = InlineDecoder(bundle) if decoder is None else decoder
        slot = Slot(bundle, decoder, self._channels, streams, self._clock)
        group = SynthesisGroup(  # its own: models with its settings may be gone at `install`
            Representation(bundle.settings, bundle.statistics),
            # one noise in all channels where their frames agree: no spread is mono
            [np.random.default_rng(noise_seed) for _ in range(self._channels)],
            self._sample_rate_hz,
            self._hop_samples,
        )
        return LoadedModel(number, bundle, slot, group)

    def install(self, model: LoadedModel) -> None:
        """See `distill_live.engine.Engine.install`."""
        if self.blend.fading(model.number):
            raise CommandError(
                f"the model that was in slot {model.number} is still fading; wait, or send a "
                "shorter /model/fade",
                "busy",
            )
        model.slot.economy = self._economy
        model.load = self._loads[model.number]
        self._loads[model.number] += 1
        alike = [group for group in self._groups if group.settings == model.bundle.settings]
        if alike:
            (model.group,) = alike
        else:
            self._groups.append(model.group)
        self.blend.add(model)

    def unload(self, number: int) -> None:
        """See `distill_live.engine.Engine.unload`."""
        self.model(number)
        if len(self.blend.current) == 1:
            raise CommandError(
                f"slot {number} holds the last model; load another one first", "forbidden"
            )
        self.blend.remove(number)

    def models(self) -> list[tuple[int, Bundle, float, bool]]:
        """Number, bundle, weight and whether something fades in it, of each slot with a model."""
        return [
            (number, model.bundle, self.blend.weight(number), self.blend.changing(number))
            for number, model in self.blend.current.items()
        ]

    def model(self, number: int) -> LoadedModel:
        """The model of a slot that is not fading out.

        Raises
        ------
        CommandError
            With the code ``not-found``, if there is none.
        """
        try:
            return self.blend.current[number]
        except KeyError:
            raise CommandError(f"slot {number} is empty; load a model first", "not-found") from None

    def setters(self) -> dict[str, Setter]:
        """Setters of the parameters that the current models have."""
        slot_paths = {path for slot in self.slots.values() for path in slot.setters}
        group_paths = {path for group in self._groups for path in group.setters}
        return {
            "/model/fade": number_setter(self.blend, "fade_s"),
            **self.voices.setters(),
            **{path: partial(self._set_slots, path) for path in slot_paths},
            **{path: partial(self._set_groups, path) for path in group_paths},
        }

    def refresh(self, path: str) -> None:
        """Have the slots compare their chunks with what is wanted, after a parameter changed."""
        for model in self.blend.models:
            if path in model.slot.addresses:
                model.slot.refresh()

    def economise(self, level: int) -> None:
        """Set what all slots save, those that are installed later included (`Slot.economy`).

        At `MAX_ECONOMY` fewer notes sound together, too (`Voices.save`).
        """
        self._economy = level
        self.voices.save(level >= MAX_ECONOMY)
        for model in self.blend.models:
            model.slot.economy = level
            model.slot.refresh()

    def reseed(self, seed: int) -> None:
        """Restart the random streams of all slots."""
        for number, slot in self.slots.items():
            slot.reseed(seed_sequence(seed, number))

    def fade(self, *, at_once: bool) -> None:
        """Advance weights and fades by a hop, or to their ends; release models that faded out.

        A group without models is kept until the overlap of its last frames is rendered.
        """
        for model in self.blend.step(at_once=at_once):
            self._on_gone(model.slot)
        used = {model.group for model in self.blend.models}
        if len(used) < len(self._groups):
            self._groups = [
                group for group in self._groups if group in used or not (at_once or group.silent)
            ]

    def render(self, time_samples: int, out: Float32, *, varying: bool) -> int:
        """Advance all models by a hop and render their sum.

        Parameters
        ----------
        time_samples
            Engine time at the start of the hop.
        out
            ``(hop_samples, channels)``, filled.
        varying
            Whether jitter or spread is on a ramp.

        Returns
        -------
        int
            Broken frames in the chunks that arrived.
        """
        broken_frames = 0

        def step(model: LoadedModel, time_samples: int) -> None:
            def on_chunk_swap(key: Key, request: int) -> None:
                if self._on_chunk_swap is not None:
                    swap = ChunkSwap(time_samples, *key, request, model.number, model.load)
                    self._on_chunk_swap(swap)

            nonlocal broken_frames
            model.slot.request_notes(self.voices, leads=model.lead > 0)
            broken_frames += model.slot.step(
                time_samples,
                varying=varying,
                wait=not self.blend.started,
                on_chunk_swap=on_chunk_swap,
            )

        self.voices.step(time_samples)
        self._set_lead()
        for index, group in enumerate(self._groups):
            models = [model for model in self.blend.models if model.group is group]
            into = self._group_samples if index else out
            group.render(models, step, self.voices, time_samples, into)
            if index:
                out += into
        self.voices.mix(self.leading.spread, out)
        self.blend.started = True
        return broken_frames

    def _set_lead(self) -> None:
        """Share what only the leading slot plays among the models that fade in it."""
        number = next(iter(self.blend.current))
        total = 0.0
        for model in self.blend.models:
            model.lead = model.level if model.number == number and model.share > 0 else 0.0
            total += model.lead
        for model in self.blend.models:
            model.lead /= total or 1.0

    def reset(self) -> None:
        """Reset the synthesis to silence."""
        for group in self._groups:
            group.reset()

    def close(self) -> None:
        """Close the decoders."""
        for model in self.blend.models:
            model.slot.close()

    def _set_slots(self, path: str, values: Values) -> None:
        for model in self.blend.models:  # those that fade out included
            if path in model.slot.setters:
                model.slot.setters[path](values)

    def _set_groups(self, path: str, values: Values) -> None:
        for group in self._groups:
            group.setters[path](values)


def seed_sequence(seed: int, number: int) -> np.random.SeedSequence:
    """Seed sequence of the slot with this number."""
    return np.random.SeedSequence(seed, spawn_key=() if number == 1 else (number,))
