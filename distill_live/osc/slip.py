"""SLIP frames (RFC 1055), by which OSC 1.1 sends packets over a stream: bytes in, packets out.

It reads no socket. Each frame has an END before and behind it, so that what a broken one left is
no part of the next.
"""

from collections.abc import Iterator

from distill_live.osc.wire import MAX_PACKET_BYTES

END = b"\xc0"
_ESCAPED_END = b"\xdb\xdc"
_ESC = b"\xdb"
_ESCAPED_ESC = b"\xdb\xdd"

_MOST_ENCODED_BYTES = 2 * (MAX_PACKET_BYTES + 1)


def encode(packet: bytes) -> bytes:
    """A packet as a frame, with an END on either side."""
    return END + packet.replace(_ESC, _ESCAPED_ESC).replace(END, _ESCAPED_END) + END


class Decoder:
    """Takes a stream apart, whatever the pieces in which it comes.

    It holds no more than a packet. Of one that is longer than `MAX_PACKET_BYTES` the beginning is
    given, a byte longer than is read, so that whoever reads it can say why it is refused. An ESC
    that escapes nothing stays as it is, as RFC 1055 has it.
    """

    def __init__(self) -> None:
        self._begun = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The packets that end within `data`; empty frames are none.

        Parameters
        ----------
        data
            The next bytes of the stream.
        """
        first, *others = data.split(END)
        self._begin(first)
        for following in others:
            if self._begun:
                yield _decode(bytes(self._begun))
            self._begun.clear()
            self._begin(following)

    def _begin(self, data: bytes) -> None:
        room = _MOST_ENCODED_BYTES - len(self._begun)
        self._begun += data[: max(0, room)]


def _decode(encoded: bytes) -> bytes:
    packet = encoded.replace(_ESCAPED_END, END).replace(_ESCAPED_ESC, _ESC)
    return packet[: MAX_PACKET_BYTES + 1]
