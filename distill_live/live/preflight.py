"""Where a session is to run, apart from how it sounds: port, disk, folders, priority, versions."""

import platform
import shutil
import socket
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from distill_live import __version__
from distill_live.bundle import FORMAT_VERSION
from distill_live.errors import DeviceError
from distill_live.files import printable, reason_of
from distill_live.library import user_folder
from distill_live.live.audio.devices import chatter_silenced, load_sounddevice
from distill_live.live.control.recording_controller import takes_folder
from distill_live.live.recording.recorder_process import RESERVE_BYTES, SHORTEST_S
from distill_live.osc.binding import addresses, bind
from distill_live.osc.client import is_loopback
from distill_live.takes.environment import surroundings

EVERYWHERE = "0.0.0.0"  # noqa: S104  (nothing listens there unless it is asked for)


@dataclass(frozen=True)
class Port:
    """The port for OSC.

    Attributes
    ----------
    host, port
        Where it would listen.
    dial
        Addresses that a controller types: this computer's own, or those in its networks.
    others
        What other computers would type if `host` were ``0.0.0.0``.
    refusal
        Why it cannot listen there, and what to do; None if it can.
    """

    host: str
    port: int
    dial: tuple[str, ...]
    others: tuple[str, ...]
    refusal: str | None


def look_at_port(host: str, port: int) -> Port:
    """Whether the port is free, and who reaches it."""
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


def existing(folder: Path) -> Path:
    """The folder, or the nearest above it that is there."""
    return next(place for place in (folder, *folder.parents) if place.exists())


def minutes_of_takes(folder: Path, channels: int, sample_rate_hz: int) -> float:
    """What the disk has room for, as the recorder counts it."""
    free = shutil.disk_usage(existing(folder)).free - RESERVE_BYTES
    return max(0.0, free / (4 * channels * sample_rate_hz) / 60)


def look_at_disk(channels: int, sample_rate_hz: int) -> tuple[Path, float, str | None]:
    """Where takes lie, for how many minutes there is room, and what to change."""
    folder = takes_folder()
    minutes = minutes_of_takes(folder, channels, sample_rate_hz)
    change = None
    if 60 * minutes < SHORTEST_S:
        change = f"free some disk space for takes in {printable(folder)}"
    return folder, minutes, change


def look_at_folders() -> list[tuple[Path, str | None]]:
    """The user's folders, by trial: each with what is wrong with it, or None."""
    return [(folder, _refusal(folder)) for folder in (user_folder(), takes_folder())]


def _refusal(folder: Path) -> str | None:
    try:
        with tempfile.TemporaryFile(dir=existing(folder)) as file:
            file.write(b"\0")
    except OSError as error:
        reason = reason_of(error)
        return f"make {printable(folder)} writable ({reason})"
    return None


def look_at_versions() -> dict[str, str]:
    """Of what plays, by name."""
    return {
        **surroundings(),
        "Python": platform.python_version(),
        "PortAudio": _ask_portaudio(lambda sounddevice: sounddevice.get_portaudio_version()[1]),
        "format": str(FORMAT_VERSION),
        "distill-live": __version__,
    }


def _ask_portaudio(ask: Callable[..., str]) -> str:
    with chatter_silenced():
        try:
            return ask(load_sounddevice()).removeprefix("PortAudio ").split(",")[0]
        except DeviceError:
            return "none"
