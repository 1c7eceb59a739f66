"""Neighbourhood preservation of a two-dimensional map."""

import numpy as np
from numpy.typing import NDArray

from distill_live.spectrogram import Float64
from distill_train.latent.landmark_map import distances


def trustworthiness(wanted: Float64, places: Float64, neighbours: int) -> float:
    """How far neighbours on a map are neighbours by the wanted distances, 0 to 1.

    1 if the nearest on the map are the nearest indeed; about 0.5 for a map at random (Venna and
    Kaski, *Neighborhood preservation in nonlinear projection methods*, ICANN 2001).

    Parameters
    ----------
    wanted
        Distances that the map is to keep, ``(points, points)``.
    places
        The map, ``(points, 2)``.
    neighbours
        How many count as neighbours, under half the points.
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
    """For each point the others by distance, nearest first, itself last."""
    others = matrix.copy()
    np.fill_diagonal(others, np.inf)
    return others.argsort(axis=1, kind="stable")
