"""Test the metrics history: bounded size, time left, round trip through a checkpoint."""

import json
from itertools import pairwise
from pathlib import Path

import pytest

from distill_train.config import LossConfig, RegularizationConfig, TrainingConfig
from distill_train.training.diagnostics import Diagnostics
from distill_train.training.events import (
    EpochMetrics,
    PreviewEvent,
    StepMetrics,
    TrainingEvent,
    WarningEvent,
)
from distill_train.training.history import (
    MAX_STEPS,
    MetricsHistory,
    Thinned,
    epoch_range,
    group_warnings,
)


def step(number: int, seconds: float, steps: int = 100) -> StepMetrics:
    return StepMetrics(
        epoch=1,
        epochs=1,
        step=number,
        steps=steps,
        losses={"reconstruction": 1.0 / number},
        learning_rate=0.1,
        kl_weight=0.0,
        gradient_norm=1.0,
        skipped=False,
        seconds=seconds,
    )


def epoch(
    number: int,
    gap: float | None = 0.0,
    kl: float = 5.0,
    epochs: int = 10,
    loss: float = 0.5,
) -> EpochMetrics:
    return EpochMetrics(
        epoch=number,
        epochs=epochs,
        training={"reconstruction": loss, "kl": kl},
        validation={} if gap is None else {"reconstruction": loss * (1 + gap), "kl": kl},
        skipped_steps=0,
        best=True,
        seconds=1.0,
    )


def test_the_time_left_is_that_of_the_steps_left_at_their_pace() -> None:
    history = MetricsHistory()
    assert history.seconds_left is None
    for number in range(1, 41):
        history.add(step(number, 7.0 + 2.0 * number))
        if number == 1:
            assert history.seconds_left is None
    assert history.seconds_left == pytest.approx(120.0)


def test_steps_are_thinned_out_evenly() -> None:
    history = MetricsHistory()
    for number in range(1, 10 * MAX_STEPS):
        history.add(step(number, float(number)))
    kept = [metrics.step for metrics in history.steps]
    assert MAX_STEPS // 2 <= len(kept) <= MAX_STEPS
    assert kept[0] == 1
    assert {later - earlier for earlier, later in pairwise(kept)} == {16}
    few: Thinned[int] = Thinned(4)
    for number in range(5):
        few.add(number)
    assert (few.items, few.every) == ([0, 2, 4], 2)


def test_a_history_survives_json_and_goes_on() -> None:
    history = MetricsHistory()
    for number in range(1, MAX_STEPS + 200):
        history.add(step(number, float(number)))
    events: list[TrainingEvent] = [
        epoch(1),
        PreviewEvent(1, Path("a/b.wav")),
        WarningEvent(1, "look"),
    ]
    for event in events:
        history.add(event)
    again = MetricsHistory.from_json(json.loads(json.dumps(history.to_json())))
    assert again.steps == history.steps
    assert [*again.epochs, *again.previews, *again.warnings] == events
    for number in range(MAX_STEPS + 200, 3 * MAX_STEPS):
        history.add(step(number, float(number)))
        again.add(step(number, float(number)))
    assert again.steps == history.steps
    assert again.seconds_left == history.seconds_left
    with pytest.raises(KeyError):
        MetricsHistory.from_json({})


def test_a_gap_and_a_collapse_are_said_when_they_begin() -> None:
    config = TrainingConfig(
        regularization=RegularizationConfig(gap_warning=0.2, kl_warning=0.5),
        loss=LossConfig(kl_annealing=0.2),
    )
    diagnostics = Diagnostics(config)
    assert (
        diagnostics.check(epoch(1, gap=0.1, kl=0.1)) == []
    )  # before the divergence has its weight
    said = diagnostics.check(epoch(2, gap=0.25, kl=0.1))
    assert [message.split(":")[0] for message in said] == ["overfitting", "posterior collapse"]
    assert "by 25 % (limit 20 %)" in said[0]
    assert "0.10" in said[1]
    assert diagnostics.check(epoch(3, gap=0.3, kl=0.1)) == []
    assert diagnostics.check(epoch(4, gap=0.1, kl=0.6)) == []
    assert len(diagnostics.check(epoch(5, gap=0.3, kl=0.6))) == 1
    assert diagnostics.check(epoch(6, gap=None)) == []


def test_the_gap_is_relative_to_the_training_loss() -> None:
    diagnostics = Diagnostics(TrainingConfig())
    assert diagnostics.check(epoch(5, gap=0.1, loss=3.0)) == []  # 3.0 to 3.3
    assert len(diagnostics.check(epoch(6, gap=0.6, loss=0.3))) == 1  # 0.30 to 0.48
    measured = epoch(7, gap=0.5, kl=4.0, loss=2.0)
    assert (measured.loss, measured.val_loss, measured.val_kl) == (2.0, 3.0, 4.0)
    assert measured.gap == pytest.approx(0.5)
    assert epoch(8, gap=None).val_loss is None


def test_warnings_that_repeat_are_one_row_with_their_epochs() -> None:
    repeated = [WarningEvent(number, f"the gap is 0.{number}") for number in (2, 5, 9)]
    other = WarningEvent(None, "the disk is full")
    groups = group_warnings([repeated[0], other, *repeated[1:]])
    assert groups == [repeated, [other]]
    assert [epoch_range(group) for group in groups] == ["epochs 2 to 9", ""]
    assert epoch_range(repeated[:1]) == "epoch 2"
