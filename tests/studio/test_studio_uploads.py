"""Uploads to the studio: what is too long, breaks off or does not fit leaves nothing."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.types import Message

from distill_live import library
from distill_train.studio import folders, models
from distill_train.studio.app import make_app
from distill_train.studio.instrument import Instrument
from distill_train.studio.session import Session


def upload(name: str, query: str, messages: Iterator[Message]) -> tuple[int, Any]:
    """Status and JSON value of the answer to a request that comes in parts."""
    session, sent = Session(Instrument(1)), []

    async def receive() -> Message:
        return next(messages, {"type": "http.disconnect"})

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": f"/api/{name}",
        "query_string": query.encode(),
        "headers": [(b"host", b"localhost"), (b"x-token", session.token.encode())],
    }
    asyncio.run(make_app(session)(scope, receive, send))
    body = b"".join(message.get("body", b"") for message in sent)
    return sent[0]["status"], json.loads(body)


def parts(count: int, *, ends: bool = True) -> Iterator[Message]:
    for _ in range(count):
        yield {"type": "http.request", "body": b"0123456789", "more_body": True}
    if ends:
        yield {"type": "http.request", "body": b"", "more_body": False}


@pytest.fixture
def field(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(library, "user_data_path", lambda *_, **__: tmp_path)
    monkeypatch.setattr(folders, "MAX_UPLOAD_BYTES", 100)
    monkeypatch.setattr(models, "MAX_MODEL_BYTES", 100)
    folders.make_recordings_folder("field")
    return folders.recordings_folder() / "field"


def test_a_recording_comes_in_parts_and_is_whole_or_not_there(field: Path) -> None:
    query = f"folder={folders.path_id(field)}&name=x.wav"
    status, answer = upload("upload", query, parts(11))
    assert (status, answer["error"]) == (400, "the file is over 100 bytes; cut it into parts")
    status, answer = upload("upload", query, parts(3, ends=False))
    assert (status, answer["error"]) == (400, "the upload broke off; send the file again")
    assert list(field.iterdir()) == []
    assert upload("upload", query, parts(10)) == (200, {})
    assert [path.name for path in field.iterdir()] == ["x.wav"]
    assert (field / "x.wav").read_bytes() == b"0123456789" * 10


def test_what_is_no_model_is_not_in_the_library(field: Path) -> None:
    for sent, reason in (
        (parts(11), "the file is over 100 bytes"),
        (parts(3, ends=False), "the upload broke off"),
        (parts(3), "x: is no .distill file"),
    ):
        status, answer = upload("model/import", "name=x.distill", sent)
        assert status == 400
        assert answer["error"].startswith(reason)
    assert list(library.user_models().iterdir()) == []
    status, answer = upload("model/import", "name=../x.distill", parts(3))
    assert status == 400
    assert "cannot be called" in answer["error"]
