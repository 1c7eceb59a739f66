"""Small training configurations, recordings and runs that take about a second."""

import os
import sys
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from distill_live.spectrogram import SpectrogramSettings, Statistics
from distill_train.config import (
    LossConfig,
    ModelConfig,
    RegularizationConfig,
    SpectralAugmentationConfig,
    TrainingConfig,
)
from distill_train.corpus.dataset import AnalysedRecording, ChunkDataset, Region
from distill_train.training.checkpoint import RunFiles, TrainedModel, open_run
from distill_train.training.distributed import ALONE
from distill_train.training.loop import train

SETTINGS = SpectrogramSettings(
    sample_rate_hz=16000,
    n_fft=512,
    hop_samples=128,
    n_mels=40,
    chunk_samples=4800,
    synthesis_samples=512,
)
"""Chunks of 0.3 s: 40 bands, 38 frames, neither a multiple of 32."""

MODEL = ModelConfig(latent_dim=8, channels=(4, 8, 8, 16, 16))


def small_config(epochs: int = 2, seed: int = 0) -> TrainingConfig:
    """A run of some seconds, in float32, whatever this processor is faster in."""
    return TrainingConfig(
        epochs=epochs,
        seed=seed,
        batch_size=4,
        precision="float32",
        spectrogram=SETTINGS,
        model=MODEL,
    )


def tones(frames: int = 400) -> AnalysedRecording:
    """Something to learn: a bright band that moves."""
    channels = torch.zeros(SETTINGS.shape[0], SETTINGS.n_mels, frames)
    for frame in range(frames):
        channels[0, 5 + frame * 20 // frames, frame] = 2.0
    return AnalysedRecording(channels, 0)


def train_small(
    folder: Path, config: TrainingConfig, recording: AnalysedRecording, **options: Any
) -> TrainedModel:
    """Train on a recording, of which the first chunk is looked at, too."""
    frames = SETTINGS.n_frames
    learnt = ChunkDataset([recording], [Region(0, 0, recording.frames - frames)], frames, 0.75)
    held_out = ChunkDataset([recording], [Region(0, 0, 0)], frames, 0.75)
    known = {"folder": "somewhere", "summary": {"files": 1}}
    with (
        open_run(folder)
        if options.get("group", ALONE).first
        else nullcontext(RunFiles(folder)) as files
    ):
        return train(config, learnt, held_out, Statistics(scale=4.0), files, **{**known, **options})


DISTRIBUTED_FRAMES = 228
"""Of a recording with 20 chunks: five steps of four, two for each process."""


def distributed_config() -> TrainingConfig:
    """A run whose result does not depend on which process computes what.

    It has neither the statistics of batch norm nor mixtures of chunks, nor weights of audibility,
    which have mean 1 over what a process computes.
    """
    return replace(
        small_config(3),
        norm_freeze=0.0,
        loss=LossConfig(kl=0.0, inaudible=1.0),
        spectral_augmentation=SpectralAugmentationConfig(mix_probability=0.0),
    )


RESUMED_FRAMES = 150
RESUMED_EPOCHS = 3


def resumable_config(**changes: Any) -> TrainingConfig:
    """A run of twelve steps that draws dropout and freezes its batch norm."""
    regular = RegularizationConfig(dropout=0.1)
    return replace(small_config(RESUMED_EPOCHS), regularization=regular, norm_freeze=0.5, **changes)


def child_environment(**values: str) -> dict[str, str]:
    """For Python children that import what this process imports, from the same places."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **values}
