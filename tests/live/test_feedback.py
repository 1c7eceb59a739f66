"""OSC feedback of a running instrument: full state, two clients in step, meters, message log."""

import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from support.instrument import Client, Instrument, TcpClient, WebSocketClient, wait_until
from support.tiny import AXES, tiny_bundle

from distill_live.addresses import IDLE_MOTION
from distill_live.bundle import write_bundle

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("feedback") / "tiny.distill"
    write_bundle(tiny_bundle(), path)
    return path


def subscribe(client: Client, *port: int) -> dict[str, tuple[object, ...]]:
    """Subscribe; the full state by path."""
    client.send("/notify", 1, *port)
    assert client.receive() == ("/update", (1,))
    *state, end = client.receive_until("/update")
    assert end == ("/update", (0,))
    assert client.receive() == ("/done", ("/distill/notify", "subscribed"))
    return dict(state)


def connected(live: Instrument, by: str) -> Client:
    kinds: dict[str, Callable[[int], Client]]
    kinds = {"OSC": Client, "TCP": TcpClient, "Page": WebSocketClient}
    return kinds[by](live.listening_at(by))


@pytest.mark.parametrize("by", ["OSC", "TCP", "Page"])
def test_two_performers_stay_in_step(model: Path, by: str) -> None:
    options = ("--null", "--set", "/gain -6", "--osc-tcp-port", "0", "--http-port", "0")
    with Instrument(model, *options) as one, connected(one, by) as two:
        state = subscribe(one)
        assert state["/gain"] == (-6.0,)
        for path, values in IDLE_MOTION:
            assert state[path] == pytest.approx(values), "to subscribe is no touch"
        assert len(state["/latent"]) == 8
        assert {f"/axis/{name}" for name in AXES} | {"/play", "/loop", "/position"} <= set(state)
        assert not any(path.startswith("/latent/") for path in state)
        subscribe(two)

        two.send("/gain", -12.0)
        ends = [("/even", (0.0,)), ("/wander", (0.0, pytest.approx(0.3)))]
        assert sorted(one.receive() for _ in range(3)) == [ends[0], ("/gain", (-12.0,)), ends[1]]
        assert sorted(two.receive() for _ in range(2)) == ends, "which it did not say itself"
        one.send("/axis/brightness", 0.25, 0.0)
        assert two.receive() == ("/axis/brightness", (0.25,))
        one.send("/speed", 9.0)
        assert two.receive() == one.receive() == ("/speed", (4.0,))
        one.send("/model/blend", 1, 2.0)
        one.send("/model/blend", 3, 0.5)
        assert one.receive() == ("/model/blend", (1, 1.0)), "clipped"
        assert [two.receive(), two.receive()] == [
            ("/model/blend", (1, 1.0)),
            ("/model/blend", (3, 0.5)),
        ]
        one.send_together(("/mute", 1), ("/latent/003", -1.5), ahead_s=0.3)
        assert dict([two.receive(), two.receive()]) == {"/mute": (1,), "/latent/003": (-1.5,)}
        one.send("/panic")
        assert two.receive() == one.receive() == ("/play", (0,))
        assert one.ask("/speed") == two.ask("/speed") == (4.0,)

        assert two.ask("/notify", 0, reply="/done") == ("/distill/notify", "unsubscribed")
        one.send("/jitter", 0.5)
        one.sync()
        two.sync()  # nothing but that is answered
        assert subscribe(two)["/jitter"] == (0.5,)


def test_messages_go_to_the_port_that_is_wanted(model: Path) -> None:
    with Instrument(model, "--null") as one, Client(one.port) as two:
        one.send("/notify", 1, two.local_port)
        assert two.receive_until("/done")[0] == ("/update", (1,))
        one.send("/version")
        assert two.receive()[0] == "/version.reply"
        one.send("/nothing")
        assert two.receive()[0] == "/fail"
        one.send("/notify", 1, one.port)
        assert two.receive()[1][1] == "forbidden"
        one.send("/notify", 0)
        assert two.receive() == ("/done", ("/distill/notify", "unsubscribed"))
        one.sync()


def test_meters_come_as_often_as_they_are_wanted(model: Path) -> None:
    with Instrument(model, "--null", "--channels", "3") as live:
        address, code, _ = live.ask("/meters", 20, reply="/fail")
        assert (address, code) == ("/distill/meters", "forbidden")
        subscribe(live)
        live.send("/meters", 20)
        for _ in range(20):  # until the level has settled
            messages = live.receive_until("/meter/take")
        assert [path for path, _ in messages[6:]] == [
            "/meter/load",
            "/meter/point",
            *["/meter/axis"] * len(AXES),
            "/meter/head",
            "/meter/beat",
            "/meter/path",
            "/meter/input",
            "/meter/underruns",
            "/meter/take",
        ]
        messages = messages[:7]
        assert [(path, values[0]) for path, values in messages[:-1]] == [
            (path, channel) for channel in range(3) for path in ("/meter/rms", "/meter/peak")
        ]
        for (_, (_, rms_db)), (_, (_, peak_db)) in zip(
            messages[:-1:2], messages[1:-1:2], strict=True
        ):
            assert -80 < rms_db < peak_db <= -0.99
        live.send("/meters", 0)
        live.sync()
        live.sync()  # whatever was under way has come
        live.send("/version")
        assert live.receive()[0] == "/version.reply"


def test_a_page_sees_what_plays(model: Path) -> None:
    with Instrument(model, "--null") as live:
        live.send("/map", 0.25, 0.75)
        live.send("/axis/noisiness", 0.5, 0.0)
        live.send("/map", 0.25, 0.75)
        state = subscribe(live)
        name, rate_hz, channels, block_frames, latency_ms = state["/device.reply"]
        assert (name, rate_hz, channels) == ("null output", 48000, 2)
        assert block_frames
        assert latency_ms
        live.send("/meters", 60)
        wait_until(
            lambda: live.receive_until("/meter/point")[-1][1] == pytest.approx((0.25, 0.75)),
            "the place on the map",
        )
        (count,) = live.receive_until("/meter/underruns")[-1][1]
        assert count >= 0
        assert live.receive_until("/meter/take")[-1] == ("/meter/take", (0.0,))
        live.send("/meters", 0)
        pairs = live.ask("/corpus/neighbours", reply="/corpus/neighbours.reply")
        assert sum(pairs[1::2]) == pytest.approx(1.0)
        levels_db = live.ask("/chunk/levels", reply="/chunk/levels.reply")
        assert 60 < len(levels_db) <= 128
        assert -90.0 <= min(levels_db) < max(levels_db) < 0.0
        live.send("/library/list")
        *rest, (_, (number,)) = live.receive_until("/library/end")
        rows = [values for path, values in rest if path == "/library/info"]  # not /economy
        assert [row[0] for row in rows] == list(range(number))
        described = {row[1]: row[2] for row in rows}
        assert described["tiny"].startswith(
            "2 recordings, 6 landmarks, 3 axes, 48000 Hz; the tests"
        )


def test_what_arrives_is_printed_where_that_is_wanted(model: Path) -> None:
    with Instrument(model, "--null") as live:
        live.send("/dump", 1)
        live.send("/axis/nothing", 0.5, "a\x1b[31m\nb")
        line = live.wait_for_line("127.0.0.1")
        assert line.endswith("/distill/axis/nothing 0.5 'a\\x1b[31m\\nb'")
        for _ in range(3):
            live.send_together(*[("/gain\x1b", 0.0)] * 200)
        live.send("/dump", 0)
        live.send("/speed", 1.0)
        live.sync()
        assert live.end(signal.SIGINT) == 0
        printed = [line for line in live.lines if "/distill/gain" in line]
        assert all("\x1b" not in line for line in live.lines)
        assert 90 <= len(printed) <= 200, "a hundred a second"
        assert not any("/speed" in line for line in live.lines)
