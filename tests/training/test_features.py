"""Test audio features: each rises with the property that it is named after."""

from pathlib import Path

import numpy as np
import pytest
from support import sounds

from distill_live.addresses import AXIS_MEANINGS
from distill_train.latent.features import FEATURES, features, rank_correlation

RATE_HZ = 48000
PAGES = Path(__file__).parents[2] / "docs"
COLUMN = {feature.name: column for column, feature in enumerate(FEATURES)}


def feature(name: str, sound: sounds.Float32, rate_hz: int = RATE_HZ) -> float:
    return float(features(sound, rate_hz)[COLUMN[name]])


def test_each_feature_is_defined_for_performers() -> None:
    glossary = " ".join((PAGES / "glossary.md").read_text(encoding="utf-8").split())
    assert list(AXIS_MEANINGS) == [feature.name for feature in FEATURES]
    for name, meaning in AXIS_MEANINGS.items():
        assert f"*{name}* ({meaning})" in glossary


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
    assert loud[others] == pytest.approx(soft[others], abs=0.15, nan_ok=True)


def test_brightness_is_an_octave_above_for_a_sine_an_octave_above() -> None:
    low, high = (
        feature("brightness", sounds.sine(2000.0)),
        feature("brightness", sounds.sine(4000.0)),
    )
    assert high - low == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("rate_hz", [16000, 48000])
@pytest.mark.parametrize("hz", [55.0, 220.0, 441.7, 1900.0])
def test_the_pitch_of_a_tone_is_its_fundamental(hz: float, rate_hz: int) -> None:
    seconds = np.arange(rate_hz) / rate_hz
    tone = sum(np.sin(2 * np.pi * n * hz * seconds) / n for n in range(1, 6) if n * hz < 7000)
    sound = (0.1 * np.asarray(tone)).astype(np.float32)
    cents = 1200 * (feature("pitch", sound, rate_hz) - np.log2(hz))
    assert abs(cents) < 5


def test_the_pitch_is_that_of_most_of_the_sound(rng: np.random.Generator) -> None:
    tone, noise = sounds.sine(300.0), sounds.white_noise(1.0, rng)
    quieter = np.concatenate([0.3 * sounds.sine(500.0), tone])
    assert feature("pitch", quieter) == pytest.approx(np.log2(300.0), abs=0.01)
    assert np.isnan(feature("pitch", noise))
    assert np.isnan(feature("pitch", sounds.sine(3000.0)))  # too high: not taken for half of it
    assert np.isnan(feature("pitch", np.concatenate([0.1 * tone, noise])))


@pytest.mark.parametrize("samples", [0, 10, 2048, 5000])
def test_silence_and_short_sounds_have_finite_features_but_no_pitch(samples: int) -> None:
    found = features(np.zeros(samples, np.float32), 16000)
    assert np.isnan(found[COLUMN["pitch"]])
    assert np.isfinite(np.delete(found, COLUMN["pitch"])).all()


def test_rank_correlation() -> None:
    assert rank_correlation(np.array([1.0, 2.0, 30.0])) == pytest.approx(1.0)
    assert rank_correlation(np.array([3.0, 2.0, 1.0])) == pytest.approx(-1.0)
    assert rank_correlation(np.array([2.0, 2.0, 2.0])) == 0.0
    assert rank_correlation(np.array([1.0, np.nan, 3.0])) == 0.0
    # ties share ranks: 1.5 1.5 3 4 against 1 2 3 4
    assert rank_correlation(np.array([1.0, 1.0, 5.0, 9.0])) == pytest.approx(0.9486832981)
