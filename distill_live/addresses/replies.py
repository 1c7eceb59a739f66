"""Addresses that are only sent: answers, lists, meters.

The reply to a get has the address and the signature of its value.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from distill_live.addresses.schema import Argument, Kind


@dataclass(frozen=True, slots=True)
class Reply:
    """An address that is only sent.

    Parameters
    ----------
    path
        Without ``/distill``.
    arguments
        In order, all of them always sent; without ranges.
    description
        One sentence for the reference page.
    repeats
        Whether the arguments are sent any number of times, one after the other.
    """

    path: str
    arguments: tuple[Argument, ...]
    description: str
    repeats: bool = False

    @property
    def signature(self) -> str:
        """OSC type tags, of one time where they repeat."""
        return "".join(argument.kind for argument in self.arguments)


_UNITS = {
    "position": "s",
    "length": "s",
    "morph": "s",
    "seconds": "s",
    "level": "dB",
    "rate": "Hz",
    "brightness": "Hz",
    "block": "frames",
    "latency": "ms",
}


def _reply(path: str, description: str, /, *, repeats: bool = False, **kinds: Kind) -> Reply:
    """Reply whose arguments are given by name, each with its kind."""
    arguments = (Argument(name, kind, unit=_UNITS.get(name, "")) for name, kind in kinds.items())
    return Reply(path, tuple(arguments), description, repeats)


def _changed(name: str, content: str) -> Reply:
    text = f"{content} have changed, for the count-th time in this session; /{name}/list has them."
    return _reply(f"/{name}/changed", text, count="i")


_MAPPING = (
    Argument("target", "s"),
    Argument("from", "f"),
    Argument("to", "f"),
    Argument("curve", "s"),
)

_ALL = (
    _reply(
        "/axis/info",
        "One axis: range and current value.",
        index="i",
        name="s",
        low="f",
        high="f",
        value="f",
    ),
    _reply("/axis/end", "Number of axes sent before.", count="i"),
    _reply(
        "/corpus/info",
        "One landmark: recording, time in it, and position on the map.",
        index="i",
        file="s",
        position="f",
        x="f",
        y="f",
    ),
    _reply("/corpus/end", "Number of landmarks sent before.", count="i"),
    _reply(
        "/corpus/neighbours.reply",
        "Landmarks that the map interpolates at the point that sounds, the heaviest first.",
        repeats=True,
        landmark="i",
        weight="f",
    ),
    _reply(
        "/chunk/levels.reply",
        "Levels of the chunk that the leading model plays, from its beginning to its end.",
        repeats=True,
        level="f",
    ),
    Reply(
        "/macro/info",
        (Argument("macro", "i"), *_MAPPING),
        "One mapping of a macro, as /macro/map sets it.",
    ),
    _reply("/macro/end", "Number of mappings sent before.", count="i"),
    _changed("macro", "The mappings of the macros"),
    Reply(
        "/input/info",
        (Argument("feature", "s"), *_MAPPING),
        "One mapping of a feature of the input, as /input/map sets it.",
    ),
    _reply("/input/end", "Number of mappings sent before.", count="i"),
    _changed("input", "The mappings of the input"),
    _reply("/preset/info", "One preset.", index="i", name="s"),
    _reply("/preset/end", "Number of presets sent before.", count="i"),
    _changed("preset", "The presets"),
    _reply(
        "/preset/recalled",
        "Preset that was recalled last, empty if none, and time left of its morph.",
        name="s",
        morph="f",
    ),
    _reply("/gesture/info", "One gesture.", index="i", name="s", length="f"),
    _reply("/gesture/end", "Number of gestures sent before.", count="i"),
    _changed("gesture", "The gestures"),
    _reply("/gesture/recording", "Name of the gesture being recorded; empty if none.", name="s"),
    _reply("/gesture/playing", "Name of the gesture being played; empty if none.", name="s"),
    _reply("/path/info", "One recording that /path/play plays.", index="i", name="s", length="f"),
    _reply("/path/end", "Number of recordings sent before.", count="i"),
    _reply(
        "/model/info",
        "One model: slot, name, weight, and state: ready, fading or loading.",
        slot="i",
        name="s",
        weight="f",
        state="s",
    ),
    _reply("/model/end", "Number of models sent before.", count="i"),
    _changed("model", "The models in the slots, or their states,"),
    _reply(
        "/library/info",
        "One model that can be loaded: name, and content, or why it cannot be read.",
        index="i",
        name="s",
        description="s",
    ),
    _reply("/library/end", "Number of models sent before.", count="i"),
    _reply(
        "/device.reply",
        "Output: name (null output if there is no device), sample rate, channels, block, and "
        "largest delay from rendering to the device.",
        name="s",
        rate="i",
        channels="i",
        block="i",
        latency="f",
    ),
    _reply("/take/recording", "Name of the take being recorded; empty if none.", name="s"),
    _reply("/warning", "What the terminal warns of: a device that is gone, a full disk.", text="s"),
    Reply(
        "/id",
        (Argument("token", "s"),),
        "Sent over UDP to another computer, which returns it with /notify, to prove its address.",
    ),
    _reply("/update", "1 before the full state, 0 after it.", under_way="i"),
    _reply("/meter/rms", "RMS level of an output channel, counted from 0.", channel="i", level="f"),
    _reply(
        "/meter/peak", "Peak level of an output channel, counted from 0.", channel="i", level="f"
    ),
    _reply("/meter/load", "Average fraction of a hop's time used for rendering.", load="f"),
    _reply(
        "/meter/point",
        "Place on the map of what sounds: glides, drift, walk and LFOs included.",
        x="f",
        y="f",
    ),
    _reply(
        "/meter/axis",
        "Value of an axis, by its number in /axis/list, as it sounds: glides, drift, walk and LFOs "
        "included.",
        index="i",
        value="f",
    ),
    _reply("/meter/head", "Where in the chunk the louder play head reads, 0 to 1.", place="f"),
    _reply("/meter/beat", "Beat of the bar, from 0.", beat="f"),
    _reply(
        "/meter/path",
        "Number of the recording that plays as a path, -1 for none, and where in it, 0 to 1.",
        recording="i",
        place="f",
    ),
    _reply(
        "/meter/input",
        "Features of the input with its gain; an onset falls, a pitch (a key) of 0 is none.",
        level="f",
        brightness="f",
        noisiness="f",
        onset="f",
        pitch="f",
        confidence="f",
    ),
    _reply("/meter/underruns", "Number of underruns since the start.", count="i"),
    _reply("/meter/take", "Length of the take being recorded; 0 if none.", seconds="f"),
    _reply("/synced", "All commands before /sync are done.", number="i"),
    _reply(
        "/status.reply",
        "Leading model, load, underruns, late or early bundles, dropped changes, and /economy.",
        model="s",
        load="f",
        load_peak="f",
        underruns="i",
        late="i",
        dropped="i",
        economy="i",
    ),
    _reply(
        "/economy",
        "What is saved because the load is high: 0 nothing, 1 decodes, 2 also moves within chunks, "
        "3 also varied channels, 4 also notes.",
        economy="i",
    ),
    _reply(
        "/version.reply",
        "Versions of the instrument and of the model file format.",
        version="s",
        format="i",
    ),
    _reply("/done", "A command that took time is done.", address="s", detail="s"),
    _reply(
        "/fail",
        "A message was refused or failed, and changed nothing.",
        address="s",
        code="s",
        text="s",
    ),
)

REPLIES: Mapping[str, Reply] = MappingProxyType({reply.path: reply for reply in _ALL})
"""Every reply by its path."""
