"""The command line of the instrument: `distill-live` plays; its commands do as they say.

What is heavy is imported where it is needed, so that help and errors answer at once.
"""

import sys

import typer

from distill_live.cli import addresses, check, gestures, midi, models, play, render, replay
from distill_live.cli.app import app
from distill_live.errors import DistillError
from distill_live.files import printable

__all__ = ["addresses", "check", "gestures", "main", "midi", "models", "play", "render", "replay"]


def main() -> None:
    """Run the command line. Status: 0, 1 on an error (one line says which), 2 on wrong usage."""
    try:
        app()
    except DistillError as error:
        message = str(error)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:  # no traceback reaches a performer
        message = f"internal error: {type(error).__name__}: {error}"
    else:
        return
    typer.echo(f"distill-live: {printable(' '.join(message.split()))}", err=True)
    sys.exit(1)
