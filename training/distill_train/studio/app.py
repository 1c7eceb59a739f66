"""Web application of the studio: its pages, and the requests that they make.

Requests that read are GET, with their values in the query; requests that change something are POST,
with a JSON object or the bytes of a file. An error is answered as ``{"error": "one line"}``.
"""

import asyncio
import json
import math
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from distill_live.errors import CommandError, DistillError
from distill_live.files import printable
from distill_live.library import SUFFIX
from distill_live.offline.formats import FORMATS
from distill_live.page.assets import DOCUMENT, read_assets
from distill_live.user_files import is_number
from distill_train.corpus.containers.kinds import SUFFIXES
from distill_train.output_paths import PREVIEWS, REPORT, finished_bundle
from distill_train.studio import folders, models, recordings, renders, settings
from distill_train.studio.access import AccessControl
from distill_train.studio.comparison import Comparisons, comparisons_folder
from distill_train.studio.instrument import Instrument
from distill_train.studio.renders import Renders
from distill_train.studio.runs import Runs

MAX_JSON_BYTES = 64 * 1024

POLL_S = 0.5
"""Time between looks for news, while a page listens."""

MAX_LISTENERS = 16
"""Maximum number of pages that listen to events."""

TOKEN = b"{{token}}"
"""Stands in the document where the server puts the token."""

REPORT_HEADERS = {
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'none'",
            "script-src 'unsafe-inline'",
            "style-src 'unsafe-inline'",
            "img-src data:",
            "media-src data:",
            "sandbox allow-scripts",
        )
    ),
    "Cross-Origin-Opener-Policy": "unsafe-none",  # browsers refuse it together with a sandbox
}
"""Headers of a run's report: one file with scripts, styles and sounds, in an origin of its own."""

SOUND_TYPES = {
    ".wav": "audio/wav",
    ".flac": "audio/flac",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".oga": "audio/ogg",
    ".opus": "audio/ogg",
}
"""Media types by suffix; files with another suffix are downloads."""

OPTIONS = {
    "presets": [
        {"name": "conservative", "text": "minutes of sound and more: nearest to the recordings"},
        {"name": "balanced", "text": "a minute of sound"},
        {"name": "aggressive", "text": "a few seconds: smoother between the recordings"},
        {"name": "auto", "text": "by the amount of sound"},
    ],
    "profiles": [
        {"name": "standard", "text": "the better sound"},
        {"name": "low-latency", "text": "reacts sooner, half the network"},
    ],
    "formats": list(FORMATS),
    "suffixes": sorted(SUFFIXES),
}
"""Choices of the pages: presets and profiles of a run, formats of renders, recordings by name."""

Values = Mapping[str, Any]


@dataclass(eq=False)
class Studio:
    """What the requests work on.

    Attributes
    ----------
    instrument
        The instrument that the studio starts.
    runs, renders
        Processes.
    token
        Token of this start.
    """

    instrument: Instrument
    runs: Runs = field(default_factory=Runs)
    renders: Renders = field(default_factory=Renders)
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    comparisons: Comparisons = field(default_factory=Comparisons)
    listeners: int = 0

    def __post_init__(self) -> None:
        self.pages = {"page": read_assets(), "studio": read_assets("distill_train.studio.page")}

    def run_folders(self) -> dict[str, Path]:
        """Folders of runs by id."""
        return self.runs.find(folders.open_folders().values())

    def find_run(self, run_id: str) -> Path:
        """Folder of a run.

        Raises
        ------
        CommandError
            If there is none.
        """
        folder = self.run_folders().get(run_id)
        if folder is None:
            raise CommandError("there is no such run; its folder may have been moved")
        return folder

    def state(self) -> dict[str, Any]:
        """Folders, runs, models, renders, choices between models, and the instrument that plays."""
        known = folders.open_folders()
        runs = [self.runs.describe(path) for path in self.runs.find(known.values()).values()]
        by_path = {str(path.resolve()): folder_id for folder_id, path in known.items()}
        for run in runs:
            run["folder"] = by_path.get(run["folder"])
        return {
            "folders": [
                {
                    "id": folder_id,
                    "name": path.name,
                    "path": str(path),
                    "own": path.parent == folders.recordings_folder(),  # it is always open
                }
                for folder_id, path in known.items()
            ],
            "runs": runs,
            "models": models.list_models(),
            "jobs": self.renders.list_jobs(),
            "choices": settings.read()["choices"],
            "live": self.instrument.playing(),
        }


def make_app(studio: Studio) -> Starlette:
    """Build the application."""
    gets: dict[str, Callable[[Studio, Values], Any]] = {
        "state": lambda studio, _: studio.state(),
        "options": lambda *_: OPTIONS,
        "recordings": lambda _, values: recordings.describe_folder(
            folders.find_folder(_text(values, "folder"))
        ),
        "waveform": lambda _, values: {"peaks": recordings.waveform(_recording(values))},
        "audio": _audio,
        "run": _run,
        "preview": _preview,
        "run/report": _report,
        "model": lambda _, values: models.describe(_text(values, "id")),
        "model/file": lambda _, values: _download(models.find(_text(values, "id"))),
        "render/audio": lambda _, values: _sound(renders.find(_text(values, "job"))),
        "render/file": lambda _, values: _download(renders.find(_text(values, "job"))),
        "compare": _comparison,
        "compare/audio": lambda _, values: _sound(
            folders.file_below(comparisons_folder(), _text(values, "file"), Path.is_file)
        ),
    }
    posts: dict[str, Callable[[Studio, Values], Any]] = {
        "folders": lambda _, values: {"id": folders.open_by_request(_text(values, "path"))},
        "folders/new": lambda _, values: {
            "id": folders.make_recordings_folder(_text(values, "name"))
        },
        "folders/close": lambda _, values: folders.close_folder(_text(values, "id")),
        "train": _train,
        "run/stop": lambda studio, values: studio.runs.stop(studio.find_run(_text(values, "id"))),
        "run/resume": lambda studio, values: studio.runs.resume(
            studio.find_run(_text(values, "id")), **_limits(values)
        ),
        "run/remove": lambda studio, values: studio.runs.remove(
            studio.find_run(_text(values, "id"))
        ),
        "run/import": _import_run,
        "model/rename": lambda _, values: {
            "id": models.rename(_text(values, "id"), _text(values, "name"))
        },
        "model/remove": lambda _, values: models.remove(_text(values, "id")),
        "compare": _compare,
        "compare/choice": _choose,
        "render": _render,
        "render/remove": lambda studio, values: studio.renders.remove(_text(values, "job")),
        "play": lambda studio, values: {
            "url": studio.instrument.play(models.find(_text(values, "model")))
        },
        "play/stop": lambda studio, _: studio.instrument.stop(),
    }
    routes = [
        Route("/", _document),
        *(Route(f"/api/{name}", _answer(act, _query)) for name, act in gets.items()),
        *(
            Route(f"/api/{name}", _answer(act, _json_body), methods=["POST"])
            for name, act in posts.items()
        ),
        Route("/api/events", _events),
        Route("/api/upload", _upload_recording, methods=["POST"]),
        Route("/api/model/import", _upload_model, methods=["POST"]),
        Route("/{place}/{name}", _asset),
    ]
    app = Starlette(
        routes=routes,
        middleware=[Middleware(AccessControl, token=studio.token)],
        exception_handlers={DistillError: _refuse, HTTPException: _refuse_route, Exception: _fail},
    )
    app.state.studio = studio
    return app


def _text(values: Values, key: str, default: str | None = None) -> str:
    """Text of a request.

    Raises
    ------
    CommandError
        If it is missing, or something else.
    """
    value = values.get(key, default)
    if not isinstance(value, str):
        raise CommandError(f"the request lacks {key}, a text; load the page again")
    return value


def _number(values: Values, key: str) -> float | None:
    """Number of a request, None if it is missing.

    Raises
    ------
    CommandError
        If it is something else.
    """
    value = values.get(key)
    if value is not None and not is_number(value):
        raise CommandError(f"{key} is no number; give one, or leave it out")
    return value


def _whole(values: Values, key: str) -> int | None:
    value = _number(values, key)
    if value is not None and value != int(value):
        raise CommandError(f"{key} is {value:g}; it must be a whole number")
    return None if value is None else int(value)


def _limits(values: Values) -> dict[str, Any]:
    return {"minutes": _number(values, "minutes"), "epochs": _whole(values, "epochs")}


def _recording(values: Values) -> Path:
    return folders.find_recording(_text(values, "folder"), _text(values, "file"))


def _audio(_studio: Studio, values: Values) -> Response:
    return _sound(recordings.playable(_recording(values), folders.cache_folder() / "recordings"))


def _run(studio: Studio, values: Values) -> dict[str, Any]:
    folder = studio.find_run(_text(values, "id"))
    return {"run": studio.runs.describe(folder), **studio.runs.history(folder)}


def _preview(studio: Studio, values: Values) -> Response:
    folder = studio.find_run(_text(values, "run")) / PREVIEWS
    return _sound(folders.file_below(folder, _text(values, "file"), Path.is_file))


def _report(studio: Studio, values: Values) -> Response:
    folder = studio.find_run(_text(values, "id"))
    report = folders.file_below(folder, REPORT, Path.is_file)
    return FileResponse(report, media_type="text/html", headers=REPORT_HEADERS)


def _train(studio: Studio, values: Values) -> dict[str, str]:
    folder = studio.runs.train(
        folders.find_folder(_text(values, "folder")),
        preset=_text(values, "preset", "conservative"),
        profile=_text(values, "profile", "standard"),
        name=_text(values, "name", ""),
        **_limits(values),
    )
    return {"id": folders.path_id(folder)}


def _import_run(studio: Studio, values: Values) -> dict[str, str]:
    folder = studio.find_run(_text(values, "id"))
    bundle = finished_bundle(folder)
    if bundle is None:
        raise CommandError(f"{printable(folder.stem)} has made no model yet; let it finish first")
    return {"id": models.import_bundle(bundle)}


def _compare(studio: Studio, values: Values) -> dict[str, str]:
    folder = _text(values, "folder", "")
    job = studio.comparisons.start(
        models.find(_text(values, "a")),
        models.find(_text(values, "b")),
        folders.find_folder(folder) if folder else None,
    )
    return {"job": job}


def _comparison(studio: Studio, values: Values) -> dict[str, Any]:
    job = _text(values, "job")
    pairs = studio.comparisons.pairs(job)
    for pair in pairs or ():
        for key in ("a", "b", "original"):
            if pair[key] is not None:
                pair[key] = f"/api/compare/audio?{urlencode({'file': f'{job}/{pair[key]}'})}"
    return {"ready": pairs is not None, "pairs": pairs or []}


def _choose(_studio: Studio, values: Values) -> None:
    a, b = (models.fingerprint(_text(values, key)) for key in ("a", "b"))
    winner = _text(values, "winner", "")
    if winner not in ("a", "b", ""):
        raise CommandError(f"winner is {printable(winner)[:20]!r}; it must be a, b or empty")
    settings.keep_choice(a, b, {"a": a, "b": b, "": ""}[winner])


def _render(studio: Studio, values: Values) -> dict[str, str]:
    motion = {key: _text(values, key, "") for key in ("path", "preset")}
    seconds, seed = _number(values, "seconds"), _whole(values, "seed")
    job = studio.renders.start(
        models.find(_text(values, "model")),
        motion=motion,
        seconds=10.0 if seconds is None else seconds,
        suffix=_text(values, "format", ".wav"),
        seed=seed or 0,
    )
    return {"job": job}


def _sound(path: Path) -> Response:
    """A sound file, any range of it."""
    return FileResponse(path, media_type=SOUND_TYPES.get(path.suffix.lower()))


def _download(path: Path) -> Response:
    return FileResponse(path, filename=path.name, media_type="application/octet-stream")


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
    act: Callable[[Studio, Values], Any], read: Callable[[Request], Awaitable[Values]]
) -> Callable[[Request], Awaitable[Response]]:
    """Endpoint that answers with what `act` returns, in a thread; None becomes ``{}``."""

    async def endpoint(request: Request) -> Response:
        found = await run_in_threadpool(act, request.app.state.studio, await read(request))
        return found if isinstance(found, Response) else JSONResponse(_finite(found or {}))

    return endpoint


async def _upload_recording(request: Request) -> Response:
    values = request.query_params
    target = folders.uploaded(_text(values, "folder"), _text(values, "name"))
    await _receive(request, target, folders.MAX_UPLOAD_BYTES)
    return JSONResponse({})


async def _upload_model(request: Request) -> Response:
    name = _text(request.query_params, "name").removesuffix(SUFFIX)
    await _receive(request, models.uploaded(name), models.MAX_MODEL_BYTES)
    return JSONResponse({"id": name})


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
    studio: Studio = request.app.state.studio
    asset = studio.pages["studio"].get(DOCUMENT)
    if asset is None:
        raise HTTPException(404)
    data = asset.data.replace(TOKEN, studio.token.encode())
    return Response(data, media_type=asset.media_type, headers={"Cache-Control": "no-store"})


async def _asset(request: Request) -> Response:
    studio: Studio = request.app.state.studio
    asset = studio.pages.get(request.path_params["place"], {}).get(request.path_params["name"])
    if asset is None:
        raise HTTPException(404)
    headers = {"ETag": asset.tag}
    if asset.tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(asset.data, media_type=asset.media_type, headers=headers)


async def _events(request: Request) -> Response:
    studio: Studio = request.app.state.studio
    if studio.listeners >= MAX_LISTENERS:
        raise CommandError(f"{MAX_LISTENERS} pages of the studio are open; close one")
    return StreamingResponse(_news(request, studio), media_type="text/event-stream")


async def _news(request: Request, studio: Studio) -> AsyncIterator[str]:
    """Server-sent events: the state when it changes, and what runs log from now on."""
    feed = Feed(studio)
    studio.listeners += 1
    try:
        while not await request.is_disconnected():
            for name, data in await run_in_threadpool(feed.news):
                yield f"event: {name}\ndata: {json.dumps(_finite(data))}\n\n"
            await asyncio.sleep(POLL_S)
    finally:
        studio.listeners -= 1


class Feed:
    """News for one page.

    Parameters
    ----------
    studio
        The studio.
    """

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._state: dict[str, Any] | None = None
        self._counts: dict[str, int] = {}

    def news(self) -> list[tuple[str, Any]]:
        """Events since the last call, each with its data; of steps only the newest of each run."""
        found: list[tuple[str, Any]] = []
        for run_id, folder in self._studio.run_folders().items():
            events, count = self._studio.runs.events_after(folder, self._counts.get(run_id, -1))
            if run_id in self._counts:
                steps = [one for one in events if one["event"] == "StepMetrics"][:-1]
                kept = [one for one in events if not any(one is step for step in steps)]
                found += [("run", {"run": run_id, "event": event}) for event in kept]
            self._counts[run_id] = count
        state = self._studio.state()
        if state != self._state:
            self._state = state
            found.append(("state", state))
        return found


async def _refuse(_request: Request, error: Exception) -> Response:
    return JSONResponse({"error": printable(str(error))}, 400)


async def _refuse_route(request: Request, error: Exception) -> Response:
    status = getattr(error, "status_code", 404)
    return JSONResponse({"error": f"there is no {printable(request.url.path)[:100]}"}, status)


async def _fail(_request: Request, error: Exception) -> Response:
    return JSONResponse({"error": f"internal error: {type(error).__name__}: {error}"}, 500)


def _finite(value: Any) -> Any:
    """JSON value with None for numbers that are not finite."""
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
