"""What is saved rises with the load, and falls again later, a step at a time."""

from itertools import pairwise

import pytest

from distill_live.addresses import MAX_ECONOMY
from distill_live.live.synthesis.load_governor import (
    HIGH_LOAD,
    HIGH_S,
    LATE_LOAD,
    LATE_S,
    LOW_LOAD,
    LOW_S,
    LoadGovernor,
)

HOP_S = 0.01


def levels(governor: LoadGovernor, load: float, seconds: float) -> list[int]:
    """Level after each hop with a load."""
    found = []
    for _ in range(round(seconds / HOP_S)):
        before = governor.level
        assert governor.update(load, HOP_S) == (governor.level != before)
        found.append(governor.level)
    return found


def test_a_lasting_high_load_saves_more_step_by_step() -> None:
    found = levels(LoadGovernor(), HIGH_LOAD + 0.1, (MAX_ECONOMY + 2) * HIGH_S)
    assert found[round(HIGH_S / HOP_S) // 2] == 0, "a short peak changes nothing"
    assert found[-1] == MAX_ECONOMY
    assert all(0 <= after - before <= 1 for before, after in pairwise(found))


def test_it_comes_back_a_step_at_a_time_after_a_lasting_low_load() -> None:
    governor = LoadGovernor()
    levels(governor, HIGH_LOAD + 0.1, (MAX_ECONOMY + 1) * HIGH_S)
    assert governor.level == MAX_ECONOMY
    found = levels(governor, LOW_LOAD - 0.1, (MAX_ECONOMY + 1) * LOW_S)
    assert found[round(LOW_S / HOP_S) // 2] == MAX_ECONOMY
    assert found[-1] == 0
    assert all(0 <= before - after <= 1 for before, after in pairwise(found))


def test_when_it_is_late_it_saves_sooner() -> None:
    found = levels(LoadGovernor(), LATE_LOAD + 0.1, HIGH_S)
    assert found[round(LATE_S / HOP_S) // 2] == 0
    assert found[-1] >= 3


@pytest.mark.parametrize(("load", "level"), [(LOW_LOAD + 0.05, 1), (LOW_LOAD - 0.05, 0)])
def test_an_underrun_saves_unless_the_load_is_low(load: float, level: int) -> None:
    governor = LoadGovernor()
    levels(governor, load, HIGH_S)
    governor.update(load, HOP_S, underruns=3)
    for _ in range(10):
        governor.update(load, HOP_S, underruns=3)
    assert governor.level == level


def test_a_step_back_that_was_too_early_is_not_repeated_soon() -> None:
    governor = LoadGovernor()
    levels(governor, HIGH_LOAD + 0.1, 1.5 * HIGH_S)
    levels(governor, LOW_LOAD - 0.1, 1.5 * LOW_S)
    assert governor.level == 0
    levels(governor, HIGH_LOAD + 0.1, 1.5 * HIGH_S)
    levels(governor, LOW_LOAD - 0.1, 1.5 * LOW_S)
    assert governor.level == 1, "it waits for twice as long"
    levels(governor, LOW_LOAD - 0.1, LOW_S)
    assert governor.level == 0


@pytest.mark.parametrize("level", [0, 1])
def test_between_the_limits_nothing_changes(level: int) -> None:
    governor = LoadGovernor()
    levels(governor, HIGH_LOAD + 0.1, level * HIGH_S + HOP_S / 2 if level else 0.0)
    held = governor.level
    assert set(levels(governor, (LOW_LOAD + HIGH_LOAD) / 2, 3 * LOW_S)) == {held}
    for _ in range(20):  # the load sways: neither state lasts
        levels(governor, HIGH_LOAD + 0.1, HIGH_S / 2)
        levels(governor, LOW_LOAD - 0.1, LOW_S / 2)
    assert governor.level == held
