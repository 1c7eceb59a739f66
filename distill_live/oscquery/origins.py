"""Who may ask over HTTP: programs, and pages of this computer's own; no page from elsewhere.

A browser sends what a page of any site asks it to, also to this computer, and says where the page
is from (`Origin`). It says by which name it found the server, too (`Host`): a page whose own name
was made to lead here, to pass for one of ours, cannot hide that.
"""

import ipaddress
import socket
from urllib.parse import urlsplit

from distill_live.osc.dispatch import is_loopback


def host_is_ours(host: str | None) -> bool:
    """Whether a request names this computer: by an address, ``localhost``, or its own name.

    Parameters
    ----------
    host
        The header ``Host``; None where there is none, as HTTP/1.0 permits.
    """
    if host is None:
        return True
    name = _name(f"//{host}")
    if name is None:
        return False
    own = socket.gethostname().lower().removesuffix(".local")
    return _is_address(name) or name in ("localhost", own, f"{own}.local")


def origin_is_ours(origin: str | None, host: str | None) -> bool:
    """Whether a request comes from no page, or from one of this server or this computer.

    Parameters
    ----------
    origin, host
        The headers ``Origin`` and ``Host``, of which the second is ours.
    """
    if origin is None:
        return True
    name = _name(origin)
    if name is None:
        return False
    return is_loopback((name, 0)) or urlsplit(origin).netloc == host


def site_is_ours(site: str | None, origin: str | None) -> bool:
    """Whether a request does not come of a page from elsewhere that hides where it is from.

    Images and the like are asked for without `Origin`, so that a page could keep the engine busy
    with questions whose answers it cannot even read.

    Parameters
    ----------
    site, origin
        The headers ``Sec-Fetch-Site``, which programs do not send, and ``Origin``.
    """
    return origin is not None or site != "cross-site"


def _name(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
