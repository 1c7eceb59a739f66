"""Send a million hostile packets to a running instrument; check memory, sound and answers.

    python tests/bench/osc_fuzz.py [--packets 1000000] [--seed 1] [--costs] [--json]

Needs Linux. The instrument plays the demo model into a null output and is silenced by `/panic`.
Packets of `support/hostile.py` (valid, mutated, random and hand-made, including two that hang
python-osc) are sent over UDP, and one window in eight over TCP in SLIP frames, some of them broken.
A window has up to 64 packets and 64 KiB, so that none is lost, and ends with `/version`, whose
answer is awaited. Another client reads the meters. Reported: memory of each process after a tenth
of the packets, half of them and at the end; the highest level; underruns a minute, beside those of
half a minute without an attack; the longest time until an answer; and whether it sounds afterwards.

With ``--costs``, `--packets` packets of each kind are sent instead, such as 1000: valid ones to
each address, and the worst ones of each hand-made sort. Reported: processor time per packet in
control (with processes that it starts) and in synthesis, above what they take at rest; underruns.
"""

import argparse
import json
import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parent.parent))

from support.hostile import Hostile, worst
from support.instrument import Client, Instrument, TcpClient

from distill_live.addresses import instantiate
from distill_live.bundle import read_bundle
from distill_live.live.shared.meters import SILENCE_DB
from distill_live.osc import slip

DEMO = Path(__file__).parents[2] / "models" / "demo.distill"
IDLE_S = 30.0
WINDOW_PACKETS, WINDOW_BYTES = 64, 64 * 1024
TCP_WINDOWS = 8
"""One window in this many goes over TCP."""


def resident_mb(pid: int) -> float:
    """Resident memory of a process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    raise ProcessLookupError(pid)


class Underruns:
    """Counter of underruns from its creation.

    Parameters
    ----------
    live
        Instrument.
    """

    def __init__(self, live: Instrument) -> None:
        self._live = live
        self._begun_s, self._before = time.perf_counter(), self._count()

    def a_minute(self) -> float:
        """Underruns per minute."""
        return 60 * self.count() / (time.perf_counter() - self._begun_s)

    def count(self) -> int:
        """Underruns so far."""
        return self._count() - self._before

    def _count(self) -> int:
        return int(self._live.ask("/status", reply="/status.reply")[3])


def heard(client: Client) -> Iterator[tuple[str, tuple[object, ...]]]:
    """Messages that have arrived at a client, without waiting."""
    client.set_blocking(False)
    try:
        while True:
            yield client.receive()
    except BlockingIOError:
        return
    finally:
        client.set_blocking(True)


def highest_db(client: Client) -> float:
    """Highest peak in the meters since the last call; -inf for none."""
    peaks = [values[1] for path, values in heard(client) if path == "/meter/peak"]
    return max(map(float, peaks), default=-float("inf"))


def send_window(
    hostile: Iterator[bytes], client: Client, probe: Client, most: int, rng: random.Random
) -> int:
    """Send up to `most` packets and wait until they are processed; return their number."""
    over_tcp = isinstance(client, TcpClient)
    count = size = 0
    while count < min(most, WINDOW_PACKETS) and size < WINDOW_BYTES:
        packet = next(hostile)
        if over_tcp and rng.random() < 0.1:
            client.send_bytes(packet)  # which is no frame
        else:
            client.send_packet(packet)
        count, size = count + 1, size + len(packet)
    if over_tcp:
        probe = client
        client.send_bytes(slip.END)
    probe.send("/version")
    probe.receive_until("/version.reply")
    for _ in heard(client):
        pass
    return count


def attack(
    live: Instrument, hostile: Hostile, packets: int, rng: random.Random
) -> dict[str, float]:
    """Send all packets and return the figures."""
    meters, probe = Client(live.port), Client(live.port)
    meters.ask("/notify", 1, reply="/done")
    meters.send("/meters", 20)
    live.send("/panic")
    while (highest := highest_db(meters)) > SILENCE_DB or highest == -float("inf"):
        time.sleep(0.1)
    connected = TcpClient(live.listening_at("TCP"))
    connected.send_bytes(slip.END)
    clients = [connected, *(Client(live.port) for _ in range(TCP_WINDOWS - 1))]
    pids = {"control": live.process.pid, **live.children}
    idle = Underruns(live)
    time.sleep(IDLE_S)
    figures = {"packets": float(packets), "underruns_a_minute_idle": idle.a_minute()}
    under_attack = Underruns(live)
    longest_s = 0.0
    sent = windows = 0
    due = {0.1: "at_a_tenth", 0.5: "at_half", 1.0: "at_the_end"}
    while sent < packets:
        begun_s = time.perf_counter()
        sent += send_window(hostile, clients[windows % TCP_WINDOWS], probe, packets - sent, rng)
        longest_s = max(longest_s, time.perf_counter() - begun_s)
        highest = max(highest, highest_db(meters))
        windows += 1
        while due and sent >= packets * min(due):
            when = due.pop(min(due))
            figures |= {f"{name}_mb_{when}": resident_mb(pid) for name, pid in pids.items()}
    live.sync()
    figures["underruns_a_minute"] = under_attack.a_minute()
    figures["longest_window_ms"] = 1e3 * longest_s
    figures["highest_db"] = max(highest, highest_db(meters))
    restore = {"/gain": 0.0, "/mute": 0, "/freeze": 0, "/speed": 1.0, "/play": 1}
    for path, value in restore.items():
        live.send(path, value)
    live.send("/model/blend", 1, 1.0)
    live.sync()
    time.sleep(2)
    figures["afterwards_db"] = highest_db(meters)
    for client in (*clients, meters, probe):
        client.close()
    return figures


def processor_s(pid: int) -> float:
    """Processor time of a process and of its children that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def costs(live: Instrument, hostile: Hostile, packets: int) -> dict[str, list[float]]:
    """Processor time per packet in control and in synthesis, in microseconds, and underruns."""
    kinds: dict[str, Callable[[], bytes]] = {
        address.path: partial(hostile.valid, address) for address in hostile.addresses
    }
    kinds |= {name: partial(bytes, packet) for name, packet in worst().items()}
    pids = live.process.pid, live.children["synthesis"]
    live.send("/panic")
    idle_s = [processor_s(pid) for pid in pids]
    time.sleep(IDLE_S)
    at_rest = [(processor_s(pid) - was_s) / IDLE_S for pid, was_s in zip(pids, idle_s, strict=True)]
    rng, found = random.Random(0), dict[str, list[float]]()
    for name, make in kinds.items():
        # answers to `/notify` fill the client's socket: the probe has its own
        with Client(live.port) as client, Client(live.port) as probe:
            underruns, begun_s = Underruns(live), time.perf_counter()
            before_s = [processor_s(pid) for pid in pids]
            sent = 0
            while sent < packets:
                sent += send_window(iter(make, None), client, probe, packets - sent, rng)
            live.sync()
            took_s = time.perf_counter() - begun_s
            found[name] = [
                *(
                    1e6 * (processor_s(pid) - was_s - rest * took_s) / packets
                    for pid, was_s, rest in zip(pids, before_s, at_rest, strict=True)
                ),
                underruns.count(),
            ]
    return dict(sorted(found.items(), key=lambda one: -sum(one[1][:2])))


def main() -> None:
    """Attack and print."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--packets", type=int, default=1_000_000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--costs", action="store_true", help="measure the cost of each kind")
    options.add_argument("--json", action="store_true", help="print JSON")
    chosen = options.parse_args()
    rng = random.Random(chosen.seed)
    bundle = read_bundle(DEMO)
    axes = [axis.name for axis in bundle.axes]
    hostile = Hostile(instantiate(bundle.latent_size, axes, len(bundle.landmarks)), rng)
    with TemporaryDirectory() as folder:
        home = {"XDG_DATA_HOME": folder, "PYTHONPATH": os.environ.get("PYTHONPATH", "")}
        options_of_it = ("--null", "--osc-tcp-port", "0")
        with Instrument(DEMO, *options_of_it, environment=home) as live:
            if chosen.costs:
                print(f"{'us per packet':28}{'control':>10}{'synthesis':>10}{'underruns':>10}")
                for kind, row in costs(live, hostile, chosen.packets).items():
                    print(f"{kind:28}" + "".join(f"{figure:10.0f}" for figure in row))
                return
            begun_s = time.perf_counter()
            figures = attack(live, hostile, chosen.packets, rng)
            figures["seconds"] = time.perf_counter() - begun_s
    if chosen.json:
        print(json.dumps({name: round(value, 1) for name, value in figures.items()}))
    else:
        for name, value in figures.items():
            print(f"{name.replace('_', ' '):28}{value:14,.1f}")


if __name__ == "__main__":
    main()
