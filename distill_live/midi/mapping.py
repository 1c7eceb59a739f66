"""From MIDI messages to what is said to the instrument, and what is heard of it. Sans-I/O.

It holds where knobs are and what the instrument has told of its values; how messages travel, either
way, others decide. Each message is answered at once: nothing waits for a next one.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from math import inf
from typing import Any

from distill_live.addresses import PREFIX, Value, Values
from distill_live.midi.bindings import NUMBERED_AXIS, RECALL, Binding, Key
from distill_live.midi.controls import (
    FINE_OFFSET,
    HIGHEST,
    HIGHEST_FINE,
    Control,
    Event,
    FineControllers,
    position,
    read,
    ticks,
)
from distill_live.midi.pickup import Pickup

ECHO_S = 0.5
"""What is heard of an address so soon after it was moved from here may be older than that."""

IDLE_S = 1.0
"""A value that was not moved from here for so long may have been moved by others, unsaid."""

GLIDE = "/glide"
"""How long axes and dimensions of the latent take to where they were moved."""

Statement = tuple[str, Values]
"""An address, without ``/distill``, and what is said to it; nothing where it is asked for."""


class Mapper:
    """Turns messages into statements.

    Parameters
    ----------
    bindings
        By control and channel.
    monotonic
        A clock in seconds that never jumps.

    Attributes
    ----------
    axes : list of str
        The model's axes, as far as they were heard.
    """

    def __init__(
        self, bindings: Mapping[Key, Binding], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._monotonic = monotonic
        self._bindings: dict[Key, Binding] = {}
        self._values: dict[str, float] = {}
        self._moved_s: dict[str, float] = {}
        self._presets: list[str] = []
        self._wanted_preset: int | None = None
        self._fine = FineControllers()
        self._pickups: dict[tuple[Key, int], Pickup] = {}  # by binding and channel, as the next two
        self._pressed: dict[tuple[Key, int], bool] = {}
        self._steps: dict[tuple[Key, int], Value] = {}
        self.axes: list[str] = []
        self.set_bindings(bindings)

    def set_bindings(self, bindings: Mapping[Key, Binding]) -> None:
        """Map otherwise from now on."""
        fine = {
            (Control("cc", (binding.control.number or 0) + FINE_OFFSET), binding.channel): binding
            for binding in bindings.values()
            if binding.mode == "14-bit"
        }
        self._bindings = fine | dict(bindings)
        self._pickups, self._pressed, self._steps = {}, {}, {}

    def feed(self, message: Any) -> list[Statement]:
        """What a `mido.Message` asks for."""
        event = read(message)
        binding = None if event is None else self._find(event)
        if event is None or binding is None:
            return []
        path = self._path(binding)
        if path is None:
            return []
        match binding.play:
            case "knob":
                return self._turn(binding, path, event)
            case "endless":
                return self._turn_on(binding, path, event)
            case "steps":
                return self._step(binding, path, event)
            case "toggle":
                return self._toggle(binding, path, event)
            case "button":
                return [(path, binding.values)] if self._is_press(binding, event) else []
            case "number":
                return self._say_number(binding, path, event)
            case "preset":
                return self._choose_preset(binding, event)

    def hear(self, path: str, values: Values) -> list[Statement]:
        """Take note of what the instrument has said, and answer what waited for it."""
        match path, values:
            case "/axis/info", (int(index), str(name), *_):
                _put(self.axes, index, name)
            case "/axis/end", (int(count),):
                del self.axes[count:]
            case "/preset/info", (int(index), str(name)):
                _put(self._presets, index, name)
            case "/preset/end", (int(count),):
                del self._presets[count:]
                wanted, self._wanted_preset = self._wanted_preset, None
                if wanted is not None and wanted < len(self._presets):
                    return [(RECALL, (self._presets[wanted],))]
            case "/fail", (str(address), *_):
                self._moved_s.pop(address.removeprefix(PREFIX), None)  # there is nothing to ask for
            case _, (float() | int() as value,):
                if self._rests(path, ECHO_S):
                    self._values[path] = value
        return []

    def stale(self) -> Iterable[str]:
        """Addresses that knobs have moved, and whose values may be others by now."""
        return [path for path in self._moved_s if self._rests(path, IDLE_S)]

    def _rests(self, path: str, after_s: float) -> bool:
        """Whether a value was moved from here so long ago at least that it has arrived."""
        if path.startswith(("/axis/", "/latent/")):
            after_s += self._values.get(GLIDE, 0.0)
        return self._monotonic() - self._moved_s.get(path, -inf) > after_s

    def _find(self, event: Event) -> Binding | None:
        control, channel, _ = event
        for key in (
            (control, channel),
            (control, None),
            (Control(control.kind), channel),
            (Control(control.kind), None),
        ):
            binding = self._bindings.get(key)
            if binding is not None:
                return binding
        return None

    def _path(self, binding: Binding) -> str | None:
        numbered = NUMBERED_AXIS.fullmatch(binding.address)
        if numbered is None:
            return binding.address
        number = int(numbered[1])
        return f"/axis/{self.axes[number - 1]}" if number <= len(self.axes) else None

    def _turn(self, binding: Binding, path: str, event: Event) -> list[Statement]:
        at = self._position(binding, event)
        if at is None:
            return []
        if binding.waits:
            current = self._values.get(path)
            where = None if current is None else binding.position(current)
            self._moved_s.setdefault(path, -inf)  # from now on it is asked for
            pickup = self._pickups.setdefault((binding.key, event.channel), Pickup())
            if not pickup.move(at, where):
                return [(path, ())] if where is None else []
        return self._move(path, binding.value(at))

    def _turn_on(self, binding: Binding, path: str, event: Event) -> list[Statement]:
        current = self._values.get(path)
        if current is None:
            return [(path, ())]
        at = binding.position(current) + ticks(event.value, binding.mode) / HIGHEST
        return self._move(path, binding.value(min(max(at, 0.0), 1.0)))

    def _step(self, binding: Binding, path: str, event: Event) -> list[Statement]:
        at = self._position(binding, event)
        if at is None:
            return []
        value = binding.value(at)
        key = (binding.key, event.channel)
        if self._steps.get(key) == value and event.control.kind not in ("note", "program"):
            return []
        self._steps[key] = value
        return self._move(path, value)

    def _toggle(self, binding: Binding, path: str, event: Event) -> list[Statement]:
        if not event.value:
            return []
        low, high = binding.ends
        current = self._values.get(path, low)
        return self._move(path, binding.value(float(abs(current - low) <= abs(current - high))))

    def _say_number(self, binding: Binding, path: str, event: Event) -> list[Statement]:
        assert event.control.number is not None
        number = event.control.number - binding.first
        low, high = binding.ends
        if not event.value or not min(low, high) <= number <= max(low, high):
            return []
        return self._move(path, number)

    def _choose_preset(self, binding: Binding, event: Event) -> list[Statement]:
        """Ask which presets there are now; `hear` recalls."""
        assert event.control.number is not None
        number = event.control.number - binding.first
        if not event.value or number < 0:
            return []
        self._wanted_preset = number
        return [("/preset/list", ())]

    def _is_press(self, binding: Binding, event: Event) -> bool:
        """A controller is pressed when it comes from below, a note whenever it begins."""
        if event.control.kind in ("note", "program"):
            return event.value > 0
        key = (binding.key, event.channel)
        highest = HIGHEST_FINE if event.control.kind == "bend" else HIGHEST
        before = self._pressed.get(key, False)
        self._pressed[key] = event.value > highest // 2
        return self._pressed[key] and not before

    def _position(self, binding: Binding, event: Event) -> float | None:
        """Where the control stands; None if that is not known yet, or no news."""
        kind, number = event.control
        if kind == "bend":
            return position(event.value, HIGHEST_FINE)
        if kind == "note":
            if binding.mode == "velocity":
                return position(event.value, HIGHEST) if event.value else None
            return float(event.value > 0)
        if binding.mode == "14-bit":
            assert number is not None
            return self._fine.turn(event.channel, number, event.value)
        return position(event.value, HIGHEST)

    def _move(self, path: str, value: Value) -> list[Statement]:
        assert not isinstance(value, str)
        self._values[path] = value
        self._moved_s[path] = self._monotonic()
        return [(path, (value,))]


def _put(names: list[str], index: int, name: str) -> None:
    """Note a line of a list that comes line by line; one that follows a lost one is lost too."""
    del names[index:]
    if index == len(names):
        names.append(name)
