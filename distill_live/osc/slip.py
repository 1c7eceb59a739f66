"""Encode and decode SLIP frames (RFC 1055), by which OSC 1.1 sends packets over a stream.

Each frame has an END before and after it, so that a broken frame does not damage the next.
"""

from collections.abc import Iterator

from distill_live.osc.wire import MAX_PACKET_BYTES

END = b"\xc0"
_ESCAPED_END = b"\xdb\xdc"
_ESC = b"\xdb"
_ESCAPED_ESC = b"\xdb\xdd"

_MAX_ENCODED_BYTES = 2 * (MAX_PACKET_BYTES + 1)


def encode(packet: bytes) -> bytes:
    """Frame a packet, with an END on either side."""
    return END + packet.replace(_ESC, _ESCAPED_ESC).replace(END, _ESCAPED_END) + END


class Decoder:
    """Split a stream into packets, whatever the chunks it arrives in.

    Buffers one packet at most. A packet longer than `MAX_PACKET_BYTES` is cut to one byte more, so
    that the parser refuses it with a reason. An ESC that escapes nothing is kept, as in RFC 1055.
    """

    def __init__(self) -> None:
        self._partial = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the packets that end within `data`; empty frames are skipped.

        Parameters
        ----------
        data
            Next bytes of the stream.
        """
        first, *others = data.split(END)
        self._append(first)
        for following in others:
            if self._partial:
                yield _decode(bytes(self._partial))
            self._partial.clear()
            self._append(following)

    def _append(self, data: bytes) -> None:
        room = _MAX_ENCODED_BYTES - len(self._partial)
        self._partial += data[: max(0, room)]


def _decode(encoded: bytes) -> bytes:
    packet = encoded.replace(_ESCAPED_END, END).replace(_ESCAPED_ESC, _ESC)
    return packet[: MAX_PACKET_BYTES + 1]
