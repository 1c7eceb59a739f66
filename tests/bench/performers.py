"""Play an instrument as everybody does at once: OSC clients, MIDI, a browser, an input."""

import multiprocessing
import os
import queue
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from hops import family
from support.closing import Closing
from support.instrument import PATIENCE_S, Client
from support.jack_server import JackServer, Probe
from support.midi_box import Box
from support.processes import kill

from distill_live import load_model

if TYPE_CHECKING:
    from playwright.sync_api import CDPSession, Page

INPUT_S = 10
"""Length of the sound at the input."""

TICKS_OF_BEAT = 24
TICK_S = 0.5 / TICKS_OF_BEAT
"""Interval of the ticks of a MIDI clock at 120 beats a minute."""

CHORD_S = 0.4

PAGE_S = 300.0
"""Maximum time for what a browser does on a machine that the instrument takes for itself."""

PANELS = ("keys", "time", "macros", "input", "gestures", "models", "system", "presets")


class Repeating(Closing):
    """Calls a function at an interval, in a thread.

    Parameters
    ----------
    work
        Called with 0, 1, 2 and so on.
    interval_s
        Pause between two calls.
    """

    def __init__(self, work: Callable[[int], None], interval_s: float) -> None:
        self._work, self._interval_s = work, interval_s
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def close(self) -> None:
        """Stop after the present call."""
        self._ending.set()
        self._thread.join()

    def _run(self) -> None:
        for number in count():
            if self._ending.wait(self._interval_s):
                break
            self._work(number)


class Subscriber(Closing):
    """Client that subscribes to everything and counts messages."""

    def __init__(self, port: int) -> None:
        self.heard = 0
        self._client = Client(port)
        self._client.send("/notify", 1)
        self._client.send("/meters", 20)
        self._repeating = Repeating(self._receive, 0.0)

    def close(self) -> None:
        """Unsubscribe."""
        self._repeating.close()
        self._client.send("/notify", 0)
        self._client.close()

    def _receive(self, _: int) -> None:
        self._client.receive_packet()  # meters come as long as the instrument plays
        self.heard += 1


class MidiPlayer(Closing):
    """MIDI controller with a clock, four knobs that turn and a key each beat.

    Attributes
    ----------
    moves_the_point
        Whether to turn the knobs, which are mapped to axes; a path ends by that.
    """

    def __init__(self, box: Box) -> None:
        self.moves_the_point = True
        self._box = box
        box.send("start")
        self._repeating = Repeating(self._tick, TICK_S)

    def close(self) -> None:
        """Stop playing."""
        self._repeating.close()

    def _tick(self, number: int) -> None:
        self._box.send("clock")
        if number % 2 == 0 and self.moves_the_point:
            self._box.turn(16 + number // 2 % 4, abs(number // 2 % 254 - 127))
        beat, tick = divmod(number, TICKS_OF_BEAT)
        if tick in (0, TICKS_OF_BEAT // 2):
            kind = "note_on" if tick == 0 else "note_off"
            self._box.send(kind, note=48 + 5 * (beat % 4), velocity=90)


class ChordPlayer(Closing):
    """OSC client that plays chords of four notes, two at a time, and changes the voices."""

    def __init__(self, port: int) -> None:
        self._client = Client(port)
        self._repeating = Repeating(self._play, CHORD_S)

    def close(self) -> None:
        """Release the last chords."""
        self._repeating.close()
        self._client.send("/note/release")
        self._client.close()

    def _play(self, number: int) -> None:
        if number % 50 == 0:
            self._client.send("/voices", 1 + number // 50 % 8)
        for started, path in ((number, "/note/on"), (number - 2, "/note/off")):
            for key in (48, 55, 60, 64):
                velocity = (0.3 + 0.1 * (started % 7),) if path == "/note/on" else ()
                self._client.send(path, key + started % 5, *velocity)


class InputPlayer(Closing):
    """JACK client that plays a render of a model into the instrument's input, in a process.

    The process is another than the clients' so that its callback is never late.
    """

    def __init__(self, server: JackServer, model: Path) -> None:
        sound = load_model(model).render(INPUT_S, channels=1)[:, 0]
        context = multiprocessing.get_context("spawn")
        self._link, theirs = context.Pipe()
        args = (server.name, server.rate_hz, sound, theirs)
        self._process = context.Process(target=_play_into_input, args=args, daemon=True)
        self._process.start()
        self.connect()

    def connect(self) -> None:
        """Connect it to the instrument's input, which a new input process has opened anew."""
        self._link.send("connect")
        assert self._link.poll(PATIENCE_S), "the input was not connected"
        self._link.recv()

    def close(self) -> None:
        """Unplug it."""
        self._link.send("end")
        self._process.join()


def _play_into_input(
    name: str, rate_hz: int, sound: np.ndarray, link: "Connection[object, object]"
) -> None:
    server: Any = SimpleNamespace(name=name, rate_hz=rate_hz)
    with Probe(server, sound, seconds=0) as probe:
        while link.recv() == "connect":
            probe.connect_input()
            link.send("connected")


class PageState(NamedTuple):
    """What the play page holds after a collection of garbage."""

    heap_mb: float
    nodes: int
    event_listeners: int


class PagePlayer(Closing):
    """Chromium in which somebody listens to the instrument and plays it by its page, in a thread.

    Parameters
    ----------
    origin
        Address of the page.

    Attributes
    ----------
    moves_the_point
        Whether to draw on the map; a path ends by that.
    problems
        Errors and warnings of the page.
    """

    def __init__(self, origin: str) -> None:
        self.moves_the_point = True
        self.problems: list[str] = []
        self._origin = origin
        self._measured: queue.SimpleQueue[PageState] = queue.SimpleQueue()
        self._playing, self._measuring = threading.Event(), threading.Event()
        self._holding, self._held = threading.Event(), threading.Event()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._playing.wait(PAGE_S), f"the page did not play after {PAGE_S:g} s"

    @staticmethod
    def missing() -> str | None:
        """What is not installed, in words; None if everything is."""
        if find_spec("playwright") is None:
            return "Playwright is not installed"
        return None if shutil.which("chromium") else "Chromium is not installed"

    def measure(self) -> PageState:
        """Collect garbage, and measure what is left."""
        self._measuring.set()
        return self._measured.get(timeout=PAGE_S)

    @property
    def processes(self) -> list[int]:
        """Processes of the browser."""
        commands = {pid: Path(f"/proc/{pid}/cmdline") for pid in family(os.getpid())}
        return [pid for pid, command in commands.items() if "chromium" in command.read_text()]

    def hold_a_key(self) -> None:
        """Hold a key, and do nothing else from now on."""
        self._holding.set()
        assert self._held.wait(PAGE_S), f"no key was held after {PAGE_S:g} s"

    def kill(self) -> None:
        """Kill the browser."""
        processes = self.processes
        self._ending.set()
        for pid in processes:
            kill(pid)
        self.close()

    def close(self) -> None:
        """Close the browser."""
        self._ending.set()
        self._thread.join()

    def _run(self) -> None:
        from support.browser import (
            SCREENS,
            Problems,
            chromium,
            new_page,
            wait_until_it_plays,
        )

        problems = Problems((self._origin, self._origin.replace("http", "ws", 1)))
        with self._killed(), chromium() as browser:
            page = new_page(browser, problems, screen=SCREENS["phone"])
            page.set_default_timeout(1e3 * PAGE_S)
            page.goto(f"{self._origin}/")
            wait_until_it_plays(page)
            page.get_by_role("button", name="listen here").click()
            session = page.context.new_cdp_session(page)
            session.send("Performance.enable")
            self._playing.set()
            for number in count():
                if self._holding.is_set():
                    page.keyboard.down("a")
                    self._held.set()
                    self._ending.wait()
                if self._ending.is_set():
                    break
                if self._measuring.is_set():
                    self._measuring.clear()
                    self._measured.put(_measure(session))
                self._play(page, number)
                self.problems = list(problems.found)

    @contextmanager
    def _killed(self) -> Iterator[None]:
        """Context in which errors of a browser that was killed are expected."""
        from playwright.sync_api import Error

        try:
            yield
        except Error:
            if not self._ending.is_set():
                raise

    def _play(self, page: "Page", number: int) -> None:
        """Show a panel, draw on the map or turn the wheel, and hold two keys."""
        from support.browser import show_panel

        show_panel(page, PANELS[number % len(PANELS)])
        if self.moves_the_point:
            box = page.locator("#map canvas").bounding_box()
            assert box is not None, "the map is not shown"
            for step in range(12):
                x, y = 0.5 + 0.4 * np.cos(number + step / 4), 0.5 + 0.4 * np.sin(number + step / 3)
                page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
                if step == 0:
                    page.mouse.down()
                page.wait_for_timeout(30)
            page.mouse.up()
        for key in "ad":
            page.keyboard.down(key)
        page.wait_for_timeout(300)
        for key in "ad":
            page.keyboard.up(key)


def _measure(session: "CDPSession") -> PageState:
    session.send("HeapProfiler.collectGarbage")
    facts = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    return PageState(
        facts["JSHeapUsedSize"] / 2**20, int(facts["Nodes"]), int(facts["JSEventListeners"])
    )
