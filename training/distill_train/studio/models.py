"""Models of the library for the pages: list, details, import, rename and remove."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from distill_live.bundle import Bundle, read_bundle, read_manifest
from distill_live.cli.model_info import model_as_json
from distill_live.errors import BundleError, ConfigurationError
from distill_live.files import printable
from distill_live.gestures import GestureStore
from distill_live.library import (
    Entry,
    entry,
    import_model,
    models,
    new_target,
    own_model,
    remove_model,
    rename_model,
    user_folder,
    user_models,
)
from distill_live.presets import PresetStore
from distill_live.user_files import Signature, make_folder, signature
from distill_train.bundling.card import model_card
from distill_train.bundling.verdict import verdict

MAX_MODEL_BYTES = 2**30
"""Maximum size of an uploaded model."""

_entries: dict[Path, tuple[Signature, Entry]] = {}


def list_models() -> list[dict[str, Any]]:
    """Describe every model of the library by its manifest."""
    return [_summary(_entry(name, path)) for name, path in sorted(models().items())]


def find(model_id: str) -> Path:
    """File of a model in the library.

    Raises
    ------
    ConfigurationError
        If there is none.
    """
    path = models().get(model_id)
    if path is None:
        raise ConfigurationError(
            f"no model {printable(model_id)[:80]!r} in the library; it may have been renamed"
        )
    return path


def fingerprint(model_id: str) -> str:
    """Fingerprint of a model in the library, by which it is known under any name.

    Raises
    ------
    DistillError
        If it is missing or damaged.
    """
    return read_manifest(find(model_id)).fingerprint


def describe(model_id: str) -> dict[str, Any]:
    """Describe a model in full: axes, map, scores, card, presets and gestures.

    Raises
    ------
    DistillError
        If it is missing or damaged.
    """
    path = find(model_id)
    bundle = read_bundle(path)
    files = list(dict.fromkeys(landmark.file for landmark in bundle.landmarks))
    numbers = {name: number for number, name in enumerate(files)}
    rated = verdict(bundle.training)
    presets, gestures = _stored(bundle)
    return {
        **_summary(_entry(model_id, path)),
        "details": model_as_json(bundle, path),
        "recording_names": files,
        "map": [[mark.x, mark.y, numbers[mark.file]] for mark in bundle.landmarks],
        "path_names": [one.file for one in bundle.paths],
        "card": model_card(bundle),
        "verdict": str(rated) if rated else None,
        "presets": presets,
        "gestures": gestures,
    }


@contextmanager
def uploaded(name: str) -> Iterator[Path]:
    """Path to write an uploaded model to; it is checked and imported when the block ends.

    Raises
    ------
    DistillError
        If the name is invalid or taken, or the file is no model.
    """
    new_target(name)
    make_folder(user_models())
    temporary = user_models() / f".{secrets.token_hex(8)}.partial"
    try:
        yield temporary
        import_model(temporary, name)
    except BundleError as error:
        raise BundleError(str(error).replace(printable(temporary), name)) from error
    finally:
        temporary.unlink(missing_ok=True)


def import_bundle(bundle: Path) -> str:
    """Import the model that a run made, and return its id."""
    new_target(bundle.name)
    return import_model(bundle).stem


def rename(model_id: str, name: str) -> str:
    """Rename a model of the user's own, and return its new id.

    Raises
    ------
    DistillError
        If it is not the user's own, or the name is invalid or taken.
    """
    return rename_model(_own(model_id), name).stem


def remove(model_id: str) -> None:
    """Delete a model of the user's own.

    Raises
    ------
    DistillError
        If it is not the user's own, or cannot be deleted.
    """
    remove_model(_own(model_id))


def _own(model_id: str) -> Path:
    return own_model(str(find(model_id)))


def _entry(name: str, path: Path) -> Entry:
    """Library entry of a file, read again when the file changes."""
    state = signature(path)
    known = _entries.get(path)
    if known is None or known[0] != state or known[1].name != name:
        known = _entries[path] = state, entry(name, path)
    return known[1]


def _summary(known: Entry) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "id": known.name,
        "name": known.name,
        "shipped": known.path.resolve().parent != user_models().resolve(),
        "bytes": (signature(known.path) or (0, 0, 0))[1],
        "error": known.refusal or None,
    }
    if known.manifest is None:
        return facts
    training = known.manifest.training
    places = known.manifest.paths or known.manifest.landmarks
    return facts | {
        "fingerprint": known.manifest.fingerprint,
        "created": known.manifest.texts["created"],
        "seconds": training.get("seconds"),
        "axes": [axis["name"] for axis in known.manifest.axes],
        "recordings": len({place["file"] for place in places}),
        "scores": {key: value for key, value in training.items() if key.endswith("_db")},
    }


def _stored(bundle: Bundle) -> tuple[list[str], list[str]]:
    """Names of the presets and gestures of a model."""
    of = bundle.name, bundle.fingerprint, lambda _: None
    presets = PresetStore(user_folder() / "presets", *of)
    return presets.names(), sorted(GestureStore(user_folder() / "gestures", *of).lengths())
