"""Fixtures that many tests share."""

import numpy as np
import pytest


@pytest.fixture
def rng() -> np.random.Generator:
    """A generator of its own for each test, the same in every run."""
    return np.random.default_rng(20)
