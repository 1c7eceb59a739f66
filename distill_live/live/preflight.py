"""Probe the machine before a show: OSC port, disk space, folders, versions."""

import platform
import shutil
import socket
import tempfile
from dataclasses import dataclass
from pathlib import Path

from distill_live import __version__
from distill_live.bundle import FORMAT_VERSION
from distill_live.device_selection import stderr_silenced
from distill_live.errors import DeviceError
from distill_live.files import printable, reason_of
from distill_live.library import user_folder
from distill_live.live.audio.devices import load_sounddevice
from distill_live.live.control.recording_controller import takes_folder
from distill_live.live.recording.recorder_process import MIN_TAKE_S, RESERVE_BYTES
from distill_live.osc.binding import addresses, bind
from distill_live.osc.client import is_loopback
from distill_live.takes.take_file import software_versions

EVERYWHERE = "0.0.0.0"  # noqa: S104  (only listened on if requested)


@dataclass(frozen=True)
class Port:
    """State of the OSC port.

    Attributes
    ----------
    host, port
        Address to listen on.
    dial
        Addresses to enter in a controller: `host`, or this computer's in its networks.
    others
        Addresses that other computers would enter if `host` were ``0.0.0.0``.
    refusal
        Why the port cannot be used, and what to do; None if it can.
    """

    host: str
    port: int
    dial: tuple[str, ...]
    others: tuple[str, ...]
    refusal: str | None


@dataclass(frozen=True)
class Disk:
    """Disk space for takes.

    Attributes
    ----------
    folder
        Folder of takes.
    minutes
        Recording time for which there is space.
    change
        What to change; None if nothing.
    """

    folder: Path
    minutes: float
    change: str | None


def probe_port(host: str, port: int) -> Port:
    """Test whether the port is free, and list the addresses that reach it."""
    refusal = None
    try:
        bound = bind(host, port, socket.SOCK_DGRAM, "--osc-port")
    except DeviceError as error:
        refusal = str(error)
    else:
        port = bound.getsockname()[1]
        bound.close()
    own = is_loopback(host) or refusal is not None
    dial = (host,) if own else tuple(addresses(host))
    return Port(host, port, dial, tuple(addresses(EVERYWHERE)) if own else (), refusal)


def _existing(folder: Path) -> Path:
    """The folder, or its nearest existing parent."""
    return next(candidate for candidate in (folder, *folder.parents) if candidate.exists())


def probe_disk(channels: int, sample_rate_hz: int) -> Disk:
    """Compute the recording time for which there is disk space."""
    folder = takes_folder()
    free = shutil.disk_usage(_existing(folder)).free - RESERVE_BYTES
    seconds = max(0.0, free / (4 * channels * sample_rate_hz))
    change = None
    if seconds < MIN_TAKE_S:
        change = f"free some disk space for takes in {printable(folder)}"
    return Disk(folder, seconds / 60, change)


def probe_folders() -> list[tuple[Path, str | None]]:
    """Test whether the user's folders are writable; each with what to change, or None."""
    return [(folder, _refusal(folder)) for folder in (user_folder(), takes_folder())]


def _refusal(folder: Path) -> str | None:
    try:
        with tempfile.TemporaryFile(dir=_existing(folder)) as file:
            file.write(b"\0")
    except OSError as error:
        reason = reason_of(error)
        return f"make {printable(folder)} writable ({reason})"
    return None


def versions() -> dict[str, str]:
    """Collect the versions of what affects the sound, by name."""
    return {
        **software_versions(),
        "Python": platform.python_version(),
        "PortAudio": _portaudio_version(),
        "format": str(FORMAT_VERSION),
        "distill-live": __version__,
    }


def _portaudio_version() -> str:
    with stderr_silenced():
        try:
            text: str = load_sounddevice().get_portaudio_version()[1]
        except DeviceError:
            return "none"
    return text.removeprefix("PortAudio ").split(",")[0]
