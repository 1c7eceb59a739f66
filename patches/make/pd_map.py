"""The map in the Pure Data patch: landmarks, a draggable point, two sliders, and their wiring.

The point is a data structure whose corners all depend on its two fields, so that dragging one moves
it. The variables ``distill_x`` and ``distill_y`` hold the place. The landmarks are an array in a
second data structure, which is hidden while a list arrives.
"""

from pd_text import Canvas

MAP_SIZE = 150
POINT_SIZE = 12
"""In pixels; no more, so that its middle is near enough to a corner to be caught."""

POINT_COLOUR, MARK_COLOUR, SOUNDING_COLOUR = 621, 467, 111
"""Red, green and blue from 0 to 9."""

MARK_RADIUS = 1.5

_ROOM = MAP_SIZE - POINT_SIZE
_FIRST = POINT_SIZE // 2
_LAST = MAP_SIZE - _FIRST
"""Middle of the point at the two ends of the map, in pixels; landmarks lie in the same square."""

X_PIXELS, Y_PIXELS = f"expr {_FIRST} + {_ROOM} * $f1", f"expr {_LAST} - {_ROOM} * $f1"


def pad() -> Canvas:
    """Add the visible pad; the wiring draws the point on it."""
    return Canvas(300, 300, "distill-map")


def map_wiring(wiring: Canvas) -> None:
    """Add the wiring: any move sends both coordinates; feedback moves point and sliders."""
    wiring.text(20, 10, "the map")
    _sliders(wiring)
    _said_and_heard(wiring)
    _landmarks(wiring)
    _sounding(wiring)
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


def _landmarks(wiring: Canvas) -> None:
    """Add the landmarks: drawn below the point, so created first; set by the list of landmarks."""
    wiring.text(640, 250, "the landmarks")
    start, orders = wiring.obj(640, 270, "loadbang"), wiring.obj(640, 296, "t b b b")
    canvas = wiring.msg(760, 322, "traverse pd-distill-map, bang")
    place = wiring.obj(760, 348, "pointer")
    none = wiring.msg(700, 348, "0")
    made = wiring.obj(640, 374, "append distill-landmarks shown")
    wiring.cord(start, orders).cord(orders, canvas, 2).cord(canvas, place).cord(place, made, 0, 1)
    wiring.cord(orders, none, 1).cord(none, made)
    wiring.cord(orders, wiring.obj(640, 348, "s distill-marks-drawn"))
    wiring.inside(860, 270, _landmarks_template(), "landmarks-template")
    wiring.inside(860, 296, _mark_template(), "mark-template")

    show = wiring.obj(880, 500, "set distill-landmarks shown")
    size = wiring.obj(640, 500, "setsize distill-landmarks marks")
    mark = wiring.obj(640, 540, "element distill-landmarks marks")
    put = wiring.obj(640, 570, "set distill-mark x y")
    for target in (show, size, mark):
        wiring.cord(made, target, 0, 1)
    wiring.cord(mark, put, 0, 2)
    heard, kinds = (
        wiring.obj(640, 404, "r distill-corpus-in"),
        wiring.obj(640, 428, "route info end"),
    )
    parts = wiring.obj(640, 452, "unpack f s f f f")
    x, orders = wiring.obj(820, 540, "f"), wiring.obj(640, 476, "t b f f f")
    wiring.cord(heard, kinds).cord(kinds, parts)
    x_pixels, y_pixels = wiring.obj(820, 512, X_PIXELS), wiring.obj(1000, 512, Y_PIXELS)
    wiring.cord(parts, y_pixels, 4).cord(y_pixels, put, 0, 1)
    wiring.cord(parts, x_pixels, 3).cord(x_pixels, x, 0, 1).cord(parts, orders)
    first, hide = wiring.obj(1000, 452, "sel 0"), wiring.msg(1000, 476, "0")
    wiring.cord(orders, first, 3).cord(first, hide).cord(hide, show)
    wiring.cord(orders, more := wiring.obj(760, 476, "+ 1"), 2).cord(more, size)
    wiring.cord(orders, mark, 1).cord(orders, x).cord(x, put)
    count, least = wiring.obj(1060, 428, "t f f"), wiring.obj(1160, 452, "max 1")
    wiring.cord(kinds, count, 1).cord(count, least, 1).cord(least, size)
    wiring.cord(count, there_are := wiring.obj(1080, 476, "> 0")).cord(there_are, show)

    wiring.text(1000, 540, "the point goes with the button")
    go, known = wiring.obj(1000, 560, "r distill-goto-ui"), wiring.obj(1120, 560, "spigot")
    number = wiring.obj(1000, 584, "f 0")
    wiring.cord(there_are, known, 0, 1)
    chosen = wiring.obj(1000, 608, "element distill-landmarks marks")
    where = wiring.obj(1000, 632, "get distill-mark x y")
    wiring.cord(wiring.obj(1120, 584, "r distill-corpus-pick-ui"), number, 0, 1)
    wiring.cord(made, chosen, 0, 1).chain(go, known, number, chosen, where)
    there = wiring.obj(1000, 680, "pack f f")
    x_back = wiring.obj(1000, 656, f"expr ($f1 - {_FIRST}) / {_ROOM}.")
    y_back = wiring.obj(1160, 656, f"expr ({_LAST} - $f1) / {_ROOM}.")
    wiring.cord(where, y_back, 1).cord(y_back, there, 0, 1).chain(where, x_back, there)
    wiring.cord(there, wiring.obj(1000, 704, "s distill-map-in"))


def _sounding(wiring: Canvas) -> None:
    """Add the place that sounds: a frame that follows the meters."""
    wiring.text(640, 610, "what sounds")
    start, orders = wiring.obj(640, 630, "r distill-marks-drawn"), wiring.obj(640, 654, "t b b b")
    canvas = wiring.msg(760, 654, "traverse pd-distill-map, bang")
    place, middle = wiring.obj(760, 678, "pointer"), wiring.msg(700, 678, f"{MAP_SIZE / 2:g}")
    both = wiring.obj(700, 700, "t f f")
    made = wiring.obj(640, 724, "append distill-sounding x y")
    wiring.cord(start, orders).cord(orders, canvas, 2).cord(canvas, place).cord(place, made, 0, 2)
    wiring.cord(orders, middle, 1).cord(middle, both).cord(both, made, 1, 1).cord(both, made)
    wiring.cord(orders, wiring.obj(640, 678, "s distill-sounding-drawn"))
    wiring.inside(860, 630, _sounding_template(), "sounding-template")

    heard, point = wiring.obj(640, 750, "r distill-meter-in"), wiring.obj(640, 774, "route point")
    parts, put = (
        wiring.obj(640, 798, "unpack f f"),
        wiring.obj(640, 846, "set distill-sounding x y"),
    )
    x, y = wiring.obj(640, 822, X_PIXELS), wiring.obj(860, 822, Y_PIXELS)
    wiring.chain(heard, point, parts, x, put).cord(parts, y, 1).cord(y, put, 0, 1)
    wiring.cord(made, put, 0, 2)


def _point(wiring: Canvas) -> None:
    """Add the point: created at the start, its fields set by feedback and read after a drag."""
    wiring.text(20, 270, "the point")
    made = wiring.obj(20, 420, "append distill-point px py")
    start, orders = (
        wiring.obj(20, 296, "r distill-sounding-drawn"),
        wiring.obj(20, 322, "t b b b b"),
    )
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
    left, right = f"px(0:1)(0:{_ROOM})", f"px(0:1)({POINT_SIZE}:{MAP_SIZE})"
    top, bottom = f"py(0:1)({_ROOM}:0)", f"py(0:1)({MAP_SIZE}:{POINT_SIZE})"
    corners = " ".join((left, top, right, top, right, bottom, left, bottom))
    struct = template.obj(20, 20, "struct distill-point float px float py")
    template.obj(20, 80, f"filledpolygon {POINT_COLOUR} {POINT_COLOUR} 0 {corners}")
    template.cord(struct, template.obj(20, 50, "outlet"))
    return template


def _landmarks_template() -> Canvas:
    """Add the template of all landmarks: an array of dots that a mouse cannot move."""
    template = Canvas(700, 160, "landmarks-template")
    template.obj(20, 20, "struct distill-landmarks float shown array marks distill-mark")
    template.obj(20, 80, f"plot -v shown -e 0 marks {MARK_COLOUR} 0 0 0 1")
    return template


def _sounding_template() -> Canvas:
    """Add the template of the place that sounds: a square frame; its fields are in pixels."""
    template = Canvas(700, 160, "sounding-template")
    near, far = -_FIRST, _FIRST
    template.obj(20, 20, "struct distill-sounding float x float y")
    corners = f"{near} {near} {far} {near} {far} {far} {near} {far} {near} {near}"
    template.obj(20, 80, f"drawpolygon {SOUNDING_COLOUR} 2 {corners}")
    return template


def _mark_template() -> Canvas:
    """Add the template of one landmark: a small square; its fields are in pixels."""
    template = Canvas(700, 160, "mark-template")
    near, far = -MARK_RADIUS, MARK_RADIUS
    template.obj(20, 20, "struct distill-mark float x float y")
    corners = f"{near} {near} {far} {near} {far} {far} {near} {far}"
    template.obj(20, 80, f"filledpolygon {MARK_COLOUR} {MARK_COLOUR} 0 {corners}")
    return template
