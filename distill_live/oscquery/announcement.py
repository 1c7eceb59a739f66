"""Announce the instrument's services to the local network by zeroconf.

Queries are answered to the multicast group alone, which routers keep within the network: an answer
to its sender, longer than the query, could be sent to a forged address.
"""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zeroconf.asyncio import AsyncZeroconf

from distill_live.osc.binding import addresses
from distill_live.oscquery.origins import short_name
from distill_live.oscquery.query import NAME

logger = logging.getLogger("distill_live.oscquery")

OSC_SERVICE, QUERY_SERVICE = "_osc._udp.local.", "_oscjson._tcp.local."

CLOSING_S = 2.0
"""Maximum time to unregister the services."""


class Announcement:
    """Announces services from construction to `close`, in a task of its own.

    Parameters
    ----------
    host
        Address they listen on; ``0.0.0.0`` announces all addresses of this computer.
    services
        Service types, such as `OSC_SERVICE`, and ports.
    """

    def __init__(self, host: str, services: Sequence[tuple[str, int]]) -> None:
        self._host = host
        self._services = services
        self._zeroconf: AsyncZeroconf | None = None
        self._task = asyncio.create_task(self._announce())

    async def close(self) -> None:
        """Unregister the services."""
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        if self._zeroconf is not None:
            with suppress(TimeoutError, OSError):
                async with asyncio.timeout(CLOSING_S):
                    await self._zeroconf.async_unregister_all_services()
            await self._zeroconf.async_close()

    async def _announce(self) -> None:
        await asyncio.to_thread(import_module, "zeroconf.asyncio")  # slow enough to be noticed
        from zeroconf import Error, Zeroconf
        from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

        class Multicast(Zeroconf):
            def async_send(self, out: Any, addr: str | None = None, *_: Any, **__: Any) -> None:
                if addr is None:
                    super().async_send(out)

        try:
            self._zeroconf = AsyncZeroconf(zc=Multicast())
            host = short_name()  # a dot would begin another label
            name = f"{NAME} {host}".encode()[:60].decode(errors="ignore")
            for service, port in self._services:
                info = AsyncServiceInfo(
                    service,
                    f"{name}.{service}",
                    port=port,
                    server=f"{host}.local.",
                    parsed_addresses=addresses(self._host),
                )
                await (await self._zeroconf.async_register_service(info, allow_name_change=True))
        except (Error, OSError, ValueError) as error:
            logger.warning("Not announced to the network by zeroconf: %s.", error)
