"""Bind listening sockets; find free ports and this computer's network addresses."""

import errno
import ipaddress
import socket
import sys
from contextlib import suppress

from distill_live.errors import ConfigurationError, DeviceError
from distill_live.osc.wire import MAX_PACKET_BYTES

RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024
"""Receive buffer for datagrams: the system's default overflows while the computer pauses."""

MIN_RECEIVE_BUFFER_BYTES = 64 * 1024

MAX_PORTS_TRIED = 100

# Windows refuses a port that another program has alone, or the system keeps, by EACCES.
_IN_USE = {errno.EADDRINUSE} | ({errno.EACCES} if sys.platform == "win32" else set())


def check_port(port: int, option: str) -> None:
    """Raise `ConfigurationError` unless `port` is 0 to 65535; 0 takes any free port."""
    if not 0 <= port <= 65535:
        raise ConfigurationError(f"{option} is {port}; it must lie in 0 to 65535")


def bind(
    host: str, port: int, kind: socket.SocketKind, option: str, *, or_next: bool = False
) -> socket.socket:
    """Bind a non-blocking socket; one for connections listens.

    Parameters
    ----------
    host
        An address of this computer, or ``0.0.0.0`` or ``::`` for all of them.
    port
        1 to 65535, or 0 for any free port.
    kind
        ``SOCK_DGRAM`` or ``SOCK_STREAM``.
    option
        Command-line option that sets the port, for messages.
    or_next
        Take the next free port if `port` is in use.

    Raises
    ------
    DeviceError
        If the port is in use, or the host is not an address of this computer.
    """
    try:
        found = socket.getaddrinfo(host, port, type=kind, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError):
        raise DeviceError(
            f"--osc-host {host}: no such address; 127.0.0.1 accepts this computer only, "
            "0.0.0.0 others too"
        ) from None
    family, kind, protocol, _, address = found[0]
    bound = socket.socket(family, kind, protocol)
    _claim(bound)
    if kind == socket.SOCK_DGRAM:
        enlarge_buffers(bound)
    elif sys.platform != "win32":  # where it would let two programs share the port
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind(address)
        if kind == socket.SOCK_STREAM:
            bound.listen()  # until then two programs can bind the same port
    except OSError as error:
        bound.close()
        if error.errno in _IN_USE:
            free = next_free(host, port, kind)
            if or_next and free is not None:
                return bind(host, free, kind, option, or_next=True)
            remedy = f"choose another with {option}" if free is None else f"{option} {free} is free"
            raise DeviceError(f"port {port} on {host} is in use; {remedy}") from None
        raise DeviceError(
            f"cannot listen on {host} port {port}: {error.strerror}; "
            f"choose others with --osc-host and {option}"
        ) from None
    bound.setblocking(False)
    return bound


def _claim(unbound: socket.socket) -> None:
    """Have the port alone; under Windows another program could take it over otherwise."""
    if sys.platform == "win32":
        unbound.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)


def enlarge_buffers(datagrams: socket.socket) -> None:
    """Make room for a burst of datagrams, and for sending one of the maximum size.

    macOS refuses a buffer above its limit, where other systems grant the limit, and sends no
    datagram above the buffer of 9216 bytes that it gives by default.
    """
    size = RECEIVE_BUFFER_BYTES
    while size >= MIN_RECEIVE_BUFFER_BYTES:
        with suppress(OSError):
            datagrams.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)
            break
        size //= 2
    if datagrams.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) < MAX_PACKET_BYTES:
        with suppress(OSError):
            datagrams.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, MAX_PACKET_BYTES)


def network_denied(refusal: OSError, host: str) -> str:
    """Line that names macOS' setting, where that may be why nothing is sent to `host`; else empty.

    Since version 15 macOS refuses what a program without the permission sends to the local network
    with EHOSTUNREACH, as it does if the host is gone (Apple, Technical Note TN3179).
    """
    if sys.platform != "darwin" or refusal.errno != errno.EHOSTUNREACH:
        return ""
    return (
        f"nothing can be sent to {host} (no route to host); if it is there, allow this terminal "
        "the network: System Settings, Privacy & Security, Local Network"
    )


def next_free(host: str, port: int, kind: socket.SocketKind) -> int | None:
    """First free port after `port`; None if none of the next `MAX_PORTS_TRIED` is free."""
    for other in range(port + 1, min(port + MAX_PORTS_TRIED, 65535) + 1):
        try:
            family, *_, address = socket.getaddrinfo(host, other, type=kind)[0]
            with socket.socket(family, kind) as candidate:
                _claim(candidate)
                candidate.bind(address)
        except OSError:
            continue
        return other
    return None


def addresses(host: str) -> list[str]:
    """Addresses at which other computers reach a server on `host`, the likeliest first.

    None for loopback.
    """
    import ifaddr

    if host not in ("0.0.0.0", "::"):  # noqa: S104  (they stand for all)
        found = [str(socket.getaddrinfo(host, None)[0][4][0])]
    else:
        found = [
            str(ip.ip) for adapter in ifaddr.get_adapters() for ip in adapter.ips if ip.is_IPv4
        ]
    others = [address for address in found if not ipaddress.ip_address(address).is_loopback]
    likeliest = _address_of_route()
    return sorted(others, key=lambda address: address != likeliest)


def _address_of_route() -> str | None:
    """Address of this computer on the way to the internet; None without one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as prober:
        try:
            prober.connect(("192.0.2.1", 9))  # reserved for documentation; nothing is sent
        except OSError:
            return None
        return str(prober.getsockname()[0])
