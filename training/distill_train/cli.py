"""Command line of `distill-train`: train, resume, watch, inspect, export, studio.

Commands import torch only after checking their arguments, so that help and errors are immediate.
"""

import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from distill_live import __version__
from distill_live.cli.run import run
from distill_live.files import printable
from distill_live.spectrogram import PROFILES

if TYPE_CHECKING:
    from distill_train.config import TrainingConfig

OPTIONS = ("-h", "--help", "--version", "--install-completion", "--show-completion")
"""Options of the program itself."""


class _Commands(TyperGroup):
    """Command group that gives all that does not begin with a command to `train`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in (*self.commands, *OPTIONS):
            args = ["train", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_Commands,
    add_completion=True,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Train an instrument on a folder of recordings. "
    "'distill-train DIR' is short for 'distill-train train DIR'.",
)

Folder = Annotated[
    Path,
    typer.Argument(metavar="DIR", help="Folder of recordings: wav flac mp3 ogg opus aiff caf ..."),
]
Run = Annotated[Path, typer.Argument(metavar="RUN", help="Folder of the run, such as x.run.")]
Device = Annotated[
    str | None,
    typer.Option(help="Device: auto, cpu, cuda or mps.", show_default="auto: a GPU if any"),
]
Profile = Annotated[
    str | None,
    typer.Option(
        help=f"Spectrogram and network: {' or '.join(PROFILES)}.", show_default="standard"
    ),
]
Config = Annotated[
    Path | None,
    typer.Option(help="TOML file of settings; options override it."),
]
Preset = Annotated[
    str | None,
    typer.Option(
        help="Regularisation: conservative, balanced, aggressive, or auto (by the amount of "
        "sound). --config overrides it.",
        show_default="conservative",
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Set any setting, such as loss.kl=1e-3."),
]
Audio = Annotated[
    Path | None, typer.Option(help="Folder of the recordings.", show_default="the run's")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Make a cache over 100 MB without asking.")]
Wait = Annotated[
    bool, typer.Option("--wait", help="Wait until no other run trains on this machine.")
]
Install = Annotated[
    bool, typer.Option("--install", help="Copy the model to the library, as distill-live import.")
]
Force = Annotated[
    bool, typer.Option("--force", help="With --install: replace a model of that name.")
]
Author = Annotated[str, typer.Option(help="Author, stored in the model.")]
Licence = Annotated[str, typer.Option(help="Licence, stored in the model.")]
Sources = Annotated[str, typer.Option(help="Origin of the recordings, stored in the model.")]


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"distill-train {__version__}")
        raise typer.Exit


@app.callback()
def common(
    _version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=_show_version, help="Print the version."),
    ] = False,
) -> None:
    """Options of the program itself."""


@app.command()
def train(
    folder: Folder,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Model to write, x.distill. Its card is x.md; checkpoints, report and "
            "configuration go to the folder x.run.",
            show_default="DIR's name",
        ),
    ] = None,
    minutes: Annotated[
        float | None,
        typer.Option(
            min=0.1,
            help="Time for training on any machine; the schedule fits it. Reading the recordings "
            "before, and export and report after, take their own time.",
            show_default="off",
        ),
    ] = None,
    epochs: Annotated[
        int | None,
        typer.Option(
            min=1, help="Number of passes over the recordings.", show_default="by their amount"
        ),
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Random seed.", show_default="0")] = None,
    device: Device = None,
    profile: Profile = None,
    preset: Preset = None,
    config: Config = None,
    assignments: Set = None,
    overwrite: Annotated[
        bool,
        typer.Option("--overwrite", help="Start again even if the last run is unfinished."),
    ] = False,
    yes: Yes = False,
    wait: Wait = False,
    install: Install = False,
    force: Force = False,
    author: Author = "",
    licence: Licence = "",
    sources: Sources = "",
) -> None:
    """Train on the recordings in DIR and write a model that distill-live plays.

    Ctrl-C saves the run and stops; 'distill-train resume' continues it. On several GPUs:
    torchrun --nproc-per-node 4 --no-python distill-train DIR
    """
    from distill_train.bundling.attribution import Attribution
    from distill_train.corpus.audio import find_audio_files
    from distill_train.output_paths import check_output_path, run_folder

    _check_one_limit(epochs, minutes)
    target = out or Path(f"{folder.resolve().name}.distill")
    if epochs:
        minutes = 0.0  # not the file's
    given = {"minutes": minutes, "epochs": epochs, "seed": seed, "device": device}
    settings = _settings(folder, preset, config, profile, assignments, given)
    check_output_path(target)
    attribution = Attribution.of(target, author, licence, sources)
    find_audio_files(folder)  # fails before torch is loaded

    from distill_train.progress_display import ProgressDisplay
    from distill_train.run import Hooks, train_run
    from distill_train.training.distributed import is_first_process
    from distill_train.training.interrupts import interrupts

    with ProgressDisplay(agreed=yes, quiet=not is_first_process()) as display:
        hooks = Hooks(display.on_event, display.confirm, interrupts(display.stopping))
        bundle = train_run(
            folder,
            target,
            settings,
            attribution,
            hooks,
            overwrite=overwrite,
            wait=wait,
            install=install,
            force=force,
        )
    if bundle:
        display.finished(bundle, target, run_folder(target))


@app.command()
def resume(
    run: Run,
    audio: Audio = None,
    minutes: Annotated[
        float | None,
        typer.Option(min=0.1, help="New time for training in all.", show_default="the run's"),
    ] = None,
    epochs: Annotated[
        int | None,
        typer.Option(min=1, help="New number of passes in all.", show_default="the run's"),
    ] = None,
    device: Annotated[
        str | None,
        typer.Option(help="Device: auto, cpu, cuda or mps.", show_default="the run's"),
    ] = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="CHECKPOINT",
            help="Checkpoint to continue from: one of RUN, whose later ones are removed, or one of "
            "a run elsewhere; RUN is then a new folder.",
            show_default="the latest",
        ),
    ] = None,
    yes: Yes = False,
    wait: Wait = False,
    install: Install = False,
    force: Force = False,
) -> None:
    """Continue a stopped run, or extend a finished one by --epochs or --minutes; write its model.

    Without options the result is that of an uninterrupted run.
    """
    from distill_train.output_paths import check_checkpoint_path, check_run_folder

    _check_one_limit(epochs, minutes)
    if checkpoint:
        check_checkpoint_path(checkpoint)
    else:
        check_run_folder(run)

    from distill_train.progress_display import ProgressDisplay
    from distill_train.run import Hooks, resume_run
    from distill_train.training.distributed import is_first_process
    from distill_train.training.interrupts import interrupts

    with ProgressDisplay(agreed=yes, quiet=not is_first_process()) as display:
        done = resume_run(
            run,
            audio,
            Hooks(display.on_event, display.confirm, interrupts(display.stopping)),
            checkpoint=checkpoint,
            device=device,
            epochs=epochs,
            minutes=minutes,
            wait=wait,
            install=install,
            force=force,
        )
    if done:
        display.finished(*done, run)


@app.command()
def watch(run: Run) -> None:
    """Show the progress of a run that another process trains, until it ends.

    Ctrl-C ends this display, not the run. The exit status is that of the run.
    """
    from distill_train.output_paths import check_run_folder

    check_run_folder(run)

    from distill_live.bundle import read_bundle
    from distill_live.errors import TrainingError, TrainingStopped
    from distill_train.progress_display import ProgressDisplay
    from distill_train.training.checkpoint import RunFiles
    from distill_train.training.event_log import SessionEnded, follow_events

    with suppress(KeyboardInterrupt), ProgressDisplay() as display:
        ended = None
        for event in follow_events(run):
            if ended:  # and resumed
                display.on_event(ended)
            ended = event if isinstance(event, SessionEnded) else None
            if not ended:
                display.on_event(event)
        if ended and ended.outcome != "done":
            raise (TrainingStopped if ended.outcome == "stopped" else TrainingError)(ended.message)
        if out := RunFiles(run).bundle():
            display.finished(read_bundle(out), out, run)


@app.command()
def inspect(
    folder: Folder,
    device: Device = None,
    profile: Profile = None,
    preset: Preset = None,
    config: Config = None,
    assignments: Set = None,
) -> None:
    """Print files, levels, chunks and training effort of DIR; write nothing."""
    settings = _settings(folder, preset, config, profile, assignments, {"device": device})

    from distill_train.inspection import inspect_corpus

    inspect_corpus(folder, settings, lambda line: typer.echo(printable(line)))


@app.command()
def export(
    checkpoint: Annotated[Path, typer.Argument(help="Checkpoint, such as x.run/best.safetensors.")],
    out: Annotated[Path, typer.Option(help="Model to write, x.distill; its card is x.md.")],
    audio: Audio = None,
    yes: Yes = False,
    install: Install = False,
    force: Force = False,
    author: Annotated[
        str | None, typer.Option(help="Author, stored in the model.", show_default="the run's")
    ] = None,
    licence: Annotated[
        str | None, typer.Option(help="Licence, stored in the model.", show_default="the run's")
    ] = None,
    sources: Annotated[
        str | None,
        typer.Option(
            help="Origin of the recordings, stored in the model.", show_default="the run's"
        ),
    ] = None,
) -> None:
    """Write the model of a checkpoint; the recordings are read for landmarks and axes.

    No report is written: only a run makes one, at its end.
    """
    from distill_train.bundling.attribution import Attribution
    from distill_train.output_paths import check_checkpoint_path, check_output_path

    check_checkpoint_path(checkpoint)
    check_output_path(out)
    Attribution.of(out, author or "", licence or "", sources or "")  # fails before torch is loaded

    from distill_train.progress_display import ProgressDisplay
    from distill_train.run import Hooks, export_attribution, export_checkpoint

    attribution = export_attribution(checkpoint, out, author, licence, sources)
    with ProgressDisplay(agreed=yes) as display:
        hooks = Hooks(display.on_event, display.confirm)
        bundle = export_checkpoint(
            checkpoint, out, attribution, audio, hooks, install=install, force=force
        )
    display.finished(bundle, out, checkpoint.parent)


@app.command()
def studio(
    folders: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[DIR]...", help="Folders of recordings to open."),
    ] = None,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="HTTP port; 0 for any free port.")
    ] = 9020,
    play_port: Annotated[
        int,
        typer.Option(min=0, max=65535, help="HTTP port of the play page.", show_default="the next"),
    ] = 0,
    config: Annotated[
        Path | None, typer.Option(help="TOML file of settings for the runs that it starts.")
    ] = None,
    open_page: Annotated[
        bool, typer.Option("--open", help="Open the studio in the browser.")
    ] = False,
) -> None:
    """Serve the studio, pages for recordings, training, models and renders, on this computer.

    Ctrl-C ends the studio, not the runs that it started.
    """
    from distill_train.studio.server import serve

    serve(folders or (), port, play_port, config, open_page=open_page)


def _check_one_limit(epochs: int | None, minutes: float | None) -> None:
    if epochs and minutes:
        raise typer.BadParameter("--epochs and --minutes exclude each other; give one of them")


def _settings(
    folder: Path,
    preset: str | None,
    path: Path | None,
    profile: str | None,
    assignments: list[str] | None,
    given: dict[str, Any],
) -> "TrainingConfig":
    """Configuration from defaults, preset, file and options, in rising precedence."""
    from distill_train.config_sources import PRESET_NAMES, CorpusSize, layer_config, parse_overrides

    for name, names in ((profile, PROFILES), (preset, PRESET_NAMES)):
        if name not in (None, *names):
            raise typer.BadParameter(f"{name} is none of {', '.join(names)}")

    def corpus_size() -> CorpusSize:
        from distill_train.corpus.audio import find_audio_files, no_usable_files, scan_headers

        headers, skipped = scan_headers(folder, find_audio_files(folder))
        if not headers:
            raise no_usable_files(folder, skipped)
        return CorpusSize(len(headers), sum(header.seconds for header in headers))

    return layer_config(
        preset, path, parse_overrides(profile, assignments or (), given), corpus_size
    )


def main() -> None:
    """Run the command line.

    Exit status: 0, 1 on an error (printed as one line), 2 on wrong usage, 130 if interrupted.
    """
    interrupted = "stopped; run the same command again"
    sys.exit(run("distill-train", app, sys.argv[1:], interrupted=interrupted))
