"""Interpolate latents between the landmarks on the corpus map.

Shepard's interpolation with a local radius (Franke & Nielson, *Smooth interpolation of large sets
of scattered data*, 1980): a landmark weighs by the inverse square of its distance, tapered to 0 at
the radius. The radius is a multiple of the distance to the `NEAREST`-th landmark, which is
continuous in the position, and so is the latent.
"""

import numpy as np

from distill_live.bundle import Bundle
from distill_live.engine.latent import LATENT_LIMIT
from distill_live.spectrogram import Float64

NEAREST = 3
"""Minimum number of landmarks that contribute."""

REACH = 1.5
"""Radius, as a multiple of the distance to the `NEAREST`-th landmark."""

MIN_DISTANCE = 1e-4
"""Distances below this, as a share of the map's side, weigh alike."""


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
    """

    def __init__(self, bundle: Bundle) -> None:
        latents = bundle.landmark_latents.astype(np.float64)
        standardised = (latents - bundle.latent_mean) / bundle.latent_std
        self.latents: Float64 = standardised.clip(-LATENT_LIMIT, LATENT_LIMIT)
        self._positions = np.array([(mark.x, mark.y) for mark in bundle.landmarks], np.float64)

    def at(self, x: float, y: float) -> Float64:
        """Latent at a map position, ``(latent,)``; at a landmark nearly its own."""
        distance = np.hypot(*(self._positions - (x, y)).T)
        nearest = np.partition(distance, min(NEAREST, len(distance)) - 1)[:NEAREST]
        radius = REACH * max(float(nearest.max()), MIN_DISTANCE)
        near = np.flatnonzero(distance < radius)
        taper = 1.0 - np.square(distance[near] / radius)
        weights = np.square(taper / np.maximum(distance[near], MIN_DISTANCE))
        latent: Float64 = weights @ self.latents[near] / weights.sum()
        return latent
