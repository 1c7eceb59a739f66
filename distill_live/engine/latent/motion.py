"""Hands-free latent motion: axis oscillators (LFOs) and a random walk.

Both displace the point that is decoded and leave the performer's point alone. The same seed gives
the same walk.
"""

import math
from collections.abc import Mapping

import numpy as np

from distill_live.bundle import Axis
from distill_live.engine.clock import Beats, caught_up
from distill_live.engine.latent.point import LATENT_LIMIT, axis_projection, axis_value
from distill_live.spectrogram import Float64

SETTLING_S = 0.05
"""Time constant of the smoothing of depths and of the walk's size."""

WALK_S = 1.5
"""Time constant of the walk."""

MIN_DEPTH = 1e-4
"""Depth or size below which an oscillator or the walk ends."""

MAX_COMPONENTS = 32
"""Number of principal components of the corpus that the walk uses."""


class Motion:
    """Displaces points of the latent space, hop by hop.

    Parameters
    ----------
    axes
        Axes of the model, by name.
    landmarks
        Standardised, ``(landmarks, latent)``; their spread sets the scale of the walk.
    frames_per_second
        Hops a second.
    rng
        Generator of the walk.

    Attributes
    ----------
    walk : float
        Size of the walk, 0..1; 1 is the corpus' standard deviation.
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
        used = slice(min(MAX_COMPONENTS, len(deviations)))
        self._components: Float64 = (deviations / math.sqrt(len(landmarks)))[used, None]
        self._components = self._components * directions[used]
        self._velocity = np.zeros(len(self._components))
        self._offset = np.zeros(len(self._components))

    @property
    def moving(self) -> bool:
        """Whether the displacement changes with the next hop."""
        return bool(self._oscillators) or self.walk > 0.0 or self._walk_now > MIN_DEPTH

    def oscillate(self, axis: str, rate: float, depth: float) -> None:
        """Oscillate along an axis by `depth` of its unit; depth 0 fades out.

        `rate` is in cycles a second, or a beat.
        """
        if depth > 0 or axis in self._oscillators:
            oscillator = self._oscillators.setdefault(axis, _Oscillator())
            oscillator.rate, oscillator.depth = rate, depth

    def reseed(self, rng: np.random.Generator) -> None:
        """Restart the walk with a generator, and the oscillators' phases."""
        self._rng = rng
        self._velocity[:] = self._offset[:] = 0.0
        for oscillator in self._oscillators.values():
            oscillator.phase = 0.0

    def step(self, point: Float64, beats: Beats | None = None) -> Float64:
        """Advance by one hop; returns the displaced point, ``(latent,)``, within -4..4.

        Rates are in cycles a beat if `beats`, those of the hop, are given, and phases in step with
        the beat.
        """
        if not self.moving:
            return point
        settled = 1.0 - math.exp(-self._hop_s / SETTLING_S)
        for name, oscillator in list(self._oscillators.items()):
            oscillator.depth_now += settled * (oscillator.depth - oscillator.depth_now)
            rate, phase = oscillator.rate, oscillator.phase
            turn = rate * self._hop_s
            if beats is not None:
                turn = caught_up(rate * beats.hop, phase, rate * beats.now)
            oscillator.phase = (phase + turn) % 1.0
            if oscillator.depth == 0.0 and oscillator.depth_now < MIN_DEPTH:
                del self._oscillators[name]
                continue
            axis = self._axes[name]
            projection = float(point @ axis.direction)
            swing = oscillator.depth_now * math.sin(2.0 * math.pi * oscillator.phase)
            moved = axis_projection(axis, axis_value(axis, projection) + swing)
            point = point + (moved - projection) * axis.direction.astype(np.float64)
        self._walk_now += settled * (self.walk - self._walk_now)
        self._step_walk()
        point = point + self._walk_now * (self._offset @ self._components)
        return point.clip(-LATENT_LIMIT, LATENT_LIMIT)

    def _step_walk(self) -> None:
        """Advance a critically damped oscillator driven by noise: smooth, with unit variance."""
        rate = 2.0 / WALK_S
        kick = self._rng.standard_normal(len(self._components)) * math.sqrt(
            4.0 * rate**3 * self._hop_s
        )
        self._velocity += kick - self._hop_s * rate * (2.0 * self._velocity + rate * self._offset)
        self._offset += self._hop_s * self._velocity


class _Oscillator:
    """Rate, target and current depth, and phase in turns of a sine."""

    def __init__(self) -> None:
        self.rate = self.depth = self.depth_now = self.phase = 0.0
