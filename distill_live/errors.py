"""Exception tree; each message is one line for the user: value, limit and remedy.

DistillError                  base class; printed without a traceback, exit status 1
├── ConfigurationError        a setting out of its range
├── BundleError               a .distill file that cannot be read, or was not written
├── CommandError              a command that is unknown, invalid or refused, with a code
│   └── WireError             bytes that are not OSC, or exceed a limit of the parser
├── DeviceError               an audio device, port or library that is missing or fails
├── TakeError                 a take that cannot be read or replayed
├── AudioFileError            a sound file that cannot be read or written
├── TrainingError             a corpus, run or checkpoint that the trainer cannot use
└── TrainingStopped           a run stopped on request; it can be resumed
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
"""Reason codes of `/distill/fail`."""


class DistillError(Exception):
    """Base class; the message is one or two lines for the user."""


class ConfigurationError(DistillError):
    """A setting out of its range."""


class BundleError(DistillError):
    """A `.distill` file that cannot be read, or was not written."""


class CommandError(DistillError):
    """A command that is unknown, invalid or refused; `code` is the reason for `/distill/fail`."""

    def __init__(self, message: str, code: FailureCode = "invalid") -> None:
        super().__init__(message)
        self.code: FailureCode = code


class WireError(CommandError):
    """Bytes that are not OSC, or exceed a limit; `address` is that of the message, or ``/``."""

    def __init__(self, message: str, code: FailureCode = "invalid", address: str = "/") -> None:
        super().__init__(message, code)
        self.address = address


class DeviceError(DistillError):
    """An audio device, port or library that is missing or fails."""


class AudioFileError(DistillError):
    """A sound file that cannot be read or written."""


class TakeError(DistillError):
    """A take that cannot be read or replayed."""


class TrainingError(DistillError):
    """A corpus, run or checkpoint that the trainer cannot use."""


class TrainingStopped(DistillError):  # noqa: N818  (no error: stopped on request)
    """A run stopped on request; the message says how to resume it."""
