"""What `distill-live replay` does, and says."""

from pathlib import Path

import typer

from distill_live.bundle import read_bundle
from distill_live.cli.rendering import progress
from distill_live.files import printable
from distill_live.library import find_model
from distill_live.offline.formats import FLOAT_BITS, choose_format
from distill_live.offline.writer import check_free
from distill_live.takes.rendering import models_of, stem_paths, write_replay
from distill_live.takes.replay import Replay
from distill_live.takes.take_reader import Take


def render_take(
    path: Path,
    out: Path | None,
    *,
    model: str | None,
    sample_rate_hz: int | None,
    bits: int | None,
    stems: bool,
    force: bool,
) -> None:
    """Render a take to a file, by default beside it, or to one for each slot.

    Raises
    ------
    DistillError
        If the take, a model or a file refuses.
    """
    take = Take(path)
    out = out or path.with_name(f"{path.stem}-replay.wav")
    named = None if model is None else read_bundle(find_model(model))
    played = {one.engine.fingerprint for one in take.stretches if one is not None}
    instead = None if named is None or played == {named.fingerprint} else named
    bundles = models_of(take, named)
    slots = take.slots if stems else [None]
    replays = {solo: Replay(take, bundles, instead=instead, solo=solo) for solo in slots}
    first = next(iter(replays.values()))
    usual = choose_format(out, first.sample_rate_hz, channels=first.channels)
    form = choose_format(
        out,
        first.sample_rate_hz,
        sample_rate_hz=sample_rate_hz,
        channels=first.channels,
        bits=bits or (FLOAT_BITS if FLOAT_BITS in usual.format.bits else None),
    )
    files = stem_paths(out, slots)
    for file in files.values():
        check_free(file, force=force)
    for line in take.notes:
        _note(f"{printable(path)}: {line}")
    title = f"replay of {path.stem}"
    written = 0
    try:
        with progress(sum(one.rendered_samples for one in replays.values())) as on_progress:
            for solo, one in replays.items():
                out = files[solo]
                write_replay(one, out, form, title=title, force=force, on_progress=on_progress)
                written += 1
                seconds = one.samples / one.sample_rate_hz
                what = "" if solo is None else f" of slot {solo}"
                typer.echo(f"{printable(out)}: {seconds:.3f} s{what} at {form.sample_rate_hz} Hz")
    except KeyboardInterrupt:
        _note(f"interrupted: {written} of {len(files)} files are written, and whole")
        raise
    if first.passed_over:
        _note(f"{first.passed_over} commands mean nothing to this model, and were passed over")


def _note(line: str) -> None:
    typer.echo(f"distill-live: {line}", err=True)
