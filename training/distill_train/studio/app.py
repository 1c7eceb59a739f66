"""Web application of the studio: its pages, and the requests that they make.

Requests that read are GET, with their values in the query; requests that change something are POST,
with a JSON object or the bytes of a file. An error is answered as ``{"error": "one line"}``.
"""

import asyncio
import json
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from distill_live.errors import CommandError, DistillError
from distill_live.files import printable, reason_of
from distill_live.library import SUFFIX
from distill_live.page.assets import DOCUMENT, read_assets
from distill_train.studio import folders, models
from distill_train.studio.access import HEADERS, AccessControl
from distill_train.studio.requests import GETS, POSTS, Act, Values, text
from distill_train.studio.session import Feed, Session

MAX_JSON_BYTES = 64 * 1024

POLL_S = 0.5
"""Time between looks for news, while a page listens."""

REFUSED_S = 5.0
"""Time between looks that fail: a page shows a line for a little longer."""

MAX_LISTENERS = 16
"""Maximum number of pages that listen to events."""

TOKEN = b"{{token}}"
"""Stands in the document where the server puts the token."""


def make_app(session: Session) -> Starlette:
    """Build the application."""
    routes = [
        Route("/", _document),
        *(Route(f"/api/{name}", _answer(act, _query)) for name, act in GETS.items()),
        *(
            Route(f"/api/{name}", _answer(act, _json_body), methods=["POST"])
            for name, act in POSTS.items()
        ),
        Route("/api/events", _events),
        Route("/api/upload", _upload_recording, methods=["POST"]),
        Route("/api/model/import", _upload_model, methods=["POST"]),
        Route("/{place}/{name}", _asset),
    ]
    app = Starlette(
        routes=routes,
        middleware=[Middleware(AccessControl, token=session.token)],
        exception_handlers={
            DistillError: _refuse,
            OSError: _refuse,
            HTTPException: _refuse_route,
            Exception: _fail,
        },
    )
    app.state.session = session
    app.state.pages = {"page": read_assets(), "studio": read_assets("distill_train.studio.page")}
    return app


class JSON(JSONResponse):
    """JSON value in ASCII, since names in files may hold half a surrogate pair.

    Numbers that are not finite are null.
    """

    def render(self, content: Any) -> bytes:
        """Encode."""
        return json.dumps(_finite(content), separators=(",", ":")).encode()


async def _query(request: Request) -> Values:
    return request.query_params


async def _json_body(request: Request) -> Values:
    """JSON object of a request.

    Raises
    ------
    CommandError
        If it is too long, or no object.
    """
    data = b""
    async for chunk in request.stream():
        data += chunk
        if len(data) > MAX_JSON_BYTES:
            raise CommandError(f"the request is over {MAX_JSON_BYTES} bytes; send less at a time")
    try:
        values = json.loads(data or b"{}")
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, dict):
        raise CommandError("the request is no JSON object; load the page again")
    return values


def _answer(
    act: Act, read: Callable[[Request], Awaitable[Values]]
) -> Callable[[Request], Awaitable[Response]]:
    """Endpoint that answers with what `act` returns, in a thread; None becomes ``{}``."""

    async def endpoint(request: Request) -> Response:
        found = await run_in_threadpool(act, request.app.state.session, await read(request))
        return found if isinstance(found, Response) else JSON(found or {})

    return endpoint


async def _upload_recording(request: Request) -> Response:
    values = request.query_params
    target = folders.uploaded(text(values, "folder"), text(values, "name"))
    await _receive(request, target, folders.MAX_UPLOAD_BYTES)
    return JSON({})


async def _upload_model(request: Request) -> Response:
    name = text(request.query_params, "name").removesuffix(SUFFIX)
    await _receive(request, models.uploaded(name), models.MAX_MODEL_BYTES)
    return JSON({"id": name})


async def _receive(
    request: Request, target: AbstractContextManager[Path], limit_bytes: int
) -> None:
    """Write the body of a request to the path that a context manager gives.

    Raises
    ------
    CommandError
        If it is too long, or breaks off.
    """
    stack = ExitStack()
    path = await run_in_threadpool(stack.enter_context, target)
    try:
        with path.open("wb") as file:
            size = 0
            async for chunk in request.stream():
                size += len(chunk)
                if size > limit_bytes:
                    raise CommandError(f"the file is over {limit_bytes} bytes; cut it into parts")
                file.write(chunk)
    except BaseException as error:
        ended = CommandError("the upload broke off; send the file again")
        raised = ended if isinstance(error, ClientDisconnect) else error
        stack.__exit__(type(raised), raised, raised.__traceback__)
        raise raised from None
    await run_in_threadpool(stack.close)


async def _document(request: Request) -> Response:
    state = request.app.state
    asset = state.pages["studio"][DOCUMENT]
    data = asset.data.replace(TOKEN, state.session.token.encode())
    return Response(data, media_type=asset.media_type, headers={"Cache-Control": "no-store"})


async def _asset(request: Request) -> Response:
    place, name = request.path_params["place"], request.path_params["name"]
    asset = request.app.state.pages.get(place, {}).get(name)
    if asset is None:
        raise HTTPException(404)
    headers = {"ETag": asset.tag}
    if asset.tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(asset.data, media_type=asset.media_type, headers=headers)


async def _events(request: Request) -> Response:
    session: Session = request.app.state.session
    if session.listeners >= MAX_LISTENERS:
        raise CommandError(f"{MAX_LISTENERS} pages of the studio are open; close one")
    return StreamingResponse(_news(request, session), media_type="text/event-stream")


async def _news(request: Request, session: Session) -> AsyncIterator[str]:
    """Server-sent events: the state when it changes, and what runs log from now on.

    Where it cannot be read, an event `refusal` says why, again and again.
    """
    feed = Feed(session)
    session.listeners += 1
    try:
        while not await request.is_disconnected():
            pause_s = POLL_S
            try:
                news = await run_in_threadpool(feed.news)
            except (DistillError, OSError) as error:
                news, pause_s = [("refusal", {"error": _line(error)})], REFUSED_S
            for name, data in news:
                yield f"event: {name}\ndata: {json.dumps(_finite(data))}\n\n"
            await asyncio.sleep(pause_s)
    finally:
        session.listeners -= 1


async def _refuse(_request: Request, error: Exception) -> Response:
    return JSON({"error": _line(error)}, 400)


def _line(error: Exception) -> str:
    text = str(error)
    if isinstance(error, OSError):
        text = f"{error.filename or 'the file'}: the system refuses ({reason_of(error)})"
    return printable(text)


async def _refuse_route(request: Request, error: Exception) -> Response:
    status = getattr(error, "status_code", 404)
    return JSON({"error": f"there is no {printable(request.url.path)[:100]}"}, status)


async def _fail(_request: Request, error: Exception) -> Response:
    # Starlette answers outside of `AccessControl`.
    return JSON({"error": f"internal error: {type(error).__name__}: {error}"}, 500, HEADERS)


def _finite(value: Any) -> Any:
    """JSON value with None for numbers that are not finite."""
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
