"""The table itself: every address with its arguments, ranges, units and description.

Paths stand here without the prefix ``/distill`` that they have on the wire. The table is data: it
knows nothing of sockets, of the engine's state, or of how a reply is sent.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Literal, get_args

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
"""What every address has before its path on the wire."""

IDLE_DRIFT = 0.25
"""`/drift` of an instrument that nobody plays: a new landmark every eight seconds."""

Curve = Literal["linear", "exponential", "logarithmic", "s-curve"]

MACROS = 8

SLOTS = 4
"""Models that can be there at once."""

MAX_CHANNELS = 16
"""Maximum number of output channels."""

MAX_SEED = 2**53
"""Maximum random seed: JSON, and so a take, holds integers up to here exactly."""

AXIS_NAME = re.compile(r"[a-z0-9_]{1,32}")
"""What the name of an axis matches, wholly."""

RESERVED_AXIS_NAMES = frozenset({"list", "info", "end"})
"""Names that ``/axis/...`` uses for itself, so that no axis can have them."""


def _fader(path: str, description: str, *arguments: Argument, expands: Expansion = "") -> Address:
    return Address(
        path, arguments, "value", description, continuous=True, clip=True, expands=expands
    )


def _switch(path: str, description: str, default: int) -> Address:
    return Address(path, (Argument("on", "i", 0, 1, default=default),), "value", description)


def _action(
    path: str, description: str, owner: Owner, *, local: bool = False, asks: bool = False
) -> Address:
    press = Argument("press", "i", 0, 1, optional=True)
    return Address(path, (press,), "action", description, owner=owner, local=local, asks=asks)


def _amount(default: float) -> Argument:
    return Argument("amount", "f", 0, 1, default=default)


_LATENT = Argument("value", "f", -4, 4, "standard deviations", 0.0)
_NAME = Argument("name", "s")
_SLOT = Argument("slot", "i", 1, SLOTS)
_MACRO = Argument("macro", "i", 1, MACROS)
_GLIDE_S = Argument("glide", "f", 0, 30, "s", 0.05)

TABLE: Mapping[str, Address] = MappingProxyType(
    {
        address.path: address
        for address in (
            _fader(
                "/latent",
                "The whole latent, in the model's own standard deviations.",
                _LATENT,
                expands="arguments",
            ),
            _fader("/latent/<i>", "One dimension of it.", _LATENT, expands="dimensions"),
            _fader(
                "/axis/<name>",
                "-1 to 1 between the corpus' 5th and 95th percentile, 0 its mean; glide as wanted.",
                Argument("value", "f", -1, 1, default=0.0),
                replace(_GLIDE_S, default=None, optional=True),
                expands="axes",
            ),
            _fader(
                "/map",
                "A place on the map of the corpus: what sounds there, between its landmarks.",
                Argument("x", "f", 0, 1, default=0.5),
                Argument("y", "f", 0, 1, default=0.5),
            ),
            Address(
                "/corpus/goto",
                (
                    Argument("landmark", "i", 0, INT32_MAX),
                    replace(_GLIDE_S, default=None, optional=True),
                ),
                "command",
                "The latent of a landmark; glide as wanted.",
                expands="landmarks",
            ),
            _action(
                "/corpus/list",
                "Answers /corpus/info for each, then /corpus/end.",
                "control",
                asks=True,
            ),
            _action(
                "/axis/list",
                "Answers /axis/info for each axis, then /axis/end.",
                "control",
                asks=True,
            ),
            _fader("/glide", "Default glide of latent moves.", _GLIDE_S),
            _switch("/follow", "1: the latent is heard every frame, 0: with every chunk.", 1),
            _fader(
                "/drift",
                "Hands-free motion between the corpus' landmarks; a session begins with 0.25 until "
                "something is moved.",
                _amount(0.0),
            ),
            _fader("/walk", "Random motion about the point that is set.", _amount(0.0)),
            _fader(
                "/lfo/<name>",
                "Swings an axis; depth 0 stops it.",
                Argument("rate", "f", 0, 20, "Hz", 0.0),
                Argument("depth", "f", 0, 2, "axis", 0.0),
                expands="axes",
            ),
            Address(
                "/seed",
                (Argument("seed", "i", 0, INT32_MAX),),
                "command",
                "Makes drift, walk and jitter begin anew, alike for the same number.",
            ),
            _fader(
                "/jitter",
                "Variation of each new play head, in the latent and in time.",
                _amount(0.3),
            ),
            _fader("/spread", "Difference between the output channels.", _amount(0.3)),
            _switch("/play", "1 sounds, 0 is silent.", 1),
            _switch("/freeze", "1 holds the frame that sounds.", 0),
            _switch("/mute", "1 mutes the output within 5 ms, 0 opens it.", 0),
            _fader(
                "/position",
                "Where in the chunk it sounds.",
                Argument("position", "f", 0, 1, "chunk", 0.0),
            ),
            _fader(
                "/speed",
                "1 plays, 0 holds, negative runs backwards.",
                Argument("speed", "f", -4, 4, "times", 1.0),
            ),
            _fader(
                "/loop",
                "The region of the chunk that is played.",
                Argument("start", "f", 0, 1, "chunk", 0.0),
                Argument("end", "f", 0, 1, "chunk", 1.0),
            ),
            _fader(
                "/pitch",
                "Moves all frequencies.",
                Argument("interval", "f", -24, 24, "semitones", 0.0),
            ),
            _fader(
                "/formant",
                "Moves the spectral envelope alone.",
                Argument("interval", "f", -24, 24, "semitones", 0.0),
            ),
            _switch("/formant/keep", "1: the spectral envelope stays while the pitch moves.", 0),
            _fader("/gain", "Output level.", Argument("gain", "f", -90, 6, "dB", 0.0)),
            _action("/panic", "Fades to silence within 20 ms, until /play 1.", "engine"),
            _fader("/macro/<i>", "Moves all that it is mapped to.", _amount(0.0), expands="macros"),
            Address(
                "/macro/map",
                (
                    _MACRO,
                    Argument("target", "s"),
                    Argument("from", "f", -100, 100),
                    Argument("to", "f", -100, 100),
                    Argument("curve", "s", choices=get_args(Curve)),
                ),
                "command",
                "Maps a macro's 0 to 1 to a range of an address, such as axis/brightness or gain.",
                expands="targets",
                keys=2,
            ),
            Address("/macro/clear", (_MACRO,), "command", "Maps it to nothing.", keys=1),
            Address(
                "/preset/store",
                (_NAME,),
                "command",
                "Keeps what the instrument is like now under a name; answers /done.",
                owner="control",
            ),
            Address(
                "/preset/recall",
                (_NAME, Argument("morph", "f", 0, 600, "s", optional=True)),
                "command",
                "Goes back to it, at once or in so many seconds; answers /done when it begins.",
                owner="control",
            ),
            Address(
                "/preset/delete",
                (_NAME,),
                "command",
                "Forgets it; answers /done.",
                owner="control",
            ),
            _action(
                "/preset/list",
                "Answers /preset/info for each, then /preset/end.",
                "control",
                asks=True,
            ),
            Address(
                "/gesture/record",
                (_NAME,),
                "command",
                "Records what is moved from now on; answers /done when it has begun.",
                owner="control",
            ),
            Address(
                "/gesture/play",
                (_NAME,),
                "command",
                "Plays a gesture, backwards from its end if the speed is negative; answers /done.",
                owner="control",
            ),
            _action(
                "/gesture/stop",
                "Ends and keeps what is being recorded, or else ends what plays; answers /done.",
                "control",
            ),
            _switch("/gesture/loop", "1 plays gestures over and over.", 0),
            _fader(
                "/gesture/speed",
                "How fast gestures go: 1 as recorded, 0 holds, negative runs backwards.",
                Argument("speed", "f", -4, 4, "times", 1.0),
            ),
            Address(
                "/gesture/delete",
                (_NAME,),
                "command",
                "Forgets it; answers /done.",
                owner="control",
            ),
            _action(
                "/gesture/list",
                "Answers /gesture/info for each, then /gesture/end.",
                "control",
                asks=True,
            ),
            Address(
                "/model/load",
                (replace(_SLOT, optional=True), _NAME),
                "command",
                "Plays a model by its name, in a slot or in the leading one's; answers /done.",
                owner="control",
            ),
            Address(
                "/model/unload",
                (_SLOT,),
                "command",
                "Has the model in a slot fade away; answers /done.",
                owner="control",
            ),
            Address(
                "/model/blend",
                (_SLOT, Argument("weight", "f", 0, 1)),
                "command",
                "How much is heard of the model in a slot; the sum counts as 1 at most.",
                continuous=True,
                clip=True,
                keys=1,
            ),
            _fader(
                "/model/fade",
                "How long one model takes to give way to another.",
                Argument("fade", "f", 0, 60, "s", 2.0),
            ),
            _action("/model/list", "Answers /model/info for each, then /model/end.", "control"),
            Address(
                "/notify",
                (
                    Argument("on", "i", 0, 1),
                    Argument("port", "i", 1, 65535, optional=True),
                ),
                "command",
                "1 sends the full state, then every change, to the sender, at a port if wanted.",
                owner="control",
                asks=True,
            ),
            Address(
                "/meters",
                (Argument("rate", "i", 0, 60, "1/s"),),
                "command",
                "Sends a subscriber /meter/rms, /meter/peak and /meter/load so often; 0 stops it.",
                owner="control",
                asks=True,
            ),
            Address(
                "/record",
                (
                    Argument("on", "i", 0, 1, default=0),
                    replace(_NAME, optional=True),
                ),
                "value",
                "1 records what goes out, under a name, to the takes' folder; 0 ends it; /done.",
                owner="control",
                asks=True,
            ),
            _action("/status", "Answers /status.reply.", "control", asks=True),
            Address(
                "/sync",
                (Argument("number", "i", INT32_MIN, INT32_MAX),),
                "command",
                "Answers /synced with the number when this client's earlier work is done.",
                owner="control",
                asks=True,
            ),
            _action("/version", "Answers /version.reply.", "control", asks=True),
            Address(
                "/dump",
                (Argument("on", "i", 0, 1),),
                "command",
                "1 prints what arrives in the instrument's terminal.",
                owner="control",
                asks=True,
            ),
            _action("/quit", "Ends the instrument.", "control", local=True),
        )
    }
)
"""Every address by its path, with the placeholders ``<i>`` and ``<name>``."""

INTERNAL: Mapping[str, Address] = MappingProxyType(
    {
        address.path: address
        for address in (
            Address(
                "/gesture/score",
                (Argument("run", "i", 0, INT32_MAX), Argument("score", "s")),
                "command",
                "What is to be played next, or nothing.",
            ),
            Address(
                "/gesture/seek",
                (
                    Argument("run", "i", 0, INT32_MAX),
                    Argument("position", "f", -1e12, 1e12, "samples", optional=True),
                    Argument("said", "i", 0, INT32_MAX, optional=True),
                ),
                "command",
                "Plays the score of that number, from its start, or on from a place.",
            ),
        )
    }
)
"""What only the instrument itself says, to its engine; the wire knows nothing of it."""

LASTING = frozenset({"/gesture/score"})
"""What reports of the engine's state leave out, for its length; a new engine is told it first."""


def subject(path: str, values: Values) -> Subject:
    """What it is about that somebody says, by path and values."""
    address = TABLE.get(path)
    return (path, *values[: 0 if address is None else address.keys])
