"""Global parameter values and active ramps."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from distill_live.addresses import Address, Command, Values

Setter = Callable[[Values], None]
"""Applies the values of one address."""


def number_setter(owner: object, attribute: str) -> Setter:
    """Setter of a numeric attribute."""
    return lambda values: setattr(owner, attribute, float(values[0]))


def switch_setter(owner: object, attribute: str) -> Setter:
    """Setter of a boolean attribute."""
    return lambda values: setattr(owner, attribute, float(values[0]) > 0)


class Parameters:
    """Values by address, their ramps, and the setters that apply them.

    Parameters
    ----------
    frames_per_second
        Hops a second.
    on_change
        Called with the path of each value that is applied, before its setter.

    Attributes
    ----------
    values : dict
        Target values by path.
    now : dict
        Current values by path.
    """

    def __init__(self, frames_per_second: float, on_change: Callable[[str], None]) -> None:
        self.values: dict[str, Values] = {}
        self.now: dict[str, Values] = {}
        self._addresses: Mapping[str, Address] = {}
        self._setters: Mapping[str, Setter] = {}
        self._frames_per_second = frames_per_second
        self._on_change = on_change
        self._ramps: dict[str, _Ramp] = {}

    @property
    def ramping(self) -> bool:
        """Whether any value is on a ramp."""
        return bool(self._ramps)

    def bind(self, addresses: Mapping[str, Address], setters: Mapping[str, Setter]) -> None:
        """Replace the addresses; keep known values, start new ones at their defaults, apply all.

        Parameters
        ----------
        addresses
            In the order in which values are applied and reported.
        setters
            By path; an address without one only has its value stored.
        """
        self._addresses, self._setters = addresses, setters
        self._ramps = {path: ramp for path, ramp in self._ramps.items() if path in addresses}
        defaults = {path: address.default for path, address in addresses.items()}
        self.values = {path: self.values.get(path, value) for path, value in defaults.items()}
        self.now = {path: self.now.get(path, value) for path, value in defaults.items()}
        for path, values in self.now.items():
            self._apply(path, values)

    def set(self, path: str, values: Values, glide_s: float | None) -> None:
        """Set a value: on a ramp if it is continuous and `glide_s` is over 0, else at once."""
        self.values[path] = values
        if glide_s and self._addresses[path].continuous:
            hops = max(1, round(glide_s * self._frames_per_second))
            start, end = (tuple(map(float, ends)) for ends in (self.now[path], values))
            self._ramps[path] = _Ramp(start, end, hops, 0)
        else:
            self._ramps.pop(path, None)
            self._apply(path, values)

    def step(self) -> None:
        """Advance all ramps by one hop."""
        for path, (start, end, hops, done) in list(self._ramps.items()):
            done += 1
            if done == hops:
                del self._ramps[path]
                self._apply(path, end)
            else:
                self._ramps[path] = _Ramp(start, end, hops, done)
                share = done / hops
                self._apply(
                    path, tuple(a + share * (b - a) for a, b in zip(start, end, strict=True))
                )

    def moving(self, *paths: str) -> bool:
        """Whether one of `paths` is on a ramp."""
        return any(path in self._ramps for path in paths)

    def state(self) -> list[Command]:
        """Commands that give other parameters these values and the rest of these ramps."""
        commands = []
        for path, values in self.values.items():
            ramp = self._ramps.get(path)
            glide_s = (ramp.hops - ramp.done) / self._frames_per_second if ramp else None
            if glide_s:
                commands.append(Command(path, self.now[path]))
            commands.append(Command(path, values, None, glide_s))
        return commands

    def _apply(self, path: str, values: Values) -> None:
        self.now[path] = values
        self._on_change(path)
        if path in self._setters:
            self._setters[path](values)


class _Ramp(NamedTuple):
    """A linear ramp; exact at its end."""

    start: tuple[float, ...]
    end: tuple[float, ...]
    hops: int
    done: int
