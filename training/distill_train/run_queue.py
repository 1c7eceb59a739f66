"""Queue of the runs on a machine: one that waits begins when no other trains."""

import platform
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from filelock import FileLock, Timeout
from platformdirs import user_cache_path

POLL_S = 5.0
"""Time between calls of `on_wait`."""


@contextmanager
def queued(*, wait: bool, on_wait: Callable[[], None]) -> Iterator[None]:
    """Hold the machine's lock for a run.

    Parameters
    ----------
    wait
        Whether to wait for the lock. A run that does not wait takes it if it is free, so that
        others can wait for it.
    on_wait
        Called again and again while the run waits; may raise to give up.
    """
    folder = user_cache_path("distill-live", appauthor=False)
    # The folder may be shared by several machines.
    lock = FileLock(folder / f"training-{platform.node()}.lock", fallback_to_soft=False)
    with ExitStack() as held:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            held.enter_context(lock.acquire(timeout=0))
        except Timeout:
            while wait and not lock.is_locked:
                on_wait()
                try:
                    held.enter_context(lock.acquire(timeout=POLL_S))
                except Timeout:
                    continue
        except OSError:  # a folder without locks: the run is alone
            pass
        yield
