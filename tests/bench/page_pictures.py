"""Make the pictures of the play page in ``docs/``, with the demo playing, in three sizes.

python tests/bench/page_pictures.py [--out FOLDER]
"""

import argparse
import base64
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from playwright.sync_api import Page
from support.browser import (
    SCREENS,
    Problems,
    Scheme,
    chromium,
    new_page,
    show_panel,
    wait_until_it_plays,
)
from support.instrument import Instrument

ROOT = Path(__file__).parents[2]

QUALITY = 84
"""Of the WebP files: about 60 kB for a desktop."""

PICTURES: tuple[tuple[str, str, Scheme, str], ...] = (
    ("page-desktop-dark", "desktop", "dark", "macros"),
    ("page-desktop-light", "desktop", "light", "keys"),
    ("page-tablet-dark", "tablet", "dark", "presets"),
    ("page-tablet-light", "tablet", "light", "models"),
    ("page-phone-dark", "phone", "dark", "axes"),
    ("page-phone-light", "phone", "light", "presets"),
)
"""Name of the file, size, theme and chosen panel."""

PRESETS = ("dawn", "low tide", "swarm", "glass", "far hum", "embers")


def main() -> None:
    """Write the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "docs")
    out = parser.parse_args().out
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        home = {"XDG_DATA_HOME": folder, "XDG_MUSIC_DIR": folder, "HOME": folder}
        options = ("--model", "demo", "--null", "--http-port", "0")
        with Instrument(None, *options, environment=home) as live:
            play(live)
            origin = f"http://127.0.0.1:{live.listening_at('Page')}"
            problems = Problems((origin, origin.replace("http", "ws", 1)))
            for name, screen, scheme, panel in PICTURES:
                touch = screen != "desktop"
                page = new_page(browser, problems, screen=SCREENS[screen], touch=touch, scale=1.5)
                page.goto(f"{origin}/")
                wait_until_it_plays(page)
                page.evaluate("(it) => void (document.documentElement.dataset.theme = it)", scheme)
                show_panel(page, panel)
                live.send("/keys", "pitch" if panel == "keys" else "off")
                live.send("/map", 0.3, 0.75)
                if panel == "keys":
                    page.locator("#keyboard").wait_for()
                    for key in "ADG":
                        page.keyboard.down(key)
                page.wait_for_timeout(2000)  # a trail, and lists that have arrived
                write(page, out / f"{name}.webp")
                page.context.close()
            problems.check()


def play(live: Instrument) -> None:
    """Store and move what the pictures show."""
    for number, name in enumerate(PRESETS):
        live.send("/map", 0.15 + 0.13 * number, 0.3)
        live.ask("/preset/store", name, reply="/done")
    live.ask("/preset/recall", "swarm", 0.0, reply="/done")  # with its macros, which are none
    live.send("/macro/map", 1, "axis/brightness", -1.0, 1.0, "linear")
    live.send("/macro/map", 1, "walk", 0.0, 0.5, "exponential")
    live.send("/macro/map", 2, "pitch", -12.0, 0.0, "s-curve")
    live.send("/macro/map", 3, "speed", 0.0, 1.0, "linear")
    live.send("/macro/1", 0.55)
    live.send("/macro/3", 0.8)
    for name in ("swell", "long fall"):
        live.ask("/gesture/record", name, reply="/done")
        live.send("/axis/loudness", 0.5)
        time.sleep(2.0)
        live.ask("/gesture/stop", reply="/done")
    live.send("/walk", 0.35)
    live.send("/glide", 2.0)
    live.send("/lfo/noisiness", 0.3, 0.4)


def write(page: Page, path: Path) -> None:
    """Write what a page shows as WebP."""
    session = page.context.new_cdp_session(page)
    options = {"format": "webp", "quality": QUALITY}
    picture = base64.b64decode(session.send("Page.captureScreenshot", options)["data"])
    path.write_bytes(picture)
    print(f"{path.name}: {len(picture) // 1000} kB")


if __name__ == "__main__":
    main()
