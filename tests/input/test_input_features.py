"""Features of the input: right on synthetic references, the same for any split of the sound.

With room: `tests/bench/input_features.py` measures more sounds against the goals.
"""

from typing import NamedTuple

import numpy as np
import pytest
from support import pitched, played
from support.sounds import SAMPLE_RATE_HZ, Float32, Float64, sine, white_noise

from distill_live.input import HOP_SAMPLES, FeatureAnalyser

HOP_S = HOP_SAMPLES / SAMPLE_RATE_HZ


class Columns(NamedTuple):
    """Features of several hops, ``(hops,)`` each, named as those of `Features`."""

    level_db: Float64
    brightness_hz: Float64
    noisiness: Float64
    onset: Float64
    pitch: Float64
    confidence: Float64


def features(sound: Float32 | Float64, rate_hz: int = SAMPLE_RATE_HZ) -> Columns:
    """Features of the second half of a sound."""
    found = FeatureAnalyser(rate_hz).push(sound.astype(np.float32))
    return Columns(*np.array(found[len(found) // 2 :]).T)


@pytest.mark.parametrize("rate_hz", [16000, 44100, 96000, 192000])
def test_a_tone_has_its_level_brightness_and_pitch_at_any_rate(rate_hz: int) -> None:
    found = features(
        0.2 * sine(441.7, 0.4, rate_hz, 1.0) + 0.1 * sine(883.4, 0.4, rate_hz), rate_hz
    )
    assert np.abs(found.level_db - 10 * np.log10(0.5 * (0.04 + 0.0025))).max() < 0.5
    assert found.brightness_hz.mean() == pytest.approx(441.7 * (0.2 + 2 * 0.05) / 0.25, rel=0.03)
    assert np.abs(found.pitch - (69 + 12 * np.log2(441.7 / 440))).max() < 0.05
    assert found.confidence.min() > 0.9
    assert not found.onset.any()


def test_noise_is_noisy_and_has_no_pitch(rng: np.random.Generator) -> None:
    noise, tone = features(white_noise(0.5, rng)), features(sine(1000.0, 0.5))
    assert noise.noisiness.min() > 0.9
    assert tone.noisiness.max() < 0.3
    assert np.mean(noise.pitch > 0) < 0.05
    assert noise.brightness_hz.mean() == pytest.approx(SAMPLE_RATE_HZ / 4, rel=0.05)


def test_pitch_is_within_20_cents_at_40_db() -> None:
    rng = np.random.default_rng(1)
    near = []
    for make in (pitched.tone, pitched.plucked):
        for hz in (90.0, 220.0, 700.0):
            sound = make(hz, rng)[: SAMPLE_RATE_HZ // 2]
            sound /= np.sqrt(np.mean(sound**2))
            found = features(0.1 * sound + 1e-3 * rng.standard_normal(len(sound)))
            near.append(np.abs(found.pitch - (69 + 12 * np.log2(hz / 440))) < 0.2)
    assert np.mean(near) > 0.9


def test_onsets_of_plucked_and_struck_notes_are_found() -> None:
    true = found = hits = 0
    for phrase in played.phrases(5, tempi=(5.0,)):
        push = FeatureAnalyser(SAMPLE_RATE_HZ).push
        hops = np.flatnonzero([one.onset > 0 for one in push(phrase.sound)])
        true, found = true + len(phrase.onsets_s), found + len(hops)
        hits += len(played.matched(phrase.onsets_s, HOP_S * (hops + 1.0)))
    assert hits / true > 0.93
    assert hits / found > 0.93


def test_any_split_of_a_sound_gives_the_same_features(rng: np.random.Generator) -> None:
    sound = white_noise(0.3, rng) * np.linspace(0, 1, round(0.3 * SAMPLE_RATE_HZ), dtype=np.float32)
    whole = FeatureAnalyser(SAMPLE_RATE_HZ).push(sound)
    analyser = FeatureAnalyser(SAMPLE_RATE_HZ)
    for _ in range(2):  # again after a reset
        analyser.reset()
        cuts = np.sort(rng.integers(0, len(sound), 30))
        parts = [one for part in np.split(sound, cuts) for one in analyser.push(part)]
        assert parts == whole
