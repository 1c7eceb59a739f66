"""Fixtures for all tests."""

from distill_live.process_environment import set_environment

set_environment()  # as the command lines do, before numpy is imported

import signal  # noqa: E402
import sys  # noqa: E402
from collections.abc import Iterator  # noqa: E402
from typing import Any  # noqa: E402

import numpy as np  # noqa: E402
import pytest  # noqa: E402
from hypothesis import settings  # noqa: E402

settings.register_profile("suite", deadline=None)  # no test is about time
settings.load_profile("suite")


@pytest.fixture
def rng() -> np.random.Generator:
    """A generator of its own for each test, the same in every run."""
    return np.random.default_rng(20)


@pytest.fixture(scope="session", autouse=True)
def _default_interrupt() -> Iterator[None]:
    """Let SIGINT interrupt tests and their processes; `nohup` and shells without jobs ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


_may_start_processes = True


def _refuse_processes(event: str, args: tuple[Any, ...]) -> None:
    # Libraries may run programs of the system: torch asks ldconfig.
    started = event == "os.fork" or (event == "subprocess.Popen" and sys.executable in args[1])
    if started and not _may_start_processes:
        raise RuntimeError("a test that starts a process needs the marker 'process'")


sys.addaudithook(_refuse_processes)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Keep `make test-fast` free of processes: only tests marked `process` may start one."""
    global _may_start_processes
    _may_start_processes = item.get_closest_marker("process") is not None
    try:
        return (yield)
    finally:
        _may_start_processes = True
