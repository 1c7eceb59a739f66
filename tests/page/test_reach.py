"""All that the table of addresses knows is in the page, or an exception with its reason."""

import json
import urllib.request
from typing import Any

import pytest
from playwright.sync_api import Page, WebSocket
from support.browser import OpenPage, centre, show_panel, wait_until_it_plays
from support.instrument import Instrument

from distill_live.addresses import LEAVES, PREFIX

pytestmark = pytest.mark.process

EXCEPTIONS = {
    "/latent": "the page has a fader of each dimension, /latent/<i>",
    "/sync": "for programs; the page shows what comes when it comes",
    "/clock/beat": "a tap sets the beat; /meter/beat shows it",
    "/path/stop": "another press on the recording that plays",
    "/path/position": "the bar of the recording that plays goes there",
    "/note/pressure": "a pen's force is it",
}

OPENERS = (
    "#presets [aria-label='edit presets']",
    "#gestures [aria-label='edit gestures']",
    "#macros [aria-label='what macro 1 moves']",
    "#input [aria-label='what level moves']",
    "#models [aria-label='load a model into slot 2']",
    "#system summary",
)
"""Buttons that show more of a panel."""


def test_each_address_is_in_the_page_or_an_exception(
    live: Instrument, origin: str, open_page: OpenPage
) -> None:
    live.send("/preset/store", "one")
    live.send("/macro/map", 1, "gain", -20.0, 0.0, "linear")
    live.ask("/gesture/record", "one", reply="/done")
    live.send("/gain", -1.0)
    live.ask("/gesture/stop", reply="/done")
    live.send("/keys", "pitch")
    sent: set[str] = set()

    def watch(socket: WebSocket) -> None:
        socket.on("framesent", lambda frame: sent.add(address_of(frame)))

    page = open_page()
    page.on("websocket", watch)
    page.reload()
    wait_until_it_plays(page)
    controls = controls_of(page)
    page.mouse.dblclick(*centre(page.locator("#map canvas")))  # goes to a landmark
    left, top = centre(page.locator(".bed"))
    page.mouse.move(left, top)
    page.mouse.down()  # plays a note
    page.mouse.move(left, top - 60)
    page.mouse.up()
    page.wait_for_timeout(300)
    live.send("/keys", "off")

    known = addresses(origin)
    commands = {path for path, access in known.items() if access == 2}
    missing = set(known) - controls - (sent & commands)
    assert missing == set(EXCEPTIONS), "no control of the page has, or it sends, these addresses"


def controls_of(page: Page) -> set[str]:
    """Addresses of the controls that can be seen, with each panel open in turn."""
    found = visible(page)
    for panel in ("presets", "keys", "time", "macros", "input", "gestures", "models", "system"):
        show_panel(page, panel)
        found |= visible(page)
        for opener in OPENERS:
            if opener.startswith(f"#{panel} "):
                page.locator(opener).click()
                if panel == "models":  # whose library a process of its own reads
                    page.locator("[data-address='/model/load']").first.wait_for()
                page.wait_for_timeout(300)  # for a list from the instrument
                found |= visible(page)
    for wave in page.locator("#axes .wave").all():
        wave.click()
    return found | visible(page)


def visible(page: Page) -> set[str]:
    script = """() => [...document.querySelectorAll("[data-address]")]
      .filter((element) => element.getClientRects().length > 0)
      .map((element) => element.dataset.address)"""
    return set(page.evaluate(script))


def address_of(frame: Any) -> str:
    """Address of an OSC packet, without prefix."""
    data = frame if isinstance(frame, bytes) else str(frame).encode()
    return data.partition(b"\0")[0].decode().removeprefix(PREFIX)


def addresses(origin: str) -> dict[str, int]:
    """Access of each address of the instrument's tree, by path without prefix."""
    with urllib.request.urlopen(f"{origin}/") as response:
        root = json.load(response)
    found: dict[str, int] = {}

    def walk(node: dict[str, Any]) -> None:
        path = node["FULL_PATH"].removeprefix(PREFIX)
        if "TYPE" in node:
            found[LEAVES.get(path, path)] = node["ACCESS"]
        for inner in node.get("CONTENTS", {}).values():
            walk(inner)

    walk(root)
    return found
