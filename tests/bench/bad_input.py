"""Feed mutated input to every parser; check for clear refusals, bounded memory and time.

    python tests/bench/bad_input.py [--what all|bundles|osc|servers|audio|text] [--count N]
                                    [--seed 1] [--first 0] [--reader NAME] [--limit 10] [--json]

Default counts: 20,000 mutated bundles of both versions (accepted ones are written again and run by
onnxruntime), a million OSC packets, each also in a SLIP frame (`support/hostile.py`; against a
running instrument: `osc_fuzz.py`), 100,000 HTTP requests and as many WebSocket connections of up to
8 frames for the instrument's server, 100,000 HTTP requests for the studio's, 2,000 mutated sound
files for trainer and renders, and 2,000 for each reader of JSON, TOML, CSV or MIDI.
`support/mutations.py` and `support/hostile_requests.py` make the inputs from seed and number:
repeat a failure with ``--first NUMBER --count 1``. A child process reads them, so that a crash, or
an input that takes longer than ``--limit`` seconds, is reported with its number; the slowest is by
processor time. Exit status 1 if any input caused anything but a one-line refusal, or
exceeded a limit.
"""

import argparse
import json
import multiprocessing
import os
import random
import resource
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from support.fake_handler import Deaf
from support.hostile import Hostile
from support.hostile_requests import server_readers
from support.mutations import Reader, bundle_reader, nth, sound_reader, text_readers
from support.processes import user_folders
from support.tiny import AXES

from distill_live.addresses import instantiate
from distill_live.osc import Client, slip
from distill_live.osc.dispatch import Dispatcher

COUNTS = {"bundles": 20_000, "osc": 1_000_000, "servers": 100_000, "audio": 2_000, "text": 2_000}

TIME_LIMIT_S = 10.0
"""Maximum time for one input on a machine with nothing else to do."""

MEMORY_LIMIT_MB = 512
"""Maximum growth of memory over all inputs after the first."""

TOLD_EVERY = 100
"""Interval, in inputs, at which the child reports progress."""


def osc_input(seed: int) -> Callable[[int], str | None]:
    """Return the function that parses a numbered packet."""
    table = instantiate(8, AXES, 10)
    replies: list[int] = []
    dispatcher = Dispatcher(table, Deaf(), lambda data, _: replies.append(len(data)))
    decoder = slip.Decoder()
    rng = random.Random()
    hostile = Hostile(table, rng)

    def take(index: int) -> str | None:
        rng.seed(f"{seed} osc {index}")
        packet = next(hostile)
        rejected = dispatcher.counters.rejected
        dispatcher.receive(packet, Client("127.0.0.1", 1 + index % 60_000))
        framed = slip.encode(packet)
        if index % 8 == 0:
            framed = rng.randbytes(3) + framed
        for one in decoder.feed(framed):
            dispatcher.receive(one, Client.connected(("127.0.0.1", 1), "tcp"))
        if index % 16 == 0:
            dispatcher.flush()
        assert all(size <= 1024 for size in replies), f"a reply of {max(replies)} bytes"
        replies.clear()
        return "rejected" if dispatcher.counters.rejected > rejected else None

    return take


def file_input(reader: Reader, seed: int, folder: Path) -> Callable[[int], str | None]:
    """Return the function that reads a numbered file."""
    path = folder / f"input{reader.suffix}"
    path.write_bytes(reader.examples[0])
    reader.outcome(path)  # loads the libraries that it needs, which is no growth

    def take(index: int) -> str | None:
        path.write_bytes(nth(reader, seed, index))
        return reader.outcome(path)

    return take


def readers_of(what: str, folder: Path, stack: ExitStack) -> list[Reader]:
    """Readers of a group of `COUNTS`, which the stack ends; the user's folders are in `folder`."""
    os.environ |= user_folders(folder) | {"XDG_CACHE_HOME": str(folder / "cache")}
    match what:
        case "bundles":
            return [bundle_reader(folder, run=True)]
        case "servers":
            return server_readers(folder, stack)
        case "audio":
            return [sound_reader(folder)]
        case "text":
            return text_readers(folder)
    return []


def resident_mb() -> float:
    """Peak resident memory of this process."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 1024)


def work(
    told: Connection, name: str, what: str, seed: int, first: int, count: int, folder: str
) -> None:
    """Read all inputs of one reader, in the child process."""
    if what == "osc":
        feed(told, what, osc_input(seed), first, count)
        return
    with ExitStack() as stack:
        there = Path(folder)
        reader = next(one for one in readers_of(what, there, stack) if one.name == name)
        feed(told, what, file_input(reader, seed, there), first, count)


def feed(
    told: Connection, what: str, take: Callable[[int], str | None], first: int, count: int
) -> None:
    """Read numbered inputs, and tell what comes of it."""
    slowest_s, slowest, refused, before_mb = 0.0, first, 0, 0.0
    for index in range(first, first + count):
        if what != "osc" or index % TOLD_EVERY == 0:
            told.send(("at", index))
        begun_s = time.process_time()
        try:
            refused += take(index) is not None
        except BaseException:
            told.send(("failed", index, traceback.format_exc(limit=-4)))
            continue
        took_s = time.process_time() - begun_s
        if index == first:
            before_mb = resident_mb()
        elif took_s > slowest_s:
            slowest_s, slowest = took_s, index
    facts = {
        "inputs": count,
        "refused": refused,
        "slowest_ms": round(1e3 * slowest_s, 1),
        "slowest_index": slowest,
        "peak_mb": round(resident_mb()),
        "added_mb": round(resident_mb() - before_mb),
    }
    told.send(("done", facts))


def messages(child: Any, heard: Connection, limit_s: float) -> Iterator[tuple[Any, ...]]:
    """Messages of a child until it ends or exceeds the time limit."""
    at = 0
    try:
        while heard.poll(6.0 * limit_s if at == 0 else limit_s):
            message = heard.recv()
            if message[0] == "at":
                at = message[1]
            yield message
            if message[0] == "done":
                return
    except EOFError:
        child.join()
        yield "failed", at, f"the process ended with status {child.exitcode}"
        return
    child.kill()
    yield "failed", at, f"it took over {limit_s:g} s"


def run(name: str, what: str, seed: int, first: int, count: int, limit_s: float) -> dict[str, Any]:
    """Measure one reader; print failures as they occur."""
    facts: dict[str, Any] = {"reader": name, "failures": 0}
    context = multiprocessing.get_context("spawn")
    begun_s, end = time.perf_counter(), first + count
    while first < end:
        heard, told = context.Pipe(duplex=False)
        with TemporaryDirectory() as folder:
            child = context.Process(
                target=work, args=(told, name, what, seed, first, end - first, folder)
            )
            child.start()
            told.close()
            for kind, *said in messages(child, heard, limit_s):
                if kind == "failed":
                    index, text = said
                    facts["failures"] += 1
                    print(f"FAILED {what} {name!r} --seed {seed} --first {index}: {text}")
                    first = index + 1
                elif kind == "done":
                    facts |= said[0]
                    first = end
            child.join()
    facts["seconds"] = round(time.perf_counter() - begun_s)
    if facts.get("added_mb", 0) > MEMORY_LIMIT_MB:
        facts["failures"] += 1
        print(f"FAILED {what} {name!r} --seed {seed}: {facts['added_mb']} MB were added")
    return facts


def main() -> None:
    """Run all readers and print a table."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--what", choices=["all", *COUNTS], default="all")
    options.add_argument("--count", type=int, help="number of inputs")
    options.add_argument("--seed", type=int, default=1, help="random seed")
    options.add_argument("--first", type=int, default=0, help="number of the first input")
    options.add_argument("--reader", help="only this text reader")
    options.add_argument("--limit", type=float, default=TIME_LIMIT_S, help="seconds for an input")
    options.add_argument("--json", action="store_true", help="print JSON")
    chosen = options.parse_args()
    rows = []
    for what in COUNTS if chosen.what == "all" else [chosen.what]:
        with TemporaryDirectory() as folder, ExitStack() as stack:
            names = [reader.name for reader in readers_of(what, Path(folder), stack)] or [what]
        for name in names:
            if chosen.reader in (None, name):
                count = chosen.count or COUNTS[what]
                limits = chosen.first, count, chosen.limit
                rows.append(run(name, what, chosen.seed, *limits))
                if not chosen.json:
                    print(", ".join(f"{key}: {value}" for key, value in rows[-1].items()))
    if chosen.json:
        limits = {"time_limit_s": chosen.limit, "added_limit_mb": MEMORY_LIMIT_MB}
        print(json.dumps(limits | {"readers": rows}))
    sys.exit(any(row["failures"] for row in rows))


if __name__ == "__main__":
    main()
