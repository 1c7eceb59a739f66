"""What a live session is started with."""

from dataclasses import dataclass
from pathlib import Path

from distill_live.addresses import PREFIX, Values
from distill_live.errors import ConfigurationError

MOST_CHANNELS = 16
BLOCK_FRAMES = (16, 8192)
"""Smallest and largest device block."""


@dataclass(frozen=True)
class LiveSettings:
    """Settings of one session.

    Parameters
    ----------
    model
        A `.distill` file.
    device
        Number or part of the name of an output device; None for the default one.
    block_frames
        Frames of a device block, 16 to 8192; None leaves it to the device.
    null
        Play into a clock instead of a device.
    channels
        Output channels, 1 to 16.
    seed
        Decides everything random, 0 or more.
    seconds
        Play so long and end; None plays until told to end.
    initial
        What is set before the first sample: paths of the address table, each with its arguments.
    osc_host, osc_port
        Where to listen for OSC; port 0 takes any that is free.

    Raises
    ------
    ConfigurationError
        If a value is out of its range, or there is no such file.
    """

    model: Path
    device: str | None = None
    block_frames: int | None = None
    null: bool = False
    channels: int = 2
    seed: int = 0
    seconds: float | None = None
    initial: tuple[tuple[str, Values], ...] = ()
    osc_host: str = "127.0.0.1"
    osc_port: int = 9010

    def __post_init__(self) -> None:
        low, high = BLOCK_FRAMES
        if self.block_frames is not None and not low <= self.block_frames <= high:
            raise ConfigurationError(
                f"--block is {self.block_frames}; it must lie in {low} to {high}"
            )
        if not 1 <= self.channels <= MOST_CHANNELS:
            raise ConfigurationError(
                f"--channels is {self.channels}; it must lie in 1 to {MOST_CHANNELS}"
            )
        if self.seed < 0:
            raise ConfigurationError(f"--seed is {self.seed}; it must be 0 or more")
        if self.seconds is not None and not 0 < self.seconds < float("inf"):
            raise ConfigurationError(f"--seconds is {self.seconds}; it must be more than 0")
        if not self.model.is_file():
            raise ConfigurationError(
                f"no model at {self.model}; --model takes the path of a .distill file"
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
