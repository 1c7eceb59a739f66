"""Settings of a live session: a frozen dataclass that checks its ranges."""

from dataclasses import dataclass, field, fields
from math import ceil, floor
from pathlib import Path
from typing import Any

from distill_live.addresses import MAX_CHANNELS, MAX_SEED, SLOTS, Values
from distill_live.errors import ConfigurationError
from distill_live.files import printable
from distill_live.live.shared.shared_block import RING_FRAMES
from distill_live.midi.supervisor import MidiSettings
from distill_live.oscquery.origins import HOST_NAME

MAX_LATENCY_MS = 500

DEFAULT_HTTP_PORT = 9011

MAX_INPUT_CHANNELS = 256

DEFAULT_INPUT = "default"
"""Name of the input of the output device or, if it has none, of the system's default."""


def _ranged(default: Any, option: str, low: int, high: int, unit: str = "") -> Any:
    """Field with a range; None is always valid."""
    return field(default=default, metadata={"option": option, "range": (low, high), "unit": unit})


@dataclass(frozen=True)
class LiveSettings:
    """Settings of one session; ranges stand at the fields.

    Parameters
    ----------
    models
        `.distill` files, one per slot from slot 1 on, which is audible at the start.
    device
        Number or part of the name of an output device; None for the default device.
    block_frames
        Frames of a device block; None leaves it to the device.
    sample_rate_hz
        Sample rate of the device; None for the model's, or another that the device supports.
    latency_ms
        Maximum buffered sound; None for the minimum, see `check_latency`.
    exclusive
        Take the device from other programs, for less latency; WASAPI (Windows) alone has this.
    null
        Play into a null output instead of a device.
    wait_for_data
        Let the device wait for the engine, and the engine for the decoder: for a server in
        freewheel mode, whose capture then equals an offline render.
    channels
        Number of output channels.
    seed
        Random seed.
    seconds
        Duration of the session; None plays until stopped.
    record
        WAV file to record to from the start; it does not exist yet.
    initial
        Values set before the first sample: paths of the address table with their arguments.
    osc_host, osc_port
        Address to listen on for OSC; port 0 takes any free port.
    osc_tcp_port, http_port
        Ports for OSC over TCP, and for the play page and OSCQuery, at the same host; None for none.
    http_or_next
        Take the next free port if `http_port` is in use.
    http_names
        Names of this computer that HTTP accepts beside its own.
    open_page
        Open the play page in the browser.
    midi
        MIDI ports and mapping; None for none.
    input
        Number or part of the name of an input device, or `DEFAULT_INPUT`; None for no input.
    input_channel
        Which of its channels is heard, from 1.

    Raises
    ------
    ConfigurationError
        If a value is out of range, or a file is missing.
    """

    models: tuple[Path, ...]
    device: str | None = None
    block_frames: int | None = _ranged(None, "--block", 16, 8192)
    sample_rate_hz: int | None = _ranged(None, "--samplerate", 8000, 192000)
    latency_ms: float | None = _ranged(None, "--latency", 1, MAX_LATENCY_MS, " ms")
    exclusive: bool = False
    null: bool = False
    wait_for_data: bool = False
    channels: int = _ranged(2, "--channels", 1, MAX_CHANNELS)
    seed: int = _ranged(0, "--seed", 0, MAX_SEED)
    seconds: float | None = None
    record: Path | None = None
    initial: tuple[tuple[str, Values], ...] = ()
    osc_host: str = "127.0.0.1"
    osc_port: int = 9010
    osc_tcp_port: int | None = None
    http_port: int | None = None
    http_or_next: bool = False
    http_names: tuple[str, ...] = ()
    open_page: bool = False
    midi: MidiSettings | None = None
    input: str | None = None
    input_channel: int = _ranged(1, "--input-channel", 1, MAX_INPUT_CHANNELS)

    def __post_init__(self) -> None:
        for setting in fields(self):
            value, limits = getattr(self, setting.name), setting.metadata
            if value is None or not limits:
                continue
            low, high = limits["range"]
            if not low <= value <= high:
                shown = f"{value:g}" if isinstance(value, float) else value
                raise ConfigurationError(
                    f"{limits['option']} is {shown}; it must lie in {low} to {high}{limits['unit']}"
                )
        if self.seconds is not None and not 0 < self.seconds < float("inf"):
            raise ConfigurationError(f"--seconds is {self.seconds}; it must be more than 0")
        for name in self.http_names:
            if not HOST_NAME.fullmatch(name):
                raise ConfigurationError(
                    f"--http-name is {printable(name)[:80]!r}; it must be a host name without "
                    "port, such as studio.lan"
                )
        if self.record is not None:
            if self.record.suffix.lower() != ".wav":
                raise ConfigurationError(
                    f"--record {printable(self.record)}: takes are WAV files; end the name in .wav"
                )
            for path in (self.record, self.record.with_suffix(".json")):
                if path.exists():
                    raise ConfigurationError(
                        f"{printable(path)} already exists; record under another name"
                    )
        if self.null and (self.device is not None or self.exclusive):
            raise ConfigurationError(
                "--null plays without a device; leave it out, or --device and --exclusive"
            )
        if self.input is None and self.input_channel != 1:
            raise ConfigurationError("--input-channel needs --input DEVICE")
        if not 1 <= len(self.models) <= SLOTS:
            raise ConfigurationError(
                f"--model is given {len(self.models)} times; there are {SLOTS} slots"
            )
        for model in self.models:
            if not model.is_file():
                raise ConfigurationError(
                    f"no model at {model}; --model takes the path of a .distill file"
                )


def check_latency(
    latency_ms: float, *, hop_samples: int, model_rate_hz: int, block_frames: int, rate_hz: int
) -> None:
    """Raise unless this latency is possible with this model on this device.

    Raises
    ------
    ConfigurationError
        If it is less than a hop and a device block, or more than the ring holds.
    """
    min_ms = 1e3 * (hop_samples / model_rate_hz + block_frames / rate_hz)
    max_ms = 1e3 * RING_FRAMES / rate_hz - min_ms
    if latency_ms < min_ms:
        raise ConfigurationError(
            f"--latency is {latency_ms:g} ms; a hop of {hop_samples} at {model_rate_hz} Hz and a "
            f"block of {block_frames} at {rate_hz} Hz need {ceil(10 * min_ms) / 10:g} ms: ask "
            "for that, or for a smaller --block"
        )
    if latency_ms > max_ms:
        raise ConfigurationError(
            f"--latency is {latency_ms:g} ms; at {rate_hz} Hz there is room for "
            f"{floor(max_ms)} ms: ask for that, or for a lower --samplerate"
        )
