"""Real-time scheduling by each system's means, where it has them and permits them.

All threads of a process with a real-time thread need it: one that is preempted while it holds the
interpreter keeps the others waiting. The first request also ends the system's power saving for this
process: coarse timers under Windows, App Nap under macOS.
"""

import os
import sys
import threading
from contextlib import suppress
from functools import cache
from typing import Protocol

AUDIO, SYNTHESIS, HELPERS, CONTROL, RECORDER = 45, 40, 39, 35, 30
"""Priorities, below an audio server's. Helpers are the decoder and the pipes; nothing waits for the
recorder, but what it does not read in time is lost."""


class Scheduler(Protocol):
    """Real-time scheduling of one system; a request that is refused changes nothing."""

    def take(self, priority: int, *, alone: bool) -> None:
        """Request a priority for this thread and, unless `alone`, all that it starts."""

    def take_for(self, thread: threading.Thread, priority: int) -> None:
        """Request a priority for another running thread of this process."""

    def has(self) -> bool:
        """Whether this thread has real-time priority."""

    def give_up(self) -> None:
        """Return this thread, and the processes that it starts, to normal scheduling."""


def take_priority(priority: int, *, alone: bool = False) -> None:
    """Request a priority for this thread and, unless `alone`, all that it starts."""
    if (scheduler := system_scheduler()) is not None:
        scheduler.take(priority, alone=alone)


def take_priority_everywhere(priority: int) -> None:
    """Request a priority for every thread of this process."""
    if (scheduler := system_scheduler()) is not None:
        for thread in threading.enumerate():
            if thread is not threading.current_thread():
                scheduler.take_for(thread, priority)
        scheduler.take(priority, alone=False)


def give_priority(process_id: int, priority: int) -> None:
    """Request a priority for a process that has just been started; Linux alone has that."""
    if sys.platform == "linux":
        _set_policy(process_id, os.SCHED_FIFO, priority)


def has_priority() -> bool | None:
    """Whether this thread has real-time priority; None where the system has none."""
    scheduler = system_scheduler()
    return None if scheduler is None else scheduler.has()


def give_up_priority() -> None:
    """Return this thread, and the processes that it starts, to normal scheduling."""
    if (scheduler := system_scheduler()) is not None:
        scheduler.give_up()


@cache
def system_scheduler() -> Scheduler | None:
    """Scheduler of this system; None where it has none."""
    if sys.platform == "linux":
        return LinuxScheduler()
    if sys.platform == "win32":
        from distill_live.ipc.windows import WindowsScheduler, load_libraries

        return WindowsScheduler(*load_libraries())
    if sys.platform == "darwin":
        from distill_live.ipc.macos import MacScheduler, begin_activity, load_libraries

        system, objc = load_libraries()
        begin_activity(objc)
        return MacScheduler(system)
    return None


class LinuxScheduler:
    """Linux: the policy SCHED_FIFO, which threads and processes inherit."""

    def take(self, priority: int, *, alone: bool) -> None:
        """Request a priority for this thread and, unless `alone`, all that it starts."""
        policy = os.SCHED_FIFO | os.SCHED_RESET_ON_FORK if alone else os.SCHED_FIFO
        _set_policy(0, policy, priority)

    def take_for(self, thread: threading.Thread, priority: int) -> None:
        """Request a priority for another running thread of this process."""
        if thread.native_id is not None:
            _set_policy(thread.native_id, os.SCHED_FIFO, priority)

    def has(self) -> bool:
        """Whether this thread has real-time priority."""
        return os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK == os.SCHED_FIFO

    def give_up(self) -> None:
        """Return this thread, and the processes that it starts, to normal scheduling."""
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


def _set_policy(thread_id: int, policy: int, priority: int) -> None:
    with suppress(PermissionError, ProcessLookupError):
        os.sched_setscheduler(thread_id, policy, os.sched_param(priority))
