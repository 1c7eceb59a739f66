"""What moves what: a control and an address, checked against the table; and the usual ones."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import floor
from typing import Literal

from distill_live.addresses import MACROS, PREFIX, TABLE, Address, Value, coerce, instantiate
from distill_live.errors import CommandError, ConfigurationError
from distill_live.files import printable
from distill_live.midi.controls import FINE_OFFSET, HIGHEST, Control

Mode = Literal["7-bit", "14-bit", "relative", "offset", "hold", "toggle", "velocity"]

Play = Literal["knob", "endless", "steps", "toggle", "button", "number", "preset"]
"""How a control plays: a `knob` moves a float; an `endless` one from where it is; `steps` are whole
numbers; a `toggle` changes between two; a `button` says something fixed; a `number` is that of the
note or program; a `preset` is chosen by its place in the list."""

CC_MODES: tuple[Mode, ...] = ("7-bit", "14-bit", "relative", "offset")
NOTE_MODES: tuple[Mode, ...] = ("hold", "toggle", "velocity")
"""What `mode` may be; the first where nothing is said."""

CHANNELS = 16

RECALL = "/preset/recall"

NUMBERED_AXIS = re.compile(r"/axis/#([1-9]\d?)")
"""An axis by its place in the model's list, which begins with 1."""

_LARGEST_LATENT = 1000
_WIDEST = 1e6

Key = tuple[Control, int | None]


@dataclass(frozen=True)
class Binding:
    """One control and what it moves.

    Parameters
    ----------
    control
        A control, or all notes or programs.
    address
        Of the table, with or without ``/distill``; ``axis/#3`` is the model's third axis.
    channel
        1 to 16; None for all.
    mode
        One of `CC_MODES` or `NOTE_MODES`; empty for the usual one.
    range
        What the control's ends stand for, the second smaller than the first where it is to run
        backwards; None for the address' own range.
    pickup
        Whether the control takes hold only where it passes the value; None for the usual: knobs
        do, what springs back does not.
    values
        What is said when the control is pressed, where it is not the control's own value.
    first
        The note or program that stands for 0.

    Raises
    ------
    ConfigurationError
        If there is no such address, or it cannot be moved so.
    """

    control: Control
    address: str
    channel: int | None = None
    mode: Mode | Literal[""] = ""
    range: tuple[float, float] | None = None
    pickup: bool | None = None
    values: tuple[Value, ...] = ()
    first: int = 0

    def __post_init__(self) -> None:
        path = "/" + self.address.removeprefix(PREFIX).strip("/")
        object.__setattr__(self, "address", path)
        address = find_address(path)
        if self.channel is not None and not 1 <= self.channel <= CHANNELS:
            raise ConfigurationError(
                f"channel is {self.channel}; it must lie in 1 to {CHANNELS}, or be left out for all"
            )
        if not 0 <= self.first <= HIGHEST:
            raise ConfigurationError(f"first is {self.first}; it must lie in 0 to {HIGHEST}")
        self._check_mode()
        if self.values:
            self._check_values(address)
        elif address.access != "action" and self.play != "preset" and not _one_number(address):
            raise ConfigurationError(
                f"{path} does not take one number; give what it shall be told as values"
            )
        self._check_range(address)
        if self.play == "endless" and (address.access, address.signature) != ("value", "f"):
            raise ConfigurationError(f"{path} cannot be moved by an endless knob; use mode '7-bit'")
        if self.pickup and self.play != "knob":
            raise ConfigurationError(f"pickup is for knobs; {self.control} moves {path} without")

    @property
    def key(self) -> Key:
        """What messages it is for."""
        return self.control, self.channel

    @property
    def play(self) -> Play:
        """How it plays."""
        kind, number = self.control
        address = find_address(self.address)
        if self.values or address.access == "action":
            return "button"
        if number is None and kind in ("note", "program"):
            return "preset" if self.address == RECALL else "number"
        if self.mode in ("relative", "offset"):
            return "endless"
        if self.mode == "toggle":
            return "toggle"
        return "knob" if (address.access, address.signature) == ("value", "f") else "steps"

    @property
    def ends(self) -> tuple[float, float]:
        """The values at the control's low and high end."""
        argument = find_address(self.address).arguments[0]
        return self.range or (argument.low, argument.high)

    @property
    def waits(self) -> bool:
        """Whether it waits until it passes the value."""
        usual = self.control.kind == "cc" and self.play == "knob"
        return usual if self.pickup is None else self.pickup

    def value(self, at: float) -> Value:
        """The value at a position from 0 to 1, exact at the ends."""
        low, high = self.ends
        number = low * (1 - at) + high * at
        return number if find_address(self.address).signature == "f" else floor(number + 0.5)

    def position(self, value: float) -> float:
        """The other way; beyond 0 to 1 for a value that the control does not reach."""
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
            raise ConfigurationError(
                f"mode is {self.mode!r}; for {self.control} there are: {known}"
            )
        number = self.control.number
        if self.mode == "14-bit" and number is not None and number >= FINE_OFFSET:
            raise ConfigurationError(
                f"{self.control} cannot have 14 bits; those that can are cc 0 to {FINE_OFFSET - 1}"
            )

    def _check_values(self, address: Address) -> None:
        if any(isinstance(value, str) and not value.isprintable() for value in self.values):
            raise ConfigurationError("values hold characters that cannot be printed")
        if self.range or self.mode or self.first or self.pickup:
            raise ConfigurationError(
                "values are said as they are; range, mode, first and pickup do not go with them"
            )
        try:
            coerce(address, self.values)
        except CommandError as error:
            raise ConfigurationError(str(error)) from None

    def _check_range(self, address: Address) -> None:
        if self.play in ("button", "preset"):
            if self.range is not None:
                raise ConfigurationError(f"range has no meaning for {address.path} here")
            return
        argument = address.arguments[0]
        low, high = self.ends
        if not (argument.low <= min(low, high) < max(low, high) <= argument.high):
            raise ConfigurationError(
                f"range is {low:g} to {high:g}; of {self.address} it must be two different numbers "
                f"from {argument.low:g} to {argument.high:g}"
            )
        if self.play != "number" and abs(high - low) > _WIDEST:
            raise ConfigurationError(
                f"{self.address} goes from {low:g} to {high:g}: give a range that a knob can reach"
            )


def _one_number(address: Address) -> bool:
    return address.access in ("value", "command") and address.signature in ("f", "i")


@lru_cache(maxsize=1024)
def find_address(path: str) -> Address:
    """The address of a path, whichever the model.

    Raises
    ------
    ConfigurationError
        If there is none.
    """
    address = TABLE.get(path)
    if address is not None and address.expands in ("", "landmarks", "targets"):
        return address  # a model but narrows what it takes
    _, group, name = (*path.split("/", 2), "")[:3]
    names: tuple[str, ...] = ()
    if group in ("axis", "lfo"):
        names = ("any",) if NUMBERED_AXIS.fullmatch(path) else (name,)
        path = f"/{group}/{names[0]}"
    try:
        return instantiate(_LARGEST_LATENT if group == "latent" else 1, names, landmarks=1)[path]
    except KeyError:
        raise ConfigurationError(
            f"there is no address {printable(path)[:60]!r}; 'distill-live addresses' lists them"
        ) from None


def usual_bindings() -> Mapping[Key, Binding]:
    """What plays without any file: on every channel, whatever the device."""
    bindings = [
        Binding(Control("cc", number), f"macro/{number}") for number in range(1, MACROS + 1)
    ]
    for lowest in (16, 70):  # faders or knobs of many small boxes
        bindings += [
            Binding(Control("cc", lowest + index), f"axis/#{1 + index}") for index in range(8)
        ]
    bindings += [
        Binding(Control("cc", 64), "freeze"),  # the pedal that holds a piano's notes
        Binding(Control("bend"), "pitch", range=(-2.0, 2.0)),
        Binding(Control("note"), "corpus/goto", first=36),  # the lowest C of four octaves
        Binding(Control("program"), RECALL),
    ]
    return {binding.key: binding for binding in bindings}
