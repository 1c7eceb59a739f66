"""Test runs that are extended, moved to another folder, or put into the library."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from support import sounds
from support.quick_runs import without_export
from support.small import (
    RESUMED_FRAMES,
    SETTINGS,
    resumable_config,
    small_config,
    tones,
    train_small,
)

import distill_train
from distill_live import library
from distill_live.bundle import read_bundle
from distill_live.errors import ConfigurationError, TrainingError, TrainingStopped
from distill_train import EpochMetrics, InstallEvent, StageEvent, StepMetrics, WarningEvent
from distill_train.bundling.attribution import Attribution
from distill_train.config import TrainingConfig, config_from_checkpoint
from distill_train.output_paths import CONFIGURATION, finished_bundle
from distill_train.run import Hooks, export_checkpoint
from distill_train.training.checkpoint import BEST, RunFiles, TrainedModel, checkpoint_name
from distill_train.training.schedule import learning_rate_share

pytestmark = pytest.mark.training


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def run(
    folder: Path, config: TrainingConfig | None = None, stop: int = 0, **options: object
) -> tuple[list[StepMetrics], TrainedModel | None]:
    """Steps of a session, which may be stopped after one of them, and its model."""
    steps: list[StepMetrics] = []

    def on_event(event: object) -> None:
        if isinstance(event, StepMetrics):
            steps.append(event)

    def cancelled() -> bool:
        return bool(steps) and steps[-1].step == stop

    listening = {"on_event": on_event, "cancelled": cancelled}
    try:
        trained = train_small(
            folder, config or resumable_config(), tones(RESUMED_FRAMES), **listening, **options
        )
    except TrainingStopped:
        return steps, None
    return steps, trained


def test_a_finished_run_goes_on_with_the_schedule_of_the_longer_one(tmp_path: Path) -> None:
    run(tmp_path)
    files = RunFiles(tmp_path)
    files.mark_done()
    longer = replace(resumable_config(), epochs=5)
    steps, _ = run(tmp_path, longer, stop=14, resume=True)
    assert not files.is_done()  # it must not make way for another run
    more, _ = run(tmp_path, longer, resume=True)
    assert [step.step for step in [*steps, *more]] == list(range(13, 21))
    for step in [*steps, *more]:
        share = learning_rate_share((step.step - 1) / 20, longer.warm_up)
        assert step.steps == 20
        assert step.learning_rate == pytest.approx(longer.learning_rate * share)
    assert json.loads((tmp_path / CONFIGURATION).read_text())["epochs"] == 5
    assert files.read_latest_values()["config"]["epochs"] == 5
    with pytest.raises(TrainingError, match=r"has done 5 epochs in .* larger"):
        run(tmp_path, replace(longer, epochs=4), resume=True)


def test_a_stopped_run_is_shortened(tmp_path: Path) -> None:
    run(tmp_path, stop=5)
    steps, trained = run(tmp_path, replace(resumable_config(), epochs=2), resume=True)
    assert [step.step for step in steps] == [6, 7, 8]
    assert trained is not None
    assert trained.summary["epochs"] == 2


@pytest.mark.parametrize("changes", [{"epochs": 5}, {"minutes": 30.0}, {"device": "cpu"}])
def test_a_new_limit_or_device_outlives_a_session_that_dies(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    run(tmp_path, stop=5)

    def die(event: object) -> None:
        if isinstance(event, StepMetrics):
            raise RuntimeError("killed")

    config = replace(resumable_config(), **changes)
    with pytest.raises(RuntimeError, match="killed"):
        train_small(tmp_path, config, tones(RESUMED_FRAMES), resume=True, on_event=die)
    values = RunFiles(tmp_path).read_latest_values()
    assert config_from_checkpoint(values["config"]) == config
    steps, _ = run(tmp_path, config, stop=6, resume=True)
    assert [step.step for step in steps] == [6]


def test_an_earlier_checkpoint_is_taken_and_later_ones_are_removed(tmp_path: Path) -> None:
    _, whole = run(tmp_path / "whole")
    config = resumable_config(checkpoint_seconds=0.0)
    run(tmp_path / "x", config, stop=8)
    files = RunFiles(tmp_path / "x")
    earlier = tmp_path / "x" / checkpoint_name(6)
    steps, trained = run(tmp_path / "x", config, stop=7, resume=True, checkpoint=earlier)
    assert [step.step for step in steps] == [7]
    assert [path.name for path in files.checkpoints()] == [checkpoint_name(7), checkpoint_name(6)]
    _, trained = run(tmp_path / "x", config, resume=True)
    assert whole is not None
    assert trained is not None
    weights, others = whole.model.state_dict(), trained.model.state_dict()
    assert all(torch.equal(weights[name], others[name]) for name in weights)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recordings")
    sounds.write_folder(folder, 0.5, kinds=["drone"], sample_rate_hz=SETTINGS.sample_rate_hz)
    return folder


@pytest.fixture
def own_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(library, "user_data_path", lambda *_, **__: tmp_path / "user")
    return tmp_path / "user" / "models"


def test_a_run_moves_to_another_machine_and_is_extended_there(
    folder: Path, tmp_path: Path, own_models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_export(monkeypatch)

    def stop(event: object) -> None:
        if isinstance(event, StageEvent):
            raise KeyboardInterrupt

    config = small_config(1)
    with pytest.raises(TrainingStopped):
        distill_train.train(folder, config, out=tmp_path / "far.distill", on_event=stop)
    (checkpoint, *_) = RunFiles(tmp_path / "far.run").checkpoints()
    recordings = shutil.copytree(folder, tmp_path / "here")
    with pytest.raises(TrainingError, match="device abacus is not available"):
        distill_train.resume(
            tmp_path / "near.run", recordings, checkpoint=checkpoint, device="abacus"
        )
    assert not (tmp_path / "near.run").exists()

    events: list[object] = []
    bundle = distill_train.resume(
        tmp_path / "near.run",
        recordings,
        checkpoint=checkpoint,
        device="cpu",
        epochs=2,
        install=True,
        on_event=events.append,
    )
    assert bundle is not None
    assert [event.epoch for event in events if isinstance(event, EpochMetrics)] == [2]
    assert read_bundle(tmp_path / "near.distill").name == bundle.name == "near"
    assert InstallEvent(own_models / "near.distill") in events
    assert (own_models / "near.distill").read_bytes() == (tmp_path / "near.distill").read_bytes()
    values = RunFiles(tmp_path / "near.run").read_latest_values()
    assert (values["config"]["device"], values["config"]["epochs"]) == ("cpu", 2)

    with pytest.raises(TrainingError, match=r"near\.run holds another run than that"):
        distill_train.resume(tmp_path / "near.run", checkpoint=checkpoint)
    with monkeypatch.context() as there:
        there.chdir(tmp_path / "near.run")
        with pytest.raises(TrainingError, match=r"^\. holds another run than that"):
            distill_train.resume(".", checkpoint=checkpoint)
    with pytest.raises(TrainingError, match=r"new does not end in \.run"):
        distill_train.resume(tmp_path / "new", checkpoint=checkpoint)
    with pytest.raises(TrainingError, match="holds no run of distill-train to continue"):
        distill_train.resume(tmp_path / "new.run", checkpoint=tmp_path / "far.run" / BEST)

    best = tmp_path / "near.run" / BEST
    with pytest.raises(ConfigurationError, match="already exists; --force"):
        distill_train.resume(tmp_path / "near.run", epochs=3)  # which is to be installed, too
    with pytest.raises(ConfigurationError, match="already exists; --force"):
        distill_train.train(folder, config, out=tmp_path / "near.distill", install=True)
    before = (own_models / "near.distill").read_bytes()
    distill_train.export(best, tmp_path / "near.distill", author="me", install=True, force=True)
    assert (own_models / "near.distill").read_bytes() != before
    assert read_bundle(own_models / "near.distill").author == "me"


def test_a_renamed_run_leaves_the_model_alone_that_has_its_old_name(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_export(monkeypatch)
    distill_train.train(folder, small_config(1), out=tmp_path / "mine.distill")
    for suffix in (".run", ".distill", ".md"):
        (tmp_path / f"mine{suffix}").rename(tmp_path / f"old{suffix}")
    (tmp_path / "mine.distill").write_bytes(b"another")
    trained = (tmp_path / "old.distill").read_bytes()
    (tmp_path / "old.distill").write_bytes(b"older")
    assert finished_bundle(tmp_path / "old.run") == tmp_path / "old.distill"
    distill_train.resume(tmp_path / "old.run", epochs=2)
    assert (tmp_path / "mine.distill").read_bytes() == b"another"
    assert (tmp_path / "old.distill").read_bytes() == trained


def test_a_library_that_cannot_be_written_costs_a_warning(
    folder: Path, tmp_path: Path, own_models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_export(monkeypatch)

    out = tmp_path / "x.distill"
    config = small_config(1)
    events: list[object] = []

    def in_the_way(event: object) -> None:
        events.append(event)
        if isinstance(event, StageEvent):
            own_models.parent.write_text("no folder")
            raise KeyboardInterrupt

    with pytest.raises(TrainingStopped):
        distill_train.train(folder, config, out=out, on_event=in_the_way)
    best = tmp_path / "x.run" / BEST
    export_checkpoint(best, out, Attribution.of(out), hooks=Hooks(events.append), install=True)
    (warning,) = [event.message for event in events if isinstance(event, WarningEvent)]
    assert "x.distill is written, but not in the library: " in warning
    assert read_bundle(out).name == "x"
