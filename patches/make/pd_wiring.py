"""Wiring of the Pure Data patch: to and from the instrument, and between controls.

Every control has a receive name, ``distill-<name>``, and sends ``distill-<name>-ui`` when a person
moves it. Feedback of ``/distill/<name>`` arrives as ``distill-<name>-in`` and sets the control
without output.
"""

from controls import (
    AXES,
    FADERS,
    GESTURE_LOOP,
    GESTURE_SPEED,
    INSTRUMENT_PORT,
    MACRO_NUMBERS,
    METERS,
    METERS_PER_S,
    MODEL_FADE,
    SLOTS,
    SWITCHES,
)
from pd_map import map_wiring
from pd_text import Canvas

LISTS = ("preset", "corpus", "gesture")
ASKED = ("axis", "model", *LISTS)
PARTED = (GESTURE_SPEED, GESTURE_LOOP, MODEL_FADE)
"""Controls whose address has two words."""

OUT = "s distill-osc"

LINE_CHARACTERS = 112
"""Length of each of the two lines that show an answer; together longer than any."""


def wiring() -> Canvas:
    """Return the subpatch inside the window."""
    canvas = Canvas(680, 360, "wiring")
    parts = (
        ("network", _network),
        ("start", _start),
        ("answers", _answers),
        ("map", map_wiring),
        ("landmarks", _corpus_wiring),
        ("keys", _keys_wiring),
        ("presets", lambda part: _named_wiring(part, "preset", ("store", "delete", "recall"))),
        ("gestures", _gesture_wiring),
        (
            "named-gestures",
            lambda part: _named_wiring(part, "gesture", ("record", "play", "delete")),
        ),
        ("models", _model_wiring),
        ("controls", _controls),
    )
    for row, (name, fill) in enumerate(parts):
        part = Canvas(1280, 880, name)
        fill(part)
        canvas.inside(20, 20 + 30 * row, part, name)
    canvas.text(180, 20, "All of them meet by the names of send and receive:")
    canvas.text(180, 44, "distill-x moves the control x, distill-x-ui is what it says,")
    canvas.text(180, 68, "distill-x-in is what the instrument says of it.")
    return canvas


def _controls(wiring: Canvas) -> None:
    """Add an abstraction for each control."""
    objects = [
        *(f"d-value {control.name}" for control in (*FADERS, *SWITCHES)),
        *(f"d-part macro-{number} macro {number}" for number in MACRO_NUMBERS),
        *(f"d-part {control.name} {control.path[1:].replace('/', ' ')}" for control in PARTED),
        *(f"d-model {slot}" for slot in SLOTS),
        *(f"d-axis {index + 1} {index}" for index in range(AXES)),
        *(f"d-meter {channel}" for channel in range(METERS)),
        *(f"d-names {name}" for name in LISTS),
    ]
    for index, words in enumerate(objects):
        wiring.obj(20 + 310 * (index % 3), 20 + 28 * (index // 3), words)


def _network(wiring: Canvas) -> None:
    """Add the network: `distill-osc` takes output of `oscformat`; `distill-heard` has replies."""
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
    for index, name in enumerate(("macro", "gesture", "model")):
        heard = wiring.obj(330 + 330 * index, 288, f"r distill-{name}-in")
        _dispatch(wiring, 330 + 330 * index, 314, heard, f"distill-{name}-%s-in")
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
    """Route the rest of a message to the receiver that its first word names."""
    both = wiring.obj(x, y, "t a a")
    rest = wiring.obj(x, y + 26, "list split 1")
    words = wiring.obj(x, y + 52, "list trim")
    give = wiring.obj(x, y + 78, "send")
    first = wiring.obj(x + 90, y + 26, "list split 1")
    name = wiring.obj(x + 90, y + 52, f"makefilename {form}")
    wiring.chain(source, both, rest).cord(rest, words, 1).cord(words, give)
    wiring.cord(both, first, 1).chain(first, name).cord(name, give, 0, 1)


def _start(wiring: Canvas) -> None:
    """Add initial values, and the messages sent on connecting."""
    wiring.text(560, 4, "first values")
    faders = (*FADERS, GESTURE_SPEED, MODEL_FADE)
    values = "".join(
        f"; distill-{name} set {control.default:g}"
        for control, name in (
            *((control, control.name) for control in (*SWITCHES, GESTURE_LOOP, *faders)),
            *((control, f"{control.name}-number") for control in faders),
        )
    )
    words = wiring.msg(
        560,
        56,
        f"; distill-host symbol 127.0.0.1; distill-port {INSTRUMENT_PORT}"
        "; distill-map-x set 0.5; distill-map-y set 0.5; distill-goto-glide 1"
        "; distill-preset-morph 2; distill-preset-name symbol one; distill-gesture-name symbol one"
        "; distill-model-name symbol demo; distill-model-slot 2" + values,
    )
    wiring.chain(wiring.obj(560, 30, "loadbang"), words)

    wiring.text(20, 4, "when connected, and every 5 s")
    connected = wiring.obj(20, 30, "r distill-connected")
    show = wiring.msg(170, 30, "set $1")
    wiring.chain(connected, show, wiring.obj(170, 56, "s distill-connect"))
    notify, out = wiring.obj(20, 120, "oscformat distill notify"), wiring.obj(20, 190, OUT)
    wiring.chain(connected, wiring.obj(20, 56, "sel 1"), wiring.msg(20, 82, "1"), notify, out)
    wiring.chain(  # from another computer it needs the token that it is sent first
        wiring.obj(230, 90, "r distill-id-in"), wiring.obj(230, 116, "list prepend 1 0"), notify
    )
    whole = wiring.obj(20, 234, "sel 0")
    wiring.chain(  # the full state comes with a connection, and with other models
        wiring.obj(20, 210, "r distill-update-in"),
        whole,
        wiring.msg(20, 258, "".join(f"; distill-{name}-ask bang" for name in ASKED)),
    )
    wiring.chain(
        whole,
        wiring.msg(200, 210, f"{METERS_PER_S}"),
        wiring.obj(240, 210, "oscformat distill meters"),
        out,
    )
    beat, orders = wiring.obj(320, 56, "metro 5000"), wiring.obj(320, 108, "t b b")
    wiring.chain(connected, beat, wiring.obj(320, 82, "oscformat distill status"), out)
    # without a meter since the last beat the instrument has been started again
    wiring.text(460, 56, "subscribed?")
    came, none = wiring.obj(460, 134, "f 1"), wiring.obj(460, 160, "sel 0")
    wiring.chain(beat, orders, forget := wiring.msg(400, 134, "0")).cord(forget, came, 0, 1)
    wiring.cord(orders, came, 1).chain(came, none, wiring.msg(460, 186, "1"), notify)
    meter = wiring.obj(460, 82, "r distill-meter-in")
    wiring.chain(meter, remember := wiring.msg(460, 108, "1")).cord(remember, came, 0, 1)
    ask = wiring.obj(20, 380, "r distill-axis-ask")
    wiring.chain(ask, wiring.obj(20, 406, "oscformat distill axis list"), out)

    wiring.chain(
        wiring.obj(220, 260, "r distill-panic-ui"),
        wiring.obj(220, 286, "oscformat distill panic"),
        out,
    )


def _answers(wiring: Canvas) -> None:
    """Add replies that are only shown."""
    wiring.text(20, 4, "answers")
    status = wiring.obj(20, 30, "r distill-status.reply-in")
    parts = wiring.obj(20, 56, "unpack s f")
    wiring.chain(status, parts, wiring.obj(20, 82, "s distill-model"))
    load = wiring.obj(240, 30, "r distill-meter-in")
    wiring.chain(
        load,
        wiring.obj(240, 56, "route load"),
        wiring.obj(240, 82, "expr int(100 * $f1 + 0.5)"),
        wiring.obj(480, 82, "s distill-load"),
    )
    fail = wiring.obj(20, 114, "r distill-fail-in")
    parts = wiring.obj(20, 140, "unpack s s s")
    says = wiring.obj(70, 166, "s distill-says")
    wiring.cord(fail, parts).cord(parts, says, 2)
    done = wiring.obj(240, 114, "r distill-done-in")
    parts = wiring.obj(240, 140, "unpack s s")
    wiring.cord(done, parts).cord(parts, says, 1)

    # A symbol box would show escaped spaces and cut the end; labels do neither.
    said, orders = wiring.obj(20, 210, "r distill-says"), wiring.obj(20, 236, "t s b")
    codes = wiring.obj(20, 262, "list fromsymbol")
    halves = wiring.obj(20, 288, f"list split {LINE_CHARACTERS}")
    wiring.chain(said, orders, codes, halves)
    for number, outlets in ((1, (0, 2)), (2, (1,))):
        x = 20 + 240 * (number - 1)
        text = wiring.obj(x, 314, "list tosymbol")
        label = wiring.msg(x, 340, "label $1")
        line = wiring.obj(x, 366, f"s distill-says-{number}")
        wiring.chain(text, label, line)
        for outlet in outlets:
            wiring.cord(halves, text, outlet)
    wiring.cord(orders, clear := wiring.msg(400, 340, "label empty"), 1).cord(clear, line)


def _corpus_wiring(wiring: Canvas) -> None:
    wiring.text(20, 30, "landmarks")
    go = wiring.obj(20, 50, "r distill-goto-ui")
    orders = wiring.obj(160, 50, "t b b")
    number = wiring.obj(20, 76, "f 0")
    glide = wiring.obj(120, 76, "f 1")
    pack = wiring.obj(210, 76, "pack f f")
    wiring.chain(go, orders, number, pack).cord(orders, glide, 1).cord(glide, pack, 0, 1)
    wiring.cord(wiring.obj(20, 24, "r distill-corpus-pick-ui"), number, 0, 1)
    wiring.cord(wiring.obj(230, 24, "r distill-goto-glide-ui"), glide, 0, 1)
    wiring.chain(
        pack,
        wiring.obj(210, 102, "oscformat distill corpus goto"),
        wiring.obj(210, 128, "s distill-osc"),
    )


def _keys_wiring(wiring: Canvas) -> None:
    """Add the keys of a MIDI keyboard, or of ``distill-note``: key, and velocity of 127."""
    wiring.text(20, 10, "keys: what they play is set by /keys")
    notes, pack = wiring.obj(20, 40, "notein"), wiring.obj(20, 92, "pack f f")
    velocity = wiring.obj(100, 66, "/ 127")
    wiring.cord(notes, pack).cord(notes, velocity, 1).cord(velocity, pack, 0, 1)
    own, parts = wiring.obj(200, 40, "r distill-note"), wiring.obj(200, 66, "unpack f f")
    wiring.cord(own, parts).cord(parts, pack).cord(parts, velocity, 1)
    wiring.chain(pack, wiring.obj(20, 118, "oscformat distill note on"), wiring.obj(20, 144, OUT))


def _named_wiring(wiring: Canvas, of: str, orders: tuple[str, ...]) -> None:
    """Add buttons that send a name."""
    x, y = 20, 20
    wiring.text(x, y, f"{of}s")
    out = wiring.obj(x, y + 210, OUT)
    name_in = wiring.obj(x + 100, y, f"r distill-{of}-name-ui")
    for index, order in enumerate(orders):
        left = x + 270 * index
        pressed = wiring.obj(left, y + 30, f"r distill-{of}-{order}-ui")
        name = wiring.obj(left, y + 82, "symbol one")
        form = wiring.obj(left, y + 160, f"oscformat distill {of} {order}")
        wiring.cord(name_in, name, 0, 1).cord(form, out)
        if order == "recall":
            both = wiring.obj(left, y + 56, "t b b")
            morph, pack = (
                wiring.obj(left + 90, y + 82, "f 2"),
                wiring.obj(left, y + 120, "pack s f"),
            )
            wiring.chain(pressed, both, name, pack, form).cord(both, morph, 1).cord(
                morph, pack, 0, 1
            )
            wiring.cord(wiring.obj(left + 90, y + 56, "r distill-preset-morph-ui"), morph, 0, 1)
        else:
            wiring.chain(pressed, name, form)


def _gesture_wiring(wiring: Canvas) -> None:
    """Add gesture controls without a name."""
    wiring.text(20, 4, "gestures")
    stop, form = wiring.obj(20, 30, "r distill-gesture-stop-ui"), "oscformat distill gesture stop"
    wiring.chain(stop, wiring.obj(20, 56, form), wiring.obj(20, 82, OUT))
    for index, does in enumerate(("recording", "playing")):
        x = 20 + 260 * index
        wiring.chain(
            wiring.obj(x, 110, f"r distill-gesture-{does}-in"),
            wiring.obj(x, 134, "list prepend symbol"),  # a name, or the empty one
            wiring.obj(x, 158, "list trim"),
            wiring.obj(x, 182, f"s distill-gesture-{does}"),
        )


def _model_wiring(wiring: Canvas) -> None:
    """Add loading by name into a slot; request the list when something is done."""
    wiring.text(20, 16, "models")
    out = wiring.obj(20, 210, OUT)
    slot_in = wiring.obj(160, 10, "r distill-model-slot-ui")
    for index, order in enumerate(("load", "unload")):
        x = 20 + 320 * index
        pressed, both = (
            wiring.obj(x, 36, f"r distill-model-{order}-ui"),
            wiring.obj(x, 62, "t b b"),
        )
        slot = wiring.obj(x, 88, "f 1")
        form = wiring.obj(x, 160, f"oscformat distill model {order}")
        wiring.chain(pressed, both, slot).cord(slot_in, slot, 0, 1).cord(form, out)
        if order == "unload":
            wiring.cord(slot, form)
            continue
        name, pack = wiring.obj(x + 90, 88, "symbol demo"), wiring.obj(x, 124, "pack f s")
        wiring.cord(wiring.obj(x + 90, 62, "r distill-model-name-ui"), name, 0, 1)
        wiring.cord(both, name, 1).cord(name, pack, 0, 1).chain(slot, pack, form)
    done = wiring.obj(520, 210, "r distill-done-in")
    ours = wiring.obj(520, 236, "route /distill/model/load /distill/model/unload")
    again = wiring.obj(520, 262, "s distill-model-ask")
    wiring.cord(done, ours).cord(ours, again).cord(ours, again, 1)
    wiring.chain(
        wiring.obj(20, 250, "r distill-model-ask"),
        wiring.obj(20, 276, "oscformat distill model list"),
        wiring.obj(20, 302, OUT),
    )
