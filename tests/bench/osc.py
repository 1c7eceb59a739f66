"""How many OSC messages a second the UDP server takes in, and with what loss, on loopback.

    python tests/bench/osc.py [--seconds 3] [--json]

The real server runs here, with a handler that only counts; the client is another process. It sends
one-float messages to eight axes in turn, as fast as the server answers: windows of messages, each
ended by `/sync` and awaited, so that the rate is that of messages taken in. Then it sends 128-float
messages at 5,000 a second without waiting, and what arrived is counted. The parser alone, without
sockets, is measured beside it, and how long the worst datagrams of 16 KiB take.
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

from hostile import worst as worst_packets

from distill_live.addresses import Address, Values, instantiate
from distill_live.osc import Batch, Client, OscServer
from distill_live.osc.dispatch import Dispatcher
from distill_live.osc.wire import build_message, parse_packet

AXES = tuple(f"axis_{index}" for index in range(8))
LATENT = 128
WINDOW = 64
LATENT_RATE_HZ = 5000


class Counting:
    """A handler that answers `/sync` and counts the rest."""

    def __init__(self) -> None:
        self.server: OscServer | None = None
        self.batches = 0
        self.changes = 0

    def apply(self, batch: Batch) -> None:
        self.batches += 1
        self.changes += len(batch.changes)

    def command(self, _address: Address, values: Values, client: Client) -> None:
        assert self.server is not None
        self.server.reply(client, "/synced", *values)

    def get(self, address: Address, _client: Client) -> Values | None:
        return address.default


def client(port: int, seconds: float, results: "Connection[object, object]") -> None:
    """Send, in a process of its own, and report what was sent and how long it took."""
    link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    link.connect(("127.0.0.1", port))
    link.settimeout(2)
    sync = build_message("/distill/sync", "i", (1,))
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


async def serve(seconds: float) -> dict[str, float]:
    """Run the server against the client."""
    handler = Counting()
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    async with OscServer("127.0.0.1", 0, instantiate(LATENT, AXES, 1), handler) as server:
        handler.server = server
        loop = asyncio.get_running_loop()
        process = context.Process(target=client, args=(server.port, seconds, theirs))
        process.start()
        sent, elapsed_s = await loop.run_in_executor(None, ours.recv)
        syncs = sent // WINDOW
        arrived, batches = server.counters.messages - syncs, handler.batches
        ours.send("go on")
        sent_latents, elapsed_latents_s = await loop.run_in_executor(None, ours.recv)
        arrived_latents = server.counters.messages - syncs - arrived - 1
        process.join()
    return {
        "one_float_per_second": arrived / elapsed_s,
        "one_float_lost": sent - arrived,
        "batches_per_second": batches / elapsed_s,
        "latents_per_second": sent_latents / elapsed_latents_s,
        "latents_lost": sent_latents - arrived_latents,
    }


def parser_rate(count: int = 100_000) -> float:
    """One-float messages a second that the parser alone reads."""
    data = build_message("/distill/axis/axis_0", "f", (0.5,))
    start_s = time.perf_counter()
    for _ in range(count):
        parse_packet(data)
    return count / (time.perf_counter() - start_s)


def worst_ms() -> dict[str, float]:
    """The longest that one datagram can take, of each of the worst sorts known."""
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
    options.add_argument("--seconds", type=float, default=3.0, help="of each of the two parts")
    options.add_argument("--json", action="store_true")
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
