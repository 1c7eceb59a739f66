"""The Pure Data patch: a window of controls, its wiring, and the abstractions that it needs.

Every control has a receive name, ``distill-<name>``, and sends ``distill-<name>-ui`` when a person
moves it. What the instrument says of ``/distill/<name>`` arrives as ``distill-<name>-in`` and sets
the control without making it speak.
"""

from controls import (
    AXES,
    FADERS,
    INSTRUMENT_PORT,
    MACRO_NUMBERS,
    METERS,
    METERS_PER_S,
    SWITCHES,
    high,
)
from pd_text import PAPER, Canvas

LISTS = ("preset", "corpus")
OUT = "s distill-osc"
ASK_PRESETS = "s distill-preset-ask"
MAP_LEFT, MAP_TOP, MAP_SIZE, DOT_SIZE = 358, 116, 150, 12


def pure_data() -> dict[str, str]:
    """Every file of the patch by its name."""
    return {
        "distill.pd": _window().save_text(),
        "d-value.pd": _value().save_text(),
        "d-macro.pd": _macro().save_text(),
        "d-axis.pd": _axis().save_text(),
        "d-meter.pd": _meter().save_text(),
        "d-names.pd": _names().save_text(),
    }


def _window() -> Canvas:
    window = Canvas(1040, 710)
    window.panel(0, 0, 1010, 664, colour=PAPER)
    _connection(window)
    _macros(window)
    _map(window)
    _meters(window)
    _axes(window)
    _sound(window)
    _names_panels(window)
    window.inside(920, 632, _wiring(), "wiring")
    return window


def _connection(window: Canvas) -> None:
    window.panel(10, 10, 990, 62, "Distill Live", size=18)
    window.text(20, 42, "host")
    window.symbol(58, 43, "host", width=15)
    window.text(180, 42, "port")
    window.number(218, 43, "port", 1, 65535, width=6)
    window.toggle(286, 38, "connect", "connect")
    window.text(400, 42, "model")
    window.symbol(446, 43, "model", width=16)
    window.text(580, 42, "load")
    window.number(618, 43, "load", 0, 0, width=5)
    window.text(672, 42, "says")
    window.symbol(710, 43, "says", width=40)


def _macros(window: Canvas) -> None:
    window.panel(10, 82, 300, 230, "Macros")
    for number in MACRO_NUMBERS:
        window.slider(
            24 + 35 * (number - 1),
            116,
            f"macro-{number}",
            0,
            1,
            str(number),
            length=160,
            upright=True,
        )


def _map(window: Canvas) -> None:
    window.panel(320, 82, 330, 230, "Map and landmarks")
    window.slider(332, 116, "map-y", 0, 1, "y", length=150, upright=True)
    window.panel(MAP_LEFT, MAP_TOP, MAP_SIZE, MAP_SIZE, colour="#fcfcfa")
    window.panel(427, 185, DOT_SIZE, DOT_SIZE, name="distill-map-dot", colour="#b0482c")
    window.slider(358, 272, "map-x", 0, 1, "x", length=150)
    window.text(526, 112, "landmark")
    window.number(528, 132, "corpus-pick", 0, high("/corpus/goto", 0), width=5)
    window.text(576, 131, "of")
    window.number(598, 132, "corpus-count", 0, 0, width=5)
    window.symbol(528, 160, "corpus-name", width=14)
    window.button(528, 188, "goto", "go there")
    window.text(526, 222, "glide in s")
    window.number(528, 242, "goto-glide", 0, high("/corpus/goto", 1), width=5)


def _meters(window: Canvas) -> None:
    window.panel(660, 82, 340, 230, "Out")
    for channel in range(METERS):
        window.meter(676 + 62 * channel, 112, f"meter-{channel}", 165, str(channel + 1))
    for index, switch in enumerate(SWITCHES):
        window.toggle(826, 112 + 36 * index, switch.name, switch.words)
    window.button(826, 112 + 36 * len(SWITCHES), "panic", "Panic")


def _axes(window: Canvas) -> None:
    window.panel(10, 322, 500, 300, "Axes")
    rows = AXES // 2
    for index in range(AXES):
        column, row = divmod(index, rows)
        window.slider(
            24 + 245 * column,
            352 + 33 * row,
            f"axis-{index + 1}",
            -1,
            1,
            "-",
            length=130,
        )


def _sound(window: Canvas) -> None:
    window.panel(520, 322, 265, 300, "Sound")
    for row, fader in enumerate(FADERS):
        y = 350 + 29 * row
        window.slider(532, y, fader.name, fader.low, fader.high, fader.words, length=130)
        window.number(732, y, f"{fader.name}-number", fader.low, fader.high, width=5)


def _names_panels(window: Canvas) -> None:
    window.panel(795, 322, 205, 300, "Presets")
    window.text(803, 346, "name")
    window.symbol(807, 366, "preset-name", width=24)
    window.text(803, 390, "or choose")
    window.number(880, 391, "preset-pick", 0, 999, width=4)
    window.text(920, 390, "of")
    window.number(944, 391, "preset-count", 0, 0, width=4)
    window.text(803, 416, "morph in s")
    window.number(888, 417, "preset-morph", 0, high("/preset/recall", 1), width=5)
    window.button(807, 446, "preset-recall", "recall")
    window.button(807, 476, "preset-store", "store")
    window.button(807, 506, "preset-delete", "delete")


def _wiring() -> Canvas:
    wiring = Canvas(1100, 760, "wiring")
    _network(wiring)
    _start(wiring)
    _map_wiring(wiring)
    _answers(wiring)
    _corpus_wiring(wiring)
    _preset_wiring(wiring)
    objects = [
        *(f"d-value {control.name}" for control in (*FADERS, *SWITCHES)),
        *(f"d-macro {number}" for number in MACRO_NUMBERS),
        *(f"d-axis {index + 1} {index}" for index in range(AXES)),
        *(f"d-meter {channel}" for channel in range(METERS)),
        *(f"d-names {name}" for name in LISTS),
    ]
    for index, words in enumerate(objects):
        wiring.obj(20 + 130 * (index % 8), 600 + 26 * (index // 8), words)
    return wiring


def _network(wiring: Canvas) -> None:
    """`distill-osc` takes what `oscformat` makes; `distill-heard` has all that is answered."""
    wiring.text(20, 4, "to and from the instrument")
    out = wiring.obj(20, 82, "r distill-osc")
    prepend = wiring.obj(20, 108, "list prepend send")
    trim = wiring.obj(20, 134, "list trim")
    send = wiring.obj(20, 226, "netsend -u -b")
    wiring.chain(out, prepend, trim, send)
    parse = wiring.obj(20, 256, "oscparse")
    bare = wiring.obj(20, 282, "list trim")
    ours = wiring.obj(20, 308, "route distill")
    wiring.cord(send, parse, 1).chain(parse, bare, ours)
    _dispatch(wiring, 20, 334, ours, "distill-%s-in")
    # the number in an address is a word for some versions of Pure Data: told apart by name
    macro = wiring.obj(400, 308, "r distill-macro-in")
    _dispatch(wiring, 400, 334, macro, "distill-macro-%s-in")
    wiring.cord(ours, wiring.obj(130, 308, "s distill-heard"))
    wiring.cord(send, wiring.obj(130, 256, "s distill-connected"))

    switch = wiring.obj(190, 30, "r distill-connect-ui")
    choose = wiring.obj(190, 56, "sel 1 0")
    both = wiring.obj(190, 108, "t b b")
    host = wiring.obj(190, 160, "symbol")
    port = wiring.obj(270, 160, "f")
    pack = wiring.obj(190, 184, "pack s f")
    connect = wiring.msg(190, 208, "connect $1 $2")
    wiring.chain(switch, choose, both, host, pack, connect, send)
    wiring.cord(both, port, 1).cord(port, pack, 0, 1)
    wiring.cord(wiring.obj(190, 134, "r distill-host-ui"), host, 0, 1)
    wiring.cord(wiring.obj(320, 134, "r distill-port-ui"), port, 0, 1)
    goodbye = wiring.obj(300, 82, "t b b")
    unsubscribe = wiring.msg(330, 108, "0")
    leave = wiring.msg(320, 208, "disconnect")
    wiring.cord(choose, goodbye, 1).cord(goodbye, leave).cord(leave, send)
    wiring.cord(goodbye, unsubscribe, 1)
    wiring.chain(
        unsubscribe,
        wiring.obj(380, 108, "oscformat distill notify"),
        wiring.obj(400, 158, "s distill-osc"),
    )


def _dispatch(wiring: Canvas, x: int, y: int, source: int, form: str) -> None:
    """The rest of a message goes to the receiver that its first word names."""
    both = wiring.obj(x, y, "t a a")
    rest = wiring.obj(x, y + 26, "list split 1")
    words = wiring.obj(x, y + 52, "list trim")
    give = wiring.obj(x, y + 78, "send")
    first = wiring.obj(x + 90, y + 26, "list split 1")
    name = wiring.obj(x + 90, y + 52, f"makefilename {form}")
    wiring.chain(source, both, rest).cord(rest, words, 1).cord(words, give)
    wiring.cord(both, first, 1).chain(first, name).cord(name, give, 0, 1)


def _start(wiring: Canvas) -> None:
    """The first values, and what is said when there is a connection."""
    wiring.text(600, 4, "first values")
    values = "".join(
        f"; distill-{control.name} set {control.default:g}" for control in (*FADERS, *SWITCHES)
    )
    words = wiring.msg(
        600,
        56,
        f"; distill-host symbol 127.0.0.1; distill-port {INSTRUMENT_PORT}"
        "; distill-map-x set 0.5; distill-map-y set 0.5; distill-goto-glide 1"
        "; distill-preset-morph 2; distill-preset-name symbol one" + values,
    )
    wiring.chain(wiring.obj(600, 30, "loadbang"), words)

    wiring.text(900, 4, "when connected, and every 5 s")
    connected = wiring.obj(900, 30, "r distill-connected")
    show = wiring.msg(1050, 30, "set $1")
    wiring.chain(connected, show, wiring.obj(1050, 56, "s distill-connect"))
    orders = wiring.obj(900, 82, "t b b b b")
    wiring.chain(connected, wiring.obj(900, 56, "sel 1"), orders)
    out = wiring.obj(900, 190, "s distill-osc")
    for outlet, number, path in ((3, "1", "notify"), (2, f"{METERS_PER_S}", "meters")):
        x = 1150 if outlet == 3 else 1080
        y = 120 if outlet == 3 else 146
        order = wiring.msg(x, y, number)
        wiring.cord(orders, order, outlet)
        wiring.chain(order, wiring.obj(x + 40, y, f"oscformat distill {path}"), out)
    wiring.cord(orders, wiring.msg(900, 220, "; distill-axis-ask bang"), 1)
    wiring.cord(
        orders, wiring.msg(900, 260, "; distill-corpus-ask bang; distill-preset-ask bang"), 0
    )
    wiring.chain(
        connected,
        wiring.obj(1200, 56, "metro 5000"),
        wiring.obj(1200, 82, "oscformat distill status"),
        out,
    )
    ask = wiring.obj(900, 320, "r distill-axis-ask")
    wiring.chain(ask, wiring.obj(900, 346, "oscformat distill axis list"), out)

    wiring.chain(
        wiring.obj(1100, 320, "r distill-panic-ui"),
        wiring.obj(1100, 346, "oscformat distill panic"),
        out,
    )


def _map_wiring(wiring: Canvas) -> None:
    """Two sliders, one point: whichever is moved, both numbers are sent, and the dot follows."""
    wiring.text(20, 430, "the map")
    for index, axis in enumerate("xy"):
        x = 20 + 190 * index
        moved = wiring.obj(x, 456, f"r distill-map-{axis}-ui")
        keep = wiring.obj(x, 482, "t b f")
        wiring.cord(keep, wiring.obj(x + 60, 508, f"v distill_{axis}"), 1)
        wiring.chain(moved, keep, wiring.obj(x, 534, "s distill-map-moved"))
    moved = wiring.obj(400, 456, "r distill-map-moved")
    orders = wiring.obj(400, 482, "t b b b")
    x_now, y_now = wiring.obj(400, 508, "v distill_x"), wiring.obj(500, 508, "v distill_y")
    point = wiring.obj(400, 534, "pack f f")
    wiring.cord(moved, orders).cord(orders, x_now).cord(orders, y_now, 1)
    wiring.cord(x_now, point).cord(y_now, point, 0, 1)
    wiring.chain(
        point, wiring.obj(400, 560, "oscformat distill map"), wiring.obj(570, 560, "s distill-osc")
    )
    wiring.cord(orders, wiring.obj(480, 482, "s distill-map-dot-now"), 2)

    heard = wiring.obj(600, 430, "r distill-map-in")
    orders = wiring.obj(600, 456, "t b l")
    both = wiring.obj(640, 482, "unpack f f")
    wiring.cord(heard, orders).cord(orders, both, 1)
    wiring.cord(orders, wiring.obj(600, 534, "s distill-map-dot-now"))
    for outlet, axis in enumerate("xy"):
        x = 680 + 130 * outlet
        keep = wiring.obj(x, 482, "t f f")
        wiring.cord(both, keep, outlet).cord(keep, wiring.obj(x + 60, 508, f"v distill_{axis}"), 1)
        wiring.chain(
            keep, wiring.msg(x, 534, "set $1"), wiring.obj(x, 560, f"s distill-map-{axis}")
        )

    now = wiring.obj(960, 430, "r distill-map-dot-now")
    room = MAP_SIZE - DOT_SIZE
    place = wiring.obj(
        960,
        456,
        f"expr {MAP_LEFT} + distill_x * {room}; {MAP_TOP} + (1 - distill_y) * {room}",
    )
    pack = wiring.obj(960, 508, "pack f f")
    wiring.chain(now, place, pack).cord(place, pack, 1, 1)
    wiring.chain(pack, wiring.msg(960, 534, "pos $1 $2"), wiring.obj(960, 560, "s distill-map-dot"))


def _answers(wiring: Canvas) -> None:
    """What is answered and only shown."""
    wiring.text(600, 240, "answers")
    status = wiring.obj(600, 266, "r distill-status.reply-in")
    parts = wiring.obj(600, 292, "unpack s f")
    wiring.chain(status, parts, wiring.obj(600, 318, "s distill-model"))
    load = wiring.obj(740, 266, "r distill-meter-in")
    wiring.chain(load, wiring.obj(740, 292, "route load"), wiring.obj(740, 318, "s distill-load"))
    fail = wiring.obj(600, 350, "r distill-fail-in")
    parts = wiring.obj(600, 376, "unpack s s s")
    says = wiring.obj(650, 402, "s distill-says")
    wiring.cord(fail, parts).cord(parts, says, 2)
    done = wiring.obj(740, 350, "r distill-done-in")
    parts = wiring.obj(740, 376, "unpack s s")
    wiring.cord(done, parts).cord(parts, says, 1)


def _corpus_wiring(wiring: Canvas) -> None:
    wiring.text(1010, 380, "landmarks")
    go = wiring.obj(1010, 400, "r distill-goto-ui")
    orders = wiring.obj(1150, 400, "t b b")
    number = wiring.obj(1010, 426, "f 0")
    glide = wiring.obj(1110, 426, "f 1")
    pack = wiring.obj(1200, 426, "pack f f")
    wiring.chain(go, orders, number, pack).cord(orders, glide, 1).cord(glide, pack, 0, 1)
    wiring.cord(wiring.obj(1010, 374, "r distill-corpus-pick-ui"), number, 0, 1)
    wiring.cord(wiring.obj(1220, 374, "r distill-goto-glide-ui"), glide, 0, 1)
    wiring.chain(
        pack,
        wiring.obj(1200, 452, "oscformat distill corpus goto"),
        wiring.obj(1200, 478, "s distill-osc"),
    )


def _preset_wiring(wiring: Canvas) -> None:
    """The name is sent with each order; after a change the list is asked for again."""
    wiring.text(1200, 530, "presets")
    out = wiring.obj(1200, 740, "s distill-osc")
    name_in = wiring.obj(1420, 530, "r distill-preset-name-ui")
    for index, order in enumerate(("store", "delete", "recall")):
        x = 1200 + 210 * index
        pressed = wiring.obj(x, 560, f"r distill-preset-{order}-ui")
        name = wiring.obj(x, 612, "symbol one")
        wiring.cord(name_in, name, 0, 1)
        form = wiring.obj(x, 690, f"oscformat distill preset {order}")
        wiring.cord(form, out)
        if order == "recall":
            orders = wiring.obj(x, 586, "t b b")
            morph = wiring.obj(x + 90, 612, "f 2")
            pack = wiring.obj(x, 650, "pack s f")
            wiring.chain(pressed, orders, name, pack, form)
            wiring.cord(orders, morph, 1).cord(morph, pack, 0, 1)
            wiring.cord(wiring.obj(x + 90, 586, "r distill-preset-morph-ui"), morph, 0, 1)
        else:
            orders = wiring.obj(x, 586, "t b b")
            wiring.chain(pressed, orders).cord(orders, name, 1).cord(name, form)
            wiring.chain(
                orders, wiring.obj(x + 60, 650, "del 300"), wiring.obj(x + 60, 670, ASK_PRESETS)
            )


def _value() -> Canvas:
    """`d-value name`: a control and its number box, both ways."""
    canvas = Canvas(620, 260)
    moved = canvas.obj(20, 20, "r distill-$1-ui")
    canvas.chain(moved, canvas.obj(20, 120, "oscformat distill $1"), canvas.obj(20, 150, OUT))
    show = canvas.msg(200, 80, "set $1")
    canvas.chain(moved, show, canvas.obj(200, 110, "s distill-$1-number"))
    heard = canvas.obj(300, 20, "r distill-$1-in")
    only = canvas.obj(300, 50, "route float")
    canvas.chain(heard, only, show)
    canvas.chain(only, canvas.msg(400, 80, "set $1"), canvas.obj(400, 110, "s distill-$1"))
    typed = canvas.obj(480, 20, "r distill-$1-number-ui")
    canvas.chain(typed, canvas.obj(480, 150, "s distill-$1"))
    return canvas


def _macro() -> Canvas:
    """`d-macro number`: a fader of it, both ways."""
    canvas = Canvas(520, 200)
    moved = canvas.obj(20, 20, "r distill-macro-$1-ui")
    canvas.chain(moved, canvas.obj(20, 80, "oscformat distill macro $1"), canvas.obj(20, 110, OUT))
    canvas.chain(
        canvas.obj(280, 20, "r distill-macro-$1-in"),
        canvas.msg(280, 80, "set $1"),
        canvas.obj(280, 110, "s distill-macro-$1"),
    )
    return canvas


def _axis() -> Canvas:
    """`d-axis number index`: a fader that takes the name of the axis of that index."""
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
    canvas.chain(reset, canvas.msg(720, 170, "label - , set 0"), fader)
    return canvas


def _meter() -> Canvas:
    """`d-meter channel`: its RMS and peak, told to the meter together."""
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


def _names() -> Canvas:
    """`d-names preset`: the list of them, of which `distill-preset-pick` chooses one."""
    canvas = Canvas(760, 320)
    ask = canvas.obj(20, 20, "r distill-$1-ask")
    orders = canvas.obj(20, 50, "t b b")
    canvas.chain(
        ask, orders, canvas.obj(20, 80, "oscformat distill $1 list"), canvas.obj(20, 110, OUT)
    )
    keep = canvas.obj(180, 110, "text define distill-$1-names")
    canvas.cord(orders, clear := canvas.msg(180, 80, "clear"), 1).cord(clear, keep)

    heard = canvas.obj(300, 20, "r distill-$1-in")
    kinds = canvas.obj(300, 50, "route info end")
    row = canvas.obj(300, 140, "list split 1")
    put = canvas.obj(300, 200, "text set distill-$1-names 0")
    twice = canvas.obj(300, 110, "t a a")
    number = canvas.obj(420, 140, "list split 1")
    canvas.chain(heard, kinds, twice, row).cord(row, put, 1).cord(twice, number, 1)
    canvas.cord(number, put, 0, 1)
    canvas.cord(kinds, canvas.obj(420, 110, "s distill-$1-count"), 1)

    picked = canvas.obj(540, 20, "r distill-$1-pick-ui")
    canvas.chain(
        picked,
        canvas.obj(540, 200, "text get distill-$1-names"),
        canvas.obj(540, 230, "list split 1"),
        canvas.obj(540, 260, "s distill-$1-name"),
    )
    return canvas
