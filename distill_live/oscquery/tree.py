"""Build the OSCQuery JSON tree from the address table and current values. Sans-I/O.

After the OSCQuery proposal (github.com/Vidvox/OSCQueryProposal).
"""

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from typing import Any

from distill_live.addresses import PREFIX, Address, Argument, Values

Node = dict[str, Any]

SET, GET = 2, 1
"""The bits of ``ACCESS``."""

EXTENSIONS = (
    "ACCESS",
    "VALUE",
    "RANGE",
    "DESCRIPTION",
    "EXTENDED_TYPE",
    "UNIT",
    "CLIPMODE",
    "OVERLOADS",
    "LISTEN",
    "PATH_CHANGED",
)
"""Optional parts of the proposal that are supported."""

ATTRIBUTES = frozenset({"FULL_PATH", "CONTENTS", "TYPE", *EXTENSIONS} - {"LISTEN", "PATH_CHANGED"})
"""Attributes of a node that can be queried."""

_UNITS = {"s": "time.second", "Hz": "time.hz", "dB": "gain.db"}  # the proposal lists no others


def access(address: Address) -> int:
    """``ACCESS`` of an address: bits `SET` and `GET`."""
    return SET | GET if address.access == "value" else SET


def below(table: Mapping[str, Address], path: str) -> list[Address] | None:
    """Addresses at and below a node; None if there is no such node.

    Parameters
    ----------
    table
        Addresses by path, without prefix.
    path
        Path with prefix; ``/`` is the root.
    """
    whole = path.rstrip("/")
    if whole in ("", PREFIX):
        return list(table.values())
    inner = whole.removeprefix(PREFIX)
    if inner == whole:
        return None
    return [
        address for own, address in table.items() if own == inner or own.startswith(inner + "/")
    ] or None


def node(path: str, addresses: Iterable[Address], values: Mapping[str, Values]) -> Node:
    """Build a node with all nodes below it.

    Parameters
    ----------
    path
        Path with prefix; ``/`` is the root.
    addresses
        Addresses from `below`.
    values
        Current values of readable addresses, by path.
    """
    whole = path.rstrip("/")
    top: Node = {"FULL_PATH": whole or "/", "ACCESS": 0}
    for address in addresses:
        here, full = top, whole
        for part in (PREFIX + address.path)[len(whole) :].split("/")[1:]:
            full = f"{full}/{part}"
            contents = here.setdefault("CONTENTS", {})
            here = contents.setdefault(part, {"FULL_PATH": full, "ACCESS": 0})
        here |= _method(address, values.get(address.path))
    return top


def _method(address: Address, value: Values | None) -> Node:
    required = [argument for argument in address.arguments if not argument.optional]
    described: Node = {"ACCESS": access(address), "DESCRIPTION": address.description}
    if address.access == "action":  # buttons send 1
        required = list(address.arguments)
    described |= _arguments(required, clip=address.clip)
    if value is not None:
        described["VALUE"] = list(value)
    if len(required) < len(address.arguments):
        described["OVERLOADS"] = [_arguments(address.arguments, clip=address.clip)]
    return described


def _arguments(arguments: Sequence[Argument], *, clip: bool) -> Node:
    described: Node = {
        "TYPE": "".join(argument.kind for argument in arguments),
        "RANGE": [_range(argument) for argument in arguments],
        "EXTENDED_TYPE": [argument.name for argument in arguments],
        "CLIPMODE": ["both" if clip and argument.kind == "f" else "none" for argument in arguments],
    }
    if any(argument.unit for argument in arguments):
        described["UNIT"] = [_UNITS.get(argument.unit, argument.unit) for argument in arguments]
    return described


def _range(argument: Argument) -> Node:
    if argument.choices:
        return {"VALS": list(argument.choices)}
    if not isfinite(argument.high):
        return {}
    return {"MIN": argument.low, "MAX": argument.high}
