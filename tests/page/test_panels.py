"""Panels of the play page: presets, gestures, macros, models, takes, and what is refused."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, WebSocket, WebSocketRoute, expect
from support.browser import (
    Fingers,
    OpenPage,
    Problems,
    centre,
    new_page,
    show_panel,
    wait_until_it_plays,
)
from support.instrument import Instrument, wait_for_answer, wait_until
from support.tiny import complete_bundle, tiny_bundle

from distill_live.bundle import write_bundle

pytestmark = pytest.mark.process

MARKUP = "<img src=x onerror=alert(1)>"

HOLD_MS = 1000
"""Longer than a hold of a pad."""


def names(live: Instrument, kind: str) -> list[str]:
    live.send(f"/{kind}/list")
    return [
        str(row[1]) for path, row in live.receive_until(f"/{kind}/end") if path.endswith("info")
    ]


def has(live: Instrument, kind: str, *expected: str) -> None:
    wait_until(lambda: set(names(live, kind)) == set(expected), f"{kind}s {expected}")


def clear(live: Instrument, kind: str) -> None:
    for name in names(live, kind):
        live.ask(f"/{kind}/delete", name, reply="/done")


def slots(live: Instrument) -> dict[int, tuple[str, float, str]]:
    live.send("/model/list")
    rows = live.receive_until("/model/end")
    return {row[0]: row[1:] for path, row in rows if path == "/model/info"}


def load(live: Instrument, model: str) -> None:
    """Load a model into slot 1, once the one that was there before has faded."""
    wait_until(lambda: slots(live)[1][2] == "ready", "the end of a fade")
    live.ask("/model/load", model, reply="/done")


def pad(page: Page, kind: str, name: str) -> Locator:
    return page.locator(f"#{kind}s .pad", has=page.get_by_text(name, exact=True))


def edited(page: Page, panel: str) -> Locator:
    """The panel, while its pads are edited."""
    page.get_by_label(f"edit {panel}", exact=True).click()
    return page.locator(f"#{panel}")


def stored(home: Path) -> str:
    return "".join(file.read_text(encoding="utf-8") for file in home.rglob("presets/*.json"))


def test_presets(live: Instrument, home: Path, open_page: OpenPage) -> None:
    clear(live, "preset")
    live.send("/gain", -12.0)
    live.sync()
    page = open_page()
    page.get_by_label("store a preset").click()
    has(live, "preset", "1")
    live.send("/gain", 0.0)
    live.sync()
    pad(page, "preset", "1").click()
    wait_for_answer(live, "/gain", -12.0, "a recall")
    expect(pad(page, "preset", "1")).to_have_attribute("aria-current", "true")

    live.send("/gain", -6.125)  # a hold stores what is heard now
    live.sync()
    page.mouse.move(*centre(pad(page, "preset", "1")))
    page.mouse.down()
    expect(page.locator("#presets .holding")).to_have_count(0)
    page.mouse.up()
    wait_until(lambda: "-6.125" in stored(home), "the end of a hold")
    live.send("/gain", 0.0)
    live.sync()
    pad(page, "preset", "1").click()
    wait_for_answer(live, "/gain", -6.125, "a recall of what the hold stored")

    live.send("/preset/store", "two")  # of another client
    expect(pad(page, "preset", "two")).to_be_visible()
    panel = edited(page, "presets")
    panel.get_by_label("name of two").fill("dusk")
    page.keyboard.press("Enter")
    has(live, "preset", "1", "dusk")
    delete = panel.get_by_label("delete 1")
    delete.click()
    expect(delete).to_have_text("sure?")
    assert names(live, "preset") == ["1", "dusk"]
    delete.click()
    has(live, "preset", "dusk")
    expect(panel.locator("input")).to_have_count(1)


def test_a_press_that_leaves_a_pad_or_has_a_second_finger_stores_nothing(
    live: Instrument, home: Path, open_page: OpenPage
) -> None:
    clear(live, "preset")
    live.send("/gain", -12.0)
    live.ask("/preset/store", "1", reply="/done")
    live.send("/gain", -7.375)
    live.sync()
    page = open_page(touch=True)
    left, top = centre(pad(page, "preset", "1"))
    page.mouse.move(left, top)
    page.mouse.down()
    page.mouse.move(left, top - 200)
    page.mouse.up()
    page.wait_for_timeout(HOLD_MS)
    assert live.ask("/gain") == (-7.375,)
    fingers = Fingers(page)
    fingers.press(1, left, top)
    fingers.press(2, left + 10, top)
    fingers.lift(2)
    fingers.lift(1)
    wait_for_answer(live, "/gain", -12.0, "a recall")
    live.send("/gain", -7.375)
    page.wait_for_timeout(HOLD_MS)
    live.sync()
    assert "-7.375" not in stored(home)


def test_a_recall_takes_the_morph_time(live: Instrument, open_page: OpenPage) -> None:
    clear(live, "preset")
    live.send("/gain", -30.0)
    live.ask("/preset/store", "far", reply="/done")
    live.send("/gain", 0.0)
    live.sync()
    page = open_page()
    morph = page.locator('#presets dl-fader[data-address="/preset/recall"]')
    morph.focus()
    page.keyboard.press("End")
    pad(page, "preset", "far").click()
    expect(pad(page, "preset", "far")).to_have_attribute("aria-current", "true")
    lengths_ms = "document.getAnimations().map((one) => one.effect.getTiming().duration)"
    assert page.evaluate(lengths_ms) == [pytest.approx(600_000, rel=0.01)]  # the pad that fills
    morph.focus()
    page.keyboard.press("Home")
    pad(page, "preset", "far").click()
    wait_until(lambda: page.evaluate(lengths_ms) == [], "the end of the morph")
    assert live.ask("/gain") == (-30.0,)


def test_gestures(live: Instrument, open_page: OpenPage) -> None:
    clear(live, "gesture")
    page = open_page()
    panel = show_panel(page, "gestures")
    record = panel.locator(".record")
    record.click()
    expect(record).to_have_attribute("aria-pressed", "true")
    live.send("/gain", -9.0)
    live.sync()
    record.click()
    expect(record).to_have_attribute("aria-pressed", "false")
    has(live, "gesture", "1")
    panel.get_by_label("loop").click()
    wait_for_answer(live, "/gesture/loop", 1, "a loop")
    pad(page, "gesture", "1").click()
    expect(pad(page, "gesture", "1")).to_have_attribute("aria-current", "true")
    pad(page, "gesture", "1").click()  # stops it
    expect(pad(page, "gesture", "1")).not_to_have_attribute("aria-current", "true")
    panel = edited(page, "gestures")
    panel.get_by_label("name of 1").fill("swell")
    page.keyboard.press("Enter")
    has(live, "gesture", "swell")
    for _ in range(2):
        panel.get_by_label("delete swell").click()
    has(live, "gesture")


def test_a_second_tap_stops_a_gesture_that_waits_for_its_beat(
    live: Instrument, open_page: OpenPage
) -> None:
    clear(live, "gesture")
    live.ask("/gesture/record", "swell", reply="/done")
    live.send("/gain", -9.0)
    live.ask("/gesture/stop", reply="/done")
    live.send("/clock/tempo", 20.0)
    live.send("/clock/quantise", 64.0)
    live.sync()
    page = open_page()
    swell = pad(page, "gesture", "swell")
    sent: list[str] = []
    sockets: list[WebSocket] = []

    def watch(socket: WebSocket) -> None:
        socket.on("framesent", lambda frame: sent.append(str(frame)))
        sockets.append(socket)

    page.on("websocket", watch)
    page.reload()
    wait_until_it_plays(page)
    show_panel(page, "gestures")
    wanted = ["play", "stop", "play", "play"]
    for taps in range(1, 5):
        swell.click()
        page.wait_for_timeout(300)  # for an answer
        orders = [part for one in sent for part in ("play", "stop") if f"/gesture/{part}" in one]
        assert orders == wanted[:taps]
        if taps == 3:  # another client stops what waits
            socket = sockets[-1]
            with socket.expect_event("framereceived", lambda one: "/gesture/playing" in str(one)):
                live.ask("/gesture/stop", reply="/done")
    live.ask("/gesture/stop", reply="/done")
    live.send("/clock/quantise", 0.0)
    live.send("/clock/tempo", 120.0)
    live.sync()


def test_two_presses_at_once_store_under_two_names(live: Instrument, open_page: OpenPage) -> None:
    clear(live, "preset")
    clear(live, "gesture")
    page = open_page()
    twice = "(button) => { button.click(); button.click(); }"  # before any list can arrive
    add = page.get_by_label("store a preset")
    expect(add).to_be_enabled()
    add.evaluate(twice)
    has(live, "preset", "1", "2")
    record = show_panel(page, "gestures").locator(".record")
    expect(record).to_be_enabled()
    record.evaluate(twice)
    page.locator('dl-fader[data-address="/gain"]').press("Home")
    wait_for_answer(live, "/gain", -90.0, "what is recorded")
    live.send("/gesture/stop")
    has(live, "gesture", "2")  # the first one is empty, and is not kept
    live.send("/gain", 0.0)
    expect(pad(page, "preset", "2")).to_be_visible()
    live.ask("/preset/delete", "1", reply="/done")
    expect(page.locator("#presets .pad[data-name='1']")).to_have_count(0)
    add.click()  # the name is free again
    has(live, "preset", "1", "2")


def test_nothing_is_stored_before_the_names_of_the_model_are_known(
    live: Instrument, browser: Browser, origin: str, problems: Problems
) -> None:
    kept: list[tuple[WebSocketRoute, str | bytes]] = []
    keeping = True

    def relay(route: WebSocketRoute) -> None:
        def receive(message: str | bytes) -> None:
            ends = (b"/distill/preset/end", b"/distill/gesture/end")
            if keeping and isinstance(message, bytes) and any(end in message for end in ends):
                kept.append((route, message))
            else:
                route.send(message)

        route.connect_to_server().on_message(receive)

    page = new_page(browser, problems)
    page.route_web_socket("**", relay)
    page.goto(f"{origin}/")
    wait_until_it_plays(page)
    buttons = page.get_by_label("store a preset"), show_panel(page, "gestures").locator(".record")
    for model in ("", "bells", "tiny"):
        if model:
            keeping = True
            load(live, model)
        for button in buttons:
            expect(button).to_be_disabled()
        keeping = False
        while kept:
            route, message = kept.pop()
            route.send(message)
        for button in buttons:
            expect(button).to_be_enabled()
    page.context.close()


def mappings(live: Instrument, kind: str = "macro") -> list[tuple[int | float | str, ...]]:
    live.send(f"/{kind}/list")
    return [row for path, row in live.receive_until(f"/{kind}/end") if path == f"/{kind}/info"]


def test_macros_and_their_editor(live: Instrument, open_page: OpenPage) -> None:
    for macro in range(1, 9):
        live.send("/macro/clear", macro)
    live.send("/macro/map", 2, "pitch", -12.0, 12.0, "linear")
    live.sync()
    page = open_page()
    panel = show_panel(page, "macros")
    assert panel.locator(".list:visible dl-fader").count() == 8
    second = panel.get_by_role("slider", name="macro 2: pitch")
    second.focus()
    page.keyboard.press("End")
    wait_for_answer(live, "/pitch", 12.0, "what the macro moves")
    pitch = page.locator('dl-fader[data-address="/pitch"]')
    expect(pitch).to_have_attribute("aria-valuenow", "12")

    panel.get_by_label("what macro 1 moves").click()
    panel.get_by_label("move one more").click()
    wait_until(lambda: len(mappings(live)) == 2, "a mapping")
    panel.get_by_role("combobox").select_option("gain")
    wait_until(lambda: any(row[:2] == (1, "gain") for row in mappings(live)), "another target")
    panel.get_by_label("exponential", exact=True).click()
    panel.get_by_label("gain from").focus()
    page.keyboard.press("End")
    panel.get_by_label("gain to", exact=True).focus()
    page.keyboard.press("Home")
    wanted = (1, "gain", 6.0, -90.0, "exponential")
    wait_until(lambda: wanted in mappings(live), "another range and curve")
    live.send("/macro/map", 1, "speed", 0.0, 2.0, "s-curve")  # of another client
    expect(panel.locator(".mapping:visible")).to_have_count(2)
    panel.get_by_label("move gain no more").click()
    wait_until(lambda: not any(row[1] == "gain" for row in mappings(live)), "one less")
    assert (1, "speed", 0.0, 2.0, "s-curve") in mappings(live)
    page.keyboard.press("Escape")
    expect(panel.get_by_role("slider", name="macro 1: speed")).to_be_visible()
    assert live.ask("/play") == (1,)


@pytest.mark.parametrize(
    ("kind", "clear_path", "source", "edit"),
    [
        ("macro", "/macro/clear", 1, "what macro 1 moves"),
        ("input", "/input/unmap", "onset", "what onset moves"),
    ],
)
def test_a_change_of_one_mapping_leaves_those_of_another_model(
    live: Instrument,
    home: Path,
    open_page: OpenPage,
    kind: str,
    clear_path: str,
    source: int | str,
    edit: str,
) -> None:
    write_bundle(tiny_bundle(latent=2), home / "distill-live" / "models" / "small.distill")
    live.send(clear_path, source)
    for target in ("axis/loudness", "gain", "speed"):
        live.send(f"/{kind}/map", source, target, 0.0, 1.0, "linear")
    load(live, "small")  # without that axis

    def targets() -> set[int | float | str]:
        return {row[1] for row in mappings(live, kind) if row[0] == source}

    page = open_page()
    panel = show_panel(page, "macros" if kind == "macro" else "input")
    panel.get_by_label(edit).click()
    panel.get_by_label("target gain").select_option("pitch")
    wait_until(lambda: "pitch" in targets(), "another target")
    expect(panel.get_by_label("target gain")).to_have_count(0)
    panel.get_by_label("move speed no more").click()
    wait_until(lambda: "speed" not in targets(), "one less")
    load(live, "tiny")
    assert targets() == {"axis/loudness", "pitch"}
    live.send(clear_path, source)
    live.sync()


def test_the_input_and_its_editor(live: Instrument, open_page: OpenPage) -> None:
    page = open_page()
    panel = show_panel(page, "input")
    expect(panel.get_by_text("level → loudness")).to_be_visible()
    expect(panel.get_by_label("level", exact=True)).to_have_text("silent")
    panel.get_by_label("what onset moves").click()
    panel.get_by_label("move one more").click()
    panel.get_by_role("combobox").select_option("macro/1")
    wanted = ("onset", "macro/1", 0.0, 1.0, "linear")
    wait_until(lambda: wanted in mappings(live, "input"), "a mapping")
    live.send("/input/unmap", "onset")  # by another client
    expect(panel.locator(".mapping:visible")).to_have_count(0)
    panel.get_by_label("back to the features").click()
    panel.get_by_role("button", name="pitch", exact=True).click()
    wait_for_answer(live, "/input/notes", 2, "pitch plays notes")
    panel.get_by_role("button", name="freeze").click()
    wait_for_answer(live, "/input/freeze", 1, "freeze")


def test_models_are_loaded_blended_and_unloaded(live: Instrument, open_page: OpenPage) -> None:
    live.send("/model/blend", 1, 0.5)
    page = open_page()
    panel = show_panel(page, "models")
    panel.get_by_label("load a model into slot 2").click()
    panel.get_by_role("button", name="bells").click()
    weight = panel.get_by_role("slider", name="weight of bells in slot 2")
    expect(weight).to_be_visible()
    wait_until(lambda: slots(live).get(2, ("", 0.0, ""))[2] == "ready", "a second model")
    weight.focus()
    for _ in range(5):
        page.keyboard.press("PageUp")
    wait_until(lambda: slots(live)[2][1] == pytest.approx(0.5, abs=0.02), "its weight")
    live.send("/model/blend", 2, 0.25)  # of another client
    expect(weight).to_have_attribute("aria-valuenow", "0.25")
    for _ in range(2):
        panel.locator(".slot").nth(1).locator('[data-address="/model/unload"]').click()
    wait_until(lambda: 2 not in slots(live), "one model")
    expect(weight).to_be_hidden()


def test_a_press_that_opens_the_library_chooses_nothing_of_it(
    live: Instrument, open_page: OpenPage
) -> None:
    page = open_page(touch=True)
    panel = show_panel(page, "models")
    fingers = Fingers(page)
    for _ in range(2):  # the second time the list is there at once
        fingers.press(1, *centre(panel.get_by_label("load a model into slot 2")))
        expect(panel.locator(".model").first).to_be_visible()
        fingers.lift(1)
        page.wait_for_timeout(100)
        expect(panel.locator(".model").first).to_be_visible()
        panel.get_by_label("back to the slots").click()
    assert 2 not in slots(live)


def test_paths_play_and_the_clock_is_tapped(live: Instrument, open_page: OpenPage) -> None:
    page = open_page()
    panel = show_panel(page, "time")
    expect(panel.locator(".beats i")).to_have_count(4)
    expect(panel.locator(".beats .lit")).to_have_count(1)
    live.send("/path/list")
    *recordings, _ = live.receive_until("/path/end")
    expect(panel.locator(".path")).to_have_count(len(recordings))
    live.send("/path/speed", 0.0)
    recording = panel.locator(".path").nth(1)
    recording.click()
    expect(recording).to_have_attribute("aria-pressed", "true")
    place = panel.locator("[data-address='/path/position']")
    place.press("End")
    wait_for_answer(live, "/path/position", 1.0, "the end of the recording")
    recording.click()
    expect(recording).to_have_attribute("aria-pressed", "false")
    expect(place).to_be_hidden()
    panel.locator("[data-address='/clock/quantise']").select_option("4")
    wait_for_answer(live, "/clock/quantise", 4.0, "every 4 beats")
    panel.locator("[data-address='/clock/quantise']").select_option("0")
    live.send("/clock/tempo", 60.0)
    live.sync()
    tap = panel.locator("[data-address='/clock/tap']")

    def tapped() -> bool:
        tap.click()
        page.wait_for_timeout(400)  # 150 beats a minute
        return bool(live.ask("/clock/tempo")[0] != 60.0)

    wait_until(tapped, "a tempo by taps")
    tempo = panel.locator("[data-address='/clock/tempo']")
    expect(tempo).not_to_have_attribute("aria-valuenow", "60")
    live.send("/path/speed", 1.0)


def test_recordings_that_differ_in_their_suffix_are_two(tmp_path: Path, browser: Browser) -> None:
    bundle = complete_bundle()
    names = {"recording 0.wav": "a_bell.wav", "recording 1.wav": "a_bell.flac"}
    landmarks = tuple(replace(one, file=names[one.file]) for one in bundle.landmarks)
    paths = tuple(replace(one, file=names[one.file]) for one in bundle.paths)
    model = tmp_path / "bells.distill"
    write_bundle(replace(bundle, landmarks=landmarks, paths=paths), model)
    home = {"XDG_DATA_HOME": str(tmp_path), "HOME": str(tmp_path)}
    with Instrument(model, "--null", "--http-port", "0", environment=home) as live:
        origin = f"http://127.0.0.1:{live.listening_at('Page')}"
        problems = Problems((origin, origin.replace("http", "ws", 1)))
        page = new_page(browser, problems)
        page.goto(f"{origin}/")
        wait_until_it_plays(page)
        live.send("/corpus/goto", 4)
        expect(page.locator("#map .here strong")).to_have_text("a_bell.flac")
        labels = show_panel(page, "time").locator(".path span")
        expect(labels).to_have_text(["a_bell.wav", "a_bell.flac"])
        recordings = page.evaluate("""async () => {
          const { Landmarks } = await import("/page/landmarks.js");
          const landmarks = new Landmarks();
          const files = ["a.wav", "b_c.wav", "a.flac", "a.wav"];
          landmarks.take(files.map((file, n) => [n, file, n, 0.5, 0.5]));
          return [[...landmarks.recording], landmarks.names];
        }""")
        assert recordings == [[0, 1, 2, 0], ["a.wav", "b c", "a.flac"]]
        page.context.close()
        problems.check()


def test_numbered_values_are_those_of_their_number(tmp_path: Path, browser: Browser) -> None:
    bundle = tiny_bundle(latent=128)
    axes = (bundle.axes[0], replace(bundle.axes[1], name="7"), bundle.axes[2])
    model = tmp_path / "wide.distill"
    write_bundle(replace(bundle, axes=axes), model)
    home = {"XDG_DATA_HOME": str(tmp_path), "HOME": str(tmp_path)}
    settings = ["/drift 0", "/latent/000 0.8", "/latent/001 -0.6", "/latent/100 -1"]
    options = [part for setting in settings for part in ("--set", setting)]
    with Instrument(model, "--null", "--http-port", "0", *options, environment=home) as live:
        origin = f"http://127.0.0.1:{live.listening_at('Page')}"
        problems = Problems((origin, origin.replace("http", "ws", 1)))
        page = new_page(browser, problems)
        page.goto(f"{origin}/")
        wait_until_it_plays(page)
        panel = show_panel(page, "system")
        panel.locator("summary").click()
        dimensions = panel.locator(".dimensions dl-fader")
        expect(dimensions).to_have_count(128)
        for number, value in ((0, "0.8"), (1, "-0.6"), (100, "-1")):
            dimension = dimensions.nth(number)
            expect(dimension).to_have_attribute("data-address", f"/latent/{number:03d}")
            expect(dimension).to_have_attribute("aria-valuenow", value)
        for name, way in (("brightness", r": 0\.73"), ("7", r": 0\.28")):
            axis = page.locator(f"[data-address='/axis/{name}']")
            expect(axis.locator(".sounding")).to_have_attribute("style", re.compile(way))
        page.context.close()
        problems.check()


def test_a_take_has_a_name_and_a_length(live: Instrument, home: Path, open_page: OpenPage) -> None:
    page = open_page()
    panel = show_panel(page, "system")
    panel.get_by_label("name of the take").fill("one evening")
    page.keyboard.press("Enter")
    record = page.locator("#record .record")
    expect(record).to_have_attribute("aria-pressed", "true")
    expect(record).to_have_text(re.compile("0:0[1-9]"))
    name = panel.get_by_label("name of the take")
    expect(name).to_have_value("")
    name.fill("the next one")
    panel.locator(".record").click()
    expect(record).to_have_attribute("aria-pressed", "false")
    expect(name).to_have_value("the next one")
    wait_until(lambda: list(home.rglob("*one evening*.wav")), "a take of that name")


def test_two_clicks_start_and_end_listening(
    live: Instrument, open_page: OpenPage, problems: Problems
) -> None:
    problems.expected.append("closed before the connection is established")
    listen = open_page().locator(".listen")
    listen.evaluate("""async (button) => {
      button.click();
      button.click(); // before its module is there
      await import("/page/listen.js");
    }""")
    expect(listen).to_have_attribute("aria-pressed", "false")
    for pressed in ("true", "false"):
        listen.click()
        expect(listen).to_have_attribute("aria-pressed", pressed)


def test_what_is_refused_is_shown(live: Instrument, open_page: OpenPage) -> None:
    clear(live, "preset")
    live.ask("/preset/store", "dawn", reply="/done")
    live.ask("/preset/store", "dusk", reply="/done")
    page = open_page()
    panel = edited(page, "presets")
    panel.get_by_label("name of dawn").fill("dusk")
    page.keyboard.press("Enter")
    notice = page.get_by_role("status")
    expect(notice).to_contain_text("dusk")
    expect(notice).to_have_css("opacity", "1")
    expect(panel.get_by_label("name of dawn")).to_have_value("dawn")
    assert names(live, "preset") == ["dawn", "dusk"]


def test_names_that_are_markup_are_text(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    models = tmp_path / "distill-live" / "models"
    models.mkdir(parents=True)
    bundle = tiny_bundle()
    landmarks = tuple(replace(one, file=f"{MARKUP}.wav") for one in bundle.landmarks)
    hostile = models / "<b>bold<b>.distill"
    write_bundle(replace(bundle, landmarks=landmarks, author=MARKUP), hostile)
    home = {"XDG_DATA_HOME": str(tmp_path), "HOME": str(tmp_path)}
    with Instrument(hostile, "--null", "--http-port", "0", environment=home) as live:
        origin = f"http://127.0.0.1:{live.listening_at('Page')}"
        problems = Problems((origin, origin.replace("http", "ws", 1)))
        page = new_page(request.getfixturevalue("browser"), problems)
        page.goto(f"{origin}/")
        wait_until_it_plays(page)
        for name in ("a&amp;b", "{{1}}", "'; drop"):
            live.ask("/preset/store", name, reply="/done")
            expect(pad(page, "preset", name)).to_be_visible()
        panel = show_panel(page, "models")
        expect(panel.get_by_role("slider", name="weight of <b>bold<b> in slot 1")).to_be_visible()
        panel.get_by_label("load a model into slot 2").click()
        expect(panel.get_by_text("<b>bold<b>", exact=True)).to_be_visible()
        expect(panel.get_by_text(MARKUP)).to_be_visible()
        page.mouse.dblclick(*centre(page.locator("#map canvas")))
        assert page.locator("img, b, script:not([src='/page/main.js'])").count() == 0
        page.context.close()
        problems.check()
