"""Zeroconf announcement and withdrawal of network services."""

import asyncio
import gc
import signal
import socket
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import zeroconf
from support.instrument import PATIENCE_S, Instrument, wait_until
from support.log_lines import logged_lines
from support.tiny import tiny_bundle
from zeroconf import ServiceBrowser, ServiceListener, Zeroconf

from distill_live.bundle import write_bundle
from distill_live.oscquery.announcement import OSC_SERVICE, QUERY_SERVICE, Announcement


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("announcement") / "tiny.distill"
    write_bundle(tiny_bundle(), path)
    return path


@pytest.fixture(autouse=True)
def _collect() -> Iterator[None]:
    """Under Windows zeroconf leaves sockets to the collector, whose warning fails a later test."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


class Listener(ServiceListener):
    """Remembers who is there."""

    def __init__(self) -> None:
        self.ports: dict[tuple[str, str], int | None] = {}

    def add_service(self, network: Zeroconf, service: str, name: str) -> None:
        told = network.get_service_info(service, name)
        self.ports[service, name] = told.port if told else None

    def update_service(self, network: Zeroconf, service: str, name: str) -> None:
        self.add_service(network, service, name)

    def remove_service(self, _: Zeroconf, service: str, name: str) -> None:
        self.ports.pop((service, name), None)

    def has(self, service: str, port: int) -> bool:
        return any(key[0] == service and told == port for key, told in self.ports.items())


@pytest.fixture
def heard() -> Iterator[Listener]:
    """What is announced on this network."""
    try:
        network = Zeroconf()
    except OSError as error:
        pytest.skip(f"no multicast here: {error}")
    listener = Listener()
    ServiceBrowser(network, [OSC_SERVICE, QUERY_SERVICE], listener)
    yield listener
    network.close()


@pytest.mark.process
def test_what_listens_to_the_network_is_announced_until_the_end(
    model: Path, heard: Listener
) -> None:
    with Instrument(model, "--null", "--osc-host", "0.0.0.0", "--http-port", "0") as live:
        http_port = live.listening_at("Page")
        wait_until(lambda: heard.has(OSC_SERVICE, live.port), "the announcement of OSC")
        wait_until(lambda: heard.has(QUERY_SERVICE, http_port), "the announcement of OSCQuery")
        live.wait_for_saying("Anyone who reaches 0.0.0.0")
        begun_s = time.perf_counter()
        assert live.end(signal.SIGINT) == 0
        assert time.perf_counter() - begun_s < PATIENCE_S
        wait_until(lambda: not heard.has(OSC_SERVICE, live.port), "taking it back")
        wait_until(lambda: not heard.has(QUERY_SERVICE, http_port), "taking it back")


def test_queries_are_answered_to_the_group_and_never_to_their_sender() -> None:
    service, port = "_distilltest._udp.local.", 9010
    labels = b"".join(bytes([len(part)]) + part.encode() for part in service.split("."))
    query = bytes.fromhex("0001 0000 0001 0000 0000 0000") + labels + bytes.fromhex("000c 0001")

    def find() -> None:
        with closing(Zeroconf()) as network:
            listener = Listener()
            ServiceBrowser(network, [service], listener)
            wait_until(lambda: listener.has(service, port), "the announcement")

    async def session() -> None:
        announcement = Announcement("0.0.0.0", [(service, port)])
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.setblocking(False)
            await asyncio.to_thread(find)
            sender.sendto(query, ("224.0.0.251", 5353))
            await asyncio.to_thread(find)  # by an answer to a later query
            with pytest.raises(BlockingIOError):
                sender.recv(9000)
        await announcement.close()

    try:
        Zeroconf().close()
    except OSError as error:
        pytest.skip(f"no multicast here: {error}")
    asyncio.run(session())


@pytest.mark.parametrize("own", ["studio", "studio.local", "studio.example.org"])
def test_a_service_has_the_name_of_the_computer_without_its_domain(
    own: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = "_distilltest._udp.local."

    def find() -> str | None:
        with closing(Zeroconf()) as network:
            name = f"Distill Live studio.{service}"
            info = network.get_service_info(service, name, timeout=int(1000 * PATIENCE_S))
        return info.server if info else None

    async def session() -> None:
        announcement = Announcement("0.0.0.0", [(service, 9010)])
        assert await asyncio.to_thread(find) == "studio.local."
        await announcement.close()

    try:
        Zeroconf().close()
    except OSError as error:
        pytest.skip(f"no multicast here: {error}")
    monkeypatch.setattr(socket, "gethostname", lambda: own)
    asyncio.run(session())


@pytest.mark.process
def test_on_this_computer_nothing_of_it_is_loaded(model: Path) -> None:
    words = [sys.executable, "-X", "importtime", "-m", "distill_live", "--model", str(model)]
    done = subprocess.run(
        [*words, "--null", "--no-http", "--osc-port", "0", "--seconds", "0.1"],
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE_S,
        check=True,
    )
    assert "distill_live.live.control.listeners" in done.stderr
    assert not any(
        name in done.stderr for name in ("zeroconf", "websockets", "distill_live.osc.tcp")
    )


def test_a_network_that_is_not_there_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    class Nothing:
        def __init__(self) -> None:
            raise OSError("Network is unreachable")

    monkeypatch.setattr(zeroconf, "Zeroconf", Nothing)

    async def session() -> None:
        announcement = Announcement("0.0.0.0", [(OSC_SERVICE, 9010)])
        while not lines:
            await asyncio.sleep(0.01)
        await announcement.close()

    with logged_lines() as lines:
        asyncio.run(session())
    assert lines == ["Not announced to the network by zeroconf: Network is unreachable."]


def test_it_can_end_before_it_has_begun() -> None:
    async def session() -> None:
        with logged_lines() as lines:
            await Announcement("127.0.0.1", [(OSC_SERVICE, 9010)]).close()
        assert lines == []

    asyncio.run(session())
