"""Window of the Pure Data patch: its visible panels."""

from controls import (
    AXES,
    FADERS,
    GESTURE_LOOP,
    GESTURE_SPEED,
    MACRO_NUMBERS,
    METERS,
    MODEL_FADE,
    SLOTS,
    SWITCHES,
    Fader,
    high,
)
from pd_map import MAP_SIZE, pad
from pd_text import PAPER, TRACK, Canvas
from pd_wiring import wiring


def window() -> Canvas:
    """Return the whole patch."""
    canvas = Canvas(1012, 794)
    canvas.panel(2, 2, 1006, 788, colour=PAPER)
    _connection(canvas)
    _macros(canvas)
    _map(canvas)
    _meters(canvas)
    _axes(canvas)
    _sound(canvas)
    _names_panels(canvas)
    _gestures(canvas)
    _models(canvas)
    canvas.inside(904, 279, wiring(), "wiring")
    return canvas


def _connection(window: Canvas) -> None:
    window.panel(10, 10, 990, 62, "Distill Live", size=18)
    window.text(20, 42, "host")
    window.symbol(58, 43, "host", width=15)
    window.text(180, 42, "port")
    window.number(218, 43, "port", 1, 65535, width=6)
    window.toggle(286, 41, "connect", "connect")
    window.text(400, 42, "model")
    window.symbol(446, 43, "model", width=16)
    window.text(580, 42, "load")
    window.number(618, 43, "load", 0, 0, width=5)
    window.text(662, 42, "%")
    for number, y in enumerate((20, 34), 1):
        window.line(170, y, f"says-{number}")


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
    window.panel(358, 116, MAP_SIZE, MAP_SIZE, colour=TRACK)
    window.inside(358, 116, pad(), "distill-map", shown=MAP_SIZE)
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
        window.toggle(826, 112 + 33 * index, switch.name, switch.words)
    window.alarm(918, 112, "panic", "Panic", size=66)


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
        _numbered(window, 532, 350 + 29 * row, fader)


def _numbered(window: Canvas, x: int, y: int, fader: Fader) -> None:
    """Add a slider and its number box."""
    window.slider(x, y, fader.name, fader.low, fader.high, fader.words, length=130)
    window.number(x + 200, y, f"{fader.name}-number", fader.low, fader.high, width=5)


def _names_panels(window: Canvas) -> None:
    window.panel(795, 322, 205, 300, "Presets")
    window.text(803, 344, "name")
    window.symbol(807, 363, "preset-name", width=24)
    window.text(803, 390, "or choose")
    window.number(880, 391, "preset-pick", 0, 999, width=4)
    window.text(920, 390, "of")
    window.number(944, 391, "preset-count", 0, 0, width=4)
    window.text(803, 416, "morph in s")
    window.number(888, 417, "preset-morph", 0, high("/preset/recall", 1), width=5)
    window.button(807, 446, "preset-recall", "recall")
    window.button(807, 476, "preset-store", "store")
    window.button(807, 506, "preset-delete", "delete")


def _gestures(window: Canvas) -> None:
    window.panel(10, 632, 500, 150, "Gestures")
    window.text(20, 662, "name")
    window.symbol(58, 663, "gesture-name", width=16)
    window.text(190, 662, "or choose")
    window.number(264, 663, "gesture-pick", 0, 999, width=4)
    window.text(304, 662, "of")
    window.number(328, 663, "gesture-count", 0, 0, width=4)
    for index, order in enumerate(("record", "play", "stop", "delete")):
        window.button(22 + 92 * index, 694, f"gesture-{order}", order)
    window.toggle(400, 694, GESTURE_LOOP.name, GESTURE_LOOP.words)
    _numbered(window, 22, 730, GESTURE_SPEED)
    window.text(20, 754, "recording")
    window.symbol(96, 755, "gesture-recording", width=16)
    window.text(230, 754, "playing")
    window.symbol(290, 755, "gesture-playing", width=16)


def _models(window: Canvas) -> None:
    window.panel(520, 632, 480, 150, "Models")
    for row, slot in enumerate(SLOTS):
        window.slider(532, 660 + 30 * row, f"model-{slot}", 0, 1, "-", length=130)
    window.text(736, 660, "name")
    window.symbol(774, 661, "model-name", width=18)
    window.text(920, 660, "slot")
    window.number(958, 661, "model-slot", SLOTS[0], SLOTS[-1], width=3)
    window.button(738, 690, "model-load", "load")
    window.button(830, 690, "model-unload", "unload")
    _numbered(window, 738, 750, MODEL_FADE)
