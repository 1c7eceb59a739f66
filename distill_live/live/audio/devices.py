"""List, choose and open output and input devices.

sounddevice is imported on first use; numpy is not imported.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

from distill_live.device_selection import choose, chosen_again, missing_library
from distill_live.errors import DeviceError
from distill_live.ipc.protocol import DeviceSettings
from distill_live.live.audio import jack

Direction = Literal["output", "input"]

NULL_OUTPUT = "null output"
"""Name of the output where there is no device."""

WASAPI = "Windows WASAPI"

HOSTS = (jack.HOST, "ASIO", "Core Audio", WASAPI, "Windows WDM-KS", "Windows DirectSound", "MME")
"""Host APIs of PortAudio, that of the least latency first; a running JACK server, and ASIO, which
must be enabled, are there to be used."""

FALLBACK_RATES_HZ = (48000, 44100)
"""Rates tried where a device refuses both the requested rate and its default."""


@dataclass(frozen=True)
class Device:
    """An output device, or an input device; one that is both is listed as each.

    Attributes
    ----------
    number : int
        Value for `--device` or `--input`, valid until a device comes or goes.
    name, host : str
        Names of the device and of its host API.
    channels : int
        Maximum number of output or input channels.
    rate_hz : int
        Default sample rate.
    is_default : bool
        Whether it is used where no device is requested.
    direction : str
        ``output`` or ``input``.
    """

    number: int
    name: str
    host: str
    channels: int
    rate_hz: int
    is_default: bool
    direction: Direction

    @property
    def description(self) -> str:
        """Name and host API."""
        return f"{self.name} ({self.host})"


def xruns_label(output: str) -> str:
    """Words for the count of xruns of an output, given its description."""
    return f"xruns reported by {'JACK' if jack.HOST in output else 'the device'}"


def load_sounddevice(client: bytes = jack.CLIENT_NAME) -> Any:
    """Import `sounddevice`, which initialises PortAudio, with this name of its JACK client.

    Raises
    ------
    DeviceError
        If PortAudio is missing or fails.
    """
    jack.name_client(client)
    try:
        import sounddevice
    except OSError as error:
        raise missing_library(error, "sounddevice", "libportaudio2") from None
    except Exception as error:  # PortAudioError, whose class is in the module that fails
        raise DeviceError(f"PortAudio does not start ({error})") from None
    return sounddevice


def list_devices(direction: Direction = "output") -> list[Device]:
    """List the output or the input devices, by number.

    Raises
    ------
    DeviceError
        If PortAudio is missing or fails.
    """
    sounddevice = load_sounddevice()
    hosts = sounddevice.query_hostapis()
    standard = [hosts[sounddevice.default.hostapi]] if hosts else []
    ordered = sorted([*standard, *hosts], key=lambda host: _rank(host["name"]))
    defaults = [host[f"default_{direction}_device"] for host in ordered]
    default = next((number for number in defaults if number >= 0), None)
    return [
        Device(
            number,
            device["name"],
            hosts[device["hostapi"]]["name"],
            device[f"max_{direction}_channels"],
            round(device["default_samplerate"]),
            number == default,
            direction,
        )
        for number, device in enumerate(sounddevice.query_devices())
        if device[f"max_{direction}_channels"] > 0
    ]


def _rank(host: str) -> int:
    """Place of a host API among `HOSTS`; others come last."""
    return next((place for place, name in enumerate(HOSTS) if name in host), len(HOSTS))


def find_device(wanted: str | None, direction: Direction = "output") -> Device:
    """Find a device; of several that match, the one whose host API is first in `HOSTS`.

    Parameters
    ----------
    wanted
        Number, name or part of the name, in any case; number and `Device.description`, of which
        the number decides among equal ones; None for the default device.
    direction
        ``output`` or ``input``.

    Raises
    ------
    DeviceError
        If there is no such device.
    """
    devices = list_devices(direction)
    if wanted is None:
        for device in devices:
            if device.is_default:
                return device
        raise DeviceError("the system has none")
    chosen = chosen_again(wanted, devices, lambda device: device.description) or choose(
        wanted, sorted(devices, key=lambda device: _rank(device.host))
    )
    if chosen is not None:
        return chosen
    one_host = len({device.host for device in devices}) == 1
    names = "; ".join(
        f"{device.number} {device.name if one_host else device.description}" for device in devices
    )
    raise DeviceError(f"no {direction} device matches {wanted!r}; available: {names or 'none'}")


def find_input(wanted: str | None, output: str | None) -> Device:
    """Find an input device, as `find_device`; by default the output device, if it has inputs.

    Parameters
    ----------
    wanted
        As for `find_device`.
    output
        The output device that was requested, as for `find_device`.
    """
    if wanted is None:
        with suppress(DeviceError):
            played = find_device(output)
            for device in list_devices("input"):
                if (device.name, device.host) == (played.name, played.host):
                    return device
    return find_device(wanted, "input")


def open_stream(wanted: DeviceSettings, make: Callable[[Any, int], Any]) -> tuple[Device, int, Any]:
    """Open a device at the requested rate, or at another that it supports.

    Parameters
    ----------
    wanted
        The device and its direction, and the sample rate that is tried first.
    make
        Opens the stream, given its keyword arguments and the rate.

    Returns
    -------
    tuple
        Device, sample rate, and the result of `make`.

    Raises
    ------
    DeviceError
        If there is no such device, or it refuses.
    """
    sounddevice = load_sounddevice()
    channels, rate_hz = wanted.channels, wanted.sample_rate_hz
    if wanted.is_input:
        device, option = find_input(wanted.device, wanted.output), "--input-channel"
    else:
        device, option = find_device(wanted.device), "--channels"
    if channels > device.channels:
        raise DeviceError(
            f"{device.name} has {device.channels} {device.direction} channels, {channels} were "
            f"requested ({option} {device.channels}, or another device)"
        )
    extra = None
    if wanted.exclusive:
        if device.host != WASAPI:
            raise DeviceError(
                f"{device.description} has no exclusive mode; leave --exclusive out, or choose a "
                f"device of {WASAPI}"
            )
        extra = sounddevice.WasapiSettings(exclusive=True)
    refusal: Exception | None = None
    for rate in dict.fromkeys((rate_hz, device.rate_hz, *FALLBACK_RATES_HZ)):
        options = {
            "device": device.number,
            "channels": channels,
            "samplerate": rate,
            "blocksize": wanted.block_frames or 0,
            "dtype": "float32",
            "latency": "low",
            "extra_settings": extra,
        }
        try:
            return device, rate, make(options, rate)
        except sounddevice.PortAudioError as error:
            refusal = refusal or error
    assert refusal is not None
    reason = str(refusal.args[0]).partition(": ")[2] or refusal.args[0]
    raise DeviceError(f"{device.name} does not take {channels} channels at {rate_hz} Hz ({reason})")
