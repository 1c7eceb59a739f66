"""Test that runs on a machine wait for each other if they are to."""

import platform
import threading
import time
from pathlib import Path

import pytest

from distill_live.errors import TrainingStopped
from distill_train import run_queue
from distill_train.run_queue import queued


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_queue, "user_cache_path", lambda *_, **__: tmp_path / "cache")
    monkeypatch.setattr(run_queue, "POLL_S", 0.01)


def test_a_run_begins_when_the_one_before_it_ends() -> None:
    first = queued(wait=False, on_wait=pytest.fail)
    first.__enter__()
    waited: list[None] = []

    def on_wait() -> None:
        waited.append(None)
        if len(waited) == 3:
            first.__exit__(None, None, None)

    with queued(wait=True, on_wait=on_wait):
        assert len(waited) == 3
        with queued(wait=False, on_wait=pytest.fail):  # beside it
            pass
    with queued(wait=True, on_wait=pytest.fail):
        pass


def test_runs_begin_in_the_order_in_which_they_came() -> None:
    begun: list[int] = []
    came = [threading.Event() for _ in range(4)]

    def run(number: int) -> None:
        with queued(wait=True, on_wait=came[number].set):
            begun.append(number)
            time.sleep(0.05)  # others that wait look meanwhile

    runs = [threading.Thread(target=run, args=(number,)) for number in range(4)]
    with queued(wait=True, on_wait=pytest.fail):
        for one, waits in zip(runs, came, strict=True):
            one.start()
            assert waits.wait(30)
    for one in runs:
        one.join(30)
    assert begun == [0, 1, 2, 3]


def test_a_killed_run_leaves_no_place(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / f"training-{platform.node()}-{1:020}.lock").touch()
    with queued(wait=True, on_wait=pytest.fail):
        assert len(list(cache.iterdir())) == 1
    assert not list(cache.iterdir())


def test_waiting_is_given_up_by_an_exception() -> None:
    def on_wait() -> None:
        raise TrainingStopped("stopped")

    waiting = queued(wait=True, on_wait=on_wait)
    with queued(wait=False, on_wait=pytest.fail), pytest.raises(TrainingStopped), waiting:
        raise AssertionError


def test_a_machine_without_locks_keeps_no_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(run_queue, "user_cache_path", lambda *_, **__: tmp_path / "file")
    with queued(wait=True, on_wait=pytest.fail):
        pass
