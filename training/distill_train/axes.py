"""Axes that a performer moves along: candidates are swept, heard and named after what they do.

A candidate is a direction in the standardised latent space. It is swept from several landmarks
between the corpus' percentiles, each point is made to sound, and the candidate bears a feature's
name only if the sound follows; else it is ``axis_1`` and so on. This module knows how to judge;
what makes a point sound is handed in.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from distill_live.bundle import Axis
from distill_live.spectrogram import Float32, Float64
from distill_train.features import FEATURES, features, rank_correlation
from distill_train.latents import fitted_direction, principal_components

Voice = Callable[[Float64], Float32]
"""Makes a standardised latent ``(latent,)`` sound: mono, ``(samples,)``."""

SWEEPS, STEPS = 5, 9
"""Landmarks that an axis is swept from, and points of a sweep."""

LEAST_CORRELATION = 0.9
"""Median Spearman's rho over the sweeps from which on an axis bears a feature's name."""

LIMIT = 4.0
"""Standardised coordinates stay within this on both sides, as the instrument's do."""

UNNAMED_LIMIT = 8
"""Most axes without a feature's name."""


@dataclass(frozen=True, eq=False)
class Sweep:
    """What an axis does to the sound.

    Attributes
    ----------
    correlation
        Of each feature with the position on the axis: the median of Spearman's rho, -1 to 1.
    change
        Of each feature from the axis' low end to its high one: the median.
    """

    correlation: Float64
    change: Float64


def find_axes(
    standardised: Float64, voice: Voice, sample_rate_hz: int, rng: np.random.Generator
) -> tuple[Axis, ...]:
    """The axes of a corpus: first those that follow a feature, then principal components.

    For each feature, a direction is fitted to it over points at and around the landmarks. If the
    sound does not follow that, the principal component that it follows best, if it does, bears the
    name.

    Parameters
    ----------
    standardised
        Landmarks, ``(landmarks, latent)``.
    voice
        Decoder and synthesis.
    sample_rate_hz
        Of what `voice` gives.
    rng
        Chooses the points to fit to and the landmarks to sweep from.
    """
    starts = standardised[_spread_out(standardised, SWEEPS, rng)]
    points = _points_to_fit(standardised, rng)
    heard = np.array([features(voice(point), sample_rate_hz) for point in points])

    components = [
        (direction, sweep(direction, standardised, starts, voice, sample_rate_hz))
        for direction, _ in principal_components(standardised)[:UNNAMED_LIMIT]
        if _range(standardised, direction) is not None
    ]
    axes: list[Axis] = []
    named: set[int] = set()
    for column, feature in enumerate(FEATURES):
        fitted = fitted_direction(points, heard[:, column])
        if fitted is not None and _range(standardised, fitted) is not None:
            swept = sweep(fitted, standardised, starts, voice, sample_rate_hz)
            if follows(swept, column) > 0:
                axes.append(_axis(feature.name, feature.label, fitted, standardised))
                continue
        found = [
            (abs(swept.correlation[column]), index)
            for index, (_, swept) in enumerate(components)
            if index not in named and follows(swept, column)
        ]
        if found:
            index = max(found, key=lambda pair: (pair[0], -pair[1]))[1]
            named.add(index)
            direction, swept = components[index]
            direction = follows(swept, column) * direction
            axes.append(_axis(feature.name, feature.label, direction, standardised))
    rest = [direction for index, (direction, _) in enumerate(components) if index not in named]
    for number, direction in enumerate(rest, start=1):
        axes.append(_axis(f"axis_{number}", f"Axis {number}", direction, standardised))
    return tuple(axes)


def sweep(
    direction: Float64,
    standardised: Float64,
    starts: Float64,
    voice: Voice,
    sample_rate_hz: int,
) -> Sweep:
    """Move along a direction from each start, between the corpus' percentiles, and listen.

    Parameters
    ----------
    direction
        ``(latent,)``, of unit length.
    standardised
        The corpus, ``(landmarks, latent)``.
    starts
        Where the sweeps start from, ``(sweeps, latent)``; what is orthogonal to `direction` stays.
    voice, sample_rate_hz
        What makes a point sound.
    """
    low, _, high = np.percentile(standardised @ direction, (5, 50, 95))
    rows = []
    for start in starts:
        way = [
            np.clip(start + (at - start @ direction) * direction, -LIMIT, LIMIT)
            for at in np.linspace(low, high, STEPS)
        ]
        rows.append([features(voice(point), sample_rate_hz) for point in way])
    heard = np.array(rows)  # (sweeps, steps, features)
    correlation = [
        [rank_correlation(heard[index, :, column]) for column in range(heard.shape[2])]
        for index in range(len(heard))
    ]
    return Sweep(
        correlation=np.median(correlation, axis=0),
        change=np.median(heard[:, -1] - heard[:, 0], axis=0),
    )


def follows(swept: Sweep, column: int) -> int:
    """1 if the feature rises along the axis, -1 if it falls, 0 if it does neither clearly."""
    rho, change = swept.correlation[column], swept.change[column]
    if abs(rho) < LEAST_CORRELATION or abs(change) < FEATURES[column].noticeable:
        return 0
    return 1 if rho > 0 else -1


def _range(standardised: Float64, direction: Float64) -> tuple[float, float, float] | None:
    """The corpus' 5th percentile, mean and 95th along a direction; None if they do not rise."""
    projections = standardised @ direction
    low, high = np.percentile(projections, (5, 95))
    mean = projections.mean()
    return (float(low), float(mean), float(high)) if low < mean < high else None


def _axis(name: str, label: str, direction: Float64, standardised: Float64) -> Axis:
    found = _range(standardised, direction)
    assert found is not None
    low, mean, high = found
    spread = standardised.var(axis=0).sum()
    return Axis(
        name=name,
        label=label,
        direction=direction.astype(np.float32),
        low=low,
        mean=mean,
        high=high,
        variance=float(np.clip((standardised @ direction).var() / spread, 0.0, 1.0)),
    )


POINTS_TO_FIT = 384
"""Points that are heard to fit directions to features."""

STRAY = 0.5
"""Share of the way towards another landmark that points to fit stray by, at most."""


def _points_to_fit(standardised: Float64, rng: np.random.Generator) -> Float64:
    """Landmarks, and points on the way from one to another, so that there are enough."""
    count = len(standardised)
    if count >= POINTS_TO_FIT:
        return standardised[rng.permutation(count)[:POINTS_TO_FIT]]
    missing = POINTS_TO_FIT - count
    here, there = rng.integers(0, count, (2, missing))
    way = rng.uniform(0.0, STRAY, (missing, 1))
    between = standardised[here] + way * (standardised[there] - standardised[here])
    return np.concatenate([standardised, between])


def _spread_out(standardised: Float64, count: int, rng: np.random.Generator) -> list[int]:
    """Landmarks far from each other: each is the one farthest from those before it."""
    chosen = [int(rng.integers(len(standardised)))]
    distance = np.full(len(standardised), np.inf)
    while len(chosen) < min(count, len(standardised)):
        step = np.linalg.norm(standardised - standardised[chosen[-1]], axis=1)
        distance = np.minimum(distance, step)
        chosen.append(int(distance.argmax()))
    return chosen
