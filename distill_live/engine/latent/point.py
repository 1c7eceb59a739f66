"""Move a point through the latent space: glides, axes, drift between landmarks.

Coordinates are standardised: ``u = (z - mean) / std`` with the corpus' mean and standard deviation,
so that a unit means the same in every dimension. An axis is a direction d of unit length; its value
maps the projection ``u . d`` to -1..1 between the corpus' 5th and 95th percentile, 0 at the mean,
linear on each side. Setting an axis moves u along d alone, so the latent and its axes always agree.
A move of the whole latent replaces the moves in progress; one along a direction removes that
direction from them, and the rest of each continues in its own time.
"""

import math
from collections.abc import Mapping

import numpy as np

from distill_live.addresses import TABLE
from distill_live.bundle import Axis
from distill_live.errors import CommandError
from distill_live.spectrogram import Float32, Float64

MAX_MOVES = 64
"""Maximum number of simultaneous moves; beyond it the oldest is merged into the newest."""

MIN_DISTANCE = 1e-5
"""Rest of a move, in standard deviations, below which it is dropped."""

LATENT_LIMIT = TABLE["/latent"].arguments[0].high
"""Largest absolute coordinate, in standard deviations."""

MIN_JOURNEY_S = 2.0
"""Seconds from landmark to landmark at drift 1; 1/d times as long at drift d."""


class LatentPoint:
    """A point that glides to its target, and drifts between landmarks.

    Parameters
    ----------
    axes
        Axes of the model, by name.
    landmarks
        Standardised, ``(landmarks, latent)``, within -4..4.
    frames_per_second
        Hops a second.
    rng
        Generator of the first landmark and of the drift.

    Attributes
    ----------
    axes : Mapping
        Axes of the model, by name.
    current : Float64
        Current point, standardised, ``(latent,)``.
    target : Float64
        End of all moves, standardised, ``(latent,)``; it drifts along.
    glide_s : float
        Default duration of a move in seconds.
    drift : float
        Speed of the drift, 0..1; ended by `set_drift`.
    journey : Journey or None
        The drift's way to its next landmark.
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
        self.current: Float64 = self._landmarks[rng.integers(len(self._landmarks))].copy()
        self.target: Float64 = self.current
        self._hops = 0
        self._moves: dict[int, Float64] = {}  # velocity a hop, by the hop of its end
        self.journey: Journey | None = None
        self.glide_s = 0.0
        self.drift = 0.0

    @property
    def size(self) -> int:
        """Number of latent dimensions."""
        return len(self.current)

    @property
    def next(self) -> Float64:
        """Point in the next hop, drift aside, ``(latent,)``."""
        return self.ahead(1)

    def ahead(self, hops: int) -> Float64:
        """Point in so many hops by the moves in progress, drift aside, ``(latent,)``."""
        return self._point_at(self._hops + hops).clip(-LATENT_LIMIT, LATENT_LIMIT)

    @property
    def moving(self) -> bool:
        """Whether the point changes with the next hop."""
        return self.drift > 0 or bool(self._moves)

    @property
    def settling(self) -> bool:
        """Whether the point stays from the next hop on."""
        return self.drift == 0 and self.remaining_hops <= 1

    @property
    def remaining_s(self) -> float:
        """Seconds until the last move ends, 0 or more."""
        return self.remaining_hops / self._frames_per_second

    def move(self, target: Float64 | Float32, glide_s: float | None = None) -> None:
        """Glide to `target` (standardised, ``(latent,)``) in `glide_s` seconds, or the default."""
        self._moves.clear()
        self._add_move(np.asarray(target, dtype=np.float64), glide_s)

    def jump(self, target: Float64) -> None:
        """Jump to `target` (standardised, ``(latent,)``)."""
        self._moves.clear()
        self.current = self.target = target.clip(-LATENT_LIMIT, LATENT_LIMIT)

    def move_dimension(self, index: int, value: float, glide_s: float | None = None) -> None:
        """Glide one coordinate to `value`."""
        target = self.target.copy()
        target[index] = value
        self._release(np.eye(1, len(target), index)[0])
        self._add_move(target, glide_s)

    def axis_value(self, name: str) -> float:
        """Value of an axis at the target, -1..1 within the corpus' percentiles."""
        axis = self._axis(name)
        return axis_value(axis, float(self.target @ axis.direction))

    def move_axis(self, name: str, value: float, glide_s: float | None = None) -> None:
        """Glide along an axis to `value`; orthogonal directions are unaffected."""
        axis = self._axis(name)
        direction = axis.direction.astype(np.float64)
        change = axis_projection(axis, value) - float(self.target @ direction)
        self._release(direction)
        self._add_move(self.target + change * direction, glide_s)

    def step(self) -> None:
        """Advance by one hop."""
        if not self.moving:
            return
        self.current = self.next
        self._hops += 1
        self._moves.pop(self._hops, None)
        if self.drift > 0:
            if self.journey is None:
                landmark = int(self._rng.integers(len(self._landmarks)))
                self.journey = Journey(landmark, self._landmarks[landmark] - self.current)
            drifted = self.journey.advance(self.drift / (MIN_JOURNEY_S * self._frames_per_second))
            if self.journey.done:
                self.journey = None
            self.current = (self.current + drifted).clip(-LATENT_LIMIT, LATENT_LIMIT)
            if self._moves:
                self.target = (self.target + drifted).clip(-LATENT_LIMIT, LATENT_LIMIT)
            else:
                self.target = self.current

    def reseed(self, rng: np.random.Generator) -> None:
        """Restart the drift with a generator."""
        self._rng, self.journey = rng, None

    def set_drift(self, speed: float) -> None:
        """Set the speed of the drift, 0..1; 0 stops where the point is, glides continue."""
        self.drift = speed
        if not speed > 0:
            self.journey = None

    @property
    def remaining_hops(self) -> int:
        """Hops until the last move ends, 0 or more."""
        return max(self._moves, default=self._hops) - self._hops

    def _release(self, direction: Float64) -> None:
        """Remove a direction, of unit length, from the moves in progress."""
        rest = {end: v - float(v @ direction) * direction for end, v in self._moves.items()}
        self._moves = {
            end: v for end, v in rest.items() if (end - self._hops) * np.abs(v).max() > MIN_DISTANCE
        }

    def _add_move(self, target: Float64, glide_s: float | None) -> None:
        """Add the move that, with those in progress, ends at `target`."""
        seconds = self.glide_s if glide_s is None else glide_s
        self.target = target.clip(-LATENT_LIMIT, LATENT_LIMIT)
        while len(self._moves) >= MAX_MOVES:
            del self._moves[next(iter(self._moves))]
        hops = max(1, round(seconds * self._frames_per_second))
        velocity = (self._point_at(self._hops) - self.current) / hops
        end = self._hops + hops
        self._moves[end] = self._moves[end] + velocity if end in self._moves else velocity

    def _point_at(self, hop: int) -> Float64:
        """Point at a hop by the moves in progress, which end at the target."""
        point = self.target
        for end, velocity in self._moves.items():
            if end > hop:
                point = point - (end - hop) * velocity
        return point

    def _axis(self, name: str) -> Axis:
        try:
            return self.axes[name]
        except KeyError:
            known = ", ".join(self.axes) or "none"
            raise CommandError(f"no axis {name!r}; this model has: {known}") from None


class Journey:
    """A move to a landmark along a vector, raised cosine in time.

    Attributes
    ----------
    landmark : int
        Index of the landmark.
    """

    def __init__(self, landmark: int, vector: Float64) -> None:
        self.landmark = landmark
        self._vector, self._progress = vector, 0.0

    @property
    def done(self) -> bool:
        """Whether it has arrived."""
        return self._progress >= 1.0

    def advance(self, share: float) -> Float64:
        """Displacement during the next `share` of the journey's time."""
        before, self._progress = self._progress, min(1.0, self._progress + share)
        return (
            0.5 * (math.cos(math.pi * before) - math.cos(math.pi * self._progress)) * self._vector
        )


def axis_value(axis: Axis, projection: float) -> float:
    """Value at a projection ``u . d``: -1 at `axis.low`, 0 at `axis.mean`, 1 at `axis.high`."""
    above = projection >= axis.mean
    span = axis.high - axis.mean if above else axis.mean - axis.low
    return (projection - axis.mean) / span


def axis_projection(axis: Axis, value: float) -> float:
    """Inverse of `axis_value`."""
    span = axis.high - axis.mean if value >= 0 else axis.mean - axis.low
    return axis.mean + value * span
