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
    """

    path: str
    arguments: tuple[Argument, ...]
    description: str

    @property
    def signature(self) -> str:
        """OSC type tags."""
        return "".join(argument.kind for argument in self.arguments)


_UNITS = {"position": "s", "length": "s", "level": "dB"}


def _reply(path: str, description: str, /, **kinds: Kind) -> Reply:
    """Reply whose arguments are given by name, each with its kind."""
    arguments = (Argument(name, kind, unit=_UNITS.get(name, "")) for name, kind in kinds.items())
    return Reply(path, tuple(arguments), description)


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
    _reply("/preset/info", "One preset.", index="i", name="s"),
    _reply("/preset/end", "Number of presets sent before.", count="i"),
    _reply("/gesture/info", "One gesture.", index="i", name="s", length="f"),
    _reply("/gesture/end", "Number of gestures sent before.", count="i"),
    _reply("/gesture/recording", "Name of the gesture being recorded; empty if none.", name="s"),
    _reply("/gesture/playing", "Name of the gesture being played; empty if none.", name="s"),
    _reply(
        "/model/info",
        "One model: slot, name, weight, and state: ready, fading or loading.",
        slot="i",
        name="s",
        weight="f",
        state="s",
    ),
    _reply("/model/end", "Number of models sent before.", count="i"),
    _reply("/update", "1 before the full state, 0 after it.", under_way="i"),
    _reply("/meter/rms", "RMS level of an output channel, counted from 0.", channel="i", level="f"),
    _reply(
        "/meter/peak", "Peak level of an output channel, counted from 0.", channel="i", level="f"
    ),
    _reply("/meter/load", "Average fraction of a hop's time used for rendering.", load="f"),
    _reply("/synced", "All commands before /sync are done.", number="i"),
    _reply(
        "/status.reply",
        "Leading model, load, underruns, late or early bundles, and dropped changes.",
        model="s",
        load="f",
        load_peak="f",
        underruns="i",
        late="i",
        dropped="i",
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
