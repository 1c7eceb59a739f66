"""What is answered to a request over HTTP: a node, one attribute of it, or why not. Sans-I/O.

204 where what is asked for is not there, as the value of what cannot be read; 400 for attributes
that this server does not know; 404 for addresses that there are not.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from urllib.parse import unquote

from distill_live.addresses import PREFIX, Address, Values
from distill_live.oscquery.tree import ATTRIBUTES, EXTENSIONS, GET, Node, access, below, node

Ask = Callable[[Sequence[str]], Awaitable[Mapping[str, Values]]]
"""Asks the engine for values, by path."""

NAME = "Distill Live"


def host_info(osc_port: int) -> Node:
    """What ``HOST_INFO`` is; OSC is heard at the same host, WebSockets at the same port."""
    return {
        "NAME": NAME,
        "EXTENSIONS": dict.fromkeys(EXTENSIONS, True),
        "OSC_PORT": osc_port,
        "OSC_TRANSPORT": "UDP",
    }


async def answer(
    target: str, table: Mapping[str, Address], ask: Ask, osc_port: int
) -> tuple[HTTPStatus, Node | None]:
    """The status and the object that answer a request.

    Parameters
    ----------
    target
        Path and query as the request has them, such as ``/distill/gain?VALUE``.
    table
        The addresses by their paths.
    ask
        Is called at most once.
    osc_port
        Where OSC is heard over UDP.
    """
    quoted, _, attribute = target.partition("?")
    path = unquote(quoted)
    if attribute == "HOST_INFO":
        return HTTPStatus.OK, host_info(osc_port)
    if attribute and attribute not in ATTRIBUTES:
        return HTTPStatus.BAD_REQUEST, None
    addresses = below(table, path)
    if addresses is None:
        return HTTPStatus.NOT_FOUND, None
    if attribute not in ("", "CONTENTS"):  # of nothing but the node itself
        addresses = [a for a in addresses if PREFIX + a.path == path.rstrip("/")]
    readable = [address.path for address in addresses if access(address) & GET]
    if attribute == "VALUE" and not readable:
        return HTTPStatus.NO_CONTENT, None
    values: Mapping[str, Values] = {}
    if attribute in ("", "CONTENTS", "VALUE") and readable:
        values = await ask(readable)
    described = node(path, addresses, values)
    if attribute:
        described = {key: value for key, value in described.items() if key == attribute}
    return HTTPStatus.OK, described
