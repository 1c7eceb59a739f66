"""macOS: the time constraint policy or a QoS class for threads, and no App Nap.

After the headers mach/thread_policy.h, pthread/qos.h and NSProcessInfo.h. The libraries are
arguments, so that tests can stand in for them.
"""

import ctypes
import threading
from typing import Any

from distill_live.ipc.priority import SYNTHESIS

COMPUTATION_S, CONSTRAINT_S = 0.005, 0.010
"""Time constraint of a real-time thread: so much computing within so much time, about a hop."""

_STANDARD_POLICY, _TIME_CONSTRAINT_POLICY = 1, 2
_QOS_USER_INTERACTIVE, _QOS_DEFAULT = 0x21, 0x15
_USER_INITIATED, _LATENCY_CRITICAL = 0x00FFFFFF, 0xFF00000000


class _Timebase(ctypes.Structure):
    """mach_timebase_info_data_t: nanoseconds of a tick, as a fraction."""

    _fields_ = (("numerator", ctypes.c_uint32), ("denominator", ctypes.c_uint32))


class _TimeConstraint(ctypes.Structure):
    """thread_time_constraint_policy_data_t, in ticks."""

    _fields_ = (
        ("period", ctypes.c_uint32),
        ("computation", ctypes.c_uint32),
        ("constraint", ctypes.c_uint32),
        ("preemptible", ctypes.c_int),
    )


def load_libraries() -> tuple[Any, Any]:
    """Load libSystem, and the Objective-C runtime with Foundation."""
    system = ctypes.CDLL("/usr/lib/libSystem.B.dylib")
    system.pthread_mach_thread_np.argtypes = [ctypes.c_void_p]
    system.pthread_mach_thread_np.restype = ctypes.c_uint32
    ctypes.CDLL("/System/Library/Frameworks/Foundation.framework/Foundation")
    objc = ctypes.CDLL("/usr/lib/libobjc.A.dylib")
    for name in ("objc_getClass", "sel_registerName"):
        getattr(objc, name).argtypes = [ctypes.c_char_p]
        getattr(objc, name).restype = ctypes.c_void_p
    return system, objc


def begin_activity(objc: Any) -> None:
    """Declare latency-critical work, until the process ends: no App Nap, no coarse timers."""
    address = ctypes.cast(objc.objc_msgSend, ctypes.c_void_p).value
    assert address is not None
    pointer = ctypes.c_void_p
    plain = ctypes.CFUNCTYPE(pointer, pointer, pointer)(address)
    with_text = ctypes.CFUNCTYPE(pointer, pointer, pointer, ctypes.c_char_p)(address)
    begin = ctypes.CFUNCTYPE(pointer, pointer, pointer, ctypes.c_uint64, pointer)(address)

    def selector(name: bytes) -> Any:
        return objc.sel_registerName(name)

    reason = with_text(
        objc.objc_getClass(b"NSString"), selector(b"stringWithUTF8String:"), b"playing live"
    )
    info = plain(objc.objc_getClass(b"NSProcessInfo"), selector(b"processInfo"))
    options = _USER_INITIATED | _LATENCY_CRITICAL
    activity = begin(info, selector(b"beginActivityWithOptions:reason:"), options, reason)
    plain(activity, selector(b"retain"))  # an activity ends with its last reference


class MacScheduler:
    """Time constraint for audio and synthesis, the QoS class of user interaction for the rest.

    Parameters
    ----------
    system
        The library libSystem.
    """

    def __init__(self, system: Any) -> None:
        self._system = system
        self._granted = threading.local()
        timebase = _Timebase()
        system.mach_timebase_info(ctypes.byref(timebase))
        self._ticks_per_s = 1e9 * timebase.denominator / timebase.numerator

    def take(self, priority: int, *, alone: bool) -> None:  # noqa: ARG002  (nothing inherits it)
        """Request a priority for this thread."""
        if priority >= SYNTHESIS:
            granted = self._constrain(threading.get_ident())
        else:
            granted = self._system.pthread_set_qos_class_self_np(_QOS_USER_INTERACTIVE, 0) == 0
        self._granted.value = granted or self.has()

    def take_for(self, thread: threading.Thread, priority: int) -> None:  # noqa: ARG002
        """Request a time constraint for another thread; only itself could take a QoS class."""
        if thread.ident is not None:
            self._constrain(thread.ident)

    def has(self) -> bool:
        """Whether the system has granted this thread a priority."""
        return getattr(self._granted, "value", False)

    def give_up(self) -> None:
        """Return this thread to normal scheduling."""
        port = self._port(threading.get_ident())
        self._system.thread_policy_set(port, _STANDARD_POLICY, None, 0)
        self._system.pthread_set_qos_class_self_np(_QOS_DEFAULT, 0)
        self._granted.value = False

    def _constrain(self, ident: int) -> bool:
        computation = round(COMPUTATION_S * self._ticks_per_s)
        constraint = round(CONSTRAINT_S * self._ticks_per_s)
        policy = _TimeConstraint(0, computation, constraint, 1)
        status = self._system.thread_policy_set(
            self._port(ident), _TIME_CONSTRAINT_POLICY, ctypes.byref(policy), 4
        )
        return bool(status == 0)

    def _port(self, ident: int) -> int:
        """Mach port of a thread; Python's identifier is its pthread_t."""
        return int(self._system.pthread_mach_thread_np(ident))
