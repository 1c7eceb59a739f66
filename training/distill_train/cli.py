"""The command line of the trainer: `distill-train DIR` learns a folder, `export` a checkpoint.

Torch and what needs it are imported only when there is work to do, so help and errors answer at
once.
"""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from distill_live import __version__
from distill_live.cli.run import run
from distill_live.files import printable
from distill_live.spectrogram import PROFILES

if TYPE_CHECKING:
    from distill_train.bundling.credits import Credits
    from distill_train.config import TrainingConfig

COMMANDS = ("train", "resume", "inspect", "export")

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Learn a folder of recordings and make an instrument of it. "
    "'distill-train DIR' is short for 'distill-train train DIR'.",
)

Folder = Annotated[
    Path, typer.Argument(metavar="DIR", help="Recordings: wav flac ogg mp3 aif aiff.")
]
Device = Annotated[
    str | None,
    typer.Option(help="Where to compute: auto, cpu, cuda, mps.", show_default="auto: a GPU if any"),
]
Profile = Annotated[
    str | None,
    typer.Option(help=f"Kind of spectrogram: {' or '.join(PROFILES)}.", show_default="standard"),
]
Config = Annotated[
    Path | None,
    typer.Option(help="A TOML file of settings; what is given here overrides it."),
]
Preset = Annotated[
    str | None,
    typer.Option(
        help="How hard to work against overfitting: conservative, balanced, aggressive, or auto, "
        "which goes by the recordings. A file of settings overrides it.",
        show_default="as conservative",
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Any setting, such as loss.kl=1e-3."),
]
Audio = Annotated[Path | None, typer.Option(help="The recordings.", show_default="where they were")]
Yes = Annotated[
    bool, typer.Option("--yes", "-y", help="Make a cache over 100 MB without being asked.")
]
Author = Annotated[str, typer.Option(help="Kept in the bundle: who made the model.")]
Licence = Annotated[str, typer.Option(help="Kept in the bundle: its terms of use.")]
Sources = Annotated[str, typer.Option(help="Kept in the bundle: where the recordings come from.")]


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"distill-train {__version__}")
        raise typer.Exit


@app.callback()
def common(
    _version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_show_version, help="Say which.")
    ] = False,
) -> None:
    """Options of every command."""


@app.command()
def train(
    folder: Folder,
    out: Annotated[
        Path | None,
        typer.Option(
            help="The bundle to write, x.distill. Its card goes beside it (x.md), and the run's "
            "checkpoints, report and configuration go into a folder beside it (x.run).",
            show_default="DIR's name",
        ),
    ] = None,
    epochs: Annotated[
        int | None,
        typer.Option(min=1, help="Passes over the recordings.", show_default="what they need"),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Decides everything random.", show_default="0")
    ] = None,
    device: Device = None,
    profile: Profile = None,
    preset: Preset = None,
    config: Config = None,
    assignments: Set = None,
    overwrite: Annotated[
        bool,
        typer.Option("--overwrite", help="Begin anew even if an earlier run was not done."),
    ] = False,
    yes: Yes = False,
    author: Author = "",
    licence: Licence = "",
    sources: Sources = "",
) -> None:
    """Learn the recordings in DIR and write a bundle that distill-live plays.

    Ctrl-C saves the run and stops; 'distill-train resume' goes on with it. On several GPUs:
    torchrun --nproc-per-node 4 --no-python distill-train DIR
    """
    from distill_train.corpus.audio import find_audio_files
    from distill_train.output_paths import check_output_path, run_folder

    target = out or Path(f"{folder.resolve().name}.distill")
    given = {"epochs": epochs, "seed": seed, "device": device}
    settings = _settings(folder, preset, config, profile, assignments, given)
    check_output_path(target)
    words = _credits(target, author, licence, sources)
    find_audio_files(folder)  # what is wrong is said before torch is loaded

    from distill_train.progress_display import ProgressDisplay
    from distill_train.run import train_folder
    from distill_train.training.interrupts import interrupts

    with ProgressDisplay(agreed=yes, quiet=_not_first()) as terminal:
        bundle = train_folder(
            folder,
            target,
            settings,
            words,
            terminal,
            overwrite=overwrite,
            stopping=interrupts(),
        )
    if bundle:
        terminal.finished(bundle, target, run_folder(target))


@app.command()
def resume(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The run's folder, such as x.run.")],
    audio: Audio = None,
    yes: Yes = False,
) -> None:
    """Go on with a run that was stopped, exactly as if it had not been, and write its bundle."""
    from distill_train.output_paths import check_run_folder

    check_run_folder(run)

    from distill_train.progress_display import ProgressDisplay
    from distill_train.run import resume_run
    from distill_train.training.interrupts import interrupts

    with ProgressDisplay(agreed=yes, quiet=_not_first()) as terminal:
        done = resume_run(run, audio, terminal, stopping=interrupts())
    if done:
        terminal.finished(*done, run)


@app.command()
def inspect(
    folder: Folder,
    device: Device = None,
    profile: Profile = None,
    preset: Preset = None,
    config: Config = None,
    assignments: Set = None,
) -> None:
    """Say what is in DIR, how loud it is, and what learning it will take; nothing is written."""
    settings = _settings(folder, preset, config, profile, assignments, {"device": device})

    from distill_train.inspection import inspect_folder

    inspect_folder(folder, settings, lambda line: typer.echo(printable(line)))


@app.command()
def export(
    checkpoint: Annotated[Path, typer.Argument(help="Such as x.run/best.safetensors.")],
    out: Annotated[
        Path, typer.Option(help="The bundle to write, x.distill; its card goes beside it.")
    ],
    audio: Audio = None,
    yes: Yes = False,
    author: Author = "",
    licence: Licence = "",
    sources: Sources = "",
) -> None:
    """Make the bundle of a checkpoint; the recordings are read for landmarks and axes.

    A report is made at the end of a run only; one that is there stays as it is.
    """
    from distill_train.output_paths import check_checkpoint_path, check_output_path

    check_checkpoint_path(checkpoint)
    check_output_path(out)
    words = _credits(out, author, licence, sources)

    from distill_train.progress_display import ProgressDisplay
    from distill_train.run import export_checkpoint

    with ProgressDisplay(agreed=yes) as terminal:
        bundle = export_checkpoint(checkpoint, out, words, audio, terminal)
    terminal.finished(bundle, out, checkpoint.parent)


def _settings(
    folder: Path,
    preset: str | None,
    path: Path | None,
    profile: str | None,
    assignments: list[str] | None,
    given: dict[str, Any],
) -> "TrainingConfig":
    """Settings from a preset under a file, if there are any, under what is given."""
    from distill_train.config_sources import PRESET_NAMES, CorpusSize, layer_config, parse_overrides

    if profile not in (None, *PROFILES):
        raise typer.BadParameter(f"{profile} is none of {', '.join(PROFILES)}")
    if preset not in (None, *PRESET_NAMES):
        raise typer.BadParameter(f"{preset} is none of {', '.join(PRESET_NAMES)}")

    def corpus_size() -> CorpusSize:
        from distill_train.corpus.audio import find_audio_files, scan_headers

        headers, _ = scan_headers(folder, find_audio_files(folder))
        return CorpusSize(len(headers), sum(header.seconds for header in headers))

    return layer_config(
        preset, path, parse_overrides(profile, assignments or (), given), corpus_size
    )


def _not_first() -> bool:
    """Whether this is another than the first of several processes that train together."""
    return os.environ.get("RANK", "0") != "0"


def _credits(out: Path, author: str, licence: str, sources: str) -> "Credits":
    from distill_live.bundle import plain_name
    from distill_train.bundling.credits import Credits

    return Credits(plain_name(out.name.removesuffix(".distill")), author, licence, sources)


def main() -> None:
    """Run the command line.

    Status: 0, 1 on an error (one line says which), 2 on wrong usage, 130 if it was stopped.
    """
    arguments = sys.argv[1:]
    own = ("-h", "--help", "--version")
    if arguments and arguments[0] not in (*COMMANDS, *own):
        arguments = ["train", *arguments]
    sys.exit(
        run("distill-train", app, arguments, interrupted="stopped; run the same command again")
    )
