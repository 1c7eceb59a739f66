"""Select an audio device or a MIDI port by number, name or part of a name."""

import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol, TypeVar

from distill_live.errors import DeviceError


class Named(Protocol):
    """Device or port with a number and a name."""

    @property
    def number(self) -> int:
        """Number in the list of devices or ports."""

    @property
    def name(self) -> str:
        """Name that the system gives it."""


_NamedT = TypeVar("_NamedT", bound=Named)


def choose(wanted: str, among: Sequence[_NamedT]) -> _NamedT | None:
    """Return the first match: by number, else by name, else by part of the name, in any case."""
    matches: tuple[Callable[[_NamedT], bool], ...] = (
        lambda one: wanted == str(one.number),
        lambda one: wanted.lower() == one.name.lower(),
        lambda one: wanted.lower() in one.name.lower(),
    )
    return next((one for match in matches for one in among if match(one)), None)


def lasting(wanted: str | None, name: str) -> str | None:
    """What selects a device again that was selected: with its name, where that was a number.

    Numbers change when a device comes or goes; `find_device` and `find_port` take both.
    """
    return f"{wanted} {name}" if wanted is not None and wanted.isdigit() else wanted


def is_lasting(wanted: str) -> bool:
    """Whether this is a number and a name, as `lasting` makes it."""
    number, _, name = wanted.partition(" ")
    return number.isdigit() and bool(name)


def chosen_again(
    wanted: str, among: Sequence[_NamedT], name_of: Callable[[_NamedT], str]
) -> _NamedT | None:
    """Return the one with the name that `lasting` added; the number decides among equal names."""
    number, _, name = wanted.partition(" ")
    named = [one for one in among if is_lasting(wanted) and name_of(one) == name]
    return min(named, key=lambda one: str(one.number) != number, default=None)


def missing_library(reason: Exception, package: str, debian: str) -> DeviceError:
    """Error for a missing library: of the system on Linux, elsewhere of a Python package."""
    if sys.platform == "linux":
        return DeviceError(f"{reason}; on Debian: apt install {debian}")
    return DeviceError(
        f"{reason}; it comes with {package}: pip install --force-reinstall {package}"
    )


_stderr_lock = threading.RLock()


@contextmanager
def stderr_silenced() -> Iterator[None]:
    """Discard what sound libraries print to standard error."""
    with _stderr_lock:
        try:
            kept = os.dup(2)
        except OSError:  # there is no standard error
            yield
            return
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            os.close(nowhere)
