"""`distill-live replay`: render a take again."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from distill_live.cli.app import BITS_HELP, FILES, FORCE_HELP, OUT_HELP, app
from distill_live.cli.render import print_note, progress_bar
from distill_live.files import check_kind, printable

if TYPE_CHECKING:
    from distill_live.bundle import Bundle
    from distill_live.takes.take_reader import Take


@app.command(rich_help_panel=FILES)
def replay(
    take: Annotated[Path, typer.Argument(help="The .json file beside a recording.")],
    out: Annotated[Path | None, typer.Option(help=OUT_HELP, show_default="TAKE-replay.wav")] = None,
    model: Annotated[
        str | None,
        typer.Option(
            help="Model to play instead of the first one: name, id or path.",
            show_default="the take's",
        ),
    ] = None,
    samplerate: Annotated[
        int | None, typer.Option(help="Sample rate in Hz.", show_default="the model's")
    ] = None,
    bits: Annotated[
        int | None,
        typer.Option(help=BITS_HELP, show_default="32 for .wav, exactly as rendered"),
    ] = None,
    stems: Annotated[bool, typer.Option("--stems", help="Write one file for each slot.")] = False,
    verify: Annotated[
        bool,
        typer.Option(
            "--verify",
            help="Compare with the recording instead of writing a file; exit status 1 if a sample "
            "differs without a reason.",
        ),
    ] = False,
    force: Annotated[bool, typer.Option("--force", help=FORCE_HELP)] = False,
) -> None:
    """Render a recorded take again, bit for bit as the engine rendered it."""
    from distill_live.bundle import read_bundle
    from distill_live.errors import AudioFileError, ConfigurationError
    from distill_live.library import find_model
    from distill_live.offline.formats import FLOAT_BITS, choose_format
    from distill_live.offline.writer import check_free
    from distill_live.takes.rendering import models_of, stem_paths, write_replay
    from distill_live.takes.replay import Replay
    from distill_live.takes.take_reader import Take

    if verify and (stems or force or any(each is not None for each in (out, samplerate, bits))):
        raise ConfigurationError(
            "--verify writes nothing; leave out --out, --stems, --samplerate, --bits and --force"
        )
    path, read = take, Take(take)
    out = out or path.with_name(f"{path.stem}-replay.wav")
    check_kind(out, AudioFileError)
    named = None if model is None else read_bundle(find_model(model))
    instead = None if named is None or named.fingerprint in read.models else named
    bundles = models_of(read, named)
    if verify:
        if instead is not None:
            raise ConfigurationError("--verify plays the take's own models; leave out --model")
        _verify(read, bundles)
        return
    slots = read.slots if stems else [None]
    replays = {solo: Replay(read, bundles, instead=instead, solo=solo) for solo in slots}
    first = next(iter(replays.values()))
    default = choose_format(out, first.sample_rate_hz, channels=first.channels)
    form = choose_format(
        out,
        first.sample_rate_hz,
        sample_rate_hz=samplerate,
        channels=first.channels,
        bits=bits or (FLOAT_BITS if FLOAT_BITS in default.format.bits else None),
    )
    files = stem_paths(out, slots)
    for file in files.values():
        check_free(file, force=force)
    for line in read.notes:
        print_note(f"{printable(path)}: {line}")
    title = f"replay of {path.stem}"
    written = 0
    try:
        frames = sum(one.rendered_samples for one in replays.values())
        with progress_bar(frames) as (on_progress, print_line):
            for solo, one in replays.items():
                file = files[solo]
                write_replay(one, file, form, title=title, force=force, on_progress=on_progress)
                written += 1
                seconds = one.samples / one.sample_rate_hz
                what = "" if solo is None else f" of slot {solo}"
                print_line(f"{printable(file)}: {seconds:.3f} s{what} at {form.sample_rate_hz} Hz")
    except KeyboardInterrupt:
        print_note(f"interrupted: {written} of {len(files)} files are complete")
        raise
    if first.skipped_commands:
        print_note(f"{first.skipped_commands} commands are unknown to this model and were skipped")


def _verify(take: "Take", bundles: "Mapping[str, Bundle]") -> None:
    """Print where a take differs from its replay; exit with status 1 unless each has a reason."""
    from distill_live.takes.replay import Replay
    from distill_live.takes.verification import verify

    for line in take.notes:
        print_note(f"{printable(take.path)}: {line}")
    replay = Replay(take, bundles)
    with progress_bar(replay.rendered_samples) as (on_progress, _):
        found = verify(take, replay, on_progress)
    typer.echo(
        f"{printable(take.path)}: {found.equal} of {found.frames} frames are equal to the replay, "
        "bit for bit"
    )
    for reason, frames in found.explained.items():
        typer.echo(f"{frames} frames differ: {reason}")
    if found.compared < found.frames:
        left_out = found.frames - found.compared
        typer.echo(f"{left_out} frames are not in the replay: gaps of the device")
    if found.unexplained:
        typer.echo(
            f"{found.unexplained} frames differ without a reason, the first is "
            f"{found.first_unexplained}"
        )
        raise typer.Exit(1)
