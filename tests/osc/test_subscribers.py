"""Subscribers: newest values at a limited rate, to all but the sender."""

import asyncio
import socket
import time

import pytest
from pythonosc.osc_message import OscMessage

from distill_live.addresses import Address, Values, instantiate
from distill_live.errors import CommandError
from distill_live.osc import Batch, Client, ClientCommand, OscServer
from distill_live.osc.feedback import FEEDBACK_INTERVAL_S
from distill_live.osc.subscribers import EVERYTHING, MAX_SUBSCRIBERS, SILENCE_LIMIT_S, Subscribers

A, B = Client("127.0.0.1", 50001), Client("127.0.0.1", 50002)
FAR = Client("192.0.2.7", 50003)


class Clock:
    now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def test_a_change_is_owed_to_all_but_its_sender() -> None:
    subscribers = Subscribers()
    assert not subscribers.owe("/gain", (-1.0,), A)
    subscribers.add(A)
    subscribers.add(B)
    assert subscribers.owe("/gain", (-3.0,), A)
    subscribers.owe("/speed", (4.0,), A, clipped=True)
    subscribers.owe("/play", (0,))
    subscribers.owe("/mute", (1,), FAR)
    assert sorted(subscribers.collect()) == [
        (A, "/mute", (1,)),
        (A, "/play", (0,)),
        (A, "/speed", (4.0,)),
        (B, "/gain", (-3.0,)),
        (B, "/mute", (1,)),
        (B, "/play", (0,)),
        (B, "/speed", (4.0,)),
    ]
    assert subscribers.collect() == []


def test_only_the_newest_value_is_owed_and_never_one_older_than_ones_own() -> None:
    subscribers = Subscribers()
    subscribers.add(A)
    subscribers.add(B)
    for step in range(100):
        subscribers.owe("/gain", (-float(step),), A)
    subscribers.owe("/gain", (-200.0,), B)
    assert subscribers.collect() == [(A, "/gain", (-200.0,))]


def test_the_weight_of_each_slot_is_owed() -> None:
    subscribers = Subscribers()
    subscribers.add(A)
    subscribers.add(B)
    for weight in (0.25, 0.5):
        for slot in (1, 2):
            subscribers.owe("/model/blend", (slot, weight), A)
    subscribers.owe("/model/blend", (2, 0.75), B)  # which is owed its own of slot 1 alone now
    assert sorted(subscribers.collect()) == [
        (A, "/model/blend", (2, 0.75)),
        (B, "/model/blend", (1, 0.5)),
    ]
    subscribers.owe("/model/blend", (1, 1.0), A)
    subscribers.keep_only({"/gain"})
    assert subscribers.collect() == []


@pytest.mark.parametrize("awaited", [EVERYTHING, "/gain"])
def test_while_an_answer_is_under_way_nothing_is_paid_and_nothing_lost(awaited: str) -> None:
    subscribers = Subscribers()
    subscriber = subscribers.add(A)
    subscriber.awaited[awaited] += 2
    subscribers.owe("/gain", (-1.0,), A)  # the answer may be older than this
    subscribers.owe("/gain", (-2.0,), A)
    subscribers.owe("/speed", (2.0,), B)
    at_once = [] if awaited == EVERYTHING else [(A, "/speed", (2.0,))]
    assert subscribers.collect() == at_once
    subscriber.awaited[awaited] -= 1
    assert subscribers.collect() == []
    subscriber.awaited[awaited] -= 1
    later = [(A, "/speed", (2.0,))] if awaited == EVERYTHING else []
    assert subscribers.collect() == [(A, "/gain", (-2.0,)), *later]


def test_a_port_is_the_clients_own_and_subscribing_again_changes_it() -> None:
    subscribers = Subscribers()
    first = subscribers.add(A, 9000)
    assert subscribers.target(A) == Client("127.0.0.1", 9000)
    assert subscribers.target(B) == B
    assert subscribers.add(A, 9000) is first
    assert subscribers.add(A) is first
    assert (len(subscribers), subscribers.target(A)) == (1, A)
    subscribers.add(A, 9000)
    again = subscribers.add(B, 9000)  # the same program, started again
    assert again in subscribers
    assert first not in subscribers
    assert len(subscribers) == 1
    subscribers.remove(A)
    assert again in subscribers
    subscribers.remove(A, 9000)
    assert len(subscribers) == 0
    assert subscribers.target(B) == B
    six = Client("::1", 50000, 0, 3)
    subscribers.add(six, 9000)
    assert subscribers.target(six) == Client("::1", 9000, 0, 3)


def test_a_client_elsewhere_that_proves_nothing_is_dropped() -> None:
    clock = Clock()
    subscribers = Subscribers(clock)
    far, near = subscribers.add(FAR), subscribers.add(A)
    clock.now_s += SILENCE_LIMIT_S - 1
    subscribers.note_proof(FAR)
    subscribers.note_message(B)
    clock.now_s += SILENCE_LIMIT_S - 1
    subscribers.note_message(FAR)
    subscribers.add(FAR)  # for both anybody can forge its address
    subscribers.owe("/gain", (-1.0,))
    assert len(subscribers.collect()) == 2
    clock.now_s += 2
    subscribers.owe("/gain", (-2.0,))
    assert subscribers.collect() == [(A, "/gain", (-2.0,))]
    assert near in subscribers
    assert far not in subscribers


def test_each_client_that_goes_is_told_of() -> None:
    clock = Clock()
    subscribers = Subscribers(clock)
    gone: list[Client] = []
    subscribers.on_gone = gone.append
    subscribers.add(A)
    subscribers.remove(A)
    subscribers.remove(B)  # who has never subscribed
    assert gone == [A, B]
    subscribers.add(FAR)
    clock.now_s += SILENCE_LIMIT_S + 1
    subscribers.drop_silent()
    assert gone[2:] == [FAR]
    subscribers.add(A)
    subscribers.add(B, A.port)
    assert gone[3:] == [A]


def test_there_are_at_most_sixteen_and_the_gone_make_room() -> None:
    clock = Clock()
    subscribers = Subscribers(clock)
    page = Client.connected(("127.0.0.1", 50000), "websocket")  # which need not say anything
    subscribers.add(page)
    for port in range(MAX_SUBSCRIBERS - 1):
        subscribers.add(Client("127.0.0.1", 40000 + port))
        clock.now_s += 1
    with pytest.raises(CommandError, match="16 clients") as refusal:
        subscribers.add(A)
    assert refusal.value.code == "full"
    subscribers.add(Client("127.0.0.1", 40000), 9000)  # it is one of them
    subscribers.note_message(Client("127.0.0.1", 40000))
    clock.now_s += SILENCE_LIMIT_S - 10
    subscribers.add(A)
    assert subscribers.find(Client("127.0.0.1", 40001)) is None
    assert subscribers.find(Client("127.0.0.1", 40000)) is not None
    assert subscribers.find(page) is not None
    assert len(subscribers) == MAX_SUBSCRIBERS


class Silent:
    """A handler that does nothing."""

    def apply(self, batch: Batch) -> None: ...
    def command(self, command: ClientCommand) -> None: ...
    def get(self, address: Address, client: Client) -> Values | None: ...


def test_the_server_tells_at_a_pace_and_ends_at_the_newest() -> None:
    async def session() -> None:
        loop = asyncio.get_running_loop()
        async with OscServer("127.0.0.1", 0, instantiate(2, ["tilt"], 1), Silent()) as server:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
                client.settimeout(10)
                client.bind(("127.0.0.1", 0))
                server.feedback.subscribe(Client(*client.getsockname()), None)
                start_s = loop.time()
                for step in range(100):  # all of them fit into the socket, should sleeps be long
                    server.feedback.tell("/gain", (-step / 4,), A)
                    server.feedback.tell("/axis/tilt", (step / 100, 1.0), A)  # a glide is not told
                    await asyncio.sleep(0.001)
                received = []
                while ("/distill/gain", [-99 / 4]) not in received:
                    data = await asyncio.to_thread(client.recv, 4096)
                    received.append((OscMessage(data).address, OscMessage(data).params))
                early_s = time.get_clock_info("monotonic").resolution  # asyncio's timers may be
                most = 2 + (loop.time() - start_s) / (FEEDBACK_INTERVAL_S - early_s)
                gains = [values for path, values in received if path == "/distill/gain"]
                assert 2 <= len(gains) <= most
                assert {len(values) for _, values in received} == {1}

    asyncio.run(session())


def test_replies_go_where_a_subscriber_wants_them_but_never_to_the_server_itself() -> None:
    async def session() -> None:
        async with OscServer("127.0.0.1", 0, instantiate(2, [], 1), Silent()) as server:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
                listening.bind(("127.0.0.1", 0))
                listening.settimeout(10)
                server.feedback.subscribe(A, listening.getsockname()[1])
                server.replies.send(A, "/synced", 3)
                server.replies.refuse(A, "/distill/x", CommandError("later", "busy"))
                paths = [OscMessage(listening.recv(4096)).address for _ in range(2)]
                assert paths == ["/distill/synced", "/distill/fail"]
            with pytest.raises(CommandError, match="own") as refusal:
                server.feedback.subscribe(A, server.port)
            assert refusal.value.code == "forbidden"
            server.feedback.subscribe(FAR, server.port)  # a port of another computer

    asyncio.run(session())


def test_who_listens_is_told_of_nothing_else() -> None:
    subscribers = Subscribers()
    subscribers.listen(A, "/gain")
    subscribers.listen(A, "/speed")
    subscribers.listen(B, "/play")
    subscribers.owe("/gain", (-1.0,))
    subscribers.owe("/speed", (2.0,), A)
    subscribers.owe("/play", (0,))
    assert sorted(subscribers.collect()) == [(A, "/gain", (-1.0,)), (B, "/play", (0,))]
    subscribers.owe("/gain", (-2.0,))
    subscribers.ignore(A, "/gain")
    assert subscribers.collect() == [], "nor of what was owed"
    subscribers.ignore(A, "/speed")
    subscribers.ignore(A, "/speed")
    assert subscribers.find(A) is None
    subscribers.add(B)
    subscribers.ignore(B, "/play")
    subscribers.listen(B, "/play")
    subscribers.owe("/gain", (-3.0,))
    assert subscribers.collect() == [(B, "/gain", (-3.0,))], "a subscriber is told of everything"
    subscribers.listen(A, "/gain")
    expecting = subscribers.expect(["/gain", "/speed"])
    subscribers.settle(expecting, ["/gain", "/speed"], {"/gain": (-4.0,), "/speed": (1.0,)})
    assert sorted(subscribers.collect()) == [
        (A, "/gain", (-4.0,)),
        (B, "/gain", (-4.0,)),
        (B, "/speed", (1.0,)),
    ]


def test_a_connected_client_is_not_forgotten_for_its_silence() -> None:
    clock = Clock()
    subscribers = Subscribers(clock)
    connected = Client.connected(("192.0.2.7", 50003), "tcp")
    subscribers.add(connected)
    subscribers.add(FAR)
    clock.now_s += SILENCE_LIMIT_S + 1
    subscribers.drop_silent()
    assert subscribers.find(connected) is not None
    assert subscribers.find(FAR) is None


def test_nothing_is_owed_about_addresses_that_are_gone() -> None:
    subscribers = Subscribers()
    subscribers.add(A)
    subscribers.owe("/axis/tilt", (0.5,))
    subscribers.owe("/gain", (-1.0,))
    subscribers.keep_only({"/gain"})
    assert subscribers.collect() == [(A, "/gain", (-1.0,))]
