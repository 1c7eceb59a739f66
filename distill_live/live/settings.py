"""What a live session is started with."""

from dataclasses import dataclass
from math import ceil, floor
from pathlib import Path

from distill_live.addresses import PREFIX, SLOTS, Values
from distill_live.errors import ConfigurationError
from distill_live.files import printable
from distill_live.live.shared.shared_block import RING_FRAMES
from distill_live.midi.supervisor import MidiSettings

MOST_CHANNELS = 16
BLOCK_FRAMES = (16, 8192)
"""Smallest and largest device block."""

SAMPLE_RATE_HZ = (8000, 192000)

LARGEST_SEED = 2**53
"""What JSON can carry, and so a take."""

LATENCY_MS = (1.0, 500.0)
"""What may be asked for; what is possible depends on model and device (`check_latency`)."""


@dataclass(frozen=True)
class LiveSettings:
    """Settings of one session.

    Parameters
    ----------
    models
        `.distill` files, 1 to 4: the first is heard, the others wait in slots 2 to 4.
    device
        Number or part of the name of an output device; None for the default one.
    block_frames
        Frames of a device block, 16 to 8192; None leaves it to the device.
    sample_rate_hz
        Rate of the device, 8000 to 192000; None for the model's, or the nearest that it takes.
    latency_ms
        Most sound that waits for the device, 1 to 500; None for the least that is possible.
    null
        Play into a clock instead of a device.
    wait_for_data
        Let the device wait for the engine, and the engine for the decoder: for a server in
        freewheel mode, whose capture is then what an offline render gives.
    channels
        Output channels, 1 to 16.
    seed
        Decides everything random, 0 to 2^53.
    seconds
        Play so long and end; None plays until told to end.
    record
        The WAV file to record to from the start; it is not there yet.
    initial
        What is set before the first sample: paths of the address table, each with its arguments.
    osc_host, osc_port
        Where to listen for OSC; port 0 takes any that is free.
    osc_tcp_port
        Where to listen for OSC over TCP, at the same host; None is not to.
    http_port
        Where to answer OSCQuery, at the same host; None is not to.
    midi
        Which MIDI ports play it, and how; None for none.

    Raises
    ------
    ConfigurationError
        If a value is out of its range, or there is no such file.
    """

    models: tuple[Path, ...]
    device: str | None = None
    block_frames: int | None = None
    sample_rate_hz: int | None = None
    latency_ms: float | None = None
    null: bool = False
    wait_for_data: bool = False
    channels: int = 2
    seed: int = 0
    seconds: float | None = None
    record: Path | None = None
    initial: tuple[tuple[str, Values], ...] = ()
    osc_host: str = "127.0.0.1"
    osc_port: int = 9010
    osc_tcp_port: int | None = None
    http_port: int | None = None
    midi: MidiSettings | None = None

    def __post_init__(self) -> None:
        low, high = BLOCK_FRAMES
        if self.block_frames is not None and not low <= self.block_frames <= high:
            raise ConfigurationError(
                f"--block is {self.block_frames}; it must lie in {low} to {high}"
            )
        low, high = SAMPLE_RATE_HZ
        if self.sample_rate_hz is not None and not low <= self.sample_rate_hz <= high:
            raise ConfigurationError(
                f"--samplerate is {self.sample_rate_hz}; it must lie in {low} to {high}"
            )
        least, most = LATENCY_MS
        if self.latency_ms is not None and not least <= self.latency_ms <= most:
            raise ConfigurationError(
                f"--latency is {self.latency_ms:g}; it must lie in {least:g} to {most:g} ms"
            )
        if not 1 <= self.channels <= MOST_CHANNELS:
            raise ConfigurationError(
                f"--channels is {self.channels}; it must lie in 1 to {MOST_CHANNELS}"
            )
        if not 0 <= self.seed <= LARGEST_SEED:
            raise ConfigurationError(f"--seed is {self.seed}; it must lie in 0 to {LARGEST_SEED}")
        if self.seconds is not None and not 0 < self.seconds < float("inf"):
            raise ConfigurationError(f"--seconds is {self.seconds}; it must be more than 0")
        if self.record is not None:
            if self.record.suffix.lower() != ".wav":
                raise ConfigurationError(
                    f"--record {printable(self.record)}: takes are WAV files; end the name in .wav"
                )
            for path in (self.record, self.record.with_suffix(".json")):
                if path.exists():
                    raise ConfigurationError(
                        f"{printable(path)} is there already; record under another name"
                    )
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
    """Refuse a latency that this model cannot have on this device.

    Raises
    ------
    ConfigurationError
        If it is less than a hop and a block of the device, or more than the ring holds.
    """
    least_ms = 1e3 * (hop_samples / model_rate_hz + block_frames / rate_hz)
    most_ms = 1e3 * RING_FRAMES / rate_hz - least_ms
    if latency_ms < least_ms:
        raise ConfigurationError(
            f"--latency is {latency_ms:g} ms; a hop of {hop_samples} at {model_rate_hz} Hz and a "
            f"block of {block_frames} at {rate_hz} Hz need {ceil(10 * least_ms) / 10:g} ms: ask "
            "for that, or for a smaller --block"
        )
    if latency_ms > most_ms:
        raise ConfigurationError(
            f"--latency is {latency_ms:g} ms; at {rate_hz} Hz there is room for "
            f"{floor(most_ms)} ms: ask for that, or for a lower --samplerate"
        )


def parse_setting(text: str) -> tuple[str, Values]:
    """A path of the address table and its arguments, written as in ``/gain -6``.

    Raises
    ------
    ConfigurationError
        If it does not begin with a path, or an argument is no number.
    """
    path, *words = text.split() or [""]
    if not path.startswith("/"):
        raise ConfigurationError(f"--set {text!r}; write an address and its value, as '/gain -6'")
    try:
        return path.removeprefix(PREFIX), tuple(float(word) for word in words)
    except ValueError:
        raise ConfigurationError(f"--set {text!r}; the values must be numbers") from None
