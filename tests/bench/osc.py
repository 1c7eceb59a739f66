"""Measure OSC messages per second and loss of the UDP server on loopback.

    python tests/bench/osc.py [--seconds 3] [--json]

The real server runs here with a handler that only counts; the client is another process. It sends
one-float messages to eight axes in turn, in windows that end with `/sync` and are awaited, so that
the rate is that of received messages. Then it sends 128-float messages at 5,000 a second without
waiting, and received ones are counted. The same client then talks to a bare socket that answers
`/sync` and parses nothing: the upper bound on this machine. Processor time per message is shown
too, since other programs affect it less. Also measured: the parser alone, and the time for the
worst datagrams of 16 KiB.
"""

import argparse
import asyncio
import json
import multiprocessing
import socket
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from support.hostile import worst as worst_packets

from distill_live.addresses import Address, Values, instantiate
from distill_live.osc import Batch, Client, ClientCommand, OscServer
from distill_live.osc.dispatch import Dispatcher
from distill_live.osc.socket_reader import MAX_READ_AT_ONCE
from distill_live.osc.wire import MAX_PACKET_BYTES, build_message, parse_packet

AXES = tuple(f"axis_{index}" for index in range(8))
LATENT = 128
WINDOW = 64
LATENT_RATE_HZ = 5000


class Counting:
    """Handler that answers `/sync` and counts the rest."""

    def __init__(self) -> None:
        self.server: OscServer | None = None
        self.batches = 0
        self.changes = 0

    def apply(self, batch: Batch) -> None:
        self.batches += 1
        self.changes += len(batch.commands)

    def command(self, command: ClientCommand) -> None:
        assert self.server is not None
        assert command.client is not None
        self.server.replies.send(command.client, "/synced", *command.command.args)

    def get(self, address: Address, _client: Client) -> Values | None:
        return address.default


def flood(
    link: socket.socket, seconds: float, results: "Connection[object, object]", sync: bytes
) -> None:
    """Send awaited windows of one-float messages; return their number and the time."""
    faders = [build_message(f"/distill/axis/{name}", "f", (0.5,)) for name in AXES]
    sent = 0
    start_s = time.perf_counter()
    while time.perf_counter() - start_s < seconds:
        for _ in range(WINDOW // len(faders)):
            for fader in faders:
                link.send(fader)
        sent += WINDOW
        link.send(sync)
        link.recv(64)
    results.send((sent, time.perf_counter() - start_s))


def client(
    port: int, bare_port: int, seconds: float, results: "Connection[object, object]"
) -> None:
    """Client process: send, and report number and time."""
    link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    link.connect(("127.0.0.1", port))
    link.settimeout(2)
    sync = build_message("/distill/sync", "i", (1,))
    flood(link, seconds, results, sync)
    results.recv()

    whole = build_message("/distill/latent", "f" * LATENT, (0.1,) * LATENT)
    sent = 0
    start_s = time.perf_counter()
    while (elapsed_s := time.perf_counter() - start_s) < seconds:
        while sent < elapsed_s * LATENT_RATE_HZ:
            link.send(whole)
            sent += 1
        time.sleep(0.001)
    elapsed_s = time.perf_counter() - start_s
    link.send(sync)
    link.recv(64)
    results.send((sent, elapsed_s))
    results.recv()

    link.connect(("127.0.0.1", bare_port))
    flood(link, seconds, results, sync)


async def serve(seconds: float) -> dict[str, float]:
    """Run the server against the client."""
    handler = Counting()
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    loop = asyncio.get_running_loop()
    bare = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    bare.bind(("127.0.0.1", 0))
    bare.setblocking(False)
    loop.add_reader(bare, answer_syncs, bare)
    async with OscServer("127.0.0.1", 0, instantiate(LATENT, AXES, 1), handler) as server:
        handler.server = server
        ports = server.port, bare.getsockname()[1]
        process = context.Process(target=client, args=(*ports, seconds, theirs))
        process.start()
        before_s = time.process_time()
        sent, elapsed_s = await loop.run_in_executor(None, ours.recv)
        cpu_s = time.process_time() - before_s
        syncs = sent // WINDOW
        arrived, batches = server.dispatcher.counters.messages - syncs, handler.batches
        ours.send("go on")
        sent_latents, elapsed_latents_s = await loop.run_in_executor(None, ours.recv)
        arrived_latents = server.dispatcher.counters.messages - syncs - arrived - 1
        ours.send("go on")
        before_s = time.process_time()
        sent_bare, elapsed_bare_s = await loop.run_in_executor(None, ours.recv)
        bare_cpu_s = time.process_time() - before_s
        process.join()
    loop.remove_reader(bare)
    bare.close()
    return {
        "one_float_per_second": arrived / elapsed_s,
        "one_float_lost": sent - arrived,
        "cpu_us": 1e6 * cpu_s / sent,
        "bare_socket_per_second": sent_bare / elapsed_bare_s,
        "bare_cpu_us": 1e6 * bare_cpu_s / sent_bare,
        "batches_per_second": batches / elapsed_s,
        "latents_per_second": sent_latents / elapsed_latents_s,
        "latents_lost": sent_latents - arrived_latents,
    }


def answer_syncs(bare: socket.socket) -> None:
    """Read as the server does, and answer `/sync`."""
    for _ in range(MAX_READ_AT_ONCE):
        try:
            data, sender = bare.recvfrom(MAX_PACKET_BYTES + 1)
        except OSError:
            return
        if data.startswith(b"/distill/sync"):
            bare.sendto(data, sender)


def parser_rate(count: int = 100_000) -> float:
    """One-float messages per second of the parser alone."""
    data = build_message("/distill/axis/axis_0", "f", (0.5,))
    start_s = time.perf_counter()
    for _ in range(count):
        parse_packet(data)
    return count / (time.perf_counter() - start_s)


def worst_ms() -> dict[str, float]:
    """Maximum time for a datagram of each known worst kind."""
    reads_nothing = Dispatcher(
        instantiate(LATENT, AXES, 1), Counting(), lambda _data, _client: None
    )
    worst = {}
    for name, packet in worst_packets().items():
        times = []
        for _ in range(5):
            start_s = time.perf_counter()
            reads_nothing.receive(packet, ("127.0.0.1", 1))
            times.append(time.perf_counter() - start_s)
        worst[f"worst_ms_{name}"] = 1000 * min(times)
    return worst


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--seconds", type=float, default=3.0, help="length of each part")
    options.add_argument("--json", action="store_true", help="print JSON")
    chosen = options.parse_args()
    figures = asyncio.run(serve(chosen.seconds))
    figures["parser_per_second"] = parser_rate()
    figures |= worst_ms()
    if chosen.json:
        print(json.dumps({name: round(value, 1) for name, value in figures.items()}))
    else:
        for name, value in figures.items():
            print(f"{name.replace('_', ' '):24}{value:12,.1f}")


if __name__ == "__main__":
    main()
