"""Play notes from MIDI: chords, sustain pedal, bends, pressure and MPE. Sans-I/O.

After MIDI 1.0 and *MIDI Polyphonic Expression* 1.0 (MIDI Association, RP-053; the lower zone).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from distill_live.addresses import TABLE, Values
from distill_live.midi.controls import MAX_7_BIT, ControlEvent, MidiControl

SUSTAIN, TIMBRE = 64, 74
ALL_SOUND_OFF, RESET_CONTROLLERS, ALL_NOTES_OFF = 120, 121, 123
"""Controller numbers; those above the last one end all notes, too."""

BEND_RANGE, MPE_CONFIGURATION = 0, 6
"""Registered parameters whose upper 7 bits are semitones, and the number of member channels."""

MAX_MEMBERS = 15
"""Maximum number of member channels of the lower zone: all but its master, channel 1."""

BEND_SEMITONES, MEMBER_BEND_SEMITONES = 2, 48
"""Bend range of a channel, and of a member channel, until the controller sets another one."""

Configuration = tuple[tuple[str, int, int, int], ...]
"""Port, channel, registered parameter number and upper 7 bits of each value."""

_BEND = TABLE["/note/bend"].arguments[1]


class _Place(NamedTuple):
    """A channel, 1 to 16, of a port."""

    port: str
    channel: int


@dataclass
class _Channel:
    """Controllers of a channel: `bend` and `timbre` -1 to 1, `pressure` 0 to 1.

    `range_semitones` is None until the controller sets it.
    """

    range_semitones: int | None = None
    bend: float = 0.0
    pressure: float = 0.0
    timbre: float = 0.0
    pedal: bool = False


@dataclass
class _Key:
    """A sounding key.

    Attributes
    ----------
    holders
        Channels that have struck it, the last one at the end, which shapes it; whether each still
        presses it, or its pedal holds it.
    pressure
        Its own, of controllers that send one for each key.
    sent
        Newest value by address.
    """

    holders: dict[_Place, bool] = field(default_factory=dict)
    pressure: float = 0.0
    sent: dict[str, float] = field(default_factory=dict)


class Notes:
    """Sounding keys and controllers of all ports.

    A key that several channels have struck sounds until the last one releases it.

    Attributes
    ----------
    members : int
        Member channels of the lower MPE zone of ports whose controller has configured none; 0 for
        no MPE.
    """

    def __init__(self) -> None:
        self.members = 0
        self._configured: dict[str, int] = {}  # member channels by port
        self._channels: dict[_Place, _Channel] = {}
        self._keys: dict[int, _Key] = {}

    def takes(self, event: ControlEvent, port: str) -> bool:
        """Whether a control plays notes."""
        kind, number = event.control
        if kind != "cc" or number is None:
            return kind in ("note", "bend", "pressure")
        if number == TIMBRE:
            members = self._members(port)
            return members > 0 and event.channel <= 1 + members
        return number in (SUSTAIN, ALL_SOUND_OFF, RESET_CONTROLLERS) or number >= ALL_NOTES_OFF

    def configure(self, event: ControlEvent, port: str) -> list[tuple[str, Values]]:
        """Take a bend range or an MPE configuration; any other event changes nothing."""
        if event.steps is not None:
            return []
        upper = event.value // (MAX_7_BIT + 1)
        if event.control == ("rpn", MPE_CONFIGURATION) and event.channel == 1:
            released = self._release(lambda holder, _: holder.port == port)
            self._channels = {at: one for at, one in self._channels.items() if at.port != port}
            self._configured[port] = min(upper, MAX_MEMBERS)
            return released
        if event.control != ("rpn", BEND_RANGE):
            return []
        place = _Place(port, event.channel)
        alike = [place]
        if self._is_member(place):
            alike = [_Place(port, 2 + index) for index in range(self._members(port))]
        for each in alike:
            self._channel(each).range_semitones = upper
        return self._shape(place)

    @property
    def configuration(self) -> Configuration:
        """What controllers have configured, in the order in which `configure` takes it again."""
        zones = [(port, 1, MPE_CONFIGURATION, count) for port, count in self._configured.items()]
        ranges = [
            (*place, BEND_RANGE, channel.range_semitones)
            for place, channel in self._channels.items()
            if channel.range_semitones is not None
        ]
        return (*zones, *ranges)

    def restore(self, configuration: Configuration) -> None:
        """Configure as others were."""
        for port, channel, number, upper in configuration:
            value = upper * (MAX_7_BIT + 1)
            self.configure(ControlEvent(MidiControl("rpn", number), channel, value, 0.0), port)

    def play(self, event: ControlEvent, port: str) -> list[tuple[str, Values]]:
        """OSC messages for a control that `takes` accepts."""
        place = _Place(port, event.channel)
        channel = self._channel(place)
        match event.control:
            case ("note", int(key)) if event.value:
                return self._strike(key, event.position, place)
            case ("note", int(key)):
                return self._lift(key, place)
            case ("pressure", int(key)):
                if (pressed := self._keys.get(key)) is None:
                    return []
                pressed.pressure = event.position
                return self._shape_key(key, pressed)
            case ("pressure", _):
                channel.pressure = event.position
            case ("bend", _):
                channel.bend = 2 * event.position - 1
            case (_, number) if number == TIMBRE:
                channel.timbre = 2 * event.position - 1
            case (_, number) if number == SUSTAIN:
                channel.pedal = event.position >= 0.5
                return self._release(self._is_let_go)
            case (_, number) if number == RESET_CONTROLLERS:
                self._channels[place] = _Channel(channel.range_semitones)
                return [*self._release(self._is_let_go), *self._shape(place)]
            case _:
                return self._release(lambda holder, _: self._reaches(place, holder))
        return self._shape(place)

    def rest(self, event: ControlEvent, port: str) -> list[tuple[str, Values]]:
        """Put a control that `takes` accepts, but that moves something else now, at rest.

        Else a pedal that was down, or a key, would hold notes that nothing ends.
        """
        kind, number = event.control
        if kind == "cc" and number not in (SUSTAIN, TIMBRE):
            return []
        is_centred = kind == "bend" or (kind == "cc" and number == TIMBRE)
        return self.play(event._replace(value=0, position=0.5 if is_centred else 0.0), port)

    def is_down(self, key: int) -> bool:
        """Whether a key sounds: it is pressed, or a pedal holds it."""
        return key in self._keys

    def clear(self) -> None:
        """Forget all keys: the instrument has released them."""
        self._keys.clear()

    def _members(self, port: str) -> int:
        return self._configured.get(port, self.members)

    def _channel(self, place: _Place) -> _Channel:
        return self._channels.setdefault(place, _Channel())

    def _is_member(self, place: _Place) -> bool:
        return 1 < place.channel <= 1 + self._members(place.port)

    def _acting(self, place: _Place) -> list[_Channel]:
        """Channels whose controllers act on the keys of a channel: its own, and its master."""
        return [self._channel(each) for each in self._acting_places(place)]

    def _acting_places(self, place: _Place) -> list[_Place]:
        return [place, _Place(place.port, 1)] if self._is_member(place) else [place]

    def _bend_semitones(self, place: _Place) -> float:
        channel = self._channel(place)
        range_semitones = channel.range_semitones
        if range_semitones is None:
            range_semitones = MEMBER_BEND_SEMITONES if self._is_member(place) else BEND_SEMITONES
        return channel.bend * range_semitones

    def _reaches(self, place: _Place, holder: _Place) -> bool:
        """Whether controllers of a channel act on the keys of another."""
        is_master = place == _Place(holder.port, 1) and self._is_member(holder)
        return place == holder or is_master

    def _strike(self, key: int, velocity: float, place: _Place) -> list[tuple[str, Values]]:
        struck = self._keys.setdefault(key, _Key())
        struck.holders.pop(place, None)
        struck.holders[place] = True
        struck.pressure, struck.sent = 0.0, {}  # as a new note begins
        return [("/note/on", (float(key), velocity)), *self._shape_key(key, struck)]

    def _lift(self, key: int, place: _Place) -> list[tuple[str, Values]]:
        lifted = self._keys.get(key)
        if lifted is None or place not in lifted.holders:
            return []
        lifted.holders[place] = False
        return self._release(self._is_let_go)

    def _is_let_go(self, holder: _Place, pressed: bool) -> bool:
        return not pressed and not any(channel.pedal for channel in self._acting(holder))

    def _release(self, goes: Callable[[_Place, bool], bool]) -> list[tuple[str, Values]]:
        """Remove holders; the keys without one are released."""
        for held in self._keys.values():
            held.holders = {at: down for at, down in held.holders.items() if not goes(at, down)}
        released = [key for key, held in self._keys.items() if not held.holders]
        for key in released:
            del self._keys[key]
        return [("/note/off", (float(key),)) for key in released]

    def _shape(self, place: _Place) -> list[tuple[str, Values]]:
        """Bend, pressure and timbre of the keys that a channel acts on, where they have changed."""
        messages: list[tuple[str, Values]] = []
        for key, held in self._keys.items():
            if self._reaches(place, next(reversed(held.holders))):
                messages += self._shape_key(key, held)
        return messages

    def _shape_key(self, key: int, held: _Key) -> list[tuple[str, Values]]:
        places = self._acting_places(next(reversed(held.holders)))
        acting = [self._channel(place) for place in places]
        bend = sum(map(self._bend_semitones, places))
        timbre = sum(channel.timbre for channel in acting)
        shape = {
            "/note/bend": min(max(bend, _BEND.low), _BEND.high),
            "/note/pressure": max(held.pressure, *(channel.pressure for channel in acting)),
            "/note/timbre": min(max(timbre, -1.0), 1.0),
        }
        changed = {path: value for path, value in shape.items() if held.sent.get(path, 0) != value}
        held.sent |= changed
        return [(path, (float(key), value)) for path, value in changed.items()]
