"""Check commands, queue those that are due later, and execute each on the owner of its address."""

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TypeVar

from distill_live.addresses import (
    MACROS,
    NOTE_SHAPES,
    NOTES,
    TABLE,
    WITHDRAWS,
    Address,
    Command,
    Value,
    Values,
    coerce,
    instantiate,
    unknown_address,
)
from distill_live.engine.clock import Clock
from distill_live.engine.commands.gesture_player import GesturePlayer
from distill_live.engine.commands.input import InputPlayer
from distill_live.engine.commands.mappings import Mappings
from distill_live.engine.commands.parameters import Parameters, Setter, number_setter, switch_setter
from distill_live.engine.mixing.model_mixer import ModelMixer
from distill_live.engine.mixing.output import OutputStage
from distill_live.engine.voices import NoteExecutor
from distill_live.errors import CommandError
from distill_live.input.encoder import NO_ENCODER

MAX_GLIDE_S = 86400.0
"""As long as the longest render."""

QUANTISED = frozenset(path for path, address in TABLE.items() if address.quantised)

FOLLOWING = frozenset({"/input/follow", "/input/nearest"})
"""Addresses that need an encoder."""

MAX_WAITING = 4096
"""Maximum number of commands that wait for a beat; more take effect at once."""

Executor = Callable[[Command], None]
T = TypeVar("T")


class CommandProcessor:
    """Executes commands on the models, the parameters, the macros and the gesture player.

    Each address has one owner, which declares it together with its setter; `bind` collects these
    whenever the models change.

    Parameters
    ----------
    sample_rate_hz, hop_samples
        Of the output.
    clock
        The musical clock, which is set by commands.
    mixer
        The models.
    output
        The output stage.

    Attributes
    ----------
    addresses : Mapping
        Addresses of the current models: the leading one's latent and everybody's axes.
    gestures : GesturePlayer
    input : InputPlayer
    """

    def __init__(
        self,
        sample_rate_hz: int,
        hop_samples: int,
        clock: Clock,
        mixer: ModelMixer,
        output: OutputStage,
    ) -> None:
        self.addresses: Mapping[str, Address] = {}
        self.gestures = GesturePlayer(sample_rate_hz, hop_samples)
        self.input = InputPlayer(sample_rate_hz, mixer.voices)
        self._gesture_speed, self._gesture_loop = 1.0, False
        self._rate_hz = sample_rate_hz
        self._latent_samples = 0  # engine time of the input's newest latent, or when it was held
        self._clock, self._mixer, self._output = clock, mixer, output
        self._parameters = Parameters(sample_rate_hz / hop_samples, mixer.refresh)
        self._macros = Mappings()
        self._map_position = TABLE["/map"].default
        self._events = EventQueue()
        self._waiting: list[Command] = []  # for a beat
        self._ends = EventQueue()  # of notes that waited, too
        self._commands: dict[str, Executor] = {
            "/seed": lambda command: self._mixer.reseed(int(command.args[0])),
            "/panic": self._panic,
            "/clock/beat": lambda command: setattr(self._clock, "beat", float(command.args[0])),
            "/clock/tap": self._tap,
            "/macro/map": lambda command: self._macros.map(command.args),
            "/macro/clear": lambda command: self._macros.remove(command.args),
            "/input/map": lambda command: self.input.mappings.map(command.args),
            "/input/unmap": lambda command: self.input.mappings.remove(command.args),
            "/input/features": self._hear,
            "/input/latent": self._hear_latent,
            **{f"/macro/{n}": partial(self._set_macro, n) for n in range(1, MACROS + 1)},
            "/gesture/score": lambda command: self.gestures.load(*command.args),
            "/gesture/seek": lambda command: self.gestures.seek(*command.args),
            "/model/blend": self._set_weight,
            "/economy": lambda command: self._mixer.economise(int(command.args[0])),
        }
        self._setters: dict[str, Setter] = {
            "/clock/tempo": number_setter(clock, "tempo"),
            "/clock/bar": lambda values: setattr(clock, "bar_beats", int(values[0])),
            "/clock/quantise": number_setter(clock, "quantise_beats"),
            "/clock/loop": number_setter(clock, "loop_beats"),
            "/clock/lfo": switch_setter(clock, "lfo_in_beats"),
            "/gesture/speed": number_setter(self, "_gesture_speed"),
            "/gesture/loop": switch_setter(self, "_gesture_loop"),
        }
        for path, play in mixer.voices.executors().items():
            self._commands[path] = partial(self._play_note, play)
        self._executors: dict[str, Executor] = {}

    def bind(self) -> None:
        """Bind the addresses of the current models; new models take the parameters' values."""
        slots = self._mixer.slots.values()
        leading = self._mixer.leading
        for slot in slots:
            if slot is not leading:  # which alone hears
                slot.input.forget()
        axes = dict.fromkeys(name for slot in slots for name in slot.point.axes)
        self.addresses = instantiate(leading.point.size, axes, leading.landmarks, internal=True)
        _, bundle, *_ = self._mixer.models()[0]
        self.input.bind(bundle)
        places = {path for slot in slots for path in slot.places}
        values = {
            path: address
            for path, address in self.addresses.items()
            if (address.owner, address.access) == ("engine", "value")
            and path not in places
            and path != "/clock/beat"
        }
        setters = disjoint(
            self._mixer.setters(), self._output.setters(), self.input.setters(), self._setters
        )
        self._parameters.bind(values, setters)
        self._executors = disjoint(
            self._commands,
            dict.fromkeys(places, self._move),
            dict.fromkeys(setters, self._set_parameter),
        )

    def apply(self, command: Command, next_hop_samples: int) -> None:
        """Execute a command once it is due; see `distill_live.engine.Engine.apply`."""
        command = self._checked(command)
        if command.time_samples is None or command.time_samples <= next_hop_samples:
            self.run_due(next_hop_samples)  # queued earlier
            self._begin(command, next_hop_samples)
        else:
            self._events.add(command.time_samples, command)

    def run_due(self, time_samples: int) -> None:
        """Execute what is due up to an engine time."""
        for command in self._ends.take(time_samples):
            self._try(command)
        for command in self._events.take(time_samples):
            with suppress(CommandError):  # it does not fit the models that are there by now
                self._begin(self._checked(command), time_samples)

    def step(self, time_samples: int) -> None:
        """Advance the clock, the gesture and the ramps to the hop at an engine time."""
        if self._clock.advance(time_samples):
            self._begin_waiting(self._clock.beat_samples)
        gesture = self.gestures.step(
            self._gesture_speed, loop=self._gesture_loop, time_samples=time_samples
        )
        for command in gesture:
            self._try(command)
        self._play_input(self.input.step(time_samples), time_samples)
        self._forget_input(time_samples)
        self._parameters.step()

    @property
    def idle(self) -> bool:
        """Whether nothing changes in the next hop unless a command comes."""
        return not (self._parameters.ramping or self.gestures.playing or self._waiting)

    @property
    def varying(self) -> bool:
        """Whether jitter or spread is on a ramp."""
        return self._parameters.moving("/jitter", "/spread")

    @property
    def waiting(self) -> tuple[Command, ...]:
        """Commands that wait for a beat, except notes, as a new engine has to get them."""
        return tuple(
            replace(command, time_samples=None, on_beat=True)
            for command in self._waiting
            if not command.address.startswith(NOTES)
        )

    def value(self, path: str) -> Values:
        """Target value of an address; see `distill_live.engine.Engine.value`."""
        if path == "/map":
            return self._map_position
        if path == "/clock/beat":
            return (self._clock.beat,)
        if path == "/macro/map":
            return (self._macros.changes,)
        if path == "/input/map":
            return (self.input.mappings.changes,)
        if path in self._parameters.values:
            return self._parameters.values[path]
        if path in self.addresses:
            for slot in self._mixer.slots.values():
                if path in slot.places:
                    return slot.value(path)
        raise unknown_address(path)

    def state(self) -> tuple[Command, ...]:
        """Commands that bring a new engine to this state, in order."""
        commands = [
            Command("/drift", (0.0,)),
            Command("/glide", (0.0,)),
            Command("/map", self._map_position, glide_s=0.0),  # then each model to where it is:
        ]
        for slot_number, slot in self._mixer.slots.items():
            current, target = (tuple(p.tolist()) for p in (slot.point.current, slot.point.target))
            remaining_s = slot.point.remaining_s
            start = current if remaining_s else target
            commands.append(Command("/latent", start, None, 0.0, slot_number))
            if remaining_s:
                commands.append(Command("/latent", target, None, remaining_s, slot_number))
            commands.append(Command("/position", slot.value("/position"), slot=slot_number))
            if slot.path.playing is not None:
                position = slot.value("/path/position")
                commands.append(Command("/path/play", (slot.path.playing,), slot=slot_number))
                commands.append(Command("/path/position", position, slot=slot_number))
        commands += self._parameters.state()
        commands += self._mixer.blend.state()
        # after the values, so that a macro's moves nothing
        commands += [Command("/macro/map", args) for args in self._macros.rows()]
        commands += self.input.state(self.addresses)
        commands += self.gestures.state()
        return tuple(commands)

    def _checked(self, command: Command) -> Command:
        addresses = self.addresses
        if command.slot is not None:
            addresses = self._mixer.model(command.slot).slot.addresses
        address = addresses.get(command.address)
        if address is None or address.owner != "engine":
            raise unknown_address(command.address)
        values = coerce(address, command.args).values
        if command.address in FOLLOWING and any(values) and not self._mixer.leading.can_follow:
            raise CommandError(f"{command.address}: {NO_ENCODER}", "forbidden")
        glide_s = command.glide_s
        if glide_s is not None and not 0 <= glide_s <= MAX_GLIDE_S:
            raise CommandError(
                f"{command.address}: the glide is {glide_s} s; it must lie in 0 to {MAX_GLIDE_S:g}",
                "out-of-range",
            )
        return replace(command, args=values)

    def _begin(self, command: Command, hop_samples: int) -> None:
        """Execute a checked command that is due, unless it waits for a beat."""
        if command.address == "/note/on" and not command.args[1]:
            command = replace(command, address="/note/off", args=command.args[:1])
        if not command.on_beat and (withdrawn := WITHDRAWS.get(command.address)):
            self._waiting = [one for one in self._waiting if one.address not in withdrawn]
        due = hop_samples if command.time_samples is None else command.time_samples
        waits = command.on_beat or command.address in QUANTISED or self._note_waits(command)
        quantised = self._clock.quantise_beats or self._waiting  # those begin in this hop, in order
        if waits and quantised and len(self._waiting) < MAX_WAITING:
            if command.address in NOTE_SHAPES:
                self._waiting = [one for one in self._waiting if one.subject != command.subject]
            self._waiting.append(replace(command, time_samples=due))
            return
        self._clock.time_samples = due
        self._executors[command.address](command)

    def _begin_waiting(self, beat_samples: int) -> None:
        """Execute the commands that waited for a beat; a released note keeps its length.

        Parameters
        ----------
        beat_samples
            Engine time of the beat.
        """
        waited, self._waiting = self._waiting, []
        begun: dict[Value, int | None] = {}  # when keys were pressed, None once they are released
        ends: dict[Value, Command] = {}  # of the notes of these keys
        for command in waited:
            assert command.time_samples is not None
            if command.address == "/note/off" and command.args[0] in begun:
                pressed = begun[command.args[0]]
                begun[command.args[0]] = None
                if pressed is not None:
                    end_samples = beat_samples + command.time_samples - pressed
                    ends[command.args[0]] = replace(command, time_samples=end_samples)
                continue
            if command.address == "/note/on":
                begun[command.args[0]] = command.time_samples
                ends.pop(command.args[0], None)  # of the note that this one replaces
            self._try(replace(command, time_samples=beat_samples))
        for end in ends.values():
            assert end.time_samples is not None
            self._ends.add(end.time_samples, end)

    def _note_waits(self, command: Command) -> bool:
        """Whether it ends or shapes a note that waits for a beat."""
        return command.address in {"/note/off", *NOTE_SHAPES} and any(
            one.address == "/note/on" and one.args[0] == command.args[0] for one in self._waiting
        )

    def _try(self, command: Command) -> None:
        """Execute a command unless it does not fit the models that are there by now."""
        with suppress(CommandError):
            command = self._checked(command)
            self._executors[command.address](command)

    def _set_parameter(self, command: Command) -> None:
        self._parameters.set(command.address, command.args, command.glide_s)

    def _move(self, command: Command) -> None:
        """Move the addressed slot, or else all that have the address, or the leading one."""
        path, slots = command.address, self._mixer.slots
        if command.slot is not None:
            moved = [slots[command.slot]]
        else:
            moved = [slot for slot in slots.values() if path in slot.places]
            if not moved[0].places[path].shared:
                moved = [self._mixer.leading]
            if path == "/map":
                self._map_position = command.args
        for slot in moved:
            slot.places[path].move(command.args, command.glide_s)

    def _play_note(self, play: NoteExecutor, command: Command) -> None:
        play(command.args, command.time_samples)

    def _panic(self, command: Command) -> None:
        if command.args != (0,):
            self._mixer.voices.end()
            self._parameters.set("/play", (0,), None)

    def _tap(self, command: Command) -> None:
        if command.args == (0,):
            return
        before = self._clock.tempo
        self._clock.tap()
        if self._clock.tempo != before:  # a single tap leaves a ramp of the tempo
            self._parameters.set("/clock/tempo", (self._clock.tempo,), None)

    def _set_macro(self, macro: int, command: Command) -> None:
        self._parameters.values[command.address] = command.args
        for target, value in self._macros.moves(macro, float(command.args[0])):
            self._try(Command(f"/{target}", (value,), glide_s=command.glide_s))

    def _hear(self, command: Command) -> None:
        time_samples = self._clock.time_samples
        self._play_input(self.input.hear(command.args, time_samples), time_samples)

    def _hear_latent(self, command: Command) -> None:
        if not self.input.frozen:
            self._mixer.leading.input.hear(command.args)
            self._latent_samples = self._clock.time_samples

    def _forget_input(self, time_samples: int) -> None:
        """Forget what the leading model heard of an input that it leaves, or that is gone."""
        slot = self._mixer.leading
        if self.input.frozen:
            self._latent_samples = time_samples
        elif not slot.input.followed:
            slot.input.forget()
        elif time_samples - self._latent_samples > slot.input.max_gap_s * self._rate_hz:
            if slot.input.pulls:
                slot.refresh()
            slot.input.forget()

    def _play_input(self, moves: Iterable[Command], time_samples: int) -> None:
        """Execute what the input plays; its notes wait for the beat as all do."""
        for move in moves:
            with suppress(CommandError):  # a mapping of a model that is gone
                self._begin(self._checked(replace(move, time_samples=time_samples)), time_samples)

    def _set_weight(self, command: Command) -> None:
        slot_number, weight = command.args
        self._mixer.blend.set(int(slot_number), float(weight), command.glide_s)


class EventQueue:
    """Commands that are due later, in the order of their times, then of arrival."""

    def __init__(self) -> None:
        self._due: list[tuple[int, int, Command]] = []  # time, order of arrival, command
        self._arrivals = 0

    def add(self, time_samples: int, command: Command) -> None:
        """Queue a command for an engine time."""
        self._arrivals += 1
        heapq.heappush(self._due, (time_samples, self._arrivals, command))

    def take(self, time_samples: int) -> Iterator[Command]:
        """Remove and yield what is due up to an engine time."""
        while self._due and self._due[0][0] <= time_samples:
            yield heapq.heappop(self._due)[2]


def disjoint(*bindings: Mapping[str, T]) -> dict[str, T]:
    """Merge bindings of addresses, each of which has one owner."""
    merged: dict[str, T] = {}
    for binding in bindings:
        assert merged.keys().isdisjoint(binding), merged.keys() & binding.keys()
        merged |= binding
    return merged
