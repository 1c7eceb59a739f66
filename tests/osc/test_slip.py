"""SLIP frames: round trips, split streams, limits, agreement with python-osc."""

import itertools
import random

from hypothesis import given
from hypothesis import strategies as st
from pythonosc import slip as theirs

from distill_live.osc.slip import END, Decoder, encode
from distill_live.osc.wire import MAX_PACKET_BYTES

PACKETS = st.lists(
    st.one_of(
        st.binary(min_size=1, max_size=40),
        st.lists(st.sampled_from(b"\xc0\xdb\xdc\xdd\0"), min_size=1, max_size=12).map(bytes),
    ),
    max_size=6,
)


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[a:b] for a, b in itertools.pairwise(edges)]


@given(PACKETS, st.lists(st.integers(0, 10_000), max_size=8))
def test_packets_come_back_in_whatever_pieces(packets: list[bytes], cuts: list[int]) -> None:
    decoder = Decoder()
    stream = b"".join(map(encode, packets))
    got = [packet for piece in pieces(stream, cuts) for packet in decoder.feed(piece)]
    assert got == packets


@given(st.binary(min_size=1, max_size=60))
def test_python_osc_reads_them_and_is_read(packet: bytes) -> None:
    assert encode(packet) == theirs.encode(packet)
    assert theirs.decode(encode(packet)) == packet


def test_an_end_between_frames_may_be_shared() -> None:
    assert list(Decoder().feed(END + b"ab" + END + b"cd" + END + END + END)) == [b"ab", b"cd"]


def test_what_is_broken_ends_with_its_frame() -> None:
    decoder = Decoder()
    assert list(decoder.feed(END + b"half")) == []
    assert list(decoder.feed(encode(b"whole"))) == [b"half", b"whole"]
    assert list(decoder.feed(encode(b"x")[:-1] + b"\xdby" + END)) == [b"x\xdby"]


def test_a_packet_that_is_too_long_is_given_as_too_long_and_takes_no_room() -> None:
    decoder = Decoder()
    longest = bytes(MAX_PACKET_BYTES)
    assert list(decoder.feed(encode(longest))) == [longest]
    everything_escaped = END * MAX_PACKET_BYTES
    assert list(decoder.feed(encode(everything_escaped))) == [everything_escaped]
    got: list[bytes] = []
    for _ in range(1000):
        got += decoder.feed(b"\xdb\xdc" * 5000)
    assert got == []
    (cut,) = decoder.feed(END)
    assert cut == END * (MAX_PACKET_BYTES + 1)
    assert list(decoder.feed(encode(b"next"))) == [b"next"]


def test_any_stream_gives_bounded_packets() -> None:
    rng = random.Random(6)
    decoder = Decoder()
    for _ in range(500):
        data = bytes(rng.choices(b"\xc0\xdb\xdc\xdd/a\0", k=rng.randrange(3000)))
        for packet in decoder.feed(data):
            assert 0 < len(packet) <= MAX_PACKET_BYTES + 1
