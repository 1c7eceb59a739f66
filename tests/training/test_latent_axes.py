"""Test latent axes: a known factor is found and named, others are not."""

import math

import numpy as np
import pytest
from support import sounds
from support.analysed import analyse_recordings
from support.small import SETTINGS
from support.tiny import tiny_bundle

from distill_live.engine.latent.point import LATENT_LIMIT
from distill_train.latent.axes import MIN_CORRELATION, find_axes, follows, sweep
from distill_train.latent.chunk_renderer import ChunkRenderer
from distill_train.latent.features import FEATURES
from distill_train.latent.latent_space import (
    fitted_directions,
    landmarks,
    latent_space,
    sound_directions,
    source_chunks,
)

RATE_HZ = 16000
SIZE = 6
BRIGHT = np.array([0.6, 0.0, 0.8, 0.0, 0.0, 0.0])
LOUD = np.array([0.0, 1.0, 0.0, 0.0, 0.0, 0.0])
BRIGHTNESS, LOUDNESS = range(2)
PITCH = 5


def render(latent: sounds.Float64) -> sounds.Float32:
    """Sine whose pitch follows one direction and whose level follows another."""
    frequency_hz = 500.0 * 2.0 ** (0.5 * float(latent @ BRIGHT))
    amplitude = 0.1 * 2.0 ** float(latent @ LOUD)
    return sounds.sine(frequency_hz, 0.25, RATE_HZ, amplitude)


def seeded() -> np.random.Generator:
    return np.random.default_rng(7)


def corpus(count: int = 80, seed: int = 0) -> sounds.Float64:
    return np.random.default_rng(seed).standard_normal((count, SIZE))


def test_a_known_factor_is_found_and_named_and_up_means_more() -> None:
    axes = {axis.name: axis for axis in find_axes(corpus(), render, RATE_HZ, seeded())}
    assert axes["brightness"].direction @ BRIGHT > 0.85
    assert axes["loudness"].direction @ LOUD > 0.9
    assert "noisiness" not in axes or abs(axes["noisiness"].direction @ BRIGHT) < 0.9
    for axis in axes.values():
        assert np.linalg.norm(axis.direction) == pytest.approx(1.0, abs=1e-5)


def test_ranges_are_the_corpus_percentiles() -> None:
    points = corpus()
    for axis in find_axes(points, render, RATE_HZ, seeded()):
        projections = points @ axis.direction
        low, high = np.percentile(projections, (5, 95))
        assert (axis.low, axis.mean, axis.high) == pytest.approx(
            (low, projections.mean(), high), abs=1e-4
        )
        assert axis.variance == pytest.approx(
            projections.var() / points.var(axis=0).sum(), abs=0.01
        )


def test_what_the_sound_does_not_follow_is_no_axis() -> None:
    assert find_axes(corpus(), lambda _: sounds.sine(500.0, 0.25, RATE_HZ), RATE_HZ, seeded()) == ()


def test_a_change_too_small_to_notice_has_no_name() -> None:
    def barely(latent: sounds.Float64) -> sounds.Float32:
        return sounds.sine(500.0, 0.25, RATE_HZ, 0.1 + 1e-4 * float(latent @ LOUD))

    assert "loudness" not in {axis.name for axis in find_axes(corpus(), barely, RATE_HZ, seeded())}


def test_pitch_is_named_where_the_corpus_has_one() -> None:
    """A buzz whose pitch follows one direction; a share of the points is noise."""
    noise = sounds.white_noise(0.5, seeded(), RATE_HZ)

    def buzz(latent: sounds.Float64) -> sounds.Float32:
        # the same harmonics' centroid whatever the pitch, so that brightness does not follow it
        at = 200.0 * 2.0 ** (0.3 * float(latent @ BRIGHT))
        tones = [sounds.sine(n * at, 0.5, RATE_HZ, 0.1) for n in range(1, int(2000 / at) + 1)]
        sound: sounds.Float32 = np.sum(tones, axis=0, dtype=np.float32)
        return sound

    def some_noise(share: float) -> set[str]:
        def render(latent: sounds.Float64) -> sounds.Float32:
            return noise if latent[1] < np.quantile(corpus()[:, 1], share) else buzz(latent)

        return {axis.name for axis in find_axes(corpus(), render, RATE_HZ, seeded())}

    assert "pitch" in some_noise(0.2)
    assert "pitch" not in some_noise(0.7)


def test_a_sweep_through_sounds_without_pitch_does_not_follow_it() -> None:
    def half(latent: sounds.Float64) -> sounds.Float32:
        if latent @ BRIGHT > 0.3:
            return sounds.white_noise(0.25, seeded(), RATE_HZ)
        return render(latent)

    points = corpus()
    swept = sweep(BRIGHT, points, points[:5], half, RATE_HZ)
    assert not follows(swept, PITCH)
    assert np.isnan(swept.heard[:, -1, PITCH]).all()
    assert np.isfinite(swept.change).all()
    assert np.isnan(swept.about_means).any()
    assert np.nanmean(swept.about_means, axis=1) == pytest.approx(0.0, abs=1e-9)


def test_a_factor_that_turns_round_in_the_middle_is_not_followed() -> None:
    def folded(latent: sounds.Float64) -> sounds.Float32:
        return sounds.sine(500.0 * 2.0 ** abs(float(latent @ BRIGHT)), 0.25, RATE_HZ)

    points = corpus()
    swept = sweep(BRIGHT, points, points[:5], folded, RATE_HZ)
    assert abs(swept.correlation[BRIGHTNESS]) < MIN_CORRELATION
    assert not follows(swept, BRIGHTNESS)


def test_a_sweep_tells_direction_and_size() -> None:
    points = corpus()
    down = sweep(-BRIGHT, points, points[:5], render, RATE_HZ)
    assert down.correlation[BRIGHTNESS] == pytest.approx(-1.0)
    assert not follows(down, BRIGHTNESS)
    assert follows(sweep(BRIGHT, points, points[:5], render, RATE_HZ), BRIGHTNESS)
    low, high = np.percentile(points @ -BRIGHT, (5, 95))
    assert down.change[BRIGHTNESS] == pytest.approx(-0.5 * (high - low), rel=0.15)
    assert len(down.change) == len(FEATURES)


def test_the_same_seed_finds_the_same_axes() -> None:
    shares: list[float] = []
    first, second = (
        find_axes(corpus(), render, RATE_HZ, seeded(), shares.append) for _ in range(2)
    )
    half = shares[: len(shares) // 2]
    assert half == sorted(half) == shares[len(half) :]
    assert 0.0 < half[0] < half[-1] < 1.0
    assert [axis.name for axis in first] == [axis.name for axis in second]
    assert all(np.array_equal(a.direction, b.direction) for a, b in zip(first, second, strict=True))


def test_a_single_landmark_has_no_axes_and_no_error() -> None:
    assert find_axes(corpus(1), render, RATE_HZ, seeded()) == ()


def test_axes_are_what_the_sound_follows_not_what_varies_most() -> None:
    points = corpus(400) * [1.0, 0.5, 1.0, 2.0, 2.0, 2.0]
    axes = find_axes(points, render, RATE_HZ, seeded())
    named = {axis.name: axis.direction for axis in axes if not axis.name.startswith("axis_")}
    others = np.array([axis.direction for axis in axes if axis.name not in named])
    assert np.linalg.norm(named["brightness"][3:]) < 0.5
    assert np.linalg.norm(named["loudness"][3:]) < 0.7
    assert np.abs(others @ np.array([*named.values()]).T).max() < 1e-6


def test_directions_of_the_sound_are_orthonormal_and_strongest_first() -> None:
    generator = seeded()
    points = generator.standard_normal((400, SIZE))
    mixing = generator.standard_normal((SIZE, 10)) * [[9.0], [5.0], [2.0], [0.0], [0.0], [0.0]]
    found = sound_directions(points, points @ mixing)
    assert found @ found.T == pytest.approx(np.eye(len(found)), abs=1e-9)
    assert np.linalg.norm(found[:3, :3], axis=1) == pytest.approx(1.0, abs=0.1)
    assert all(row[np.abs(row).argmax()] > 0 for row in found)
    assert len(sound_directions(points, np.ones((400, 10)))) == 0


def test_a_direction_is_found_with_fewer_points_than_dimensions() -> None:
    generator = seeded()
    points = generator.standard_normal((60, 100)) * np.geomspace(3.0, 0.05, 100)
    direction = np.zeros(100)
    direction[:2] = 0.8, 0.6
    feature = points @ direction + 0.1 * generator.standard_normal(60)
    span = sound_directions(points, points[:, :8])
    found = fitted_directions(points, feature, span)
    assert len(found) == 2
    for each in found:
        assert np.linalg.norm(each) == pytest.approx(1.0)
        assert each @ direction > 0.85
    assert fitted_directions(points, np.ones(60), span) == []
    assert fitted_directions(points, feature, span[:0]) == []


def test_a_fitted_direction_is_one_in_which_the_corpus_varies() -> None:
    generator = seeded()
    points = generator.standard_normal((200, 20)) * np.r_[np.full(8, 2.0), np.full(12, 0.01)]
    span = sound_directions(points, points[:, :12])
    feature = points[:, 0] + 1000.0 * points[:, 15]  # well predicted by what hardly varies
    for direction in fitted_directions(points, feature, span):
        assert np.std(points @ direction) > 1.0


def test_the_first_of_two_features_that_go_together_is_set_apart_from_the_second() -> None:
    points = seeded().standard_normal((300, 6))
    first = np.eye(6)[0]
    together = points @ (0.9 * first + np.sqrt(1 - 0.81) * np.eye(6)[1])
    apart, *others = fitted_directions(points, together, np.eye(6), [first])
    assert apart @ first == pytest.approx(0.0, abs=1e-9)
    assert apart[1] > 0.9
    assert all(other @ first > 0.7 for other in others)


def test_a_dimension_that_does_not_vary_does_not_divide_by_zero() -> None:
    latents = corpus(20).astype(np.float32)
    latents[:, 3] = 0.5
    space = latent_space(latents)
    assert np.isfinite(space.standardised).all()
    assert (space.latent_std > 0).all()
    assert (space.latent_low <= space.latent_mean).all()
    assert (space.latent_mean <= space.latent_high).all()


def test_a_landmark_far_from_all_others_is_within_reach() -> None:
    latents = corpus(200).astype(np.float32)
    latents[7, 3] = 40.0
    space = latent_space(latents)
    assert np.abs(space.standardised).max() <= LATENT_LIMIT * (1 + 1e-6)
    np.testing.assert_allclose(space.latent_std[:3], latents.std(axis=0)[:3], rtol=1e-6)


def test_landmarks_tell_file_and_time(rng: np.random.Generator) -> None:
    rate = SETTINGS.sample_rate_hz
    noise = [sounds.white_noise(seconds, rng, rate) for seconds in (0.05, 1.2)]
    recordings, _ = analyse_recordings(noise, SETTINGS)
    chunks = source_chunks(recordings, SETTINGS, 0.5)
    indices = list(range(len(chunks)))
    places = np.full((len(chunks), 2), 0.5)
    found = landmarks(chunks, indices, ["a/short.wav", "long.wav"], SETTINGS, places)
    assert [landmark.file for landmark in found][:2] == ["short.wav", "long.wav"]
    assert found[0].seconds == 0.0
    assert {landmark.file for landmark in found[1:]} == {"long.wav"}
    chunk_s = SETTINGS.chunk_samples / rate
    assert found[-1].seconds == pytest.approx(1.2 - chunk_s, abs=0.02)


def test_only_the_middle_of_a_long_chunk_is_rendered() -> None:
    bundle = tiny_bundle(SETTINGS)
    latent, seconds = np.zeros(bundle.latent_size), SETTINGS.chunk_samples / SETTINGS.sample_rate_hz
    whole, same = (ChunkRenderer(bundle, 1, limit)(latent) for limit in (math.inf, seconds))
    assert np.array_equal(whole, same)
    part = ChunkRenderer(bundle, 1, seconds / 3)(latent)
    assert len(part) == pytest.approx(len(whole) / 3, abs=SETTINGS.hop_samples)
    rms = np.sqrt(np.mean(whole[len(whole) // 3 : 2 * len(whole) // 3] ** 2))
    assert np.sqrt(np.mean(part**2)) == pytest.approx(rms, rel=0.5)
