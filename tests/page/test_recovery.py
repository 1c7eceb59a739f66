"""Recovery: an instrument restarted, killed or stopped, several pages, clients that do not read."""

import signal
import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from support.browser import SCREENS, Problems, new_page, show_panel
from support.faults import kill_synthesis
from support.instrument import (
    PATIENCE_S,
    Client,
    Instrument,
    wait_for_answer,
)
from support.processes import resume, suspend
from support.tiny import tiny_bundle
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from distill_live.bundle import write_bundle
from distill_live.osc.subscribers import MAX_SUBSCRIBERS
from distill_live.osc.wire import build_message

pytestmark = pytest.mark.process

OpenPage = Callable[..., Page]

LIGHT: Any = {"screen": SCREENS["phone"], "reduced_motion": True}
"""Pages that cost little to draw: several are open at once, on a computer that does more."""

PATIENT_MS = 4000 * PATIENCE_S
"""Several pages at once take their time on a busy computer."""

LOST_S = 7.0
"""Silence after which a page takes its connection for lost, with a margin."""

CONNECTION_LOST = ("WebSocket connection", "Failed to load resource")
"""What Chromium itself says of an instrument that is gone."""


def control(page: Page, path: str) -> Locator:
    return page.locator(f'[data-address="{path}"]')


def press(page: Page, path: str, key: str) -> None:
    """Press a key on the control of an address."""
    control(page, path).dispatch_event("keydown", {"key": key, "bubbles": True}, timeout=PATIENT_MS)


def shows_gain(page: Page, db: float) -> None:
    expect(control(page, "/gain")).to_have_attribute("aria-valuenow", f"{db:g}", timeout=PATIENT_MS)


def shown(locator: Locator) -> None:
    expect(locator).to_be_visible(timeout=PATIENT_MS)


def hears_page(page: Page, live: Client) -> None:
    """What the page sets is set, and what another sets is shown."""
    live.send("/gain", -30.0)
    shows_gain(page, -30.0)
    press(page, "/gain", "End")
    wait_for_answer(live, "/gain", 6.0, "a move of the page")


@pytest.fixture
def lonely_page(browser: Browser) -> Iterator[Callable[[str], Page]]:
    """Opens pages of instruments that may go."""
    with ExitStack() as stack:

        def open_one(origin: str) -> Page:
            origins = (origin, origin.replace("http", "ws", 1))
            problems = Problems(origins, expected=list(CONNECTION_LOST))
            page = new_page(browser, problems, **LIGHT)
            stack.callback(problems.check)
            stack.callback(page.context.close)
            page.goto(f"{origin}/")
            return page

        yield open_one


def test_an_instrument_that_is_started_again_is_found_with_its_state(
    home: Path, lonely_page: Callable[[str], Page]
) -> None:
    model = home / "again.distill"
    write_bundle(tiny_bundle(), model)
    with Instrument(model, "--null", "--http-port", "0", "--set", "/gain -12") as first:
        port = first.listening_at("Page")
        page = lonely_page(f"http://127.0.0.1:{port}")
        shows_gain(page, -12.0)
        dump = show_panel(page, "system").locator("[data-address='/dump']")
        dump.click()
        expect(dump).to_have_attribute("aria-pressed", "true")
        assert first.end(signal.SIGINT) == 0
    shown(page.locator("#lost"))
    with Instrument(model, "--null", "--http-port", str(port), "--set", "/gain -9") as second:
        shows_gain(page, -9.0)
        expect(page.locator("#lost")).to_be_hidden()
        expect(dump).to_have_attribute("aria-pressed", "true")
        hears_page(page, second)


def test_synthesis_that_is_killed_is_told_and_played_on(
    live: Instrument, open_page: OpenPage
) -> None:
    page = open_page(**LIGHT)
    hears_page(page, live)
    kill_synthesis(live, -7.5)
    shown(page.get_by_text("The synthesis process ended"))
    shows_gain(page, -7.5)
    hears_page(page, live)


def test_a_computer_that_slept_wakes_up_in_step(
    home: Path, lonely_page: Callable[[str], Page]
) -> None:
    model = home / "sleeper.distill"
    write_bundle(tiny_bundle(), model)
    with Instrument(model, "--null", "--http-port", "0") as live:
        page = lonely_page(f"http://127.0.0.1:{live.listening_at('Page')}")
        hears_page(page, live)
        processes = [live.process.pid, *live.children.values()]
        for pid in processes:
            suspend(pid)
        try:
            shown(page.locator("#lost"))
            time.sleep(LOST_S)  # it goes on trying
        finally:
            for pid in processes:
                resume(pid)
        live.sync()
        hears_page(page, live)
        expect(page.locator("#lost")).to_be_hidden()


def test_two_pages_stay_in_step(live: Instrument, open_page: OpenPage) -> None:
    one, two = open_page(**LIGHT), open_page(**LIGHT, touch=True)
    hears_page(one, live)
    shows_gain(two, 6.0)
    press(two, "/gain", "Home")
    shows_gain(one, -90.0)
    for page, other, pressed in ((one, two, "true"), (two, one, "false")):
        control(page, "/mute").dispatch_event("click", timeout=PATIENT_MS)
        mute = control(other, "/mute")
        expect(mute).to_have_attribute("aria-pressed", pressed, timeout=PATIENT_MS)


def test_a_page_that_does_not_read_is_let_go_and_the_others_play_on(
    live: Instrument, open_page: OpenPage, origin: str
) -> None:
    page = open_page(**LIGHT)
    hears_page(page, live)
    port = int(origin.rpartition(":")[2])
    with suppress(ConnectionClosed), socket.socket() as deaf_socket:
        deaf_socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf_socket.connect(("127.0.0.1", port))
        url = f"{origin.replace('http', 'ws', 1)}/"
        with connect(url, sock=deaf_socket, max_queue=1) as deaf:  # it reads no more than that
            question = build_message("/distill/latent", "", ())
            element = struct.pack(">i", len(question)) + question
            deadline_s = time.perf_counter() + 4 * PATIENCE_S
            while time.perf_counter() < deadline_s:
                deaf.send(b"#bundle\0" + struct.pack(">Q", 1) + 20 * element)
    live.wait_for_saying("does not read what it is sent")
    hears_page(page, live)


def test_sixteen_clients_are_told_and_one_more_waits_for_a_place(
    live: Instrument, open_page: OpenPage
) -> None:
    page = open_page(**LIGHT)
    hears_page(page, live)
    with ExitStack() as stack:
        others = [stack.enter_context(Client(live.port)) for _ in range(MAX_SUBSCRIBERS - 1)]
        for other in others:
            other.ask("/notify", 1, reply="/done")
            stack.callback(other.ask, "/notify", 0, reply="/done")
        press(page, "/gain", "Home")
        for other in others:
            assert other.receive_until("/gain")[-1][1] == (-90.0,)
        late = open_page(**LIGHT)
        shown(late.get_by_text(f"{MAX_SUBSCRIBERS} clients are subscribed already"))
        others[-1].ask("/notify", 0, reply="/done")
        shows_gain(late, -90.0)
        late.context.close()
        others[0].send("/gain", -3.0)
        shows_gain(page, -3.0)
    hears_page(page, live)
