"""Translate MIDI messages to OSC messages, with pickup and state tracking. Sans-I/O.

Every MIDI message is answered at once; none waits for a following one, except the fine half of a
14-bit controller that sends it first.
"""

import time
from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import product
from math import inf
from typing import Any

from distill_live.addresses import PREFIX, Value, Values
from distill_live.midi.bindings import NUMBERED_AXIS, RECALL, Binding, BindingKey
from distill_live.midi.controls import (
    FINE_OFFSET,
    MAX_7_BIT,
    ControlEvent,
    FineControllers,
    MidiControl,
    relative_steps,
)
from distill_live.midi.notes import SUSTAIN, Notes
from distill_live.midi.parser import MidiParser

ECHO_S = 0.5
"""Feedback that arrives this soon after a move from here may be older than the move."""

IDLE_S = 1.0
"""A value not moved from here for this long may have been moved by others without feedback."""

WAITING_S = 3.0
"""Time after its last move for which a knob that has not passed the value is listed as waiting."""

GLIDE = "/glide"
"""Address of the glide time of axes and latent dimensions."""

REST = {MidiControl("cc", SUSTAIN): 0.0, MidiControl("bend"): 0.5}
"""Positions to which controls return; what they move without ``/keys`` returns when it is on."""

PICKUP_STEP = 1 / 128
"""Distance within which a knob has reached the value; 7-bit knobs have no finer steps."""

PICKUP_TOLERANCE = 1e-4
"""Rounding error of a position on its way through OSC."""

OscMessage = tuple[str, Values]
"""Address without ``/distill``, and values; no values ask for the value."""


class Pickup:
    """Pickup of one knob: it moves a value only once it has passed it, so that nothing jumps.

    The knob stays in control as long as the value is what the knob has set; whoever else moves the
    value takes control away.
    """

    def __init__(self) -> None:
        self._position: float | None = None
        self._set_value: float | None = None

    def move(self, to: float, current: float | None) -> bool:
        """Return whether the knob moves the value.

        Parameters
        ----------
        to
            New position of the knob, 0 to 1.
        current
            Position of the value, clipped to 0 to 1; None if unknown, which never moves.
        """
        before, self._position = self._position, to
        if current is None:
            return False
        current = min(max(current, 0.0), 1.0)
        in_control = (
            (self._set_value is not None and abs(current - self._set_value) <= PICKUP_TOLERANCE)
            or abs(to - current) <= PICKUP_STEP
            or (before is not None and min(before, to) <= current <= max(before, to))
        )
        self._set_value = to if in_control else None
        return in_control


class Mapper:
    """Translates MIDI messages of one bridge to OSC messages.

    Where ``/keys`` is on, notes, bend, pressure and sustain pedal play notes, unless the performer
    has bound them: they go before all bindings but the performer's own.

    Parameters
    ----------
    bindings
        Bindings by control and channel.
    monotonic
        Monotonic clock in seconds.
    own
        Keys of the bindings that are the performer's own, also where they equal default ones.

    Attributes
    ----------
    axes : list of str
        Names of the model's axes, as received from the instrument.
    notes : Notes
        Keys and controllers that play notes.
    """

    def __init__(
        self,
        bindings: Mapping[BindingKey, Binding],
        monotonic: Callable[[], float] = time.perf_counter,
        own: Collection[BindingKey] = (),
    ) -> None:
        self._monotonic = monotonic
        self.notes = Notes()
        self._plays_notes = False
        self._bindings: dict[BindingKey, Binding] = {}
        self._own: frozenset[BindingKey] = frozenset()
        self._values: dict[str, float] = {}
        self._moved_s: dict[str, float] = {}
        self._presets: list[str] = []
        self._wanted_preset: int | None = None
        self._fine: dict[str, FineControllers] = {}  # by port, as the parsers
        self._parsers: dict[str, MidiParser] = {}
        # By binding and channel:
        self._pickups: dict[tuple[BindingKey, int], Pickup] = {}
        self._pressed: dict[tuple[BindingKey, int], bool] = {}
        self._steps: dict[tuple[BindingKey, int], Value] = {}
        self._displaced: dict[tuple[BindingKey, int], tuple[str, Value]] = {}  # what is to return
        self._waiting: dict[tuple[BindingKey, int], tuple[float, str]] = {}  # since when, and line
        self.axes: list[str] = []
        self.set_bindings(bindings, own)

    def set_bindings(
        self,
        bindings: Mapping[BindingKey, Binding],
        own: Collection[BindingKey] = (),
        mpe: int = 0,
    ) -> None:
        """Replace the bindings, and the number of MPE's member channels (`Notes.members`)."""
        self.notes.members = mpe
        fine = {
            (
                MidiControl("cc", (binding.control.number or 0) + FINE_OFFSET),
                binding.channel,
            ): binding
            for binding in bindings.values()
            if binding.mode == "14-bit"
        }
        self._bindings = fine | dict(bindings)
        self._own = frozenset(own)
        self._pickups, self._pressed, self._steps, self._waiting = {}, {}, {}, {}
        self._displaced = {}

    def feed(self, message: Any, port: str = "") -> list[OscMessage]:
        """OSC messages to send for a `mido.Message`, which came by a port."""
        event = self._parsers.setdefault(port, MidiParser(self._monotonic)).parse(message)
        if event is None:
            return []
        binding = self._find(event)
        is_own = binding is not None and binding.key in self._own
        messages: list[OscMessage] = []
        if self.notes.takes(event, port):
            if self._plays_notes and not is_own:
                return self.notes.play(event, port)
            messages += self.notes.rest(event, port)
        messages += self.notes.configure(event, port)
        if binding is not None:
            messages += self._move_bound(binding, event, port)
            rest = None if is_own else REST.get(event.control)
            if rest is not None:
                key = (binding.key, event.channel)
                self._displaced.pop(key, None)
                if abs(event.position - rest) > PICKUP_STEP:
                    self._displaced[key] = binding.address, binding.value(rest)
        return messages

    def _move_bound(self, binding: Binding, event: ControlEvent, port: str) -> list[OscMessage]:
        path = self._path(binding)
        if path is None:
            return []
        match binding.play:
            case "knob":
                if event.steps is not None:
                    return self._turn_endless(binding, path, event)
                return self._turn_knob(binding, path, event, port)
            case "endless":
                return self._turn_endless(binding, path, event)
            case "steps":
                return self._step(binding, path, event, port)
            case "toggle":
                return self._toggle(binding, path, event)
            case "button":
                return [(path, binding.values)] if self._is_press(binding, event) else []
            case "number":
                return self._send_number(binding, path, event)
            case "preset":
                return self._choose_preset(binding, event)

    def hear(self, path: str, values: Values) -> list[OscMessage]:
        """Take feedback of the instrument; return OSC messages that waited for it."""
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
            case "/keys", (str(mode),):
                played, self._plays_notes = self._plays_notes, mode != "off"
                if not self._plays_notes:
                    self.notes.clear()
                elif not played:
                    return self._put_back()
            case "/fail", (str(address), *_):
                self._moved_s.pop(address.removeprefix(PREFIX), None)  # the address does not exist
            case _, (float() | int() as value,):
                if self._is_idle(path, ECHO_S):
                    self._values[path] = value
        return []

    def _put_back(self) -> list[OscMessage]:
        """Return what controls have moved that play notes from now on."""
        displaced, self._displaced = self._displaced, {}
        messages = []
        for key, (path, value) in displaced.items():
            self._steps.pop(key, None)
            messages += self._move(path, value)
        return messages

    def stale(self) -> Iterable[str]:
        """Addresses of pickup knobs whose values must be asked for again."""
        return [path for path in self._moved_s if self._is_idle(path, IDLE_S)]

    def waiting(self) -> list[str]:
        """Lines about the knobs that were moved lately and wait to pass the value."""
        since_s = self._monotonic() - WAITING_S
        self._waiting = {key: one for key, one in self._waiting.items() if one[0] >= since_s}
        return [line for _, line in self._waiting.values()]

    def _is_idle(self, path: str, after_s: float) -> bool:
        """Whether the last move from here is at least this old, its glide included."""
        if path.startswith(("/axis/", "/latent/")):
            after_s += self._values.get(GLIDE, 0.0)
        return self._monotonic() - self._moved_s.get(path, -inf) > after_s

    def _find(self, event: ControlEvent) -> Binding | None:
        control, channel = event.control, event.channel
        controls = [control, MidiControl(control.kind)]
        if control.kind == "program" and control.number is not None:
            controls.insert(1, MidiControl("program", control.number % (MAX_7_BIT + 1)))
        keys = product(controls, (channel, None))
        return next((self._bindings[key] for key in keys if key in self._bindings), None)

    def _path(self, binding: Binding) -> str | None:
        numbered = NUMBERED_AXIS.fullmatch(binding.address)
        if numbered is None:
            return binding.address
        number = int(numbered[1])
        return f"/axis/{self.axes[number - 1]}" if number <= len(self.axes) else None

    def _turn_knob(
        self, binding: Binding, path: str, event: ControlEvent, port: str
    ) -> list[OscMessage]:
        moved_to = self._position(binding, event, port)
        if moved_to is None:
            return []
        if binding.has_pickup:
            current = self._values.get(path)
            current_position = None if current is None else binding.position(current)
            self._moved_s.setdefault(path, -inf)  # `stale` lists it from now on
            key = (binding.key, event.channel)
            pickup = self._pickups.setdefault(key, Pickup())
            if not pickup.move(moved_to, current_position):
                if current is None:
                    return [(path, ())]
                line = f"{binding.control}: waiting to pass {current:.3g}"
                self._waiting[key] = self._monotonic(), line
                return []
            self._waiting.pop(key, None)
        return self._move(path, binding.value(moved_to))

    def _turn_endless(self, binding: Binding, path: str, event: ControlEvent) -> list[OscMessage]:
        current = self._values.get(path)
        if current is None:
            return [(path, ())]
        steps = event.steps
        if steps is None:
            steps = relative_steps(event.value, binding.mode)
        moved_to = binding.position(current) + steps / MAX_7_BIT
        return self._move(path, binding.value(min(max(moved_to, 0.0), 1.0)))

    def _step(
        self, binding: Binding, path: str, event: ControlEvent, port: str
    ) -> list[OscMessage]:
        if event.steps is not None:
            return self._step_by(binding, path, event.steps)
        moved_to = self._position(binding, event, port)
        if moved_to is None:
            return []
        value = binding.value(moved_to)
        key = (binding.key, event.channel)
        if self._steps.get(key) == value and event.control.kind not in ("note", "program"):
            return []
        self._steps[key] = value
        return self._move(path, value)

    def _step_by(self, binding: Binding, path: str, steps: int) -> list[OscMessage]:
        current = self._values.get(path)
        if current is None:
            return [(path, ())]
        low, high = sorted(binding.ends)
        upwards = steps if binding.ends[0] == low else -steps
        return self._move(path, int(min(max(current + upwards, low), high)))

    def _toggle(self, binding: Binding, path: str, event: ControlEvent) -> list[OscMessage]:
        if not event.value:
            return []
        low, high = binding.ends
        current = self._values.get(path, low)
        return self._move(path, binding.value(float(abs(current - low) <= abs(current - high))))

    def _send_number(self, binding: Binding, path: str, event: ControlEvent) -> list[OscMessage]:
        assert event.control.number is not None
        number = event.control.number - binding.first
        low, high = binding.ends
        if not event.value or not min(low, high) <= number <= max(low, high):
            return []
        return self._move(path, number)

    def _choose_preset(self, binding: Binding, event: ControlEvent) -> list[OscMessage]:
        """Ask for the preset list; `hear` recalls when it is complete."""
        assert event.control.number is not None
        number = event.control.number - binding.first
        if not event.value or number < 0:
            return []
        self._wanted_preset = number
        return [("/preset/list", ())]

    def _is_press(self, binding: Binding, event: ControlEvent) -> bool:
        """Whether a controller crosses its middle upwards or is incremented, or a note begins."""
        if event.control.kind in ("note", "program"):
            return event.value > 0
        if event.steps is not None:
            return event.steps > 0
        key = (binding.key, event.channel)
        before = self._pressed.get(key, False)
        self._pressed[key] = event.position >= 0.5
        return self._pressed[key] and not before

    def _position(self, binding: Binding, event: ControlEvent, port: str) -> float | None:
        """Position of the control, 0 to 1; None if unknown or unchanged."""
        kind, number = event.control
        if kind == "note":
            if binding.mode == "velocity":
                return event.position if event.value else None
            return float(event.value > 0)
        if binding.mode == "14-bit":
            assert number is not None
            fine = self._fine.setdefault(port, FineControllers(self._monotonic))
            return fine.move(event.channel, number, event.value)
        return event.position

    def _move(self, path: str, value: Value) -> list[OscMessage]:
        assert not isinstance(value, str)
        self._values[path] = value
        self._moved_s[path] = self._monotonic()
        return [(path, (value,))]


def _put(names: list[str], index: int, name: str) -> None:
    """Store one entry of a list that arrives in order; drop entries after a lost one."""
    del names[index:]
    if index == len(names):
        names.append(name)
