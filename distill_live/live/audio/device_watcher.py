"""Waiting for a device that is missing.

PortAudio looks for devices once, when it is loaded, and sounddevice has no public way to make it
look again: each look is a process of its own.
"""

import subprocess
import sys
import threading
from collections.abc import Callable

from distill_live.errors import DeviceError
from distill_live.ipc.pipes import python_command
from distill_live.ipc.priority import give_up_priority
from distill_live.ipc.protocol import DeviceSettings, decode, encode
from distill_live.live.audio.devices import load_sounddevice, open_stream

SEARCH_INTERVAL_S = 2.0
"""Pause between two looks."""

SEARCH_LIMIT_S = 30.0
"""A look that takes longer is given up."""

_POLL_S = 0.05


def probe(settings: str) -> None:
    """End this process with status 0 if a device can be opened, else with 1.

    Parameters
    ----------
    settings
        Encoded `DeviceSettings`.
    """
    wanted = decode(settings)
    assert isinstance(wanted, DeviceSettings)
    try:
        *_, stream = open_stream(
            wanted.device,
            wanted.channels,
            wanted.sample_rate_hz,
            block_frames=wanted.block_frames,
            make=lambda options, _: load_sounddevice().RawOutputStream(**options),
        )
    except DeviceError:
        sys.exit(1)
    stream.close()


class Search:
    """Looks for a device again and again, in processes of their own, until it can be opened.

    Parameters
    ----------
    wanted, channels, rate_hz, block_frames
        As for `open_stream`.
    on_found
        Called once, in a thread.
    """

    def __init__(
        self,
        wanted: str | None,
        channels: int,
        rate_hz: int,
        block_frames: int | None,
        on_found: Callable[[], None],
    ) -> None:
        settings = encode(DeviceSettings(wanted, channels, rate_hz, block_frames)).decode()
        self._command = python_command(
            f"from distill_live.live.audio.device_watcher import probe; probe({settings!r})"
        )
        self._on_found = on_found
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="search", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Look no more."""
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        give_up_priority()  # a look is heavy, and must not come before the sound
        while not self._closing.wait(SEARCH_INTERVAL_S):
            if self._look():
                self._on_found()
                return

    def _look(self) -> bool:
        nowhere = subprocess.DEVNULL
        try:
            process = subprocess.Popen(  # noqa: S603  (this program)
                self._command, stdin=nowhere, stdout=nowhere, stderr=nowhere
            )
        except OSError:  # too many processes, or too little memory: perhaps not the next time
            return False
        for _ in range(round(SEARCH_LIMIT_S / _POLL_S)):
            try:
                return process.wait(_POLL_S) == 0
            except subprocess.TimeoutExpired:
                if self._closing.is_set():
                    break
        process.kill()
        process.wait()
        return False
