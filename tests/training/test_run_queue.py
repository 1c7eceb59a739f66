"""Test that runs on a machine wait for each other if they are to."""

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
