"""OSC client: its address, and the connection that it came by."""

import ipaddress
from itertools import count
from typing import NamedTuple, Self

_numbers = count(1)


class Client(NamedTuple):
    """Sender of OSC packets; equal clients are the same sender.

    Attributes
    ----------
    host, port
        Its address, as the socket names it.
    flow, scope
        Flow information and scope of an IPv6 address; else 0.
    connection
        ``tcp`` or ``websocket``; empty for a client that sends datagrams.
    number
        Unique to a connection; 0 without one.
    """

    host: str
    port: int
    flow: int = 0
    scope: int = 0
    connection: str = ""
    number: int = 0

    @classmethod
    def connected(cls, peer: tuple[object, ...], connection: str) -> Self:
        """Client of a new connection from `peer`, which a socket has named."""
        host, port, *_ = peer
        return cls(str(host), int(str(port)), connection=connection, number=next(_numbers))

    def __str__(self) -> str:
        return host_and_port(self.host, self.port)

    @property
    def address(self) -> tuple[str, int] | tuple[str, int, int, int]:
        """Address as ``sendto`` takes it."""
        return self[:4] if ":" in self.host else self[:2]

    @property
    def is_connected(self) -> bool:
        """Whether replies go down a connection, not to `address`."""
        return bool(self.connection)

    @property
    def is_verified(self) -> bool:
        """Whether it has its address for certain: it is on this computer, or connected."""
        return self.is_connected or self.is_loopback

    @property
    def is_loopback(self) -> bool:
        """Whether it is on this computer."""
        return is_loopback(self.host)


def host_and_port(host: str, port: int) -> str:
    """Format an address as URLs have it: an IPv6 address in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def is_loopback(host: str) -> bool:
    """Whether a host, by name or address, is this computer alone."""
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def reachable(host: str) -> str:
    """Host under which an instrument that listens on `host` is reached from this computer."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104
