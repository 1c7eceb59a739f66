"""HTTP request heads: one form for all that clients send, a status and a reason for the rest."""

from http import HTTPStatus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distill_live.oscquery.request_head import (
    MAX_HEADERS,
    MAX_LINE_BYTES,
    HeadRefused,
    RequestHead,
)

PLAIN = b"GET /distill/gain?VALUE HTTP/1.1\r\nHost: 127.0.0.1:9011\r\nAccept: */*\r\n\r\n"


def refused(data: bytes) -> HeadRefused:
    with pytest.raises(HeadRefused) as caught:
        RequestHead().feed(data)
    assert "\n" not in caught.value.text
    return caught.value


@given(st.lists(st.integers(1, len(PLAIN))), st.sampled_from([b"", b"\r\n", b"\n\r\n"]))
def test_a_head_may_arrive_in_any_pieces(cuts: list[int], before: bytes) -> None:
    data = before + PLAIN + b"frames"
    reader, given_bytes = RequestHead(), []
    ends = sorted({*cuts, len(data)})
    for start, stop in zip([0, *ends], ends, strict=False):
        given_bytes.append(reader.feed(data[start:stop]))
        if given_bytes[-1] is not None:
            after = data[stop:]
            break
    assert given_bytes[:-1] == [None] * (len(given_bytes) - 1)
    assert (given_bytes[-1] or b"") + after == PLAIN + b"frames"


@pytest.mark.parametrize(
    ("data", "head"),
    [
        (PLAIN.replace(b"\r\n", b"\n"), PLAIN),
        (b"GET / HTTP/1.0\n\n", b"GET / HTTP/1.0\r\n\r\n"),
        (b"GET ?HOST_INFO HTTP/1.1\r\n\r\n", b"GET ?HOST_INFO HTTP/1.1\r\n\r\n"),
        (
            b"GET http://127.0.0.1:9011/distill/gain?VALUE HTTP/1.1\r\nA: b\r\n\r\n",
            b"GET /distill/gain?VALUE HTTP/1.1\r\nA: b\r\nHost: 127.0.0.1:9011\r\n\r\n",
        ),
        (
            b"GET HTTP://evil.example HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        ),
        (
            b"GET http://[::1]:9011?HOST_INFO HTTP/1.1\r\nHost:x\r\n\r\n",
            b"GET /?HOST_INFO HTTP/1.1\r\nHost: [::1]:9011\r\n\r\n",
        ),
        (b"GET / HTTP/1.1\r\nName: \t a b \t\r\n\r\n", b"GET / HTTP/1.1\r\nName: a b\r\n\r\n"),
    ],
)
def test_bare_line_feeds_and_absolute_uris_become_the_usual_form(data: bytes, head: bytes) -> None:
    assert RequestHead().feed(data) == head


def test_a_second_host_stays_to_be_refused_whatever_the_target_is() -> None:
    data = b"GET http://localhost/ HTTP/1.1\r\nHost: localhost\r\nhost: evil.example\r\n\r\n"
    head = RequestHead().feed(data)
    assert head is not None
    assert head.lower().count(b"\r\nhost: ") == 2


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello", 405),
        (b"OPTIONS * HTTP/1.1\r\n\r\n", 405),
        (b"HEAD / HTTP/1.1\r\n\r\n", 405),
        (b"PRI * HTTP/2.0\r\n\r\n", 505),
        (b"GET / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello", 400),
        (b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n continued\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nA : b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nA: b\rHost: c\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nA: \0\r\n\r\n", 400),
        (b"GET  / HTTP/1.1\r\n\r\n", 400),
        (b"GET /\xff HTTP/1.1\r\n\r\n", 400),
        (b"GET /\r\n\r\n", 400),
        (b"\x16\x03\x01\n\n", 400),
        (b"GET /" + b"x" * MAX_LINE_BYTES, 414),
        (b"GET / HTTP/1.1\r\nA: " + b"x" * MAX_LINE_BYTES, 431),
        (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * (MAX_HEADERS + 1), 431),
    ],
)
def test_what_is_refused_has_a_status_and_a_reason(data: bytes, status: int) -> None:
    assert refused(data).status == status


def test_the_longest_head_is_read() -> None:
    line = b"GET /" + b"x" * (MAX_LINE_BYTES - 14) + b" HTTP/1.1\r\n"
    data = line + b"A: b\r\n" * MAX_HEADERS + b"\r\n"
    assert len(line) == MAX_LINE_BYTES + 2
    assert RequestHead().feed(data) == data
    assert refused(b"GET /x" + line[5:]).status == HTTPStatus.REQUEST_URI_TOO_LONG


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        head = RequestHead().feed(b"GET / HTTP/1.1\r\n" + data)
    except HeadRefused:
        return
    assert head is None or head.startswith(b"GET / HTTP/1.1\r\n")
