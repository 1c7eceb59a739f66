"""Corpus map: latents between its landmarks, and the place on it of a moving latent.

Shepard's interpolation with a local radius (Franke & Nielson, *Smooth interpolation of large sets
of scattered data*, 1980): a landmark weighs by the inverse square of its distance, tapered to 0 at
the radius. The radius is a multiple of the distance to the `NEAREST`-th landmark, which is
continuous in the position, and so is the latent.

The way back, from a latent to a place, has no such formula: two coordinates cannot tell all that a
latent can. `MapFollower` follows the moves instead.
"""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from distill_live.bundle import Bundle
from distill_live.engine.latent.point import LATENT_LIMIT
from distill_live.spectrogram import Float32, Float64

NEAREST = 3
"""Minimum number of landmarks that contribute."""

REACH = 1.5
"""Radius, as a multiple of the distance to the `NEAREST`-th landmark."""

MIN_DISTANCE = 1e-4
"""Distances below this, as a share of the map's side, weigh alike."""

RIDGE = 1.0
"""Ridge of the regression of places on latents, as a multiple of the mean variance: directions in
which the corpus hardly varies move the place little."""

ARRIVED = 1.0 - 1e-6
"""Share of a move that counts as all of it."""


class CorpusMap:
    """Landmarks of a bundle: map positions and latents.

    Parameters
    ----------
    bundle
        The model.

    Attributes
    ----------
    latents : Float64
        Standardised, ``(landmarks, latent)``, within -4..4.
    positions : Float64
        Map positions, ``(landmarks, 2)``, each 0..1.
    """

    def __init__(self, bundle: Bundle) -> None:
        self.latents: Float64 = standardised(bundle, bundle.landmark_latents)
        self.positions: Float64 = np.array([(mark.x, mark.y) for mark in bundle.landmarks])

    def at(self, x: float, y: float) -> Float64:
        """Latent at a map position, ``(latent,)``; at a landmark nearly its own."""
        near, weights = self._weigh(x, y)
        latent: Float64 = weights @ self.latents[near] / weights.sum()
        return latent

    def neighbours(self, x: float, y: float, most: int) -> list[tuple[int, float]]:
        """Landmarks that `at` interpolates and their shares, the largest first; sum 1."""
        near, weights = self._weigh(x, y)
        order = np.argsort(-weights, kind="stable")[:most]
        shares = weights[order] / weights[order].sum()
        return list(zip(near[order].tolist(), shares.tolist(), strict=True))

    def nearest(self, latent: Float64) -> int:
        """Landmark whose latent is nearest."""
        return int(np.square(self.latents - latent).sum(axis=1).argmin())

    @cached_property
    def slope(self) -> Float64:
        """Change of the position with the latent, ``(2, latent)``: ridge regression."""
        latents = self.latents - self.latents.mean(axis=0)
        positions = self.positions - self.positions.mean(axis=0)
        variance = latents.T @ latents
        ridge = RIDGE * variance.trace() / len(variance) + MIN_DISTANCE
        variance[np.diag_indices_from(variance)] += ridge
        slope: Float64 = np.linalg.solve(variance, latents.T @ positions).T
        return slope

    def _weigh(self, x: float, y: float) -> tuple[NDArray[np.intp], Float64]:
        """Landmarks within the radius, and their weights."""
        distance = np.hypot(*(self.positions - (x, y)).T)
        nearest = np.partition(distance, min(NEAREST, len(distance)) - 1)[:NEAREST]
        radius = REACH * max(float(nearest.max()), MIN_DISTANCE)
        near = np.flatnonzero(distance < radius)
        taper = 1.0 - np.square(distance[near] / radius)
        return near, np.square(taper / np.maximum(distance[near], MIN_DISTANCE))


def standardised(bundle: Bundle, latents: Float32) -> Float64:
    """Standardise latents of a model, ``(latents, latent)``, and clip them to -4..4."""
    scaled = (latents.astype(np.float64) - bundle.latent_mean) / bundle.latent_std
    return scaled.clip(-LATENT_LIMIT, LATENT_LIMIT)


class MapFollower:
    """Follow a latent point on the map, from one known place to the next.

    On the way between two latents with known places, the place is as far on its way as the latent
    is on its own, by projection; what the latent is off that way moves it by `CorpusMap.slope`. So
    the place is exact where the latent came from the map or from a landmark, it never jumps while
    the latent does not, and it returns with what returns.

    Parameters
    ----------
    corpus
        The map.
    latent
        First latent, standardised, ``(latent,)``.
    """

    def __init__(self, corpus: CorpusMap, latent: Float64) -> None:
        self._corpus = corpus
        index = corpus.nearest(latent)
        self._start = self._end = corpus.latents[index]
        self._start_place = self._end_place = corpus.positions[index]

    def go(self, now: Float64, end: Float64, place: tuple[float, float] | None = None) -> None:
        """Follow a move.

        Parameters
        ----------
        now, end
            Latents at which it begins and ends.
        place
            Map position of its end; None to take that of the nearest latent that has one, which is
            a landmark or the end of the last move.
        """
        start_place = self._place(now, now)
        if place is None:
            index = self._corpus.nearest(end)
            near, near_place = self._corpus.latents[index], self._corpus.positions[index]
            if np.square(end - self._end).sum() <= np.square(end - near).sum():
                near, near_place = self._end, self._end_place
            end_place = near_place + self._corpus.slope @ (end - near)
        else:
            end_place = np.array(place)
        self._start, self._start_place, self._end, self._end_place = (
            now,
            start_place,
            end,
            end_place,
        )

    def position(self, point: Float64, displaced: Float64) -> tuple[float, float]:
        """Map position, 0..1.

        Parameters
        ----------
        point
            Latent of the moves.
        displaced
            Latent that sounds: that of the moves and the motion around it.
        """
        x, y = self._place(point, displaced).clip(0.0, 1.0).tolist()
        return x, y

    def _place(self, point: Float64, displaced: Float64) -> Float64:
        way = self._end - self._start
        length = float(way @ way)
        share = float((point - self._start) @ way) / length if length > 0.0 else 1.0
        if share >= ARRIVED:  # what comes back from here is a move of its own
            share, self._start, self._start_place = 1.0, self._end, self._end_place
        share = max(share, 0.0)
        place = self._start_place + share * (self._end_place - self._start_place)
        off = displaced - (self._start + share * (self._end - self._start))
        moved: Float64 = place + self._corpus.slope @ off
        return moved
