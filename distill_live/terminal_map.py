"""The map of a corpus, drawn in characters: where its landmarks lie, and how many at a place.

It knows places and characters; it prints nothing.
"""

from collections import Counter
from collections.abc import Iterable

WIDTH, HEIGHT = 48, 20
"""Characters; about a square, as those of a terminal are twice as high as wide."""

LEGEND = " 123456789+"
"""How many landmarks a character stands for."""


def draw_map(places: Iterable[tuple[float, float]]) -> list[str]:
    """Lines of `WIDTH` characters, `HEIGHT` of them, in a frame.

    Parameters
    ----------
    places
        x and y of each landmark, 0 to 1; y is 0 at the lowest line.
    """
    counts = Counter(
        (min(int(x * WIDTH), WIDTH - 1), min(int(y * HEIGHT), HEIGHT - 1)) for x, y in places
    )
    rows = [
        "".join(LEGEND[min(counts[x, y], len(LEGEND) - 1)] for x in range(WIDTH))
        for y in reversed(range(HEIGHT))
    ]
    edge = "+" + "-" * WIDTH + "+"
    return [edge, *(f"|{row}|" for row in rows), edge]
