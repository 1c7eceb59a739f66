"""Start, supervise and restart the MIDI bridge process, and log what it reports.

MIDI failures never end a session.
"""

import asyncio
import logging
import sys
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from distill_live.device_selection import lasting
from distill_live.errors import ConfigurationError, DeviceError, DistillError
from distill_live.files import printable
from distill_live.ipc import protocol
from distill_live.ipc.child_process import Child, Endings
from distill_live.ipc.signals import on_signals
from distill_live.midi.mapping_file import read_mapping
from distill_live.midi.osc_client import OscClient
from distill_live.midi.ports import check_extra
from distill_live.osc import host_and_port

logger = logging.getLogger("distill_live.midi")

RESTART_S = 0.2
"""Pause before the bridge process is started again."""

GRACE_S = 1.0
"""Time the bridge process has to end before it is killed."""


@dataclass(frozen=True)
class MidiSettings:
    """Settings of a bridge, checked before anything is opened.

    Parameters
    ----------
    ports
        Number, name or part of the name of each port to listen to; at least one.
    mapping
        Mapping file (TOML); None for the user's own, which need not exist.

    Raises
    ------
    ConfigurationError
        If there is no port, or the mapping file has an error.
    DeviceError
        If the extra [midi] is missing.
    """

    ports: tuple[str, ...]
    mapping: Path | None = None

    def __post_init__(self) -> None:
        if not self.ports or not all(self.ports):
            raise ConfigurationError(
                "no MIDI port is given; 'distill-live midi ports' lists what is available"
            )
        check_extra()
        read_mapping(self.mapping)


def parse_target(text: str) -> tuple[str, int]:
    """Parse ``host:port``; IPv6 addresses as ``[::1]:9010``.

    Raises
    ------
    ConfigurationError
        If the text has another form.
    """
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not port.isdecimal() or not 1 <= int(port[:6]) <= 65535:
        raise ConfigurationError(
            f"--osc-to is {text[:60]!r}; write host:port, such as 192.168.1.20:9010; ports are 1 "
            "to 65535"
        )
    return host, int(port)


class BridgeSupervisor:
    """Keeps a bridge to one instrument running.

    Parameters
    ----------
    settings
        Ports and mapping.
    host, port
        OSC address of the instrument.

    Attributes
    ----------
    waiting_controls : tuple of str
        Lines about the controls that wait to pass a value.
    """

    def __init__(self, settings: MidiSettings, host: str, port: int) -> None:
        mapping = None if settings.mapping is None else str(settings.mapping)
        self._settings = protocol.BridgeSettings(settings.ports, mapping, host, port)
        self._child: Child | None = None
        self._ended = asyncio.Event()
        self._missing: set[str] = set()  # reported since a port was last opened
        self._listening: protocol.Listening | None = None
        self._present: bool | None = None
        self._failure = ""
        self._own_port = 0  # of the bridge
        self._beside_session = False
        self.waiting_controls: tuple[str, ...] = ()

    async def run(self) -> None:
        """Run the bridge until `end`, restarting it when its process ends.

        Raises
        ------
        DistillError
            If the process keeps ending.
        """
        endings = Endings()
        while not self._ended.is_set():
            self._child = await Child.start("distill_live.midi.bridge", self._settings, ())
            if self._ended.is_set():  # while it was starting
                self._child.kill()
            restart, self.waiting_controls = False, ()
            async for message in self._child.messages():
                restart = restart or message == protocol.Restart()
                self._receive(message)
            self._unsubscribe()
            if self._ended.is_set():
                return
            if not restart and endings.too_many():
                reason = self._failure or self._child.ending
                raise DeviceError(f"MIDI is off: its process keeps ending ({reason})")
            await asyncio.sleep(RESTART_S)

    async def run_beside_session(self) -> None:
        """Run the bridge; a failure is a warning, since the session goes on without MIDI."""
        self._beside_session = True
        try:
            await self.run()
        except DistillError as error:
            logger.warning("%s.", error)
        except Exception as error:
            logger.warning("MIDI is off: internal error: %r", error)

    async def end(self, grace_s: float) -> None:
        """End the process; kill it after `grace_s`."""
        self._ended.set()
        if self._child is not None:
            await self._child.end(grace_s)

    def kill(self) -> None:
        """Kill the process."""
        self._ended.set()
        if self._child is not None:
            self._child.kill()

    def _unsubscribe(self) -> None:
        """Unsubscribe a bridge that could not, so that the instrument releases its keys."""
        if self._own_port:
            with suppress(OSError, ConfigurationError):
                host, port = self._settings.host, self._settings.port
                OscClient(host, port, lambda *_: None, lambda _: None, self._own_port).close()
            self._own_port = 0

    def _receive(self, message: protocol.Message) -> None:
        match message:
            case protocol.BridgeStarted(own_port):
                self._own_port = own_port
            case protocol.Configured(configuration):
                self._settings = replace(self._settings, configuration=configuration)
            case protocol.PortFound(wanted, name):
                ports = tuple(
                    lasting(each, name) or each if each == wanted else each
                    for each in self._settings.ports
                )
                self._settings = replace(self._settings, ports=ports)
            case protocol.Listening(ports, mapping):
                self._missing.clear()
                if message != self._listening:
                    self._listening = message
                    listed = ", ".join(map(printable, ports))
                    logger.info("MIDI    %s; mapping %s", listed, printable(mapping))
            case protocol.PortMissing(reason) if reason not in self._missing:
                self._missing.add(reason)
                self._listening = None
                logger.warning("MIDI: %s. Waiting for it.", printable(reason))
            case protocol.InstrumentPresent(present) if present != self._present:
                where = host_and_port(self._settings.host, self._settings.port)
                if not present:
                    logger.warning("MIDI: no instrument answers at %s. Waiting for it.", where)
                elif self._present is False:
                    logger.warning("MIDI: the instrument at %s answers.", where)
                self._present = present
            case protocol.ControlsWaiting(lines):
                self.waiting_controls = lines
            case protocol.BridgeRefused(reason) if not self._beside_session:  # it logs its own
                logger.warning("MIDI: %s", reason)
            case protocol.LogLine(level, text):
                logger.log(level, text)
            case protocol.Failed(text):
                self._failure = text


def run_bridge(settings: MidiSettings, host: str, port: int) -> None:
    """Run a bridge to a running instrument until Ctrl-C or a termination signal.

    Parameters
    ----------
    settings
        Ports and mapping.
    host, port
        OSC address of the instrument, here or on another computer.

    Raises
    ------
    DistillError
        If the bridge keeps failing, or the host is unknown.
    """
    logger.setLevel(logging.INFO)
    logger.addHandler(logging.StreamHandler(sys.stdout))

    async def bridge() -> None:
        supervisor = BridgeSupervisor(settings, host, port)
        ended = asyncio.Event()
        on_signals(ended.set)
        logger.info("OSC     to %s; Ctrl-C ends it", host_and_port(host, port))
        running = asyncio.create_task(supervisor.run())
        ending = asyncio.create_task(ended.wait())
        await asyncio.wait({running, ending}, return_when=asyncio.FIRST_COMPLETED)
        ending.cancel()
        await supervisor.end(GRACE_S)
        await running

    asyncio.run(bridge())
