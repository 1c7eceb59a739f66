"""Several renders of one plan, each with a seed of its own; and a render again, from its file.

It knows names of files and where models are; the rendering is elsewhere.
"""

from dataclasses import replace
from pathlib import Path

from distill_live import __version__
from distill_live.bundle import Bundle, read_bundle
from distill_live.errors import AudioFileError, BundleError, ConfigurationError, DistillError
from distill_live.files import printable
from distill_live.library import find_fingerprint, find_model
from distill_live.offline.plan import Model, Origin, Plan, from_json
from distill_live.offline.writer import check_free, comment_of

MOST = 10_000
"""Renders of one batch."""


def batch(plan: Plan, out: Path, count: int, *, force: bool) -> list[tuple[Plan, Path]]:
    """The plans of a batch and their files: ``out-01.wav`` and so on, with seeds that count on.

    Parameters
    ----------
    plan, out
        The first plan, and the file where there is one alone.
    count
        How many, 1 to `MOST`.
    force
        Whether files that are there are replaced.

    Raises
    ------
    ConfigurationError
        If `count` is out of range.
    AudioFileError
        If one of the files already exists.
    """
    if not 1 <= count <= MOST:
        raise ConfigurationError(f"count is {count}; it must lie in 1 to {MOST}")
    digits = max(2, len(str(count)))
    names = [f"{out.stem}-{number:0{digits}d}{out.suffix}" for number in range(1, count + 1)]
    files = [out] if count == 1 else [out.with_name(name) for name in names]
    for file in files:
        check_free(file, force=force)
    return [(replace(plan, seed=plan.seed + index), file) for index, file in enumerate(files)]


def read_origin(path: Path) -> Origin:
    """How a sound file was rendered, as it says itself.

    Raises
    ------
    AudioFileError
        If it cannot be read, or does not say it.
    """
    text = comment_of(path)
    try:
        return from_json(text)
    except DistillError as refusal:
        raise AudioFileError(f"{printable(path)}: {refusal}") from None


def models_of(said: Origin, first: str | None) -> tuple[list[Bundle], list[str]]:
    """The models that a file was rendered with.

    Parameters
    ----------
    said
        What the file says.
    first
        Name or path of the first, if the user knows where it is; else they are all looked for by
        their fingerprints.

    Returns
    -------
    list of Bundle
        Of these fingerprints.
    list of str
        In a line each: why the sound may yet differ.

    Raises
    ------
    BundleError
        If one is not found, or is another.
    """
    bundles = [_find(model, None if index else first) for index, model in enumerate(said.models)]
    differences = [
        f"{printable(model.name)} was exported anew ({bundle.created}, not "
        f"{printable(model.created)[:40]})"
        for model, bundle in zip(said.models, bundles, strict=True)
        if model.created != bundle.created
    ]
    if said.version != __version__:
        differences.append(
            f"it was rendered by version {printable(said.version)[:40]}, and this is {__version__}"
        )
    return bundles, differences


def _find(model: Model, name: str | None) -> Bundle:
    wanted = f"{printable(model.name)[:100]} (fingerprint {printable(model.fingerprint)[:40]})"
    try:
        path = find_fingerprint(model.fingerprint) if name is None else find_model(name)
        bundle = read_bundle(path)
    except ConfigurationError as refusal:
        if name is not None:
            raise
        raise BundleError(
            f"the model {wanted} is not in the library; import it, or name its file by --model"
        ) from refusal
    if bundle.fingerprint != model.fingerprint:
        raise BundleError(
            f"the file was rendered with the model {wanted}, which is not "
            f"{printable(bundle.name)} (fingerprint {bundle.fingerprint}); name another by --model"
        )
    return bundle
