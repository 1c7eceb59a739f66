"""Features of sound: each rises with what it is named after."""

import numpy as np
import pytest
import sounds

from distill_train.latent.features import FEATURES, features, rank_correlation

RATE_HZ = 48000
COLUMN = {feature.name: column for column, feature in enumerate(FEATURES)}


def feature(name: str, sound: sounds.Float32, rate_hz: int = RATE_HZ) -> float:
    return float(features(sound, rate_hz)[COLUMN[name]])


def test_each_feature_rises_with_what_it_is_named_after(rng: np.random.Generator) -> None:
    tone, noise = sounds.sine(500.0), sounds.white_noise(1.0, rng)
    pulses = np.zeros(RATE_HZ, np.float32)
    pulses[::6000] = 0.5
    assert feature("brightness", sounds.sine(4000.0)) > feature("brightness", tone) + 1
    assert feature("noisiness", tone + 0.1 * noise) > feature("noisiness", tone) + 10
    assert feature("width", noise) > feature("width", tone) + 1
    assert feature("density", pulses) > 2 * feature("density", noise)


def test_loudness_is_the_level_and_nothing_else_follows_it(rng: np.random.Generator) -> None:
    sound = sounds.drone(1.0, rng)
    loud, soft = features(sound, RATE_HZ), features(0.1 * sound, RATE_HZ)
    assert loud[COLUMN["loudness"]] - soft[COLUMN["loudness"]] == pytest.approx(20.0, abs=0.1)
    others = [column for name, column in COLUMN.items() if name != "loudness"]
    assert loud[others] == pytest.approx(soft[others], abs=0.15)


def test_brightness_is_an_octave_above_for_a_sine_an_octave_above() -> None:
    low, high = (
        feature("brightness", sounds.sine(2000.0)),
        feature("brightness", sounds.sine(4000.0)),
    )
    assert high - low == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("samples", [0, 10, 2048, 5000])
def test_silence_and_short_sounds_have_finite_features(samples: int) -> None:
    assert np.isfinite(features(np.zeros(samples, np.float32), 16000)).all()


def test_rank_correlation() -> None:
    assert rank_correlation(np.array([1.0, 2.0, 30.0])) == pytest.approx(1.0)
    assert rank_correlation(np.array([3.0, 2.0, 1.0])) == pytest.approx(-1.0)
    assert rank_correlation(np.array([2.0, 2.0, 2.0])) == 0.0
    # ties share ranks: 1.5 1.5 3 4 against 1 2 3 4
    assert rank_correlation(np.array([1.0, 1.0, 5.0, 9.0])) == pytest.approx(0.9486832981)
