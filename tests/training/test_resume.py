"""Test resuming: an interrupted run gives the same result as an uninterrupted one."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from support.full_disk import files_of_any_size_after, limit_files
from support.small import (
    RESUMED_EPOCHS,
    RESUMED_FRAMES,
    child_environment,
    resumable_config,
    tones,
    train_small,
)

from distill_live.errors import TrainingError, TrainingStopped
from distill_train.config import TrainingConfig
from distill_train.training.checkpoint import (
    BEST,
    MAX_CHECKPOINTS,
    RunFiles,
    TrainedModel,
    open_run,
    read_checkpoint,
)
from distill_train.training.events import (
    EpochMetrics,
    ResumedEvent,
    StepMetrics,
    TrainingCompleteEvent,
    TrainingEvent,
    WarningEvent,
)

pytestmark = [pytest.mark.process, pytest.mark.training]

STEPS = 12


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def run(folder: Path, settings: TrainingConfig | None = None, **options: Any) -> TrainedModel:
    return train_small(folder, settings or resumable_config(), tones(RESUMED_FRAMES), **options)


class Cut:
    """Stops a run after a step; keeps its events."""

    def __init__(self, step: int = 0, then: Callable[[TrainingEvent], None] | None = None) -> None:
        self.step, self.then, self.now = step, then, False
        self.events: list[TrainingEvent] = []

    def __call__(self, event: TrainingEvent) -> None:
        self.events.append(event)
        if isinstance(event, StepMetrics) and event.step == self.step:
            self.now = True
        if self.then:
            self.then(event)

    def of(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


def cut(folder: Path, step: int, settings: TrainingConfig | None = None, **options: Any) -> Cut:
    listener = Cut(step)
    with pytest.raises(TrainingStopped, match=f"after {step} of {STEPS} steps; .* resume"):
        run(folder, settings, on_event=listener, cancelled=lambda: listener.now, **options)
    return listener


def end_of(folder: Path) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """Everything that a finished run leaves, except times."""
    tensors, values = read_checkpoint(RunFiles(folder).checkpoints()[0])
    assert values["finished"]
    values["summary"].pop("minutes")
    values["state"].pop("seconds")
    for kind in ("steps", "epochs"):
        for item in values["history"][kind]["items"]:
            item.pop("seconds")
            item.pop("seconds_left", None)
    best, _ = read_checkpoint(folder / BEST)
    return tensors | {f"{BEST}/{name}": tensor for name, tensor in best.items()}, values


def assert_same_end(first: Path, second: Path) -> None:
    tensors, values = end_of(first)
    others, other_values = end_of(second)
    assert tensors.keys() == others.keys()
    assert [name for name in tensors if not torch.equal(tensors[name], others[name])] == []
    assert values == other_values


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Uninterrupted run."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    trained = run(folder)
    torch.set_num_threads(threads)
    assert trained.history.steps[-1].step == trained.history.steps[-1].steps == STEPS
    return folder


@pytest.mark.parametrize("step", range(1, STEPS + 1))
def test_a_run_cut_at_any_step_ends_the_same(tmp_path: Path, whole: Path, step: int) -> None:
    cut(tmp_path, step)
    torch.rand(7)  # what others draw does not matter
    run(tmp_path, resume=True)
    assert_same_end(whole, tmp_path)


def test_a_run_cut_at_every_step_ends_the_same(tmp_path: Path, whole: Path) -> None:
    for step in range(1, STEPS + 1):
        cut(tmp_path, step, resume=step > 1)
    run(tmp_path, resume=True)
    assert_same_end(whole, tmp_path)


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_mixed_precision_is_resumed_too(tmp_path: Path, precision: str) -> None:
    settings = resumable_config(precision=precision)
    mixed = run(tmp_path / "whole", settings)
    cut(tmp_path / "cut", 6, settings)
    run(tmp_path / "cut", settings, resume=True)
    assert_same_end(tmp_path / "whole", tmp_path / "cut")
    plain = run(tmp_path / "plain")
    ours, theirs = mixed.history.epochs[-1].training, plain.history.epochs[-1].training
    assert ours["reconstruction"] == pytest.approx(theirs["reconstruction"], rel=0.05)
    assert ours != theirs


def test_resuming_says_where_and_how_good(tmp_path: Path) -> None:
    (stopped,) = cut(tmp_path, 6).of(TrainingCompleteEvent)
    assert stopped.cancelled
    assert (stopped.step, stopped.steps) == (6, STEPS)
    listener = Cut()
    run(tmp_path, resume=True, on_event=listener)
    first, last = listener.events[0], listener.events[-1]
    epochs = listener.of(EpochMetrics)
    assert first == ResumedEvent(2, RESUMED_EPOCHS, 6, STEPS, 1, stopped.best_loss)
    assert [metrics.epoch for metrics in epochs] == [2, 3]
    assert isinstance(last, TrainingCompleteEvent)
    assert not last.cancelled
    assert last.best_loss is not None
    assert last.best_loss <= stopped.best_loss
    again = Cut()
    run(tmp_path, resume=True, on_event=again)  # there is nothing left to do
    assert [type(event) for event in again.events] == [ResumedEvent, TrainingCompleteEvent]


def test_the_latest_checkpoints_are_kept_and_hold_what_they_should(tmp_path: Path) -> None:
    run(tmp_path, resumable_config(checkpoint_seconds=0.0))
    kept = [path.name for path in RunFiles(tmp_path).checkpoints()]
    assert kept == [f"checkpoint-{step:09}.safetensors" for step in (12, 11, 10)]
    assert len(kept) == MAX_CHECKPOINTS
    found = {path.name for path in tmp_path.iterdir()}
    assert found == {*kept, BEST, "config.json", ".lock"}
    tensors, values = read_checkpoint(tmp_path / kept[1])
    kinds = {name.split("/")[0] for name in tensors if "/" in name}
    assert kinds == {"best", "optimiser"}
    assert {"config", "statistics", "history", "state"} <= values.keys()
    assert values["state"]["noise"]["bit_generator"] == "PCG64"


def test_a_damaged_checkpoint_costs_a_warning(tmp_path: Path, whole: Path) -> None:
    cut(tmp_path, 6, resumable_config(checkpoint_seconds=0.0))
    latest = RunFiles(tmp_path).checkpoints()[0]
    latest.write_bytes(latest.read_bytes()[:-100])
    (tmp_path / f".{'0' * 16}.partial").write_text("cut off")
    listener = Cut()
    run(tmp_path, resume=True, on_event=listener)
    assert listener.of(ResumedEvent)[0].step == 5
    assert latest.name in listener.of(WarningEvent)[0].message
    assert not list(tmp_path.glob("*.partial"))
    assert torch.equal(*(end_of(folder)[0]["encoder.mean.bias"] for folder in (whole, tmp_path)))


@pytest.fixture
def _files_of_any_size() -> Iterator[None]:
    with files_of_any_size_after():
        yield


@pytest.mark.usefixtures("_files_of_any_size")
def test_a_full_disk_is_a_warning_while_there_is_more_to_come(tmp_path: Path, whole: Path) -> None:
    def disk(event: TrainingEvent) -> None:
        if isinstance(event, StepMetrics) and event.step in (4, 8):
            limit_files(20_000 if event.step == 4 else None)

    listener = Cut(then=disk)
    run(tmp_path, resumable_config(checkpoint_seconds=0.0), on_event=listener)
    warnings = [warning.message for warning in listener.of(WarningEvent)]
    (warning,) = [message for message in warnings if "no checkpoint for now" in message]
    assert "\n" not in warning
    tensors, others = end_of(tmp_path)[0], end_of(whole)[0]
    assert all(torch.equal(tensors[name], others[name]) for name in tensors)


@pytest.mark.usefixtures("_files_of_any_size")
def test_a_full_disk_at_the_end_fails_in_one_line_and_damages_nothing(
    tmp_path: Path, whole: Path
) -> None:
    def disk(event: TrainingEvent) -> None:
        if isinstance(event, StepMetrics) and event.step == 7:
            limit_files(20_000)

    with pytest.raises(TrainingError, match=r"not written .* free some space") as refusal:
        run(tmp_path, resumable_config(checkpoint_seconds=0.0), on_event=Cut(then=disk))
    assert "\n" not in str(refusal.value)
    limit_files()
    for path in [*RunFiles(tmp_path).checkpoints(), tmp_path / BEST]:
        read_checkpoint(path)
    assert not list(tmp_path.glob("*.partial"))
    run(tmp_path, resumable_config(checkpoint_seconds=0.0), resume=True)
    tensors, others = end_of(tmp_path)[0], end_of(whole)[0]
    assert all(torch.equal(tensors[name], others[name]) for name in tensors)


def test_what_is_not_done_is_not_lost_by_accident(tmp_path: Path, whole: Path) -> None:
    cut(tmp_path, 5)
    with pytest.raises(TrainingError, match=r"unfinished run; .* resume .* --overwrite"):
        run(tmp_path)
    assert RunFiles(tmp_path).checkpoints()
    run(tmp_path, overwrite=True)
    assert_same_end(whole, tmp_path)
    (tmp_path / "previews").mkdir()
    for name in ("previews/epoch_0002.wav", "report.html", "mine.txt", "previews/mine.wav"):
        (tmp_path / name).write_text("of the run before")
    RunFiles(tmp_path).mark_done()
    run(tmp_path)  # one that is done makes way
    assert_same_end(whole, tmp_path)
    left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")}
    checkpoints = {path.name for path in RunFiles(tmp_path).checkpoints()}
    assert left == {"config.json", ".lock", BEST, "mine.txt", "previews/mine.wav"} | checkpoints


def test_two_runs_do_not_share_a_folder(tmp_path: Path) -> None:
    with open_run(tmp_path), pytest.raises(TrainingError, match="another run is writing"):
        run(tmp_path)


def test_another_runs_checkpoint_does_not_fit(tmp_path: Path) -> None:
    cut(tmp_path, 5)
    other = replace(resumable_config(), model=replace(resumable_config().model, latent_dim=4))
    with pytest.raises(TrainingError, match="does not fit the run") as refusal:
        run(tmp_path, other, resume=True)
    assert "\n" not in str(refusal.value)
    with pytest.raises(TrainingError, match="steps an epoch"):
        run(tmp_path, replace(resumable_config(), batch_size=8), resume=True)


@pytest.mark.parametrize("there", ["nothing", "a folder", "a foreign file"])
def test_what_is_no_run_is_refused(tmp_path: Path, there: str) -> None:
    folder = tmp_path / "run"
    if there != "nothing":
        folder.mkdir()
    if there == "a foreign file":
        (folder / "checkpoint-000000005.safetensors").write_text("hello")
    with pytest.raises(TrainingError, match=r"is not the folder|holds no checkpoint"):
        RunFiles(folder).read_latest()
    with pytest.raises(TrainingError, match=r"is not the folder|holds no checkpoint"):
        RunFiles(folder).read_latest_values()


SESSIONS = """
import os, random, sys, time
from pathlib import Path

import torch
from support.small import RESUMED_FRAMES, resumable_config, tones, train_small
from distill_live.errors import TrainingStopped
from distill_train.training.events import StepMetrics
from distill_train.training.interrupts import interrupts
from distill_train.training.checkpoint import RunFiles

folder, log, number, most = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
draw = random.Random(5)
torch.set_num_threads(1)

def session():
    def on_event(event):
        if isinstance(event, StepMetrics):
            log.write_text(str(event.step))
            time.sleep(0.03)  # so a signal meets a step, however fast the machine is
    with interrupts() as cancelled:
        train_small(
            folder,
            resumable_config(checkpoint_seconds=0.0),
            tones(RESUMED_FRAMES),
            resume=bool(RunFiles(folder).checkpoints()),
            on_event=on_event,
            cancelled=cancelled,
        )

def told():
    return int(log.read_text() or 0) if log.exists() else 0

# What torch loads late is loaded once.
train_small(log.parent / "first", resumable_config(), tones(RESUMED_FRAMES))
for _ in range(most):
    goal, late = told() + draw.randint(0, 1), time.perf_counter() + 10
    child = os.fork()
    if not child:
        try:
            session()
        except TrainingStopped:
            os._exit(130)
        os._exit(0)
    while told() < goal and time.perf_counter() < late:
        time.sleep(0.002)
    time.sleep(draw.uniform(0.0, 0.06))
    os.kill(child, number)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    saved = 0
    if RunFiles(folder).checkpoints():
        _, values, unreadable = RunFiles(folder).read_latest()
        saved = 4 * (values["state"]["epoch"] - 1) + values["state"]["batch"]
        assert not unreadable, unreadable
    print(code, told(), saved)
    if code == 0:
        break
else:
    session()
"""


@pytest.mark.parametrize(
    ("number", "most"), [(signal.SIGKILL, 30), (signal.SIGINT, 8), (signal.SIGTERM, 8)]
)
def test_processes_that_are_killed_or_interrupted_anywhere_lose_at_most_a_step(
    tmp_path: Path, whole: Path, number: signal.Signals, most: int
) -> None:
    folder, log = tmp_path / "run", tmp_path / "told"
    words = [sys.executable, "-c", SESSIONS, str(folder), str(log), str(int(number)), str(most)]
    done = subprocess.run(
        words, env=child_environment(), capture_output=True, text=True, timeout=200
    )
    assert done.returncode == 0, done.stderr
    sessions = [tuple(map(int, line.split())) for line in done.stdout.splitlines()]
    assert len(sessions) > 3
    assert sum(saved > 0 for _, _, saved in sessions) > 3
    ends = {code for code, _, _ in sessions[:-1]}
    assert ends <= ({-signal.SIGKILL} if number == signal.SIGKILL else {130, -number})
    assert all(saved >= told - 1 for _, told, saved in sessions)
    tensors, others = end_of(folder)[0], end_of(whole)[0]
    assert all(torch.equal(tensors[name], others[name]) for name in tensors)
