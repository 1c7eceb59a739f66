"""Real JACK server on the dummy driver, and a client that captures."""

import ctypes.util
import importlib.util
import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest
from support.closing import Closing
from support.instrument import PATIENCE_S, wait_until

RATE_HZ = 48000
PERIOD_FRAMES = 128


def require_jack() -> None:
    """Skip, naming what is missing; in CI nothing may be missing."""
    if shutil.which("jackd") is None:
        _missing("jackd")
    if ctypes.util.find_library("portaudio") is None:
        _missing("the PortAudio library")
    if ctypes.util.find_library("jack") is None:
        _missing("the JACK library")
    if importlib.util.find_spec("jack") is None:
        _missing("JACK-Client")


def require_midi() -> None:
    """The same for MIDI ports on it."""
    require_jack()
    for module in ("mido", "rtmidi"):
        if importlib.util.find_spec(module) is None:
            _missing(f"the extra [midi] ({module})")


def _missing(what: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is not installed")
    pytest.skip(f"{what} is not installed")


class JackServer(Closing):
    """A synchronous jackd on the dummy driver, under a name of its own.

    Parameters
    ----------
    period_frames
        Frames of a block.
    rate_hz
        Sample rate.
    channels
        Channels of its one device.
    name
        The name of a server that is started again.
    real_time
        Whether it and its clients ask for real-time priority, as on a stage. In a test, which may
        be one of many on a machine, they do not.

    Attributes
    ----------
    environment : dict
        What a program needs to find it.
    """

    def __init__(
        self,
        period_frames: int = PERIOD_FRAMES,
        rate_hz: int = RATE_HZ,
        channels: int = 2,
        name: str | None = None,
        *,
        real_time: bool = False,
    ) -> None:
        self.name = name or self.new_name()
        self.rate_hz = rate_hz
        self.environment = self.environment_of(self.name)
        priority = ("-R", "-P", "70") if real_time else ("--no-realtime",)
        words = ["jackd", "-n", self.name, *priority, "-S", "-d", "dummy"]
        self._process = subprocess.Popen(
            [*words, "-r", str(rate_hz), "-p", str(period_frames), "-P", str(channels)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    def wait_until_ready(self) -> None:
        """Wait until clients can connect."""
        Capture(self, channels=0, seconds=0).close()

    @staticmethod
    def new_name() -> str:
        """A name that no server has."""
        return f"distill-{secrets.token_hex(4)}"

    @staticmethod
    def environment_of(name: str) -> dict[str, str]:
        """What a program needs to find the server of that name."""
        return {"JACK_DEFAULT_SERVER": name, "JACK_NO_AUDIO_RESERVATION": "1"}

    def close(self) -> None:
        """End the server in order."""
        self.stop()

    def stop(self, how: int = signal.SIGTERM) -> None:
        """End the server, whoever is connected."""
        self._process.send_signal(how)
        self._process.wait(PATIENCE_S)
        for left in Path("/dev/shm").glob(f"jack_sem.*_{self.name}_*"):  # by clients that lost it
            left.unlink(missing_ok=True)


class Capture(Closing):
    """A second JACK client that records what the instrument plays, from its first sample on.

    Parameters
    ----------
    server
        The server.
    channels
        Output ports of the instrument to record.
    seconds
        Room.
    """

    def __init__(self, server: JackServer, channels: int = 2, seconds: float = 60.0) -> None:
        import jack

        self._rate_hz = server.rate_hz
        self._samples = np.zeros((round(seconds * self._rate_hz), channels), dtype=np.float32)
        self._filled = 0
        deadline_s = time.perf_counter() + PATIENCE_S
        while True:
            try:
                self._client: Any = jack.Client(
                    "capture", servername=server.name, no_start_server=True
                )
                break
            except jack.JackOpenError:
                assert time.perf_counter() < deadline_s, "jackd did not start"
                time.sleep(0.05)
        for number in range(channels):
            self._client.inports.register(f"in_{number}")
        self._client.set_process_callback(self._process)
        self._client.activate()

    def close(self) -> None:
        """Record no more."""
        self._client.deactivate()
        self._client.close()

    def connect(self) -> None:
        """Listen to the instrument, once it is there."""
        wait_until(lambda: len(self.instrument_ports()) >= len(self._client.inports), "a port")
        for source, target in zip(self.instrument_ports(), self._client.inports, strict=False):
            self._client.connect(source, target)

    def clear(self) -> None:
        """Forget what was recorded."""
        self._filled = 0

    def record(self, seconds: float) -> np.ndarray:
        """The next seconds, ``(frames, channels)``."""
        start = self._filled
        stop = start + round(seconds * self._rate_hz)
        assert stop <= len(self._samples)
        while self._filled < stop:  # as long as it goes on
            reached = min(stop, self._filled + self._rate_hz)
            wait_until(lambda: self._filled >= reached, "the next second of sound")  # noqa: B023
        return self._samples[start:stop].copy()

    def freewheel(self, on: bool) -> None:
        """Let the server run as fast as its clients can, or at its rate again."""
        self._client.set_freewheel(on)

    @property
    def recorded(self) -> np.ndarray:
        """Everything so far, ``(frames, channels)``."""
        return self._samples[: self._filled].copy()

    def instrument_ports(self) -> list[Any]:
        """The output ports of other clients."""
        ports = self._client.get_ports(is_audio=True, is_output=True)
        return [p for p in ports if not p.name.startswith(("system:", "capture:"))]

    def _process(self, frames: int) -> None:
        start = self._filled
        if start + frames <= len(self._samples):
            for channel, port in enumerate(self._client.inports):
                self._samples[start : start + frames, channel] = port.get_array()
            self._filled = start + frames


class Probe(Capture):
    """A capturing client that plays into the instrument's input as well, at the same frames.

    Parameters
    ----------
    server
        The server.
    sound
        What it plays, mono, over and over.
    seconds
        Room.
    """

    def __init__(self, server: JackServer, sound: np.ndarray, seconds: float = 60.0) -> None:
        self.sound = sound.astype(np.float32)
        self.played = np.zeros(round(seconds * server.rate_hz), np.float32)
        """What was played at the frames of `recorded`."""
        self._at = 0
        super().__init__(server, channels=1, seconds=seconds)
        self._client.outports.register("out")

    def connect_input(self, channel: int = 1) -> None:
        """Play into the instrument's input, once it is there, instead of the sound card."""
        name = f"Distill Live input:in_{channel - 1}"
        wait_until(lambda: self._client.get_ports(name), name)
        for source in self._client.get_all_connections(name):
            self._client.disconnect(source, name)
        self._client.connect("capture:out", name)

    def _process(self, frames: int) -> None:
        at = np.arange(self._at, self._at + frames) % len(self.sound)
        self._at += frames
        sound = self.sound[at]
        if self._client.outports:
            self._client.outports[0].get_array()[:] = sound
        start = self._filled
        super()._process(frames)
        if self._filled > start:
            self.played[start : self._filled] = sound


@pytest.fixture
def jack_server() -> Iterator[JackServer]:
    """A running server."""
    require_jack()
    with JackServer() as server:
        yield server
