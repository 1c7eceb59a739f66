"""Start the optional servers: OSC over TCP, OSCQuery, and their announcement to the network.

Modules of servers that are not requested are not imported.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence

from distill_live.addresses import Values
from distill_live.addresses.schema import Stored
from distill_live.ipc.protocol import GetValues
from distill_live.live.control.synthesis_client import SynthesisClient
from distill_live.live.settings import LiveSettings
from distill_live.osc import OscServer, host_and_port, is_loopback

logger = logging.getLogger("distill_live.live")


class Listeners:
    """The optional servers of one session.

    Parameters
    ----------
    settings
        Host and ports.
    osc
        Server that receives the packets.
    synthesis
        Queries values of the engine.
    list_stored
        Lists the presets, gestures and models that there are.
    """

    def __init__(
        self,
        settings: LiveSettings,
        osc: OscServer,
        synthesis: SynthesisClient,
        list_stored: Callable[[], Awaitable[Mapping[Stored, Sequence[str]]]],
    ) -> None:
        self._settings = settings
        self._list_stored = list_stored
        self._osc = osc
        self._synthesis = synthesis
        self._closing: list[Callable[[], Awaitable[None]]] = []

    async def start(self) -> None:
        """Begin to listen.

        Raises
        ------
        DistillError
            If a port is in use, or invalid.
        """
        host = self._settings.osc_host
        http_port: int | None = None
        if self._settings.osc_tcp_port is not None:
            from distill_live.osc.tcp import TcpServer

            tcp = TcpServer(self._osc, host, self._settings.osc_tcp_port)
            await tcp.start()
            self._closing.append(tcp.close)
            logger.info("TCP     %s, OSC in SLIP frames", host_and_port(host, tcp.port))
        if self._settings.http_port is not None:
            from distill_live.oscquery.server import QueryServer

            query = QueryServer(
                self._osc,
                host,
                self._settings.http_port,
                self._values,
                self._list_stored,
                self._settings.http_names,
            )
            await query.start()
            self._closing.append(query.close)
            http_port = query.port
            logger.info("HTTP    http://%s/, OSCQuery", host_and_port(host, http_port))
        if not is_loopback(host):
            self._announce(host, http_port)

    async def close(self) -> None:
        """Stop listening, and disconnect all clients."""
        while self._closing:
            await self._closing.pop()()

    def _announce(self, host: str, http_port: int | None) -> None:
        from distill_live.oscquery.announcement import OSC_SERVICE, QUERY_SERVICE, Announcement

        services = [(OSC_SERVICE, self._osc.port)]
        if http_port is not None:
            services.append((QUERY_SERVICE, http_port))
        self._closing.append(Announcement(host, services).close)

    async def _values(self, paths: Sequence[str]) -> Mapping[str, Values]:
        answers = await self._synthesis.fetch(GetValues(tuple(paths)))
        values = zip(paths, answers, strict=True)
        return {path: value for path, value in values if value}  # some models may have gone
