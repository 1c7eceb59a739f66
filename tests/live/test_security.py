"""Promises of SECURITY.md without a test elsewhere: who reaches a session, and answers.

Linux tells what its processes listen on; elsewhere those tests are skipped.
"""

import re
import socket
import sys
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

import pytest
from support.instrument import Client, Instrument
from support.processes import user_folders
from support.tiny import tiny_bundle

from distill_live.bundle import write_bundle
from distill_live.osc.wire import build_message

ROOT = Path(__file__).parents[2]

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux")

ANSWER_FACTOR = 40
"""Most bytes for each that was sent, but for lists of landmarks and for subscribers."""


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instrument]:
    folder = tmp_path_factory.mktemp("security")
    write_bundle(tiny_bundle(), folder / "tiny.distill")
    options = ("--null", "--osc-tcp-port", "0", "--http-port", "0")
    home = user_folders(folder)
    with Instrument(folder / "tiny.distill", *options, environment=home) as instrument:
        yield instrument


def bound_by(pid: int) -> set[tuple[str, str]]:
    """Protocol and address of each internet socket of a process."""
    links = (str(entry.readlink()) for entry in Path(f"/proc/{pid}/fd").iterdir())
    own = {found[1] for link in links if (found := re.fullmatch(r"socket:\[(\d+)\]", link))}
    bound = set()
    for protocol in ("tcp", "tcp6", "udp", "udp6", "raw", "raw6"):
        for line in Path(f"/proc/{pid}/net/{protocol}").read_text().splitlines()[1:]:
            words = line.split()
            if words[9] in own:
                raw = bytes.fromhex(words[1].partition(":")[0])
                quads = [raw[at : at + 4][::-1] for at in range(0, len(raw), 4)]
                bound.add((protocol, str(ip_address(b"".join(quads)))))
    return bound


@pytest.mark.process
@linux
def test_nothing_listens_beyond_this_computer(live: Instrument) -> None:
    assert bound_by(live.process.pid) == {("tcp", "127.0.0.1"), ("udp", "127.0.0.1")}
    for pid in live.children.values():
        assert bound_by(pid) == set()


@pytest.mark.process
@linux
def test_no_memory_or_pipe_has_a_name_that_others_could_open(live: Instrument) -> None:
    for pid in (live.process.pid, *live.children.values()):
        maps = Path(f"/proc/{pid}/maps").read_text()
        assert "/dev/shm" not in maps
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            link = str(entry.readlink())
            assert not link.startswith("/dev/shm")
            assert not (link.startswith("/") and Path(link).is_fifo())


@pytest.mark.process
def test_no_input_is_opened_unless_one_is_named(live: Instrument) -> None:
    assert live.has_child("audio")
    assert not live.has_child("input")
    assert not live.has_child("analysis")


def received(client: socket.socket) -> list[bytes]:
    """All that has come, after half a second of which nothing came."""
    client.settimeout(0.5)
    packets = []
    try:
        while True:
            packets.append(client.recv(65536))
    except TimeoutError:
        return packets


@pytest.mark.process
def test_an_answer_goes_to_who_asked_and_is_not_much_longer(live: Instrument) -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other,
    ):
        other.bind(("127.0.0.1", 0))
        asking.connect(("127.0.0.1", live.port))
        for path in ("/version", "/status", "/axis/list", "/latent", "/gain", "/nothing"):
            question = build_message(f"/distill{path}", "", ())
            asking.send(question)
            answer = received(asking)
            assert answer, path
            assert sum(map(len, answer)) <= ANSWER_FACTOR * len(question), path
        assert received(other) == []


@pytest.mark.process
def test_a_port_that_a_subscriber_names_is_of_its_own_computer(live: Instrument) -> None:
    with (
        Client(live.port) as asking,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as target,
    ):
        target.bind(("127.0.0.1", 0))
        port = target.getsockname()[1]
        asking.send("/notify", 1, port)
        assert received(target)
    with Client(live.port) as itself:  # which would answer itself for ever
        assert itself.ask("/notify", 1, live.port, reply="/fail")[1] == "forbidden"


def test_nothing_unpickles_or_evaluates_what_it_reads() -> None:
    forbidden = re.compile(
        r"\b(?:pickle|marshal|shelve|dill|torch\.load|np\.load|yaml|os\.system)\b"
        r"|\bshell=True|(?<![.\w])(?:eval|exec)\("
    )
    for folder in ("distill_live", "training"):
        for path in (ROOT / folder).rglob("*.py"):
            text = re.sub(r'""".*?"""', "", path.read_text("utf-8"), flags=re.DOTALL)
            assert not forbidden.search(text), path


def test_each_promise_names_a_test_that_there_is() -> None:
    named = re.findall(
        r"`(test_\w+\.py)(?:::(\w+))?(?:::(\w+))?`", (ROOT / "SECURITY.md").read_text("utf-8")
    )
    assert len(named) > 20
    promises = (ROOT / "SECURITY.md").read_text("utf-8").split("## ")[1].split("\n- ")[1:]
    for promise in promises:
        assert "`test_" in promise, f"no test: {promise}"
    for file, *names in named:
        (path,) = (ROOT / "tests").rglob(file)
        text = path.read_text("utf-8")
        for name in filter(None, names):
            assert re.search(rf"(?:def|class) {name}\b", text), f"{file}::{name}"
