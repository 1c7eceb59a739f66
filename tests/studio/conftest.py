"""Chromium, a studio, and its pages, for the tests in a browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from support.browser import OpenPage, Problems, chromium, page_opener
from support.instrument import PATIENCE_S
from support.studio import Studio

expect.set_options(timeout=1000 * PATIENCE_S)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium for a module; its loop would be in the way of other modules' tests."""
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def studio(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """A studio whose runs are small; none is started where there is no Chromium."""
    with Studio(tmp_path_factory.mktemp("home")) as running:
        yield running


@pytest.fixture
def problems(studio: Studio) -> Iterator[Problems]:
    """What pages of this test did that none may do; any fails it."""
    found = Problems((studio.origin,))
    yield found
    found.check()


@pytest.fixture
def open_studio(browser: Browser, studio: Studio, problems: Problems) -> Iterator[OpenPage]:
    """Opens pages, and closes them after the test."""
    with page_opener(browser, problems, studio.origin) as opener:
        yield opener
