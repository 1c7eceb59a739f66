"""Record what each process of an instrument did in the hops before an underrun.

A process of high priority reads, every few milliseconds, the instrument's counters in its shared
memory and the scheduler's statistics of every thread: its time on a processor, and its time ready
to run without one. At an underrun, what happened within `BEFORE_S` is kept.

Synthesis renders when the ring has fallen to a block. From then on its own thread has *computed*,
or has *waited* for a processor, or was *held up*: it did neither, while another thread of its
process held the interpreter, or the host of a virtual machine took the processor away, which it
counts as stolen. The largest of these times names the cause of an underrun of the ring; where it
was held up, what it was in is named too, as is what waited for a processor. The system counts a
wait when it ends, so the steps after an underrun are read for those that were not over.
One of the device is a late client of the audio server, or the server itself. Threads of other
programs are watched if they have real-time priority; others cannot delay the instrument's.
"""

import ctypes
import gc
import mmap
import multiprocessing
import os
import re
import threading
import time
from collections import Counter, deque
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from itertools import takewhile
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from distill_live.ipc.priority import take_priority
from distill_live.live.shared.shared_block import Counters

INTERVAL_S = 0.003
"""Interval of the readings."""

LISTING_S = 0.1
"""Interval at which threads are looked for."""

SEARCH_S = 0.5
"""Interval at which other real-time programs are looked for."""

BEFORE_S, AFTER_S = 0.045, 0.03
"""Length of what is kept before an underrun, four hops of the demo, and after it."""

PRIORITY = 88

_MODULE = re.compile(r"distill_live\.(?:\w+\.)*(\w+?)(?:_process)?\b")


class Step(NamedTuple):
    """One reading: when, what the ring held, and what threads did since the one before.

    Attributes
    ----------
    at_s
        Monotonic time.
    ring_frames
        Frames in the ring.
    hop_s
        Time since the last hop began.
    underruns, xruns
        Counts of the ring and of the device.
    stolen_ms
        Time that the host has taken from all processors so far, as it counts it: in ticks of 10 ms.
    ran_ms, waited_ms
        Time on a processor, and ready without one, by group of threads: ``synthesis`` is the first
        thread of that process, ``synthesis, others`` are all others.
    doing
        What the first thread of synthesis is in while the ring is due: the letter of its state, and
        the function of the system in which it waits.
    """

    at_s: float
    ring_frames: int
    hop_s: float
    underruns: int
    xruns: int
    stolen_ms: float
    ran_ms: dict[str, float]
    waited_ms: dict[str, float]
    doing: str


@dataclass(frozen=True)
class Underrun:
    """What happened before an underrun, and after it.

    The last of `steps` is that in which it was counted.
    """

    block_frames: int
    steps: list[Step]
    after: list[Step]

    @property
    def count(self) -> int:
        """Underruns of the ring and the device that were counted in the last step."""
        before, after = self.steps[-2:]
        return after.underruns - before.underruns + after.xruns - before.xruns

    @property
    def of_device(self) -> bool:
        """Whether the device alone counted it."""
        before, after = self.steps[-2:]
        return after.underruns == before.underruns

    def cause(self) -> str:
        """What synthesis did since the ring was due, in words, with the times in milliseconds."""
        if self.of_device:
            return f"the audio server was late; {self._busiest(self.steps)}"
        *earlier, last = self.steps
        due = takewhile(lambda step: step.ring_frames <= self.block_frames, reversed(earlier))
        since = [*reversed([*due]), last]
        took_ms = 1e3 * (since[-1].at_s - since[0].at_s + INTERVAL_S)
        ran_ms = sum(step.ran_ms.get("synthesis", 0.0) for step in since)
        waited_ms = sum(step.waited_ms.get("synthesis", 0.0) for step in since)
        held_ms = max(0.0, took_ms - ran_ms - waited_ms)
        ended_ms = next((w for step in self.after if (w := step.waited_ms.get("synthesis"))), 0.0)
        waited_ms += min(held_ms, ended_ms)
        held_ms -= min(held_ms, ended_ms)
        spent = {"computed": ran_ms, "waited for a processor": waited_ms, "was held up": held_ms}
        what = max(spent, key=spent.__getitem__)
        stolen_ms = last.stolen_ms - self.steps[0].stolen_ms
        stolen = f"the host took {stolen_ms:.0f} ms; " if stolen_ms else ""
        where = ""
        if what == "was held up":
            most = Counter(step.doing for step in since).most_common()
            waited = _most([step.waited_ms for step in [*since, *self.after]])
            where = f"in {', '.join(f'{n} times {name}' for name, n in most)}; waited: {waited}; "
        busiest = self._busiest(since)
        return f"synthesis {what} ({spent[what]:.1f} of {took_ms:.1f} ms); {stolen}{where}{busiest}"

    def _busiest(self, steps: list[Step]) -> str:
        return f"ran: {_most([step.ran_ms for step in steps])}"


def _most(times_ms: list[dict[str, float]]) -> str:
    """The four groups of threads with the longest times, in words."""
    sums: Counter[str] = Counter()
    for times in times_ms:
        sums.update(times)
    return ", ".join(f"{name} {ms:.1f} ms" for name, ms in sums.most_common(4))


class HopWatch:
    """Watches a running instrument; a context manager.

    Parameters
    ----------
    pid
        Its control process.
    others
        Further processes whose threads are watched, by id: names.

    Attributes
    ----------
    underruns : list of Underrun
        In order; set at exit.
    """

    def __init__(self, pid: int, others: dict[int, str]) -> None:
        self._pid, self._others = pid, others
        self.underruns: list[Underrun] = []

    def __enter__(self) -> Self:
        context = multiprocessing.get_context("spawn")
        self._link, theirs = context.Pipe()
        args = (self._pid, self._others, theirs)
        self._process = context.Process(target=_watch, args=args, daemon=True)
        self._process.start()
        self._link.recv()
        self._ending = threading.Event()
        self._search = threading.Thread(target=self._find_others)
        self._search.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._ending.set()
        self._search.join()
        self._link.send(None)
        self.underruns = [Underrun(*one) for one in self._link.recv()]
        self._process.join()

    def _find_others(self) -> None:
        """Tell the watching process of real-time processes that are not the instrument's."""
        while not self._ending.wait(SEARCH_S):
            self._link.send(real_time_processes() - family(self._pid).keys())


def real_time_processes() -> set[int]:
    """Processes of this machine whose first thread has real-time priority."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has just ended
            fields = path.read_text().rpartition(")")[2].split()
            if int(fields[38]) in (os.SCHED_FIFO, os.SCHED_RR):
                found.add(int(path.parent.name))
    return found


def name_of(command: str) -> str:
    """Name of an instrument's process by its command line."""
    found = _MODULE.findall(command)
    return found[-1] if found else "other"


def family(pid: int) -> dict[int, str]:
    """A process and its running descendants: names by process id."""
    parents, names = {}, {pid: "control"}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            command = (folder / "cmdline").read_text()
        except OSError:  # it has just ended
            continue
        parents[int(folder.name)] = parent, name_of(command)
    grown = True
    while grown:
        new = {p: name for p, (parent, name) in parents.items() if parent in names}
        grown = not new.keys() <= names.keys()
        names = new | names
    return names


class CounterReader:
    """Reads the counters of a running instrument from its shared memory.

    Parameters
    ----------
    pid
        Its control process.
    """

    def __init__(self, pid: int) -> None:
        (path, *_) = [
            entry
            for entry in Path(f"/proc/{pid}/fd").iterdir()
            if "memfd:distill-live" in str(entry.readlink())
        ]
        with path.open("rb") as file:
            size = ctypes.sizeof(Counters)
            self._memory = mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ)

    def read(self) -> Counters:
        """Copy the counters."""
        return Counters.from_buffer_copy(self._memory)


class _Threads:
    """Scheduler statistics of the threads of some processes."""

    def __init__(self, pid: int, others: dict[int, str]) -> None:
        self._pid = pid
        self._names = {pid: "control"} | others
        self._open: dict[Path, tuple[str, int]] = {}
        self._last: dict[Path, tuple[int, int]] = {}
        self._synthesis: list[int] = []  # descriptors of its state, and of where it waits

    def doing(self) -> str:
        """What the first thread of synthesis is in; empty if there is none."""
        try:
            stat, where = (os.pread(one, 512, 0).decode() for one in self._synthesis)
        except (OSError, ValueError):  # it has ended, or not begun
            return ""
        return f"{stat.rpartition(')')[2].split()[0]} {where}"

    def add(self, others: Iterable[int]) -> None:
        """Watch further processes, of other programs."""
        self._names = dict.fromkeys(others, "other programs") | self._names

    def look(self) -> None:
        """Open the statistics of new threads."""
        with suppress(OSError):  # a child has just ended
            children = Path(f"/proc/{self._pid}/task/{self._pid}/children").read_text()
            for child in map(int, children.split()):
                name = name_of(Path(f"/proc/{child}/cmdline").read_text())
                if name != "other":  # else it has not begun
                    if name == "synthesis" and child not in self._names:
                        files = (f"/proc/{child}/stat", f"/proc/{child}/wchan")
                        self._synthesis = [os.open(file, os.O_RDONLY) for file in files]
                    self._names[child] = name
        for pid, name in self._names.items():
            with suppress(OSError):
                for folder in Path(f"/proc/{pid}/task").iterdir():
                    if folder not in self._open:
                        first = int(folder.name) == pid or name == "other programs"
                        group = name if first else f"{name}, others"
                        statistics = os.open(folder / "schedstat", os.O_RDONLY)
                        self._open[folder] = group, statistics

    def read(self) -> tuple[dict[str, float], dict[str, float]]:
        """Milliseconds run and waited by group, since the last reading."""
        ran_ms: dict[str, float] = {}
        waited_ms: dict[str, float] = {}
        for key, (group, descriptor) in list(self._open.items()):
            try:
                ran_ns, waited_ns, _ = map(int, os.pread(descriptor, 64, 0).split())
            except (OSError, ValueError):  # it has ended
                os.close(descriptor)
                del self._open[key]
                self._last.pop(key, None)
                continue
            ran_before_ns, waited_before_ns = self._last.get(key, (ran_ns, waited_ns))
            self._last[key] = ran_ns, waited_ns
            if ran_ns > ran_before_ns:
                ran_ms[group] = ran_ms.get(group, 0.0) + 1e-6 * (ran_ns - ran_before_ns)
            if waited_ns > waited_before_ns:
                more_ms = 1e-6 * (waited_ns - waited_before_ns)
                waited_ms[group] = waited_ms.get(group, 0.0) + more_ms
        return ran_ms, waited_ms


def _watch(
    pid: int, others: dict[int, str], link: "Connection[object, Iterable[int] | None]"
) -> None:
    counters, threads = CounterReader(pid), _Threads(pid, others)
    processors = os.open("/proc/stat", os.O_RDONLY)
    tick_ms = 1e3 / os.sysconf("SC_CLK_TCK")
    threads.look()
    take_priority(PRIORITY)
    gc.disable()
    link.send("watching")
    steps: deque[Step] = deque(maxlen=round(BEFORE_S / INTERVAL_S))
    after = round(AFTER_S / INTERVAL_S)
    found: list[tuple[int, list[Step], list[Step]]] = []
    listed_s = time.perf_counter()
    while True:
        time.sleep(INTERVAL_S)
        if link.poll():
            new = link.recv()
            if new is None:
                break
            threads.add(new)
        now = counters.read()
        now_s = time.perf_counter()
        ring_frames = now.written_frames - now.read_frames
        steps.append(
            Step(
                now_s,
                ring_frames,
                now_s - 1e-9 * now.engine_clock_ns,
                now.underruns,
                now.xruns,
                tick_ms * int(os.pread(processors, 256, 0).split()[8]),
                *threads.read(),
                threads.doing() if ring_frames <= now.block_frames else "",
            )
        )
        for _, _, following in found[-after:]:
            if len(following) < after:
                following.append(steps[-1])
        if len(steps) > 1 and steps[-1][3:5] != steps[-2][3:5]:
            found.append((now.block_frames, list(steps), []))
        if now_s - listed_s > LISTING_S:
            listed_s = now_s
            threads.look()
    link.send(found)
