"""Encode a corpus, standardise its latents, find the directions that its sound follows.

Standardised coordinates are ``u = (z - mean) / std``. The instrument keeps them within
`LATENT_LIMIT`, so a dimension in which a landmark would lie beyond it has a larger ``std``.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from distill_live.bundle import Bundle, Landmark, RecordingPath
from distill_live.bundle.model import MAX_FILES, MAX_PATH_POINTS
from distill_live.engine.latent.point import LATENT_LIMIT
from distill_live.spectrogram import Float32, Float64, SpectrogramSettings
from distill_train.config import MAX_LANDMARKS
from distill_train.corpus.audio import recording_names
from distill_train.corpus.dataset import AnalysedRecording, ChunkDataset, Region
from distill_train.training.model import ConvVAE

MIN_COVARIANCE_SHARE = 0.02
"""Minimum share of the covariances with the sound of a direction that it follows."""

MIN_DIRECTIONS = 8
"""Minimum number of these directions, where there are as many."""

MIN_STD = 1e-3
"""Minimum standard deviation of a latent dimension, against division by 0."""


@dataclass(frozen=True, eq=False)
class LatentSpace:
    """Latents of a corpus with their statistics, as the fields of a `Bundle`.

    Attributes
    ----------
    landmark_latents
        Latent means of the chunks, ``(chunks, latent)``.
    latent_mean, latent_std, latent_low, latent_high
        Statistics over the chunks, ``(latent,)``.
    """

    landmark_latents: Float32
    latent_mean: Float32
    latent_std: Float32
    latent_low: Float32
    latent_high: Float32

    @property
    def standardised(self) -> Float64:
        """Latents as ``u``, ``(chunks, latent)``."""
        return standardised_landmarks(self)


def latent_space(latents: Float32) -> LatentSpace:
    """Compute the statistics of latents ``(chunks, latent)``."""
    mean = latents.mean(axis=0)
    reach = np.abs(latents - mean).max(axis=0) / np.float32(LATENT_LIMIT)
    std = np.maximum(np.maximum(latents.std(axis=0), reach), np.float32(MIN_STD))
    return LatentSpace(latents, mean, std, latents.min(axis=0), latents.max(axis=0))


def standardised_landmarks(bundle: Bundle | LatentSpace) -> Float64:
    """Landmarks of a bundle as ``u``, ``(landmarks, latent)``."""
    return (bundle.landmark_latents.astype(np.float64) - bundle.latent_mean) / bundle.latent_std


def source_chunks(
    recordings: Sequence[AnalysedRecording], settings: SpectrogramSettings, overlap: float
) -> ChunkDataset:
    """Chunks of the whole corpus without augmentation; one of each recording that is shorter."""
    regions = []
    for index, recording in enumerate(recordings):
        silence = recording.silence_frames
        last = silence if silence else recording.frames - settings.n_frames
        regions.append(Region(index, silence, last))
    return ChunkDataset(recordings, regions, settings.n_frames, overlap)


@torch.no_grad()
def encode_chunks(
    model: ConvVAE, chunks: ChunkDataset, max_chunks: int = MAX_LANDMARKS
) -> tuple[list[int], Float32]:
    """Encode up to `max_chunks` evenly spread chunks: their indices and latent means.

    The model must be on the CPU, in evaluation mode.
    """
    indices = chunks.spread(max_chunks)
    if not indices:
        return [], np.zeros((0, model.config.latent_dim), np.float32)
    latents = [
        model.encoder(batch.contiguous(memory_format=torch.channels_last))[0]
        for batch in chunks.grid_batches(32, max_chunks)
    ]
    found: Float32 = torch.cat(latents).numpy()
    return indices, found


def sound_directions(points: Float64, spectra: Float64) -> Float64:
    """Directions in which latents and sound vary together, strongest first.

    The left singular vectors of their covariance: partial least squares by singular value
    decomposition (Wegelin, *A Survey of Partial Least Squares Methods*, 2000). Principal components
    would be those of the latents alone, in many of which the sound hardly changes. The largest
    component of each is positive, so that the signs are reproducible.

    Parameters
    ----------
    points
        Standardised latents, ``(points, latent)``.
    spectra
        Sound of each, ``(points, numbers)``.

    Returns
    -------
    Float64
        Orthonormal, ``(directions, latent)``; none if the sound does not vary.
    """
    covariance = (points - points.mean(axis=0)).T @ (spectra - spectra.mean(axis=0)) / len(points)
    left, singular, _ = np.linalg.svd(covariance, full_matrices=False)
    shares = singular / max(float(singular.sum()), 1e-12)
    kept = max(int(np.sum(shares >= MIN_COVARIANCE_SHARE)), MIN_DIRECTIONS)
    found: Float64 = left.T[:kept][singular[:kept] > 1e-9]
    largest = found[np.arange(len(found)), np.abs(found).argmax(axis=1)]
    found *= np.sign(largest)[:, None]
    return found


def apart(values: Float64, scores: Float64) -> Float64:
    """Residual of a linear fit of values ``(points, ...)`` to scores ``(points, n)``."""
    centred, given = values - values.mean(axis=0), scores - scores.mean(axis=0)
    rest: Float64 = centred - given @ np.linalg.lstsq(given, centred, rcond=None)[0]
    return rest


def fitted_directions(
    points: Float64, feature: Float64, span: Float64, apart_from: Sequence[Float64] = ()
) -> list[Float64]:
    """Fit unit vectors along which a feature rises, best candidate first.

    The candidates: if `apart_from` is not empty, the direction orthogonal to it of the largest
    covariance with the feature's residual; the direction of the largest covariance (the first of
    partial least squares); that of least squares.

    Parameters
    ----------
    points
        Standardised latents, ``(points, latent)``.
    feature
        Feature of each point, ``(points,)``.
    span
        Orthonormal directions whose span they lie in, ``(directions, latent)``, as a direction in
        which the corpus hardly varies may predict a feature and still change nothing within the
        corpus' range.
    apart_from
        Directions, not necessarily orthogonal, each ``(latent,)``.
    """
    if not len(span) or np.std(feature) < 1e-9:
        return []
    centred, wanted = points - points.mean(axis=0), feature - feature.mean()
    scores = centred @ span.T
    found = [
        span.T @ (scores.T @ wanted),
        span.T @ np.linalg.lstsq(scores, wanted, rcond=None)[0],
    ]
    if len(apart_from):
        others = np.linalg.qr(np.array(apart_from).T)[0]
        direction = span.T @ (scores.T @ apart(wanted, centred @ others))
        found.insert(0, direction - others @ (others.T @ direction))
    lengths = [float(np.linalg.norm(direction)) for direction in found]
    return [
        direction / length
        for direction, length in zip(found, lengths, strict=True)
        if length > 1e-9
    ]


def landmarks(
    chunks: ChunkDataset,
    indices: Sequence[int],
    files: Sequence[str],
    settings: SpectrogramSettings,
    positions: Float64,
) -> tuple[Landmark, ...]:
    """Landmark of each chunk: file, time in it, position on the map."""
    found, names = [], recording_names(files)
    for index, (x, y) in zip(indices, positions, strict=True):
        recording, start = chunks.locate(index)
        frames = max(0, start - chunks.recordings[recording].silence_frames)
        seconds = frames / settings.frames_per_second
        found.append(Landmark(names[recording], seconds, float(x), float(y)))
    return tuple(found)


def recording_paths(
    model: ConvVAE,
    recordings: Sequence[AnalysedRecording],
    files: Sequence[str],
    settings: SpectrogramSettings,
    preferred: Collection[int] = (),
) -> tuple[RecordingPath, ...]:
    """Path of each recording: the latent means of its chunks, half a chunk or more apart.

    Parameters
    ----------
    model
        Model on the CPU, in evaluation mode.
    recordings, files
        Corpus, and the names of its files.
    settings
        Settings of its analysis.
    preferred
        Indices of the recordings to keep where there are more than a bundle holds paths.
    """
    order = sorted(range(len(recordings)), key=lambda index: index not in preferred)
    kept = sorted(order[:MAX_FILES])
    frames = [recordings[index].frames - 2 * recordings[index].silence_frames for index in kept]
    way = sum(max(0, count - settings.n_frames) for count in frames)
    step = max(settings.n_frames // 2, -(-way // (MAX_PATH_POINTS - 2 * len(kept))))
    chunks = source_chunks(
        [recordings[index] for index in kept], settings, 1.0 - step / settings.n_frames
    )
    indices, latents = encode_chunks(model, chunks, len(chunks))
    owners = np.array([chunks.locate(index)[0] for index in indices])
    parts = np.split(latents, np.searchsorted(owners, range(1, len(kept))))
    names = recording_names(files)
    return tuple(
        RecordingPath(names[index], count, part)
        for index, count, part in zip(kept, frames, parts, strict=True)
    )
