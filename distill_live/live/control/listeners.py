"""Start the optional servers: OSC over TCP, OSCQuery, and their announcement to the network.

Modules of servers that are not requested are not imported.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from distill_live.addresses import Values
from distill_live.live.control.synthesis_client import SynthesisClient
from distill_live.live.settings import LiveSettings
from distill_live.osc import OscServer
from distill_live.osc.dispatch import is_loopback


class Listeners:
    """The optional servers of one session.

    Parameters
    ----------
    settings
        Host and ports.
    osc
        Server that receives the packets.
    link
        Queries values of the engine.
    say, warn
        Print lines on the terminal; the second also with ``--quiet``.
    """

    def __init__(
        self,
        settings: LiveSettings,
        osc: OscServer,
        link: SynthesisClient,
        *,
        say: Callable[[str], None],
        warn: Callable[[str], None],
    ) -> None:
        self._settings = settings
        self._osc = osc
        self._link = link
        self._say = say
        self._warn = warn
        self._closing: list[Callable[[], Awaitable[None]]] = []

    async def start(self) -> None:
        """Begin to listen.

        Raises
        ------
        DistillError
            If a port is in use or invalid.
        """
        host = self._settings.osc_host
        http_port: int | None = None
        if self._settings.osc_tcp_port is not None:
            from distill_live.osc.tcp import TcpServer

            tcp = TcpServer(self._osc, host, self._settings.osc_tcp_port, self._warn)
            await tcp.start()
            self._closing.append(tcp.close)
            self._say(f"TCP     {host}:{tcp.port}, OSC in SLIP frames")
        if self._settings.http_port is not None:
            from distill_live.oscquery.server import QueryServer

            query = QueryServer(self._osc, host, self._settings.http_port, self._values, self._warn)
            await query.start()
            self._closing.append(query.close)
            http_port = query.port
            self._say(f"HTTP    http://{host}:{http_port}/, OSCQuery")
        if not is_loopback((host, 0)):
            self._announce(host, http_port)

    async def close(self) -> None:
        """Stop listening and disconnect all clients."""
        while self._closing:
            await self._closing.pop()()

    def _announce(self, host: str, http_port: int | None) -> None:
        from distill_live.oscquery.announcement import OSC_SERVICE, QUERY_SERVICE, Announcement

        services = [(OSC_SERVICE, self._osc.port)]
        if http_port is not None:
            services.append((QUERY_SERVICE, http_port))
        self._closing.append(Announcement(host, services, self._warn).close)

    async def _values(self, paths: Sequence[str]) -> Mapping[str, Values]:
        answered: asyncio.Future[list[Any]] = asyncio.get_running_loop().create_future()

        def take(values: list[Any]) -> None:
            if not answered.done():  # the request may have timed out
                answered.set_result(values)

        self._link.ask_values(paths, take)
        values = zip(paths, await answered, strict=True)
        return {path: value for path, value in values if value}  # models may have been unloaded
