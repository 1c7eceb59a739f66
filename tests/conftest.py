"""Fixtures for all tests."""

from distill_live.process_environment import set_environment

set_environment()  # as the command lines do, before numpy is imported

import numpy as np  # noqa: E402
import pytest  # noqa: E402
from hypothesis import settings  # noqa: E402

settings.register_profile("suite", deadline=None)  # no test is about time
settings.load_profile("suite")


@pytest.fixture
def rng() -> np.random.Generator:
    """A generator of its own for each test, the same in every run."""
    return np.random.default_rng(20)
