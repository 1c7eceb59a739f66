"""The TouchOSC layout: the controls of the other patches on one page for fingers.

A control of one address has a message. Names of axes, weights of models, meters and morphing
recalls are Lua, since a message cannot express them, or would send what a script shows; a script
sends only while a finger is down.
"""

from controls import (
    AXES,
    FADERS,
    GESTURE_LOOP,
    GESTURE_SPEED,
    MACRO_NUMBERS,
    METERS,
    METERS_PER_S,
    SLOTS,
    SWITCHES,
    Fader,
    Switch,
    high,
)
from tosc_text import (
    INK,
    KNOB,
    MOMENTARY,
    PAPER,
    TOGGLE,
    Frame,
    Osc,
    constant,
    document,
    node,
    value_of,
)

WIDTH, HEIGHT = 1280, 960
LISTENING_PORT = 9012
PRESETS = 8
LOWEST_KEY, KEYS = 48, 25
BLACK_KEYS = (1, 3, 6, 8, 10)
MAX_MORPH_S = min(30.0, high("/preset/recall", 1))
MIN_DB = -70.0
ALIVE_MS = 5_000
"""Interval of ``/status``: who is silent for a minute makes room for others. If no meter came
meanwhile, as after a new start of the instrument, it subscribes again."""

NORTH, EAST = 0, 1

MAP_FRAME: Frame = (470, 70, 300, 240)
MARKS = 200
"""Dots on the map; of more landmarks, as many evenly spread ones are shown."""
MARK_SIZE = 6

ASKS = "'/distill/axis/list', '/distill/corpus/list', '/distill/model/list', '/distill/status'"
"""Asked after each full state: with a connection, and with other models."""

ROOT_SCRIPT = f"""
local slots, places = {{}}, {{}}
local heard, subscribed, last = false, true, 0

function update()
  if heard and getMillis() - last > {ALIVE_MS} then
    last = getMillis()
    if not subscribed then sendOSC('/distill/notify', 1, {LISTENING_PORT}) end
    subscribed = false
    sendOSC('/distill/status')
  end
end

function onReceiveOSC(message, connections)
  local path, given = message[1], message[2]
  heard = true
  if path == '/distill/id' then -- from another computer, before it is subscribed
    sendOSC('/distill/notify', 1, {LISTENING_PORT}, given[1].value)
  elseif path == '/distill/update' and given[1].value == 1 then -- the models that are there follow
    for slot = {SLOTS[0]}, {SLOTS[-1]} do showModel(slot, 'slot ' .. slot, 0) end
  elseif path == '/distill/update' then
    for _, ask in ipairs({{{ASKS}}}) do sendOSC(ask) end
    sendOSC('/distill/meters', {METERS_PER_S})
  elseif path == '/distill/axis/info' then
    local slot, name = given[1].value + 1, given[2].value
    if slot == 1 then clearAxes() end
    if slot <= {AXES} then
      slots[name] = slot
      show(slot, name, given[5].value)
    end
  elseif path == '/distill/axis/end' and given[1].value == 0 then
    clearAxes()
  elseif path == '/distill/corpus/info' then
    places[given[1].value] = {{given[4].value, given[5].value}}
  elseif path == '/distill/meter/point' then
    move(self:findByName('sounding', true), given[1].value, given[2].value, {2 * MARK_SIZE})
  elseif path == '/distill/corpus/end' then
    showPlaces(given[1].value)
  elseif path == '/distill/meter/rms' then
    subscribed = true
    local meter = self:findByName('meter_' .. (given[1].value + 1), true)
    if meter then meter.values.x = math.max(0, 1 - given[2].value / {MIN_DB:g}) end
  elseif path == '/distill/model/info' then
    showModel(given[1].value, given[2].value, given[3].value)
  elseif path == '/distill/model/blend' then
    showModel(given[1].value, nil, given[2].value)
  elseif path == '/distill/status.reply' then
    self:findByName('model', true).values.text = given[1].value
  elseif path == '/distill/fail' then
    self:findByName('says', true).values.text = given[3].value
  elseif path == '/distill/done' then
    self:findByName('says', true).values.text = given[2].value
  else
    local slot = slots[path:match('^/distill/axis/([a-z0-9_]+)$')]
    if slot then set(slot, given[1].value) end
  end
end

function showPlaces(count)
  local shown = math.min(count, {MARKS})
  for i = 0, {MARKS - 1} do
    local mark = self:findByName('mark_' .. i, true)
    local place = i < shown and places[math.floor(i * count / shown)]
    mark.visible = place and true or false
    if place then move(mark, place[1], place[2], {MARK_SIZE}) end
  end
  places = {{}}
end

function showModel(slot, name, weight)
  local fader = self:findByName('slot_' .. slot, true)
  if not fader.values.touch then fader.values.x = weight end
  if name then self:findByName('slot_' .. slot .. '_label', true).values.text = name end
end

function clearAxes()
  slots = {{}}
  for i = 1, {AXES} do show(i, '', 0) end
end

function move(mark, x, y, size)
  mark.visible = true
  mark.frame = Rect(
    {MAP_FRAME[0]} + x * {MAP_FRAME[2]} - size / 2,
    {MAP_FRAME[1]} + (1 - y) * {MAP_FRAME[3]} - size / 2,
    size, size)
end

function show(slot, name, value)
  self:findByName('axis_' .. slot, true).tag = name
  self:findByName('axis_' .. slot .. '_label', true).values.text = name
  set(slot, value)
end

function set(slot, value)
  local fader = self:findByName('axis_' .. slot, true)
  if not fader.values.touch then fader.values.x = (value + 1) / 2 end
end
"""

AXIS_SCRIPT = """
function onValueChanged(key)
  if key == 'x' and self.values.touch and self.tag ~= '' then
    sendOSC('/distill/axis/' .. self.tag, self.values.x * 2 - 1)
  end
end
"""

WEIGHT_SCRIPT = """
function onValueChanged(key)
  if key == 'x' and self.values.touch then
    sendOSC('/distill/model/blend', tonumber(self.tag), self.values.x)
  end
end
"""

RECALL_SCRIPT = f"""
function onValueChanged(key)
  if key == 'x' and self.values.x == 1 then
    local morph = root:findByName('morph', true).values.x * {MAX_MORPH_S:g}
    sendOSC('/distill/preset/recall', self.tag, morph)
  end
end
"""


def touchosc() -> bytes:
    """Return the file."""
    children = [
        *_top(),
        *_macros(),
        *_map(),
        *_out(),
        *_axes(),
        *_sound(),
        *_presets(),
        *_gestures(),
        *_models(),
        *_keyboard(),
    ]
    return document(
        node(
            "GROUP",
            "distill",
            (0, 0, WIDTH, HEIGHT),
            colour=PAPER,
            script=ROOT_SCRIPT,
            children=children,
        )
    )


def _label(name: str, text: str, frame: Frame, *, size: int = 14) -> str:
    """Make a label."""
    return node(
        "LABEL",
        name,
        frame,
        properties=[
            ("b", "background", 0),
            ("b", "interactive", 0),
            ("b", "outline", 0),
            ("i", "textSize", size),
            ("i", "textAlignH", 1),
        ],
        values=[("text", text)],
    )


def _touch(x: float = 0.0) -> list[tuple[str, str]]:
    return [("x", f"{x:g}"), ("touch", "false")]


def _button(
    name: str,
    text: str,
    frame: Frame,
    messages: tuple[Osc, ...],
    *,
    kind: int = MOMENTARY,
    script: str = "",
    tag: str = "",
) -> list[str]:
    """Make a button and the label on it; buttons have no text of their own."""
    return [
        node(
            "BUTTON",
            name,
            frame,
            colour=KNOB,
            properties=[("i", "buttonType", kind), ("s", "tag", tag)],
            values=_touch(),
            messages=messages,
            script=script,
        ),
        _label(f"{name}_label", text, frame),
    ]


def _toggle(control: Switch, frame: Frame) -> list[str]:
    message = Osc(f"/distill{control.path}", (value_of("x", conversion="INTEGER"),))
    return _button(control.name, control.words, frame, (message,), kind=TOGGLE)


def _action(name: str, text: str, path: str, frame: Frame, *parts: str) -> list[str]:
    arguments = tuple(map(constant, parts))
    message = Osc(f"/distill{path}", arguments, rise=True, receive=False)
    return _button(name, text, frame, (message,))


def _fader(
    name: str,
    frame: Frame,
    messages: tuple[Osc, ...] = (),
    *,
    x: float = 0.0,
    upright: bool = False,
    script: str = "",
    tag: str = "",
) -> str:
    orientation = NORTH if upright else EAST
    return node(
        "FADER",
        name,
        frame,
        colour=KNOB,
        properties=[
            ("i", "orientation", orientation),
            ("i", "response", 1),
            ("s", "tag", tag),
        ],
        values=_touch(x),
        messages=messages,
        script=script,
    )


def _valued(control: Fader, x: int, y: int) -> list[str]:
    message = Osc(f"/distill{control.path}", (value_of("x", control.low, control.high),))
    start = (control.default - control.low) / (control.high - control.low)
    return [
        _label(f"{control.name}_label", control.words, (x, y, 90, 36)),
        _fader(control.name, (x + 90, y, 200, 36), (message,), x=start),
    ]


def _top() -> list[str]:
    port = constant(LISTENING_PORT)
    hello = Osc("/distill/notify", (constant(1), port), rise=True, receive=False)
    return [
        _label("title", "Distill Live", (20, 10, 200, 44), size=24),
        *_button("connect", "connect", (230, 10, 160, 44), (hello,)),
        _label("model", "-", (400, 10, 240, 44)),
        _label("says", "", (650, 10, 610, 44)),
    ]


def _macros() -> list[str]:
    controls = []
    for number in MACRO_NUMBERS:
        x = 20 + 54 * (number - 1)
        message = Osc(f"/distill/macro/{number}", (value_of("x"),))
        name = f"macro_{number}"
        controls.append(_fader(name, (x, 70, 48, 240), (message,), upright=True))
        controls.append(_label(f"{name}_label", str(number), (x, 312, 48, 24)))
    return controls


def _map() -> list[str]:
    message = Osc("/distill/map", (value_of("x"), value_of("y")))
    values = [("x", "0.5"), ("y", "0.5"), ("touch", "false")]
    pad = node("XY", "map", MAP_FRAME, colour=KNOB, values=values, messages=[message])
    hidden = [("b", "visible", 0), ("b", "interactive", 0), ("b", "outline", 0)]
    marks = [
        node("BOX", name, (*MAP_FRAME[:2], MARK_SIZE, MARK_SIZE), colour=colour, properties=hidden)
        for name, colour in [*((f"mark_{i}", INK) for i in range(MARKS)), ("sounding", PAPER)]
    ]
    landmarks: list[str] = []
    for number in range(8):
        frame = (470 + 38 * number, 314, 34, 30)
        goto = Osc("/distill/corpus/goto", (constant(number),), rise=True, receive=False)
        landmarks += _button(f"landmark_{number}", str(number), frame, (goto,))
    return [pad, *marks, *landmarks]


def _out() -> list[str]:
    controls: list[str] = []
    for channel in range(METERS):
        frame = (800 + 50 * channel, 70, 40, 240)
        controls.append(
            node(
                "FADER",
                f"meter_{channel + 1}",
                frame,
                colour=INK,
                properties=[("b", "interactive", 0), ("b", "cursor", 0), ("i", "orientation", 0)],
                values=_touch(),
            )
        )
        label = (frame[0], 312, 40, 24)
        controls.append(_label(f"meter_{channel + 1}_label", str(channel + 1), label))
    for index, control in enumerate(SWITCHES):
        controls += _toggle(control, (920 + 170 * (index % 2), 70 + 84 * (index // 2), 160, 76))
    return [*controls, *_action("panic", "Panic", "/panic", (1090, 238, 160, 76))]


def _axes() -> list[str]:
    controls: list[str] = []
    rows = AXES // 2
    for index in range(AXES):
        column, row = divmod(index, rows)
        x, y, name = 20 + 310 * column, 364 + 52 * row, f"axis_{index + 1}"
        controls.append(_label(f"{name}_label", "", (x, y, 110, 44)))
        controls.append(_fader(name, (x + 110, y, 190, 44), x=0.5, script=AXIS_SCRIPT))
    return controls


def _sound() -> list[str]:
    return [
        part for row, control in enumerate(FADERS) for part in _valued(control, 650, 364 + 46 * row)
    ]


def _presets() -> list[str]:
    controls = [
        _label("morph_label", f"morph 0..{MAX_MORPH_S:g} s", (960, 364, 130, 36)),
        _fader("morph", (1090, 364, 170, 36)),
    ]
    for number in range(1, PRESETS + 1):
        name, y = f"touch {number}", 410 + 36 * ((number - 1) % 4)
        x = 960 + 155 * ((number - 1) // 4)
        recall = (x, y, 92, 32)
        controls += _button(
            f"recall_{number}", f"recall {number}", recall, (), script=RECALL_SCRIPT, tag=name
        )
        store = (x + 96, y, 50, 32)
        controls += _action(f"store_{number}", "store", "/preset/store", store, name)
    return controls


def _gestures() -> list[str]:
    controls = [_label("gestures_label", "gesture", (960, 572, 90, 36))]
    controls += _action("record_gesture", "record", "/gesture/record", (960, 612, 70, 44), "touch")
    controls += _action("play_gesture", "play", "/gesture/play", (1036, 612, 70, 44), "touch")
    controls += _action("stop_gesture", "stop", "/gesture/stop", (1112, 612, 70, 44))
    controls += _toggle(GESTURE_LOOP, (1188, 612, 72, 44))
    return [*controls, *_valued(GESTURE_SPEED, 960, 660)]


def _keyboard() -> list[str]:
    """Make keys that strike a note when they are touched, and release it when they are not."""
    controls = []
    for index in range(KEYS):
        key = LOWEST_KEY + index
        black = key % 12 in BLACK_KEYS
        message = Osc("/distill/note/on", (constant(key), value_of("x")), receive=False)
        controls.append(
            node(
                "BUTTON",
                f"key_{key}",
                (20 + 50 * index, 806, 46, 90 if black else 140),
                colour=KNOB if black else PAPER,
                properties=[("i", "buttonType", MOMENTARY)],
                values=_touch(),
                messages=(message,),
            )
        )
    return controls


def _models() -> list[str]:
    controls: list[str] = []
    for row, slot in enumerate(SLOTS):
        name, y = f"slot_{slot}", 704 + 22 * row
        controls.append(_label(f"{name}_label", f"slot {slot}", (960, y, 100, 20)))
        controls.append(_fader(name, (1060, y, 200, 20), script=WEIGHT_SCRIPT, tag=f"{slot}"))
    return controls
