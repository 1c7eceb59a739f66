"""Output device: choice by name, sample rate, recovery from failure."""

import gc
import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, TypeVar

import numpy as np
import pytest
from support.instrument import PATIENCE_S, wait_until

from distill_live.cli.devices import show_devices
from distill_live.errors import DeviceError
from distill_live.ipc.protocol import (
    AudioSettings,
    DeviceSettings,
    InputOpened,
    InputSettings,
    Message,
    NoDevice,
    OpenOutput,
    OutputOpened,
    Restart,
    Stop,
)
from distill_live.live.audio import audio_process, devices, jack
from distill_live.live.audio.audio_process import AudioProcess
from distill_live.live.input import input_process
from distill_live.live.shared.input_buffer import InputBuffer
from distill_live.live.shared.shared_block import SharedBlock


class PortAudioError(Exception):
    """As sounddevice raises it."""


class FakeStream:
    """Asks for blocks as a device does, or gives them, until it is stopped or dies.

    Those that it gives hold the number of the channel, from 1.
    """

    def __init__(self, channels: int, callback: Any, finished_callback: Any) -> None:
        self._out = np.ones((64, 1), np.float32) * np.arange(1, channels + 1, dtype=np.float32)
        self._callback, self._finished = callback, finished_callback
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.asks = self.starts = True
        self.xruns = 0

    def start(self) -> None:
        if not self.starts:
            raise PortAudioError("Error starting stream: Device unavailable", -9985)
        self._thread.start()

    def stop(self) -> None:
        self._closing.set()
        if self._thread.ident is None:
            self._finished()
        else:
            self._thread.join()

    close = stop

    def die(self) -> None:
        """End as an unplugged device does."""
        self._closing.set()

    def _run(self) -> None:
        while not self._closing.wait(0.001):
            if self.asks:
                status = SimpleNamespace(output_underflow=self.xruns > 0)
                self.xruns = max(0, self.xruns - 1)
                self._callback(self._out, len(self._out), None, status)
        self._finished()


class FakeSoundDevice:
    """What this program uses of sounddevice, with a few devices."""

    PortAudioError = PortAudioError

    def __init__(self, *, jack: bool = False) -> None:
        self.hosts: list[dict[str, Any]] = [
            {"name": "ALSA", "default_output_device": 2, "default_input_device": 0},
            {
                "name": "JACK Audio Connection Kit",
                "default_output_device": 4 if jack else -1,
                "default_input_device": -1,
            },
        ]
        self.devices = [
            self._device("Interface 1 in", 0, 0, 48000.0, inputs=2),
            self._device("Interface 2", 0, 8, 44100.0, inputs=4),
            self._device("Built-in speakers", 0, 2, 48000.0),
            self._device("Speakers", 0, 2, 48000.0),
            *([self._device("system", 1, 2, 96000.0)] if jack else []),
        ]
        self.default = SimpleNamespace(hostapi=0)
        self.rates_hz = {48000, 44100, 96000}
        self.mute_rates_hz: set[int] = set()
        """Rates at which a stream is opened and does not start."""
        self.streams: list[FakeStream] = []
        self.exclusive: list[bool] = []
        """Of each stream, whether exclusive mode was asked for."""

    @staticmethod
    def _device(
        name: str, host: int, channels: int, rate_hz: float, inputs: int = 0
    ) -> dict[str, Any]:
        return {
            "name": name,
            "hostapi": host,
            "max_output_channels": channels,
            "max_input_channels": inputs,
            "default_samplerate": rate_hz,
        }

    def WasapiSettings(self, *, exclusive: bool) -> object:  # noqa: N802
        assert exclusive
        return object()

    def query_hostapis(self) -> list[dict[str, Any]]:
        return self.hosts

    def query_devices(self) -> list[dict[str, Any]]:
        return self.devices

    def InputStream(self, **options: Any) -> FakeStream:  # noqa: N802
        return self.OutputStream(**options)

    def OutputStream(self, **options: Any) -> FakeStream:  # noqa: N802
        self.exclusive.append(options["extra_settings"] is not None)
        if options["samplerate"] not in self.rates_hz:
            raise PortAudioError("Error opening OutputStream: Invalid sample rate", -9997)
        stream = FakeStream(options["channels"], options["callback"], options["finished_callback"])
        stream.starts = options["samplerate"] not in self.mute_rates_hz
        self.streams.append(stream)
        return stream


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeSoundDevice:
    module = FakeSoundDevice()
    monkeypatch.setitem(sys.modules, "sounddevice", module)
    return module


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        (None, "Built-in speakers"),  # the system's default
        ("1", "Interface 2"),  # a number goes before the part of a name
        ("2", "Built-in speakers"),
        ("interface", "Interface 2"),  # the first one has no outputs
        ("speakers", "Speakers"),  # a whole name goes before a part of one
        ("BUILT", "Built-in speakers"),
    ],
)
def test_a_device_is_meant_by_number_name_or_part(
    fake: FakeSoundDevice, wanted: str | None, name: str
) -> None:
    assert devices.find_device(wanted).name == name


@pytest.mark.parametrize("wanted", ["0", "7", "no such"])
def test_what_is_no_output_device_is_refused_with_those_that_are(
    fake: FakeSoundDevice, wanted: str
) -> None:
    with pytest.raises(DeviceError, match=f"'{wanted}'; available: 1 Interface 2; 2 Built-in"):
        devices.find_device(wanted)


@pytest.mark.parametrize(
    ("wanted", "output", "name"),
    [
        (None, "interface", "Interface 2"),  # one device for both
        (None, None, "Interface 1 in"),  # the output has none: the system's default
        (None, "not here", "Interface 1 in"),
        ("2", "interface", "Interface 2"),  # 2 has no inputs, but is part of the name
        ("1", None, "Interface 2"),
    ],
)
def test_the_input_is_that_of_the_output_device_unless_another_is_meant(
    fake: FakeSoundDevice, wanted: str | None, output: str | None, name: str
) -> None:
    assert devices.find_input(wanted, output).name == name


def test_a_jack_server_is_the_default_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", FakeSoundDevice(jack=True))
    assert devices.find_device(None).description == "system (JACK Audio Connection Kit)"
    assert [device.is_default for device in devices.list_devices()] == [False, False, False, True]


@pytest.fixture
def fake_windows(fake: FakeSoundDevice) -> FakeSoundDevice:
    """Each device once for each host API, as PortAudio lists them under Windows."""
    names = ("MME", "Windows DirectSound", "Windows WASAPI", "Windows WDM-KS")
    fake.hosts = [{"name": name, "default_output_device": 2 * n} for n, name in enumerate(names)]
    fake.devices = [
        fake._device(name, host, 2, 48000.0)
        for host in range(len(names))
        for name in ("Speakers (Sound card)", "Interface 2")
    ]
    return fake


def test_of_the_host_apis_that_list_a_device_the_one_of_least_latency_is_chosen(
    fake_windows: FakeSoundDevice,
) -> None:
    assert devices.find_device(None).description == "Speakers (Sound card) (Windows WASAPI)"
    assert devices.find_device("interface").host == "Windows WASAPI"
    assert devices.find_device("1").host == "MME", "a number means one of them"
    with pytest.raises(DeviceError, match=r"available: 0 Speakers \(Sound card\) \(MME\); 1 Inter"):
        devices.find_device("no such")
    fake_windows.hosts.append(
        {"name": "ASIO", "default_output_device": 8, "default_input_device": -1}
    )
    fake_windows.devices.append(fake_windows._device("Interface ASIO", 4, 8, 48000.0))
    assert devices.find_device(None).host == "ASIO", "it was enabled to be used"


def test_exclusive_mode_is_asked_of_wasapi_and_of_no_other(fake_windows: FakeSoundDevice) -> None:
    opened_at(fake_windows, "interface", 2, 48000, exclusive=True)
    opened_at(fake_windows, "interface", 2, 48000)
    assert fake_windows.exclusive == [True, False]
    with pytest.raises(DeviceError, match=r"\(MME\) has no exclusive mode.* of Windows WASAPI"):
        opened_at(fake_windows, "1", 2, 48000, exclusive=True)


def test_no_device_at_all_is_a_device_error(fake: FakeSoundDevice) -> None:
    fake.devices.clear()
    fake.hosts.clear()
    with pytest.raises(DeviceError, match="the system has none"):
        devices.find_device(None)
    with pytest.raises(DeviceError, match="no device; connect one"):
        show_devices()


def test_without_portaudio_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    class Missing:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "sounddevice":
                raise OSError("PortAudio library not found")

    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Missing(), *sys.meta_path])
    remedy = "on Debian: apt install libportaudio2" if sys.platform == "linux" else "it comes with"
    with pytest.raises(DeviceError, match=f"not found; {remedy}"):
        devices.list_devices()


def test_the_list_says_what_can_be_chosen(
    fake: FakeSoundDevice, capsys: pytest.CaptureFixture[str]
) -> None:
    show_devices()
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 6
    assert lines[2].split() == [
        *("2", "Built-in", "speakers", "ALSA", "output", "2", "48000", "default")
    ]
    assert lines[4].split() == [
        "0",
        "Interface",
        "1",
        "in",
        "ALSA",
        "input",
        "2",
        "48000",
        "default",
    ]
    show_devices(as_json=True)
    listed = json.loads(capsys.readouterr().out)
    assert [device["number"] for device in listed] == [1, 2, 3, 0, 1]
    assert listed[0] == {
        "number": 1,
        "name": "Interface 2",
        "host": "ALSA",
        "channels": 8,
        "rate_hz": 44100,
        "is_default": False,
        "direction": "output",
    }


def opened_at(
    fake: FakeSoundDevice, wanted: str, channels: int, rate_hz: int, *, exclusive: bool = False
) -> int:
    def make(options: dict[str, Any], rate_hz: int) -> int:
        fake.OutputStream(**options, callback=None, finished_callback=None)
        return rate_hz

    settings = DeviceSettings(wanted, channels, rate_hz, None, exclusive)
    device, rate, made = devices.open_stream(settings, make)
    assert device.name == "Interface 2"
    assert rate == made
    return rate


def test_a_device_is_opened_at_the_wanted_rate_its_own_or_a_usual_one(
    fake: FakeSoundDevice,
) -> None:
    assert opened_at(fake, "1", 8, 96000) == 96000
    assert opened_at(fake, "1", 8, 32000) == 44100
    fake.rates_hz = {48000}
    assert opened_at(fake, "1", 8, 32000) == 48000
    fake.rates_hz = set()
    with pytest.raises(DeviceError, match=r"not take 8 channels at 32000 Hz \(Invalid sample rate"):
        opened_at(fake, "1", 8, 32000)


def test_too_few_channels_are_refused_with_what_there_are(fake: FakeSoundDevice) -> None:
    with pytest.raises(DeviceError, match=r"has 8 output channels, 9 were .* \(--channels 8, or"):
        opened_at(fake, "1", 9, 48000)


Kind = TypeVar("Kind", bound=Message)


class Audio:
    """The audio process in a thread, with a device that can be made to fail."""

    def __init__(self, **settings: Any) -> None:
        self.inbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.said: list[Message] = []
        self.block = SharedBlock.create(2)
        parent: Any = SimpleNamespace(inbox=self.inbox, send=self.said.append)
        usual = AudioSettings(
            handle=self.block.handle,
            channels=2,
            device=None,
            sample_rate_hz=None,
            block_frames=None,
            exclusive=False,
            null=False,
            wait_for_data=False,
        )
        process = AudioProcess(parent, replace(usual, **settings))
        self.thread = threading.Thread(target=process.run)
        self.thread.start()
        self.inbox.put(OpenOutput(48000))

    def wait_for(self, kind: type[Kind], number: int = 1) -> Kind:
        """The message of that kind and number, once it is sent."""

        def heard() -> list[Kind]:
            return [said for said in self.said if isinstance(said, kind)]

        wait_until(lambda: len(heard()) >= number, kind.__name__)
        return heard()[number - 1]


@pytest.fixture
def start(fake: FakeSoundDevice, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Audio]]:
    for name in ("freeze", "disable"):
        monkeypatch.setattr(gc, name, lambda: None)
    running: list[Audio] = []

    def begin(**settings: object) -> Audio:
        running.append(Audio(**settings))
        return running[-1]

    yield begin
    for one in running:
        one.inbox.put(Stop())
        one.thread.join(PATIENCE_S)
        assert not one.thread.is_alive()


def test_a_device_that_ends_by_itself_is_followed_by_a_null_output_at_its_rate(
    fake: FakeSoundDevice, start: Callable[..., Audio]
) -> None:
    fake.rates_hz = {44100}
    one = start()
    assert one.wait_for(OutputOpened) == OutputOpened("Built-in speakers (ALSA)", 64, 44100)
    assert one.block.output_rate_hz == 44100
    fake.streams[0].die()
    assert one.wait_for(NoDevice).reason == "Built-in speakers (ALSA) has gone away"
    assert one.wait_for(OutputOpened, 2) == OutputOpened("null output", 256, 44100)


def test_a_rate_at_which_it_does_not_start_is_passed_over(
    fake: FakeSoundDevice, start: Callable[..., Audio]
) -> None:
    fake.mute_rates_hz = {48000}
    one = start(device="interface")
    assert one.wait_for(OutputOpened) == OutputOpened("Interface 2 (ALSA)", 64, 44100)
    fake.streams[-1].xruns = 1
    wait_until(lambda: one.block.xruns == 1, "a report")
    assert not any(isinstance(said, NoDevice) for said in one.said)


def test_a_device_that_asks_for_nothing_any_more_is_lost(
    fake: FakeSoundDevice, start: Callable[..., Audio]
) -> None:
    one = start(device="speakers")
    one.wait_for(OutputOpened)
    fake.streams[0].asks = False
    assert one.wait_for(NoDevice).reason == "Speakers (ALSA) has gone away"
    one.wait_for(OutputOpened, 2)


def test_what_the_device_reports_is_counted(
    fake: FakeSoundDevice, start: Callable[..., Audio]
) -> None:
    one = start()
    one.wait_for(OutputOpened)
    fake.streams[0].xruns = 3
    wait_until(lambda: one.block.xruns == 3, "three reports")


def test_what_a_dummy_server_reports_is_not_counted(
    fake: FakeSoundDevice, start: Callable[..., Audio], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fake, "devices", FakeSoundDevice(jack=True).devices)
    monkeypatch.setattr(jack, "has_dummy_driver", lambda: True)
    one = start(device="system")
    assert one.wait_for(OutputOpened).output == "system (JACK Audio Connection Kit)"
    fake.streams[0].xruns = 3
    wait_until(lambda: fake.streams[0].xruns == 0, "three reports")
    assert one.block.xruns == 0


def test_when_a_missing_device_is_found_the_process_asks_to_be_started_again(
    fake: FakeSoundDevice, start: Callable[..., Audio], monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[Callable[[], None]] = []

    class DeviceWatcher:
        def __init__(self, *_: object, on_found: Callable[[], None]) -> None:
            found.append(on_found)

        def close(self) -> None:
            pass

    monkeypatch.setattr(audio_process, "DeviceWatcher", DeviceWatcher)
    one = start(device="not here")
    one.wait_for(NoDevice)
    one.wait_for(OutputOpened)
    found[0]()
    assert one.wait_for(Restart) == Restart()
    one.thread.join(PATIENCE_S)
    assert not one.block.stopping, "the next one is to play"


def test_a_device_that_was_chosen_by_its_number_is_looked_for_by_its_name(
    fake: FakeSoundDevice, start: Callable[..., Audio], monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted: list[DeviceSettings] = []

    def watch(settings: DeviceSettings, on_found: object) -> object:
        wanted.append(settings)
        return SimpleNamespace(close=lambda: None)

    monkeypatch.setattr(audio_process, "DeviceWatcher", watch)
    one = start(device="2")
    one.wait_for(OutputOpened)
    fake.streams[0].die()
    wait_until(lambda: wanted, "a search")
    fake.devices.insert(0, fake._device("New", 0, 2, 48000.0))
    assert devices.find_device(wanted[0].device).name == "Built-in speakers"


def test_an_input_gives_one_channel_until_it_is_lost_and_begins_again_when_it_is_found(
    fake: FakeSoundDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("freeze", "disable"):
        monkeypatch.setattr(gc, name, lambda: None)
    found: list[Callable[[], None]] = []

    def watch(_: DeviceSettings, on_found: Callable[[], None]) -> object:
        found.append(on_found)
        return SimpleNamespace(close=lambda: None)

    monkeypatch.setattr(input_process, "DeviceWatcher", watch)
    block, said = SharedBlock.create(1), list[Message]()
    parent: Any = SimpleNamespace(inbox=queue.SimpleQueue(), send=said.append)
    settings = InputSettings(block.handle, None, "interface 2", 3, 48000, None)
    process = input_process.InputProcess(parent, settings)
    thread = threading.Thread(target=process.run)
    thread.start()
    wait_until(lambda: block.input_written_frames > 64, "a block")
    assert said == [InputOpened("Interface 2 (ALSA)", 48000)]
    assert (block.input_rate_hz, block.input_block_frames) == (48000, 64)
    heard = np.zeros((64, 1), np.float32)
    InputBuffer(block).read(0, heard)
    assert (heard == 3.0).all()
    fake.streams[0].die()
    wait_until(lambda: found, "a search")
    assert said[1:] == [NoDevice("Interface 2 (ALSA) has gone away")]
    assert block.input_rate_hz == 0
    found[0]()
    thread.join(PATIENCE_S)
    assert said[2:] == [Restart()]


@pytest.mark.process
def test_a_search_ends_with_its_last_look(monkeypatch: pytest.MonkeyPatch) -> None:
    from distill_live.live.audio import device_watcher

    monkeypatch.setattr(device_watcher, "ATTEMPT_INTERVAL_S", 0.01)
    looks: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def look(_: object, **options: Any) -> subprocess.Popen[bytes]:
        code = ("import time; time.sleep(60)", "raise SystemExit(1)")[len(looks) == 0]
        looks.append(popen([sys.executable, "-S", "-c", code], **options))
        return looks[-1]

    monkeypatch.setattr(subprocess, "Popen", look)
    found: list[bool] = []
    settings = DeviceSettings(None, 2, 48000, None, exclusive=False)
    one = device_watcher.DeviceWatcher(settings, on_found=lambda: found.append(True))
    wait_until(lambda: len(looks) == 2, "a second look")
    time.sleep(0.05)
    one.close()
    assert looks[1].returncode is not None
    assert not found
