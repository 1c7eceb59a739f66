"""Real-time scheduling of all threads of a process, and exceptions from it."""

import os
import sys
import threading

import pytest

from distill_live.ipc.priority import (
    HELPERS,
    SYNTHESIS,
    give_up_priority,
    take_priority,
    take_priority_everywhere,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux alone has it")


def permitted() -> bool:
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    except PermissionError:
        return False
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    return True


def priority(thread: int) -> int:
    """0 for ordinary scheduling."""
    return os.sched_getparam(thread).sched_priority


def test_all_threads_have_it_and_one_can_go_without() -> None:
    if not permitted():
        pytest.skip("real-time scheduling is not permitted")
    known, ended = threading.Event(), threading.Event()
    found: dict[str, int] = {}

    def work(name: str) -> None:
        if name == "ordinary":
            give_up_priority()
        found[name] = priority(0)
        known.set()
        ended.wait()

    def start(name: str) -> threading.Thread:
        thread = threading.Thread(target=work, args=(name,))
        known.clear()
        thread.start()
        assert known.wait(10)
        return thread

    before = start("before")
    try:
        take_priority_everywhere(HELPERS)
        assert before.native_id is not None
        assert priority(before.native_id) == priority(0) == HELPERS
        take_priority(SYNTHESIS)
        assert priority(0) == SYNTHESIS
        assert priority(before.native_id) == HELPERS
        start("later")
        start("ordinary")
        take_priority(SYNTHESIS, alone=True)
        assert priority(0) == SYNTHESIS
        start("outside")
        assert found["later"] == SYNTHESIS
        assert found["ordinary"] == found["outside"] == 0
    finally:
        give_up_priority()
        ended.set()
