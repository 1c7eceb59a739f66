"""Expand the address table for one model: dimensions, axes, macros and targets."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from distill_live.addresses.schema import Address
from distill_live.addresses.table import (
    AXIS_MEANINGS,
    AXIS_NAME,
    INTERNAL,
    LEAVES,
    MACROS,
    RESERVED_AXIS_NAMES,
    TABLE,
)
from distill_live.errors import ConfigurationError

PLACEHOLDER = re.compile("<[a-z]+>")


def latent_path(index: int) -> str:
    """Path of a latent dimension, such as ``/latent/007``."""
    return f"/latent/{index:03d}"


def instantiate(
    latent_size: int, axis_names: Iterable[str], landmarks: int, *, internal: bool = False
) -> Mapping[str, Address]:
    """Expand the table to the exact addresses of one model.

    Parameters
    ----------
    latent_size
        Number of latent dimensions, at least 1.
    axis_names
        Names of the axes in order, each ``[a-z0-9_]{1,32}``.
    landmarks
        Number of landmarks, at least 1.
    internal
        Whether to add `INTERNAL`.

    Returns
    -------
    Mapping
        Addresses by path, without ``/distill``, in the table's order.

    Raises
    ------
    ConfigurationError
        If the size, a name or the number of landmarks is invalid.
    """
    names = tuple(axis_names)
    if latent_size < 1:
        raise ConfigurationError(f"latent size is {latent_size}; it must be at least 1")
    if landmarks < 1:
        raise ConfigurationError(f"landmarks are {landmarks}; there must be at least 1")
    for name in names:
        if not AXIS_NAME.fullmatch(name) or name in RESERVED_AXIS_NAMES:
            raise ConfigurationError(
                f"axis name {name!r}; it must be 1 to 32 of a-z, 0-9 and _, and none of "
                + ", ".join(sorted(RESERVED_AXIS_NAMES))
            )
    if len(set(names)) < len(names):
        raise ConfigurationError(f"axis names {', '.join(names)}; each must be there only once")

    parts = {
        "dimensions": [latent_path(n).removeprefix("/latent/") for n in range(latent_size)],
        "macros": [str(number) for number in range(1, MACROS + 1)],
        "axes": names,
    }
    exact: dict[str, Address] = {}
    for address in (*TABLE.values(), *(INTERNAL.values() if internal else ())):
        arguments = address.arguments
        if address.expands == "arguments":
            arguments *= latent_size
        elif address.expands == "landmarks":
            arguments = (replace(arguments[0], high=landmarks - 1), *arguments[1:])
        for part in parts.get(address.expands, ("",)):
            path = PLACEHOLDER.sub(part, address.path)
            description = address.description
            if address.path == "/axis/<name>" and part in AXIS_MEANINGS:
                description = f"{part.capitalize()}: {AXIS_MEANINGS[part]}. {description}"
            exact[path] = replace(address, path=path, arguments=arguments, description=description)
    for path, address in exact.items():
        if address.expands == "targets":
            targets = _targets(exact.values(), macros=not path.startswith("/macro/"))
            arguments = tuple(
                replace(a, choices=targets) if a.name == "target" else a for a in address.arguments
            )
            exact[path] = replace(address, arguments=arguments)
    return MappingProxyType(exact)


def leaves(table: Mapping[str, Address]) -> Mapping[str, Address]:
    """Addresses by their second names (`LEAVES`), for a table of `instantiate`."""
    return {
        leaf: replace(table[path], path=leaf, leaf_of=path)
        for leaf, path in LEAVES.items()
        if path in table
    }


def _targets(addresses: Iterable[Address], *, macros: bool) -> tuple[str, ...]:
    """Targets of a mapping: continuous addresses of one value, latent dimensions last."""
    found = [
        address
        for address in addresses
        if address.continuous
        and address.signature == "f"
        and (macros or address.expands != "macros")
    ]
    found.sort(key=lambda address: address.expands == "dimensions")
    return tuple(address.path.strip("/") for address in found)
