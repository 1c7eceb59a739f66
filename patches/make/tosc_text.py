"""TouchOSC's file format: zlib of XML, in which a node is a control with values and messages."""

import zlib
from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID, uuid5

_NAMESPACE = UUID("5f1d3a52-3c0b-4e39-9d8e-5b5b7c3a1f10")

Colour = tuple[float, float, float, float]
Frame = tuple[int, int, int, int]

PAPER, PANEL, KNOB, INK = (
    (0.12, 0.12, 0.12, 1.0),
    (0.2, 0.2, 0.2, 1.0),
    (0.8, 0.36, 0.22, 1.0),
    (0.95, 0.94, 0.92, 1.0),
)

FIRST_CONNECTION = "0000000001"

MOMENTARY, TOGGLE = 0, 1


class Part(NamedTuple):
    """Part of a message: its source, the type to send, and the range of a value."""

    kind: str
    conversion: str
    value: str
    low: float = 0.0
    high: float = 1.0


class Osc(NamedTuple):
    """Message that a control sends when one of its values changes, and receives by default.

    With `rise` it is sent when the control is pressed only.
    """

    path: str
    parts: tuple[Part, ...]
    rise: bool = False
    receive: bool = True


def value_of(name: str, low: float = 0.0, high: float = 1.0, conversion: str = "FLOAT") -> Part:
    """Scale a value of the control from 0..1 to `low`..`high`."""
    return Part("VALUE", conversion, name, low, high)


def constant(value: float | str) -> Part:
    """Send a constant."""
    conversion = {int: "INTEGER", float: "FLOAT", str: "STRING"}[type(value)]
    return Part("CONSTANT", conversion, str(value))


def node(
    kind: str,
    name: str,
    frame: Frame,
    *,
    colour: Colour = PANEL,
    properties: Iterable[tuple[str, str, str | float]] = (),
    values: Iterable[tuple[str, str]] = (),
    messages: Iterable[Osc] = (),
    script: str = "",
    children: Iterable[str] = (),
) -> str:
    """Return the XML of a control.

    Parameters
    ----------
    kind
        Such as ``FADER``.
    name
        Unique in the layout; its id is made of it.
    frame
        x, y, width and height in its parent.
    colour
        Red, green, blue, alpha, 0 to 1.
    properties
        Type (``b``, ``i``, ``f``, ``s``), name and value of each.
    values
        Name and default of each.
    messages, script, children
        What it sends and takes, its Lua, and the XML of what is in it.
    """
    box = "".join(f"<{key}>{size}</{key}>" for key, size in zip("xywh", frame, strict=True))
    shade = "".join(f"<{key}>{part:g}</{key}>" for key, part in zip("rgba", colour, strict=True))
    text = [("s", "name", name), *properties, *([("s", "script", script)] if script else [])]
    body = "".join(
        f"<property type='{tag}'><key>{_data(key)}</key>"
        f"<value>{_data(value) if tag == 's' else value}</value></property>"
        for tag, key, value in text
    )
    body += f"<property type='r'><key>{_data('frame')}</key><value>{box}</value></property>"
    body += f"<property type='c'><key>{_data('color')}</key><value>{shade}</value></property>"
    return (
        f"<node ID='{uuid5(_NAMESPACE, name)}' type='{kind}'><properties>{body}</properties>"
        f"<values>{''.join(_value(*value) for value in values)}</values>"
        f"<messages>{''.join(map(_osc, messages))}</messages>"
        f"<children>{''.join(children)}</children></node>"
    )


def _data(text: object) -> str:
    return f"<![CDATA[{text}]]>"


def _value(key: str, default: str) -> str:
    return (
        f"<value><key>{_data(key)}</key><locked>0</locked>"
        f"<lockedDefaultCurrent>0</lockedDefaultCurrent><default>{_data(default)}</default>"
        "<defaultPull>0</defaultPull></value>"
    )


def _osc(message: Osc) -> str:
    triggers = sorted({part.value for part in message.parts if part.kind == "VALUE"} or {"x"})
    condition = "RISE" if message.rise else "ANY"
    return (
        f"<osc><enabled>1</enabled><send>1</send><receive>{int(message.receive)}</receive>"
        f"<feedback>0</feedback><noDuplicates>0</noDuplicates>"
        f"<connections>{FIRST_CONNECTION}</connections><triggers>"
        + "".join(
            f"<trigger><var>{_data(name)}</var><condition>{condition}</condition></trigger>"
            for name in triggers
        )
        + f"</triggers><path>{_part(constant(message.path))}</path>"
        f"<arguments>{''.join(map(_part, message.parts))}</arguments></osc>"
    )


def _part(part: Part) -> str:
    return (
        f"<partial><type>{part.kind}</type><conversion>{part.conversion}</conversion>"
        f"<value>{_data(part.value)}</value><scaleMin>{part.low:g}</scaleMin>"
        f"<scaleMax>{part.high:g}</scaleMax></partial>"
    )


def document(root: str) -> bytes:
    """Return the whole file."""
    text = f"<?xml version='1.0' encoding='UTF-8'?><lexml version='3'>{root}</lexml>"
    return zlib.compress(text.encode(), 9)
