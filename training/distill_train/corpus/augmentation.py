"""Waveform augmentation: shift, speed, pitch, filter, noise, gain and polarity.

`draw_variation` draws the changes of a copy, which determine the part of the recording to read;
`Variation.apply` applies them to that part.
"""

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import torch
from torch import Tensor
from torchaudio import functional

from distill_live.spectrogram import Float32, hann
from distill_train.config import AugmentationConfig

MAX_DENOMINATOR = 100
"""Maximum denominator of a speed or pitch ratio; finer ratios need longer filters."""

MIN_FILTER_HZ, MAX_FILTER_SHARE = 80.0, 0.35
"""Range of filter frequencies: hertz, and share of the sample rate."""

STRETCH_FFT, STRETCH_HOP = 2048, 512
"""Frame and hop of the phase vocoder for pitch changes, in samples."""


@dataclass(frozen=True)
class Filter:
    """A shelving or peaking filter; `kind` is ``bass``, ``treble`` or ``bell``."""

    kind: str
    frequency_hz: float
    gain_db: float


@dataclass(frozen=True)
class Variation:
    """Changes of one copy; the default changes nothing.

    Attributes
    ----------
    shift_samples
        Offset of the stretch that is read, in samples.
    speed, pitch
        Ratios of speed and pitch.
    filter
        Filter, or None.
    noise_db
        Level of white noise in dB relative to the copy's RMS; None adds none.
    noise_seed
        Random seed of the noise.
    gain_db, inverted
        Gain in dB and inverted polarity, applied last.
    """

    shift_samples: int = 0
    speed: Fraction = Fraction(1)
    pitch: Fraction = Fraction(1)
    filter: Filter | None = None
    noise_db: float | None = None
    noise_seed: int = 0
    gain_db: float = 0.0
    inverted: bool = False

    def source(self, begin: int, count: int) -> tuple[int, int]:
        """First sample and count to read from the recording for a copy of a stretch."""
        wanted = math.ceil(count * self.speed)
        if self.pitch != 1:
            wanted += 2 * STRETCH_FFT
        return begin + self.shift_samples - (wanted - count) // 2, wanted

    def apply(self, sound: Float32, count: int, sample_rate_hz: int) -> Float32:
        """Apply the changes.

        Parameters
        ----------
        sound
            Samples of the stretch given by `source`, ``(samples,)``.
        count
            Number of samples of the copy.
        sample_rate_hz
            Sample rate of both.

        Returns
        -------
        Float32
            ``(count,)``.
        """
        copy = torch.from_numpy(np.ascontiguousarray(sound, np.float32))
        if self.pitch != 1:
            copy = _pitched(copy, self.pitch)
        if self.speed != 1:
            copy = functional.resample(copy, self.speed.numerator, self.speed.denominator)
        copy = torch.nn.functional.pad(copy, (0, max(0, count - len(copy))))[:count]
        if self.filter:
            copy = _filtered(copy, self.filter, sample_rate_hz)
        if self.noise_db is not None:
            noise = np.random.default_rng(self.noise_seed).standard_normal(count, np.float32)
            level = copy.square().mean().sqrt() * 10 ** (self.noise_db / 20)
            copy = copy + level * torch.from_numpy(noise)
        gain = 10 ** (self.gain_db / 20) * (-1 if self.inverted else 1)
        result: Float32 = (gain * copy).numpy()
        return result


def draw_variation(
    config: AugmentationConfig,
    chunk_samples: int,
    sample_rate_hz: int,
    rng: np.random.Generator,
) -> Variation:
    """Draw the changes of one copy.

    Parameters
    ----------
    config
        Probabilities and ranges.
    chunk_samples
        Length of a chunk, the unit of shifts.
    sample_rate_hz
        Sample rate, which limits the filter frequency.
    rng
        The number of draws does not depend on the probabilities, so changing one of them leaves the
        other changes as they were.
    """
    chances = dict(zip(_CHANGES, rng.uniform(size=len(_CHANGES)), strict=True))
    applied = {
        name: chance < getattr(config, f"{name}_probability") for name, chance in chances.items()
    }
    gain, shift, tilt, speed, pitch = rng.uniform(-1.0, 1.0, 5)
    height, kind, seed = rng.uniform(), rng.integers(3), int(rng.integers(2**63))
    highest_hz = max(MIN_FILTER_HZ, MAX_FILTER_SHARE * sample_rate_hz)
    band = Filter(
        kind=("bass", "treble", "bell")[kind],
        frequency_hz=float(MIN_FILTER_HZ * (highest_hz / MIN_FILTER_HZ) ** height),
        gain_db=float(tilt * config.filter_db),
    )
    return Variation(
        shift_samples=round(shift * config.shift_share * chunk_samples) if applied["shift"] else 0,
        speed=_ratio(1.0 + speed * config.speed_share) if applied["speed"] else Fraction(1),
        pitch=_ratio(2.0 ** (pitch * config.pitch_semitones / 12))
        if applied["pitch"]
        else Fraction(1),
        filter=band if applied["filter"] else None,
        noise_db=config.noise_db if applied["noise"] else None,
        noise_seed=seed,
        gain_db=float(gain * config.gain_db) if applied["gain"] else 0.0,
        inverted=applied["polarity"],
    )


_CHANGES = ("gain", "shift", "filter", "noise", "polarity", "speed", "pitch")


def _ratio(value: float) -> Fraction:
    return Fraction(float(value)).limit_denominator(MAX_DENOMINATOR)


def _filtered(sound: Tensor, band: Filter, sample_rate_hz: int) -> Tensor:
    """Apply a filter at a level where torchaudio's biquads cannot clip."""
    room = 8.0 * float(sound.abs().max()) * 10 ** (abs(band.gain_db) / 20)
    if room == 0.0:
        return sound
    quiet, hz = (sound / room)[None], band.frequency_hz
    if band.kind == "bell":
        changed: Tensor = functional.equalizer_biquad(quiet, sample_rate_hz, hz, band.gain_db)
    else:
        shelf = functional.bass_biquad if band.kind == "bass" else functional.treble_biquad
        changed = shelf(quiet, sample_rate_hz, band.gain_db, hz)
    return room * changed[0]


def _pitched(sound: Tensor, ratio: Fraction) -> Tensor:
    """Change pitch: time-stretch by phase vocoder, then resample; drops a frame at both ends.

    The vocoder propagates the phases of its first frame, which must be sound, not its reflection.
    """
    window = torch.from_numpy(hann(STRETCH_FFT)).float()
    spectrum = torch.stft(
        sound, STRETCH_FFT, STRETCH_HOP, window=window, center=False, return_complex=True
    )
    bins = torch.arange(spectrum.shape[0])[:, None]
    advance = 2 * math.pi * STRETCH_HOP / STRETCH_FFT * bins
    longer = functional.phase_vocoder(spectrum, float(1 / ratio), advance)
    slow = torch.istft(longer, STRETCH_FFT, STRETCH_HOP, window=window)
    copy: Tensor = functional.resample(slow, ratio.numerator, ratio.denominator)
    return copy[STRETCH_FFT // 2 :]
