"""Read and write `manifest.json`: numbers and labels of a bundle as strict JSON.

Keys and types are checked here, ranges by the dataclasses that are built from them.
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

from distill_live.bundle.checks import MAX_LICENCE_LENGTH, check_number, check_text
from distill_live.bundle.fingerprint import fingerprint_of
from distill_live.bundle.model import (
    LANDMARK_FEATURES,
    MAX_AXES,
    MAX_FILES,
    MAX_INTEGER,
    MAX_LANDMARKS,
    MAX_LATENT_SIZE,
    MAX_PATH_POINTS,
    Bundle,
)
from distill_live.errors import BundleError
from distill_live.spectrogram import Float32, SpectrogramSettings, Statistics

FORMAT = "distill-live"
FORMAT_VERSION = 2
"""Latest version; `Bundle.format_version` is that of a bundle."""

MEMBERS = ("decoder.onnx", "axes.npy", "landmarks.npy")
OPTIONAL_MEMBERS = ("landmark_features.npy", "path_latents.npy", "encoder.onnx")
"""Members of a bundle beside the manifest, in their order; optional ones since version 2."""

_TEXTS = ("name", "created", "author", "licence")
_LATENT = ("mean", "std", "low", "high")
_AXIS_NUMBERS = ("low", "mean", "high", "variance")
_LANDMARK_NUMBERS = ("seconds", "x", "y")
_FEATURES = [{"name": feature.name, "unit": feature.unit} for feature in LANDMARK_FEATURES]

Object = Mapping[str, Any]
Check = Callable[[str, object], Any]
"""Checks the type of the value with a name; returns it."""


@dataclass(frozen=True)
class Manifest:
    """Content of a manifest; types are checked, ranges of settings and statistics too.

    `axes` and `landmarks` hold the arguments of `Axis` (but `direction`) and `Landmark`, `paths`
    those of `RecordingPath` but with ``points``, a count, for the latents; `members` the size in
    bytes and the SHA-256, in hexadecimal, of each other member.
    """

    texts: Mapping[str, str]
    settings: SpectrogramSettings
    statistics: Statistics
    latent: Mapping[str, Float32]
    latent_size: int
    axes: Sequence[Object]
    landmarks: Sequence[Object]
    paths: Sequence[Object]
    training: Mapping[str, str | int | float]
    members: Mapping[str, tuple[int, str]]

    def check_texts(self) -> None:
        """Raise unless all texts are printable, before they are shown; a `Bundle` checks its own.

        Raises
        ------
        BundleError
            If a text is not one printable line.
        """
        labels = [(f"axes: {key}", axis[key]) for axis in self.axes for key in ("name", "label")]
        names = {place["file"] for place in (*self.landmarks, *self.paths)}
        files = [("files", name) for name in names]
        for what, text in [*self.texts.items(), *labels, *files]:
            check_text(what, text, MAX_LICENCE_LENGTH)

    @property
    def fingerprint(self) -> str:
        """`Bundle.fingerprint` of the model."""
        return fingerprint_of(
            (self.members[name][1] for name in ("decoder.onnx", "axes.npy")),
            (self.latent["mean"], self.latent["std"]),
            ((axis["name"], axis["low"], axis["mean"], axis["high"]) for axis in self.axes),
        )


def to_json(bundle: Bundle, members: Mapping[str, tuple[int, str]]) -> bytes:
    """Serialise a manifest: UTF-8, one line, keys in the order of the specification."""
    names = [landmark.file for landmark in bundle.landmarks] + [path.file for path in bundle.paths]
    files = list(dict.fromkeys(names))
    index = {name: number for number, name in enumerate(files)}
    latent = {key: _shortest(getattr(bundle, f"latent_{key}")) for key in _LATENT}
    added = {
        "features": _FEATURES if bundle.landmark_features is not None else [],
        "paths": [
            {"file": index[path.file], "frames": int(path.frames), "points": len(path.latents)}
            for path in bundle.paths
        ],
    }
    content = {
        "format": FORMAT,
        "version": bundle.format_version,
        **{key: getattr(bundle, key) for key in _TEXTS},
        "settings": _numbers(bundle.settings),
        "statistics": _numbers(bundle.statistics),
        "latent": {"size": bundle.latent_size, **latent},
        "axes": [
            {"name": axis.name, "label": axis.label}
            | {key: float(getattr(axis, key)) for key in _AXIS_NUMBERS}
            for axis in bundle.axes
        ],
        "files": files,
        "landmarks": [
            {"file": index[landmark.file]}
            | {key: float(getattr(landmark, key)) for key in _LANDMARK_NUMBERS}
            for landmark in bundle.landmarks
        ],
        **(added if bundle.format_version > 1 else {}),
        "training": dict(sorted(bundle.training.items())),
        "members": {
            name: {"bytes": size, "sha256": digest} for name, (size, digest) in members.items()
        },
    }
    return (json.dumps(content, ensure_ascii=False, allow_nan=False) + "\n").encode()


def parse(content: bytes) -> dict[str, Any] | None:
    """Parse the JSON object of a manifest; None if it is not of this program.

    Raises
    ------
    BundleError
        If it has a key twice or a number that is no JSON.
    """
    try:
        value = json.loads(
            content.decode(), object_pairs_hook=_unique, parse_constant=_refuse_constant
        )
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and value.get("format") == FORMAT else None


def version_of(content: Object) -> int:
    """Format version of a manifest.

    Raises
    ------
    BundleError
        If it has none.
    """
    version = _integer("version", content.get("version"))
    if version < 1:
        raise BundleError(f"version is {version}; it must be 1 or more")
    return version


def check(content: Object) -> Manifest:
    """Check keys and types of a manifest, and build settings and statistics.

    Raises
    ------
    DistillError
        If a key is missing or unknown, a value has another type, or a setting is out of range.
    """
    top = {"features": [], "paths": []} | _MANIFESTS[version_of(content)]("", content)
    latent = {key: np.array(top["latent"][key], dtype=np.float32) for key in _LATENT}
    size, files = top["latent"]["size"], top["files"]
    for key, vector in latent.items():
        if len(vector) != size:
            raise BundleError(f"latent.{key} has {len(vector)} numbers, not {size}")
    for key in ("landmarks", "paths"):
        for place in top[key]:
            index = place["file"]
            if not 0 <= index < len(files):
                raise BundleError(f"{key}.file is {index}; there are {len(files)} files")
            place["file"] = files[index]
    for path in top["paths"]:
        check_number("paths.points", path["points"], 1, MAX_PATH_POINTS)
    for key, member in (("features", "landmark_features.npy"), ("paths", "path_latents.npy")):
        if bool(top[key]) != (member in top["members"]):
            raise BundleError(f"{key} and the member {member} are not there together")
    if top["features"] not in ([], _FEATURES):
        names = ", ".join(feature.name for feature in LANDMARK_FEATURES)
        raise BundleError(f"features are others, or in another order, than {names}, or their units")
    return Manifest(
        texts={key: top[key] for key in _TEXTS},
        settings=SpectrogramSettings(**top["settings"]),
        statistics=Statistics(**top["statistics"]),
        latent=latent,
        latent_size=size,
        axes=top["axes"],
        landmarks=top["landmarks"],
        paths=top["paths"],
        training=top["training"],
        members={name: (one["bytes"], one["sha256"]) for name, one in top["members"].items()},
    )


def _numbers(value: SpectrogramSettings | Statistics) -> dict[str, int | float]:
    types = {field.name: field.type for field in fields(value)}
    return {
        name: int(number) if types[name] is int else float(number)
        for name, number in asdict(value).items()
    }


def _shortest(array: Float32) -> list[float]:
    """Each number with the fewest digits that give the same float32."""
    return [float(str(number)) for number in array]


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BundleError("has the same key twice")
    return found


def _refuse_constant(name: str) -> float:
    raise BundleError(f"holds {name}, which is no JSON")


def _object(checks: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """Check of an object with exactly these keys; values by their own checks."""
    known = {**checks, **(optional or {})}

    def check_object(what: str, value: object) -> dict[str, Any]:
        name, prefix = (what, f"{what}.") if what else ("the manifest", "")
        found = _dict(name, value)
        for key in checks:
            if key not in found:
                raise BundleError(f"{name} lacks {key}")
        for key in found:
            if key not in known:
                raise BundleError(f"{name} has the unknown key {ascii(key)[:60]}")
        return {
            key: check(prefix + key, found[key]) for key, check in known.items() if key in found
        }

    return check_object


def _list(check: Check, limit: int) -> Check:
    """Check of an array of at most `limit` entries."""

    def check_list(what: str, value: object) -> list[Any]:
        if not isinstance(value, list):
            raise BundleError(f"{what} is no array")
        if len(value) > limit:
            raise BundleError(f"{what} has {len(value)} entries; at most {limit} are allowed")
        return [check(what, entry) for entry in value]

    return check_list


def _fields(kind: type[SpectrogramSettings | Statistics]) -> Check:
    """Check of an object with the fields of a dataclass."""
    return _object({one.name: _integer if one.type is int else _number for one in fields(kind)})


def _dict(what: str, value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BundleError(f"{what} is no object")
    return value


def _text(what: str, value: object) -> str:
    if not isinstance(value, str):
        raise BundleError(f"{what} is no text")
    return value


def _integer(what: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise BundleError(f"{what} is no integer")
    if abs(value) > MAX_INTEGER:
        raise BundleError(f"{what} is over 2^53")
    return value


def _number(what: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BundleError(f"{what} is no number")
    if not (abs(value) <= 1e30 and math.isfinite(value)):
        raise BundleError(f"{what} is not finite, or over 1e30")
    return float(value)


_MEMBER = _object({"bytes": _integer, "sha256": _text})
_KEYS: dict[str, Check] = {
    **dict.fromkeys(("format", *_TEXTS), _text),
    "version": _integer,
    "settings": _fields(SpectrogramSettings),
    "statistics": _fields(Statistics),
    "latent": _object(
        {"size": _integer, **dict.fromkeys(_LATENT, _list(_number, MAX_LATENT_SIZE))}
    ),
    "axes": _list(
        _object({"name": _text, "label": _text, **dict.fromkeys(_AXIS_NUMBERS, _number)}),
        MAX_AXES,
    ),
    "files": _list(_text, MAX_FILES),
    "landmarks": _list(
        _object({"file": _integer, **dict.fromkeys(_LANDMARK_NUMBERS, _number)}),
        MAX_LANDMARKS,
    ),
    "training": _dict,
    "members": _object(dict.fromkeys(MEMBERS, _MEMBER)),
}
_ADDED: dict[str, Check] = {
    "features": _list(_object({"name": _text, "unit": _text}), len(LANDMARK_FEATURES)),
    "paths": _list(_object(dict.fromkeys(("file", "frames", "points"), _integer)), MAX_FILES),
    "members": _object(dict.fromkeys(MEMBERS, _MEMBER), dict.fromkeys(OPTIONAL_MEMBERS, _MEMBER)),
}
_MANIFESTS = {1: _object(_KEYS), 2: _object(_KEYS | _ADDED)}
"""Keys and types of the specification, by version."""
