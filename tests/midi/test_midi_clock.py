"""MIDI clock with jitter: tempo, phase, start, stop, song position, changes of the tempo."""

from collections.abc import Iterator

import numpy as np
import pytest

from distill_live.midi.clock import TICKS, ClockReading, MidiClock

JITTER_S = 0.003


def ticks(
    tempo: float, beats: float, *, start_s: float = 0.0, seed: int = 0, jitter_s: float = JITTER_S
) -> Iterator[float]:
    """Times at which ticks arrive, each late or early by up to the jitter."""
    rng = np.random.default_rng(seed)
    times = start_s + np.arange(round(beats * TICKS)) * 60.0 / (tempo * TICKS)
    yield from (times + rng.uniform(-jitter_s, jitter_s, len(times))).tolist()


def readings(clock: MidiClock, times_s: Iterator[float]) -> list[ClockReading]:
    found = (clock.feed("clock", time_s) for time_s in times_s)
    return [reading for reading in found if reading is not None]


@pytest.mark.parametrize("tempo", [40.0, 93.7, 120.0, 187.3, 300.0])
@pytest.mark.parametrize("seed", range(5))
def test_after_two_bars_tempo_and_phase_are_right(tempo: float, seed: int) -> None:
    clock = MidiClock()
    clock.feed("start", 0.0)
    found = readings(clock, ticks(tempo, 40.0, seed=seed))
    assert [reading.beats for reading in found] == list(range(40))
    for reading in found[8:]:
        assert reading.tempo == pytest.approx(tempo, rel=1e-3)
        soon_s = reading.time_s + 0.03
        beats = reading.beats_at(soon_s)
        assert beats is not None
        assert abs(beats * 60.0 / tempo - soon_s) < 0.005


def test_without_a_start_it_knows_the_tempo_and_no_beat() -> None:
    found = readings(MidiClock(), ticks(120.0, 16.0))
    assert len(found) == 16
    assert {reading.beats for reading in found} == {None}
    assert found[-1].tempo == pytest.approx(120.0, rel=1e-3)


def test_the_first_tick_after_a_start_is_the_first_beat_at_once() -> None:
    clock = MidiClock()
    readings(clock, ticks(100.0, 9.3))
    clock.feed("start", 6.0)
    reading = clock.feed("clock", 6.01)
    assert reading is not None
    assert reading.beats == 0.0


def test_stop_holds_the_position_and_continue_goes_on_from_there() -> None:
    clock = MidiClock()
    clock.feed("start", 0.0)
    readings(clock, ticks(120.0, 5.25))
    clock.feed("stop", 2.63)
    stopped = readings(clock, ticks(120.0, 3.0, start_s=2.625))
    assert {reading.beats for reading in stopped} == {None}
    clock.feed("continue", 4.12)
    (first, *_) = readings(clock, ticks(120.0, 1.0, start_s=4.125))
    assert first.beats == 5.25


def test_a_song_position_is_in_sixteenths() -> None:
    clock = MidiClock()
    clock.feed("songpos", 0.0, 18)
    clock.feed("continue", 0.0)
    reading = clock.feed("clock", 0.01)
    assert reading is not None
    assert reading.beats == 4.5
    assert [reading.beats for reading in readings(clock, ticks(120.0, 1.0, start_s=0.03))] == [5.0]


def test_a_new_tempo_is_followed_within_two_bars() -> None:
    clock = MidiClock()
    clock.feed("start", 0.0)
    readings(clock, ticks(90.0, 16.0))
    start_s = 16.0 * 60.0 / 90.0
    found = readings(clock, ticks(140.0, 24.0, start_s=start_s))
    for reading in found[10:]:
        assert reading.tempo == pytest.approx(140.0, rel=1e-3)
        assert reading.beats is not None
        assert abs((reading.beats - 16.0) * 60.0 / 140.0 + start_s - reading.time_s) < 0.005


def test_a_tempo_that_rises_slowly_keeps_its_phase() -> None:
    clock = MidiClock()
    clock.feed("start", 0.0)
    rng = np.random.default_rng(3)
    intervals = 60.0 / TICKS / np.linspace(100.0, 120.0, 32 * TICKS)
    times = np.concatenate([[0.0], np.cumsum(intervals)])
    for number, time_s in enumerate(times):
        reading = clock.feed("clock", float(time_s + rng.uniform(-JITTER_S, JITTER_S)))
        if reading is not None and number > 16 * TICKS:
            assert abs(reading.time_s - time_s) < 0.015


def test_one_late_tick_changes_little() -> None:
    clock = MidiClock()
    clock.feed("start", 0.0)
    times = list(ticks(120.0, 20.0))
    times[300] += 0.05
    found = readings(clock, iter(times))
    for reading in found[8:]:
        assert reading.tempo == pytest.approx(120.0, rel=2e-3)


def test_a_pause_of_the_clock_begins_anew() -> None:
    clock = MidiClock()
    readings(clock, ticks(120.0, 8.0))
    found = readings(clock, ticks(70.0, 9.0, start_s=60.0))
    assert found[-1].tempo == pytest.approx(70.0, rel=1e-3)


def test_other_messages_tell_nothing() -> None:
    assert MidiClock().feed("note_on", 1.0) is None
