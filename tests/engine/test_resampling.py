"""Resampling for the device: pitch, delay, level, independence of block size."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from distill_live.engine.mixing.resampling import CROSSINGS, Resampler, delay_of

RATES = [(44100, 48000), (48000, 44100), (22050, 48000), (96000, 44100), (48000, 96000)]


def resampled(sound: np.ndarray, rate_in_hz: int, rate_out_hz: int, block: int = 512) -> np.ndarray:
    resampler = Resampler(rate_in_hz, rate_out_hz, sound.shape[1])
    blocks = [resampler.process(sound[at : at + block]) for at in range(0, len(sound), block)]
    return np.concatenate(blocks)


def sine(hz: float, times_s: np.ndarray) -> np.ndarray:
    return np.cos(2 * np.pi * hz * times_s)


@pytest.mark.parametrize(("rate_in_hz", "rate_out_hz"), RATES)
@pytest.mark.parametrize("share", [0.0, 0.01, 0.37, 0.45])
def test_a_sine_comes_out_as_that_sine_later_by_the_delay(
    rate_in_hz: int, rate_out_hz: int, share: float
) -> None:
    hz = share * min(rate_in_hz, rate_out_hz)
    sound = sine(hz, np.arange(rate_in_hz // 2) / rate_in_hz).astype(np.float32)[:, None]
    out = resampled(sound, rate_in_hz, rate_out_hz)[:, 0]
    delay_s = Resampler(rate_in_hz, rate_out_hz, 1).delay_s
    expected = sine(hz, np.arange(len(out)) / rate_out_hz - delay_s)
    settled = slice(round(0.01 * rate_out_hz), None)
    np.testing.assert_allclose(out[settled], expected[settled], atol=3e-5)


@pytest.mark.parametrize(("rate_in_hz", "rate_out_hz"), RATES)
def test_the_delay_is_what_the_filter_needs_and_no_queue(rate_in_hz: int, rate_out_hz: int) -> None:
    resampler = Resampler(rate_in_hz, rate_out_hz, 1)
    lower_hz = min(rate_in_hz, rate_out_hz)
    assert resampler.delay_s == pytest.approx(CROSSINGS / lower_hz, abs=1 / rate_in_hz)
    given_out = 0
    for hops in range(1, 100):
        given_out += len(resampler.process(np.zeros((512, 1), dtype=np.float32)))
        assert 0 <= given_out - 512 * hops * rate_out_hz / rate_in_hz < 1


def test_what_is_above_both_half_rates_stays_out() -> None:
    rate_in_hz, rate_out_hz = 48000, 22050
    sound = sine(14000.0, np.arange(rate_in_hz) / rate_in_hz).astype(np.float32)[:, None]
    out = resampled(sound, rate_in_hz, rate_out_hz)
    assert np.abs(out[1000:]).max() < 1e-4


@given(st.lists(st.integers(0, 700), min_size=1, max_size=20))
def test_any_cut_gives_the_same_samples(cuts: list[int]) -> None:
    sound = np.random.default_rng(1).standard_normal((sum(cuts), 3)).astype(np.float32)
    resampler = Resampler(44100, 48000, 3)
    parts = [resampler.process(part) for part in np.split(sound, np.cumsum(cuts)[:-1])]
    whole = Resampler(44100, 48000, 3).process(sound)
    np.testing.assert_allclose(np.concatenate(parts), whole, atol=1e-5)


def test_channels_do_not_meet() -> None:
    sound = np.random.default_rng(2).standard_normal((2000, 2)).astype(np.float32)
    both = resampled(sound, 48000, 44100)
    for channel in range(2):
        alone = resampled(sound[:, channel : channel + 1], 48000, 44100)
        np.testing.assert_allclose(both[:, channel], alone[:, 0], atol=1e-5)


def test_the_delay_is_known_without_the_filter() -> None:
    for rates in ((48000, 44100), (22050, 48000), (8000, 8000)):
        assert delay_of(*rates) == Resampler(*rates, 1).delay_s
    assert 0 < delay_of(22051, 191_999) < 0.01  # its filter would take a gigabyte
