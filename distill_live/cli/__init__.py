"""The command line of the instrument: `distill-live` plays; its commands do as they say.

What is heavy is imported where it is needed, so that help and errors answer at once.
"""

import sys

from distill_live.process_environment import set_environment


def main() -> None:
    """Run the command line. Status: 0, 1 on an error (one line says which), 2 on wrong usage."""
    set_environment()
    try:
        from distill_live.cli.commands import app
        from distill_live.cli.run import run
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(run("distill-live", app))
