"""Real-time scheduling, where the system has it and permits it.

All threads of a process with a real-time thread need it: one that is preempted while it holds the
interpreter keeps the others waiting.
"""

import os
import sys
import threading
from contextlib import suppress

AUDIO, SYNTHESIS, HELPERS, CONTROL, RECORDER = 45, 40, 39, 35, 30
"""Priorities, below an audio server's. Helpers are the decoder and the pipes; nothing waits for the
recorder, but what it does not read in time is lost."""


def take_priority(priority: int, *, alone: bool = False) -> None:
    """Request a priority for this thread and, unless `alone`, all that it starts."""
    _set(0, priority, alone=alone)


def has_priority() -> bool | None:
    """Whether this thread has real-time priority; None where the system has none."""
    if sys.platform != "linux":
        return None
    return os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK == os.SCHED_FIFO


def give_up_priority() -> None:
    """Return this thread, and the processes that it starts, to normal scheduling."""
    if sys.platform == "linux":
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


def take_priority_everywhere(priority: int) -> None:
    """Request a priority for every thread of this process."""
    for thread in threading.enumerate():
        if thread.native_id is not None:
            _set(thread.native_id, priority)


def _set(thread_id: int, priority: int, *, alone: bool = False) -> None:
    if sys.platform == "linux":
        policy = os.SCHED_FIFO | os.SCHED_RESET_ON_FORK if alone else os.SCHED_FIFO
        with suppress(PermissionError, ProcessLookupError):
            os.sched_setscheduler(thread_id, policy, os.sched_param(priority))
