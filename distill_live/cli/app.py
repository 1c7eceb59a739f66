"""What every command of `distill-live` hangs on."""

import typer

DEMO = "demo"
"""The model that is played where none is asked for."""

MODEL_HELP = "A model: its name, its id, or the path of a .distill file."

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Play a model that was distilled from recordings. Without a command it plays at once.",
)
