"""Output stage: dry input, DC blocker, gain, gate, limiter, and a guard against broken samples.

It works in place on blocks of one hop and delays them by `LOOKAHEAD_S`. Its output never exceeds
`CEILING`, whatever its input.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from distill_live.addresses import CEILING, Values
from distill_live.engine.commands.parameters import Setter, number_setter, switch_setter
from distill_live.spectrogram import Float32, Float64

LOOKAHEAD_S = 0.001
RELEASE_S = 0.1
"""Time that the limiter's gain takes from 0 to 1."""

GAIN_SMOOTHING_S = 0.005
"""Time constant of the gain."""

GATE_S = 0.005
"""Time that the gate takes to open or close."""

DC_CORNER_HZ = 5.0


@dataclass
class Meters:
    """Levels and faults since the meters were last read.

    Attributes
    ----------
    peak, sum_of_squares : Float64
        Of the output, ``(channels,)``; peak in 0..1.
    samples : int
        Output samples a channel.
    broken_frames : int
        Number of spectrogram frames or hops that were not finite and were silenced.
    """

    peak: Float64
    sum_of_squares: Float64
    samples: int = 0
    broken_frames: int = 0

    @property
    def rms(self) -> Float64:
        """Root mean square a channel, ``(channels,)``."""
        return np.asarray(np.sqrt(self.sum_of_squares / max(self.samples, 1)))


class OutputStage:
    """Gain, gate, DC blocker and limiter for blocks of one hop.

    Parameters
    ----------
    hop_samples, channels
        Shape of a block.
    sample_rate_hz
        Sample rate.

    Attributes
    ----------
    latency_samples : int
        Delay of the limiter's look-ahead.
    gain : float
        Target of the linear gain.
    playing, muted : bool
        Whether the gate opens: `playing` and not `muted`; it takes `GATE_S`.
    thru : float
        Target level of the dry input, 0..1.
    dry_input : callable or None
        Fills a mono hop, ``(hop_samples,)``, with the input that is added to the next block; called
        for each block while `thru` is not 0.
    meters : Meters
    """

    def __init__(self, hop_samples: int, channels: int, sample_rate_hz: int) -> None:
        self.latency_samples = min(hop_samples, max(1, round(LOOKAHEAD_S * sample_rate_hz)))
        self.gain = 1.0
        self.playing, self.muted = True, False
        self.thru = 0.0
        self.dry_input: Callable[[Float32], None] | None = None
        self._now_gain, self._gate, self._now_thru = 1.0, 0.0, 0.0
        self._dry = np.zeros(hop_samples, np.float32)
        n = np.arange(1, hop_samples + 1, dtype=np.float64)
        self._gain_decay = np.exp(-n / (GAIN_SMOOTHING_S * sample_rate_hz))
        self._gate_ramp = n / (GATE_S * sample_rate_hz)
        pole = np.exp(-2.0 * np.pi * DC_CORNER_HZ / sample_rate_hz)
        self._dc_power = (pole**n).astype(np.float32)
        self._dc_input = ((1.0 - pole) / pole**n).astype(np.float32)
        self._dc = np.zeros((channels, 1), np.float32)
        self._mean = np.zeros((channels, hop_samples), np.float32)
        self._attack = np.arange(hop_samples + self.latency_samples) / self.latency_samples
        self._release = n / (RELEASE_S * sample_rate_hz)
        self._limiter_gain = 1.0
        self._line = np.zeros((hop_samples + self.latency_samples, channels), dtype=np.float32)
        self._channels = channels
        self.meters = self._new_meters()

    @property
    def open(self) -> bool:
        """Whether the gate opens or is open."""
        return self.playing and not self.muted

    def setters(self) -> dict[str, Setter]:
        """Setters of the output's parameters, by path."""
        return {
            "/gain": self._set_gain_db,
            "/play": switch_setter(self, "playing"),
            "/mute": switch_setter(self, "muted"),
            "/input/thru": number_setter(self, "thru"),
        }

    @property
    def silent(self) -> bool:
        """Whether the gate is closed."""
        return self._gate == 0.0 and not self.open

    def process(self, block: Float32) -> None:
        """Process one hop, ``(hop_samples, channels)``, in place."""
        # the sum of squares decides most blocks; it may overflow where no sample does
        if not (math.isfinite(np.vdot(block, block)) or np.isfinite(block).all()):
            block[:] = 0.0
            self.meters.broken_frames += 1
        if self.dry_input is not None and (self.thru or self._now_thru):
            self._add_dry(self.dry_input, block)
        self._block_dc(block)
        self._apply_gain(block)
        self._limit(block)
        peak = np.abs(block.T, order="C").max(axis=1)
        np.maximum(self.meters.peak, peak, out=self.meters.peak)
        self.meters.sum_of_squares += np.einsum("nc,nc->c", block, block)
        self.meters.samples += len(block)

    def read_meters(self) -> Meters:
        """The meters since the last call."""
        meters, self.meters = self.meters, self._new_meters()
        return meters

    def _set_gain_db(self, values: Values) -> None:
        self.gain = 10.0 ** (float(values[0]) / 20.0)

    def _new_meters(self) -> Meters:
        return Meters(np.zeros(self._channels), np.zeros(self._channels))

    def _add_dry(self, dry_input: Callable[[Float32], None], block: Float32) -> None:
        """Add the dry input; its level moves linearly over the block."""
        dry_input(self._dry)
        level = np.linspace(self._now_thru, self.thru, len(block) + 1, dtype=np.float32)[1:]
        self._now_thru = self.thru
        block += (level * self._dry)[:, None]

    def _block_dc(self, block: Float32) -> None:
        # m[n] = p m[n-1] + (1 - p) x[n] is the signal's mean about now; closed form over the hop.
        mean = self._mean
        np.multiply(block.T, self._dc_input, out=mean)
        np.add.accumulate(mean, axis=1, out=mean)
        np.add(mean, self._dc, out=mean)
        np.multiply(mean, self._dc_power, out=mean)
        self._dc[:] = mean[:, -1:]
        block -= mean.T

    def _apply_gain(self, block: Float32) -> None:
        if self._gate == 0.0:  # silent: no need to smooth
            self._now_gain = self.gain
        if self._now_gain != self.gain:
            gain = self.gain + (self._now_gain - self.gain) * self._gain_decay
            self._now_gain = float(gain[-1])
            if abs(self._now_gain - self.gain) < 1e-6:
                self._now_gain = self.gain
            block *= gain[:, None]
        elif self.gain != 1.0:
            block *= np.float32(self.gain)
        if self._gate != float(self.open):
            ramp = self._gate_ramp if self.open else -self._gate_ramp
            gate = np.clip(self._gate + ramp, 0.0, 1.0)
            self._gate = float(gate[-1])
            block *= gate[:, None]
        elif not self.open:
            block[:] = 0.0

    def _limit(self, block: Float32) -> None:
        line, delay = self._line, self.latency_samples
        line[:delay] = line[len(block) :]
        line[delay:] = block
        block[:] = line[: len(block)]
        level = np.abs(line)
        if self._limiter_gain == 1.0 and level.max() <= CEILING:
            return
        peak = level.max(axis=1)
        # The gain may fall by 1/delay a sample towards a peak ahead, and rises by the release:
        # both are minima over straight lines, so running minima give them exactly.
        needed = CEILING / np.maximum(peak, CEILING)
        ahead = np.minimum.accumulate((needed + self._attack)[::-1])[::-1] - self._attack
        lines = np.append(self._limiter_gain, ahead[: len(block)] - self._release)
        gain = np.minimum.accumulate(lines)[1:] + self._release
        np.minimum(gain, 1.0, out=gain)
        self._limiter_gain = float(gain[-1])
        block *= gain[:, None]
        np.clip(block, -CEILING, CEILING, out=block)
