"""Requests for the play page: which file they mean, and the headers of the answer."""

from http import HTTPStatus
from pathlib import Path

import pytest

import distill_live.page
from distill_live.oscquery.page import asset_name, is_navigation, page_response, prefers_html
from distill_live.page.assets import DOCUMENT, MEDIA_TYPES, Asset, read_assets

CHROMIUM = (
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8,"
    "application/signed-exchange;v=b3;q=0.7"
)
FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize("accept", [CHROMIUM, FIREFOX, "text/html", "TEXT/HTML;q=0.2", "text/*"])
def test_html_is_preferred(accept: str) -> None:
    assert prefers_html(accept)
    assert asset_name("/", accept) == DOCUMENT


@pytest.mark.parametrize(
    "accept",
    [
        None,
        "",
        "*/*",
        "application/json",
        "application/json, text/html;q=0.9",
        "text/html;q=0.5, application/*",
        "text/html;q=x, */*",
        ";;,,q=1;text/html",
    ],
)
def test_json_is_preferred_or_as_good(accept: str | None) -> None:
    assert not prefers_html(accept)
    assert asset_name("/", accept) is None


def test_only_the_root_has_a_page_and_the_folder_its_files() -> None:
    assert asset_name("/?HTML", None) == asset_name("?HTML", None) == DOCUMENT
    assert asset_name("/?HOST_INFO", CHROMIUM) is None
    assert asset_name("/distill/gain", CHROMIUM) is None
    assert asset_name("/distill/gain?HTML", CHROMIUM) is None
    assert asset_name("/page/main.js?v=2", "*/*") == "main.js"
    assert asset_name("/page/", CHROMIUM) == ""


def test_a_link_leads_to_the_document_and_a_frame_does_not() -> None:
    assert is_navigation("cross-site", "navigate", "document")
    assert is_navigation("cross-site", "navigate", None)
    assert not is_navigation("cross-site", "navigate", "iframe")
    assert not is_navigation("cross-site", "no-cors", "document")
    assert not is_navigation("cross-site", None, None)


def test_every_file_of_the_page_is_served_with_its_type() -> None:
    folder = Path(distill_live.page.__file__).parent
    files = {file.name for file in folder.iterdir() if file.suffix != ".py" and file.is_file()}
    assets = read_assets()
    assert set(assets) == files, f"a suffix is not among {', '.join(MEDIA_TYPES)}"
    assert assets[DOCUMENT].media_type == "text/html; charset=utf-8"
    assert assets[DOCUMENT].data == (folder / DOCUMENT).read_bytes()
    assert sum(len(asset.data) for asset in assets.values()) < 300_000


def test_what_the_browser_has_is_not_sent_again() -> None:
    asset = Asset(b"content", "text/css", '"tag"')
    first = page_response(asset, None)
    assert (first.status_code, first.body) == (HTTPStatus.OK, b"content")
    assert first.headers["ETag"] == '"tag"'
    for tags in ('"tag"', 'W/"tag"', '"other", "tag"'):
        again = page_response(asset, tags)
        assert (again.status_code, again.body) == (HTTPStatus.NOT_MODIFIED, b"")
    assert page_response(asset, '"other"').status_code == HTTPStatus.OK
