"""Measure latency from a MIDI message to an OSC message, and underruns during a MIDI flood.

    python tests/bench/midi.py [--messages 500] [--block 64] [--seconds 10] [--json]

Needs jackd, the PortAudio library, JACK-Client and the extra [midi]. A simulated controller and the
bridge are clients of jackd's dummy driver. *Bridge* is the time from just before a control change
is sent to the arrival of its UDP packet; it includes JACK's MIDI delay of a block or two.

Then an instrument plays on that server, idle and while the controller sends 1,000 pitch bends a
second: *underruns* of its ring and *reported* by the device, in each.
"""

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from support.instrument import Instrument
from support.jack_server import RATE_HZ, JackServer
from support.midi_box import BACKEND, Box
from support.tiny import tiny_bundle

from distill_live.bundle import write_bundle

SPACING_S = 0.01
FLOOD_INTERVAL_S = 0.001
FLOODING = "[[map]]\ncontrol = 'cc 1'\naddress = 'walk'\npickup = false\n"


def bridge_times_s(messages: int, block: int, folder: Path) -> list[float]:
    """Seconds from sending to arrival of each message."""
    mapping = folder / "midi.toml"
    mapping.write_text(FLOODING)
    rng = np.random.default_rng(0)
    times_s = []
    with (
        JackServer(period_frames=block) as server,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as heard,
    ):
        server.wait_until_ready()
        heard.bind(("127.0.0.1", 0))
        heard.settimeout(10.0)
        target = f"127.0.0.1:{heard.getsockname()[1]}"
        words = ["bridge", "box", "--map", str(mapping), "--osc-to", target]
        with Box(server) as box:
            bridge = subprocess.Popen(
                [sys.executable, "-m", "distill_live", "midi", *words],
                stdout=subprocess.PIPE,
                text=True,
                env=os.environ | server.environment | BACKEND,
            )
            assert bridge.stdout is not None
            while "MIDI  " not in bridge.stdout.readline():
                pass
            for number in range(messages):
                time.sleep(SPACING_S + float(rng.uniform(0, SPACING_S)))
                sent_s = time.perf_counter()
                box.turn(1, number % 128)
                while not heard.recv(65536).startswith(b"/distill/walk"):
                    pass
                times_s.append(time.perf_counter() - sent_s)
            bridge.send_signal(signal.SIGINT)
            bridge.wait()
            bridge.stdout.close()
    return times_s


def disturbances(seconds: float, folder: Path) -> dict[str, str]:
    """Final status line of an idle instrument and of a flooded one."""
    model = folder / "tiny.distill"
    write_bundle(tiny_bundle(), model)
    ended = {}
    for name in ("alone", "flooded"):
        with JackServer(period_frames=256) as server:
            server.wait_until_ready()
            with (
                Box(server) as box,
                Instrument(
                    model, "--midi", "box", environment=server.environment | BACKEND
                ) as live,
            ):
                live.wait_for_line("MIDI  ")
                started_s = time.perf_counter()
                count = 0
                while time.perf_counter() < started_s + seconds:
                    count += 1
                    if name == "flooded":
                        box.send("pitchwheel", pitch=count * 37 % 16384 - 8192)
                    wait_s = started_s + count * FLOOD_INTERVAL_S - time.perf_counter()
                    time.sleep(max(0.0, wait_s))
                live.end(signal.SIGINT)
                live.wait_for_line("Ended")
                ended[name] = live.lines[-1]
    return ended


def main() -> None:
    parser = argparse.ArgumentParser(description="Time from MIDI in to OSC out.")
    parser.add_argument("--messages", type=int, default=500)
    parser.add_argument("--block", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        times_ms = 1e3 * np.array(bridge_times_s(arguments.messages, arguments.block, folder))
        ended = disturbances(arguments.seconds, folder)
    median, most = np.percentile(times_ms, (50, 95))
    result = {
        "block_ms": 1e3 * arguments.block / RATE_HZ,
        "bridge_ms_median": float(median),
        "bridge_ms_95": float(most),
        **ended,
    }
    if arguments.json:
        print(json.dumps(result, indent=2))
        return
    print(f"block   {result['block_ms']:.2f} ms")
    print(f"bridge  {median:.2f} ms (median), {most:.2f} ms (95 %)")
    for case, line in ended.items():
        print(f"{case:8}{line}")


if __name__ == "__main__":
    main()
