"""Render audio previews of a model in training with the instrument's own export and engine."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import soundfile
import torch

from distill_live.bundle import Bundle, Landmark
from distill_live.engine import Command, Engine
from distill_live.errors import AudioFileError, TrainingError
from distill_live.files import atomic_write
from distill_live.offline.render import write_sound
from distill_live.spectrogram import SpectrogramSettings, Statistics
from distill_train.bundling.evaluation import SourceSound
from distill_train.bundling.onnx_export import export_decoder
from distill_train.config import TrainingConfig
from distill_train.corpus.dataset import ChunkDataset
from distill_train.latent.latent_space import encode_chunks, latent_space, standardised_landmarks
from distill_train.output_paths import PREVIEWS, REFERENCE
from distill_train.training.checkpoint import build_model
from distill_train.training.events import PreviewEvent, WarningEvent
from distill_train.training.model import ConvVAE
from distill_train.training.state import weights_of

TARGET_PREVIEWS = 8
"""Approximate number of previews of a run, unless ``preview_epochs`` is set."""

LANDMARKS = 32
"""Maximum number of chunks for the mean and standard deviation of the latents."""

CHECKED_LATENTS = 4
"""Number of latents for comparing the exported decoder with torch; few, to be quick."""

STOPS, STOP_S = 4, 1.5
"""Number of landmarks that a preview visits, evenly spread, and time at each."""

GLIDE_S, FADE_S = 0.1, 0.005
CHANNELS = 2


@dataclass(frozen=True, eq=False)
class Previewer:
    """Renders the previews of a run; all visit the same landmarks.

    Attributes
    ----------
    config, statistics
        Configuration and statistics of the run.
    chunks
        Training chunks.
    sound
        Sound of a chunk.
    run_folder
        Folder of the run.
    """

    config: TrainingConfig
    statistics: Statistics
    chunks: ChunkDataset
    sound: SourceSound
    run_folder: Path

    def __call__(self, model: ConvVAE, epoch: int) -> PreviewEvent | WarningEvent:
        """Render the preview of an epoch; an error becomes a warning.

        The model and torch's random state do not change. The first preview of a run is accompanied
        by the recordings at the same landmarks, for comparison.
        """
        path = preview_path(self.run_folder, epoch)
        reference = path.with_name(REFERENCE)
        try:
            path.parent.mkdir(exist_ok=True)
            if not reference.exists():
                with suppress(AudioFileError):  # a recording that can no longer be read
                    write_reference(self.chunks, self.sound, self.config.spectrogram, reference)
            render_preview(model, self.config, self.statistics, self.chunks, path)
        except Exception as error:  # a run of hours is worth more than a preview
            reason = " ".join(str(error).split()) or type(error).__name__
            return WarningEvent(epoch, f"no preview of epoch {epoch}: {reason}")
        return PreviewEvent(epoch, path)


def preview_path(run_folder: Path, epoch: int) -> Path:
    """Path of an epoch's preview, such as ``RUN/previews/epoch_0040.wav``."""
    return run_folder / PREVIEWS / f"epoch_{epoch:04d}.wav"


def preview_is_due(epoch: int, epochs: int, every: int = 0) -> bool:
    """Whether an epoch ends with a preview: each `every`-th, and the last.

    Parameters
    ----------
    epoch, epochs
        Current epoch, from 1, and total.
    every
        Interval in epochs; 0 makes about `TARGET_PREVIEWS` previews in a run.
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
    """Render a model to a WAV file: some seconds of stereo, from landmark to landmark.

    Parameters
    ----------
    model
        Model on any device, in any mode; it does not change.
    config, statistics
        Configuration and statistics of the run.
    chunks
        Training chunks, at least one.
    path
        WAV file to write, in an existing folder.

    Raises
    ------
    DistillError
        If the decoder cannot be exported or the file cannot be written.
    """
    bundle = preview_bundle(model, config, statistics, chunks)
    standardised = standardised_landmarks(bundle)
    stops = standardised[_stops(len(standardised))]
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


def write_reference(
    chunks: ChunkDataset, sound: SourceSound, settings: SpectrogramSettings, path: Path
) -> None:
    """Write the recordings at a preview's landmarks to a WAV file: mono, a chunk at each stop.

    Raises
    ------
    DistillError
        If a recording cannot be read, or the file cannot be written.
    """
    indices, rate_hz = chunks.spread(LANDMARKS), settings.sample_rate_hz
    samples = np.zeros(round(STOPS * STOP_S * rate_hz), np.float32)
    fade = np.linspace(0.0, 1.0, round(FADE_S * rate_hz), dtype=np.float32)
    for number, stop in enumerate(_stops(len(indices)) if indices else ()):
        chunk = sound(*chunks.locate(indices[stop]))[: round(STOP_S * rate_hz)].copy()
        chunk[: len(fade)] *= fade
        chunk[-len(fade) :] *= fade[::-1]
        begin = round(number * STOP_S * rate_hz)
        samples[begin : begin + len(chunk)] = chunk
    with atomic_write(path, TrainingError) as temporary, temporary.open("wb") as file:
        soundfile.write(file, samples, rate_hz, format="WAV")


def _stops(landmarks: int) -> list[int]:
    """Indices of the landmarks that a preview visits."""
    return [int(index) for index in np.linspace(0, landmarks - 1, STOPS).round()]


def preview_bundle(
    model: ConvVAE, config: TrainingConfig, statistics: Statistics, chunks: ChunkDataset
) -> Bundle:
    """Bundle of a model with landmarks, but without axes and map.

    Raises
    ------
    TrainingError
        If there is no chunk, or the decoder cannot be exported.
    """
    if not len(chunks):
        raise TrainingError("there is no chunk to listen to")
    with torch.random.fork_rng(devices=[]):
        frozen = build_model(config, weights_of(model))  # with plain norms, not those of processes
        indices, latents = encode_chunks(frozen, chunks, LANDMARKS)
        space = latent_space(latents)
        exported = export_decoder(frozen.decoder, latents[:CHECKED_LATENTS])
    hop_s = 1.0 / config.spectrogram.frames_per_second
    return Bundle(
        name="preview",
        created=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        settings=config.spectrogram,
        statistics=statistics,
        axes=(),
        landmarks=tuple(
            Landmark(f"recording {recording + 1}", start * hop_s, 0.5, 0.5)
            for recording, start in (chunks.locate(index) for index in indices)
        ),
        training={},
        licence="",
        author="",
        decoder=exported.content,
        **vars(space),
    )
