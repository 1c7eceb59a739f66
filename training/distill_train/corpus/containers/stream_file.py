"""Streams as parts of files: read windows of a file, and present parts and headers as one file."""

import io
import os
from dataclasses import dataclass
from typing import BinaryIO

WINDOW_BYTES = 2**20
"""Bytes read at a time while a file is searched."""

Part = bytes | range
"""Bytes of a header, or a range of offsets in the file."""


def broken_off(has_s: float, claimed_s: float) -> str:
    """Note for a stream that ends before the length that it claims, in seconds."""
    return f"it breaks off after {has_s:.1f} s of {claimed_s:.1f} s; what it holds is read"


@dataclass(frozen=True)
class Layout:
    """Streams of a sound file.

    Attributes
    ----------
    streams
        Parts of each stream, in their order; None if the decoder can open the file as it is.
    notes
        What is not read of the file, or is not as its header claims, and what to do.
    """

    streams: tuple[tuple[Part, ...], ...] | None = None
    notes: tuple[str, ...] = ()


class Window:
    """Random access to a file, by windows of `WINDOW_BYTES`.

    Parameters
    ----------
    file
        The file.

    Attributes
    ----------
    size : int
        Its size in bytes when it was opened.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size = os.fstat(file.fileno()).st_size
        self._begin, self._content = 0, b""

    def at(self, offset: int, count: int) -> bytes:
        """Up to `count` bytes from an offset; fewer at the end of the file."""
        if offset < 0 or offset >= self.size:
            return b""
        begin = offset - self._begin
        if begin < 0 or begin + count > len(self._content):
            self._file.seek(offset)
            self._begin, self._content = offset, self._file.read(max(count, WINDOW_BYTES))
            begin = 0
        return self._content[begin : begin + count]

    def find(self, wanted: bytes, begin: int, end: int) -> int:
        """First offset of `wanted` that lies wholly in `begin` to `end`; -1 if there is none."""
        while begin < end:
            part = self.at(begin, min(WINDOW_BYTES, end - begin))
            found = part.find(wanted)
            if found >= 0:
                return begin + found
            if len(part) < len(wanted) or begin + len(part) >= end:
                return -1
            begin += len(part) - len(wanted) + 1
        return -1

    def is_blank(self, begin: int, end: int) -> bool:
        """Whether all bytes from `begin` to `end` are 0."""
        while begin < end:
            part = self.at(begin, min(WINDOW_BYTES, end - begin))
            if part.strip(b"\0"):
                return False
            begin += max(1, len(part))
        return True


class StreamFile(io.RawIOBase):
    """Parts of a file, and bytes in front of them, as one seekable file.

    Parameters
    ----------
    file
        The file, which is not closed with this one.
    parts
        Bytes, and ranges of offsets in the file.
    """

    def __init__(self, file: BinaryIO, parts: tuple[Part, ...]) -> None:
        self._file, self._parts = file, parts
        self._starts = [0]
        for part in parts:
            self._starts.append(self._starts[-1] + len(part))
        self._at, self._index = 0, 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def tell(self) -> int:
        """Position in the stream."""
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Move to a position in the stream."""
        base = (0, self._at, self._starts[-1])[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]
        """Read up to the size of a buffer; fewer bytes at the end only."""
        view, done = memoryview(buffer).cast("B"), 0
        while done < len(view) and self._at < self._starts[-1]:
            while self._at < self._starts[self._index]:
                self._index -= 1
            while self._at >= self._starts[self._index + 1]:
                self._index += 1
            part, inside = self._parts[self._index], self._at - self._starts[self._index]
            count = min(len(view) - done, len(part) - inside)
            if isinstance(part, bytes):
                view[done : done + count] = part[inside : inside + count]
            else:
                content = self._read(part[inside], count)
                if not content:
                    break
                count = len(content)
                view[done : done + count] = content
            done += count
            self._at += count
        return done

    def _read(self, offset: int, count: int) -> bytes:
        """Bytes of the file; none if it has become shorter, or the system cannot read it."""
        try:
            self._file.seek(offset)
            return self._file.read(count)
        except OSError:  # the decoder, which calls, takes it for the end
            return b""
