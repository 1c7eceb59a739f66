"""Write `take.json`: valid JSON at every moment, one event a line.

Every append rewrites the end of the document. `events` documents the events.
"""

import json
import os
import platform
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from distill_live import __version__
from distill_live.files import PartialWriteError, flush, write_all

FORMAT_VERSION = 1

HEAD_END = b'"events": [\n'
TAIL = b"]}\n"

FADE_S = 0.005
"""Duration of the callback's fades."""

DECAY_S = 0.04
"""Time after which nothing is left of a sample that decays where the sound ran out."""

FADES_IN = "the sound fades in"
RAN_OUT = "the sound had run out, and decays"
FADED_OUT = "the output is faded out: muted, panicked or ended"
THROUGH = "the input is heard, which a replay leaves out"

DIFFERENCES = {
    "sound": f"{FADES_IN} for {FADE_S:g} s",
    "starved": f"{RAN_OUT} for {DECAY_S:g} s; a replay leaves the gap out",
    "closed": f"{FADED_OUT}, until {FADE_S:g} s after it is opened",
    "silent": "the device changes; a replay leaves the gap out",
    "do /input/thru": f"above 0, {THROUGH}, until the engine ends",
}
"""Events after which a recording differs from its replay, and why, as takes hold them."""

LOG_IS_FULL = b'["full",'
"""Beginning of the last line of a full log."""

FULL_BYTES = 64
"""Maximum length of that line."""

_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode

_WRITE_BYTES = 4096
"""Approximate size of one write: a page, which is written whole or not at all."""


def event_line(event: Iterable[object]) -> bytes:
    """Encode an event as a line, without a line end."""
    return _encode(event).encode()


def is_full(log: memoryview, size_bytes: int) -> bool:
    """Whether the last line of a log of that size says that it is full."""
    last = bytes(log[max(0, size_bytes - FULL_BYTES) : size_bytes])
    return last[-1:] == b"\n" and last[:-1].rpartition(b"\n")[2].startswith(LOG_IS_FULL)


_PACKAGES = ("numpy", "onnxruntime")


def software_versions() -> dict[str, str]:
    """Versions and machine that the last bits of a sample depend on, by name."""
    found = {"distill-live": __version__, "machine": f"{platform.system()} {platform.machine()}"}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "unknown"
    return found


class TakeFile:
    """Take file being written. The file must not exist yet.

    Parameters
    ----------
    path
        The file.
    facts
        Members of the document before the events, as JSON values; ``format`` is added.

    Raises
    ------
    OSError
        If the file system refuses; `append` raises it too.
    """

    def __init__(self, path: Path, facts: Mapping[str, object]) -> None:
        self.path = path
        members = {"format": FORMAT_VERSION, **facts}
        head = b"{\n" + b"".join(
            json.dumps(name).encode() + b": " + json.dumps(value).encode() + b",\n"
            for name, value in members.items()
        )
        self._file = path.open("xb", buffering=0)
        self._end = len(head + HEAD_END)  # offset of the end of the events
        self._empty = True
        write_all(self._file.fileno(), 0, head + HEAD_END + TAIL)

    def append(self, lines: Iterable[bytes]) -> None:
        """Append events; on a full disk, as many as fit before raising."""
        waiting: list[bytes] = []
        size = 0
        for line in lines:
            waiting.append(line)
            size += len(line)
            if size >= _WRITE_BYTES:
                self._write(waiting)
                waiting, size = [], 0
        if waiting:
            self._write(waiting)

    def close(self) -> None:
        """Flush to disk and close."""
        flush(self._file.fileno())
        self._file.close()

    def _write(self, lines: list[bytes]) -> None:
        data = b"" if self._empty else b",\n"
        data += b",\n".join(lines)
        try:
            write_all(self._file.fileno(), self._end, data + b"\n" + TAIL)
        except PartialWriteError:
            tail = TAIL if self._empty else b"\n" + TAIL
            write_all(self._file.fileno(), self._end, tail)  # over the partial write
            os.ftruncate(self._file.fileno(), self._end + len(tail))
            raise
        self._end += len(data)
        self._empty = False
