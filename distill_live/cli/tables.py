"""Tables as the terminal shows them; in a pipe, plain text with a line for each row."""

import sys
from collections.abc import Iterable, Sequence


def print_table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows under headings.

    In a terminal long cells wrap; elsewhere a row is one line, however long. Cells are shown as
    they are: none is taken for markup.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*headings, box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for row in rows:
        table.add_row(*(Text(str(cell)) for cell in row))
    console = Console()
    if not console.is_terminal:
        unlimited = console.options.update(max_width=sys.maxsize)
        console.width = max(console.width, console.measure(table, options=unlimited).maximum)
    console.print(table)
