"""The map in the Pure Data patch: a draggable point, two sliders, and their wiring.

The point is a data structure whose corners all depend on its two fields, so that dragging one moves
it. The variables ``distill_x`` and ``distill_y`` hold the place.
"""

from pd_text import Canvas

MAP_SIZE = 150
POINT_SIZE = 12
"""In pixels; no more, so that its middle is near enough to a corner to be caught."""

COLOUR = 621
"""Red, green and blue from 0 to 9."""


def pad() -> Canvas:
    """Add the visible pad; the wiring draws the point on it."""
    return Canvas(300, 300, "distill-map")


def map_wiring(wiring: Canvas) -> None:
    """Add the wiring: any move sends both coordinates; feedback moves point and sliders."""
    wiring.text(20, 10, "the map")
    _sliders(wiring)
    _said_and_heard(wiring)
    _point(wiring)


def _sliders(wiring: Canvas) -> None:
    for index, axis in enumerate("xy"):
        x = 20 + 190 * index
        moved = wiring.obj(x, 36, f"r distill-map-{axis}-ui")
        orders = wiring.obj(x, 62, "t b b f")
        wiring.cord(orders, wiring.obj(x + 70, 88, f"v distill_{axis}"), 2)
        wiring.cord(moved, orders).cord(orders, wiring.obj(x, 114, "s distill-map-say"))
        wiring.cord(orders, wiring.obj(x + 30, 140, "s distill-map-point"), 1)


def _said_and_heard(wiring: Canvas) -> None:
    say, orders = wiring.obj(400, 36, "r distill-map-say"), wiring.obj(400, 62, "t b b")
    x_now, y_now = wiring.obj(400, 88, "v distill_x"), wiring.obj(500, 88, "v distill_y")
    both = wiring.obj(400, 114, "pack f f")
    wiring.cord(say, orders).cord(orders, x_now).cord(orders, y_now, 1)
    wiring.cord(x_now, both).cord(y_now, both, 0, 1)
    form, out = wiring.obj(400, 140, "oscformat distill map"), wiring.obj(560, 140, "s distill-osc")
    wiring.chain(both, form, out)

    heard, orders = wiring.obj(620, 10, "r distill-map-in"), wiring.obj(620, 36, "t b l")
    both = wiring.obj(650, 62, "unpack f f")
    wiring.cord(heard, orders).cord(orders, both, 1)
    wiring.cord(orders, wiring.obj(560, 114, "s distill-map-point"))
    for outlet, axis in enumerate("xy"):
        wiring.cord(both, wiring.obj(700 + 140 * outlet, 88, f"s distill-map-{axis}-now"), outlet)
        x = 700 + 190 * outlet
        keep = wiring.obj(x, 140, "t f f")
        wiring.cord(wiring.obj(x, 114, f"r distill-map-{axis}-now"), keep)
        wiring.cord(keep, wiring.obj(x + 70, 154, f"v distill_{axis}"), 1)
        wiring.chain(
            keep, wiring.msg(x, 180, "set $1"), wiring.obj(x, 206, f"s distill-map-{axis}")
        )


def _point(wiring: Canvas) -> None:
    """Add the point: created at the start, its fields set by feedback and read after a drag."""
    wiring.text(20, 270, "the point")
    made = wiring.obj(20, 420, "append distill-point px py")
    start, orders = wiring.obj(20, 296, "loadbang"), wiring.obj(20, 322, "t b b b b")
    middle = wiring.msg(20, 372, "0.5")
    both = wiring.obj(20, 396, "t f f")
    wiring.cord(start, orders).chain(orders, middle, both).cord(both, made).cord(both, made, 1, 1)
    for outlet, axis in ((1, "x"), (2, "y")):
        first = wiring.msg(100 + 150 * outlet, 346, "0.5")
        wiring.cord(orders, first, outlet)
        wiring.cord(first, wiring.obj(100 + 150 * outlet, 372, f"v distill_{axis}"))
    canvas = wiring.msg(180, 322, "traverse pd-distill-map, bang")
    place = wiring.obj(180, 396, "pointer")
    wiring.cord(orders, canvas, 3).cord(canvas, place).cord(place, made, 0, 2)

    put = wiring.obj(20, 520, "set distill-point px py")
    wiring.cord(made, put, 0, 2)
    now, orders = wiring.obj(20, 450, "r distill-map-point"), wiring.obj(20, 474, "t b b")
    x_now, y_now = wiring.obj(20, 498, "v distill_x"), wiring.obj(120, 498, "v distill_y")
    wiring.cord(now, orders).cord(orders, x_now).cord(orders, y_now, 1)
    wiring.cord(x_now, put).cord(y_now, put, 0, 1)

    changed = wiring.obj(240, 474, "route change")
    fields = wiring.obj(240, 498, "get distill-point px py")
    orders = wiring.obj(240, 524, "t b f")
    wiring.cord(wiring.inside(240, 450, _template(), "template"), changed)
    wiring.cord(changed, fields)
    wiring.cord(fields, wiring.obj(380, 550, "s distill-map-y-now"), 1)
    wiring.cord(fields, orders).cord(orders, wiring.obj(300, 576, "s distill-map-x-now"), 1)
    wiring.cord(orders, wiring.obj(240, 602, "s distill-map-say"))


def _template() -> Canvas:
    """Add the point's template: a square whose corners depend on its fields."""
    template = Canvas(700, 160, "template")
    room = MAP_SIZE - POINT_SIZE
    left, right = f"px(0:1)(0:{room})", f"px(0:1)({POINT_SIZE}:{MAP_SIZE})"
    top, bottom = f"py(0:1)({room}:0)", f"py(0:1)({MAP_SIZE}:{POINT_SIZE})"
    corners = " ".join((left, top, right, top, right, bottom, left, bottom))
    struct = template.obj(20, 20, "struct distill-point float px float py")
    template.obj(20, 80, f"filledpolygon {COLOUR} {COLOUR} 0 {corners}")
    template.cord(struct, template.obj(20, 50, "outlet"))
    return template
