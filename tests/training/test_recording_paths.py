"""Paths of recordings: dense, in order, bounded for long corpora and for many files."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from support.small import MODEL, SETTINGS, tones

from distill_train.corpus.dataset import AnalysedRecording
from distill_train.latent import latent_space
from distill_train.latent.latent_space import recording_paths
from distill_train.training.model import ConvVAE

FRAMES = SETTINGS.n_frames


@pytest.fixture(scope="module")
def model() -> Iterator[ConvVAE]:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield ConvVAE(MODEL, SETTINGS).eval()


def test_each_recording_has_the_latents_of_its_chunks_in_order(model: ConvVAE) -> None:
    silence = 7
    recordings = [tones(400), AnalysedRecording(tones(FRAMES + silence).channels, silence)]
    long, short = recording_paths(model, recordings, ["a/x.wav", "b/x.wav"], SETTINGS)
    assert (long.file, short.file) == ("a - x.wav", "b - x.wav")
    assert (long.frames, short.frames) == (400, FRAMES - silence)
    starts = long.start_frames(FRAMES)
    assert starts[0] == 0
    assert starts[-1] == 400 - FRAMES
    assert np.diff(starts).max() <= FRAMES // 2
    for start, latent in zip(starts, long.latents, strict=True):
        with torch.no_grad():
            mean, _ = model.encoder(recordings[0].chunk(start, FRAMES)[None])
        assert latent == pytest.approx(mean[0].numpy(), abs=1e-5)
    assert short.start_frames(FRAMES).tolist() == [0]
    with torch.no_grad():
        mean, _ = model.encoder(recordings[1].chunk(silence, FRAMES)[None])
    assert short.latents[0] == pytest.approx(mean[0].numpy(), abs=1e-5)


def test_paths_of_a_long_corpus_have_fewer_points(
    model: ConvVAE, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(latent_space, "MAX_PATH_POINTS", 20)
    paths = recording_paths(model, [tones(900), tones(450)], ["a", "b"], SETTINGS)
    counts = [len(path.latents) for path in paths]
    assert 14 < sum(counts) <= 20
    assert counts[0] > 1.5 * counts[1]
    assert paths[0].start_frames(FRAMES)[-1] == 900 - FRAMES


def test_of_too_many_recordings_those_with_landmarks_are_kept(
    model: ConvVAE, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(latent_space, "MAX_FILES", 3)
    recordings = [tones(FRAMES) for _ in range(6)]
    paths = recording_paths(model, recordings, list("abcdef"), SETTINGS, {4, 1})
    assert [path.file for path in paths] == ["a", "b", "e"]
