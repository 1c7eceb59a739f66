"""Supervise a bridge process: start, restart, end, log what it reports."""

import asyncio
import logging

from distill_live.errors import DeviceError, DistillError
from distill_live.files import printable
from distill_live.ipc.child_process import Child, Endings
from distill_live.ipc.protocol import (
    BridgeSettings,
    Failed,
    InstrumentPresent,
    Listening,
    LogLine,
    Message,
    PortMissing,
    Restart,
)
from distill_live.midi.settings import MidiSettings

logger = logging.getLogger("distill_live.midi")

RESTART_PAUSE_S = 0.2


class BridgeSupervisor:
    """Keep a bridge to one instrument running.

    Parameters
    ----------
    settings
        Ports and mapping.
    host, port
        Where the instrument listens for OSC.
    """

    def __init__(self, settings: MidiSettings, host: str, port: int) -> None:
        mapping = None if settings.mapping is None else str(settings.mapping)
        self._settings = BridgeSettings(settings.ports, mapping, host, port)
        self._child: Child | None = None
        self._ended = asyncio.Event()
        self._missing: set[str] = set()  # ports reported missing since one was opened
        self._listening: Listening | None = None
        self._present: bool | None = None
        self._broken = ""
        self._where = f"{host}:{port}"

    async def run(self) -> None:
        """Keep the bridge running until `end`.

        Raises
        ------
        DistillError
            If the process keeps ending.
        """
        endings = Endings()
        while not self._ended.is_set():
            self._child = await Child.start("distill_live.midi.bridge", self._settings, ())
            if self._ended.is_set():  # while it was being started
                self._child.kill()
            restart = False
            async for message in self._child.messages():
                restart = restart or message == Restart()
                self._handle(message)
            if self._ended.is_set():
                return
            if not restart and endings.too_many():
                reason = self._broken or self._child.ending
                raise DeviceError(f"MIDI is off: its process keeps ending ({reason})")
            await asyncio.sleep(RESTART_PAUSE_S)

    async def end(self, grace_s: float) -> None:
        """End the bridge in order, or kill it after `grace_s`."""
        self._ended.set()
        if self._child is not None:
            await self._child.end(grace_s)

    def kill(self) -> None:
        """Kill the bridge."""
        self._ended.set()
        if self._child is not None:
            self._child.kill()

    def _handle(self, message: Message) -> None:
        match message:
            case Listening(ports, mapping):
                self._missing.clear()
                if message != self._listening:
                    self._listening = message
                    listed = ", ".join(map(printable, ports))
                    logger.info("MIDI    %s; mapping %s", listed, printable(mapping))
            case PortMissing(reason) if reason not in self._missing:
                self._missing.add(reason)
                self._listening = None
                logger.warning("MIDI: %s. Waiting for it.", printable(reason))
            case InstrumentPresent(present) if present != self._present:
                if not present:
                    logger.warning(
                        "MIDI: no instrument answers at %s. Waiting for it.", self._where
                    )
                elif self._present is False:
                    logger.warning("MIDI: the instrument at %s answers.", self._where)
                self._present = present
            case LogLine(level, text):
                logger.log(level, text)
            case Failed(text):
                self._broken = text


async def supervise(bridge: BridgeSupervisor) -> None:
    """Run a bridge beside a session that goes on without it."""
    try:
        await bridge.run()
    except DistillError as error:
        logger.warning("%s.", error)
    except Exception as error:
        logger.warning("MIDI is off: internal error: %r", error)
