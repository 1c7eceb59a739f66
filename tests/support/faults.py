"""Inject faults into a running instrument and check that it plays on."""

import random
import struct
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message_builder import OscMessageBuilder
from support.instrument import Client, Instrument, wait_until
from support.processes import kill, resume, suspend

from distill_live.live.shared.meters import SILENCE_DB

PATIENCE_HOPS = 5
"""Hops that are waited for: more than the ring holds, so that somebody takes its sound."""

IN_A_PACKET = 10

JUMPS_S = (-1e9, -3600.0, -0.7, 0.7, 3600.0, 1e9)
"""By how much a controller's clock is wrong, in seconds."""


def assert_plays(live: Instrument) -> None:
    """It answers, renders more than the ring has room for, and is heard."""
    with Client(live.port) as watcher:
        for number in range(PATIENCE_HOPS):
            watcher.sync(number)
    assert_meter(live, "/meter/peak", lambda _, peak_db: peak_db > SILENCE_DB, "a sound")
    assert live.process.poll() is None
    assert not any("nternal error" in line for line in live.lines), live.lines


def kill_synthesis(live: Instrument, gain_db: float) -> float:
    """Kill it, and wait until its successor plays with what was said; how long that took, in s."""
    live.send("/gain", gain_db)
    live.sync()
    pid = live.child("synthesis")
    begun_s = time.perf_counter()
    kill(pid)
    wait_until(lambda: live.has_child("synthesis") and live.child("synthesis") != pid, "a start")
    live.sync()
    took_s = time.perf_counter() - begun_s
    assert live.ask("/gain") == (gain_db,)
    return took_s


def assert_hears(live: Instrument) -> None:
    """A sound at its input is in the meters."""
    assert_meter(live, "/meter/input", lambda level_db, *_: level_db > -60.0, "a sound heard")


def assert_falls_silent(live: Instrument) -> None:
    """The meters of its output fall to silence."""
    assert_meter(live, "/meter/peak", lambda _, peak_db: peak_db <= SILENCE_DB, "silence")


def assert_meter(live: Instrument, path: str, is_so: Callable[..., object], what: str) -> None:
    """A meter comes to be so."""
    with Client(live.port) as watcher:
        watcher.ask("/notify", 1, reply="/done")
        watcher.send("/meters", 60)
        wait_until(lambda: is_so(*watcher.receive_until(path)[-1][1]), what)
        watcher.ask("/notify", 0, reply="/done")


def pause(pids: Sequence[int], seconds: float) -> None:
    """Suspend processes, and resume them after a while; those that end meanwhile are left out."""
    for pid in pids:
        with suppress(ProcessLookupError):
            suspend(pid)
    time.sleep(seconds)
    for pid in reversed(pids):
        with suppress(ProcessLookupError):
            resume(pid)


def fill_disk(filler: Path) -> None:
    """Write to a file until its disk is full."""
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(2**20))


def jump_clock(live: Instrument, seconds: float, gain_db: float) -> None:
    """Say something with the time of a clock that is wrong; it takes effect all the same."""
    tag = int((time.time() + seconds + 2_208_988_800) * 2**32) % 2**64
    gain = OscMessageBuilder("/distill/gain")
    gain.add_arg(gain_db)
    data = bytes(gain.build().dgram)
    live.send_packet(b"#bundle\0" + struct.pack(">Qi", tag, len(data)) + data)
    wait_until(lambda: live.ask("/gain") == (gain_db,), f"effect at {seconds:g} s")


def subscribe_and_vanish(live: Instrument, clients: int) -> None:
    """Several subscribe to everything, with meters, and are gone without a word."""
    for number in range(clients):
        client = Client(live.port)
        client.ask("/notify", 1, reply="/done")
        client.send("/meters", 60)
        client.sync(number)
        client.close()
    for number in range(20):
        live.send("/gain", -1.0 - 0.1 * number)
        live.sync(number)


def flood(live: Instrument, rate: float, seconds: float) -> tuple[float, float]:
    """Send messages at a rate, as far as it can be had, ten in a packet; be heard afterwards.

    Returns
    -------
    tuple
        Messages a second that were sent, and how long the last word took to be answered, in s.
    """
    packets = []
    for number in range(1000):
        builder = OscMessageBuilder("/distill/axis/brightness")
        builder.add_arg(number / 500 - 1.0)
        together = OscBundleBuilder(IMMEDIATELY)
        for _ in range(IN_A_PACKET):
            together.add_content(builder.build())
        packets.append(bytes(together.build().dgram))
    begun_s, sent = time.perf_counter(), 0
    while (now_s := time.perf_counter() - begun_s) < seconds:
        while sent < now_s * rate:
            live.send_packet(packets[sent // IN_A_PACKET % len(packets)])
            sent += IN_A_PACKET
        time.sleep(0.0005)
    ended_s = time.perf_counter()
    live.set_blocking(False)
    answered = False
    while not answered:  # the system drops datagrams, these among them perhaps
        live.send("/gain", -2.5)
        live.send("/sync", 4711)
        time.sleep(0.02)
        with suppress(BlockingIOError):
            while True:
                answered |= live.receive() == ("/synced", (4711,))
        assert time.perf_counter() - ended_s < 30, "it did not come to itself"
    live.set_blocking(True)
    took_s = time.perf_counter() - ended_s
    assert live.ask("/gain") == (-2.5,)
    return sent / (ended_s - begun_s), took_s


def load_while_it_changes(
    live: Instrument, target: Path, contents: list[bytes], loads: int, rng: random.Random
) -> tuple[int, int]:
    """Load a model while its file is replaced and cut short; how often it came, and was refused.

    Parameters
    ----------
    live
        What plays; the file is in its library.
    target
        The file.
    contents
        Whole files that take turns.
    loads
        How often.
    rng
        Decides when the file changes, and where it is cut.
    """
    ending = threading.Event()

    def change() -> None:
        while not ending.wait(rng.uniform(0.0, 0.1)):
            data = rng.choice(contents)
            cut = rng.random()
            if cut < 0.3:
                target.write_bytes(data)
            elif cut < 0.6:
                target.write_bytes(data[: rng.randrange(len(data))])
            else:
                other = target.with_suffix(".new")
                other.write_bytes(data)
                other.replace(target)

    changer = threading.Thread(target=change)
    changer.start()
    came = refused = 0
    try:
        for _ in range(loads):
            live.send("/model/load", 2, target.name)
            while (answer := live.receive())[0] not in ("/done", "/fail"):
                continue
            came += answer[0] == "/done"
            refused += answer[0] == "/fail"
            if answer[0] == "/fail":
                assert answer[1][1] in ("invalid", "busy", "not-found"), answer
    finally:
        ending.set()
        changer.join()
    target.write_bytes(contents[0])
    wait_until(lambda: _loads(live, target), "a load of a whole file")
    return came, refused


def _loads(live: Instrument, target: Path) -> bool:
    live.send("/model/load", 2, target.name)
    while (answer := live.receive())[0] not in ("/done", "/fail"):
        continue
    return answer[0] == "/done"
