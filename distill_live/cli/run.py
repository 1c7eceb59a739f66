"""Run a command line: errors become one line, and an exit status."""

import io
import sys
from collections.abc import Sequence
from typing import Any

import typer
from typer.main import get_command

from distill_live.errors import DistillError, TrainingStopped
from distill_live.files import printable, reason_of

INTERRUPTED = 130
"""Exit status after Ctrl-C."""


def make_streams_printable() -> None:
    """Let the standard streams take any text: in UTF-8 under Windows, whose default is a code page.

    Elsewhere characters that the encoding of the user's choice lacks are replaced.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            encoding = "utf-8" if sys.platform == "win32" else None
            stream.reconfigure(encoding=encoding, errors="replace")


def hide_types_of_flags(command: Any) -> None:
    """Leave ``<bool>`` out of the help of a command and its subcommands: a flag takes no value."""
    context = typer.Context(command, help_option_names=["-h", "--help"])
    for parameter in (*command.params, command.get_help_option(context)):
        if getattr(parameter, "is_flag", False):
            parameter.metavar = ""
    for subcommand in getattr(command, "commands", {}).values():
        hide_types_of_flags(subcommand)


def run(
    program: str,
    app: typer.Typer,
    arguments: Sequence[str] | None = None,
    *,
    interrupted: str = "",
) -> int:
    """Run a command line.

    Parameters
    ----------
    program
        Program name, printed before messages.
    app
        The commands.
    arguments
        Command-line arguments; None for the process' own.
    interrupted
        Message after Ctrl-C, where the command has printed none.

    Returns
    -------
    int
        0, 1 on an error, 2 on wrong usage, or `INTERRUPTED`.
    """
    make_streams_printable()
    try:
        command = get_command(app)
        hide_types_of_flags(command)
        status = int(command(arguments, standalone_mode=False) or 0)
        if sys.stdout is not None:  # a program can be started without one
            sys.stdout.flush()
        if status != INTERRUPTED or not interrupted:
            return status
        message = interrupted
    except DistillError as error:
        message = str(error)
        status = INTERRUPTED if isinstance(error, TrainingStopped) else 1
    except typer.TyperException as error:
        message, status = error.format_message(), error.exit_code
        if "\n" in message:  # help of a command group called without a command
            typer.echo(message, err=True)
            return status
        message = f"{message.rstrip('.')}; see '{program} --help'"
    except typer.Abort:
        message, status = "not confirmed; nothing was changed", 1
    except OSError as refusal:  # such as a full disk behind standard output
        where = f"{refusal.filename}: " if refusal.filename else ""
        message, status = f"{where}the system refuses ({reason_of(refusal)})", 1
    except Exception as error:  # no traceback reaches a performer
        message, status = f"internal error: {type(error).__name__}: {error}", 1
    typer.echo(f"{program}: {printable(' '.join(message.split()))}", err=True)
    return status
