"""What `distill-live render` shows while it renders, and says when it is done."""

import json
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import typer

from distill_live.bundle import Bundle
from distill_live.files import printable
from distill_live.offline.batch import models_of, read_origin
from distill_live.offline.formats import SoundFormat, choose_format
from distill_live.offline.plan import Origin, Plan
from distill_live.offline.render import Progress, render
from distill_live.offline.writer import check_free


class Rendering:
    """Renders files one after the other; Ctrl-C leaves those that are whole, and no other.

    Parameters
    ----------
    force
        Whether files that are there are replaced.
    as_json
        Say what was written as a JSON list, instead of a line each.
    """

    def __init__(self, *, force: bool, as_json: bool) -> None:
        self._force, self._as_json = force, as_json

    def note(self, line: str) -> None:
        """Say what the user should know, where it is in nobody's way."""
        typer.echo(f"distill-live: {line}", err=True)

    def again(self, like: Path, out: Path, model: str | None) -> None:
        """Render what a file says that it holds; `model` says where its model is, if need be."""
        said = read_origin(like)
        check_free(out, force=self._force)
        bundles, differences = models_of(said, model)
        for line in differences:
            self.note(f"{printable(like)}: {line}: the sound may differ")
        usual = choose_format(out, said.sample_rate_hz)
        form = choose_format(
            out,
            said.sample_rate_hz,
            channels=said.channels,
            bits=said.bits if said.bits in usual.format.bits else None,
        )
        self.run(bundles, [(said.plan, out)], form)

    def run(
        self, bundles: Sequence[Bundle], parts: Sequence[tuple[Plan, Path]], form: SoundFormat
    ) -> None:
        """Render plans to their files, and say so."""
        written: list[dict[str, Any]] = []
        seconds = sum(plan.seconds for plan, _ in parts)
        try:
            with progress(round(seconds * form.sample_rate_hz)) as on_progress:
                for plan, out in parts:
                    said = render(
                        bundles[0],
                        plan,
                        out,
                        form,
                        blended=bundles[1:],
                        force=self._force,
                        on_progress=on_progress,
                    )
                    written.append(_facts(out, form, said))
                    if not self._as_json:
                        typer.echo(_line(written[-1]))
        except KeyboardInterrupt:
            self.note(f"interrupted: {len(written)} of {len(parts)} files are written, and whole")
            raise
        finally:
            if self._as_json:
                typer.echo(json.dumps(written, indent=2))


def _facts(out: Path, form: SoundFormat, said: Origin) -> dict[str, Any]:
    return {
        "path": str(out),
        "bytes": out.stat().st_size,
        "format": form.format.name,
        "bits": form.bits,
        "samplerate": form.sample_rate_hz,
        "channels": form.channels,
        "seconds": said.plan.seconds,
        "seed": said.plan.seed,
        "motion": said.plan.motion,
        "models": [asdict(model) for model in said.models],
    }


def _line(facts: dict[str, Any]) -> str:
    bits = "" if facts["bits"] is None else f" {facts['bits']} bit"
    channels = f"{facts['channels']} channel{'s' * (facts['channels'] > 1)}"
    models = ", ".join(printable(model["name"]) for model in facts["models"])
    return (
        f"{printable(facts['path'])}: {facts['seconds']:g} s of {models}, seed "
        f"{facts['seed']}; {facts['format']}{bits}, {facts['samplerate']} Hz, {channels}"
    )


@contextmanager
def progress(frames: int) -> Iterator[Progress | None]:
    """A bar on standard error, where that is a terminal; a SIGTERM is a Ctrl-C from here on."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TimeRemainingColumn

    columns = BarColumn(), TaskProgressColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=frames)
        yield lambda done: bar.advance(task, done)
