"""Check HTTP headers: accept programs and this computer's own pages, refuse other web pages.

A browser sends the requests of any site's pages, to this computer too, and names the page's site in
``Origin``. ``Host`` is the name by which it found the server: it reveals a site whose own name was
made to resolve to this computer (DNS rebinding).
"""

import ipaddress
import re
import socket
from collections.abc import Iterable
from contextlib import suppress
from urllib.parse import urlsplit

from distill_live.osc.client import is_loopback

HOST_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*", re.IGNORECASE)
"""Full match of a host name."""


def short_name() -> str:
    """Host name of this computer without a domain; macOS has ``.local`` in its host name."""
    return socket.gethostname().partition(".")[0]


def own_names(more: Iterable[str] = ()) -> tuple[str, ...]:
    """Names of this computer that are accepted: its own, and those that were given."""
    own = short_name()
    names = "localhost", own, f"{own}.local", socket.gethostname(), *more
    return tuple(dict.fromkeys(map(str.lower, names)))


def host_name(host: str) -> str | None:
    """Host name of a ``Host`` header, in lower case; None if it has none."""
    return _name(f"//{host}")


def host_is_ours(host: str | None, names: Iterable[str] = ()) -> bool:
    """Whether ``Host`` names this computer: an IP address, or one of `own_names`.

    Parameters
    ----------
    host
        Header ``Host``; None if absent, as HTTP/1.0 permits.
    names
        Names that are accepted beside this computer's own.
    """
    if host is None:
        return True
    name = host_name(host)
    if name is None:
        return False
    with suppress(ValueError):
        ipaddress.ip_address(name)
        return True
    return name.removesuffix(".") in own_names(names)


def origin_is_ours(origin: str | None, host: str | None) -> bool:
    """Whether a request comes from a program, or from a page of this server or this computer.

    Parameters
    ----------
    origin, host
        Headers ``Origin`` and ``Host``; `host_is_ours` holds.
    """
    if origin is None:
        return True
    name = _name(origin)
    if name is None:
        return False
    return is_loopback(name) or urlsplit(origin).netloc == host


def site_is_ours(site: str | None, origin: str | None) -> bool:
    """Whether a request without ``Origin`` does not come from another site's page.

    Browsers request images and the like without ``Origin``: a page could keep the engine busy with
    requests whose answers it cannot even read.

    Parameters
    ----------
    site, origin
        Headers ``Sec-Fetch-Site``, which programs do not send, and ``Origin``.
    """
    return origin is not None or site != "cross-site"


def _name(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None
