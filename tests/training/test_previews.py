"""Test previews: the live engine's sound of a model in training."""

import copy
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from support import sounds
from support.analysed import analyse_recordings
from support.small import MODEL, SETTINGS, small_config

from distill_live.engine import Command, Engine
from distill_live.errors import AudioFileError
from distill_live.spectrogram import Float32, Statistics
from distill_train.corpus.dataset import ChunkDataset, Region
from distill_train.output_paths import REFERENCE
from distill_train.report import previews
from distill_train.report.previews import (
    Previewer,
    preview_bundle,
    preview_is_due,
    preview_path,
    render_preview,
)
from distill_train.training.events import PreviewEvent, WarningEvent
from distill_train.training.model import ConvVAE

RATE_HZ = SETTINGS.sample_rate_hz


@pytest.fixture(scope="module")
def chunks() -> tuple[ChunkDataset, Statistics]:
    recording = sounds.plucked(1.5, np.random.default_rng(1), RATE_HZ)
    recordings, statistics = analyse_recordings([recording], SETTINGS)
    last = recordings[0].frames - SETTINGS.n_frames
    return ChunkDataset(recordings, [Region(0, 0, last)], SETTINGS.n_frames, 0.5), statistics


def silent(_recording: int, _first_frame: int) -> Float32:
    return np.zeros(SETTINGS.chunk_samples, np.float32)


@pytest.fixture
def model() -> ConvVAE:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return ConvVAE(MODEL, SETTINGS).train()


def test_a_preview_is_what_the_engine_plays_of_the_exported_graph(
    model: ConvVAE, chunks: tuple[ChunkDataset, Statistics], tmp_path: Path
) -> None:
    path = tmp_path / "x.wav"
    render_preview(model, small_config(), chunks[1], chunks[0], path)
    samples, rate_hz = soundfile.read(path, dtype="float32")
    assert rate_hz == RATE_HZ
    assert samples.shape == (round(previews.STOPS * previews.STOP_S * RATE_HZ), 2)
    assert np.isfinite(samples).all()
    assert np.abs(samples).max() > 0
    assert [entry.name for entry in tmp_path.iterdir()] == ["x.wav"]

    bundle = preview_bundle(model, small_config(), chunks[1], chunks[0])
    engine = Engine(bundle, seed=small_config().seed)
    first = (bundle.landmark_latents[0] - bundle.latent_mean) / bundle.latent_std
    for command, values in (("/glide", (0.0,)), ("/latent", tuple(first.tolist()))):
        engine.apply(Command(command, values))
    expected = np.empty((RATE_HZ, 2), np.float32)  # the first stop
    engine.render(expected)
    assert samples[:RATE_HZ] == pytest.approx(expected, abs=2**-22)


def test_the_bundle_decodes_what_the_model_decodes(
    model: ConvVAE, chunks: tuple[ChunkDataset, Statistics]
) -> None:
    bundle = preview_bundle(model, small_config(), chunks[1], chunks[0])
    still = copy.deepcopy(model).eval()
    with torch.no_grad():
        mean, _ = still.encoder(chunks[0][0][None])
    assert bundle.landmark_latents[0] == pytest.approx(mean[0].numpy(), abs=1e-5)
    assert bundle.statistics == chunks[1]
    assert len(bundle.landmarks) == min(len(chunks[0]), previews.LANDMARKS)


def test_a_preview_changes_neither_model_nor_chance(
    model: ConvVAE, chunks: tuple[ChunkDataset, Statistics], tmp_path: Path
) -> None:
    before, chance = copy.deepcopy(model.state_dict()), torch.get_rng_state()
    event = Previewer(small_config(), chunks[1], chunks[0], silent, tmp_path)(model, 40)
    assert event == PreviewEvent(40, tmp_path / "previews" / "epoch_0040.wav")
    assert model.training
    assert all(module.training for module in model.modules())
    assert torch.equal(torch.get_rng_state(), chance)
    after = model.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_what_keeps_a_preview_from_being_made_is_a_warning(
    model: ConvVAE,
    chunks: tuple[ChunkDataset, Statistics],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    previewer = Previewer(small_config(), chunks[1], chunks[0], silent, tmp_path)
    (tmp_path / "previews").write_text("in the way")
    event = previewer(model, 3)
    assert isinstance(event, WarningEvent)
    assert (event.epoch, event.message.count("\n")) == (3, 0)
    assert event.message.startswith("no preview of epoch 3: ")
    (tmp_path / "previews").unlink()

    with torch.no_grad():
        model.decoder.linear.bias.fill_(float("nan"))
    event = previewer(model, 4)
    assert isinstance(event, WarningEvent)
    assert "not finite" in event.message
    assert [entry.name for entry in (tmp_path / "previews").iterdir()] == [REFERENCE]

    nothing = Previewer(small_config(), chunks[1], ChunkDataset([], [], 38, 0.5), silent, tmp_path)
    assert isinstance(nothing(model, 5), WarningEvent)


def test_a_new_preview_replaces_an_old_one(
    model: ConvVAE, chunks: tuple[ChunkDataset, Statistics], tmp_path: Path
) -> None:
    path = preview_path(tmp_path, 7)
    path.parent.mkdir()
    path.write_text("half a file")
    Previewer(small_config(), chunks[1], chunks[0], silent, tmp_path)(model, 7)
    assert soundfile.info(path).frames > 0
    names = {entry.name for entry in path.parent.iterdir()}
    assert names == {"epoch_0007.wav", REFERENCE}


def test_the_recordings_are_beside_the_previews_at_the_same_landmarks(
    model: ConvVAE, chunks: tuple[ChunkDataset, Statistics], tmp_path: Path
) -> None:
    asked: list[int] = []

    def constant(recording: int, first_frame: int) -> Float32:
        asked.append(first_frame)
        assert recording == 0
        return np.full(SETTINGS.chunk_samples, 0.1 * len(asked), np.float32)

    path = tmp_path / REFERENCE
    previews.write_reference(chunks[0], constant, SETTINGS, path)
    samples, rate_hz = soundfile.read(path, dtype="float32")
    assert (rate_hz, len(samples)) == (RATE_HZ, round(previews.STOPS * previews.STOP_S * RATE_HZ))
    stop, middle = round(previews.STOP_S * RATE_HZ), SETTINGS.chunk_samples // 2
    assert samples[middle::stop] == pytest.approx([0.1, 0.2, 0.3, 0.4], abs=1e-3)
    assert np.all(samples[stop - 100 : stop] == 0.0)
    assert asked == sorted(asked)
    assert (asked[0], asked[-1]) == (
        chunks[0].locate(0)[1],
        chunks[0].locate(len(chunks[0]) - 1)[1],
    )

    def unreadable(_recording: int, _first_frame: int) -> Float32:
        raise AudioFileError("it cannot be read")

    run = tmp_path / "x.run"
    run.mkdir()
    event = Previewer(small_config(), chunks[1], chunks[0], unreadable, run)(model, 1)
    assert isinstance(event, PreviewEvent)


def test_previews_are_due_every_so_many_epochs_and_at_the_end() -> None:
    def due(epochs: int, every: int = 0) -> list[int]:
        return [epoch for epoch in range(1, epochs + 1) if preview_is_due(epoch, epochs, every)]

    assert due(4) == [1, 2, 3, 4]
    assert due(80) == [10, 20, 30, 40, 50, 60, 70, 80]
    assert due(11, 4) == [4, 8, 11]
    for epochs in (1, 7, 100, 333, 1000):
        found = due(epochs)
        assert found[-1] == epochs
        assert len(found) <= previews.TARGET_PREVIEWS + 4
    assert np.diff(due(16)).max() < np.diff(due(400)).max()
