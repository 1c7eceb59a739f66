"""MIDI bridge process: receive MIDI, send OSC, each message at once.

It waits for missing ports. When a port disappears it asks for a restart and ends, since the client
of a sound server that has ended can neither be closed nor opened again. It reloads the mapping file
when that changes.
"""

import asyncio
import gc
import logging
import os
import sys
import threading
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from distill_live.addresses import Values
from distill_live.device_selection import is_lasting
from distill_live.errors import ConfigurationError, DeviceError
from distill_live.files import printable
from distill_live.ipc import protocol
from distill_live.ipc.pipes import Parent
from distill_live.ipc.priority import CONTROL, take_priority
from distill_live.midi.bindings import default_bindings
from distill_live.midi.clock import MidiClock
from distill_live.midi.mapper import Mapper
from distill_live.midi.mapping_file import default_path, read_mapping
from distill_live.midi.osc_client import OscClient
from distill_live.midi.ports import MidiInput, MidiPort, find_port
from distill_live.user_files import signature

TICK_S = 0.5
"""Interval of checking ports, mapping file and subscription."""

RESTART_AFTER_S = 4.0
"""Time without any port after which a restart is requested: only a new process can find a sound
server that was restarted."""

SWITCH_INTERVAL_S = 0.0005
"""Thread switch interval: how long Python code may delay the sound server's thread."""

CLOCK_AHEAD_S = 0.03
"""Time ahead for which a beat is sent, longer than its way to the instrument usually takes."""

REPEAT_S = 0.05
"""Time after which the end of a note is sent again to another computer."""

MAX_FAILURES = 100
"""Maximum number of different failures reported."""


class Bridge:
    """Bridge from MIDI ports to an instrument.

    Parameters
    ----------
    parent
        Pipe to the supervisor.
    settings
        Ports, mapping and instrument.
    """

    def __init__(self, parent: Parent, settings: protocol.BridgeSettings) -> None:
        self._parent = parent
        self._missing = list(settings.ports)
        self._named = None if settings.mapping is None else Path(settings.mapping)
        self._file = self._named or default_path()
        self._signature = signature(self._file)
        self._clocks: dict[str, MidiClock] = {}  # by port
        self._bar_beats, self._quantised = 4, False
        self._latency_s = 0.0  # of the instrument, from the engine to the device
        self._mapper = Mapper(default_bindings())
        self._use_mapping("mapping not read, the default one is used")
        self._mapper.notes.restore(settings.configuration)
        self._configuration = self._mapper.notes.configuration
        self._open: list[tuple[MidiPort, MidiInput]] = []
        self._lasting: list[MidiPort] = []  # found by number and name: others may have the name
        self._spare: MidiInput | None = None  # lists ports while none is opened with it
        self._failures: set[tuple[object, ...]] = set()
        self._waiting: tuple[str, ...] = ()
        self._stopping = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._client = OscClient(
            settings.host, settings.port, self._receive_osc, self._report_presence
        )
        parent.send(protocol.BridgeStarted(self._client.own_port))
        sys.setswitchinterval(SWITCH_INTERVAL_S)
        gc.freeze()

    async def run(self) -> None:
        """Run until a stop is requested, or until a restart is needed."""
        threading.Thread(target=self._wait_for_stop, name="stop", daemon=True).start()
        portless_s = 0.0
        while not self._stopping.is_set():
            gone = any(map(_is_gone, self._open))  # then no port can be opened either
            portless_s = 0.0 if gone or self._open_missing() else portless_s + TICK_S
            if gone or portless_s >= RESTART_AFTER_S:
                self._parent.send(protocol.Restart())
                break
            self._reload_mapping()
            self._client.tick(self._mapper.stale())
            self._report_waiting()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), TICK_S)
        self._client.close()

    def close(self) -> None:
        """Close the ports, unless their sound server has ended; call it last."""
        try:
            probe = MidiInput()
        except DeviceError:
            return
        probe.close()
        for opened in (self._spare, *(opened for _, opened in self._open)):
            if opened is not None:
                opened.close()

    def _wait_for_stop(self) -> None:
        self._parent.inbox.get()  # the only message is to stop
        self._loop.call_soon_threadsafe(self._stopping.set)

    def _open_missing(self) -> bool:
        """Open missing ports that are available; return whether there is any port."""
        known = len(self._open)
        ports: list[MidiPort] = []
        for wanted in list(self._missing):
            try:
                self._spare = self._spare or MidiInput()
                ports = self._spare.ports()
                lasts = is_lasting(wanted)
                free = [one for one in ports if not (lasts and one in self._lasting)]
                port = find_port(free, wanted)
                if lasts:
                    self._lasting.append(port)
                if all(port != other for other, _ in self._open):
                    self._spare.open(port, partial(self._receive, port.name))
                    self._open.append((port, self._spare))
                    self._spare = None
                self._missing.remove(wanted)
                self._parent.send(protocol.PortFound(wanted, port.name))
            except DeviceError as error:
                self._parent.send(protocol.PortMissing(str(error)))
        if len(self._open) > known:
            names = tuple(port.name for port, _ in self._open)
            self._parent.send(protocol.Listening(names, str(self._file)))
        return bool(ports or self._open)

    def _reload_mapping(self) -> None:
        now = signature(self._file)
        if now == self._signature:
            return
        self._signature = now
        if self._use_mapping():
            text = f"MIDI    mapping {printable(self._file)} reloaded"
            self._parent.send(protocol.LogLine(logging.INFO, text))

    def _use_mapping(self, otherwise: str = "mapping not reloaded") -> bool:
        """Read and use the mapping file; false, with a warning, if it has an error."""
        try:
            mapping = read_mapping(self._named)
        except ConfigurationError as error:
            self._warn(f"{otherwise}: {error}")
            return False
        own = {binding.key for binding in mapping.own}
        self._mapper.set_bindings(mapping.bindings, own, mapping.mpe)
        return True

    def _receive(self, port: str, message: Any) -> None:
        """Take a message in a thread of the MIDI system, which must not wait."""
        self._loop.call_soon_threadsafe(self._feed, message, port, time.perf_counter())

    def _feed(self, message: Any, port: str, time_s: float) -> None:
        self._follow_clock(message, port, time_s)
        for path, values in self._mapper.feed(message, port):
            self._client.send(path, values)
            if path == "/note/off" and not (self._client.is_local or self._quantised):
                self._loop.call_later(REPEAT_S, self._end_again, values)
        self._report_waiting()
        self._report_configuration()

    def _end_again(self, key: Values) -> None:
        """End a note once more, as the network may have lost it, unless its key is down again."""
        if not self._mapper.notes.is_down(int(key[0])):
            self._client.send("/note/off", key)

    def _follow_clock(self, message: Any, port: str, time_s: float) -> None:
        """Send tempo and beat where a message of a clock gives them.

        They are sent ahead of their time, except to another computer, whose time may differ. The
        beat is that of the time at which what is rendered then is heard.
        """
        clock = self._clocks.setdefault(port, MidiClock())
        reading = clock.feed(message.type, time_s, getattr(message, "pos", 0))
        if reading is None:
            return
        ahead_s = CLOCK_AHEAD_S if reading.tempo is not None and self._client.is_local else 0.0
        beats = reading.beats_at(time.perf_counter() + ahead_s + self._latency_s)
        messages: list[tuple[str, Values]] = []
        if reading.tempo is not None:
            messages.append(("/clock/tempo", (reading.tempo,)))
        if beats is not None:
            messages.append(("/clock/beat", (beats % self._bar_beats,)))
        if messages:
            self._client.send_together(messages, ahead_s)

    def _report_waiting(self) -> None:
        waiting = tuple(self._mapper.waiting())
        if waiting != self._waiting:
            self._waiting = waiting
            self._parent.send(protocol.ControlsWaiting(waiting))

    def _report_configuration(self) -> None:
        """Report what controllers have configured at once: this process may end any time."""
        configuration = self._mapper.notes.configuration
        if configuration != self._configuration:
            self._configuration = configuration
            self._parent.send(protocol.Configured(configuration))

    def _receive_osc(self, path: str, values: Values) -> None:
        match path, values:
            case "/fail", (*what, text):
                self._report_failure(tuple(what), str(text))
            case "/clock/bar", (int(beats), *_) if beats > 0:
                self._bar_beats = beats
            case "/clock/quantise", (int() | float() as beats, *_):
                self._quantised = beats > 0  # then a second end would count anew
            case "/device.reply", (*_, int() | float() as latency_ms):
                self._latency_s = 1e-3 * latency_ms
        for address, arguments in self._mapper.hear(path, values):
            self._client.send(address, arguments)

    def _report_failure(self, what: tuple[object, ...], text: str) -> None:
        if what not in self._failures and len(self._failures) < MAX_FAILURES:
            self._failures.add(what)
            self._parent.send(protocol.BridgeRefused(printable(text)))

    def _report_presence(self, present: bool) -> None:
        if present:
            self._client.send("/device")
        elif self._client.network_denied:
            self._warn(f"{self._client.network_denied}.")
        self._parent.send(protocol.InstrumentPresent(present))

    def _warn(self, text: str) -> None:
        self._parent.send(protocol.LogLine(logging.WARNING, f"MIDI: {text}"))


def _is_gone(opened: tuple[MidiPort, MidiInput]) -> bool:
    """Whether a port has disappeared; compared by name, since numbers change."""
    port, by = opened
    return all(port.name != other.name for other in by.ports())


def run(parent: Parent, settings: protocol.BridgeSettings) -> None:
    """Run the bridge process."""
    take_priority(CONTROL)

    async def bridge() -> Bridge:
        running = Bridge(parent, settings)
        await running.run()
        return running

    ended = asyncio.run(bridge())
    parent.close()
    ended.close()
    os._exit(0)  # without a sound server, its client library fails on a regular exit
