"""The corpus as a map: any place on it is a latent, between those of the landmarks nearest to it.

Shepard's interpolation with a local radius (Franke & Nielson, *Smooth interpolation of large sets
of scattered data*, 1980): a landmark weighs by the inverse square of its distance, and less the
nearer it is to the radius, where it weighs nothing. The radius is a multiple of the distance to the
`NEAREST`-th landmark, which changes without jumps as the place moves, so that the latent does.
"""

import numpy as np

from distill_live.bundle import Bundle
from distill_live.engine.latent import LATENT_LIMIT
from distill_live.spectrogram import Float64

NEAREST = 3
"""Landmarks that are always heard, at least."""

REACH = 1.5
"""Radius, as a multiple of the distance to the `NEAREST`-th landmark."""

SAME_PLACE = 1e-4
"""Landmarks nearer than this, as a share of the map's side, weigh alike."""


class CorpusMap:
    """The landmarks of a bundle, as places and as latents.

    Parameters
    ----------
    bundle
        The model.

    Attributes
    ----------
    latents : Float64
        Standardised, ``(landmarks, latent)``, within -4..4.
    """

    def __init__(self, bundle: Bundle) -> None:
        latents = bundle.landmark_latents.astype(np.float64)
        standardised = (latents - bundle.latent_mean) / bundle.latent_std
        self.latents: Float64 = standardised.clip(-LATENT_LIMIT, LATENT_LIMIT)
        self._places = np.array([(mark.x, mark.y) for mark in bundle.landmarks], np.float64)

    def at(self, x: float, y: float) -> Float64:
        """The latent of a place, ``(latent,)``; on a landmark that has its place alone, its own."""
        away = np.hypot(*(self._places - (x, y)).T)
        nearest = np.partition(away, min(NEAREST, len(away)) - 1)[:NEAREST]
        radius = REACH * max(float(nearest.max()), SAME_PLACE)
        near = np.flatnonzero(away < radius)
        closeness = 1.0 - np.square(away[near] / radius)
        weights = np.square(closeness / np.maximum(away[near], SAME_PLACE))
        found: Float64 = weights @ self.latents[near] / weights.sum()
        return found
