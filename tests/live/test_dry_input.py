"""Dry input: constant delay and no gap while the clocks of two devices drift apart."""

import time
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from support.tiny import tiny_bundle

from distill_live.engine import Engine
from distill_live.live.shared.input_buffer import InputBuffer
from distill_live.live.shared.ring import Ring
from distill_live.live.shared.shared_block import SharedBlock
from distill_live.live.synthesis.dry_input import DryInput
from distill_live.offline.arguments import plan_from
from distill_live.offline.input_file import InputFile
from distill_live.offline.render import render_array

RATE_HZ, HOP, BLOCK = 8000, 512, 256
"""Low, so that ten minutes are soon computed; nothing depends on it."""

SAW_FRAMES = 4096
"""Period of the input, which tells the time; longer than any delay."""

DELAY_SAMPLES = 700


class Devices:
    """Two devices by a simulated clock, and a synthesis that renders when the ring runs low.

    Parameters
    ----------
    input_rate_hz
        True rate of the input device.
    nominal_rate_hz
        The rate that it is said to have.
    jitter_s
        Most by which a callback is late.
    """

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        input_rate_hz: float,
        nominal_rate_hz: int,
        jitter_s: float,
    ) -> None:
        self.now_s = 1.0
        monkeypatch.setattr(time, "perf_counter_ns", lambda: round(self.now_s * 1e9))
        self._input_rate_hz, self._jitter_s = input_rate_hz, jitter_s
        self._rng = np.random.default_rng(1)
        self.block = SharedBlock.create(1)
        self.block.input_block_frames = BLOCK
        self._input, self._ring = InputBuffer(self.block), Ring(self.block, 1)
        self._nominal_rate_hz = nominal_rate_hz
        self.begin()
        self._ring.change_rate(RATE_HZ)
        self._dry = DryInput(self.block, RATE_HZ, HOP, DELAY_SAMPLES, lambda: BLOCK / RATE_HZ)
        self._given = self._played = 0
        self._hop = np.zeros(HOP, np.float32)
        self._hops: list[np.ndarray] = []

    def begin(self) -> None:
        """Open the input."""
        self._input.begin(self._nominal_rate_hz)

    def run(self, seconds: float, *, listens: bool = True, asks: bool = True) -> None:
        """Let time pass; without an input that gives, or an engine that asks for it."""
        end_s = self._played / RATE_HZ + seconds
        block, out = np.arange(BLOCK, dtype=np.float32), np.empty((BLOCK, 1), np.float32)
        while self._played / RATE_HZ < end_s:
            given_s = (self._given + BLOCK) / self._input_rate_hz
            played_s = (self._played + BLOCK) / RATE_HZ
            self.now_s = 1.0 + min(given_s, played_s) + self._jitter_s * self._rng.random()
            if given_s < played_s:
                saw = (self._given + block) % SAW_FRAMES / SAW_FRAMES
                self._given += BLOCK
                if listens:
                    self._input.write(saw.astype(np.float32)[:, None])
                continue
            self._ring.read(out)
            self._played += BLOCK
            while self._ring.readable_frames <= BLOCK:
                self._hop[:] = 0.0
                if asks:
                    self._dry.fill(self._hop)
                self._hops.append(self._hop.copy())
                self._ring.write(self._hop[:, None])

    def sound(self) -> np.ndarray:
        """All that was heard."""
        return np.concatenate(self._hops).astype(np.float64)

    def delays_s(self) -> np.ndarray:
        """Delay of each sample, apart from a constant; NaN where the saw jumps."""
        saw = self.sound()
        jumps = np.abs(np.diff(saw, prepend=0.0)) > 0.02
        clear = np.convolve(jumps, np.ones(81), mode="same") < 0.5
        lag = np.arange(len(saw)) / RATE_HZ - saw * SAW_FRAMES / self._input_rate_hz
        period_s = SAW_FRAMES / self._input_rate_hz
        return np.where(clear, lag % period_s, np.nan)


@pytest.mark.parametrize(
    ("nominal_rate_hz", "ppm", "seconds"),
    [(RATE_HZ, 200.0, 600.0), (RATE_HZ, -200.0, 60.0), (11025, 50.0, 60.0)],
)
def test_while_clocks_drift_there_is_no_gap_and_the_delay_is_constant(
    monkeypatch: pytest.MonkeyPatch, nominal_rate_hz: int, ppm: float, seconds: float
) -> None:
    devices = Devices(monkeypatch, nominal_rate_hz * (1 + 1e-6 * ppm), nominal_rate_hz, 1e-3)
    devices.run(seconds)
    delays_s = devices.delays_s()[RATE_HZ:]
    heard = delays_s[~np.isnan(delays_s)]
    assert len(heard) > 0.9 * len(delays_s)
    assert np.ptp(heard) < 2e-3
    assert np.abs(np.diff(heard)).max() < 1e-5


def test_what_was_not_asked_for_is_not_heard_later(monkeypatch: pytest.MonkeyPatch) -> None:
    devices = Devices(monkeypatch, RATE_HZ, RATE_HZ, 1e-3)
    devices.run(2.0)
    devices.run(2.0, asks=False)
    devices.run(1.0)
    sound = devices.sound()
    again = 4 * RATE_HZ - HOP
    assert not sound[again : again + round(0.2 * RATE_HZ)].any()
    assert sound[-RATE_HZ // 4 :].any()


def test_a_device_that_stops_is_faded_out_and_comes_back_with_the_same_delay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    devices = Devices(monkeypatch, RATE_HZ, RATE_HZ, 1e-3)
    devices.run(5.0)
    devices.run(2.0, listens=False)
    gone = devices.sound()[-RATE_HZ:]
    assert not gone.any()
    devices.begin()
    devices.run(5.0)
    sound, delays_s = devices.sound(), devices.delays_s()
    assert np.nanmedian(delays_s[-RATE_HZ:]) == pytest.approx(
        np.nanmedian(delays_s[3 * RATE_HZ : 4 * RATE_HZ]), abs=2e-3
    )
    stops = np.flatnonzero(sound[: 6 * RATE_HZ])[-1]
    assert abs(sound[stops]) < 0.01


def test_a_render_mixes_a_file_in_as_an_engine_does_that_hears_it_live(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bundle = tiny_bundle()
    rate_hz, hop = bundle.settings.sample_rate_hz, bundle.settings.hop_samples
    white = np.random.default_rng(1).standard_normal((2 * rate_hz, 1))
    sound = (0.1 * white).astype(np.float32)
    sf.write(tmp_path / "x.wav", sound, rate_hz, "FLOAT")
    heard = InputFile(tmp_path / "x.wav")
    settings = ["/model/blend 1 0", "/input/thru 0.5"]
    plan = plan_from(bundle, heard=heard, settings=settings, report=pytest.fail)
    rendered = render_array(bundle, plan, channels=1, heard=heard)

    monkeypatch.setattr(time, "perf_counter_ns", lambda: 0)  # the input gives a hop after each hop
    block = SharedBlock.create(1)
    device, engine = InputBuffer(block), Engine(bundle, channels=1)
    device.begin(rate_hz)
    dry = DryInput(block, rate_hz, hop, engine.dry_delay_samples, lambda: 0.0)
    engine.hear(dry.fill)
    for command in plan.commands:
        engine.apply(command)
    live = np.zeros_like(rendered)
    for start in range(0, len(live) - hop, hop):
        engine.render(live[start : start + hop])
        device.write(sound[start : start + hop])
    last = slice(rate_hz, len(live) - 2 * hop)
    assert np.abs(live[last]).max() > 0.1
    np.testing.assert_allclose(live[last], rendered[last], atol=1e-4)
