"""Queue of the runs on a machine: one that waits begins when those before it have ended."""

import platform
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout
from platformdirs import user_cache_path

POLL_S = 1.0
"""Time between calls of `on_wait`."""


@contextmanager
def queued(*, wait: bool, on_wait: Callable[[], None]) -> Iterator[None]:
    """Hold a place in the machine's queue for a run: a locked file, named by when it came.

    Parameters
    ----------
    wait
        Whether to wait until all runs that came before have ended. One that does not wait holds a
        place, so that others can wait for it.
    on_wait
        Called again and again while the run waits; may raise to give up.
    """
    folder = user_cache_path("distill-live", appauthor=False)
    # The folder may be shared by several machines.
    place = folder / f"training-{platform.node()}-{time.time_ns():020}.lock"
    with ExitStack() as held:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            held.callback(_remove, place)
            held.enter_context(FileLock(place, fallback_to_soft=False))
        except OSError:  # a folder without locks: the run is alone
            pass
        else:
            while wait and _has_one_before(place):
                on_wait()
                time.sleep(POLL_S)
        yield


def _has_one_before(place: Path) -> bool:
    """Whether a run that came before still goes on; files of killed ones are removed."""
    for other in sorted(place.parent.glob(f"training-{platform.node()}-*.lock")):
        if other == place:
            break
        try:
            with FileLock(other, timeout=0, fallback_to_soft=False):
                _remove(other)
        except Timeout:
            return True
    return False


def _remove(place: Path) -> None:
    with suppress(OSError):
        place.unlink()
