"""A device's stream while it runs, and how its end is noticed."""

import queue
import threading
from collections.abc import Callable
from enum import Enum, auto
from typing import Any

from distill_live.ipc.protocol import DeviceSettings
from distill_live.live.audio.devices import open_stream

STALL_S = 1.0
"""A device that asks for no block, or gives none, for so long counts as lost."""

STALL_CHECKS = 4
"""Number of checks within `STALL_S`."""


class DeviceEvent(Enum):
    """What befalls a device: lost, or found again."""

    LOST = auto()
    FOUND = auto()


class DeviceStream:
    """Started PortAudio stream.

    Parameters
    ----------
    wanted
        The device.
    make
        Makes the stream, given its keyword arguments and the sample rate.
    on_lost
        Called in a PortAudio thread when the stream ends by itself.

    Attributes
    ----------
    device : Device
    description : str
        Its name and host API.
    rate_hz : int
        Sample rate.

    Raises
    ------
    DeviceError
        If there is no such device, it has too few channels or refuses, or PortAudio is missing.
    """

    def __init__(
        self,
        wanted: DeviceSettings,
        make: Callable[[dict[str, Any], int], Any],
        on_lost: Callable[[], None],
    ) -> None:
        started = threading.Event()

        def finished() -> None:
            if started.is_set():
                on_lost()

        def start(options: dict[str, Any], rate_hz: int) -> Any:
            stream = make({**options, "finished_callback": finished}, rate_hz)
            try:
                stream.start()
            except Exception:
                stream.close()
                raise
            started.set()
            return stream

        self.device, self.rate_hz, self._stream = open_stream(wanted, start)
        self.description = self.device.description

    def close(self) -> None:
        """Play the device's queued blocks and release it."""
        self._stream.stop()
        self._stream.close()

    def abandon(self) -> None:
        """Release a device that no longer responds, within `STALL_S`."""
        closing = threading.Thread(target=self._stream.close, daemon=True)
        closing.start()
        closing.join(STALL_S)


def next_event(inbox: "queue.SimpleQueue[object]", blocks: Callable[[], int | None]) -> object:
    """Wait for a message of the inbox, or return `DeviceEvent.LOST` when the device stalls.

    Stalls are confirmed by several checks: this process itself may have been paused.

    Parameters
    ----------
    inbox
        Messages.
    blocks
        Returns the number of blocks so far; None without a device.
    """
    before, checks = -1, 0
    while True:
        try:
            return inbox.get(timeout=STALL_S / STALL_CHECKS)
        except queue.Empty:
            count = blocks()
            if count is None:
                continue
            checks = checks + 1 if count == before else 0
            if checks == STALL_CHECKS:
                return DeviceEvent.LOST
            before = count
