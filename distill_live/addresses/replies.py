"""Addresses that are only sent: answers, lists, meters.

The reply to a get has the address and the signature of its value.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from distill_live.addresses.schema import Argument


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
    return Reply(path, (_whole("count"),), f"Number of {what} sent before.")


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
                "One axis: range and current value.",
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
                "One landmark: recording, time in it, and position on the map.",
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
            Reply(
                "/gesture/recording",
                (_text("name"),),
                "Name of the gesture being recorded; empty if none.",
            ),
            Reply(
                "/gesture/playing",
                (_text("name"),),
                "Name of the gesture being played; empty if none.",
            ),
            Reply(
                "/model/info",
                (_whole("slot"), _text("name"), _number("weight"), _text("state")),
                "One model: slot, name, weight, and state: ready, fading or loading.",
            ),
            _end("/model/end", "models"),
            Reply("/update", (_whole("under_way"),), "1 before the full state, 0 after it."),
            _level("/meter/rms", "RMS level"),
            _level("/meter/peak", "Peak level"),
            Reply(
                "/meter/load",
                (_number("load"),),
                "Average fraction of a hop's time used for rendering.",
            ),
            Reply("/synced", (_whole("number"),), "All commands before /sync are done."),
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
                "Leading model, load, underruns, late or early bundles, and dropped changes.",
            ),
            Reply(
                "/version.reply",
                (_text("version"), _whole("format")),
                "Versions of the instrument and of the model file format.",
            ),
            Reply(
                "/done", (_text("address"), _text("detail")), "A command that took time is done."
            ),
            Reply(
                "/fail",
                (_text("address"), _text("code"), _text("text")),
                "A message was refused or failed, and changed nothing.",
            ),
        )
    }
)
"""Every reply by its path."""
