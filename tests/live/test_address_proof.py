"""Proof of address: what clients on other computers are sent over UDP, whose senders can be forged.

Here they are sockets on this computer that the instrument takes for others.
"""

import random
import socket
from collections.abc import Iterator

import pytest
from pythonosc.osc_message import OscMessage
from support.closing import Closing
from support.controller_rig import MODEL_TABLE, Rig, Speaker, serve
from support.hostile import Hostile, bundle, message, padded
from support.instrument import PATIENCE_S

from distill_live.addresses import Values, leaves
from distill_live.midi.osc_client import OscClient
from distill_live.osc import feedback
from distill_live.osc.client import Client
from distill_live.osc.tokens import CHARACTERS, PERIOD_S, AddressTokens
from distill_live.osc.wire import build_message

HOSTILE_PACKETS = 100
LEFT_OUT = ("/library/list", "/dump")


class Stranger(Closing):
    """A client that seems to be on another computer."""

    def __init__(self, rig: Rig, ports: set[int]) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.connect(("127.0.0.1", rig.controller.server.port))
        self._socket.setblocking(False)
        self.port = int(self._socket.getsockname()[1])
        ports.add(self.port)

    def close(self) -> None:
        self._socket.close()

    def say(self, path: str, kinds: str = "", *values: float | str) -> None:
        self.send(build_message(f"/distill{path}", kinds, values))

    def send(self, packet: bytes) -> None:
        self._socket.send(packet)

    def received(self) -> list[bytes]:
        """Packets received so far; on loopback none is lost."""
        packets = []
        try:
            while True:
                packets.append(self._socket.recv(65536))
        except BlockingIOError:
            return packets

    def heard(self) -> list[tuple[str, list[object]]]:
        messages = map(OscMessage, self.received())
        return [(each.address.removeprefix("/distill"), each.params) for each in messages]

    def token(self) -> str:
        """Token of the only message received."""
        ((path, values),) = self.heard()
        assert path == "/id"
        return str(values[0])


@pytest.fixture
def ports(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """Ports on this computer that seem to be on another."""
    others: set[int] = set()
    monkeypatch.setattr(Client, "is_loopback", property(lambda client: client.port not in others))
    return others


def packets() -> Iterator[bytes]:
    """Every address: as a get, with the shortest arguments, and with usual ones; and hostile ones.

    `LEFT_OUT` start a process, or print what is received.
    """
    table = {path: each for path, each in MODEL_TABLE.items() if path not in LEFT_OUT}
    for path, address in {**table, **leaves(table)}.items():
        name = f"/distill{path}".encode()
        yield padded(name)
        yield message(name)
        yield message(name, b"," + b"T" * address.least)
        for count in {address.least, len(address.arguments)}:
            arguments = address.arguments[:count]
            values = tuple(
                min(1, each.high) if each.kind != "s" else (each.choices or ("x",))[0]
                for each in arguments
            )
            yield build_message(name.decode(), "".join(each.kind for each in arguments), values)
    yield bundle(*[message(b"/distill/notify", b",T")] * 50)
    yield bundle(*[message(b"/distill/corpus/list")] * 50)
    hostile = Hostile(table, random.Random(1))
    for _ in range(HOSTILE_PACKETS):
        yield next(hostile)


def test_nobody_is_sent_more_than_it_sent_before_it_proves_its_address(ports: set[int]) -> None:
    async def talk(rig: Rig, speaker: Speaker) -> None:
        with Stranger(rig, ports) as stranger:
            answers = set()
            for number, packet in enumerate(packets()):
                stranger.send(packet)
                await speaker.sync(number)
                answer = stranger.received()
                assert sum(map(len, answer)) <= len(packet), packet
                answers |= {OscMessage(each).address for each in answer}
            while not answers:  # what it asks for is held while a preset or gesture is read for it
                stranger.say("/notify", "i", 1)
                await speaker.sync(0)
                answers |= {OscMessage(each).address for each in stranger.received()}
            await rig.controller.finish(PATIENCE_S)
            speaker.say("/corpus/list")
            while (await speaker.hear())[0] != "/corpus/end":
                pass
            assert stranger.received() == []
            assert answers == {"/distill/id"}
            assert len(rig.controller.server.feedback.subscribers) == 0

    serve(talk)


def test_who_returns_the_token_is_subscribed_and_answered(ports: set[int]) -> None:
    async def talk(rig: Rig, speaker: Speaker) -> None:
        with Stranger(rig, ports) as one, Stranger(rig, ports) as other:
            one.say("/notify", "i", 1)
            await speaker.sync(1)
            token = one.token()
            other.say("/notify", "iis", 1, 0, token)
            await speaker.sync(2)
            assert other.token() != token, "it is of another address"
            one.say("/notify", "iis", 1, 0, token)
            await speaker.sync(3)
            first, *_, last = one.heard()
            assert (first, last) == (("/update", [1]), ("/done", ["/distill/notify", "subscribed"]))
            one.say("/gain")
            one.say("/nothing")
            speaker.say("/notify", "i", 1)
            while (await speaker.hear())[0] != "/done":
                pass
            assert [path for path, _ in one.heard()] == ["/fail", "/gain"]
            one.say("/notify", "ii", 1, other.port)
            await speaker.sync(4)
            assert (one.heard(), len(other.token())) == ([], CHARACTERS), "a port has to be proved"
            one.say("/notify", "i", 0)
            one.say("/gain")
            await speaker.sync(5)
            assert one.heard() == [("/done", ["/distill/notify", "unsubscribed"])]

    serve(talk)


def test_a_subscriber_proves_its_address_again(
    ports: set[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feedback, "RENEWAL_S", 0.01)

    async def talk(rig: Rig, speaker: Speaker) -> None:
        subscribers = rig.controller.server.feedback.subscribers
        with Stranger(rig, ports) as stranger:
            stranger.say("/notify", "i", 1)
            await speaker.sync(1)
            stranger.say("/notify", "iis", 1, 0, stranger.token())
            await speaker.sync(2)
            first = subscribers.find(Client("127.0.0.1", stranger.port))
            assert first is not None
            proved_s = first.proved_s
            heard = stranger.heard()
            while heard[-1][0] != "/id":
                await speaker.sync(3)
                heard += stranger.heard()
            stranger.say("/notify", "iis", 1, 0, str(heard[-1][1][0]))
            await speaker.sync(4)
            assert {path for path, _ in stranger.heard()} <= {"/id"}, "the state is not sent again"
            assert first in subscribers
            assert first.proved_s > proved_s

    serve(talk)


def test_a_token_is_for_the_port_that_it_was_sent_to(ports: set[int]) -> None:
    async def talk(rig: Rig, speaker: Speaker) -> None:
        with Stranger(rig, ports) as sending, Stranger(rig, ports) as listening:
            sending.say("/notify", "ii", 1, listening.port)
            await speaker.sync(1)
            token = listening.token()
            sending.say("/notify", "iis", 1, 0, token)
            await speaker.sync(2)
            assert sending.token() != token
            sending.say("/notify", "iis", 1, listening.port, token)
            sending.say("/gain")
            await speaker.sync(3)
            paths = [path for path, _ in listening.heard()]
            assert paths[0] == "/update"
            assert {"/done", "/gain"} <= set(paths)
            assert sending.received() == []

    serve(talk)


def test_a_token_expires_and_is_of_one_address_and_one_start() -> None:
    now_s = 1000.0
    tokens = AddressTokens(lambda: now_s)
    here, six = Client("192.0.2.7", 50000), Client("fe80::1", 50000, 0, 3)
    token = tokens.issue(here)
    assert len(token.encode()) == CHARACTERS
    assert tokens.proves(here, token)
    assert tokens.proves(six, tokens.issue(six))
    for other in (here._replace(port=50001), here._replace(host="192.0.2.8"), six):
        assert not tokens.proves(other, token)
    for wrong in ("", token[:-1], token + "A", "\u266b" * CHARACTERS, tokens.issue(six)):
        assert not tokens.proves(here, wrong)
    assert not AddressTokens(lambda: now_s).proves(here, token)
    now_s += PERIOD_S
    assert tokens.proves(here, token)
    now_s += PERIOD_S
    assert not tokens.proves(here, token)
    many = {tokens.issue(Client("192.0.2.7", port)) for port in range(20_000)}
    assert len(many) > 19_990, "as far apart as chance has them"


def test_the_midi_bridge_proves_its_address(ports: set[int]) -> None:
    async def talk(rig: Rig, speaker: Speaker) -> None:
        heard: list[tuple[str, Values]] = []
        present: list[bool] = []
        port = rig.controller.server.port
        client = OscClient(
            "127.0.0.1", port, lambda path, values: heard.append((path, values)), present.append
        )
        ports.add(client.own_port)
        client.tick(())
        number = 0
        while ("/update", (0,)) not in heard:
            await speaker.sync(number := number + 1)
        assert present == [True]
        assert all(path != "/id" for path, _ in heard)
        client.close()

    serve(talk)
