"""Windows: priorities by the Multimedia Class Scheduler Service (MMCSS), timers of 1 ms.

After Microsoft's reference of avrt.h, processthreadsapi.h and timeapi.h. The libraries are
arguments, so that tests can stand in for them.
"""

import ctypes
import threading
from typing import Any

from distill_live.ipc.priority import AUDIO, HELPERS, RECORDER, SYNTHESIS

TASK = "Pro Audio"
"""Task of MMCSS, whose threads run above those of ordinary programs."""

TIMER_MS = 1
"""Period of the system's timer; by default waits end on a multiple of 15.6 ms."""

_HIGH_CLASS = 0x80
_LOWEST, _HIGHEST = -2, 2
_THREAD_SET_INFORMATION = 0x20
_THIS_PROCESS, _THIS_THREAD = ctypes.c_void_p(-1), ctypes.c_void_p(-2)
_PROCESS_POWER_THROTTLING = 4
_EXECUTION_SPEED, _IGNORE_TIMER_RESOLUTION = 1, 4


class _PowerThrottling(ctypes.Structure):
    """PROCESS_POWER_THROTTLING_STATE."""

    _fields_ = (
        ("version", ctypes.c_uint32),
        ("control_mask", ctypes.c_uint32),
        ("state_mask", ctypes.c_uint32),
    )


def load_libraries() -> tuple[Any, Any, Any]:
    """Load avrt, kernel32 and winmm; their handles are pointers."""
    avrt, kernel, multimedia = (ctypes.CDLL(name) for name in ("avrt", "kernel32", "winmm"))
    avrt.AvSetMmThreadCharacteristicsW.restype = ctypes.c_void_p
    kernel.OpenThread.restype = ctypes.c_void_p
    return avrt, kernel, multimedia


def relative_priority(priority: int) -> int:
    """Priority among the threads of a task of MMCSS, -1 to 2 (AVRT_PRIORITY)."""
    return {AUDIO: 2, SYNTHESIS: 1, HELPERS: 0, RECORDER: -1}.get(priority, 0)


class WindowsScheduler:
    """Threads that join MMCSS by themselves; the others by the class of the process.

    Timers of 1 ms are requested until the process ends, and power throttling is declined, which
    would slow it down or take the timers away while its window is covered.

    Parameters
    ----------
    avrt, kernel, multimedia
        The libraries avrt, kernel32 and winmm.
    """

    def __init__(self, avrt: Any, kernel: Any, multimedia: Any) -> None:
        self._avrt, self._kernel = avrt, kernel
        self._joined = threading.local()
        multimedia.timeBeginPeriod(TIMER_MS)
        state = _PowerThrottling(1, _EXECUTION_SPEED | _IGNORE_TIMER_RESOLUTION, 0)
        size = ctypes.sizeof(state)
        kernel.SetProcessInformation(
            _THIS_PROCESS, _PROCESS_POWER_THROTTLING, ctypes.byref(state), size
        )

    def take(self, priority: int, *, alone: bool) -> None:
        """Request a priority for this thread and, unless `alone`, all that it starts."""
        if not alone:
            self._kernel.SetPriorityClass(_THIS_PROCESS, _HIGH_CLASS)
        if not self.has():  # a thread joins once
            index = ctypes.byref(ctypes.c_uint32(0))
            self._joined.task = self._avrt.AvSetMmThreadCharacteristicsW(TASK, index)
        if self.has():
            task = ctypes.c_void_p(self._joined.task)
            self._avrt.AvSetMmThreadPriority(task, relative_priority(priority))
        else:  # the service does not run
            self._kernel.SetThreadPriority(_THIS_THREAD, _HIGHEST)

    def take_for(self, thread: threading.Thread, priority: int) -> None:  # noqa: ARG002
        """Raise another running thread of this process; only itself could join MMCSS."""
        handle = self._kernel.OpenThread(_THREAD_SET_INFORMATION, 0, thread.native_id)
        if handle:
            self._kernel.SetThreadPriority(ctypes.c_void_p(handle), _HIGHEST)
            self._kernel.CloseHandle(ctypes.c_void_p(handle))

    def has(self) -> bool:
        """Whether this thread has joined MMCSS."""
        return bool(getattr(self._joined, "task", None))

    def give_up(self) -> None:
        """Put this thread below the others; processes that it starts are of normal class anyway."""
        if self.has():
            self._avrt.AvRevertMmThreadCharacteristics(ctypes.c_void_p(self._joined.task))
            self._joined.task = None
        self._kernel.SetThreadPriority(_THIS_THREAD, _LOWEST)
