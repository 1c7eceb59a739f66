"""Drive Debian's Chromium: a browser, pages that may not fail, and several fingers."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any, Literal, NoReturn, Protocol

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    sync_playwright,
)
from support.instrument import PATIENCE_S

Scheme = Literal["dark", "light"]

SCREENS: dict[str, tuple[int, int]] = {
    "desktop": (1440, 900),
    "tablet": (1024, 768),
    "phone": (390, 844),
}
"""Widths and heights that the page is made for, in CSS pixels."""

CHROMIUM = "/usr/bin/chromium"

FLAGS = (
    "--no-sandbox",  # Chromium refuses to run as root with it
    "--autoplay-policy=no-user-gesture-required",
    "--disable-gpu",
)


def require_chromium() -> str:
    """Return the path of Chromium; skip, naming it, where there is none; CI must have it."""
    path = CHROMIUM if shutil.which(CHROMIUM) else shutil.which("chromium")
    if path is None:
        _missing("chromium")
    return path


def _missing(what: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is not installed")
    pytest.skip(f"{what} is not installed")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start a headless Chromium.

    Playwright keeps an asyncio loop running in this thread: no test that runs one of its own may
    come before the end of the block.
    """
    path = require_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Problems:
    """What a page did that none may do.

    Parameters
    ----------
    origins
        Origins that it may ask, such as ``http://127.0.0.1:9011`` and ``ws://127.0.0.1:9011``.
    expected
        Parts of console messages that a test provokes.
    """

    origins: tuple[str, ...]
    expected: list[str] = field(default_factory=list)
    found: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        """Note errors, warnings and requests elsewhere from now on."""
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.found.append(f"exception: {error}"))
        page.on("request", self._request)
        page.on("websocket", lambda socket: self._check(socket.url))

    def check(self) -> None:
        """Fail if there were any that were not expected."""
        left = [text for text in self.found if not any(part in text for part in self.expected)]
        assert not left, left

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.found.append(f"{message.type}: {message.text}")

    def _request(self, request: Request) -> None:
        self._check(request.url)

    def _check(self, url: str) -> None:
        local = ("data:", "blob:", *(f"{origin}/" for origin in self.origins))
        if not url.startswith(local):
            self.found.append(f"request: {url}")


def new_page(
    browser: Browser,
    problems: Problems,
    *,
    screen: tuple[int, int] = SCREENS["desktop"],
    scheme: Scheme = "dark",
    touch: bool = False,
    reduced_motion: bool = False,
    scale: float = 1.0,
    scripts: bool = False,
) -> Page:
    """Open an empty page in a context of its own; close it with ``page.context.close()``.

    Parameters
    ----------
    browser, problems
        Browser; what the page may not do.
    screen
        Width and height in CSS pixels.
    scheme, reduced_motion
        What the user's system prefers.
    touch
        Whether it has a touch screen.
    scale
        Device pixels for each CSS pixel.
    scripts
        Whether a test adds scripts, which the page's content security policy forbids.
    """
    context: BrowserContext = browser.new_context(
        viewport={"width": screen[0], "height": screen[1]},
        color_scheme=scheme,
        reduced_motion="reduce" if reduced_motion else "no-preference",
        has_touch=touch,
        bypass_csp=scripts,
        device_scale_factor=scale,
        service_workers="block",
    )
    context.set_default_timeout(1000 * PATIENCE_S)
    page = context.new_page()
    problems.watch(page)
    return page


class OpenPage(Protocol):
    """Open the page of an instrument or a studio, with options of `new_page`, until it is built."""

    def __call__(
        self,
        *,
        screen: tuple[int, int] = ...,
        scheme: Scheme = ...,
        touch: bool = ...,
        reduced_motion: bool = ...,
    ) -> Page: ...


def wait_until_it_plays(page: Page) -> None:
    """Wait until a page is built and connected."""
    page.wait_for_selector("body.built.connected", state="attached")


@contextmanager
def page_opener(browser: Browser, problems: Problems, origin: str) -> Iterator[OpenPage]:
    """Opens pages of an instrument or a studio at `origin`, and closes them at the end."""
    with ExitStack() as stack:

        def open_one(**options: Any) -> Page:
            page = new_page(browser, problems, **options)
            stack.callback(page.context.close)
            page.goto(f"{origin}/")
            wait_until_it_plays(page)
            return page

        yield open_one


def show_panel(page: Page, name: str) -> Locator:
    """Choose a panel's tab where the layout has one, and return the panel."""
    tab = page.locator(f".tab[data-panel={name}]")
    if tab.is_visible():
        tab.click()
    panel = page.locator(f"#{name}")
    panel.wait_for()
    return panel


AXE = files("axe_playwright_python").joinpath("axe.min.js")

LEAST_TARGET_PX = 44

BESIDE = """() => {
  const outside = [];
  for (const element of document.querySelectorAll("button, dl-fader, input, select, canvas")) {
    const box = element.getBoundingClientRect();
    const beside = box.left < -1 || box.right > innerWidth + 1;
    if (box.width > 0 && beside) {
      outside.push(element.outerHTML.slice(0, 120));
    }
  }
  return outside;
}"""

SMALL = """(least) => [...document.querySelectorAll(
    "button, dl-fader, input, select, summary, .handle")]
  .map((element) => [element, (element.closest("label") ?? element).getBoundingClientRect()])
  .filter(([element, box]) => box.width > 0 && !element.matches(".unseen"))
  .filter(([, box]) => box.width < least || box.height < least)
  .map(([element, box]) => `${box.width} x ${box.height}: ${element.outerHTML.slice(0, 120)}`)"""


def check_looks(page: Page, where: str) -> None:
    """No finding of axe, nothing beside the screen, nothing too small for a finger."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    options = {"resultTypes": ["violations"]}
    found = page.evaluate(f"axe.run({json.dumps(options)})")["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == [], where
    beside, small = page.evaluate(BESIDE), page.evaluate(SMALL, LEAST_TARGET_PX)
    assert (beside, small) == ([], []), f"{where}: beside {beside}, small {small}"
    width = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert width <= 0, where


class Fingers:
    """Touch a page with several fingers at once, by the protocol of Chromium's inspector.

    Parameters
    ----------
    page
        Page of a context with a touch screen.
    """

    def __init__(self, page: Page) -> None:
        self._session = page.context.new_cdp_session(page)
        self._down: dict[int, tuple[float, float]] = {}

    def press(self, finger: int, x: float, y: float) -> None:
        """Put a finger down, in CSS pixels of the viewport."""
        assert finger not in self._down
        self._down[finger] = x, y
        self._send("touchStart", *self._down)

    def move(self, finger: int, x: float, y: float, steps: int = 8) -> None:
        """Draw a finger that is down along a line."""
        from_x, from_y = self._down[finger]
        for step in range(1, steps + 1):
            part = step / steps
            self._down[finger] = from_x + part * (x - from_x), from_y + part * (y - from_y)
            self._send("touchMove", *self._down)

    def lift(self, finger: int) -> None:
        """Lift a finger; the others stay."""
        self._send("touchEnd", *[finger] if len(self._down) > 1 else ())  # no one means all
        del self._down[finger]

    def _send(self, kind: str, *fingers: int) -> None:
        places = [(finger, *self._down[finger]) for finger in fingers]
        points = [{"id": finger, "x": x, "y": y} for finger, x, y in places]
        self._session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def centre(element: Locator) -> tuple[float, float]:
    """Centre of an element in CSS pixels of the viewport, scrolled into view."""
    element.scroll_into_view_if_needed()
    box = element.bounding_box()
    assert box is not None, "it is not shown"
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
