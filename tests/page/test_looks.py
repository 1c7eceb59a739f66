"""Layout and accessibility of the play page in three sizes, dark and light."""

from pathlib import Path

import pytest
from playwright.sync_api import expect
from support.browser import SCREENS, OpenPage, Scheme, check_looks, show_panel
from support.instrument import Instrument

import distill_live.page

PANELS = (
    *("axes", "playback", "presets", "keys", "time"),
    *("macros", "input", "gestures", "models", "system"),
)

OPENERS = (
    "[aria-label^='edit '], [aria-label='what macro 1 moves'], [aria-label='what level moves'], "
    "[aria-label='load a model into slot 2']"
)
CLOSERS = "[aria-label^='edit '], [aria-label^='back ']"
"""Buttons that show more of a panel, and those that show less again."""

LOW = ((560, 320), (640, 360), (667, 375), (683, 320))
"""Small phones on their side, and a page of a laptop that is zoomed in."""


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
    for name in PANELS:
        panel = show_panel(page, name)
        check_looks(page, name)
        for opener in panel.locator(OPENERS).all():
            opener.click()
            check_looks(page, f"{name}, edited")
            panel.locator(CLOSERS).locator("visible=true").first.click()


@pytest.mark.process
@pytest.mark.parametrize("keys", ["off", "pitch"])
def test_each_panel_is_reached_in_a_low_window(
    live: Instrument, open_page: OpenPage, keys: str
) -> None:
    live.send("/keys", keys)
    live.sync()
    page = open_page(touch=True)
    for width, height in LOW:
        page.set_viewport_size({"width": width, "height": height})
        for name in PANELS:
            panel = show_panel(page, name)
            box = panel.bounding_box()
            assert box is not None
            assert box["y"] + box["height"] <= height, f"{name}, {width} x {height}"
            assert box["height"] >= 90
            check_looks(page, f"{name}, {width} x {height}")


@pytest.mark.process
def test_panic_mute_and_gain_are_always_in_view(live: Instrument, open_page: OpenPage) -> None:
    page = open_page()
    for width, height in (*SCREENS.values(), *LOW, (844, 390), (320, 568)):
        page.set_viewport_size({"width": width, "height": height})
        for control in (".panic", ".mute", ".gain"):
            box = page.locator(control).bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width
            assert box["y"] >= 0
            assert box["y"] + box["height"] <= height


@pytest.mark.process
def test_a_window_without_room_for_the_map_draws_on(live: Instrument, open_page: OpenPage) -> None:
    page = open_page()
    canvas = page.locator("#map canvas")
    resize = "(canvas, height) => void (canvas.style.height = height)"
    canvas.evaluate(resize, "0")
    expect(canvas).to_have_js_property("height", 0)
    frames = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    page.evaluate(frames)  # whose errors would be problems
    canvas.evaluate(resize, "")
    expect(canvas).not_to_have_js_property("height", 0)
    page.evaluate(frames)


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


@pytest.mark.process
def test_what_the_top_bar_says_moves_none_of_its_controls(
    live: Instrument, open_page: OpenPage
) -> None:
    page = open_page()
    say = """(text) => [...document.querySelectorAll(".identity strong, .identity span")]
      .forEach((line) => void (line.firstChild.data = text))"""
    for width, height in (*SCREENS.values(), *LOW, (844, 390), (320, 568)):
        page.set_viewport_size({"width": width, "height": height})
        places = []
        for text in ("0", "100 underruns of a long name"):
            page.evaluate(say, text)
            places.append([page.locator(one).bounding_box() for one in (".gain", ".mute")])
        assert places[0] == places[1], width
