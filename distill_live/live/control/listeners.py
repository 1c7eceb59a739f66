"""What else than UDP listens, as far as it was asked for: OSC over TCP, and OSCQuery.

It tells the network, where that is listened to. An instrument without it imports nothing of it.
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
    """All of them, for one session.

    Parameters
    ----------
    settings
        Where they listen, if they do.
    osc
        Who is given what arrives.
    link
        The way to the engine's values.
    say, warn
        Take lines for the terminal; the second those that are shown in any case.
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
            If a port is in use, or none.
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
        """Listen no more; who is connected is disconnected."""
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
            if not answered.done():  # nobody waits any more
                answered.set_result(values)

        self._link.ask_values(paths, take)
        values = zip(paths, await answered, strict=True)
        return {path: value for path, value in values if value}  # some models may have gone
