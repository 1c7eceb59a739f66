"""Controls of the Max patch: each sends its address and shows the instrument's feedback."""

from controls import (
    Fader,
    Switch,
    described,
)
from max_text import KNOB, Patcher


def heard(window: Patcher, path: str) -> str:
    """Make objects that receive an address from the instrument."""
    heard, route = window.obj("r distill-heard"), window.obj(f"route /distill{path}")
    window.cord(heard, route)
    return route


def said(window: Patcher, path: str) -> str:
    """Make objects that send their arguments to an address."""
    prepend = window.obj(f"prepend /distill{path}")
    window.cord(prepend, window.obj("s distill-send"))
    return prepend


def toggle(window: Patcher, x: int, y: int, control: Switch) -> None:
    """Add a switch with its label."""
    box = window.ui("toggle", (x, y, 24, 24), checkedcolor=KNOB, annotation=described(control.path))
    window.words(x + 30, y + 2, control.words)
    window.cord(box, said(window, control.path))
    window.chain(heard(window, control.path), window.obj("prepend set"), box)


def fader(window: Patcher, x: int, y: int, control: Fader) -> None:
    """Add a slider with label and number box, both ways."""
    slider = window.ui(
        "slider",
        (x, y, 130, 20),
        floatoutput=1,
        orientation=1,
        min=control.low,
        size=control.high - control.low,
        knobcolor=KNOB,
        annotation=described(control.path),
    )
    window.words(x + 134, y, control.words, width=64)
    number = window.ui(
        "flonum", (x + 200, y, 54, 20), minimum=control.low, maximum=control.high, format=6
    )
    show, move = window.obj("prepend set"), window.obj("prepend set")
    window.cord(slider, said(window, control.path)).chain(slider, show, number)
    window.cord(number, slider)
    value = heard(window, control.path)
    window.cord(value, show).chain(value, move, slider)
