"""From a `Plan` to commands, in time: what an engine is told while it renders.

``crossfade`` and ``interpolate`` are the two classic ways of playing chunks: whole chunks one after
the other, each half over the one before. A crossfade's chunks are of places that have nothing to do
with each other, chosen from the corpus' landmarks; an interpolation's lie on great circles from one
such place to the next (Shoemake, *Animating rotation with quaternion curves*, 1985).

It knows the engine's clock; it does not render.
"""

from collections.abc import Iterator
from itertools import count

import numpy as np

from distill_live.bundle import Bundle
from distill_live.engine import Command
from distill_live.engine.corpus_map import CorpusMap
from distill_live.engine.heads import HEADS
from distill_live.engine.latent import axis_projection
from distill_live.offline.plan import Plan
from distill_live.spectrogram import Float64

UPDATE_HOPS = 4
"""How often a place is told: well oftener than a play head begins a chunk."""

FIRST_RESTART = 0.25
"""When a new engine's first play head begins its chunk anew, in chunks."""

NEARLY_PARALLEL = 1e-6

_STREAM = 1
"""Beside the seed: which of its random numbers these are."""


def score(plan: Plan, bundle: Bundle) -> Iterator[Command]:
    """What to tell an engine of `bundle`, in the order of time, without an end.

    Yields
    ------
    Command
        Those without a time come first: they are for before the first sample.
    """
    for path, values, glide_s in plan.statements:
        yield Command(path, values, glide_s=glide_s)
    if plan.motion in ("crossfade", "interpolate"):
        yield from _places(plan, bundle)


def _places(plan: Plan, bundle: Bundle) -> Iterator[Command]:
    """Where it is, `UPDATE_HOPS` after `UPDATE_HOPS`."""
    hop_samples = bundle.settings.hop_samples
    update_s = UPDATE_HOPS / bundle.settings.frames_per_second
    landmarks = CorpusMap(bundle).latents
    rng = np.random.default_rng([plan.seed, _STREAM])
    if plan.motion == "crossfade":
        places, glide_s = _independent(landmarks, rng), 0.0
    else:
        chunk_hops = bundle.settings.n_frames - 1
        places, glide_s = _between(landmarks, rng, plan.steps, chunk_hops), update_s
    held = _held_axes(plan, bundle)
    first = _hold(next(places), held)
    yield Command("/latent", tuple(first.tolist()), glide_s=0.0)
    for update, place in zip(count(), places, strict=False):
        latent = tuple(_hold(place, held).tolist())
        yield Command("/latent", latent, update * UPDATE_HOPS * hop_samples, glide_s)


def _independent(landmarks: Float64, rng: np.random.Generator) -> Iterator[Float64]:
    while True:
        yield landmarks[rng.integers(len(landmarks))]


def _between(
    landmarks: Float64, rng: np.random.Generator, steps: int, chunk_hops: int
) -> Iterator[Float64]:
    """Where it is before the first update, and at the end of each."""
    index = int(rng.integers(len(landmarks)))
    here, leg = landmarks[index], 0
    index = _other(index, landmarks, rng)
    towards = landmarks[index]
    for update in count():
        chunks = HEADS * (update * UPDATE_HOPS / chunk_hops - FIRST_RESTART)
        way = max(0.0, chunks / steps)
        while way >= leg + 1:
            index = _other(index, landmarks, rng)
            here, towards, leg = towards, landmarks[index], leg + 1
        yield slerp(here, towards, way - leg)


def _other(index: int, landmarks: Float64, rng: np.random.Generator) -> int:
    """A landmark that is not `index`, where there are two."""
    if len(landmarks) == 1:
        return index
    return (index + int(rng.integers(1, len(landmarks)))) % len(landmarks)


def slerp(start: Float64, end: Float64, share: float) -> Float64:
    """Between two points, ``(latent,)``, `share` of the way along their great circle.

    Points of unlike length spiral; such that lie on one line are joined by it.
    """
    lengths = float(np.linalg.norm(start) * np.linalg.norm(end))
    angle = float(np.arccos(np.clip(start @ end / lengths, -1.0, 1.0))) if lengths else 0.0
    if np.sin(angle) < NEARLY_PARALLEL:
        return start + share * (end - start)
    weights = np.sin((1.0 - share) * angle), np.sin(share * angle)
    joined: Float64 = (weights[0] * start + weights[1] * end) / np.sin(angle)
    return joined


def _held_axes(plan: Plan, bundle: Bundle) -> list[tuple[Float64, float]]:
    """Direction and projection of each axis that a statement sets, the newest value."""
    axes = {f"/axis/{axis.name}": axis for axis in bundle.axes}
    said = {s.path: float(s.values[0]) for s in plan.statements if s.path in axes and s.values}
    return [
        (axes[path].direction.astype(np.float64), axis_projection(axes[path], value))
        for path, value in said.items()
    ]


def _hold(place: Float64, held: list[tuple[Float64, float]]) -> Float64:
    """The place moved along the held axes to where they are held."""
    for direction, projection in held:
        place = place + (projection - float(place @ direction)) * direction
    return place
