"""The audio process: a device's callback, or a clock where there is no device.

It holds nothing but sounddevice, numpy and the ring, so that nobody else's Python can delay the
callback (`player`). What it cannot open it reports in words, and plays into a paced null output.

Messages in: ``["open", sample_rate_hz]``, ``["stop"]``.
Messages out: ``["playing", output, block_frames]``, ``["no-device", reason]``.
"""

import gc
import queue
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from distill_live.errors import DeviceError
from distill_live.live.messages import Message, Parent
from distill_live.live.player import FADE_S, Player
from distill_live.live.ring import Ring
from distill_live.live.shared import SharedBlock
from distill_live.spectrogram import Float32

NULL_BLOCK_FRAMES = 256
"""Block of the null output where none is asked for."""

ANNOUNCE_S = 0.5
"""How long a device may take to ask for its first block before it is announced all the same."""

STALL_S = 1.0
"""A device that asks for no block in so long is lost."""

FADE_OUT_S = 0.5
"""How long a device may take to play the fade-out at the end."""


class Output(Protocol):
    """Something that takes blocks from a player until it is closed."""

    description: str

    def close(self) -> None:
        """Take no more."""


class NullOutput:
    """Takes blocks at the pace of the clock and drops them.

    When it comes late it catches up by one block at most, as a device would: a burst of blocks
    would empty the ring.
    """

    description = "null output"

    def __init__(self, player: Player, channels: int, rate_hz: int, block_frames: int) -> None:
        self._player = player
        self._out = np.zeros((block_frames, channels), dtype=np.float32)
        self._period_s = block_frames / rate_hz
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="null output", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Take no more."""
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        due = time.monotonic()
        while not self._closing.is_set():
            self._player.fill(self._out)
            due = max(due + self._period_s, time.monotonic() - self._period_s)
            time.sleep(max(0.0, due - time.monotonic()))


class DeviceOutput:
    """A PortAudio device, by number, by a part of its name, or the default one.

    Parameters
    ----------
    player
        Fills the blocks.
    block
        Counts what the device reports.
    device
        Number, part of a name, or None for the default output.
    block_frames
        Frames of a block; None leaves it to the device.
    on_lost
        Called, in a thread of PortAudio's, when the device ends by itself.

    Raises
    ------
    DeviceError
        If there is no such device, it refuses the rate or the channels, or PortAudio is missing.
    """

    def __init__(
        self,
        player: Player,
        block: SharedBlock,
        channels: int,
        rate_hz: int,
        *,
        device: str | None,
        block_frames: int | None,
        on_lost: Callable[[], None],
    ) -> None:
        sounddevice = _sounddevice()
        number = _find_device(sounddevice, device)
        name = sounddevice.query_devices(number)["name"]

        def callback(out: Float32, frames: int, clock: object, status: Any) -> None:  # noqa: ARG001
            if status.output_underflow:
                block.device_errors += 1
            player.fill(out)

        try:
            self._stream = sounddevice.OutputStream(
                device=number,
                channels=channels,
                samplerate=rate_hz,
                blocksize=block_frames or 0,
                dtype="float32",
                latency="low",
                callback=callback,
                finished_callback=on_lost,
            )
            self._stream.start()
        except sounddevice.PortAudioError as error:
            reason = str(error.args[0]).removeprefix("Error opening OutputStream: ")
            raise DeviceError(
                f"{name} does not take {channels} channels at {rate_hz} Hz ({reason})"
            ) from None
        host = sounddevice.query_hostapis(sounddevice.query_devices(number)["hostapi"])["name"]
        self.description = f"{name} ({host})"

    def close(self) -> None:
        """Let the device play what it holds, and release it."""
        self._stream.stop()
        self._stream.close()

    def abandon(self) -> None:
        """Release a device that does not answer; not for longer than that may take."""
        closing = threading.Thread(target=self._stream.close, daemon=True)
        closing.start()
        closing.join(STALL_S)


def _sounddevice() -> Any:
    try:
        import sounddevice
    except OSError as error:
        raise DeviceError(f"{error}; on Debian: apt install libportaudio2") from None
    return sounddevice


def _find_device(sounddevice: Any, wanted: str | None) -> int:
    devices = [
        (number, device)
        for number, device in enumerate(sounddevice.query_devices())
        if device["max_output_channels"] > 0
    ]
    if wanted is None:
        hosts = sounddevice.query_hostapis()
        standard = [hosts[sounddevice.default.hostapi]] if hosts else []
        # Who has started a JACK server wants to be heard through it.
        for host in [*(h for h in hosts if "JACK" in h["name"]), *standard, *hosts]:
            if host["default_output_device"] >= 0:
                return int(host["default_output_device"])
        raise DeviceError("the system has none")
    for number, device in devices:
        if wanted == str(number) or wanted.lower() in device["name"].lower():
            return number
    names = "; ".join(f"{number} {device['name']}" for number, device in devices) or "none"
    raise DeviceError(f"no output device is called {wanted!r}; there are: {names}")


class AudioProcess:
    """Opens an output and keeps one open until it is told to stop.

    Parameters
    ----------
    parent
        The control process.
    settings
        ``handle`` of the shared block, ``channels``, ``device``, ``block`` and ``null``.
    """

    def __init__(self, parent: Parent, settings: dict[str, Any]) -> None:
        self._parent = parent
        self._settings = settings
        self._channels: int = settings["channels"]
        self._block = SharedBlock.attach(settings["handle"])
        self._ring = Ring(self._block, self._channels)
        self._rate_hz = 0
        self._player: Player
        self._output: Output | None = None

    def run(self) -> None:
        """Serve the parent until it says stop or is gone."""
        if not self._settings["null"]:
            _load_library()
        while True:
            match self._next():
                case ["open", int(rate_hz)]:
                    self._rate_hz = rate_hz
                    self._player = Player(self._block, self._ring, self._channels, rate_hz)
                    self._output = self._open()
                    gc.freeze()
                    gc.disable()
                    self._announce()
                case ["lost"] if isinstance(self._output, DeviceOutput):
                    self._parent.send("no-device", f"{self._output.description} has gone away")
                    self._output.abandon()
                    self._output = self._null()
                    self._announce()
                case ["lost"]:
                    pass
                case _:
                    break
        if self._output is not None:
            self._fade_out()
            self._output.close()

    def _next(self) -> Message | None:
        """The next message; a device that asks for nothing any more is lost."""
        blocks = -1
        while True:
            try:
                return self._parent.inbox.get(timeout=STALL_S)
            except queue.Empty:
                if self._output is not None and self._player.blocks == blocks:
                    return ["lost"]
                blocks = 0 if self._output is None else self._player.blocks

    @property
    def _null_block(self) -> int:
        return int(self._settings["block"] or NULL_BLOCK_FRAMES)

    def _open(self) -> Output:
        if self._settings["null"]:
            return self._null()
        try:
            return DeviceOutput(
                self._player,
                self._block,
                self._channels,
                self._rate_hz,
                device=self._settings["device"],
                block_frames=self._settings["block"],
                on_lost=lambda: self._parent.inbox.put(["lost"]),
            )
        except DeviceError as error:
            self._parent.send("no-device", str(error))
            return self._null()

    def _null(self) -> NullOutput:
        return NullOutput(self._player, self._channels, self._rate_hz, self._null_block)

    def _announce(self) -> None:
        """Report the output, once it has asked for its first block."""
        assert self._output is not None
        deadline_s = time.monotonic() + ANNOUNCE_S
        while self._player.blocks == 0 and time.monotonic() < deadline_s:
            time.sleep(FADE_S)
        self._parent.send("playing", self._output.description, self._block.block_frames)

    def _fade_out(self) -> None:
        self._block.stopping = 1
        deadline_s = time.monotonic() + FADE_OUT_S
        while not self._player.silent and time.monotonic() < deadline_s:
            time.sleep(FADE_S)


def _load_library() -> None:
    """Initialise PortAudio while the model's rate is still being read; it takes its time."""
    try:
        _sounddevice()
    except DeviceError:  # reported when the output is opened
        return


def run(parent: Parent, settings: dict[str, Any]) -> None:
    """Be the audio process."""
    AudioProcess(parent, settings).run()
