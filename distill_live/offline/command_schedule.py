"""From a `Plan` to commands, in time: what an engine is told while it renders.

``crossfade`` and ``interpolate`` are the two classic ways of playing chunks: whole chunks one after
the other, each half over the one before. A crossfade's chunks are of places that have nothing to do
with each other, chosen from the corpus' landmarks; an interpolation's lie on great circles from one
such place to the next (Shoemake, *Animating rotation with quaternion curves*, 1985).

It knows the engine's clock; it does not render.
"""

from collections.abc import Iterator, Sequence
from itertools import count

import numpy as np

from distill_live.addresses import Values
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


def score(plan: Plan, bundles: Sequence[Bundle]) -> Iterator[Command]:
    """What to tell an engine, in the order of time, without an end.

    Parameters
    ----------
    plan
        The render.
    bundles
        The engine's models, from slot 1 on.

    Yields
    ------
    Command
        Those without a time come first: they are for before the first sample.
    """
    yield from plan.commands
    if plan.motion in ("crossfade", "interpolate"):
        settings = bundles[0].settings
        update_samples = UPDATE_HOPS * settings.hop_samples
        update_s = update_samples / settings.sample_rate_hz
        ways = [_places(plan, bundle, slot, update_s) for slot, bundle in enumerate(bundles, 1)]
        for update in count(-1):
            time_samples = None if update < 0 else update * update_samples
            for slot, way in enumerate(ways, 1):
                glide_s = 0.0 if update < 0 or plan.motion == "crossfade" else update_s
                yield Command("/latent", next(way), time_samples, glide_s, slot)


def _places(plan: Plan, bundle: Bundle, slot: int, update_s: float) -> Iterator[Values]:
    """Latents of one model: before the first update, and at the end of each."""
    landmarks = CorpusMap(bundle).latents
    rng = np.random.default_rng([plan.seed, _STREAM, slot])
    if plan.motion == "crossfade":
        places = _independent(landmarks, rng)
    else:
        chunk_s = (bundle.settings.n_frames - 1) / bundle.settings.frames_per_second
        places = _between(landmarks, rng, plan.steps, update_s / chunk_s)
    held = _held_axes(plan, bundle)
    for place in places:
        yield tuple(_hold(place, held).tolist())


def _independent(landmarks: Float64, rng: np.random.Generator) -> Iterator[Float64]:
    while True:
        yield landmarks[rng.integers(len(landmarks))]


def _between(
    landmarks: Float64, rng: np.random.Generator, steps: int, update_chunks: float
) -> Iterator[Float64]:
    """Where it is before the first update, and at the end of each."""
    index = int(rng.integers(len(landmarks)))
    here, leg = landmarks[index], 0
    index = _other(index, landmarks, rng)
    towards = landmarks[index]
    for update in count():
        chunks = HEADS * (update * update_chunks - FIRST_RESTART)
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
    said = {c.address: float(c.args[0]) for c in plan.commands if c.address in axes and c.args}
    return [
        (axes[path].direction.astype(np.float64), axis_projection(axes[path], value))
        for path, value in said.items()
    ]


def _hold(place: Float64, held: list[tuple[Float64, float]]) -> Float64:
    """The place moved along the held axes to where they are held."""
    for direction, projection in held:
        place = place + (projection - float(place @ direction)) * direction
    return place
