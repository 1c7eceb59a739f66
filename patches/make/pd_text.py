"""Pure Data's file format: objects, messages, boxes and cords as lines of text."""

from itertools import pairwise
from typing import Self

LABEL = "#303030"
PAPER, PANEL, TRACK, KNOB = "#f4f2ee", "#e4e0d8", "#fcfcfa", "#b0482c"
ALARM = "#d81e1e"
FONT_SIZE = 12


class Canvas:
    """Patch or subpatch.

    Parameters
    ----------
    width, height
        Size of its window, in pixels.
    name
        Name of a subpatch; empty for a file.
    """

    def __init__(self, width: int, height: int, name: str = "") -> None:
        inside = f" {name} 0" if name else f" {FONT_SIZE}"
        self._head = f"#N canvas 60 40 {width} {height}{inside};"
        self._items: list[str] = []
        self._cords: list[str] = []

    def _add(self, text: str) -> int:
        self._items.append(text)
        return len(self._items) - 1

    def obj(self, x: int, y: int, words: str) -> int:
        """Add an object; return its number."""
        return self._add(f"#X obj {x} {y} {_escaped(words)};")

    def msg(self, x: int, y: int, words: str) -> int:
        """Add a message box."""
        return self._add(f"#X msg {x} {y} {_escaped(words)};")

    def text(self, x: int, y: int, words: str) -> int:
        """Add a comment."""
        return self._add(f"#X text {x} {y} {_escaped(words)};")

    def number(self, x: int, y: int, name: str, low: float, high: float, *, width: int = 6) -> int:
        """Add a number box ``distill-<name>`` that sends input to ``distill-<name>-ui``."""
        return self._add(
            f"#X floatatom {x} {y} {width} {low:g} {high:g} 0 - distill-{name} distill-{name}-ui "
            f"{FONT_SIZE};"
        )

    def symbol(self, x: int, y: int, name: str, *, width: int) -> int:
        """Add a symbol box, with send and receive names as in `number`."""
        return self._add(
            f"#X symbolatom {x} {y} {width} 0 0 0 - distill-{name} distill-{name}-ui {FONT_SIZE};"
        )

    def slider(
        self,
        x: int,
        y: int,
        name: str,
        low: float,
        high: float,
        label: str,
        *,
        length: int,
        upright: bool = False,
    ) -> int:
        """Add a slider ``distill-<name>``, 18 pixels thick."""
        kind, size = ("vsl", f"18 {length}") if upright else ("hsl", f"{length} 18")
        place = f"5 {length + 12}" if upright else f"{length + 12} 9"
        return self.obj(
            x,
            y,
            f"{kind} {size} {low:g} {high:g} 0 0 distill-{name}-ui distill-{name} "
            f"{_word(label)} {place} 0 {FONT_SIZE} {TRACK} {KNOB} {LABEL} 0 1",
        )

    def toggle(self, x: int, y: int, name: str, label: str) -> int:
        """Add a switch ``distill-<name>`` with its label on the right."""
        return self.obj(
            x,
            y,
            f"tgl 22 0 distill-{name}-ui distill-{name} {_word(label)} 30 11 0 {FONT_SIZE} "
            f"{TRACK} {KNOB} {LABEL} 0 1",
        )

    def button(self, x: int, y: int, name: str, label: str) -> int:
        """Add a button ``distill-<name>`` with its label on the right."""
        return self.obj(
            x,
            y,
            f"bng 22 250 50 0 distill-{name}-ui distill-{name} {_word(label)} 30 11 0 {FONT_SIZE} "
            f"{TRACK} {KNOB} {LABEL}",
        )

    def alarm(self, x: int, y: int, name: str, label: str, *, size: int) -> int:
        """Add a large red button ``distill-<name>`` with its label below."""
        return self.obj(
            x,
            y,
            f"bng {size} 250 50 0 distill-{name}-ui distill-{name} {_word(label)} 4 {size + 14} 0 "
            f"18 {ALARM} {TRACK} {ALARM}",
        )

    def line(self, x: int, y: int, name: str) -> int:
        """Add a line of text ``distill-<name>``, set by ``label``: unescaped, of any length."""
        return self.panel(x, y - 16, 1, 1, name=f"distill-{name}", size=FONT_SIZE)

    def panel(
        self,
        x: int,
        y: int,
        width: int,
        height: int,
        label: str = "empty",
        *,
        name: str = "empty",
        colour: str = PANEL,
        size: int = 14,
    ) -> int:
        """Add a coloured rectangle with a heading."""
        return self.obj(
            x,
            y,
            f"cnv 12 {width} {height} empty {name} {_word(label)} 10 16 0 {size} "
            f"{colour} {LABEL} 0",
        )

    def meter(self, x: int, y: int, name: str, height: int, label: str) -> int:
        """Add a level meter ``distill-<name>`` that takes RMS and peak in dB."""
        return self.obj(
            x,
            y,
            f"vu 16 {height} distill-{name} {label} 3 {height + 12} 0 {FONT_SIZE} #404040 {LABEL} "
            "0 0",
        )

    def cord(self, source: int, target: int, outlet: int = 0, inlet: int = 0) -> Self:
        """Connect two objects."""
        self._cords.append(f"#X connect {source} {outlet} {target} {inlet};")
        return self

    def chain(self, *objects: int) -> Self:
        """Connect each object's first outlet to the next one's first inlet."""
        for source, target in pairwise(objects):
            self.cord(source, target)
        return self

    def inside(self, x: int, y: int, canvas: "Canvas", name: str, *, shown: int = 0) -> int:
        """Add a subpatch, as a box, or graph-on-parent with a size in pixels."""
        square = [f"#X coords 0 0 {shown} {shown} {shown} {shown} 2 0 0;"] if shown else []
        return self._add("\n".join([*canvas.lines(), *square, f"#X restore {x} {y} pd {name};"]))

    def lines(self) -> list[str]:
        """Return the lines of the file."""
        return [self._head, *self._items, *self._cords]

    def save_text(self) -> str:
        """Return the file's text."""
        return "\n".join(self.lines()) + "\n"


def _escaped(words: str) -> str:
    return words.replace(",", " \\,").replace(";", " \\;").replace("$", "\\$")


def _word(words: str) -> str:
    return words.replace(" ", "\\ ")
