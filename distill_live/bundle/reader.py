"""Read a `Bundle` from a file; everything is checked before anything is used."""

import hashlib
import io
import os
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from distill_live.bundle import archive, arrays, manifest
from distill_live.bundle.archive import Member
from distill_live.bundle.manifest import Manifest
from distill_live.bundle.model import (
    LANDMARK_FEATURES,
    MAX_GRAPH_BYTES,
    Axis,
    Bundle,
    Landmark,
    RecordingPath,
    check_direction,
    check_landmark_features,
)
from distill_live.errors import BundleError, DistillError
from distill_live.files import open_regular, printable, reason_of
from distill_live.spectrogram import Float32

MAX_FILE_BYTES = 512 * 2**20
MAX_MANIFEST_BYTES = 4 * 2**20
_USUAL_MANIFEST_BYTES = 256 * 2**10
MAX_FOREIGN_ENTRIES = 10_000
"""Maximum number of entries of a zip file that is searched for a manifest."""

INCOMPATIBLE = "Incompatible model format. Please retrain with current version."

_REMEDY = "copy or export it again"


class _ForeignError(BundleError):
    """A zip file of another program."""


class _NewerError(BundleError):
    """A bundle of a newer format version."""


def read_bundle(path: Path, checked: str | None = None) -> Bundle:
    """Read and check a `.distill` file; runs no code of it and unpickles nothing.

    Parameters
    ----------
    path
        File of at most 512 MiB.
    checked
        SHA-256 from `examine_bundle`: the file must still have it; then the slow check of the
        decoder's graph is skipped.

    Returns
    -------
    Bundle
        Fully checked, the decoder's graph included.

    Raises
    ------
    BundleError
        In one line: the file, the member, the reason, the remedy.
    """
    with _refusals(path):
        data = memoryview(_whole(path))
        if checked is not None and hashlib.sha256(data).hexdigest() != checked:
            raise BundleError("is not the file any more that was checked; load it again")
        with _remedied():
            return _bundle(data, known=checked is not None)


def examine_bundle(path: Path) -> tuple[Bundle, str]:
    """Read and check a `.distill` file; also returns the SHA-256 of the file, in hexadecimal.

    Raises
    ------
    BundleError
        As `read_bundle`.
    """
    with _refusals(path):
        data = memoryview(_whole(path))
        with _remedied():
            return _bundle(data), hashlib.sha256(data).hexdigest()


def read_manifest(path: Path) -> Manifest:
    """Read the manifest of a `.distill` file; the rest is neither read nor checked.

    Raises
    ------
    BundleError
        In one line: the file, the reason, the remedy.
    """
    with _refusals(path):
        try:
            with open_regular(path) as file:
                _, content = _parse_manifest(memoryview(file.read(_USUAL_MANIFEST_BYTES)))
        except (OSError, BundleError):  # the message depends on the whole file
            data = memoryview(_whole(path))
            with _remedied():
                _, content = _parse_manifest(data)
        with _remedied(), _naming("manifest.json"):
            facts = manifest.check(content)
            facts.check_texts()
            return facts


@contextmanager
def _refusals(path: Path) -> Iterator[None]:
    """Name the file in each error, in one line."""
    shown = printable(path)
    try:
        yield
    except OSError as refusal:
        reason = reason_of(refusal)
        raise BundleError(f"{shown}: cannot be read ({reason}); check name and rights") from refusal
    except _ForeignError:
        raise BundleError(INCOMPATIBLE) from None
    except BundleError as refusal:
        raise BundleError(f"{shown}: {refusal}") from refusal


@contextmanager
def _remedied() -> Iterator[None]:
    """Append the remedy to each error."""
    try:
        yield
    except _ForeignError:
        raise
    except _NewerError as refusal:
        raise BundleError(f"{refusal}; update distill-live") from None
    except DistillError as refusal:
        raise BundleError(f"{refusal}; {_REMEDY}") from refusal


def _whole(path: Path) -> bytes:
    """Read the whole file; a mapped one could be truncated meanwhile."""
    if not path.exists():
        raise BundleError("there is no such file; check the name")
    if path.is_dir():
        raise BundleError("is a folder; name a .distill file in it")
    if not path.is_file():
        raise BundleError("is no regular file; name a .distill file")
    with open_regular(path) as file:
        size = os.fstat(file.fileno()).st_size  # `read` allocates its argument
        data = file.read(min(size, MAX_FILE_BYTES) + 1)
    if not data:
        raise BundleError(f"is empty; {_REMEDY}")
    if len(data) > MAX_FILE_BYTES:
        raise BundleError(f"is over {MAX_FILE_BYTES >> 20} MiB, the limit; {_REMEDY}")
    return data


def _bundle(data: memoryview, *, known: bool = False) -> Bundle:
    first, content = _parse_manifest(data)
    with _naming("manifest.json"):
        facts = manifest.check(content)
    contents = _contents(data, first, facts)
    with _naming("axes.npy"):
        directions = arrays.from_npy(contents["axes.npy"], (len(facts.axes), facts.latent_size))
        for axis, direction in zip(facts.axes, directions, strict=True):
            check_direction(axis["name"], direction)
    with _naming("landmarks.npy"):
        latents = arrays.from_npy(
            contents["landmarks.npy"], (len(facts.landmarks), facts.latent_size)
        )
    features = None
    if "landmark_features.npy" in contents:
        with _naming("landmark_features.npy"):
            shape = (len(facts.landmarks), len(LANDMARK_FEATURES))
            features = arrays.from_npy(contents["landmark_features.npy"], shape)
            check_landmark_features(features, len(facts.landmarks))
    path_latents: list[Float32] = []
    if "path_latents.npy" in contents:
        with _naming("path_latents.npy"):
            ends = np.cumsum([path["points"] for path in facts.paths])
            shape = (int(ends[-1]), facts.latent_size)
            path_latents = np.split(arrays.from_npy(contents["path_latents.npy"], shape), ends[:-1])
    with _naming("manifest.json"):
        bundle = Bundle(
            **facts.texts,
            settings=facts.settings,
            statistics=facts.statistics,
            latent_mean=facts.latent["mean"],
            latent_std=facts.latent["std"],
            latent_low=facts.latent["low"],
            latent_high=facts.latent["high"],
            axes=tuple(
                Axis(direction=direction, **axis)
                for axis, direction in zip(facts.axes, directions, strict=True)
            ),
            landmarks=tuple(Landmark(**landmark) for landmark in facts.landmarks),
            landmark_latents=latents,
            training=facts.training,
            decoder=bytes(contents["decoder.onnx"]),
            landmark_features=features,
            paths=tuple(
                RecordingPath(path["file"], path["frames"], latents)
                for path, latents in zip(facts.paths, path_latents, strict=True)
            ),
            encoder=bytes(contents.get("encoder.onnx", b"")),
        )
    if known:
        return bundle
    from distill_live.onnx_guard import check_decoder, check_encoder  # onnx takes 0.1 s to import

    for name, check in (("decoder.onnx", check_decoder), ("encoder.onnx", check_encoder)):
        if name in contents:
            with _naming(name):
                check(bytes(contents[name]), bundle.settings, bundle.latent_size)
    return bundle


def _contents(data: memoryview, first: Member, facts: Manifest) -> dict[str, bytes | memoryview]:
    """Contents of the members, checked against the manifest and the directory."""
    members, offset = [first], first.size
    for name, (size, digest) in facts.members.items():
        with _naming(name):
            member = archive.member_at(data, offset, name, MAX_GRAPH_BYTES)
            if len(member.content) != size:
                raise BundleError(f"has {len(member.content)} bytes; the manifest says {size}")
            if hashlib.sha256(member.content).hexdigest() != digest:
                raise BundleError("is damaged: its SHA-256 is not the manifest's")
        members.append(member)
        offset += member.size
    archive.check_directory(data, members)
    return {member.name: member.content for member in members}


def _parse_manifest(data: memoryview) -> tuple[Member, dict[str, Any]]:
    """Manifest as a member and as JSON; raises for foreign files and newer versions."""
    try:
        first = archive.member_at(data, 0, "manifest.json", MAX_MANIFEST_BYTES)
    except BundleError as refusal:
        _refuse_foreign(data)
        raise BundleError(f"manifest.json: {refusal}") from None
    with _naming("manifest.json"):
        content = manifest.parse(bytes(first.content))
        if content is None:
            raise _ForeignError
        version = manifest.version_of(content)
        if version > manifest.FORMAT_VERSION:
            raise _NewerError(
                f"its format has version {version}, this program reads {manifest.FORMAT_VERSION}"
            )
    return first, content


def _refuse_foreign(data: memoryview) -> None:
    """Raise for a file that does not start with a bundle's manifest, unless it contains one.

    Raises
    ------
    BundleError
        If it is no zip file, a piece of one, or a zip file of another program. Not if it contains a
        manifest of ours: then it was repacked, or is damaged.
    """
    entries = re.finditer(b"PK\x01\x02", data)  # zipfile makes an object of each
    if next(islice(entries, MAX_FOREIGN_ENTRIES, None), None) is not None:
        raise _ForeignError
    try:
        with (
            zipfile.ZipFile(io.BytesIO(data)) as container,
            container.open("manifest.json") as file,
        ):
            content = manifest.parse(file.read(MAX_MANIFEST_BYTES))
    except KeyError:
        raise _ForeignError from None
    except Exception:  # zipfile raises many types on damaged data
        if bytes(data[:4]) == b"PK\3\4":
            return
        raise BundleError("is no .distill file") from None
    if content is None:
        raise _ForeignError


@contextmanager
def _naming(member: str) -> Iterator[None]:
    try:
        yield
    except (_ForeignError, _NewerError):
        raise
    except DistillError as refusal:
        raise BundleError(f"{member}: {refusal}") from refusal
