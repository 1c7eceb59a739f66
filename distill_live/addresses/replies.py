"""What the instrument says that nobody sets: answers, lists, meters.

A get's reply is not among them: it has the address and the signature of its value.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from distill_live.addresses.schema import Argument


@dataclass(frozen=True, slots=True)
class Reply:
    """One address that is only ever sent.

    Parameters
    ----------
    path
        Without ``/distill``.
    arguments
        In order, always all of them; their ranges are not given.
    description
        One sentence for the reference page.
    """

    path: str
    arguments: tuple[Argument, ...]
    description: str

    @property
    def signature(self) -> str:
        """OSC type tags, always the same."""
        return "".join(argument.kind for argument in self.arguments)


def _whole(name: str) -> Argument:
    return Argument(name, "i")


def _number(name: str, unit: str = "") -> Argument:
    return Argument(name, "f", unit=unit)


def _text(name: str) -> Argument:
    return Argument(name, "s")


def _level(path: str, what: str) -> Reply:
    arguments = (_whole("channel"), _number("level", "dB"))
    return Reply(path, arguments, f"{what} of an output channel, counted from 0.")


def _end(path: str, what: str) -> Reply:
    return Reply(path, (_whole("count"),), f"How many {what} there were.")


REPLIES: Mapping[str, Reply] = MappingProxyType(
    {
        reply.path: reply
        for reply in (
            Reply(
                "/axis/info",
                (
                    _whole("index"),
                    _text("name"),
                    _number("low"),
                    _number("high"),
                    _number("value"),
                ),
                "One axis: its range, and where it is.",
            ),
            _end("/axis/end", "axes"),
            Reply(
                "/corpus/info",
                (
                    _whole("index"),
                    _text("file"),
                    _number("position", "s"),
                    _number("x"),
                    _number("y"),
                ),
                "One landmark: where it was recorded, and where on the map it lies.",
            ),
            _end("/corpus/end", "landmarks"),
            Reply("/preset/info", (_whole("index"), _text("name")), "One preset."),
            _end("/preset/end", "presets"),
            Reply(
                "/gesture/info",
                (_whole("index"), _text("name"), _number("length", "s")),
                "One gesture.",
            ),
            _end("/gesture/end", "gestures"),
            Reply("/gesture/recording", (_text("name"),), "What is being recorded, or nothing."),
            Reply("/gesture/playing", (_text("name"),), "Which gesture plays, or none."),
            Reply(
                "/model/info",
                (_whole("slot"), _text("name"), _number("weight"), _text("state")),
                "One model: its slot, and whether it is ready, fading or loading.",
            ),
            _end("/model/end", "models"),
            Reply("/update", (_whole("under_way"),), "1 before the full state, 0 after it."),
            _level("/meter/rms", "Root mean square"),
            _level("/meter/peak", "Highest sample"),
            Reply("/meter/load", (_number("load"),), "Average share of a hop's time that is used."),
            Reply("/synced", (_whole("number"),), "All that was said before /sync is done."),
            Reply(
                "/status.reply",
                (
                    _text("model"),
                    _number("load"),
                    _number("load_peak"),
                    _whole("underruns"),
                    _whole("late"),
                    _whole("dropped"),
                ),
                "How it stands: bundles late or too early, and changes that were not made.",
            ),
            Reply(
                "/version.reply",
                (_text("version"), _whole("format")),
                "Of the instrument, and of its model files.",
            ),
            Reply("/done", (_text("address"), _text("detail")), "What took time is done."),
            Reply(
                "/fail",
                (_text("address"), _text("code"), _text("text")),
                "What was asked is not done, and nothing has changed.",
            ),
        )
    }
)
"""Every reply by its path."""
