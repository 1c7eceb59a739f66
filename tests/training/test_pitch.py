"""The pitch of a sound: right for synthetic tones, strings and bows, none for noise."""

import numpy as np
import pytest
from support import sounds
from support.pitched import cents_off, is_octave_error, pitched_sounds
from support.sounds import SAMPLE_RATE_HZ

from distill_train.latent.features import landmark_features
from distill_train.latent.pitch import estimate_pitch


def test_pitches_of_tones_strings_and_bows_are_right() -> None:
    """With margins: `tests/bench/pitch.py` measures more sounds against 95 % and 2 %."""
    cents = []
    for _, hz, _, sound in pitched_sounds(12):
        pitch = estimate_pitch(sound, SAMPLE_RATE_HZ)
        cents.append(cents_off(pitch.hz if pitch else 0.0, hz))
    assert np.mean(np.abs(cents) <= 10) >= 0.9
    assert sum(map(is_octave_error, cents)) <= 1


@pytest.mark.parametrize("rate_hz", [8000, 22050, 44100, 96000])
@pytest.mark.parametrize("hz", [55.0, 441.7, 1990.0])
def test_a_pitch_is_the_same_at_any_rate_and_level(hz: float, rate_hz: int) -> None:
    sound = sum(
        sounds.sine(n * hz, 1.0, rate_hz, 0.1 / n) for n in (1, 2, 3) if n * hz < 0.5 * rate_hz
    )
    for gain in (1.0, 1e-3):
        pitch = estimate_pitch(np.float32(gain) * np.asarray(sound), rate_hz)
        assert pitch
        assert abs(cents_off(pitch.hz, hz)) < 5
        assert pitch.confidence > 0.95


@pytest.mark.parametrize("rate_hz", [8000, 44100, 96000])
@pytest.mark.parametrize("hz", [27.5, 30.87, 41.2])
def test_low_strings_have_their_pitch_though_the_octave_is_louder(hz: float, rate_hz: int) -> None:
    sound = sum(
        sounds.sine(n * hz, 1.0, rate_hz, 0.5 * amplitude)
        for n, amplitude in enumerate((0.3, 1.0, 0.2, 0.3), start=1)
    )
    pitch = estimate_pitch(np.asarray(sound), rate_hz)
    assert pitch
    assert abs(cents_off(pitch.hz, hz)) < 5
    assert pitch.confidence > 0.95


def test_confidence_is_the_share_of_the_power_that_has_the_pitch(rng: np.random.Generator) -> None:
    tone = np.sqrt(2) * sounds.sine(300.0, amplitude=0.1)
    for noise_db, share in ((-40, 1.0), (-10, 0.91), (-3, 0.67)):
        noise = sounds.white_noise(1.0, rng, deviation=0.1 * 10 ** (noise_db / 20))
        pitch = estimate_pitch(tone + noise, SAMPLE_RATE_HZ)
        assert pitch
        assert pitch.confidence == pytest.approx(share, abs=0.05)
    half = np.concatenate([tone, sounds.white_noise(1.0, rng, deviation=0.1)])
    pitch = estimate_pitch(half, SAMPLE_RATE_HZ)
    assert pitch
    assert pitch.confidence == pytest.approx(0.5, abs=0.05)


def test_of_two_notes_one_is_the_pitch_and_never_one_between() -> None:
    pair = np.concatenate([sounds.sine(300.0, 0.6), sounds.sine(500.0, 0.4)])
    pitch = estimate_pitch(pair, SAMPLE_RATE_HZ)
    assert pitch
    assert abs(cents_off(pitch.hz, 300.0)) < 5
    assert 0.5 < pitch.confidence < 0.7


def test_landmarks_have_the_features_of_their_sound(rng: np.random.Generator) -> None:
    loudness, brightness, noisiness, pitch, confidence, onset = landmark_features(
        sounds.sine(500.0), SAMPLE_RATE_HZ
    )
    assert loudness == pytest.approx(-9.03, abs=0.01)
    assert brightness == pytest.approx(500.0, rel=0.05)
    assert pitch == pytest.approx(500.0, rel=0.001)
    assert confidence > 0.95
    assert onset < 0.5
    struck = np.concatenate([1e-3 * sounds.sine(500.0, 0.5), sounds.sine(500.0, 0.5)])
    assert landmark_features(struck, SAMPLE_RATE_HZ)[5] > onset + 5
    noise = landmark_features(sounds.white_noise(1.0, rng), SAMPLE_RATE_HZ)
    assert noise[2] > noisiness + 10
    assert noise[3] == noise[4] == 0.0
