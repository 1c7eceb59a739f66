"""Audio process: play the ring on a device, or into a timed null output while there is none.

The process does nothing else, so that no other Python code delays the callback (`player`). Without
a device, it plays into the null output until `device_watcher` finds one. Then it ends and asks to
be started again, since PortAudio lists devices only when it is loaded.
"""

import gc
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any, Protocol

import numpy as np

from distill_live.device_selection import lasting
from distill_live.errors import DeviceError
from distill_live.ipc.pipes import Parent
from distill_live.ipc.priority import AUDIO, take_priority_everywhere
from distill_live.ipc.protocol import (
    AudioSettings,
    DeviceSettings,
    NoDevice,
    OpenOutput,
    OutputOpened,
    Restart,
)
from distill_live.live.audio import jack
from distill_live.live.audio.device_stream import DeviceEvent, DeviceStream, next_event
from distill_live.live.audio.device_watcher import DeviceWatcher
from distill_live.live.audio.devices import NULL_OUTPUT, load_sounddevice
from distill_live.live.audio.player import FADE_S, Player
from distill_live.live.shared.ring import Ring
from distill_live.live.shared.shared_block import SharedBlock
from distill_live.spectrogram import Float32

NULL_BLOCK_FRAMES = 256
"""Block size of the null output where none is requested."""

FIRST_BLOCK_LIMIT_S = 0.5
"""Maximum wait for a device's first block before the output is reported."""

FADE_OUT_S = 0.5
"""Maximum duration of the fade-out at the end."""


class Output(Protocol):
    """Plays a player's blocks until it is closed."""

    description: str
    rate_hz: int

    def close(self) -> None:
        """Stop playing."""


class NullOutput:
    """Requests blocks at the pace of the clock and drops them.

    After a delay it catches up by one block at most, as a device would: a burst of blocks would
    empty the ring.
    """

    description = NULL_OUTPUT

    def __init__(self, player: Player, channels: int, rate_hz: int, block_frames: int) -> None:
        self.rate_hz = rate_hz
        self._player = player
        self._out = np.zeros((block_frames, channels), dtype=np.float32)
        self._period_s = block_frames / rate_hz
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="null output", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop requesting blocks."""
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        due = time.perf_counter()
        while not self._closing.is_set():
            self._player.fill(self._out)
            due = max(due + self._period_s, time.perf_counter() - self._period_s)
            time.sleep(max(0.0, due - time.perf_counter()))


class DeviceOutput(DeviceStream):
    """PortAudio output stream.

    Parameters
    ----------
    block
        Shared memory; receives the device's xruns and sample rate.
    make_player
        Makes the player, given the device's sample rate.
    wanted, on_lost
        As for `DeviceStream`, which states the errors, too.
    """

    def __init__(
        self,
        block: SharedBlock,
        make_player: Callable[[int], Player],
        wanted: DeviceSettings,
        on_lost: Callable[[], None],
    ) -> None:
        def make(options: dict[str, Any], rate_hz: int) -> Any:
            fill = make_player(rate_hz).fill

            def callback(out: Float32, frames: int, clock: object, status: Any) -> None:  # noqa: ARG001
                if status.output_underflow and self._counts_xruns:
                    block.xruns += 1
                fill(out)

            stream = load_sounddevice().OutputStream(**options, callback=callback)
            block.output_rate_hz = rate_hz
            return stream

        self._counts_xruns, before = True, block.xruns
        super().__init__(wanted, make, on_lost)
        if jack.HOST in self.device.host and jack.has_dummy_driver():
            self._counts_xruns = False
            block.xruns = before


class AudioProcess:
    """Opens an output and keeps one open until stopped.

    Parameters
    ----------
    parent
        The control process.
    settings
        Of the process.
    """

    def __init__(self, parent: Parent, settings: AudioSettings) -> None:
        self._parent = parent
        self._settings = settings
        self._channels = settings.channels
        self._block = SharedBlock.attach(settings.handle)
        self._ring = Ring(self._block, self._channels)
        self._rate_hz = 0
        self._player: Player
        self._output: Output | None = None
        self._watcher: DeviceWatcher | None = None

    def run(self) -> None:
        """Serve the parent until it stops or ends, or until a missing device is found."""
        if not self._settings.null:
            with suppress(DeviceError):  # reported when the output is opened
                load_sounddevice()  # slow: meanwhile synthesis loads the model
        inbox = self._parent.inbox
        while True:
            match next_event(inbox, self._blocks):
                case OpenOutput(rate_hz):
                    self._rate_hz = self._settings.sample_rate_hz or rate_hz
                    self._output = self._open()
                    gc.freeze()
                    gc.disable()
                    self._announce()
                case DeviceEvent.LOST if isinstance(self._output, DeviceOutput):
                    description = self._output.description
                    device = lasting(self._settings.device, description)
                    self._settings = replace(self._settings, device=device)
                    reason = f"{description} has gone away"
                    self._parent.send(NoDevice(reason))
                    self._output.abandon()
                    self._output = self._stand_in()
                    self._announce()
                case DeviceEvent.LOST:
                    pass
                case DeviceEvent.FOUND:
                    self._parent.send(Restart())
                    break
                case _:
                    self._fade_out()
                    break
        if self._watcher is not None:
            self._watcher.close()
        if self._output is not None:
            self._output.close()

    def _blocks(self) -> int | None:
        return None if self._output is None else self._player.blocks

    @property
    def _wanted(self) -> DeviceSettings:
        settings = self._settings
        return DeviceSettings(
            settings.device,
            self._channels,
            self._rate_hz,
            settings.block_frames,
            settings.exclusive,
        )

    def _open(self) -> Output:
        if self._settings.null:
            return self._null()
        try:
            return DeviceOutput(
                self._block,
                self._make_player,
                self._wanted,
                on_lost=lambda: self._parent.inbox.put(DeviceEvent.LOST),
            )
        except DeviceError as error:
            self._parent.send(NoDevice(str(error)))
            return self._stand_in()

    def _make_player(self, rate_hz: int) -> Player:
        self._player = Player(
            self._block,
            self._ring,
            self._channels,
            rate_hz,
            waiting=self._settings.wait_for_data,
        )
        return self._player

    def _stand_in(self) -> NullOutput:
        """Play into a null output, and watch for the device."""
        self._watcher = DeviceWatcher(
            self._wanted, on_found=lambda: self._parent.inbox.put(DeviceEvent.FOUND)
        )
        return self._null()

    def _null(self) -> NullOutput:
        rate_hz = self._block.output_rate_hz or self._rate_hz  # that of a device that was lost
        self._block.output_rate_hz = rate_hz
        return NullOutput(
            self._make_player(rate_hz),
            self._channels,
            rate_hz,
            self._settings.block_frames or NULL_BLOCK_FRAMES,
        )

    def _announce(self) -> None:
        """Report the output after its first block."""
        assert self._output is not None
        deadline_s = time.perf_counter() + FIRST_BLOCK_LIMIT_S
        while self._player.blocks == 0 and time.perf_counter() < deadline_s:
            time.sleep(FADE_S)
        output, block_frames = self._output, self._block.block_frames
        self._parent.send(OutputOpened(output.description, block_frames, output.rate_hz))

    def _fade_out(self) -> None:
        if self._output is None:
            return
        self._block.stopping = 1
        deadline_s = time.perf_counter() + FADE_OUT_S
        while not self._player.silent and time.perf_counter() < deadline_s:
            time.sleep(FADE_S)


def run(parent: Parent, settings: AudioSettings) -> None:
    """Run the audio process."""
    take_priority_everywhere(AUDIO)
    AudioProcess(parent, settings).run()
