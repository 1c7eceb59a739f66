"""Axes that a performer moves along: candidates are swept, heard and named after what they do.

A candidate is a direction in the standardised latent space. It is swept from several landmarks
between the corpus' percentiles, each point is made to sound, and the candidate bears a feature's
name only if the sound follows; else it is ``axis_1`` and so on. This module knows how to judge;
what makes a point sound is handed in.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from distill_live.bundle import Axis
from distill_live.spectrogram import Float32, Float64
from distill_train.latent.features import FEATURES, features, rank_correlation
from distill_train.latent.latent_space import fitted_directions, principal_components

LatentRenderer = Callable[[Float64], Float32]
"""Makes a standardised latent ``(latent,)`` sound: mono, ``(samples,)``."""

SWEEPS, STEPS = 5, 7
"""Landmarks that an axis is swept from, and points of a sweep."""

MIN_CORRELATION = 0.9
"""Median Spearman's rho over the sweeps from which on an axis bears a feature's name."""

LATENT_LIMIT = 4.0
"""Standardised coordinates stay within this on both sides, as the instrument's do."""

MAX_COSINE = 0.9
"""Cosine between two directions from which on they are one axis, not two."""

MAX_UNNAMED_AXES = 6
"""Most axes without a feature's name."""


FIT_POINTS = 192
"""Points that are heard to fit directions to features."""

MIN_FEATURE_SHARE = 0.5
"""Share of the points that must have a feature for an axis to be sought for it."""

MAX_INTERPOLATION = 0.5
"""Share of the way towards another landmark that points to fit stray by, at most."""


@dataclass(frozen=True, eq=False)
class Sweep:
    """What an axis does to the sound.

    Attributes
    ----------
    correlation
        Of each feature with the position on the axis: the median of Spearman's rho, -1 to 1.
    change
        Of each feature from the axis' low end to its high one: the median; a sweep that lacks it at
        an end counts as 0.
    heard
        All features, ``(sweeps, steps, features)``; NaN where a sound lacks one.
    """

    correlation: Float64
    change: Float64
    heard: Float64

    @property
    def about_means(self) -> Float64:
        """`heard`, each sweep less its mean of what there is; NaN stays."""
        there = np.ma.masked_invalid(self.heard)
        found: Float64 = (there - there.mean(axis=1, keepdims=True)).filled(np.nan)
        return found


def find_axes(
    standardised: Float64, render: LatentRenderer, sample_rate_hz: int, rng: np.random.Generator
) -> tuple[Axis, ...]:
    """The axes of a corpus: first those that follow a feature, then principal components.

    For each feature, directions are fitted to it over points at and between the landmarks; the
    first that the sound follows bears its name: in sweeps from some landmarks, by which it is
    chosen, and from as many others, by which it is confirmed. The components come after, less
    those that are near to a named axis.

    Parameters
    ----------
    standardised
        Landmarks in the order of the corpus, ``(landmarks, latent)``; sweeps start from some that
        are spread evenly over it.
    render
        Decoder and synthesis.
    sample_rate_hz
        Of what `render` gives.
    rng
        Chooses the points to fit to.
    """
    spread = np.linspace(0, len(standardised) - 1, 2 * SWEEPS).round().astype(int)
    starts, other_starts = standardised[spread[::2]], standardised[spread[1::2]]
    points = _fit_points(standardised, rng)
    heard = np.array([features(render(point), sample_rate_hz) for point in points])

    axes: list[Axis] = []
    taken: list[Float64] = []
    for column, feature in enumerate(FEATURES):
        there = np.isfinite(heard[:, column])
        if there.mean() < MIN_FEATURE_SHARE:
            continue
        for direction in fitted_directions(points[there], heard[there, column], taken):
            if _range(standardised, direction) is None or _is_near(direction, taken):
                continue
            if all(
                follows(sweep(direction, standardised, some, render, sample_rate_hz), column)
                for some in (starts, other_starts)
            ):
                axes.append(_axis(feature.name, feature.label, direction, standardised))
                taken.append(direction)
                break
    rest = [
        direction
        for direction, _ in principal_components(standardised)
        if _range(standardised, direction) is not None and not _is_near(direction, taken)
    ]
    for number, direction in enumerate(rest[:MAX_UNNAMED_AXES], start=1):
        axes.append(_axis(f"axis_{number}", f"Axis {number}", direction, standardised))
    return tuple(axes)


def sweep(
    direction: Float64,
    standardised: Float64,
    starts: Float64,
    render: LatentRenderer,
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
    render, sample_rate_hz
        What makes a point sound.
    """
    low, _, high = np.percentile(standardised @ direction, (5, 50, 95))
    rows = []
    for start in starts:
        way = [
            np.clip(start + (at - start @ direction) * direction, -LATENT_LIMIT, LATENT_LIMIT)
            for at in np.linspace(low, high, STEPS)
        ]
        rows.append([features(render(point), sample_rate_hz) for point in way])
    heard = np.array(rows)  # (sweeps, steps, features)
    correlation = [
        [rank_correlation(heard[index, :, column]) for column in range(heard.shape[2])]
        for index in range(len(heard))
    ]
    return Sweep(
        correlation=np.median(correlation, axis=0),
        change=np.median(np.nan_to_num(heard[:, -1] - heard[:, 0]), axis=0),
        heard=heard,
    )


def follows(swept: Sweep, column: int) -> bool:
    """Whether a feature rises along the axis, in most sweeps all the way, and noticeably."""
    return bool(
        swept.correlation[column] >= MIN_CORRELATION
        and swept.change[column] >= FEATURES[column].noticeable
    )


def _is_near(direction: Float64, others: Sequence[Float64]) -> bool:
    return any(abs(float(direction @ other)) > MAX_COSINE for other in others)


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


def _fit_points(standardised: Float64, rng: np.random.Generator) -> Float64:
    """Landmarks, and points on the way from one to another, so that there are enough."""
    count = len(standardised)
    if count >= FIT_POINTS:
        return standardised[rng.permutation(count)[:FIT_POINTS]]
    missing = FIT_POINTS - count
    here, there = rng.integers(0, count, (2, missing))
    way = rng.uniform(0.0, MAX_INTERPOLATION, (missing, 1))
    between = standardised[here] + way * (standardised[there] - standardised[here])
    return np.concatenate([standardised, between])
