"""Measure underruns while the machine is busy and OSC messages pour in.

    python tests/bench/stress.py [--minutes 10] [--rate 1000] [--block 128] [--json]

Needs Linux, jackd, the PortAudio library and JACK-Client. The instrument plays the demo model, as
shipped, into jackd's dummy driver, while another program computes on each core and a client sends
changes of axes, dimensions and other controls over UDP. Reported are the instrument's counters:
underruns of the ring and of the device, load, late and lost messages. When a hop is requested, the
ring holds one block, or two while hops are slow; the part of it that the mean rendering time leaves
is the *margin*. An underrun is *explained* if the machine paused (`pauses`) for longer than the
margin within 20 ms of the time when it was counted.
"""

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import pairwise
from pathlib import Path

import numpy as np
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder

sys.path.insert(0, str(Path(__file__).parent.parent))

from pauses import PauseMonitor, come_first
from support.instrument import Instrument
from support.jack_server import RATE_HZ, JackServer

from distill_live.bundle import read_bundle
from distill_live.live.synthesis.synthesis_process import SLOW_SHARE

DEMO = Path(__file__).parents[2] / "models" / "demo.distill"
TICK_S = 0.002
STATUS_S = 0.02
SETTLE_S = 2.0

BUSY = "while True: sum(range(100_000))"

Status = tuple[float, float, int, int, int, int]
"""Monotonic seconds, load average, underruns, late, dropped, economy."""


@contextmanager
def busy_cores() -> Iterator[None]:
    """Context with a computing program on each core."""
    programs = []
    try:
        for core in sorted(os.sched_getaffinity(0)):
            programs.append(subprocess.Popen([sys.executable, "-c", BUSY]))
            os.sched_setaffinity(programs[-1].pid, {core})
        yield
    finally:
        for program in programs:
            program.kill()
            program.wait()


def message(path: str, *args: float) -> bytes:
    """Encode a datagram."""
    builder = OscMessageBuilder(f"/distill{path}")
    for arg in args:
        builder.add_arg(arg)
    return bytes(builder.build().dgram)


def changes(model: Path) -> list[bytes]:
    """Datagrams to send repeatedly, in a fixed order."""
    bundle, rng = read_bundle(model), np.random.default_rng(0)
    controls = [(f"/axis/{axis.name}", -1.0, 1.0) for axis in bundle.axes]
    controls += [(f"/latent/{index:03d}", -2.0, 2.0) for index in range(8)]
    controls += [("/gain", -12.0, 0.0), ("/speed", -2.0, 2.0), ("/jitter", 0.0, 1.0)]
    controls += [("/spread", 0.0, 1.0), ("/position", 0.0, 1.0)]
    chosen = [controls[index] for index in rng.integers(0, len(controls), 4096)]
    return [message(path, float(rng.uniform(low, high))) for path, low, high in chosen]


def pour(
    port: int, datagrams: list[bytes], rate: float, seconds: float
) -> tuple[int, list[Status]]:
    """Send at a rate and poll the status; return the number of messages and all answers."""
    link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    link.connect(("127.0.0.1", port))
    link.setblocking(False)
    question, answers = message("/status"), []
    start_s = time.perf_counter()
    sent = asked = 0
    while (now_s := time.perf_counter() - start_s) < seconds:
        while sent < now_s * rate:
            link.send(datagrams[sent % len(datagrams)])
            sent += 1
        if now_s >= asked * STATUS_S:
            link.send(question)
            asked += 1
        with suppress(BlockingIOError):
            while True:
                reply = OscMessage(link.recv(65536))
                if reply.address == "/distill/status.reply":
                    _, average, _, *counts = reply.params
                    answers.append((time.perf_counter(), average, *counts))
        time.sleep(TICK_S)
    link.close()
    return sent, answers


def explained(answers: list[Status], monitor: PauseMonitor, least_s: float) -> int:
    """Number of underruns during a sufficiently long pause of the machine."""
    count = 0
    for before, after in pairwise(answers):
        if after[2] == before[2]:
            continue
        pauses = monitor.within(before[0] - STATUS_S, after[0])
        if any(end - start > least_s for start, end in pauses):
            count += after[2] - before[2]
    return count


def margin_s(load: float, model: Path, block: int) -> float:
    """Part of the ring's content that the mean rendering time leaves."""
    settings = read_bundle(model).settings
    hop_s, block_s = settings.hop_samples / settings.sample_rate_hz, block / RATE_HZ
    blocks = 2 if load * hop_s > SLOW_SHARE * block_s else 1
    return blocks * block_s - load * hop_s


def measure(model: Path, minutes: float, rate: float, block: int) -> dict[str, object]:
    """Return all counters."""
    datagrams = changes(model)
    with (
        JackServer(period_frames=block, real_time=True) as server,
        Instrument(model, "--block", str(block), environment=server.environment) as live,
        busy_cores(),
        PauseMonitor() as monitor,
    ):
        time.sleep(SETTLE_S)
        sent, answers = pour(live.port, datagrams, rate, 60 * minutes)
        live.end(signal.SIGINT)
    (summary,) = [line for line in live.lines if line.startswith("Ended")]
    first, last = answers[0], answers[-1]
    underruns = last[2] - first[2]
    lengths_s = [end - start for start, end in monitor.pauses]
    load = float(np.mean([answer[1] for answer in answers]))
    margin = margin_s(load, model, block)
    why = explained(answers, monitor, margin)
    return {
        "minutes": minutes,
        "messages": sent,
        "statuses": len(answers),
        "underruns": underruns,
        "explained": why,
        "unexplained": underruns - why,
        "load": load,
        "margin_ms": 1000 * margin,
        "late": last[3] - first[3],
        "dropped": last[4] - first[4],
        "pauses": len(lengths_s),
        "longest_pause_ms": 1000 * max(lengths_s, default=0.0),
        "real_time_monitor": monitor.real_time,
        "summary": summary,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--rate", type=float, default=1000.0, help="messages a second")
    parser.add_argument("--block", type=int, default=128, help="frames of an audio block")
    parser.add_argument("--model", type=Path, default=DEMO)
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    come_first()
    figures = measure(options.model, options.minutes, options.rate, options.block)
    if options.json:
        print(json.dumps(figures, indent=2))
        return
    for name, figure in figures.items():
        shown = f"{figure:.3f}" if isinstance(figure, float) else str(figure)
        print(f"{name.replace('_', ' '):20} {shown}")


if __name__ == "__main__":
    main()
