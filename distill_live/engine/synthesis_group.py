"""Synthesise models with equal spectrogram settings: mix their frames, all channels in one step.

Band power is mixed by the models' shares, frequency is the mean weighted by power. A share is one
of power, so it is the square of a gain. Where the hop or the rate differs from the output's,
samples are resampled and queued, each hop rendered as late as possible.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from distill_live.bundle import Bundle
from distill_live.engine.parameters import Setter, number_setter, switch_setter
from distill_live.engine.resampling import Resampler
from distill_live.engine.slot import Slot
from distill_live.spectrogram import Float32, Representation
from distill_live.synthesis import Shift, Synthesizer

TINY_POWER = 1e-14
"""Band power below which a band takes its centre frequency."""


@dataclass(eq=False)
class LoadedModel:
    """A model in a slot, and its share of the mixture.

    Attributes
    ----------
    number
        Slot number, from 1.
    bundle
        The model.
    slot
        Source of its frames.
    group
        Synthesis of its frames.
    level
        Progress of its fade-in or fade-out, 0..1.
    fading_out
        Whether another model, or none, replaces it.
    share
        Share of the mixture's power in this hop, 0..1.
    load
        Number of models that were loaded into the slot before.
    """

    number: int
    bundle: Bundle
    slot: Slot
    group: "SynthesisGroup"
    level: float = 1.0
    fading_out: bool = False
    share: float = 0.0
    load: int = 0


Step = Callable[[LoadedModel, int], None]
"""Advances a model by one of its hops, given the engine time at which that starts."""


class SynthesisGroup:
    """Synthesises models with equal settings.

    Parameters
    ----------
    representation
        Of one of the models.
    rngs
        Noise generators, one a channel.
    sample_rate_hz, hop_samples
        Of the output.

    Attributes
    ----------
    settings : SpectrogramSettings
    setters : Mapping
        Setters of pitch and formants, by path.
    latency_samples : int
        From the first sample of a hop to the centre of its frame, at the models' own rate.
    """

    def __init__(
        self,
        representation: Representation,
        rngs: Sequence[np.random.Generator],
        sample_rate_hz: int,
        hop_samples: int,
    ) -> None:
        settings = self.settings = representation.settings
        self._synthesizer = Synthesizer(representation, rngs)
        self.latency_samples = self._synthesizer.latency_samples
        self._shift = Shift(representation)
        self.setters: Mapping[str, Setter] = {
            "/pitch": number_setter(self._shift, "pitch"),
            "/formant": number_setter(self._shift, "formant"),
            "/formant/keep": switch_setter(self._shift, "keep"),
        }
        frames = len(rngs), 1 + Synthesizer.LOOKAHEAD_FRAMES
        self._frames = np.zeros((*frames, 2, settings.n_mels), dtype=np.float32)
        self._model_frames = np.zeros_like(self._frames)
        self._power = np.zeros((*frames, settings.n_mels), dtype=np.float32)
        self._frequency = np.zeros_like(self._power)
        self._centres = representation.centres_bins.astype(np.float32)
        self._samples = np.zeros((len(rngs), settings.hop_samples), dtype=np.float32)
        self._tail_hops = -(-settings.synthesis_samples // settings.hop_samples)
        self._silent_hops = self._tail_hops + 1  # as new: nothing to reset
        self._queue: _SampleQueue | None = None
        if (settings.sample_rate_hz, settings.hop_samples) != (sample_rate_hz, hop_samples):
            rates_hz = settings.sample_rate_hz, sample_rate_hz
            self._queue = _SampleQueue(rates_hz, settings.hop_samples, hop_samples, len(rngs))

    def reset(self) -> None:
        """Reset to silence, as newly made."""
        self._shift.reset()
        self._synthesizer.reset()
        if self._queue is not None:
            self._queue.reset()

    def render(
        self, models: Sequence[LoadedModel], step: Step, time_samples: int, out: Float32
    ) -> None:
        """Render the next hop of the output.

        Parameters
        ----------
        models
            Those of these settings, with their shares.
        step
            Called for each model before each of its hops.
        time_samples
            Engine time at the start of the hop.
        out
            ``(hop_samples, channels)``, filled.
        """
        queue = self._queue
        if queue is None:
            self._hop(models, step, time_samples, out)
            return
        while queue.held_frames < len(out):
            self._hop(models, step, time_samples + queue.held_frames, queue.hop)
            queue.put()
        queue.take(out)

    def _hop(
        self, models: Sequence[LoadedModel], step: Step, time_samples: int, out: Float32
    ) -> None:
        for model in models:
            step(model, time_samples)
        audible = [model for model in models if model.share > 0]
        self._silent_hops = 0 if audible else self._silent_hops + 1
        if self._silent_hops > self._tail_hops:
            if self._silent_hops == self._tail_hops + 1:
                self._shift.reset()
                self._synthesizer.reset()
            out[:] = 0.0
            return
        self._shift.step()
        self._mix(audible, self._frames)
        power, frequency = self._power, self._frequency
        np.copyto(power, self._frames[:, :, 0])
        frequency[:] = self._centres
        np.divide(self._frames[:, :, 1], power, out=frequency, where=power > TINY_POWER)
        for channel in range(len(power)):
            power[channel], frequency[channel] = self._shift.move(
                power[channel], frequency[channel]
            )
        self._synthesizer.step(power, frequency, self._samples)
        out[:] = self._samples.T

    def _mix(self, audible: Sequence[LoadedModel], out: Float32) -> None:
        if len(audible) == 1 and audible[0].share == 1.0:
            audible[0].slot.read(out)
            return
        out[:] = 0.0
        for model in audible:
            model.slot.read(self._model_frames)
            self._model_frames *= np.float32(model.share)
            out += self._model_frames


class _SampleQueue:
    """Rendered samples at the output's rate, until they are needed.

    Attributes
    ----------
    held_frames : int
        Number of queued frames.
    hop : Float32
        Input of `put`, ``(hop_in_samples, channels)``.
    """

    def __init__(self, rates_hz: tuple[int, int], hop_in: int, hop_out: int, channels: int) -> None:
        rate_in_hz, rate_out_hz = self._rates_hz = rates_hz
        max_frames = -(-hop_in * rate_out_hz // rate_in_hz)
        self.hop = np.zeros((hop_in, channels), dtype=np.float32)
        self._frames = np.zeros((hop_out + max_frames, channels), dtype=np.float32)
        self.reset()

    def reset(self) -> None:
        """Empty the queue."""
        self.held_frames = 0
        rate_in_hz, rate_out_hz = self._rates_hz
        self._resampler: Resampler | None = None
        if rate_in_hz != rate_out_hz:
            self._resampler = Resampler(rate_in_hz, rate_out_hz, self.hop.shape[1])

    def put(self) -> None:
        """Resample and queue `hop`."""
        block = self.hop if self._resampler is None else self._resampler.process(self.hop)
        end = self.held_frames + len(block)
        self._frames[self.held_frames : end] = block
        self.held_frames = end

    def take(self, out: Float32) -> None:
        """Fill `out` with the oldest frames; at least as many must be queued."""
        count = len(out)
        out[:] = self._frames[:count]
        self.held_frames -= count
        self._frames[: self.held_frames] = self._frames[count : count + self.held_frames]
