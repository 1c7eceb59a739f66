"""Output stage: peak ceiling, no steps."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from distill_live.addresses import CEILING
from distill_live.engine.mixing.output import DC_CORNER_HZ, GATE_S, OutputStage

RATE_HZ = 48000
HOP = 256


def through(stage: OutputStage, x: np.ndarray) -> np.ndarray:
    """x, (samples, channels), hop by hop."""
    out = x.astype(np.float32)
    for start in range(0, len(out), HOP):
        stage.process(out[start : start + HOP])
    return out


def opened(channels: int = 1) -> OutputStage:
    stage = OutputStage(HOP, channels, RATE_HZ)
    through(stage, np.zeros((4 * HOP, channels)))
    return stage


def sine(hz: float, amplitude: float, samples: int) -> np.ndarray:
    return amplitude * np.sin(2 * np.pi * hz * np.arange(samples) / RATE_HZ)[:, None]


def test_quiet_sound_passes_with_the_stated_delay() -> None:
    stage = opened()
    x = sine(1000, 0.5, 40 * HOP)
    y = through(stage, x)
    delay = stage.latency_samples
    np.testing.assert_allclose(y[delay:], x[:-delay], atol=1e-2)  # the DC blocker's phase


def test_the_dc_blocker_is_the_first_order_filter_of_its_corner() -> None:
    rng = np.random.default_rng(0)
    x = 0.1 * rng.standard_normal((40 * HOP, 2)) + 0.3
    stage = opened(2)
    y = through(stage, x)
    pole = np.exp(-2 * np.pi * DC_CORNER_HZ / RATE_HZ)
    expected = signal.lfilter([pole, -pole], [1, -pole], x, axis=0)
    delay = stage.latency_samples
    np.testing.assert_allclose(y[delay:], expected[:-delay], atol=1e-6)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    level_db=st.floats(-20, 200),
    broken=st.sampled_from([None, np.nan, np.inf, -np.inf]),
)
def test_nothing_leaves_over_the_ceiling(seed: int, level_db: float, broken: float | None) -> None:
    rng = np.random.default_rng(seed)
    x = 10 ** (level_db / 20) * rng.standard_normal((8 * HOP, 2))
    x *= rng.random((8 * HOP, 1)) > 0.9
    if broken is not None:
        x[rng.integers(len(x)), 0] = broken
    stage = opened(2)
    stage.gain = 2.0
    with np.errstate(over="ignore", invalid="ignore"):
        y = through(stage, x)
    assert np.isfinite(y).all()
    assert np.abs(y).max() <= CEILING
    assert stage.read_meters().broken_frames >= (broken is not None)
    after = through(
        stage, np.repeat(sine(1000, 0.1, 400 * HOP), 2, axis=1)
    )  # and the stage recovers
    assert 0.1 < np.abs(after[-HOP:]).max() <= CEILING


def test_the_limiter_bends_a_loud_sine_without_a_step() -> None:
    stage = opened()
    quiet, loud = sine(400, 0.5, 20 * HOP), sine(400, 4.0, 40 * HOP)
    y = through(stage, np.concatenate([quiet, loud]))[:, 0]
    steepest = 2 * np.pi * 400 / RATE_HZ * 4.0  # of the sound; the gain adds its own slope to it
    assert np.abs(np.diff(y)).max() < steepest + 4.0 / stage.latency_samples
    settled = y[-20 * HOP :]
    assert 0.9 * CEILING < np.abs(settled).max() <= CEILING


@pytest.mark.parametrize(("before", "after"), [(1.0, 10**-4.5), (10**-4.5, 2.0)])
def test_a_full_step_of_gain_makes_no_step_of_the_sound(before: float, after: float) -> None:
    stage = opened()
    stage.gain = before
    x = sine(200, 0.4, 80 * HOP)
    through(stage, x[: 40 * HOP])
    stage.gain = after
    y = through(stage, x[40 * HOP :])[:, 0]
    largest = np.abs(np.diff(max(before, after) * x[:, 0])).max()
    assert np.abs(np.diff(y)).max() < 1.2 * largest
    np.testing.assert_allclose(np.abs(y[-4 * HOP :]).max(), 0.4 * after, rtol=0.01, atol=1e-5)


def test_the_gate_closes_in_its_time_and_reports_silence() -> None:
    stage = opened()
    x = sine(187.5, 0.4, 40 * HOP)  # whole periods, so that it can be repeated
    through(stage, x)
    stage.playing = False
    y = through(stage, x)
    closed = round(GATE_S * RATE_HZ) + stage.latency_samples
    assert np.abs(y[: closed // 2]).max() > 0.05
    assert not y[closed + HOP :].any()
    assert np.abs(np.diff(y[:, 0])).max() < 0.02
    assert stage.silent


def test_meters_count_since_they_were_read() -> None:
    stage = opened(2)
    stage.read_meters()
    through(stage, np.hstack([sine(1000, 0.5, 40 * HOP), sine(1000, 0.25, 40 * HOP)]))
    meters = stage.read_meters()
    np.testing.assert_allclose(meters.peak, [0.5, 0.25], rtol=0.02)
    np.testing.assert_allclose(meters.rms, np.array([0.5, 0.25]) / np.sqrt(2), rtol=0.02)
    assert stage.read_meters().samples == 0
