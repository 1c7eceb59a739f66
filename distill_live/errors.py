"""The exception tree. A message is one line for the user: the value, the limit and the remedy.

DistillError                  anything this project refuses; printed, exit status 1
├── ConfigurationError        a setting out of its range
├── BundleError               a .distill file that cannot be read, or was not written
├── CommandError              a command that is unknown, wrong or refused, with a code
│   └── WireError             bytes that are not OSC, or exceed a limit of the wire
├── DeviceError               an audio device, port or library that is missing or refuses
├── TakeError                 a take that cannot be read, or not be played again
├── AudioFileError            a sound file that cannot be read or written
├── TrainingError             a corpus, run or checkpoint that the trainer cannot use
└── TrainingStopped           a run was asked to stop, and can be resumed
"""

from typing import Literal

FailureCode = Literal[
    "unknown-address",
    "bad-type",
    "bad-count",
    "not-finite",
    "out-of-range",
    "not-found",
    "busy",
    "invalid",
    "full",
    "forbidden",
]
"""What `/distill/fail` can give as its reason."""


class DistillError(Exception):
    """Anything this project refuses, with a message of one or two lines for the user."""


class ConfigurationError(DistillError):
    """A setting out of its range."""


class BundleError(DistillError):
    """A `.distill` file that cannot be read, or was not written."""


class CommandError(DistillError):
    """A command that is unknown, wrong or refused. `code` is what `/distill/fail` answers."""

    def __init__(self, message: str, code: FailureCode = "invalid") -> None:
        super().__init__(message)
        self.code: FailureCode = code


class WireError(CommandError):
    """Bytes that are not OSC, or exceed a limit; `address` is the one they name, or ``/``."""

    def __init__(self, message: str, code: FailureCode = "invalid", address: str = "/") -> None:
        super().__init__(message, code)
        self.address = address


class DeviceError(DistillError):
    """An audio device, port or library that is missing or refuses."""


class AudioFileError(DistillError):
    """A sound file that cannot be read or written."""


class TakeError(DistillError):
    """A take that cannot be read, or not be played again."""


class TrainingError(DistillError):
    """A corpus, run or checkpoint that the trainer cannot use."""


class TrainingStopped(DistillError):  # noqa: N818  (it is a wish that was granted)
    """A run was asked to stop; the message says how to resume it."""
