"""MIDI ports of both libraries, and the message where both are missing."""

import sys
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import pytest

from distill_live.device_selection import missing_library
from distill_live.midi.ports import MidiInput, MidiPort, find_port

CLOCK, NOTE = [0xF8], [0x90, 60, 100]


class FakeRtMidi2(ModuleType):
    """What is used of rtmidi2, with two ports; a device plays a clock and a note at once."""

    def __init__(self) -> None:
        super().__init__("rtmidi2")
        self.__spec__ = ModuleSpec("rtmidi2", None)
        self.API_UNSPECIFIED = 0
        self.opened: list[int] = []
        self.closed = 0

    def MidiIn(self, clientname: str, *, api: int) -> "FakeRtMidi2":  # noqa: N802, ARG002
        assert api == self.API_UNSPECIFIED
        return self

    ports = ("Through", "nanoKONTROL")
    callback: Any = None

    def ignore_types(
        self, midi_sysex: bool = True, midi_time: bool = True, midi_sense: bool = True
    ) -> None:
        assert (midi_sysex, midi_time, midi_sense) == (True, False, True)

    def open_port(self, number: int) -> None:
        self.opened.append(number)
        if self.callback is not None:
            for message in (CLOCK, NOTE):
                self.callback(message, 0.5)

    def close_port(self) -> None:
        self.closed += 1


def test_rtmidi2_opens_ports_where_the_other_library_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fake = FakeRtMidi2()
    monkeypatch.setitem(sys.modules, "rtmidi2", fake)
    monkeypatch.setitem(sys.modules, "rtmidi", None)
    monkeypatch.setattr(
        "distill_live.midi.ports.find_spec", lambda name: None if name == "rtmidi" else name
    )
    monkeypatch.setattr("distill_live.midi.ports._apis", lambda _: ["UNSPECIFIED"])
    heard: list[Any] = []
    one = MidiInput()
    assert one.ports() == [MidiPort(0, "Through"), MidiPort(1, "nanoKONTROL")]
    one.open(find_port(one.ports(), "nano"), heard.append)
    assert (fake.opened, [message.bytes() for message in heard]) == ([1], [CLOCK, NOTE])
    one.close()
    assert fake.closed == 1


@pytest.mark.parametrize("system", ["linux", "darwin", "win32"])
def test_a_missing_library_is_had_by_the_means_of_the_system(
    monkeypatch: pytest.MonkeyPatch, system: str
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    text = str(missing_library(OSError("not found"), "sounddevice", "libportaudio2"))
    assert ("apt" in text) == (system == "linux")
    assert ("pip install --force-reinstall sounddevice" in text) == (system != "linux")
