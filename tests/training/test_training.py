"""Test training: the loss falls, seeds reproduce, a bundle is written."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch
from support import sounds
from support.small import MODEL, SETTINGS, small_config, tones, train_small

from distill_live.bundle import read_bundle
from distill_live.errors import ConfigurationError, TrainingError
from distill_live.onnx_guard import check_encoder
from distill_live.spectrogram import SpectrogramSettings
from distill_train import cli
from distill_train.bundling.attribution import Attribution
from distill_train.bundling.onnx_export import export_decoder, export_encoder
from distill_train.config import ModelConfig
from distill_train.corpus.dataset import AnalysedRecording
from distill_train.latent.chunk_renderer import ChunkRenderer
from distill_train.latent.features import landmark_features
from distill_train.output_paths import run_folder
from distill_train.run import Hooks, export_attribution, export_checkpoint, prepare, train_run
from distill_train.training import devices
from distill_train.training.checkpoint import (
    BEST,
    RunFiles,
    TrainedModel,
    load_model,
    read_checkpoint,
    write_checkpoint,
)
from distill_train.training.devices import Precision, torch_device
from distill_train.training.events import EpochMetrics, TrainingEvent, WarningEvent
from distill_train.training.model import ConvVAE
from distill_train.training.schedule import annealing, learning_rate_share

WORDS = Attribution("small", author="the tests", licence="CC0-1.0", sources="made by the test")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recordings")
    sounds.write_folder(folder, 0.7, sample_rate_hz=SETTINGS.sample_rate_hz)
    (folder / "broken.wav").write_text("no sound")
    return folder


@pytest.fixture(scope="module")
def bundle_path(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Bundle of a run of two epochs; its card and checkpoint are beside it."""
    out = tmp_path_factory.mktemp("run") / "small.distill"
    train_run(
        folder, out, replace(small_config(), validation_share=0.2, preview_epochs=1000), WORDS
    )
    return out


def run(
    folder: Path,
    recording: AnalysedRecording,
    epochs: int = 3,
    seed: int = 0,
    learning_rate: float = 1e-3,
) -> tuple[TrainedModel, list[EpochMetrics]]:
    config = replace(small_config(epochs, seed), learning_rate=learning_rate)
    metrics: list[EpochMetrics] = []

    def on_event(event: TrainingEvent) -> None:
        if isinstance(event, EpochMetrics):
            metrics.append(event)

    return train_small(folder, config, recording, on_event=on_event), metrics


def weights(trained: TrainedModel) -> dict[str, torch.Tensor]:
    return trained.model.state_dict()


def same(first: TrainedModel, second: TrainedModel) -> bool:
    a, b = weights(first), weights(second)
    return all(torch.equal(a[name], b[name]) for name in a)


@pytest.mark.training
def test_the_loss_falls(tmp_path: Path) -> None:
    _, metrics = run(tmp_path, tones(), epochs=24, learning_rate=5e-3)
    first, last = metrics[0], metrics[-1]
    assert last.training["reconstruction"] < 0.5 * first.training["reconstruction"]
    assert last.validation["reconstruction"] < 0.5 * first.validation["reconstruction"]
    assert [metric.epoch for metric in metrics] == list(range(1, 25))


@pytest.mark.training
def test_the_same_seed_gives_the_same_weights(tmp_path: Path) -> None:
    first, _ = run(tmp_path / "a", tones())
    torch.rand(3)  # what others draw does not matter
    second, _ = run(tmp_path / "b", tones())
    other, _ = run(tmp_path / "c", tones(), seed=1)
    assert same(first, second)
    assert not same(first, other)


@pytest.mark.training
def test_training_leaves_the_global_random_state_alone(tmp_path: Path) -> None:
    before = torch.get_rng_state()
    run(tmp_path, tones(), epochs=1)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.training
def test_the_best_checkpoint_is_kept_and_read_back(tmp_path: Path) -> None:
    trained, metrics = run(tmp_path, tones(), epochs=4)
    learnt, held_out = 38, 1  # chunks
    losses = [
        (
            learnt * metric.training["reconstruction"]
            + held_out * metric.validation["reconstruction"]
        )
        / (learnt + held_out)
        for metric in metrics
    ]
    assert trained.summary["best_epoch"] == 1 + int(np.argmin(losses))
    assert trained.summary["best_loss"] == pytest.approx(min(losses))
    assert [metric.best for metric in metrics] == [
        loss < min(losses[:index], default=np.inf) for index, loss in enumerate(losses)
    ]
    loaded = load_model(tmp_path / BEST)
    assert same(trained, loaded)
    assert loaded.config == trained.config
    assert loaded.statistics == trained.statistics
    assert loaded.folder == "somewhere"
    assert loaded.summary == trained.summary
    assert not loaded.model.training


@pytest.mark.training
def test_steps_that_are_not_finite_are_skipped_and_counted(tmp_path: Path) -> None:
    recording = tones()
    recording.channels[:, :, 395:] = np.nan  # only the last chunk of the grid reaches it
    trained, metrics = run(tmp_path, recording)
    assert 1 <= metrics[0].skipped_steps <= 2
    assert trained.summary["skipped_steps"] == sum(metric.skipped_steps for metric in metrics)
    assert all(bool(torch.isfinite(tensor).all()) for tensor in weights(trained).values())


@pytest.mark.training
def test_a_run_without_a_finite_step_says_so(tmp_path: Path) -> None:
    recording = tones()
    recording.channels.fill_(np.nan)
    with pytest.raises(TrainingError, match="no step was finite"):
        run(tmp_path, recording, epochs=1)


def test_schedules_rise_and_fall() -> None:
    shares = [learning_rate_share(progress, 0.1) for progress in np.linspace(0, 1, 101)]
    assert shares[0] < 0.02
    assert shares[10] == pytest.approx(1.0, abs=0.01)
    assert shares[100] == pytest.approx(0.0, abs=1e-9)
    assert np.all(np.diff(shares[10:]) < 0)
    assert [annealing(progress, 0.2) for progress in (0.0, 0.1, 0.5)] == [0.0, 0.5, 1.0]
    assert annealing(0.0, 0.0) == 1.0


def test_a_device_that_is_not_there_is_refused() -> None:
    assert torch_device("cpu").type == "cpu"
    for name in ("nonsense", "cuda:99", "meta-cpu"):
        with pytest.raises(TrainingError, match="not available here"):
            torch_device(name)


@pytest.mark.parametrize(("speed", "wanted"), [(3.0, torch.bfloat16), (1.2, torch.float32)])
def test_a_processor_that_is_fast_in_bfloat16_computes_in_it(
    monkeypatch: pytest.MonkeyPatch, speed: float, wanted: torch.dtype
) -> None:
    monkeypatch.setattr(devices, "speed_of_bfloat16", lambda: speed)
    assert Precision("auto", torch_device("cpu")).type == wanted


@pytest.mark.parametrize("speeds", [(3.0, 1.2), (1.2, 3.0)])
def test_a_resumed_run_goes_on_in_its_precision(
    monkeypatch: pytest.MonkeyPatch, speeds: tuple[float, float]
) -> None:
    device = torch_device("cpu")
    monkeypatch.setattr(devices, "speed_of_bfloat16", lambda: speeds[0])
    begun = Precision("auto", device)
    monkeypatch.setattr(devices, "speed_of_bfloat16", lambda: speeds[1])
    resumed, early = Precision("auto", device), Precision("auto", device)
    resumed.restore(begun.state())
    assert resumed.type == begun.type
    early.restore({})  # a checkpoint from before types were stored
    moved = Precision("auto", device)
    moved.restore({**begun.state(), "device": "cuda"})
    chosen = Precision("float16", device)
    chosen.restore(begun.state())
    monkeypatch.setattr(devices, "speed_of_bfloat16", lambda: 0.1)
    simulated = Precision("auto", device)
    simulated.restore(begun.state())
    assert simulated.type == torch.float32
    assert early.type == moved.type != begun.type
    assert chosen.type == torch.float16


@pytest.mark.parametrize(("index", "wanted"), [(0, torch.bfloat16), (1, torch.float16)])
def test_a_gpu_that_only_emulates_bfloat16_computes_in_float16(
    monkeypatch: pytest.MonkeyPatch, index: int, wanted: torch.dtype
) -> None:
    current = [0]

    @contextmanager
    def selected(device: torch.device) -> Iterator[None]:
        current.append(device.index)
        yield
        current.pop()

    def is_bf16_supported(including_emulation: bool = True) -> bool:
        return including_emulation or current[-1] == 0

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device", selected)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", is_bf16_supported)
    assert Precision("auto", torch.device("cuda", index)).type == wanted


@pytest.fixture(scope="module")
def varied() -> ConvVAE:
    """A model whose batch norm is not trivial."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = ConvVAE(MODEL, SETTINGS)
        for _ in range(3):
            model(torch.rand(4, *SETTINGS.shape), torch.randn(4, MODEL.latent_dim))
    return model.eval()


@pytest.mark.training
def test_an_exported_decoder_is_torchs_for_any_batch(varied: ConvVAE) -> None:
    latents = np.random.default_rng(0).standard_normal((5, MODEL.latent_dim), dtype=np.float32)
    exported = export_decoder(varied.decoder, latents)
    session = onnxruntime.InferenceSession(exported.content, providers=["CPUExecutionProvider"])
    for count in (1, 5):
        (found,) = session.run(["spectrogram"], {"latent": latents[:count]})
        with torch.no_grad():
            expected = varied.decoder(torch.from_numpy(latents[:count])).numpy()
        assert found.shape == (count, *SETTINGS.shape)
        assert found == pytest.approx(expected, abs=max(1e-6, 2 * exported.largest_error))
    assert exported.weights == "float16"
    assert 0 <= exported.mean_error <= exported.largest_error < 0.01


@pytest.mark.training
def test_an_exported_encoder_is_torchs_for_any_batch(varied: ConvVAE) -> None:
    chunks = np.random.default_rng(0).uniform(0, 1, (5, *SETTINGS.shape)).astype(np.float32)
    exported = export_encoder(varied.encoder, chunks)
    check_encoder(exported.content, SETTINGS, MODEL.latent_dim)
    session = onnxruntime.InferenceSession(exported.content, providers=["CPUExecutionProvider"])
    for count in (1, 5):
        (found,) = session.run(["latent"], {"spectrogram": chunks[:count]})
        with torch.no_grad():
            expected = varied.encoder(torch.from_numpy(chunks[:count]))[0].numpy()
        assert found == pytest.approx(expected, abs=max(1e-6, 2 * exported.largest_error))
    assert exported.weights == "float16"
    variance = sum(weights.numel() for weights in varied.encoder.log_variance.parameters())
    weights = sum(weights.numel() for weights in varied.encoder.parameters()) - variance
    assert len(exported.content) < 2 * weights + 10_000, "the variance is left out"
    assert 0 <= exported.mean_error <= exported.largest_error < 0.01


def test_weights_beyond_float16_stay_float32() -> None:
    model = ConvVAE(MODEL, SETTINGS).eval()
    with torch.no_grad():
        model.decoder.linear.bias.zero_()
        next(model.decoder.blocks.parameters()).mul_(1e7)
    latents = 1e-7 * np.random.default_rng(0).standard_normal((4, MODEL.latent_dim))
    exported = export_decoder(model.decoder, latents.astype(np.float32))
    assert exported.weights == "float32"


@pytest.mark.training
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {
                "spectrogram": replace(SETTINGS, chunk_samples=16000),
                "model": ModelConfig(latent_dim=2, channels=(4096, 2, 2, 2, 2), conditioning=0),
            },
            "decoder: has a ConvTranspose that yields 134217728 numbers, over 67108864; use a",
        ),
        (
            {"spectrogram": SpectrogramSettings(hop_samples=128, n_mels=512, chunk_samples=640000)},
            "a chunk of 5121024 numbers is over 4194304: use fewer bands",
        ),
    ],
)
def test_settings_of_which_no_model_can_be_written_are_refused_before_training(
    changes: dict[str, Any], message: str, folder: Path, tmp_path: Path
) -> None:
    hooks = Hooks(on_event=lambda event: pytest.fail(f"{event}"))
    with pytest.raises(ConfigurationError, match=message):
        train_run(folder, tmp_path / "x.distill", replace(small_config(), **changes), WORDS, hooks)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.training
def test_a_bundle_holds_what_was_trained(bundle_path: Path, folder: Path) -> None:
    bundle = read_bundle(bundle_path)
    trained = load_model(run_folder(bundle_path) / BEST)
    assert bundle.settings == SETTINGS
    assert bundle.statistics == trained.statistics
    assert (bundle.name, bundle.author, bundle.licence) == ("small", "the tests", "CC0-1.0")
    assert {landmark.file for landmark in bundle.landmarks} == {
        f"{kind}.wav" for kind in sounds.RECORDINGS
    }
    session = onnxruntime.InferenceSession(bundle.decoder, providers=["CPUExecutionProvider"])
    (found,) = session.run(["spectrogram"], {"latent": bundle.landmark_latents})
    with torch.no_grad():
        expected = trained.model.decoder(torch.from_numpy(bundle.landmark_latents.copy())).numpy()
    error = float(np.abs(found - expected).max())
    assert error < 1e-2
    assert bundle.training["parity_largest_error"] == pytest.approx(error, abs=1e-2)


@pytest.mark.training
def test_a_bundle_holds_paths_and_the_encoder_that_gave_them(
    bundle_path: Path, folder: Path
) -> None:
    bundle = read_bundle(bundle_path)
    assert bundle.format_version == 2
    trained = load_model(run_folder(bundle_path) / BEST)
    cache = prepare(folder, trained.config, trained.statistics).cache
    session = onnxruntime.InferenceSession(bundle.encoder, providers=["CPUExecutionProvider"])
    assert [path.file for path in bundle.paths] == list(cache.files)
    for path, recording in zip(bundle.paths, cache.recordings, strict=True):
        assert path.frames == recording.frames
        starts = path.start_frames(SETTINGS.n_frames)
        assert np.diff(starts).max() <= SETTINGS.n_frames // 2
        chunks = [recording.chunk(start, SETTINGS.n_frames).numpy() for start in starts]
        (found,) = session.run(["latent"], {"spectrogram": np.array(chunks)})
        assert found == pytest.approx(path.latents, abs=1e-2)


@pytest.mark.training
def test_landmarks_have_the_features_of_what_the_instrument_plays(bundle_path: Path) -> None:
    bundle = read_bundle(bundle_path)
    assert bundle.landmark_features is not None
    render = ChunkRenderer(bundle)
    for index in (0, len(bundle.landmarks) - 1):
        latent = (bundle.landmark_latents[index] - bundle.latent_mean) / bundle.latent_std
        found = landmark_features(render(latent.astype(float)), SETTINGS.sample_rate_hz)
        assert found == pytest.approx(bundle.landmark_features[index], rel=0.05, abs=0.5)


@pytest.mark.training
def test_landmarks_are_where_the_encoder_puts_their_chunks(bundle_path: Path, folder: Path) -> None:
    bundle = read_bundle(bundle_path)
    trained = load_model(run_folder(bundle_path) / BEST)
    prepared = prepare(folder, trained.config, trained.statistics)
    hop, rate = SETTINGS.hop_samples, SETTINGS.sample_rate_hz
    for index in (0, len(bundle.landmarks) - 1):
        landmark = bundle.landmarks[index]
        recording = prepared.cache.recordings[prepared.cache.files.index(landmark.file)]
        start = round(landmark.seconds * rate / hop)
        chunk = recording.channels[None, :, :, start : start + SETTINGS.n_frames]
        with torch.no_grad():
            mean, _ = trained.model.encoder(chunk)
        assert bundle.landmark_latents[index] == pytest.approx(mean[0].numpy(), abs=1e-4)
    assert bundle.latent_mean == pytest.approx(bundle.landmark_latents.mean(axis=0), abs=1e-5)


@pytest.mark.training
def test_the_card_tells_what_the_bundle_holds(bundle_path: Path) -> None:
    bundle, card = read_bundle(bundle_path), bundle_path.with_suffix(".md").read_text("utf-8")
    assert card.startswith("# small\n")
    for text in ("CC0-1.0", "the tests", "made by the test", "drone.wav", "16000 Hz"):
        assert text in card
    assert "- encoder: ONNX, " in card
    assert "- pitch: of " in card
    for axis in bundle.axes:
        assert f"`/axis/{axis.name}`" in card
    assert "## Scores" in card


@pytest.mark.training
def test_a_checkpoint_is_exported_as_the_run_did_wherever_the_recordings_are(
    bundle_path: Path, folder: Path, tmp_path: Path
) -> None:
    checkpoint, out = run_folder(bundle_path) / BEST, tmp_path / "again.distill"
    assert load_model(checkpoint).folder == str(folder.resolve())
    moved = tmp_path / "moved"
    folder.rename(moved)
    try:
        with pytest.raises(TrainingError, match="--audio"):
            export_checkpoint(checkpoint, out, WORDS)
        assert not out.exists()
        export_checkpoint(checkpoint, out, WORDS, moved)
        told: list[str] = []
        (moved / "drone.wav").rename(moved / "zither.wav")

        def on_event(event: TrainingEvent) -> None:
            if isinstance(event, WarningEvent):
                told.append(event.message)

        changed = export_checkpoint(
            checkpoint, tmp_path / "o.distill", WORDS, moved, Hooks(on_event)
        )
        (moved / "zither.wav").rename(moved / "drone.wav")
    finally:
        moved.rename(folder)
    first, again = read_bundle(bundle_path), read_bundle(out)
    assert first.training["validation_distance_db"] == again.training["validation_distance_db"]
    assert not any("_db" in key for key in changed.training)
    assert len(told) == 1
    assert "other names or lengths" in told[0]
    assert again.decoder == first.decoder
    assert again.encoder == first.encoder
    assert again.landmark_features is not None
    assert first.landmark_features is not None
    assert np.array_equal(again.landmark_features, first.landmark_features)
    assert np.array_equal(again.landmark_latents, first.landmark_latents)
    assert [axis.name for axis in again.axes] == [axis.name for axis in first.axes]


@pytest.mark.training
def test_an_export_keeps_the_texts_of_its_run(bundle_path: Path, tmp_path: Path) -> None:
    checkpoint, out = run_folder(bundle_path) / BEST, tmp_path / "again.distill"
    cli.app(["export", str(checkpoint), "--out", str(out)], standalone_mode=False)
    again = read_bundle(out)
    assert (again.name, again.author, again.licence) == ("again", WORDS.author, WORDS.licence)
    assert again.training["sources"] == WORDS.sources


@pytest.mark.training
def test_an_older_best_model_has_the_texts_of_the_checkpoints_beside_it(
    bundle_path: Path, tmp_path: Path
) -> None:
    folder, out = tmp_path / "older.run", tmp_path / "x.distill"
    shutil.copytree(run_folder(bundle_path), folder)
    tensors, values = read_checkpoint(folder / BEST)
    del values["request"]
    write_checkpoint(folder / BEST, tensors, values)
    found = export_attribution(folder / BEST, out, author="me", sources="")
    assert found == Attribution("x", "me", WORDS.licence, "")
    for path in RunFiles(folder).checkpoints():
        path.unlink()
    assert export_attribution(folder / BEST, out) == Attribution("x")
