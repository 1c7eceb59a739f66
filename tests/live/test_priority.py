"""Real-time scheduling of all threads of a process, and exceptions from it."""

import ctypes
import os
import subprocess
import sys
import threading
from types import SimpleNamespace
from typing import Any

import pytest

from distill_live.ipc.macos import COMPUTATION_S, CONSTRAINT_S, MacScheduler, begin_activity
from distill_live.ipc.priority import (
    AUDIO,
    CONTROL,
    HELPERS,
    SYNTHESIS,
    Scheduler,
    give_priority,
    give_up_priority,
    take_priority,
    take_priority_everywhere,
)
from distill_live.ipc.windows import WindowsScheduler


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


@pytest.mark.process
@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone has it")
def test_a_process_has_it_before_it_runs() -> None:
    if not permitted():
        pytest.skip("real-time scheduling is not permitted")
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        assert priority(process.pid) == 0
        give_priority(process.pid, HELPERS)
        assert priority(process.pid) == HELPERS
        process.kill()


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone has it")
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


class FakeWindows:
    """What `WindowsScheduler` uses of avrt, kernel32 and winmm; `service` is whether MMCSS runs."""

    def __init__(self, *, service: bool) -> None:
        self.timer_ms = 0
        self.throttling: tuple[int, int] | None = None
        self.process_class = 0x20
        self.task_priorities: list[int] = []
        self.own_priorities: list[int] = []
        self.other_priorities: dict[int, int] = {}
        self.reverted = 0
        self._service = service

    def scheduler(self) -> WindowsScheduler:
        return WindowsScheduler(self, self, self)

    def timeBeginPeriod(self, period_ms: int) -> None:  # noqa: N802
        self.timer_ms = period_ms

    def SetProcessInformation(self, _: object, kind: int, state: Any, size: int) -> None:  # noqa: N802
        assert (kind, size) == (4, 12)
        words = (ctypes.c_uint32 * 3).from_buffer(state._obj)
        assert words[0] == 1, "the version"
        self.throttling = words[1], words[2]

    def SetPriorityClass(self, _: object, process_class: int) -> None:  # noqa: N802
        self.process_class = process_class

    def AvSetMmThreadCharacteristicsW(self, task: str, _: object) -> int | None:  # noqa: N802
        assert task == "Pro Audio"
        return 0x1234 if self._service else None

    def AvSetMmThreadPriority(self, task: ctypes.c_void_p, priority: int) -> None:  # noqa: N802
        assert task.value == 0x1234
        self.task_priorities.append(priority)

    def AvRevertMmThreadCharacteristics(self, task: ctypes.c_void_p) -> None:  # noqa: N802
        self.reverted += task.value == 0x1234

    def OpenThread(self, access: int, inherit: int, thread_id: int) -> int:  # noqa: N802
        assert (access, inherit) == (0x20, 0)
        return thread_id

    def SetThreadPriority(self, thread: ctypes.c_void_p, priority: int) -> None:  # noqa: N802
        if thread.value == ctypes.c_void_p(-2).value:
            self.own_priorities.append(priority)
        else:
            assert thread.value is not None
            self.other_priorities[thread.value] = priority

    def CloseHandle(self, handle: ctypes.c_void_p) -> None:  # noqa: N802
        assert handle.value is not None


def test_under_windows_a_thread_joins_mmcss_once_and_timers_are_fine() -> None:
    fake = FakeWindows(service=True)
    scheduler = fake.scheduler()
    assert fake.timer_ms == 1
    assert fake.throttling == (1 | 4, 0), "neither speed nor timers are saved"
    scheduler.take(CONTROL, alone=True)
    assert fake.process_class == 0x20, "what it starts is not raised"
    scheduler.take(HELPERS, alone=False)
    scheduler.take(AUDIO, alone=False)
    assert fake.process_class == 0x80
    assert fake.task_priorities == [0, 0, 2]
    assert scheduler.has()
    assert not in_thread(scheduler.has), "each thread joins for itself"
    other = threading.current_thread()
    scheduler.take_for(other, HELPERS)
    assert fake.other_priorities == {other.native_id: 2}
    scheduler.give_up()
    assert (fake.reverted, scheduler.has(), fake.own_priorities) == (1, False, [-2])


def test_under_windows_without_the_service_the_thread_is_raised_and_it_is_said() -> None:
    fake = FakeWindows(service=False)
    scheduler = fake.scheduler()
    scheduler.take(SYNTHESIS, alone=False)
    assert (fake.own_priorities, scheduler.has()) == ([2], False)


def in_thread(ask: Any) -> Any:
    answers: list[Any] = []
    thread = threading.Thread(target=lambda: answers.append(ask()))
    thread.start()
    thread.join()
    return answers[0]


class FakeMac:
    """What `MacScheduler` uses of libSystem, on a processor of 24 MHz ticks."""

    def __init__(self, *, permits: bool) -> None:
        self._status = 0 if permits else 46
        self.policies: list[tuple[int, int, tuple[int, ...]]] = []
        self.classes: list[int] = []

    def mach_timebase_info(self, info: Any) -> int:
        info._obj.numerator, info._obj.denominator = 125, 3
        return 0

    def pthread_mach_thread_np(self, ident: int) -> int:
        return ident % 2**32

    def thread_policy_set(self, port: int, policy: int, info: Any, count: int) -> int:
        words = () if info is None else tuple((ctypes.c_uint32 * count).from_buffer(info._obj))
        self.policies.append((port, policy, words))
        return self._status

    def pthread_set_qos_class_self_np(self, qos_class: int, relative: int) -> int:
        assert relative == 0
        self.classes.append(qos_class)
        return self._status


def test_under_macos_the_sound_has_a_time_constraint_and_the_rest_a_class() -> None:
    fake = FakeMac(permits=True)
    scheduler: Scheduler = MacScheduler(fake)
    own = threading.get_ident() % 2**32
    ticks = (0, round(COMPUTATION_S * 24e6), round(CONSTRAINT_S * 24e6), 1)
    scheduler.take(CONTROL, alone=True)
    assert (fake.classes, fake.policies, scheduler.has()) == ([0x21], [], True)
    scheduler.take(SYNTHESIS, alone=False)
    assert fake.policies == [(own, 2, ticks)]
    scheduler.take_for(threading.current_thread(), HELPERS)
    assert fake.policies[1:] == [(own, 2, ticks)]
    scheduler.give_up()
    assert (fake.policies[-1], fake.classes[-1]) == ((own, 1, ()), 0x15)
    assert not scheduler.has()
    refused = MacScheduler(FakeMac(permits=False))
    refused.take(AUDIO, alone=False)
    assert not refused.has()


def test_under_macos_an_activity_that_is_critical_for_latency_is_kept() -> None:
    sent: list[tuple[int | None, ...]] = []
    names: list[bytes] = []
    pointer = ctypes.c_void_p

    @ctypes.CFUNCTYPE(pointer, pointer, pointer, ctypes.c_uint64, pointer)  # type: ignore[untyped-decorator]
    def send(*words: int | None) -> int:
        sent.append(words)
        return len(sent)

    def number(name: bytes) -> int:
        names.append(name)
        return 100 + len(names)

    begin_activity(
        SimpleNamespace(objc_msgSend=send, objc_getClass=number, sel_registerName=number)
    )
    selectors = [names[(words[1] or 0) - 101] for words in sent]
    assert selectors == [
        b"stringWithUTF8String:",
        b"processInfo",
        b"beginActivityWithOptions:reason:",
        b"retain",
    ]
    receiver, _, options, reason = sent[2]
    assert (receiver, reason) == (2, 1), "the process' information, and the text"
    assert options == 0xFF00FFFFFF
    assert sent[3][0] == 3, "the activity"
