"""Test distributed training with two processes of torchrun on the CPU."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from support.small import (
    DISTRIBUTED_FRAMES,
    SETTINGS,
    child_environment,
    distributed_config,
    tones,
    train_small,
)

from distill_live.errors import TrainingError
from distill_train.corpus.dataset import ChunkDataset, Region
from distill_train.output_paths import LOCK
from distill_train.training.checkpoint import BEST, RunFiles, load_model
from distill_train.training.distributed import ALONE, processes

PROGRAM = """
import faulthandler, json, sys
from dataclasses import replace
from pathlib import Path

import torch
from support.small import DISTRIBUTED_FRAMES, distributed_config, tones, train_small
from distill_live.errors import TrainingStopped
from distill_train.training import state
from distill_train.training.distributed import processes

faulthandler.dump_traceback_later(250, exit=True)
torch.set_num_threads(1)
out = Path(sys.argv[1])

class Clock:  # of a process that takes half a second a step, and another that takes a second
    now = 0.0
    def perf_counter(self):
        return self.now

def timed(group):
    state.time = clock = Clock()
    def cancelled():
        clock.now += 0.5 * (1 + group.rank)
        return False
    config = replace(distributed_config(), minutes=0.5)
    trained = train_small(
        out / "timed", config, tones(DISTRIBUTED_FRAMES), group=group, cancelled=cancelled
    )
    return trained.summary["epochs"]

def session(name, group, stop=None, **options):
    told, asked = [], []

    def cancelled():  # one process alone is asked to stop, at its seventh chance
        asked.append(None)
        return group.rank == 1 and len(asked) == stop

    try:
        train_small(
            out / name, distributed_config(), tones(DISTRIBUTED_FRAMES),
            group=group, on_event=told.append, cancelled=cancelled, **options
        )
    except TrainingStopped as stopped:
        return len(told), str(stopped)
    return len(told), "done"

with processes(distributed_config().device) as group:
    assert group.count == 2
    sessions = [
        session("whole", group), session("cut", group, stop=7), session("cut", group, resume=True)
    ]
    sessions.append((timed(group), "timed"))
(out / f"rank{group.rank}.json").write_text(json.dumps(sessions))
"""


def torchrun(*words: str | Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command += ["--nproc-per-node", "2", *map(str, words)]
    return subprocess.run(
        command,
        env=child_environment(OMP_NUM_THREADS="1"),
        capture_output=True,
        text=True,
        timeout=280,
    )


@pytest.mark.training
@pytest.mark.process
def test_two_processes_train_one_model_and_the_first_writes_it(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM)
    done = torchrun(tmp_path / "program.py", tmp_path)
    assert done.returncode == 0, done.stderr
    first, second = (json.loads((tmp_path / f"rank{rank}.json").read_text()) for rank in (0, 1))
    (planned, _), (others, _) = first.pop(), second.pop()
    assert planned == others > 3  # by the clock of the first process
    assert [how for _, how in first[::2]] == ["done", "done"]
    assert "after 6 of 15 steps" in first[1][1]
    # Only the first process has the best model, so only it names the export.
    assert all(how.startswith(others) for (_, how), (_, others) in zip(first, second, strict=True))
    assert all(told > 7 for told, _ in first)
    assert all(told == 0 for told, _ in second)
    assert "Warning" not in done.stderr, done.stderr

    alone = train_small(tmp_path / "alone", distributed_config(), tones(DISTRIBUTED_FRAMES))
    expected = alone.model.state_dict()
    for folder in ("whole", "cut"):
        together = load_model(tmp_path / folder / BEST)
        found = together.model.state_dict()
        for name in expected:
            assert torch.allclose(found[name], expected[name], rtol=1e-3, atol=1e-4), name
        assert [metrics.training["reconstruction"] for metrics in together.history.epochs] == (
            pytest.approx(
                [metrics.training["reconstruction"] for metrics in alone.history.epochs], rel=1e-3
            )
        )
        assert RunFiles(tmp_path / folder).read_latest_values()["finished"]


def test_shares_make_up_every_batch() -> None:
    recording = tones(DISTRIBUTED_FRAMES + 11)  # batches of uneven size
    dataset = ChunkDataset([recording], [Region(0, 0, 190 + 11)], SETTINGS.n_frames, 0.75)

    def batches(share: tuple[int, int], first: int = 0) -> list[torch.Tensor]:
        rng = np.random.default_rng(3)
        return list(dataset.random_batches(4, rng, first=first, share=share))

    whole, parts = batches((0, 1)), [batches((rank, 2)) for rank in (0, 1)]
    assert sum(len(batch) for batch in whole) == len(dataset)
    for batch, *shares in zip(whole, *parts, strict=True):
        assert torch.equal(batch[0::2], shares[0])
        assert torch.equal(batch[1::2], shares[1])
    assert all(map(torch.equal, whole[2:], batches((0, 1), first=2)))


def test_one_process_is_alone() -> None:
    with processes("cpu") as group:
        assert group is ALONE
    assert group.any(True, False) == [True, False]
    assert group.sums([1.5]) == [1.5]


def test_processes_that_torchrun_did_not_start_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(TrainingError, match="start them with torchrun"), processes("cpu"):
        pass


@pytest.mark.training
@pytest.mark.parametrize(
    ("frames", "count"), [(DISTRIBUTED_FRAMES, 5), (DISTRIBUTED_FRAMES + 9, 4)]
)
def test_a_batch_that_leaves_a_process_without_is_refused(
    tmp_path: Path, frames: int, count: int
) -> None:
    with pytest.raises(
        TrainingError, match=r"smallest batch has [34] chunks where .* larger batch_size"
    ):
        train_small(
            tmp_path, distributed_config(), tones(frames), group=replace(ALONE, count=count)
        )
    assert [path.name for path in tmp_path.iterdir()] == [LOCK]


@pytest.mark.training
def test_more_processes_than_chunks_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="chunks to train on"):
        train_small(tmp_path, distributed_config(), tones(40), group=replace(ALONE, count=8))
