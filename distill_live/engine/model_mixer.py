"""The models that are played together: how they come and go, and what sounds of them all.

It knows parts, their mixture and what makes it sound. It knows nothing of commands, but for the
values that all parts share.
"""

from collections.abc import Callable

import numpy as np

from distill_live.addresses import SLOTS, Values
from distill_live.bundle import Bundle
from distill_live.engine.blend import Blend
from distill_live.engine.decoder import ChunkSwap, Decoder, InlineDecoder, Key
from distill_live.engine.slot import RANDOM_STREAMS, Slot
from distill_live.engine.synthesis_group import Part, SynthesisGroup
from distill_live.errors import CommandError, ConfigurationError
from distill_live.spectrogram import Float32, Representation


class ModelMixer:
    """Parts, and the voices that they sound with.

    Parameters
    ----------
    sample_rate_hz, hop_samples, channels
        Of the output.
    seed
        Decides everything random.
    on_chunk_swap, on_gone, solo
        As in `distill_live.engine.Engine`.

    Attributes
    ----------
    blend : Blend
        How much of each part is heard.
    """

    def __init__(
        self,
        sample_rate_hz: int,
        hop_samples: int,
        channels: int,
        seed: int,
        on_chunk_swap: Callable[[ChunkSwap], None] | None,
        on_gone: Callable[[Slot], None] | None,
        solo: int | None,
    ) -> None:
        self._sample_rate_hz, self._hop_samples = sample_rate_hz, hop_samples
        self._channels, self._seed = channels, seed
        self._on_chunk_swap, self._on_gone = on_chunk_swap, on_gone or Slot.close
        self.blend = Blend(sample_rate_hz / hop_samples, solo)
        self._voices: list[SynthesisGroup] = []
        self._loads = dict.fromkeys(range(1, SLOTS + 1), 0)
        self._beside = np.zeros((hop_samples, channels), dtype=np.float32)

    def make_part(self, number: int, bundle: Bundle, decoder: Decoder | None) -> Part:
        """As `distill_live.engine.Engine.make_part`."""
        if not 1 <= number <= SLOTS:
            raise ConfigurationError(f"slot is {number}; it must lie in 1 to {SLOTS}")
        *seeds, loose = sequence_of(self._seed, number).spawn(RANDOM_STREAMS + 1)
        streams = [np.random.default_rng(sequence) for sequence in seeds]
        decoder = InlineDecoder(bundle) if decoder is None else decoder
        slot = Slot(bundle, decoder, self._channels, streams)
        voices = SynthesisGroup(  # its own, since who sounds alike now may be gone when it comes
            Representation(bundle.settings, bundle.statistics),
            # noise is one in all channels, as far as these are one: no spread is mono
            [np.random.default_rng(loose) for _ in range(self._channels)],
            self._sample_rate_hz,
            self._hop_samples,
        )
        return Part(number, bundle, slot, voices)

    def install(self, part: Part) -> None:
        """As `distill_live.engine.Engine.install`."""
        number = part.number
        if self.blend.fading(number):
            raise CommandError(
                f"the model that was in slot {number} is still fading; wait, or send a shorter "
                "/model/fade",
                "busy",
            )
        part.load = self._loads[part.number]
        self._loads[part.number] += 1
        alike = [one for one in self._voices if one.settings == part.bundle.settings]
        if alike:
            (part.voices,) = alike
        else:
            self._voices.append(part.voices)
        self.blend.add(part)

    def unload(self, number: int) -> None:
        """As `distill_live.engine.Engine.unload`."""
        self.part(number)
        if len(self.blend.current) == 1:
            raise CommandError(
                f"slot {number} holds the last model; load another one first", "forbidden"
            )
        self.blend.remove(number)

    def models(self) -> list[tuple[int, Bundle, float, bool]]:
        """Of each slot with a model: number, bundle, weight, and whether something fades in it."""
        return [
            (number, part.bundle, self.blend.weight(number), self.blend.changing(number))
            for number, part in self.blend.current.items()
        ]

    def part(self, number: int) -> Part:
        """The part that is in a slot to stay.

        Raises
        ------
        CommandError
            With the code ``not-found``.
        """
        try:
            return self.blend.current[number]
        except KeyError:
            raise CommandError(f"slot {number} is empty; load a model first", "not-found") from None

    def set(self, address: str, values: Values) -> None:
        """Have a value that all share be so."""
        for part in self.blend.parts:
            part.slot.set(address, values)
        for voices in self._voices:
            voices.set(address, float(values[0]))

    def fade(self, fade_s: float, *, at_once: bool) -> None:
        """Advance weights and fades by a hop, or to their ends; who is gone is given away."""
        gone = self.blend.step(fade_s, at_once=at_once)
        for part in gone:
            self._on_gone(part.slot)
        if gone:
            used = [part.voices for part in self.blend.parts]
            self._voices = [voices for voices in self._voices if voices in used]

    def render(self, time_samples: int, out: Float32, *, varying: bool) -> int:
        """Advance all parts by a hop, and sound.

        Parameters
        ----------
        time_samples
            Engine time at the hop's start.
        out
            ``(hop_samples, channels)``, filled.
        varying
            Whether jitter or spread are on their way.

        Returns
        -------
        int
            Broken frames in the chunks that came.
        """
        broken_frames = 0

        def step(part: Part, time_samples: int) -> None:
            def on_chunk_swap(key: Key, request: int) -> None:
                if self._on_chunk_swap is not None:
                    one = ChunkSwap(time_samples, *key, request, part.number, part.load)
                    self._on_chunk_swap(one)

            nonlocal broken_frames
            broken_frames += part.slot.step(
                time_samples,
                varying=varying,
                wait=not self.blend.begun,
                on_chunk_swap=on_chunk_swap,
            )

        for index, voices in enumerate(self._voices):
            parts = [part for part in self.blend.parts if part.voices is voices]
            into = self._beside if index else out
            voices.render(parts, step, time_samples, into)
            if index:
                out += into
        self.blend.begun = True
        return broken_frames

    def reset(self) -> None:
        """Forget what has sounded."""
        for voices in self._voices:
            voices.reset()

    def close(self) -> None:
        """Close the decoders."""
        for part in self.blend.parts:
            part.slot.close()


def sequence_of(seed: int, number: int) -> np.random.SeedSequence:
    """Where what is random in a slot comes from."""
    return np.random.SeedSequence(seed, spawn_key=() if number == 1 else (number,))
