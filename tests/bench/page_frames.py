"""Measure the frames of the page while its map is dragged: rate, scripts, growth of the heap.

    python tests/bench/page_frames.py [--seconds 30] [--landmarks 1000] [--screen desktop] [--json]

The model has random landmarks in twelve recordings, the instrument plays into the null output. The
map is dragged in three ways, each for `--seconds`:

- *whole*: all of it is seen;
- *zoomed*: a part is seen, which follows the pointer, so that landmarks are drawn in every frame;
- *still*: nobody touches it.

*Scripts* is the time of all scripts of the page for each frame, *drawing* that of its callbacks
before a frame, which 99 of 100 frames keep. A frame lasts 16.7 ms at 60 a second; a Chromium
without a GPU spends the most of it in drawing pixels, on the processor, beside these. The heap is
measured after a garbage collection, before and after all three, which were done before for a tenth
of the time.
"""

import argparse
import json
import math
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from playwright.sync_api import CDPSession, Page
from support.browser import SCREENS, Problems, chromium, new_page, wait_until_it_plays
from support.instrument import Instrument
from support.tiny import tiny_bundle

from distill_live.bundle import Bundle, Landmark, write_bundle

RECORDINGS = 12

ZOOM_PX = -700
"""Turn of the wheel that zooms in fourfold."""

MOVE_INTERVAL_S = 0.008
"""Interval of a fast mouse."""

NOTE_FRAMES = """
window.frames = [];
const request = window.requestAnimationFrame;
window.requestAnimationFrame = (draw) => request((now) => {
  const begun = performance.now();
  draw(now);
  frames.push([now, performance.now() - begun]);
});
"""


def large_bundle(landmarks: int) -> Bundle:
    """A bundle with many landmarks."""
    rng = np.random.default_rng(1)
    bundle = tiny_bundle()
    places = rng.random((landmarks, 2)).tolist()
    return replace(
        bundle,
        landmarks=tuple(
            Landmark(f"recording {number % RECORDINGS}.wav", 0.5 * (number // RECORDINGS), x, y)
            for number, (x, y) in enumerate(places)
        ),
        landmark_latents=rng.standard_normal((landmarks, bundle.latent_size)).astype(np.float32),
    )


class Measured:
    """The page, and what Chromium knows of it."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._session: CDPSession = page.context.new_cdp_session(page)
        self._session.send("Performance.enable")
        box = page.locator("#map canvas").bounding_box()
        assert box is not None, "the map is not shown"
        self._box = box

    def act(self, way: str, seconds: float) -> dict[str, float]:
        """Drag the map in one way; returns the figures of its frames."""
        if way == "zoomed":
            self._move(0.5, 0.5)
            self._page.mouse.wheel(0, ZOOM_PX)
        before = self.metrics()
        self._page.evaluate("void frames.splice(0)")
        if way == "still":
            self._page.wait_for_timeout(1000 * seconds)
        else:
            self._drag(seconds)
        frames = np.array(self._page.evaluate("frames.splice(0)"))
        after = self.metrics()
        if way == "zoomed":
            self._page.mouse.wheel(0, -ZOOM_PX)
        scripts_s = after["ScriptDuration"] - before["ScriptDuration"]
        return {
            "frames_per_second": 1e3 * (len(frames) - 1) / float(np.ptp(frames[:, 0])),
            "scripts_ms": 1e3 * scripts_s / len(frames),
            "drawing_p99_ms": float(np.percentile(frames[:, 1], 99)),
        }

    def metrics(self) -> dict[str, float]:
        """Chromium's metrics of the page, by name."""
        found = self._session.send("Performance.getMetrics")["metrics"]
        return {metric["name"]: metric["value"] for metric in found}

    def collected(self) -> dict[str, float]:
        """The same after a garbage collection."""
        self._session.send("HeapProfiler.collectGarbage")
        return self.metrics()

    def _drag(self, seconds: float) -> None:
        self._move(0.5, 0.5)
        self._page.mouse.down()
        begun_s = time.perf_counter()
        while (now_s := time.perf_counter() - begun_s) < seconds:
            self._move(0.5 + 0.45 * math.sin(2.1 * now_s), 0.5 + 0.45 * math.sin(1.7 * now_s))
            time.sleep(MOVE_INTERVAL_S)
        self._page.mouse.up()

    def _move(self, x: float, y: float) -> None:
        box = self._box
        self._page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])


def measure(landmarks: int, seconds: float, screen: str) -> dict[str, Any]:
    """Measure one page."""
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        model = Path(folder) / "large.distill"
        write_bundle(large_bundle(landmarks), model)
        options = ("--null", "--http-port", "0", "--set", "/drift 0")
        with Instrument(model, *options, environment={"XDG_DATA_HOME": folder}) as live:
            origin = f"http://127.0.0.1:{live.listening_at('Page')}"
            problems = Problems((origin, origin.replace("http", "ws", 1)))
            page = new_page(browser, problems, screen=SCREENS[screen])
            page.add_init_script(NOTE_FRAMES)
            page.goto(f"{origin}/")
            wait_until_it_plays(page)
            measured = Measured(page)
            ways = ("whole", "zoomed", "still")
            for way in ways:
                measured.act(way, seconds / 10)
            before = measured.collected()
            found: dict[str, Any] = {way: measured.act(way, seconds) for way in ways}
            after = measured.collected()
            problems.check()
    found["heap_mb"] = after["JSHeapUsedSize"] / 1e6
    found["heap_growth_kb"] = (after["JSHeapUsedSize"] - before["JSHeapUsedSize"]) / 1e3
    found["nodes_growth"] = after["Nodes"] - before["Nodes"]
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--landmarks", type=int, default=1000)
    parser.add_argument("--screen", choices=SCREENS, default="desktop")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    found = measure(options.landmarks, options.seconds, options.screen)
    if options.json:
        print(json.dumps(found, indent=2))
        return
    for name, value in found.items():
        if isinstance(value, dict):
            print(name, *(f"  {key} {figure:.1f}" for key, figure in value.items()))
        else:
            print(f"{name} {value:.1f}")


if __name__ == "__main__":
    main()
