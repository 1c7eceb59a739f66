"""Where the instrument is in the latent space, and how it moves there.

Coordinates are standardised: ``u = (z - mean) / std`` with the corpus' mean and standard deviation,
so that a unit means the same in every dimension. An axis is a direction d of unit length; its value
maps the projection ``u . d`` to -1..1 between the corpus' 5th and 95th percentile, 0 at the mean,
linear on each side. Setting an axis moves u along d alone, so the latent and its axes always agree.
A move of the whole latent ends those under way; one along a direction takes that direction from
them, and what else they move goes on in its own time.

It knows nothing of the decoder and nothing of time but the hop.
"""

import math
from collections.abc import Mapping

import numpy as np

from distill_live.addresses import TABLE
from distill_live.bundle import Axis
from distill_live.errors import CommandError
from distill_live.spectrogram import Float32, Float64

MOST_WAYS = 64
"""Moves with ends of their own that can be under way; beyond, the oldest ends with the newest."""

LEAST_WAY = 1e-6
"""Standard deviations a hop under which nothing is left of a move."""

LATENT_LIMIT = TABLE["/latent"].arguments[0].high
"""Largest absolute coordinate, in standard deviations."""

FASTEST_JOURNEY_S = 2.0
"""Seconds from landmark to landmark at drift 1; at drift d it takes 1/d of them."""


class LatentPoint:
    """A point that glides to where it is sent, and drifts from landmark to landmark beside it.

    Parameters
    ----------
    axes
        Of the model, by name.
    landmarks
        Standardised, ``(landmarks, latent)``, within -4..4.
    frames_per_second
        Hops a second.
    rng
        Chooses the landmark to start from and those to drift to.

    Attributes
    ----------
    axes : Mapping
        Of the model, by name.
    glide_s : float
        How long a move takes that does not say it.
    drift : float
        Speed of the drift, 0..1; end it by `stop_drifting`.
    """

    def __init__(
        self,
        axes: Mapping[str, Axis],
        landmarks: Float64,
        frames_per_second: float,
        rng: np.random.Generator,
    ) -> None:
        self.axes, self._landmarks = axes, landmarks
        self._frames_per_second = frames_per_second
        self._rng = rng
        self._here: Float64 = self._landmarks[rng.integers(len(self._landmarks))].copy()
        self._target: Float64 = self._here
        self._hops = 0
        self._ways: dict[int, Float64] = {}  # the hop at which one ends, and its way a hop
        self._journey: _Journey | None = None
        self.glide_s = 0.0
        self.drift = 0.0

    @property
    def size(self) -> int:
        """Dimensions of the latent."""
        return len(self._here)

    @property
    def here(self) -> Float64:
        """The point as it is now, standardised, ``(latent,)``."""
        return self._here

    @property
    def next(self) -> Float64:
        """The point as the next hop finds it, but for what it drifts by then, ``(latent,)``."""
        return self._on_the_way(self._hops + 1).clip(-LATENT_LIMIT, LATENT_LIMIT)

    @property
    def target(self) -> Float64:
        """Where all moves end, standardised, ``(latent,)``; a drift carries it along."""
        return self._target

    @property
    def moving(self) -> bool:
        """Whether the next hop finds the point elsewhere."""
        return self.drift > 0 or bool(self._ways)

    @property
    def settling(self) -> bool:
        """Whether the next hop finds the point where it stays."""
        return self.drift == 0 and self._remaining_hops <= 1

    @property
    def remaining_s(self) -> float:
        """Seconds until the last of the moves ends, 0 or more."""
        return self._remaining_hops / self._frames_per_second

    def move(self, target: Float64 | Float32, glide_s: float | None = None) -> None:
        """Glide to `target` (standardised, ``(latent,)``) in `glide_s` seconds, or the default."""
        self._ways.clear()
        self._depart(np.asarray(target, dtype=np.float64), glide_s)

    def jump(self, target: Float64) -> None:
        """Be at `target` (standardised, ``(latent,)``) at once."""
        self._ways.clear()
        self._here = self._target = target.clip(-LATENT_LIMIT, LATENT_LIMIT)

    def move_dimension(self, index: int, value: float, glide_s: float | None = None) -> None:
        """Glide one coordinate to `value`."""
        target = self.target.copy()
        target[index] = value
        self._release(np.eye(1, len(target), index)[0])
        self._depart(target, glide_s)

    def axis_value(self, name: str) -> float:
        """Value of an axis where the point is going, -1..1 within the corpus' percentiles."""
        axis = self._axis(name)
        return axis_value(axis, float(self.target @ axis.direction))

    def move_axis(self, name: str, value: float, glide_s: float | None = None) -> None:
        """Glide along an axis until it reads `value`; what is orthogonal to it stays."""
        axis = self._axis(name)
        direction = axis.direction.astype(np.float64)
        change = axis_projection(axis, value) - float(self.target @ direction)
        self._release(direction)
        self._depart(self.target + change * direction, glide_s)

    def step(self) -> None:
        """Advance by one hop."""
        if not self.moving:
            return
        self._here = self.next
        self._hops += 1
        self._ways.pop(self._hops, None)
        if self.drift > 0:
            if self._journey is None:
                self._journey = _Journey(self._choose() - self._here)
            way = self._journey.advance(self.drift / (FASTEST_JOURNEY_S * self._frames_per_second))
            if self._journey.done:
                self._journey = None
            self._here = (self._here + way).clip(-LATENT_LIMIT, LATENT_LIMIT)
            if self._ways:
                self._target = (self._target + way).clip(-LATENT_LIMIT, LATENT_LIMIT)
            else:
                self._target = self._here

    def reseed(self, rng: np.random.Generator) -> None:
        """Drift from here as `rng` says."""
        self._rng, self._journey = rng, None

    def set_drift(self, speed: float) -> None:
        """Drift at a speed of 0..1; 0 stops where the point is, glides go on."""
        self.drift = speed
        if not speed > 0:
            self._journey = None

    @property
    def _remaining_hops(self) -> int:
        return max(self._ways, default=self._hops) - self._hops

    def _release(self, direction: Float64) -> None:
        """Leave a direction, of unit length, to the move that begins now."""
        rest = {end: way - float(way @ direction) * direction for end, way in self._ways.items()}
        self._ways = {end: way for end, way in rest.items() if np.abs(way).max() > LEAST_WAY}

    def _depart(self, target: Float64, glide_s: float | None) -> None:
        """Go to `target`, by what the moves under way leave to do."""
        seconds = self.glide_s if glide_s is None else glide_s
        self._target = target.clip(-LATENT_LIMIT, LATENT_LIMIT)
        while len(self._ways) >= MOST_WAYS:
            del self._ways[next(iter(self._ways))]
        hops = max(1, round(seconds * self._frames_per_second))
        way = (self._on_the_way(self._hops) - self._here) / hops
        end = self._hops + hops
        self._ways[end] = self._ways[end] + way if end in self._ways else way

    def _on_the_way(self, hop: int) -> Float64:
        """Where the moves under way have the point at a hop; they end at the target."""
        here = self._target
        for end, way in self._ways.items():
            if end > hop:
                here = here - (end - hop) * way
        return here

    def _choose(self) -> Float64:
        landmark: Float64 = self._landmarks[self._rng.integers(len(self._landmarks))]
        return landmark

    def _axis(self, name: str) -> Axis:
        try:
            return self.axes[name]
        except KeyError:
            known = ", ".join(self.axes) or "none"
            raise CommandError(f"no axis {name!r}; this model has: {known}") from None


class _Journey:
    """A smooth way along a vector: raised cosine in time."""

    def __init__(self, way: Float64) -> None:
        self._way, self._progress = way, 0.0

    @property
    def done(self) -> bool:
        return self._progress >= 1.0

    def advance(self, share: float) -> Float64:
        """The part of the way that the next `share` of the time takes."""
        before, self._progress = self._progress, min(1.0, self._progress + share)
        return 0.5 * (math.cos(math.pi * before) - math.cos(math.pi * self._progress)) * self._way


def axis_value(axis: Axis, projection: float) -> float:
    """Value at a projection ``u . d``: -1 at `axis.low`, 0 at `axis.mean`, 1 at `axis.high`."""
    above = projection >= axis.mean
    span = axis.high - axis.mean if above else axis.mean - axis.low
    return (projection - axis.mean) / span


def axis_projection(axis: Axis, value: float) -> float:
    """Inverse of `axis_value`."""
    span = axis.high - axis.mean if value >= 0 else axis.mean - axis.low
    return axis.mean + value * span
