"""Add a comment of any length to a WAV file, and remove its time stamp.

libsndfile reads no comment over 2 kB, fails to write long ones, and stamps the PEAK chunk of
floating-point files with the time. So the comment is a ``LIST`` chunk at the file's end
(*Multimedia Programming Interface and Data Specifications 1.0*, 1991), and the stamp becomes zero.
Files over 4 GB are RF64 (EBU Tech 3306).
"""

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from distill_live.files import open_regular

_HEADER = struct.Struct("<4sI")
_LARGE = 0xFFFFFFFF
"""Marks a size that is in the chunk ``ds64``."""

_MAX_COMMENT_BYTES = 1 << 26

_MAX_CHUNKS = 10_000
"""Maximum number of chunks searched; a hostile file can consist of empty ones."""


class Chunk(NamedTuple):
    """Chunk: name, offset of its content, and size in bytes."""

    name: bytes
    start: int
    size: int


def finish_wav(path: Path, comment: str) -> None:
    """Append a comment and zero the time stamp."""
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
    """Comment of a WAV file; empty if there is none.

    Raises
    ------
    OSError
        If the file cannot be read.
    """
    with open_regular(path) as file:
        for chunk in _chunks(file):
            if chunk.name != b"LIST" or chunk.size > _MAX_COMMENT_BYTES:
                continue
            file.seek(chunk.start)
            content = file.read(chunk.size)
            at, left = 4, _MAX_CHUNKS
            while left and content.startswith(b"INFO") and at + _HEADER.size <= len(content):
                name, size = _HEADER.unpack_from(content, at)
                at += _HEADER.size
                if name == b"ICMT":
                    return content[at : at + size].rstrip(b"\0").decode(errors="replace")
                at, left = at + size + size % 2, left - 1
    return ""


def _chunks(file: BinaryIO) -> Iterator[Chunk]:
    """Chunks of a WAV file, up to the first that is damaged."""
    at, data_bytes = 12, 0
    end = file.seek(0, os.SEEK_END)
    for _ in range(_MAX_CHUNKS):
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
