"""Input process: copy one channel of a device into shared memory, or wait for a missing device.

Like the audio process it does nothing else, so that no other Python code delays the callback: a
sound server waits for it. Without a device there is no input until `DeviceWatcher` finds it. Then
the process ends and asks to be started again, since PortAudio lists devices only when it is loaded.
"""

import gc
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np

from distill_live.device_selection import lasting
from distill_live.errors import DeviceError
from distill_live.input import MAX_SAMPLE
from distill_live.ipc.pipes import Parent
from distill_live.ipc.priority import AUDIO, take_priority_everywhere
from distill_live.ipc.protocol import DeviceSettings, InputOpened, InputSettings, NoDevice, Restart
from distill_live.live.audio.device_stream import DeviceEvent, DeviceStream, next_event
from distill_live.live.audio.device_watcher import DeviceWatcher
from distill_live.live.audio.devices import load_sounddevice
from distill_live.live.audio.jack import INPUT_CLIENT_NAME
from distill_live.live.shared.input_buffer import InputBuffer
from distill_live.live.shared.shared_block import SharedBlock
from distill_live.spectrogram import Float32


class InputProcess:
    """Opens an input and keeps it open until stopped.

    Parameters
    ----------
    parent
        The control process.
    settings
        Of the process.
    """

    def __init__(self, parent: Parent, settings: InputSettings) -> None:
        self._parent = parent
        self._channel = settings.channel
        self._wanted = DeviceSettings(
            settings.device,
            settings.channel,  # PortAudio gives the first channels, up to this one
            settings.sample_rate_hz,
            settings.block_frames,
            is_input=True,
            output=settings.output,
        )
        self._block = SharedBlock.attach(settings.handle)
        self._buffer = InputBuffer(self._block)
        self._blocks = 0
        self._stream: DeviceStream | None = None
        self._watcher: DeviceWatcher | None = None

    def run(self) -> None:
        """Serve the parent until it stops or ends, or until a missing device is found."""
        inbox = self._parent.inbox
        with suppress(DeviceError):  # reported when the device is opened
            load_sounddevice(INPUT_CLIENT_NAME)
        self._open()
        gc.freeze()
        gc.disable()
        while True:
            match next_event(inbox, lambda: None if self._stream is None else self._blocks):
                case DeviceEvent.LOST if self._stream is not None:
                    description = self._stream.description
                    device = lasting(self._wanted.device, description)
                    self._wanted = replace(self._wanted, device=device)
                    self._stream.abandon()
                    self._stream = None
                    self._wait_for_device(f"{description} has gone away")
                case DeviceEvent.LOST:
                    pass
                case DeviceEvent.FOUND:
                    self._parent.send(Restart())
                    break
                case _:
                    break
        if self._watcher is not None:
            self._watcher.close()
        if self._stream is not None:
            self._stream.close()
        self._buffer.begin(0)

    def _open(self) -> None:
        try:
            stream = self._stream = DeviceStream(
                self._wanted,
                self._make_stream,
                on_lost=lambda: self._parent.inbox.put(DeviceEvent.LOST),
            )
        except DeviceError as error:
            self._wait_for_device(str(error))
        else:
            self._parent.send(InputOpened(stream.description, stream.rate_hz))

    def _make_stream(self, options: dict[str, Any], rate_hz: int) -> Any:
        block, column = self._block, slice(self._channel - 1, self._channel)

        def callback(samples: Float32, frames: int, clock: object, status: object) -> None:  # noqa: ARG001
            self._blocks += 1
            if frames > block.input_block_frames:
                block.input_block_frames = frames
            heard = samples[:, column]
            heard = np.nan_to_num(heard, posinf=0.0, neginf=0.0)
            self._buffer.write(heard.clip(-MAX_SAMPLE, MAX_SAMPLE))

        self._buffer.begin(rate_hz)
        return load_sounddevice().InputStream(**options, callback=callback)

    def _wait_for_device(self, reason: str) -> None:
        self._buffer.begin(0)
        self._parent.send(NoDevice(reason))
        self._watcher = DeviceWatcher(
            self._wanted, on_found=lambda: self._parent.inbox.put(DeviceEvent.FOUND)
        )


def run(parent: Parent, settings: InputSettings) -> None:
    """Run the input process."""
    take_priority_everywhere(AUDIO)
    InputProcess(parent, settings).run()
