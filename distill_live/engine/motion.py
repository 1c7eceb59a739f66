"""Hands-free motion beside the point that is played: oscillators on axes, and a random walk.

Both displace what is heard and leave the point where the performer has put it, so they end where
they began. All is in hops; the same seed walks the same way.
"""

import math
from collections.abc import Mapping

import numpy as np

from distill_live.bundle import Axis
from distill_live.engine.latent import LATENT_LIMIT, axis_projection, axis_value
from distill_live.spectrogram import Float64

SETTLING_S = 0.05
"""Time constant with which depths and amounts come to what they are set to."""

WALK_S = 1.5
"""Time constant of the walk: how long it remembers where it was."""

STILL = 1e-4
"""Depth under which nothing moves."""

DIRECTIONS = 32
"""The corpus' strongest directions, in which the walk goes."""


class Motion:
    """Displaces points of the latent space, hop by hop.

    Parameters
    ----------
    axes
        Of the model, by name.
    landmarks
        Standardised, ``(landmarks, latent)``; the walk goes as far as these lie apart.
    frames_per_second
        Hops a second.
    rng
        Of the walk.

    Attributes
    ----------
    walk : float
        Size of the walk, 0..1; 1 strays by the corpus' own standard deviation.
    """

    def __init__(
        self,
        axes: Mapping[str, Axis],
        landmarks: Float64,
        frames_per_second: float,
        rng: np.random.Generator,
    ) -> None:
        self._axes = axes
        self._hop_s = 1.0 / frames_per_second
        self._oscillators: dict[str, _Oscillator] = {}
        self.walk = 0.0
        self._walk_now = 0.0
        self._rng = rng
        centred = landmarks - landmarks.mean(axis=0)
        _, deviations, directions = np.linalg.svd(centred, full_matrices=False)
        strongest = slice(min(DIRECTIONS, len(deviations)))
        self._steps: Float64 = (deviations / math.sqrt(len(landmarks)))[strongest, None]
        self._steps = self._steps * directions[strongest]
        self._velocity = np.zeros(len(self._steps))
        self._strayed = np.zeros(len(self._steps))

    @property
    def moving(self) -> bool:
        """Whether the next hop is displaced otherwise than this one."""
        return bool(self._oscillators) or self.walk > 0.0 or self._walk_now > STILL

    def oscillate(self, axis: str, rate_hz: float, depth: float) -> None:
        """Swing along an axis by `depth` of its unit at `rate_hz`; depth 0 comes to rest."""
        if depth > 0 or axis in self._oscillators:
            oscillator = self._oscillators.setdefault(axis, _Oscillator())
            oscillator.rate_hz, oscillator.depth = rate_hz, depth

    def reseed(self, rng: np.random.Generator) -> None:
        """Walk from here as `rng` says; oscillators start anew."""
        self._rng = rng
        self._velocity[:] = self._strayed[:] = 0.0
        for oscillator in self._oscillators.values():
            oscillator.phase = 0.0

    def step(self, point: Float64) -> Float64:
        """Where a point is heard in the next hop, ``(latent,)``, within -4..4."""
        if not self.moving:
            return point
        settled = 1.0 - math.exp(-self._hop_s / SETTLING_S)
        for name, oscillator in list(self._oscillators.items()):
            oscillator.depth_now += settled * (oscillator.depth - oscillator.depth_now)
            oscillator.phase = (oscillator.phase + oscillator.rate_hz * self._hop_s) % 1.0
            if oscillator.depth == 0.0 and oscillator.depth_now < STILL:
                del self._oscillators[name]
                continue
            axis = self._axes[name]
            projection = float(point @ axis.direction)
            swing = oscillator.depth_now * math.sin(2.0 * math.pi * oscillator.phase)
            moved = axis_projection(axis, axis_value(axis, projection) + swing)
            point = point + (moved - projection) * axis.direction.astype(np.float64)
        self._walk_now += settled * (self.walk - self._walk_now)
        self._stray()
        point = point + self._walk_now * (self._strayed @ self._steps)
        return point.clip(-LATENT_LIMIT, LATENT_LIMIT)

    def _stray(self) -> None:
        """A critically damped oscillator driven by noise: smooth, and of unit variance."""
        rate = 2.0 / WALK_S
        kick = self._rng.standard_normal(len(self._steps)) * math.sqrt(4.0 * rate**3 * self._hop_s)
        self._velocity += kick - self._hop_s * rate * (2.0 * self._velocity + rate * self._strayed)
        self._strayed += self._hop_s * self._velocity


class _Oscillator:
    """A sine's rate, depth as it is set and as it is, and phase in turns."""

    def __init__(self) -> None:
        self.rate_hz = self.depth = self.depth_now = self.phase = 0.0
