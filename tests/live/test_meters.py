"""Level meters: known sounds, decay, independence of reading rate."""

import numpy as np
import pytest

from distill_live.addresses import MAX_CHANNELS
from distill_live.engine.mixing.output import Meters
from distill_live.live.shared.meters import SILENCE_DB, LevelMeters, read_levels_db
from distill_live.live.shared.shared_block import SharedBlock

HOP_S = 0.01


def measured(*peaks: float, rms: float = 0.0, broken: int = 0) -> Meters:
    return Meters(np.array(peaks), np.full(len(peaks), 480 * rms**2), 480, broken)


def test_a_steady_sound_reads_its_level_and_its_peak() -> None:
    block = SharedBlock.create(2)
    assert read_levels_db(block, 2) == [(SILENCE_DB, SILENCE_DB)] * 2
    meters = LevelMeters(block, HOP_S)
    for _ in range(300):
        meters.update(measured(1.0, 0.1, rms=0.05))
    (left_rms, left_peak), (right_rms, right_peak) = read_levels_db(block, 2)
    assert left_peak == pytest.approx(0.0, abs=1e-9)
    assert right_peak == pytest.approx(-20.0)
    assert left_rms == right_rms == pytest.approx(20 * np.log10(0.05), abs=0.01)


def test_a_peak_falls_slowly_and_a_level_in_a_moment() -> None:
    block = SharedBlock.create(1)
    meters = LevelMeters(block, HOP_S)
    for _ in range(300):
        meters.update(measured(0.5, rms=0.5))
    for _ in range(170):
        meters.update(measured(0.0))
    ((rms, peak),) = read_levels_db(block, 1)
    assert peak == pytest.approx(20 * np.log10(0.5) - 20, abs=0.01)
    assert rms == pytest.approx(20 * np.log10(0.5) - 10 * 1.7 / 0.3 * np.log10(np.e), abs=0.6)
    meters.update(measured(0.7))
    ((_, peak),) = read_levels_db(block, 1)
    assert peak == pytest.approx(20 * np.log10(0.7))


def test_broken_frames_are_counted_and_every_channel_has_its_place() -> None:
    block = SharedBlock.create(MAX_CHANNELS)
    meters = LevelMeters(block, HOP_S)
    peaks = [(channel + 1) / 16 for channel in range(MAX_CHANNELS)]
    meters.update(measured(*peaks, broken=2))
    meters.update(measured(*peaks, broken=1))
    assert block.broken_frames == 3
    read = [peak for _, peak in read_levels_db(block, MAX_CHANNELS)]
    assert read == pytest.approx([20 * np.log10(peak) for peak in peaks])
    assert not any(block.ring[:64]), "the ring begins after them"
