"""Answer OSCQuery HTTP requests: a node, or one attribute of it. Sans-I/O.

Status 204 for the value of an address that cannot be read, 400 for an unknown attribute, 404 for
an unknown address.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from urllib.parse import unquote

from distill_live.addresses import PREFIX, Address, Values
from distill_live.addresses.schema import Stored
from distill_live.oscquery.tree import (
    ATTRIBUTES,
    EXTENSIONS,
    GET,
    Node,
    access,
    below,
    methods,
    node,
)

Ask = Callable[[Sequence[str]], Awaitable[Mapping[str, Values]]]
"""Queries values of the engine, by path."""

ListStored = Callable[[], Awaitable[Mapping[Stored, Sequence[str]]]]
"""Lists the names of what is stored, by kind."""

NAME = "Distill Live"


def host_info(osc_port: int) -> Node:
    """Build the answer to ``HOST_INFO``; WebSockets are at the HTTP port itself."""
    return {
        "NAME": NAME,
        "EXTENSIONS": dict.fromkeys(EXTENSIONS, True),
        "OSC_PORT": osc_port,
        "OSC_TRANSPORT": "UDP",
    }


async def answer(
    target: str,
    table: Mapping[str, Address],
    ask: Ask,
    list_stored: ListStored,
    osc_port: int,
) -> tuple[HTTPStatus, Node | None]:
    """Answer a request by a status and a JSON object.

    Parameters
    ----------
    target
        Path and query of the request, such as ``/distill/gain?VALUE``; ``?VALUE=`` and
        ``?VALUE=1`` are the same.
    table
        Addresses by path, without prefix.
    ask
        Queries values of the engine; called at most once.
    list_stored
        Lists names that addresses take; called at most once.
    osc_port
        UDP port of OSC.
    """
    quoted, _, attribute = target.partition("?")
    attribute = attribute.removesuffix("1").removesuffix("=") if "=" in attribute else attribute
    path = unquote(quoted)
    if attribute == "HOST_INFO":
        return HTTPStatus.OK, host_info(osc_port)
    if attribute and attribute not in ATTRIBUTES:
        return HTTPStatus.BAD_REQUEST, None
    addresses = below(methods(table), path)
    if addresses is None:
        return HTTPStatus.NOT_FOUND, None
    if attribute not in ("", "CONTENTS"):  # attributes of the node alone, not of its children
        addresses = [a for a in addresses if PREFIX + a.path == path.rstrip("/")]
    readable = [address.main_path for address in addresses if access(address) & GET]
    if attribute == "VALUE" and not readable:
        return HTTPStatus.NO_CONTENT, None
    values: Mapping[str, Values] = {}
    if attribute in ("", "CONTENTS", "VALUE") and readable:
        values = await ask(readable)
    stored: Mapping[Stored, Sequence[str]] = {}
    if attribute in ("", "CONTENTS", "RANGE", "OVERLOADS") and any(
        argument.stored for address in addresses for argument in address.arguments
    ):
        stored = await list_stored()
    described = node(path, addresses, values, stored)
    if attribute:
        described = {key: value for key, value in described.items() if key == attribute}
    return HTTPStatus.OK, described
