"""The studio in a browser: from dropped files to a model, compared, rendered and played.

The tests are the steps of one visit, in this order: they share a studio and its only run.
"""

import base64
import io
from pathlib import Path

import numpy as np
import pytest
import soundfile
from playwright.sync_api import Browser, Locator, Page, Route, expect
from support import sounds
from support.browser import (
    OpenPage,
    Problems,
    check_looks,
    page_opener,
    show_panel,
    wait_until_it_plays,
)
from support.studio import Studio
from support.tiny import tiny_bundle

from distill_live.bundle import write_bundle
from distill_live.spectrogram import Float32

pytestmark = pytest.mark.process

SCREENS = {"desktop": (1440, 900), "tablet": (820, 1180), "phone": (390, 844)}

PANELS = ("recordings", "train", "library", "render", "play")

TAKES = 500

LONG_MS = 240_000
"""How long hundreds of files, a run or renders may take on a busy machine."""

HOSTILE = ("<img src=x onerror=alert(1)>.wav", "con.wav")
"""Names that are refused, and shown."""

STRANGE = "&amp; 100 % 'quoted' #1 ..%2f.wav"
"""A name that is kept as it is."""

DROP = """([names, data]) => {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const transfer = new DataTransfer();
  for (const name of names) {
    transfer.items.add(new File([bytes], name));
  }
  document.querySelector(".drop").dispatchEvent(
    new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
}"""

NOTE_STARTS = """() => {
  window.starts = [];
  const { start } = AudioBufferSourceNode.prototype;
  AudioBufferSourceNode.prototype.start = function (when, offset) {
    starts.push(offset);
    start.call(this, when, offset);
  };
}"""
"""Keeps where in it each sound is started, in seconds."""


def drop(page: Page, names: list[str], sound: Float32) -> None:
    """Drop files of one content."""
    wav = io.BytesIO()
    soundfile.write(wav, sound, 16000, format="WAV")
    page.evaluate(DROP, [names, base64.b64encode(wav.getvalue()).decode()])


def select(panel: Locator, label: str, option: str) -> None:
    panel.get_by_label(label, exact=True).select_option(label=option)


def test_a_first_visit_leads_to_the_recordings_and_takes_hundreds_of_files(
    studio: Studio, open_studio: OpenPage, problems: Problems, rng: np.random.Generator
) -> None:
    problems.expected.append("400 (Bad Request)")
    page = open_studio()
    expect(page.get_by_role("heading", name="Drop your recordings here")).to_be_visible()
    names = [f"take {number:03}.wav" for number in range(TAKES)]
    drop(page, [*HOSTILE, STRANGE, *names], sounds.white_noise(0.2, rng, 16000))
    panel = page.locator("#recordings")
    sent = panel.get_by_text(f"{TAKES + 1} of {TAKES + 3} files sent, 2 refused")
    expect(sent).to_be_visible(timeout=LONG_MS)
    for name in HOSTILE:
        expect(panel.locator(".errors li").filter(has_text=name)).to_have_count(1)
    expect(panel.get_by_text(f"{TAKES + 1} recordings, ")).to_be_visible(timeout=LONG_MS)
    expect(panel.locator(".file")).to_have_count(TAKES + 1)
    expect(panel.locator(".file strong").get_by_text(STRANGE, exact=True)).to_have_count(1)
    assert page.locator("img").count() == 0
    folder = studio.user_folder / "recordings" / "my recordings"
    assert {path.name for path in folder.iterdir()} == {STRANGE, *names}


def test_a_folder_of_any_name_is_taken(browser: Browser, tmp_path: Path) -> None:
    sounds.write_folder(tmp_path / "a: b", 0.5, kinds=["drone"])
    (tmp_path / "home").mkdir()
    with Studio(tmp_path / "home") as fresh:
        problems = Problems((fresh.origin,))
        with page_opener(browser, problems, fresh.origin) as open_fresh:
            page = open_fresh()
            page.locator("#recordings input[webkitdirectory]").set_input_files(tmp_path / "a: b")
            expect(page.locator("#recordings .file")).to_contain_text("drone.wav")
        problems.check()
        made = fresh.user_folder / "recordings" / "a b"
        assert [path.name for path in made.iterdir()] == ["drone.wav"]


def test_a_file_that_cannot_be_used_says_why(
    open_studio: OpenPage, rng: np.random.Generator
) -> None:
    page = open_studio()
    panel = page.locator("#recordings")
    panel.get_by_text("open or make a folder").click()
    panel.get_by_label("new folder").fill("bells")
    panel.get_by_role("button", name="make it").click()
    expect(panel.get_by_text("no recordings yet")).to_be_visible()
    drop(page, ["silence.wav"], sounds.silence(0.5, 16000))
    unusable = panel.locator(".unusable")
    expect(unusable).to_contain_text("it is silent")
    expect(panel.get_by_role("button", name="train a model")).to_be_hidden()
    panel.get_by_role("button", name="remove silence.wav").click()
    expect(unusable).to_have_count(0)
    panel.get_by_text("1 recording removed").click()
    panel.get_by_role("button", name="bring back silence.wav").click()
    expect(unusable).to_contain_text("it is silent")
    panel.get_by_role("button", name="remove silence.wav").click()
    expect(unusable).to_have_count(0)
    for number in range(2):
        drop(page, [f"bell {number}.wav"], sounds.drone(1.5, rng, 16000))
        expect(panel.locator(".file .sound")).to_have_count(number + 1)
    sound = panel.get_by_role("button", name="play bell 0.wav")
    sound.click()
    expect(sound).to_have_attribute("aria-pressed", "true")
    panel.get_by_role("button", name="train a model").click()
    expect(page.locator("#train").get_by_label("recordings", exact=True)).to_have_value(
        panel.get_by_label("folder", exact=True).input_value()
    )


def test_a_recording_that_is_linked_from_elsewhere_says_so(
    studio: Studio, open_studio: OpenPage, tmp_path: Path
) -> None:
    folder = studio.user_folder / "recordings" / "linked"
    folder.mkdir(parents=True)
    soundfile.write(tmp_path / "tape.wav", sounds.sine(440.0, 1.0, sample_rate_hz=16000), 16000)
    (folder / "tape.wav").symlink_to(tmp_path / "tape.wav")
    page = open_studio()
    panel = page.locator("#recordings")
    select(panel, "folder", "linked")
    row = panel.locator(".file")
    expect(row).to_contain_text("linked from elsewhere: used for training")
    expect(row.get_by_role("button")).to_have_count(0)
    expect(panel.get_by_role("button", name="train a model")).to_be_visible()


def test_a_double_click_starts_one_run(studio: Studio, open_studio: OpenPage) -> None:
    studio.post("folders/new", name="of a run")
    page = open_studio()
    requests: list[Route] = []
    page.route("**/api/train", lambda route: requests.append(route))
    panel = show_panel(page, "train")
    start = panel.get_by_role("button", name="start training")
    expect(start).to_be_enabled()
    start.dblclick()
    expect(start).to_be_disabled()
    studio.post("folders/new", name="meanwhile")
    folders = panel.get_by_label("recordings", exact=True)
    expect(folders.get_by_text("meanwhile")).to_have_count(1)
    expect(start).to_be_disabled()  # also after news of the studio
    assert len(requests) == 1
    requests[0].fulfill(json={"id": "none"})
    expect(start).to_be_enabled()


def test_a_run_is_started_seen_stopped_and_resumed(open_studio: OpenPage) -> None:
    page = open_studio()
    panel = show_panel(page, "train")
    select(panel, "recordings", "bells")
    panel.get_by_label("name of the model").fill("my bells")
    panel.get_by_label("minutes", exact=True).fill("0.2")
    panel.get_by_role("button", name="start training").click()
    curve = panel.get_by_role("img", name="losses: epoch")
    expect(curve).to_be_visible(timeout=LONG_MS)
    panel.get_by_role("button", name="stop", exact=True).click()
    expect(panel.locator(".detail .status-line")).to_contain_text("stopped", timeout=LONG_MS)
    page.reload()
    panel = show_panel(page, "train")
    expect(curve).to_be_visible()
    panel.get_by_role("button", name="resume", exact=True).click()
    expect(panel.locator(".detail .status-line")).to_contain_text("finished", timeout=LONG_MS)
    preview = panel.locator(".previews .sound").first
    preview.click()
    expect(preview).to_have_attribute("aria-pressed", "true")
    expect(panel.get_by_role("link", name="report")).to_be_visible()
    panel.get_by_role("button", name="to its model").click()
    expect(page.locator("#library .card h2").get_by_text("my bells", exact=True)).to_be_visible()


def test_two_models_are_compared_without_losing_the_place(
    studio: Studio, open_studio: OpenPage, tmp_path: Path
) -> None:
    write_bundle(tiny_bundle(seed=1), tmp_path / "other.distill")
    page = open_studio()
    page.evaluate(NOTE_STARTS)
    panel = show_panel(page, "library")
    panel.locator("input[type=file]").set_input_files(tmp_path / "other.distill")
    panel.get_by_label("compare other").check()
    panel.get_by_label("compare my bells").check()
    select(panel, "compare on recordings of", "bells")
    panel.get_by_role("button", name="compare", exact=True).click()
    comparison = panel.get_by_role("region", name="comparison")
    kinds = comparison.locator(".kind")
    expect(kinds.first).to_be_visible(timeout=LONG_MS)
    expect(kinds).to_have_text(["A: other", "B: my bells", "original"])
    comparison.get_by_role("button", name="play", exact=True).click()
    place = comparison.get_by_role("progressbar")
    page.wait_for_function("(bar) => bar.value > 0", arg=place.element_handle())
    page.keyboard.press("b")
    expect(kinds.nth(1)).to_have_attribute("aria-pressed", "true")
    assert page.evaluate("starts") == [0, 0]
    page.keyboard.press("p")
    page.keyboard.press("p")
    *_, a, b = page.evaluate("starts")
    assert a == b > 0
    comparison.get_by_label("blind").check()
    expect(kinds.first).to_have_text("A")
    expect(comparison.get_by_role("heading")).not_to_contain_text("my bells")
    comparison.get_by_label("blind").uncheck()
    comparison.get_by_role("button", name="my bells is better").click()
    expect(comparison.get_by_text("kept in the library")).to_be_visible()
    card = panel.locator(".card").filter(has=page.get_by_role("heading", name="my bells"))
    expect(card).to_contain_text("preferred to other")


def test_a_render_is_heard_and_downloaded(open_studio: OpenPage, tmp_path: Path) -> None:
    page = open_studio()
    panel = show_panel(page, "render")
    select(panel, "model", "my bells")
    panel.get_by_label("seconds").fill("1.5")
    panel.get_by_role("button", name="render", exact=True).click()
    link = panel.get_by_role("link", name="download")
    expect(link).to_be_visible(timeout=LONG_MS)
    with page.expect_download() as download:
        link.click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    assert soundfile.info(path).duration == pytest.approx(1.5)


def test_a_gesture_is_rendered_whatever_its_name(open_studio: OpenPage) -> None:
    page = open_studio()
    page.route("**/api/render", lambda route: route.fulfill(json={"job": "none"}))
    page.route("**/api/model?*", lambda route: route.fulfill(json={"gestures": ["walk"]}))
    panel = show_panel(page, "render")
    panel.get_by_role("radio", name="gesture").check()
    select(panel, "which one", "walk")
    with page.expect_request("**/api/render") as request:
        panel.get_by_role("button", name="render", exact=True).click()
    assert '"path":"gesture:walk"' in (request.value.post_data or "")


def test_the_instrument_is_started_and_stopped(studio: Studio, open_studio: OpenPage) -> None:
    page = open_studio()
    panel = show_panel(page, "play")
    select(panel, "model", "my bells")
    try:
        with page.expect_popup(timeout=LONG_MS) as opened:
            panel.get_by_role("button", name="play", exact=True).click()
        wait_until_it_plays(opened.value)
        expect(panel.get_by_role("status")).to_have_text("my bells plays")
        link = panel.get_by_role("link", name="open the instrument's page")
        expect(link).to_have_attribute("href", f"http://127.0.0.1:{studio.play_port}/")
        panel.get_by_role("button", name="stop").click()
        expect(link).to_be_hidden()
    finally:
        studio.post("play/stop")


def card_of(panel: Locator, name: str) -> Locator:
    """The opened card of a model, when the page has read all of it: no request is on its way."""
    card = panel.locator(".card").filter(has=panel.page.get_by_role("heading", name=name))
    expect(card.locator(".card-text")).not_to_be_empty()
    card.get_by_text("more").click()
    return card


def test_models_are_renamed_exported_and_removed(open_studio: OpenPage, tmp_path: Path) -> None:
    page = open_studio()
    panel = show_panel(page, "library")
    card = card_of(panel, "other")
    card.get_by_label("name").fill("glass")
    card.get_by_role("button", name="rename").click()
    card = card_of(panel, "glass")
    with page.expect_download() as download:
        card.get_by_role("link", name="export").click()
    assert download.value.suggested_filename == "glass.distill"
    remove = card.get_by_role("button", name="remove glass")
    remove.click()
    expect(card).to_have_count(1)  # the first press asks
    remove.click()
    expect(card).to_have_count(0)


@pytest.mark.parametrize("screen", SCREENS)
def test_axe_finds_nothing_and_all_is_within_reach(open_studio: OpenPage, screen: str) -> None:
    page = open_studio(screen=SCREENS[screen], touch=screen != "desktop", reduced_motion=True)
    for name in PANELS:
        panel = show_panel(page, name)
        if name == "recordings":
            panel.get_by_text("1 recording removed").click()
        if name == "library":
            panel.get_by_text("more").last.click()
        for scheme in ("dark", "light"):
            page.evaluate("(it) => void (document.documentElement.dataset.theme = it)", scheme)
            check_looks(page, f"{name}, {scheme}")


def test_why_the_state_cannot_be_read_is_shown(
    studio: Studio, open_studio: OpenPage, problems: Problems
) -> None:
    problems.expected.append("400 (Bad Request)")  # what panels ask for meanwhile
    page = open_studio()
    file = studio.user_folder / "studio.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    kept = file.read_bytes() if file.exists() else None
    file.write_text('{"format": 2}')
    try:
        expect(page.locator("#notice")).to_contain_text("this version reads up to 1")
        expect(page.locator("#lost")).to_be_hidden()
    finally:
        file.unlink() if kept is None else file.write_bytes(kept)


def test_typed_text_stays_and_the_page_connects_again(
    studio: Studio, open_studio: OpenPage, problems: Problems
) -> None:
    problems.expected += ["ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED_ENCODING"]
    problems.expected += ["403 (Forbidden)", "400 (Bad Request)"]  # the old token, and /etc
    page = open_studio()
    panel = show_panel(page, "train")
    name = panel.get_by_label("name of the model")
    name.fill("not yet sent")
    studio.close()
    expect(page.locator("#lost")).to_be_visible()
    with Studio(studio.home, "--port", str(studio.port)):
        page.locator("body.connected").wait_for()
        expect(name).to_have_value("not yet sent")
        panel = show_panel(page, "recordings")
        panel.get_by_text("open or make a folder").click()
        panel.get_by_label("new folder").fill("after")  # with the token of the new start
        panel.get_by_role("button", name="make it").click()
        chosen = panel.get_by_label("folder", exact=True).locator("option:checked")
        expect(chosen).to_have_text("after")
        panel.get_by_label("folder on this computer").fill("/etc")
        panel.get_by_role("button", name="open it").click()
        expect(page.locator("#notice")).to_contain_text("/etc is not below")
