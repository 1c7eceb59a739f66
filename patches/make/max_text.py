"""Max's file format: boxes, cords and a patcher as JSON."""

import json
from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Self

INK, PAPER, PANEL, KNOB = (
    [0.19, 0.19, 0.19, 1.0],
    [0.957, 0.949, 0.933, 1.0],
    [0.894, 0.878, 0.847, 1.0],
    [0.69, 0.28, 0.17, 1.0],
)

_INLETS_AND_OUTLETS = {
    "+": (2, 1),
    "/": (2, 1),
    "gate": (2, 1),
    "int": (2, 1),
    "loadbang": (1, 1),
    "metro": (2, 1),
    "notein": (1, 3),
    "prepend": (1, 1),
    "r": (0, 1),
    "s": (1, 0),
    "sel": (2, 2),
    "tosymbol": (1, 1),
    "udpreceive": (1, 1),
    "udpsend": (1, 0),
    "zl": (2, 2),
}

_BOXES = {
    "bpatcher": (1, 1),
    "button": (1, 1),
    "comment": (1, 0),
    "flonum": (1, 2),
    "inlet": (0, 1),
    "jsui": (1, 1),
    "message": (2, 1),
    "multislider": (1, 2),
    "number": (1, 2),
    "outlet": (1, 0),
    "panel": (1, 0),
    "slider": (1, 1),
    "textedit": (1, 4),
    "toggle": (1, 1),
    "umenu": (1, 3),
}


def inlets_and_outlets(text: str) -> tuple[int, int]:
    """Return an object's numbers of inlets and outlets, from its text."""
    name, *arguments = text.split()
    match name:
        case "route":
            return len(arguments) + 1, len(arguments) + 1
        case "pack":
            return len(arguments), 1
        case "unpack" | "t":
            return 1, len(arguments)
        case "sprintf":
            return text.count("%"), 1
    return _INLETS_AND_OUTLETS[name]


class Patcher:
    """Patcher in presentation mode.

    Parameters
    ----------
    width, height
        Size of its window, in pixels.
    """

    def __init__(self, width: int, height: int) -> None:
        self._size = (width, height)
        self._boxes: list[dict[str, Any]] = []
        self._lines: list[dict[str, Any]] = []
        self._wires = 0

    def _add(self, maxclass: str, counts: tuple[int, int], values: Mapping[str, Any]) -> str:
        name = f"obj-{len(self._boxes) + 1}"
        box = {"id": name, "maxclass": maxclass, "numinlets": counts[0], "numoutlets": counts[1]}
        if counts[1]:
            box["outlettype"] = [""] * counts[1]
        self._boxes.append({"box": {**box, **values}})
        return name

    def ui(self, maxclass: str, rect: tuple[int, int, int, int], **values: Any) -> str:
        """Add a visible object at ``x, y, width, height``; return its id."""
        values = {"presentation": 1, "presentation_rect": list(rect), **values}
        return self._add(maxclass, _BOXES[maxclass], {"patching_rect": list(rect), **values})

    def obj(self, text: str) -> str:
        """Add a hidden object."""
        return self._add("newobj", inlets_and_outlets(text), self._hidden(text))

    def msg(self, text: str) -> str:
        """Add a hidden message box."""
        return self._add("message", _BOXES["message"], self._hidden(text))

    def port(self, maxclass: str) -> str:
        """Add an inlet or an outlet."""
        return self._add(maxclass, _BOXES[maxclass], self._hidden(""))

    def _hidden(self, text: str) -> dict[str, Any]:
        """Return the next place for a hidden object, in rows."""
        row, column = divmod(self._wires, 8)
        self._wires += 1
        place = [20 + 250 * column, self._size[1] + 40 + 34 * row, 230, 22]
        return {"patching_rect": place, **({"text": text} if text else {})}

    def words(self, x: int, y: int, text: str, *, width: int = 120, size: float = 12.0) -> str:
        """Add a comment."""
        return self.ui(
            "comment",
            (x, y, width, round(size * 1.7)),
            text=text,
            fontsize=size,
            fontface=int(size > 12),
            textcolor=INK,
        )

    def panel(self, x: int, y: int, width: int, height: int, title: str) -> None:
        """Add a coloured rectangle with a heading."""
        self.ui("panel", (x, y, width, height), background=1, bgcolor=PANEL, rounded=0)
        self.words(x + 6, y + 4, title, width=width - 12, size=14.0)

    def cord(self, source: str, target: str, outlet: int = 0, inlet: int = 0) -> Self:
        """Connect two objects."""
        self._lines.append(
            {"patchline": {"source": [source, outlet], "destination": [target, inlet]}}
        )
        return self

    def chain(self, *objects: str) -> Self:
        """Connect each object's first outlet to the next one's first inlet."""
        for source, target in pairwise(objects):
            self.cord(source, target)
        return self

    def save_text(self) -> str:
        """Return the file's text."""
        patcher = {
            "fileversion": 1,
            "appversion": {"major": 8, "minor": 0, "revision": 0},
            "classnamespace": "box",
            "rect": [60.0, 90.0, *map(float, self._size)],
            "openinpresentation": 1,
            "default_fontsize": 12.0,
            "default_fontname": "Arial",
            "bgcolor": PAPER,
            "editing_bgcolor": PAPER,
            "boxes": self._boxes,
            "lines": self._lines,
        }
        return json.dumps({"patcher": patcher}, indent=1) + "\n"
