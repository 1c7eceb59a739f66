"""OSCQuery client of a running instrument: HTTP and WebSockets."""

import http.client
import json
import signal
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import replace
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from support.instrument import PATIENCE_S, Client, Instrument, WebSocketClient, wait_until
from support.tiny import AXES, tiny_bundle
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from distill_live.bundle import write_bundle
from distill_live.live.settings import DEFAULT_HTTP_PORT
from distill_live.osc.binding import MAX_PORTS_TRIED
from distill_live.osc.connections import MAX_CONNECTIONS
from distill_live.osc.wire import MAX_PACKET_BYTES
from distill_live.oscquery.server import MAX_OPEN_CONNECTIONS
from distill_live.page.assets import DOCUMENT, read_assets

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("oscquery") / "tiny.distill"
    write_bundle(tiny_bundle(), path)
    return path


@pytest.fixture(scope="module")
def live(model: Path) -> Iterator[Instrument]:
    with Instrument(model, "--null", "--http-port", "0", "--set", "/drift 0") as instrument:
        yield instrument


@pytest.fixture(scope="module")
def port(live: Instrument) -> int:
    return live.listening_at("Page")


def fetch(port: int, target: str = "/", **headers: str) -> tuple[bytes, Message]:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{target}", headers=headers)
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as response:
        return response.read(), response.headers


def get(port: int, target: str = "/", **headers: str) -> Any:
    return json.loads(fetch(port, target, **headers)[0])


def status(port: int, target: str = "/", **headers: str) -> int:
    try:
        body, _ = fetch(port, target, **headers)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    return 200 if body else 204


def test_the_tree_holds_the_models_axes_and_what_they_are_now(live: Instrument, port: int) -> None:
    live.send("/axis/brightness", 0.25, 0.0)
    live.send("/gain", -3.0)
    live.sync()
    root = get(port)
    contents = root["CONTENTS"]["distill"]["CONTENTS"]
    assert set(AXES) < set(contents["axis"]["CONTENTS"])
    assert contents["gain"]["VALUE"] == [-3.0]
    assert contents["axis"]["CONTENTS"]["brightness"]["VALUE"] == [pytest.approx(0.25, abs=1e-4)]
    latent = contents["latent"]["CONTENTS"]
    assert len(latent["all"]["VALUE"]) == len(latent) - 1 == 8
    assert "demo" in contents["model"]["CONTENTS"]["load"]["RANGE"][0]["VALS"]
    assert get(port, "/distill/gain?VALUE") == {"VALUE": [-3.0]}
    assert get(port, "/distill/record?VALUE") == {"VALUE": [0]}
    assert status(port, "/distill/panic?VALUE") == 204
    assert status(port, "/distill/gain?HTML") == 400
    assert status(port, "/distill/nothing") == 404


def test_host_info_leads_to_osc(live: Instrument, port: int) -> None:
    info = get(port, "/?HOST_INFO")
    with Client(info["OSC_PORT"]) as client:
        assert client.ask("/version", reply="/version.reply")
    with connect(f"ws://127.0.0.1:{info.get('WS_PORT', port)}/"):
        pass
    assert info["EXTENSIONS"]["LISTEN"] is True


def test_a_get_knows_what_was_set_before_over_the_websocket(port: int) -> None:
    with WebSocketClient(port) as client:
        for step in range(10):
            client.send("/speed", step / 8)
            client.sync()
            assert get(port, "/distill/speed?VALUE") == {"VALUE": [step / 8]}


def test_who_listens_is_told_of_that_until_it_ignores_it(live: Instrument, port: int) -> None:
    with WebSocketClient(port) as client:
        client.command("LISTEN", "/jitter")
        client.command("LISTEN", "/speed")
        client.sync()
        live.send("/spread", 0.125)
        live.send("/jitter", 0.5)
        assert client.receive() == ("/jitter", (0.5,))
        client.send("/jitter", 0.75)
        client.sync()
        client.send("/speed", 9.0)
        assert client.receive() == ("/speed", (4.0,)), "its own, because it was moved into range"
        client.command("IGNORE", "/jitter")
        client.sync()
        live.send("/jitter", 0.25)
        live.send("/speed", 1.0)
        assert client.receive() == ("/speed", (1.0,))


def test_presets_are_choices_as_soon_as_they_are_stored(live: Instrument, port: int) -> None:
    def names() -> Any:
        return get(port, "/distill/preset/recall?RANGE")["RANGE"][0]["VALS"]

    with WebSocketClient(port) as client:
        client.sync()
        for verb, there in (("store", True), ("delete", False)):
            live.send(f"/preset/{verb}", "a choice")
            news = json.loads(client.connection.recv(PATIENCE_S))
            assert news == {"COMMAND": "PATH_CHANGED", "DATA": "/distill/preset"}
            assert ("a choice" in names()) is there


def test_what_cannot_be_listened_to_is_told(port: int) -> None:
    with WebSocketClient(port) as client:
        client.command("LISTEN", "/panic")  # as clients do that listen to a whole tree
        client.command("LISTEN", "/nothing")
        address, told, _ = client.receive()[1]
        assert (address, told) == ("/distill/nothing", "unknown-address")
        for text in ("hello", "[]", '{"COMMAND": "LISTEN"}', "[" * 10_000, '"\\ud800"'):
            client.connection.send(text)
            assert client.receive()[1][1] == "invalid"
        client.command("IGNORE", "/nothing")
        client.sync()


def test_pages_from_elsewhere_are_refused(port: int) -> None:
    assert status(port, Origin="https://evil.example") == 403
    assert status(port, Host="evil.example") == 403
    assert status(port, Host=f"evil.example:{port}", Origin=f"http://evil.example:{port}") == 403
    assert status(port, Origin="http://localhost:5173") == 200
    assert status(port, **{"Sec-Fetch-Site": "cross-site"}) == 403
    assert status(port, **{"Sec-Fetch-Site": "none"}) == 200
    assert status(port, Origin="http://localhost:1", **{"Sec-Fetch-Site": "cross-site"}) == 200
    for origin in ("https://evil.example", "null"):
        with (
            pytest.raises(InvalidStatus, match="403"),
            connect(f"ws://127.0.0.1:{port}/", origin=Origin(origin)),
        ):
            pass
    with connect(f"ws://127.0.0.1:{port}/", origin=Origin("http://localhost:5173")):
        pass


LINK = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


def test_the_page_is_at_the_root_for_browsers_and_its_files_below(port: int) -> None:
    document, headers = fetch(port, Accept="text/html, */*;q=0.8")
    assert document == fetch(port, "/?HTML")[0] == read_assets()[DOCUMENT].data
    assert headers["Vary"] == "Accept"
    assert headers["Referrer-Policy"] == "no-referrer"
    for name, asset in read_assets().items():
        data, headers = fetch(port, f"/page/{name}")
        assert (data, headers["Content-Type"]) == (asset.data, asset.media_type)
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-cache"
    for name in ("", "no.js", "../server.py", "%2e%2e/server.py", "__init__.py"):
        assert status(port, f"/page/{name}") == 404


def test_no_page_frames_it_and_it_runs_no_code_but_its_own(port: int) -> None:
    policy = fetch(port, "/?HTML")[1]["Content-Security-Policy"].split("; ")
    assert "frame-ancestors 'none'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in " ".join(policy)
    assert not any(":" in part for part in policy if "data:" not in part), "nothing from elsewhere"


def test_a_link_from_elsewhere_leads_to_the_document_alone(port: int) -> None:
    html = {"Accept": "text/html"}
    assert status(port, "/", **LINK, **html) == 200
    assert status(port, "/?HTML", **LINK) == 200
    assert status(port, "/", **LINK) == 403, "the tree"
    assert status(port, "/page/index.html", **LINK) == 200, "the same"
    assert status(port, "/page/main.js", **LINK) == 403
    assert status(port, "/distill/gain", **LINK, **html) == 403
    for changed in ({"Sec-Fetch-Dest": "iframe"}, {"Sec-Fetch-Mode": "no-cors"}):
        assert status(port, "/", **LINK | changed, **html) == 403
    assert status(port, "/", **LINK, **html, Origin="https://evil.example") == 403
    assert status(port, "/", **LINK, **html, Host="evil.example") == 403


def test_a_page_of_this_computer_may_read_the_answer(port: int) -> None:
    _, headers = fetch(port, Origin="http://localhost:5173")
    assert headers["Access-Control-Allow-Origin"] == "http://localhost:5173"
    assert headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    "data",
    [
        b"\0" * 100 + b"\r\n\r\n",
        b"GET /" + b"x" * 100_000,
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\n\r\nhello",
        b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 10_000 + b"\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n",
        b"GET /%ff%00/?VALUE HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET /distill/gain HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n\r\n",
        b"",
    ],
)
def test_what_is_no_request_harms_nobody(port: int, data: bytes) -> None:
    address = ("127.0.0.1", port)
    with socket.create_connection(address, PATIENCE_S) as client, suppress(ConnectionError):
        client.sendall(data)
        client.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: client.recv(65536), b""))
        assert b" 200 " not in answer[:20]
        assert b" 101 " not in answer[:20]
    assert get(port, "/distill/play?TYPE") == {"TYPE": "i"}


def test_other_methods_are_refused(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    connection.request("DELETE", "/distill/gain")
    response = connection.getresponse()
    assert (response.status, response.headers["Allow"]) == (405, "GET")
    connection.close()


def test_frames_that_are_too_long_end_the_connection(port: int) -> None:
    with WebSocketClient(port) as client:
        client.connection.send(b"/" * (MAX_PACKET_BYTES + 4))
        with pytest.raises(ConnectionClosed):
            client.receive()
    assert get(port, "/distill/play?TYPE") == {"TYPE": "i"}


def test_connections_are_bounded(port: int) -> None:
    with ExitStack() as clients:
        for _ in range(MAX_CONNECTIONS):
            clients.enter_context(connect(f"ws://127.0.0.1:{port}/"))
        with pytest.raises(InvalidStatus, match="503"):
            clients.enter_context(connect(f"ws://127.0.0.1:{port}/"))
        assert get(port, "/distill/play?TYPE") == {"TYPE": "i"}
        idle = [
            clients.enter_context(socket.create_connection(("127.0.0.1", port)))
            for _ in range(MAX_OPEN_CONNECTIONS)
        ]
        refused = idle[MAX_OPEN_CONNECTIONS - MAX_CONNECTIONS + 1 :]
        for late in refused:
            late.settimeout(PATIENCE_S)
            with suppress(ConnectionError):
                assert late.recv(1) == b""
    wait_until(lambda: status_or_none(port) == 200, "room for a request")


def status_or_none(port: int) -> int | None:
    try:
        return status(port, "/distill/play?TYPE")
    except OSError:
        return None


def test_another_model_changes_the_tree_and_is_told(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models").mkdir()
    axis = replace(tiny_bundle().axes[0], name="dust")
    other = replace(tiny_bundle(seed=3), name="Other", axes=(axis,))
    write_bundle(other, tmp_path / "models" / "other.distill")
    with Instrument(model, "--null", "--http-port", "0") as live:
        port = live.listening_at("Page")
        with WebSocketClient(port) as client:
            client.sync()
            live.send("/model/load", "other")
            news = client.connection.recv(PATIENCE_S)
            assert json.loads(news) == {"COMMAND": "PATH_CHANGED", "DATA": "/distill"}
            client.command("LISTEN", "/axis/dust")
            client.sync()
            live.send("/axis/dust", 0.5)
            assert client.receive() == ("/axis/dust", (0.5,))
        wait_until(lambda: status(port, "/distill/axis/brightness") == 404, "the old axis to go")
        assert status(port, "/distill/axis/dust?VALUE") == 200


def test_the_end_closes_connections_in_order(model: Path) -> None:
    with Instrument(model, "--null", "--http-port", "0", "--osc-tcp-port", "0") as live:
        client = WebSocketClient(live.listening_at("Page"))
        client.sync()
        assert live.end(signal.SIGTERM) == 0
        with pytest.raises(ConnectionClosed):
            client.receive()
        client.close()
        assert "Internal error" not in "".join(live.lines)


def test_ports_that_are_in_use_are_one_line(model: Path) -> None:
    for option in ("--http-port", "--osc-tcp-port"):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            words = (option, str(taken.getsockname()[1]))
            with Instrument(model, "--null", *words, patient=False) as live:
                assert live.process.wait(PATIENCE_S) == 1
            assert f"is in use; {option} " in live.lines[-1]


def test_the_page_is_served_at_the_next_free_port_unless_it_is_not_wanted(model: Path) -> None:
    with ExitStack() as running:
        with suppress(OSError):  # another program may have it
            running.enter_context(socket.create_server(("127.0.0.1", DEFAULT_HTTP_PORT)))
        options = ("--null", "--http-name", "studio.lan")  # nothing about the port
        live = running.enter_context(Instrument(model, *options))
        port = live.listening_at("Page")
        assert DEFAULT_HTTP_PORT < port <= DEFAULT_HTTP_PORT + MAX_PORTS_TRIED
        assert status(port, "/?HTML", Host="studio.lan") == 200
        other = running.enter_context(Instrument(model, *options))
        assert other.listening_at("Page") > port
        without = running.enter_context(Instrument(model, "--null", "--no-http"))
        without.sync()
        assert without.end(signal.SIGTERM) == 0
        assert not any("http" in line for line in without.lines)
