"""Measure latency from a touch of the page's map to its sound, beside plain OSC.

    python tests/bench/page_latency.py [--moves 100] [--block 128] [--json]

Needs what `latency.py` needs, and Chromium with Playwright. The page runs in a headless Chromium,
the instrument plays into jackd's dummy driver. The model has two landmarks, one for each tone, at
the left and right of the map. Moves go from one to the other, in turns:

- *touch*: the pointer is pressed there;
- *drag*: the pressed pointer moves there, an event that browsers deliver with the next frame;
- *osc*: ``/map`` by UDP.

A move of the page is timed from the event's own time stamp, which Chromium takes when the input
arrives, an OSC message from just before it is sent; both to half of the new tone's energy at the
JACK port. *Raw* includes moves during which the machine paused (`pauses`). The glide is 0; at the
default of 50 ms half of the energy comes some 25 ms later.
"""

import argparse
import json
import signal
import sys
import tempfile
import time
from dataclasses import replace
from itertools import cycle, islice, pairwise
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from latency import ALONE, SETTLE_S, Recorded, TimedCapture, spread
from pauses import PauseMonitor, come_first
from playwright.sync_api import CDPSession, Page
from support.browser import Problems, chromium, new_page
from support.instrument import Instrument
from support.jack_server import RATE_HZ, JackServer
from support.two_tones import LATENT, two_tones_bundle

from distill_live.bundle import Bundle, Landmark, write_bundle
from distill_live.spectrogram import LOW_LATENCY, STANDARD, SpectrogramSettings

KINDS = ("touch", "drag", "osc")

SIDES = 0.1, 0.9
"""Places of the two tones' landmarks, as shares of the map's width."""

PROFILES = {"standard": STANDARD, "low-latency": LOW_LATENCY}

LISTEN = """() => {
  window.pointerTimes = [];
  for (const kind of ["pointerdown", "pointermove"]) {
    addEventListener(kind, (event) => {
      pointerTimes.push([kind, (performance.timeOrigin + event.timeStamp) / 1000]);
    }, { capture: true });
  }
}"""


def two_places_bundle(settings: SpectrogramSettings) -> Bundle:
    """A bundle whose map has one tone at its left and one at its right."""
    latents = np.zeros((2, LATENT), np.float32)
    latents[:, 0] = -4.0, 4.0
    landmarks = tuple(Landmark("tones.wav", float(n), x, 0.5) for n, x in enumerate(SIDES))
    return replace(two_tones_bundle(settings), landmarks=landmarks, landmark_latents=latents)


class Pointer:
    """A mouse over the page's map, and the times of its events.

    Parameters
    ----------
    page
        The play page.
    """

    def __init__(self, page: Page) -> None:
        canvas = page.locator("#map canvas")
        canvas.wait_for()
        box = canvas.bounding_box()
        assert box is not None, "the map is not shown"
        self._box, self._page = box, page
        self._session: CDPSession = page.context.new_cdp_session(page)
        page.evaluate(LISTEN)

    def press(self, x: float, y: float) -> float:
        """Press at shares of the map's size; returns the event's time on the monotonic clock."""
        return self._act("mousePressed", "pointerdown", x, y)

    def drag(self, x: float, y: float) -> float:
        """Move while it is pressed; returns the event's time."""
        return self._act("mouseMoved", "pointermove", x, y)

    def release(self, x: float, y: float) -> None:
        """Release it."""
        self._dispatch("mouseReleased", x, y)

    def _act(self, kind: str, event: str, x: float, y: float) -> float:
        self._page.evaluate("pointerTimes.length = 0")
        self._dispatch(kind, x, y)
        self._page.wait_for_function("pointerTimes.length > 0")
        ((seen, wall_s), *_) = self._page.evaluate("pointerTimes")
        assert seen == event
        return float(wall_s) - (time.time() - time.perf_counter())

    def _dispatch(self, kind: str, x: float, y: float) -> None:
        place = {
            "x": self._box["x"] + x * self._box["width"],
            "y": self._box["y"] + y * self._box["height"],
        }
        pressed = {"button": "left", "buttons": int(kind != "mouseReleased"), "clickCount": 1}
        self._session.send("Input.dispatchMouseEvent", {"type": kind, **place, **pressed})


def measure(name: str, moves: int, block: int, folder: Path) -> dict[str, Any]:
    """Measure one profile; `moves` of each kind."""
    settings = PROFILES[name]
    model = folder / f"{name}.distill"
    write_bundle(two_places_bundle(settings), model)
    rng = np.random.default_rng(0)
    pause_s = SETTLE_S + 2 * settings.n_fft / RATE_HZ
    sent: list[tuple[str, int, float]] = []
    beginning = ("--set", "/glide 0", "--set", "/drift 0", "--set", f"/map {SIDES[0]} 0.5")
    options = (*beginning, "--http-port", "0", "--block", str(block), *ALONE)
    with (
        JackServer(period_frames=block, real_time=True) as server,
        TimedCapture(server, seconds=30 + 9 * moves * (pause_s + 0.1)) as capture,
        Instrument(model, *options, environment=server.environment) as live,
        chromium() as browser,
        PauseMonitor() as monitor,
    ):
        capture.connect()
        origin = f"http://127.0.0.1:{live.listening_at('Page')}"
        page = new_page(browser, Problems((origin, origin.replace("http", "ws", 1))))
        page.goto(f"{origin}/")
        pointer = Pointer(page)
        time.sleep(2.0)
        capture.clear()
        capture.record(0.1)
        for move, kind in enumerate(islice(cycle(KINDS), 3 * moves + 1)):
            side = 1 - move % 2
            x = SIDES[side] + float(rng.uniform(-0.02, 0.02))
            if kind == "touch":
                sent_s = pointer.press(x, 0.5)
            elif kind == "drag":
                sent_s = pointer.drag(x, 0.5)
            else:
                sent_s = time.perf_counter()
                live.send("/map", x, 0.5)
            sent.append((kind, side, sent_s))
            time.sleep(pause_s + float(rng.uniform(0, 2 * settings.hop_samples / RATE_HZ)))
            if kind == "drag":
                pointer.release(x, 0.5)
            went = live.ask("/map")[0]
            assert (went > 0.5) == bool(side), f"a {kind} to the map's side {side} went to {went}"
        underruns = int(live.ask("/status", reply="/status.reply")[3])
        recorded = Recorded(capture)
        live.end(signal.SIGINT)
    found: dict[str, list[float]] = {name: [] for kind in KINDS for name in (kind, f"{kind}_raw")}
    unheard = 0
    for (kind, side, now_s), (_, _, next_s) in pairwise(sent):
        heard_s = recorded.heard_s(side, now_s, next_s)
        if heard_s is None:
            unheard += 1
            continue
        found[f"{kind}_raw"].append(heard_s["half"] - now_s)
        if not monitor.within(now_s, heard_s["half"]):
            found[kind].append(heard_s["half"] - now_s)
    figures: dict[str, Any] = {kind: spread(np.array(t)) for kind, t in found.items() if t}
    counts = {"underruns": underruns, "unheard": unheard}
    return {"profile": name, "block": block, **counts, **figures}


def show(figures: dict[str, Any]) -> None:
    """Print one profile."""
    print(
        f"{figures['profile']}, block {figures['block']}, underruns {figures['underruns']}, "
        f"unheard {figures['unheard']}"
    )
    for name in (name for kind in KINDS for name in (kind, f"{kind}_raw")):
        if name in figures:
            row = figures[name]
            print(
                f"  {name.replace('_', ', '):10} to half   p50 {row['p50_ms']:6.1f} ms   "
                f"p99 {row['p99_ms']:6.1f}   jitter {row['jitter_ms']:5.1f}   moves {row['moves']}"
            )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--moves", type=int, default=100, help="moves of each kind")
    parser.add_argument("--block", type=int, default=128, help="frames of an audio block")
    parser.add_argument("--only", choices=PROFILES)
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    come_first()
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for name in PROFILES:
            if options.only in (None, name):
                results.append(measure(name, options.moves, options.block, Path(folder)))
                if not options.json:
                    show(results[-1])
    if options.json:
        print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
