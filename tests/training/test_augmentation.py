"""Test waveform augmentation: effect of each change, reproducibility by seed."""

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from support import sounds

from distill_live.errors import ConfigurationError
from distill_train.config import AugmentationConfig
from distill_train.corpus.augmentation import Filter, Variation, draw_variation

RATE_HZ = 48000
COUNT = 48000
INNER = slice(6000, -6000)


def tone(frequency_hz: float = 1000.0) -> sounds.Float32:
    return sounds.sine(frequency_hz, 3.0, RATE_HZ)


def copy(variation: Variation, sound: sounds.Float32, begin: int = 40000) -> sounds.Float32:
    first, count = variation.source(begin, COUNT)
    return variation.apply(sound[first : first + count], COUNT, RATE_HZ)


def frequency_hz(sound: sounds.Float32) -> float:
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), 8 * len(sound)))
    return float(spectrum.argmax() * RATE_HZ / (8 * len(sound)))


def level_db(sound: sounds.Float32) -> float:
    return float(10 * np.log10(np.mean(sound[INNER].astype(float) ** 2)))


def draws(config: AugmentationConfig, count: int = 400) -> list[Variation]:
    rng = np.random.default_rng(7)
    return [draw_variation(config, 24000, RATE_HZ, rng) for _ in range(count)]


def test_no_change_gives_the_sound_itself() -> None:
    assert np.array_equal(copy(Variation(), tone()), tone()[40000 : 40000 + COUNT])


def test_a_shift_reads_elsewhere() -> None:
    assert np.array_equal(copy(Variation(shift_samples=-777), tone()), tone()[39223:][:COUNT])


def test_gain_and_polarity() -> None:
    louder = copy(Variation(gain_db=6.0), tone())
    assert louder == pytest.approx(10 ** (6 / 20) * tone()[40000:][:COUNT], abs=1e-6)
    assert np.array_equal(copy(Variation(inverted=True), tone()), -tone()[40000:][:COUNT])


@pytest.mark.parametrize("ratio", [Fraction(11, 10), Fraction(9, 10), Fraction(97, 100)])
def test_speed_moves_the_pitch_and_time_with_it(ratio: Fraction) -> None:
    faster = copy(Variation(speed=ratio), tone())
    assert len(faster) == COUNT
    assert frequency_hz(faster[INNER]) == pytest.approx(1000.0 * ratio, rel=1e-4)
    assert level_db(faster) == pytest.approx(level_db(tone()), abs=0.1)
    _, heard = Variation(speed=ratio).source(0, COUNT)
    assert heard == pytest.approx(COUNT * ratio, abs=1)


@pytest.mark.parametrize("ratio", [Fraction(11, 10), Fraction(9, 10), Fraction(97, 100)])
def test_pitch_leaves_time_alone(ratio: Fraction) -> None:
    sound = tone()
    sound[: 40000 + COUNT // 2] = 0.0  # it begins in the middle of the copy
    higher = copy(Variation(pitch=ratio), sound)
    assert len(higher) == COUNT
    half = higher[COUNT // 2 + 4000 : -6000]
    assert frequency_hz(half) == pytest.approx(1000.0 * ratio, rel=1e-3)
    assert np.sqrt(np.mean(half**2)) == pytest.approx(0.5 / np.sqrt(2), rel=0.16)
    assert np.abs(higher[: COUNT // 2 - 3000]).max() < 0.02


@pytest.mark.parametrize(
    ("kind", "raised_hz", "same_hz"),
    [("bass", 100.0, 8000.0), ("treble", 8000.0, 100.0), ("bell", 1000.0, 15000.0)],
)
def test_filters_change_their_part_of_the_spectrum_and_never_clip(
    kind: str, raised_hz: float, same_hz: float
) -> None:
    variation = Variation(filter=Filter(kind, 1000.0, 12.0))
    for frequency, gain_db in ((raised_hz, 12.0), (same_hz, 0.0)):
        sound = 1.9 * tone(frequency)  # raised, it is far beyond full scale
        changed = copy(variation, sound)
        assert level_db(changed) - level_db(sound) == pytest.approx(gain_db, abs=0.7)
        assert frequency_hz(changed[INNER]) == pytest.approx(frequency, rel=1e-3)
        spectrum = np.abs(np.fft.rfft(changed[INNER] * np.hanning(len(changed[INNER]))))
        peak = int(spectrum.argmax())
        spectrum[peak - 20 : peak + 21] = 0.0
        assert spectrum.max() < 1e-3 * np.abs(changed[INNER]).sum() / 4


def test_noise_lies_so_much_under_the_sound_and_silence_stays_silent() -> None:
    noisy = copy(Variation(noise_db=-20.0, noise_seed=3), tone())
    noise = noisy - tone()[40000:][:COUNT]
    assert level_db(noise) - level_db(tone()) == pytest.approx(-20.0, abs=0.3)
    assert np.array_equal(noisy, copy(Variation(noise_db=-20.0, noise_seed=3), tone()))
    assert not np.array_equal(noisy, copy(Variation(noise_db=-20.0, noise_seed=4), tone()))
    everything = Variation(noise_db=-20.0, filter=Filter("bell", 500.0, 6.0), gain_db=3.0)
    assert not copy(everything, np.zeros_like(tone())).any()


def test_every_change_has_its_probability() -> None:
    changed: dict[str, Callable[[Variation], bool]] = {
        "gain": lambda v: v.gain_db != 0.0,
        "shift": lambda v: v.shift_samples != 0,
        "filter": lambda v: v.filter is not None,
        "noise": lambda v: v.noise_db is not None,
        "polarity": lambda v: v.inverted,
        "speed": lambda v: v.speed != 1,
        "pitch": lambda v: v.pitch != 1,
    }
    never = dict.fromkeys((f"{name}_probability" for name in changed), 0.0)
    assert set(draws(AugmentationConfig(**never))) == {
        Variation(noise_seed=v.noise_seed) for v in draws(AugmentationConfig(**never))
    }
    sizes = {"speed_share": 0.5, "pitch_semitones": 12.0}
    for name, does in changed.items():
        always = AugmentationConfig(**{**never, **sizes, f"{name}_probability": 1.0})
        assert np.mean([does(v) for v in draws(always)]) > 0.95  # some draws round to nothing
        others = [other for other in changed if other != name]
        assert not any(changed[other](v) for v in draws(always) for other in others)
        sometimes = AugmentationConfig(**{**never, **sizes, f"{name}_probability": 0.3})
        assert np.mean([does(v) for v in draws(sometimes)]) == pytest.approx(0.3, abs=0.08)


def test_sizes_are_bounded_and_reached() -> None:
    names = ("gain", "shift", "filter", "noise", "polarity", "speed", "pitch")
    config = AugmentationConfig(
        **dict.fromkeys((f"{name}_probability" for name in names), 1.0),
        gain_db=4.0,
        shift_share=0.5,
        filter_db=5.0,
        speed_share=0.1,
        pitch_semitones=2.0,
    )
    found = draws(config)
    for values, limit in (
        ([v.gain_db for v in found], 4.0),
        ([v.shift_samples for v in found], 12000),
        ([v.filter.gain_db for v in found if v.filter], 5.0),
        ([float(v.speed) - 1 for v in found], 0.1),
        ([12 * np.log2(float(v.pitch)) for v in found], 2.0),
    ):
        assert max(values) <= limit * 1.06  # ratios are rounded to hundredths
        assert min(values) >= -limit * 1.06
        assert max(values) > 0.9 * limit
        assert min(values) < -0.9 * limit
    assert all(v.speed.denominator <= 100 and v.pitch.denominator <= 100 for v in found)
    hz = [v.filter.frequency_hz for v in found if v.filter]
    assert 80.0 <= min(hz) < 120.0
    assert 12000.0 < max(hz) < RATE_HZ / 2
    assert {v.filter.kind for v in found if v.filter} == {"bass", "treble", "bell"}


def test_one_probability_does_not_change_what_else_is_drawn() -> None:
    one = draws(AugmentationConfig(gain_probability=1.0, noise_probability=0.0))
    two = draws(AugmentationConfig(gain_probability=1.0, noise_probability=1.0))
    assert [v.gain_db for v in one] == [v.gain_db for v in two]
    assert [v.shift_samples for v in one] == [v.shift_samples for v in two]


@pytest.mark.parametrize(
    "wrong",
    [
        {"gain_probability": 1.1},
        {"noise_probability": -0.1},
        {"shift_share": 0.6},
        {"noise_db": 3.0},
        {"speed_share": float("nan")},
        {"pitch_semitones": 13.0},
    ],
)
def test_settings_out_of_range_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ConfigurationError, match=next(iter(wrong))):
        AugmentationConfig(**wrong)
