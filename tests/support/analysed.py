"""Analyse sounds in memory as the trainer does a folder's recordings."""

from collections.abc import Callable, Iterable, Sequence

import torch
from torch import Tensor
from torch.nn import functional

from distill_live.spectrogram import Float32, SpectrogramSettings, Statistics
from distill_train.corpus.block_analysis import silence_frames
from distill_train.corpus.dataset import AnalysedRecording
from distill_train.spectrogram import Analysis, band_statistics


def corpus_statistics(analysis: Analysis, batches: Callable[[], Iterable[Tensor]]) -> Statistics:
    """Statistics of waveforms, ``(batch, samples)``; `batches` gives the same twice."""
    return band_statistics(analysis, lambda: (analysis.bands(sound) for sound in batches()))


def analyse_recordings(
    recordings: Sequence[Float32],
    settings: SpectrogramSettings,
    statistics: Statistics | None = None,
) -> tuple[list[AnalysedRecording], Statistics]:
    """Channels of recordings, each ``(samples,)``, and what these are normalised with."""
    analysis = Analysis(settings)
    padded = [_with_silence(samples, settings) for samples in recordings]
    if statistics is None:
        statistics = corpus_statistics(analysis, lambda: (sound[None] for sound, _ in padded))
    analysed = [
        AnalysedRecording(analysis.channels(sound[None], statistics)[0], silence)
        for sound, silence in padded
    ]
    return analysed, statistics


def _with_silence(samples: Float32, settings: SpectrogramSettings) -> tuple[Tensor, int]:
    """Short recordings between stretches of silence, and the frames of silence before them."""
    frames = silence_frames(len(samples), settings)
    hops = frames * settings.hop_samples
    return functional.pad(torch.from_numpy(samples), (hops, hops)), frames
