"""Files of chunks (WAV, RF64, AIFF, CAF) and AU: find the samples, whatever the sizes claim.

A recorder that loses power, or writes into a pipe, leaves sizes of 0, -1 or the largest number;
beyond 4 GiB a WAV's size wraps. Then the samples are all that follows. A joined file is one stream
after the other. Streams whose sizes are wrong get a new header.
"""

import struct
from dataclasses import dataclass

from distill_train.corpus.containers.stream_file import Layout, Part, Window, broken_off

PLACEHOLDER_BYTES = 0x7FFF0000
"""Size in 32 bits from which a larger one than the file's stands for an unknown one, as 0 does; a
smaller one means that the file was cut off."""

MAX_HEADER_BYTES = 2**20
"""Maximum size of a chunk that is copied into a new header."""

MAX_STREAMS = 4096
"""Maximum number of joined files in one."""

MIN_UNREAD_BYTES = 64
"""Size of a rest up to which it is not named."""

MIN_MISSING_S = 0.05
"""Missing length from which a file is said to break off."""

GIB_4 = 2**32

REMEDY = "open it in a sound editor as raw data and save it, or give a whole copy"


@dataclass(frozen=True)
class _Samples:
    """Samples of one stream.

    Attributes
    ----------
    samples
        Their range in the file.
    end
        Where the next stream begins, or what is no chunk.
    parts
        Parts of the stream with a new header; None if the header is right.
    claimed
        Size that the header claims, in bytes.
    byte_rate
        Bytes of a second; 0 if unknown.
    """

    samples: range
    end: int
    parts: tuple[Part, ...] | None
    claimed: int
    byte_rate: float


def chunked_layout(window: Window, kind: str, start: int = 0) -> Layout:
    """Streams of a file of the kind ``wav``, ``aiff``, ``caf`` or ``au`` that begins at `start`."""
    read = {"wav": _read_wav, "aiff": _read_aiff, "caf": _read_caf, "au": _read_au}[kind]
    streams: list[tuple[Part, ...]] = []
    notes: list[str] = []
    begin, repaired = start, False
    while len(streams) < MAX_STREAMS:
        found = read(window, begin)
        if found is None:
            if not streams:
                return Layout(None)
            break
        repaired |= found.parts is not None
        streams.append(found.parts or (range(begin, found.end),))
        missing = _break_off(found)
        if missing:
            notes.append(missing)
        begin = found.end
        if begin >= window.size or not _begins(window, begin, kind):
            break
    rest = window.size - begin
    if rest >= MIN_UNREAD_BYTES and not window.is_blank(begin, window.size):
        seconds = (
            f" ({rest / found.byte_rate:.1f} s if they are samples)"
            if found and found.byte_rate > 0.0
            else ""
        )
        notes.append(
            f"{rest} bytes after its end{seconds} are not read, as its header leaves them out; "
            f"to use them, {REMEDY}"
        )
    plain = not repaired and len(streams) == 1 and start == 0
    return Layout(None if plain else tuple(streams), tuple(notes))


def _break_off(found: _Samples) -> str:
    """Note for a stream whose header claims more samples than the file holds; else empty."""
    missing = found.claimed - len(found.samples)
    if missing <= 0 or _is_placeholder(found.claimed) or not found.byte_rate > 0.0:
        return ""
    has, claimed = len(found.samples) / found.byte_rate, found.claimed / found.byte_rate
    if has > 0.0 and claimed - has >= MIN_MISSING_S:
        return broken_off(has, claimed)
    return ""


def _is_placeholder(claimed: int) -> bool:
    """Whether a size that is not the file's stands for an unknown one."""
    return claimed == 0 or PLACEHOLDER_BYTES <= claimed < GIB_4 or claimed >= 2**39


def _begins(window: Window, offset: int, kind: str) -> bool:
    """Whether a file of the same kind begins at an offset."""
    head = window.at(offset, 12)
    forms = {
        "wav": (b"RIFFWAVE", b"RF64WAVE", b"RIFXWAVE", b"BW64WAVE"),
        "aiff": (b"FORMAIFF", b"FORMAIFC"),
    }
    if kind in forms:
        return head[:4] + head[8:12] in forms[kind]
    return head[:4] in {"caf": (b"caff",), "au": (b".snd", b"dns.")}[kind]


def _extent(
    window: Window, begin: int, claimed: int, order: str, padded: bool = True
) -> tuple[range, int]:
    """Samples from `begin`, by their claimed size, and the end of the chunks after them."""
    rest = window.size - begin
    if claimed == 0 or claimed > rest:
        end = _chunks_end(window, begin, order) if claimed == 0 else begin
        if end >= window.size and end > begin:  # an empty file with chunks
            return range(begin, begin), end
        end = _next_file(window, begin)
        return range(begin, end), end
    ends = [begin + claimed + (claimed & 1)] if padded else []
    ends.append(begin + claimed)
    for end in ends:
        after = _chunks_end(window, end, order)
        if after >= window.size or after > end or _begins_any(window, after):
            return range(begin, begin + claimed), after
    wrapped = claimed + (rest - claimed) // GIB_4 * GIB_4
    if wrapped > claimed:  # the size of more than 4 GiB was stored in 32 bits
        return range(begin, begin + wrapped), max(
            begin + wrapped, _chunks_end(window, begin + wrapped, order)
        )
    return range(begin, begin + claimed), begin + claimed


def _next_file(window: Window, begin: int) -> int:
    """Where a WAV or AIFF file begins that was joined to samples of unknown size; else the end."""
    starts = []
    for kind, tags in (("wav", (b"RIFF", b"RF64", b"RIFX", b"BW64")), ("aiff", (b"FORM",))):
        for tag in tags:
            at = window.find(tag, begin, window.size)
            while at >= 0 and not _begins(window, at, kind):
                at = window.find(tag, at + 4, window.size)
            starts.append(at if at >= 0 else window.size)
    return min(starts)


def _begins_any(window: Window, offset: int) -> bool:
    return any(_begins(window, offset, kind) for kind in ("wav", "aiff", "caf", "au"))


def _chunks_end(window: Window, offset: int, order: str) -> int:
    """End of the chunks from an offset on; the offset itself if there are none."""
    while offset + 8 <= window.size and not _begins_any(window, offset):
        head = window.at(offset, 8)
        size = struct.unpack(order + "I", head[4:8])[0]
        end = offset + 8 + size + (size & 1)
        if not all(0x20 <= value < 0x7F for value in head[:4]) or end > window.size + 1:
            break
        offset = min(end, window.size)
    if window.size - offset < 8:
        return window.size
    if window.at(offset, 3) == b"TAG" and window.size - offset == 128:
        return window.size
    return offset


def _read_wav(window: Window, start: int) -> _Samples | None:
    form = window.at(start, 12)
    order = ">" if form[:4] == b"RIFX" else "<"
    offset, fmt, long_size = start + 12, b"", -1
    while len(head := window.at(offset, 8)) == 8:
        size = struct.unpack(order + "I", head[4:8])[0]
        if head[:4] == b"ds64" and len(sizes := window.at(offset + 16, 8)) == 8 and size >= 16:
            long_size = struct.unpack("<Q", sizes)[0]
        if head[:4] == b"fmt " and 16 <= size <= MAX_HEADER_BYTES:
            fmt = window.at(offset + 8, size)
        if head[:4] == b"data":
            break
        offset += 8 + size + (size & 1)
    if len(head) < 8 or len(fmt) < 16:
        return None
    byte_rate, block = (
        struct.unpack(order + "I", fmt[8:12])[0],
        struct.unpack(order + "H", fmt[12:14])[0],
    )
    begin = offset + 8
    claimed = size
    if form[:4] in (b"RF64", b"BW64") and size == 0xFFFFFFFF and long_size >= 0:
        claimed = long_size
    samples, end = _extent(window, begin, claimed, order)
    if block:
        samples = range(begin, begin + len(samples) // block * block)
    right = len(samples) == claimed
    if right:
        return _Samples(samples, end, None, claimed, byte_rate)
    # Beyond 4 GiB the size is stored in `ds64`, which is little-endian.
    length, form_tag = len(samples), form[:4] if order == ">" else b"RIFF"
    chunks = b"fmt " + struct.pack(order + "I", len(fmt)) + fmt + b"\0" * (len(fmt) & 1)
    total = 4 + len(chunks) + 8 + length
    if total < GIB_4 - 64:
        header = form_tag + struct.pack(order + "I", total) + b"WAVE" + chunks
        header += b"data" + struct.pack(order + "I", length)
    else:
        header = b"RF64\xff\xff\xff\xffWAVEds64" + struct.pack(
            "<IQQQI", 28, total + 36, length, length // max(block, 1), 0
        )
        header += chunks + b"data\xff\xff\xff\xff"
    return _Samples(samples, end, (header, samples), claimed, byte_rate)


def _read_aiff(window: Window, start: int) -> _Samples | None:
    form = window.at(start, 12)
    offset, chunks, common = start + 12, b"", b""
    while len(head := window.at(offset, 8)) == 8:
        size = struct.unpack(">I", head[4:8])[0]
        if head[:4] == b"SSND":
            break
        if head[:4] in (b"COMM", b"FVER") and size <= MAX_HEADER_BYTES:
            content = window.at(offset + 8, size + (size & 1))
            if head[:4] == b"COMM":
                common = content
            else:
                chunks += head + content
        offset += 8 + size + (size & 1)
    if len(head) < 8 or len(common) < 18:
        return None
    channels, frames, bits = struct.unpack(">HIH", common[:8])
    exponent, mantissa = struct.unpack(">HQ", common[8:18])
    power = min((exponent & 0x7FFF) - 16383 - 63, 0)  # more would be 2^63 Hz, or no float
    rate_hz = mantissa * 2.0**power if exponent else 0.0
    block = channels * -(-bits // 8)
    plain = form[8:12] == b"AIFF" or common[18:22] in (b"NONE", b"sowt", b"twos", b"fl32", b"fl64")
    begin = offset + 16
    claimed = max(0, size - 8)
    padding = int.from_bytes(window.at(offset + 8, 4), "big")
    if padding <= claimed:
        begin, claimed = begin + padding, claimed - padding
    samples, end = _extent(window, begin, claimed, ">")
    if not plain or not block:
        return _Samples(samples, end, None, claimed, 0.0)
    samples = range(begin, begin + len(samples) // block * block)
    actual = len(samples) // block
    if len(samples) == claimed and frames == actual:
        return _Samples(samples, end, None, claimed, block * rate_hz)
    if actual * block + 16 >= GIB_4 // 2:
        return _Samples(samples, end, None, claimed, block * rate_hz)
    common = common[:2] + struct.pack(">I", actual) + common[6:]
    chunks += b"COMM" + struct.pack(">I", len(common)) + common
    chunks += b"SSND" + struct.pack(">III", 8 + len(samples), 0, 0)
    header = b"FORM" + struct.pack(">I", 4 + len(chunks) + len(samples)) + form[8:12] + chunks
    return _Samples(samples, end, (header, samples), claimed, block * rate_hz)


def _read_caf(window: Window, start: int) -> _Samples | None:
    offset = start + 8
    byte_rate = 0.0
    while len(head := window.at(offset, 12)) == 12:
        size = struct.unpack(">q", head[4:12])[0]
        if head[:4] == b"desc" and len(form := window.at(offset + 12, 24)) == 24 and size >= 32:
            rate_hz, _, _, packet, frames = struct.unpack(">dIIII", form)
            byte_rate = rate_hz * packet / frames if frames else 0.0
        if head[:4] == b"data":
            break
        if size < 0:
            return None
        offset += 12 + size
    if len(head) < 12:
        return None
    begin, rest = offset + 16, window.size - offset - 16  # after the number of edits
    claimed = size - 4
    if 0 <= claimed <= rest and size > 4:
        end, follows = begin + claimed, True
        while follows and end + 12 <= window.size and not _begins(window, end, "caf"):
            chunk = window.at(end, 12)
            length = struct.unpack(">q", chunk[4:12])[0]
            follows = chunk[:4].isalpha() and 0 <= length <= window.size - end - 12
            end += 12 + length if follows else 0
        return _Samples(range(begin, begin + claimed), end, None, claimed, byte_rate)
    header = window.at(start, offset - start) if offset - start <= MAX_HEADER_BYTES else b""
    if not header:
        return None
    header += b"data" + struct.pack(">q", rest + 4) + window.at(offset + 12, 4)
    samples = range(begin, window.size)
    return _Samples(
        samples, window.size, (header, samples), max(0, claimed) if size > 4 else 0, byte_rate
    )


def _read_au(window: Window, start: int) -> _Samples | None:
    head = window.at(start, 24)
    if len(head) < 24:
        return None
    order = ">" if head[:4] == b".snd" else "<"
    offset, claimed, encoding, rate_hz, channels = struct.unpack(order + "5I", head[4:24])
    begin, rest = start + offset, window.size - start - offset
    if not 24 <= offset <= MAX_HEADER_BYTES or rest < 0:
        return None
    width = {1: 1, 2: 1, 3: 2, 4: 3, 5: 4, 6: 4, 7: 8, 27: 1}.get(encoding, 0)
    byte_rate = float(width * channels * rate_hz)
    if 0 < claimed <= rest:
        samples = range(begin, begin + claimed)
        return _Samples(samples, begin + claimed, None, claimed, byte_rate)
    samples = range(begin, window.size)
    header = head[:8] + struct.pack(order + "I", min(rest, 0xFFFFFFFF)) + head[12:]
    header += window.at(start + 24, offset - 24)
    return _Samples(samples, window.size, (header, samples), claimed, byte_rate)
