"""Notes: give keys voices, and shape and place the sound of each.

A note takes effect one hop after its time, so it begins and ends at its sample, wherever in a hop
its command was due. What a voice plays is in `slot`, its synthesis in `synthesis_group`; here are
its envelope, level, transposition and place. The drone is the voice that no key gates.
"""

import math
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from distill_live.addresses import MAX_VOICES, NOTE_SHAPES, Values
from distill_live.engine.commands.parameters import Setter, number_setter
from distill_live.spectrogram import Float32, Float64

ROWS = 2 * MAX_VOICES
"""Rows of samples: all voices, and as many that fade because others took their places."""

FADE_S = 0.005
"""Duration of the fade of a voice whose place another takes; at most a hop."""

MIN_RAMP_S = 0.002
"""Shortest attack and release: without a click, and within the accuracy of an onset."""

SILENCE = 1e-3
"""Share of its way at which an exponential segment ends: -60 dB."""

SAVING_VOICES = 4
"""Most voices while the load is high (`Voices.save`)."""

MAX_DOWN = 128
"""Most keys that are known to be down; more are fractions that nobody releases."""

SHAPE = tuple(path.rpartition("/")[2] for path in NOTE_SHAPES)
"""Attributes of a voice that commands set while its key is down."""

PRESSURE_DB = 6.0
"""Gain of full pressure."""

GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0
"""Distance of successive voices as a share of the field, around its end: those of a chord are far
apart, and all are evenly distributed."""


NoteExecutor = Callable[[Values, int | None], None]
"""Executes a note's command: takes its values and its time."""


class Segment(NamedTuple):
    """Part of an envelope: the way to a level, linear or exponential."""

    level: float
    samples: int
    linear: bool = False


class Envelope:
    """Level over time, sample by sample; any split into blocks gives the same samples.

    Parameters
    ----------
    level
        First level.

    Attributes
    ----------
    level : float
        Level of the last sample.
    """

    def __init__(self, level: float = 0.0) -> None:
        self.level = self._start = level
        self._done = 0  # samples of the first segment
        self._segments: deque[Segment] = deque()
        self._changes: deque[tuple[int, Sequence[Segment]]] = deque()

    @property
    def settled(self) -> bool:
        """Whether the level stays."""
        return not self._segments and not self._changes

    def go(self, time_samples: int, *segments: Segment) -> None:
        """Follow segments from an engine time on, instead of all that was to come then."""
        while self._changes and self._changes[-1][0] >= time_samples:
            self._changes.pop()
        self._changes.append((time_samples, segments))

    def render(self, time_samples: int, out: Float64) -> None:
        """Fill `out` with the levels from an engine time on, the end of the last block."""
        done = 0
        while done < len(out):
            now = time_samples + done
            while self._changes and self._changes[0][0] <= now:
                self._segments = deque(self._changes.popleft()[1])
                self._start, self._done = self.level, 0
            end = len(out)
            if self._changes:
                end = min(end, self._changes[0][0] - time_samples)
            done += self._fill(out[done:end])

    def _fill(self, out: Float64) -> int:
        """Fill `out` up to the end of the segment; returns the number of samples."""
        if not self._segments:
            out[:] = self.level
            return len(out)
        level, samples, linear = self._segments[0]
        count = min(len(out), samples - self._done)
        share = np.arange(self._done + 1, self._done + 1 + count) / samples
        if not linear:
            share = (1.0 - SILENCE**share) / (1.0 - SILENCE)
        out[:count] = self._start + (level - self._start) * share
        self._done += count
        self.level = float(out[count - 1])
        if self._done == samples:
            self.level = self._start = level
            self._done = 0
            self._segments.popleft()
        return count


@dataclass(eq=False)
class Voice:
    """A note that sounds.

    Attributes
    ----------
    row
        Its row among the samples of all voices, 0 to ``ROWS - 1``.
    key, velocity
        Of the note; velocity over 0, up to 1.
    keys
        What keys played when it began, one of `KEY_MODES`.
    begin_samples
        Engine time of its first sample.
    gains, gains_of
        Gain in each channel at the end of the last hop, ``(channels,)``, and what it follows from;
        empty before its first hop.
    place
        In the field, 0..1.
    key_now
        Key on the way of a portamento.
    glide_hops
        Hops until it is `key`.
    held
        Whether its key is down.
    stolen
        Whether it fades because another note took its place.
    bend, pressure, timbre
        Semitones, 0..1, -1..1.
    """

    row: int
    key: float
    velocity: float
    keys: str
    begin_samples: int
    place: float
    key_now: float
    glide_hops: int = 0
    held: bool = True
    stolen: bool = False
    bend: float = 0.0
    pressure: float = 0.0
    timbre: float = 0.0
    envelope: Envelope = field(default_factory=Envelope)
    gains: Float64 = field(default_factory=lambda: np.zeros(0))
    gains_of: tuple[float, ...] = ()

    def glide(self, key: float, hops: int) -> None:
        """Move to another key."""
        self.key, self.glide_hops = key, hops

    def form(self, shape: Mapping[str, float]) -> None:
        """Take over bend, pressure and timbre; 0 where they are not given."""
        for attribute in SHAPE:
            setattr(self, attribute, shape.get(attribute, 0.0))

    def step(self) -> None:
        """Advance by a hop."""
        if self.glide_hops:
            self.key_now += (self.key - self.key_now) / self.glide_hops
            self.glide_hops -= 1
        else:
            self.key_now = self.key


@dataclass
class _Key:
    """A key that is down: its velocity, and what its note was bent and pressed to."""

    velocity: float
    shape: dict[str, float] = field(default_factory=dict)


class Voices:
    """The notes that sound, and the gate of the drone.

    Parameters
    ----------
    sample_rate_hz, hop_samples, channels
        Of the output.

    Attributes
    ----------
    keys : str
        What keys play, one of `KEY_MODES`.
    root : float
        Key that plays a point untransposed.
    timbre_axis : str
        Name of the axis that timbre moves.
    sounding : list of Voice
        Voices of this hop, in the order in which they began.
    samples : Float32
        ``(ROWS, hop_samples)``: their sound before envelope and level.
    """

    def __init__(self, sample_rate_hz: int, hop_samples: int, channels: int) -> None:
        self._rate_hz, self._hop, self._channels = sample_rate_hz, hop_samples, channels
        self.keys, self.root, self.timbre_axis = "off", 60.0, ""
        self.attack_s = self.decay_s = self.release_s = self.portamento_s = 0.0
        self.sustain, self.velocity = 1.0, 0.0
        self._wanted_voices, self._saves = MAX_VOICES, False
        self._voices: list[Voice] = []
        self.sounding: list[Voice] = []
        self._down: dict[float, _Key] = {}  # keys that are down, in order
        self._count = 0  # of notes so far
        self._last_key = 0.0
        self._drone = Envelope(1.0)
        self._time = 0  # of the next hop
        self.samples: Float32 = np.zeros((ROWS, hop_samples), np.float32)
        self._levels = np.zeros((ROWS, hop_samples))
        self._ramp = (np.arange(1, hop_samples + 1) / hop_samples)[:, None]

    def setters(self) -> dict[str, Setter]:
        """Setters of the notes' parameters, by path."""
        return {
            "/keys": lambda values: self._set_keys(str(values[0])),
            "/root": number_setter(self, "root"),
            "/voices": lambda values: self._set_wanted_voices(int(values[0])),
            "/attack": number_setter(self, "attack_s"),
            "/decay": number_setter(self, "decay_s"),
            "/sustain": number_setter(self, "sustain"),
            "/release": number_setter(self, "release_s"),
            "/portamento": number_setter(self, "portamento_s"),
            "/velocity": number_setter(self, "velocity"),
            "/timbre/axis": lambda values: setattr(self, "timbre_axis", str(values[0])),
        }

    def executors(self) -> dict[str, NoteExecutor]:
        """Executors of the notes' commands, by path."""
        return {
            "/note/on": lambda values, at: self.on(float(values[0]), float(values[1]), at),
            "/note/off": lambda values, at: self.off(float(values[0]), at),
            "/note/bend": lambda values, _: self._shape("bend", values),
            "/note/pressure": lambda values, _: self._shape("pressure", values),
            "/note/timbre": lambda values, _: self._shape("timbre", values),
            "/note/release": lambda values, at: None if values == (0,) else self.release(at),
        }

    def on(self, key: float, velocity: float, at_samples: int | None = None) -> None:
        """Begin a note, or release it at velocity 0.

        Parameters
        ----------
        key
            0..127; a key that sounds begins again.
        velocity
            0..1.
        at_samples
            Engine time; None for that of the next hop.
        """
        if not velocity > 0:
            self.off(key, at_samples)
            return
        if self.keys == "off":
            return
        self._down.pop(key, None)
        self._down[key] = _Key(velocity)
        if len(self._down) > MAX_DOWN:
            del self._down[next(iter(self._down))]
        self._begin(key, self._effect(at_samples))

    def _begin(self, key: float, begin: int) -> None:
        """Begin the note of a key that is down, in its shape, or glide to it."""
        down = self._down[key]
        playing = [voice for voice in self._voices if not voice.stolen]
        glide_hops = 0
        if self._limit == 1:
            glide_hops = round(self.portamento_s * self._rate_hz / self._hop)
            if glide_hops and playing and playing[0].held:
                playing[0].glide(key, glide_hops)
                playing[0].form(down.shape)
                self._last_key = key
                return
        # of one key, then released ones, then the oldest
        playing.sort(key=lambda voice: (voice.key == key, not voice.held), reverse=True)
        spare = self._limit - len(playing)
        for voice in playing:
            if spare > 0 and voice.key != key:
                break
            self._steal(voice, begin)
            spare += 1
        place = (0.5 + GOLDEN * self._count) % 1.0
        start = self._last_key if glide_hops and self._count else key
        row = self._free_row()
        voice = Voice(row, key, down.velocity, self.keys, begin, place, start, glide_hops)
        voice.form(down.shape)
        voice.envelope.go(
            begin,
            Segment(1.0, self._samples(self.attack_s, MIN_RAMP_S), linear=True),
            Segment(self.sustain, self._samples(self.decay_s)),
        )
        self._voices.append(voice)
        self._count += 1
        self._last_key = key

    def off(self, key: float, at_samples: int | None = None) -> None:
        """Release a note; with one voice, the key that was pressed before sounds again."""
        was_down = self._down.pop(key, None) is not None
        held = [voice for voice in self._voices if voice.held and voice.key == key]
        counts = held or (was_down and key == self._last_key)  # its note may have ended by itself
        if counts and self._limit == 1 and self._down:
            self._begin(next(reversed(self._down)), self._effect(at_samples))
            return
        for voice in held:
            self._release(voice, self._effect(at_samples))

    def release(self, at_samples: int | None = None) -> None:
        """Release all notes."""
        self._down.clear()
        for voice in self._voices:
            if voice.held:
                self._release(voice, self._effect(at_samples))

    def end(self) -> None:
        """Fade all notes out at once."""
        self._down.clear()
        for voice in list(self._voices):
            if not voice.stolen:
                self._steal(voice, self._time)

    def save(self, saves: bool) -> None:
        """Play at most `SAVING_VOICES` notes together from now on, or all again."""
        self._saves = saves
        self._keep_limit()

    def rest(self, time_samples: int) -> None:
        """Drop all notes in a hop in which nothing sounds."""
        self._time = time_samples + self._hop
        self._voices, self.sounding = [], []
        self._down.clear()
        self._drone = Envelope(float(self.keys == "off"))

    @property
    def drone_sounds(self) -> bool:
        """Whether the drone is heard in this hop."""
        return self._drone.level > 0.0 or not self._drone.settled

    def step(self, time_samples: int) -> None:
        """Begin the hop at an engine time."""
        self._time = time_samples + self._hop
        self.sounding = [voice for voice in self._voices if voice.begin_samples < self._time]
        for voice in self.sounding:
            voice.step()
            self.samples[voice.row] = 0.0

    def begins(self, voice: Voice) -> bool:
        """Whether a voice begins in this hop."""
        return voice.begin_samples >= self._time - self._hop

    def mix(self, spread: float, out: Float32) -> None:
        """Gate the drone and add the voices, then remove those that have ended.

        Parameters
        ----------
        spread
            How far apart voices are placed, 0..1; with 0 each is in all channels.
        out
            ``(hop_samples, channels)``: the drone; the sum in place.
        """
        time_samples, levels = self._time - self._hop, self._levels
        if self._drone.level != 1.0 or not self._drone.settled:
            self._drone.render(time_samples, levels[0])
            out *= levels[0, :, None]
        if not self.sounding:
            return
        rows = [voice.row for voice in self.sounding]
        sound = levels[: len(rows)]
        before, after = np.empty((2, len(rows), self._channels))
        for index, voice in enumerate(self.sounding):
            voice.envelope.render(time_samples, sound[index])
            gains_of = self.velocity, voice.pressure, spread
            gains = voice.gains
            if voice.gains_of != gains_of:
                gains = self._gains(voice, spread)
            before[index] = voice.gains if voice.gains_of else gains
            after[index] = gains
            voice.gains, voice.gains_of = gains, gains_of
        sound *= self.samples[rows]
        mixed = sound.T @ after
        if not np.array_equal(before, after):
            mixed += (1.0 - self._ramp) * (sound.T @ (before - after))
        out += mixed
        self._voices = [
            voice for voice in self._voices if voice.envelope.level or not voice.envelope.settled
        ]

    def _set_keys(self, keys: str) -> None:
        if keys == self.keys:
            return
        gated, was_gated = keys != "off", self.keys != "off"
        self.keys = keys
        if not gated:
            self.release()
        if not self._time:  # nothing was heard yet
            self._drone = Envelope(float(not gated))
        elif gated and not was_gated:
            self._drone.go(self._time, Segment(0.0, self._samples(self.release_s, MIN_RAMP_S)))
        elif was_gated and not gated:
            rise = Segment(1.0, self._samples(self.attack_s, FADE_S), linear=True)
            self._drone.go(self._time, rise)

    @property
    def _limit(self) -> int:
        """Most voices that sound together."""
        return min(self._wanted_voices, SAVING_VOICES) if self._saves else self._wanted_voices

    def _set_wanted_voices(self, voices: int) -> None:
        self._wanted_voices = voices
        self._keep_limit()

    def _keep_limit(self) -> None:
        playing = [voice for voice in self._voices if not voice.stolen]
        playing.sort(key=lambda voice: voice.held)
        for voice in playing[: max(0, len(playing) - self._limit)]:
            self._steal(voice, self._time)

    def _shape(self, attribute: str, values: Values) -> None:
        """Set what a command says of the note of a key that is down, or else of those released."""
        key, value = map(float, values)
        if key in self._down:
            self._down[key].shape[attribute] = value
        voices = [voice for voice in self._voices if voice.key == key and not voice.stolen]
        for voice in voices:
            setattr(voice, attribute, value)

    def _effect(self, at_samples: int | None) -> int:
        """Engine time at which a command of that time takes effect."""
        return max(self._time, self._hop + (self._time if at_samples is None else at_samples))

    def _samples(self, seconds: float, least_s: float = 0.0) -> int:
        return max(1, round(max(seconds, least_s) * self._rate_hz))

    def _release(self, voice: Voice, time_samples: int) -> None:
        voice.held = False
        fall = Segment(0.0, self._samples(self.release_s, MIN_RAMP_S))
        voice.envelope.go(max(time_samples, voice.begin_samples + 1), fall)

    def _steal(self, voice: Voice, time_samples: int) -> None:
        """Fade a voice out around an engine time, within the next hop."""
        if voice.begin_samples >= self._time:  # it has not begun
            self._voices.remove(voice)
            return
        fade = min(self._samples(FADE_S), self._hop)
        begin = max(self._time, min(time_samples, self._time + self._hop - fade))
        voice.held, voice.stolen = False, True
        voice.envelope.go(begin, Segment(0.0, fade, linear=True))

    def _free_row(self) -> int:
        """A row without a voice, that which was last used longest ago."""
        used = {voice.row for voice in self._voices}
        rows = ((self._count + offset) % ROWS for offset in range(ROWS))
        return next(row for row in rows if row not in used)

    def _gains(self, voice: Voice, spread: float) -> Float64:
        """Gain of a voice in each channel: level, and place in the field."""
        level = voice.velocity ** (2.0 * self.velocity)
        level *= 10.0 ** (PRESSURE_DB * voice.pressure / 20.0)
        gains = np.full(self._channels, (1.0 - spread) / math.sqrt(self._channels))
        if spread and self._channels > 1:
            across = voice.place * (self._channels - 1)
            left = min(int(across), self._channels - 2)
            angle = 0.5 * math.pi * (across - left)
            gains[left] += spread * math.cos(angle)
            gains[left + 1] += spread * math.sin(angle)
        else:
            gains[:] = 1.0
        gains *= level * math.sqrt(self._channels / float(gains @ gains))
        return gains
