"""Stretches of the recordings as three sounds: as recorded, from the spectrogram, from the model.

The model's is what its decoder gives for the chunks of the stretch, each read by the instrument's
synthesis; chunks that overlap are cross-faded as the instrument's play heads do it. It knows
nothing of pages or files.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from distill_live.errors import AudioFileError
from distill_live.spectrogram import Float32, Representation
from distill_live.synthesis import synthesize
from distill_train.corpus.dataset import ChunkDataset
from distill_train.spectral_distance import spectral_distance
from distill_train.training.checkpoint import TrainedModel

EXCERPT_S = 2.6
"""About how long an excerpt is, where its recording is; a chunk at least."""

MIN_PEAK = 1e-3
"""Excerpts with a lower peak (-60 dBFS) are passed over: there is nothing to hear."""

MIN_POWER = 1e-14
"""Band power under which a band has no frequency of its own."""

Sound = Callable[[int, int], Float32]
"""What a chunk was made from: takes recording and first frame, gives ``(chunk_samples,)``."""


@dataclass(frozen=True, eq=False)
class Excerpt:
    """One stretch in three sounds, each mono, ``(samples,)``.

    Attributes
    ----------
    recording, seconds
        Which recording it is from, and where in it the stretch begins.
    original
        As recorded.
    represented
        From its own spectrogram: what a perfect network would come to.
    modelled
        From what the network decodes.
    represented_db, modelled_db
        Log-spectral distance of either from the original, in dB.
    """

    recording: int
    seconds: float
    original: Float32
    represented: Float32
    modelled: Float32
    represented_db: float
    modelled_db: float


def choose_excerpts(
    trained: TrainedModel, chunks: ChunkDataset, sound: Sound, count: int
) -> list[Excerpt]:
    """At most `count` excerpts, of as many recordings as can be, spread over them.

    Parameters
    ----------
    trained
        The model; it decodes the means of the latents.
    chunks
        Where to take them from, without copies.
    sound
        What a chunk was made from. A recording that can no longer be read is passed over.
    count
        How many.
    """
    found: list[Excerpt] = []
    for first in _beginnings(chunks, count):
        if len(found) == count:
            break
        try:
            excerpt = make_excerpt(trained, chunks, _stretch(chunks, first, trained), sound)
        except AudioFileError:
            continue
        if excerpt:
            found.append(excerpt)
    return sorted(found, key=lambda excerpt: (excerpt.recording, excerpt.seconds))


def make_excerpt(
    trained: TrainedModel, chunks: ChunkDataset, indices: list[int], sound: Sound
) -> Excerpt | None:
    """The stretch that some overlapping chunks of one recording cover; None where it is silent.

    Raises
    ------
    AudioFileError
        If the recording can no longer be read.
    """
    settings = trained.config.spectrogram
    hop, n_frames = settings.hop_samples, settings.n_frames
    places = [chunks.place(index) for index in indices]
    recording, begin = places[0]
    frames = places[-1][1] - begin + n_frames
    original = np.zeros((frames - n_frames) * hop + settings.chunk_samples, np.float32)
    for _, start in places:
        at = (start - begin) * hop
        original[at : at + settings.chunk_samples] = sound(recording, start)
    if np.abs(original).max() < MIN_PEAK:
        return None

    representation = Representation(settings, trained.statistics)
    channels = np.stack([chunks[index].numpy() for index in indices])
    with torch.no_grad():
        mean, _ = trained.model.encoder(torch.from_numpy(channels))
        decoded: Float32 = trained.model.decoder(mean).numpy()
    starts = [start - begin for _, start in places]
    represented, modelled = (
        _mixed_sound(representation, some, starts, len(original)) for some in (channels, decoded)
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


def _beginnings(chunks: ChunkDataset, count: int) -> list[int]:
    """Chunks to begin an excerpt at, best first: of each recording one, then a second, ..."""
    of_each: dict[int, list[int]] = {}
    for index in range(len(chunks)):
        of_each.setdefault(chunks.place(index)[0], []).append(index)
    own = list(of_each.values())
    spread = [len(own) * turn // count for turn in range(count)] if own else []
    order = list(dict.fromkeys([*spread, *range(len(own))]))
    return [
        own[number][len(own[number]) * (2 * turn + 1) // (2 * count)]
        for turn in range(count)
        for number in order
        if turn < len(own[number])
    ]


def _stretch(chunks: ChunkDataset, first: int, trained: TrainedModel) -> list[int]:
    """Chunks from one on that make an excerpt: of one recording, about half overlapping."""
    n_frames, rate = chunks.n_frames, trained.config.spectrogram.frames_per_second
    recording, begin = chunks.place(first)
    last = begin + max(0, round(EXCERPT_S * rate) - n_frames)
    if trained.config.level == "chunk":  # each chunk has a level of its own
        last = begin
    found = [first]
    for index in range(first + 1, len(chunks)):
        here, start = chunks.place(index)
        if here != recording or start > last or start - chunks.place(found[-1])[1] > n_frames:
            break
        if 2 * (start - chunks.place(found[-1])[1]) >= n_frames - 1:
            found.append(index)
    return found


def _mixed_sound(
    representation: Representation, chunks: Float32, starts: list[int], samples: int
) -> Float32:
    """Chunks that begin at some frames, their power mixed, made to sound."""
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
