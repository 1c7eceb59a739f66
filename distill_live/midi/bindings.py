"""Bindings of MIDI controls to OSC addresses, and the default bindings."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import floor
from typing import Literal

from distill_live.addresses import (
    LEAVES,
    MACROS,
    PREFIX,
    TABLE,
    Address,
    Value,
    coerce,
    instantiate,
)
from distill_live.errors import CommandError, ConfigurationError
from distill_live.files import printable
from distill_live.midi.controls import FINE_OFFSET, MAX_7_BIT, MidiControl

Mode = Literal["7-bit", "14-bit", "relative", "offset", "sign", "hold", "toggle", "velocity"]

Play = Literal["knob", "endless", "steps", "toggle", "button", "number", "preset"]
"""How a control acts: a `knob` sets a float; an `endless` knob changes it; `steps` are integers; a
`toggle` alternates between two values; a `button` sends fixed values; a `number` sends the number
of the note or program; a `preset` recalls by position in the list."""

CC_MODES: tuple[Mode, ...] = ("7-bit", "14-bit", "relative", "offset", "sign")
NOTE_MODES: tuple[Mode, ...] = ("hold", "toggle", "velocity")
"""Modes of a controller and of a note; the first is the default."""

CHANNELS = 16

RECALL = "/preset/recall"

NUMBERED_AXIS = re.compile(r"/axis/#([1-9]\d?)")
"""Axis by its position in the model's list, counted from 1."""

_MAX_LATENT_SIZE = 1000
_MAX_RANGE = 1e6

BindingKey = tuple[MidiControl, int | None]


@dataclass(frozen=True)
class Binding:
    """One control and the address it moves.

    Parameters
    ----------
    control
        The control, or all notes or programs.
    address
        Address, with or without ``/distill``; ``axis/#3`` is the model's third axis.
    channel
        MIDI channel, 1 to 16; None for all.
    mode
        One of `CC_MODES` or `NOTE_MODES`; empty for the default.
    range
        Values at the control's low and high end, in falling order to invert it; None for the range
        of the address.
    pickup
        Whether the control acts only once it has passed the value; None for the default: true
        for knobs, false for what springs back.
    values
        Values sent on a press, instead of the control's own value.
    first
        Number of the note or program that sends 0.

    Raises
    ------
    ConfigurationError
        If the address does not exist, or this control cannot move it.
    """

    control: MidiControl
    address: str
    channel: int | None = None
    mode: Mode | Literal[""] = ""
    range: tuple[float, float] | None = None
    pickup: bool | None = None
    values: tuple[Value, ...] = ()
    first: int = 0

    def __post_init__(self) -> None:
        path = "/" + self.address.removeprefix(PREFIX).strip("/")
        path = LEAVES.get(path, path)
        object.__setattr__(self, "address", path)
        address = find_address(path)
        if self.channel is not None and not 1 <= self.channel <= CHANNELS:
            raise ConfigurationError(
                f"channel is {self.channel}; it must lie in 1 to {CHANNELS}, or be left out for all"
            )
        if not 0 <= self.first <= MAX_7_BIT:
            raise ConfigurationError(f"first is {self.first}; it must lie in 0 to {MAX_7_BIT}")
        self._check_mode()
        if self.values:
            self._check_values(address)
        elif self.play not in ("button", "preset") and address.signature not in ("f", "i"):
            raise ConfigurationError(f"{path} does not take one number; give the values to send")
        self._check_range(address)
        if self.play == "endless" and (address.access, address.signature) != ("value", "f"):
            raise ConfigurationError(f"{path} cannot be moved by an endless knob; use mode '7-bit'")
        if self.pickup and self.play != "knob":
            raise ConfigurationError(f"{self.control} is no knob of {path}; leave out pickup")

    @property
    def key(self) -> BindingKey:
        """Control and channel that it responds to."""
        return self.control, self.channel

    @property
    def play(self) -> Play:
        """How the control acts."""
        kind, number = self.control
        address = find_address(self.address)
        if self.values or address.access == "action":
            return "button"
        if number is None and kind in ("note", "program"):
            return "preset" if self.address == RECALL else "number"
        if self.mode in ("relative", "offset", "sign"):
            return "endless"
        if self.mode == "toggle":
            return "toggle"
        return "knob" if (address.access, address.signature) == ("value", "f") else "steps"

    @property
    def ends(self) -> tuple[float, float]:
        """Values at the control's low and high end."""
        argument = find_address(self.address).arguments[0]
        return self.range or (argument.low, argument.high)

    @property
    def has_pickup(self) -> bool:
        """Whether the control acts only once it has passed the value."""
        default = self.control.kind in ("cc", "nrpn", "rpn") and self.play == "knob"
        return default if self.pickup is None else self.pickup

    def value(self, position: float) -> Value:
        """Value at a position from 0 to 1; exact at the ends."""
        low, high = self.ends
        number = low * (1 - position) + high * position
        return number if find_address(self.address).signature == "f" else floor(number + 0.5)

    def position(self, value: float) -> float:
        """Position of a value; outside 0 to 1 for a value that the control cannot reach."""
        low, high = self.ends
        return (value - low) / (high - low)

    def _check_mode(self) -> None:
        modes: tuple[Mode, ...] = ()
        if self.control.kind == "cc":
            modes = CC_MODES
        elif self.control.kind == "note" and self.control.number is not None:
            modes = NOTE_MODES
        if self.mode and self.mode not in modes:
            known = ", ".join(map(repr, modes)) or "none"
            raise ConfigurationError(f"mode is {self.mode!r}; modes of {self.control}: {known}")
        number = self.control.number
        if self.mode == "14-bit" and number is not None and number >= FINE_OFFSET:
            raise ConfigurationError(
                f"{self.control} cannot have 14 bits; only cc 0 to {FINE_OFFSET - 1} can"
            )

    def _check_values(self, address: Address) -> None:
        if any(isinstance(value, str) and not value.isprintable() for value in self.values):
            raise ConfigurationError("values contain characters that cannot be printed")
        if self.range or self.mode or self.first or self.pickup:
            raise ConfigurationError(
                "values are sent as they are; leave out range, mode, first and pickup"
            )
        try:
            coerce(address, self.values)
        except CommandError as error:
            raise ConfigurationError(str(error)) from None

    def _check_range(self, address: Address) -> None:
        if self.play in ("button", "preset"):
            if self.range is not None:
                raise ConfigurationError(f"{address.path} has no range here; leave it out")
            return
        argument = address.arguments[0]
        low, high = self.ends
        if not (argument.low <= min(low, high) < max(low, high) <= argument.high):
            raise ConfigurationError(
                f"range is {low:g} to {high:g}; {self.address} needs two different numbers from "
                f"{argument.low:g} to {argument.high:g}"
            )
        if self.play != "number" and abs(high - low) > _MAX_RANGE:
            raise ConfigurationError(
                f"{self.address} ranges from {low:g} to {high:g}; give a smaller range"
            )


@lru_cache(maxsize=1024)
def find_address(path: str) -> Address:
    """Look up an address that some model may have.

    Raises
    ------
    ConfigurationError
        If the address does not exist.
    """
    address = TABLE.get(path)
    if address is not None and address.expands in ("", "landmarks", "targets"):
        return address  # a model only narrows its ranges
    _, group, name = (*path.split("/", 2), "")[:3]
    names: tuple[str, ...] = ()
    if group in ("axis", "lfo"):
        names = ("any",) if NUMBERED_AXIS.fullmatch(path) else (name,)
        path = f"/{group}/{names[0]}"
    try:
        return instantiate(_MAX_LATENT_SIZE if group == "latent" else 1, names, landmarks=1)[path]
    except KeyError:
        raise ConfigurationError(
            f"there is no address {printable(path)[:60]!r}; 'distill-live addresses' lists them"
        ) from None


def default_bindings() -> Mapping[BindingKey, Binding]:
    """Bindings without a mapping file, for every channel and device."""
    bindings = [
        Binding(MidiControl("cc", number), f"macro/{number}") for number in range(1, MACROS + 1)
    ]
    for lowest in (16, 70):  # faders and knobs of many small controllers
        bindings += [
            Binding(MidiControl("cc", lowest + index), f"axis/#{1 + index}") for index in range(8)
        ]
    bindings += [
        Binding(MidiControl("cc", 64), "freeze"),  # sustain pedal
        Binding(MidiControl("bend"), "pitch", range=(-2.0, 2.0)),
        Binding(
            MidiControl("note"), "corpus/goto", first=36
        ),  # the lowest C of a four-octave keyboard
        Binding(MidiControl("program"), RECALL),
    ]
    return {binding.key: binding for binding in bindings}
