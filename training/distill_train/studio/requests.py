"""Requests of the pages by name: what each reads or changes, given its values."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from starlette.responses import FileResponse, Response

from distill_live.errors import CommandError
from distill_live.files import printable
from distill_live.offline.formats import FORMATS
from distill_live.user_files import is_number
from distill_train.corpus.containers.kinds import SUFFIXES
from distill_train.output_paths import PREVIEWS, REPORT, finished_bundle
from distill_train.studio import folders, models, recordings, renders, settings
from distill_train.studio.comparison import comparisons_folder
from distill_train.studio.session import Session

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
"""Values of a request by name."""

Act = Callable[[Session, Values], Any]
"""Returns a JSON value, None for an empty one, or a `Response`."""


def text(values: Values, key: str, default: str | None = None) -> str:
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
    return folders.find_recording(text(values, "folder"), text(values, "file"))


def _new_folder(_session: Session, values: Values) -> dict[str, str]:
    """Make a folder of a name, or of one like that of a folder that was dropped."""
    if "dropped" in values:
        name = folders.cleaned_name(text(values, "dropped"), folders.FIRST_FOLDER)
    else:
        name = text(values, "name")
    return {"id": folders.make_recordings_folder(name)}


def _audio(_session: Session, values: Values) -> Response:
    return _sound(recordings.playable(_recording(values), folders.cache_folder() / "recordings"))


def _run(session: Session, values: Values) -> dict[str, Any]:
    folder = session.find_run(text(values, "id"))
    return {"run": session.runs.describe(folder), **session.runs.history(folder)}


def _preview(session: Session, values: Values) -> Response:
    folder = session.find_run(text(values, "run"))
    return _sound(folders.file_below(folder, text(values, "file"), _is_sound, inside=PREVIEWS))


def _report(session: Session, values: Values) -> Response:
    folder = session.find_run(text(values, "id"))
    report = folders.file_below(folder, REPORT, Path.is_file)
    return FileResponse(report, media_type="text/html", headers=REPORT_HEADERS)


def _train(session: Session, values: Values) -> dict[str, str]:
    folder = session.runs.train(
        folders.find_folder(text(values, "folder")),
        preset=text(values, "preset", "conservative"),
        profile=text(values, "profile", "standard"),
        name=text(values, "name", ""),
        **_limits(values),
    )
    return {"id": folders.path_id(folder)}


def _import_run(session: Session, values: Values) -> dict[str, str]:
    folder = session.find_run(text(values, "id"))
    bundle = finished_bundle(folder)
    if bundle is None:
        raise CommandError(f"{printable(folder.stem)} has made no model yet; let it finish first")
    return {"id": models.import_bundle(bundle)}


def _compare(session: Session, values: Values) -> dict[str, str]:
    folder = text(values, "folder", "")
    job = session.comparisons.start(
        models.find(text(values, "a")),
        models.find(text(values, "b")),
        folders.find_folder(folder) if folder else None,
    )
    return {"job": job}


def _comparison(session: Session, values: Values) -> dict[str, Any]:
    job = text(values, "job")
    pairs = session.comparisons.pairs(job)
    for pair in pairs or ():
        for key in ("a", "b", "original"):
            if pair[key] is not None:
                pair[key] = f"/api/compare/audio?{urlencode({'file': f'{job}/{pair[key]}'})}"
    return {"ready": pairs is not None, "pairs": pairs or []}


def _choose(_session: Session, values: Values) -> None:
    a, b = (models.fingerprint(text(values, key)) for key in ("a", "b"))
    winner = text(values, "winner", "")
    if winner not in ("a", "b", ""):
        raise CommandError(f"winner is {printable(winner)[:20]!r}; it must be a, b or empty")
    settings.keep_choice(a, b, {"a": a, "b": b, "": ""}[winner])


def _render(session: Session, values: Values) -> dict[str, str]:
    motion = {key: text(values, key, "") for key in ("path", "preset")}
    seconds, seed = _number(values, "seconds"), _whole(values, "seed")
    job = session.renders.start(
        models.find(text(values, "model")),
        motion=motion,
        seconds=10.0 if seconds is None else seconds,
        suffix=text(values, "format", ".wav"),
        seed=seed or 0,
    )
    return {"job": job}


def _is_sound(path: Path) -> bool:
    return path.is_file() and path.suffix.lower() in SOUND_TYPES


def _sound(path: Path) -> Response:
    """A sound file, any range of it; another file is a download, which no browser runs."""
    if not _is_sound(path):
        return _download(path)
    return FileResponse(path, media_type=SOUND_TYPES[path.suffix.lower()])


def _download(path: Path) -> Response:
    return FileResponse(path, filename=path.name, media_type="application/octet-stream")


GETS: Mapping[str, Act] = {
    "state": lambda session, _: session.state(),
    "options": lambda *_: OPTIONS,
    "recordings": lambda _, values: recordings.describe_folder(
        folders.find_folder(text(values, "folder"))
    ),
    "waveform": lambda _, values: {"peaks": recordings.waveform(_recording(values))},
    "audio": _audio,
    "run": _run,
    "preview": _preview,
    "run/report": _report,
    "model": lambda _, values: models.describe(text(values, "id")),
    "model/file": lambda _, values: _download(models.find(text(values, "id"))),
    "render/audio": lambda _, values: _sound(renders.find(text(values, "job"))),
    "render/file": lambda _, values: _download(renders.find(text(values, "job"))),
    "compare": _comparison,
    "compare/audio": lambda _, values: _sound(
        folders.file_below(comparisons_folder(), text(values, "file"), Path.is_file)
    ),
}
"""Requests that read."""

POSTS: Mapping[str, Act] = {
    "folders": lambda _, values: {"id": folders.open_by_request(text(values, "path"))},
    "folders/new": _new_folder,
    "folders/close": lambda _, values: folders.close_folder(text(values, "id")),
    "recording/remove": lambda _, values: folders.remove_recording(
        text(values, "folder"), text(values, "file")
    ),
    "recording/restore": lambda _, values: folders.restore_recording(
        text(values, "folder"), text(values, "file")
    ),
    "train": _train,
    "run/stop": lambda session, values: session.runs.stop(session.find_run(text(values, "id"))),
    "run/resume": lambda session, values: session.runs.resume(
        session.find_run(text(values, "id")), **_limits(values)
    ),
    "run/remove": lambda session, values: session.runs.remove(session.find_run(text(values, "id"))),
    "run/import": _import_run,
    "model/rename": lambda _, values: {
        "id": models.rename(text(values, "id"), text(values, "name"))
    },
    "model/remove": lambda _, values: models.remove(text(values, "id")),
    "compare": _compare,
    "compare/choice": _choose,
    "render": _render,
    "render/remove": lambda session, values: session.renders.remove(text(values, "job")),
    "play": lambda session, values: {
        "url": session.instrument.play(models.find(text(values, "model")))
    },
    "play/stop": lambda session, _: session.instrument.stop(),
}
"""Requests that change something."""
