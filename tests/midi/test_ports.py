"""MIDI ports of both libraries, and the message where both are missing."""

import re
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from distill_live.device_selection import missing_library
from distill_live.errors import DeviceError
from distill_live.ipc.protocol import PortFound
from distill_live.midi.ports import MidiInput, MidiPort, find_port
from distill_live.midi.supervisor import BridgeSupervisor, MidiSettings

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


def test_a_port_that_was_chosen_by_its_number_is_found_by_its_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def found(wanted: str, *names: str) -> str:
        return find_port(list(map(MidiPort, range(len(names)), names)), wanted).name

    alsa = re.compile(r" \d+:\d+$")
    monkeypatch.setattr("distill_live.midi.ports._ADDED_NUMBERS", alsa)
    assert found("1", "Through", "nano") == "nano"
    assert found("1 nano", "nano", "keys") == "nano"
    assert found("1 nano MIDI 1 24:0", "keys 20:0", "nano MIDI 2 24:1", "nano MIDI 1 28:0") == (
        "nano MIDI 1 28:0"
    )
    twins = find_port([MidiPort(0, "nano"), MidiPort(1, "nano")], "1 nano")
    assert twins.number == 1
    with pytest.raises(DeviceError, match="no MIDI port matches '1 nano'"):
        found("1 nano", "keys", "nano 2")


def test_a_bridge_that_follows_looks_for_the_name_of_a_port_that_was_chosen_by_its_number(
    tmp_path: Path,
) -> None:
    pytest.importorskip("mido")
    (tmp_path / "midi.toml").touch()
    settings = MidiSettings(("1", "keys"), tmp_path / "midi.toml")
    supervisor = BridgeSupervisor(settings, "127.0.0.1", 9)
    supervisor._receive(PortFound("keys", "keys A"))
    supervisor._receive(PortFound("1", "nano"))
    assert supervisor._settings.ports == ("1 nano", "keys")
    supervisor._receive(PortFound("1 nano", "nano"))
    assert supervisor._settings.ports == ("1 nano", "keys")


@pytest.mark.parametrize("system", ["linux", "darwin", "win32"])
def test_a_missing_library_is_had_by_the_means_of_the_system(
    monkeypatch: pytest.MonkeyPatch, system: str
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    text = str(missing_library(OSError("not found"), "sounddevice", "libportaudio2"))
    assert ("apt" in text) == (system == "linux")
    assert ("pip install --force-reinstall sounddevice" in text) == (system != "linux")
