"""What a model that is still being trained sounds like, played by the instrument's own engine.

The decoder goes through the same export as a finished model's, and the engine plays it from place
to place in the corpus. What is heard while training is therefore what would be played. When a
preview is due is decided here; who asks for it is elsewhere.
"""

import copy
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import torch

from distill_live.bundle import Bundle, Landmark
from distill_live.engine import Command, Engine
from distill_live.errors import TrainingError
from distill_live.offline import write_sound
from distill_live.spectrogram import Statistics
from distill_train.bundling.onnx_decoder import export_decoder
from distill_train.config import TrainingConfig
from distill_train.corpus.dataset import ChunkDataset
from distill_train.latent.latent_space import encode_chunks, latent_space
from distill_train.output_paths import PREVIEWS
from distill_train.training.events import PreviewEvent, WarningEvent
from distill_train.training.model import ConvVAE

TARGET_PREVIEWS = 8
"""About how many previews a run makes that is not told how often."""

LANDMARKS = 32
"""Chunks that mean and standard deviation of the latents are taken from."""

CHECKED_LATENTS = 4
"""Latents on which the exported decoder is compared with torch: the finished model's is compared on
more, but a preview must not cost much."""

STOPS, STOP_S = 4, 1.5
"""Places that a preview goes to, spread over the corpus, and how long it stays at each."""

GLIDE_S = 0.1
CHANNELS = 2


@dataclass(frozen=True, eq=False)
class Previewer:
    """Makes the previews of a run; all of them visit the same places.

    Attributes
    ----------
    config, statistics
        Of the run.
    chunks
        What is learnt.
    run_folder
        Where the folder of the previews is.
    """

    config: TrainingConfig
    statistics: Statistics
    chunks: ChunkDataset
    run_folder: Path

    def __call__(self, model: ConvVAE, epoch: int) -> PreviewEvent | WarningEvent:
        """Make the preview of an epoch; whatever keeps it from being made is only a warning.

        Neither the model nor torch's random state is changed.
        """
        path = preview_path(self.run_folder, epoch)
        try:
            path.parent.mkdir(exist_ok=True)
            render_preview(model, self.config, self.statistics, self.chunks, path)
        except Exception as error:  # a run of hours is worth more than a preview
            reason = " ".join(str(error).split()) or type(error).__name__
            return WarningEvent(epoch, f"no preview of epoch {epoch}: {reason}")
        return PreviewEvent(epoch, path)


def preview_path(run_folder: Path, epoch: int) -> Path:
    """Such as ``RUN/previews/epoch_0040.wav``."""
    return run_folder / PREVIEWS / f"epoch_{epoch:04d}.wav"


def preview_is_due(epoch: int, epochs: int, every: int = 0) -> bool:
    """Whether an epoch ends with a preview: each `every`-th, and the last.

    Parameters
    ----------
    epoch, epochs
        This one, from 1, and how many there are.
    every
        0 makes about `TARGET_PREVIEWS` of them in a run, so that short runs have them oftener.
    """
    every = every or max(1, round(epochs / TARGET_PREVIEWS))
    return epoch % every == 0 or epoch == epochs


def render_preview(
    model: ConvVAE,
    config: TrainingConfig,
    statistics: Statistics,
    chunks: ChunkDataset,
    path: Path,
) -> None:
    """Write the preview of a model: some seconds of stereo, from place to place in the corpus.

    Parameters
    ----------
    model
        On any device, in any mode; it is left as it is.
    config, statistics
        Of the run.
    chunks
        Places to go to; at least one.
    path
        The WAV file to write, in a folder that is there.

    Raises
    ------
    DistillError
        If the decoder cannot be exported, or the file not be written.
    """
    bundle = preview_bundle(model, config, statistics, chunks)
    standardised = (bundle.landmark_latents - bundle.latent_mean) / bundle.latent_std
    stops = standardised[np.linspace(0, len(standardised) - 1, STOPS).round().astype(int)]
    engine = Engine(bundle, channels=CHANNELS, seed=config.seed)
    try:
        engine.apply(Command("/glide", (0.0,)))
        engine.apply(Command("/latent", tuple(stops[0].tolist())))
        engine.apply(Command("/glide", (GLIDE_S,)))
        for number, stop in enumerate(stops[1:], start=1):
            time_samples = round(number * STOP_S * engine.sample_rate_hz)
            engine.apply(Command("/latent", tuple(stop.tolist()), time_samples))
        write_sound(engine, path, STOPS * STOP_S)
    finally:
        engine.close()


def preview_bundle(
    model: ConvVAE, config: TrainingConfig, statistics: Statistics, chunks: ChunkDataset
) -> Bundle:
    """A model as a bundle that can be played at once: landmarks, but no axes and no map.

    Raises
    ------
    TrainingError
        If there is no chunk, or the decoder cannot be exported.
    """
    if not len(chunks):
        raise TrainingError("there is no chunk to listen to")
    with torch.random.fork_rng(devices=[]):
        still = copy.deepcopy(model).to("cpu").eval()
        indices, latents = encode_chunks(still, chunks, LANDMARKS)
        space = latent_space(latents)
        exported = export_decoder(still.decoder, latents[:CHECKED_LATENTS])
    hop_s = 1.0 / config.spectrogram.frames_per_second
    return Bundle(
        name="preview",
        created=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        settings=config.spectrogram,
        statistics=statistics,
        latent_mean=space.mean,
        latent_std=space.std,
        latent_low=space.low,
        latent_high=space.high,
        axes=(),
        landmarks=tuple(
            Landmark(f"recording {recording + 1}", start * hop_s, 0.5, 0.5)
            for recording, start in (chunks.locate(index) for index in indices)
        ),
        landmark_latents=latents,
        training={},
        licence="",
        author="",
        decoder=exported.content,
    )
