"""Build a TouchDesigner network that plays Distill Live; run once from a Text DAT.

The network is a Base COMP named `distill`, whose custom parameters are the controls. It keeps a
copy of this script as its `logic`, so that it can be saved as a `.tox` and used without the script.
"""

import td

HOST, PORT, LISTEN = "127.0.0.1", 9010, 9013
MACROS, AXES, SLOTS = 8, 16, 4
LANDMARKS = 16384
METERS_PER_S = 20
STATUS_FRAMES = 300

# label, address, from, to, default
FADERS = (
    ("Pitch", "/pitch", -24.0, 24.0, 0.0),
    ("Formant", "/formant", -24.0, 24.0, 0.0),
    ("Speed", "/speed", -4.0, 4.0, 1.0),
    ("Spread", "/spread", 0.0, 1.0, 0.3),
    ("Jitter", "/jitter", 0.0, 1.0, 0.3),
    ("Drift", "/drift", 0.0, 1.0, 0.0),
    ("Walk", "/walk", 0.0, 1.0, 0.0),
    ("Glide", "/glide", 0.0, 30.0, 0.05),
    ("Gain", "/gain", -90.0, 6.0, 0.0),
    ("Gesture speed", "/gesture/speed", -4.0, 4.0, 1.0),
    ("Model fade", "/model/fade", 0.0, 60.0, 2.0),
)
# label, address, default
SWITCHES = (
    ("Play", "/play", 1),
    ("Freeze", "/freeze", 0),
    ("Follow", "/follow", 1),
    ("Mute", "/mute", 0),
    ("Record", "/record", 0),
    ("Gesture loop", "/gesture/loop", 0),
)
# label, address, from, to, default: sent together with what they belong to
EXTRAS = (
    ("Morph", "/preset/recall", 0.0, 600.0, 2.0),
    ("Goto glide", "/corpus/goto", 0.0, 30.0, 1.0),
)
ASKS = ("/axis/list", "/model/list", "/status")
"""Asked after each full state: with a connection, and with other models."""

MOVED = """
def onValueChange(par, prev):
    op('logic').module.moved(parent(), par)

def onPulse(par):
    op('logic').module.pressed(parent(), par.name)
"""
HEARD = """
def onReceiveOSC(dat, rowIndex, message, bytes, timeStamp, address, args, peer):
    op('logic').module.heard(parent(), address, args)
"""
EVERY_FRAME = f"""
def onFrameStart(frame):
    if frame % {STATUS_FRAMES} == 0:
        op('logic').module.beat(parent())
"""


def build(place, text):
    """Make the COMP in `place` with `text`, this script, as its logic; return it."""
    comp = place.create(td.baseCOMP, "distill")
    comp.store("axes", [])
    comp.store("told", {})
    comp.store("connected", False)
    comp.store("subscribed", True)
    _pages(comp)

    logic = comp.create(td.textDAT, "logic")
    logic.text = text
    send = comp.create(td.oscoutDAT, "send")
    send.par.address.expr = "parent().par.Host"
    send.par.port.expr = "parent().par.Port"
    heard_by = comp.create(td.textDAT, "heard")
    heard_by.text = HEARD
    hear = comp.create(td.oscinDAT, "hear")
    hear.par.port.expr = "parent().par.Listen"
    hear.par.callbacks = "heard"
    moved_by = comp.create(td.parameterexecuteDAT, "moved")
    moved_by.text = MOVED
    moved_by.par.op = ".."
    moved_by.par.pars = "*"
    moved_by.par.custom = True
    moved_by.par.builtin = False
    moved_by.par.valuechange = True
    moved_by.par.onpulse = True
    every = comp.create(td.executeDAT, "every")
    every.text = EVERY_FRAME
    every.par.framestart = True
    told = comp.create(td.tableDAT, "told")
    told.clear()
    for index, node in enumerate((logic, send, hear, heard_by, moved_by, every, told)):
        node.nodeX, node.nodeY = 200 * (index % 4), -150 * (index // 4)
    return comp


def _pages(comp):
    page = comp.appendCustomPage("Connection")
    _text(page, "Host", "Host", HOST)
    _number(page.appendInt("Port", label="Port")[0], 1, 65535, PORT)
    _number(page.appendInt("Listen", label="Listen")[0], 1, 65535, LISTEN)
    for label in ("Connect", "Disconnect"):
        page.appendPulse(label, label=label)
    _text(page, "Model", "Model", "")
    _text(page, "Says", "Says", "")

    page = comp.appendCustomPage("Macros")
    for number in range(1, MACROS + 1):
        _number(page.appendFloat(f"Macro{number}", label=f"Macro {number}")[0], 0.0, 1.0, 0.0)

    page = comp.appendCustomPage("Axes")
    for number in range(1, AXES + 1):
        _number(page.appendFloat(f"Axis{number}", label="-")[0], -1.0, 1.0, 0.0)

    page = comp.appendCustomPage("Map")
    _number(page.appendFloat("Mapx", label="Map x")[0], 0.0, 1.0, 0.5)
    _number(page.appendFloat("Mapy", label="Map y")[0], 0.0, 1.0, 0.5)
    _number(page.appendInt("Landmark", label="Landmark")[0], 0, LANDMARKS - 1, 0)
    page.appendPulse("Goto", label="Go there")

    page = comp.appendCustomPage("Sound")
    for label, _, low, high, default in FADERS:
        _number(page.appendFloat(_name(label), label=label)[0], low, high, default)
    for label, _, default in SWITCHES:
        page.appendToggle(_name(label), label=label)[0].val = default
    page.appendPulse("Panic", label="Panic")

    page = comp.appendCustomPage("Presets")
    _text(page, "Preset", "Preset", "one")
    for label, _, low, high, default in EXTRAS:
        _number(page.appendFloat(_name(label), label=label)[0], low, high, default)
    for label in ("Recall", "Store", "Delete"):
        page.appendPulse(label, label=label)
    _text(page, "Gesture", "Gesture", "one")
    for label in ("Record gesture", "Play gesture", "Stop gesture"):
        page.appendPulse(_name(label), label=label)

    page = comp.appendCustomPage("Models")
    for slot in range(1, SLOTS + 1):
        _number(page.appendFloat(f"Blend{slot}", label=f"Slot {slot}")[0], 0.0, 1.0, 0.0)
    _text(page, "Loadname", "Model to load", "demo")
    _number(page.appendInt("Slot", label="Into slot")[0], 1, SLOTS, 2)
    for label in ("Load", "Unload"):
        page.appendPulse(label, label=label)


def _name(label):
    return label.replace(" ", "").capitalize()


def _text(page, name, label, default):
    page.appendStr(name, label=label)[0].val = default


def _number(par, low, high, default):
    par.min = par.normMin = low
    par.max = par.normMax = high
    par.clampMin = par.clampMax = True
    par.default = par.val = default


def _paths():
    """Return the address of each parameter that has its own."""
    paths = {_name(label): path for label, path, *_ in (*FADERS, *SWITCHES)}
    return {**paths, **{f"Macro{number}": f"/macro/{number}" for number in range(1, MACROS + 1)}}


def say(comp, path, *values):
    """Send a message, if connected."""
    if comp.fetch("connected"):
        comp.op("send").sendOSC("/distill" + path, list(values))


def connect(comp):
    """Subscribe; the full state and the list of axes follow."""
    comp.store("connected", True)
    say(comp, "/notify", 1, int(comp.par.Listen.eval()))


def beat(comp):
    """Say something, and subscribe again if no meter came since the last beat."""
    if not comp.fetch("subscribed"):  # the instrument has been started again
        say(comp, "/notify", 1, int(comp.par.Listen.eval()))
    comp.store("subscribed", False)
    say(comp, "/status")


def moved(comp, par):
    """Send a parameter's new value, unless it came from the instrument."""
    name, value = par.name, par.eval()
    told = comp.fetch("told")
    if isinstance(value, str) or told.get(name) == value:
        return
    told[name] = value
    if name in ("Mapx", "Mapy"):
        say(comp, "/map", float(comp.par.Mapx.eval()), float(comp.par.Mapy.eval()))
    elif name.startswith("Axis"):
        axes, index = comp.fetch("axes"), int(name.removeprefix("Axis")) - 1
        if index < len(axes):
            say(comp, "/axis/" + axes[index], float(value))
    elif name.startswith("Blend"):
        say(comp, "/model/blend", int(name.removeprefix("Blend")), float(value))
    elif path := _paths().get(name):
        switch = path in {switch_path for _, switch_path, _ in SWITCHES}
        say(comp, path, int(value) if switch else float(value))


def pressed(comp, name):
    """Handle a button."""
    par = comp.par
    if name == "Connect":
        connect(comp)
    elif name == "Disconnect":
        say(comp, "/notify", 0, int(par.Listen.eval()))
        comp.store("connected", False)
    elif name == "Panic":
        say(comp, "/panic")
    elif name == "Goto":
        say(comp, "/corpus/goto", int(par.Landmark.eval()), float(par.Gotoglide.eval()))
    elif name == "Recall":
        say(comp, "/preset/recall", par.Preset.eval(), float(par.Morph.eval()))
    elif name == "Load":
        say(comp, "/model/load", int(par.Slot.eval()), par.Loadname.eval())
    elif name == "Unload":
        say(comp, "/model/unload", int(par.Slot.eval()))
    elif name == "Stopgesture":
        say(comp, "/gesture/stop")
    else:
        orders = {
            "Store": ("/preset/store", "Preset"),
            "Delete": ("/preset/delete", "Preset"),
            "Recordgesture": ("/gesture/record", "Gesture"),
            "Playgesture": ("/gesture/play", "Gesture"),
        }
        path, named = orders[name]
        say(comp, path, getattr(par, named).eval())


def heard(comp, address, args):
    """Show feedback in the parameters and in the table `told`."""
    path = address.removeprefix("/distill")
    if path.startswith("/meter/"):
        comp.store("subscribed", True)
    if path == "/id":  # from another computer, before it is subscribed
        say(comp, "/notify", 1, int(comp.par.Listen.eval()), args[0])
    elif path == "/axis/info":
        index, name, _, _, value = args
        axes = comp.fetch("axes")
        if index == 0:
            _clear_axes(comp)
        axes.append(name)
        if index < AXES:
            getattr(comp.par, f"Axis{index + 1}").label = name
            _show(comp, f"Axis{index + 1}", value)
    elif path == "/axis/end" and args[0] == 0:
        _clear_axes(comp)
    elif path.startswith("/axis/") and path.removeprefix("/axis/") in comp.fetch("axes"):
        index = comp.fetch("axes").index(path.removeprefix("/axis/"))
        if index < AXES:
            _show(comp, f"Axis{index + 1}", args[0])
    elif path == "/map":
        _show(comp, "Mapx", args[0])
        _show(comp, "Mapy", args[1])
    elif path == "/model/info":
        getattr(comp.par, f"Blend{args[0]}").label = f"Slot {args[0]}: {args[1]}"
        _show(comp, f"Blend{args[0]}", args[2])
    elif path == "/model/blend":
        _show(comp, f"Blend{args[0]}", args[1])
    elif path == "/update" and args[0] == 1:  # the models that are there follow
        for slot in range(1, SLOTS + 1):
            getattr(comp.par, f"Blend{slot}").label = f"Slot {slot}"
            _show(comp, f"Blend{slot}", 0.0)
    elif path == "/update" and args[0] == 0:
        for ask in ASKS:
            say(comp, ask)
        say(comp, "/meters", METERS_PER_S)
    elif path == "/status.reply":
        comp.par.Model.val = args[0]
    elif path in ("/done", "/fail"):
        comp.par.Says.val = args[-1]
    else:
        for name, known in _paths().items():
            if path == known:
                _show(comp, name, args[0])
    _keep(comp, path, args)


def _clear_axes(comp):
    comp.fetch("axes").clear()
    for number in range(1, AXES + 1):
        getattr(comp.par, f"Axis{number}").label = "-"


def _show(comp, name, value):
    comp.fetch("told")[name] = value
    getattr(comp.par, name).val = value
    comp.fetch("told")[name] = getattr(comp.par, name).eval()  # as the parameter rounds it


def _keep(comp, path, args):
    """Write a row of the table; a meter's channel and a model's slot are part of its name."""
    if path in ("/meter/rms", "/meter/peak"):
        path, args = f"{path}/{args[0] + 1}", args[1:]
    elif path in ("/model/info", "/model/blend"):
        path, args = f"{path}/{args[0]}", args[1:]
    table = comp.op("told")
    row = [path, *args]
    if table.row(path) is None:
        table.appendRow(row)
    else:
        table.replaceRow(path, row)


if __name__ == "__main__":
    build(td.me.parent(), td.me.text)
