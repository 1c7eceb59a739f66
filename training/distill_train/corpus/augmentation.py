"""Augmentation: copies of a stretch of sound that differ in what the ear forgives.

A copy is a stretch of a recording, read anew: at a shifted place or another speed, then changed in
pitch, colour, noise, gain and polarity, each with its probability. What is to be done is drawn
first (`draw_variation`), so that it is known which part of the recording a copy hears; then it is
done (`Variation.apply`). This module knows waveforms; it knows neither files nor spectrograms.
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

FINEST_RATIO = 100
"""Largest denominator of a change of speed or pitch; finer ones would need long filters."""

LOWEST_HZ, HIGHEST_SHARE = 80.0, 0.35
"""Filters turn between this frequency and this share of the sample rate."""

STRETCH_FFT, STRETCH_HOP = 2048, 512
"""Of the phase vocoder that changes pitch."""


@dataclass(frozen=True)
class Filter:
    """A shelf or a bell: ``bass``, ``treble`` or ``bell``."""

    kind: str
    frequency_hz: float
    gain_db: float


@dataclass(frozen=True)
class Variation:
    """What is done to one copy; the default changes nothing.

    Attributes
    ----------
    shift_samples
        How much later it is read.
    speed, pitch
        Ratios.
    filter
        None leaves the colour.
    noise_db
        None adds no noise.
    noise_seed
        Of that noise.
    gain_db, inverted
        Applied last.
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
        """First sample and count of what a copy of that stretch reads from the recording."""
        wanted = math.ceil(count * self.speed)
        if self.pitch != 1:
            wanted += 2 * STRETCH_FFT
        return begin + self.shift_samples - (wanted - count) // 2, wanted

    def apply(self, sound: Float32, count: int, sample_rate_hz: int) -> Float32:
        """Make the copy.

        Parameters
        ----------
        sound
            What `source` named, ``(samples,)``.
        count
            Samples of the copy.
        sample_rate_hz
            Of both.

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
    """Draw what is done to one copy.

    Parameters
    ----------
    config
        Probabilities and sizes.
    chunk_samples
        Length of a chunk, which shifts are a share of.
    sample_rate_hz
        Bounds the filters.
    rng
        As many numbers are drawn whatever the probabilities, so that one change set to another
        probability leaves the others as they were.
    """
    wanted = dict(zip(_CHANGES, rng.uniform(size=len(_CHANGES)), strict=True))
    does = {
        name: chance < getattr(config, f"{name}_probability") for name, chance in wanted.items()
    }
    gain, shift, colour, speed, pitch = rng.uniform(-1.0, 1.0, 5)
    height, kind, seed = rng.uniform(), rng.integers(3), int(rng.integers(2**63))
    highest_hz = max(LOWEST_HZ, HIGHEST_SHARE * sample_rate_hz)
    bend = Filter(
        kind=("bass", "treble", "bell")[kind],
        frequency_hz=float(LOWEST_HZ * (highest_hz / LOWEST_HZ) ** height),
        gain_db=float(colour * config.filter_db),
    )
    return Variation(
        shift_samples=round(shift * config.shift_share * chunk_samples) if does["shift"] else 0,
        speed=_ratio(1.0 + speed * config.speed_share) if does["speed"] else Fraction(1),
        pitch=_ratio(2.0 ** (pitch * config.pitch_semitones / 12))
        if does["pitch"]
        else Fraction(1),
        filter=bend if does["filter"] else None,
        noise_db=config.noise_db if does["noise"] else None,
        noise_seed=seed,
        gain_db=float(gain * config.gain_db) if does["gain"] else 0.0,
        inverted=does["polarity"],
    )


_CHANGES = ("gain", "shift", "filter", "noise", "polarity", "speed", "pitch")


def _ratio(value: float) -> Fraction:
    return Fraction(float(value)).limit_denominator(FINEST_RATIO)


def _filtered(sound: Tensor, bend: Filter, sample_rate_hz: int) -> Tensor:
    """Filter under a level at which torchaudio's biquads cannot reach the limit they clip at."""
    room = 8.0 * float(sound.abs().max()) * 10 ** (abs(bend.gain_db) / 20)
    if room == 0.0:
        return sound
    biquad = {
        "bass": functional.bass_biquad,
        "treble": functional.treble_biquad,
        "bell": functional.equalizer_biquad,
    }[bend.kind]
    quiet = (sound / room)[None]
    if bend.kind == "bell":
        changed: Tensor = biquad(quiet, sample_rate_hz, bend.frequency_hz, bend.gain_db)
    else:
        changed = biquad(quiet, sample_rate_hz, bend.gain_db, bend.frequency_hz)
    return room * changed[0]


def _pitched(sound: Tensor, ratio: Fraction) -> Tensor:
    """Longer by the ratio in a phase vocoder, then faster by it; shorter by a frame at both ends.

    The vocoder keeps the phases of its first frame to the end, so that must be a frame of sound,
    not of its reflection.
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
