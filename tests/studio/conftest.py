"""Chromium, a studio, and its pages, for the tests in a browser."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, Page, expect
from support.browser import SCREENS, OpenPage, Problems, Scheme, chromium, new_page
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
    with ExitStack() as stack:

        def open_one(
            *,
            screen: tuple[int, int] = SCREENS["desktop"],
            scheme: Scheme = "dark",
            touch: bool = False,
            reduced_motion: bool = False,
        ) -> Page:
            page = new_page(
                browser,
                problems,
                screen=screen,
                scheme=scheme,
                touch=touch,
                reduced_motion=reduced_motion,
            )
            stack.callback(page.context.close)
            page.goto(f"{studio.origin}/")
            page.wait_for_selector("body.built.connected", state="attached")
            return page

        yield open_one
