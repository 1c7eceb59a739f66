"""Streaming spectrogram: equal to the trainer's analysis, however the stream is split."""

import numpy as np
import pytest
from support import sounds
from support.tiny import STATISTICS

from distill_live.input.streaming_spectrogram import StreamingSpectrogram
from distill_live.spectrogram import (
    IF,
    LOW_LATENCY,
    MAGNITUDE,
    STANDARD,
    Float32,
    Representation,
    SpectrogramSettings,
)

BOTH = pytest.mark.parametrize("settings", [STANDARD, LOW_LATENCY], ids=["standard", "low"])


def sound_of(settings: SpectrogramSettings) -> Float32:
    """A chunk of plucked strings, and the sound around it."""
    seconds = (settings.chunk_samples + 2 * settings.n_fft) / settings.sample_rate_hz
    return sounds.plucked(seconds, np.random.default_rng(3), settings.sample_rate_hz)


@BOTH
def test_the_newest_chunk_is_the_trainers(settings: SpectrogramSettings) -> None:
    torch = pytest.importorskip("torch")
    from distill_train.spectrogram import Analysis

    sound = sound_of(settings)
    stream = StreamingSpectrogram(Representation(settings, STATISTICS))
    frames = stream.push(sound)
    assert frames == len(sound) // settings.hop_samples
    expected = Analysis(settings).channels(torch.from_numpy(sound)[None], STATISTICS)[0].numpy()
    # the newest frame's centre is `latency_samples` before the newest sample
    stop = 1 + frames - stream.latency_samples // settings.hop_samples
    expected = expected[..., stop - settings.n_frames : stop]
    np.testing.assert_allclose(stream.chunk[MAGNITUDE], expected[MAGNITUDE], rtol=0, atol=1e-3)
    # a bin just at the wrap may fall either way, as in the trainer's own test
    error = np.abs(stream.chunk[IF] - expected[IF])
    assert np.quantile(error, 0.999) < 2e-3


def test_the_frames_do_not_depend_on_the_split(rng: np.random.Generator) -> None:
    sound = sound_of(LOW_LATENCY)
    representation = Representation(LOW_LATENCY, STATISTICS)
    whole, split = StreamingSpectrogram(representation), StreamingSpectrogram(representation)
    frames = whole.push(sound)
    ends = np.sort(rng.integers(0, len(sound), 200))
    assert frames == sum(map(split.push, np.split(sound, ends)))
    np.testing.assert_array_equal(split.chunk, whole.chunk)
