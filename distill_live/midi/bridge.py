"""The process of a bridge: MIDI in, OSC out, each message at once.

A port that is missing is waited for. One that vanishes ends the process, which asks to be started
again: what is left of a sound server that was ended cannot be closed, and not be opened again. The
mapping is read again when its file changes.
"""

import asyncio
import gc
import logging
import os
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from distill_live.addresses import Values
from distill_live.errors import ConfigurationError, DeviceError
from distill_live.files import printable
from distill_live.ipc.pipes import Parent
from distill_live.ipc.priority import CONTROL, take_priority
from distill_live.ipc.protocol import (
    BridgeSettings,
    InstrumentPresent,
    Listening,
    LogLine,
    PortMissing,
    Restart,
)
from distill_live.midi.bindings import Binding, Key
from distill_live.midi.mapping import Mapper
from distill_live.midi.mapping_file import read_mapping, usual_path
from distill_live.midi.osc_client import OscClient
from distill_live.midi.ports import Input, Port, find_port
from distill_live.user_files import signature

TICK_S = 0.5
"""How often it looks after ports, mapping and subscription."""

FRESH_LOOK_S = 4.0
"""Where there is no port at all, the sound server may be another one by now: only a new process
finds it. How long until it is asked for."""

SWITCH_INTERVAL_S = 0.0005
"""How long this process' own work may keep the sound server's thread waiting."""

MOST_FAILURES = 100
"""Different failures that are reported; a mapping makes few."""


class Bridge:
    """Listens to ports and moves an instrument.

    Parameters
    ----------
    parent
        Whom it reports to.
    settings
        Ports, mapping and instrument.
    """

    def __init__(self, parent: Parent, settings: BridgeSettings) -> None:
        self._parent = parent
        self._missing = list(settings.ports)
        self._named = None if settings.mapping is None else Path(settings.mapping)
        self._file = self._named or usual_path()
        self._signature = signature(self._file)
        self._mapper = Mapper(self._read() or {})
        self._open: list[tuple[Port, Input]] = []
        self._spare: Input | None = None  # through which ports are seen
        self._failures: set[tuple[object, ...]] = set()
        self._stopping = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._client = OscClient(settings.host, settings.port, self._hear, self._present)
        sys.setswitchinterval(SWITCH_INTERVAL_S)
        gc.freeze()

    async def run(self) -> None:
        """Bridge until told to stop, or until only a new process can go on."""
        threading.Thread(target=self._obey, name="obedience", daemon=True).start()
        waited_s = 0.0
        while not self._stopping.is_set():
            gone = any(map(_is_gone, self._open))  # then nothing can be opened either
            waited_s = 0.0 if gone or self._open_missing() else waited_s + TICK_S
            if gone or waited_s >= FRESH_LOOK_S:
                self._parent.send(Restart())
                break
            self._read_again()
            self._client.tick(self._mapper.stale())
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), TICK_S)
        self._client.close()

    def close(self) -> None:
        """Let go of the ports, unless their sound server is gone; to be called last."""
        try:
            probe = Input()
        except DeviceError:
            return
        probe.close()
        for opened in (self._spare, *(opened for _, opened in self._open)):
            if opened is not None:
                opened.close()

    def _obey(self) -> None:
        self._parent.inbox.get()  # there is nothing to be told but to stop
        self._loop.call_soon_threadsafe(self._stopping.set)

    def _open_missing(self) -> bool:
        """Open what is there of the missing ports; whether there is any port at all."""
        known = len(self._open)
        ports: list[Port] = []
        for wanted in list(self._missing):
            try:
                self._spare = self._spare or Input()
                ports = self._spare.ports()
                port = find_port(ports, wanted)
                if all(port != other for other, _ in self._open):
                    self._spare.open(port, self._receive)
                    self._open.append((port, self._spare))
                    self._spare = None
                self._missing.remove(wanted)
            except DeviceError as error:
                self._parent.send(PortMissing(str(error)))
        if len(self._open) > known:
            names = tuple(port.name for port, _ in self._open)
            self._parent.send(Listening(names, str(self._file)))
        return bool(ports or self._open)

    def _read_again(self) -> None:
        now = signature(self._file)
        if now == self._signature:
            return
        self._signature = now
        bindings = self._read()
        if bindings is not None:
            self._mapper.set_bindings(bindings)
            text = f"MIDI    mapped anew by {printable(self._file)}"
            self._parent.send(LogLine(logging.INFO, text))

    def _read(self) -> Mapping[Key, Binding] | None:
        """What the file maps now; None if it is damaged, which is told."""
        try:
            return read_mapping(self._named).bindings
        except ConfigurationError as error:
            self._warn(f"the mapping stays as it was: {error}")
            return None

    def _receive(self, message: Any) -> None:
        """Take a message in a thread of the system's, which must not be kept."""
        self._loop.call_soon_threadsafe(self._feed, message)

    def _feed(self, message: Any) -> None:
        for path, values in self._mapper.feed(message):
            self._client.say(path, values)

    def _hear(self, path: str, values: Values) -> None:
        if path == "/fail":
            self._report(values)
        for answer, its_values in self._mapper.hear(path, values):
            self._client.say(answer, its_values)

    def _report(self, failure: Values) -> None:
        *what, text = failure
        if tuple(what) not in self._failures and len(self._failures) < MOST_FAILURES:
            self._failures.add(tuple(what))
            self._warn(printable(str(text)))

    def _present(self, here: bool) -> None:
        self._parent.send(InstrumentPresent(here))

    def _warn(self, text: str) -> None:
        self._parent.send(LogLine(logging.WARNING, f"MIDI: {text}"))


def _is_gone(opened: tuple[Port, Input]) -> bool:
    """Whether a port is not there any more; numbers change when another one goes."""
    port, by = opened
    return all(port.name != other.name for other in by.ports())


def run(parent: Parent, settings: BridgeSettings) -> None:
    """Be the process of a bridge."""
    take_priority(CONTROL)

    async def bridge() -> Bridge:
        started = Bridge(parent, settings)
        await started.run()
        return started

    ended = asyncio.run(bridge())
    parent.close()
    ended.close()
    os._exit(0)  # where the sound server is gone, its library does not survive an orderly end
