"""WAV files after libsndfile has written them: a comment of any length, and no wall-clock time.

libsndfile reads no comment over 2 kB from a WAV file, fails on long ones, and stamps the peaks of
floating-point files with the time of writing. So the comment is a ``LIST`` chunk at the file's end,
as *Multimedia Programming Interface and Data Specifications 1.0* (1991) has it, and the stamp is
zero. Files over 4 GB are RF64 (EBU Tech 3306).
"""

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

_HEADER = struct.Struct("<4sI")
_LARGE = 0xFFFFFFFF
"""A size that stands in the chunk ``ds64`` instead."""

_LONGEST_COMMENT = 1 << 26

_MOST_CHUNKS = 10_000
"""That are looked through for one: a file can be made of nothing but empty ones."""


class Chunk(NamedTuple):
    """A chunk's name, where its content starts, and bytes of content."""

    name: bytes
    start: int
    size: int


def finish_wav(path: Path, comment: str) -> None:
    """Add `comment`, and take out what depends on the time of writing."""
    with path.open("r+b") as file:
        for chunk in _chunks(file):
            if chunk.name == b"PEAK":
                file.seek(chunk.start + 4)  # after the chunk's version
                file.write(bytes(4))
        text = comment.encode() + b"\0"
        content = b"INFO" + _HEADER.pack(b"ICMT", len(text)) + text + bytes(len(text) % 2)
        end = file.seek(0, os.SEEK_END)
        file.write(bytes(end % 2) + _HEADER.pack(b"LIST", len(content)) + content)
        size = file.tell() - _HEADER.size
        file.seek(0)
        if file.read(4) == b"RF64":  # the first chunk is ds64, and begins with the size
            file.seek(20)
            file.write(struct.pack("<Q", size))
        else:
            file.write(struct.pack("<I", size))


def read_comment(path: Path) -> str:
    """The comment of a WAV file; empty if there is none.

    Raises
    ------
    OSError
        If the file cannot be read.
    """
    with path.open("rb") as file:
        for chunk in _chunks(file):
            if chunk.name != b"LIST" or chunk.size > _LONGEST_COMMENT:
                continue
            file.seek(chunk.start)
            content = file.read(chunk.size)
            at, left = 4, _MOST_CHUNKS
            while left and content.startswith(b"INFO") and at + _HEADER.size <= len(content):
                name, size = _HEADER.unpack_from(content, at)
                at += _HEADER.size
                if name == b"ICMT":
                    return content[at : at + size].rstrip(b"\0").decode(errors="replace")
                at, left = at + size + size % 2, left - 1
    return ""


def _chunks(file: BinaryIO) -> Iterator[Chunk]:
    """The chunks of a WAV file, as far as they can be followed."""
    at, data_bytes = 12, 0
    end = file.seek(0, os.SEEK_END)
    for _ in range(_MOST_CHUNKS):
        if at > end:
            return
        file.seek(at)
        header = file.read(_HEADER.size)
        if len(header) < _HEADER.size:
            return
        name, size = _HEADER.unpack(header)
        at += _HEADER.size
        if name == b"ds64":
            _, data_bytes = struct.unpack("<QQ", file.read(16).ljust(16, b"\0"))
        if name == b"data" and size == _LARGE:
            size = data_bytes
        yield Chunk(name, at, size)
        at += size + size % 2
