"""Print the model list and the verification of model files, as a table or JSON.

Listing reads the manifests only; verification reads whole files.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from distill_live.bundle import read_bundle
from distill_live.cli.tables import print_table
from distill_live.engine import InlineDecoder
from distill_live.errors import BundleError, DistillError
from distill_live.files import printable
from distill_live.library import Entry, catalogue

ID_DIGITS = 8
"""Number of digits of a fingerprint that are shown."""


def show_models(words: Sequence[str], as_json: bool = False) -> None:
    """Print the models of the library that contain all of `words`, in any case."""
    found = [entry for entry in catalogue() if _contains(entry, words)]
    if as_json:
        print(json.dumps([_as_json(entry) for entry in found], indent=2))
        return
    if not found:
        print("no models" + f" with {printable(' '.join(words))}" * bool(words))
        return
    headings = ("name", "id", "size", "sound", "axes", "created", "licence")
    print_table(headings, map(_row, found))


def show_verification(models: Iterable[tuple[str, Path]], as_json: bool = False) -> bool:
    """Check model files, print the result for each, and return whether all are valid.

    Parameters
    ----------
    models
        Name and file of each model.
    as_json
        Print a JSON list instead of lines.
    """
    results = []
    for name, path in models:
        error = _check(path)
        results.append({"name": name, "path": str(path), "whole": not error, "error": error})
        if not as_json:
            print(f"{printable(name)}: {error or 'ok'}")
    if as_json:
        print(json.dumps(results, indent=2))
    return all(result["whole"] for result in results)


def _check(path: Path) -> str:
    """Error of a file, empty if it has none; also runs the decoder on the mean of the corpus."""
    try:
        bundle = read_bundle(path)
        try:
            chunk = InlineDecoder(bundle).decode(np.zeros(bundle.latent_size))
        except Exception as error:  # onnxruntime's exceptions have no common base
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise BundleError(f"{printable(path)}: its decoder does not run ({reason})") from error
        if chunk.broken_frames:
            raise BundleError(
                f"{printable(path)}: {chunk.broken_frames} of {len(chunk.rows)} frames of the "
                "corpus' mean are not finite; export it again"
            )
    except DistillError as refusal:
        return str(refusal)
    return ""


def _contains(entry: Entry, words: Sequence[str]) -> bool:
    text = "\n".join([entry.name, *_texts(entry)]).casefold()
    return all(word.casefold() in text for word in words)


def _texts(entry: Entry) -> Iterator[str]:
    """All texts of a manifest."""
    if (manifest := entry.manifest) is None:
        return
    yield manifest.fingerprint
    yield from manifest.texts.values()
    for axis in manifest.axes:
        yield from (axis["name"], axis["label"])
    yield from {place["file"] for place in (*manifest.landmarks, *manifest.paths)}
    yield from map(str, manifest.training.values())


def _as_json(entry: Entry) -> dict[str, Any]:
    facts: dict[str, Any] = {"name": entry.name, "path": str(entry.path), "error": entry.refusal}
    if (manifest := entry.manifest) is None:
        return facts
    return facts | {
        "title": manifest.texts["name"],
        "fingerprint": manifest.fingerprint,
        "bytes": entry.path.stat().st_size,
        "created": manifest.texts["created"],
        "author": manifest.texts["author"],
        "licence": manifest.texts["licence"],
        "samplerate": manifest.settings.sample_rate_hz,
        "n_fft": manifest.settings.n_fft,
        "hop_samples": manifest.settings.hop_samples,
        "latent_size": manifest.latent_size,
        "axes": [axis["name"] for axis in manifest.axes],
        "landmarks": len(manifest.landmarks),
    }


def _row(entry: Entry) -> tuple[str, ...]:
    name, size = printable(entry.name), f"{entry.path.stat().st_size / 1e6:.1f} MB"
    if (manifest := entry.manifest) is None:
        return name, "", size, "unreadable; run verify", "", "", ""
    settings = manifest.settings
    return (
        name,
        manifest.fingerprint[:ID_DIGITS],
        size,
        f"{settings.sample_rate_hz} Hz, {settings.n_fft}/{settings.hop_samples}",
        str(len(manifest.axes)),
        manifest.texts["created"].partition("T")[0],
        manifest.texts["licence"] or "not given",
    )
