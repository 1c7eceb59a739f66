"""From a file to a `Bundle`: everything is checked before anything is used.

It knows the order of the checks. What a member must be is known by the modules that it asks.
"""

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

from distill_live.bundle import archive, arrays, manifest
from distill_live.bundle.archive import Member
from distill_live.bundle.manifest import Manifest
from distill_live.bundle.model import (
    DECODER_BYTES_LIMIT,
    Axis,
    Bundle,
    Landmark,
    check_direction,
)
from distill_live.errors import BundleError, DistillError
from distill_live.files import printable, reason_of

FILE_BYTES_LIMIT = 512 * 2**20
MANIFEST_BYTES_LIMIT = 4 * 2**20
_USUAL_MANIFEST_BYTES = 256 * 2**10
FOREIGN_ENTRIES_LIMIT = 10_000
"""Entries of a zip file beyond which nobody asks what is in it."""

INCOMPATIBLE = "Incompatible model format. Please retrain with current version."

_REMEDY = "copy or export it again"


class _ForeignError(BundleError):
    """A zip file that is something else's."""


class _NewerError(BundleError):
    """A bundle of a later version."""


def read_bundle(path: Path, checked: str | None = None) -> Bundle:
    """Read and check a `.distill` file. No code of it is run, and nothing is unpickled.

    Parameters
    ----------
    path
        A file of at most 512 MiB.
    checked
        The SHA-256 that `examine_bundle` gave: if the file still has it, its decoder's graph, which
        takes longest, is not checked again; if not, it is refused.

    Returns
    -------
    Bundle
        Valid in all its parts, the decoder's graph included.

    Raises
    ------
    BundleError
        In one line: the file, the member, the reason, and what to do.
    """
    with _refusals(path):
        data = memoryview(_whole(path))
        if checked is not None and hashlib.sha256(data).hexdigest() != checked:
            raise BundleError("is not the file any more that was checked; load it again")
        with _remedied():
            return _bundle(data, known=checked is not None)


def examine_bundle(path: Path) -> tuple[Bundle, str]:
    """Read and check a `.distill` file, and give the SHA-256 of all of it, in hexadecimal.

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
    """What a `.distill` file says of itself; the rest of the file is neither read nor checked.

    Raises
    ------
    BundleError
        In one line: the file, the reason, and what to do.
    """
    with _refusals(path):
        try:
            with path.open("rb") as file:
                _, said = _recognised(memoryview(file.read(_USUAL_MANIFEST_BYTES)))
        except (OSError, BundleError):  # only the whole file tells what is the matter
            data = memoryview(_whole(path))
            with _remedied():
                _, said = _recognised(data)
        with _remedied(), _naming("manifest.json"):
            return manifest.check(said)


@contextmanager
def _refusals(path: Path) -> Iterator[None]:
    """Each refusal in a line that names the file."""
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
    """What to do about a file that is not as it should be."""
    try:
        yield
    except _ForeignError:
        raise
    except _NewerError as refusal:
        raise BundleError(f"{refusal}; update distill-live") from None
    except DistillError as refusal:
        raise BundleError(f"{refusal}; {_REMEDY}") from refusal


def _whole(path: Path) -> bytes:
    """The whole file: a mapped one could be cut under the reader's feet."""
    if not path.exists():
        raise BundleError("there is no such file; check the name")
    if path.is_dir():
        raise BundleError("is a folder; name a .distill file in it")
    if not path.is_file():
        raise BundleError("is no regular file; name a .distill file")
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size  # room is made for all that is asked for
        data = file.read(min(size, FILE_BYTES_LIMIT) + 1)
    if not data:
        raise BundleError(f"is empty; {_REMEDY}")
    if len(data) > FILE_BYTES_LIMIT:
        raise BundleError(f"is over {FILE_BYTES_LIMIT >> 20} MiB, the limit; {_REMEDY}")
    return data


def _bundle(data: memoryview, *, known: bool = False) -> Bundle:
    first, said = _recognised(data)
    with _naming("manifest.json"):
        facts = manifest.check(said)
    contents = _contents(data, first, facts)
    with _naming("axes.npy"):
        directions = arrays.from_npy(contents["axes.npy"], (len(facts.axes), facts.latent_size))
        for axis, direction in zip(facts.axes, directions, strict=True):
            check_direction(axis["name"], direction)
    with _naming("landmarks.npy"):
        places = arrays.from_npy(
            contents["landmarks.npy"], (len(facts.landmarks), facts.latent_size)
        )
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
            landmarks=tuple(Landmark(**place) for place in facts.landmarks),
            landmark_latents=places,
            training=facts.training,
            decoder=bytes(contents["decoder.onnx"]),
        )
    if known:
        return bundle
    from distill_live.onnx_guard import check_decoder  # onnx takes 0.1 s to import

    with _naming("decoder.onnx"):
        check_decoder(bundle.decoder, bundle.settings, bundle.latent_size)
    return bundle


def _contents(data: memoryview, first: Member, facts: Manifest) -> dict[str, bytes | memoryview]:
    """The members, each as the manifest announces it, in a file that holds nothing else."""
    members, offset = [first], first.size
    for name, (size, digest) in facts.members.items():
        with _naming(name):
            member = archive.member_at(data, offset, name, DECODER_BYTES_LIMIT)
            if len(member.content) != size:
                raise BundleError(f"has {len(member.content)} bytes; the manifest says {size}")
            if hashlib.sha256(member.content).hexdigest() != digest:
                raise BundleError("is damaged: its SHA-256 is not the manifest's")
        members.append(member)
        offset += member.size
    archive.check_directory(data, members)
    return {member.name: member.content for member in members}


def _recognised(data: memoryview) -> tuple[Member, dict[str, Any]]:
    """The manifest as a member and as JSON, of a file that is ours and of a known version."""
    try:
        first = archive.member_at(data, 0, "manifest.json", MANIFEST_BYTES_LIMIT)
    except BundleError as refusal:
        _refuse_foreign(data)
        raise BundleError(f"manifest.json: {refusal}") from None
    with _naming("manifest.json"):
        said = manifest.parse(bytes(first.content))
        if said is None:
            raise _ForeignError
        version = manifest.version_of(said)
        if version > manifest.FORMAT_VERSION:
            raise _NewerError(
                f"its format has version {version}, this program reads {manifest.FORMAT_VERSION}"
            )
    return first, said


def _refuse_foreign(data: memoryview) -> None:
    """Say what a file is that does not start with a bundle's manifest.

    Raises
    ------
    BundleError
        If it is no zip file, a piece of one, or a zip file of something else. Not if there is a
        manifest of ours in it: then it was packed by another program, or is damaged.
    """
    entries = re.finditer(b"PK\x01\x02", data)  # zipfile keeps an object of each
    if next(islice(entries, FOREIGN_ENTRIES_LIMIT, None), None) is not None:
        raise _ForeignError
    try:
        with (
            zipfile.ZipFile(io.BytesIO(data)) as container,
            container.open("manifest.json") as file,
        ):
            said = manifest.parse(file.read(MANIFEST_BYTES_LIMIT))
    except KeyError:
        raise _ForeignError from None
    except Exception:  # whatever zipfile meets in damaged data
        if bytes(data[:4]) == b"PK\3\4":
            return
        raise BundleError("is no .distill file") from None
    if said is None:
        raise _ForeignError


@contextmanager
def _naming(member: str) -> Iterator[None]:
    try:
        yield
    except (_ForeignError, _NewerError):
        raise
    except DistillError as refusal:
        raise BundleError(f"{member}: {refusal}") from refusal
