"""List and open MIDI input ports.

MIDI libraries are imported on first use. Ports come from python-rtmidi, or from rtmidi2 where only
that has wheels, and messages from mido, because mido cannot check whether a port still exists
without a new client of the sound server.
"""

import importlib
import os
import platform
import re
import sys
import threading
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any, NamedTuple

from distill_live.device_selection import choose, chosen_again, missing_library
from distill_live.errors import DeviceError
from distill_live.files import printable
from distill_live.midi.parser import MessageSplitter

CLIENT = "distill-live"
"""Client name that other programs see."""

POLL_S = 0.001
"""Interval of polling for messages under JACK, where a callback would run Python in the server's
process thread, which all its clients wait for. Other systems have threads of their own."""

BACKEND_VARIABLE = "MIDO_BACKEND"
"""Environment variable of mido: ``mido.backends.rtmidi/UNIX_JACK`` chooses JACK,
``.../LINUX_ALSA`` ALSA."""

_IS_BUILT = sys.platform == "linux" and platform.machine() != "x86_64"  # rtmidi2 has no source
RTMIDI = "python-rtmidi" if sys.version_info < (3, 13) or _IS_BUILT else "rtmidi2"
"""Package that the extra [midi] installs for the ports."""

_ADDED_NUMBERS = re.compile(r" \d+$" if sys.platform == "win32" else r" \d+:\d+$")
"""The port's number under Windows; ALSA's client and port under Linux."""

_REASONS = {"LINUX_ALSA": "ALSA has no sequencer", "UNIX_JACK": "no JACK server runs"}


class MidiPort(NamedTuple):
    """Input port."""

    number: int
    """Number that `--midi` accepts; valid until a port appears or disappears."""
    name: str


def check_extra() -> None:
    """Raise unless the extra [midi] is installed.

    Raises
    ------
    DeviceError
        If the extra is not installed.
    """
    for modules in (("mido",), ("rtmidi", "rtmidi2")):
        if not any(map(find_spec, modules)):
            raise DeviceError(
                "MIDI needs the extra [midi]: pip install -e '.[midi]' in the folder of the "
                f"source, or pip install mido {RTMIDI}"
            )


class MidiInput:
    """MIDI client of the system, which can open one input port.

    Raises
    ------
    DeviceError
        If the extra is missing, or the system has no MIDI (on Linux: neither ALSA nor JACK).
    """

    def __init__(self) -> None:
        check_extra()
        module = "rtmidi" if find_spec("rtmidi") else "rtmidi2"
        try:
            rtmidi = importlib.import_module(module)
        except ImportError as error:  # a missing system library
            raise missing_library(error, RTMIDI, "libasound2") from None
        make = rtmidi.MidiIn if module == "rtmidi" else RtMidi2Input
        self._closing = threading.Event()
        self._poller: threading.Thread | None = None
        reasons = []
        for name in _apis(rtmidi):
            try:
                self._midi = make(rtapi=getattr(rtmidi, f"API_{name}"), name=CLIENT)
            except Exception as error:  # each library raises its own
                reasons.append(_REASONS.get(name) or str(error).rstrip("."))
            else:
                self._in_server = name == "UNIX_JACK"
                return
        remedy = "connect a device, or start JACK" if sys.platform == "linux" else "start again"
        raise DeviceError(f"no MIDI system ({', '.join(reasons)}); {remedy}")

    def ports(self) -> list[MidiPort]:
        """Available input ports."""
        return [MidiPort(number, name) for number, name in enumerate(self._midi.get_ports())]

    def open(self, port: MidiPort, on_message: Callable[[Any], None]) -> None:
        """Open a port and receive its messages.

        Parameters
        ----------
        port
            Port from `ports`.
        on_message
            Called with each `mido.Message`, in a thread of the MIDI system.

        Raises
        ------
        DeviceError
            If the port cannot be opened; on some systems only one program can.
        """
        mido = importlib.import_module("mido")

        splitter = MessageSplitter()

        def receive(event: tuple[list[int], float], _: object) -> None:
            for data in splitter.feed(event[0]):
                try:
                    message = mido.Message.from_bytes(data)
                except ValueError:  # a status byte that MIDI leaves undefined
                    continue
                on_message(message)

        self._midi.ignore_types(timing=False)
        if not self._in_server:
            self._midi.set_callback(receive)
        try:
            self._midi.open_port(port.number, "in")
        except Exception as error:  # rtmidi raises several types
            raise DeviceError(f"{port.name} cannot be opened ({error})") from None
        if self._in_server:
            self._poller = threading.Thread(target=self._poll, args=(receive,), daemon=True)
            self._poller.start()

    def close(self) -> None:
        """Close the port. Call it only while the sound server runs.

        Without a server it would end the process; a server left without this call stalls for
        seconds, with all its clients.
        """
        self._closing.set()
        if self._poller is not None:
            self._poller.join()
        self._midi.delete()

    def _poll(self, receive: Callable[[tuple[list[int], float], None], None]) -> None:
        while not self._closing.is_set():
            while (event := self._midi.get_message()) is not None:
                receive(event, None)
            time.sleep(POLL_S)


class RtMidi2Input:
    """Input of rtmidi2, with the interface of python-rtmidi's `MidiIn`.

    Parameters
    ----------
    rtapi, name
        As of `MidiIn`.
    """

    def __init__(self, rtapi: int, name: str) -> None:
        self._midi = importlib.import_module("rtmidi2").MidiIn(name, api=rtapi)

    def get_ports(self) -> list[str]:
        """Names of the available ports."""
        return list(self._midi.ports)

    def ignore_types(self, *, timing: bool) -> None:
        """Whether MIDI clock is ignored."""
        self._midi.ignore_types(midi_time=timing)

    def set_callback(self, receive: Callable[[tuple[list[int], float], None], None]) -> None:
        """Set what gets each message, with the seconds since the last."""
        self._midi.callback = lambda message, delta_s: receive((list(message), delta_s), None)

    def open_port(self, number: int, _: str) -> None:
        """Open a port."""
        self._midi.open_port(number)

    def get_message(self) -> tuple[list[int], float] | None:
        """Next message, or None."""
        message = self._midi.get_message()
        return None if message is None else (list(message), 0.0)

    def delete(self) -> None:
        """Close the port."""
        self._midi.close_port()


def find_port(ports: Sequence[MidiPort], wanted: str) -> MidiPort:
    """Find a port.

    Parameters
    ----------
    ports
        Ports to choose from.
    wanted
        Number, name or part of the name, in any case; or number and name (`lasting`), of which the
        number decides among equal names.

    Raises
    ------
    DeviceError
        If no port matches.
    """
    port = (
        chosen_again(wanted, ports, lambda one: one.name)
        or chosen_again(_plain(wanted), ports, lambda one: _plain(one.name))
        or choose(wanted, ports)
    )
    if port is None:
        names = "; ".join(f"{port.number} {printable(port.name)}" for port in ports) or "none"
        raise DeviceError(f"no MIDI port matches {wanted!r}; available: {names}")
    return port


def _plain(name: str) -> str:
    """Name without the numbers that RtMidi adds, which change when the port comes back."""
    return _ADDED_NUMBERS.sub("", name)


def _apis(rtmidi: Any) -> list[str]:
    """MIDI systems to try, in order of preference."""
    wanted = os.environ.get(BACKEND_VARIABLE, "").partition("/")[2]
    if wanted:
        if not hasattr(rtmidi, f"API_{wanted}"):
            raise DeviceError(
                f"{BACKEND_VARIABLE} names the system {wanted!r}; known are LINUX_ALSA, UNIX_JACK, "
                "MACOSX_CORE and WINDOWS_MM"
            )
        return [wanted]
    if sys.platform == "linux":
        return ["LINUX_ALSA", "UNIX_JACK"]
    return ["UNSPECIFIED"]
