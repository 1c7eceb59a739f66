"""Chunks of the notes that do not play the slot's moving point: landmarks, or moved by timbre.

All landmarks that keys can play are decoded ahead, as soon as keys play them, so that a note does
not wait. One whose chunk is missing is decoded before them; until it arrives the note plays the
point.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from distill_live.bundle import Axis, Bundle
from distill_live.engine.decoding.decoder import BACKGROUND, Chunk, ChunkMorph, Decoder, Key
from distill_live.engine.heads import HEADS
from distill_live.engine.latent.corpus_map import CorpusMap
from distill_live.engine.latent.point import LATENT_LIMIT, axis_projection, axis_value
from distill_live.engine.voices import Voice, Voices
from distill_live.spectrogram import Float64

KEYS = 128

MIN_CONFIDENCE = 0.5
"""Least confidence of a landmark's pitch for which it counts as tuned."""

DOUBT_SEMITONES = 24.0
"""How much nearer than a landmark of sure pitch one without any confidence would have to be."""

A4_HZ, A4_KEY = 440.0, 69.0


@dataclass(eq=False)
class _Own:
    """A voice's own chunk, and the request that it waits for."""

    voice: Voice
    chunk: ChunkMorph | None = None
    latent: Float64 | None = None
    """What was requested last."""
    landmark: int | None = None
    """Landmark that this is, if it is one."""
    request: int = 0
    """Its number; 0 once it is answered."""


class NoteChunks:
    """Chunks of the notes of one model.

    Parameters
    ----------
    bundle, corpus
        The model and its landmarks.
    axes
        Its axes by name.
    decoder
        Source of its chunks; its keys from `HEADS` on are of notes, by row, and from `BACKGROUND`
        on of landmarks.
    """

    def __init__(
        self, bundle: Bundle, corpus: CorpusMap, axes: Mapping[str, Axis], decoder: Decoder
    ) -> None:
        self._latents, self._axes, self._decoder = corpus.latents, axes, decoder
        self._pitches, doubts = landmark_keys(bundle)
        self._landmarks = {"places": landmarks_by_key(corpus.latents, axes).tolist()}
        if np.isfinite(self._pitches).any():
            distance = np.abs(self._pitches - np.arange(KEYS)[:, None]) + DOUBT_SEMITONES * doubts
            self._landmarks["tuned"] = np.nanargmin(distance, axis=1).tolist()
        # landmarks that are not decoded yet
        self._missing = {keys: set(by_key) for keys, by_key in self._landmarks.items()}
        self._requested: set[str] = set()  # modes whose landmarks were requested
        self._decoded: dict[int, ChunkMorph] = {}  # by landmark
        self._requests = 0
        self._own: dict[int, _Own] = {}  # by row

    def request(self, voices: Voices, point: Float64, *, leads: bool) -> None:
        """Request the chunks that the voices of this hop lack.

        Parameters
        ----------
        voices
            The notes.
        point
            Latent that sounds, standardised, ``(latent,)``.
        leads
            Whether this model's landmarks are played.
        """
        before, self._own = self._own, {}
        for voice in voices.sounding:
            landmark = self._landmark(voice.keys, voice.key) if leads else None
            if landmark is None and not (voice.timbre and (leads or voice.keys == "pitch")):
                continue
            own = before.get(voice.row)
            if own is None or own.voice is not voice:
                own = _Own(voice)
            self._own[voice.row] = own
            latent = point if landmark is None else self._latents[landmark]
            latent = self._moved(latent, voices.timbre_axis, voice.timbre)
            if landmark in self._decoded and not voice.timbre:
                own.chunk, own.latent, own.request = self._decoded[landmark], latent, 0
            elif not own.request and (own.latent is None or (latent != own.latent).any()):
                own.request, own.latent = self._submit(HEADS + voice.row, latent), latent
                own.landmark = None if voice.timbre else landmark
        if leads:
            self._decode_ahead(voices.keys)

    def sleep(self) -> None:
        """Drop the chunks of the voices of this hop: the model is not heard."""
        self._own.clear()

    def take(self, key: Key, request: int, chunk: Chunk) -> None:
        """Take a decoded chunk."""
        if key[0] >= BACKGROUND:
            self._keep(key[0] - BACKGROUND, ChunkMorph(chunk))
            return
        own = self._own.get(key[0] - HEADS)
        if own is not None and own.request == request:
            own.chunk, own.request = ChunkMorph(chunk), 0
            if own.landmark is not None:
                self._keep(own.landmark, own.chunk)

    def of(self, voice: Voice) -> ChunkMorph | None:
        """The chunk that a voice plays; None for those of the point."""
        own = self._own.get(voice.row)
        return None if own is None else own.chunk

    def play_point(self, voices: Voices, *, leads: bool) -> bool:
        """Whether a note plays the chunks of the point, or one that begins would."""
        if voices.keys not in self._landmarks or (leads and self._missing[voices.keys]):
            return True
        return any(
            self.of(voice) is None and (leads or voice.keys == "pitch") for voice in voices.sounding
        )

    def transposition(self, voice: Voice, root: float) -> float:
        """Semitones by which a voice transposes what it plays."""
        if voice.keys == "places":
            return voice.bend
        landmark = self._landmark(voice.keys, voice.key)
        return voice.key_now + voice.bend - (root if landmark is None else self._pitches[landmark])

    def _landmark(self, keys: str, key: float) -> int | None:
        """The landmark that a key plays; None for the point."""
        by_key = self._landmarks.get(keys)
        return None if by_key is None else by_key[round(key)]

    def _moved(self, latent: Float64, axis_name: str, timbre: float) -> Float64:
        """Latent moved along an axis, or the first, by `timbre` of its unit."""
        axis = self._axes.get(axis_name) or next(iter(self._axes.values()), None)
        if axis is None or not timbre:
            return latent
        projection = float(latent @ axis.direction)
        way = axis_projection(axis, axis_value(axis, projection) + timbre) - projection
        moved: Float64 = latent + way * axis.direction.astype(np.float64)
        return moved.clip(-LATENT_LIMIT, LATENT_LIMIT)

    def _decode_ahead(self, keys: str) -> None:
        """Request the landmarks that keys play, those of the keys in the middle first."""
        if keys in self._requested or keys not in self._landmarks:
            return
        by_key = self._landmarks[keys]
        self._requested.add(keys)
        for landmark in sorted(
            self._missing[keys], key=lambda one: abs(by_key.index(one) - A4_KEY)
        ):
            self._submit(BACKGROUND + landmark, self._latents[landmark])

    def _keep(self, landmark: int, chunk: ChunkMorph) -> None:
        self._decoded.setdefault(landmark, chunk)
        for missing in self._missing.values():
            missing.discard(landmark)

    def _submit(self, head: int, latent: Float64) -> int:
        self._requests += 1
        self._decoder.submit((head, 0), self._requests, latent)
        return self._requests


def landmark_keys(bundle: Bundle) -> tuple[Float64, Float64]:
    """Key of each landmark's own pitch, NaN where it has none, and its doubt, 0..1.

    The doubt is what the confidence lacks; both are ``(landmarks,)``.
    """
    keys, doubts = np.full((2, len(bundle.landmarks)), np.nan)
    pitch, confidence = map(bundle.landmark_feature, ("pitch", "pitch_confidence"))
    if pitch is not None and confidence is not None:
        sure = (pitch > 0) & (confidence >= MIN_CONFIDENCE)
        keys[sure] = A4_KEY + 12.0 * np.log2(pitch[sure] / A4_HZ)
        doubts[sure] = 1.0 - confidence[sure]
    return keys, doubts


def landmarks_by_key(latents: Float64, axes: Mapping[str, Axis]) -> NDArray[np.intp]:
    """Landmark of each key, ``(KEYS,)``, so that neighbours sound alike.

    A short path through the landmarks, from the low end of ``brightness``, or else the first axis,
    to the high one: nearest neighbours, improved by reversals (2-opt; G. A. Croes, *A Method for
    Solving Traveling-Salesman Problems*, Operations Research 6, 1958). Of more than `KEYS`, those
    that are farthest apart are taken; of fewer, neighbouring keys share one.
    """
    chosen = _far_apart(latents, KEYS)
    points = latents[chosen]
    path = _short_path(points)
    axis = axes.get("brightness") or next(iter(axes.values()), None)
    if axis is not None and len(path) > 1:
        along = points[path] @ axis.direction
        middle = len(path) // 2
        if along[:middle].mean() > along[-middle:].mean():
            path = path[::-1]
    order: NDArray[np.intp] = chosen[path]
    return order[np.rint(np.linspace(0, len(order) - 1, KEYS)).astype(np.intp)]


def _far_apart(points: Float64, most: int) -> NDArray[np.intp]:
    """Indices of at most `most` points, each the farthest from those before."""
    chosen = [0]
    distance = np.linalg.norm(points - points[0], axis=1)
    while len(chosen) < min(most, len(points)):
        chosen.append(int(distance.argmax()))
        np.minimum(distance, np.linalg.norm(points - points[chosen[-1]], axis=1), out=distance)
    return np.array(chosen)


def _short_path(points: Float64) -> NDArray[np.intp]:
    """Order of points on a short open path through all."""
    count = len(points)
    # one more point, at no distance from any, closes the path
    distance = np.zeros((count + 1, count + 1))
    distance[:count, :count] = np.linalg.norm(points[:, None] - points, axis=2)
    tour = [count, 0]
    left = set(range(1, count))
    while left:
        tour.append(min(left, key=lambda point: (distance[tour[-1], point], point)))
        left.remove(tour[-1])
    order = np.array(tour)
    while True:
        after = np.roll(order, -1)
        edges = distance[order, after]
        gain = (
            edges[:, None]
            + edges
            - distance[order[:, None], order]
            - distance[after[:, None], after]
        )
        first, last = np.unravel_index(np.triu(gain, 1).argmax(), gain.shape)
        if gain[first, last] < 1e-9:
            return np.roll(order, -int(np.flatnonzero(order == count)[0]))[1:]
        order[first + 1 : last + 1] = order[first + 1 : last + 1][::-1].copy()
