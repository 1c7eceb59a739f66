"""`TABLE`: every address with its arguments, ranges, units and description.

Paths have no prefix ``/distill`` here.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Literal, get_args

from distill_live.addresses.schema import (
    INT32_MAX,
    INT32_MIN,
    Address,
    Argument,
    Expansion,
    Owner,
    Subject,
    Values,
)

PREFIX = "/distill"
"""Prefix of every path on the wire."""

LEAVES: Mapping[str, str] = MappingProxyType(
    {"/latent/all": "/latent", "/formant/shift": "/formant"}
)
"""Second names of addresses that have others below them, for clients that show a tree."""

IDLE_MOTION: tuple[tuple[str, tuple[float, ...]], ...] = (
    ("/wander", (1.0, 0.2)),
    ("/even", (1.0,)),
)
"""What an instrument does until a client plays it."""

Curve = Literal["linear", "exponential", "logarithmic", "s-curve"]

MACROS = 8

SLOTS = 4
"""Maximum number of models at the same time."""

MAX_CHANNELS = 16
"""Maximum number of output channels."""

MAX_ECONOMY = 4
"""Largest level of what the engine saves."""

MAX_VOICES = 16
"""Maximum number of notes that sound at the same time."""

KEY_MODES = "off", "pitch", "places", "tuned"
"""What keys do; see `/keys`."""

CEILING = float(10 ** (-1 / 20))
"""Largest absolute sample value of the output: 1 dB below full scale."""

INPUT_FEATURES = "level", "brightness", "noisiness", "onset", "pitch", "confidence"
"""Features of the input, in the order of ``/input/features``."""

MAX_BAR_BEATS = 32
"""Maximum number of beats of a bar."""

MAX_QUANTISED_BEATS = 64

MAX_SEED = 2**53
"""Maximum random seed: JSON, and so a take, holds integers up to here exactly."""

AXIS_NAME = re.compile(r"[a-z0-9_]{1,32}")
"""Full match of an axis name."""

RESERVED_AXIS_NAMES = frozenset({"list", "info", "end"})
"""Names of other addresses under ``/axis/``, which no axis can have."""

AXIS_MEANINGS: Mapping[str, str] = MappingProxyType(
    {
        "brightness": "centre of the spectrum, from dull to bright",
        "loudness": "level, from soft to loud",
        "noisiness": "from tone to noise",
        "density": "from steady to full of onsets",
        "width": "width of the spectrum about its centre, not of the stereo image",
        "pitch": "pitch, from low to high, where the sound has one",
    }
)
"""What changes along an axis that has the name of an audio feature."""


def _fader(path: str, description: str, *arguments: Argument, expands: Expansion = "") -> Address:
    return Address(
        path, arguments, "value", description, continuous=True, clip=True, expands=expands
    )


def _switch(path: str, description: str, default: int) -> Address:
    return _value(path, description, Argument("on", "i", 0, 1, default=default))


def _value(path: str, description: str, argument: Argument) -> Address:
    return Address(path, (argument,), "value", description)


def _action(path: str, description: str, owner: Owner = "control", **flags: Any) -> Address:
    press = Argument("press", "i", 0, 1, optional=True)
    return Address(path, (press,), "action", description, owner=owner, **flags)


def _list(path: str, item: str, *, asks: bool = True) -> Address:
    kind = path.removesuffix("/list")
    text = f"Replies {kind}/info for each {item}, then {kind}/end."
    return _action(path, text, asks=asks)


def _command(path: str, description: str, *arguments: Argument, **options: Any) -> Address:
    return Address(path, arguments, "command", description, **options)


def _request(path: str, description: str, *arguments: Argument, **options: bool) -> Address:
    return _command(path, description, *arguments, owner="control", **options)


def _by_path(*addresses: Address) -> Mapping[str, Address]:
    return MappingProxyType({address.path: address for address in addresses})


def _amount(default: float) -> Argument:
    return Argument("amount", "f", 0, 1, default=default)


_LATENT = Argument("value", "f", -4, 4, "standard deviations", 0.0)
_NAME = Argument("name", "s")
_TO = Argument("to", "s")
_PRESET = replace(_NAME, stored="preset")
_GESTURE = replace(_NAME, stored="gesture")
_SLOT = Argument("slot", "i", 1, SLOTS)
_MACRO = Argument("macro", "i", 1, MACROS)
_FEATURE = Argument("feature", "s", choices=INPUT_FEATURES)
_TARGET = Argument("target", "s")
_MAPPING = (
    _TARGET,
    Argument("from", "f", -1000, 1000),
    Argument("to", "f", -1000, 1000),
    Argument("curve", "s", choices=get_args(Curve)),
)
_GLIDE_S = Argument("glide", "f", 0, 30, "s", 0.05)
_KEY = Argument("key", "f", 0, 127, "MIDI key")


def _time_s(default: float) -> Argument:
    return Argument("time", "f", 0, 20, "s", default)


def _of_key(path: str, description: str, *arguments: Argument, **options: Any) -> Address:
    return _command(path, description, _KEY, *arguments, keys=1, **options)


TABLE: Mapping[str, Address] = _by_path(
    _fader(
        "/latent",
        "All dimensions of the latent point, in the model's standard deviations.",
        _LATENT,
        expands="arguments",
    ),
    _fader("/latent/<i>", "One dimension of the latent point.", _LATENT, expands="dimensions"),
    _fader(
        "/axis/<name>",
        "Position on an axis: -1 and 1 are the 5th and 95th percentile, 0 is the mean.",
        Argument("value", "f", -1, 1, default=0.0),
        replace(_GLIDE_S, default=None, optional=True),
        expands="axes",
    ),
    _fader(
        "/map",
        "Position on the map of the corpus; between landmarks it interpolates them.",
        Argument("x", "f", 0, 1, default=0.5),
        Argument("y", "f", 0, 1, default=0.5),
    ),
    _command(
        "/corpus/goto",
        "Moves to the latent point of a landmark.",
        Argument("landmark", "i", 0, INT32_MAX),
        replace(_GLIDE_S, default=None, optional=True),
        expands="landmarks",
        quantised=True,
        replaces=True,
    ),
    _list("/corpus/list", "landmark"),
    _action(
        "/corpus/neighbours",
        "Replies /corpus/neighbours.reply: the landmarks around the point that sounds.",
        asks=True,
    ),
    _list("/axis/list", "axis"),
    _fader("/glide", "Default glide time of latent moves.", _GLIDE_S),
    _switch("/follow", "1: latent moves are heard in every frame, 0: only in new chunks.", 1),
    _fader(
        "/drift",
        "Automatic motion between the corpus' landmarks.",
        _amount(0.0),
    ),
    _fader(
        "/wander",
        "Goes on as the recordings do, at up to their speed, and jumps to places that sound like "
        "what would come next: at surprise 0 within a recording, at 1 as often as it may. A "
        "session begins with it, at even loudness, until something is moved.",
        Argument("amount", "f", 0, 1, default=0.0),
        Argument("surprise", "f", 0, 1, default=0.3),
    ),
    _fader("/walk", "Random motion around the point that is set.", _amount(0.0)),
    _fader(
        "/lfo/<name>",
        "LFO of an axis; depth 0 stops it.",
        Argument("rate", "f", 0, 20, "Hz", 0.0),
        Argument("depth", "f", 0, 2, "axis", 0.0),
        expands="axes",
    ),
    _command(
        "/seed",
        "Restarts the random generators of drift, wander, walk and jitter; same seed, same motion.",
        Argument("seed", "i", 0, INT32_MAX),
        replaces=True,
    ),
    _fader(
        "/jitter",
        "Random variation of each new play head, in the latent and in time.",
        _amount(0.3),
    ),
    _fader("/spread", "Difference between the output channels.", _amount(0.3)),
    _fader(
        "/even",
        "Evens out the loudness of places: 1 plays all equally loud, 0 as they are.",
        _amount(0.0),
    ),
    _switch("/play", "1 plays, 0 is silent.", 1),
    _switch("/freeze", "1 holds the current frame.", 0),
    _switch("/mute", "1 mutes the output within 5 ms, 0 unmutes it.", 0),
    _fader(
        "/position", "Play position in the chunk.", Argument("position", "f", 0, 1, "chunk", 0.0)
    ),
    _fader(
        "/speed",
        "Playback speed: 1 as recorded, 0 holds, negative plays backwards.",
        Argument("speed", "f", -4, 4, "times", 1.0),
    ),
    _fader(
        "/loop",
        "Part of the chunk that is played.",
        Argument("start", "f", 0, 1, "chunk", 0.0),
        Argument("end", "f", 0, 1, "chunk", 1.0),
    ),
    _action("/chunk/levels", "Replies /chunk/levels.reply: the chunk that is played.", asks=True),
    _fader(
        "/pitch",
        "Transposes all frequencies.",
        Argument("interval", "f", -24, 24, "semitones", 0.0),
    ),
    _fader(
        "/formant",
        "Shifts the spectral envelope only.",
        Argument("interval", "f", -24, 24, "semitones", 0.0),
    ),
    _switch("/formant/keep", "1: /pitch keeps the spectral envelope.", 0),
    _fader(
        "/clock/tempo", "Tempo of the clock.", Argument("tempo", "f", 20, 300, "beats/min", 120.0)
    ),
    _value(
        "/clock/beat",
        "Beat of the bar, from 0; a new one moves the clock.",
        Argument("beat", "f", 0, MAX_BAR_BEATS, "beats", 0.0),
    ),
    _value("/clock/bar", "Beats of a bar.", Argument("bar", "i", 1, MAX_BAR_BEATS, "beats", 4)),
    _action("/clock/tap", "A tap on a beat; several set the tempo.", "engine"),
    _value(
        "/clock/quantise",
        "Beats at whose multiples presets are recalled, landmarks gone to, and gestures, paths and "
        "notes started; 0 for at once.",
        Argument("quantise", "f", 0, MAX_QUANTISED_BEATS, "beats", 0.0),
    ),
    _value(
        "/clock/loop",
        "Beats that /loop lasts, whatever the speed; 0 for as long as it lasts at /speed.",
        Argument("loop", "f", 0, MAX_QUANTISED_BEATS, "beats", 0.0),
    ),
    _switch("/clock/lfo", "1: rates of LFOs are cycles a beat, 0: a second.", 0),
    Address(
        "/keys",
        (Argument("mode", "s", choices=KEY_MODES, default="off"),),
        "value",
        "What keys play: off, no notes; pitch, the current point transposed; places, a landmark "
        "each; tuned, the landmark nearest in pitch, in tune.",
    ),
    _of_key(
        "/note/on",
        "Starts a note, one hop after its time; velocity 0 releases it.",
        Argument("velocity", "f", 0, 1),
        quantised=True,
    ),
    _of_key("/note/off", "Releases a note."),
    _of_key(
        "/note/bend",
        "Bends a sounding note.",
        Argument("interval", "f", -48, 48, "semitones"),
        continuous=True,
        clip=True,
    ),
    _of_key(
        "/note/pressure",
        "Raises a sounding note's level, by 6 dB at 1.",
        Argument("pressure", "f", 0, 1),
        continuous=True,
        clip=True,
    ),
    _of_key(
        "/note/timbre",
        "Moves a sounding note along the axis of /timbre/axis; its chunk is decoded for it.",
        Argument("timbre", "f", -1, 1),
        continuous=True,
        clip=True,
    ),
    _action("/note/release", "Releases all notes.", "engine"),
    _fader(
        "/root",
        "Key that plays the current point untransposed, with /keys pitch.",
        replace(_KEY, default=60.0),
    ),
    Address(
        "/voices",
        (Argument("voices", "i", 1, MAX_VOICES, default=8),),
        "value",
        "Largest number of notes at a time; another one takes the voice of a released note, or "
        "else of the oldest. 1 is monophonic.",
    ),
    _fader("/attack", "Time in which a note rises to its level.", _time_s(0.005)),
    _fader("/decay", "Time in which a note falls to /sustain after its attack.", _time_s(0.3)),
    _fader("/sustain", "Level of a held note after its decay.", _amount(1.0)),
    _fader("/release", "Time in which a released note falls by 60 dB and ends.", _time_s(0.3)),
    _fader("/portamento", "Time of the glide from note to note, with /voices 1.", _time_s(0.0)),
    _fader(
        "/velocity",
        "How much velocity acts on level: 0 not at all, 1 by its square.",
        _amount(0.5),
    ),
    Address(
        "/timbre/axis",
        (Argument("axis", "s", default=""),),
        "value",
        "Axis that /note/timbre moves; the first, if the model has none of this name.",
    ),
    _fader("/gain", "Output level.", Argument("gain", "f", -90, 6, "dB", 0.0)),
    _fader(
        "/input/thru",
        "Level of the input in the output as it is, dry, aligned in time with what the instrument "
        "makes of it; presets leave it.",
        Argument("level", "f", 0, 1, default=0.0),
    ),
    _action("/panic", "Fades to silence within 20 ms, until /play 1.", "engine"),
    _fader(
        "/macro/<i>", "Moves everything the macro is mapped to.", _amount(0.0), expands="macros"
    ),
    _command(
        "/macro/map",
        "Maps a macro's 0 to 1 to a range of an address, such as axis/brightness or gain.",
        _MACRO,
        *_MAPPING,
        expands="targets",
        keys=2,
    ),
    _command(
        "/macro/clear",
        "Removes the mapping of a macro to an address, or all of the macro.",
        _MACRO,
        replace(_TARGET, optional=True),
        keys=2,
    ),
    _list("/macro/list", "mapping"),
    _command(
        "/input/map",
        "Maps a feature of the input, within the range that the corpus has, to a range of an "
        "address.",
        _FEATURE,
        *_MAPPING,
        expands="targets",
        keys=2,
    ),
    _command(
        "/input/unmap",
        "Removes the mapping of a feature to an address, or all of the feature.",
        _FEATURE,
        replace(_TARGET, optional=True),
        keys=2,
    ),
    _list("/input/list", "mapping"),
    _fader("/input/gain", "Gain of the input.", Argument("gain", "f", -40, 40, "dB", 0.0)),
    _fader(
        "/input/gate",
        "Level below which the input moves nothing and its note ends.",
        Argument("level", "f", -90, 0, "dB", -50.0),
    ),
    _fader(
        "/input/smooth",
        "Time in which what the input moves follows it.",
        Argument("time", "f", 0, 5, "s", 0.02),
    ),
    _value(
        "/input/notes",
        "Notes by the input, where /keys is on: 0 none; 1 each onset plays the key of /root; 2 "
        "pitch plays its key.",
        Argument("mode", "i", 0, 2, default=0),
    ),
    _switch("/input/freeze", "1 holds what the input moves, and releases its note.", 0),
    _request("/preset/store", "Stores the current state as a preset; replies /done.", _NAME),
    _request(
        "/preset/recall",
        "Recalls a preset, at once or as a morph; replies /done when it starts.",
        _PRESET,
        Argument("morph", "f", 0, 600, "s", optional=True),
        quantised=True,
    ),
    _request("/preset/delete", "Deletes a preset; replies /done.", _PRESET),
    _request("/preset/rename", "Gives a preset a name that is free; replies /done.", _PRESET, _TO),
    _list("/preset/list", "preset"),
    _request(
        "/gesture/record", "Starts recording a gesture; replies /done when it has started.", _NAME
    ),
    _request(
        "/gesture/play",
        "Plays a gesture, backwards from its end if the speed is negative; replies /done.",
        _GESTURE,
        quantised=True,
    ),
    _action(
        "/gesture/stop",
        "Ends and stores the recording, or stops the gesture that plays or waits for its beat; "
        "replies /done.",
    ),
    _switch("/gesture/loop", "1 loops gestures.", 0),
    _fader(
        "/gesture/speed",
        "Gesture speed: 1 as recorded, 0 holds, negative plays backwards.",
        Argument("speed", "f", -4, 4, "times", 1.0),
    ),
    _request("/gesture/delete", "Deletes a gesture; replies /done.", _GESTURE),
    _request(
        "/gesture/rename", "Gives a gesture a name that is free; replies /done.", _GESTURE, _TO
    ),
    _list("/gesture/list", "gesture"),
    _command(
        "/path/play",
        "Plays a recording through the leading model, by its number in /path/list, until the point "
        "or the play position is moved.",
        Argument("recording", "i", 0, INT32_MAX),
        quantised=True,
        replaces=True,
    ),
    _action("/path/stop", "Stops the path where it is, or before its beat.", "engine"),
    _fader(
        "/path/speed",
        "Path speed: 1 as recorded, 0 holds, negative plays backwards.",
        Argument("speed", "f", -4, 4, "times", 1.0),
    ),
    _switch("/path/loop", "1 loops paths.", 0),
    _fader(
        "/path/position",
        "Where the path is in its recording.",
        Argument("position", "f", 0, 1, "recording", 0.0),
    ),
    _list("/path/list", "recording"),
    _fader(
        "/input/follow",
        "How far the input pulls the point to where the model's encoder hears it; at 1 what is "
        "heard now is played.",
        _amount(0.0),
    ),
    _fader(
        "/input/nearest",
        "How far the input pulls the point to the landmark that sounds nearest.",
        _amount(0.0),
    ),
    _request(
        "/model/load",
        "Loads a model into a slot, by default the leading model's; replies /done.",
        replace(_SLOT, optional=True),
        replace(_NAME, stored="model"),
    ),
    _request("/model/unload", "Fades out and removes the model in a slot; replies /done.", _SLOT),
    _command(
        "/model/blend",
        "Weight of the model in a slot; weights with a sum over 1 are scaled to 1.",
        _SLOT,
        Argument("weight", "f", 0, 1),
        continuous=True,
        clip=True,
        keys=1,
    ),
    _fader(
        "/model/fade",
        "Crossfade time from one model to another.",
        Argument("fade", "f", 0, 60, "s", 2.0),
    ),
    _list("/model/list", "model", asks=False),
    _list("/library/list", "model that can be loaded"),
    _request(
        "/notify",
        "1 subscribes the sender, or a port of its computer, to the state and its changes; port 0 "
        "is the sender's own, the token that of /id.",
        Argument("on", "i", 0, 1),
        Argument("port", "i", 0, 65535, optional=True),
        Argument("token", "s", optional=True),
        asks=True,
    ),
    _request(
        "/meters",
        "Rate of the meters, /meter/..., to a subscriber; 0 stops them.",
        Argument("rate", "i", 0, 60, "1/s"),
        asks=True,
    ),
    Address(
        "/record",
        (Argument("on", "i", 0, 1, default=0), replace(_NAME, optional=True)),
        "value",
        "1 records the output to the takes folder, under a name; 0 ends it; replies /done.",
        owner="control",
        asks=True,
    ),
    _action("/device", "Replies /device.reply.", asks=True),
    _action("/status", "Replies /status.reply.", asks=True),
    _request(
        "/sync",
        "Replies /synced with the number when this client's earlier commands are done.",
        Argument("number", "i", INT32_MIN, INT32_MAX),
        asks=True,
    ),
    _action("/version", "Replies /version.reply.", asks=True),
    _request(
        "/dump",
        "1 prints received messages in the instrument's terminal.",
        Argument("on", "i", 0, 1),
        asks=True,
    ),
    _action("/quit", "Ends the instrument.", local=True),
)
"""Addresses by path, with the placeholders ``<i>`` and ``<name>``."""

INTERNAL: Mapping[str, Address] = _by_path(
    _command(
        "/input/latent",
        "Latent of the chunk of the input that ends now.",
        _LATENT,
        expands="arguments",
        clip=True,
    ),
    _command(
        "/economy",
        "What the engine saves: 0 nothing, 1 decodes, 2 also moves within chunks, 3 also varied "
        "channels, 4 also notes.",
        Argument("level", "i", 0, MAX_ECONOMY),
    ),
    _command(
        "/gesture/score",
        "Compiled gesture to play next; empty for none.",
        Argument("run", "i", 0, INT32_MAX),
        Argument("score", "s"),
    ),
    _command(
        "/gesture/seek",
        "Plays the gesture of that number, from its start or a position.",
        Argument("run", "i", 0, INT32_MAX),
        Argument("position", "f", -1e12, 1e12, "samples", optional=True),
        Argument("said", "i", 0, INT32_MAX, optional=True),
    ),
    _command(
        "/input/features",
        "Features of the input in its newest hop; an onset or a pitch of 0 is none.",
        Argument("level", "f", -200, 60, "dB"),
        Argument("brightness", "f", 0, 1e5, "Hz"),
        Argument("noisiness", "f", 0, 1),
        Argument("onset", "f", 0, 1),
        Argument("pitch", "f", 0, 160, "MIDI key"),
        Argument("confidence", "f", 0, 1),
        clip=True,
    ),
)
"""Addresses that only the instrument itself sends to its engine."""

LASTING = frozenset({"/gesture/score"})
"""Addresses that state reports omit, for their length; a new engine gets them first."""

NOTES = "/note/"
"""Beginning of the addresses of notes, which are events: they take effect at their sample, and
nothing restores them."""

NOTE_SHAPES = "/note/bend", "/note/pressure", "/note/timbre"
"""Addresses that shape a note; they wait for a beat with it."""

WITHDRAWS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "/note/release": ("/note/on", "/note/off", *NOTE_SHAPES),
        "/panic": ("/note/on", "/note/off", *NOTE_SHAPES),
        "/path/stop": ("/path/play",),
        "/gesture/score": ("/gesture/score", "/gesture/seek"),
    }
)
"""Addresses whose commands withdraw those that wait for a beat, and the addresses of these."""


def subject(path: str, values: Values) -> Subject:
    """What a command with this path and values sets."""
    address = TABLE.get(path)
    return (path, *values[: 0 if address is None else address.keys])
