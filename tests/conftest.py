"""Fixtures for all tests."""

import numpy as np
import pytest
from hypothesis import settings

settings.register_profile("suite", deadline=None)  # no test is about time
settings.load_profile("suite")


@pytest.fixture
def rng() -> np.random.Generator:
    """A generator of its own for each test, the same in every run."""
    return np.random.default_rng(20)
