"""OSC server on real sockets: batches, replies, limits, counters."""

import asyncio
import errno
import os
import random
import re
import socket
import struct
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from support.fake_handler import TABLE, WALL_S, FakeHandler, bundle, read, say
from support.log_lines import logged_lines
from support.processes import WINE

from distill_live.errors import ConfigurationError, DeviceError
from distill_live.osc import Client, OscServer, host_and_port, is_loopback
from distill_live.osc.binding import enlarge_buffers
from distill_live.osc.dispatch import MAX_PATTERNS, MAX_SCHEDULED, Dispatcher
from distill_live.osc.replies import FAILS_PER_SECOND, MAX_FAILING_CLIENTS
from distill_live.osc.server import FLUSH_INTERVAL_S
from distill_live.osc.wire import MAX_PACKET_BYTES, build_message

HERE = Client("127.0.0.1", 50000)
ELSEWHERE = Client("192.0.2.7", 50000)


class Rig:
    """A dispatcher with clocks that stand still until they are moved."""

    def __init__(self) -> None:
        self.instrument = FakeHandler()
        self.sent: list[tuple[bytes, Client]] = []
        self.now_s = 1000.0
        self.jumped_s = 0.0
        self.dispatcher = Dispatcher(
            TABLE,
            self.instrument,
            lambda data, client: self.sent.append((data, client)),
            monotonic=lambda: self.now_s,
            wall=lambda: self.now_s - 1000.0 + WALL_S + self.jumped_s,
        )
        self.counters = self.dispatcher.counters

    def receive(self, data: bytes, client: Client = HERE) -> None:
        self.dispatcher.receive(data, client)

    def say(self, path: str, kinds: str = "", *values: float | str, client: Client = HERE) -> None:
        self.receive(say(path, kinds, *values), client)

    @property
    def answers(self) -> list[tuple[str, tuple[object, ...]]]:
        return [read(data) for data, _ in self.sent]

    @property
    def codes(self) -> list[object]:
        return [values[1] for path, values in self.answers if path == "/distill/fail"]


@pytest.fixture
def rig() -> Rig:
    return Rig()


def test_changes_wait_for_a_flush_and_arrive_as_one_batch(rig: Rig) -> None:
    rig.say("/axis/noise", "ff", 0.5, 2)
    rig.say("/play", "f", 1)
    rig.say("/gain", "i", 99)
    assert rig.instrument.batches == []
    assert rig.dispatcher.waiting
    rig.dispatcher.flush()
    assert not rig.dispatcher.waiting
    rig.dispatcher.flush()
    (batch,) = rig.instrument.batches
    assert batch.due_s is None
    assert rig.instrument.changes == [
        ("/axis/noise", (0.5, 2.0)),
        ("/play", (1,)),
        ("/gain", (6.0,)),
    ]
    assert [change.clipped for change in batch.commands] == [False, False, True]
    assert {change.client for change in batch.commands} == {HERE}
    assert rig.sent == []


def test_only_the_newest_of_a_fader_is_kept_in_its_place(rig: Rig) -> None:
    for step in range(1000):
        rig.say("/gain", "f", -step / 100)
        rig.say("/speed", "f", step / 1000)
    rig.dispatcher.flush()
    assert rig.instrument.changes == [
        ("/gain", (pytest.approx(-9.99),)),
        ("/speed", (pytest.approx(0.999),)),
    ]
    assert rig.counters.superseded == 2 * 999
    assert rig.counters.messages == 2000


def test_a_switch_keeps_what_came_before_it(rig: Rig) -> None:
    for path, kinds, value in (
        ("/gain", "f", -1.0),
        ("/gain", "f", -2.0),
        ("/mute", "i", 1),
        ("/gain", "f", -3.0),
        ("/mute", "i", 0),
        ("/mute", "i", 1),
    ):
        rig.say(path, kinds, value)
    rig.dispatcher.flush()
    assert rig.instrument.changes == [
        ("/gain", (-2.0,)),
        ("/mute", (1,)),
        ("/gain", (-3.0,)),
        ("/mute", (0,)),
        ("/mute", (1,)),
    ]


@pytest.mark.parametrize("ahead_s", [None, 0.5])
def test_of_repeated_seeds_paths_and_landmarks_the_last_is_kept(
    rig: Rig, ahead_s: float | None
) -> None:
    said = [
        *(("/seed", (seed,)) for seed in range(90)),
        *(("/path/play", (recording,)) for recording in range(10)),
        *(("/corpus/goto", (0, 0.01 * number)) for number in range(50)),
        *(("/gain", (-1.0,)), ("/corpus/goto", (0, 1.0)), ("/mute", (1,))),
        *(("/corpus/goto", (0, 2.0)), ("/mute", (0,))),
    ]
    kinds = {"/seed": "i", "/path/play": "i", "/corpus/goto": "if", "/gain": "f", "/mute": "i"}
    rig.receive(bundle(*(say(path, kinds[path], *args) for path, args in said), ahead_s=ahead_s))
    rig.dispatcher.flush()
    assert rig.instrument.changes == [said[89], said[99], *said[150:]]
    assert rig.counters.superseded == 89 + 9 + 50


def test_a_get_answers_after_what_was_set_before(rig: Rig) -> None:
    rig.say("/gain", "f", -1.0)
    rig.say("/loop")
    rig.say("/position")
    assert rig.instrument.order == ["/gain", "/loop?", "/position?"]
    assert rig.answers == [("/distill/loop", (0.0, 1.0))], "/position is answered later"
    rig.dispatcher.replies.send(HERE, "/position", 0.25)
    assert rig.answers[1] == ("/distill/position", (0.25,))
    assert [client for _, client in rig.sent] == [HERE, HERE]


def test_every_value_answers_with_one_signature(rig: Rig) -> None:
    for path, address in TABLE.items():
        if address.access == "value" and path != "/position":
            rig.sent.clear()
            rig.say(path)
            data, _ = rig.sent[0]
            assert b"," + address.signature.encode() + b"\0" in data
            assert read(data)[0] == "/distill" + path


def test_actions_ignore_the_release_of_a_button(rig: Rig) -> None:
    rig.say("/panic")
    rig.say("/panic", "f", 0.0)
    rig.say("/panic", "i", 1)
    rig.say("/status", "i", 0)
    rig.say("/status", "f", 1.0)
    rig.dispatcher.flush()
    assert rig.instrument.changes == [("/panic", ()), ("/panic", ())]
    assert rig.instrument.commands == [("/status", (), HERE)]


def osc(path: bytes, tags: bytes, data: bytes = b"") -> bytes:
    return b"".join(part + bytes(4 - len(part) % 4) for part in (path, tags)) + data


ODD_TAGS = (",I", ",N", ",s", ",b", ",t", ",[i]", ",x", ",IN", ",", ",T", "")
"""Type tags that buttons send, and some that none should; the last one is missing."""


@pytest.mark.parametrize("tags", ODD_TAGS)
def test_a_panic_of_any_type_silences_and_anything_else_of_such_a_type_is_refused_or_asks(
    rig: Rig, tags: str
) -> None:
    data = {",s": b"now\0", ",b": bytes(4), ",t": bytes(8), ",[i]": bytes(4), "": b"\0\0\0\1"}
    rig.receive(osc(b"/distill/panic", tags.encode(), data.get(tags, b"")))
    rig.dispatcher.flush()
    assert rig.instrument.changes == [("/panic", ())]
    rig.receive(osc(b"/distill/gain", tags.encode(), data.get(tags, b"")))
    rig.dispatcher.flush()
    if set(tags) <= set(",IN") and tags:
        assert rig.answers == [("/distill/gain", (0.0,))]
    elif tags != ",T":
        assert rig.codes == ["bad-type"]
        assert rig.instrument.changes == [("/panic", ())]


def test_a_bundle_takes_effect_as_one(rig: Rig) -> None:
    rig.receive(
        bundle(say("/gain", "f", -3), say("/sync", "i", 5), say("/nothing"), say("/play", "i", 0))
    )
    (batch,) = rig.instrument.batches
    assert rig.instrument.changes == [("/gain", (-3.0,)), ("/play", (0,))]
    assert batch.due_s is None
    assert rig.instrument.order == ["/gain", "/play", "/sync"]
    assert rig.codes == ["unknown-address"]


@pytest.mark.parametrize("ahead_s", [None, 0.5])
def test_commands_of_control_have_their_place_and_time_in_a_bundle(
    rig: Rig, ahead_s: float | None
) -> None:
    rig.say("/speed", "f", 0.5)
    parts = (
        say("/gain", "f", -3),
        say("/preset/recall", "s", "A"),
        say("/gain"),
        say("/preset/list"),
        say("/gain", "f", -6),
        say("/preset/store", "s", "B"),
    )
    rig.receive(bundle(*parts, ahead_s=ahead_s))
    told = ["/gain", "/preset/recall", "/gain", "/preset/store"]
    (batch,) = [batch for batch in rig.instrument.batches if len(batch.commands) > 1]
    assert [change.address.path for change in batch.commands] == told
    if ahead_s is None:
        assert batch.due_s is None
        assert rig.instrument.order == ["/speed", *told, "/gain?", "/preset/list"]
    else:
        assert batch.due_s == pytest.approx(1000.5, abs=1e-6)
        assert rig.instrument.order == [*told, "/speed", "/gain?", "/preset/list"]


def test_time_tags(rig: Rig) -> None:
    rig.receive(bundle(say("/gain", "f", -1), ahead_s=0.25))
    (batch,) = rig.instrument.batches
    assert batch.due_s == pytest.approx(1000.25, abs=1e-6)
    rig.receive(bundle(say("/gain", "f", -2), ahead_s=1.0))
    assert rig.instrument.batches[1].due_s == pytest.approx(1001.0, abs=1e-6)
    assert (rig.counters.late, rig.counters.far_ahead) == (0, 0)
    assert not rig.dispatcher.waiting

    rig.receive(bundle(say("/gain", "f", -3), ahead_s=-0.001))
    rig.receive(bundle(say("/speed", "f", 2), ahead_s=1.5))
    rig.receive(bundle(say("/jitter", "f", 0)))
    assert (rig.counters.late, rig.counters.far_ahead) == (1, 1)
    rig.dispatcher.flush()
    assert rig.instrument.batches[2].due_s is None
    assert rig.instrument.changes[2:] == [
        ("/gain", (-3.0,)),
        ("/speed", (2.0,)),
        ("/jitter", (0.0,)),
    ]


@pytest.mark.parametrize("jump_s", [-3600.0, 0.2, 3600.0])
def test_a_clock_that_jumps_loses_nothing_and_moves_nothing_that_is_scheduled(
    rig: Rig, jump_s: float
) -> None:
    rig.receive(bundle(say("/gain", "f", 1), ahead_s=0.5))
    rig.jumped_s = jump_s  # this computer's; another's is where it was
    rig.receive(bundle(say("/gain", "f", 2), ahead_s=0.5))
    rig.receive(bundle(say("/gain", "f", 3), ahead_s=jump_s + 0.5))  # said here, after the jump
    rig.dispatcher.flush()
    due = {batch.commands[0].command.args[0]: batch.due_s for batch in rig.instrument.batches}
    assert [due[1], due[3]] == pytest.approx([1000.5, 1000.5], abs=1e-6)
    assert due[2] == (pytest.approx(1000.3, abs=1e-6) if jump_s == 0.2 else None)


def test_bundles_within_a_bundle_have_their_own_times(rig: Rig) -> None:
    inner = bundle(say("/play", "i", 0), ahead_s=0.5)
    rig.receive(bundle(say("/gain", "f", -1), inner, say("/speed", "f", 2), ahead_s=0.25))
    assert [batch.due_s for batch in rig.instrument.batches] == [
        pytest.approx(1000.25, abs=1e-6),
        pytest.approx(1000.5, abs=1e-6),
    ]
    assert rig.instrument.changes == [("/gain", (-1.0,)), ("/speed", (2.0,)), ("/play", (0,))]


def test_what_is_scheduled_is_bounded(rig: Rig) -> None:
    full = bundle(*[say("/play", "i", 1)] * 256, ahead_s=0.5)
    for _ in range(MAX_SCHEDULED // 256):
        rig.receive(full)
    assert rig.counters.dropped == 0
    rig.receive(bundle(say("/gain", "f", 0), ahead_s=0.5))
    assert rig.counters.dropped == 1
    assert rig.codes == ["full"]
    assert len(rig.instrument.changes) == MAX_SCHEDULED
    rig.now_s += 0.6
    rig.receive(bundle(say("/gain", "f", 0), ahead_s=0.9))
    assert len(rig.instrument.changes) == MAX_SCHEDULED + 1


def test_patterns_set_values_all_or_none(rig: Rig) -> None:
    rig.say("/axis/*", "f", 0.5)  # matches /axis/list too, which is no value
    rig.say("/axis/{noise,brightness}", "f", 0.5)
    rig.say("/{play,gain}", "f", 0.5)  # /play takes no half
    rig.say("/latent/00[0-2]", "f", 9)
    rig.say("/axis/n*")
    rig.say("/pa*", "i", 1)
    rig.say("/q???", "i", 1)
    rig.say("/none*", "i", 1)
    rig.dispatcher.flush()
    assert rig.instrument.changes == [
        ("/axis/brightness", (0.5,)),
        ("/axis/noise", (0.5,)),
        ("/latent/000", (4.0,)),
        ("/latent/001", (4.0,)),
        ("/latent/002", (4.0,)),
    ]
    assert rig.instrument.commands == []
    assert rig.codes == [
        "forbidden",
        "bad-type",
        "forbidden",
        "forbidden",
        "forbidden",
        "unknown-address",
    ]


def test_patterns_in_a_datagram_are_bounded(rig: Rig) -> None:
    rig.receive(bundle(*[say("/latent/*", "f", 1)] * (MAX_PATTERNS + 1)))
    inner = [bundle(say("/latent/*", "f", 1), ahead_s=i / 100) for i in range(MAX_PATTERNS + 1)]
    rig.receive(bundle(*inner))
    assert rig.codes == ["full", "full"]


def test_failures_name_address_code_and_reason(rig: Rig) -> None:
    rig.say("/axis/nothing", "f", 0.5)
    rig.say("/play", "i", 2)
    rig.say("/play", "s", "1")
    rig.say("/latent", "ff", 0, 0)
    rig.say("/sync", "i", 13)
    rig.receive(b"/distill/gain\0\0\0,f\0\0\x7f\xc0\0\0")
    rig.receive(b"hello")
    rig.receive(build_message("/gain", "f", (0,)))
    assert rig.codes == [
        "unknown-address",
        "out-of-range",
        "bad-type",
        "bad-count",
        "busy",
        "not-finite",
        "invalid",
        "unknown-address",
    ]
    assert [values[0] for _, values in rig.answers] == [
        "/distill/axis/nothing",
        "/distill/play",
        "/distill/play",
        "/distill/latent",
        "/distill/sync",
        "/distill/gain",
        "/",
        "/gain",
    ]
    assert (rig.counters.failed, rig.counters.rejected) == (6, 2)
    assert rig.instrument.changes == []
    assert not rig.dispatcher.waiting


def test_failures_are_answered_ten_times_a_second_a_client(rig: Rig) -> None:
    for _ in range(100):
        rig.say("/nothing")
    assert len(rig.sent) == FAILS_PER_SECOND
    rig.say("/nothing", client=ELSEWHERE)
    assert len(rig.sent) == FAILS_PER_SECOND + 1
    assert rig.counters.unanswered == 90
    rig.now_s += 1.001
    rig.say("/nothing")
    assert len(rig.sent) == FAILS_PER_SECOND + 2


def test_failures_of_ever_new_clients_are_bounded(rig: Rig) -> None:
    for port in range(5000):
        rig.receive(b"\0", Client("192.0.2.1", port))
    assert len(rig.sent) == MAX_FAILING_CLIENTS
    assert rig.counters.rejected == 5000


def test_a_failure_echoes_no_more_than_a_line(rig: Rig) -> None:
    rig.say("/" + "x" * 10_000)
    rig.say("/axis/noise", "s", "y" * 10_000)
    assert len(rig.codes) == 2
    assert all(len(data) < 600 for data, _ in rig.sent)
    assert str(rig.answers[1][1][2]).endswith("yyy...'; send a number")


def test_a_long_reason_ends_at_a_word(rig: Rig) -> None:
    target = "macro/" + "x" * 30
    rig.say("/macro/map", "isffs", 1, target, 0, 1, "linear")
    ((_, (_, code, text)),) = rig.answers
    assert code == "not-found"
    assert str(text).endswith(", ..."), text
    *_, last, _ = str(text).split(", ")
    assert f"/{last}" in TABLE


def test_another_table_counts_from_then_on(rig: Rig) -> None:
    rig.say("/axis/noise", "f", 0.5)
    other = {path: a for path, a in TABLE.items() if path != "/axis/noise"}
    rig.dispatcher.use(other)
    assert rig.dispatcher.table == other
    assert rig.instrument.changes == [("/axis/noise", (0.5,))], "which was said before"
    rig.say("/axis/noise", "f", 0.25)
    rig.say("/axis/n*", "f", 0.25)
    rig.say("/axis/b*s", "f", 0.25)
    rig.dispatcher.flush()
    assert rig.codes == ["unknown-address", "unknown-address"]
    assert rig.instrument.changes[1:] == [("/axis/brightness", (0.25,))]


def test_quit_is_for_this_computer_only(rig: Rig) -> None:
    rig.say("/quit", client=ELSEWHERE)
    assert rig.codes == ["forbidden"]
    rig.say("/quit", "f", 0.0)
    assert rig.instrument.acts == []
    rig.say("/quit")
    assert [(act.address.path, act.client) for act in rig.instrument.acts] == [("/quit", HERE)]


def test_an_address_is_written_as_in_a_url() -> None:
    assert str(HERE) == "127.0.0.1:50000"
    assert str(Client("::1", 9010)) == host_and_port("::1", 9010) == "[::1]:9010"


def test_loopback() -> None:
    assert all(
        is_loopback(host)
        for host in ("127.0.0.1", "127.9.9.9", "localhost", "::1", "::ffff:127.0.0.1")
    )
    assert not any(
        is_loopback(host)
        for host in (
            "192.0.2.7",
            "0.0.0.0",
            "fe80::1%eth0",
            "::ffff:192.0.2.7",
            "localhost.example",
        )
    )


def serve(
    talk: Callable[[OscServer, FakeHandler, socket.socket], Awaitable[None]],
    host: str = "127.0.0.1",
) -> None:
    async def session() -> None:
        instrument = FakeHandler()
        async with OscServer(host, 0, TABLE, instrument) as server:
            instrument.reply = server.replies.send
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
                client.setblocking(False)
                client.connect(("127.0.0.1", server.port))
                await talk(server, instrument, client)

    asyncio.run(session())


async def answer(client: socket.socket) -> tuple[str, tuple[object, ...]]:
    data = await asyncio.wait_for(asyncio.get_running_loop().sock_recv(client, 65536), 10)
    return read(data)


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "localhost"])
def test_over_a_real_socket(host: str) -> None:
    async def talk(server: OscServer, instrument: FakeHandler, client: socket.socket) -> None:
        client.send(say("/gain", "f", -6))
        client.send(say("/gain"))
        assert await answer(client) == ("/distill/gain", (0.0,))
        client.send(say("/latent", "f" * 128, *[0.5] * 128))
        client.send(say("/sync", "i", 7))
        assert await answer(client) == ("/distill/synced", (7,))
        client.send(b"nonsense")
        path, (_, code, _) = await answer(client)
        assert (path, code) == ("/distill/fail", "invalid")
        assert instrument.changes == [("/gain", (-6.0,)), ("/latent", (0.5,) * 128)]
        assert (server.dispatcher.counters.packets, server.dispatcher.counters.rejected) == (5, 1)
        assert instrument.commands == [("/sync", (7,), Client(*client.getsockname()))]

    serve(talk, host)


def test_a_stream_arrives_in_few_batches_and_ends_at_its_last_value() -> None:
    async def talk(server: OscServer, instrument: FakeHandler, client: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        start_s = loop.time()
        for step in range(2000):
            client.send(say("/speed", "f", step / 1000))
            if step % 20 == 0:
                await asyncio.sleep(0)
        while len(instrument.changes) + server.dispatcher.counters.superseded < 2000:
            await asyncio.sleep(0.001)
        assert instrument.changes[-1] == ("/speed", (pytest.approx(1.999),))
        most = 2 + (loop.time() - start_s) / FLUSH_INTERVAL_S
        assert len(instrument.batches) <= most, "batches are a millisecond apart"

    serve(talk)


def test_a_single_change_needs_no_later_message_to_arrive() -> None:
    async def talk(_: OscServer, instrument: FakeHandler, client: socket.socket) -> None:
        for count in (1, 2):
            client.send(say("/play", "i", 1))
            while len(instrument.changes) < count:
                await asyncio.sleep(0.001)

    serve(talk)


def test_floods_neither_stop_it_nor_mute_it() -> None:
    async def talk(server: OscServer, instrument: FakeHandler, client: socket.socket) -> None:
        rng = random.Random(5)
        for count in range(5000):
            size = rng.choice((0, 4, 20, 64, 400))
            client.send(rng.choice((b"", b"/", b"#bundle\0")) + rng.randbytes(size))
            if count % 50 == 0:
                await asyncio.sleep(0)
        client.send(b"#bundle\0" + struct.pack(">Qi", 1, -4))
        client.send(b"/" + b"*a" * 18 + b"\0\0\0")
        client.send(b"/" * (MAX_PACKET_BYTES + 4))
        await asyncio.sleep(0.05)
        client.send(say("/sync", "i", 99))
        while (reply := await answer(client)) != ("/distill/synced", (99,)):
            assert reply[0] == "/distill/fail"
        assert instrument.batches == []
        counters = server.dispatcher.counters
        assert counters.packets > 1000
        assert counters.rejected + counters.failed >= counters.packets - 1

    serve(talk)


def test_a_client_that_is_gone_harms_nobody() -> None:
    async def talk(server: OscServer, _: FakeHandler, client: socket.socket) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as brief:
            brief.connect(("127.0.0.1", server.port))
            brief.send(say("/gain"))
        for number in range(3):
            client.send(say("/sync", "i", number))
            assert await answer(client) == ("/distill/synced", (number,))

    serve(talk)


def test_closing_passes_on_what_waits_and_frees_the_port() -> None:
    async def session() -> None:
        instrument = FakeHandler()
        server = OscServer("127.0.0.1", 0, TABLE, instrument)
        await server.start()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            for count, path in enumerate(("/gain", "/speed"), start=1):
                client.sendto(say(path, "f", 1), ("127.0.0.1", server.port))
                while server.dispatcher.counters.messages < count:
                    await asyncio.sleep(0)
        server.close()
        server.close()
        assert instrument.changes == [("/gain", (1.0,)), ("/speed", (1.0,))]
        server.replies.send(HERE, "/synced", 1)
        async with OscServer("127.0.0.1", server.port, TABLE, instrument):
            pass

    asyncio.run(session())


def test_a_port_in_use_is_one_line_with_a_remedy() -> None:
    async def session() -> None:
        async with OscServer("127.0.0.1", 0, TABLE, FakeHandler()) as server:
            second = OscServer("127.0.0.1", server.port, TABLE, FakeHandler())
            with pytest.raises(DeviceError, match=f"port {server.port}.*in use.*--osc-port") as e:
                await second.start()
            assert "\n" not in str(e.value)
            free = re.search(r"--osc-port (\d+) is free", str(e.value))
            assert free is not None
            async with OscServer("127.0.0.1", int(free[1]), TABLE, FakeHandler()) as third:
                assert third.port == int(free[1])

    asyncio.run(session())


@pytest.mark.parametrize("host", ["192.0.2.1", "x" * 300])
def test_a_host_that_is_not_here_is_one_line(host: str) -> None:
    if WINE and host == "192.0.2.1":
        pytest.skip("Wine binds datagrams to addresses that are not there")
    with pytest.raises(DeviceError, match="--osc-host"):
        asyncio.run(OscServer(host, 0, TABLE, FakeHandler()).start())


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_that_cannot_be(port: int) -> None:
    with pytest.raises(ConfigurationError, match=f"--osc-port is {port}"):
        OscServer("127.0.0.1", port, TABLE, FakeHandler())


@pytest.mark.parametrize("limit_bytes", [8_000_000, 2_000_000, 10_000])
def test_buffers_are_as_large_as_a_system_grants_that_refuses_larger_ones(limit_bytes: int) -> None:
    class MacSocket:
        """Refuses a buffer above a limit, and sends by default no more than 9216 bytes."""

        def __init__(self) -> None:
            self.buffers = {socket.SO_RCVBUF: 786_896, socket.SO_SNDBUF: 9216}

        def setsockopt(self, _: int, name: int, size: int) -> None:
            if size > limit_bytes:
                raise OSError(55, "No buffer space available")
            self.buffers[name] = size

        def getsockopt(self, _: int, name: int) -> int:
            return self.buffers[name]

    found: Any = MacSocket()
    enlarge_buffers(found)
    wanted = {8_000_000: 4_194_304, 2_000_000: 1_048_576, 10_000: 786_896}
    assert found.buffers[socket.SO_RCVBUF] == wanted[limit_bytes]
    sendable = MAX_PACKET_BYTES if limit_bytes > MAX_PACKET_BYTES else 9216
    assert found.buffers[socket.SO_SNDBUF] == sendable


@pytest.mark.parametrize(
    ("system", "reason", "lines"),
    [
        ("darwin", errno.EHOSTUNREACH, 1),
        ("darwin", errno.ENOBUFS, 0),
        ("linux", errno.EHOSTUNREACH, 0),
    ],
)
def test_a_mac_that_denies_the_network_is_one_line_with_the_setting(
    monkeypatch: pytest.MonkeyPatch, system: str, reason: int, lines: int
) -> None:
    class Denied:
        """Sends nothing."""

        def sendto(self, *_: object) -> None:
            raise OSError(reason, os.strerror(reason))

    server = OscServer("127.0.0.1", 0, TABLE, FakeHandler())
    server.feedback.subscribers.add(ELSEWHERE)
    monkeypatch.setattr(server, "_socket", Denied())
    monkeypatch.setattr(sys, "platform", system)
    with logged_lines() as logged:
        for number in range(3):
            server.replies.send(ELSEWHERE, "/synced", number)
    assert server.replies.counters.unanswered == 3
    assert len(logged) == lines
    assert all(
        "192.0.2.7" in line and "Privacy & Security, Local Network" in line for line in logged
    )
