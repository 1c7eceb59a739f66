"""The means of the page's tests: fingers that touch at once, problems that are found."""

import pytest
from playwright.sync_api import Browser
from support.browser import Fingers, Problems, new_page

pytestmark = pytest.mark.process

POINTERS = """() => {
  window.seen = [];
  for (const kind of ["pointerdown", "pointermove", "pointerup", "pointercancel"]) {
    addEventListener(kind, (event) => seen.push([kind, event.pointerId, event.clientX]));
  }
}"""


def test_two_fingers_are_two_pointers_and_lift_one_by_one(browser: Browser) -> None:
    page = new_page(browser, Problems(()), touch=True)
    page.set_content("<body style='height: 90vh; touch-action: none'>")
    page.evaluate(POINTERS)
    fingers = Fingers(page)
    fingers.press(1, 100, 100)
    fingers.press(2, 300, 100)
    fingers.move(1, 150, 100, steps=2)
    fingers.lift(1)
    fingers.move(2, 350, 100, steps=1)
    fingers.lift(2)
    page.wait_for_function("seen.filter(([kind]) => kind === 'pointerup').length === 2")
    seen = page.evaluate("seen")
    first, second = (pointer for kind, pointer, _ in seen if kind == "pointerdown")
    assert seen == [
        ["pointerdown", first, 100],
        ["pointerdown", second, 300],
        ["pointermove", first, 125],
        ["pointermove", first, 150],
        ["pointerup", first, 150],
        ["pointermove", second, 350],
        ["pointerup", second, 350],
    ]


def test_errors_warnings_and_requests_elsewhere_are_problems(browser: Browser) -> None:
    problems = Problems(("http://127.0.0.1:1",), expected=["provoked"])
    page = new_page(browser, problems)
    page.route("**", lambda route: route.fulfill(status=200, body=""))
    page.evaluate("console.log('fine'), console.error('provoked'), console.warn('odd')")
    page.evaluate("setTimeout(() => { throw new Error('thrown') })")
    page.evaluate("new Promise((done) => setTimeout(done))")  # after it was thrown
    page.evaluate("fetch('http://127.0.0.1:1/tree', { mode: 'no-cors' })")
    page.evaluate("fetch('http://127.0.0.1:12/tree', { mode: 'no-cors' })")
    assert sorted(problems.found) == [
        "error: provoked",
        "exception: thrown",
        "request: http://127.0.0.1:12/tree",
        "warning: odd",
    ]
    with pytest.raises(AssertionError, match="odd"):
        problems.check()
