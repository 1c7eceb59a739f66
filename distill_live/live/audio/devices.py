"""Output devices: which there are, which one is meant, and how it is opened.

It imports neither numpy nor, before it is asked for a device, sounddevice. What a stream plays is
the caller's business.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from distill_live.device_selection import choose
from distill_live.errors import DeviceError

NULL_OUTPUT = "null output"
"""What the output is called where there is no device."""

USUAL_RATES_HZ = (48000, 44100)
"""Tried where a device takes neither the rate that is wanted nor the one that it names itself."""


@dataclass(frozen=True)
class Device:
    """An output device.

    Attributes
    ----------
    number : int
        What `--device` takes, as long as no device comes or goes.
    name, host : str
        Its name, and that of the system's interface to it.
    channels : int
        How many it has.
    rate_hz : int
        The sample rate that it names as its own.
    is_default : bool
        Whether it is taken where none is asked for.
    """

    number: int
    name: str
    host: str
    channels: int
    rate_hz: int
    is_default: bool

    @property
    def description(self) -> str:
        """Name and interface."""
        return f"{self.name} ({self.host})"


def load_sounddevice() -> Any:
    """The module `sounddevice`, whose import initialises PortAudio.

    Raises
    ------
    DeviceError
        If PortAudio is missing or fails.
    """
    try:
        import sounddevice
    except OSError as error:
        raise DeviceError(f"{error}; on Debian: apt install libportaudio2") from None
    except Exception as error:  # PortAudio's own, whose class is in the module that fails
        raise DeviceError(f"PortAudio does not start ({error})") from None
    return sounddevice


def list_devices() -> list[Device]:
    """All output devices, by number.

    Raises
    ------
    DeviceError
        If PortAudio is missing or fails.
    """
    sounddevice = load_sounddevice()
    hosts = sounddevice.query_hostapis()
    standard = [hosts[sounddevice.default.hostapi]] if hosts else []
    # Who has started a JACK server wants to be heard through it.
    ordered = [*(host for host in hosts if "JACK" in host["name"]), *standard, *hosts]
    defaults = [host["default_output_device"] for host in ordered]
    default = next((number for number in defaults if number >= 0), None)
    return [
        Device(
            number,
            device["name"],
            hosts[device["hostapi"]]["name"],
            device["max_output_channels"],
            round(device["default_samplerate"]),
            number == default,
        )
        for number, device in enumerate(sounddevice.query_devices())
        if device["max_output_channels"] > 0
    ]


def find_device(wanted: str | None) -> Device:
    """The output device that is meant.

    Parameters
    ----------
    wanted
        Its number, its name or a part of that in any case, or None for the default one.

    Raises
    ------
    DeviceError
        If there is none.
    """
    devices = list_devices()
    if wanted is None:
        for device in devices:
            if device.is_default:
                return device
        raise DeviceError("the system has none")
    meant = choose(wanted, devices)
    if meant is not None:
        return meant
    names = "; ".join(f"{device.number} {device.name}" for device in devices) or "none"
    raise DeviceError(f"no output device is called {wanted!r}; there are: {names}")


def open_stream(
    wanted: str | None,
    channels: int,
    rate_hz: int,
    *,
    block_frames: int | None,
    make: Callable[[Any, int], Any],
) -> tuple[Device, int, Any]:
    """Open a device at the rate that is wanted, or at one that it takes.

    Parameters
    ----------
    wanted
        As for `find_device`.
    channels
        Channels of a frame.
    rate_hz
        The rate that is tried first.
    block_frames
        Frames of a block; None leaves it to the device.
    make
        Given the keywords of a stream and the rate, opens the stream.

    Returns
    -------
    tuple
        The device, the rate, and what `make` returned.

    Raises
    ------
    DeviceError
        If there is no such device, or it refuses.
    """
    sounddevice = load_sounddevice()
    device = find_device(wanted)
    if channels > device.channels:
        raise DeviceError(
            f"{device.name} has {device.channels} output channels, {channels} were asked for "
            f"(--channels {device.channels}, or another device)"
        )
    refusal: Exception | None = None
    for rate in dict.fromkeys((rate_hz, device.rate_hz, *USUAL_RATES_HZ)):
        options = {
            "device": device.number,
            "channels": channels,
            "samplerate": rate,
            "blocksize": block_frames or 0,
            "dtype": "float32",
            "latency": "low",
        }
        try:
            return device, rate, make(options, rate)
        except sounddevice.PortAudioError as error:
            refusal = refusal or error
    assert refusal is not None
    reason = str(refusal.args[0]).partition(": ")[2] or refusal.args[0]
    raise DeviceError(f"{device.name} does not take {channels} channels at {rate_hz} Hz ({reason})")
