"""Start the servers beside OSC: play page and OSCQuery, OSC over TCP, and their announcement.

Modules of servers that are not requested are not imported.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from importlib import import_module

from distill_live.addresses import Values
from distill_live.addresses.schema import Stored
from distill_live.ipc.protocol import GetValues
from distill_live.live.control.feeds.monitor_feed import monitor_frames
from distill_live.live.control.synthesis_client import SynthesisClient
from distill_live.live.settings import LiveSettings
from distill_live.live.shared.shared_block import SharedBlock
from distill_live.osc import OscServer, host_and_port, is_loopback, reachable
from distill_live.osc.binding import addresses

logger = logging.getLogger("distill_live.live")


class Listeners:
    """The servers of one session beside OSC over UDP.

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
    block
        Shared memory, of which browsers hear the monitor buffer.

    Attributes
    ----------
    page_url : str
        Address of the play page on this computer; empty if it is not served.
    network_url : str
        The same for other computers; empty unless they reach it.
    """

    def __init__(
        self,
        settings: LiveSettings,
        osc: OscServer,
        synthesis: SynthesisClient,
        list_stored: Callable[[], Awaitable[Mapping[Stored, Sequence[str]]]],
        block: SharedBlock,
    ) -> None:
        self._settings = settings
        self._list_stored = list_stored
        self._osc = osc
        self._synthesis = synthesis
        self._block = block
        self.page_url = self.network_url = ""
        self._closed = False
        self._closing: list[Callable[[], Awaitable[None]]] = []

    async def start(self) -> None:
        """Begin to listen.

        Raises
        ------
        DistillError
            If a port is in use, or invalid.
        """
        settings, host = self._settings, self._settings.osc_host
        http_port: int | None = None
        if settings.osc_tcp_port is not None:
            from distill_live.osc.tcp import TcpServer

            tcp = TcpServer(self._osc, host, settings.osc_tcp_port)
            await tcp.start()
            self._closing.append(tcp.close)
            logger.info("TCP     %s, OSC in SLIP frames", host_and_port(host, tcp.port))
        if settings.http_port is not None:
            await asyncio.to_thread(import_module, "distill_live.oscquery.server")  # slow
            if self._closed:  # the session ended meanwhile
                return
            from distill_live.oscquery.server import QueryServer

            query = QueryServer(
                self._osc,
                host,
                settings.http_port,
                self._values,
                self._list_stored,
                settings.http_names,
                or_next=settings.http_or_next,
                make_sound=lambda: monitor_frames(self._block, settings.channels),
            )
            await query.start()
            self._closing.append(query.close)
            http_port = query.port
            self.page_url = f"http://{host_and_port(reachable(host), http_port)}/"
            logger.info("Page    %s, play it in a browser; also OSCQuery", self.page_url)
            others = [] if is_loopback(host) else addresses(host)
            for address in reversed(others):
                self.network_url = f"http://{host_and_port(address, http_port)}/"
                logger.info("Page    %s, from other devices", self.network_url)
        if not is_loopback(host):
            self._announce(host, http_port)

    async def close(self) -> None:
        """Stop listening, and disconnect all clients."""
        self._closed = True
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
        values = dict(zip(paths, answers, strict=True))
        if "/record" in values:  # which synthesis does not know
            values["/record"] = (int(self._block.take > 0),)
        return {path: value for path, value in values.items() if value}  # some may have gone
