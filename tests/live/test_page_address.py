"""Where the page is: opened in a browser, drawn as a QR code, shown in the display."""

import webbrowser
from dataclasses import replace

import pytest
from rich.console import Console
from support.instrument import wait_until
from support.log_lines import logged_lines

from distill_live.live.control.terminal import browser
from distill_live.live.control.terminal.browser import open_in_browser
from distill_live.live.control.terminal.display import Snapshot, describe
from distill_live.live.control.terminal.qr_code import BORDER_MODULES, qr_lines

URL = "http://127.0.0.1:9011/"

SNAPSHOT = Snapshot("tiny", "null output", 16.0, 0.25, 0.5, 0, 0, 0, 0, 0, (), ())


def test_the_browser_is_opened_where_there_is_a_desktop(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def remember(url: str) -> bool:
        opened.append(url)
        return True

    monkeypatch.setattr(browser, "_has_desktop", lambda: True)
    monkeypatch.setattr(webbrowser, "open", remember)
    with logged_lines() as lines:
        open_in_browser(URL)
        wait_until(lambda: opened == [URL], "the browser to open")
    assert lines == []


def test_a_browser_that_does_not_open_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(url: str) -> bool:
        raise webbrowser.Error("could not locate runnable browser")

    for desktop, opens, reason in (
        (False, lambda _: True, "there is no browser"),
        (True, lambda _: False, "there is no browser"),
        (True, fail, "could not locate runnable browser"),
    ):
        monkeypatch.setattr(browser, "_has_desktop", lambda there=desktop: there)
        monkeypatch.setattr(webbrowser, "open", opens)
        with logged_lines() as lines:
            open_in_browser(URL)
            wait_until(lines.copy, "a line")
        assert lines == [f"The page was not opened ({reason}); open {URL} yourself."]


def test_the_display_shows_the_address_unless_there_is_none() -> None:
    def shown(snapshot: Snapshot) -> str:
        console = Console(width=80)
        with console.capture() as capture:
            console.print(describe(snapshot))
        return capture.get()

    assert URL in shown(replace(SNAPSHOT, page_url=URL)).splitlines()[1]
    assert "http" not in shown(SNAPSHOT)


def test_a_qr_code_has_the_modules_that_it_should() -> None:
    segno = pytest.importorskip("segno", reason="needs segno")
    lines = qr_lines(URL)
    matrix = [list(row) for row in segno.make(URL, micro=False).matrix_iter(border=BORDER_MODULES)]
    light = {" ": (0, 0), "▄": (0, 1), "▀": (1, 0), "█": (1, 1)}
    drawn = [[light[one][half] for one in line] for line in lines for half in (0, 1)]
    assert [[1 - one for one in row] for row in drawn][: len(matrix)] == [
        [int(bool(one)) for one in row] for row in matrix
    ]
