"""Test the spectral distance against scipy and values computed by hand."""

import numpy as np
import pytest
import scipy.signal
from support import sounds
from support.hop_line import HOP_LINE_SAMPLES, envelope, hop_line_db

from distill_live.errors import TrainingError
from distill_train.spectral_distance import (
    RELATIVE_FLOOR,
    WINDOWS_SAMPLES,
    spectral_distance,
)

RATE_HZ = sounds.SAMPLE_RATE_HZ


def test_equal_sounds_are_at_distance_zero(rng: np.random.Generator) -> None:
    sound = sounds.tabla(1.0, rng)
    assert spectral_distance(sound, sound) == (0.0, 0.0)
    assert spectral_distance(sound, -sound) == (0.0, 0.0)  # magnitudes only


def test_distance_of_a_gain_follows_from_the_definition() -> None:
    # A single click: every frame that it lies in has the window's value there as its spectrum.
    click = sounds.click(0.5, at_s=0.25)
    at, expected_db = 12000, []
    for window_samples in WINDOWS_SAMPLES:
        hop = window_samples // 4
        starts = np.arange(1 + len(click) // hop) * hop - window_samples // 2
        place = at - starts
        place = place[(place >= 0) & (place < window_samples)]
        a = 0.9 * np.sin(np.pi * place / window_samples) ** 2
        floor = RELATIVE_FLOOR * a.max()
        heard = np.sum(20 * np.log10((a + floor) / (a / 4 + floor)))
        expected_db.append(heard / len(starts))
    result = spectral_distance(click, click / 4)
    assert result.log_spectral_db == pytest.approx(np.mean(expected_db), rel=1e-6)
    assert result.convergence == pytest.approx(0.75, rel=1e-9)


def test_gain_of_steady_noise_is_that_many_decibels(rng: np.random.Generator) -> None:
    noise = sounds.white_noise(1.0, rng)
    assert spectral_distance(noise, noise / 2).log_spectral_db == pytest.approx(6.02, abs=0.1)
    assert spectral_distance(noise, 0 * noise).convergence == pytest.approx(1.0)


def test_distance_agrees_with_scipy(rng: np.random.Generator) -> None:
    # 4096 divides the length, so that scipy's frames are these.
    reference, sound = (sounds.white_noise(8 * 4096 / RATE_HZ, rng) for _ in range(2))
    reference = reference + sounds.sine(440, 8 * 4096 / RATE_HZ)
    decibels, convergences = [], []
    for samples in (512, 1024, 2048, 4096):
        magnitudes = []
        for x in (reference, sound):
            padded = np.pad(x.astype(np.float64), samples // 2, mode="reflect")
            hop = samples // 4
            window = scipy.signal.get_window("hann", samples)
            _, _, spectrum = scipy.signal.stft(  # type: ignore[call-overload]
                padded, window=window, nperseg=samples, noverlap=samples - hop, padded=False,
                boundary=None,
            )  # fmt: skip
            magnitudes.append(np.abs(spectrum) * window.sum())
        a, b = magnitudes
        floor = 0.001 * a.max()
        decibels.append(np.mean(np.abs(20 * np.log10((a + floor) / (b + floor)))))
        convergences.append(np.sqrt(np.sum((a - b) ** 2) / np.sum(a**2)))
    result = spectral_distance(reference, sound)
    assert result.log_spectral_db == pytest.approx(np.mean(decibels), rel=1e-9)
    assert result.convergence == pytest.approx(np.mean(convergences), rel=1e-9)


@pytest.mark.parametrize("samples", [4096, 4097, 31 * 37])
def test_envelope_agrees_with_scipy(samples: int, rng: np.random.Generator) -> None:
    sound = rng.standard_normal(samples)
    expected = np.abs(scipy.signal.hilbert(sound))
    np.testing.assert_allclose(envelope(sound), expected, rtol=0, atol=1e-12)


def test_envelope_of_a_sine_is_its_amplitude() -> None:
    sound = sounds.sine(1000.0, 1.0, amplitude=0.3)
    np.testing.assert_allclose(envelope(sound), 0.3, rtol=1e-4)


@pytest.mark.parametrize("rate_hz", [93.75, 187.5])
def test_hop_line_agrees_with_scipy(rate_hz: float, rng: np.random.Generator) -> None:
    time_s = np.arange(3 * RATE_HZ) / RATE_HZ
    noise = sounds.white_noise(3.0, rng)
    for depth in (0.0, 0.1, 0.5):
        buzzing = noise * (1 + depth * np.sin(2 * np.pi * rate_hz * time_s))
        squared = np.abs(scipy.signal.hilbert(buzzing)) ** 2
        frequencies, power = scipy.signal.welch(
            squared - squared.mean(), RATE_HZ, nperseg=HOP_LINE_SAMPLES
        )
        at = np.argmin(np.abs(frequencies - rate_hz))
        near = np.r_[power[at - 40 : at - 4], power[at + 5 : at + 41]]
        expected_db = 10 * np.log10(power[at - 1 : at + 2].max() / np.median(near))
        assert hop_line_db(buzzing, rate_hz, RATE_HZ) == pytest.approx(expected_db, abs=1e-6)


def test_hop_line_tells_a_buzz_from_noise(rng: np.random.Generator) -> None:
    noise = sounds.white_noise(4.0, rng)
    time_s = np.arange(len(noise)) / RATE_HZ
    buzzing = noise * (1 + 0.3 * np.sin(2 * np.pi * 93.75 * time_s))
    assert hop_line_db(noise, 93.75, RATE_HZ) < 5
    assert hop_line_db(buzzing, 93.75, RATE_HZ) > 20
    assert hop_line_db(buzzing, 300.0, RATE_HZ) < 5
    assert hop_line_db(noise, 23.4375, RATE_HZ) < 5  # as low as it goes


def test_sounds_that_cannot_be_measured_are_refused(rng: np.random.Generator) -> None:
    sound = sounds.white_noise(1.0, rng)
    with pytest.raises(TrainingError, match="same length"):
        spectral_distance(sound, sound[:-1])
    with pytest.raises(TrainingError, match=r"must be \(samples,\)"):
        spectral_distance(sound[:, None], sound[:, None])
    with pytest.raises(TrainingError, match="reference is silent"):
        spectral_distance(0 * sound, sound)
    with pytest.raises(TrainingError, match=r"needs \(32768,\) or more"):
        hop_line_db(sound[: HOP_LINE_SAMPLES - 1], 93.75, RATE_HZ)
    with pytest.raises(TrainingError, match="silent"):
        hop_line_db(0 * sound, 93.75, RATE_HZ)
    with pytest.raises(TrainingError, match="from 23"):
        hop_line_db(sound, 10.0, RATE_HZ)
