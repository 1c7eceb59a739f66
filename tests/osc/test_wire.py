"""OSC parsing: round trips with python-osc, limits, hostile packets."""

import math
import random
import struct
from fnmatch import fnmatchcase
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pythonosc.osc_bundle_builder import IMMEDIATELY as PYTHONOSC_IMMEDIATELY
from pythonosc.osc_bundle_builder import OscBundleBuilder
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder
from support.hostile import HANGS_BY_SIZE, HANGS_BY_STARS, bundle, message, mutated

from distill_live.addresses import PREFIX, instantiate
from distill_live.errors import WireError
from distill_live.osc import wire
from distill_live.osc.pattern import MAX_PATTERN_CHARACTERS, MAX_WILDCARDS, Tree, is_pattern
from distill_live.osc.wire import (
    IMMEDIATELY,
    Group,
    Message,
    Unreadable,
    build_message,
    parse_packet,
)


def only(data: bytes) -> Message:
    ((_, messages),) = parse_packet(data)
    (one,) = messages
    return one


def refused(data: bytes, match: str, code: str = "invalid") -> WireError:
    with pytest.raises(WireError, match=match) as caught:
        parse_packet(data)
    assert caught.value.code == code
    assert "\n" not in str(caught.value)
    return caught.value


FLOAT32 = st.floats(width=32, allow_nan=False, allow_infinity=False)
ARGUMENTS = st.lists(
    st.one_of(
        st.tuples(st.just("f"), FLOAT32),
        st.tuples(st.just("d"), st.floats(allow_nan=False, allow_infinity=False)),
        st.tuples(st.just("i"), st.integers(-(2**31), 2**31 - 1)),
        st.tuples(st.just("h"), st.integers(-(2**63), 2**63 - 1)),
        st.tuples(
            st.just("s"),
            st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=9),
        ),
        st.tuples(st.just("T"), st.just(True)),
        st.tuples(st.just("F"), st.just(False)),
    ),
    max_size=12,
)
ADDRESSES = st.from_regex(r"/[a-z0-9_/]{0,20}", fullmatch=True)


def built(address: str, arguments: list[tuple[str, Any]]) -> bytes:
    builder = OscMessageBuilder(address)
    for kind, value in arguments:
        builder.add_arg(value, kind)
    dgram: bytes = builder.build().dgram
    return dgram


@given(ADDRESSES, ARGUMENTS)
def test_reads_what_python_osc_builds(address: str, arguments: list[tuple[str, Any]]) -> None:
    read = only(built(address, arguments))
    assert (read.address, read.args) == (address, tuple(value for _, value in arguments))
    assert [type(value) for value in read.args] == [type(value) for _, value in arguments]


@given(st.lists(st.tuples(ADDRESSES, ARGUMENTS), max_size=5), st.integers(0, 2**32 - 1))
def test_reads_bundles_that_python_osc_builds(
    contents: list[tuple[str, list[tuple[str, Any]]]], seconds: int
) -> None:
    builder = OscBundleBuilder(PYTHONOSC_IMMEDIATELY)
    for address, arguments in contents:
        part = OscMessageBuilder(address)
        for kind, value in arguments:
            part.add_arg(value, kind)
        builder.add_content(part.build())
    data = builder.build().dgram
    data = data[:8] + struct.pack(">II", seconds, 0) + data[16:]
    groups = parse_packet(data)
    expected = tuple(
        Message(address, tuple(value for _, value in arguments)) for address, arguments in contents
    )
    tag = max(IMMEDIATELY, seconds << 32)
    assert groups == ((Group(tag, expected),) if contents else ())


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("f"), FLOAT32),
            st.tuples(st.just("i"), st.integers(-(2**31), 2**31 - 1)),
            st.tuples(st.just("s"), st.text(st.characters(codec="utf-8"), max_size=9)),
        ),
        max_size=8,
    )
)
def test_replies_are_read_by_python_osc(arguments: list[tuple[str, float | int | str]]) -> None:
    kinds = "".join(kind for kind, _ in arguments)
    data = build_message("/distill/x", kinds, tuple(value for _, value in arguments))
    theirs = OscMessage(data)
    sent = [v.replace("\0", "") if isinstance(v, str) else v for _, v in arguments]
    assert theirs.address == "/distill/x"
    assert list(theirs) == sent
    assert list(only(data).args) == sent


def test_a_time_tag_is_seconds_since_1900() -> None:
    assert wire.unix_time_s((2_208_988_800 << 32) + (1 << 31)) == 0.5


def test_type_tags_may_be_missing() -> None:
    assert only(b"/a\0\0") == ("/a", ())
    assert only(b"/abc\0\0\0\0") == ("/abc", ())
    assert only(b"/a\0\0\0\0\0\1") == ("/a", (Unreadable(""),))


def test_nested_bundles_keep_order_and_are_due_no_earlier_than_the_outer_one() -> None:
    one, two, three, four = (message(name) for name in (b"/1", b"/2", b"/3", b"/4"))
    inner = bundle(two, tag=IMMEDIATELY)
    later = bundle(three, tag=900)
    assert parse_packet(bundle(one, inner, later, four, tag=500)) == (
        Group(500, (Message("/1", ()), Message("/2", ()), Message("/4", ()))),
        Group(900, (Message("/3", ()),)),
    )


def test_limit_of_bytes() -> None:
    fits = message(b"/" + b"a" * (wire.MAX_PACKET_BYTES - 9))
    assert len(fits) == wire.MAX_PACKET_BYTES
    assert only(fits).args == ()
    refused(fits + b"\0\0\0\0", "16388 bytes; at most 16384")
    refused(b"", "0 bytes")
    for extra in range(1, 4):
        refused(message() + b"\0" * extra, "multiple of 4")


def test_limit_of_depth() -> None:
    nested = message()
    for _ in range(wire.MAX_DEPTH):
        nested = bundle(nested)
    assert only(nested) == ("/a", ())
    refused(bundle(nested), "nested 5 deep")


def test_limit_of_messages() -> None:
    half = bundle(*[b"/a\0\0"] * 128)
    assert sum(len(g.messages) for g in parse_packet(bundle(half, half))) == wire.MAX_MESSAGES
    refused(bundle(half, half, b"/a\0\0"), "more than 256 messages")


@pytest.mark.parametrize("size", [-4, -1, 0, 1, 2, 8, 2**31 - 4, -(2**31)])
def test_sizes_that_are_wrong(size: int) -> None:
    data = b"#bundle\0" + struct.pack(">Qi", 1, size) + b"/a\0\0"
    refused(data, f"element of {size} bytes where 4 are left")


def test_sizes_that_are_truncated() -> None:
    refused(b"#bundle\0\0\0\0\0", "nor a bundle")
    refused(bundle(message()) + b"\0\0\0\4", "where 0 are left")
    refused(bundle(b"#bundle\0"), "nor a bundle")


@pytest.mark.parametrize("text", [b"\xff\0\0\0", b"\xc3\0\0\0", b"\xed\xa0\x80\0"])
def test_strings_that_are_not_utf8(text: bytes) -> None:
    refused(message(tags=b",s", data=text), "not UTF-8")
    refused(b"/" + text[:3] + b"\0\0\0\0", "not UTF-8")


def test_strings_that_do_not_end() -> None:
    refused(b"/abc", "without an end")
    refused(message(tags=b",s", data=b"abcd"), "without an end")
    refused(message()[:4] + b",fff", "without an end")
    refused(bundle(b"/abc") + b"\0\0\0\4" + b"/a\0\0", "without an end")
    refused(b"/a\0x", "padded")


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("kind", ["f", "d"])
@pytest.mark.parametrize("before", ["", "s"])
def test_numbers_that_are_not_finite(number: float, kind: str, before: str) -> None:
    data = (b"x\0\0\0" if before else b"") + struct.pack(">" + kind, number)
    error = refused(
        message(b"/gain", b"," + (before + kind).encode(), data), "not finite", "not-finite"
    )
    assert error.address == "/gain"


@pytest.mark.parametrize("tag", "bcmrtS[]x,")
def test_types_that_are_not_read_end_the_arguments(tag: str) -> None:
    read = only(message(tags=f",T{tag}i".encode(), data=b"\0" * 8))
    assert read.args == (True, Unreadable(tag))
    assert repr(tag) in repr(read.args[1])


@pytest.mark.parametrize("tag", "IN")
def test_impulse_and_nil_are_no_arguments(tag: str) -> None:
    assert only(message(tags=f",{tag}".encode())).args == ()
    number = struct.pack(">i", 7)
    assert only(message(tags=f",{tag}i{tag}".encode(), data=number)).args == (7,)


def test_arguments_that_do_not_fit() -> None:
    refused(message(tags=b",f"), "end early")
    refused(message(tags=b",Td", data=b"\0" * 4), "end early")
    refused(message(tags=b",f", data=b"\0" * 8), "4 bytes after")
    refused(message(tags=b",TF", data=b"\0" * 4), "4 bytes after")


def test_the_packets_that_hang_python_osc() -> None:
    assert len(HANGS_BY_SIZE) == 20
    refused(HANGS_BY_SIZE, "element of -4 bytes")
    stars = only(HANGS_BY_STARS).address
    with pytest.raises(WireError, match="18 wildcards; at most 8"):
        TREE.match(stars)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    survives(data)
    survives(b"/" + data + b"\0" * (-len(data) - 1 & 3))
    survives(b"#bundle\0" + data + b"\0" * (-len(data) & 3))


def survives(data: bytes) -> bool:
    try:
        groups = parse_packet(data)
    except WireError:
        return False
    messages = [one for group in groups for one in group.messages]
    assert len(messages) <= wire.MAX_MESSAGES
    assert sum(len(one.args) for one in messages) <= len(data)
    for one in messages:
        assert one.address.startswith("/")
        for value in one.args:
            assert type(value) in (bool, int, float, str, Unreadable)
            assert not isinstance(value, float) or math.isfinite(value)
    return True


def test_mutated_packets_are_read_or_refused() -> None:
    rng = random.Random(20)
    one = message(b"/distill/axis/brightness", b",ff", struct.pack(">ff", 0.5, 1))
    seeds = [
        one,
        message(b"/distill/latent", b"," + b"f" * 16, struct.pack(">16f", *range(16))),
        message(b"/distill/{play,mute}", b",ihdTFs", struct.pack(">iqd", 1, 2, 3) + b"abc\0"),
        bundle(one, message(), bundle(one, tag=77), tag=2**63),
        bundle(bundle(bundle(one))),
        HANGS_BY_SIZE,
        HANGS_BY_STARS,
    ]
    accepted = sum(survives(mutated(rng.choice(seeds), rng)) for _ in range(100_000))
    assert 5_000 < accepted < 95_000, "the mutations reach both sides"


TABLE = [PREFIX + path for path in instantiate(128, ["brightness", "noise", "a", "ab"], 1)]
TREE = Tree(TABLE)


def test_patterns_find_what_they_name() -> None:
    def match(pattern: str) -> list[str]:
        return [path.removeprefix(PREFIX) for path in TREE.match(PREFIX + pattern)]

    assert match("/gain") == ["/gain"]
    assert match("/ga?n") == ["/gain"]
    assert match("/g*") == ["/glide", "/gain"]
    assert match("/{play,mute,nothing}") == ["/play", "/mute"]
    assert match("/axis/{a,ab}") == ["/axis/a", "/axis/ab"]
    assert match("/axis/{a,}b") == ["/axis/ab"]
    assert match("/axis/{,a}*s") == ["/axis/brightness"]
    assert match("/latent/00[0-3]") == [f"/latent/00{index}" for index in range(4)]
    assert match("/latent/00[!0-7]") == ["/latent/008", "/latent/009"]
    assert match("/latent/1[12][-5]") == ["/latent/115", "/latent/125"]
    assert len(match("/latent/*")) == 128
    assert match("/*/007") == ["/latent/007"]
    assert match("/a*/*i*h*") == ["/axis/brightness"]
    assert TREE.match("/*/gain") == ["/distill/gain"]


def test_patterns_that_find_nothing() -> None:
    for pattern in (
        "/*",
        "/distill",
        "/distill/*/",
        "/distill/*n/x",
        "/distill/gain?",
        "/dis*gain",
    ):
        assert TREE.match(pattern) == []


def test_only_wildcards_make_a_pattern() -> None:
    assert not any(is_pattern(address) for address in TABLE)
    assert all(is_pattern(address) for address in ("/*", "/a?", "/[a]", "/{a}"))


@pytest.mark.parametrize(
    "bad", ["/[a", "/{a", "/a]*", "/a}*", "/{a{b}}", "/[*]", "/{a*}", "/[a[b]]"]
)
def test_patterns_that_are_malformed(bad: str) -> None:
    with pytest.raises(WireError, match="pattern with a"):
        TREE.match(bad)


def test_limits_of_patterns() -> None:
    assert TREE.match("/distill/latent/" + "*" * MAX_WILDCARDS)
    with pytest.raises(WireError, match="9 wildcards"):
        TREE.match("/distill/latent/" + "*" * (MAX_WILDCARDS + 1))
    longest = "/distill/{play," + "x" * (MAX_PATTERN_CHARACTERS - 16) + "}"
    assert len(longest) == MAX_PATTERN_CHARACTERS
    assert TREE.match(longest) == ["/distill/play"]
    with pytest.raises(WireError, match="257 characters"):
        TREE.match(longest + "x")


@given(
    st.text("ab*?", max_size=10).filter(lambda p: sum(map(p.count, "*?")) <= MAX_WILDCARDS),
    st.lists(st.text("ab", min_size=1, max_size=8), unique=True, max_size=12),
)
def test_stars_and_question_marks_agree_with_fnmatch(pattern: str, names: list[str]) -> None:
    expected = ["/" + name for name in names if fnmatchcase(name, pattern)]
    assert Tree("/" + name for name in names).match("/" + pattern) == expected


@given(st.text("/ab0*?[]{},!-", max_size=24))
def test_any_pattern_is_matched_or_refused(pattern: str) -> None:
    try:
        found = TREE.match("/distill/" + pattern)
    except WireError:
        return
    assert set(found) <= set(TABLE)


def test_a_string_that_no_packet_can_hold_is_made_one_that_it_can() -> None:
    (group,) = parse_packet(build_message("/x", "s", ("a\ud800\0b",)))
    assert group.messages[0].args == ("a?b",)


def test_what_is_remembered_of_an_address_changes_no_answer() -> None:
    rng = random.Random(0)
    good = [
        build_message("/distill/gain", "f", (0.5,)),
        build_message("/distill/axis/pitch", "i", (7,)),
        build_message("/a", "ff", (1.0, 2.0)),
        build_message("/distill/play", "", ()),
    ]

    def answer(data: bytes) -> object:
        try:
            return parse_packet(data)
        except WireError as error:
            return str(error), error.code, error.address

    packets = good * 2  # the second time it is remembered
    for data in good * 50:
        damaged = bytearray(data)
        damaged[rng.randrange(len(data))] = rng.choice([0, 0x2C, 0x2F, 0x66, 0xFF])
        packets += [bytes(damaged), bytes(damaged)]
    remembering = [answer(data) for data in packets]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wire, "MAX_CACHED_BYTES", 0)
        assert remembering == [answer(data) for data in packets]
