"""Layout and accessibility of the play page in three sizes, dark and light."""

import json
from importlib.resources import files
from pathlib import Path

import pytest
from playwright.sync_api import Page
from support.browser import SCREENS, OpenPage, Scheme, show_panel
from support.instrument import Instrument

import distill_live.page

PANELS = (
    *("axes", "playback", "presets", "keys", "time"),
    *("macros", "input", "gestures", "models", "system"),
)

AXE = files("axe_playwright_python").joinpath("axe.min.js")

OPENERS = (
    "[aria-label^='edit '], [aria-label='what macro 1 moves'], [aria-label='what level moves'], "
    "[aria-label='load a model into slot 2']"
)
CLOSERS = "[aria-label^='edit '], [aria-label^='back ']"
"""Buttons that show more of a panel, and those that show less again."""

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
  .map((element) => [element, element.getBoundingClientRect()])
  .filter(([, box]) => box.width > 0 && (box.width < least || box.height < least))
  .map(([element, box]) => `${box.width} x ${box.height}: ${element.outerHTML.slice(0, 120)}`)"""


@pytest.mark.process
@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("screen", SCREENS)
def test_axe_finds_nothing_and_all_is_within_reach(
    live: Instrument, open_page: OpenPage, screen: str, scheme: Scheme
) -> None:
    live.send("/preset/store", "one")
    live.send("/macro/map", 1, "gain", -20.0, 0.0, "linear")
    live.ask("/gesture/record", "one", reply="/done")
    live.send("/gain", -1.0)
    live.ask("/gesture/stop", reply="/done")
    live.send("/keys", "pitch")
    page = open_page(screen=SCREENS[screen], touch=screen != "desktop")
    page.locator("#keyboard").wait_for()
    page.evaluate("(theme) => void (document.documentElement.dataset.theme = theme)", scheme)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    for name in PANELS:
        panel = show_panel(page, name)
        check(page, name)
        for opener in panel.locator(OPENERS).all():
            opener.click()
            check(page, f"{name}, edited")
            panel.locator(CLOSERS).locator("visible=true").first.click()


def check(page: Page, where: str) -> None:
    """No finding of axe, nothing beside the screen, nothing too small for a finger."""
    options = {"resultTypes": ["violations"]}
    found = page.evaluate(f"axe.run({json.dumps(options)})")["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == [], where
    assert page.evaluate(BESIDE) == [], where
    assert page.evaluate(SMALL, LEAST_TARGET_PX) == [], where
    width = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert width <= 0, where


@pytest.mark.process
def test_panic_mute_and_gain_are_always_in_view(live: Instrument, open_page: OpenPage) -> None:
    page = open_page()
    for width, height in (*SCREENS.values(), (844, 390), (320, 568)):
        page.set_viewport_size({"width": width, "height": height})
        for control in (".panic", ".mute", ".gain"):
            box = page.locator(control).bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width
            assert box["y"] >= 0
            assert box["y"] + box["height"] <= height


@pytest.mark.process
def test_reduced_motion_moves_nothing(live: Instrument, open_page: OpenPage) -> None:
    live.ask("/preset/store", "one", reply="/done")
    page = open_page(reduced_motion=True)
    pad = page.locator("#presets .pad").first
    pad.click()
    page.locator("#presets .pad[aria-current=true]").wait_for()
    moving = page.evaluate("document.getAnimations().length")
    assert moving == 0


def assets() -> list[Path]:
    folder = Path(distill_live.page.__path__[0])
    return [
        path for path in folder.iterdir() if path.suffix not in (".py", ".pyc") and path.is_file()
    ]


def test_the_page_is_small_and_whole() -> None:
    assert sum(path.stat().st_size for path in assets()) < 300_000
    for path in assets():
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "http:" not in text.replace('"http:"', ""), f"{path.name} names another place"
        assert "https:" not in text.replace('"https:"', ""), f"{path.name} names another place"
