"""What a bridge sends to an instrument on another computer."""

import asyncio
import gc
import socket
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distill_live.addresses import Value
from distill_live.ipc.protocol import (
    BridgeSettings,
    Configured,
    LogLine,
    PortFound,
    PortMissing,
)
from distill_live.midi import bridge, osc_client
from distill_live.midi.ports import MidiPort
from distill_live.osc.wire import IMMEDIATELY, Group, parse_packet

mido = pytest.importorskip("mido")


@pytest.fixture
def listener(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[socket.socket]:
    monkeypatch.setattr(gc, "freeze", lambda: None)
    monkeypatch.setattr(sys, "setswitchinterval", lambda _: None)
    monkeypatch.setattr(bridge, "default_path", lambda: tmp_path_factory.mktemp("none") / "x.toml")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as heard:
        heard.bind(("127.0.0.1", 0))
        heard.settimeout(10)
        yield heard


def played(port: int, play: Callable[[Any], None]) -> None:
    """Play a bridge to this port, until what it repeats was sent."""

    async def session() -> None:
        parent: Any = SimpleNamespace(send=lambda _: None)
        one = bridge.Bridge(parent, BridgeSettings((), None, "127.0.0.1", port))
        one._receive_osc("/keys", ("pitch",))
        play(one)
        await asyncio.sleep(3 * bridge.REPEAT_S)
        one._client.close()

    asyncio.run(session())


def groups(listener: socket.socket) -> Iterator[Group]:
    """What was sent, up to the end of the subscription."""
    while True:
        for group in parse_packet(listener.recv(2048)):
            if group.messages[0].address == "/distill/notify":
                return
            yield group


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_packets_from_elsewhere_do_not_reach_a_bridge_to_this_computer(
    listener: socket.socket, host: str
) -> None:
    async def session() -> None:
        port = listener.getsockname()[1]
        client = osc_client.OscClient(host, port, lambda *_: None, lambda _: None)
        assert client._socket.getsockname()[0] == "127.0.0.1"
        client.close()

    asyncio.run(session())
    assert listener.recvfrom(2048)[1][0] == "127.0.0.1"


@pytest.mark.parametrize(("local", "beats"), [(True, 0.0), (False, 0.0), (False, 1.0)])
def test_the_end_of_a_note_is_sent_twice_unless_its_key_is_down_again_or_it_waits_for_a_beat(
    listener: socket.socket, monkeypatch: pytest.MonkeyPatch, *, local: bool, beats: float
) -> None:
    monkeypatch.setattr(osc_client, "is_loopback", lambda _: local)

    def play(one: Any) -> None:
        one._receive_osc("/clock/quantise", (beats,))
        for note, velocity in ((60, 100), (64, 100), (60, 0), (64, 0), (64, 100)):
            one._feed(mido.Message("note_on", note=note, velocity=velocity), "box", 0.0)

    played(listener.getsockname()[1], play)
    ends = [
        group.messages[0].values
        for group in groups(listener)
        if group.messages[0].address == "/distill/note/off"
    ]
    assert ends == [(60.0,), (64.0,)] + [(60.0,)] * (not (local or beats))


@pytest.mark.parametrize("local", [True, False])
def test_beats_have_times_where_both_have_the_same_clock(
    listener: socket.socket, monkeypatch: pytest.MonkeyPatch, *, local: bool
) -> None:
    monkeypatch.setattr(osc_client, "is_loopback", lambda _: local)

    def play(one: Any) -> None:
        now_s = time.perf_counter()
        one._feed(mido.Message("start"), "box", now_s)
        for tick in range(49):
            one._feed(mido.Message("clock"), "box", now_s + tick / 48)

    played(listener.getsockname()[1], play)
    beats = [
        group
        for group in groups(listener)
        if "/distill/clock/beat" in {message.address for message in group.messages}
    ]
    assert beats
    with_tempo = [group for group in beats if len(group.messages) == 2]
    assert with_tempo
    assert {group.time_tag != IMMEDIATELY for group in with_tempo} == {local}


HeardPath = st.sampled_from(
    (
        "/id",
        "/fail",
        "/clock/bar",
        "/clock/quantise",
        "/device.reply",
        "/update",
        "/keys",
        "/axis/info",
        "/freeze",
    )
)
HeardValues = st.lists(
    st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.booleans()
    | st.text(st.characters(codec="utf-8", exclude_characters="\0")),
    max_size=4,
)


def test_the_bridge_goes_on_whatever_the_instrument_sends(listener: socket.socket) -> None:
    def play(one: Any) -> None:
        @given(st.lists(st.tuples(HeardPath, HeardValues.map(tuple)), max_size=8))
        def hears(heard: list[tuple[str, tuple[Value | bool, ...]]]) -> None:
            for path, values in heard:
                one._client._receive(path, values)
            now_s = time.perf_counter()
            one._feed(mido.Message("start"), "box", now_s)
            for tick in range(25):
                one._feed(mido.Message("clock"), "box", now_s + tick / 48)
            for control in (16, 64):
                one._feed(mido.Message("control_change", control=control, value=64), "box", now_s)
            one._client.tick(one._mapper.stale())

        hears()

    played(listener.getsockname()[1], play)


def test_what_a_controller_configures_outlives_the_process(listener: socket.socket) -> None:
    sent: list[Any] = []
    settings = BridgeSettings((), None, "127.0.0.1", listener.getsockname()[1])

    async def session(configuration: Any) -> bridge.Bridge:
        parent: Any = SimpleNamespace(send=sent.append)
        one = bridge.Bridge(parent, replace(settings, configuration=configuration))
        for number, value in ((101, 0), (100, 6), (6, 15), (6, 15)):
            message = mido.Message("control_change", control=number, value=value)
            one._feed(message, "box", 0.0)
        one._client.close()
        return one

    asyncio.run(session(()))
    (configured,) = [each for each in sent if isinstance(each, Configured)]
    sent.clear()
    after = asyncio.run(session(configured.configuration))
    assert after._mapper.notes.configuration == configured.configuration
    assert not [each for each in sent if isinstance(each, Configured)]


def test_with_an_error_in_the_mapping_the_default_one_plays(
    listener: socket.socket, tmp_path: Path
) -> None:
    broken = tmp_path / "midi.toml"
    broken.write_text("[[map]]\n")
    sent: list[Any] = []

    async def session() -> None:
        parent: Any = SimpleNamespace(send=sent.append)
        port = listener.getsockname()[1]
        one = bridge.Bridge(parent, BridgeSettings((), str(broken), "127.0.0.1", port))
        one._receive_osc("/macro/1", (1.0,))
        one._feed(mido.Message("control_change", control=1, value=127), "box", 0.0)
        one._client.close()

    asyncio.run(session())
    (moved,) = groups(listener)
    assert moved.messages[0] == ("/distill/macro/1", (1.0,))
    (line,) = [each.text for each in sent if isinstance(each, LogLine)]
    assert line.startswith("MIDI: mapping not read, the default one is used: ")
    assert "line 1: control is missing" in line


def test_an_instrument_that_is_back_at_once_is_subscribed_to_within_five_seconds(
    listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    now_s = 1000.0
    monkeypatch.setattr(osc_client, "time", SimpleNamespace(perf_counter=lambda: now_s))
    asked: list[str] = []

    async def session() -> None:
        nonlocal now_s
        port = listener.getsockname()[1]
        client = osc_client.OscClient("127.0.0.1", port, lambda *_: None, lambda _: None)
        client._receive("/update", (1,))
        client.tick(())
        monkeypatch.setattr(client, "send", lambda path, _=(): asked.append(path))
        for _ in range(10):  # it answers, but for two seconds
            now_s += bridge.TICK_S
            if not 1001.0 < now_s < 1003.0:
                client._receive("/play", (1,))
            client.tick(("/macro/1",))
        client.close()

    asyncio.run(session())
    assert "/macro/1" in asked
    assert asked[:-1].count("/notify") == 1, "the last one ends it"


def test_a_bridge_reports_which_port_a_number_was(
    listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[Any] = []
    ports = [MidiPort(0, "keys"), MidiPort(1, "nano")]
    fake = SimpleNamespace(ports=lambda: ports, open=lambda *_: None)
    monkeypatch.setattr(bridge, "MidiInput", lambda: fake)

    async def session() -> None:
        parent: Any = SimpleNamespace(send=sent.append)
        port = listener.getsockname()[1]
        one = bridge.Bridge(parent, BridgeSettings(("1",), None, "127.0.0.1", port))
        assert one._open_missing()
        one._client.close()

    asyncio.run(session())
    assert PortFound("1", "nano") in sent


def test_of_two_controllers_of_one_name_the_one_that_is_missing_is_waited_for(
    listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[Any] = []
    ports = [MidiPort(1, "nano MIDI 1 24:0")]
    fake = SimpleNamespace(ports=lambda: ports, open=lambda *_: None)
    monkeypatch.setattr(bridge, "MidiInput", lambda: fake)

    async def session() -> None:
        parent: Any = SimpleNamespace(send=sent.append)
        wanted = ("1 nano MIDI 1 24:0", "2 nano MIDI 1 28:0")
        port = listener.getsockname()[1]
        one = bridge.Bridge(parent, BridgeSettings(wanted, None, "127.0.0.1", port))
        assert one._open_missing()
        assert [one.name for one in sent if isinstance(one, PortFound)] == ["nano MIDI 1 24:0"]
        assert sum(isinstance(one, PortMissing) for one in sent) == 1
        ports.append(MidiPort(2, "nano MIDI 1 29:0"))
        one._open_missing()
        one._client.close()

    asyncio.run(session())
    assert PortFound("2 nano MIDI 1 28:0", "nano MIDI 1 29:0") in sent
