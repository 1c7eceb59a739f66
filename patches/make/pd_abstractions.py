"""Abstractions of the Pure Data patch: one control each, both ways.

Their send and receive names are those of `pd_wiring`.
"""

from pd_text import Canvas

OUT = "s distill-osc"


def value(address: str) -> Canvas:
    """Make `d-value name` and `d-part name first second`: a control and its number box."""
    canvas = Canvas(620, 200)
    moved = canvas.obj(20, 20, "r distill-$1-ui")
    canvas.chain(
        moved, canvas.obj(20, 120, f"oscformat distill {address}"), canvas.obj(20, 150, OUT)
    )
    show = canvas.msg(220, 80, "set $1")
    canvas.chain(moved, show, canvas.obj(220, 110, "s distill-$1-number"))
    heard = canvas.obj(300, 20, "r distill-$1-in")
    only = canvas.obj(300, 50, "route float")
    canvas.chain(heard, only, show)
    canvas.chain(only, canvas.msg(400, 80, "set $1"), canvas.obj(400, 110, "s distill-$1"))
    typed = canvas.obj(480, 20, "r distill-$1-number-ui")
    canvas.chain(typed, canvas.obj(480, 150, "s distill-$1"))
    return canvas


def model() -> Canvas:
    """Make `d-model slot`: the weight of a slot's model, under the model's name."""
    canvas = Canvas(620, 260)
    canvas.chain(
        canvas.obj(20, 20, "r distill-model-$1-ui"),
        canvas.obj(20, 50, "list prepend $1"),
        canvas.obj(20, 80, "oscformat distill model blend"),
        canvas.obj(20, 110, OUT),
    )
    fader = canvas.obj(240, 200, "s distill-model-$1")
    show = canvas.msg(240, 170, "set $1")
    canvas.chain(show, fader)
    blend = canvas.obj(240, 50, "route $1")
    canvas.chain(canvas.obj(240, 20, "r distill-model-blend-in"), blend, show)
    info, parts = canvas.obj(420, 50, "route $1"), canvas.obj(420, 80, "unpack s f s")
    label = canvas.msg(420, 170, "label $1")
    canvas.chain(canvas.obj(420, 20, "r distill-model-info-in"), info, parts, label, fader)
    canvas.cord(parts, show, 1)
    canvas.chain(
        canvas.obj(420, 110, "r distill-model-ask"), canvas.msg(420, 140, "label - , set 0"), fader
    )
    return canvas


def axis() -> Canvas:
    """Make `d-axis number index`: a fader with the name of the axis of that index."""
    canvas = Canvas(860, 360)
    moved = canvas.obj(20, 20, "r distill-axis-$1-ui")
    gate = canvas.obj(20, 200, "spigot")
    form = canvas.obj(20, 250, "oscformat distill axis -")
    canvas.chain(moved, gate, form, canvas.obj(20, 290, OUT))

    heard = canvas.obj(240, 20, "r distill-axis-in")
    info = canvas.obj(240, 50, "route info")
    mine = canvas.obj(240, 80, "route $2")
    parts = canvas.obj(240, 110, "unpack s f f f")
    names = canvas.obj(240, 140, "t s s s b")
    value = canvas.obj(560, 80, "route -")
    canvas.chain(heard, info, mine, parts, names)
    canvas.cord(info, value, 1)
    canvas.cord(names, value, 1, 1)
    fader = canvas.obj(440, 290, "s distill-axis-$1")
    canvas.chain(value, canvas.msg(560, 110, "set $1"), fader)
    canvas.cord(parts, show := canvas.msg(460, 170, "set $1"), 3).cord(show, fader)
    label = canvas.msg(330, 200, "label $1")
    canvas.cord(names, label, 2).cord(label, fader)
    rename = canvas.msg(120, 200, "set distill axis $1")
    canvas.cord(names, rename).cord(rename, form)
    canvas.cord(names, opened := canvas.msg(80, 170, "1"), 3).cord(opened, gate, 0, 1)

    reset = canvas.obj(680, 20, "r distill-axis-ask")
    closed = canvas.msg(680, 110, "0")
    canvas.chain(reset, closed).cord(closed, gate, 0, 1)
    canvas.chain(reset, empty := canvas.msg(720, 170, "label - , set 0"), fader)
    canvas.cord(canvas.obj(800, 20, "loadbang"), empty)
    return canvas


def meter() -> Canvas:
    """Make `d-meter channel`: RMS and peak of a channel, sent to the meter together."""
    canvas = Canvas(420, 240)
    heard = canvas.obj(20, 20, "r distill-meter-in")
    kinds = canvas.obj(20, 50, "route peak rms")
    canvas.chain(heard, kinds)
    pack = canvas.obj(20, 140, "pack f f")
    held = canvas.obj(100, 110, "f")
    both = canvas.obj(20, 110, "t b f")
    peak, rms = canvas.obj(20, 80, "route $1"), canvas.obj(180, 80, "route $1")
    canvas.cord(kinds, peak).cord(kinds, rms, 1)
    canvas.cord(rms, held, 0, 1)
    canvas.chain(peak, both, held, pack).cord(both, pack, 1, 1)
    canvas.chain(pack, canvas.obj(20, 180, "s distill-meter-$1"))
    return canvas


def names() -> Canvas:
    """Make `d-names preset`: a list of names; `distill-preset-pick` chooses one."""
    canvas = Canvas(760, 320)
    ask = canvas.obj(20, 20, "r distill-$1-ask")
    orders = canvas.obj(20, 50, "t b b")
    canvas.chain(
        ask, orders, canvas.obj(20, 80, "oscformat distill $1 list"), canvas.obj(20, 110, OUT)
    )
    keep = canvas.obj(180, 110, "text define distill-$1-names")
    canvas.cord(orders, clear := canvas.msg(180, 80, "clear"), 1).cord(clear, keep)

    heard = canvas.obj(300, 20, "r distill-$1-in")
    kinds = canvas.obj(300, 50, "route info end changed")
    row = canvas.obj(300, 140, "list split 1")
    put = canvas.obj(300, 200, "text set distill-$1-names 0")
    twice = canvas.obj(300, 110, "t a a")
    number = canvas.obj(420, 140, "list split 1")
    canvas.chain(heard, kinds, twice, row).cord(row, put, 1).cord(twice, number, 1)
    canvas.cord(number, put, 0, 1)
    canvas.cord(kinds, canvas.obj(420, 110, "s distill-$1-count"), 1)
    canvas.cord(kinds, canvas.obj(420, 80, "s distill-$1-ask"), 2)

    picked = canvas.obj(540, 20, "r distill-$1-pick-ui")
    canvas.chain(
        picked,
        canvas.obj(540, 200, "text get distill-$1-names"),
        canvas.obj(540, 230, "list split 1"),
        canvas.obj(540, 260, "s distill-$1-name"),
    )
    return canvas
