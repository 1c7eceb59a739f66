"""The map in the Pure Data patch: a point that is dragged, two sliders, and what is said of it.

The point is a data structure whose corners all depend on its two fields, so that dragging one moves
it. The place is kept in the variables ``distill_x`` and ``distill_y``.
"""

from pd_text import Canvas

MAP_SIZE = 150
POINT_SIZE = 12
"""In pixels; no more, so that its middle is near enough to a corner to be caught."""

COLOUR = 621
"""Red, green and blue from 0 to 9."""


def pad() -> Canvas:
    """What is shown: the point alone, which the wiring puts there."""
    return Canvas(300, 300, "distill-map")


def map_wiring(wiring: Canvas) -> None:
    """Whatever is moved, both numbers are sent, and the others follow; what is heard is shown."""
    wiring.text(20, 430, "the map")
    _sliders(wiring)
    _said_and_heard(wiring)
    _point(wiring)


def _sliders(wiring: Canvas) -> None:
    for index, axis in enumerate("xy"):
        x = 20 + 190 * index
        moved = wiring.obj(x, 456, f"r distill-map-{axis}-ui")
        orders = wiring.obj(x, 482, "t b b f")
        wiring.cord(orders, wiring.obj(x + 70, 508, f"v distill_{axis}"), 2)
        wiring.cord(moved, orders).cord(orders, wiring.obj(x, 534, "s distill-map-say"))
        wiring.cord(orders, wiring.obj(x + 30, 560, "s distill-map-point"), 1)


def _said_and_heard(wiring: Canvas) -> None:
    say, orders = wiring.obj(400, 456, "r distill-map-say"), wiring.obj(400, 482, "t b b")
    x_now, y_now = wiring.obj(400, 508, "v distill_x"), wiring.obj(500, 508, "v distill_y")
    both = wiring.obj(400, 534, "pack f f")
    wiring.cord(say, orders).cord(orders, x_now).cord(orders, y_now, 1)
    wiring.cord(x_now, both).cord(y_now, both, 0, 1)
    form, out = wiring.obj(400, 560, "oscformat distill map"), wiring.obj(560, 560, "s distill-osc")
    wiring.chain(both, form, out)

    heard, orders = wiring.obj(620, 430, "r distill-map-in"), wiring.obj(620, 456, "t b l")
    both = wiring.obj(650, 482, "unpack f f")
    wiring.cord(heard, orders).cord(orders, both, 1)
    wiring.cord(orders, wiring.obj(560, 534, "s distill-map-point"))
    for outlet, axis in enumerate("xy"):
        wiring.cord(both, wiring.obj(700 + 140 * outlet, 508, f"s distill-map-{axis}-now"), outlet)
        x = 700 + 190 * outlet
        keep = wiring.obj(x, 560, "t f f")
        wiring.cord(wiring.obj(x, 534, f"r distill-map-{axis}-now"), keep)
        wiring.cord(keep, wiring.obj(x + 70, 574, f"v distill_{axis}"), 1)
        wiring.chain(
            keep, wiring.msg(x, 600, "set $1"), wiring.obj(x, 626, f"s distill-map-{axis}")
        )


def _point(wiring: Canvas) -> None:
    """Made at the start; its fields are set, or are taken when a hand has changed them."""
    wiring.text(2400, 530, "the point")
    made = wiring.obj(2400, 680, "append distill-point px py")
    start, orders = wiring.obj(2400, 556, "loadbang"), wiring.obj(2400, 582, "t b b b b")
    middle = wiring.msg(2400, 632, "0.5")
    both = wiring.obj(2400, 656, "t f f")
    wiring.cord(start, orders).chain(orders, middle, both).cord(both, made).cord(both, made, 1, 1)
    for outlet, axis in ((1, "x"), (2, "y")):
        first = wiring.msg(2480 + 150 * outlet, 606, "0.5")
        wiring.cord(orders, first, outlet)
        wiring.cord(first, wiring.obj(2480 + 150 * outlet, 632, f"v distill_{axis}"))
    canvas = wiring.msg(2560, 582, "traverse pd-distill-map, bang")
    place = wiring.obj(2560, 656, "pointer")
    wiring.cord(orders, canvas, 3).cord(canvas, place).cord(place, made, 0, 2)

    put = wiring.obj(2400, 780, "set distill-point px py")
    wiring.cord(made, put, 0, 2)
    now, orders = wiring.obj(2400, 710, "r distill-map-point"), wiring.obj(2400, 734, "t b b")
    x_now, y_now = wiring.obj(2400, 758, "v distill_x"), wiring.obj(2500, 758, "v distill_y")
    wiring.cord(now, orders).cord(orders, x_now).cord(orders, y_now, 1)
    wiring.cord(x_now, put).cord(y_now, put, 0, 1)

    changed = wiring.obj(2620, 734, "route change")
    fields = wiring.obj(2620, 758, "get distill-point px py")
    orders = wiring.obj(2620, 784, "t b f")
    wiring.cord(wiring.inside(2620, 710, _template(), "template"), changed)
    wiring.cord(changed, fields)
    wiring.cord(fields, wiring.obj(2760, 810, "s distill-map-y-now"), 1)
    wiring.cord(fields, orders).cord(orders, wiring.obj(2680, 836, "s distill-map-x-now"), 1)
    wiring.cord(orders, wiring.obj(2620, 862, "s distill-map-say"))


def _template() -> Canvas:
    """How the point looks: a square whose corners all go with its fields."""
    template = Canvas(700, 160, "template")
    room = MAP_SIZE - POINT_SIZE
    left, right = f"px(0:1)(0:{room})", f"px(0:1)({POINT_SIZE}:{MAP_SIZE})"
    top, bottom = f"py(0:1)({room}:0)", f"py(0:1)({MAP_SIZE}:{POINT_SIZE})"
    corners = " ".join((left, top, right, top, right, bottom, left, bottom))
    struct = template.obj(20, 20, "struct distill-point float px float py")
    template.obj(20, 80, f"filledpolygon {COLOUR} {COLOUR} 0 {corners}")
    template.cord(struct, template.obj(20, 50, "outlet"))
    return template
