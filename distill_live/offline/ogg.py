"""Ogg files after libsndfile has written them: the stream's number is the same each time.

libsndfile draws the number from the clock. Pages carry it beside a CRC-32 of themselves, in which a
change of the number is a change that follows from the page's length alone, for the CRC is linear:
so one pass over the pages' headers is enough (RFC 3533).
"""

import struct
from pathlib import Path

SERIAL = 0x4469_5374
"""The number that all streams get."""

_PAGE = struct.Struct("<4sBBqIIIB")
_SERIAL_AT, _CRC_AT = 14, 22
_LONGEST_PAGE = _PAGE.size + 255 + 255 * 255
_POLYNOMIAL = 0x04C11DB7


def fix_serial(path: Path) -> None:
    """Give the only stream of an Ogg file the number `SERIAL`; its CRCs stay right."""
    with path.open("r+b") as file:
        _, _, _, _, serial, _, _, _ = _PAGE.unpack(file.read(_PAGE.size))
        differences = _crc_differences(serial ^ SERIAL)
        at = 0
        while True:
            file.seek(at)
            header = file.read(_PAGE.size)
            if len(header) < _PAGE.size:
                return
            *_, crc, segments = _PAGE.unpack(header)
            size = _PAGE.size + segments + sum(file.read(segments))
            file.seek(at + _SERIAL_AT)
            file.write(struct.pack("<I", SERIAL))
            file.seek(at + _CRC_AT)
            file.write(struct.pack("<I", crc ^ differences[size - _SERIAL_AT - 4]))
            at += size


def _crc_differences(change: int) -> list[int]:
    """How the CRC of a page changes whose number changes by the bits `change`, by how many bytes
    of the page follow the number.
    """
    table = []
    for byte in range(256):
        register = byte << 24
        for _ in range(8):
            register = (register << 1) ^ (_POLYNOMIAL if register & 0x80000000 else 0)
        table.append(register & 0xFFFFFFFF)
    difference = 0
    for byte in struct.pack("<I", change):
        difference = (difference << 8 & 0xFFFFFFFF) ^ table[difference >> 24 ^ byte]
    differences = [difference]
    for _ in range(_LONGEST_PAGE):
        difference = (difference << 8 & 0xFFFFFFFF) ^ table[difference >> 24]
        differences.append(difference)
    return differences
