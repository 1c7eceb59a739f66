"""Run a long session with everything in use; check memory, descriptors, threads and underruns.

    python tests/bench/soak.py [--minutes 60] [--cycle 60] [--block 256] [--model x] [--ordinary]
                                [--json]

Needs Linux, jackd, the PortAudio library and JACK-Client; MIDI is played if the extra [midi] is
installed. The instrument plays two copies of the model into jackd's dummy driver. A *cycle* loads
the other copy, records a take, morphs between two presets and ends the take. Meanwhile latents,
axes and other controls move 200 times a second, MIDI knobs turn, and two clients are subscribed to
everything, with meters 20 times a second. At the end of each cycle, memory (resident, without
shared), descriptors and threads of every process are recorded. *Growth* compares the end with five
minutes after the start, or with the end of the first cycle in a shorter run. Shared memory has its
own row: the session log fills up to a limit. *Explained* underruns are as in `stress`. At the end,
remaining processes and files in /dev/shm are listed. `--ordinary` runs without real-time priority.
"""

import argparse
import json
import re
import shutil
import signal
import sys
import threading
import time
from contextlib import ExitStack
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parent.parent))

from pauses import PauseMonitor, come_first
from stress import DEMO, Status, changes, explained, margin_s, pour
from support.instrument import Client, Instrument
from support.jack_server import JackServer
from support.midi_box import BACKEND, Box
from support.processes import alive

MESSAGES_PER_S = 200
WARM_S = 300.0
NAMES = ("first", "second")


class Sample(NamedTuple):
    """Resources of a process at one moment."""

    memory_mb: float
    shared_mb: float
    descriptors: int
    threads: int


def sample(pid: int) -> Sample:
    """Resources of a process now."""
    status = Path(f"/proc/{pid}/status").read_text()
    facts = dict(re.findall(r"^(\w+):\s+(\d+)", status, re.MULTILINE))
    own_kb = int(facts["RssAnon"]) + int(facts["RssFile"])
    return Sample(
        own_kb / 1024,
        int(facts["RssShmem"]) / 1024,
        len(list(Path(f"/proc/{pid}/fd").iterdir())),
        int(facts["Threads"]),
    )


def family(pid: int) -> dict[int, str]:
    """A process and its running descendants: names by process id."""
    parents, names = {}, {pid: "control"}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            command = (folder / "cmdline").read_text()
        except OSError:  # it has just ended
            continue
        found = re.findall(r"distill_live\.\w+\.(\w+)", command)
        parents[int(folder.name)] = parent, found[-1] if found else "other"
    grown = True
    while grown:
        new = {p: name for p, (parent, name) in parents.items() if parent in names}
        grown = not new.keys() <= names.keys()
        names |= new
    return names


def shared_memory() -> set[str]:
    """Files in /dev/shm that are not the JACK server's."""
    return {p.name for p in Path("/dev/shm").iterdir() if not p.name.startswith("jack")}


class Subscriber:
    """Client that subscribes to everything and counts messages."""

    def __init__(self, port: int) -> None:
        self.heard = 0
        self._client = Client(port)
        self._client.send("/notify", 1)
        self._client.send("/meters", 20)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def close(self) -> None:
        """Stop receiving."""
        self._ending.set()
        self._thread.join()
        self._client.close()

    def _run(self) -> None:
        while not self._ending.is_set():
            self._client.receive_packet()  # meters come as long as the instrument plays
            self.heard += 1


class Knobs:
    """MIDI controller whose knobs turn."""

    def __init__(self, box: Box) -> None:
        self._box = box
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def close(self) -> None:
        """Stop turning."""
        self._ending.set()
        self._thread.join()

    def _run(self) -> None:
        count = 0
        while not self._ending.wait(0.05):
            count += 1
            self._box.turn(16 + count % 4, abs(count % 254 - 127))


class Soak:
    """Running session.

    Parameters
    ----------
    live
        Instrument.
    datagrams
        Datagrams that are sent repeatedly.
    """

    def __init__(self, live: Instrument, datagrams: list[bytes]) -> None:
        self.live = live
        self.answers: list[Status] = []
        self.samples: list[dict[str, Sample]] = []
        self.seen: dict[int, str] = {}
        self.sent = 0
        self.refused: list[str] = []
        self.begun_s: list[float] = []
        self._datagrams = datagrams
        for name, axis in (("low", -1.0), ("high", 1.0)):
            for message in datagrams[:200]:
                live.send_packet(message)
            live.send("/gain", -6.0 + axis)
            live.ask("/preset/store", name, reply="/done")

    def cycle(self, number: int, seconds: float) -> None:
        """Run one cycle; sample at its end."""
        live, take = self.live, f"take {number}"
        self.begun_s.append(time.perf_counter())
        live.send("/model/load", 1, NAMES[number % 2])
        live.send("/record", 1, take)
        self._play(0.3 * seconds)
        live.send("/preset/recall", "high", 0.3 * seconds)
        self._play(0.4 * seconds)
        live.send("/preset/recall", "low", 0.1 * seconds)
        self._play(0.3 * seconds)
        live.send("/record", 0)
        self._settle(number)
        self.seen |= (there := family(live.process.pid))
        self.samples.append({name: sample(pid) for pid, name in there.items()})

    def _play(self, seconds: float) -> None:
        sent, answers = pour(self.live.port, self._datagrams, MESSAGES_PER_S, seconds)
        self.sent += sent
        self.answers += answers
        self.seen |= family(self.live.process.pid)

    def _settle(self, number: int) -> None:
        """Wait until the take is complete; collect failures."""
        while self.live.has_child("recorder"):
            time.sleep(0.1)
        self.live.send("/sync", number)
        heard = self.live.receive_until("/synced")
        self.refused += [f"{number}: {values}" for path, values in heard if path == "/fail"]

    def underruns(self, monitor: PauseMonitor, margin: float) -> list[dict[str, object]]:
        """Underruns: cycle, seconds into it, number, explained number."""
        found: list[dict[str, object]] = []
        for before, after in pairwise(self.answers):
            if after[2] > before[2]:
                cycle = sum(begun_s <= after[0] for begun_s in self.begun_s)
                found.append(
                    {
                        "cycle": cycle,
                        "after_s": round(after[0] - self.begun_s[cycle - 1], 3),
                        "underruns": after[2] - before[2],
                        "explained": explained([before, after], monitor, margin),
                    }
                )
        return found


def growth(samples: list[dict[str, Sample]], warm: int) -> dict[str, dict[str, float]]:
    """By process: resources when warm and at the end."""
    first, last = samples[warm], samples[-1]
    return {
        name: {
            "warm_mb": first[name].memory_mb,
            "end_mb": now.memory_mb,
            "growth_percent": 100 * (now.memory_mb / first[name].memory_mb - 1),
            "shared_mb": now.shared_mb,
            "descriptors_warm": first[name].descriptors,
            "descriptors": now.descriptors,
            "threads_warm": first[name].threads,
            "threads": now.threads,
        }
        for name, now in last.items()
        if name in first
    }


def measure(
    model: Path, minutes: float, cycle_s: float, block: int, *, real_time: bool
) -> dict[str, object]:
    """Run the session and return all figures."""
    datagrams = changes(model)
    shared_before = shared_memory()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        models = folder / "distill-live" / "models"
        models.mkdir(parents=True)
        for name in NAMES:
            shutil.copy(model, models / f"{name}.distill")
        server = stack.enter_context(JackServer(period_frames=block, real_time=real_time))
        server.wait_until_ready()
        music = {"XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
        environment = {**server.environment, **music, "XDG_MUSIC_DIR": str(folder), **BACKEND}
        options = ["--block", str(block), "--set", "/model/fade 1"]
        midi = find_spec("rtmidi") is not None and find_spec("mido") is not None
        if midi:
            box = stack.enter_context(Box(server, "soak"))
            options += ["--midi", "soak"]
        live = stack.enter_context(
            Instrument(models / "first.distill", *options, environment=environment)
        )
        monitor = PauseMonitor()
        with monitor, ExitStack() as others:
            soak = Soak(live, datagrams)
            if midi:
                others.callback(Knobs(box).close)
            subscribers = [Subscriber(live.port) for _ in range(2)]
            for subscriber in subscribers:
                others.callback(subscriber.close)
            begun_s = time.perf_counter()
            takes = folder / "Distill Live"
            for number in range(max(2, round(60 * minutes / cycle_s))):
                soak.cycle(number + 1, cycle_s)
                shutil.rmtree(takes, ignore_errors=True)
            ran_s = time.perf_counter() - begun_s
        status = live.end(signal.SIGINT)
        time.sleep(1.0)
        left = [name for pid, name in soak.seen.items() if alive(pid)]
    warm = min(round(WARM_S / cycle_s), len(soak.samples) - 1) - 1 if ran_s > WARM_S else 0
    load = sum(answer[1] for answer in soak.answers) / len(soak.answers)
    margin = margin_s(load, model, block)
    underruns = soak.answers[-1][2] - soak.answers[0][2]
    why = explained(soak.answers, monitor, margin)
    ended = [line for line in live.lines if "process ended" in line or "nternal error" in line]
    return {
        "minutes": ran_s / 60,
        "cycles": len(soak.samples),
        "swaps": sum(line.startswith("Model   slot") for line in live.lines),
        "takes": sum(line.startswith("Recorded") for line in live.lines),
        "midi": midi,
        "messages": soak.sent,
        "told_to_subscribers": [subscriber.heard for subscriber in subscribers],
        "refused": soak.refused,
        "underruns": underruns,
        "explained": why,
        "unexplained": underruns - why,
        "when": soak.underruns(monitor, margin),
        "load": load,
        "margin_ms": 1e3 * margin,
        "pauses": len(monitor.pauses),
        "longest_pause_ms": 1e3 * max((b - a for a, b in monitor.pauses), default=0.0),
        "real_time_monitor": monitor.real_time,
        "processes": growth(soak.samples, warm),
        "memory_mb": {
            name: [round(one[name].memory_mb, 2) for one in soak.samples if name in one]
            for name in soak.samples[-1]
        },
        "unexpected_lines": ended,
        "status": status,
        "processes_left": left,
        "shared_memory_left": sorted(shared_memory() - shared_before),
        "summary": [line for line in live.lines if line.startswith("Ended")],
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--cycle", type=float, default=60.0, help="seconds of a cycle")
    parser.add_argument("--block", type=int, default=256)
    parser.add_argument("--model", type=Path, default=DEMO)
    parser.add_argument("--ordinary", action="store_true", help="without real-time priority")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    if not options.ordinary:
        come_first()
    figures = measure(
        options.model, options.minutes, options.cycle, options.block, real_time=not options.ordinary
    )
    if options.json:
        print(json.dumps(figures, indent=2))
        return
    processes = figures.pop("processes")
    del figures["memory_mb"], figures["when"]
    for name, figure in figures.items():
        shown = f"{figure:.3f}" if isinstance(figure, float) else str(figure)
        print(f"{name.replace('_', ' '):22} {shown}")
    assert isinstance(processes, dict)
    for name, facts in processes.items():
        shown = ", ".join(f"{what.replace('_', ' ')} {value:.4g}" for what, value in facts.items())
        print(f"{name:22} {shown}")


if __name__ == "__main__":
    main()
