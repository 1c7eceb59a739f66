"""Ogg: split chained links, leave out damaged pages. RFC 3533."""

import zlib

from distill_train.corpus.containers.stream_file import Layout, Part, Window

MAX_PAGE_BYTES = 27 + 255 + 255 * 255

_REVERSED = bytes(int(f"{value:08b}"[::-1], 2) for value in range(256))


def ogg_layout(window: Window, start: int) -> Layout:
    """Links of an Ogg file, which begins at `start`."""
    links: list[list[range]] = []
    offset, skipped, was_first, cut = start, 0, False, False
    while offset < window.size:
        page = window.at(offset, MAX_PAGE_BYTES)
        length = _page_bytes(page)
        if not length:
            if page.startswith(b"OggS") and _unfinished(page, window.size - offset):
                cut = True
                break
            found = window.find(b"OggS", offset + 1, window.size)
            end = found if found >= 0 else window.size
            skipped += 0 if window.is_blank(offset, end) else end - offset
            offset = end
            continue
        first = bool(page[5] & 2)
        if not links or (first and not was_first):
            links.append([])
        was_first = first
        ranges = links[-1]
        if ranges and ranges[-1].stop == offset:
            ranges[-1] = range(ranges[-1].start, offset + length)
        else:
            ranges.append(range(offset, offset + length))
        offset += length
    notes = []
    if skipped:
        notes.append(f"{skipped} of its bytes are damaged, and are passed over")
    if cut:
        notes.append("it ends in the middle of a page; what comes before it is read")
    plain = len(links) == 1 and not skipped and not cut and start == 0
    if plain or not links:
        return Layout(None, tuple(notes))
    streams: tuple[tuple[Part, ...], ...] = tuple(tuple(ranges) for ranges in links)
    return Layout(streams, tuple(notes))


def _page_bytes(page: bytes) -> int:
    """Size of the page that some bytes begin with; 0 if they do not, or its CRC is wrong."""
    if len(page) < 27 or not page.startswith(b"OggS\0") or len(page) < 27 + page[26]:
        return 0
    length = 27 + page[26] + sum(page[27 : 27 + page[26]])
    if len(page) < length:
        return 0
    zeroed = page[:22] + bytes(4) + page[26:length]
    return length if _crc(zeroed) == int.from_bytes(page[22:26], "little") else 0


def _unfinished(page: bytes, rest: int) -> bool:
    """Whether a page is longer than the rest of the file."""
    return rest < 27 + 255 or (
        len(page) >= 27 + page[26] and 27 + page[26] + sum(page[27 : 27 + page[26]]) > rest
    )


def _crc(content: bytes) -> int:
    """CRC of a page: the polynomial of zlib's, with the bits in the other order, from 0."""
    crc = zlib.crc32(content.translate(_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{crc:032b}"[::-1], 2)
