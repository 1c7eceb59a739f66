"""Zeroconf: that there is an instrument here, and at which ports, told to the local network."""

import asyncio
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zeroconf.asyncio import AsyncZeroconf

from distill_live.osc.binding import addresses
from distill_live.oscquery.query import NAME

OSC_SERVICE, QUERY_SERVICE = "_osc._udp.local.", "_oscjson._tcp.local."

CLOSING_S = 2.0
"""How long it may take to take the announcement back."""


class Announcement:
    """Announces services while the instrument plays, without keeping it waiting.

    Parameters
    ----------
    host
        Where they listen; an address that stands for all announces all of this computer's.
    services
        Types, such as `OSC_SERVICE`, and ports.
    say
        Takes a line for the terminal if it cannot be done.
    """

    def __init__(
        self, host: str, services: Sequence[tuple[str, int]], say: Callable[[str], None]
    ) -> None:
        self._host = host
        self._services = services
        self._say = say
        self._zeroconf: AsyncZeroconf | None = None
        self._task = asyncio.create_task(self._announce())

    async def close(self) -> None:
        """Take it back."""
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        if self._zeroconf is not None:
            with suppress(TimeoutError, OSError):
                async with asyncio.timeout(CLOSING_S):
                    await self._zeroconf.async_unregister_all_services()
            await self._zeroconf.async_close()

    async def _announce(self) -> None:
        await asyncio.to_thread(import_module, "zeroconf.asyncio")  # takes as long as a few blocks
        from zeroconf import Error
        from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

        try:
            self._zeroconf = AsyncZeroconf()
            name = f"{NAME} {socket.gethostname()}".encode()[:60].decode(errors="ignore")
            for service, port in self._services:
                info = AsyncServiceInfo(
                    service,
                    f"{name}.{service}",
                    port=port,
                    server=f"{socket.gethostname()}.local.",
                    parsed_addresses=addresses(self._host),
                )
                await (await self._zeroconf.async_register_service(info, allow_name_change=True))
        except (Error, OSError, ValueError) as error:
            self._say(f"Not announced to the network by zeroconf: {error}.")
