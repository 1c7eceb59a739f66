"""Detect pauses of the machine itself, which no program can prevent.

On each core a process of the highest priority only sleeps; where it wakes up late, nothing else ran
there in time either. A virtual machine pauses dozens of times a minute.
"""

import multiprocessing
import os
import time
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Self

from distill_live.ipc.priority import take_priority

SLEEP_S = 0.001
MIN_PAUSE_S = 0.001
"""Minimum lateness of a wake-up that counts as a pause."""

PRIORITY = 90

Pause = tuple[float, float]
"""Start and end on the monotonic clock, in seconds."""


class PauseMonitor:
    """Monitors every core; a context manager.

    Attributes
    ----------
    pauses : list of Pause
        Pauses of all cores, by start; set at exit.
    real_time : bool
        Whether the monitor had real-time priority; otherwise other programs' work counts as pauses.
    """

    def __enter__(self) -> Self:
        context = multiprocessing.get_context("spawn")
        self.pauses: list[Pause] = []
        self.real_time = True
        self._watchers = []
        for core in sorted(os.sched_getaffinity(0)):
            ours, theirs = context.Pipe()
            process = context.Process(target=_watch, args=(core, theirs), daemon=True)
            process.start()
            self._watchers.append((process, ours))
        for _, link in self._watchers:
            self.real_time &= bool(link.recv())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for process, link in self._watchers:
            link.send("end")
            self.pauses += link.recv()
            process.join()
        self.pauses.sort()

    def within(self, start_s: float, end_s: float) -> list[Pause]:
        """Pauses that overlap a period."""
        return [pause for pause in self.pauses if pause[0] < end_s and pause[1] > start_s]


def come_first() -> None:
    """Give this thread real-time priority, where permitted; child processes do not inherit it.

    Otherwise a benchmark would measure its own waiting for a processor.
    """
    take_priority(PRIORITY - 1, alone=True)


def _watch(core: int, link: "Connection[object, object]") -> None:
    os.sched_setaffinity(0, {core})
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(PRIORITY))
        link.send(True)
    except PermissionError:
        link.send(False)
    pauses: list[Pause] = []
    before_s = time.perf_counter()
    while not link.poll():
        time.sleep(SLEEP_S)
        now_s = time.perf_counter()
        if now_s - before_s - SLEEP_S > MIN_PAUSE_S:
            pauses.append((before_s + SLEEP_S, now_s))
        before_s = time.perf_counter()
    link.send(pauses)
