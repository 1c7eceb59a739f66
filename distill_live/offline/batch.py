"""Plan batches of renders with rising seeds, and renders from the comment of a file."""

from dataclasses import replace
from pathlib import Path

from distill_live import __version__
from distill_live.bundle import Bundle, read_bundle
from distill_live.errors import AudioFileError, BundleError, ConfigurationError, DistillError
from distill_live.files import printable
from distill_live.library import find_fingerprint, find_model
from distill_live.offline.arguments import wander_starts
from distill_live.offline.plan import ModelIdentity, Origin, Plan, from_json
from distill_live.offline.writer import check_free, comment_of

MAX_COUNT = 10_000
"""Maximum number of renders in a batch."""


def batch(
    plan: Plan, bundle: Bundle, out: Path, count: int, *, force: bool
) -> list[tuple[Plan, Path]]:
    """Plans and files of a batch: ``out-01.wav`` and so on, the seed rising by 1 each.

    Parameters
    ----------
    plan, bundle, out
        First plan, its first model, and the file if `count` is 1.
    count
        Number of renders, 1 to `MAX_COUNT`.
    force
        Replace existing files.

    Raises
    ------
    ConfigurationError
        If `count` is out of range.
    AudioFileError
        If one of the files already exists.
    """
    if not 1 <= count <= MAX_COUNT:
        raise ConfigurationError(f"count is {count}; it must lie in 1 to {MAX_COUNT}")
    digits = max(2, len(str(count)))
    names = [f"{out.stem}-{number:0{digits}d}{out.suffix}" for number in range(1, count + 1)]
    files = [out] if count == 1 else [out.with_name(name) for name in names]
    for file in files:
        check_free(file, force=force)
    seeds = range(plan.seed, plan.seed + count)
    plans = [replace(plan, seed=seed) for seed in seeds]
    if plan.motion == "wander":
        starts = wander_starts(bundle, seeds)
        if plan.commands[:1] == (starts[0],):  # not a place that was given
            plans = [
                replace(one, commands=(start, *plan.commands[1:]))
                for one, start in zip(plans, starts, strict=True)
            ]
    return list(zip(plans, files, strict=True))


def read_origin(path: Path) -> Origin:
    """Read how a sound file was rendered from its comment.

    Raises
    ------
    AudioFileError
        If the file cannot be read, or has no such comment.
    """
    text = comment_of(path)
    try:
        return from_json(text)
    except DistillError as refusal:
        raise AudioFileError(f"{printable(path)}: {refusal}") from None


def models_of(of: Origin, first: str | None) -> tuple[list[Bundle], list[str]]:
    """Find the models that a file was rendered with.

    Parameters
    ----------
    of
        Origin of the file.
    first
        Name or path of the first model; None to look it up by its fingerprint, as the others.

    Returns
    -------
    list of Bundle
        The models.
    list of str
        Reasons why the sound may still differ, a line each.

    Raises
    ------
    BundleError
        If a model is not found, or has another fingerprint.
    """
    bundles = [_find(model, None if index else first) for index, model in enumerate(of.models)]
    differences = [
        f"{printable(model.name)} was exported again ({bundle.created}, not "
        f"{printable(model.created)[:40]})"
        for model, bundle in zip(of.models, bundles, strict=True)
        if model.created != bundle.created
    ]
    if of.version != __version__:
        differences.append(
            f"it was rendered by version {printable(of.version)[:40]}, and this is {__version__}"
        )
    return bundles, differences


def _find(model: ModelIdentity, name: str | None) -> Bundle:
    wanted = f"{printable(model.name)[:100]} (fingerprint {printable(model.fingerprint)[:40]})"
    try:
        path = find_fingerprint(model.fingerprint) if name is None else find_model(name)
        bundle = read_bundle(path)
    except ConfigurationError as refusal:
        if name is not None:
            raise
        raise BundleError(
            f"the model {wanted} is not in the library; import it, or give its file with --model"
        ) from refusal
    if bundle.fingerprint != model.fingerprint:
        raise BundleError(
            f"the file was rendered with the model {wanted}, which is not {printable(bundle.name)} "
            f"(fingerprint {bundle.fingerprint}); give another with --model"
        )
    return bundle
