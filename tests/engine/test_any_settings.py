"""Spectrogram settings of every accepted kind: a resynthesis has the spectrum of its source."""

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from support.tones import analysed, level_db

from distill_live.spectrogram import MAGNITUDE, SpectrogramSettings, hann
from distill_live.synthesis import synthesize

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

FRAMES = 16


@st.composite
def accepted(draw: st.DrawFn) -> SpectrogramSettings:
    """Any settings whose frames overlap by 16 hops at most, since more only take longer."""
    n_fft = 2 ** draw(st.integers(8, 13))
    hop = max(32, n_fft >> draw(st.integers(2, 4)))
    return SpectrogramSettings(
        sample_rate_hz=draw(st.integers(8000, 192000)),
        n_fft=n_fft,
        hop_samples=hop,
        n_mels=draw(st.integers(16, 512)),
        synthesis_samples=2 * draw(st.integers(hop, n_fft // 2)),
        chunk_samples=n_fft,
        compression=10 ** draw(st.floats(-3, 6)),
        if_width=draw(st.floats(0.5, 16)),
    )


def named(sample_rate_hz: int, n_fft: int, n_mels: int) -> SpectrogramSettings:
    return SpectrogramSettings(
        sample_rate_hz=sample_rate_hz,
        n_fft=n_fft,
        hop_samples=n_fft // 4,
        n_mels=n_mels,
        synthesis_samples=n_fft,
    )


@example(named(48000, 2048, 384), 0.0, 0)
@example(named(96000, 4096, 512), 0.0, 0)
@example(named(192000, 8192, 512), 0.0, 0)
@example(named(192000, 2048, 128), 0.0, 0)
@example(named(48000, 256, 128), -0.5, 0)
@given(accepted(), st.floats(-0.5, 0.5), st.integers(0, 99))
@settings(max_examples=25)
def test_resynthesis_keeps_the_long_term_spectrum(
    of: SpectrogramSettings, slope: float, seed: int
) -> None:
    """Also where a trained decoder gives power to bands that no bin lies in.

    Seen in 150 settings: bands from -2.6 to 1.3 dB, level from -2.3 to 0.8 dB.
    """
    rng = np.random.default_rng(seed)
    spectrum = np.fft.rfft(rng.standard_normal(FRAMES * of.n_fft))
    spectrum *= np.linspace(1 / of.n_fft, 1, len(spectrum)) ** slope
    noise = np.fft.irfft(spectrum)
    sound = (0.5 * noise / np.abs(noise).max()).astype(np.float32)

    representation, power, frequency = analysed(sound, of)
    channels = representation.encode(power.astype(np.float64), frequency.astype(np.float64))
    width = representation.filterbank.sum(1)
    channels[MAGNITUDE, width == 0] = rng.uniform(0, 1, channels[MAGNITUDE, width == 0].shape)
    power, frequency = representation.decode(channels)
    again = synthesize(representation, power, frequency, rng, length_samples=len(sound))

    inside = slice(of.n_fft, -of.n_fft)
    sound, again = sound[inside], again[inside]
    filled = representation.filterbank[width > 0]
    source, result = long_term(sound, filled), long_term(again, filled)
    floor = 1e-3 * source.max()
    error_db = 10 * np.log10((result + floor) / (source + floor))
    assert error_db.min() > -6
    assert error_db.max() < 3
    assert -6 < level_db(again) - level_db(sound) < 2


def long_term(sound: Float32, filterbank: Float64) -> Float64:
    """Mean power of each band."""
    n_fft = 2 * (filterbank.shape[1] - 1)
    frames = np.lib.stride_tricks.sliding_window_view(sound, n_fft)[:: n_fft // 4]
    mean: Float64 = (np.abs(np.fft.rfft(frames * hann(n_fft))) ** 2).mean(axis=0)
    return filterbank @ mean
