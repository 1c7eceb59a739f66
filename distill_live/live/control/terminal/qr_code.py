"""Draw QR codes with block characters, for phones that read an address from the terminal."""

from itertools import zip_longest

BORDER_MODULES = 2
"""Width of the light border, without which cameras do not find the code."""

_BLOCKS = " ▄▀█"
"""Two modules, one above the other: none light, lower, upper, both."""


def qr_lines(text: str) -> list[str]:
    """Lines of a QR code, light modules in the terminal's own colour; none where segno is missing.

    Terminals are dark as a rule; cameras read the code inverted, too.
    """
    try:
        import segno
    except ImportError:  # the address stands above
        return []
    code = segno.make(text, micro=False)
    rows = [list(row) for row in code.matrix_iter(border=BORDER_MODULES)]
    pairs = zip_longest(rows[::2], rows[1::2], fillvalue=[1] * len(rows[0]))
    return [
        "".join(
            _BLOCKS[2 * (not upper) + (not lower)] for upper, lower in zip(top, bottom, strict=True)
        )
        for top, bottom in pairs
    ]
