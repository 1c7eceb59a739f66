"""`distill-live render`: render a model to sound files."""

import json
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from distill_live.cli.app import (
    BITS_HELP,
    DEMO,
    FILES,
    FORCE_HELP,
    MODEL_HELP,
    OUT_HELP,
    SEED_HELP,
    JsonOption,
    app,
)
from distill_live.errors import AudioFileError
from distill_live.files import check_kind, printable

if TYPE_CHECKING:
    from distill_live.bundle import Bundle
    from distill_live.offline.formats import SoundFormat
    from distill_live.offline.input_file import InputFile
    from distill_live.offline.plan import Origin, Plan
    from distill_live.offline.render import Progress

_motion = partial(typer.Option, rich_help_panel="Motion")
_file = partial(typer.Option, rich_help_panel="File")


@app.command(rich_help_panel=FILES)
def render(
    context: typer.Context,
    model: Annotated[str, typer.Option(help=MODEL_HELP)] = DEMO,
    out: Annotated[Path, typer.Option(help=OUT_HELP)] = Path("out.wav"),
    seconds: Annotated[
        float | None,
        typer.Option(
            help="Duration in seconds.",
            show_default="10; the song's with --midi, the file's with --input",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help=SEED_HELP)] = 0,
    count: Annotated[
        int, typer.Option(help="Number of files: out-01.wav ..., the seed rising by 1 each.")
    ] = 1,
    like: Annotated[
        Path | None, typer.Option(help="Rendered file to render again, from its own comment.")
    ] = None,
    path: Annotated[
        str | None,
        _motion(
            help="Motion: walk, wander (as the recordings go on), recording:NAME, crossfade "
            "(chunks of unrelated places), interpolate (chunks between places), or a gesture: its "
            "name, gesture:NAME or .csv file.",
            show_default="wander; none with a preset, axis, place or song",
        ),
    ] = None,
    midi: Annotated[
        Path | None,
        _motion(help="Standard MIDI File to play; its messages act as live ones do by default."),
    ] = None,
    heard: Annotated[
        Path | None,
        _motion("--input", help="Sound file to listen to, as to a live input, from the start on."),
    ] = None,
    follow: Annotated[
        float | None,
        _motion(help="/input/follow, 0 to 1: at 1 the model plays what the input is."),
    ] = None,
    steps: Annotated[
        int | None,
        _motion(
            help="Chunks from one place to the next, with --path interpolate.", show_default="8"
        ),
    ] = None,
    tempo: Annotated[
        float | None, _motion(help="Tempo in beats a minute.", show_default="the preset's, or 120")
    ] = None,
    preset: Annotated[str | None, _motion(help="Preset to start from.")] = None,
    to: Annotated[str | None, _motion(help="Preset to morph to until the end.")] = None,
    axis: Annotated[
        list[str] | None, _motion(help="Axis value, such as brightness=0.5; repeatable.")
    ] = None,
    place: Annotated[str | None, _motion("--map", help="Map position, such as 0.2,0.7.")] = None,
    blend: Annotated[
        list[str] | None,
        _motion(
            help="Another model and its weight (--model has 1), such as bells:0.4; up to 3 times."
        ),
    ] = None,
    settings: Annotated[
        list[str] | None,
        _motion("--set", help="Value of any OSC address, such as '/pitch 3'; repeatable."),
    ] = None,
    samplerate: Annotated[
        int | None,
        _file(
            help="Sample rate in Hz.", show_default="the model's, or the next that the format has"
        ),
    ] = None,
    channels: Annotated[int, _file(help="Number of channels.")] = 2,
    bits: Annotated[int | None, _file(help=BITS_HELP, show_default="24")] = None,
    force: Annotated[bool, _file("--force", help=FORCE_HELP)] = False,
    as_json: JsonOption = False,
) -> None:
    """Render a model to a sound file; same arguments, same WAV or FLAC bytes."""
    from distill_live.offline.formats import choose_format

    if like is not None:
        _refuse_beside_like(context)
        other = model if _is_given(context, "model") else None
        _render_again(like, out, other, heard, force=force, as_json=as_json)
        return
    from distill_live.bundle import read_bundle
    from distill_live.library import find_model
    from distill_live.offline.arguments import parse_blend, plan_from
    from distill_live.offline.batch import batch
    from distill_live.offline.input_file import InputFile

    check_kind(out, AudioFileError)
    bundle = read_bundle(find_model(model))
    score = None
    if midi is not None:
        from distill_live.midi.score import read_score

        score = partial(read_score, midi, [axis.name for axis in bundle.axes])
    blended = [
        (read_bundle(find_model(name)), weight) for name, weight in map(parse_blend, blend or ())
    ]
    input_file = None if heard is None else InputFile(heard)
    form = choose_format(
        out,
        bundle.settings.sample_rate_hz,
        sample_rate_hz=samplerate,
        channels=channels,
        bits=bits,
    )
    plan = plan_from(
        bundle,
        seconds=seconds,
        seed=seed,
        score=score,
        path=path,
        steps=steps,
        tempo=tempo,
        preset=preset,
        to=to,
        axes=axis or (),
        place=place,
        settings=settings or (),
        blended=blended,
        heard=input_file,
        follow=follow,
        report=print_note,
    )
    bundles = [bundle, *(other for other, _ in blended)]
    parts = batch(plan, bundle, out, count, force=force)
    _render_files(bundles, parts, form, input_file, force=force, as_json=as_json)


def print_note(line: str) -> None:
    """Print a note to standard error."""
    typer.echo(f"distill-live: {line}", err=True)


@contextmanager
def progress_bar(frames: int) -> "Iterator[tuple[Progress | None, Callable[[str], None]]]":
    """Progress bar on standard error, where that is a terminal; other endings act as Ctrl-C.

    Yields
    ------
    tuple
        A function that takes the number of frames done since the last call, None without a bar; and
        one that prints a line to standard output, above the bar.
    """
    for name in ("SIGTERM", "SIGBREAK"):  # the second is Ctrl-Break, of Windows
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.default_int_handler)
    if not sys.stderr.isatty():
        yield None, typer.echo
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TimeRemainingColumn

    columns = BarColumn(), TaskProgressColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=frames)

        def print_line(line: str) -> None:
            bar.stop()  # removes it
            typer.echo(line)
            bar.start()

        yield lambda done: bar.advance(task, done), print_line


def _is_given(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def _refuse_beside_like(context: typer.Context) -> None:
    allowed = ("like", "out", "model", "heard", "force", "as_json")
    for name in context.params:
        if name not in allowed and _is_given(context, name):
            option = {"place": "map", "settings": "set"}.get(name, name)
            raise typer.BadParameter(f"--{option} does not go with --like; leave it out")


def _render_again(
    like: Path, out: Path, model: str | None, heard: Path | None, *, force: bool, as_json: bool
) -> None:
    """Render a file again from its comment; `model` overrides where its model is found."""
    from distill_live.offline.batch import models_of, read_origin
    from distill_live.offline.formats import choose_format
    from distill_live.offline.input_file import InputFile
    from distill_live.offline.writer import check_free

    origin = read_origin(like)
    if bool(origin.plan.heard) != (heard is not None):
        given = f"give --input {printable(origin.plan.heard)}"
        change = given if heard is None else "leave --input out"
        raise AudioFileError(f"{printable(like)}: {change}, as when it was rendered")
    check_free(out, force=force)
    bundles, differences = models_of(origin, model)
    for line in differences:
        print_note(f"{printable(like)}: {line}: the sound may differ")
    default = choose_format(out, origin.sample_rate_hz)
    form = choose_format(
        out,
        origin.sample_rate_hz,
        channels=origin.channels,
        bits=origin.bits if origin.bits in default.format.bits else None,
    )
    input_file = None if heard is None else InputFile(heard)
    _render_files(bundles, [(origin.plan, out)], form, input_file, force=force, as_json=as_json)


def _render_files(
    bundles: "Sequence[Bundle]",
    parts: "Sequence[tuple[Plan, Path]]",
    form: "SoundFormat",
    heard: "InputFile | None",
    *,
    force: bool,
    as_json: bool,
) -> None:
    """Render plans one after the other; after Ctrl-C only complete files remain."""
    from distill_live.offline.render import render as render_file

    written: list[dict[str, Any]] = []
    seconds = sum(plan.seconds for plan, _ in parts)
    try:
        frames = round(seconds * form.sample_rate_hz)
        with progress_bar(frames) as (on_progress, print_line):
            for plan, out in parts:
                origin = render_file(
                    bundles[0],
                    plan,
                    out,
                    form,
                    blended=bundles[1:],
                    heard=heard,
                    force=force,
                    on_progress=on_progress,
                )
                written.append(_as_json(out, form, origin))
                if not as_json:
                    print_line(_as_line(written[-1]))
    except KeyboardInterrupt:
        print_note(f"interrupted: {len(written)} of {len(parts)} files are complete")
        raise
    finally:
        if as_json:
            typer.echo(json.dumps(written, indent=2))


def _as_json(out: Path, form: "SoundFormat", origin: "Origin") -> dict[str, Any]:
    return {
        "path": str(out),
        "bytes": out.stat().st_size,
        "format": form.format.name,
        "bits": form.bits,
        "samplerate": form.sample_rate_hz,
        "channels": form.channels,
        "seconds": origin.plan.seconds,
        "seed": origin.plan.seed,
        "motion": origin.plan.motion,
        "models": [asdict(model) for model in origin.models],
    }


def _as_line(facts: dict[str, Any]) -> str:
    bits = "" if facts["bits"] is None else f" {facts['bits']} bit"
    channels = f"{facts['channels']} channel{'s' * (facts['channels'] > 1)}"
    models = ", ".join(printable(model["name"]) for model in facts["models"])
    return (
        f"{printable(facts['path'])}: {facts['seconds']:g} s of {models}, seed "
        f"{facts['seed']}; {facts['format']}{bits}, {facts['samplerate']} Hz, {channels}"
    )
