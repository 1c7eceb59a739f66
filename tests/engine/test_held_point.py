"""A held latent point sounds like its landmark and has no audible loop."""

import numpy as np
import pytest
from support.long_term import LongTermSpectrum, autocorrelation, distance_db
from support.tiny import tiny_bundle

from distill_live.addresses import TABLE
from distill_live.engine import Command, Engine, InlineDecoder
from distill_live.spectrogram import LOW_LATENCY, Float64

BUNDLE = tiny_bundle(LOW_LATENCY)
SPECTRUM = LongTermSpectrum(BUNDLE.settings, BUNDLE.statistics)
PERIOD = BUNDLE.settings.n_frames - 1
SETTLING_S = 0.5
LOUD_DB = 25.0
"""Under the loudest band of all landmarks: noise is spread further than its bands."""
(JITTER,) = TABLE["/jitter"].default


def held(index: int, jitter: float, frames: int) -> Float64:
    """Power of the bands of a landmark that is held."""
    engine = Engine(BUNDLE, channels=1, seed=1)
    for command in (Command("/jitter", (jitter,)), Command("/corpus/goto", (index, 0.0))):
        engine.apply(command)
    settling = round(SETTLING_S * engine.sample_rate_hz)
    y = np.empty((settling + frames * engine.hop_samples, 1), np.float32)
    engine.render(y)
    return SPECTRUM.bands(y[settling:, 0])


@pytest.mark.parametrize("index", [2, 3, 4])
def test_a_held_point_does_not_repeat_with_the_loop(index: int) -> None:
    assert autocorrelation(held(index, 0.0, 6 * PERIOD), PERIOD) > 0.87, "as its chunk does"
    assert autocorrelation(held(index, float(JITTER), 12 * PERIOD), PERIOD) < 0.3


def test_a_landmark_sounds_of_its_own_chunk() -> None:
    decoder = InlineDecoder(BUNDLE)
    chunks = [decoder.decode(latent).rows[:, 0].mean(axis=0) for latent in BUNDLE.landmark_latents]
    known = 10.0 * np.log10(np.array(chunks, np.float64) + SPECTRUM.floor)
    loud = known.max(axis=0) > known.max() - LOUD_DB
    for index in range(len(chunks)):
        power = held(index, 0.0, 2 * PERIOD).mean(axis=0)
        level = 10.0 * np.log10(power + SPECTRUM.floor)
        assert distance_db(known[:, loud], level[loud]).argmin() == index
