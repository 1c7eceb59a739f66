"""Audio process: a device's callback, or a clock where there is no device.

It imports only sounddevice, numpy and the ring, so that no other Python code can delay the callback
(`player`). If the device cannot be opened, or is lost, it plays into a paced null output until
`device_watcher` finds one. Then it ends with `Restart`, since PortAudio lists devices only when it
is loaded.
"""

import gc
import queue
import threading
import time
from collections.abc import Callable
from enum import Enum, auto
from typing import Any, Protocol

import numpy as np

from distill_live.errors import DeviceError
from distill_live.ipc.pipes import Parent
from distill_live.ipc.priority import AUDIO, take_priority_everywhere
from distill_live.ipc.protocol import AudioSettings, NoDevice, OpenOutput, OutputOpened, Restart
from distill_live.live.audio.device_watcher import Search
from distill_live.live.audio.devices import NULL_OUTPUT, load_sounddevice, open_stream
from distill_live.live.audio.player import FADE_S, Player
from distill_live.live.shared.ring import Ring
from distill_live.live.shared.shared_block import SharedBlock
from distill_live.spectrogram import Float32

NULL_BLOCK_FRAMES = 256
"""Block of the null output where none is asked for."""

ANNOUNCE_S = 0.5
"""How long a device may take to ask for its first block before it is announced all the same."""

STALL_S = 1.0
"""A device that asks for no block in so long is lost."""

STALL_LOOKS = 4
"""How often it is looked at in that time."""

FADE_OUT_S = 0.5
"""How long a device may take to play the fade-out at the end."""


class _Event(Enum):
    LOST = auto()
    FOUND = auto()


class Output(Protocol):
    """Something that takes blocks from a player until it is closed."""

    description: str
    rate_hz: int

    def close(self) -> None:
        """Take no more."""


class NullOutput:
    """Takes blocks at the pace of the clock and drops them.

    When it comes late it catches up by one block at most, as a device would: a burst of blocks
    would empty the ring.
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
    """A PortAudio device.

    Parameters
    ----------
    block
        Counts what the device reports, and learns its rate.
    make_player
        Given the device's rate, makes what fills the blocks.
    device, channels, rate_hz, block_frames
        As for `devices.open_stream`.
    on_lost
        Called, in a thread of PortAudio's, when the device ends by itself.

    Raises
    ------
    DeviceError
        If there is no such device, it has too few channels, refuses, or PortAudio is missing.
    """

    def __init__(
        self,
        block: SharedBlock,
        make_player: Callable[[int], Player],
        device: str | None,
        channels: int,
        rate_hz: int,
        *,
        block_frames: int | None,
        on_lost: Callable[[], None],
    ) -> None:
        def make(options: dict[str, Any], rate_hz: int) -> Any:
            fill = make_player(rate_hz).fill

            def callback(out: Float32, frames: int, clock: object, status: Any) -> None:  # noqa: ARG001
                if status.output_underflow:
                    block.device_errors += 1
                fill(out)

            started = threading.Event()

            def finished() -> None:
                if started.is_set():
                    on_lost()

            stream = load_sounddevice().OutputStream(
                **options, callback=callback, finished_callback=finished
            )
            block.output_rate_hz = rate_hz
            try:
                stream.start()
            except Exception:
                stream.close()
                raise
            started.set()
            return stream

        found, self.rate_hz, self._stream = open_stream(
            device, channels, rate_hz, block_frames=block_frames, make=make
        )
        self.description = found.description

    def close(self) -> None:
        """Let the device play what it holds, and release it."""
        self._stream.stop()
        self._stream.close()

    def abandon(self) -> None:
        """Release a device that does not answer; not for longer than that may take."""
        closing = threading.Thread(target=self._stream.close, daemon=True)
        closing.start()
        closing.join(STALL_S)


class AudioProcess:
    """Opens an output and keeps one open until it is told to stop.

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
        self._search: Search | None = None

    def run(self) -> None:
        """Serve the parent until it says stop or is gone, or until a device is to be opened."""
        if not self._settings.null:
            _load_library()
        while True:
            match self._next():
                case OpenOutput(rate_hz):
                    self._rate_hz = self._settings.sample_rate_hz or rate_hz
                    self._output = self._open()
                    gc.freeze()
                    gc.disable()
                    self._announce()
                case _Event.LOST if isinstance(self._output, DeviceOutput):
                    reason = f"{self._output.description} has gone away"
                    self._parent.send(NoDevice(reason))
                    self._output.abandon()
                    self._output = self._stand_in()
                    self._announce()
                case _Event.LOST:
                    pass
                case _Event.FOUND:
                    self._parent.send(Restart())
                    break
                case _:
                    self._fade_out()
                    break
        if self._search is not None:
            self._search.close()
        if self._output is not None:
            self._output.close()

    def _next(self) -> object:
        """The next message; a device that asks for nothing any more is lost.

        It is looked at several times: this process may have been paused itself.
        """
        blocks, looks = -1, 0
        while True:
            try:
                return self._parent.inbox.get(timeout=STALL_S / STALL_LOOKS)
            except queue.Empty:
                if self._output is None:
                    continue
                looks = looks + 1 if self._player.blocks == blocks else 0
                if looks == STALL_LOOKS:
                    return _Event.LOST
                blocks = self._player.blocks

    def _open(self) -> Output:
        if self._settings.null:
            return self._null()
        try:
            return DeviceOutput(
                self._block,
                self._make_player,
                self._settings.device,
                self._channels,
                self._rate_hz,
                block_frames=self._settings.block_frames,
                on_lost=lambda: self._parent.inbox.put(_Event.LOST),
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
        """A null output, until a device is found."""
        self._search = Search(
            self._settings.device,
            self._channels,
            self._rate_hz,
            self._settings.block_frames,
            on_found=lambda: self._parent.inbox.put(_Event.FOUND),
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
        """Report the output, once it has asked for its first block."""
        assert self._output is not None
        deadline_s = time.monotonic() + ANNOUNCE_S
        while self._player.blocks == 0 and time.monotonic() < deadline_s:
            time.sleep(FADE_S)
        output, block_frames = self._output, self._block.block_frames
        self._parent.send(OutputOpened(output.description, block_frames, output.rate_hz))

    def _fade_out(self) -> None:
        if self._output is None:
            return
        self._block.stopping = 1
        deadline_s = time.monotonic() + FADE_OUT_S
        while not self._player.silent and time.monotonic() < deadline_s:
            time.sleep(FADE_S)


def _load_library() -> None:
    """Initialise PortAudio while the model's rate is still being read; it takes its time."""
    try:
        load_sounddevice()
    except DeviceError:  # reported when the output is opened
        return


def run(parent: Parent, settings: AudioSettings) -> None:
    """Be the audio process."""
    take_priority_everywhere(AUDIO)
    AudioProcess(parent, settings).run()
