"""Test the torch analysis against its definition, in plain numpy and float64."""

import numpy as np
import pytest
import torch
from support import sounds
from support.analysed import corpus_statistics

from distill_live.errors import TrainingError
from distill_live.spectrogram import (
    IF,
    IF_THRESHOLD,
    LOW_LATENCY,
    MAGNITUDE,
    STANDARD,
    Float32,
    Float64,
    Representation,
    SpectrogramSettings,
    Statistics,
    hann,
)
from distill_train.spectrogram import Analysis

BOTH = pytest.mark.parametrize("settings", [STANDARD, LOW_LATENCY], ids=["standard", "low"])
STATISTICS = Statistics(scale=6.5, power_max=2e5)


def batch(*recordings: Float32) -> torch.Tensor:
    return torch.from_numpy(np.stack(recordings))


def numpy_bands(sound: Float32, settings: SpectrogramSettings) -> tuple[Float64, Float64]:
    """Band power and frequency by definition, in float64."""
    representation = Representation(settings, Statistics())
    n_fft, hop = settings.n_fft, settings.hop_samples
    padded = np.pad(sound.astype(np.float64), n_fft // 2, mode="reflect")
    starts = hop * np.arange(1 + len(sound) // hop)
    spectrum = np.fft.rfft(padded[starts[:, None] + np.arange(n_fft)] * hann(n_fft)).T
    bins = np.arange(settings.n_bins)[:, None]
    deviation = np.diff(np.angle(spectrum), axis=1) - 2 * np.pi * bins * hop / n_fft
    deviation = (deviation + np.pi) % (2 * np.pi) - np.pi
    frequency = bins + np.pad(deviation, ((0, 0), (1, 0))) * n_fft / (2 * np.pi * hop)
    power = representation.filterbank @ np.abs(spectrum) ** 2
    weighted = representation.filterbank @ (np.abs(spectrum) ** 2 * frequency)
    return power, weighted / np.maximum(power, 1e-30)


@BOTH
@pytest.mark.parametrize("kind", sounds.RECORDINGS)
def test_float32_is_as_good_as_float64(settings: SpectrogramSettings, kind: str) -> None:
    sound = sounds.RECORDINGS[kind](1.0, np.random.default_rng(1), 48000)
    sound = sound[: settings.chunk_samples]
    power, frequency = (x[0].numpy() for x in Analysis(settings).bands(batch(sound)))
    expected_power, expected_frequency = numpy_bands(sound, settings)
    # Magnitude, log1p of power: to 5e-5, 0.0002 dB, in bands however quiet.
    compressed, expected = (np.log1p(1000 * p) for p in (power, expected_power))
    np.testing.assert_allclose(compressed, expected, rtol=0, atol=1e-3)
    # Frequency: to 0.002 bin (AVX-512 gave 0.00100001) wherever the IF channel is in use and the
    # frame before is no silence (after silence it holds rounding, in float64 too). A bin just at
    # the wrap may fall either way, so one band in a thousand is let off. The ends follow a rule of
    # their own.
    inner = slice(settings.n_fft // settings.hop_samples // 2, -2)
    used = expected_power >= IF_THRESHOLD * expected_power.max()
    used[:, 1:] &= expected_power[:, :-1] >= 1e-8 * expected_power.max()
    error = np.abs(frequency - expected_frequency)[:, inner][used[:, inner]]
    assert len(error) > 1000
    assert np.quantile(error, 0.999) < 2e-3


@BOTH
def test_channels_agree_with_the_representation(
    settings: SpectrogramSettings, rng: np.random.Generator
) -> None:
    sound = sounds.plucked(1.0, rng)[: settings.chunk_samples]
    analysis, representation = Analysis(settings), Representation(settings, STATISTICS)
    bands = analysis.bands(batch(sound))
    channels = analysis.encode(*bands, STATISTICS)
    assert channels.dtype == torch.float32
    assert channels.shape == (1, *settings.shape)
    assert torch.equal(channels, analysis.channels(batch(sound), STATISTICS))
    power, frequency = (band[0].numpy() for band in bands)
    expected = representation.encode(power.astype(np.float64), frequency.astype(np.float64))
    np.testing.assert_allclose(channels[0].numpy(), expected, rtol=0, atol=2e-6)

    # And back: power to 2e-5 of itself, or of 1/c where log1p is flat; frequency to 0.001 bin.
    decoded_power, decoded_frequency = representation.decode(channels[0].numpy())
    np.testing.assert_allclose(decoded_power, power, rtol=2e-5, atol=1e-8)
    kept = np.abs(expected[IF]) < 1
    kept &= power >= IF_THRESHOLD * STATISTICS.power_max
    assert kept.mean() > 0.1
    np.testing.assert_allclose(decoded_frequency[kept], frequency[kept], rtol=0, atol=1e-3)


@BOTH
def test_a_sine_is_found_at_its_frequency_and_level(settings: SpectrogramSettings) -> None:
    for frequency_hz in 110.0 * 2 ** np.arange(0, 6.8, 0.4):
        sound = sounds.sine(frequency_hz, settings.chunk_samples / 48000)
        power, frequency = (x[0].numpy() for x in Analysis(settings).bands(batch(sound)))
        inner = slice(4, -4)
        found = np.take_along_axis(frequency, power.argmax(0)[None], axis=0)[0, inner]
        found_hz = found * settings.sample_rate_hz / settings.n_fft
        # Side lobes, more than two bins away, wrap; a low partial meets its mirror image.
        tolerance_hz = (1.0 if frequency_hz < 300 else 0.25) * 1024 / settings.n_fft
        assert np.abs(found_hz - frequency_hz).max() < tolerance_hz

        # (a n_fft / 4)^2 at the peak of Hann's main lobe, 1.5 times that over its bins; the
        # triangles sum to 1.
        expected = 1.5 * (0.5 * settings.n_fft / 4) ** 2
        np.testing.assert_allclose(power.sum(0)[inner], expected, rtol=1e-3)


@BOTH
def test_silence_is_exactly_zero(settings: SpectrogramSettings) -> None:
    silent = batch(sounds.silence(settings.chunk_samples / 48000))
    power, frequency = Analysis(settings).bands(silent)
    centres = Representation(settings, STATISTICS).centres_bins
    assert not power.any()
    np.testing.assert_allclose(frequency[0, :, 0].numpy(), centres, rtol=1e-6)
    for statistics in (STATISTICS, Statistics(power_max=1e-12)):
        assert not Analysis(settings).channels(silent, statistics).any()


def test_ranges_and_threshold(rng: np.random.Generator) -> None:
    """Values far out of range are clipped and gated as in numpy."""
    power = 10 ** rng.uniform(-12, 7, (128, 50))
    power[5:9] = 0
    frequency = rng.uniform(0, 1024, (128, 50))
    centres = Representation(STANDARD, STATISTICS).centres_bins[:, None]
    frequency[:, 25:] = rng.normal(centres, 3.0, (128, 25))
    bands, offsets = (torch.from_numpy(x[None]).float() for x in (power, frequency))
    channels = Analysis(STANDARD).encode(bands, offsets, STATISTICS)[0].numpy()
    expected = Representation(STANDARD, STATISTICS).encode(power, frequency)
    np.testing.assert_allclose(channels, expected, rtol=1e-5, atol=1e-4)
    assert channels[MAGNITUDE].min() == 0
    assert (channels[IF].min(), channels[IF].max()) == (-1, 1)
    quiet = power < IF_THRESHOLD * STATISTICS.power_max
    assert 0.1 < quiet.mean() < 0.9
    assert not channels[IF][quiet].any()


@BOTH
def test_a_batch_is_its_sounds_one_by_one(settings: SpectrogramSettings) -> None:
    seconds = settings.chunk_samples / 48000
    chunks = [make(seconds, np.random.default_rng(3), 48000) for make in sounds.RECORDINGS.values()]
    analysis = Analysis(settings)
    together = analysis.channels(batch(*chunks), STATISTICS)
    for chunk, channels in zip(chunks, together, strict=True):
        alone = analysis.channels(batch(chunk), STATISTICS)[0]
        torch.testing.assert_close(channels, alone, rtol=1e-5, atol=1e-5)


@BOTH
def test_both_ends_keep_their_frequency(settings: SpectrogramSettings) -> None:
    """Reflection changes phases: naively the first two frames are off by 0.3 bin or more."""
    rng = np.random.default_rng(0)
    errors, extra = [], 8
    analysis, samples = Analysis(settings), settings.chunk_samples
    margin = extra * settings.hop_samples
    for _ in range(20):
        frequency_hz, phase = rng.uniform(200, 6000), rng.uniform(0, 2 * np.pi)
        time_s = np.arange(samples + 2 * margin) / 48000
        sound = (0.5 * np.sin(2 * np.pi * frequency_hz * time_s + phase)).astype(np.float32)
        power, frequency = analysis.bands(batch(sound[margin:-margin]))
        _, true = analysis.bands(batch(sound))
        error = (frequency - true[..., extra:-extra]).abs().clamp(max=4.0)
        errors.append((error * power).sum(1) / power.sum(1))
    mean_error = torch.cat(errors).mean(0)
    assert mean_error[:3].max() < 0.29
    assert mean_error[3:-2].max() < 0.002
    assert mean_error[-2:].max() < 0.1


def test_autocast_does_not_reach_the_analysis(rng: np.random.Generator) -> None:
    sound = batch(sounds.drone(1.0, rng))
    plain = Analysis(STANDARD).channels(sound, STATISTICS)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(Analysis(STANDARD).channels(sound, STATISTICS), plain)


def test_other_settings_have_the_shape_they_state(rng: np.random.Generator) -> None:
    settings = SpectrogramSettings(
        sample_rate_hz=22050, n_fft=512, hop_samples=64, n_mels=40, chunk_samples=10000,
        synthesis_samples=512,
    )  # fmt: skip
    sound = batch(*(sounds.white_noise(10000 / 22050, rng, 22050) for _ in range(3)))
    channels = Analysis(settings).channels(sound, STATISTICS)
    assert channels.shape == (3, *settings.shape)
    assert channels.isfinite().all()
    shortest = Analysis(settings).channels(sound[:, :257], STATISTICS)
    assert shortest.shape == (3, 2, 40, 5)


@pytest.mark.parametrize(
    ("shape", "dtype", "message"),
    [
        ((48000,), torch.float32, r"shape \(48000,\); it must be mono, \(batch, samples\)"),
        ((1, 2, 48000), torch.float32, r"shape \(1, 2, 48000\); it must be mono"),
        ((48000, 2), torch.float32, "with 1025 samples or more"),
        ((1, 1024), torch.float32, "with 1025 samples or more"),
        ((0, 48000), torch.float32, r"\(0, 48000\)"),
        ((1, 48000), torch.float64, r"float64; it must be torch\.float32"),
    ],
)
def test_other_shapes_and_types_are_refused(
    shape: tuple[int, ...], dtype: torch.dtype, message: str
) -> None:
    with pytest.raises(TrainingError, match=message) as refusal:
        Analysis(STANDARD).bands(torch.zeros(shape, dtype=dtype))
    assert "\n" not in str(refusal.value)


def test_statistics_are_those_of_the_whole_corpus() -> None:
    chunks = [make(1.0, np.random.default_rng(5), 48000) for make in sounds.RECORDINGS.values()]
    chunks.append(sounds.silence())
    analysis = Analysis(STANDARD)
    statistics = corpus_statistics(analysis, lambda: (batch(c) for c in chunks))
    power, _ = analysis.bands(batch(*chunks))
    channels = analysis.channels(batch(*chunks), statistics).double()
    assert statistics.power_max == pytest.approx(power.max().item(), rel=1e-5)
    assert channels[:, MAGNITUDE].square().mean().item() == pytest.approx(1.0, rel=1e-5)
    for index, mean, deviation in (
        (MAGNITUDE, statistics.mag_mean, statistics.mag_std),
        (IF, statistics.if_mean, statistics.if_std),
    ):
        assert channels[:, index].mean().item() == pytest.approx(mean, abs=1e-5)
        assert channels[:, index].std(correction=0).item() == pytest.approx(deviation, rel=1e-4)
    # Batches of other sizes change nothing but rounding.
    pairs = corpus_statistics(analysis, lambda: [batch(*chunks[:2]), batch(*chunks[2:])])
    for name in Statistics.__dataclass_fields__:
        assert getattr(pairs, name) == pytest.approx(getattr(statistics, name), rel=1e-4, abs=1e-6)


def test_a_corpus_without_sound_is_refused() -> None:
    analysis = Analysis(STANDARD)
    with pytest.raises(TrainingError, match="empty"):
        corpus_statistics(analysis, list)
    with pytest.raises(TrainingError, match="silent"):
        corpus_statistics(analysis, lambda: [batch(sounds.silence())])
    broken = sounds.silence()
    broken[100] = np.nan
    with pytest.raises(TrainingError, match="not finite"):
        corpus_statistics(analysis, lambda: [batch(sounds.sine(440)), batch(broken)])
