"""FLAC: find the length by the last frame, as the header may not know it. RFC 9639."""

import re
import struct

from distill_train.corpus.containers.stream_file import Layout, Part, Window, broken_off

TAIL_BYTES = 2**20
"""Bytes at the end of a stream that are searched for its last frame."""

MAX_STREAMS = 4096

_SYNC = re.compile(rb"\xff[\xf8\xf9]")

_BLOCK_SAMPLES = {1: 192, **{code: 144 << code for code in range(2, 6)}} | {
    code: 1 << code for code in range(8, 16)
}
"""Samples of a frame by their code; 6 and 7 are stored at the header's end."""

_STREAM_START = b"fLaC\x00\x00\x00\x22"


def flac_layout(window: Window, start: int) -> Layout:
    """Streams of a FLAC file, which begins at `start`, after its tags."""
    starts = [start]
    while len(starts) < MAX_STREAMS:
        for magic in (_STREAM_START, b"fLaC\x80\x00\x00\x22"):
            found = window.find(magic, starts[-1] + 42, window.size)
            if found >= 0:
                break
        else:
            break
        starts.append(found)
    streams: list[tuple[Part, ...]] = []
    notes: list[str] = []
    repaired = start > 0 or len(starts) > 1
    for begin, end in zip(starts, [*starts[1:], window.size], strict=True):
        parts, note, changed = _stream(window, begin, end)
        if parts is None:
            return Layout(None, tuple(notes))
        if note:
            notes.append(note)
        if parts:
            streams.append(parts)
        repaired |= changed
    return Layout(tuple(streams) if repaired and streams else None, tuple(notes))


def _stream(window: Window, begin: int, end: int) -> tuple[tuple[Part, ...] | None, str, bool]:
    """Parts of a stream, a note, and whether they differ from the file; None if it is damaged."""
    info = window.at(begin, 42)
    if len(info) < 42 or info[4] & 0x7F:
        return None, "", False
    audio = begin + 4
    while True:
        head = window.at(audio, 4)
        if len(head) < 4:
            return None, "", False
        audio += 4 + int.from_bytes(head[1:4], "big")
        if head[0] & 0x80:
            break
    if window.at(end - 128, 3) == b"TAG" and end - 128 >= audio:
        end -= 128
    packed = int.from_bytes(info[18:26], "big")
    rate_hz, announced = packed >> 44, packed & (2**36 - 1)
    frames, audio_end = _length(window, audio, end, info)
    if frames is None:
        return (range(begin, end),), "", False
    note = ""
    if frames < announced < 100 * 3600 * rate_hz:
        note = broken_off(frames / rate_hz, announced / rate_hz)
    if frames == announced and audio_end == end:
        return (range(begin, end),), "", False
    if not frames:
        return (), note, True
    length = (packed & ~(2**36 - 1) | frames).to_bytes(8, "big")
    # One metadata block suffices; without its digest the decoder checks none.
    header = b"fLaC\x80\x00\x00\x22" + info[8:18] + length + bytes(16)
    return (header, range(audio, audio_end)), note, True


def _length(window: Window, audio: int, end: int, info: bytes) -> tuple[int | None, int]:
    """Number of samples by the last whole frame, and its end; None if no frame is found."""
    fixed_samples = struct.unpack(">H", info[8:10])[0]
    channels, bits = (info[20] >> 1 & 7) + 1, ((info[20] & 1) << 4 | info[21] >> 4) + 1
    tail = max(audio, end - TAIL_BYTES)
    content = window.at(tail, end - tail)
    ends = {0}
    last: list[tuple[int, int, int]] = []  # offset, first sample, samples
    for found in _SYNC.finditer(content):
        header = _frame(content, found.start(), fixed_samples, channels, bits)
        if header is None:
            continue
        first, samples = header
        resumes = first > max(ends) if last else tail > audio  # beyond damage, or in the middle
        if first in ends or (
            resumes
            and _continues(content, found.start(), first + samples, fixed_samples, channels, bits)
        ):
            ends.add(first + samples)
            last.append((found.start(), first, samples))
    if not last:
        return None, end
    offset, first, samples = last[-1]
    whole = _crc16(content[offset:]) == 0
    return (first + samples, end) if whole else (first, tail + offset)


def _continues(
    content: bytes, offset: int, first: int, fixed_samples: int, channels: int, bits: int
) -> bool:
    """Whether a later frame begins with the sample `first`."""
    for found in _SYNC.finditer(content, offset + 1):
        header = _frame(content, found.start(), fixed_samples, channels, bits)
        if header is not None and header[0] == first:
            return True
    return False


def _frame(
    content: bytes, at: int, fixed_samples: int, channels: int, bits: int
) -> tuple[int, int] | None:
    """First sample and number of samples of a frame; None if it is none of this stream."""
    head = content[at : at + 16]
    if len(head) < 6 or head[3] & 1:
        return None
    variable, block_code, rate_code = head[1] & 1, head[2] >> 4, head[2] & 15
    channel_code, bits_code = head[3] >> 4, head[3] >> 1 & 7
    of_bits = {1: 8, 2: 12, 4: 16, 5: 20, 6: 24, 7: 32}.get(bits_code, bits)
    of_channels = channel_code + 1 if channel_code < 8 else 2
    if not block_code or rate_code == 15 or channel_code > 10 or bits_code == 3:
        return None
    if of_bits != bits or of_channels != channels:
        return None
    extra = 0 if head[4] < 0x80 else 8 - (head[4] ^ 0xFF).bit_length()
    if extra == 1 or extra > 7:
        return None
    size = max(1, extra)
    coded = head[4 : 4 + size]
    if len(coded) < size or any(value & 0xC0 != 0x80 for value in coded[1:]):
        return None
    number = coded[0] if extra == 0 else coded[0] & (0x7F >> extra)
    for value in coded[1:]:
        number = number << 6 | value & 0x3F
    position = 4 + size
    block_bytes = {6: 1, 7: 2}.get(block_code, 0)
    stored = int.from_bytes(head[position : position + block_bytes], "big") + 1
    position += block_bytes + {12: 1, 13: 2, 14: 2}.get(rate_code, 0)
    if position >= len(head) or _crc8(head[:position]) != head[position]:
        return None
    samples = stored if block_bytes else _BLOCK_SAMPLES[block_code]
    return (number if variable else number * fixed_samples), samples


def _crc8(content: bytes) -> int:
    """CRC-8 with the polynomial 0x07."""
    crc = 0
    for value in content:
        crc ^= value
        for _ in range(8):
            crc = (crc << 1 ^ 0x07 if crc & 0x80 else crc << 1) & 0xFF
    return crc


def _crc16_table() -> tuple[int, ...]:
    table = []
    for value in range(256):
        crc = value << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x8005 if crc & 0x8000 else crc << 1) & 0xFFFF
        table.append(crc)
    return tuple(table)


_CRC16 = _crc16_table()


def _crc16(content: bytes) -> int:
    """CRC-16 with the polynomial 0x8005; 0 over a frame with its own CRC."""
    crc = 0
    for value in content:
        crc = (crc << 8 & 0xFFFF) ^ _CRC16[crc >> 8 ^ value]
    return crc
