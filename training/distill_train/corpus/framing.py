"""Frames of a recording, block by block, so that no file is in memory whole.

A block is analysed with the sound around it, so that it is what an analysis of the whole recording
gives. A recording shorter than a chunk is analysed with silence on both sides. This module knows
where frames lie; what becomes of them is its caller's affair.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from distill_live.spectrogram import Float32, SpectrogramSettings
from distill_train.corpus.augmentation import Variation
from distill_train.corpus.recording import Recording
from distill_train.spectrogram import Analysis

BLOCK_FRAMES = 1024
"""Frames that are analysed at a time, some tens of megabytes."""


@dataclass(frozen=True, eq=False)
class Block:
    """Some frames of a recording.

    Attributes
    ----------
    power, frequency_bins
        ``(frames, n_mels)``, float32.
    peaks
        Of the samples nearest to each frame, ``(frames,)``, float32.
    """

    power: Tensor
    frequency_bins: Tensor
    peaks: Tensor

    @property
    def peak(self) -> float:
        """Of all its samples."""
        return float(self.peaks.max())


def silence_frames(samples: int, settings: SpectrogramSettings) -> int:
    """Frames of silence that are put before and after a recording of that length."""
    missing = max(0, settings.chunk_samples - samples)
    return -(-missing // settings.hop_samples)


def frame_count(samples: int, settings: SpectrogramSettings) -> int:
    """Frames of a recording of that length, silence included."""
    return 1 + samples // settings.hop_samples + 2 * silence_frames(samples, settings)


def context_frames(settings: SpectrogramSettings) -> int:
    """Frames on either side of a block that its analysis must hear and then drops."""
    return settings.n_fft // settings.hop_samples + 4


def recording_blocks(analysis: Analysis, recording: Recording) -> Iterator[Block]:
    """All frames of a recording, in order.

    Raises
    ------
    AudioFileError
        If the file cannot be read, or holds values that are not finite.
    """
    settings = analysis.settings
    hop, context = settings.hop_samples, context_frames(settings)
    silence = silence_frames(recording.samples, settings)
    frames = frame_count(recording.samples, settings)
    end_sample = recording.samples + 2 * silence * hop
    for first in range(0, frames, BLOCK_FRAMES):
        end = min(first + BLOCK_FRAMES, frames)
        heard_from = max(0, first - context)
        heard_to = end_sample if end + context >= frames else (end + context - 1) * hop
        begin = heard_from * hop
        sound = recording.read(begin - silence * hop, heard_to - begin)
        yield _block(analysis, sound, slice(first - heard_from, end - heard_from))


def copy_source(
    variation: Variation, first: int, frames: int, silence: int, settings: SpectrogramSettings
) -> tuple[int, int]:
    """First sample of the recording, and count, that a copy of some frames hears."""
    hop, context = settings.hop_samples, context_frames(settings)
    begin = (first - context - silence) * hop
    return variation.source(begin, (frames - 1 + 2 * context) * hop)


def copy_block(
    analysis: Analysis, recording: Recording, variation: Variation, first: int, frames: int
) -> Block:
    """Frames `first` to ``first + frames`` of a recording, varied."""
    settings = analysis.settings
    context = context_frames(settings)
    silence = silence_frames(recording.samples, settings)
    begin, count = copy_source(variation, first, frames, silence, settings)
    sound = variation.apply(
        recording.read(begin, count),
        (frames - 1 + 2 * context) * settings.hop_samples,
        settings.sample_rate_hz,
    )
    return _block(analysis, sound, slice(context, context + frames))


def _block(analysis: Analysis, sound: Float32, inside: slice) -> Block:
    """Analyse a sound and keep some of its frames."""
    power, frequency_bins = analysis.bands(torch.from_numpy(sound)[None])
    hop = analysis.settings.hop_samples
    rest = -(len(sound) + hop // 2) % hop
    nearest = np.pad(np.abs(sound), (hop // 2, rest)).reshape(-1, hop).max(axis=1)
    peaks = nearest[: power.shape[2]]
    peaks[-1] = max(peaks[-1], nearest[power.shape[2] - 1 :].max())
    return Block(
        power=power[0, :, inside].T,
        frequency_bins=frequency_bins[0, :, inside].T,
        peaks=torch.from_numpy(peaks[inside]),
    )
