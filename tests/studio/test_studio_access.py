"""Access to the studio: from this computer, by its own pages, with its token."""

import asyncio
import json
from typing import Any
from unittest.mock import MagicMock

import pytest

from distill_train.studio.access import HEADERS, refusal
from distill_train.studio.app import make_app

OURS = {"host": "localhost:9020", "origin": "http://localhost:9020", "x-token": "right"}


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/", {}),
        ("GET", "/api/state", {"origin": "http://localhost:9020"}),
        ("GET", "/api/state", {"host": "127.0.0.1:9020"}),
        ("GET", "/api/state", {"host": "[::1]:9020"}),
        ("GET", "/api/audio", {"sec-fetch-site": "same-origin"}),
        ("GET", "/api/audio", {"sec-fetch-site": "none"}),
        # a link on another page opens the document in a tab
        ("GET", "/", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}),
        ("POST", "/api/train", OURS),
        ("POST", "/api/train", {"x-token": "right"}),  # a program
    ],
)
def test_what_this_computer_asks_is_answered(
    method: str, path: str, headers: dict[str, str]
) -> None:
    assert refusal(method, path, {"host": "localhost:9020", **headers}, "right") == ""


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/", {"host": ""}),
        ("GET", "/", {"host": "evil.example:9020"}),  # made to resolve to this computer
        ("GET", "/", {"host": "192.168.0.7:9020"}),
        ("GET", "/", {"host": "localhost.evil.example"}),
        ("GET", "/api/state", {"origin": "http://evil.example"}),
        ("GET", "/api/state", {"origin": "null"}),
        ("GET", "/api/state", {"origin": "http://localhost:9021"}),  # another program's page
        ("GET", "/api/audio", {"sec-fetch-site": "cross-site"}),
        ("GET", "/api/audio", {"sec-fetch-site": "same-site"}),
        ("GET", "/api/state", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}),
        (
            "GET",
            "/",
            {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
            | {"sec-fetch-dest": "iframe"},
        ),
        ("POST", "/api/train", {**OURS, "x-token": "wrong"}),
        ("POST", "/api/train", {**OURS, "x-token": "rïght"}),
        ("POST", "/api/train", {"host": "localhost:9020"}),
        ("POST", "/api/train", {**OURS, "origin": "http://evil.example"}),
        ("DELETE", "/api/train", OURS),
        ("OPTIONS", "/api/train", OURS),
    ],
)
def test_what_other_pages_ask_is_refused(method: str, path: str, headers: dict[str, str]) -> None:
    assert refusal(method, path, {"host": "localhost:9020", **headers}, "right")


def test_an_internal_error_has_the_headers_of_every_answer() -> None:
    session, sent = MagicMock(token="right"), []
    session.state.side_effect = ZeroDivisionError("once")

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/api/state", "query_string": b""}
    scope["headers"] = [(b"host", b"localhost:9020")]
    with pytest.raises(ZeroDivisionError):
        asyncio.run(make_app(session)(scope, receive, send))
    start, body = sent
    assert start["status"] == 500
    assert "ZeroDivisionError: once" in json.loads(body["body"])["error"]
    headers = {name.decode(): value.decode() for name, value in start["headers"]}
    assert {name.lower(): value for name, value in HEADERS.items()}.items() <= headers.items()
