"""Block-wise analysis of a recording, in bounded memory.

A block is analysed with the sound around it, so the result equals an analysis of the whole
recording. A recording shorter than a chunk is padded with silence on both sides.
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
"""Number of frames analysed at a time, some tens of megabytes."""


@dataclass(frozen=True, eq=False)
class Block:
    """Consecutive frames of a recording.

    Attributes
    ----------
    power, frequency_bins
        ``(frames, n_mels)``, float32.
    peaks
        Peak of the samples nearest to each frame, ``(frames,)``, float32.
    """

    power: Tensor
    frequency_bins: Tensor
    peaks: Tensor


def silence_frames(samples: int, settings: SpectrogramSettings) -> int:
    """Number of frames of silence before and after a recording of this length."""
    missing = max(0, settings.chunk_samples - samples)
    return -(-missing // settings.hop_samples)


def frame_count(samples: int, settings: SpectrogramSettings) -> int:
    """Number of frames of a recording of this length, including silence."""
    return 1 + samples // settings.hop_samples + 2 * silence_frames(samples, settings)


def context_frames(settings: SpectrogramSettings) -> int:
    """Number of context frames on either side of a block, discarded after its analysis."""
    return settings.n_fft // settings.hop_samples + 4


def recording_blocks(analysis: Analysis, recording: Recording) -> Iterator[Block]:
    """Analyse all frames of a recording, block by block.

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
        read_from = max(0, first - context)
        read_to = end_sample if end + context >= frames else (end + context - 1) * hop
        begin = read_from * hop
        sound = recording.read(begin - silence * hop, read_to - begin)
        yield _block(analysis, sound, slice(first - read_from, end - read_from))


def copy_source(
    variation: Variation, first: int, frames: int, silence: int, settings: SpectrogramSettings
) -> tuple[int, int]:
    """First sample and count that a copy of some frames reads from the recording."""
    hop, context = settings.hop_samples, context_frames(settings)
    begin = (first - context - silence) * hop
    return variation.source(begin, (frames - 1 + 2 * context) * hop)


def copy_block(
    analysis: Analysis, recording: Recording, variation: Variation, first: int, frames: int
) -> Block:
    """Analyse an augmented copy of frames `first` to ``first + frames``."""
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
    """Analyse a sound; return the frames `inside`."""
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
