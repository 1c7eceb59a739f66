"""From the frames of models with equal settings to samples: one synthesiser a channel.

Models whose spectrograms are alike are mixed before they sound: band power by the share that each
has of it, frequency as the mean weighted by power. A share is of power, so it is the square of a
gain. Where hop or rate are not the output's, hops wait in a line that starts a hop as late as it
can, and a polyphase filter changes the rate.

It knows nothing of what gives a part its share, nor of what moves it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from distill_live.bundle import Bundle
from distill_live.engine.resampling import Resampler
from distill_live.engine.slot import Slot
from distill_live.spectrogram import Float32, Representation
from distill_live.synthesis import Shift, Synthesizer

TINY_POWER = 1e-14
"""Band power under which a band has no frequency of its own."""


@dataclass(eq=False)
class Part:
    """A model that is being played, and how much of it is heard.

    Attributes
    ----------
    number
        Of the slot, from 1.
    bundle
        The model.
    slot, voices
        What gives its frames, and what makes them sound.
    presence
        0..1: how far it has come, or is still there.
    leaving
        Whether it gives way.
    share
        Of the mixture's power in this hop, 0..1.
    load
        How many models had been in the slot before.
    """

    number: int
    bundle: Bundle
    slot: Slot
    voices: "SynthesisGroup"
    presence: float = 1.0
    leaving: bool = False
    share: float = 0.0
    load: int = 0


Step = Callable[[Part, int], None]
"""Advances a part by a hop of its own, which begins at an engine time."""


class SynthesisGroup:
    """Makes the frames of parts with equal settings sound.

    Parameters
    ----------
    representation
        Of one of them.
    rngs
        Of loose phases, one a channel.
    sample_rate_hz, hop_samples
        Of the output.

    Attributes
    ----------
    settings : SpectrogramSettings
    shift : Shift
        Pitch and formants.
    latency_samples : int
        From the first sample of a hop to where the centre of its frame is heard, at its own rate.
    """

    def __init__(
        self,
        representation: Representation,
        rngs: Sequence[np.random.Generator],
        sample_rate_hz: int,
        hop_samples: int,
    ) -> None:
        settings = self.settings = representation.settings
        self._synthesizers = [Synthesizer(representation, rng) for rng in rngs]
        self.latency_samples = self._synthesizers[0].latency_samples
        self.shift = Shift(representation)
        rows = 1 + Synthesizer.LOOKAHEAD_FRAMES
        self._frames = np.zeros((rows, 2, settings.n_mels), dtype=np.float32)
        self._part_frames = np.zeros_like(self._frames)
        self._power = np.zeros((rows, settings.n_mels), dtype=np.float32)
        self._frequency = np.zeros_like(self._power)
        self._centres = representation.centres_bins.astype(np.float32)
        self._samples = np.zeros(settings.hop_samples, dtype=np.float32)
        self._tail_hops = -(-settings.synthesis_samples // settings.hop_samples)
        self._silent_hops = self._tail_hops + 1  # as made: nothing is to be forgotten
        self._line: _Line | None = None
        if (settings.sample_rate_hz, settings.hop_samples) != (sample_rate_hz, hop_samples):
            rates_hz = settings.sample_rate_hz, sample_rate_hz
            self._line = _Line(rates_hz, settings.hop_samples, hop_samples, len(rngs))

    def set(self, address: str, value: float) -> None:
        """Have an interval be so; other addresses are left alone."""
        match address:
            case "/pitch":
                self.shift.pitch = value
            case "/formant":
                self.shift.formant = value
            case "/formant/keep":
                self.shift.keep = value > 0

    def reset(self) -> None:
        """Forget what has sounded: from here on as newly made."""
        self.shift.reset()
        for synthesizer in self._synthesizers:
            synthesizer.reset()
        if self._line is not None:
            self._line.reset()

    def render(self, parts: Sequence[Part], step: Step, time_samples: int, out: Float32) -> None:
        """The next hop of the output.

        Parameters
        ----------
        parts
            Those of these settings, with their shares.
        step
            Called for each part before each hop of its own.
        time_samples
            Engine time at the hop's start.
        out
            ``(hop_samples, channels)``, filled.
        """
        line = self._line
        if line is None:
            self._hop(parts, step, time_samples, out)
            return
        while line.held_frames < len(out):
            self._hop(parts, step, time_samples + line.held_frames, line.hop)
            line.put()
        line.take(out)

    def _hop(self, parts: Sequence[Part], step: Step, time_samples: int, out: Float32) -> None:
        for part in parts:
            step(part, time_samples)
        heard = [part for part in parts if part.share > 0]
        self._silent_hops = 0 if heard else self._silent_hops + 1
        if self._silent_hops > self._tail_hops:
            if self._silent_hops == self._tail_hops + 1:
                self.shift.reset()
                for synthesizer in self._synthesizers:
                    synthesizer.reset()
            out[:] = 0.0
            return
        self.shift.step()
        for channel, synthesizer in enumerate(self._synthesizers):
            self._mix(heard, channel)
            np.copyto(self._power, self._frames[:, 0])
            self._frequency[:] = self._centres
            np.divide(
                self._frames[:, 1], self._power, out=self._frequency, where=self._power > TINY_POWER
            )
            frames = self._power, self._frequency
            synthesizer.step(*self.shift.move(*frames), self._samples)
            out[:, channel] = self._samples

    def _mix(self, heard: Sequence[Part], channel: int) -> None:
        if len(heard) == 1 and heard[0].share == 1.0:
            heard[0].slot.read(channel, self._frames)
            return
        self._frames[:] = 0.0
        for part in heard:
            part.slot.read(channel, self._part_frames)
            self._part_frames *= np.float32(part.share)
            self._frames += self._part_frames


class _Line:
    """Hops that were made, at the output's rate, until they are wanted.

    Attributes
    ----------
    held_frames : int
        Frames that wait.
    hop : Float32
        ``(hop_in_samples, channels)``: what `put` takes.
    """

    def __init__(self, rates_hz: tuple[int, int], hop_in: int, hop_out: int, channels: int) -> None:
        rate_in_hz, rate_out_hz = self._rates_hz = rates_hz
        most = -(-hop_in * rate_out_hz // rate_in_hz)
        self.hop = np.zeros((hop_in, channels), dtype=np.float32)
        self._frames = np.zeros((hop_out + most, channels), dtype=np.float32)
        self.reset()

    def reset(self) -> None:
        """Be empty."""
        self.held_frames = 0
        rate_in_hz, rate_out_hz = self._rates_hz
        self._resampler: Resampler | None = None
        if rate_in_hz != rate_out_hz:
            self._resampler = Resampler(rate_in_hz, rate_out_hz, self.hop.shape[1])

    def put(self) -> None:
        """Add `hop`."""
        block = self.hop if self._resampler is None else self._resampler.process(self.hop)
        end = self.held_frames + len(block)
        self._frames[self.held_frames : end] = block
        self.held_frames = end

    def take(self, out: Float32) -> None:
        """Fill `out` with what has waited longest; so much is there."""
        count = len(out)
        out[:] = self._frames[:count]
        self.held_frames -= count
        self._frames[: self.held_frames] = self._frames[count : count + self.held_frames]
