"""Quality of a 2-D map: trustworthiness, nearness, principal ranks for comparison."""

import numpy as np
from numpy.typing import NDArray

from distill_live.spectrogram import Float64
from distill_train.latent.landmark_map import distances


def principal_ranks(points: Float64) -> Float64:
    """Map of points ``(points, numbers)`` by their ranks along two principal components."""
    left, singular, _ = np.linalg.svd(points - points.mean(axis=0), full_matrices=False)
    ranks = (left * singular)[:, :2].argsort(axis=0).argsort(axis=0)
    found: Float64 = (ranks + 0.5) / len(points)
    return found


def trustworthiness(wanted: Float64, places: Float64, neighbours: int) -> float:
    """Trustworthiness of a map, 0 to 1: whether its neighbours are neighbours by wanted distances.

    1 if the nearest on the map are the nearest; about 0.5 for a random map (Venna and Kaski,
    *Neighborhood preservation in nonlinear projection methods*, ICANN 2001).

    Parameters
    ----------
    wanted
        Wanted distances, ``(points, points)``.
    places
        Map, ``(points, 2)``.
    neighbours
        Number of neighbours, under half the points.
    """
    count = len(wanted)
    ranks = _ordered(wanted).argsort(axis=1, kind="stable") + 1
    near = _ordered(distances(places))[:, :neighbours]
    excess = np.maximum(0, np.take_along_axis(ranks, near, axis=1) - neighbours)
    worst = count * neighbours * (2 * count - 3 * neighbours - 1) / 2
    return float(1.0 - excess.sum() / worst)


def nearness(wanted: Float64, places: Float64, neighbours: int) -> float:
    """Mean wanted distance of neighbours on the map over that of all pairs; lower is better."""
    near = _ordered(distances(places))[:, :neighbours]
    count = len(wanted)
    everyone = wanted.sum() / (count * (count - 1))
    return float(np.take_along_axis(wanted, near, axis=1).mean() / everyone)


def _ordered(matrix: Float64) -> NDArray[np.intp]:
    """Indices of the other points by distance, nearest first, the point itself last."""
    others = matrix.copy()
    np.fill_diagonal(others, np.inf)
    return others.argsort(axis=1, kind="stable")
