"""MIDI ports: which there are, which one is meant, and how it is opened.

It imports nothing of MIDI before it is asked for ports. Of python-rtmidi it uses the ports, of mido
the messages: mido has no way to look whether a port is still there without a new client of the
sound server each time.
"""

import importlib
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any, NamedTuple

from distill_live.errors import DeviceError
from distill_live.files import printable
from distill_live.live.audio.devices import choose

CLIENT = "distill-live"
"""What others see this program as."""

POLL_S = 0.001
"""Pause between two looks for messages of a JACK server. Its callback would be Python's in the one
thread of the server that all its clients wait for; the other systems have threads of their own."""

BACKEND_VARIABLE = "MIDO_BACKEND"
"""As mido has it: ``mido.backends.rtmidi/UNIX_JACK`` chooses JACK, ``.../LINUX_ALSA`` ALSA."""

_REASONS = {"LINUX_ALSA": "ALSA has no sequencer", "UNIX_JACK": "no JACK server runs"}


class Port(NamedTuple):
    """An input port."""

    number: int
    """What can be given instead of the name, as long as no port comes or goes."""
    name: str


def check_extra() -> None:
    """Refuse to begin without what MIDI needs.

    Raises
    ------
    DeviceError
        If the extra is not installed.
    """
    for module in ("mido", "rtmidi"):
        if find_spec(module) is None:
            raise DeviceError(
                "MIDI needs the extra [midi]: pip install -e '.[midi]' in the folder of the "
                "source, or pip install mido python-rtmidi"
            )


class Input:
    """The system's MIDI input, of which one port can be opened.

    Raises
    ------
    DeviceError
        If the extra is missing, or there is neither ALSA nor a JACK server nor another system.
    """

    def __init__(self) -> None:
        check_extra()
        try:
            rtmidi = importlib.import_module("rtmidi")
        except ImportError as error:  # a library of the system's
            raise DeviceError(f"{error}; on Debian: apt install libasound2") from None
        self._closing = threading.Event()
        self._poller: threading.Thread | None = None
        reasons = []
        for name in _apis(rtmidi):
            try:
                self._midi = rtmidi.MidiIn(rtapi=getattr(rtmidi, f"API_{name}"), name=CLIENT)
            except rtmidi.RtMidiError as error:
                reasons.append(_REASONS.get(name) or str(error).rstrip("."))
            else:
                self._in_server = name == "UNIX_JACK"
                return
        raise DeviceError(f"no MIDI here ({', '.join(reasons)}); connect a device, or start JACK")

    def ports(self) -> list[Port]:
        """The input ports that there are now."""
        return [Port(number, name) for number, name in enumerate(self._midi.get_ports())]

    def open(self, port: Port, on_message: Callable[[Any], None]) -> None:
        """Listen to a port.

        Parameters
        ----------
        port
            One of `ports`.
        on_message
            Called with each `mido.Message`, in a thread of the system's.

        Raises
        ------
        DeviceError
            If it refuses: on some systems only one program can listen to a port.
        """
        mido = importlib.import_module("mido")

        def receive(event: tuple[list[int], float], _: object) -> None:
            try:
                message = mido.Message.from_bytes(event[0])
            except ValueError:  # what is no MIDI
                return
            on_message(message)

        if not self._in_server:
            self._midi.set_callback(receive)
        try:
            self._midi.open_port(port.number, "in")
        except Exception as error:  # rtmidi's own, of several kinds
            raise DeviceError(f"{port.name} cannot be opened ({error})") from None
        if self._in_server:
            self._poller = threading.Thread(target=self._poll, args=(receive,), daemon=True)
            self._poller.start()

    def close(self) -> None:
        """Listen no more. Only while the sound server is there, which else takes the process along;
        but one that is there and is not told waits for seconds, and all its clients with it.
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


def find_port(ports: Sequence[Port], wanted: str) -> Port:
    """The port that is meant: by its number, its name or a part of that in any case.

    Raises
    ------
    DeviceError
        If there is none.
    """
    port = choose(wanted, ports)
    if port is None:
        names = "; ".join(f"{port.number} {printable(port.name)}" for port in ports) or "none"
        raise DeviceError(f"no MIDI port is called {wanted!r}; there are: {names}")
    return port


def _apis(rtmidi: Any) -> list[str]:
    """The systems to try, the best one first."""
    wanted = os.environ.get(BACKEND_VARIABLE, "").partition("/")[2]
    if wanted:
        if not hasattr(rtmidi, f"API_{wanted}"):
            raise DeviceError(
                f"{BACKEND_VARIABLE} names the system {wanted!r}; there are LINUX_ALSA, UNIX_JACK, "
                "MACOSX_CORE, WINDOWS_MM"
            )
        return [wanted]
    if sys.platform == "linux":
        return ["LINUX_ALSA", "UNIX_JACK"]
    return ["UNSPECIFIED"]
