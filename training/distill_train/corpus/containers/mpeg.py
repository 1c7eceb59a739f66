"""MPEG audio (MP3): walk the frames, as a header of the whole file may be wrong or missing.

Each stream that is not plain gets a Xing header of its own with the number of its frames.
ISO 11172-3 and 13818-3; G. Bouvigne, "MP3 Tag" (Xing header).
"""

import struct
from dataclasses import dataclass

from distill_train.corpus.containers.stream_file import WINDOW_BYTES, Layout, Part, Window

BITRATES_KBPS = {
    (1, 1): (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (1, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (1, 3): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 1): (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (2, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (2, 3): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""Bit rates by version (2 for 2.5 also) and layer."""

RATES_HZ = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
"""Sample rates by the version's bits."""

RUN = 3
"""Frames in a row by which MPEG audio is recognised."""


@dataclass(frozen=True)
class Frame:
    """Header of a frame.

    Attributes
    ----------
    kind
        What all frames of a stream have in common: version's bits, layer, sample rate, mono.
    length_bytes, samples
        Size, and samples of each channel.
    """

    kind: tuple[int, int, int, bool]
    length_bytes: int
    samples: int

    @property
    def tag_offset(self) -> int:
        """Offset of a Xing header in the frame."""
        version, _, _, mono = self.kind
        return 4 + ((17 if mono else 32) if version == 3 else (9 if mono else 17))


def parse_frame(head: bytes) -> Frame | None:
    """Frame of the four bytes of a header; None if they are none, or of free format."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    version, layer_bits = head[1] >> 3 & 3, head[1] >> 1 & 3
    rate_index, bitrate_index = head[2] >> 2 & 3, head[2] >> 4
    if version == 1 or layer_bits == 0 or rate_index == 3 or bitrate_index in (0, 15):
        return None
    layer, padding = 4 - layer_bits, head[2] >> 1 & 1
    rate_hz = RATES_HZ[version][rate_index]
    kbps = BITRATES_KBPS[1 if version == 3 else 2, layer][bitrate_index]
    if layer == 1:
        samples, length_bytes = 384, (12000 * kbps // rate_hz + padding) * 4
    else:
        samples = 576 if layer == 3 and version != 3 else 1152
        length_bytes = samples // 8 * 1000 * kbps // rate_hz + padding
    return Frame((version, layer, rate_hz, head[3] >> 6 == 3), length_bytes, samples)


def starts_with_frames(window: Window, offset: int) -> bool:
    """Whether `RUN` frames of one kind follow each other soon after an offset."""
    return _sync(window, offset, min(offset + 2**16, window.size)) is not None


def mpeg_layout(window: Window, id3_bytes: int) -> Layout:
    """Streams of an MPEG audio file.

    Parameters
    ----------
    window
        The file.
    id3_bytes
        Size of the tags at its beginning.
    """
    streams: list[_Stream] = []
    offset, skipped, cut, whole = id3_bytes, 0, False, True
    while offset < window.size:
        frame = parse_frame(window.at(offset, 4))
        if frame is not None and (not streams or frame.kind == streams[-1].frame.kind):
            if offset + frame.length_bytes > window.size:
                cut = True
                break
            tag = _tag(window, offset, frame)
            if not streams or (tag is not None and streams[-1].frames):
                streams.append(_Stream(frame, offset))
            streams[-1].add(offset, frame, tag)
            offset += frame.length_bytes
            continue
        tag_bytes = _tag_bytes(window, offset)
        if tag_bytes:
            offset += tag_bytes
            whole &= offset >= window.size
            continue
        found = _sync(window, offset, window.size)
        if found is None:
            if not window.is_blank(offset, window.size):
                skipped += window.size - offset
            break
        begin, frame = found
        if begin > offset:
            skipped += 0 if window.is_blank(offset, begin) else begin - offset
            whole = False
        if streams and frame.kind != streams[-1].frame.kind:
            streams.append(_Stream(frame, begin))
        offset = begin
    streams = [stream for stream in streams if stream.frames]
    notes = []
    if skipped:
        notes.append(
            f"{skipped} of its bytes are no MPEG audio, as if it was damaged, and are passed over"
        )
    if cut:
        notes.append("it ends in the middle of a frame; what comes before it is read")
    plain = len(streams) == 1 and streams[0].announced == streams[0].frames
    plain &= whole and not cut and not id3_bytes  # libmpg123 may not like the tag
    if not streams or plain:
        return Layout(None, tuple(notes))
    return Layout(tuple(stream.parts(window) for stream in streams), tuple(notes))


class _Stream:
    """Frames of one kind."""

    def __init__(self, frame: Frame, offset: int) -> None:
        self.frame, self._first = frame, offset
        self.frames, self.announced = 0, -1
        self._ranges: list[range] = []

    def add(self, offset: int, frame: Frame, tag: int | None) -> None:
        """Add a frame; `tag` is the number of frames that a Xing header in it announces."""
        if self._ranges and self._ranges[-1].stop == offset:
            offset_from = self._ranges.pop().start
        else:
            offset_from = offset
        self._ranges.append(range(offset_from, offset + frame.length_bytes))
        if tag is None:
            self.frames += 1
        else:
            self.announced = tag

    def parts(self, window: Window) -> tuple[Part, ...]:
        """Parts of the stream, with a right Xing header in front."""
        if self.announced == self.frames:
            return tuple(self._ranges)
        ranges = list(self._ranges)
        if self.announced >= 0:  # a wrong header is replaced
            length = self.frame.length_bytes
            ranges[0] = range(ranges[0].start + length, ranges[0].stop)
        head = window.at(self._first, 4)
        header, frame = _roomy_header(head, self.frame.tag_offset + 12)
        tag = b"Xing" + struct.pack(">II", 1, self.frames)
        content = header + bytes(frame.tag_offset - 4) + tag
        return (content.ljust(frame.length_bytes, b"\0"), *(part for part in ranges if part))


def _roomy_header(head: bytes, size_bytes: int) -> tuple[bytes, Frame]:
    """Header as `head`, of the lowest bit rate whose frames have a size, without a CRC."""
    for index in range(1, 15):
        header = bytes([head[0], head[1] | 1, index << 4 | head[2] & 0x0C, head[3]])
        frame = parse_frame(header)
        if frame is not None and frame.length_bytes >= size_bytes:
            return header, frame
    raise ValueError("no bit rate has frames of that size")


def _tag(window: Window, offset: int, frame: Frame) -> int | None:
    """Number of frames that a Xing header in a frame announces, -1 if it does not; else None."""
    if frame.kind[1] != 3:
        return None
    content = window.at(offset, frame.length_bytes)
    at = frame.tag_offset
    if content[at : at + 4] in (b"Xing", b"Info") and len(content) >= at + 12:
        flags, frames = struct.unpack(">II", content[at + 4 : at + 12])
        return frames if flags & 1 else -1
    if content[36:40] == b"VBRI":  # mpg123 reads no length from it
        return -1
    return None


def _tag_bytes(window: Window, offset: int) -> int:
    """Size of a tag that may stand between or after frames; 0 if there is none."""
    from distill_train.corpus.containers.kinds import id3_bytes

    head = window.at(offset, 32)
    if head.startswith(b"TAG"):
        return 128
    if head.startswith(b"APETAGEX") and len(head) == 32:
        size, _, flags = struct.unpack("<III", head[12:24])
        return 32 + size if flags & 0x20000000 else 32
    if head.startswith(b"LYRICSBEGIN"):
        end = window.find(b"LYRICS200", offset, window.size)
        return end + 9 - offset if end >= 0 else 0
    return id3_bytes(window, offset)


def _sync(window: Window, begin: int, end: int) -> tuple[int, Frame] | None:
    """First offset from which `RUN` frames of one kind follow each other, or end the file."""
    while begin < end:
        part = window.at(begin, min(WINDOW_BYTES, end - begin))
        at = part.find(b"\xff")
        while at >= 0:
            frame = _run(window, begin + at)
            if frame is not None:
                return begin + at, frame
            at = part.find(b"\xff", at + 1)
        begin += max(1, len(part))
    return None


def _run(window: Window, offset: int) -> Frame | None:
    """Frame at an offset if `RUN` frames of its kind follow each other from there."""
    first = frame = parse_frame(window.at(offset, 4))
    for _ in range(RUN - 1):
        if frame is None or first is None or frame.kind != first.kind:
            return None
        offset += frame.length_bytes
        frame = parse_frame(window.at(offset, 4))
    return first if first and frame and frame.kind == first.kind else None
