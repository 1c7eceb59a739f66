"""What else than UDP listens, as far as it was asked for: OSC over TCP.

It is not there before it is needed: an instrument without it imports nothing of it.
"""

from collections.abc import Awaitable, Callable

from distill_live.live.settings import LiveSettings
from distill_live.osc import OscServer


class Listeners:
    """All of them, for one session.

    Parameters
    ----------
    settings
        Where they listen, if they do.
    osc
        Who is given what arrives.
    say, warn
        Take lines for the terminal; the second those that are shown in any case.
    """

    def __init__(
        self,
        settings: LiveSettings,
        osc: OscServer,
        *,
        say: Callable[[str], None],
        warn: Callable[[str], None],
    ) -> None:
        self._settings = settings
        self._osc = osc
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
        if self._settings.osc_tcp_port is not None:
            from distill_live.osc.tcp import TcpServer

            tcp = TcpServer(self._osc, host, self._settings.osc_tcp_port, self._warn)
            await tcp.start()
            self._closing.append(tcp.close)
            self._say(f"TCP     {host}:{tcp.port}, OSC in SLIP frames")

    async def close(self) -> None:
        """Listen no more; who is connected is disconnected."""
        while self._closing:
            await self._closing.pop()()
