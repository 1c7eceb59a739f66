"""Panels of the Max patch with named entries: presets, gestures and models."""

from typing import NamedTuple

from controls import (
    GESTURE_LOOP,
    GESTURE_SPEED,
    MODEL_FADE,
    SLOTS,
    described,
    high,
)
from max_controls import fader, heard, said, toggle
from max_text import KNOB, Patcher


class Order(NamedTuple):
    """Button beside a name: label, and the address that takes the name."""

    words: str
    path: str


def _names(
    window: Patcher,
    rect: tuple[int, int, int, int],
    of: str,
    title: str,
    orders: tuple[Order, ...],
    *,
    step: tuple[int, int] = (0, 30),
) -> None:
    """Add a name, typed or chosen from a list, and buttons that send it."""
    x, y, *_ = rect
    window.panel(*rect, title)
    name = window.ui("textedit", (x + 10, y + 30, 180, 22), text="one", keymode=1, lines=1)
    known = window.obj("tosymbol")
    window.chain(name, window.obj("route text"), known)
    window.cord(known, window.obj(f"s distill-{of}-name"))
    loaded = window.obj("loadbang")
    window.chain(loaded, name)
    menu = window.ui("umenu", (x + 10, y + 60, 180, 22))
    window.cord(menu, chosen := window.obj("tosymbol"), 1)
    window.chain(chosen, window.obj("prepend set"), name)
    window.cord(chosen, known)
    info = window.obj("unpack 0 s")
    window.cord(heard(window, f"/{of}/info"), info)
    window.cord(info, append := window.obj("prepend append"), 1).cord(append, menu)
    window.chain(window.obj("r distill-reset"), clear := window.msg("clear"), menu)
    for index, order in enumerate(orders):
        left, top = x + 10 + step[0] * index, y + 96 + step[1] * index
        button = window.ui("button", (left, top, 24, 24), annotation=described(order.path))
        window.words(left + 28, top + 2, order.words, width=60)
        reg = window.obj("zl reg")
        window.cord(window.obj(f"r distill-{of}-name"), reg, 0, 1)
        window.chain(button, reg, said(window, order.path))
    window.cord(heard(window, f"/{of}/changed"), again := window.obj("t b b"))
    ask = window.msg(f"/distill/{of}/list")
    window.cord(again, clear, 1).cord(again, ask).cord(ask, window.obj("s distill-send"))


def _recall(window: Patcher) -> None:
    window.words(808, 486, "morph in s", width=80)
    morph = window.ui(
        "flonum", (886, 486, 60, 22), minimum=0.0, maximum=high("/preset/recall", 1), format=6
    )
    button = window.ui("button", (810, 516, 24, 24), annotation=described("/preset/recall"))
    window.words(838, 518, "recall", width=60)
    reg, pack = window.obj("zl reg"), window.obj("pack s 0.")
    window.cord(window.obj("r distill-preset-name"), reg, 0, 1).cord(morph, pack, 0, 1)
    window.chain(button, reg, pack, said(window, "/preset/recall"))


def gestures(window: Patcher) -> None:
    """Add the panel of gestures."""
    _names(
        window,
        (10, 632, 490, 158),
        "gesture",
        "Gestures",
        (
            Order("record", "/gesture/record"),
            Order("play", "/gesture/play"),
            Order("delete", "/gesture/delete"),
        ),
        step=(92, 0),
    )
    stop = window.ui("button", (296, 728, 24, 24), annotation=described("/gesture/stop"))
    window.words(324, 730, "stop", width=50)
    window.chain(stop, window.msg("/distill/gesture/stop"), window.obj("s distill-send"))
    toggle(window, 388, 728, GESTURE_LOOP)
    fader(window, 220, 662, GESTURE_SPEED)


def models(window: Patcher) -> None:
    """Add the panel of models: weights and names."""
    window.panel(510, 632, 500, 158, "Models")
    weights = heard(window, "/model/blend")
    infos = heard(window, "/model/info")
    for row, slot in enumerate(SLOTS):
        y = 660 + 30 * row
        slider = window.ui(
            "slider",
            (520, y, 130, 20),
            floatoutput=1,
            orientation=1,
            min=0.0,
            size=high("/model/blend", 1),
            knobcolor=KNOB,
            annotation=described("/model/blend"),
        )
        name = window.words(654, y, "-", width=90)
        window.cord(slider, said(window, f"/model/blend {slot}"))
        show = window.obj("prepend set")
        window.chain(weights, window.obj(f"route {slot}"), show, slider)
        window.cord(infos, info := window.obj(f"route {slot}"))
        window.cord(info, parts := window.obj("unpack s 0. s")).cord(parts, show, 1)
        window.chain(parts, window.obj("prepend set"), name)
        reset = window.obj("r distill-reset")
        window.chain(reset, window.msg("set -"), name).chain(reset, window.msg("set 0"), slider)
    model = window.ui("textedit", (760, 660, 140, 22), text="demo", keymode=1, lines=1)
    known, pack = window.obj("tosymbol"), window.obj("pack 2 s")
    window.chain(model, window.obj("route text"), known).cord(known, pack, 0, 1)
    window.cord(window.obj("loadbang"), model)
    window.words(906, 660, "slot", width=36)
    slot_box = window.ui("number", (944, 660, 50, 22), minimum=SLOTS[0], maximum=SLOTS[-1])
    slot_now = window.obj("int 2")
    window.cord(slot_box, slot_now, 0, 1)
    load = window.ui("button", (760, 692, 24, 24), annotation=described("/model/load"))
    window.words(788, 694, "load", width=60)
    window.chain(load, slot_now, pack, said(window, "/model/load"))
    slot_then = window.obj("int 2")
    window.cord(slot_box, slot_then, 0, 1)
    unload = window.ui("button", (860, 692, 24, 24), annotation=described("/model/unload"))
    window.words(888, 694, "unload", width=60)
    window.chain(unload, slot_then, said(window, "/model/unload"))
    window.chain(window.obj("loadbang"), window.msg("set 2"), slot_box)
    fader(window, 740, 750, MODEL_FADE)
    done = window.obj("route /distill/model/load /distill/model/unload")
    ask = window.msg("/distill/model/list")
    window.chain(heard(window, "/done"), done, ask, window.obj("s distill-send"))
    window.cord(done, ask, 1)


def presets(window: Patcher) -> None:
    """Add the panel of presets."""
    _names(
        window,
        (800, 322, 210, 300),
        "preset",
        "Presets",
        (Order("store", "/preset/store"), Order("delete", "/preset/delete")),
    )
    _recall(window)
