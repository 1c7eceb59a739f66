"""Test runs with a time limit, by a clock that the test advances."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from support.small import small_config, tones, train_small

from distill_live.errors import TrainingStopped
from distill_train.training.checkpoint import BEST, RunFiles, TrainedModel, load_model
from distill_train.training.events import (
    EpochMetrics,
    ResumedEvent,
    StepMetrics,
    TrainingCompleteEvent,
    TrainingEvent,
    WarningEvent,
)
from distill_train.training.planner import FEW_STEPS, FIRST_STEPS, SLOW_STEPS, StepPlanner
from distill_train.training.schedule import Schedule, StepPlan
from distill_train.training.state import TrainState

MINUTES, STEPS_PER_EPOCH = 1.0, 10
"""Time limit, and batches in an epoch of `tones()`."""


class Clock:
    """Replaces the module `time` in the training state."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def perf_counter(self) -> float:
        return self.now_s


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("distill_train.training.state.time", clock)
    return clock


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


class Machine:
    """Runs trainings whose steps and previews take a given time; keeps their events."""

    def __init__(
        self, clock: Clock, step_s: Callable[[float], float], preview_s: float = 0.5
    ) -> None:
        self.clock, self.step_s, self.preview_s = clock, step_s, preview_s
        self.events: list[TrainingEvent] = []
        self.stop = False

    def train(
        self,
        folder: Path,
        *,
        minutes: float = MINUTES,
        epochs: int = 2,
        frames: int = 400,
        **options: Any,
    ) -> TrainedModel:
        config = replace(small_config(epochs), minutes=minutes, norm_freeze=0.5)
        return train_small(
            folder,
            config,
            tones(frames),
            on_event=self._on_event,
            preview=self._preview,
            cancelled=lambda: self.stop,
            **options,
        )

    def of(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    def _on_event(self, event: TrainingEvent) -> None:
        self.events.append(event)
        if isinstance(event, StepMetrics):
            self.clock.now_s += self.step_s(event.seconds)

    def _preview(self, *_: object) -> None:
        self.clock.now_s += self.preview_s


def constant(_seconds: float) -> float:
    return 0.3


def busy_later(seconds: float) -> float:
    return 0.2 if seconds < 30 else 1.0


def busy_first(seconds: float) -> float:
    return 1.0 if seconds < 30 else 0.2


def slow_start(seconds: float) -> float:
    return 6.0 if seconds < 6 else 0.3


def uneven(seconds: float) -> float:
    return 0.1 if int(7 * seconds) % 3 else 0.7


def one_pause(seconds: float) -> float:
    return 12.0 if 20 <= seconds < 30 else 0.1


def test_a_plan_is_a_line_to_the_end_and_goes_on_where_another_stops() -> None:
    first = StepPlan(30)
    assert [first.progress(step) for step in (0, 7, 29, 30)] == [0.0, 7 / 30, 29 / 30, 1.0]
    second = first.replaced(15, 20)
    assert second.progress(15) == 0.5
    assert second.progress(16) == pytest.approx(0.6)
    assert second.progress(20) == 1.0
    assert second.replaced(17, 17).progress(17) == 1.0  # the time is used up


def test_a_run_killed_before_its_first_step_takes_a_time_limit() -> None:
    config = replace(small_config(), minutes=MINUTES)
    state = TrainState(config, torch.device("cpu"), Schedule(small_config(), 40))
    state.seconds_before = 0.01  # of the first checkpoint
    state.plan_rest(Schedule(config, 40))
    assert state.plan == Schedule(config, 40).first_plan()


def usual_end(state: TrainState) -> float:
    return 0.3 if state.epoch % 10 and state.epoch < state.epochs else 1.0


def paused_end(state: TrainState) -> float:
    return 12.0 if state.epoch == 4 else 0.3


def planned_run(
    clock: Clock,
    step_s: Callable[[float], float],
    end_s: Callable[[TrainState], float],
    chunks: int,
) -> tuple[TrainState, list[float], list[int]]:
    """Plan a run without training; its state, its progress and its planned steps after each."""
    config = replace(small_config(), minutes=MINUTES)
    schedule = Schedule(config, chunks)
    state = TrainState(config, torch.device("cpu"), schedule)
    planner = StepPlanner(config, state, validation_chunks=20)
    progress, planned = [state.progress], []

    def plan_if_due() -> None:
        if planner.due:
            state.plan = state.plan.replaced(state.step, planner.steps())

    while state.epoch <= state.epochs:
        while state.batch < schedule.steps_per_epoch and state.step < state.plan.steps:
            state.batch += 1
            clock.now_s += step_s(state.seconds)
            planner.step_done()
            progress.append(state.progress)
            planned.append(state.plan.steps)
            plan_if_due()
        clock.now_s += end_s(state)
        state.next_epoch()
        planner.epoch_done()
        plan_if_due()
    return state, progress, planned


@pytest.mark.parametrize(
    "step_s", [constant, busy_later, busy_first, slow_start, uneven, one_pause]
)
@pytest.mark.parametrize("chunks", [40, 4000])
def test_a_plan_ends_in_time_whatever_the_machine_does(
    clock: Clock, step_s: Callable[[float], float], chunks: int
) -> None:
    state, progress, planned = planned_run(clock, step_s, usual_end, chunks)
    assert 0.94 * 60 * MINUTES < state.seconds < 1.02 * 60 * MINUTES
    assert state.step == state.plan.steps
    assert all(a < b for a, b in pairwise(progress))
    assert progress[SLOW_STEPS + FIRST_STEPS] < 0.05  # not spent on a guess
    assert progress[-2] > 0.9
    assert progress[-1] == 1.0
    if step_s is constant:  # the plan settles once the first steps and the first epoch are timed
        settled = planned[2 * STEPS_PER_EPOCH :]
        assert settled == pytest.approx([state.step] * len(settled), rel=0.1)


def test_a_pause_does_not_squeeze_the_schedule(clock: Clock) -> None:
    _, progress, _ = planned_run(clock, one_pause, usual_end, 4000)
    assert max(b - a for a, b in pairwise(progress)) < 0.02


def test_a_pause_at_the_end_of_an_epoch_leaves_the_time_to_the_steps(clock: Clock) -> None:
    state, progress, _ = planned_run(clock, constant, paused_end, 40)
    assert 0.94 * 60 * MINUTES < state.seconds < 1.02 * 60 * MINUTES
    assert progress[-1] == 1.0


@pytest.mark.training
def test_a_run_ends_in_time_with_its_schedule(tmp_path: Path, clock: Clock) -> None:
    machine = Machine(clock, lambda _: 1.0)
    trained = machine.train(tmp_path)
    (done,) = machine.of(TrainingCompleteEvent)
    steps, epochs = machine.of(StepMetrics), machine.of(EpochMetrics)
    assert 0.94 * 60 * MINUTES < done.seconds < 1.03 * 60 * MINUTES
    assert steps[-1].step == steps[-1].steps == done.step == done.steps
    rates = [step.learning_rate for step in steps]
    peak = rates.index(max(rates))
    assert all(a > b for a, b in pairwise(rates[peak:]))
    assert max(rates) == pytest.approx(1e-3, rel=0.05)
    assert rates[-1] < 0.02e-3
    assert epochs[-1].epoch == epochs[-1].epochs == -(-done.steps // STEPS_PER_EPOCH)
    assert trained.summary["epochs"] == epochs[-1].epoch
    assert load_model(tmp_path / BEST).summary == trained.summary
    assert RunFiles(tmp_path).read_latest_values()["finished"]


@pytest.mark.training
def test_the_time_left_is_within_the_limit_before_steps_are_timed(
    tmp_path: Path, clock: Clock
) -> None:
    machine = Machine(clock, lambda _: 3.0)
    machine.train(tmp_path, frames=100)
    epochs = machine.of(EpochMetrics)
    assert all(one.seconds + one.seconds_left < 61 * MINUTES for one in epochs)


@pytest.mark.training
def test_a_run_may_end_within_an_epoch(tmp_path: Path, clock: Clock) -> None:
    machine = Machine(clock, lambda _: 2.0)
    machine.train(tmp_path, frames=6000)
    (done,), (epoch,) = machine.of(TrainingCompleteEvent), machine.of(EpochMetrics)
    assert 25 < done.step == done.steps < 30
    assert (epoch.epoch, epoch.epochs, epoch.best) == (1, 1, True)
    assert done.seconds < 1.03 * 60 * MINUTES
    again = Machine(clock, constant)
    again.train(tmp_path, frames=6000, resume=True)  # there is nothing left to do
    assert [type(event) for event in again.events] == [ResumedEvent, TrainingCompleteEvent]
    assert again.events[0] == ResumedEvent(1, 1, done.step, done.step, 1, done.best_loss)
    longer = Machine(clock, lambda _: 2.0)
    longer.train(tmp_path, frames=6000, resume=True, minutes=2 * MINUTES)
    steps, (more,) = longer.of(StepMetrics), longer.of(TrainingCompleteEvent)
    assert (steps[0].epoch, steps[0].step) == (2, done.step + 1)
    assert steps[0].learning_rate == pytest.approx(0.58e-3, rel=0.05)  # half-way
    assert steps[-1].learning_rate < 0.02e-3
    assert 0.94 * 120 * MINUTES < more.seconds < 1.03 * 120 * MINUTES
    by_epochs = Machine(clock, constant)
    by_epochs.train(tmp_path, frames=6000, resume=True, minutes=0.0, epochs=3)
    spread = [step.step for step in by_epochs.of(StepMetrics)]
    assert spread == list(range(more.step + 1, more.step + 1 + len(spread)))
    assert by_epochs.of(EpochMetrics)[-1].epoch == 3


@pytest.mark.training
def test_a_resumed_run_uses_the_minutes_left_and_goes_on_with_its_schedule(
    tmp_path: Path, clock: Clock
) -> None:
    first = Machine(clock, constant)
    first.step_s = lambda seconds: stop_at(first, seconds, 24.0)
    with pytest.raises(TrainingStopped, match=r"steps; .* resume"):
        first.train(tmp_path)
    clock.now_s += 5000.0  # a pause
    second = Machine(clock, lambda _: 2.0)  # on another machine
    second.train(tmp_path, resume=True)
    before, after = first.of(StepMetrics)[-1], second.of(StepMetrics)
    assert after[0].step == before.step + 1
    assert after[0].steps == before.steps
    assert after[0].learning_rate == pytest.approx(before.learning_rate, rel=0.1)
    assert after[0].learning_rate < before.learning_rate
    assert after[-1].learning_rate < 0.02e-3
    (done,) = second.of(TrainingCompleteEvent)
    assert 0.94 * 60 * MINUTES < done.seconds < 1.03 * 60 * MINUTES
    assert done.step < before.steps


def stop_at(machine: Machine, seconds: float, limit_s: float) -> float:
    machine.stop = seconds >= limit_s
    return 1.0


@pytest.mark.training
@pytest.mark.parametrize("step_s", [3.0, 30.0])
def test_a_run_of_few_steps_names_the_minutes_that_it_needs(
    tmp_path: Path, clock: Clock, step_s: float
) -> None:
    machine = Machine(clock, lambda _: step_s, preview_s=0.0)
    machine.train(tmp_path)
    (done,) = machine.of(TrainingCompleteEvent)
    assert done.step <= -(-60 * MINUTES // step_s)
    assert done.best_epoch is not None
    (warning,) = [one.message for one in machine.of(WarningEvent) if "minutes" in one.message]
    assert warning.startswith("1 minutes are enough for ")
    needed = float(warning.split("--minutes ")[1].split()[0])
    assert needed == pytest.approx(FEW_STEPS * step_s / 60, rel=0.1)
    assert "\n" not in warning
