"""Build the OSCQuery JSON tree from the address table and current values. Sans-I/O.

After the OSCQuery proposal (github.com/Vidvox/OSCQueryProposal).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from distill_live.addresses import PREFIX, Address, Argument, Values, leaves
from distill_live.addresses.schema import Stored

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
    "DEFAULT_VALUE",
    "LISTEN",
    "PATH_CHANGED",
)
"""Optional parts of the proposal that are supported, and libossia's ``DEFAULT_VALUE``."""

ATTRIBUTES = frozenset({"FULL_PATH", "CONTENTS", "TYPE", *EXTENSIONS} - {"LISTEN", "PATH_CHANGED"})
"""Attributes of a node that can be queried."""

_IMPULSE = "I"
"""Type of actions: clients show a button, where a number from 0 to 1 would be a toggle."""

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


def methods(table: Mapping[str, Address]) -> Mapping[str, Address]:
    """Addresses as the tree shows them, none of which has others below it.

    Clients that show a tree make either a control or a group of a node: an address with others
    below it appears under its second name.
    """
    below_others = {leaf.leaf_of: leaf for leaf in leaves(table).values()}
    shown = (below_others.get(path, address) for path, address in table.items())
    return {address.path: address for address in shown}


def node(
    path: str,
    addresses: Iterable[Address],
    values: Mapping[str, Values],
    stored: Mapping[Stored, Sequence[str]],
) -> Node:
    """Build a node with all nodes below it.

    Parameters
    ----------
    path
        Path with prefix; ``/`` is the root.
    addresses
        Addresses from `below`.
    values
        Current values of readable addresses, by main path.
    stored
        Names that addresses take, by kind.
    """
    whole = path.rstrip("/")
    top: Node = {"FULL_PATH": whole or "/", "ACCESS": 0}
    for address in addresses:
        here, full = top, whole
        for part in (PREFIX + address.path)[len(whole) :].split("/")[1:]:
            full = f"{full}/{part}"
            contents = here.setdefault("CONTENTS", {})
            here = contents.setdefault(part, {"FULL_PATH": full, "ACCESS": 0})
        here |= _method(address, values.get(address.main_path), stored)
    return top


def _method(address: Address, value: Values | None, stored: Mapping[Stored, Sequence[str]]) -> Node:
    arguments = [
        replace(argument, choices=tuple(stored.get(argument.stored, ())))
        if argument.stored
        else argument
        for argument in address.arguments
    ]
    required = [argument for argument in arguments if not argument.optional]
    described: Node = {"ACCESS": access(address), "DESCRIPTION": address.description}
    if address.access == "action":
        described["TYPE"] = _IMPULSE
    else:
        described |= _arguments(required, clip=address.clip)
    if value is not None:
        described["VALUE"] = list(value)
    if address.access == "value" and address.default:
        described["DEFAULT_VALUE"] = list(address.default)
    if len(required) < len(arguments):
        described["OVERLOADS"] = [_arguments(arguments, clip=address.clip)]
    return described


def _arguments(arguments: Sequence[Argument], *, clip: bool) -> Node:
    described: Node = {
        "TYPE": "".join(argument.kind for argument in arguments),
        "EXTENDED_TYPE": [argument.name for argument in arguments],
        "CLIPMODE": ["both" if clip and argument.kind == "f" else "none" for argument in arguments],
    }
    ranges = [_range(argument) for argument in arguments]
    if any(ranges):
        described["RANGE"] = ranges
    if any(argument.unit for argument in arguments):
        described["UNIT"] = [_UNITS.get(argument.unit, argument.unit) for argument in arguments]
    return described


def _range(argument: Argument) -> Node | None:
    """Range of an argument; None for a string that may be anything."""
    if argument.choices or argument.stored:
        return {"VALS": list(argument.choices)}
    if argument.kind == "s":
        return None
    number = float if argument.kind == "f" else int  # some clients take a range's type from it
    return {"MIN": number(argument.low), "MAX": number(argument.high)}
