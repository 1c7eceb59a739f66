"""Read and write the zip container of a bundle: stored members, fixed headers, nothing else.

Only the members' content and its size, CRC-32 and offsets vary in a bundle's bytes. The reader
walks the members and compares everything else, so a file cannot be ambiguous: no hidden,
overlapping or trailing data, no second directory.

PKWARE, *APPNOTE.TXT - .ZIP File Format Specification*, 6.3.
"""

import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from distill_live.errors import BundleError

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_VERSION = 20
_MADE_BY = 3 << 8 | _VERSION  # Unix, so that the permissions below apply
_MODE = 0o100644 << 16
_TIME, _DATE = 0, 1 << 5 | 1  # 1980-01-01 00:00, the earliest time of the format


@dataclass(frozen=True)
class Member:
    """A member: name (ASCII), content, and the content's CRC-32, computed once."""

    name: str
    content: bytes | memoryview

    @cached_property
    def crc(self) -> int:
        """CRC-32 of the content."""
        return zlib.crc32(self.content)

    @cached_property
    def header(self) -> bytes:
        """Local header, before the content."""
        size = len(self.content)
        fields = (_VERSION, 0, 0, _TIME, _DATE, self.crc, size, size, len(self.name), 0)
        return _LOCAL.pack(b"PK\3\4", *fields) + self.name.encode()

    @property
    def size(self) -> int:
        """Size of header and content in bytes."""
        return _LOCAL.size + len(self.name) + len(self.content)


def pack(contents: Mapping[str, bytes]) -> Iterator[bytes | memoryview]:
    """Yield the archive's bytes in pieces.

    Parameters
    ----------
    contents
        Name and content of each member, in order.

    Yields
    ------
    bytes or memoryview
        Pieces, in order.
    """
    members = [Member(name, content) for name, content in contents.items()]
    for member in members:
        yield member.header
        yield member.content
    yield _directory(members)


def member_at(data: memoryview, offset: int, name: str, limit: int) -> Member:
    """Read the member whose local header is at `offset`.

    Raises
    ------
    BundleError
        If the header is not the one that `pack` writes for this name and content, the content is
        over `limit` bytes, or the file is cut short. The message does not name the member.
    """
    if len(data) - offset < _LOCAL.size:
        raise BundleError("is missing: the file is cut short")
    found = _LOCAL.unpack_from(data, offset)
    signature, _, flags, method, _, _, crc, packed, size, name_bytes, _ = found
    start = offset + _LOCAL.size + len(name)
    if signature != b"PK\3\4":
        raise BundleError("is missing")
    if name_bytes != len(name) or data[start - len(name) : start] != name.encode():
        raise BundleError("is missing: another member stands in its place")
    if flags & 1:
        raise BundleError("is encrypted")
    if method:
        raise BundleError("is compressed; members are stored as they are")
    if packed != size:
        raise BundleError(f"has two sizes, {packed} and {size} bytes")
    if size > limit:
        raise BundleError(f"has {size} bytes; at most {limit} are allowed")
    if len(data) - start < size:
        raise BundleError("is cut short")
    member = Member(name, data[start : start + size])
    if member.crc != crc:
        raise BundleError("is damaged: its CRC-32 does not match")
    if data[offset:start] != member.header:
        raise BundleError("has another header than this format's")
    return member


def check_directory(data: memoryview, members: Sequence[Member]) -> None:
    """Raise unless exactly the directory of the members follows them.

    Raises
    ------
    BundleError
        If anything else follows.
    """
    expected, offset = _directory(members), sum(member.size for member in members)
    if data[offset:] == expected:
        return
    if len(data) - offset < len(expected):
        raise BundleError("the zip directory is cut short")
    if bytes(data[offset : offset + 4]) == b"PK\3\4":
        raise BundleError("there are members that do not belong in a model")
    if data[offset : offset + len(expected)] == expected:
        raise BundleError(f"{len(data) - offset - len(expected)} bytes follow the zip directory")
    raise BundleError("the zip directory does not match the members")


def _directory(members: Sequence[Member]) -> bytes:
    entries, offset = [], 0
    for member in members:
        size = len(member.content)
        sizes = (member.crc, size, size, len(member.name))
        fields = (_MADE_BY, _VERSION, 0, 0, _TIME, _DATE, *sizes, 0, 0, 0, 0, _MODE, offset)
        entries.append(_CENTRAL.pack(b"PK\1\2", *fields) + member.name.encode())
        offset += member.size
    central = b"".join(entries)
    count = len(members)
    return central + _END.pack(b"PK\5\6", 0, 0, count, count, len(central), offset, 0)
