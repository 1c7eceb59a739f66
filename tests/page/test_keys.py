"""Keys of the play page: fingers, the computer's keys, sustain, and that no note hangs."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, WebSocket, expect
from pythonosc.osc_message import OscMessage
from support.browser import Fingers, OpenPage, centre, show_panel, wait_until_it_plays
from support.instrument import PATIENCE_S, Instrument, wait_for_answer, wait_until

pytestmark = pytest.mark.process

SILENT_DB = -60.0


@pytest.fixture(autouse=True)
def keys(live: Instrument) -> Iterator[None]:
    """Keys that play."""
    live.send("/release", 0.01)
    live.send("/keys", "pitch")
    live.sync()
    yield
    live.send("/keys", "off")
    live.sync()


class Played:
    """What a page says of notes, in order; `take` empties it."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._all: list[tuple[Any, ...]] = []
        page.on("websocket", self._watch)
        page.reload()
        wait_until_it_plays(page)
        page.locator(".key").first.wait_for()

    def take(self, count: int, path: str = "/note") -> list[tuple[Any, ...]]:
        """All of an address, as soon as there are so many."""
        for _ in range(round(PATIENCE_S / 0.02)):
            self._page.wait_for_timeout(20)  # which lets the page's events arrive
            taken = [said for said in self._all if said[0].startswith(path)]
            if len(taken) >= count:
                break
        self._all = []
        return taken

    def _watch(self, socket: WebSocket) -> None:
        socket.on("framesent", self._note)

    def _note(self, frame: str | bytes) -> None:
        if isinstance(frame, bytes) and frame.startswith(b"/distill/note"):
            message = OscMessage(frame)
            self._all.append((message.address.removeprefix("/distill"), *message.params))


def place(page: Page, key: int, depth: float = 0.9) -> tuple[float, float]:
    """Where a white key of the middle octave is struck, `depth` of its length from its far end."""
    box = page.locator(".key", has=page.get_by_text("C4", exact=True)).bounding_box()
    assert box is not None
    white = [0, 2, 4, 5, 7, 9, 11].index(key - 60)
    return box["x"] + (white + 0.5) * box["width"], box["y"] + depth * box["height"]


def lit(page: Page, count: int, state: str = "held") -> None:
    expect(page.locator(f".key.{state}")).to_have_count(count)


def test_fingers_strike_by_depth_glide_and_release(live: Instrument, open_page: OpenPage) -> None:
    page = open_page(touch=True)
    played = Played(page)
    fingers = Fingers(page)
    fingers.press(1, *place(page, 60, 0.95))
    fingers.press(2, *place(page, 64, 0.65))
    lit(page, 2)
    (first, second) = played.take(2)
    assert first == ("/note/on", 60, pytest.approx(0.96, abs=0.02))
    assert second == ("/note/on", 64, pytest.approx(0.70, abs=0.02))
    fingers.move(2, *place(page, 65, 0.65))
    assert [said[:2] for said in played.take(2)] == [("/note/on", 65), ("/note/off", 64)]
    fingers.move(2, *place(page, 65, 0.25))
    *_, timbre = played.take(3)
    assert timbre[:2] == ("/note/timbre", 65)
    assert 0.1 < timbre[2] < 0.5
    fingers.lift(1)
    fingers.lift(2)
    assert played.take(2, "/note/off") == [("/note/off", 60), ("/note/off", 65)]
    lit(page, 0)


def test_the_computer_plays_with_octaves_and_sustain(live: Instrument, open_page: OpenPage) -> None:
    page = open_page()
    played = Played(page)
    page.keyboard.down("a")
    page.keyboard.down("d")
    page.keyboard.down("d")  # the system repeats it
    page.keyboard.press("x")
    page.keyboard.up("a")
    page.keyboard.down("a")
    lit(page, 2)
    said = played.take(4)
    assert [one[:2] for one in said] == [
        ("/note/on", 60),
        ("/note/on", 64),
        ("/note/off", 60),
        ("/note/on", 72),
    ]
    page.keyboard.down("b")
    page.keyboard.up("a")
    page.keyboard.up("d")
    lit(page, 2, "kept")
    assert played.take(0) == []
    page.keyboard.up("b")
    assert sorted(played.take(2)) == [("/note/off", 64), ("/note/off", 72)]
    page.keyboard.press("z")

    show_panel(page, "system")
    page.get_by_label("name of the take").fill("")
    page.keyboard.type("take")
    page.keyboard.press("Escape")
    assert played.take(0) == []


def test_a_panic_lets_go_of_what_the_sustain_keeps(live: Instrument, open_page: OpenPage) -> None:
    page = open_page()
    sustain = page.locator("#keyboard").get_by_role("button", name="sustain")
    sustain.click()
    page.keyboard.press("a")
    lit(page, 1, "kept")
    live.send("/panic")
    lit(page, 0, "kept")
    live.send("/play", 1)
    sustain.click()


def test_a_sustain_of_a_key_ends_when_the_page_is_left_and_no_text_ends_that_of_the_button(
    live: Instrument, open_page: OpenPage
) -> None:
    page = open_page()
    sustain = page.locator("#keyboard").get_by_role("button", name="sustain")
    page.keyboard.down("b")
    expect(sustain).to_have_attribute("aria-pressed", "true")
    page.evaluate("dispatchEvent(new Event('blur'))")
    expect(sustain).to_have_attribute("aria-pressed", "false")
    page.keyboard.up("b")
    sustain.click()
    show_panel(page, "system")
    field = page.get_by_label("name of the take")
    field.fill("")
    page.keyboard.type("b")
    expect(field).to_have_value("b")
    expect(sustain).to_have_attribute("aria-pressed", "true")


def test_a_list_of_choices_gives_the_keys_back_to_a_mouse(
    live: Instrument, open_page: OpenPage
) -> None:
    page = open_page()
    show_panel(page, "time")
    beats = page.locator("[data-address='/clock/quantise']")
    beats.focus()
    beats.select_option("4")
    expect(beats).to_be_focused()  # by keys
    beats.dispatch_event("pointerdown")
    beats.select_option("0")
    expect(beats).not_to_be_focused()


def test_the_wheel_bends_what_sounds_and_springs_back(
    live: Instrument, open_page: OpenPage
) -> None:
    page = open_page()
    played = Played(page)
    page.keyboard.down("a")
    left, top = centre(page.locator(".wheel"))
    page.mouse.move(left, top)
    page.mouse.down()
    page.mouse.move(left, top - 30)
    page.mouse.up()
    _, bent, *_, back = played.take(3)
    assert bent[:2] == ("/note/bend", 60)
    assert bent[2] > 0.1
    assert back == ("/note/bend", 60, 0)
    page.keyboard.up("a")
    played.take(1)


def test_what_keys_do_is_chosen_here_or_by_another(live: Instrument, open_page: OpenPage) -> None:
    page = open_page()
    played = Played(page)
    panel = show_panel(page, "keys")
    panel.get_by_role("button", name="off", exact=True).click()
    wait_for_answer(live, "/keys", "off", "no keys")
    expect(page.locator("#keyboard")).to_be_hidden()
    page.keyboard.press("a")
    assert played.take(0) == []
    live.send("/keys", "places")
    expect(page.locator("#keyboard")).to_be_visible()
    chosen = panel.locator("[data-address='/keys'][aria-pressed='true']")
    expect(chosen).to_have_text("places")
    panel.get_by_label("axis of the timbre").select_option("noisiness")
    wait_for_answer(live, "/timbre/axis", "noisiness", "another axis")
    attack = panel.get_by_role("slider", name="attack")
    attack.focus()
    page.keyboard.press("End")
    wait_for_answer(
        live, "/attack", float(attack.get_attribute("aria-valuemax") or 0), "slow notes"
    )
    page.keyboard.press("Delete")


def test_the_root_is_named_and_moves_by_whole_keys(live: Instrument, open_page: OpenPage) -> None:
    page = open_page()
    show_panel(page, "keys")
    root = page.locator('dl-fader[data-address="/root"]')
    live.send("/root", 60.75)
    expect(root.locator(".value")).to_have_text("C♯4 \u221225")
    root.press("ArrowUp")
    expect(root.locator(".value")).to_have_text("D4")
    wait_for_answer(live, "/root", 62.0, "the next key")
    live.send("/root", 60.0)
    live.sync()


def test_keys_are_released_when_the_page_is_left_or_closed(
    live: Instrument, open_page: OpenPage
) -> None:
    page = open_page()
    played = Played(page)
    page.keyboard.down("a")
    played.take(1)
    page.evaluate("dispatchEvent(new Event('blur'))")
    assert played.take(1) == [("/note/off", 60)]
    lit(page, 0)
    page.keyboard.up("a")

    live.send("/notify", 1)
    live.send("/meters", 25)
    page.keyboard.down("d")
    wait_until(lambda: peak_db(live) > SILENT_DB, "a note")
    page.context.close()
    wait_until(lambda: peak_db(live) < SILENT_DB, "silence")
    live.ask("/notify", 0, reply="/done")


def peak_db(live: Instrument) -> float:
    return float(live.receive_until("/meter/peak")[-1][1][1])
