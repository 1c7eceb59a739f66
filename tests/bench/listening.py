"""Count underruns and measure synthesis' load with and without listeners, in turns.

    python tests/bench/listening.py [--model MODEL] [--seconds S] [--listeners N] [--turns N]
                                    [--json] [-- OPTIONS OF distill-live]

Each turn plays `S` seconds without listeners and `S` with them, in one session, so that the two are
compared under the same load of the machine. Listeners read in a process of their own, as browsers
do, and count frames that are missing. One more is connected in each turn that never reads. The
output is the null output unless the options name a device.
"""

import argparse
import json
import struct
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from statistics import mean

sys.path.insert(0, str(Path(__file__).parent.parent))

from support.instrument import Instrument
from websockets.sync.client import connect


def listen(url: str, seconds: float) -> tuple[int, int]:
    """Frames received, and frames missing."""
    parts: list[tuple[int, int]] = []
    until_s = time.perf_counter() + seconds
    with connect(url) as connection:
        channels = json.loads(connection.recv())["channels"]
        while time.perf_counter() < until_s:
            frame = connection.recv()
            if isinstance(frame, bytes):
                frames = (len(frame) - 8) // (4 * channels)
                parts.append((struct.unpack_from("<Q", frame)[0], frames))
    missing = sum(after - (start + frames) for (start, frames), (after, _) in pairwise(parts))
    return sum(frames for _, frames in parts), missing


@contextmanager
def deaf_listener(url: str) -> Iterator[None]:
    """A listener that never reads."""
    with connect(url, max_queue=1, close_timeout=0.1):
        yield


def underruns_and_load(live: Instrument) -> tuple[int, float]:
    """Underruns since the start, and the present load."""
    _, load, _, underruns, *_ = live.ask("/status", reply="/status.reply")
    return underruns, load


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", default="demo")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--listeners", type=int, default=4)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("options", nargs="*", help="options of distill-live")
    arguments = parser.parse_args()
    options = arguments.options or ["--null"]
    underruns, loads = {False: 0, True: 0}, {False: [], True: []}
    received = missing = 0
    with (
        ProcessPoolExecutor(arguments.listeners) as pool,
        Instrument(None, "--model", arguments.model, "--http-port", "0", *options) as live,
    ):
        url = f"ws://127.0.0.1:{live.listening_at('Page')}/listen"
        for _ in range(arguments.turns):
            for with_listeners in (False, True):
                before, _load = underruns_and_load(live)
                if with_listeners:
                    with deaf_listener(url):
                        work = [(url, arguments.seconds)] * arguments.listeners
                        for frames, lost in pool.map(listen, *zip(*work, strict=True)):
                            received += frames
                            missing += lost
                else:
                    time.sleep(arguments.seconds)
                after, load = underruns_and_load(live)
                underruns[with_listeners] += after - before
                loads[with_listeners].append(load)
    found = {
        "underruns": underruns[False],
        "underruns_with_listeners": underruns[True],
        "load": mean(loads[False]),
        "load_with_listeners": mean(loads[True]),
        "frames_heard": received,
        "frames_missing": missing,
    }
    if arguments.json:
        json.dump(found, sys.stdout, indent=2)
        print()
    else:
        for name, value in found.items():
            print(f"{name:32} {value:12.2f}")


if __name__ == "__main__":
    main()
