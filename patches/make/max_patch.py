"""The Max patch: a window of controls, and a patcher for one axis, used many times.

Feedback sets a control by ``set``, so that nothing is sent back.
"""

from controls import (
    AXES,
    FADERS,
    INSTRUMENT_PORT,
    MACRO_NUMBERS,
    METERS,
    METERS_PER_S,
    SWITCHES,
    described,
    high,
)
from max_controls import fader, heard, said, toggle
from max_lists import gestures, models, presets
from max_text import KNOB, Patcher

LISTENING_PORT = 9011
MIN_DB = -70.0

HELP = (
    "1  Start distill-live; it shows its port (9010). Type host and port, and Enter.",
    "2  Press connect: the axes take their names, the faders the instrument's values.",
    "3  The port beside 'listen' is where this patch hears the instrument; change it where",
    "     another program has it already.",
    "Others who play the same instrument move these faders too; nothing is sent back.",
    "In your own patches: [s distill-send] sends any message, such as /distill/gain -6.,",
    "     [r distill-heard] has all that the instrument says.",
)


def max_files() -> dict[str, str]:
    """Return the files of the patch by name."""
    return {"distill.maxpat": _window().save_text(), "distill.axis.maxpat": _axis().save_text()}


def _window() -> Patcher:
    window = Patcher(1020, 920)
    _connection(window)
    _macros(window)
    _map(window)
    _out(window)
    _axes(window)
    _sound(window)
    _keys(window)
    presets(window)
    gestures(window)
    models(window)
    _help(window)
    return window


def _connection(window: Patcher) -> None:
    window.panel(10, 10, 1000, 62, "Distill Live")
    send = window.obj(f"udpsend 127.0.0.1 {INSTRUMENT_PORT}")
    window.cord(window.obj("r distill-send"), send)
    receive = window.obj(f"udpreceive {LISTENING_PORT}")
    window.cord(receive, window.obj("s distill-heard"))

    window.words(16, 42, "host", width=40)
    host = window.ui("textedit", (54, 42, 110, 22), text="127.0.0.1", keymode=1, lines=1)
    window.chain(host, window.obj("route text"), window.obj("prepend host"), send)
    window.words(170, 42, "port", width=40)
    port = window.ui("number", (206, 42, 60, 22), minimum=1, maximum=65535)
    window.chain(port, window.obj("prepend port"), send)
    window.words(272, 42, "listen", width=44)
    listen = window.ui("number", (316, 42, 60, 22), minimum=1, maximum=65535)
    window.chain(listen, window.obj("prepend port"), receive)
    keep = window.obj(f"int {LISTENING_PORT}")
    window.cord(listen, keep, 0, 1)
    loaded = window.obj("loadbang")
    for number, box in ((INSTRUMENT_PORT, port), (LISTENING_PORT, listen)):
        window.chain(loaded, window.msg(f"set {number}"), box)

    connect = window.ui("toggle", (388, 42, 22, 22), checkedcolor=KNOB)
    window.words(414, 42, "connect", width=60)
    out = window.obj("s distill-send")
    window.chain(connect, window.obj("sel 1"), keep, window.msg("/distill/notify 1 $1"), out)
    # from another computer it needs the token that it is sent first
    orders, where = window.obj("t b s"), window.obj(f"int {LISTENING_PORT}")
    window.cord(listen, where, 0, 1)
    window.chain(heard(window, "/id"), window.obj("unpack s"), orders, where)
    window.cord(orders, both := window.obj("pack 0 s"), 1, 1)
    window.chain(where, both, said(window, "/notify 1"))
    # the full state comes with a connection, and with other models
    told, lists = window.obj("sel 0"), window.obj("t b b")
    window.chain(heard(window, "/update"), told, lists)
    window.cord(lists, window.obj("s distill-reset"), 1)
    asks = ("/axis/list", "/corpus/list", "/preset/list", "/gesture/list", "/model/list")
    for path in (*asks, f"/meters {METERS_PER_S}"):
        window.cord(lists, ask := window.msg(f"/distill{path}")).cord(ask, out)
    goodbye = window.obj("sel 0")
    last = window.obj(f"int {LISTENING_PORT}")
    window.cord(listen, last, 0, 1).chain(connect, goodbye, last)
    window.chain(last, window.msg("/distill/notify 0 $1"), out)
    beat, orders = window.obj("metro 5000"), window.obj("t b b")
    window.chain(connect, beat, window.msg("/distill/status"), out)
    # without a meter since the last beat the instrument has been started again
    came, none = window.obj("int 1"), window.obj("sel 0")
    window.chain(beat, orders, forget := window.msg("0")).cord(forget, came, 0, 1)
    window.cord(orders, came, 1).chain(came, none, keep)
    remember = window.msg("1")
    window.chain(heard(window, "/meter/load"), remember).cord(remember, came, 0, 1)

    model = window.words(490, 42, "-", width=150)
    status = window.obj("unpack s 0.")
    window.chain(heard(window, "/status.reply"), status, window.obj("prepend set"), model)
    window.words(646, 42, "load", width=40)
    load = window.ui("flonum", (682, 42, 60, 22), format=6)
    window.chain(heard(window, "/meter/load"), window.obj("prepend set"), load)
    says = window.words(752, 42, "", width=250)
    window.cord(fail := window.obj("unpack s s s"), show := window.obj("prepend set"), 2)
    window.cord(heard(window, "/fail"), fail).cord(show, says)
    window.cord(done := window.obj("unpack s s"), show, 1).cord(heard(window, "/done"), done)


def _macros(window: Patcher) -> None:
    window.panel(10, 82, 300, 230, "Macros")
    for number in MACRO_NUMBERS:
        path = f"/macro/{number}"
        x = 24 + 35 * (number - 1)
        slider = window.ui(
            "slider",
            (x, 112, 22, 166),
            floatoutput=1,
            min=0.0,
            size=1.0,
            knobcolor=KNOB,
            annotation=described("/macro/<i>"),
        )
        window.words(x + 3, 282, str(number), width=20)
        window.cord(slider, said(window, path))
        window.chain(heard(window, path), window.obj("prepend set"), slider)


def _map(window: Patcher) -> None:
    """Add the map, which `distill.map.js` draws; feedback moves its point without output."""
    window.panel(320, 82, 330, 230, "Map and landmarks")
    pad = window.ui(
        "jsui",
        (332, 112, 180, 180),
        filename="distill.map.js",
        border=0,
        annotation=described("/map"),
    )
    window.cord(pad, said(window, "/map"))
    window.chain(heard(window, "/map"), window.obj("prepend place"), pad)
    window.chain(heard(window, "/meter/point"), window.obj("prepend sounds"), pad)
    window.chain(heard(window, "/corpus/info"), window.obj("prepend mark"), pad)
    window.chain(window.obj("r distill-reset"), window.msg("clear"), pad)

    window.words(524, 112, "landmark")
    menu = window.ui("umenu", (526, 132, 116, 22))
    window.words(524, 164, "glide in s")
    glide = window.ui(
        "flonum", (526, 184, 60, 22), minimum=0.0, maximum=high("/corpus/goto", 1), format=6
    )
    number, pack = window.obj("int 0"), window.obj("pack 0 0.")
    window.cord(menu, number, 0, 1).cord(glide, pack, 0, 1)
    go = window.ui("button", (526, 220, 24, 24), annotation=described("/corpus/goto"))
    window.words(554, 222, "go there")
    window.chain(go, number, pack, said(window, "/corpus/goto"))
    window.chain(number, window.obj("prepend at"), pad)
    info, text = window.obj("unpack 0 s 0."), window.obj("sprintf append %s %.1f")
    window.cord(heard(window, "/corpus/info"), info)
    window.cord(info, text, 1).cord(info, text, 2, 1).cord(text, menu)
    window.chain(window.obj("r distill-reset"), window.msg("clear"), menu)


def _out(window: Patcher) -> None:
    window.panel(660, 82, 350, 230, "Out")
    for index, (words, path) in enumerate((("RMS", "/meter/rms"), ("peak", "/meter/peak"))):
        meter = window.ui(
            "multislider",
            (674 + 66 * index, 112, 56, 166),
            size=METERS,
            setminmax=[MIN_DB, 0.0],
            setstyle=1,
            ignoreclick=1,
            slidercolor=KNOB,
        )
        window.words(674 + 66 * index, 282, words, width=56)
        both, one, pack = window.obj("unpack 0 0."), window.obj("+ 1"), window.obj("pack 0 0.")
        window.cord(heard(window, path), both)
        window.cord(both, one).cord(both, pack, 1, 1)
        window.chain(one, pack, window.obj("prepend set"), meter)
    for index, control in enumerate(SWITCHES):
        toggle(window, 830, 112 + 33 * index, control)
    y = 112 + 33 * len(SWITCHES)
    panic = window.ui("button", (830, y, 24, 24), annotation=described("/panic"))
    window.words(860, y + 2, "Panic")
    window.chain(panic, window.msg("/distill/panic"), window.obj("s distill-send"))


def _axes(window: Patcher) -> None:
    window.panel(10, 322, 490, 300, "Axes")
    rows = AXES // 2
    heard, out = window.obj("r distill-heard"), window.obj("s distill-send")
    for index in range(AXES):
        column, row = divmod(index, rows)
        axis = window.ui(
            "bpatcher",
            (20 + 240 * column, 350 + 33 * row, 236, 26),
            name="distill.axis.maxpat",
            args=[index],
            border=0,
            bgmode=0,
        )
        window.cord(heard, axis).cord(axis, out)


def _sound(window: Patcher) -> None:
    window.panel(510, 322, 280, 300, "Sound")
    for row, control in enumerate(FADERS):
        fader(window, 520, 350 + 29 * row, control)


def _keys(window: Patcher) -> None:
    """Add the keys of a MIDI keyboard; `/keys` says what they play."""
    notes, velocity, pack = window.obj("notein"), window.obj("/ 127."), window.obj("pack 0 0.")
    window.cord(notes, pack).cord(notes, velocity, 1).cord(velocity, pack, 0, 1)
    window.cord(pack, said(window, "/note/on"))


def _help(window: Patcher) -> None:
    window.panel(10, 800, 1000, 110, "Help")
    for index, line in enumerate(HELP):
        column, row = divmod(index, 4)
        window.words(18 + 490 * column, 826 + 18 * row, line, width=480, size=11.0)


def _axis() -> Patcher:
    """Make ``distill.axis 0``: a fader with the name of the axis of that index."""
    patcher = Patcher(236, 26)
    slider = patcher.ui(
        "slider",
        (0, 3, 130, 20),
        floatoutput=1,
        orientation=1,
        min=-1.0,
        size=2.0,
        knobcolor=KNOB,
        annotation=described("/axis/<name>"),
    )
    label = patcher.words(134, 3, "-", width=100)
    heard, out = patcher.port("inlet"), patcher.port("outlet")
    gate, said = patcher.obj("gate 1 0"), patcher.obj("prepend /distill/axis/-")
    patcher.cord(slider, gate, 0, 1).chain(gate, said, out)

    kinds = patcher.obj("route /distill/axis/info")
    value, show = patcher.obj("route /distill/axis/-"), patcher.obj("prepend set")
    parts, name = patcher.obj("unpack s 0. 0. 0."), patcher.obj("t s s s 1")
    patcher.chain(heard, kinds, patcher.obj("route #1"), parts, name)
    patcher.cord(kinds, value, 1).chain(value, show, slider).cord(parts, show, 3)
    patcher.cord(name, rename := patcher.obj("sprintf set /distill/axis/%s"))
    patcher.cord(rename, said)
    patcher.cord(name, listen := patcher.obj("sprintf /distill/axis/%s"), 1)
    patcher.cord(listen, value, 0, 1)
    patcher.cord(name, text := patcher.obj("prepend set"), 2).cord(text, label)
    patcher.cord(name, gate, 3)

    reset = patcher.obj("r distill-reset")
    patcher.chain(reset, patcher.msg("set -"), label)
    patcher.chain(reset, patcher.msg("0"), gate)
    return patcher
