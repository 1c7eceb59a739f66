"""Parse OSC 1.0 packets strictly, in linear time; build messages.

Bytes that are not OSC, or exceed a limit below, raise a `WireError` with the reason. Messages are
built with python-osc, whose own parser is not used: packets of 20 bytes can hang it.
"""

import struct
from collections.abc import Iterable
from functools import lru_cache
from math import isfinite
from typing import NamedTuple

from pythonosc.osc_message_builder import OscMessageBuilder

from distill_live.errors import WireError

MAX_PACKET_BYTES = 16 * 1024
"""Maximum packet size."""

MAX_DEPTH = 4
"""Maximum nesting of bundles, the outermost included."""

MAX_MESSAGES = 256
"""Maximum number of messages in one packet."""

MAX_CACHED_BYTES = 96
"""Maximum size of a message of one number whose parsed address is cached."""

IMMEDIATELY = 1
"""Time tag "now"; also that of a message outside a bundle."""

_NUMBER_BYTES = 4
_BUNDLE = b"#bundle\0"
_BUNDLE_HEAD_BYTES = 16
_UNIX_EPOCH_S = 2_208_988_800  # 1970 on the clock of time tags, which starts in 1900
_PADDING = (b"\0\0\0\0", b"\0\0\0", b"\0\0", b"\0")  # by length of the string, modulo 4
_CODES = {"i": "i", "f": "f", "d": "d", "h": "q"}
_READERS = {tag: struct.Struct(">" + code) for tag, code in _CODES.items()}
_NOTHING = "IN"  # OSC 1.1's impulse and nil: no argument; a press of an action, a get of a value


class Unreadable(NamedTuple):
    """Argument of a type that is not read, and all arguments after it; an action ignores it."""

    tag: str
    """Type tag; empty for bytes without type tags."""

    def __repr__(self) -> str:
        return f"of the OSC type {self.tag!r}" if self.tag else "without a type tag"


Argument = float | int | bool | str


class Message(NamedTuple):
    """Address or address pattern, and arguments."""

    address: str
    args: tuple[Argument | Unreadable, ...]

    @property
    def values(self) -> tuple[Argument, ...]:
        """Arguments that were read."""
        return tuple(value for value in self.args if not isinstance(value, Unreadable))


class Group(NamedTuple):
    """Messages that take effect together; `time_tag` is an NTP time tag, or `IMMEDIATELY`."""

    time_tag: int
    messages: tuple[Message, ...]


def parse_packet(data: bytes) -> tuple[Group, ...]:
    """Parse one packet.

    Parameters
    ----------
    data
        One message or bundle, with arguments of the types ``i f d h T F s``. A message may end
        after its address, without a type-tag string. ``I`` and ``N`` are no arguments. An argument
        of another type ends the message's arguments as `Unreadable`.

    Returns
    -------
    tuple of Group
        One group per time tag, in the order of first appearance. A nested bundle is due no earlier
        than the enclosing one, and joins its group where both are due at once.

    Raises
    ------
    WireError
        If the packet is not OSC, has a number that is not finite, or exceeds `MAX_PACKET_BYTES`,
        `MAX_DEPTH` or `MAX_MESSAGES`.
    """
    size = len(data)
    if size > MAX_PACKET_BYTES:
        raise WireError(f"packet of {size} bytes; at most {MAX_PACKET_BYTES} are read")
    if size == 0 or size % 4:
        raise WireError(f"packet of {size} bytes; the size of an OSC packet is a multiple of 4")
    if data[0] == 0x2F:
        return (Group(IMMEDIATELY, (_message(data, 0, size),)),)
    groups: dict[int, list[Message]] = {}
    _bundle(data, 0, size, IMMEDIATELY, 1, groups, 0)
    return tuple(Group(tag, tuple(messages)) for tag, messages in groups.items())


def unix_time_s(time_tag: int) -> float:
    """Convert an NTP time tag to seconds since 1970."""
    return time_tag / 2**32 - _UNIX_EPOCH_S


def build_message(address: str, kinds: str, values: tuple[float | int | str, ...]) -> bytes:
    """Encode one message.

    Parameters
    ----------
    address
        OSC address with its prefix.
    kinds
        One type tag of ``i f s`` per value: the types that every client can read.
    values
        As many values. Integers fit 32 bits; characters that UTF-8 cannot encode become ``?``.
    """
    assert len(kinds) == len(values)
    assert set(kinds) <= set("ifs")
    builder = OscMessageBuilder(address)
    for kind, value in zip(kinds, values, strict=True):
        if kind == "s":
            text = str(value).replace("\0", "").encode(errors="replace").decode()
            builder.add_arg(text, "s")
        else:
            builder.add_arg(float(value) if kind == "f" else int(value), kind)
    return builder.build().dgram


def build_bundle(unix_s: float | None, messages: Iterable[bytes]) -> bytes:
    """Encode a bundle of messages that is due at a time, in seconds since 1970, or at once."""
    time_tag = IMMEDIATELY if unix_s is None else round((unix_s + _UNIX_EPOCH_S) * 2**32)
    parts = [_BUNDLE, time_tag.to_bytes(8)]
    for message in messages:
        parts += [len(message).to_bytes(4), message]
    return b"".join(parts)


def _bundle(
    data: bytes,
    start: int,
    stop: int,
    outer_tag: int,
    depth: int,
    groups: dict[int, list[Message]],
    count: int,
) -> int:
    """Parse the bundle in ``data[start:stop]`` into `groups`; return the messages read so far."""
    if depth > MAX_DEPTH:
        raise WireError(f"bundles nested {depth} deep; at most {MAX_DEPTH} are read")
    if stop - start < _BUNDLE_HEAD_BYTES or data[start : start + 8] != _BUNDLE:
        raise WireError("neither a message, which starts with /, nor a bundle")
    (own_tag,) = struct.unpack_from(">Q", data, start + 8)
    tag = max(outer_tag, own_tag)
    at = start + _BUNDLE_HEAD_BYTES
    while at < stop:
        # All sizes are multiples of 4, so at least the 4 bytes of an element size are left.
        (size,) = struct.unpack_from(">i", data, at)
        at += 4
        if size <= 0 or size % 4 or size > stop - at:
            raise WireError(f"bundle element of {size} bytes where {stop - at} are left")
        if data[at] == 0x2F:
            count += 1
            if count > MAX_MESSAGES:
                raise WireError(f"bundle of more than {MAX_MESSAGES} messages")
            groups.setdefault(tag, []).append(_message(data, at, at + size))
        else:
            count = _bundle(data, at, at + size, tag, depth + 1, groups, count)
        at += size
    return count


def _message(data: bytes, start: int, stop: int) -> Message:
    if stop - start <= MAX_CACHED_BYTES:
        known = _single_number(data[start : stop - _NUMBER_BYTES])
        if known is not None:
            path, reader = known
            values, _ = _numbers(reader, data, stop - _NUMBER_BYTES, stop, path)
            return Message(path, tuple(values))
    address, at = _string(data, start, stop, "/")
    if at == stop:
        return Message(address, ())
    if data[at] != 0x2C:
        return Message(address, (Unreadable(""),))
    tags, at = _string(data, at, stop, address)
    args: list[Argument | Unreadable] = []
    layout = _layout(tags)
    if layout is not None:
        numbers, at = _numbers(layout, data, at, stop, address)
        args += numbers
    else:
        for tag in tags[1:]:
            if tag == "s":
                text, at = _string(data, at, stop, address)
                args.append(text)
            elif tag in "TF":
                args.append(tag == "T")
            elif tag in _CODES:
                numbers, at = _numbers(_READERS[tag], data, at, stop, address)
                args += numbers
            elif tag not in _NOTHING:
                return Message(address, (*args, Unreadable(tag)))
    if at != stop:
        raise WireError(f"{stop - at} bytes after the last argument", "invalid", address)
    return Message(address, tuple(args))


@lru_cache(maxsize=256)
def _single_number(head: bytes) -> tuple[str, struct.Struct] | None:
    """Address and reader of a message of one 4-byte number, by the bytes before it; else None."""
    try:
        address, at = _string(head, 0, len(head), "/")
        tags, at = _string(head, at, len(head), address)
    except WireError:
        return None
    layout = _layout(tags) if tags[:1] == "," else None
    if layout is None or at != len(head) or layout.size != _NUMBER_BYTES:
        return None
    return address, layout


@lru_cache(maxsize=64)
def _layout(tags: str) -> struct.Struct | None:
    """Reader of all arguments of a type-tag string; None unless all are numbers."""
    if any(tag not in _CODES for tag in tags[1:]):
        return None
    return struct.Struct(">" + "".join(_CODES[tag] for tag in tags[1:]))


def _numbers(
    layout: struct.Struct, data: bytes, at: int, stop: int, address: str
) -> tuple[list[Argument], int]:
    """The numbers at `at`, and the offset behind them."""
    after = at + layout.size
    if after > stop:
        raise WireError("arguments end early", "invalid", address)
    numbers = layout.unpack_from(data, at)
    if not all(map(isfinite, numbers)):
        raise WireError("argument that is not finite; send finite numbers", "not-finite", address)
    return list(numbers), after


def _string(data: bytes, start: int, stop: int, address: str) -> tuple[str, int]:
    """The string at `start`, and the offset behind its padding."""
    end = data.find(b"\0", start, stop)
    if end < 0:
        raise WireError("string without an end", "invalid", address)
    after = end + 4 - (end - start) % 4
    if data[end:after] != _PADDING[(end - start) % 4]:  # also when `after` lies beyond the data
        raise WireError("string that is not padded with zeros", "invalid", address)
    try:
        return data[start:end].decode(), after
    except UnicodeDecodeError:
        raise WireError("string that is not UTF-8", "invalid", address) from None
