"""Controls of all patches: names, addresses and ranges (from the address table)."""

from typing import NamedTuple

from distill_live.addresses import MACROS, TABLE

AXES = 16
"""Axis faders of a patch; they take their names from the model when the patch connects."""

METERS = 2
"""Channels whose level is shown."""

METERS_PER_S = 20

INSTRUMENT_PORT = 9010


class Fader(NamedTuple):
    """Fader of one value: label, address, and the table's range, unit and default."""

    words: str
    path: str
    low: float
    high: float
    unit: str
    default: float

    @property
    def name(self) -> str:
        """Path as one word."""
        return self.path.strip("/").replace("/", "-")


class Switch(NamedTuple):
    """Switch: label, address, and the table's default."""

    words: str
    path: str
    default: int

    @property
    def name(self) -> str:
        """Path as one word."""
        return self.path.strip("/").replace("/", "-")


def fader(words: str, path: str) -> Fader:
    """Make a fader for an address of one number."""
    argument = TABLE[path].arguments[0]
    default = argument.default
    if not isinstance(default, int | float):
        raise TypeError(f"{path} has the default {default!r}; a fader needs a number")
    return Fader(words, path, argument.low, argument.high, argument.unit, default)


def switch(words: str, path: str) -> Switch:
    """Make a switch for an address of 0 or 1."""
    return Switch(words, path, int(fader(words, path).default))


def low(path: str, argument: int) -> float:
    """Lower end of an argument's range."""
    return TABLE[path].arguments[argument].low


def high(path: str, argument: int) -> float:
    """Upper end of an argument's range."""
    return TABLE[path].arguments[argument].high


def described(path: str) -> str:
    """Description of an address, from the table."""
    return TABLE[path].description


FADERS = (
    fader("Pitch", "/pitch"),
    fader("Formant", "/formant"),
    fader("Speed", "/speed"),
    fader("Spread", "/spread"),
    fader("Jitter", "/jitter"),
    fader("Drift", "/drift"),
    fader("Walk", "/walk"),
    fader("Glide", "/glide"),
    fader("Gain", "/gain"),
)
"""The faders of the sound."""

SWITCHES = (
    switch("Play", "/play"),
    switch("Freeze", "/freeze"),
    switch("Follow", "/follow"),
    switch("Mute", "/mute"),
    switch("Record", "/record"),
)

GESTURE_SPEED = fader("Speed", "/gesture/speed")
GESTURE_LOOP = switch("Loop", "/gesture/loop")
MODEL_FADE = fader("Fade", "/model/fade")

MACRO_NUMBERS = range(1, MACROS + 1)
SLOTS = range(int(low("/model/blend", 0)), int(high("/model/blend", 0)) + 1)
"""Numbers of the models that can play at once."""
