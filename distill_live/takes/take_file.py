"""`take.json` as it is written: JSON that is whole at every moment, one event a line.

The end of the document is written anew with every event. It knows the document's layout; what the
events say, and where they come from, others do (`take_reader` has the list).
"""

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from distill_live.takes.appending import PartialWriteError, write_all

FORMAT_VERSION = 1

HEAD_END = b'"events": [\n'
TAIL = b"]}\n"

LOG_IS_FULL = b'["full",'
"""How the last line of a log begins that had no room for more."""

_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode

_WRITE_BYTES = 4096
"""About as much as is written at once: a page is written or it is not."""


def event_line(event: Iterable[object]) -> bytes:
    """An event as a line, without its end."""
    return _encode(event).encode()


class TakeFile:
    """A new file, which must not be there yet.

    Parameters
    ----------
    path
        Where.
    facts
        What stands before the events, as JSON can carry it; ``format`` is added.

    Raises
    ------
    OSError
        If the file system refuses, here and in `append`.
    """

    def __init__(self, path: Path, facts: Mapping[str, object]) -> None:
        self.path = path
        members = {"format": FORMAT_VERSION, **facts}
        head = b"{\n" + b"".join(
            json.dumps(name).encode() + b": " + json.dumps(value).encode() + b",\n"
            for name, value in members.items()
        )
        self._file = path.open("xb", buffering=0)
        self._end = len(head + HEAD_END)  # of the events
        self._empty = True
        write_all(self._file.fileno(), 0, head + HEAD_END + TAIL)

    def append(self, lines: Iterable[bytes]) -> None:
        """Add events; where the disk is full, as many as it takes."""
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
        """Have it on the disk, and be done with it."""
        os.fsync(self._file.fileno())
        self._file.close()

    def _write(self, lines: list[bytes]) -> None:
        data = b"" if self._empty else b",\n"
        data += b",\n".join(lines)
        try:
            write_all(self._file.fileno(), self._end, data + b"\n" + TAIL)
        except PartialWriteError:
            tail = TAIL if self._empty else b"\n" + TAIL
            write_all(self._file.fileno(), self._end, tail)  # over what was there
            os.ftruncate(self._file.fileno(), self._end + len(tail))
            raise
        self._end += len(data)
        self._empty = False
