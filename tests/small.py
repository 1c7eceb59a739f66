"""Settings and networks that train in a second."""

from distill_live.spectrogram import SpectrogramSettings
from distill_train.config import ModelConfig, TrainingConfig

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
    """A run of some seconds."""
    return TrainingConfig(epochs=epochs, seed=seed, batch_size=4, spectrogram=SETTINGS, model=MODEL)
