"""Fingers, keys and other clients: what moves a control, and what it moves."""

import pytest
from playwright.sync_api import Locator, Page, expect
from support.browser import SCREENS, Fingers, OpenPage, centre, show_panel, wait_until_it_plays
from support.instrument import Instrument, wait_for_answer, wait_until

pytestmark = pytest.mark.process


def fader(page: Page, path: str) -> Locator:
    return page.locator(f'dl-fader[data-address="{path}"]').first


def test_two_fingers_move_two_controls_at_once(live: Instrument, open_page: OpenPage) -> None:
    live.send("/gain", -20.0)
    live.send("/axis/brightness", 0.0, 0.0)
    live.sync()
    page = open_page(touch=True)
    gain, brightness = centre(fader(page, "/gain")), centre(fader(page, "/axis/brightness"))
    fingers = Fingers(page)
    fingers.press(1, *gain)
    fingers.press(2, *brightness)
    expect(page.locator("dl-fader.held")).to_have_count(2)
    fingers.move(1, gain[0] + 30, gain[1])
    fingers.move(2, brightness[0] - 40, brightness[1])
    wait_until(lambda: live.ask("/gain")[0] > -19.0, "a louder sound")
    wait_until(lambda: live.ask("/axis/brightness")[0] < -0.1, "a duller sound")
    fingers.lift(1)
    louder = live.ask("/gain")[0]
    fingers.move(2, brightness[0] + 40, brightness[1])
    wait_until(lambda: live.ask("/axis/brightness")[0] > 0.1, "a brighter sound")
    fingers.lift(2)
    expect(page.locator("dl-fader.held")).to_have_count(0)
    assert live.ask("/gain")[0] == louder


def test_the_point_of_a_map_that_is_zoomed_in_stays_when_one_of_two_fingers_is_lifted(
    live: Instrument, open_page: OpenPage
) -> None:
    page = open_page(touch=True)
    moves: list[str | bytes] = []

    def note(frame: str | bytes) -> None:
        if isinstance(frame, bytes) and frame.startswith(b"/distill/map\0"):
            moves.append(frame)

    page.on("websocket", lambda socket: socket.on("framesent", note))
    page.reload()
    wait_until_it_plays(page)
    for _ in range(3):
        page.get_by_label("Zoom in").tap()
    box = page.locator("#map canvas").bounding_box()
    assert box is not None
    x, y = box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"]
    edge = box["x"] + 0.95 * box["width"]
    fingers = Fingers(page)
    fingers.press(1, x, y)
    fingers.press(2, edge, y)
    page.wait_for_timeout(500)
    before = len(moves)
    assert before >= 2
    fingers.lift(1)
    page.wait_for_timeout(500)
    assert len(moves) == before
    fingers.move(2, x, y)
    page.wait_for_timeout(500)
    assert len(moves) > before
    fingers.lift(2)


def test_a_second_finger_on_a_fader_does_not_end_the_first(
    live: Instrument, open_page: OpenPage
) -> None:
    live.send("/gain", -20.0)
    live.sync()
    page = open_page(touch=True)
    x, y = centre(fader(page, "/gain"))
    fingers = Fingers(page)
    fingers.press(1, x, y)
    fingers.press(2, x + 10, y)
    fingers.lift(2)
    fingers.move(1, x + 30, y)
    wait_until(lambda: live.ask("/gain")[0] > -19.0, "a louder sound")
    fingers.lift(1)
    expect(page.locator("dl-fader.held")).to_have_count(0)


def test_a_fader_whose_panel_another_finger_hides_stays(
    live: Instrument, open_page: OpenPage
) -> None:
    live.send("/macro/1", 0.5)
    live.send("/loop", 0.25, 0.75)
    live.sync()
    page = open_page(screen=SCREENS["phone"], touch=True)
    show_panel(page, "macros")
    x, y = centre(fader(page, "/macro/1"))
    fingers = Fingers(page)
    fingers.press(1, x, y)
    expect(page.locator("dl-fader.held")).to_have_count(1)
    page.locator(".tab[data-panel=presets]").click()
    fingers.move(1, x + 40, y)
    fingers.lift(1)
    live.sync()
    assert live.ask("/macro/1") == (0.5,)
    assert live.ask("/loop") == (0.25, 0.75)
    live.send("/loop", 0.0, 1.0)


def test_a_recording_is_chosen_beside_another_finger_unless_the_finger_leaves_it(
    live: Instrument, open_page: OpenPage
) -> None:
    page = open_page(touch=True)
    recording = show_panel(page, "time").locator(".path").nth(1)
    gain = centre(fader(page, "/gain"))
    fingers = Fingers(page)
    for pressed in ("true", "false"):
        x, y = centre(recording)
        fingers.press(1, *gain)
        fingers.press(2, x, y)
        fingers.lift(2)
        expect(recording).to_have_attribute("aria-pressed", pressed)
        fingers.lift(1)
    fingers.press(1, x, y)
    fingers.move(1, x, 1)
    fingers.lift(1)
    live.sync()
    expect(recording).to_have_attribute("aria-pressed", "false")


def test_a_long_panel_scrolls_by_its_buttons(live: Instrument, open_page: OpenPage) -> None:
    page = open_page(screen=SCREENS["phone"], touch=True)
    panel = show_panel(page, "macros")
    edit = panel.get_by_label("what macro 4 moves")
    x, y = centre(edit)
    fingers = Fingers(page)
    fingers.press(1, x, y)
    fingers.move(1, x, y - 100)
    fingers.lift(1)
    wait_until(lambda: panel.evaluate("(panel) => panel.scrollTop") > 0, "a scrolled panel")
    expect(edit).to_be_visible()
    fingers.press(1, *centre(edit))
    fingers.lift(1)
    expect(edit).to_be_hidden()


def test_a_key_that_is_held_presses_a_button_once(live: Instrument, open_page: OpenPage) -> None:
    page = open_page()
    page.locator(".mute").focus()
    for _ in range(4):  # the system repeats it
        page.keyboard.down("Enter")
    page.keyboard.up("Enter")
    wait_for_answer(live, "/mute", 1, "silence")
    live.sync()
    assert live.ask("/mute") == (1,)
    live.send("/mute", 0)


def test_a_drag_scrolls_nothing(live: Instrument, open_page: OpenPage) -> None:
    page = open_page(screen=SCREENS["phone"], touch=True)
    panel = show_panel(page, "macros")
    fingers = Fingers(page)
    for place in (fader(page, "/macro/1"), page.locator("#map canvas"), fader(page, "/gain")):
        x, y = centre(place)
        before = panel.evaluate("(panel) => panel.scrollTop")
        fingers.press(1, x, y)
        fingers.move(1, x, y - 120)
        fingers.lift(1)
        assert panel.evaluate("(panel) => panel.scrollTop") == before
    assert page.evaluate("[scrollX, scrollY, document.documentElement.scrollTop]") == [0, 0, 0]


def test_each_slider_obeys_the_arrow_page_home_and_end_keys(
    live: Instrument, open_page: OpenPage
) -> None:
    page = open_page()
    names = page.evaluate("""() => [...document.querySelectorAll("dl-fader")]
      .filter((element) => element.getClientRects().length > 0)
      .map((element) => element.getAttribute("aria-label"))""")
    assert len(names) > 10
    for name in names:
        slider = page.get_by_role("slider", name=name, exact=True).first
        slider.focus()

        def now(slider: Locator = slider) -> float:
            return float(slider.get_attribute("aria-valuenow") or "nan")

        low, high = (
            float(slider.get_attribute(f"aria-value{end}") or "nan") for end in ("min", "max")
        )
        page.keyboard.press("Home")
        assert now() == low, name
        page.keyboard.press("PageUp")
        page_up = now()
        assert low < page_up < high, name
        page.keyboard.press("ArrowDown")
        assert low < now() < page_up, name
        page.keyboard.press("End")
        assert now() == high, name
        page.keyboard.press("Backspace")  # the value of a new instrument
    live.send("/gain", 0.0)
    live.send("/drift", 0.0)


def test_keys_of_the_whole_page(live: Instrument, open_page: OpenPage) -> None:
    live.send("/gain", -12.0)
    live.send("/preset/store", "first")
    live.send("/gain", 0.0)
    live.sync()
    page = open_page()
    expect(page.locator("#presets .pad")).not_to_have_count(1)
    page.keyboard.press(" ")
    wait_for_answer(live, "/freeze", 1, "a freeze")
    page.keyboard.press(" ")
    wait_for_answer(live, "/freeze", 0, "its end")
    page.keyboard.press("1")
    wait_until(lambda: live.ask("/gain")[0] < -11.9, "a recall")
    page.keyboard.press("Escape")
    wait_for_answer(live, "/play", 0, "a panic")
    live.send("/play", 1)

    show_panel(page, "system")
    page.get_by_label("name of the take").fill("")
    page.keyboard.type("1 take")
    assert live.ask("/freeze") == (0,)
    page.keyboard.press("Escape")  # leaves the field, and is no panic
    live.sync()
    assert live.ask("/play") == (1,)


def test_two_pages_and_another_client_are_in_step(live: Instrument, open_page: OpenPage) -> None:
    one, other = open_page(), open_page(screen=SCREENS["phone"], touch=True)
    fader(one, "/gain").focus()
    one.keyboard.press("Home")
    one.keyboard.press("PageUp")
    shown = fader(one, "/gain").get_attribute("aria-valuenow")
    expect(fader(other, "/gain")).to_have_attribute("aria-valuenow", str(shown))
    live.send("/gain", -3.0)
    for page in (one, other):
        expect(fader(page, "/gain")).to_have_attribute("aria-valuenow", "-3")
    live.send("/mute", 1)
    for page in (one, other):
        expect(page.locator(".mute")).to_have_attribute("aria-pressed", "true")
    other.locator(".mute").tap()
    wait_for_answer(live, "/mute", 0, "sound again")
    expect(one.locator(".mute")).to_have_attribute("aria-pressed", "false")
