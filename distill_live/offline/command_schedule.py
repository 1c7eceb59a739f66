"""Schedule the commands of a `Plan` on the engine's clock.

``crossfade`` and ``interpolate`` play whole chunks one after the other, overlapping by half. A
crossfade takes random landmarks of the corpus; an interpolation moves along great circles from one
random landmark to the next (Shoemake, *Animating rotation with quaternion curves*, 1985).
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from heapq import merge
from itertools import count

import numpy as np

from distill_live.addresses import Values
from distill_live.bundle import Bundle
from distill_live.engine import Command
from distill_live.engine.heads import HEADS
from distill_live.engine.latent.corpus_map import CorpusMap
from distill_live.engine.latent.point import axis_projection
from distill_live.offline.plan import Plan
from distill_live.spectrogram import Float64

UPDATE_HOPS = 4
"""Hops between position updates; much shorter than a chunk."""

FIRST_RESTART = 0.25
"""Time at which a new engine's first play head restarts its chunk, in chunks."""

NEARLY_PARALLEL = 1e-6

_STREAM = 1
"""Random stream of this module, seeded together with the seed."""


def schedule_commands(plan: Plan, bundles: Sequence[Bundle]) -> Iterator[Command]:
    """Yield the commands of a render in order of time; those of a motion have no end.

    Parameters
    ----------
    plan
        The plan of the render.
    bundles
        Models of the engine, from slot 1 on.

    Yields
    ------
    Command
        Commands without a time come first and apply before the first sample.
    """
    yield from plan.commands
    rate_hz = bundles[0].settings.sample_rate_hz
    score = (replace(of, time_samples=round(at_s * rate_hz)) for at_s, of in plan.score)
    moves = _moves(plan, bundles) if plan.motion in ("crossfade", "interpolate") else ()
    yield from merge(moves, score, key=lambda command: command.time_samples or 0)


def _moves(plan: Plan, bundles: Sequence[Bundle]) -> Iterator[Command]:
    """Commands of ``crossfade`` and ``interpolate``."""
    settings = bundles[0].settings
    update_samples = UPDATE_HOPS * settings.hop_samples
    update_s = update_samples / settings.sample_rate_hz
    paths = [_latents(plan, bundle, slot, update_s) for slot, bundle in enumerate(bundles, 1)]
    for update in count(-1):
        time_samples = None if update < 0 else update * update_samples
        for slot, path in enumerate(paths, 1):
            glide_s = 0.0 if update < 0 or plan.motion == "crossfade" else update_s
            yield Command("/latent", next(path), time_samples, glide_s, slot)


def _latents(plan: Plan, bundle: Bundle, slot: int, update_s: float) -> Iterator[Values]:
    """Latents of one model: the initial one, then one for each update."""
    landmarks = CorpusMap(bundle).latents
    rng = np.random.default_rng([plan.seed, _STREAM, slot])
    if plan.motion == "crossfade":
        points = _random_points(landmarks, rng)
    else:
        chunk_s = (bundle.settings.n_frames - 1) / bundle.settings.frames_per_second
        points = _interpolated_points(landmarks, rng, plan.steps, update_s / chunk_s)
    held = _held_axes(plan, bundle)
    for point in points:
        yield tuple(_hold(point, held).tolist())


def _random_points(landmarks: Float64, rng: np.random.Generator) -> Iterator[Float64]:
    while True:
        yield landmarks[rng.integers(len(landmarks))]


def _interpolated_points(
    landmarks: Float64, rng: np.random.Generator, steps: int, update_chunks: float
) -> Iterator[Float64]:
    """Points along the path: the initial one, then one for each update."""
    index = int(rng.integers(len(landmarks)))
    start, leg = landmarks[index], 0
    index = _other(index, landmarks, rng)
    end = landmarks[index]
    for update in count():
        chunks = HEADS * (update * update_chunks - FIRST_RESTART)
        progress = max(0.0, chunks / steps)
        while progress >= leg + 1:
            index = _other(index, landmarks, rng)
            start, end, leg = end, landmarks[index], leg + 1
        yield slerp(start, end, progress - leg)


def _other(index: int, landmarks: Float64, rng: np.random.Generator) -> int:
    """Random index of another landmark, or `index` if it is the only one."""
    if len(landmarks) == 1:
        return index
    return (index + int(rng.integers(1, len(landmarks)))) % len(landmarks)


def slerp(start: Float64, end: Float64, share: float) -> Float64:
    """Spherical interpolation between two points, ``(latent,)``; linear if nearly parallel.

    Parameters
    ----------
    start, end
        Points; of different lengths they are joined by a spiral.
    share
        Position between them, 0 to 1.
    """
    lengths = float(np.linalg.norm(start) * np.linalg.norm(end))
    angle = float(np.arccos(np.clip(start @ end / lengths, -1.0, 1.0))) if lengths else 0.0
    if np.sin(angle) < NEARLY_PARALLEL:
        return start + share * (end - start)
    weights = np.sin((1.0 - share) * angle), np.sin(share * angle)
    joined: Float64 = (weights[0] * start + weights[1] * end) / np.sin(angle)
    return joined


def _held_axes(plan: Plan, bundle: Bundle) -> list[tuple[Float64, float]]:
    """Direction and projection of each axis that the plan sets; the last value counts."""
    axes = {f"/axis/{axis.name}": axis for axis in bundle.axes}
    values = {c.address: float(c.args[0]) for c in plan.commands if c.address in axes and c.args}
    return [
        (axes[path].direction.astype(np.float64), axis_projection(axes[path], value))
        for path, value in values.items()
    ]


def _hold(point: Float64, held: list[tuple[Float64, float]]) -> Float64:
    """Move a point along the held axes to their set values."""
    for direction, projection in held:
        point = point + (projection - float(point @ direction)) * direction
    return point
