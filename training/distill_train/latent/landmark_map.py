"""Lay out landmarks on a 2-D map by t-SNE, so that neighbours sound alike.

A chunk is described by level, spread and movement of its bands. The plane (van der Maaten and
Hinton, *Visualizing Data using t-SNE*, JMLR 9, 2008) is rotated so that right is brighter and up is
louder, as far as possible, and spread over the unit square.
"""

import numpy as np
from numpy.typing import NDArray

from distill_live.spectrogram import MAGNITUDE, Float32, Float64

IntArray = NDArray[np.intp]

BANDS = 32
"""Number of groups of mel bands in a profile."""

PERPLEXITY = 10.0
"""Perplexity of t-SNE: effective number of neighbours."""

MIN_TSNE_CHUNKS = 8
"""Minimum number of chunks for t-SNE; fewer are laid out by principal components."""

ITERATIONS, EXAGGERATED_ITERATIONS = 400, 100
"""Steps of gradient descent, and those of them with exaggerated attraction."""

BISECTIONS = 40
EXAGGERATION = 12.0

EVENNESS = 0.4
"""Share of the way from a chunk's t-SNE position to its own cell, to fill the square evenly."""

MIN_PROBABILITY = 1e-12


def sound_profile(channels: Float32) -> Float64:
    """Profile of a chunk's sound; Euclidean distance measures dissimilarity.

    Mean, standard deviation and mean absolute change from frame to frame of the normalised log
    level of each of `BANDS` groups of bands. It does not depend on time within the chunk.

    Parameters
    ----------
    channels
        Chunk, ``(2, n_mels, frames)``.

    Returns
    -------
    Float64
        Profile, ``(3 * groups,)``.
    """
    groups = np.array_split(channels[MAGNITUDE].astype(np.float64), min(BANDS, channels.shape[1]))
    levels = np.array([group.mean(axis=0) for group in groups])
    changes = np.abs(np.diff(levels, axis=1))
    return np.concatenate([levels.mean(axis=1), levels.std(axis=1), changes.mean(axis=1)])


def map_positions(profiles: Float64) -> Float64:
    """Map position of each chunk, ``(chunks, 2)`` in 0..1, x to the right and y up.

    Deterministic.

    Parameters
    ----------
    profiles
        Results of `sound_profile`, ``(chunks, numbers)``.
    """
    count = len(profiles)
    centred = profiles - profiles.mean(axis=0)
    left, singular, _ = np.linalg.svd(centred, full_matrices=False)
    plane = (left * singular)[:, :2]
    plane = np.pad(plane, ((0, 0), (0, 2 - plane.shape[1])))
    between = distances(profiles)
    if count >= MIN_TSNE_CHUNKS and singular[0] > 0 and between.any():  # copies are all alike
        plane = _embedded(between, plane)
    plane = _oriented(plane, profiles)
    plane -= plane.min(axis=0)
    extent = plane.max(axis=0)
    plane = np.where(extent > 1e-9 * extent.max(), plane / np.maximum(extent, 1e-12), 0.5)
    cells = np.empty_like(plane)
    _fill_cells(plane, np.arange(count), np.zeros(2), np.ones(2), cells)
    return plane + EVENNESS * (cells - plane)


def distances(points: Float64) -> Float64:
    """Euclidean distances ``(points, points)`` between points ``(points, numbers)``."""
    squares = _squared_distances(points)
    return np.sqrt(squares, out=squares)


def _squared_distances(points: Float64) -> Float64:
    squares = np.einsum("ij,ij->i", points, points)
    found: Float64 = squares[:, None] + squares - 2.0 * points @ points.T
    np.fill_diagonal(found, 0.0)
    return np.maximum(found, 0.0, out=found)


def _embedded(between: Float64, start: Float64) -> Float64:
    """t-SNE by gradient descent with momentum and gains, from a small copy of `start`."""
    count = len(between)
    attraction = _joint_probabilities(between, min(PERPLEXITY, (count - 1) / 3.0)).astype(
        np.float32
    )
    plane = 1e-4 * start / max(float(start[:, 0].std()), 1e-12)
    speed, gains = np.zeros_like(plane), np.ones_like(plane)
    rate = max(10.0, count / EXAGGERATION)
    for step in range(ITERATIONS):
        plain = step >= EXAGGERATED_ITERATIONS
        near = _squared_distances(plane.astype(np.float32))
        near += 1.0
        np.reciprocal(near, out=near)
        np.fill_diagonal(near, 0.0)
        force = near * (-1.0 / near.sum(dtype=np.float64))
        force += attraction if plain else EXAGGERATION * attraction
        force *= near
        gradient = 4.0 * (force.sum(axis=1)[:, None] * plane - force @ plane.astype(np.float32))
        turned = np.sign(gradient) != np.sign(speed)
        gains = np.maximum(np.where(turned, gains + 0.2, gains * 0.8), 0.01)
        speed = (0.8 if plain else 0.5) * speed - rate * gains * gradient
        plane = plane + speed
        plane -= plane.mean(axis=0)
    return plane


def _joint_probabilities(between: Float64, perplexity: float) -> Float64:
    """Symmetric neighbour probabilities of t-SNE, for Gaussians of a perplexity."""
    squares = between**2
    count = len(squares)
    typical = np.median(squares[squares > 0])
    sharpness = np.full(count, 1.0 / typical)
    low, high = np.zeros(count), np.full(count, np.inf)
    others = squares + np.where(np.eye(count) > 0, np.inf, 0.0)
    beyond = others - others.min(axis=1)[:, None]
    finite = np.where(np.isinf(beyond), 0.0, beyond)
    for _ in range(BISECTIONS):
        share = np.exp(-beyond * sharpness[:, None])
        total = share.sum(axis=1)
        share /= total[:, None]
        entropy = np.log(total) + sharpness * np.einsum("ij,ij->i", share, finite)
        wide = entropy > np.log(perplexity)
        low, high = np.where(wide, sharpness, low), np.where(wide, high, sharpness)
        sharpness = np.where(np.isinf(high), 2.0 * sharpness, (low + high) / 2.0)
    joint: Float64 = np.maximum((share + share.T) / (2.0 * count), MIN_PROBABILITY)
    return joint


def _fill_cells(
    plane: Float64, members: IntArray, low: Float64, high: Float64, cells: Float64
) -> None:
    """Assign each member the centre of its own cell, halving members and box recursively."""
    if len(members) == 1:
        cells[members[0]] = (low + high) / 2.0
        return
    across = 0 if high[0] - low[0] >= high[1] - low[1] else 1
    members = members[plane[members, across].argsort(kind="stable")]
    half = len(members) // 2
    cut = low[across] + (high[across] - low[across]) * half / len(members)
    end, begin = high.copy(), low.copy()
    end[across] = begin[across] = cut
    _fill_cells(plane, members[:half], low, end, cells)
    _fill_cells(plane, members[half:], begin, high, cells)


def _oriented(plane: Float64, profiles: Float64) -> Float64:
    """Rotate the plane so that x rises with brightness; mirror it so that y rises with level."""
    levels = profiles[:, : profiles.shape[1] // 3]
    level = levels.mean(axis=1)
    weights = np.arange(levels.shape[1])
    brightness = levels @ weights / np.maximum(levels.sum(axis=1), 1e-12)
    centred: Float64 = plane - plane.mean(axis=0)
    slope = np.linalg.lstsq(centred, brightness - brightness.mean(), rcond=None)[0]
    length = float(np.hypot(*slope))
    if length > 0:
        right = slope / length
        centred = np.stack([centred @ right, centred @ [-right[1], right[0]]], axis=1)
    if centred[:, 1] @ (level - level.mean()) < 0:
        centred[:, 1] *= -1.0
    return centred
