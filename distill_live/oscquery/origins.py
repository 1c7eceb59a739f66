"""Check HTTP headers: accept programs and this computer's own pages, refuse other web pages.

A browser sends the requests of any site's pages, to this computer too, and names the page's site in
``Origin``. ``Host`` is the name by which it found the server: it reveals a site whose own name was
made to resolve to this computer (DNS rebinding).
"""

import ipaddress
import socket
from contextlib import suppress
from urllib.parse import urlsplit

from distill_live.osc.client import is_loopback


def host_is_ours(host: str | None) -> bool:
    """Whether ``Host`` names this computer: an IP address, ``localhost``, or its host name.

    Parameters
    ----------
    host
        Header ``Host``; None if absent, as HTTP/1.0 permits.
    """
    if host is None:
        return True
    name = _name(f"//{host}")
    if name is None:
        return False
    with suppress(ValueError):
        ipaddress.ip_address(name)
        return True
    own = socket.gethostname().lower().removesuffix(".local")
    return name in ("localhost", own, f"{own}.local")


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
