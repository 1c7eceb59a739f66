"""Excerpts of recordings in three versions: as recorded, from the spectrogram, from the model.

Overlapping chunks are cross-faded as the instrument's play heads do, then synthesised by the
instrument.
"""

from dataclasses import dataclass

import numpy as np
import torch

from distill_live.errors import AudioFileError
from distill_live.spectrogram import Float32, Representation
from distill_live.synthesis import synthesize
from distill_train.bundling.evaluation import SourceSound
from distill_train.corpus.dataset import ChunkDataset
from distill_train.spectral_distance import spectral_distance
from distill_train.training.checkpoint import TrainedModel

EXCERPT_S = 2.6
"""Approximate length of an excerpt; at least a chunk."""

MIN_PEAK = 1e-3
"""Minimum peak of an excerpt (-60 dBFS)."""

MIN_POWER = 1e-14
"""Band power below which a band's frequency is its centre."""


@dataclass(frozen=True, eq=False)
class Excerpt:
    """Excerpt in three versions, each mono, ``(samples,)``.

    Attributes
    ----------
    recording, seconds
        Index of the recording, and start of the excerpt in it.
    original
        As recorded.
    represented
        From its own spectrogram: the best that any network could do.
    modelled
        From the network's output.
    represented_db, modelled_db
        Log-spectral distance from the original, in dB.
    """

    recording: int
    seconds: float
    original: Float32
    represented: Float32
    modelled: Float32
    represented_db: float
    modelled_db: float


def choose_excerpts(
    trained: TrainedModel, chunks: ChunkDataset, sound: SourceSound, count: int
) -> list[Excerpt]:
    """Choose up to `count` excerpts, of as many recordings as possible, evenly spread.

    Parameters
    ----------
    trained
        Model; the means of its latents are decoded.
    chunks
        Chunks to choose from, without augmented copies.
    sound
        Sound of a chunk; unreadable recordings are skipped.
    count
        Maximum number of excerpts.
    """
    found: list[Excerpt] = []
    for first in _first_chunks(chunks, count):
        if len(found) == count:
            break
        try:
            excerpt = make_excerpt(trained, chunks, _excerpt_chunks(chunks, first, trained), sound)
        except AudioFileError:
            continue
        if excerpt:
            found.append(excerpt)
    return sorted(found, key=lambda excerpt: (excerpt.recording, excerpt.seconds))


def make_excerpt(
    trained: TrainedModel, chunks: ChunkDataset, indices: list[int], sound: SourceSound
) -> Excerpt | None:
    """Make the excerpt that overlapping chunks of one recording cover; None if it is silent.

    Raises
    ------
    AudioFileError
        If the recording can no longer be read.
    """
    settings = trained.config.spectrogram
    hop, n_frames = settings.hop_samples, settings.n_frames
    starts = [chunks.locate(index)[1] for index in indices]
    recording, begin = chunks.locate(indices[0])
    frames = starts[-1] - begin + n_frames
    original = np.zeros((frames - n_frames) * hop + settings.chunk_samples, np.float32)
    for start in starts:
        at = (start - begin) * hop
        original[at : at + settings.chunk_samples] = sound(recording, start)
    if np.abs(original).max() < MIN_PEAK:
        return None

    representation = Representation(settings, trained.statistics)
    channels = np.stack([chunks[index].numpy() for index in indices])
    with torch.no_grad():
        mean, _ = trained.model.encoder(torch.from_numpy(channels))
        decoded: Float32 = trained.model.decoder(mean).numpy()
    offsets = [start - begin for start in starts]
    represented, modelled = (
        _crossfaded_sound(representation, version, offsets, len(original))
        for version in (channels, decoded)
    )
    silence = chunks.recordings[recording].silence_frames
    return Excerpt(
        recording=recording,
        seconds=max(0, begin - silence) / settings.frames_per_second,
        original=original,
        represented=represented,
        modelled=modelled,
        represented_db=spectral_distance(original, represented).log_spectral_db,
        modelled_db=spectral_distance(original, modelled).log_spectral_db,
    )


def _first_chunks(chunks: ChunkDataset, count: int) -> list[int]:
    """First chunks of possible excerpts, best first: one of each recording, then a second, ..."""
    of_each: dict[int, list[int]] = {}
    for index in range(len(chunks)):
        of_each.setdefault(chunks.locate(index)[0], []).append(index)
    own = list(of_each.values())
    spread = [len(own) * turn // count for turn in range(count)] if own else []
    order = list(dict.fromkeys([*spread, *range(len(own))]))
    return [
        own[number][len(own[number]) * (2 * turn + 1) // (2 * count)]
        for turn in range(count)
        for number in order
        if turn < len(own[number])
    ]


def _excerpt_chunks(chunks: ChunkDataset, first: int, trained: TrainedModel) -> list[int]:
    """Chunks of an excerpt from its first one: of one recording, overlapping by about half."""
    n_frames, rate = chunks.n_frames, trained.config.spectrogram.frames_per_second
    recording, begin = chunks.locate(first)
    last = begin + max(0, round(EXCERPT_S * rate) - n_frames)
    if trained.config.level == "chunk":  # chunks differ in gain
        last = begin
    found = [first]
    for index in range(first + 1, len(chunks)):
        here, start = chunks.locate(index)
        distance = start - chunks.locate(found[-1])[1]
        if here != recording or start > last or distance >= n_frames:  # a gap in the samples
            break
        if 2 * distance >= n_frames - 1:
            found.append(index)
    return found


def _crossfaded_sound(
    representation: Representation, chunks: Float32, starts: list[int], samples: int
) -> Float32:
    """Cross-fade chunks by their start frames and synthesise them."""
    n_frames = chunks.shape[3]
    frames = starts[-1] + n_frames
    power = np.zeros((chunks.shape[2], frames))
    moment, weights = np.zeros_like(power), np.zeros(frames)
    window = 0.501 - 0.499 * np.cos(2.0 * np.pi * (np.arange(n_frames) + 0.5) / n_frames)
    for chunk, start in zip(chunks, starts, strict=True):
        part = slice(start, start + n_frames)
        decoded, frequency_bins = representation.decode(chunk)
        power[:, part] += window * decoded
        moment[:, part] += window * decoded * frequency_bins
        weights[part] += window
    centres = np.broadcast_to(representation.centres_bins[:, None], power.shape)
    frequency = np.divide(moment, power, out=centres.copy(), where=power > MIN_POWER)
    return synthesize(
        representation,
        (power / weights).astype(np.float32),
        frequency.astype(np.float32),
        np.random.default_rng(0),
        samples,
    )
