"""Synthesise models with equal spectrogram settings: mix their frames, all channels in one step.

Band power is mixed by the models' shares, frequency is the mean weighted by power. A share is one
of power, so it is the square of a gain. Where the hop or the rate differs from the output's,
samples are resampled and queued, each hop rendered as late as possible.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from distill_live.bundle import Bundle
from distill_live.engine.commands.parameters import Setter, number_setter, switch_setter
from distill_live.engine.heads import PlayHeads
from distill_live.engine.mixing.resampling import Resampler
from distill_live.engine.slot import MAX_SHIFT, Slot
from distill_live.engine.voices import GOLDEN, ROWS, Voice, Voices
from distill_live.spectrogram import Float32, Representation
from distill_live.synthesis import Shift, Synthesizer
from distill_live.synthesis.shift import Interval

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
    lead
        Share of what only the leading slot plays, 0..1.
    muted
        Whether it is left out of the mixture; it decodes and moves all the same.
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
    lead: float = 0.0
    muted: bool = False
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
        self._notes = _Notes(representation, rngs[0])
        self._note_samples = np.zeros((hop_samples, ROWS), np.float32)
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
        self._centres = representation.centres_bins.astype(np.float32)
        self._samples = np.zeros((len(rngs), settings.hop_samples), dtype=np.float32)
        self._tail_hops = -(-settings.synthesis_samples // settings.hop_samples)
        self._silent_hops = self._tail_hops + 1  # as new: nothing to reset
        self._queues: tuple[_SampleQueue, _SampleQueue] | None = None
        if (settings.sample_rate_hz, settings.hop_samples) != (sample_rate_hz, hop_samples):
            rates_hz = settings.sample_rate_hz, sample_rate_hz
            drone, voices = (
                _SampleQueue(rates_hz, settings.hop_samples, hop_samples, rows)
                for rows in (len(rngs), ROWS)
            )
            self._queues = drone, voices

    @property
    def silent(self) -> bool:
        """Whether the last hop was silence: no model is heard, and the overlap of frames is out."""
        return self._silent_hops > self._tail_hops and not self._notes.playing

    def reset(self) -> None:
        """Reset to silence, as newly made."""
        self._shift.reset()
        self._synthesizer.reset()
        self._notes.reset()
        for queue in self._queues or ():
            queue.reset()

    def render(
        self,
        models: Sequence[LoadedModel],
        step: Step,
        voices: Voices,
        time_samples: int,
        out: Float32,
    ) -> None:
        """Render the next hop of the output.

        Parameters
        ----------
        models
            Those of these settings, with their shares.
        step
            Called for each model before each of its hops.
        voices
            The notes; their sound is added to `Voices.samples`.
        time_samples
            Engine time at the start of the hop.
        out
            ``(hop_samples, channels)``, filled with the drone.
        """
        if self._queues is None:
            self._hop(models, step, voices, time_samples, out, voices.samples.T)
            return
        drone, notes = self._queues
        while drone.held_frames < len(out):
            notes.hop[:] = 0.0
            self._hop(models, step, voices, time_samples + drone.held_frames, drone.hop, notes.hop)
            drone.put()
            if voices.sounding:
                notes.put()
        drone.take(out)
        if voices.sounding:
            notes.take(self._note_samples)
            voices.samples += self._note_samples.T
        else:
            notes.match(drone)

    def _hop(
        self,
        models: Sequence[LoadedModel],
        step: Step,
        voices: Voices,
        time_samples: int,
        out: Float32,
        notes: Float32,
    ) -> None:
        for model in models:
            step(model, time_samples)
        sounding = [model for model in models if not model.muted]
        audible = [model for model in sounding if model.share > 0 and voices.drone_sounds]
        self._silent_hops = 0 if audible else self._silent_hops + 1
        drone = self._silent_hops <= self._tail_hops
        if not drone:
            out[:] = 0.0
            if self._silent_hops == self._tail_hops + 1:
                self._synthesizer.reset()
            if not voices.sounding:
                self._shift.reset()
                self._notes.reset()
                return
        self._shift.step()
        if drone:
            self._mix(audible, self._frames)
            moved = self._shift.move(*_bands(self._frames, self._centres))
            self._synthesizer.step(*moved, self._samples)
            out[:] = self._samples.T
        at_once = self._queues is None  # otherwise a hop may begin long after a note
        self._notes.render(voices, sounding, self._shift, notes, at_once=at_once)

    def _mix(self, audible: Sequence[LoadedModel], out: Float32) -> None:
        if len(audible) == 1 and audible[0].share == 1.0:
            audible[0].slot.read(out)
            return
        out[:] = 0.0
        for model in audible:
            model.slot.read(self._model_frames)
            self._model_frames *= np.float32(model.share)
            out += self._model_frames


@dataclass(eq=False)
class _Row:
    """A voice, in the synthesizer's row of the same index.

    Attributes
    ----------
    restarts
        Number of restarts of its heads.
    silent_hops
        Hops for which no model has played it.
    """

    voice: Voice
    heads: PlayHeads
    interval: Interval
    restarts: int = 0
    silent_hops: int = 0


class _Notes:
    """Synthesis of the voices: a row of one synthesizer each, and none for silence.

    Parameters
    ----------
    representation
        Of one of the models.
    rng
        Generator of one seed for all rows, so that a voice's sound does not depend on its row.
    """

    def __init__(self, representation: Representation, rng: np.random.Generator) -> None:
        seed = int(rng.integers(1 << 62))
        rngs = [np.random.default_rng(seed) for _ in range(ROWS)]
        self._synthesizer = Synthesizer(representation, rngs)
        self._centres = representation.centres_bins.astype(np.float32)
        settings = representation.settings
        self._n_frames = settings.n_frames
        self._tail_hops = -(-settings.synthesis_samples // settings.hop_samples)
        shape = 1 + Synthesizer.LOOKAHEAD_FRAMES, 2, settings.n_mels
        self._frames = np.zeros((ROWS, *shape), np.float32)
        self._part = np.zeros_like(self._frames)
        self._samples = np.zeros((ROWS, settings.hop_samples), np.float32)
        self._rows: list[_Row] = []

    @property
    def playing(self) -> bool:
        """Whether a voice is played, or the overlap of its last frames."""
        return bool(self._rows)

    def reset(self) -> None:
        """Drop all voices."""
        self._rows.clear()

    def render(
        self,
        voices: Voices,
        models: Sequence[LoadedModel],
        shift: Shift,
        out: Float32,
        *,
        at_once: bool,
    ) -> None:
        """Add the next hop of each voice to its column of `out`, ``(hop_samples, ROWS)``.

        With `at_once`, a voice that begins in this hop is there in full from its first sample on.
        """
        parts = {voice: _parts(voice, models) for voice in voices.sounding}
        for row in self._rows:
            row.silent_hops = 0 if parts.get(row.voice) else row.silent_hops + 1
        for row in self._rows.copy():
            if row.voice not in parts or row.silent_hops > self._tail_hops:
                self._remove(row)
        for row in self._rows:
            if parts[row.voice]:
                self._advance(row, parts[row.voice][0][0].slot)
        known = {row.voice for row in self._rows}
        for voice in voices.sounding:
            if parts[voice] and voice not in known:
                full = at_once and voices.begins(voice)
                self._begin(voice, parts[voice][0][0].slot, shift, full=full)
        count = len(self._rows)
        if not count:
            return
        frames = self._frames[:count]
        self._read(parts, models, frames)
        for row in self._rows:
            for model, _ in parts[row.voice][:1]:
                semitones = model.slot.notes.transposition(row.voice, voices.root)
                row.interval = shift.transposed(semitones, row.interval)
        intervals = [row.interval for row in self._rows]
        moved = shift.move(*_bands(frames, self._centres), intervals)
        self._synthesizer.step(*moved, self._samples[:count])
        for row, samples in zip(self._rows, self._samples, strict=False):
            out[:, row.voice.row] += samples

    def _begin(self, voice: Voice, slot: Slot, shift: Shift, *, full: bool) -> None:
        heads = PlayHeads(self._n_frames, foresees=True)
        heads.begin(slot.heads)
        start = self._synthesizer.begin if full else self._synthesizer.reset
        start(len(self._rows))
        self._rows.append(_Row(voice, heads, shift.interval(0.0, 0.0)))

    def _remove(self, row: _Row) -> None:
        """Remove a row; the last one takes its place."""
        index, last = self._rows.index(row), len(self._rows) - 1
        if index != last:
            self._synthesizer.copy(last, index)
            self._rows[index] = self._rows[last]
        self._rows.pop()

    def _advance(self, row: _Row, slot: Slot) -> None:
        row.heads.follow(slot.heads)
        for head in row.heads.advance():
            row.restarts += 1
            place = (GOLDEN * (row.restarts + row.voice.row)) % 1.0
            row.heads.shift(head, slot.jitter * MAX_SHIFT * (2.0 * place - 1.0))

    def _read(
        self, parts: Mapping[Voice, "_Parts"], models: Sequence[LoadedModel], out: Float32
    ) -> None:
        """Fill the frames of all rows, the sum of their models by share."""
        out[:] = 0.0
        for model in models:
            rows, shares = [], []
            for index, row in enumerate(self._rows):
                for one, share in parts[row.voice]:
                    if one is model:
                        rows.append(index)
                        shares.append(share)
            if not rows:
                continue
            part = self._part[: len(rows)]
            voices = [(self._rows[index].voice, self._rows[index].heads) for index in rows]
            model.slot.read_voices(voices, part)
            part *= np.array(shares, np.float32)[:, None, None, None]
            out[rows] += part


_Parts = Sequence[tuple[LoadedModel, float]]


def _parts(voice: Voice, models: Sequence[LoadedModel]) -> _Parts:
    """Models that a voice plays, with their shares, the largest first."""
    shares = [(model, model.share if voice.keys == "pitch" else model.lead) for model in models]
    audible = [(model, share) for model, share in shares if share > 0]
    return sorted(audible, key=lambda part: -part[1])


def _bands(frames: Float32, centres: Float32) -> tuple[Float32, Float32]:
    """Band power, and band frequency in bins, of frames ``(rows, frames, 2, n_mels)``."""
    power = frames[:, :, 0].copy()
    frequency = np.empty_like(power)
    frequency[:] = centres
    np.divide(frames[:, :, 1], power, out=frequency, where=power > TINY_POWER)
    return power, frequency


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

    def match(self, other: "_SampleQueue") -> None:
        """Hold silence, as long as another queue of these rates holds sound."""
        self._frames[:] = 0.0
        self.held_frames = other.held_frames
        if self._resampler is not None and other._resampler is not None:
            self._resampler.match(other._resampler)

    def take(self, out: Float32) -> None:
        """Fill `out` with the oldest frames; at least as many must be queued."""
        count = len(out)
        out[:] = self._frames[:count]
        self.held_frames -= count
        self._frames[: self.held_frames] = self._frames[count : count + self.held_frames]
