"""Pitch and formant shift: frequencies, levels, noise stays noise."""

import numpy as np
import pytest
from numpy.typing import NDArray
from support.hop_line import hop_line_db
from support.sounds import click, sine, white_noise
from support.tones import RATE_HZ, analysed, ripple_db, strongest_hz

from distill_live.spectrogram import (
    LOW_LATENCY,
    STANDARD,
    Representation,
    SpectrogramSettings,
    Statistics,
    hann,
)
from distill_live.synthesis import Shift, synthesize
from distill_live.synthesis.shift import GLIDE_S

Float32 = NDArray[np.float32]

PROFILES = [pytest.param(STANDARD, id="2048/512"), pytest.param(LOW_LATENCY, id="1024/256 trimmed")]
F0_HZ = 150.0


def shifted(
    sound: Float32,
    settings: SpectrogramSettings,
    pitch: float = 0.0,
    formant: float = 0.0,
    *,
    keep: bool = False,
) -> Float32:
    """A sound, analysed, moved by semitones and made to sound again."""
    representation, power, frequency = analysed(sound, settings)
    shift = Shift(representation)
    shift.pitch, shift.formant, shift.keep = pitch, formant, keep
    shift.step()
    power, frequency = shift.move(power.T[None].copy(), frequency.T[None].copy())
    rng = np.random.default_rng(0)
    return synthesize(
        representation, power[0].T.copy(), frequency[0].T.copy(), rng, length_samples=len(sound)
    )


def vowel(formant_hz: float = 900.0) -> Float32:
    """Partials of `F0_HZ` under one formant."""
    hz = F0_HZ * np.arange(1, 60)
    gains = 1e-3 + np.exp(-0.5 * ((hz - formant_hz) / 250.0) ** 2)
    parts = [sine(f, amplitude=float(0.1 * gain)) for f, gain in zip(hz, gains, strict=True)]
    total: Float32 = np.sum(parts, axis=0, dtype=np.float32)
    return total


def envelope_hz(sound: Float32) -> float:
    """Mean frequency of a sound's power."""
    middle = sound[12000:36000]
    power = np.abs(np.fft.rfft(middle * hann(len(middle)))) ** 2
    return float((power * np.fft.rfftfreq(len(middle), 1 / RATE_HZ)).sum() / power.sum())


def gain_db(sound: Float32, reference: Float32) -> float:
    return float(20 * np.log10(sound[12000:36000].std() / reference[12000:36000].std()))


@pytest.mark.parametrize("settings", PROFILES)
def test_sines_go_where_they_should_and_keep_their_level(settings: SpectrogramSettings) -> None:
    failures = []
    for hz in (233.0, 440.0, 1000.0, 1777.0, 3520.0):
        for semitones in (-24.0, -12.0, -0.3, 1.0, 5.0, 12.0, 24.0):
            to_hz = hz * 2 ** (semitones / 12)
            if to_hz < (50 if settings.n_fft == 2048 else 100):
                continue  # hardly two bins
            tone = sine(hz, 0.8)
            sound = shifted(tone, settings, semitones)[8000:32000]
            cents = 1200 * np.log2(strongest_hz(sound) / to_hz)
            level = 20 * np.log10(sound.std() / tone.std())
            if abs(cents) > 2 or abs(level) > 0.1 or ripple_db(sound) > 2:
                failures.append(f"{hz} Hz {semitones:+}: {cents:.2f} cents, {level:.2f} dB")
    assert not failures


def test_sines_between_any_bands_move_within_2_cents() -> None:
    for hz in 400 * 2 ** (np.arange(12) / 37):
        sound = shifted(sine(hz, 0.8), STANDARD, 3.7)[8000:32000]
        assert abs(1200 * np.log2(strongest_hz(sound) / hz) - 370) < 2


@pytest.mark.parametrize("semitones", [-5.0, 7.0])
def test_every_partial_of_a_tone_moves_and_its_level_with_it(semitones: float) -> None:
    ratio, hz = 2 ** (semitones / 12), 440.0 * np.arange(1, 9)
    tone = np.sum([sine(f, amplitude=0.3 / n) for n, f in enumerate(hz, 1)], axis=0)
    sound = shifted(tone.astype(np.float32), STANDARD, semitones)[12000:36000]
    spectrum = np.abs(np.fft.rfft(sound * hann(len(sound)))) * 4 / len(sound)
    for number, f in enumerate(hz * ratio, 1):
        near = slice(int((f - 20) / 2), int((f + 20) / 2))  # 2 Hz a bin
        amplitude = np.sqrt((spectrum[near] ** 2).sum() / 1.5)  # of a sine through the window
        assert 20 * np.log10(amplitude * number / 0.3) == pytest.approx(0, abs=0.5)
        found_hz = strongest_hz(sound, f - 60, f + 60)
        assert abs(1200 * np.log2(found_hz / f)) < 2


@pytest.mark.parametrize("settings", PROFILES)
def test_noise_stays_noise_and_as_dense(
    settings: SpectrogramSettings, rng: np.random.Generator
) -> None:
    noise = white_noise(4.0, rng)
    as_it_was = shifted(noise, settings)
    for semitones, lost_db in ((-12.0, 0.0), (0.01, 0.0), (12.0, 10 * np.log10(2))):
        sound = shifted(noise, settings, semitones)
        # 7.7 dB was seen on one processor, 6.9 on another.
        assert hop_line_db(sound, RATE_HZ / settings.hop_samples, RATE_HZ) < 12
        assert gain_db(sound, as_it_was) == pytest.approx(-lost_db, abs=0.3)
        top_hz = min(1.0, 2 ** (semitones / 12)) * RATE_HZ / 2
        power = np.abs(np.fft.rfft(sound)) ** 2
        octaves = [power[int(k * len(power) / 32) : int(2 * k * len(power) / 32)].mean()
                   for k in (1, 2, 4, 8) if k * RATE_HZ / 32 < top_hz / 2]  # fmt: skip
        assert 10 * np.log10(max(octaves) / min(octaves)) < 1


def test_what_goes_beyond_half_the_sample_rate_is_gone() -> None:
    assert np.abs(shifted(sine(15000.0), STANDARD, 12.0)[4800:-4800]).max() < 1e-4
    both = sine(15000.0, amplitude=0.4) + sine(440.0, amplitude=0.4)
    sound = shifted(both, STANDARD, 12.0)
    assert gain_db(sound, sine(880.0, amplitude=0.4)) == pytest.approx(0, abs=0.1)


@pytest.mark.parametrize("settings", PROFILES)
@pytest.mark.parametrize("semitones", [-12.0, 12.0])
def test_a_click_stays_short_and_in_its_place(
    settings: SpectrogramSettings, semitones: float
) -> None:
    sound = shifted(click(), settings, semitones).astype(np.float64)
    plain = shifted(click(), settings).astype(np.float64)
    centres, widths = [], []
    for x in (plain, sound):
        passed = np.cumsum(x**2) / (x**2).sum()
        first, middle, last = np.searchsorted(passed, [0.05, 0.5, 0.95])
        centres.append(int(middle))
        widths.append(int(last - first))
    assert abs(centres[1] - centres[0]) < settings.hop_samples / 4
    assert widths[1] < widths[0] + settings.hop_samples / 2


def test_formants_move_with_the_pitch_unless_they_are_kept() -> None:
    plain = shifted(vowel(), STANDARD)
    at_hz = envelope_hz(plain)
    up, kept = (shifted(vowel(), STANDARD, 7.0, keep=keep) for keep in (False, True))
    for sound in (up, kept):
        assert strongest_hz(sound, 140, 260) == pytest.approx(F0_HZ * 2 ** (7 / 12), abs=0.5)
        assert gain_db(sound, plain) == pytest.approx(0, abs=0.3)
    assert 12 * np.log2(envelope_hz(up) / at_hz) == pytest.approx(7, abs=0.5)
    assert 12 * np.log2(envelope_hz(kept) / at_hz) == pytest.approx(0, abs=1.5)


@pytest.mark.parametrize("semitones", [-5.0, 5.0])
def test_formants_move_alone(semitones: float) -> None:
    plain = shifted(vowel(), STANDARD)
    moved = shifted(vowel(), STANDARD, 0.0, semitones)
    for number in (3, 5, 7):
        f = number * F0_HZ
        assert strongest_hz(moved, f - 60, f + 60) == pytest.approx(f, rel=1e-3)
    way = 12 * np.log2(envelope_hz(moved) / envelope_hz(plain))
    assert way == pytest.approx(semitones, abs=2)
    assert gain_db(moved, plain) == pytest.approx(0, abs=0.3)


def test_a_lone_sine_is_as_loud_wherever_its_formant_is() -> None:
    tone = sine(440.0)
    for pitch, formant in ((12.0, 0.0), (-12.0, 0.0), (0.0, 24.0)):
        sound = shifted(tone, STANDARD, pitch, formant, keep=True)
        assert gain_db(sound, tone) == pytest.approx(0, abs=0.8)


@pytest.mark.parametrize("settings", PROFILES)
def test_an_interval_is_reached_in_equal_steps_and_nothing_is_left_of_it(
    settings: SpectrogramSettings,
) -> None:
    representation = Representation(settings, Statistics())
    shift, centres = Shift(representation), representation.centres_bins.astype(np.float32)
    sine_at = np.searchsorted(centres, 60)
    power = np.zeros((1, 3, settings.n_mels), np.float32)
    power[..., sine_at : sine_at + 2] = 100.0
    frequency = np.tile(centres, (1, 3, 1))
    frequency[..., sine_at : sine_at + 2] = 60.0

    def semitones() -> float:
        moved, there = shift.move(power, frequency)
        return float(12 * np.log2(there[0, 0, moved[0, 0].argmax()] / 60))

    shift.pitch = -12.0  # before anything has sounded
    shift.step()
    assert semitones() == pytest.approx(-12, abs=0.01)
    shift.pitch = 12.0
    heard = []
    for _ in range(round(2 * GLIDE_S * settings.frames_per_second)):
        shift.step()
        heard.append(semitones())
    hops = round(GLIDE_S * settings.frames_per_second)
    np.testing.assert_allclose(np.diff(heard[:hops]), 24 / hops, atol=0.02)
    np.testing.assert_allclose(heard[hops - 1 :], 12, atol=0.01)
    shift.pitch = 0.0
    for _ in range(hops):
        shift.step()
    moved, there = shift.move(power, frequency)
    assert moved is power
    assert there is frequency


@pytest.mark.parametrize(
    "settings",
    [SpectrogramSettings(n_mels=512), SpectrogramSettings(n_mels=16, sample_rate_hz=8000)],
    ids=["512 bands", "16 bands at 8 kHz"],
)
@pytest.mark.parametrize("level", [0.0, 1e-30, 1e12])
def test_any_frame_is_survived(
    settings: SpectrogramSettings, level: float, rng: np.random.Generator
) -> None:
    shift = Shift(Representation(settings, Statistics()))
    power = np.full((1, 3, settings.n_mels), level, np.float32)
    frequency = rng.uniform(-10, 2 * settings.n_bins, power.shape).astype(np.float32)
    for pitch, formant in ((-24.0, -24.0), (24.0, 24.0), (24.0, -24.0)):
        shift.pitch, shift.formant = pitch, formant
        shift.reset()
        shift.step()
        moved, there = shift.move(power, frequency)
        assert moved.dtype == there.dtype == np.float32
        assert np.isfinite(moved).all()
        assert np.isfinite(there).all()
        assert (moved >= 0).all()
        assert moved.sum() <= 2 * power.sum()
