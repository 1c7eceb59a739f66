"""A bridge's process, kept alive: started, listened to, started again, ended.

It puts into lines what the bridge reports. What goes wrong with MIDI never ends a session.
"""

import asyncio
from collections.abc import Callable

from distill_live.errors import DeviceError, DistillError
from distill_live.files import printable
from distill_live.ipc.child_process import Child, Endings
from distill_live.ipc.pipes import Message
from distill_live.midi.settings import MidiSettings

AGAIN_S = 0.2
"""Pause before a bridge that has asked for it is started again."""


class BridgeSupervisor:
    """Keeps a bridge to one instrument.

    Parameters
    ----------
    settings
        Ports and mapping.
    host, port
        Where the instrument listens for OSC.
    say
        Takes what a performer may want to know, a line each.
    warn
        Takes what goes wrong.
    """

    def __init__(
        self,
        settings: MidiSettings,
        host: str,
        port: int,
        *,
        say: Callable[[str], None],
        warn: Callable[[str], None],
    ) -> None:
        self._settings = settings
        self._host, self._port = host, port
        self._say, self._warn = say, warn
        self._child: Child | None = None
        self._ended = asyncio.Event()
        self._missing: set[str] = set()  # what was said of ports since one was there
        self._listening: list[object] | None = None
        self._here: bool | None = None
        self._broken = ""
        self._where = f"{host}:{port}"

    async def run(self) -> None:
        """Keep it until `end`.

        Raises
        ------
        DistillError
            If it keeps breaking.
        """
        endings = Endings()
        mapping = self._settings.mapping
        while not self._ended.is_set():
            self._child = await Child.start(
                "distill_live.midi.bridge",
                {
                    "ports": list(self._settings.ports),
                    "mapping": None if mapping is None else str(mapping),
                    "host": self._host,
                    "port": self._port,
                },
                (),
            )
            if self._ended.is_set():  # while it was being started
                self._child.kill()
            again = False
            async for message in self._child.messages():
                again = again or message == ["again"]
                self._hear(message)
            if self._ended.is_set():
                return
            if not again and endings.too_many():
                reason = self._broken or self._child.ending
                raise DeviceError(f"MIDI is off: its process keeps ending ({reason})")
            await asyncio.sleep(AGAIN_S)

    async def end(self, grace_s: float) -> None:
        """End it in order, or at once after `grace_s`."""
        self._ended.set()
        if self._child is not None:
            await self._child.end(grace_s)

    def kill(self) -> None:
        """End it at once."""
        self._ended.set()
        if self._child is not None:
            self._child.kill()

    def _hear(self, message: Message) -> None:
        match message:
            case ["listening", list(names), str(mapping)]:
                self._missing.clear()
                if message != self._listening:
                    self._listening = message
                    listed = ", ".join(printable(str(name)) for name in names)
                    self._say(f"MIDI    {listed}; mapping {printable(mapping)}")
            case ["missing", str(reason)] if reason not in self._missing:
                self._missing.add(reason)
                self._listening = None
                self._warn(f"MIDI: {printable(reason)}. Waiting for it.")
            case ["present", bool(here)] if here != self._here:
                if not here:
                    self._warn(f"MIDI: no instrument answers at {self._where}. Waiting for it.")
                elif self._here is False:
                    self._warn(f"MIDI: the instrument at {self._where} answers.")
                self._here = here
            case ["say", str(text)]:
                self._say(text)
            case ["warn", str(text)]:
                self._warn(text)
            case ["failed", str(text)]:
                self._broken = text


async def keep(keeper: BridgeSupervisor, warn: Callable[[str], None]) -> None:
    """Keep a bridge beside a session that goes on without it."""
    try:
        await keeper.run()
    except DistillError as error:
        warn(f"{error}.")
    except Exception as error:
        warn(f"MIDI is off: internal error: {error!r}")
