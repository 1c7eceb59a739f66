"""Chromium, an instrument that it plays, and its pages, for all tests of the play page."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from support.browser import OpenPage, Problems, chromium, page_opener
from support.instrument import PATIENCE_S, Instrument
from support.tiny import tiny_bundle

from distill_live.bundle import write_bundle

expect.set_options(timeout=1000 * PATIENCE_S)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium for a module; its loop would be in the way of other modules' tests."""
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The user's folder, with a second model in the library."""
    folder = tmp_path_factory.mktemp("home")
    models = folder / "distill-live" / "models"
    models.mkdir(parents=True)
    write_bundle(tiny_bundle(seed=1), models / "bells.distill")
    return folder


@pytest.fixture(scope="module")
def live(home: Path) -> Iterator[Instrument]:
    """An instrument that plays the tiny model into the null output."""
    model = home / "tiny.distill"
    write_bundle(tiny_bundle(), model)
    with Instrument(
        model, "--null", "--http-port", "0", "--set", "/drift 0", environment=environment(home)
    ) as instrument:
        yield instrument


def environment(home: Path) -> dict[str, str]:
    """What keeps an instrument's files in that folder."""
    return {"XDG_DATA_HOME": str(home), "XDG_MUSIC_DIR": str(home / "music"), "HOME": str(home)}


@pytest.fixture(scope="module")
def origin(live: Instrument) -> str:
    """Where the page is, without a slash at its end."""
    return f"http://127.0.0.1:{live.listening_at('Page')}"


@pytest.fixture
def problems(origin: str) -> Iterator[Problems]:
    """What pages of this test did that none may do; any fails it."""
    found = Problems((origin, origin.replace("http", "ws", 1)))
    yield found
    found.check()


@pytest.fixture
def open_page(browser: Browser, origin: str, problems: Problems) -> Iterator[OpenPage]:
    """Opens pages, and closes them after the test."""
    with page_opener(browser, problems, origin) as opener:
        yield opener
