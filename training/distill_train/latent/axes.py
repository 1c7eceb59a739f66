"""Find axes in the latent space and name them after the audio feature that they change.

A candidate is a direction in the standardised latent space. It is swept from several landmarks
between the corpus' percentiles, and each point is rendered. It gets a feature's name if the feature
follows the sweep; else it is ``axis_1`` and so on.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from distill_live.bundle import Axis
from distill_live.engine.latent.point import LATENT_LIMIT
from distill_live.spectrogram import Float32, Float64
from distill_train.latent.features import FEATURES, features, rank_correlation, sound_spectrum
from distill_train.latent.latent_space import apart, fitted_directions, sound_directions

LatentRenderer = Callable[[Float64], Float32]
"""Renders a standardised latent ``(latent,)``: mono, ``(samples,)``."""

SWEEPS, STEPS = 5, 7
"""Number of sweeps of an axis, each from a landmark, and of points of a sweep."""

MIN_CORRELATION = 0.9
"""Minimum median of Spearman's rho over the sweeps for an axis to get a feature's name."""

MAX_COSINE = 0.9
"""Maximum cosine between the directions of two axes."""

MAX_UNNAMED_AXES = 6
"""Maximum number of axes without a feature's name."""

MIN_CHANGE_DB = 2.0
"""Minimum change of the sound's third octaves along an axis without a name, from end to end."""

FIT_POINTS = 192
"""Number of points for fitting directions to features."""

MIN_FEATURE_SHARE = 0.5
"""Minimum share of the points at which a feature must be defined to fit directions to it."""

MAX_HEARD_S = 2.0
"""Length of the sound by which a point is judged, from the middle of its chunk: chunks may last
minutes, and more than a thousand are rendered."""

SWEEPS_PER_FEATURE = 2 * 3
"""Maximum number of sweeps from all starts for a feature: two for each candidate."""

MAX_POINTS = FIT_POINTS + len(FEATURES) * SWEEPS_PER_FEATURE * SWEEPS * STEPS
"""Maximum number of points that are rendered to name axes."""

MAX_INTERPOLATION = 0.5
"""Maximum share of the distance from a landmark to another one that a point is moved by."""


@dataclass(frozen=True, eq=False)
class Sweep:
    """Features of the sound along an axis.

    Attributes
    ----------
    correlation
        Median of Spearman's rho of each feature with the position on the axis, -1 to 1.
    change
        Median change of each feature from the axis' low end to its high one; a sweep whose feature
        is undefined at an end counts as 0.
    heard
        All features, ``(sweeps, steps, features)``; NaN where undefined.
    """

    correlation: Float64
    change: Float64
    heard: Float64

    @property
    def about_means(self) -> Float64:
        """`heard` less the mean of each sweep; NaN stays."""
        there = np.ma.masked_invalid(self.heard)
        found: Float64 = (there - there.mean(axis=1, keepdims=True)).filled(np.nan)
        return found


def find_axes(
    standardised: Float64,
    render: LatentRenderer,
    sample_rate_hz: int,
    rng: np.random.Generator,
    on_progress: Callable[[float], None] = lambda _: None,
) -> tuple[Axis, ...]:
    """Find the axes of a corpus: those that follow a feature, then others that the sound follows.

    For each feature, directions are fitted over points at and between the landmarks. The first one
    that the feature follows gets its name; it must follow in sweeps from some landmarks (selection)
    and from as many others (confirmation). Unnamed axes are orthogonal to the named ones and to
    each other: the sound follows them in what it does not share with those.

    Parameters
    ----------
    standardised
        Landmarks in the order of the corpus, ``(landmarks, latent)``; sweeps start from evenly
        spread ones.
    render
        Decoder and synthesis.
    sample_rate_hz
        Rate of `render`'s sound.
    rng
        Random generator for the points to fit.
    on_progress
        Called with the share that is done, 0 to 1.
    """
    spread = np.linspace(0, len(standardised) - 1, 2 * SWEEPS).round().astype(int)
    starts, other_starts = standardised[spread[::2]], standardised[spread[1::2]]
    points = _fit_points(standardised, rng)
    rows, spectra = [], []
    for done, point in enumerate(points, start=1):
        sound = render(point)
        rows.append(features(sound, sample_rate_hz))
        spectra.append(sound_spectrum(sound, sample_rate_hz))
        on_progress(done / MAX_POINTS)
    heard, spectrum = np.array(rows), np.array(spectra)
    span = sound_directions(points, spectrum)

    axes: list[Axis] = []
    taken: list[Float64] = []
    for column, feature in enumerate(FEATURES):
        on_progress((FIT_POINTS + column * SWEEPS_PER_FEATURE * SWEEPS * STEPS) / MAX_POINTS)
        there = np.isfinite(heard[:, column])
        if there.mean() < MIN_FEATURE_SHARE:
            continue
        for direction in fitted_directions(points[there], heard[there, column], span, taken):
            if _range(standardised, direction) is None or _is_near(direction, taken):
                continue
            if all(
                follows(sweep(direction, standardised, some, render, sample_rate_hz), column)
                for some in (starts, other_starts)
            ):
                axes.append(_axis(feature.name, feature.label, direction, standardised))
                taken.append(direction)
                break
    if taken:
        others = np.linalg.qr(np.array(taken).T)[0]
        spectrum = apart(spectrum, points @ others)
        points = points - points @ others @ others.T
    unnamed = 0
    for direction in sound_directions(points, spectrum):
        if unnamed == MAX_UNNAMED_AXES or _range(standardised, direction) is None:
            continue
        if _change_db(direction, standardised, starts, render, sample_rate_hz) < MIN_CHANGE_DB:
            continue
        unnamed += 1
        axes.append(_axis(f"axis_{unnamed}", f"Axis {unnamed}", direction, standardised))
    return tuple(axes)


def sweep(
    direction: Float64,
    standardised: Float64,
    starts: Float64,
    render: LatentRenderer,
    sample_rate_hz: int,
) -> Sweep:
    """Render points along a direction between the corpus' percentiles and measure their features.

    Parameters
    ----------
    direction
        Unit vector, ``(latent,)``.
    standardised
        Landmarks, ``(landmarks, latent)``.
    starts
        Start of each sweep, ``(sweeps, latent)``; its part orthogonal to `direction` is kept.
    render, sample_rate_hz
        Decoder and synthesis, and their rate.
    """
    rows = [
        [features(render(point), sample_rate_hz) for point in way]
        for way in _ways(direction, standardised, starts, STEPS)
    ]
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
    """Whether a feature rises along the axis: steadily in most sweeps, and noticeably."""
    return bool(
        swept.correlation[column] >= MIN_CORRELATION
        and swept.change[column] >= FEATURES[column].noticeable
    )


def _ways(direction: Float64, standardised: Float64, starts: Float64, steps: int) -> Float64:
    """Points through each start along a direction, from the corpus' 5th percentile to its 95th.

    ``(sweeps, steps, latent)``.
    """
    low, high = np.percentile(standardised @ direction, (5, 95))
    away = np.linspace(low, high, steps) - (starts @ direction)[:, None]  # (sweeps, steps)
    points = starts[:, None] + away[:, :, None] * direction
    return np.clip(points, -LATENT_LIMIT, LATENT_LIMIT)


def _change_db(
    direction: Float64,
    standardised: Float64,
    starts: Float64,
    render: LatentRenderer,
    sample_rate_hz: int,
) -> float:
    """Root mean square change of the sound's third octaves over a direction: median of sweeps."""
    changes = []
    for way in _ways(direction, standardised, starts, 2):
        low, high = (sound_spectrum(render(point), sample_rate_hz) for point in way)
        changes.append(np.sqrt(np.mean(np.square(high - low)[: len(low) // 2])))
    return float(np.median(changes))


def _is_near(direction: Float64, others: Sequence[Float64]) -> bool:
    return any(abs(float(direction @ other)) > MAX_COSINE for other in others)


def _range(standardised: Float64, direction: Float64) -> tuple[float, float, float] | None:
    """5th percentile, mean and 95th of the corpus along a direction; None unless they rise."""
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
    """`FIT_POINTS` landmarks; where there are fewer, points between landmarks are added."""
    count = len(standardised)
    if count >= FIT_POINTS:
        return standardised[rng.permutation(count)[:FIT_POINTS]]
    missing = FIT_POINTS - count
    here, there = rng.integers(0, count, (2, missing))
    way = rng.uniform(0.0, MAX_INTERPOLATION, (missing, 1))
    between = standardised[here] + way * (standardised[there] - standardised[here])
    return np.concatenate([standardised, between])
