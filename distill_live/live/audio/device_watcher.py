"""Poll for a missing device, in short-lived processes.

PortAudio lists devices once, when it is loaded, and sounddevice has no public way to reload it:
each attempt needs a process of its own.
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

ATTEMPT_INTERVAL_S = 2.0

ATTEMPT_LIMIT_S = 30.0
"""Maximum duration of one attempt."""

_POLL_S = 0.05


def probe(settings: str) -> None:
    """Exit with status 1 if the device cannot be opened.

    Parameters
    ----------
    settings
        Encoded `DeviceSettings`.
    """
    wanted = decode(settings)
    assert isinstance(wanted, DeviceSettings)
    kind = "RawInputStream" if wanted.is_input else "RawOutputStream"
    try:
        *_, stream = open_stream(
            wanted, lambda options, _: getattr(load_sounddevice(), kind)(**options)
        )
    except DeviceError:
        sys.exit(1)
    stream.close()


class DeviceWatcher:
    """Tries to open a device, again and again, until it succeeds.

    Parameters
    ----------
    wanted
        The device.
    on_found
        Called once, in a thread.
    """

    def __init__(self, wanted: DeviceSettings, on_found: Callable[[], None]) -> None:
        settings = encode(wanted).decode()
        self._command = python_command(
            f"from distill_live.live.audio.device_watcher import probe; probe({settings!r})"
        )
        self._on_found = on_found
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="device watcher", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop trying."""
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        give_up_priority()  # loading PortAudio is heavy, and must not delay the sound
        while not self._closing.wait(ATTEMPT_INTERVAL_S):
            if self._attempt():
                self._on_found()
                return

    def _attempt(self) -> bool:
        null = subprocess.DEVNULL
        try:
            process = subprocess.Popen(  # noqa: S603  (this program)
                self._command, stdin=null, stdout=null, stderr=null
            )
        except OSError:  # too many processes, or too little memory: try again later
            return False
        for _ in range(round(ATTEMPT_LIMIT_S / _POLL_S)):
            try:
                return process.wait(_POLL_S) == 0
            except subprocess.TimeoutExpired:
                if self._closing.is_set():
                    break
        process.kill()
        process.wait()
        return False
