"""Two-dimensional map of landmarks: positions, and continuity between them."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.tiny import tiny_bundle

from distill_live.bundle import Bundle, Landmark
from distill_live.engine.corpus_map import CorpusMap
from distill_live.engine.latent import LATENT_LIMIT

LATENT = 8


def crowded(count: int, seed: int, grid: int = 0) -> Bundle:
    """Landmarks anywhere, or on a grid, where many are equally near and some in one place."""
    rng = np.random.default_rng(seed)
    places = rng.uniform(0.0, 1.0, (count, 2))
    if grid:
        places = np.round(places * grid) / grid
    return replace(
        tiny_bundle(latent=LATENT),
        landmarks=tuple(Landmark("a.wav", 0.0, float(x), float(y)) for x, y in places),
        landmark_latents=rng.standard_normal((count, LATENT)).astype(np.float32),
    )


def test_a_landmark_alone_in_its_place_is_itself() -> None:
    bundle = crowded(200, seed=1)
    corpus = CorpusMap(bundle)
    for index, mark in enumerate(bundle.landmarks):
        assert corpus.at(mark.x, mark.y) == pytest.approx(corpus.latents[index], abs=0.02)


@settings(max_examples=40, deadline=None)
@given(
    count=st.integers(1, 60),
    grid=st.sampled_from([0, 2, 5]),
    seed=st.integers(0, 10**6),
    ends=st.tuples(*[st.floats(0.0, 1.0)] * 4),
)
def test_no_path_jumps(
    count: int, grid: int, seed: int, ends: tuple[float, float, float, float]
) -> None:
    """Halving the steps of a path halves its largest step, until there is hardly any."""
    corpus = CorpusMap(crowded(count, seed, grid))
    x0, y0, x1, y1 = ends

    def largest(share: np.ndarray) -> tuple[float, float]:
        path = np.array([corpus.at(x0 + s * (x1 - x0), y0 + s * (y1 - y0)) for s in share])
        assert np.isfinite(path).all()
        steps = np.abs(np.diff(path, axis=0)).max(axis=1)
        return float(steps.max()), float(share[steps.argmax()])

    share, step = np.linspace(0.0, 1.0, 51), 0.02
    size, at = largest(share)
    while size > 0.02:  # look closer at where it moves most
        assert step > 1e-9, f"a jump of {size} at {at}"
        share, step = np.linspace(at, at + step, 51), step / 50
        size, at = largest(share)


def test_what_is_heard_is_between_the_landmarks_around(rng: np.random.Generator) -> None:
    bundle = crowded(100, seed=2)
    corpus = CorpusMap(bundle)
    assert np.abs(corpus.latents).max() <= LATENT_LIMIT
    for x, y in rng.uniform(0.0, 1.0, (50, 2)):
        away = [np.hypot(mark.x - x, mark.y - y) for mark in bundle.landmarks]
        around = corpus.latents[np.argsort(away)[:12]]
        found = corpus.at(x, y)
        assert (found >= around.min(axis=0) - 1e-9).all()
        assert (found <= around.max(axis=0) + 1e-9).all()
