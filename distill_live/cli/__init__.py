"""Command line of the instrument: `distill-live` plays, its subcommands do the rest.

Heavy modules are imported inside the commands, so that help and errors appear at once.
"""

import sys

from distill_live.process_environment import set_environment


def main() -> None:
    """Run `distill-live`; exit with 0, 1 on an error (printed in one line), 2 on wrong usage."""
    set_environment()
    try:
        from distill_live.cli.commands import app
        from distill_live.cli.run import run
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(run("distill-live", app))
